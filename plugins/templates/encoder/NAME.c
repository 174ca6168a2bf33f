/* @NAME@: what it does, the reference it follows, and its limits.
 *
 * As it stands: a linear map of the cell's ops and edges, x -> W x + b, that a searcher
 * can train with its own loss. N nodes, K op types, F = N K + N (N - 1) / 2 features,
 * D = dim. */
#include <string.h>

#include <nasvec/encoder.h>

typedef struct { int dim; double lr; } Options;
typedef struct {
  NvWeights w;         /* W[D x F], then b[D] */
  nv_real *x;          /* [rows x F], the features of the last batch */
  gsize features, rows, B; /* B: of the last forward() */
} State;

static const NvParam params[] = {
  NV_INT (Options, dim, 1, 1024, "length of an embedding"),
  NV_REAL (Options, lr, 0.0, 1.0, "learning rate of Adam", .unit = "1/step"),
  NV_END
};

static gboolean
@NAME@_open (NvEncoder *e, GError **error)
{
  const Options *opt = e->options;
  State *st = e->state;
  gsize N = e->space->nodes;
  (void) error;
  e->dim = (gsize) opt->dim;
  st->features = N * e->space->n_ops + N * (N - 1) / 2;
  nv_weights_init (&st->w, e->dim * (st->features + 1));
  nv_init_linear (st->w.value, st->w.value + e->dim * st->features, e->rng, st->features,
                  e->dim);
  return TRUE;
}

static void
@NAME@_close (NvEncoder *e)
{
  State *st = e->state;
  nv_weights_clear (&st->w);
  g_free (st->x);
}

/* Memory grows with the largest batch and is kept. */
static void
set_features (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B)
{
  State *st = e->state;
  gsize N = e->space->nodes, K = e->space->n_ops;
  if (B > st->rows)
    st->x = g_renew (nv_real, st->x, B * st->features);
  st->rows = MAX (st->rows, B);
  memset (st->x, 0, B * st->features * sizeof (nv_real));
  for (gsize b = 0; b < B; b++) {
    nv_real *ops = st->x + b * st->features, *edge = ops + N * K;
    NvCell cell;
    nv_cells_get (cells, index != NULL ? index[b] : b, &cell);
    for (guint i = 0; i < cell.n_nodes; i++)
      ops[i * K + cell.ops[i]] = 1;
    for (guint i = 0; i < N; i++)
      for (guint j = i + 1; j < N; j++)
        *edge++ = nv_cell_has_edge (&cell, i, j) ? 1 : 0;
  }
}

static void
@NAME@_embed (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
              nv_real *out)
{
  State *st = e->state;
  set_features (e, cells, index, B);
  nv_linear (out, st->x, st->w.value, st->w.value + e->dim * st->features, B,
             st->features, e->dim);
}

static void
@NAME@_forward (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
                nv_real *out)
{
  ((State *) e->state)->B = B;
  @NAME@_embed (e, cells, index, B, out);
}

static void
@NAME@_backward (NvEncoder *e, const nv_real *dout)
{
  State *st = e->state;
  nv_linear_backward (NULL, st->w.grad, st->w.grad + e->dim * st->features, dout, st->x,
                      st->w.value, st->B, st->features, e->dim);
}

static void
@NAME@_step (NvEncoder *e)
{
  State *st = e->state;
  nv_weights_step (&st->w, e->team, ((const Options *) e->options)->lr, 0, 0);
}

static void
@NAME@_tensors (NvEncoder *e, NvTensors *tensors)
{
  State *st = e->state;
  nv_tensors_add (tensors, "weight", st->w.value, e->dim, st->features);
  nv_tensors_add (tensors, "bias", st->w.value + e->dim * st->features, 1, e->dim);
}

static const NvEncoderClass @NAME@_class = {
  NV_ENCODER ("@NAME@", "0.1", "one line on what it does"),
  NV_STATE (State), NV_OPTIONS (Options, params, .dim = 16, .lr = 0.01),
  .open = @NAME@_open, .close = @NAME@_close, .embed = @NAME@_embed,
  .forward = @NAME@_forward, .backward = @NAME@_backward, .step = @NAME@_step,
  .tensors = @NAME@_tensors,
};
NV_PLUGIN (@NAME@_class)
