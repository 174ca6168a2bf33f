/* The figures of a report. */
#ifndef NV_REPORT_TASK_FIGURES_H
#define NV_REPORT_TASK_FIGURES_H

#include "report/data.h"
#include "report/figure.h"
#include "report/ranking.h"

/* What a figure of one task is drawn from. */
typedef struct {
  const NvReport *report;
  guint task;
  const GPtrArray *curves;
} NvTaskFigure;

/* All figures into folder `out`; those of task t > 0 end in -2, -3, ... */
NV_INTERNAL gboolean nv_i_report_figures (const NvReport *report, const GPtrArray *curves,
                                          const char *out, GError **error);

/* One figure each, of one task: its size, and its drawing. */
NV_INTERNAL void nv_i_draw_regret_cells (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_regret_seconds (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_score_cells (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_score_seconds (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_ranks (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_finals (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_ecdf (cairo_t *cr, const void *task_figure);
NV_INTERNAL void nv_i_draw_targets (cairo_t *cr, const void *task_figure);

typedef struct {
  const NvReport *report;
  const NvRanking *ranking;
} NvCdFigure;
NV_INTERNAL void nv_i_cd_size (const NvRanking *ranking, double *width, double *height);
NV_INTERNAL void nv_i_draw_cd (cairo_t *cr, const void *cd_figure);

/* --- shared between them ------------------------------------------------------------ */

/* Panels side by side, at least as high as the legend at their right. */
#define NV_PANEL_WIDTH 250.0
#define NV_PANEL_HEIGHT 220.0
#define NV_PANEL_TOP 40.0
#define NV_PANEL_BOTTOM 38.0
#define NV_PANEL_LEFT 58.0
#define NV_PANEL_GAP 62.0
#define NV_LEGEND_WIDTH 190.0
static inline double
nv_i_panels_width (guint panels)
{
  return NV_PANEL_LEFT + panels * NV_PANEL_WIDTH + (panels - 1) * NV_PANEL_GAP + 18
         + NV_LEGEND_WIDTH;
}
static inline double
nv_i_panels_height (guint arms)
{
  return NV_PANEL_TOP + fmax (NV_PANEL_HEIGHT, arms * NV_LEGEND_LINE) + NV_PANEL_BOTTOM;
}
/* Frame of panel i of a task with so many arms. */
NV_INTERNAL NvPlot nv_i_panel (guint i, guint arms);
/* The task and its noise model, which stand over every figure; g_free. */
NV_INTERNAL char *nv_i_task_head (const NvReportTask *task);
/* That over the panels; its arms in a legend right of the last one. */
NV_INTERNAL void nv_i_panels_head (cairo_t *cr, const NvTaskFigure *figure, guint panels);
/* The score of the task in words: "test accuracy (%)", "observed score", ...; g_free. */
NV_INTERNAL char *nv_i_score_label (const NvReportTask *task, const char *what);
/* The finals of an arm (of all) as shown, ascending; *n of them. g_free. */
NV_INTERNAL double *nv_i_sorted_finals (const NvReport *report, guint arm, guint *n);
/* Colour of an arm: that of its method. */
static inline guint
nv_i_method_of (const NvTaskFigure *figure, guint arm_of_task)
{
  const NvReport *r = figure->report;
  return r->arms[r->tasks[figure->task].arms[arm_of_task]].method;
}

#endif
