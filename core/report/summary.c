/* Numbers per arm, and each arm against the baseline: paired by seed, two-sided Wilcoxon
 * signed-rank test, Holm's adjustment over the arms of a task, Vargha and Delaney's
 * A12. */
#include <math.h>

#include "report/data.h"
#include "stats/stats.h"

/* The mean of those values that are known. */
static double
known_mean (const double *x, guint n)
{
  g_autofree double *known = g_new (double, n + 1);
  guint k = 0;
  for (guint i = 0; i < n; i++)
    if (!isnan (x[i]))
      known[k++] = x[i];
  return k > 0 ? nv_i_mean (known, k) : NAN;
}

guint
nv_i_report_finals (double *values, gint64 *seeds, const NvReport *r, guint arm,
                    NvScore score)
{
  const NvReportArm *a = &r->arms[arm];
  guint n = 0;
  for (guint i = 0; i < a->n_runs; i++) {
    const NvReportRun *run = &a->runs[i];
    double value = nv_i_run_counts (run) ? nv_i_run_final (run, score) : NAN;
    if (isnan (value))
      continue;
    values[n] = value;
    if (seeds != NULL)
      seeds[n] = run->seed;
    n++;
  }
  return n;
}

guint
nv_i_pair_seeds (double *x, double *y, const double *a, const gint64 *seed_a, guint n_a,
                 const double *b, const gint64 *seed_b, guint n_b)
{
  guint n = 0;
  for (guint i = 0, j = 0; i < n_a && j < n_b;) {
    if (seed_a[i] == seed_b[j]) {
      x[n] = a[i];
      y[n++] = b[j];
    }
    gboolean next_a = seed_a[i] <= seed_b[j], next_b = seed_b[j] <= seed_a[i];
    i += next_a;
    j += next_b;
  }
  return n;
}

/* The place of the first run from `i` on that counts; n_runs: none. */
static guint
next_counted (const NvReportArm *arm, guint i)
{
  while (i < arm->n_runs && !nv_i_run_counts (&arm->runs[i]))
    i++;
  return i;
}

gboolean
nv_i_same_seeds (const NvReportArm *a, const NvReportArm *b)
{
  guint i = next_counted (a, 0), j = next_counted (b, 0);
  while (i < a->n_runs && j < b->n_runs && a->runs[i].seed == b->runs[j].seed) {
    i = next_counted (a, i + 1);
    j = next_counted (b, j + 1);
  }
  return i == a->n_runs && j == b->n_runs;
}

/* --- one arm ------------------------------------------------------------------------ */

static void
summarise_scores (NvSummary *s, const NvReport *r, guint arm)
{
  const NvReportArm *a = &r->arms[arm];
  g_autofree double *x = g_new (double, a->n_counted + 1);
  guint n = nv_i_report_finals (x, NULL, r, arm, NV_SCORE_OBSERVED);
  s->observed = n > 0 ? nv_i_mean (x, n) : NAN;
  n = s->known = nv_i_report_finals (x, NULL, r, arm,
                                     nv_i_task_score (&r->tasks[a->task]));
  s->mean = n > 0 ? nv_i_mean (x, n) : NAN;
  s->median = n > 0 ? nv_i_quantile (x, n, 0.5) : NAN;
  s->sd = n > 1 ? nv_i_sd (x, n) : NAN;
  nv_i_mean_interval (x, n, &s->low, &s->high);
}

static void
summarise_costs (NvSummary *s, const NvReportArm *arm)
{
  guint R = arm->n_counted, n = 0;
  g_autofree double *seconds = g_new (double, R + 1);
  g_autofree double *wall = g_new (double, R + 1);
  double cells = 0.0, duplicates = 0.0, invalid = 0.0, failed = 0.0;
  for (guint i = 0; i < arm->n_runs; i++) {
    const NvReportRun *run = &arm->runs[i];
    if (!nv_i_run_counts (run))
      continue;
    seconds[n] = run->n_trials > 0 ? run->trials[run->n_trials - 1].elapsed : 0.0;
    wall[n++] = run->wall;
    cells += run->n_trials;
    duplicates += run->duplicates;
    invalid += run->invalid;
    failed += run->n_failed;
  }
  s->seconds = known_mean (seconds, R);
  s->wall = known_mean (wall, R);
  s->cells = R > 0 ? cells / R : NAN;
  s->duplicates = R > 0 ? duplicates / R : NAN;
  s->invalid = R > 0 ? invalid / R : NAN;
  s->failed = R > 0 ? failed / R : NAN;
}

/* --- arms against the baseline ------------------------------------------------------ */

/* The share of all n x n pairs that are equal. */
static double
equal_share (const double *x, const double *y, guint n)
{
  gsize equal = 0;
  for (guint i = 0; i < n; i++)
    for (guint j = 0; j < n; j++)
      equal += x[i] == y[j];
  return (double) equal / n / n;
}

static void
compare (NvSummary *s, const NvReport *r, guint arm, guint baseline)
{
  NvScore score = nv_i_task_score (&r->tasks[r->arms[arm].task]);
  guint n_a = r->arms[arm].n_counted, n_b = r->arms[baseline].n_counted;
  g_autofree double *a = g_new (double, n_a + 1), *b = g_new (double, n_b + 1);
  g_autofree double *x = g_new (double, n_a + 1), *y = g_new (double, n_a + 1);
  g_autofree gint64 *seed_a = g_new (gint64, n_a + 1), *seed_b = g_new (gint64, n_b + 1);
  n_a = nv_i_report_finals (a, seed_a, r, arm, score);
  n_b = nv_i_report_finals (b, seed_b, r, baseline, score);
  s->pairs = nv_i_pair_seeds (x, y, a, seed_a, n_a, b, seed_b, n_b);
  if (s->pairs == 0)
    return;
  s->difference = nv_i_mean (x, s->pairs) - nv_i_mean (y, s->pairs);
  s->p = nv_i_wilcoxon (x, y, s->pairs, &s->lean);
  s->a12 = nv_i_a12 (x, s->pairs, y, s->pairs);
  s->equal = equal_share (x, y, s->pairs);
}

static void
compare_task (NvSummary *all, const NvReport *r, const NvReportTask *task)
{
  g_autofree double *p = g_new (double, task->n_arms);
  g_autofree guint *of = g_new (guint, task->n_arms);
  guint n = 0;
  for (guint i = 0; i < task->n_arms; i++) {
    NvSummary *s = &all[task->arms[i]];
    if (task->baseline < 0 || task->arms[i] == (guint) task->baseline)
      continue;
    compare (s, r, task->arms[i], (guint) task->baseline);
    if (isnan (s->p))
      continue;
    p[n] = s->p;
    of[n++] = task->arms[i];
  }
  nv_i_holm (p, n);
  for (guint i = 0; i < n; i++)
    all[of[i]].p = p[i];
}

void
nv_i_report_summarise (NvReport *r)
{
  NvSummary *all = r->summary = g_new0 (NvSummary, r->n_arms + 1);
  for (guint a = 0; a < r->n_arms; a++) {
    all[a].difference = all[a].p = all[a].a12 = all[a].equal = NAN;
    summarise_scores (&all[a], r, a);
    summarise_costs (&all[a], &r->arms[a]);
  }
  for (guint t = 0; t < r->n_tasks; t++)
    compare_task (all, r, &r->tasks[t]);
}
