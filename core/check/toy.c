/* A small space and a plain encoder, so that a plugin can be checked without any other
 * plugin.
 *
 * A toy cell is a path 0 -> 1 -> ... -> n - 1 with any further edges forward; node 0 is
 * "in", the last is "out", those between are "a" or "b". The path fixes the order of the
 * nodes, so no two cells are isomorphic. Written: the ops between, a colon, one digit for
 * each possible further edge, row by row: "ab:101". */
#include <string.h>

#include "check/private.h"
#include "plugin/registry.h"

enum { IN, A, B, OUT, OPS };
static const char *const ops[OPS] = { "in", "a", "b", "out" };

typedef struct {
  int nodes;
} SpaceOptions;
static const NvParam space_params[] = {
  NV_INT (SpaceOptions, nodes, 2, 5, "nodes of the largest cell"), NV_END
};

static gboolean
toy_open (NvSpace *s, GError **error G_GNUC_UNUSED)
{
  s->nodes = (guint) ((const SpaceOptions *) s->options)->nodes;
  s->min_nodes = 2;
  s->n_ops = OPS;
  s->ops = ops;
  return TRUE;
}

/* Further edges that a cell of n nodes can have. */
static guint
n_free (guint n)
{
  return (n - 1) * (n - 2) / 2;
}

/* Bit i of `inner`: node i + 1 is "b"; bits of `edges`: the further edges in order. */
static void
make_cell (NvCell *cell, guint n, guint inner, guint edges)
{
  nv_cell_init (cell, n);
  for (guint i = 0, bit = 0; i < n; i++) {
    cell->ops[i] = i == 0 ? IN : i == n - 1 ? OUT : (inner >> (i - 1)) & 1u ? B : A;
    if (i + 1 < n)
      nv_cell_add_edge (cell, i, i + 1);
    for (guint j = i + 2; j < n; j++, bit++)
      if ((edges >> bit) & 1u)
        nv_cell_add_edge (cell, i, j);
  }
}

static NvCells *
toy_enumerate (const NvSpace *s, GError **error G_GNUC_UNUSED)
{
  NvCells *all = nv_cells_new (s->nodes);
  for (guint n = 2; n <= s->nodes; n++)
    for (guint inner = 0; inner < 1u << (n - 2); inner++)
      for (guint edges = 0; edges < 1u << n_free (n); edges++) {
        NvCell cell;
        make_cell (&cell, n, inner, edges);
        nv_cells_append (all, &cell);
      }
  return all;
}

static gboolean
toy_validate (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, GError **error)
{
  guint n = cell->n_nodes;
  for (guint i = 0; i < n; i++) {
    gboolean inner = i > 0 && i < n - 1;
    if (n < 2 || (i + 1 < n && !nv_cell_has_edge (cell, i, i + 1))
        || (inner ? cell->ops[i] != A && cell->ops[i] != B
                  : cell->ops[i] != (i == 0 ? IN : OUT))) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                   "node %u has op %s or no edge to the next", i, ops[cell->ops[i]]);
      return FALSE;
    }
  }
  return TRUE;
}

static void
toy_neighbours (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, NvCells *out)
{
  for (guint i = 0; i < cell->n_nodes; i++) {
    NvCell next = *cell;
    next.ops[i] = cell->ops[i] == A ? B : A;
    if (i > 0 && i < cell->n_nodes - 1)
      nv_cells_append (out, &next);
    for (guint j = i + 2; j < cell->n_nodes; j++) {
      next = *cell;
      next.rows[i] ^= 1u << j;
      nv_cells_append (out, &next);
    }
  }
}

static gboolean
toy_mutate (const NvSpace *s, NvRng *rng, const NvCell *cell, NvCell *out, GError **error)
{
  g_autoptr (NvCells) all = nv_cells_new (s->nodes);
  if (cell->n_nodes == 2) /* nothing can change but the size */
    return nv_space_sample (s, rng, out, error);
  toy_neighbours (s, cell, all);
  nv_cells_get (all, nv_rng_below (rng, (guint32) all->count), out);
  return TRUE;
}

static char *
toy_format (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell)
{
  GString *text = g_string_new (NULL);
  for (guint i = 1; i + 1 < cell->n_nodes; i++)
    g_string_append (text, ops[cell->ops[i]]);
  g_string_append_c (text, ':');
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 2; j < cell->n_nodes; j++)
      g_string_append_c (text, nv_cell_has_edge (cell, i, j) ? '1' : '0');
  return g_string_free (text, FALSE);
}

static gboolean
toy_parse (const NvSpace *s, const char *text, NvCell *out, GError **error)
{
  gsize inner = strspn (text, "ab"), rest = strlen (text) - inner;
  const char *edges = text + inner + 1;
  guint inner_bits = 0, edge_bits = 0;
  if (inner + 2 > s->nodes || text[inner] != ':' || rest - 1 != n_free ((guint) inner + 2)
      || strspn (edges, "01") != rest - 1) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "'%s' is not written like \"ab:101\"",
                 text);
    return FALSE;
  }
  for (gsize i = 0; i < inner; i++)
    inner_bits |= (guint) (text[i] == 'b') << i;
  for (gsize i = 0; i < rest - 1; i++)
    edge_bits |= (guint) (edges[i] == '1') << i;
  make_cell (out, (guint) inner + 2, inner_bits, edge_bits);
  return TRUE;
}

static const NvSpaceClass toy_space = {
  NV_SPACE (NV_TOY, "1.0", "small DAGs, for checking other plugins"),
  NV_OPTIONS (SpaceOptions, space_params, .nodes = 5),
  .open = toy_open, .enumerate = toy_enumerate, .validate = toy_validate,
  .mutate = toy_mutate, .neighbours = toy_neighbours, .format = toy_format,
  .parse = toy_parse,
};

/* --- the encoder -------------------------------------------------------------------- */

typedef struct {
  nv_real *weight, *grad;  /* [D] */
  nv_real *input;          /* [B x D], what forward() saw */
  gsize B;
} Encoder;

/* out[D] = ops one by one, then the upper triangle row by row, of one cell */
static void
features (const NvEncoder *e, const NvCells *cells, gsize i, nv_real *out)
{
  gsize N = e->space->nodes, K = e->space->n_ops, at = N * K;
  NvCell cell;
  nv_cells_get (cells, i, &cell);
  memset (out, 0, e->dim * sizeof (nv_real));
  for (guint n = 0; n < cell.n_nodes; n++)
    out[n * K + cell.ops[n]] = 1;
  for (guint n = 0; n < N; n++)
    for (guint m = n + 1; m < N; m++)
      out[at++] = n < cell.n_nodes && nv_cell_has_edge (&cell, n, m);
}

static gboolean
encoder_open (NvEncoder *e, GError **error G_GNUC_UNUSED)
{
  Encoder *st = e->state;
  gsize N = e->space->nodes;
  e->dim = e->latent = N * e->space->n_ops + N * (N - 1) / 2;
  e->code_first = TRUE;
  st->weight = g_new (nv_real, e->dim);
  st->grad = g_new0 (nv_real, e->dim);
  for (gsize d = 0; d < e->dim; d++)
    st->weight[d] = (nv_real) (0.75 + 0.5 * nv_rng_uniform (e->rng));
  return TRUE;
}

static void
encoder_close (NvEncoder *e)
{
  Encoder *st = e->state;
  g_free (st->weight);
  g_free (st->grad);
  g_free (st->input);
}

static void
encoder_embed (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B_,
               nv_real *out)
{
  const Encoder *st = e->state;
  for (gsize b = 0; b < B_; b++) {
    features (e, cells, index != NULL ? index[b] : b, out + b * e->dim);
    for (gsize d = 0; d < e->dim; d++)
      out[b * e->dim + d] *= st->weight[d];
  }
}

static void
encoder_decode (NvEncoder *e, const nv_real *z, gsize B_, NvCells *out)
{
  const Encoder *st = e->state;
  guint N = e->space->nodes, K = e->space->n_ops;
  for (gsize b = 0; b < B_; b++, z += e->dim) {
    NvCell cell;
    guint n = 0;
    gsize at = (gsize) N * K;
    nv_cell_init (&cell, N);
    for (guint i = 0; i < N; i++)
      for (guint k = 0; k < K; k++)
        if (z[i * K + k] > z[i * K + cell.ops[i]])
          cell.ops[i] = (guint8) k;
    while (n < N
           && z[n * K + cell.ops[n]] > (nv_real) 0.5 * st->weight[n * K + cell.ops[n]])
      n++;
    NvCell cut;
    nv_cell_init (&cut, MAX (n, 1));
    memcpy (cut.ops, cell.ops, cut.n_nodes);
    for (guint i = 0; i < N; i++)
      for (guint j = i + 1; j < N; j++, at++)
        if (j < cut.n_nodes && z[at] > (nv_real) 0.5 * st->weight[at])
          nv_cell_add_edge (&cut, i, j);
    nv_cells_append (out, &cut);
  }
}

static void
encoder_forward (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B_,
                 nv_real *out)
{
  Encoder *st = e->state;
  st->input = g_renew (nv_real, st->input, B_ * e->dim);
  st->B = B_;
  for (gsize b = 0; b < B_; b++)
    features (e, cells, index != NULL ? index[b] : b, st->input + b * e->dim);
  encoder_embed (e, cells, index, B_, out);
}

static void
encoder_backward (NvEncoder *e, const nv_real *dout)
{
  Encoder *st = e->state;
  for (gsize i = 0; i < st->B * e->dim; i++)
    st->grad[i % e->dim] += dout[i] * st->input[i];
}

static void
encoder_step (NvEncoder *e)
{
  Encoder *st = e->state;
  for (gsize d = 0; d < e->dim; d++)
    st->weight[d] -= (nv_real) 0.01 * CLAMP (st->grad[d], -1, 1);
  memset (st->grad, 0, e->dim * sizeof (nv_real));
}

static void
encoder_tensors (NvEncoder *e, NvTensors *tensors)
{
  nv_tensors_add (tensors, "weight", ((Encoder *) e->state)->weight, 1, e->dim);
}

static const NvEncoderClass toy_encoder = {
  NV_ENCODER (NV_TOY, "1.0", "ops and edges as numbers, for checking other plugins"),
  NV_STATE (Encoder), .open = encoder_open, .close = encoder_close,
  .embed = encoder_embed, .latent = encoder_embed, .decode = encoder_decode,
  .forward = encoder_forward, .backward = encoder_backward, .step = encoder_step,
  .tensors = encoder_tensors,
};

void
nv_i_check_add_toys (void)
{
  g_autoptr (GError) error = NULL;
  if (nv_i_plugin_accept (&toy_space.head, NV_TOY, &error) == NULL
      || nv_i_plugin_accept (&toy_encoder.head, NV_TOY, &error) == NULL)
    g_error ("%s", error->message);
}
