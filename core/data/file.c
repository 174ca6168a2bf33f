/* Where data files are, and what is in them. */
#include <errno.h>
#include <stdio.h>

#include "data/csv.h"
#include "data/place.h"

char *
nv_i_file_digest (const char *file, GError **error)
{
  FILE *in = fopen (file, "rb");
  if (in == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (errno));
    return NULL;
  }
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  static const gsize size = 1 << 16;
  g_autofree guchar *block = g_malloc (size);
  for (gsize n; (n = fread (block, 1, size, in)) > 0;)
    g_checksum_update (sum, block, (gssize) n);
  int code = ferror (in) ? errno : 0;
  fclose (in);
  if (code == 0)
    return g_strdup (g_checksum_get_string (sum));
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (code));
  return NULL;
}

/* `path`, or `path`.gz, whichever is a file; else NULL, and `path` is added to `tried`.
 * Takes ownership of `path`. */
static char *
try_path (char *path, GString *tried)
{
  g_autofree char *plain = path;
  g_autofree char *zipped = g_strconcat (path, ".gz", NULL);
  if (g_file_test (plain, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&plain);
  if (g_file_test (zipped, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&zipped);
  g_string_append_printf (tried, "%s%s", tried->len > 0 ? ", " : "", plain);
  return NULL;
}

char *
nv_i_data_file (const char *file, const char *space, GError **error)
{
  g_autoptr (GString) tried = g_string_new (NULL);
  g_autofree char *own = space != NULL ? nv_i_own_data ("tables") : NULL;
  const char *data = g_getenv ("NASVEC_DATA"), *source = g_getenv ("NASVEC_SOURCE");
  char *found = try_path (g_strdup (file), tried);
  if (found == NULL && !g_path_is_absolute (file)) {
    if (data != NULL && *data != '\0')
      found = try_path (g_build_filename (data, file, NULL), tried);
    if (found == NULL && source != NULL)
      found
        = try_path (g_build_filename (source, "..", "shared", "data", file, NULL), tried);
    if (found == NULL)
      found = try_path (g_build_filename ("..", "shared", "data", file, NULL), tried);
    if (found == NULL && own != NULL)
      found = try_path (g_build_filename (own, space, file, NULL), tried);
  }
  if (found == NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_FILE,
                 "no file '%s' (nor .gz) in any of: %s. NASVEC_DATA names the folder of "
                 "data files", file, tried->str);
  return found;
}
