/* Reports: what is read from a store, the incumbent, curves, summaries, comparisons. */
#include <string.h>

#include "report/data.h"
#include "report_store.h"
#include "stats/stats.h"

static char *folder;

/* Two arms on one task; arm 1: seeds 1, 2, 3 finished, 4 unfinished, 5 failed. */
static char *
small_store (void)
{
  char *file = g_build_filename (folder, "small.db", NULL);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  store_arm (db, 1, "vgae + bo", "cifar", "vgae", "bo");
  store_arm (db, 2, "onehot + random", "cifar", "onehot", "random");
  static const double scores[] = { .71, .83, .83, .62, .91 };
  static const double tests[] = { .70, .81, .99, .60, .88 };
  for (int arm = 1; arm <= 2; arm++)
    for (int seed = 1; seed <= 5; seed++) {
      const char *reason = arm == 1 && seed == 4 ? NULL
                           : arm == 1 && seed == 5 ? "failed: out of memory" : "budget";
      gint64 run = store_run (db, arm, seed, reason);
      for (int i = 0; i < 4 + (seed == 2); i++)
        store_trial (db, run, i, "c", scores[i] - .01 * seed * arm,
                     tests[i] - .01 * seed * arm, 10.5);
    }
  store_close (store);
  return file;
}

static void
test_load (void)
{
  g_autofree char *file = small_store ();
  g_autoptr (NvReport) r = report_of (file);
  g_assert_cmpuint (r->n_arms, ==, 2);
  g_assert_cmpuint (r->n_tasks, ==, 1);
  g_assert_cmpuint (r->n_trials, ==, 42);
  g_assert_cmpuint (r->arms[0].n_counted, ==, 3);
  g_assert_cmpuint (r->arms[0].n_unfinished, ==, 1);
  g_assert_cmpuint (r->arms[0].n_failed, ==, 1);
  g_assert_cmpint (r->tasks[0].baseline, ==, 1);
  g_assert_true (r->tasks[0].percent);
  g_assert_cmpfloat (r->arms[0].runs[1].trials[4].elapsed, ==, 52.5);
  /* regret is measured from the best test score in the store */
  g_assert_cmpfloat_with_epsilon (r->tasks[0].best, .98, 1e-12);
  g_assert_false (r->tasks[0].best_known);
}

static void
test_load_errors (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *missing = g_build_filename (folder, "no-such-store.db", NULL);
  g_assert_null (nv_i_report_load (missing, NULL, &error));
  g_assert_nonnull (strstr (error->message, "no-such-store.db"));
  g_clear_error (&error);

  g_autofree char *file = small_store ();
  g_assert_null (nv_i_report_load (file, "bohb", &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_OPTION);
  g_assert_nonnull (strstr (error->message, "'bohb'"));
  g_assert_nonnull (strstr (error->message, "'vgae + bo'"));
  g_autoptr (NvReport) r = nv_i_report_load (file, "vgae + bo", NULL);
  g_assert_cmpint (r->tasks[0].baseline, ==, 0);
}

static char *
manifest_store (const char *manifest)
{
  char *file = g_build_filename (folder, "manifest.db", NULL);
  NvStore *store = store_new (file);
  store_arm (nv_i_store_handle (store), 1, "onehot + caf\xe9", "cifar \xe9", "onehot", "bo");
  store_manifest (nv_i_store_handle (store), manifest);
  store_close (store);
  return file;
}

/* A script in Latin 1 takes nothing but its letters from a report. */
static void
test_manifest_bytes (void)
{
  g_autofree char *file
      = manifest_store ("{\"name\": \"caf\xe9\", \"script\": \"-- caf\xe9\"}");
  g_autoptr (NvReport) r = report_of (file);
  g_assert_nonnull (r->manifest);
  g_assert_cmpstr (r->name, ==, "caf\xef\xbf\xbd");
  g_assert_cmpstr (r->methods[0], ==, "onehot + caf\xef\xbf\xbd");
  g_assert_cmpstr (r->tasks[0].name, ==, "cifar \xef\xbf\xbd");
}

static void
test_manifest_errors (void)
{
  static const char *const broken[] = { "", "{\"name\": ", "[2.385]", "no JSON" };
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *file = manifest_store (broken[i]);
    g_assert_null (nv_i_report_load (file, NULL, &error));
    g_assert_error (error, NV_ERROR, NV_ERROR_STORE);
    g_assert_nonnull (strstr (error->message, "manifest.db: damaged: its manifest is "));
  }
}

/* By observed score, never by test; the first of equals; failures are passed over. */
static void
test_incumbent (void)
{
  const NvReportTrial trials[] = { { NAN, NAN, 1 }, { .71, .70, 2 }, { .83, .81, 3 },
                                   { .83, .99, 4 }, { NAN, .95, 5 }, { .91, NAN, 6 } };
  const NvReportRun run = { .trials = trials, .n_trials = 6, .n_failed = 2 };
  g_assert_null (nv_i_run_incumbent (&run, 0));
  g_assert_null (nv_i_run_incumbent (&run, 1));
  g_assert_true (nv_i_run_incumbent (&run, 2) == &trials[1]);
  g_assert_true (nv_i_run_incumbent (&run, 5) == &trials[2]);
  g_assert_true (nv_i_run_incumbent (&run, 99) == &trials[5]);
}

static void
test_values (void)
{
  g_autofree char *file = small_store ();
  g_autoptr (NvReport) r = report_of (file);
  gsize points = 0;
  g_autofree double *cells = nv_i_report_grid (r, 0, NV_AXIS_CELLS, &points);
  g_assert_cmpuint (points, ==, 5);
  double v[5 * 5];
  nv_i_report_values (v, r, 0, NV_AXIS_CELLS, NV_SCORE_TEST, cells, points);
  const double expected[] = { .69, .80, .80, .80, .80,    /* seed 1 ends after 4 cells */
                              .68, .79, .79, .79, .86,
                              .67, .78, .78, .78, .78 };
  for (guint i = 0; i < 15; i++)
    g_assert_cmpfloat_with_epsilon (v[i], expected[i], 1e-12);

  const double times[] = { 10.4, 10.5, 20.99, 21.0, 1e6 };
  nv_i_report_values (v, r, 1, NV_AXIS_SECONDS, NV_SCORE_OBSERVED, times, 5);
  g_assert_true (isnan (v[0]));
  g_assert_cmpfloat_with_epsilon (v[1], .69, 1e-12);
  g_assert_cmpfloat_with_epsilon (v[2], .69, 1e-12);
  g_assert_cmpfloat_with_epsilon (v[3], .81, 1e-12);
  g_assert_cmpfloat_with_epsilon (v[4], .81, 1e-12);
}

static void
test_grid (void)
{
  g_autofree char *file = g_build_filename (folder, "long.db", NULL);
  store_study (file, 1, 2, 2, 1001);
  g_autoptr (NvReport) r = report_of (file);
  gsize points = 0;
  g_autofree double *cells = nv_i_report_grid (r, 0, NV_AXIS_CELLS, &points);
  g_assert_cmpuint (points, >, 100);
  g_assert_cmpuint (points, <=, 200);
  g_assert_cmpfloat (cells[0], ==, 1);
  g_assert_cmpfloat (cells[points - 1], ==, 1001);
  for (gsize i = 1; i < points; i++)
    g_assert_cmpfloat (cells[i], >, cells[i - 1]);
  g_autofree double *seconds = nv_i_report_grid (r, 0, NV_AXIS_SECONDS, &points);
  g_assert_cmpuint (points, ==, 100);
  g_assert_cmpfloat_with_epsilon (seconds[50] / seconds[49], seconds[2] / seconds[1],
                                  1e-9);
}

static double
naive_mean (const double *values, guint R, gsize points, gsize g)
{
  double sum = 0;
  for (guint i = 0; i < R; i++)
    sum += values[i * points + g];
  return sum / R;
}

/* The band against a resampling written out, run by run, of another stream. */
static void
test_curves (void)
{
  g_autofree char *file = g_build_filename (folder, "curves.db", NULL);
  store_study (file, 1, 3, 31, 23);
  g_autoptr (NvReport) r = report_of (file);
  g_autoptr (NvCurves) c = nv_i_curves_new (r, 0, NV_AXIS_CELLS, NV_SCORE_TEST);
  g_assert_cmpuint (c->points, ==, 23);
  g_autofree double *v = g_new (double, 31 * 23);
  nv_i_report_values (v, r, 2, NV_AXIS_CELLS, NV_SCORE_TEST, c->grid, 23);
  for (gsize g = 0; g < 23; g++) {
    gsize at = 2 * 23 + g;
    double column[31], low, high;
    for (guint i = 0; i < 31; i++)
      column[i] = v[i * 23 + g];
    g_assert_cmpfloat_with_epsilon (c->mean[at], naive_mean (v, 31, 23, g), 1e-12);
    g_assert_cmpfloat_with_epsilon (c->median[at], nv_i_quantile (column, 31, .5), 1e-12);
    g_assert_cmpfloat_with_epsilon (c->upper[at], nv_i_quantile (column, 31, .75), 1e-12);
    NvRng rng;
    nv_rng_init (&rng, 5, "twin", g);
    nv_i_bootstrap_mean (column, 31, 4000, .95, &rng, &low, &high);
    g_assert_cmpfloat_with_epsilon (c->low[at], low, .25 * (c->mean[at] - low));
    g_assert_cmpfloat_with_epsilon (c->high[at], high, .25 * (high - c->mean[at]));
    g_assert_cmpfloat (c->low[at], <, c->mean[at]);
    g_assert_cmpfloat (c->runs[at], ==, 31);
  }
}

/* No value before the last run has an incumbent, none after the longest has ended. */
static void
test_curve_extent (void)
{
  g_autofree char *file = g_build_filename (folder, "extent.db", NULL);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  store_arm (db, 1, "a", "t", "e", "a");
  store_arm (db, 2, "b", "t", "e", "b");
  for (int arm = 1; arm <= 2; arm++)
    for (int seed = 0; seed < 2; seed++) {
      gint64 run = store_run (db, arm, seed, "budget");
      for (int i = 0; i < 3 * arm; i++)
        store_trial (db, run, i, "c", seed == 1 && i < 1 ? NAN : .5 + .01 * i,
                     i == 2 && seed == 0 ? NAN : .4 + .01 * i, 7);
    }
  store_close (store);
  g_autoptr (NvReport) r = report_of (file);
  g_autoptr (NvCurves) c = nv_i_curves_new (r, 0, NV_AXIS_CELLS, NV_SCORE_TEST);
  g_assert_cmpuint (c->points, ==, 6);
  g_assert_true (isnan (c->mean[0]));
  g_assert_cmpfloat_with_epsilon (c->mean[1], .41, 1e-12);
  /* of the one run that has it */
  g_assert_cmpfloat_with_epsilon (c->mean[2], .42, 1e-12);
  g_assert_cmpfloat (c->runs[2], ==, 1);
  g_assert_false (isnan (c->low[2]));
  g_assert_true (isnan (c->mean[3]));
  g_assert_cmpfloat_with_epsilon (c->mean[6 + 5], .45, 1e-12);
}

/* Arm 1 has a failed cell without seconds, arm 2 no score at all, arm 3 no seconds: arm 1
 * keeps its curve in seconds, and what its runs cost. */
static void
test_curve_failures (void)
{
  g_autofree char *file = g_build_filename (folder, "failures.db", NULL);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  static const char *const labels[] = { "a", "b", "c" };
  for (int arm = 1; arm <= 3; arm++) {
    store_arm (db, arm, labels[arm - 1], "t", "e", labels[arm - 1]);
    for (int seed = 0; seed < 2; seed++) {
      gint64 run = store_run (db, arm, seed, "budget");
      for (int i = 0; i < 4; i++)
        store_trial (db, run, i, "c", arm == 2 || i == 1 ? NAN : .5 + .01 * i, .4 + .01 * i,
                     arm == 3 || i == 1 ? NAN : 7);
    }
  }
  store_close (store);
  g_autoptr (NvReport) r = report_of (file);
  g_assert_cmpfloat (r->summary[0].seconds, ==, 21);
  g_assert_cmpfloat (r->arms[0].runs[0].trials[1].elapsed, ==, 7);
  g_assert_true (isnan (r->summary[2].seconds));
  g_autoptr (NvCurves) c = nv_i_curves_new (r, 0, NV_AXIS_SECONDS, NV_SCORE_TEST);
  g_assert_cmpuint (c->points, ==, 100);
  g_assert_cmpfloat (c->grid[0], ==, 7);
  g_assert_cmpfloat (c->grid[99], ==, 21);
  g_assert_cmpfloat_with_epsilon (c->mean[0], .40, 1e-12);
  g_assert_cmpfloat_with_epsilon (c->mean[99], .43, 1e-12);
  for (gsize g = 0; g < 100; g++)
    g_assert_true (isnan (c->mean[100 + g]) && isnan (c->mean[200 + g]));
}

static void
test_summary (void)
{
  g_autofree char *file = small_store ();
  g_autoptr (NvReport) r = report_of (file);
  const NvSummary *s = r->summary;
  const double bo[] = { .80, .86, .78 }, random[] = { .79, .84, .75 };
  g_assert_cmpfloat_with_epsilon (s[0].mean, nv_i_mean (bo, 3), 1e-12);
  g_assert_cmpfloat_with_epsilon (s[0].sd, nv_i_sd (bo, 3), 1e-12);
  g_assert_cmpfloat_with_epsilon (s[0].observed, (.82 + .89 + .80) / 3, 1e-12);
  g_assert_cmpfloat_with_epsilon (s[0].cells, 13. / 3, 1e-12);
  g_assert_cmpfloat_with_epsilon (s[0].seconds, 13 * 10.5 / 3, 1e-9);
  g_assert_cmpfloat (s[0].wall, ==, 2.5);
  g_assert_cmpfloat (s[0].duplicates, ==, 3);
  /* against random on the seeds that both have: 1, 2, 3 of its 5 */
  g_assert_cmpuint (s[1].known, ==, 5);
  g_assert_cmpuint (s[0].pairs, ==, 3);
  g_assert_cmpfloat_with_epsilon (s[0].difference,
                                  nv_i_mean (bo, 3) - nv_i_mean (random, 3), 1e-12);
  g_assert_cmpfloat_with_epsilon (s[0].p, nv_i_wilcoxon (bo, random, 3, NULL), 1e-12);
  g_assert_cmpfloat_with_epsilon (s[0].a12, nv_i_a12 (bo, 3, random, 3), 1e-12);
  g_assert_true (isnan (s[1].p));
}

static void
test_holm (void)
{
  g_autofree char *file = g_build_filename (folder, "holm.db", NULL);
  store_study (file, 2, 4, 11, 9);
  g_autoptr (NvReport) r = report_of (file);
  const NvSummary *s = r->summary;
  double p[3];
  for (guint a = 0; a < 3; a++) {
    double x[11], y[11];
    nv_i_report_finals (x, NULL, r, 4 + a, NV_SCORE_TEST);
    nv_i_report_finals (y, NULL, r, 7, NV_SCORE_TEST);
    p[a] = nv_i_wilcoxon (x, y, 11, NULL);
  }
  nv_i_holm (p, 3);
  for (guint a = 0; a < 3; a++)
    g_assert_cmpfloat_with_epsilon (s[4 + a].p, p[a], 1e-12);
  g_assert_cmpuint (r->n_methods, ==, 4);
  g_assert_cmpstr (r->methods[0], ==, "vgae + search0");
}

static void
check_methods (const char *const labels[], guint n, guint tasks, const char *const names[])
{
  g_autofree char *file = g_build_filename (folder, "methods.db", NULL);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  for (guint a = 0; a < n; a++) {
    g_autofree char *task = g_strdup_printf ("t%u", a % tasks);
    store_arm (db, (int) a + 1, labels[a], task, "onehot", a < tasks ? "random" : "bo");
    store_run (db, (int) a + 1, 0, "budget");
    store_trial (db, 1000000 * (gint64) (a + 1), 0, "c", .5, .4, 7);
  }
  store_close (store);
  g_autoptr (NvReport) r = report_of (file);
  for (guint a = 0; a < n; a++) {
    g_assert_cmpstr (r->methods[r->arms[a].method], ==, names[a]);
    for (guint b = 0; b < a; b++)
      g_assert_true (r->arms[a].task != r->arms[b].task
                     || r->arms[a].method != r->arms[b].method);
  }
}

/* Arms of a task with the same options: by label, the same method on every task. */
static void
test_methods (void)
{
  static const char *const one[] = { "random", "bo", "again\nbo" },
                           *const one_names[] = { "random", "bo", "again bo" };
  check_methods (one, 3, 1, one_names);
  /* "b" is the first on one task and the second on the other */
  static const char *const two[] = { "t0: r", "t1: r", "t0: a", "t1: b", "t0: b", "t1: a" },
                           *const two_names[] = { "r", "r", "a", "b", "b", "a" };
  check_methods (two, 6, 2, two_names);
  /* that of one session with another task, and of one without */
  static const char *const bare[] = { "r, t0", "r, t1", "b, t0", "b, t1", "b" },
                           *const bare_names[] = { "r", "r", "b, t0", "b", "b" };
  check_methods (bare, 5, 2, bare_names);
}

static void
test_pairs (void)
{
  const double a[] = { 1.5, 2.5, 3.5 }, b[] = { 10.5, 20.5 };
  const gint64 sa[] = { 1, 4, 9 }, sb[] = { 4, 9 };
  double x[3], y[3];
  g_assert_cmpuint (nv_i_pair_seeds (x, y, a, sa, 3, b, sb, 2), ==, 2);
  g_assert_cmpfloat (x[0], ==, 2.5);
  g_assert_cmpfloat (y[1], ==, 20.5);
  g_assert_cmpuint (nv_i_pair_seeds (x, y, a, sa, 1, b, sb, 2), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-report-XXXXXX", NULL);
  g_test_add_func ("/report/load", test_load);
  g_test_add_func ("/report/load/errors", test_load_errors);
  g_test_add_func ("/report/manifest/bytes", test_manifest_bytes);
  g_test_add_func ("/report/manifest/errors", test_manifest_errors);
  g_test_add_func ("/report/incumbent", test_incumbent);
  g_test_add_func ("/report/values", test_values);
  g_test_add_func ("/report/grid", test_grid);
  g_test_add_func ("/report/curves", test_curves);
  g_test_add_func ("/report/curves/extent", test_curve_extent);
  g_test_add_func ("/report/curves/failures", test_curve_failures);
  g_test_add_func ("/report/summary", test_summary);
  g_test_add_func ("/report/summary/holm", test_holm);
  g_test_add_func ("/report/methods", test_methods);
  g_test_add_func ("/report/summary/pairs", test_pairs);
  int failed = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return failed;
}
