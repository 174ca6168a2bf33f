/* nasvec new: a plugin project from a template. */
#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "data/place.h"
#include "plugin/accept.h"

static gboolean
fail (GError **error, const char *path, int code)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", path, g_strerror (code));
  return FALSE;
}

/* Also short enough for a file's name, and no prefix of nasvec's own functions: the template names
 * its functions by it. */
static gboolean
check_name (const char *name, GError **error)
{
  if (nv_i_is_name (name) && strlen (name) <= 64 && !g_str_has_prefix (name, "nv_"))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
               "'%s' is no name for a plugin; allowed is [a-z][a-z0-9_]*, up to 64 letters, not "
               "beginning with nv_", name);
  return FALSE;
}

static char *
replace (const char *text, const char *old, const char *new)
{
  g_auto (GStrv) parts = g_strsplit (text, old, -1);
  return g_strjoinv (new, parts);
}

/* One file of the template, with the name in its text and in its own name. */
static gboolean
copy_file (const char *from, const char *to, const char *base, const char *name,
           GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *source = g_build_filename (from, base, NULL), *text = NULL;
  g_autofree char *target_base = replace (base, "NAME", name);
  g_autofree char *target = g_build_filename (to, target_base, NULL);
  if (!g_file_get_contents (source, &text, NULL, &local)) {
    g_set_error_literal (error, NV_ERROR, NV_ERROR_FILE, local->message);
    return FALSE;
  }
  g_autofree char *named = replace (text, "@NAME@", name);
  g_auto (GStrv) version = g_strsplit (nv_version (), ".", 3);
  g_autofree char *short_version = g_strdup_printf ("%s.%s", version[0], version[1]);
  g_autofree char *done = replace (named, "@VERSION@", short_version);
  if (g_file_set_contents (target, done, -1, &local))
    return TRUE;
  g_set_error_literal (error, NV_ERROR, NV_ERROR_FILE, local->message);
  return FALSE;
}

static gboolean
copy_files (const char *from, const char *to, const char *name, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, NULL);
  const char *base;
  if (dir == NULL)
    return fail (error, from, ENOENT);
  while ((base = g_dir_read_name (dir)) != NULL)
    if (!copy_file (from, to, base, name, error))
      return FALSE;
  return TRUE;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *base;
  while (dir != NULL && (base = g_dir_read_name (dir)) != NULL) {
    g_autofree char *file = g_build_filename (folder, base, NULL);
    g_unlink (file);
  }
  g_rmdir (folder);
}

/* Made beside `folder` and renamed, so that it is there whole or not at all. */
static gboolean
make_project (NvKind kind, const char *name, const char *folder, GError **error)
{
  g_autofree char *templates = nv_i_own_data ("templates");
  g_autofree char *from = g_build_filename (templates != NULL ? templates : "templates",
                                            nv_kind_name (kind), NULL);
  g_autofree char *draft = g_strconcat (folder, ".XXXXXX", NULL);
  if (g_file_test (folder, G_FILE_TEST_EXISTS))
    return fail (error, folder, EEXIST);
  if (g_mkdtemp_full (draft, 0777) == NULL)
    return fail (error, folder, errno);
  if (copy_files (from, draft, name, error)) {
    if (g_rename (draft, folder) == 0)
      return TRUE;
    fail (error, folder, errno);
  }
  remove_folder (draft);
  return FALSE;
}

/* The folder as a word for a shell, quoted where it must be. */
static char *
shell_word (const char *folder)
{
  const gboolean plain
      = folder[strspn (folder, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_./+-")] == '\0';
  g_autofree char *path
      = folder[0] == '-' ? g_strconcat ("./", folder, NULL) : g_strdup (folder);
  return plain ? g_steal_pointer (&path) : g_shell_quote (path);
}

int
nv_i_cli_new (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "KIND NAME [FOLDER]",
          "Writes a plugin project of that KIND (space, encoder or searcher) into\n"
          "FOLDER, by default a new folder of that NAME: one C file that works, a\n"
          "CMakeLists.txt and a README. Nothing that exists is overwritten.",
          NULL))
    return 2;
  if (argc < 3 || argc > 4) {
    fprintf (stderr,
             "nasvec new: a kind, a name, and a folder if you like; see `nasvec new --help`\n");
    return 2;
  }
  const char *name = argv[2];
  g_autofree char *folder = g_strdup (argc == 4 ? argv[3] : name);
  for (gsize n = strlen (folder); n > 1 && folder[n - 1] == G_DIR_SEPARATOR; n--)
    folder[n - 1] = '\0'; /* a draft is made beside it, not in it */
  NvKind kind;
  if (!nv_i_cli_kind (argv[1], &kind, &error) || !check_name (name, &error)
      || !make_project (kind, name, folder, &error))
    return nv_i_cli_fail (error);
  g_autofree char *word = shell_word (folder);
  printf ("%s: %s %s\nnext: cd %s && cmake -B build . && cmake --build build && "
          "ctest --test-dir build\n", folder, nv_kind_name (kind), name, word);
  return 0;
}
