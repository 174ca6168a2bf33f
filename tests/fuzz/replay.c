/* Runs a fuzz target over files, or over all files of folders: the corpus as a test. */

#include "fuzz.h"

static unsigned
replay_file (const char *file)
{
  g_autofree char *data = NULL;
  gsize size;
  if (!g_file_get_contents (file, &data, &size, NULL))
    return 0;
  LLVMFuzzerTestOneInput ((const uint8_t *) data, size);
  return 1;
}

static unsigned
replay (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  unsigned n = 0;
  if (folder == NULL)
    return replay_file (path);
  for (const char *name; (name = g_dir_read_name (folder)) != NULL;) {
    g_autofree char *file = g_build_filename (path, name, NULL);
    n += replay_file (file);
  }
  return n;
}

int
main (int argc, char **argv)
{
  unsigned n = 0;
  for (int i = 1; i < argc; i++)
    n += replay (argv[i]);
  printf ("%u inputs\n", n);
  return n == 0;
}
