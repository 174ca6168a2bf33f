/* Cells as pictures: laid out by Graphviz, drawn as any other figure; and as text. */
#ifndef NV_REPORT_GRAPH_H
#define NV_REPORT_GRAPH_H

#include <nasvec/space.h>

#include "report/figure.h"

/* A cell with its layout, from left to right, in points. */
typedef struct {
  double width, height;
  guint n_nodes;
  struct { double x, y, width, height; guint op; } nodes[NV_CELL_MAX];
  GArray *points;     /* double x, y: control points of all edges */
  GArray *edges;      /* guint first: where an edge's points begin; one more at the end */
  const NvSpace *space;
} NvGraph;

/* The error: Graphviz could not lay it out. Not for two threads at once. */
NV_INTERNAL NvGraph *nv_i_graph_new (const NvSpace *space, const NvCell *cell,
                                     GError **error);
NV_INTERNAL void nv_i_graph_free (NvGraph *graph);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvGraph, nv_i_graph_free)
/* At the origin; an NvDraw. */
NV_INTERNAL void nv_i_draw_graph (cairo_t *cr, const void *graph);
/* The first op, and those that the field calls c_{k-2} and c_{k-1}. */
NV_INTERNAL gboolean nv_i_op_is_input (const NvSpace *space, guint op);
/* "#rrggbb": the colour of an op of a space, the same in every picture. */
NV_INTERNAL const char *nv_i_op_colour (const NvSpace *space, guint op);

/* One line per node: its number and op, a bracket for every edge, and where its edges
 * lead. UTF-8; g_free. */
NV_INTERNAL char *nv_i_graph_text (const NvSpace *space, const NvCell *cell);

#endif
