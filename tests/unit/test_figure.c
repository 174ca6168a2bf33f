/* Figures: scales and ranges; rankings behind the critical-difference diagram. */
#include <math.h>
#include <string.h>

#include "report/data.h"
#include "report/figure.h"
#include "report/ranking.h"
#include "report_store.h"
#include "stats/stats.h"

static void
test_scales (void)
{
  NvPlot p = { .left = 10, .top = 20, .width = 200, .height = 100, .x_min = 1,
               .x_max = 100, .y_min = 90, .y_max = 94, .log_x = TRUE };
  g_assert_cmpfloat_with_epsilon (nv_i_plot_x (&p, 1), 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (nv_i_plot_x (&p, 10), 110, 1e-9);
  /* what is less than the axis begins with is drawn at its edge */
  g_assert_cmpfloat_with_epsilon (nv_i_plot_x (&p, .01), 10, 1e-9);
  g_assert_cmpfloat_with_epsilon (nv_i_plot_y (&p, 93), 45, 1e-9);
}

static void
test_range (void)
{
  double low = 93.71, high = 94.37;
  nv_i_nice_range (&low, &high);
  g_assert_cmpfloat_with_epsilon (low, 93.7, 1e-9);
  g_assert_cmpfloat_with_epsilon (high, 94.4, 1e-9);
  low = high = 2.385;
  nv_i_nice_range (&low, &high);
  g_assert_cmpfloat (low, <, 2.385);
  g_assert_cmpfloat (high, >, 2.385);
  low = INFINITY;
  high = -INFINITY;
  nv_i_nice_range (&low, &high);
  g_assert_true (low < high && isfinite (low) && isfinite (high));
}

static void
test_chi_squared (void)
{
  /* quantiles from tables of the distribution */
  g_assert_cmpfloat_with_epsilon (nv_i_chi_squared_above (3.841459, 1), .05, 1e-6);
  g_assert_cmpfloat_with_epsilon (nv_i_chi_squared_above (18.307038, 10), .05, 1e-6);
  g_assert_cmpfloat_with_epsilon (nv_i_chi_squared_above (2.558212, 10), .99, 1e-6);
  g_assert_cmpfloat (nv_i_chi_squared_above (0, 3), ==, 1);
}

/* Demsar 2006, table 6: four classifiers on 14 data sets; mean
 * ranks 3.143, 2.000, 2.893, 1.964 and a Friedman statistic of 9.28. */
static void
test_demsar (void)
{
  static const double auc[14 * 4] = {
    .763, .768, .771, .798, .599, .591, .590, .569, .954,  .971, .968, .967, .628, .661,
    .654, .657, .882, .888, .886, .898, .936, .931, .916,  .931, .661, .668, .609, .685,
    .583, .583, .563, .625, .775, .838, .866, .875, 1.00,  1.00, 1.00, 1.00, .940, .962,
    .965, .962, .619, .666, .614, .669, .972, .981, .9751, .975, .957, .978, .946, .970
  };
  g_autoptr (NvRanking) k = nv_i_ranking_of_scores (auc, 14, 4);
  g_assert_cmpfloat_with_epsilon (nv_i_ranking_least_p (k), 6. / 8192, 1e-12);
  g_assert_cmpuint (k->methods[0], ==, 3);
  g_assert_cmpuint (k->methods[3], ==, 0);
  g_assert_cmpfloat_with_epsilon (k->ranks[0], 1.964, 1e-3);
  g_assert_cmpfloat_with_epsilon (k->ranks[1], 2.000, 1e-3);
  g_assert_cmpfloat_with_epsilon (k->ranks[3], 3.143, 1e-3);
  g_assert_cmpfloat_with_epsilon (k->friedman, nv_i_chi_squared_above (9.28, 3), .01);
  for (guint i = 0; i < 4; i++)
    for (guint j = 0; j < 4; j++)
      g_assert_cmpfloat (k->p[4 * i + j], ==, k->p[4 * j + i]);
}

/* Two pairs far apart; within each nothing to tell. */
static void
test_cliques (void)
{
  double scores[30 * 4];
  for (guint b = 0; b < 30; b++) {
    double wiggle = b % 2 ? .001 : -.001;
    scores[4 * b] = .9 + wiggle;
    scores[4 * b + 1] = .5 + wiggle;
    scores[4 * b + 2] = .9 - wiggle;
    scores[4 * b + 3] = .5 - wiggle;
  }
  g_autoptr (NvRanking) k = nv_i_ranking_of_scores (scores, 30, 4);
  g_assert_cmpuint (k->cliques->len, ==, 2);
  const NvClique *first = &g_array_index (k->cliques, NvClique, 0);
  const NvClique *second = &g_array_index (k->cliques, NvClique, 1);
  g_assert_true (first->first == 0 && first->last == 1);
  g_assert_true (second->first == 2 && second->last == 3);
  g_assert_cmpfloat (k->friedman, <, 1e-6);
  /* nothing but ties: one clique, p = 1 */
  for (guint i = 0; i < 30 * 4; i++)
    scores[i] = .625;
  g_autoptr (NvRanking) ties = nv_i_ranking_of_scores (scores, 30, 4);
  g_assert_cmpfloat (ties->friedman, ==, 1);
  g_assert_cmpfloat (ties->ranks[0], ==, 2.5);
  g_assert_cmpuint (ties->cliques->len, ==, 1);
}

static void
test_ranks_and_targets (void)
{
  g_autofree char *folder = g_dir_make_tmp ("nasvec-figure-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "s.db", NULL);
  store_study (file, 1, 3, 9, 12);
  g_autoptr (NvReport) r = nv_i_report_load (file, NULL, NULL);
  double grid[] = { 1, 5, 12 };
  g_autofree double *ranks = nv_i_report_ranks (r, 0, grid, 3);
  for (guint g = 0; g < 3; g++)
    g_assert_cmpfloat_with_epsilon (ranks[g] + ranks[3 + g] + ranks[6 + g], 6, 1e-9);
  g_assert_cmpfloat (ranks[2], <, ranks[6 + 2]); /* search0 is quicker than random */
  double target[NV_TARGETS];
  g_assert_true (nv_i_report_targets (target, r, 0));
  g_assert_cmpfloat (target[0], ==, r->summary[2].median);
  g_assert_true (target[0] < target[1] && target[1] < target[2]
                 && target[2] < r->tasks[0].best);
  const NvReportTrial trials[] = {
    { .5, .95, 1 }, { .6, .7, 2 }, { .55, .99, 3 }, { .7, .8, 4 }
  };
  const NvReportRun run = { .trials = trials, .n_trials = 4 };
  g_assert_cmpuint (nv_i_run_queries (&run, NV_SCORE_TEST, .75), ==, 1);
  g_assert_cmpuint (nv_i_run_queries (&run, NV_SCORE_OBSERVED, .58), ==, 2);
  g_assert_cmpuint (nv_i_run_queries (&run, NV_SCORE_TEST, .97), ==, G_MAXUINT);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure/scales", test_scales);
  g_test_add_func ("/figure/range", test_range);
  g_test_add_func ("/figure/chi-squared", test_chi_squared);
  g_test_add_func ("/figure/ranking/demsar", test_demsar);
  g_test_add_func ("/figure/ranking/cliques", test_cliques);
  g_test_add_func ("/figure/ranks and targets", test_ranks_and_targets);
  return g_test_run ();
}
