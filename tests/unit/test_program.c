/* The program's subcommands for plugins: what they print where, and their exit codes. */
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>

/* Runs nasvec with a plugin path and arguments; returns the exit code. */
static int
run (const char *path, const char *arguments, char **out, char **err)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) words = NULL, environment = g_get_environ ();
  g_autofree char *line = g_strconcat (g_getenv ("NASVEC_PROGRAM"), " ", arguments, NULL);
  int status;
  environment = g_environ_setenv (environment, "NASVEC_PLUGIN_PATH", path, TRUE);
  environment = g_environ_setenv (environment, "XDG_DATA_HOME", "/no/such/folder", TRUE);
  g_assert_true (g_shell_parse_argv (line, NULL, &words, &error));
  g_spawn_sync (NULL, words, environment, G_SPAWN_DEFAULT, NULL, NULL, out, err, &status,
                &error);
  g_assert_no_error (error);
  if (g_spawn_check_wait_status (status, &error))
    return 0;
  g_assert_true (error->domain == G_SPAWN_EXIT_ERROR);
  return error->code;
}

static char *
sample_folder (const char *variant)
{
  return g_build_filename (g_getenv ("NASVEC_BUILD"), "tests", "plugins", variant, NULL);
}

static void
test_messages (void)
{
  static const struct {
    const char *arguments;
    int code;
    const char *out, *err; /* parts */
  } cases[] = {
    { "--version", 0, "nasvec 0.", "" },
    { "--help", 0, "nasvec plugins [KIND [NAME]] [--json]", "" },
    { "", 2, "", "usage: nasvec COMMAND" },
    { "plugin", 2, "", "nasvec: unknown command 'plugin'" },
    { "plugins --help", 0, "nasvec plugins [OPTION", "" },
    { "plugins searcher", 0, "searcher  sample", "" },
    { "plugins searchers sample", 0,
      "searcher sample 2.385: a searcher for tests\nfile: ", "" },
    { "plugins searcher sample", 0, "temperature  real  2.385  0.5 to 4.25  how warm [K]",
      "" },
    { "plugins -- searcher sample", 0, "searcher sample 2.385", "" },
    { "plugins space nasbenchgraph", 0, "tables: cora, citeseer, ", "" },
    { "plugins space nasbench201", 0, "tables: cifar10 (12 epochs), cifar10 (200 epochs), ", "" },
    { "plugins sercher", 1, "",
      "did you mean 'searcher'? (there are: space, encoder, searcher)" },
    { "plugins searcher sampel", 1, "", "no searcher 'sampel'; did you mean 'sample'?" },
    { "plugins a b c", 2, "", "too many arguments" },
    { "plugins --jason", 2, "", "Unknown option --jason" },
    { "new --help", 0, "Nothing that exists is overwritten", "" },
    { "new searcher", 2, "", "a kind, a name, and a folder" },
    { "new searcher 9lives", 1, "", "'9lives' is no name for a plugin" },
    { "new searcher nv_bo", 1, "", "'nv_bo' is no name for a plugin" },
    { "merge --help", 0, "nasvec merge [OPTION", "" },
    { "merge one.db", 2, "", "a STORE and a PART are needed" },
    { "merge /no/such.db /no/part.db", 1, "", "/no/such.db.lock: cannot be made" },
    { "report s.db --map 'vgae + bo'", 2, "", "--map draws into a folder: --out is needed" },
    { "check", 2, "", "a plugin's file, or its kind and name" },
    { "check searcher nowhere", 1, "", "no searcher 'nowhere'" },
    { "check /no/such.so", 1, "", "/no/such.so: No such file" },
    { "check --space atlantis searcher sample", 1, "", "no space 'atlantis'" },
  };
  g_autofree char *path = sample_folder ("good");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *out = NULL, *err = NULL;
    int code = run (path, cases[i].arguments, &out, &err);
    if (code != cases[i].code || strstr (out, cases[i].out) == NULL
        || strstr (err, cases[i].err) == NULL)
      g_error ("nasvec %s: exit code %d, output:\n%s\nerrors:\n%s", cases[i].arguments,
               code, out, err);
  }
}

/* Files that do not fit: on standard error, each once, and the others are listed, without what
 * such a file hides. */
static void
test_refused (void)
{
  g_autofree char *good = sample_folder ("good"), *abi = sample_folder ("abi");
  g_autofree char *symbol = sample_folder ("symbol");
  g_autofree char *path = g_strjoin (":", abi, symbol, good, NULL), *out = NULL,
                  *err = NULL;
  g_assert_cmpint (run (path, "plugins", &out, &err), ==, 0);
  g_assert_nonnull (strstr (out, "searcher  random"));
  g_assert_null (strstr (out, "searcher  sample"));
  g_assert_nonnull (strstr (err, "abi/sample.so: refused: abi is 7, this nasvec has 1"));
  g_assert_nonnull (strstr (err, "symbol/sample.so: refused: no nasvec plugin"));
  g_auto (GStrv) lines = g_strsplit (err, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
}

static void
test_json (void)
{
  g_autofree char *good = sample_folder ("good"), *out = NULL, *err = NULL;
  g_autofree char *all = NULL, *all_err = NULL;
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (run (good, "plugins searcher sample --json", &out, &err), ==, 0);
  g_autoptr (JsonNode) node = json_from_string (out, &error);
  g_assert_no_error (error);
  JsonObject *object = json_node_get_object (node);
  g_assert_cmpstr (json_object_get_string_member (object, "kind"), ==, "searcher");
  JsonArray *options = json_object_get_array_member (object, "options");
  JsonObject *option = json_array_get_object_element (options, 0);
  g_assert_cmpfloat (json_object_get_double_member (option, "default"), ==, 2.385);
  g_assert_cmpstr (json_object_get_string_member (option, "unit"), ==, "K");
  g_assert_cmpint (run (good, "plugins --json", &all, &all_err), ==, 0);
  g_autoptr (JsonNode) list = json_from_string (all, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_array_get_length (json_node_get_array (list)), >=, 1);
}

/* The folder as people write it, and as a shell reads it. */
static void
test_new (void)
{
  static const struct { const char *folder, *next; } cases[] = {
    { "plain/", "cd %s/plain &&" }, { "'two words'", "cd '%s/two words' &&" },
  };
  g_autofree char *good = sample_folder ("good");
  g_autofree char *folder = g_dir_make_tmp ("nasvec-new-XXXXXX", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *out = NULL, *err = NULL;
    g_autofree char *line
        = g_strdup_printf ("new encoder foo %s/%s", folder, cases[i].folder);
    const char *mark = strstr (cases[i].next, "%s");
    g_autofree char *before = g_strndup (cases[i].next, (gsize) (mark - cases[i].next));
    g_autofree char *next = g_strconcat (before, folder, mark + 2, NULL);
    const int code = run (good, line, &out, &err);
    if (code != 0 || strstr (out, next) == NULL)
      g_error ("nasvec %s: exit code %d,\n%s\nand\n%s", line, code, out, err);
  }
  g_autofree char *file = g_build_filename (folder, "two words", "foo.c", NULL);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);
  g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

/* What cannot be printed has not been done. */
static void
test_full (void)
{
  static const char *const words[] = { "--version", "--help", "plugins" };
  g_autofree char *good = sample_folder ("good");
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++) {
    g_autofree char *line = g_strdup_printf ("sh -c '\"%s\" %s > /dev/full'",
                                             g_getenv ("NASVEC_PROGRAM"), words[i]);
    g_autofree char *out = NULL, *err = NULL;
    g_autoptr (GError) error = NULL;
    int status;
    g_assert_true (g_spawn_command_line_sync (line, &out, &err, &status, &error));
    g_assert_cmpint (WEXITSTATUS (status), ==, 1);
    g_assert_nonnull (strstr (err, "standard output could not be written"));
  }
}

/* Cached weights are those of the library that is in use. A copy of it, with a byte behind its end,
 * is another one. */
static void
test_cache_key (void)
{
  static const char *const script
      = "local nv = require 'nasvec'\n"
        "local cells = nv.space ('nasbench201'):sample (50, 1)\n"
        "print (nv.encoder ('vgae', { dim = 4, epochs = 1 }):fit (cells).cached)\n";
  static const char *const cached[] = { "false\n", "true\n", "false\n" };
  g_autofree char *folder = g_dir_make_tmp ("nasvec-key-XXXXXX", NULL), *text = NULL;
  g_autofree char *own
      = g_build_filename (g_getenv ("NASVEC_BUILD"), "libnasvec.so.1", NULL);
  g_autofree char *copy = g_build_filename (folder, "libnasvec.so.1", NULL);
  g_autofree char *file = g_build_filename (folder, "s.lua", NULL);
  g_autofree char *line = g_strconcat (g_getenv ("NASVEC_PROGRAM"), " run ", file, NULL);
  g_autofree char *remove = g_strdup_printf ("rm -rf '%s'", folder);
  g_auto (GStrv) words = NULL, environment = g_get_environ ();
  gsize length;
  g_assert_true (g_file_get_contents (own, &text, &length, NULL)); /* a zero is behind it */
  g_assert_true (g_file_set_contents (copy, text, (gssize) length + 1, NULL));
  g_assert_true (g_file_set_contents (file, script, -1, NULL));
  g_assert_true (g_shell_parse_argv (line, NULL, &words, NULL));
  environment = g_environ_setenv (environment, "NASVEC_CACHE", folder, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (cached); i++) {
    g_autofree char *out = NULL, *err = NULL;
    if (i == 2)
      environment = g_environ_setenv (environment, "LD_LIBRARY_PATH", folder, TRUE);
    g_assert_true (g_spawn_sync (NULL, words, environment, G_SPAWN_DEFAULT, NULL, NULL, &out, &err,
                                 NULL, NULL));
    g_assert_cmpstr (out, ==, cached[i]);
  }
  g_assert_true (g_spawn_command_line_sync (remove, NULL, NULL, NULL, NULL));
}

static void
test_check (void)
{
  g_autofree char *good = sample_folder ("good"), *out = NULL, *err = NULL;
  g_autofree char *file = g_strdup_printf ("check %s/sample.so", good);
  g_autofree char *on_space = g_strconcat (file, " --space nasbench201", NULL);
  g_assert_cmpint (run (good, file, &out, &err), ==, 0);
  g_assert_nonnull (strstr (out, "searcher sample 2.385: 1")); /* 12 where memory is not counted */
  g_assert_nonnull (strstr (out, " checks passed, 0 failed"));
  g_free (g_steal_pointer (&out));
  g_free (g_steal_pointer (&err));
  g_assert_cmpint (run (good, on_space, &out, &err), ==, 0);
  g_assert_nonnull (strstr (out, "0 failed"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/program/messages", test_messages);
  g_test_add_func ("/program/refused", test_refused);
  g_test_add_func ("/program/json", test_json);
  g_test_add_func ("/program/new", test_new);
  g_test_add_func ("/program/full", test_full);
  g_test_add_func ("/program/cache-key", test_cache_key);
  g_test_add_func ("/program/check", test_check);
  return g_test_run ();
}
