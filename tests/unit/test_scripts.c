/* Example scripts in their quick form. */
#include "data/csv.h"
#include "nn/kernels.h"
#include "program.h"

static void
test_measures (void)
{
  g_autofree char *table = nv_i_data_file ("nasbench201.csv.gz", NULL, NULL);
  if (table == NULL) {
    g_test_skip ("nasbench201.csv.gz is not there: NASVEC_DATA");
    return;
  }
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/ablations/measures.lua' quick=true",
                                           g_getenv ("NASVEC_SOURCE"));
  Program p;
  program_open (&p);
  program_expect (&p, line, 0, "1000 of 15625 cells", NULL);
  g_assert_nonnull (strstr (p.out, "interpolation: edits between the ends"));
  program_close (&p);
}

/* Files of data that the scripts of the paper read; skipped without them. */
static gboolean
have_data (void)
{
  static const char *const files[]
      = { "nasbench101_curves.csv.gz", "nasbench101_full.csv.gz", "nasbench201.csv.gz",
          "darts_random_214_600ep.csv.gz", "nasbench_graph.csv.gz" };
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *file = nv_i_data_file (files[i], NULL, NULL);
    if (file != NULL)
      continue;
    g_autofree char *why = g_strdup_printf ("%s is not there: NASVEC_DATA", files[i]);
    g_test_skip (why);
    return FALSE;
  }
  return TRUE;
}

static void
test_paper (void)
{
  static const char *const parts[]
      = { "arch2vec (published) | - | - | - | - | - | 100", "a uniform sampler",
          "| 30 | supervised |", "neighbours among the nearest", "variance shown", "largest jump",
          "Benchmark: cifar10 (108 epochs)", "Benchmark: cifar100", "Benchmark: random214",
          "Benchmark: cora" };
  Program p;
  if (!have_data ())
    return;
  program_open (&p);
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/paper/all.lua' quick=true out='%s'",
                                           g_getenv ("NASVEC_SOURCE"), p.folder);
  program_expect (&p, line, 0, "## table1", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    if (strstr (p.out, parts[i]) == NULL)
      g_error ("'%s' is not in the output of all.lua", parts[i]);
  program_close (&p);
}

/* Two files as one table: a name that needs quotes, parts of an arm, a run without a score. */
static void
test_runs (void)
{
  static const char *const lines[]
      = { "|---|---|---|---|---|---|---|---|\n",
          "| a | 4 | 50.00 | 40.00 [40.00 - 40.00] | 10 | - | - | - |\n",
          "| b \"x, y\" | 5 | 60.20 | 46.00 [41.20 - 50.00] | 12 | 10.00 +- 0.00 | "
          "5.00 +- 3.00 | 0.375 |\n",
          "| c | 0 | - | - [- - -] | - | - | - | - |\n" };
  Program p;
  program_open (&p);
  program_write (&p, "1.csv", "benchmark,arm,seed,cells,observed,test\n"
                              "t,a,0,10,.5,.4\nt,a,1,10,.5,.4\nt,a,2,10,.5,.4\nt,a,3,10,.5,.4\n"
                              "t,\"b \"\"x, y\"\"\",1,12,.6,.42\n"
                              "t,\"b \"\"x, y\"\"\",0,12,.6,.5\n");
  program_write (&p, "2.csv", "arm,seed,observed,test,cells\n\"b \"\"x, y\"\"\",3,.6,.5,12\n"
                              "\"b \"\"x, y\"\"\",2,.6,.38,12\n"
                              "\"b \"\"x, y\"\"\",9,.61,.5,12\nc,0,,,\n");
  program_write (&p, "u.csv", "arm,seed,reason,observed,test,cells\nu,0,,.9,.9,5\n"
                              "u,1,failed: it,.9,.9,5\nu,2,budget,.5,.5,9\nu,2,,.9,.9,5\n");
  const char *source = g_getenv ("NASVEC_SOURCE");
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/runs.lua' files=", source);
  g_autofree char *both = g_strconcat (line, "1.csv,2.csv baseline=a", NULL);
  program_expect (&p, both, 0, "| arm | runs | observed, % |", NULL);
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    if (strstr (p.out, lines[i]) == NULL)
      g_error ("'%s' is not in:\n%s", lines[i], p.out);
  g_autofree char *ended = g_strconcat (line, "u.csv", NULL);
  program_expect (&p, ended, 0, "| u | 1 | 50.00 | 50.00 [- - -] | 9 |", NULL);
  program_write (&p, "o.csv", "benchmark,arm,seed,observed,test,cells\no,a,7,.9,.9,5\n");
  g_autofree char *other = g_strconcat (line, "1.csv,o.csv", NULL);
  program_expect (&p, other, 1, NULL, "o.csv: runs of o, where others are of t");
  g_autofree char *twice = g_strconcat (line, "1.csv,1.csv", NULL);
  program_expect (&p, twice, 1, NULL, "1.csv: a has seed 0 a second time");
  g_autofree char *unknown = g_strconcat (line, "1.csv baseline=z", NULL);
  program_expect (&p, unknown, 1, NULL, "baseline=z: allowed are a, b \"x, y\"");
  g_autofree char *missing = g_strconcat (line, "3.csv", NULL);
  program_expect (&p, missing, 1, NULL, "3.csv: No such file");
  g_autofree char *script = g_strconcat (line, "'", source, "/scripts/runs.lua'", NULL);
  program_expect (&p, script, 1, NULL, "not a runs.csv of a report");
  program_close (&p);
}

/* quick=true changes what the command line leaves open, not what it says. */
static void
test_quick (void)
{
  Program p;
  program_open (&p);
  g_autofree char *text = g_strdup_printf (
      "package.path = '%s/scripts/paper/?.lua;' .. package.path\n"
      "local p = require ('paper').params ({ seeds = 100, cells = 5 }, {},\n"
      "                                    { seeds = 1, cells = 2 })\n"
      "print ('runs', p.seeds, p.cells)\n", g_getenv ("NASVEC_SOURCE"));
  program_write (&p, "s.lua", text);
  program_expect (&p, "run s.lua", 0, "runs\t100\t5\n", "");
  program_expect (&p, "run s.lua quick=true", 0, "runs\t1\t2\n", "");
  program_expect (&p, "run s.lua quick=true seeds=100", 0, "runs\t100\t2\n", "");
  program_close (&p);
}

/* The compat preset has a study of its own for supervised; bad parameters are refused. */
static void
test_compat (void)
{
  Program p;
  const char *source = g_getenv ("NASVEC_SOURCE");
  if (!have_data ())
    return;
  program_open (&p);
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/paper/table3.lua' quick=true "
                                           "preset=compat searchers=bo,rl out='%s'", source,
                                           p.folder);
  program_expect (&p, line, 0, "supervised + bo", NULL);
  g_assert_nonnull (strstr (p.out, "NAS-Bench-201, cifar100, compat"));
  g_autofree char *wrong
      = g_strdup_printf ("run '%s/scripts/paper/table2.lua' preset=fair", source);
  program_expect (&p, wrong, 1, NULL, "preset=fair: allowed are default and compat");
  program_close (&p);
}

/* The study of the first screen, on the table that comes with nasvec and without any data. */
static void
test_quickstart (void)
{
  const char *source = g_getenv ("NASVEC_SOURCE");
  g_autofree char *data = g_strdup (g_getenv ("NASVEC_DATA"));
  Program p;
  program_open (&p);
  g_setenv ("NASVEC_DATA", p.folder, TRUE);
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/quickstart.lua' seeds=1 cells=3",
                                           source);
  program_expect (&p, line, 0, "table: fashion-mnist.csv.gz, ", NULL);
  g_assert_nonnull (strstr (p.out, " of the space's 6466 distinct cells; a run evaluates 3\n"));
  g_assert_nonnull (strstr (p.out, "onehot + gradient"));
  g_assert_nonnull (strstr (p.out, "Pre-trained on: the space."));
  g_autofree char *wrong = g_strdup_printf ("run '%s/scripts/quickstart.lua' dataset=mnist",
                                            source);
  program_expect (&p, wrong, 1, NULL, "dataset=mnist: allowed are fashion-mnist and cifar10");
  if (data != NULL)
    g_setenv ("NASVEC_DATA", data, TRUE);
  else
    g_unsetenv ("NASVEC_DATA");
  program_close (&p);
}

/* quickstart.sh in a folder where cmake, dpkg-query and nasvec only say what they were told. Takes
 * the folder's name and `before`, shell that is run first. */
static void
run_quickstart_sh (Program *p, const char *before)
{
  static const char *const files[] = { "quickstart.sh", "install_deps.sh" };
  g_autofree char *scripts = g_build_filename (p->folder, "scripts", NULL);
  g_assert_cmpint (g_mkdir_with_parents (scripts, 0700), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *from
        = g_build_filename (g_getenv ("NASVEC_SOURCE"), "scripts", files[i], NULL);
    g_autofree char *to = g_build_filename (scripts, files[i], NULL), *text = NULL;
    g_assert_true (g_file_get_contents (from, &text, NULL, NULL));
    g_assert_true (g_file_set_contents (to, text, -1, NULL));
  }
  g_autofree char *script = g_strdup_printf (
      "mkdir -p bin build data\n"
      "printf '#!/bin/sh\\nprintf \"installed\\\\ninstalled\\\\n\"\\n' >bin/dpkg-query\n"
      "printf '#!/bin/sh\\n' >bin/cmake\n"
      "printf '#!/bin/sh\\necho apt-get \"$@\"\\n' | tee bin/apt-get >bin/sudo\n"
      "printf '#!/bin/sh\\necho data=$NASVEC_DATA \"$@\"\\n' >build/nasvec\n"
      "chmod +x bin/* build/nasvec; PATH=$PWD/bin:$PATH; touch data/nasbench201.csv.gz\n"
      "%s\ncd bin && NASVEC_DATA=../data exec sh ../scripts/quickstart.sh seeds=2\n", before);
  char *argv[] = { (char *) "/bin/sh", (char *) "-c", script, NULL };
  int status;
  g_clear_pointer (&p->out, g_free);
  g_clear_pointer (&p->err, g_free);
  g_assert_true (g_spawn_sync (p->folder, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &p->out, &p->err,
                               &status, NULL));
  if (status != 0)
    g_error ("quickstart.sh: %s\n%s", p->out, p->err);
}

/* Nothing is installed that is there, under two architectures too; a relative folder of data is
 * found; an old store goes, but not that of a quickstart that still runs. */
static void
test_quickstart_sh (void)
{
  Program p;
  program_open (&p);
  run_quickstart_sh (&p, "touch build/quickstart.db");
  g_autofree char *said = g_strdup_printf ("data=%s/data run scripts/quickstart.lua "
                                           "store=build/quickstart.db dataset=cifar10 seeds=2\n",
                                           p.folder);
  g_assert_cmpstr (p.out, ==, said);
  g_assert_false (program_has (&p, "build/quickstart.db"));
  run_quickstart_sh (&p, "touch build/quickstart.db; exec 9>build/quickstart.db.lock; flock 9");
  g_assert_true (program_has (&p, "build/quickstart.db"));
  program_close (&p);
}

static void
test_table_facts (void)
{
  const char *source = g_getenv ("NASVEC_SOURCE");
  Program p;
  program_open (&p);
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/table_facts.lua' "
                                           "trainings=2 again=fashion-mnist-seed3.csv "
                                           "other=fashion-mnist-seed3.csv "
                                           "other_dataset=fashion-mnist", source);
  program_expect (&p, line, 0, " of 6466 cells, ", NULL);
  g_assert_nonnull (strstr (p.out, "\n| mean of 2: best tenth by validation | 30 | "));
  g_assert_nonnull (strstr (p.out, "| random search, cells | 10 | 20 | 50 |"));
  /* Of three cells by hand: noise sqrt (var (.01, .03, -.01) / 2), one exchange. */
  program_write (&p, "a.csv", "cell,validation_10,test,seconds,parameters\n"
                 "5 1000101101 221,.80,.79,2,10\n5 1111110011 200,.85,.84,3,30\n"
                 "5 1100100101 211,.84,.85,7,20\n5 1101111111 220,,,5,15\n");
  program_write (&p, "b.csv", "cell,validation_10,test,seconds,parameters\n"
                 "5 1000101101 221,.79,.79,2,10\n5 1111110011 200,.82,.84,3,30\n"
                 "5 1100100101 211,.85,.85,7,20\n");
  /* Of two of them, epoch by epoch: in the order of their scores but after the second. */
  program_write (&p, "c.csv", "cell,validation_1,validation_2,validation_3,validation_4,"
                 "validation_5,validation_6,validation_7,validation_8,validation_9,"
                 "validation_10,test,seconds,parameters\n"
                 "5 1111110011 200,.5,.4,.5,.5,.5,.5,.5,.5,.5,.85,.84,3,30\n"
                 "5 1000101101 221,.3,.6,.4,.4,.4,.4,.4,.4,.4,.80,.79,2,10\n");
  g_autofree char *hand
      = g_strdup_printf ("run '%s/scripts/table_facts.lua' space=nasbench101 file=a.csv "
                         "again=b.csv curve=c.csv", source);
  program_expect (&p, hand, 0, "- 3 of 2532 cells, 12 seconds of one core: 4.00 a cell in the "
                  "mean, 7.00 the most\n- 1 more diverged\n"
                  "- best by validation: 85.00 validation, 84.00 test, "
                  "`5 1111110011 200`\n- best by test: 84.00 validation, 85.00 test, ", NULL);
  g_assert_nonnull (strstr (p.out, "| all | 3 | .500 | 1.41 | 1.000 | 0.00 |"));
  g_assert_nonnull (strstr (p.out, "validation .500, parameters .500"));
  g_assert_nonnull (strstr (p.out, "\n\nOne training of 2 cells, epoch by epoch:\n\n"));
  g_assert_nonnull (strstr (p.out, "| median validation | 40.00 | 50.00 | 45.00 | "));
  g_assert_nonnull (strstr (p.out, "validation | 1.000 | -1.000 | 1.000 | "));
  g_assert_nonnull (strstr (p.out, "with its test | 1.000 | -1.000 | 1.000 | "));
  program_close (&p);
}

/* Three cells trained twice, and twice again. */
static void
test_table_trainings (void)
{
  static const char *const cells[] = {
    "none:0 max_pool_3x3:1 avg_pool_3x3:1 sep_conv_3x3:0 skip_connect:1 skip_connect:2 "
    "skip_connect:0 sep_conv_5x5:3",
    "sep_conv_5x5:1 skip_connect:0 sep_conv_3x3:0 none:1 avg_pool_3x3:1 none:2 avg_pool_3x3:2 "
    "dil_conv_3x3:4",
    "dil_conv_5x5:1 skip_connect:0 avg_pool_3x3:1 dil_conv_3x3:2 max_pool_3x3:0 sep_conv_3x3:3 "
    "sep_conv_3x3:2 avg_pool_3x3:1",
  };
  static const char head[]
      = "cell,validation_10_1,validation_10_2,test_1,test_2,seconds,parameters\n";
  Program p;
  program_open (&p);
  g_autofree char *a = g_strdup_printf ("%s%s,.80,.79,.79,.79,2,1\n%s,.85,.82,.84,.84,3,2\n"
                                        "%s,.84,.85,.85,.85,4,3\n", head, cells[0], cells[1],
                                        cells[2]);
  g_autofree char *b = g_strdup_printf ("%s%s,.79,.81,.79,.79,2,1\n%s,.82,.84,.84,.84,3,2\n"
                                        "%s,.85,.87,.85,.85,4,3\n", head, cells[0], cells[1],
                                        cells[2]);
  program_write (&p, "a.csv", a);
  program_write (&p, "b.csv", b);
  g_autofree char *line
      = g_strdup_printf ("run '%s/scripts/table_facts.lua' space=darts file=a.csv trainings=2 "
                         "again=b.csv", g_getenv ("NASVEC_SOURCE"));
  program_expect (&p, line, 0, "- best by validation: 84.50 validation, 85.00 test, `dil_conv",
                  NULL);
  g_assert_nonnull (strstr (p.out, "\n| one training: all | 3 | .500 | 1.41 | 1.000 | 0.00 |\n"
                            "| mean of 2: all | 3 | 1.000 | 0.71 | 1.000 | 0.00 |\n"));
  program_close (&p);
}

/* Three cells by hand; the fourth diverged. */
static void
test_ceiling (void)
{
  Program p;
  program_open (&p);
  program_write (&p, "a.csv", "cell,validation_10,test,seconds,parameters\n"
                 "5 1000101101 221,.80,.79,2,10\n5 1111110011 200,.85,.84,3,30\n"
                 "5 1100100101 211,.84,.85,7,20\n5 1101111111 220,,,5,15\n");
  g_autofree char *line
      = g_strdup_printf ("run '%s/scripts/ablations/ceiling.lua' file=a.csv "
                         "dataset=fashion-mnist epochs=10 cells=1,2 best=9,2",
                         g_getenv ("NASVEC_SOURCE"));
  program_expect (&p, line, 0, "| of the truly best | regret of 1 cells | of 2 cells |\n"
                  "|---|---|---|\n| 2 | 0.00500 | 0.01000 |\n| 3 | 0.02333 | 0.00667 |\n",
                  NULL);
  program_close (&p);
}

static void
test_transfer (void)
{
  const char *source = g_getenv ("NASVEC_SOURCE");
  Program p;
  if (!have_data ())
    return;
  program_open (&p);
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/transfer.lua' seeds=2 cells=3",
                                           source);
  program_expect (&p, line, 0, "Benchmark: fashion-mnist", NULL);
  g_assert_nonnull (strstr (p.out, "Benchmark: imagenet16-120"));
  g_assert_true (program_has (&p, "transfer/index.html"));
  g_autofree char *wrong
      = g_strdup_printf ("run '%s/scripts/transfer.lua' fashion=none.csv", source);
  program_expect (&p, wrong, 1, NULL, "no file 'none.csv' (nor .gz) in any of: ");
  program_close (&p);
}

static gboolean
has_avx2 (void)
{
#ifdef __x86_64__
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma");
#else
  return FALSE;
#endif
}

/* Weights in the cache are of one kernel of OpenBLAS: under another they are trained anew.
 * The program's own choice is that for AVX2, where the processor has it. */
static void
test_cache_kernel (void)
{
  static const char *const kernels[] = { "Prescott", "Prescott", "Nehalem", NULL, "Haswell" };
  static const guint kept[] = { 1, 1, 2, 3, 3 };
  g_autofree char *blas = nv_i_blas_name ();
  if (strstr (blas, "DYNAMIC_ARCH") == NULL || strstr (blas, "aarch64") != NULL) {
    g_test_skip ("OpenBLAS has one kernel here, or others");
    return;
  }
  Program p;
  program_open (&p);
  program_write (&p, "fit.lua", "local nv = require 'nasvec'\n"
                 "local small = { hidden = 8, layers = 1, epochs = 1 }\n"
                 "nv.encoder ('vgae', small):fit (nv.space ('nasbench201'))\n");
  g_autofree char *line = g_strdup_printf ("run '%s/fit.lua'", p.folder);
  g_autofree char *cache = g_build_filename (p.folder, "encoders", NULL);
  g_setenv ("NASVEC_CACHE", p.folder, TRUE);
  for (guint i = 0; i < (has_avx2 () ? 5 : 3); i++) {
    guint files = 0;
    if (kernels[i] != NULL)
      g_setenv ("OPENBLAS_CORETYPE", kernels[i], TRUE);
    else
      g_unsetenv ("OPENBLAS_CORETYPE");
    program_expect (&p, line, 0, "", NULL);
    g_autoptr (GDir) dir = g_dir_open (cache, 0, NULL);
    while (dir != NULL && g_dir_read_name (dir) != NULL)
      files++;
    g_assert_cmpuint (files, ==, kept[i]);
  }
  g_unsetenv ("NASVEC_CACHE"); /* the last test: nobody asks for what they were */
  g_unsetenv ("OPENBLAS_CORETYPE");
  program_close (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scripts/quickstart", test_quickstart);
  g_test_add_func ("/scripts/quickstart-sh", test_quickstart_sh);
  g_test_add_func ("/scripts/transfer", test_transfer);
  g_test_add_func ("/scripts/table-facts", test_table_facts);
  g_test_add_func ("/scripts/table-trainings", test_table_trainings);
  g_test_add_func ("/scripts/ceiling", test_ceiling);
  g_test_add_func ("/scripts/measures", test_measures);
  g_test_add_func ("/scripts/runs", test_runs);
  g_test_add_func ("/scripts/quick", test_quick);
  g_test_add_func ("/scripts/paper", test_paper);
  g_test_add_func ("/scripts/compat", test_compat);
  g_test_add_func ("/scripts/cache-kernel", test_cache_kernel);
  return g_test_run ();
}
