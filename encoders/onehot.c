/* The discrete encoding: the one-hot type of every node, then the adjacency matrix above its
 * diagonal, row by row. All zero where a cell has no such node. With pooling = both also the sum of
 * the nodes, which is how many there are of each type: what the other encoders' pooling adds. */
#include <nasvec/encoder.h>
#include <string.h>

typedef struct {
  int pooling;
} Options;

enum { CONCAT, BOTH };
static const char *const poolings[] = { "concat", "both", NULL };

static const NvParam params[] = {
  NV_CHOICE (Options, pooling, poolings, "all nodes and edges, or these and the nodes' sum"),
  NV_END
};

static gboolean
onehot_open (NvEncoder *e, GError **error G_GNUC_UNUSED)
{
  gsize N = e->space->nodes, K = e->space->n_ops;
  gboolean sum = ((const Options *) e->options)->pooling == BOTH;
  e->dim = N * K + N * (N - 1) / 2 + (sum ? K : 0);
  return TRUE;
}

static void
onehot_embed (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B, nv_real *out)
{
  gsize N = e->space->nodes, K = e->space->n_ops;
  gboolean sum = ((const Options *) e->options)->pooling == BOTH;
  for (gsize b = 0; b < B; b++) {
    gsize cell = index != NULL ? index[b] : b, n = cells->n_nodes[cell];
    const guint8 *ops = cells->ops + cell * cells->nodes;
    const guint32 *rows = cells->rows + cell * cells->nodes;
    for (gsize i = 0; i < N; i++)
      for (gsize k = 0; k < K; k++)
        *out++ = i < n && ops[i] == k;
    for (gsize i = 0; i < N; i++)
      for (gsize j = i + 1; j < N; j++)
        *out++ = i < n && (rows[i] >> j & 1);
    if (!sum)
      continue;
    memset (out, 0, K * sizeof *out);
    for (gsize i = 0; i < n; i++)
      out[ops[i]] += 1;
    out += K;
  }
}

static const NvEncoderClass onehot = {
  NV_ENCODER ("onehot", "1.0", "types and adjacency matrix, flattened"),
  NV_OPTIONS (Options, params, .pooling = BOTH),
  .open = onehot_open, .embed = onehot_embed,
};
NV_PLUGIN (onehot)
