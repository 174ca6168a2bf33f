/* Reconstruction accuracy: from a cell to its code and back. */
#include "measure/measure.h"

enum { BATCH = 512 };

/* Entries that were right, and how many there were. */
typedef struct {
  gsize node, nodes, node_padded, edge, edges, edge_padded, cell, cell_real, isomorphic;
} Tally;

/* Entries (i, j), i < j < n, that are the same in both. */
static gsize
same_edges (const NvCell *a, const NvCell *b, guint n)
{
  gsize same = 0;
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      same += nv_cell_has_edge (a, i, j) == nv_cell_has_edge (b, i, j);
  return same;
}

static gboolean
is_isomorphic (const NvCell *a, const NvCell *b)
{
  NvCell first, second;
  if (nv_cell_equal (a, b))
    return TRUE;
  if (a->n_nodes != b->n_nodes)
    return FALSE;
  nv_cell_canonical (a, &first);
  nv_cell_canonical (b, &second);
  return nv_cell_equal (&first, &second);
}

/* The authors' rule takes the first type for the largest of a row of zeros, and decodes a type for
 * every row: a padded row is right where that is type 0. */
static void
count (Tally *t, const NvCell *cell, const NvCell *decoded, guint N)
{
  gsize n = cell->n_nodes, pairs = n * (n - 1) / 2, right = 0;
  gsize same = same_edges (cell, decoded, cell->n_nodes);
  for (guint i = 0; i < N; i++) {
    guint8 op = decoded->ops[i] == NV_OP_PAD ? 0 : decoded->ops[i];
    right += i < n && decoded->ops[i] == cell->ops[i];
    t->node_padded += op == (i < n ? cell->ops[i] : 0);
  }
  t->node += right;
  t->nodes += n;
  t->edge += same;
  t->edges += pairs;
  t->edge_padded += same_edges (cell, decoded, N);
  t->cell += nv_cell_equal (cell, decoded);
  t->isomorphic += is_isomorphic (cell, decoded);
  t->cell_real += right == n && same == pairs;
}

gboolean
nv_i_measure_reconstruction (NvEncoder *encoder, const NvCells *cells, NvReconstruction *out,
                             GError **error)
{
  guint N = encoder->space->nodes;
  if (!nv_i_encoder_can_decode (encoder)) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "encoder %s cannot decode; reconstruction cannot be measured",
                 encoder->klass->head.name);
    return FALSE;
  }
  g_return_val_if_fail (cells->count > 0, FALSE);
  g_autofree nv_real *code = g_new (nv_real, BATCH * encoder->latent);
  g_autoptr (NvCells) decoded = nv_cells_new (N);
  guint32 index[BATCH];
  Tally t = { 0 };
  for (gsize at = 0; at < cells->count; at += BATCH) {
    gsize B = MIN (BATCH, cells->count - at);
    for (gsize b = 0; b < B; b++)
      index[b] = (guint32) (at + b);
    encoder->klass->latent (encoder, cells, index, B, code);
    nv_cells_clear (decoded);
    if (!nv_i_encoder_decode (encoder, code, B, decoded, error))
      return FALSE;
    for (gsize b = 0; b < B; b++) {
      NvCell cell, back;
      nv_cells_get (cells, at + b, &cell);
      nv_cells_get (decoded, b, &back);
      count (&t, &cell, &back, N);
    }
  }
  double n = (double) cells->count, rows = n * N, pairs = rows * (N - 1) / 2;
  *out = (NvReconstruction){ .node = (double) t.node / (double) t.nodes,
                             .edge = t.edges > 0 ? (double) t.edge / (double) t.edges : 1,
                             .edge_padded = N > 1 ? (double) t.edge_padded / pairs : 1,
                             .node_padded = (double) t.node_padded / rows,
                             .cell = (double) t.cell / n,
                             .isomorphic = (double) t.isomorphic / n,
                             .cell_real = (double) t.cell_real / n };
  return TRUE;
}
