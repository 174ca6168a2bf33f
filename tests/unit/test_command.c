/* The benchmark `command` with small shell programs: good answers, and every way to fail or to
 * be stopped; and the benchmark of a function. */
#include <glib/gstdio.h>
#include <math.h>
#include <signal.h>
#include <string.h>

#include "benchmark/benchmark.h"
#include "benchmark/command.h"
#include "check_error.h"
#include "plugin/instance.h"
#include "program.h"

static NvSpace *space;
static NvCell cell;
static char *folder;

#define TEXT "|none~0|+|none~0|none~1|+|none~0|none~1|avg_pool_3x3~2|"

/* A program of one line of shell, with `timeout` seconds. */
static NvBenchmark *
open_command (const char *script, double timeout, const char *on_failure)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *quoted = g_shell_quote (script);
  g_autofree char *command = g_strconcat ("sh -c ", quoted, NULL);
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "command", "s", command);
  g_variant_dict_insert (&dict, "timeout", "d", timeout);
  g_variant_dict_insert (&dict, "on_failure", "s", on_failure);
  NvBenchmark *benchmark
    = nv_i_benchmark_new (space, "command", g_variant_dict_end (&dict), &error);
  g_assert_no_error (error);
  return benchmark;
}

static gboolean
ask (NvBenchmark *benchmark, NvOutcome *out, GError **error)
{
  NvRng rng;
  nv_rng_init (&rng, 11, "noise", 0);
  return nv_i_benchmark_query (benchmark, &cell, &rng, out, error);
}

static void
test_answer (void)
{
  g_autoptr (NvBenchmark) b
    = open_command ("read line; case $line in"
                    " '{\"space\": \"nasbench201\", \"cell\": \"" TEXT "\","
                    " \"seed\": '[0-9]*'}') echo '{\"score\":0.25, \"test\":2.385,"
                    " \"seconds\":7,\"parameters\":345}';; esac", 60, "stop");
  g_autoptr (GError) error = NULL;
  NvOutcome out;
  ask (b, &out, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat (out.score, ==, 0.25);
  g_assert_cmpfloat (out.test, ==, 2.385);
  g_assert_cmpfloat (out.seconds, ==, 7);
  g_assert_cmpfloat (out.parameters, ==, 345);
  g_assert_false (out.failed);
  g_assert_cmpstr (b->name, ==, "sh");
  g_assert_null (b->pool);

  g_autoptr (NvBenchmark) short_one = open_command ("echo '{\"score\":-3}'", 60, "stop");
  g_assert_true (ask (short_one, &out, &error));
  g_assert_cmpfloat (out.score, ==, -3);
  g_assert_true (isnan (out.test) && isnan (out.seconds) && isnan (out.parameters));

  g_autoptr (NvBenchmark) failing
    = open_command ("echo '{\"failed\":true,\"seconds\":2.5}'", 60, "stop");
  g_assert_true (ask (failing, &out, &error));
  g_assert_true (out.failed && isnan (out.score));
  g_assert_cmpfloat (out.seconds, ==, 2.5);

  g_autoptr (NvBenchmark) silent = open_command ("sleep 0.2; echo '{\"failed\":true}'", 60, "stop");
  g_assert_true (ask (silent, &out, &error));
  g_assert_true (out.failed && out.seconds >= 0.2 && out.seconds < 60);
}

static void
test_failures (void)
{
  static const struct { const char *script, *message; } rows[] = {
    { "exit 3", "its exit status is 3" },
    { "echo '{\"score\":1}'; exit 1", "its exit status is 1" },
    { "kill -SEGV $$", "it was killed by signal 11" },
    { "true", "its answer is not a JSON object (not JSON: empty)" },
    { "echo rubbish", "its answer is not a JSON object" },
    { "echo 17", "its answer is not a JSON object (another value)" },
    { "echo log; echo '{\"score\":1}'", "its answer is not a JSON object" },
    { "echo '{\"score\":1}{\"score\":2}'", "its answer is not a JSON object" },
    { "echo '{\"score\":\"1\"}'", "its answer has 'score'; allowed are" },
    { "echo '{\"scor\":1}'", "its answer has 'scor'; allowed are" },
    { "echo '{\"score\":1e999}'",
      "its answer has 'score'; allowed are the finite numbers" },
    { "echo '{\"score\":1,\"score\":2}'", "two members are named 'score'" },
    { "echo '{\"test\":1}'", "must have either 'score' or 'failed': true" },
    { "echo '{\"score\":1,\"failed\":true}'",
      "must have either 'score' or 'failed': true" },
    { "echo '{\"failed\":false}'", "must have either 'score' or 'failed': true" },
    { "echo '{\"score\":1,\"seconds\":-1}'", "its answer has seconds below 0" },
    { "yes", "its answer is longer than 65536 bytes" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (NvBenchmark) b = open_command (rows[i].script, 60, "stop");
    g_autoptr (GError) error = NULL;
    NvOutcome out = { .test = 2.385 };
    g_assert_false (ask (b, &out, &error));
    g_assert_cmpfloat (out.test, ==, 2.385);
    g_assert_true (g_str_has_prefix (error->message, "sh, cell '" TEXT "': "));
    CHECK_ERROR (error, NV_ERROR_BENCHMARK, rows[i].message);

    g_autoptr (NvBenchmark) patient = open_command (rows[i].script, 60, "continue");
    g_test_expect_message ("nasvec", G_LOG_LEVEL_MESSAGE, "sh, cell '" TEXT "': *");
    g_assert_true (ask (patient, &out, &error));
    g_test_assert_expected_messages ();
    g_assert_true (out.failed && isnan (out.score) && isnan (out.test));
    g_assert_true (out.seconds > 0 && out.seconds < 60); /* what it took */
  }
}

/* The whole process group ends with the time limit: the inner shell would leave a
 * file. */
static void
test_timeout (void)
{
  g_autofree char *left = g_build_filename (folder, "left", NULL);
  g_autofree char *script
    = g_strdup_printf ("(sleep 1; echo x > '%s') & echo '{\"score\":1}'; sleep 30", left);
  static const char *const others[]
    = { "sleep 30", "exec >&-; sleep 30", "trap '' TERM; sleep 30" };
  for (guint i = 0; i <= G_N_ELEMENTS (others); i++) {
    g_autoptr (NvBenchmark) b
      = open_command (i == 0 ? script : others[i - 1], 0.25, "stop");
    g_autoptr (GError) error = NULL;
    NvOutcome out;
    gint64 start = g_get_monotonic_time ();
    g_assert_false (ask (b, &out, &error));
    CHECK_ERROR (error, NV_ERROR_BENCHMARK, "no answer within 0.25 s");
    g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  }
  g_usleep (1200 * 1000);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));

  g_autoptr (NvBenchmark) patient = open_command ("sleep 30", 0.25, "continue");
  g_autoptr (GError) error = NULL;
  NvOutcome out;
  g_test_expect_message ("nasvec", G_LOG_LEVEL_MESSAGE, "*no answer within 0.25 s");
  g_assert_true (ask (patient, &out, &error));
  g_test_assert_expected_messages ();
  g_assert_true (out.failed);
  g_assert_cmpfloat (out.seconds, ==, 0.25);
}

/* What is left of the group when the program has ended is killed too. */
static void
test_leftovers (void)
{
  g_autofree char *left = g_build_filename (folder, "left", NULL);
  g_autofree char *script
    = g_strdup_printf ("(sleep 1; echo x > '%s') >&- & echo '{\"score\":1.5}'", left);
  g_autoptr (NvBenchmark) b = open_command (script, 60, "stop");
  NvOutcome out;
  g_assert_true (ask (b, &out, NULL));
  g_assert_cmpfloat (out.score, ==, 1.5);
  g_usleep (1200 * 1000);
  g_assert_false (g_file_test (left, G_FILE_TEST_EXISTS));
}

/* An answer counts as soon as the program has ended, whoever still holds its output. */
static void
test_background (void)
{
  static const char *const scripts[] = {
    "sleep 60 & echo '{\"score\":0.5}'",
    "sleep 60 & printf '%60000s{\"score\":0.5}' ''",
    "(exec >&-; sleep 60) & sleep 60 & sleep 0.2; echo '{\"score\":0.5}'",
  };
  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++) {
    g_autoptr (NvBenchmark) b = open_command (scripts[i], 10, "stop");
    g_autoptr (GError) error = NULL;
    NvOutcome out = { 0 };
    ask (b, &out, &error);
    g_assert_no_error (error);
    g_assert_cmpfloat (out.score, ==, 0.5);
  }
  g_autoptr (NvBenchmark) b = open_command ("sleep 60 & exit 3", 10, "stop");
  g_autoptr (GError) error = NULL;
  NvOutcome out;
  g_assert_false (ask (b, &out, &error));
  CHECK_ERROR (error, NV_ERROR_BENCHMARK, "its exit status is 3");
}

/* Where nobody may know how a program ended there is no answer, and no waiting for one. */
static void
test_ignored_ends (void)
{
  g_autoptr (NvBenchmark) b = open_command ("echo '{\"score\":0.5}'", 10, "stop");
  g_autoptr (GError) error = NULL;
  NvOutcome out;
  signal (SIGCHLD, SIG_IGN);
  gboolean ok = ask (b, &out, &error);
  signal (SIGCHLD, SIG_DFL);
  g_assert_false (ok);
  CHECK_ERROR (error, NV_ERROR_BENCHMARK, "sh: No child processes");
}

static gpointer
ask_often (gpointer benchmark)
{
  guint good = 0;
  for (guint i = 0; i < 20; i++) {
    NvOutcome out;
    good += ask (benchmark, &out, NULL) && out.score == 4.5;
  }
  return GUINT_TO_POINTER (good);
}

static void
test_parallel (void)
{
  g_autoptr (NvBenchmark) b
    = open_command ("cat > /dev/null; echo '{\"score\":4.5}'", 60, "stop");
  GThread *threads[4];
  sigset_t all, before;
  sigfillset (&all);
  pthread_sigmask (SIG_BLOCK, &all, &before); /* must not reach the programs */
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("ask", ask_often, b);
  pthread_sigmask (SIG_SETMASK, &before, NULL);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (GPOINTER_TO_UINT (g_thread_join (threads[i])), ==, 20);
}

static NvBenchmark *
make (const char *key, GVariant *value, GError **error)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, value);
  return nv_i_benchmark_new (space, "command", g_variant_dict_end (&dict), error);
}

static void
test_cannot_start (void)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (make ("command", g_variant_new_string ("no_such_program -x"), &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "benchmark command: no program 'no_such_program'");
  g_assert_null (make ("command", g_variant_new_string (folder), &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "' is a folder, not a program");
  g_assert_null (make ("command", g_variant_new_string ("sh -c 'x"), &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "'command' is needed");
  g_assert_null (make ("command", g_variant_new_string (" "), &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "'command' is needed");
  g_assert_null (make ("name", g_variant_new_string ("x"), &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "it is not given");
  g_assert_null (make ("timeout", g_variant_new_double (0), &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "timeout");
  g_assert_null (nv_i_benchmark_new (space, "tabel", NULL, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION,
               "no kind of benchmark 'tabel'; there are: table, command");

  /* gone between the check and the query; or no program at all */
  g_autofree char *program = g_build_filename (folder, "program", NULL);
  g_assert_true (g_file_set_contents (program, "\x7f no program", -1, NULL));
  g_assert_null (make ("command", g_variant_new_string (program), &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "program' may not be executed (chmod +x)");
  g_assert_cmpint (g_chmod (program, 0700), ==, 0);
  g_autoptr (NvBenchmark) b = make ("command", g_variant_new_string (program), &error);
  g_assert_no_error (error);
  g_remove (program);
  NvOutcome out;
  g_assert_false (ask (b, &out, &error));
  CHECK_ERROR (error, NV_ERROR_BENCHMARK, "program: No such file");
}

static guint32 drawn; /* the last seed */

static gboolean
call (const NvSpace *s, const NvCell *c, guint32 seed, NvOutcome *out, gpointer data,
      GError **error)
{
  double *score = data;
  drawn = seed;
  g_assert_true (s == space && nv_cell_equal (c, &cell));
  out->score = *score;
  if (*score > 9)
    g_set_error (error, NV_ERROR, NV_ERROR_SCRIPT, "script.lua:7: no");
  return *score <= 9;
}

static void
test_function (void)
{
  double *score = g_new (double, 1);
  g_autoptr (NvBenchmark) b
    = nv_i_benchmark_function (space, "mine", call, score, g_free);
  g_autoptr (NvBenchmark) also = nv_i_benchmark_ref (b);
  g_autoptr (GError) error = NULL;
  NvOutcome out;
  *score = 2.385;
  g_assert_true (ask (also, &out, &error));
  g_assert_cmpfloat (out.score, ==, 2.385);
  g_assert_true (isnan (out.test) && !out.failed);
  NvRng rng;
  nv_rng_init (&rng, 11, "noise", 0); /* as ask() does */
  g_assert_cmpuint (drawn, ==, nv_rng_u32 (&rng));
  *score = INFINITY;
  g_assert_false (ask (b, &out, &error));
  CHECK_ERROR (error, NV_ERROR_SCRIPT, "script.lua:7: no");
  *score = NAN;
  g_assert_false (ask (b, &out, NULL));
  *score = -INFINITY;
  g_assert_true (ask (b, &out, &error));
  g_assert_true (out.failed && isnan (out.score));
  g_assert_true (b->serial);
  double best, test;
  g_assert_false (nv_i_benchmark_optimum (b, &best, &test));
}

/* --- in the program ----------------------------------------------------------------- */

static const char study[]
  = "local nv = require 'nasvec'\n"
    "local space = nv.space ('nasbench201')\n"
    "nv.study { name = 's', budget = { cells = 6 }, seeds = 1, workers = 1,\n"
    "  encoder = nv.encoder ('onehot'), searcher = nv.searcher ('random'),\n"
    "  benchmark = space:benchmark { kind = 'command', command = 'sh program', timeout = 20,\n"
    "                                on_failure = 'continue' } }:run ()\n";

/* nasvec chooses a kernel of OpenBLAS for itself by a variable; programs see the user's alone. */
static void
test_environment (void)
{
  static const char *const kernels[] = { NULL, "Nehalem" };
  for (guint i = 0; i < G_N_ELEMENTS (kernels); i++) {
    Program p;
    int status;
    program_open (&p);
    program_write (&p, "s.lua", study);
    program_write (&p, "program", "env | grep -c CORETYPE >seen\n"
                   "echo ${OPENBLAS_CORETYPE-none} >>seen\necho '{\"score\":0.5}'\n");
    g_auto (GStrv) argv = program_words ("run s.lua");
    char **environment = g_environ_unsetenv (g_get_environ (), "OPENBLAS_CORETYPE");
    if (kernels[i] != NULL)
      environment = g_environ_setenv (environment, "OPENBLAS_CORETYPE", kernels[i], TRUE);
    g_assert_true (g_spawn_sync (p.folder, argv, environment, G_SPAWN_DEFAULT, NULL, NULL, NULL,
                                 &p.err, &status, NULL));
    g_strfreev (environment);
    g_assert_cmpint (status, ==, 0);
    g_autofree char *seen = NULL, *file = g_build_filename (p.folder, "seen", NULL);
    g_assert_true (g_file_get_contents (file, &seen, NULL, NULL));
    g_assert_cmpstr (seen, ==, i == 0 ? "0\nnone\n" : "1\nNehalem\n");
    program_close (&p);
  }
}

/* Takes long over the fourth cell, unless there is a file `go`; then it leaves a file. */
static const char slow_at_four[]
  = "echo >> asked\n"
    "if [ $(wc -l < asked) = 4 ] && [ ! -e go ]; then\n"
    "  echo > started; sleep 2; echo > left; sleep 60\n"
    "fi\n"
    "echo '{\"score\":0.5}'\n";

/* A cell that fails without a word about seconds counts in a budget of seconds all the same. */
static void
test_failed_seconds (void)
{
  Program p;
  program_open (&p);
  g_auto (GStrv) parts = g_strsplit (study, "budget = { cells = 6 }", -1);
  g_autofree char *in_seconds = g_strjoinv ("budget = { seconds = 35 }", parts);
  program_write (&p, "s.lua", in_seconds);
  program_write (&p, "program", "echo >> asked\n"
                 "[ $(wc -l < asked) = 2 ] && exit 3\n"
                 "[ $(wc -l < asked) = 3 ] && echo '{\"failed\":true}' && exit\n"
                 "echo '{\"score\":0.5,\"seconds\":10}'\n");
  program_expect (&p, "run s.lua", 0, NULL, "its exit status is 3");
  program_close (&p);
}

static void
ignore_ends (gpointer data)
{
  (void) data;
  signal (SIGCHLD, SIG_IGN);
}

/* A supervisor may have left SIGCHLD ignored, which a new program inherits. */
static void
test_inherited (void)
{
  Program p;
  int status;
  program_open (&p);
  program_write (&p, "s.lua", study);
  program_write (&p, "program", "echo '{\"score\":0.5}'\n");
  g_auto (GStrv) argv = program_words ("run s.lua");
  g_assert_true (g_spawn_sync (p.folder, argv, NULL, G_SPAWN_DEFAULT, ignore_ends, NULL,
                               &p.out, &p.err, &status, NULL));
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
  g_assert_null (strstr (p.err, "sh, cell"));
  program_close (&p);
}

/* Ctrl-C, once or twice, ends the program at once; the cell is asked for again. */
static void
test_interrupt (gconstpointer times)
{
  Program p;
  program_open (&p);
  program_write (&p, "s.lua", study);
  program_write (&p, "program", slow_at_four);
  program_interrupt (&p, "run s.lua", SIGINT, GPOINTER_TO_INT (times));
  g_usleep (2500 * 1000);
  g_assert_false (program_has (&p, "left"));
  program_write (&p, "go", "");
  program_expect (&p, "run s.lua", 0, NULL, NULL);
  g_autofree char *path = g_build_filename (p.folder, "asked", NULL), *asked = NULL;
  g_assert_true (g_file_get_contents (path, &asked, NULL, NULL));
  g_assert_cmpuint (strlen (asked), ==, 7);
  program_close (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-command-XXXXXX", NULL);
  space = nv_i_space_new ("nasbench201", NULL, NULL);
  g_assert_true (nv_space_parse (space, TEXT, &cell, NULL));
  g_test_add_func ("/command/answer", test_answer);
  g_test_add_func ("/command/failures", test_failures);
  g_test_add_func ("/command/timeout", test_timeout);
  g_test_add_func ("/command/leftovers", test_leftovers);
  g_test_add_func ("/command/background", test_background);
  g_test_add_func ("/command/ignored-ends", test_ignored_ends);
  g_test_add_func ("/command/parallel", test_parallel);
  g_test_add_func ("/command/cannot-start", test_cannot_start);
  g_test_add_func ("/command/function", test_function);
  g_test_add_func ("/command/failed-seconds", test_failed_seconds);
  g_test_add_func ("/command/environment", test_environment);
  g_test_add_func ("/command/inherited", test_inherited);
  g_test_add_data_func ("/command/interrupt", GINT_TO_POINTER (1), test_interrupt);
  g_test_add_data_func ("/command/interrupt-twice", GINT_TO_POINTER (2), test_interrupt);
  int code = g_test_run ();
  nv_i_space_unref (space);
  g_rmdir (folder);
  g_free (folder);
  return code;
}
