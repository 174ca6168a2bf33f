/* Ranks of arms over the seeds that they share, and how soon a run reaches a target. */
#include <math.h>
#include <string.h>

#include "report/data.h"
#include "stats/stats.h"

static gboolean
has_seed (const NvReportArm *arm, gint64 seed)
{
  for (guint i = 0; i < arm->n_runs; i++)
    if (arm->runs[i].seed == seed)
      return nv_i_run_counts (&arm->runs[i]);
  return FALSE;
}

GArray *
nv_i_common_seeds (const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  GArray *seeds = g_array_new (FALSE, FALSE, sizeof (gint64));
  const NvReportArm *first = NULL;
  for (guint a = 0; a < task->n_arms && first == NULL; a++)
    if (r->arms[task->arms[a]].n_counted > 0)
      first = &r->arms[task->arms[a]];
  for (guint i = 0; first != NULL && i < first->n_runs; i++) {
    gboolean common = TRUE;
    for (guint a = 0; a < task->n_arms && common; a++) {
      const NvReportArm *arm = &r->arms[task->arms[a]];
      common = arm->n_counted == 0 || has_seed (arm, first->runs[i].seed);
    }
    if (common)
      g_array_append_val (seeds, first->runs[i].seed);
  }
  return seeds;
}

/* values[seeds x points] of the arm's runs at these seeds. */
static double *
values_at_seeds (const NvReport *r, guint arm, const GArray *seeds, const double *grid,
                 gsize points)
{
  const NvReportArm *a = &r->arms[arm];
  double *all = g_new (double, a->n_counted * points + 1);
  nv_i_report_values (all, r, arm, NV_AXIS_CELLS, nv_i_task_score (&r->tasks[a->task]), grid,
                      points);
  guint row = 0, kept = 0;
  for (guint i = 0; i < a->n_runs && kept < seeds->len; i++) {
    if (!nv_i_run_counts (&a->runs[i]))
      continue;
    if (a->runs[i].seed == g_array_index (seeds, gint64, kept))
      memmove (all + kept++ * points, all + row * points, points * sizeof (double));
    row++;
  }
  return all;
}

double *
nv_i_report_ranks (const NvReport *r, guint t, const double *grid, gsize points)
{
  const NvReportTask *task = &r->tasks[t];
  guint A = 0;
  double *ranks = g_new0 (double, task->n_arms * points + 1);
  g_autofree guint *row = g_new (guint, task->n_arms);
  g_autoptr (GArray) seeds = nv_i_common_seeds (r, t);
  g_autofree double *losses = g_new (double, task->n_arms);
  g_autofree double *rank = g_new (double, task->n_arms);
  g_autofree double **values = g_new (double *, task->n_arms);
  for (guint i = 0; i < task->n_arms; i++)
    if (r->arms[task->arms[i]].n_counted > 0) {
      row[A] = i;
      values[A++] = values_at_seeds (r, task->arms[i], seeds, grid, points);
    } else
      for (gsize g = 0; g < points; g++)
        ranks[i * points + g] = NAN;
  for (gsize s = 0; s < seeds->len; s++)
    for (gsize g = 0; g < points; g++) {
      for (guint a = 0; a < A; a++) {
        double value = values[a][s * points + g];
        losses[a] = isnan (value) ? G_MAXDOUBLE : -value;
      }
      nv_i_ranks (rank, losses, A);
      for (guint a = 0; a < A; a++)
        ranks[row[a] * points + g] += rank[a];
    }
  for (gsize i = 0; i < task->n_arms * points; i++)
    ranks[i] = seeds->len > 0 ? ranks[i] / seeds->len : NAN;
  for (guint a = 0; a < A; a++)
    g_free (values[a]);
  return ranks;
}

guint
nv_i_run_queries (const NvReportRun *run, NvScore score, double target)
{
  const NvReportTrial *best = NULL;
  for (guint i = 0; i < run->n_trials; i++) {
    const NvReportTrial *trial = &run->trials[i];
    if (isnan (trial->score) || (best != NULL && trial->score <= best->score))
      continue;
    best = trial;
    if ((score == NV_SCORE_TEST ? best->test : best->score) >= target)
      return i + 1;
  }
  return G_MAXUINT;
}

gboolean
nv_i_report_targets (double target[NV_TARGETS], const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  if (task->baseline < 0)
    return FALSE;
  double from = r->summary[task->baseline].median, gap = task->best - from;
  if (!(gap > 0))
    return FALSE;
  target[0] = from;
  target[1] = from + gap / 2;
  target[2] = from + gap * 9 / 10;
  return TRUE;
}
