/* Bad input, each through the nasvec program: the message, the exit code, and that nothing
 * half-written is left. Every case has a folder of its own with prelude.lua in it. */
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <unistd.h>
#include <zlib.h>

#include "program.h"

typedef struct {
  const char *name;
  const char *script; /* after require "nasvec" and require "prelude" */
  const char *says;   /* part of the message */
} Case;

/* --- folders ------------------------------------------------------------------------------- */

/* The files that a case may leave behind: what it wrote itself, and a study's store. */
static const char *const expected[] = {
  "prelude.lua", "script.lua", "a.csv", "good.csv", "cut.csv.gz", "good.safetensors",
  "changed.safetensors", "command.sh", "s.db", "s.db-wal", "s.db-shm", "s.db.lock", "searchers",
  "encoders", "started", NULL
};

static void
open_folder (Program *p)
{
  g_autofree char *from
    = g_build_filename (g_getenv ("NASVEC_SOURCE"), "tests", "errors", "prelude.lua", NULL);
  g_autofree char *text = NULL;
  program_open (p);
  g_assert_true (g_file_get_contents (from, &text, NULL, NULL));
  program_write (p, "prelude.lua", text);
}

static void
close_folder (Program *p)
{
  g_autoptr (GDir) dir = g_dir_open (p->folder, 0, NULL);
  const char *name;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (!g_strv_contains (expected, name))
      g_error ("'%s' was left behind", name);
  program_close (p);
}

static void
write_script (const Program *p, const char *text)
{
  g_autofree char *script
    = g_strconcat ("local nv, pre = require 'nasvec', require 'prelude'\n", text, NULL);
  program_write (p, "script.lua", script);
}

/* --- scripts -------------------------------------------------------------------------------- */

static const Case cases[] = {
  { "script/syntax", "local x = = 2.385", "script.lua:2: unexpected symbol near '='" },
  { "script/runtime", "local x = nil + 2.385", "script.lua:2: attempt to perform arithmetic" },
  { "plugin/space", "nv.space ('nasbench202')", "script.lua:2: " },
  { "plugin/encoder", "nv.encoder ('vgea')", "did you mean 'vgae'?" },
  { "plugin/searcher", "nv.searcher ('evolutoin')", "did you mean 'evolution'?" },
  { "option/unknown", "nv.encoder ('vgae', { dims = 8 })", "unknown option 'dims'" },
  { "option/type", "nv.encoder ('vgae', { dim = 'eight' })", "option 'dim' is 'eight'" },
  { "option/range", "nv.encoder ('vgae', { dim = 0 })", "option 'dim' is 0; allowed is" },
  { "study/key", "nv.study { seedz = 3 }", "script.lua:2: study: unknown key 'seedz'" },

  { "csv/missing", "pre.bench { file = 'nowhere.csv' }", "nowhere.csv" },
  { "csv/column", "pre.bench { file = pre.csv ('a.csv', 9), observed = 'vall' }",
    "a.csv: no column 'vall'; there are: cell, val, test, seconds" },
  { "csv/nan", "pre.bench { file = pre.csv ('a.csv', 9, { [4] = pre.cell (4) .. ',nan,1,2' }) }",
    "a.csv:5" },
  { "csv/twice", "pre.bench { file = pre.csv ('a.csv', 9, { [4] = pre.cell (2) .. ',.1,.2,3' }) }",
    "a.csv:5" },
  { "csv/cell", "pre.bench { file = pre.csv ('a.csv', 9, { [4] = '|conv~0|,.1,.2,3' }) }",
    "a.csv:5" },
  { "csv/width", "pre.bench { file = pre.csv ('a.csv', 9, { [4] = pre.cell (4) .. ',.1' }) }",
    "a.csv:5" },
  { "csv/empty", "pre.bench { file = pre.csv ('a.csv', 0) }", "a.csv: no row" },
  { "csv/gzip", "pre.bench { file = 'cut.csv.gz' }", "cut.csv.gz" },
  { "csv/option", "pre.bench { file = pre.csv ('a.csv', 9), noises = 'x' }",
    "unknown option 'noises'" },

  { "safetensors/truncated", "pre.load_changed (function (h) return h end, -5)",
    "within the" },
  { "safetensors/header", "pre.load_changed (function () return 1 << 40 end)",
    "changed.safetensors: its header claims 1099511627776 bytes" },
  { "safetensors/overlap", "pre.load_changed (function (h)\n"
    "  local a = h:match ('\"layer0.bias1\":{[^}]*\"data_offsets\":(%b[])')\n"
    "  return (h:gsub ('(\"layer0.bias2\":{[^}]*\"data_offsets\":)%b[]', '%1' .. a))\nend)",
    "overlap" },
  { "safetensors/shape", "pre.load_changed (function (h)\n"
    "  return (h:gsub ('\"shape\":%[(%d+),(%d+)%]', '\"shape\":[%2,%1]'))\nend)",
    "its shape is [7,128] instead of [128,7]" },
  { "safetensors/json", "pre.load_changed (function (h) return h:sub (1, -9) end)",
    "changed.safetensors: header: not JSON" },
  { "safetensors/missing", "pre.encoder:load ('nowhere.safetensors', pre.space)",
    "nowhere.safetensors" },

  { "command/dies", "pre.study { benchmark = pre.command ('exit 3', 5) }",
    "its exit status is 3" },
  { "command/rubbish", "pre.study { benchmark = pre.command ('read a; echo rubbish', 5) }",
    "its answer is not a JSON object" },
  { "command/slow", "pre.study { benchmark = pre.command ('sleep 60', 0.2) }",
    "no answer within 0.2 s" },
};

static void
write_cut_gzip (const Program *p)
{
  g_autofree char *path = g_build_filename (p->folder, "cut.csv.gz", NULL);
  gzFile file = gzopen (path, "wb");
  gzprintf (file, "cell,val,test,seconds\n");
  for (int i = 0; i < 3000; i++)
    gzprintf (file, "%d,%d,%d,%d\n", i * 13, i * 7919 % 1013, i * 104729 % 997, i);
  gzclose (file);
  g_assert_cmpint (truncate (path, 1000), ==, 0);
}

static void
test_script (gconstpointer data)
{
  const Case *c = data;
  Program p;
  open_folder (&p);
  write_cut_gzip (&p);
  write_script (&p, c->script);
  program_expect (&p, "run script.lua", 1, NULL, c->says);
  g_assert_true (g_str_has_prefix (p.err, "nasvec: ") || strstr (p.err, "\nnasvec: ") != NULL);
  close_folder (&p);
}

/* --- plugin files --------------------------------------------------------------------------- */

/* Files of tests/plugins that are refused; and one that is no library at all. */
static const Case refused[] = {
  { "plugin/abi", "abi/sample.so", "abi" },
  { "plugin/size-over", "size-over/sample.so", "size" },
  { "plugin/size-under", "size-under/sample.so", "size" },
  { "plugin/no-symbol", "symbol/sample.so", "nv_plugin" },
  { "plugin/name", "name/sample.so", "name" },
  { "plugin/undefined", "undefined/sample.so", "sample_is_nowhere" },
  { "plugin/no-library", NULL, "sample.so" },
  { "plugin/kind", "good/sample.so", "kind" },
};

/* Through nasvec check, and on the search path: asked for by name, the plugin is not there. */
static void
test_plugin (gconstpointer data)
{
  const Case *c = data;
  Program p;
  open_folder (&p);
  gboolean wrong_kind = g_str_has_suffix (c->name, "kind");
  const char *kind = wrong_kind ? "encoder" : "searcher";
  g_autofree char *folder = g_strdup_printf ("%s/%ss", p.folder, kind);
  g_autofree char *file = g_build_filename (folder, "sample.so", NULL);
  g_autofree char *text = NULL;
  gsize length = 0;
  if (c->script != NULL) {
    g_autofree char *from = g_build_filename (g_getenv ("NASVEC_BUILD"), "tests", "plugins",
                                              c->script, NULL);
    g_assert_true (g_file_get_contents (from, &text, &length, NULL));
  } else {
    text = g_strdup ("2.385");
    length = strlen (text);
  }
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (file, text, (gssize) length, NULL));
  g_autofree char *path = g_strconcat (p.folder, ":", g_getenv ("NASVEC_PLUGIN_PATH"), NULL);
  g_autofree char *old = g_strdup (g_getenv ("NASVEC_PLUGIN_PATH"));
  g_autofree char *script = g_strdup_printf ("nv.%s ('sample')", kind);
  g_setenv ("NASVEC_PLUGIN_PATH", path, TRUE);
  write_script (&p, script);
  program_expect (&p, "run script.lua", 1, NULL, c->says);
  g_setenv ("NASVEC_PLUGIN_PATH", old, TRUE);
  if (!wrong_kind) {
    g_autofree char *line = g_strdup_printf ("check '%s'", file);
    program_expect (&p, line, 1, NULL, c->says);
  }
  close_folder (&p);
}

/* --- stores --------------------------------------------------------------------------------- */

static void
change_store (const Program *p, const char *sql)
{
  g_autofree char *file = g_build_filename (p->folder, "s.db", NULL);
  sqlite3 *db = NULL;
  g_assert_cmpint (sqlite3_open (file, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_newer_store (void)
{
  Program p;
  open_folder (&p);
  write_script (&p, "pre.study {}:table ()");
  program_expect (&p, "run script.lua", 0, NULL, NULL);
  change_store (&p, "PRAGMA user_version = 99");
  program_expect (&p, "run script.lua", 1, NULL, "s.db");
  g_assert_nonnull (strstr (p.err, "s.db: its format is version 99"));
  program_expect (&p, "report s.db", 1, NULL, "99");
  close_folder (&p);
}

static void
test_no_store (void)
{
  Program p;
  open_folder (&p);
  program_write (&p, "s.db", "2.385");
  write_script (&p, "pre.study {}");
  program_expect (&p, "run script.lua", 1, NULL, "s.db");
  program_expect (&p, "report s.db", 1, NULL, "s.db");
  program_expect (&p, "report nowhere.db", 1, NULL, "nowhere.db");
  g_autofree char *text = NULL, *file = g_build_filename (p.folder, "s.db", NULL);
  g_assert_true (g_file_get_contents (file, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "2.385");
  close_folder (&p);
}

/* A study of the same name but another definition does not touch the store. */
static void
test_other_study (void)
{
  Program p;
  open_folder (&p);
  write_script (&p, "pre.study {}:table ()");
  program_expect (&p, "run script.lua", 0, NULL, NULL);
  write_script (&p, "pre.study { budget = { cells = 6 } }");
  program_expect (&p, "run script.lua", 1, NULL, "s.db");
  write_script (&p, "pre.study {}:table ()");
  program_expect (&p, "run script.lua", 0, NULL, NULL);
  close_folder (&p);
}

static const char slow[]
  = "local function wait (cell) os.execute ('touch started; sleep 0.1') return 0.5 end\n"
    "pre.study { benchmark = pre.space:benchmark { kind = 'function', fn = wait },\n"
    "            budget = { cells = 600 } }";

static void
test_locked_store (void)
{
  Program p;
  open_folder (&p);
  write_script (&p, slow);
  g_auto (GStrv) argv = program_words ("run script.lua");
  GPid pid;
  g_assert_true (g_spawn_async (p.folder, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid,
                                NULL));
  for (int i = 0; i < 1500 && !program_has (&p, "started"); i++)
    g_usleep (20000);
  g_assert_true (program_has (&p, "started"));
  program_expect (&p, "run script.lua", 1, NULL, "s.db");
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
  close_folder (&p);
}

/* --- a full disk ---------------------------------------------------------------------------- */

/* Each with the size that a file may have. What was there before stays as it was. */
static const struct {
  const char *name, *script;
  gsize limit;
} full[] = {
  { "full/store", "pre.study { budget = { cells = 40 }, seeds = 200 }", 30000 },
  { "full/npy", "local c = pre.space:sample (2000)\n"
                "nv.encoder ('onehot'):fit (c):embed (c, 'a.npy')", 20000 },
  { "full/safetensors", "pre.encoder:fit (pre.space:sample (64)):save ('a.safetensors')", 20000 },
};

static void
test_full (gconstpointer data)
{
  gsize i = GPOINTER_TO_SIZE (data);
  Program p;
  open_folder (&p);
  write_script (&p, full[i].script);
  program_run_limited (&p, "run script.lua", full[i].limit);
  if (p.code != 1 || strstr (p.err, "nasvec: ") == NULL)
    g_error ("exit code %d and %s", p.code, p.err);
  close_folder (&p);
}

static void
test_full_report (void)
{
  Program p;
  open_folder (&p);
  write_script (&p, "pre.study { budget = { cells = 40 }, seeds = 20 }");
  program_expect (&p, "run script.lua", 0, NULL, NULL);
  program_run_limited (&p, "report s.db -o out", 100);
  if (p.code != 1 || strstr (p.err, "nasvec: ") == NULL)
    g_error ("exit code %d and %s", p.code, p.err);
  program_close (&p);
}

/* --- output ----------------------------------------------------------------------------------- */

static void
test_full_output (void)
{
  Program p;
  open_folder (&p);
  write_script (&p, "print (2.385)");
  g_autofree char *line = g_strdup_printf ("-c '\"%s\" run script.lua >/dev/full'",
                                           g_getenv ("NASVEC_PROGRAM"));
  g_autofree char *shell = g_strconcat ("/bin/sh ", line, NULL);
  g_auto (GStrv) argv = NULL;
  g_autofree char *err = NULL;
  int status;
  g_assert_true (g_shell_parse_argv (shell, NULL, &argv, NULL));
  g_assert_true (g_spawn_sync (p.folder, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &err,
                               &status, NULL));
  g_assert_cmpint (WEXITSTATUS (status), ==, 1);
  g_assert_nonnull (strstr (err, "nasvec: standard output could not be written"));
  close_folder (&p);
}

static void
add (const char *name, gconstpointer data, GTestDataFunc test)
{
  g_autofree char *path = g_strconcat ("/errors/", name, NULL);
  g_test_add_data_func (path, data, test);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    add (cases[i].name, &cases[i], test_script);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    add (refused[i].name, &refused[i], test_plugin);
  g_test_add_func ("/errors/store/newer", test_newer_store);
  g_test_add_func ("/errors/store/no-store", test_no_store);
  g_test_add_func ("/errors/store/other-study", test_other_study);
  g_test_add_func ("/errors/store/locked", test_locked_store);
  for (gsize i = 0; i < G_N_ELEMENTS (full); i++)
    add (full[i].name, GSIZE_TO_POINTER (i), test_full);
  g_test_add_func ("/errors/full/report", test_full_report);
  g_test_add_func ("/errors/full/output", test_full_output);
  return g_test_run ();
}
