#include <math.h>

#include <glib/gstdio.h>

#include "report/strip.h"
#include "report/task_figures.h"

NvPlot
nv_i_panel (guint i, guint arms)
{
  return (NvPlot){ .left = NV_PANEL_LEFT + i * (NV_PANEL_WIDTH + NV_PANEL_GAP),
                   .top = NV_PANEL_TOP,
                   .width = NV_PANEL_WIDTH,
                   .height = nv_i_panels_height (arms) - NV_PANEL_TOP
                             - NV_PANEL_BOTTOM };
}

char *
nv_i_task_head (const NvReportTask *task)
{
  return g_strdup_printf ("%s, noise: %s", task->name,
                          task->noise && *task->noise ? task->noise : "not recorded");
}

void
nv_i_panels_head (cairo_t *cr, const NvTaskFigure *f, guint panels)
{
  const NvReportTask *task = &f->report->tasks[f->task];
  g_autofree guint *methods = g_new (guint, task->n_arms);
  for (guint i = 0; i < task->n_arms; i++)
    methods[i] = nv_i_method_of (f, i);
  double right = NV_PANEL_LEFT + panels * (NV_PANEL_WIDTH + NV_PANEL_GAP) - NV_PANEL_GAP;
  g_autofree char *head = nv_i_task_head (task);
  nv_i_colour (cr, "#222222", 1);
  nv_i_text (cr, NV_PANEL_LEFT, 12, 0, right - NV_PANEL_LEFT, head);
  nv_i_legend (cr, right + 18, NV_PANEL_TOP + 4, NV_LEGEND_WIDTH - 6, f->report->methods,
               methods, task->n_arms);
}

char *
nv_i_score_label (const NvReportTask *task, const char *what)
{
  return g_strdup_printf ("%s %s%s", task->tested ? "test" : "observed", what,
                          task->percent ? " (%)" : "");
}

typedef struct {
  const char *name;
  NvDraw draw;
  guint panels;
} Figure;

static const Figure figures[] = {
  { "regret_cells", nv_i_draw_regret_cells, 2 },
  { "regret_seconds", nv_i_draw_regret_seconds, 2 },
  { "score_cells", nv_i_draw_score_cells, 2 },
  { "score_seconds", nv_i_draw_score_seconds, 2 },
  { "ranks", nv_i_draw_ranks, 1 },
  { "finals", nv_i_draw_finals, 1 },
  { "ecdf", nv_i_draw_ecdf, 1 },
  { "targets", nv_i_draw_targets, 3 },
};

static gboolean
write_cd (const NvReport *r, const char *out, GError **error)
{
  g_autoptr (NvRanking) ranking = nv_i_ranking_new (r);
  if (ranking == NULL) {
    static const char *const old[] = { "cd.svg", "cd.pdf", "cd.png" };
    for (guint i = 0; i < G_N_ELEMENTS (old); i++) {
      g_autofree char *file = g_build_filename (out, old[i], NULL);
      g_remove (file); /* of an earlier report */
    }
    return TRUE;
  }
  NvCdFigure figure = { r, ranking };
  double width, height;
  nv_i_cd_size (ranking, &width, &height);
  return nv_i_figure_write (out, "cd", width, height, nv_i_draw_cd, &figure, error);
}

/* Name of a figure of task t. */
static char *
figure_name (const char *name, guint t)
{
  return t == 0 ? g_strdup (name) : g_strdup_printf ("%s-%u", name, t + 1);
}

gboolean
nv_i_report_figures (const NvReport *r, const GPtrArray *curves, const char *out,
                     GError **error)
{
  for (guint t = 0; t < r->n_tasks; t++) {
    NvTaskFigure figure = { r, t, curves };
    double height = nv_i_panels_height (r->tasks[t].n_arms);
    for (guint i = 0; i < G_N_ELEMENTS (figures); i++) {
      g_autofree char *name = figure_name (figures[i].name, t);
      if (!nv_i_figure_write (out, name, nv_i_panels_width (figures[i].panels), height,
                              figures[i].draw, &figure, error))
        return FALSE;
    }
    g_autofree char *cells = figure_name ("cells", t);
    if (!nv_i_write_best_cells (r, t, out, cells, error))
      return FALSE;
  }
  return write_cd (r, out, error);
}
