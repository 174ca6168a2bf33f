/* Anytime curves: the incumbent's score against cells or seconds, on a grid that all arms
 * of a task share.
 *
 * A run's curve is a step function; it keeps its last value after the run has ended, so
 * that no curve is cut to the shortest run. The band is the percentile bootstrap of the
 * mean over runs: with counts W [B x R] of how often each run is drawn and values V [R x
 * G], all B resampled curves are the one matrix product W V / R. Every arm with the same
 * number of runs is resampled with the same W, as paired seeds ask for. */
#include <math.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "report/data.h"
#include "stats/stats.h"

#define RESAMPLES 1000
#define MAX_CELLS 200 /* up to this many cells the grid has them all */
#define TIMES 100

const NvReportTrial *
nv_i_run_incumbent (const NvReportRun *run, guint n)
{
  const NvReportTrial *best = NULL;
  for (guint i = 0; i < MIN (n, run->n_trials); i++)
    if (!isnan (run->trials[i].score)
        && (best == NULL || run->trials[i].score > best->score))
      best = &run->trials[i];
  return best;
}

/* Grid points that the arm has something to show at: from where its last run has an
 * incumbent to where its longest run ends. Nowhere, where none is known. */
static void
arm_extent (const NvReportArm *arm, NvAxis axis, double *from, double *to)
{
  *from = NAN;
  *to = 0.0;
  for (guint i = 0; i < arm->n_runs; i++) {
    const NvReportRun *run = &arm->runs[i];
    if (!nv_i_run_counts (run) || run->n_trials == run->n_failed)
      continue;
    guint j = 0;
    while (isnan (run->trials[j].score))
      j++;
    gboolean cells = axis == NV_AXIS_CELLS;
    *from = fmax (*from, cells ? j + 1.0 : run->trials[j].elapsed);
    *to = fmax (*to, cells ? run->n_trials : run->trials[run->n_trials - 1].elapsed);
  }
  if (isnan (*from))
    *from = INFINITY;
}

/* --- grids -------------------------------------------------------------------------- */

static double *
cells_grid (guint longest, gsize *points)
{
  double *grid = g_new (double, MAX_CELLS);
  gsize n = 0;
  for (guint i = 0; i < MAX_CELLS && i < longest; i++) {
    double x = longest <= MAX_CELLS ? i + 1.0
                                    : round (pow (longest, i / (MAX_CELLS - 1.0)));
    if (n == 0 || x > grid[n - 1])
      grid[n++] = x;
  }
  *points = n;
  return grid;
}

static double *
seconds_grid (double low, double high, gsize *points)
{
  double *grid = g_new (double, TIMES);
  *points = low > 0.0 && high >= low ? (high > low ? TIMES : 1) : 0;
  for (gsize i = 0; i < *points; i++)
    grid[i] = low * pow (high / low, (double) i / (TIMES - 1));
  if (*points > 1)
    grid[*points - 1] = high;
  return grid;
}

double *
nv_i_report_grid (const NvReport *r, guint task, NvAxis axis, gsize *points)
{
  double low = INFINITY, high = 0.0;
  for (guint i = 0; i < r->tasks[task].n_arms; i++) {
    double from, to;
    arm_extent (&r->arms[r->tasks[task].arms[i]], axis, &from, &to);
    low = fmin (low, from);
    high = fmax (high, to);
  }
  return axis == NV_AXIS_CELLS ? cells_grid ((guint) high, points)
                               : seconds_grid (low, high, points);
}

/* Of an incumbent, NULL: there is none. */
static double
score_of (const NvReportTrial *best, NvScore score)
{
  return best == NULL ? NAN : score == NV_SCORE_TEST ? best->test : best->score;
}

double
nv_i_run_final (const NvReportRun *run, NvScore score)
{
  return score_of (nv_i_run_incumbent (run, run->n_trials), score);
}

/* --- values on a grid --------------------------------------------------------------- */

static void
run_values (double *out, const NvReportRun *run, NvAxis axis, NvScore score,
            const double *grid, gsize points)
{
  const NvReportTrial *best = NULL;
  guint done = 0;
  for (gsize g = 0; g < points; g++) {
    for (; done < run->n_trials; done++) {
      const NvReportTrial *next = &run->trials[done];
      double x = axis == NV_AXIS_CELLS ? done + 1.0 : next->elapsed;
      if (!(x <= grid[g]))
        break;
      if (!isnan (next->score) && (best == NULL || next->score > best->score))
        best = next;
    }
    out[g] = score_of (best, score);
  }
}

void
nv_i_report_values (double *out, const NvReport *r, guint arm, NvAxis axis, NvScore score,
                    const double *grid, gsize points)
{
  const NvReportArm *a = &r->arms[arm];
  for (guint i = 0; i < a->n_runs; i++)
    if (nv_i_run_counts (&a->runs[i])) {
      run_values (out, &a->runs[i], axis, score, grid, points);
      out += points;
    }
}

/* --- statistics over runs ----------------------------------------------------------- */

/* w[B x R]: how often each run is drawn in each resample. */
static double *
resampling_counts (guint R)
{
  double *w = g_new0 (double, (gsize) RESAMPLES * R);
  NvRng rng;
  nv_rng_init (&rng, 0, "report curves", R);
  for (gsize b = 0; b < RESAMPLES; b++)
    for (guint i = 0; i < R; i++)
      w[b * R + nv_rng_below (&rng, R)] += 1.0;
  return w;
}

/* values[R x G] with NAN for unknown -> zeros there, and known[R x G] of ones and zeros.
 * FALSE: nothing is unknown and `known` is not needed. */
static gboolean
split_unknown (double *values, double *known, gsize n)
{
  gboolean any = FALSE;
  for (gsize i = 0; i < n; i++) {
    known[i] = isnan (values[i]) ? 0.0 : 1.0;
    if (known[i] == 0.0) {
      values[i] = 0.0;
      any = TRUE;
    }
  }
  return any;
}

static void
bootstrap_band (double *low, double *high, double *values, const double *w, guint R,
                gsize G)
{
  g_autofree double *known = g_new (double, R * G);
  g_autofree double *sum = g_new (double, RESAMPLES * G);
  g_autofree double *count = g_new (double, RESAMPLES * G);
  g_autofree double *column = g_new (double, RESAMPLES);
  gboolean holes = split_unknown (values, known, R * G);
  nv_gemm (sum, w, values, FALSE, FALSE, RESAMPLES, G, R, 1.0, 0.0);
  if (holes)
    nv_gemm (count, w, known, FALSE, FALSE, RESAMPLES, G, R, 1.0, 0.0);
  for (gsize g = 0; g < G; g++) {
    gsize n = 0;
    for (gsize b = 0; b < RESAMPLES; b++) {
      double drawn = holes ? count[b * G + g] : R;
      if (drawn > 0.0)
        column[n++] = sum[b * G + g] / drawn;
    }
    low[g] = n > 0 ? nv_i_quantile (column, n, 0.025) : NAN;
    high[g] = n > 0 ? nv_i_quantile (column, n, 0.975) : NAN;
  }
}

static void
describe_columns (NvCurves *c, gsize at, const double *values, guint R)
{
  g_autofree double *column = g_new (double, R);
  for (gsize g = 0; g < c->points; g++) {
    guint n = 0;
    for (guint i = 0; i < R; i++)
      if (!isnan (values[i * c->points + g]))
        column[n++] = values[i * c->points + g];
    c->runs[at + g] = n;
    c->mean[at + g] = n > 0 ? nv_i_mean (column, n) : NAN;
    c->median[at + g] = n > 0 ? nv_i_quantile (column, n, 0.5) : NAN;
    c->lower[at + g] = n > 0 ? nv_i_quantile (column, n, 0.25) : NAN;
    c->upper[at + g] = n > 0 ? nv_i_quantile (column, n, 0.75) : NAN;
  }
}

static void
blank_outside (NvCurves *c, gsize at, const NvReportArm *arm)
{
  double from, to;
  arm_extent (arm, c->axis, &from, &to);
  gboolean ended = FALSE;
  for (gsize g = 0; g < c->points; g++) {
    if (c->grid[g] < from || ended || c->runs[at + g] < 1.0) {
      c->mean[at + g] = c->low[at + g] = c->high[at + g] = NAN;
      c->median[at + g] = c->lower[at + g] = c->upper[at + g] = NAN;
      c->runs[at + g] = 0.0;
    }
    ended = c->grid[g] >= to;
  }
}

NvCurves *
nv_i_curves_new (const NvReport *r, guint task, NvAxis axis, NvScore score)
{
  const NvReportTask *t = &r->tasks[task];
  NvCurves *c = g_new0 (NvCurves, 1);
  c->axis = axis;
  c->score = score;
  c->grid = nv_i_report_grid (r, task, axis, &c->points);
  double **columns[] = { &c->mean, &c->low, &c->high, &c->median, &c->lower, &c->upper,
                         &c->runs };
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    *columns[i] = g_new0 (double, t->n_arms * c->points + 1);
  g_autofree double *w = NULL;
  guint drawn = 0;
  for (guint i = 0; i < t->n_arms && c->points > 0; i++) {
    const NvReportArm *arm = &r->arms[t->arms[i]];
    guint R = arm->n_counted;
    g_autofree double *values = g_new (double, R * c->points + 1);
    nv_i_report_values (values, r, t->arms[i], axis, score, c->grid, c->points);
    describe_columns (c, i * c->points, values, R);
    if (R > 0 && R != drawn) {
      g_free (w);
      w = resampling_counts (drawn = R);
    }
    if (R > 0)
      bootstrap_band (c->low + i * c->points, c->high + i * c->points, values, w, R,
                      c->points);
    blank_outside (c, i * c->points, arm);
  }
  return c;
}

void
nv_i_curves_free (NvCurves *c)
{
  if (c == NULL)
    return;
  double *columns[] = { c->grid, c->mean, c->low, c->high, c->median, c->lower, c->upper,
                        c->runs };
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_free (columns[i]);
  g_free (c);
}

GPtrArray *
nv_i_report_curves (const NvReport *r)
{
  GPtrArray *curves = g_ptr_array_new_with_free_func ((GDestroyNotify) nv_i_curves_free);
  for (guint t = 0; t < r->n_tasks; t++)
    for (int axis = NV_AXIS_CELLS; axis <= NV_AXIS_SECONDS; axis++)
      for (int score = NV_SCORE_TEST; score <= NV_SCORE_OBSERVED; score++)
        g_ptr_array_add (curves, nv_i_curves_new (r, t, (NvAxis) axis, (NvScore) score));
  return curves;
}
