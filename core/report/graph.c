/* Graphviz gives places to nodes and splines to edges (dot, Gansner et al. 1993); the
 * drawing is ours, so that cells look the same in a figure, in a page and on their
 * own. */
#include "report/graph.h"

#include <graphviz/cgraph.h>
#include <graphviz/gvc.h>
#include <math.h>

#define MARGIN 6.0
#define NODE_HEIGHT 18.0

gboolean
nv_i_op_is_input (const NvSpace *space, guint op)
{
  return op == 0 || g_str_has_prefix (space->ops[op], "c_k-");
}

/* Inputs and output grey, the others by their place in the vocabulary. */
const char *
nv_i_op_colour (const NvSpace *space, guint op)
{
  static const char *const pale[] = { "#bcd9ee", "#f6cdae", "#b5e0cf", "#eed3e2",
                                      "#f8e0ad", "#cfe9f8", "#dcc0cf", "#e3e3b8",
                                      "#d5cdec", "#c9d8c2" };
  if (nv_i_op_is_input (space, op) || op + 1 == space->n_ops)
    return "#dddddd";
  return pale[(op - 1) % G_N_ELEMENTS (pale)];
}

static double
name_width (const char *name)
{
  return 5.6 * (double) g_utf8_strlen (name, -1) + 12;
}

/* --- layout ------------------------------------------------------------------------- */

static void
add_node (Agraph_t *g, Agnode_t **nodes, guint i, const char *name)
{
  char text[32];
  g_snprintf (text, sizeof text, "%u", i);
  nodes[i] = agnode (g, text, 1);
  g_ascii_dtostr (text, sizeof text, name_width (name) / 72);
  agsafeset (nodes[i], "width", text, "");
  g_ascii_dtostr (text, sizeof text, NODE_HEIGHT / 72);
  agsafeset (nodes[i], "height", text, "");
}

static Agraph_t *
graph_of (const NvSpace *space, const NvCell *cell)
{
  Agraph_t *g = agopen ("cell", Agstrictdirected, NULL);
  Agnode_t *nodes[NV_CELL_MAX];
  agattr (g, AGRAPH, "rankdir", "LR");
  agattr (g, AGRAPH, "nodesep", "0.12");
  agattr (g, AGRAPH, "ranksep", "0.3");
  agattr (g, AGNODE, "shape", "box");
  agattr (g, AGNODE, "fixedsize", "true");
  agattr (g, AGNODE, "label", "");
  agattr (g, AGEDGE, "arrowsize", "0.6"); /* 6 points, as draw_arrow() */
  for (guint i = 0; i < cell->n_nodes; i++)
    add_node (g, nodes, i, space->ops[cell->ops[i]]);
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j))
        agedge (g, nodes[i], nodes[j], NULL, 1);
  return g;
}

static void
append_point (NvGraph *graph, pointf p, double height)
{
  double x = p.x + MARGIN, y = height - p.y + MARGIN;
  g_array_append_val (graph->points, x);
  g_array_append_val (graph->points, y);
}

/* dot's y axis points up. */
static void
take_edge (NvGraph *graph, Agedge_t *e, double height)
{
  const splines *s = ED_spl (e);
  guint first = graph->points->len / 2;
  if (s == NULL || s->size == 0)
    return;
  g_array_append_val (graph->edges, first);
  for (size_t i = 0; i < (size_t) s->list[0].size; i++)
    append_point (graph, s->list[0].list[i], height);
  if (s->list[0].eflag)
    append_point (graph, s->list[0].ep, height);
}

static void
take_layout (NvGraph *graph, Agraph_t *g, const NvCell *cell)
{
  boxf box = GD_bb (g);
  double height = box.UR.y;
  guint i = 0;
  graph->width = box.UR.x + 2 * MARGIN;
  graph->height = height + 2 * MARGIN;
  for (Agnode_t *v = agfstnode (g); v != NULL; v = agnxtnode (g, v), i++) {
    graph->nodes[i].x = ND_coord (v).x + MARGIN;
    graph->nodes[i].y = height - ND_coord (v).y + MARGIN;
    graph->nodes[i].width = 72 * ND_width (v);
    graph->nodes[i].height = 72 * ND_height (v);
    graph->nodes[i].op = cell->ops[i];
    for (Agedge_t *e = agfstout (g, v); e != NULL; e = agnxtout (g, e))
      take_edge (graph, e, height);
  }
  guint end = graph->points->len / 2;
  g_array_append_val (graph->edges, end);
}

/* One for all: Graphviz 2.43 loses its configuration each time that one is made. */
static GVC_t *
graphviz (void)
{
  static GVC_t *context = NULL;
  if (context == NULL)
    context = gvContext ();
  return context;
}

NvGraph *
nv_i_graph_new (const NvSpace *space, const NvCell *cell, GError **error)
{
  g_autoptr (NvGraph) graph = g_new0 (NvGraph, 1);
  graph->space = space;
  graph->n_nodes = cell->n_nodes;
  graph->points = g_array_new (FALSE, FALSE, sizeof (double));
  graph->edges = g_array_new (FALSE, FALSE, sizeof (guint));
  GVC_t *context = graphviz ();
  Agraph_t *g = graph_of (space, cell);
  gboolean laid_out = gvLayout (context, g, "dot") == 0;
  if (laid_out)
    take_layout (graph, g, cell);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "Graphviz cannot lay out the cell; is its dot plugin installed?");
  if (laid_out)
    gvFreeLayout (context, g);
  agclose (g);
  return laid_out ? g_steal_pointer (&graph) : NULL;
}

void
nv_i_graph_free (NvGraph *graph)
{
  if (graph == NULL)
    return;
  g_array_unref (graph->points);
  g_array_unref (graph->edges);
  g_free (graph);
}

/* --- drawing ------------------------------------------------------------------------ */

static void
draw_arrow (cairo_t *cr, const double *to, const double *from)
{
  double angle = atan2 (to[1] - from[1], to[0] - from[0]);
  cairo_save (cr);
  cairo_translate (cr, to[0], to[1]);
  cairo_rotate (cr, angle);
  cairo_move_to (cr, 0, 0);
  cairo_line_to (cr, -6, 2.5);
  cairo_line_to (cr, -6, -2.5);
  cairo_close_path (cr);
  cairo_fill (cr);
  cairo_restore (cr);
}

/* Points: a start, three for each Bezier piece, and the arrow's tip. */
static void
draw_edge (cairo_t *cr, const double *p, guint n)
{
  cairo_move_to (cr, p[0], p[1]);
  for (guint i = 1; i + 2 < n; i += 3)
    cairo_curve_to (cr, p[2 * i], p[2 * i + 1], p[2 * i + 2], p[2 * i + 3], p[2 * i + 4],
                    p[2 * i + 5]);
  cairo_stroke (cr);
  draw_arrow (cr, p + 2 * (n - 1), p + 2 * (n - 2));
}

void
nv_i_draw_graph (cairo_t *cr, const void *data)
{
  const NvGraph *graph = data;
  const double *points = (const double *) graph->points->data;
  cairo_set_line_width (cr, 0.9);
  nv_i_colour (cr, "#555555", 1);
  for (guint e = 0; e + 1 < graph->edges->len; e++) {
    guint from = g_array_index (graph->edges, guint, e);
    draw_edge (cr, points + 2 * from, g_array_index (graph->edges, guint, e + 1) - from);
  }
  for (guint i = 0; i < graph->n_nodes; i++) {
    double w = graph->nodes[i].width, h = graph->nodes[i].height;
    nv_i_colour (cr, nv_i_op_colour (graph->space, graph->nodes[i].op), 1);
    cairo_rectangle (cr, graph->nodes[i].x - w / 2, graph->nodes[i].y - h / 2, w, h);
    cairo_fill_preserve (cr);
    nv_i_colour (cr, "#555555", 1);
    cairo_stroke (cr);
    nv_i_colour (cr, "#111111", 1);
    nv_i_text (cr, graph->nodes[i].x, graph->nodes[i].y, 0.5, w - 4,
               graph->space->ops[graph->nodes[i].op]);
  }
}
