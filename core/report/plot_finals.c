/* Final scores of one task: boxes with the runs as points, and their distribution
 * functions; and in how many runs a target is reached by when. */
#include <math.h>
#include <stdlib.h>

#include "report/results.h"
#include "report/task_figures.h"
#include "stats/stats.h"

#define POINTS 60 /* more runs than this are shown as that many quantiles */

double *
nv_i_sorted_finals (const NvReport *r, guint arm, guint *n)
{
  const NvReportTask *task = &r->tasks[r->arms[arm].task];
  double *x = g_new (double, r->arms[arm].n_counted + 1);
  *n = nv_i_report_finals (x, NULL, r, arm, nv_i_task_score (task));
  for (guint i = 0; i < *n; i++)
    x[i] = nv_i_shown (task, x[i]);
  qsort (x, *n, sizeof (double), nv_i_compare_double);
  return x;
}

/* All finals, but the lowest 1 % of an arm's runs may lie outside. */
static void
finals_range (const NvTaskFigure *f, double *low, double *high)
{
  *low = INFINITY;
  *high = -INFINITY;
  const NvReportTask *task = &f->report->tasks[f->task];
  for (guint a = 0; a < task->n_arms; a++) {
    guint n;
    g_autofree double *x = nv_i_sorted_finals (f->report, task->arms[a], &n);
    if (n == 0)
      continue;
    *low = fmin (*low, x[n / 100]);
    *high = fmax (*high, x[n - 1]);
  }
  nv_i_nice_range (low, high);
}

/* --- boxes -------------------------------------------------------------------------- */

static void
draw_points (cairo_t *cr, const NvPlot *p, const double *x, guint n, double y,
             double spread)
{
  guint shown = MIN (n, POINTS);
  for (guint i = 0; i < shown; i++) {
    double value = x[(gsize) ((i + 0.5) / shown * n)];
    if (value < p->x_min)
      continue;
    double jitter = (i * 7 % 5 / 4.0 - 0.5) * spread; /* fixed, so that bytes are */
    cairo_arc (cr, nv_i_plot_x (p, value), y + jitter, 1.3, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

static void
draw_box (cairo_t *cr, const NvPlot *p, const double *x, guint n, double y, double half)
{
  double q1 = nv_i_plot_x (p, fmax (nv_i_quantile (x, n, .25), p->x_min));
  double q3 = nv_i_plot_x (p, nv_i_quantile (x, n, .75));
  double middle = nv_i_plot_x (p, fmax (nv_i_quantile (x, n, .5), p->x_min));
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, q1, y - half, q3 - q1, 2 * half);
  cairo_stroke (cr);
  cairo_set_line_width (cr, 2);
  cairo_move_to (cr, middle, y - half);
  cairo_line_to (cr, middle, y + half);
  cairo_stroke (cr);
}

void
nv_i_draw_finals (cairo_t *cr, const void *figure)
{
  const NvTaskFigure *f = figure;
  const NvReportTask *task = &f->report->tasks[f->task];
  NvPlot p = nv_i_panel (0, task->n_arms);
  p.left = 8 + NV_LEGEND_WIDTH;
  p.width = nv_i_panels_width (1) - p.left - 18;
  finals_range (f, &p.x_min, &p.x_max);
  p.no_y_ticks = TRUE;
  p.title = "final scores: runs, quartiles and median";
  g_autofree char *label = nv_i_score_label (task, task->percent ? "accuracy" : "score");
  p.x_label = label;
  nv_i_plot_frame (cr, &p);
  nv_i_colour (cr, "#222222", 1);
  g_autofree char *head = nv_i_task_head (task);
  nv_i_text (cr, p.left, 12, 0, p.width, head);
  double row = p.height / MAX (task->n_arms, 1);
  for (guint a = 0; a < task->n_arms; a++) {
    guint n, method = nv_i_method_of (f, a);
    g_autofree double *x = nv_i_sorted_finals (f->report, task->arms[a], &n);
    double y = p.top + (a + 0.5) * row, half = fmin (0.32 * row, 10);
    nv_i_colour (cr, "#222222", 1);
    nv_i_text (cr, p.left - 8, y, 1, NV_LEGEND_WIDTH - 8, f->report->methods[method]);
    if (n == 0) {
      nv_i_text (cr, p.left + 8, y, 0, 0, "no run counts");
      continue;
    }
    nv_i_colour (cr, nv_i_colours[method % NV_COLOURS], 0.45);
    draw_points (cr, &p, x, n, y, 1.4 * half);
    nv_i_colour (cr, nv_i_colours[method % NV_COLOURS], 1);
    draw_box (cr, &p, x, n, y, half);
  }
}

/* --- distribution functions --------------------------------------------------------- */

/* Steps from 0 to 1 over ascending x[n], and on to the frame's right edge. */
static void
draw_distribution (cairo_t *cr, const NvPlot *p, const double *x, guint n, double total)
{
  g_autofree double *at = g_new (double, n + 2), *y = g_new (double, n + 2);
  at[0] = p->x_min;
  y[0] = 0;
  for (guint i = 0; i < n; i++) {
    at[i + 1] = fmax (x[i], p->x_min);
    y[i + 1] = (i + 1) / total;
  }
  at[n + 1] = p->x_max;
  y[n + 1] = n / total;
  nv_i_plot_steps (cr, p, at, y, n + 2);
}

void
nv_i_draw_ecdf (cairo_t *cr, const void *figure)
{
  const NvTaskFigure *f = figure;
  const NvReportTask *task = &f->report->tasks[f->task];
  NvPlot p = nv_i_panel (0, task->n_arms);
  finals_range (f, &p.x_min, &p.x_max);
  p.y_max = 1;
  p.title = "distribution of final scores";
  g_autofree char *label = nv_i_score_label (task, task->percent ? "accuracy" : "score");
  p.x_label = label;
  p.y_label = "share of runs at or below";
  nv_i_plot_frame (cr, &p);
  cairo_set_line_width (cr, 1.4);
  for (guint a = 0; a < task->n_arms; a++) {
    guint n;
    g_autofree double *x = nv_i_sorted_finals (f->report, task->arms[a], &n);
    nv_i_method_style (cr, nv_i_method_of (f, a), 1);
    if (n > 0)
      draw_distribution (cr, &p, x, n, n);
  }
  cairo_set_dash (cr, NULL, 0, 0);
  nv_i_panels_head (cr, f, 1);
}

/* --- targets ------------------------------------------------------------------------ */

static void
draw_success (cairo_t *cr, const NvTaskFigure *f, const NvPlot *p, double target)
{
  const NvReport *r = f->report;
  const NvReportTask *task = &r->tasks[f->task];
  for (guint a = 0; a < task->n_arms; a++) {
    const NvReportArm *arm = &r->arms[task->arms[a]];
    g_autofree double *x = g_new (double, arm->n_runs + 1);
    guint n = 0;
    for (guint i = 0; i < arm->n_runs; i++) {
      guint queries = nv_i_run_counts (&arm->runs[i])
                        ? nv_i_run_queries (&arm->runs[i], nv_i_task_score (task), target)
                        : G_MAXUINT;
      if (queries != G_MAXUINT)
        x[n++] = queries;
    }
    qsort (x, n, sizeof (double), nv_i_compare_double);
    nv_i_method_style (cr, nv_i_method_of (f, a), 1);
    if (arm->n_counted > 0)
      draw_distribution (cr, p, x, n, arm->n_counted);
  }
  cairo_set_dash (cr, NULL, 0, 0);
}

void
nv_i_draw_targets (cairo_t *cr, const void *figure)
{
  const NvTaskFigure *f = figure;
  const NvReport *r = f->report;
  const NvReportTask *task = &r->tasks[f->task];
  double target[NV_TARGETS];
  if (!nv_i_report_targets (target, r, f->task)) {
    nv_i_colour (cr, "#222222", 1);
    nv_i_text (cr, NV_PANEL_LEFT, 30, 0, 0, "No score is better than the baseline's.");
    return;
  }
  gsize points;
  g_autofree double *grid = nv_i_report_grid (r, f->task, NV_AXIS_CELLS, &points);
  for (guint i = 0; i < NV_TARGETS; i++) {
    NvPlot p = nv_i_panel (i, task->n_arms);
    g_autofree char *text = nv_i_score_text (task, target[i], task->percent ? 2 : 4);
    g_autofree char *title = g_strdup_printf ("reaches %s%s", text,
                                              task->percent ? " %" : "");
    p.log_x = TRUE;
    p.x_min = 1;
    p.x_max = points > 1 ? grid[points - 1] : 2;
    p.y_max = 1;
    p.title = title;
    p.x_label = "distinct cells evaluated";
    p.y_label = "share of runs";
    nv_i_plot_frame (cr, &p);
    cairo_set_line_width (cr, 1.4);
    draw_success (cr, f, &p, target[i]);
  }
  nv_i_panels_head (cr, f, NV_TARGETS);
}
