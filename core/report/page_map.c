/* The data of a page's map. Places are fractions of the picture's side. */
#include <math.h>

#include "report/graph.h"
#include "report/latent.h"
#include "report/page.h"

static void
append_values (GString *out, const char *name, const double *values, gsize n, double unit)
{
  g_string_append_printf (out, ",\"%s\":[", name);
  for (gsize i = 0; i < n; i++)
    if (isnan (values[i]))
      g_string_append_printf (out, "%snull", i > 0 ? "," : "");
    else
      g_string_append_printf (out, "%s%.6g", i > 0 ? "," : "", unit * values[i]);
  g_string_append_c (out, ']');
}

/* Both axes at the same scale, the wider one filling the side. */
static void
append_plane (GString *out, const char *name, const double *xy, gsize n)
{
  double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
  for (gsize i = 0; i < 2 * n; i++) {
    low[i % 2] = fmin (low[i % 2], xy[i]);
    high[i % 2] = fmax (high[i % 2], xy[i]);
  }
  double side = fmax (fmax (high[0] - low[0], high[1] - low[1]), 1e-12) * 1.04;
  g_string_append_printf (out, ",\"%s\":[", name);
  for (gsize i = 0; i < 2 * n; i++)
    g_string_append_printf (out, "%s%.4f", i > 0 ? "," : "",
                            0.5 + (xy[i] - (low[i % 2] + high[i % 2]) / 2) / side);
  g_string_append_c (out, ']');
}

static void
append_ops (GString *out, const NvLatent *l)
{
  g_string_append (out, ",\"ops\":[");
  for (gsize i = 0; i < l->n; i++) {
    NvCell cell;
    nv_cells_get (l->cells, i, &cell);
    g_string_append (out, i > 0 ? ",[" : "[");
    for (guint v = 0; v < cell.n_nodes; v++)
      g_string_append_printf (out, "%s%u", v > 0 ? "," : "", cell.ops[v]);
    g_string_append_c (out, ']');
  }
  g_string_append_c (out, ']');
}

static void
append_edges (GString *out, const NvLatent *l)
{
  g_string_append (out, ",\"edges\":[");
  for (gsize i = 0; i < l->n; i++) {
    NvCell cell;
    nv_cells_get (l->cells, i, &cell);
    gboolean first = TRUE;
    g_string_append (out, i > 0 ? ",[" : "[");
    for (guint a = 0; a < cell.n_nodes; a++)
      for (guint b = a + 1; b < cell.n_nodes; b++)
        if (nv_cell_has_edge (&cell, a, b)) {
          g_string_append_printf (out, "%s%u", first ? "" : ",", 32 * a + b);
          first = FALSE;
        }
    g_string_append_c (out, ']');
  }
  g_string_append_c (out, ']');
}

static void
append_vocabulary (GString *out, const NvLatent *l)
{
  g_string_append (out, ",\"vocabulary\":[");
  for (guint op = 0; op < l->space->n_ops; op++) {
    if (op > 0)
      g_string_append_c (out, ',');
    nv_i_page_string (out, l->space->ops[op]);
  }
  g_string_append (out, "],\"colours\":[");
  for (guint op = 0; op < l->space->n_ops; op++)
    g_string_append_printf (out, "%s\"%s\"", op > 0 ? "," : "",
                            nv_i_op_colour (l->space, op));
  g_string_append_c (out, ']');
}

void
nv_i_page_map (GString *out, const NvLatent *l)
{
  g_autofree char *share = g_strdup_printf ("share of %s", l->space->ops[l->op]);
  g_string_append_printf (
      out, "{\"names\":{\"score\":\"%s score%s\",\"depth\":\"depth\",\"share\":",
      l->tested ? "test" : "observed", l->percent ? " (%)" : "");
  nv_i_page_string (out, share);
  g_string_append (out, "},\"path\":[");
  for (guint i = 0; i < l->trajectory->len; i++)
    g_string_append_printf (out, "%s%u", i > 0 ? "," : "",
                            g_array_index (l->trajectory, guint, i));
  g_string_append_c (out, ']');
  append_values (out, "score", l->score, l->n, l->percent ? 100 : 1);
  append_values (out, "depth", l->depth, l->n, 1);
  append_values (out, "share", l->share, l->n, 1);
  append_plane (out, "tsne", l->tsne, l->n);
  append_plane (out, "pca", l->pca, l->n);
  append_vocabulary (out, l);
  append_ops (out, l);
  append_edges (out, l);
  g_string_append_c (out, '}');
}
