/* The critical-difference diagram: methods at their mean ranks, bars over those that
 * cannot be told apart. */
#include <math.h>

#include "report/ranking.h"
#include "report/results.h"
#include "report/task_figures.h"

#define LEFT 190.0  /* room for names on either side */
#define WIDTH 320.0
#define TOP 62.0    /* of the scale */
#define BAR 7.0     /* between two bars */
#define LINE 15.0   /* between two names */

/* A third line of text pushes the scale down. */
static double
top_of (const NvRanking *k)
{
  return nv_i_ranking_least_p (k) < NV_LEVEL ? TOP : TOP + 16;
}

static double
bars_height (const NvRanking *k)
{
  return 8 + BAR * k->cliques->len;
}

void
nv_i_cd_size (const NvRanking *k, double *width, double *height)
{
  *width = 2 * LEFT + WIDTH;
  *height = top_of (k) + bars_height (k) + LINE * (k->n + 1) / 2 + 12;
}

static double
at_rank (const NvRanking *k, double rank)
{
  return LEFT + WIDTH * (rank - 1) / (k->n - 1);
}

static void
draw_scale (cairo_t *cr, const NvRanking *k)
{
  guint step = k->n > 12 ? (k->n > 24 ? 5 : 2) : 1;
  double top = top_of (k);
  nv_i_colour (cr, "#444444", 1);
  cairo_set_line_width (cr, 0.8);
  cairo_move_to (cr, LEFT, top);
  cairo_line_to (cr, LEFT + WIDTH, top);
  for (guint i = 1; i <= k->n; i++) {
    cairo_move_to (cr, at_rank (k, i), top);
    cairo_line_to (cr, at_rank (k, i), top - 4);
  }
  cairo_stroke (cr);
  for (guint i = 1; i <= k->n; i += step) {
    g_autofree char *number = g_strdup_printf ("%u", i);
    nv_i_text (cr, at_rank (k, i), top - 11, 0.5, 0, number);
  }
}

/* The better half is named at the left, from the outside in; the others at the right. */
static void
draw_method (cairo_t *cr, const NvRanking *k, const NvReport *r, guint i)
{
  gboolean left = i < (k->n + 1) / 2;
  guint row = left ? i : k->n - 1 - i;
  double x = at_rank (k, k->ranks[i]), top = top_of (k),
         y = top + bars_height (k) + LINE * (row + 0.5);
  double edge = left ? LEFT - 6 : LEFT + WIDTH + 6;
  guint method = k->methods[i];
  g_autofree char *name = g_strdup_printf ("%s  %.2f", r->methods[method], k->ranks[i]);
  g_autofree char *mirrored = g_strdup_printf ("%.2f  %s", k->ranks[i],
                                               r->methods[method]);
  nv_i_method_style (cr, method, 1);
  cairo_set_line_width (cr, 1.1);
  cairo_move_to (cr, x, top);
  cairo_line_to (cr, x, y);
  cairo_line_to (cr, edge, y);
  cairo_stroke (cr);
  cairo_set_dash (cr, NULL, 0, 0);
  nv_i_colour (cr, "#222222", 1);
  nv_i_text (cr, left ? edge - 4 : edge + 4, y, left ? 1 : 0, LEFT - 18,
             left ? name : mirrored);
}

static void
draw_head (cairo_t *cr, const NvCdFigure *f)
{
  const NvRanking *k = f->ranking;
  g_autofree char *p = nv_i_p_text (k->friedman);
  g_autofree char *head = g_strdup_printf (
      "mean rank over %" G_GSIZE_FORMAT " %s; Friedman p %s%s", k->blocks,
      k->by_task ? "tasks" : f->report->n_tasks > 1 ? "(task, seed) blocks" : "seeds",
      *p == '<' ? "" : "= ", p);
  nv_i_colour (cr, "#222222", 1);
  nv_i_text (cr, LEFT + WIDTH / 2, 12, 0.5, 0, head);
  nv_i_text (cr, LEFT + WIDTH / 2, 28, 0.5, 0,
             "a bar joins methods that a Wilcoxon test (Holm, 5 %) cannot tell apart");
  if (top_of (k) > TOP) {
    g_autofree char *few = g_strdup_printf (
        "so few of them can tell none of %u pairs apart, whatever the scores",
        k->n * (k->n - 1) / 2);
    nv_i_text (cr, LEFT + WIDTH / 2, 44, 0.5, 0, few);
  }
}

void
nv_i_draw_cd (cairo_t *cr, const void *figure)
{
  const NvCdFigure *f = figure;
  const NvRanking *k = f->ranking;
  draw_head (cr, f);
  draw_scale (cr, k);
  for (guint i = 0; i < k->n; i++)
    draw_method (cr, k, f->report, i);
  cairo_set_line_width (cr, 3);
  nv_i_colour (cr, "#222222", 1);
  for (guint i = 0; i < k->cliques->len; i++) {
    const NvClique *clique = &g_array_index (k->cliques, NvClique, i);
    double y = top_of (k) + 8 + BAR * i;
    cairo_move_to (cr, at_rank (k, k->ranks[clique->first]) - 2, y);
    cairo_line_to (cr, at_rank (k, k->ranks[clique->last]) + 2, y);
    cairo_stroke (cr);
  }
}
