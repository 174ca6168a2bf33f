/* Anytime curves of one task: mean with its 95 % band, median with its quartiles. Regret
 * is on a logarithmic axis; what is less than its lowest tick is drawn on it. */
#include <math.h>

#include "report/task_figures.h"

typedef struct {
  const NvReportTask *task;
  const NvCurves *curves;
  gboolean regret;
} Series;

static double
value_of (const Series *s, double score)
{
  return nv_i_shown (s->task, s->regret ? s->task->best - score : score);
}

/* out[points] of one arm. */
static void
convert (double *out, const Series *s, const double *scores, guint arm)
{
  for (gsize g = 0; g < s->curves->points; g++)
    out[g] = value_of (s, scores[arm * s->curves->points + g]);
}

/* From the lowest point of a line above zero, rounding errors apart, to the highest. */
static void
regret_range (const Series *s, const double *line, double *low, double *high)
{
  *low = INFINITY;
  *high = 0;
  for (gsize i = 0; i < s->task->n_arms * s->curves->points; i++) {
    double y = value_of (s, line[i]);
    if (y > 1e-9 * fabs (nv_i_shown (s->task, s->task->best))) {
      *low = fmin (*low, y);
      *high = fmax (*high, y);
    }
  }
  if (!(*low < INFINITY))
    *low = *high = nv_i_shown (s->task, 1e-3);
  *low = fmax (*low * 0.9, *high * 1e-4);
  *high = fmax (*high * 1.1, *low * 3);
}

/* What happens in the first quarter of the logarithmic axis may lie below the frame, so
 * that the end can be told apart. */
static void
score_range (const Series *s, const double *line, double *low, double *high)
{
  const NvCurves *c = s->curves;
  double from = c->points > 0
                  ? c->grid[0] * pow (c->grid[c->points - 1] / c->grid[0], .25)
                  : 0;
  *low = INFINITY;
  *high = -INFINITY;
  for (gsize i = 0; i < s->task->n_arms * c->points; i++)
    if (c->grid[i % c->points] >= from && !isnan (line[i])) {
      *low = fmin (*low, value_of (s, line[i]));
      *high = fmax (*high, value_of (s, line[i]));
    }
  nv_i_nice_range (low, high);
}

static void
draw_panel (cairo_t *cr, const NvTaskFigure *f, const Series *s, NvPlot *p,
            const double *line, const double *low, const double *high)
{
  const NvCurves *c = s->curves;
  guint A = s->task->n_arms;
  p->log_x = TRUE;
  p->x_min = c->points > 0 ? c->grid[0] : 1;
  p->x_max = c->points > 1 ? c->grid[c->points - 1] : 2 * p->x_min;
  p->log_y = s->regret;
  (s->regret ? regret_range : score_range) (s, line, &p->y_min, &p->y_max);
  p->x_label = c->axis == NV_AXIS_CELLS                     ? "distinct cells evaluated"
               : nv_i_task_simulated (f->report, f->task) ? "simulated time (s)"
                                                          : "time (s)";
  g_autofree char *label = nv_i_score_label (s->task, s->regret    ? "regret"
                                                      : s->task->percent ? "accuracy"
                                                                         : "score");
  p->y_label = label;
  nv_i_plot_frame (cr, p);
  if (c->points == 0)
    nv_i_plot_nothing (cr, p);
  g_autofree double *x = g_new (double, c->points + 1),
                    *y = g_new (double, c->points + 1);
  for (guint a = 0; a < A; a++) {
    convert (x, s, low, a);
    convert (y, s, high, a);
    nv_i_method_style (cr, nv_i_method_of (f, a), A <= 8 ? 0.16 : 0.05);
    nv_i_plot_band (cr, p, c->grid, x, y, c->points);
  }
  cairo_set_line_width (cr, 1.4);
  for (guint a = 0; a < A; a++) {
    convert (y, s, line, a);
    nv_i_method_style (cr, nv_i_method_of (f, a), 1);
    nv_i_plot_steps (cr, p, c->grid, y, c->points);
  }
  cairo_set_dash (cr, NULL, 0, 0);
}

static void
draw_anytime (cairo_t *cr, const NvTaskFigure *f, NvAxis axis, gboolean regret)
{
  const NvReportTask *task = &f->report->tasks[f->task];
  const NvCurves *c = nv_i_curves_of (f->curves, f->task, axis, nv_i_task_score (task));
  Series s = { task, c, regret };
  NvPlot mean = nv_i_panel (0, task->n_arms), median = nv_i_panel (1, task->n_arms);
  mean.title = "mean, 95 % bootstrap band";
  median.title = "median, quartiles";
  draw_panel (cr, f, &s, &mean, c->mean, c->low, c->high);
  draw_panel (cr, f, &s, &median, c->median, c->lower, c->upper);
  nv_i_panels_head (cr, f, 2);
}

void
nv_i_draw_regret_cells (cairo_t *cr, const void *figure)
{
  draw_anytime (cr, figure, NV_AXIS_CELLS, TRUE);
}

void
nv_i_draw_regret_seconds (cairo_t *cr, const void *figure)
{
  draw_anytime (cr, figure, NV_AXIS_SECONDS, TRUE);
}

void
nv_i_draw_score_cells (cairo_t *cr, const void *figure)
{
  draw_anytime (cr, figure, NV_AXIS_CELLS, FALSE);
}

void
nv_i_draw_score_seconds (cairo_t *cr, const void *figure)
{
  draw_anytime (cr, figure, NV_AXIS_SECONDS, FALSE);
}

void
nv_i_draw_ranks (cairo_t *cr, const void *figure)
{
  const NvTaskFigure *f = figure;
  const NvReport *r = f->report;
  guint A = r->tasks[f->task].n_arms;
  const NvCurves *c = nv_i_curves_of (f->curves, f->task, NV_AXIS_CELLS, NV_SCORE_TEST);
  g_autofree double *ranks = nv_i_report_ranks (r, f->task, c->grid, c->points);
  NvPlot p = nv_i_panel (0, A);
  p.log_x = TRUE;
  p.x_min = 1;
  p.x_max = c->points > 1 ? c->grid[c->points - 1] : 2;
  p.y_min = A > 1 ? A : 2;
  p.y_max = 1;
  p.title = "mean rank over seeds, 1 is the best";
  p.x_label = "distinct cells evaluated";
  p.y_label = "mean rank";
  nv_i_plot_frame (cr, &p);
  if (c->points == 0)
    nv_i_plot_nothing (cr, &p);
  cairo_set_line_width (cr, 1.4);
  for (guint a = 0; a < A; a++) {
    nv_i_method_style (cr, nv_i_method_of (f, a), 1);
    nv_i_plot_steps (cr, &p, c->grid, ranks + a * c->points, c->points);
  }
  cairo_set_dash (cr, NULL, 0, 0);
  nv_i_panels_head (cr, f, 1);
}
