/* nasvec run: usage, parameters of scripts, --check, --help, modules beside the script, Ctrl-C. */
#include <unistd.h>

#include "program.h"

static const char script[]
  = "#!/usr/bin/env nasvec\n"
    "-- Says what it was told.\n"
    "local nv = require 'nasvec'\n"
    "local p = nv.params ({ seeds = 10, rate = 0.25, out = 'out', fast = false,\n"
    "                       sizes = { 8, 16 } }, { seeds = 'runs per arm' })\n"
    "print (p.seeds, p.rate, p.out, p.fast, table.concat (p.sizes, '/'))\n";

static void
test_parameters (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", script);
  program_expect (&p, "run s.lua", 0, "10\t0.25\tout\tfalse\t8/16", NULL);
  program_expect (&p, "run s.lua seeds=23 rate=3 'out=a b=c' fast=true sizes=5", 0,
                  "23\t3.0\ta b=c\ttrue\t5", NULL);
  program_expect (&p, "run s.lua sizes=4.0,5.5", 0, "4/5.5", NULL);
  program_expect (&p, "run s.lua rate=1e999", 1, NULL,
                  "parameter 'rate' is '1e999'; allowed is a finite number, as in rate=0.25");
  program_expect (&p, "run s.lua sizes=5,1e999", 1, NULL, "parameter 'sizes' is '5,1e999'");
  program_expect (&p, "run s.lua seeds=1 rate=2 seeds=2", 1, NULL,
                  "s.lua:4: parameter 'seeds' is given twice");
  program_expect (&p, "run s.lua seedz=3", 1, NULL,
                  "nasvec: s.lua:4: unknown parameter 'seedz'; did you mean 'seeds'?");
  program_expect (&p, "run s.lua seeds=2.385", 1, NULL,
                  "parameter 'seeds' is '2.385'; allowed is a whole number, as in seeds=10");
  program_expect (&p, "run s.lua fast=yes", 1, NULL, "allowed is true or false");
  program_expect (&p, "run s.lua sizes=8,big", 1, NULL, "allowed is a list a,b,c of numbers");
  program_expect (&p, "run s.lua --help", 0, "Says what it was told.", "");
  g_assert_nonnull (strstr (p.out, "seeds=10"));
  g_assert_nonnull (strstr (p.out, "runs per arm"));
  g_assert_nonnull (strstr (p.out, "sizes=8,16"));
  g_assert_null (strstr (p.out, "10\t"));
  program_close (&p);
}

/* The second result is what was given, whether it is the default or not. */
static void
test_given (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", "local p, given = require ('nasvec').params { a = 1, b = false }\n"
                              "print (p.a, given.a, given.b, next (given, next (given)))\n");
  program_expect (&p, "run s.lua a=1", 0, "1\ttrue\tnil\tnil", "");
  program_expect (&p, "run s.lua b=false", 0, "1\tnil\ttrue\tnil", "");
  program_close (&p);
}

static void
test_no_parameters (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", "print (2.385)\n");
  program_expect (&p, "run s.lua", 0, "2.385", "");
  program_expect (&p, "run s.lua seeds=3", 1, NULL, "s.lua: the script has no parameters");
  program_expect (&p, "run s.lua --help", 0, "s.lua has no parameters", "");
  program_write (&p, "s.lua", "local nv = require 'nasvec' nv.params { a = 1 } nv.params {}\n");
  program_expect (&p, "run s.lua", 1, NULL, "s.lua:1: nv.params: a script calls it once");
  program_write (&p, "s.lua", "require ('nasvec').params { a = {} }\n");
  program_expect (&p, "run s.lua", 1, NULL, "nv.params: 'a' is a table; allowed is a number");
  static const struct { const char *given, *says; } wrong[] = {
    { "7", "a table { key = default, ... } is expected, not 7" },
    { "{ l = { true } }", "'l' is a table; allowed is a number" },
    { "{ l = { {} } }", "'l' is a table; allowed is a number" },
    { "{ l = { 1, 'a' } }", "'l' is a table; allowed is a number" },
    { "{ l = { 1, nil, 2 } }", "'l' is a table; allowed is a number" },
    { "{ 1 }", "1 is no name of a parameter; allowed are letters" },
    { "{ ['a-b'] = 1 }", "'a-b' is no name of a parameter; allowed are letters" },
    { "{ seeds = 1 }, { seedz = 'runs' }",
      "there is help for 'seedz', which is no parameter; did you mean 'seeds'?" },
    { "{ seeds = 1 }, { seeds = 2 }", "the help for 'seeds' is 2; allowed is a string" },
    { "{ seeds = 1 }, 'runs'", "a table { key = text, ... } of help is expected, not 'runs'" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_autofree char *text = g_strdup_printf ("require ('nasvec').params (%s)\n", wrong[i].given);
    g_autofree char *says = g_strconcat ("nasvec: s.lua:1: nv.params: ", wrong[i].says, NULL);
    program_write (&p, "s.lua", text);
    program_expect (&p, "run s.lua", 1, NULL, says);
  }
  program_close (&p);
}

static void
test_usage (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", "");
  program_expect (&p, "run", 2, NULL, "nasvec: run: no script\nusage: nasvec run");
  program_expect (&p, "run --chek s.lua", 2, NULL, "unknown option '--chek'");
  program_expect (&p, "run s.lua seeds", 2, NULL, "'seeds' is not KEY=VALUE");
  program_expect (&p, "run s.lua =3", 2, NULL, "'=3' is not KEY=VALUE");
  program_expect (&p, "run --help", 0, "usage: nasvec run", "");
  program_expect (&p, "run nowhere.lua", 1, NULL, "nowhere.lua");
  program_expect (&p, "run .", 1, NULL, "nasvec: ");
  program_close (&p);
}

/* Errors of every sort: text, another value, one without text, bytecode. */
static void
test_errors (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", "\nerror ('no ' .. 2.385)\n");
  program_expect (&p, "run s.lua", 1, NULL, "nasvec: s.lua:2: no 2.385\n");
  program_write (&p, "s.lua", "error ({})\n");
  program_expect (&p, "run s.lua", 1, NULL, "nasvec: s.lua:1: an error without a text (a table)\n");
  program_write (&p, "s.lua", "\nerror ()\n");
  program_expect (&p, "run s.lua", 1, NULL, "nasvec: s.lua:2: an error without a text (a nil)\n");
  program_write (&p, "s.lua", "local f = function () return '2.385' end\n"
                              "error (setmetatable ({}, { __tostring = f }))");
  program_expect (&p, "run s.lua", 1, NULL, "nasvec: 2.385\n");
  program_write (&p, "s.lua", "\033Lua");
  program_expect (&p, "run s.lua", 1, NULL, "attempt to load a binary chunk");
  program_close (&p);
}

/* A module beside the script, found from another folder; its own errors have its own lines. */
static void
test_module (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "beside.lua", "local nv = require 'nasvec'\n"
                                   "return { half = 2.385 / 2, f = function () nv.space (7) end }");
  program_write (&p, "s.lua", "print (require ('beside').half)\n");
  g_autofree char *line = g_strdup_printf ("run '%s/s.lua'", p.folder);
  g_autofree char *away = g_strdup_printf ("cd / && '%s' %s", g_getenv ("NASVEC_PROGRAM"), line);
  const char *argv[] = { "/bin/sh", "-c", away, NULL };
  g_autofree char *out = NULL;
  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out,
                               NULL, NULL, NULL));
  g_assert_cmpstr (out, ==, "1.1925\n");
  program_write (&p, "s.lua", "\n\nrequire ('beside').f ()\n");
  program_expect (&p, "run s.lua", 1, NULL, "beside.lua:2: no space '7'");
  program_close (&p);
}

/* A folder can have any name, and the order of what is looked at is Lua's. */
static void
test_module_folder (void)
{
  static const char *const folders[] = { "a;b", "what?", "plain" };
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++) {
    Program p;
    program_open (&p);
    g_autofree char *deep = g_build_filename (p.folder, folders[i], "deep", NULL);
    g_assert_cmpint (g_mkdir_with_parents (deep, 0700), ==, 0);
    g_autofree char *script_name = g_build_filename (folders[i], "s.lua", NULL);
    g_autofree char *beside = g_build_filename (folders[i], "beside.lua", NULL);
    g_autofree char *inner = g_build_filename (folders[i], "deep", "init.lua", NULL);
    g_autofree char *bad = g_build_filename (folders[i], "deep", "bad.lua", NULL);
    program_write (&p, script_name, "print (require ('beside'), (require ('deep')),\n"
                                    "  select (2, pcall (require, 'deep.bad')),\n"
                                    "  select (2, pcall (require, 'nowhere')))\n");
    program_write (&p, beside, "return 2.385");
    program_write (&p, "beside.lua", "return 'the current folder'");
    program_write (&p, inner, "return 'init'");
    program_write (&p, bad, "x = = 1");
    g_autofree char *line = g_strdup_printf ("run '%s'", script_name);
    program_expect (&p, line, 0, "2.385", "");
    g_assert_nonnull (strstr (p.out, "\tinit\terror loading module 'deep.bad' from file '"));
    g_assert_nonnull (strstr (p.out, "module 'nowhere' not found:"));
    program_close (&p);
  }
}

/* What the manifest keeps is UTF-8; a byte order mark is no part of it. */
static void
test_encoding (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", "\n-- Gr\xf6\xdf" "e\nprint (1)\n");
  program_expect (&p, "run s.lua", 1, "", "s.lua:2: not UTF-8");
  g_autofree char *file = g_build_filename (p.folder, "s.lua", NULL);
  g_assert_true (g_file_set_contents (file, "print (1)\n\0print (2)\n", 21, NULL));
  program_expect (&p, "run s.lua", 1, "", "s.lua:2: a byte 0; a script is text");
  program_write (&p, "s.lua", "\xef\xbb\xbf#!/usr/bin/nasvec\nprint ('read')\n");
  program_expect (&p, "run s.lua", 0, "read\n", "");
  program_write (&p, "s.lua", "print (require ('nasvec').params { a = 'x' }.a)\n");
  program_expect (&p, "run s.lua a=\xf6", 1, "", "parameter 'a' is");
  program_close (&p);
}

/* Parameters of a script are part of a benchmark that is a function of it. */
static void
test_defining (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua",
                 "local nv = require 'nasvec'\n"
                 "local p = nv.params { bonus = 0, seeds = 2 }\n"
                 "local space = nv.space ('nasbench201')\n"
                 "nv.study { name = 's', budget = { cells = 3 }, seeds = p.seeds, workers = 1,\n"
                 "  encoder = nv.encoder ('onehot'), searcher = nv.searcher ('random'),\n"
                 "  benchmark = space:benchmark { kind = 'function',\n"
                 "    fn = function (cell) return p.bonus + .5 end } }:run ():table ()\n");
  program_expect (&p, "run s.lua", 0, "onehot + random", NULL);
  program_expect (&p, "run s.lua seeds=4", 0, "onehot + random", NULL);
  program_expect (&p, "run s.lua bonus=1000 seeds=5", 1, NULL,
                  "parameters.bonus is \"0\" there and \"1000\" here");
  program_close (&p);
}

/* A number written in another way is the same one, and no other study. */
static void
test_same_numbers (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua",
                 "local nv = require 'nasvec'\n"
                 "local p = nv.params { x = 2.0, l = { 1, 2.5 }, n = { 3, 4 } }\n"
                 "local space = nv.space ('nasbench201')\n"
                 "nv.study { name = 's', budget = { cells = 3 }, seeds = 1, workers = 1,\n"
                 "  encoder = nv.encoder ('onehot'), searcher = nv.searcher ('random'),\n"
                 "  benchmark = space:benchmark { kind = 'function',\n"
                 "    fn = function (cell) return .5 end } }:run ()\n");
  program_expect (&p, "run s.lua", 0, "", NULL);
  program_expect (&p, "run s.lua x=2 l=1,2.50 n=3.0,4", 0, "", NULL);
  program_expect (&p, "run s.lua l=1,2", 1, NULL,
                  "parameters.l is \"1.0,2.5\" there and \"1.0,2.0\"");
  program_close (&p);
}

/* So are the modules that it loads; where there is no function they do not matter. */
static void
test_defining_module (void)
{
  static const char *const benchmarks[]
      = { "{ kind = 'function', fn = score }",
          "{ kind = 'command', command = \"echo '{\\\"score\\\":1}'\" }" };
  for (guint i = 0; i < G_N_ELEMENTS (benchmarks); i++) {
    Program p;
    program_open (&p);
    g_autofree char *text = g_strdup_printf (
        "local nv, score = require 'nasvec', require 'beside'\n"
        "local space = nv.space ('nasbench201')\n"
        "nv.study { name = 's', budget = { cells = 3 }, seeds = 1, workers = 1,\n"
        "  encoder = nv.encoder ('onehot'), searcher = nv.searcher ('random'),\n"
        "  benchmark = space:benchmark %s }:run ()", benchmarks[i]);
    program_write (&p, "s.lua", text);
    program_write (&p, "beside.lua", "return function (cell) return 0.5 end\n");
    program_expect (&p, "run s.lua", 0, "", NULL);
    program_expect (&p, "run s.lua", 0, "", NULL);
    program_write (&p, "beside.lua", "return function (cell) return 0.75 end\n");
    if (i == 0)
      program_expect (&p, "run s.lua", 1, NULL, "-- require \\\"beside\\\": SHA-256 ");
    else
      program_expect (&p, "run s.lua", 0, "", NULL);
    program_close (&p);
  }
}

/* --- studies -------------------------------------------------------------------------------- */

static const char slow_study[]
  = "local nv = require 'nasvec'\n"
    "local space = nv.space ('nasbench201')\n"
    "local n = 0\n"
    "nv.study { name = 'slow', budget = { cells = 40 }, seeds = 2, workers = 1,\n"
    "  encoder = nv.encoder ('onehot'), searcher = nv.searcher ('random'),\n"
    "  benchmark = space:benchmark { kind = 'function', fn = function (cell)\n"
    "    n = n + 1\n"
    "    if n == 5 then io.open ('started', 'w'):close () end\n"
    "    if not io.open ('fast') then io.popen ('sleep 0.05'):close () end\n"
    "    return n / 100\n"
    "  end } }:run ():table ()\n"
    "print ('evaluated', n)\n";

/* Nothing is run and nothing written. */
static void
test_check (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", slow_study);
  program_expect (&p, "run --check s.lua", 0, "evaluated\t0\nok\n", "");
  g_assert_false (program_has (&p, "slow.db"));
  program_write (&p, "s.lua", "require ('nasvec').study { name = 2.385 }\n");
  program_expect (&p, "run --check s.lua", 1, NULL, "'name' is 2.385");
  g_auto (GStrv) parts = g_strsplit (slow_study, ":table ()", -1);
  g_autofree char *other = g_strjoinv (":report ('out', 'no such arm')", parts);
  program_write (&p, "s.lua", other);
  program_expect (&p, "run --check s.lua", 1, NULL, "report: no arm is called 'no such arm'; ");
  program_close (&p);
}

/* Stopped by a signal, the study goes on where it was. */
static void
test_signal (gconstpointer data)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", slow_study);
  program_interrupt (&p, "run s.lua", GPOINTER_TO_INT (data), 1);
  program_write (&p, "fast", "");
  program_expect (&p, "run s.lua", 0, "evaluated\t", NULL);
  int evaluated = atoi (strstr (p.out, "evaluated\t") + strlen ("evaluated\t"));
  g_assert_cmpint (evaluated, <, 80);
  g_assert_cmpint (evaluated, >, 20);
  program_close (&p);
}

static void
ignore_hangup (gpointer data)
{
  (void) data;
  signal (SIGHUP, SIG_IGN);
}

/* Under nohup the study outlives its terminal. */
static void
test_nohup (void)
{
  Program p;
  GPid pid;
  int status;
  program_open (&p);
  program_write (&p, "s.lua", slow_study);
  g_auto (GStrv) argv = program_words ("run s.lua");
  g_assert_true (g_spawn_async (p.folder, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, ignore_hangup,
                                NULL, &pid, NULL));
  for (int i = 0; i < 1500 && !program_has (&p, "started"); i++)
    g_usleep (20000);
  kill (pid, SIGHUP);
  program_write (&p, "fast", "");
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  program_close (&p);
}

/* Nobody reads what is printed: the script goes on, and the exit code tells. */
static void
test_closed_pipe (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", "io.write (('x'):rep (1000000))\nio.open ('done', 'w'):close ()\n");
  g_autofree char *line
      = g_strdup_printf ("('%s' run s.lua; echo $? >code) | true", g_getenv ("NASVEC_PROGRAM"));
  char *argv[] = { (char *) "/bin/sh", (char *) "-c", line, NULL };
  g_autofree char *code = NULL, *file = g_build_filename (p.folder, "code", NULL);
  g_assert_true (g_spawn_sync (p.folder, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, NULL, &p.err,
                               NULL, NULL));
  g_assert_true (program_has (&p, "done"));
  g_assert_true (g_file_get_contents (file, &code, NULL, NULL));
  g_assert_cmpstr (code, ==, "1\n");
  g_assert_nonnull (strstr (p.err, "standard output could not be written"));
  program_close (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/parameters", test_parameters);
  g_test_add_func ("/run/given", test_given);
  g_test_add_func ("/run/no-parameters", test_no_parameters);
  g_test_add_func ("/run/usage", test_usage);
  g_test_add_func ("/run/errors", test_errors);
  g_test_add_func ("/run/module", test_module);
  g_test_add_func ("/run/module-folder", test_module_folder);
  g_test_add_func ("/run/encoding", test_encoding);
  g_test_add_func ("/run/defining", test_defining);
  g_test_add_func ("/run/same-numbers", test_same_numbers);
  g_test_add_func ("/run/defining-module", test_defining_module);
  g_test_add_func ("/run/check", test_check);
  g_test_add_data_func ("/run/sigint", GINT_TO_POINTER (SIGINT), test_signal);
  g_test_add_data_func ("/run/sigterm", GINT_TO_POINTER (SIGTERM), test_signal);
  g_test_add_data_func ("/run/sighup", GINT_TO_POINTER (SIGHUP), test_signal);
  g_test_add_func ("/run/nohup", test_nohup);
  g_test_add_func ("/run/closed-pipe", test_closed_pipe);
  return g_test_run ();
}
