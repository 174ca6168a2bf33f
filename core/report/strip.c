#include "report/strip.h"

#include <math.h>

#include "report/latent.h"
#include "report/results.h"

#define LEFT 8.0
#define TOP 24.0
#define CAPTION 14.0
#define GAP 8.0

NvStrip *
nv_i_strip_new (const char *title)
{
  NvStrip *strip = g_new (NvStrip, 1);
  strip->title = title;
  strip->graphs = g_ptr_array_new_with_free_func ((GDestroyNotify) nv_i_graph_free);
  strip->captions = g_ptr_array_new_with_free_func (g_free);
  return strip;
}

void
nv_i_strip_free (NvStrip *strip)
{
  if (strip == NULL)
    return;
  g_ptr_array_unref (strip->graphs);
  g_ptr_array_unref (strip->captions);
  g_free (strip);
}

gboolean
nv_i_strip_add (NvStrip *strip, const NvSpace *space, const NvCell *cell, char *caption,
                GError **error)
{
  g_autofree char *owned = caption;
  NvGraph *graph = nv_i_graph_new (space, cell, error);
  if (graph == NULL)
    return FALSE;
  g_ptr_array_add (strip->graphs, graph);
  g_ptr_array_add (strip->captions, g_steal_pointer (&owned));
  return TRUE;
}

static void
draw_strip (cairo_t *cr, const void *data)
{
  const NvStrip *strip = data;
  double y = TOP;
  nv_i_colour (cr, "#222222", 1);
  nv_i_text (cr, LEFT, 12, 0, 0, strip->title);
  for (guint i = 0; i < strip->graphs->len; i++) {
    const NvGraph *graph = strip->graphs->pdata[i];
    nv_i_colour (cr, "#222222", 1);
    nv_i_text (cr, LEFT, y + CAPTION / 2, 0, 0, strip->captions->pdata[i]);
    cairo_save (cr);
    cairo_translate (cr, LEFT, y + CAPTION);
    nv_i_draw_graph (cr, graph);
    cairo_restore (cr);
    y += CAPTION + graph->height + GAP;
  }
}

gboolean
nv_i_strip_write (const NvStrip *strip, const char *out, const char *name, GError **error)
{
  double width = 420, height = TOP;
  for (guint i = 0; i < strip->graphs->len; i++) {
    const NvGraph *graph = strip->graphs->pdata[i];
    width = fmax (width, graph->width + 2 * LEFT);
    height += CAPTION + graph->height + GAP;
  }
  return nv_i_figure_write (out, name, width, height, draw_strip, strip, error);
}

/* Why a report lacks the figure, or a cell of it, on standard error. */
static void
tell_lack (const NvSpace *space, const char *name, guint unread, guint cells,
           const GError *cause)
{
  if (space == NULL && cells > 0)
    g_message ("the figure '%s' is left out: %s", name, cause->message);
  else if (unread > 0)
    g_message ("the figure '%s' is without %u of %u cells, which space %s cannot read", name,
               unread, cells, space->klass->head.name);
}

gboolean
nv_i_write_best_cells (const NvReport *r, guint t, const char *out, const char *name,
                       GError **error)
{
  const NvReportTask *task = &r->tasks[t];
  g_autoptr (GError) cause = NULL;
  g_autoptr (NvSpace) space = nv_i_arm_space (&r->arms[task->arms[0]], &cause);
  guint unread = 0;
  g_autofree char *title
      = g_strdup_printf ("%s: best cells by observed score", task->name);
  g_autoptr (NvStrip) strip = nv_i_strip_new (title);
  for (guint i = 0; i < task->best_cells->len && space != NULL; i++) {
    const NvBestCell *best = &g_array_index (task->best_cells, NvBestCell, i);
    int decimals = task->percent ? 2 : 4;
    g_autofree char *score = nv_i_score_text (task, best->score, decimals);
    g_autofree char *test = nv_i_score_text (task, best->test, decimals);
    NvCell cell;
    if (!nv_space_parse (space, best->cell, &cell, NULL)) {
      unread++;
      continue;
    }
    char *caption = g_strdup_printf ("%u: observed %s, test %s%s", i + 1, score, test,
                                     task->percent ? " (%)" : "");
    if (!nv_i_strip_add (strip, space, &cell, caption, error))
      return FALSE;
  }
  tell_lack (space, name, unread, task->best_cells->len, cause);
  return strip->graphs->len == 0 || nv_i_strip_write (strip, out, name, error);
}
