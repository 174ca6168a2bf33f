/* Cells on the way from one to another: codes on the straight line between theirs,
 * decoded. */
#include "data/csv.h"
#include "measure/measure.h"
#include "report/latent.h"
#include "report/results.h"
#include "report/strip.h"
#include "report/write.h"

#define FRAMES 7

/* From the first to the last cell of the trajectory. NULL on error. */
static NvCells *
decode_path (const NvLatent *l, GError **error)
{
  gsize L = l->encoder->latent;
  guint32 ends[2] = { g_array_index (l->trajectory, guint, 0),
                      g_array_index (l->trajectory, guint, l->trajectory->len - 1) };
  g_autofree nv_real *codes = g_new (nv_real, 2 * L), *z = g_new (nv_real, FRAMES * L);
  g_autoptr (NvCells) cells = nv_cells_new (l->cells->nodes);
  l->encoder->klass->latent (l->encoder, l->cells, ends, 2, codes);
  for (guint i = 0; i < FRAMES; i++)
    for (gsize d = 0; d < L; d++)
      z[i * L + d] = codes[d] + (codes[L + d] - codes[d]) * (nv_real) i / (FRAMES - 1);
  if (!nv_i_encoder_decode (l->encoder, z, FRAMES, cells, error))
    return NULL;
  return g_steal_pointer (&cells);
}

/* A row of path.csv. Ops and edges are in words, as a cell that is not valid has no
 * notation in its space. */
static void
append_row (GString *csv, const NvSpace *space, const NvCell *cell, double share,
            gboolean valid, guint edits)
{
  g_autoptr (GString) ops = g_string_new (NULL), edges = g_string_new (NULL);
  for (guint i = 0; i < cell->n_nodes; i++) {
    g_string_append_printf (ops, "%s%s", i > 0 ? " " : "", space->ops[cell->ops[i]]);
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j))
        g_string_append_printf (edges, "%s%u>%u", edges->len > 0 ? " " : "", i, j);
  }
  g_string_append_printf (csv, "%.4g,%d,%u,", share, valid, edits);
  nv_i_csv_append_text (csv, ops->str);
  g_string_append_c (csv, ',');
  nv_i_csv_append_text (csv, edges->str);
  g_string_append_c (csv, '\n');
}

gboolean
nv_i_path_write (const NvLatent *l, const char *out, GError **error)
{
  if (!nv_i_encoder_can_decode (l->encoder) || l->trajectory->len < 2)
    return TRUE;
  g_autoptr (NvCells) cells = decode_path (l, error);
  if (cells == NULL)
    return FALSE;
  g_autoptr (NvStrip) strip
      = nv_i_strip_new ("decoded from a run's first to its last incumbent");
  g_autoptr (GString) csv = g_string_new ("share,valid,edits,ops,edges\n");
  NvCell cell, before;
  nv_cells_get (cells, 0, &before);
  for (guint i = 0; i < cells->count; i++) {
    nv_cells_get (cells, i, &cell);
    gboolean valid = nv_space_validate (l->space, &cell, NULL);
    guint edits = nv_i_cell_edits (&before, &cell);
    double share = (double) i / (FRAMES - 1);
    append_row (csv, l->space, &cell, share, valid, edits);
    char *caption = g_strdup_printf ("%.0f %%: %u edit%s%s", 100 * share, edits,
                                     edits == 1 ? "" : "s", valid ? "" : ", not valid");
    if (!nv_i_strip_add (strip, l->space, &cell, caption, error))
      return FALSE;
    before = cell;
  }
  return nv_i_write_text (out, "path.csv", g_string_free (g_steal_pointer (&csv), FALSE),
                          error)
      && nv_i_strip_write (strip, out, "path", error);
}
