/* The network of vgae without a decoder, from random weights: it learns from the searcher's loss
 * alone. Embedding: a linear map of the last layer (nasvec/gin.h), of all nodes and their sum, of
 * all nodes, or their mean. */
#include <nasvec/encoder.h>
#include <nasvec/gin.h>

typedef struct {
  int dim, layers, hidden, adjacency, pooling;
  double lr;
} Options;

typedef struct {
  NvWeights weights;
  NvGin *gin;
  const NvGinBatch *batch; /* of forward() */
  nv_real *dy;             /* [R x D] */
  gsize room;              /* rows in dy */
} State;

enum { SYMMETRIC, FORWARD };
static const char *const adjacencies[] = { "symmetric", "forward", NULL };

static const char *const poolings[] = { "mean", "concat", "both", NULL }; /* as NvPooling */

static const NvParam params[] = {
  NV_INT (Options, dim, 1, 256, "dimensions of a node"),
  NV_INT (Options, layers, 1, 16, "graph layers"),
  NV_INT (Options, hidden, 1, 1024, "width of the graph layers"),
  NV_CHOICE (Options, adjacency, adjacencies,
             "which neighbours a node sees: all, or its successors only"),
  NV_CHOICE (Options, pooling, poolings,
             "embedding: the nodes' mean, all nodes one after the other, or these and their sum"),
  NV_REAL (Options, lr, 0, 0.1, "learning rate of Adam"),
  NV_END
};

static void
supervised_close (NvEncoder *e)
{
  State *st = e->state;
  nv_gin_free (st->gin);
  nv_weights_clear (&st->weights);
  g_free (st->dy);
}

static gboolean
supervised_open (NvEncoder *e, GError **error G_GNUC_UNUSED)
{
  const Options *opt = e->options;
  State *st = e->state;
  NvGinShape shape = { .nodes = e->space->nodes, .ops = e->space->n_ops,
                       .hidden = (gsize) opt->hidden, .layers = (gsize) opt->layers,
                       .out = (gsize) opt->dim, .symmetric = opt->adjacency == SYMMETRIC };
  nv_weights_init (&st->weights, nv_gin_count (&shape));
  st->gin = nv_gin_new (&shape, st->weights.value, st->weights.grad, e->team);
  nv_gin_init (st->gin, e->rng);
  e->dim = nv_gin_pool_width ((gsize) opt->dim, e->space->nodes, (NvPooling) opt->pooling);
  return TRUE;
}

static void
pool (const NvEncoder *e, nv_real *out, const NvGinBatch *batch, const nv_real *y)
{
  const Options *opt = e->options;
  gsize D = (gsize) opt->dim;
  nv_gin_pool (out, batch, y, D, D, e->space->nodes, (NvPooling) opt->pooling);
}

typedef struct {
  const NvEncoder *encoder;
  nv_real *out;
} Sink;

static void
keep (void *data, const NvGinBatch *batch, gsize first, const nv_real *y)
{
  const Sink *sink = data;
  pool (sink->encoder, sink->out + first * sink->encoder->dim, batch, y);
}

static void
supervised_embed (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
                  nv_real *out)
{
  State *st = e->state;
  const Options *opt = e->options;
  nv_gin_eval (st->gin, cells, index, B, (gsize) opt->dim, keep, &(Sink){ e, out });
}

static void
supervised_forward (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
                    nv_real *out)
{
  State *st = e->state;
  st->batch = nv_gin_load (st->gin, cells, index, B);
  pool (e, out, st->batch, nv_gin_forward (st->gin, e->settled ? NV_GIN_FROZEN : NV_GIN_TRAIN));
}

static void
supervised_backward (NvEncoder *e, const nv_real *dout)
{
  State *st = e->state;
  const Options *opt = e->options;
  gsize D = (gsize) opt->dim;
  if (st->batch->R > st->room) {
    st->dy = g_renew (nv_real, st->dy, st->batch->R * D);
    st->room = st->batch->R;
  }
  nv_gin_pool_backward (st->dy, st->batch, dout, D, D, e->space->nodes,
                        (NvPooling) opt->pooling);
  nv_gin_backward (st->gin, st->dy);
}

static void
supervised_step (NvEncoder *e)
{
  const Options *opt = e->options;
  nv_weights_step (&((State *) e->state)->weights, e->team, opt->lr, 0, 0);
}

static void
supervised_tensors (NvEncoder *e, NvTensors *tensors)
{
  nv_gin_tensors (((State *) e->state)->gin, tensors);
}

static const NvEncoderClass supervised = {
  NV_ENCODER ("supervised", "1.0", "graph isomorphism network, trained by the search alone"),
  NV_STATE (State),
  NV_OPTIONS (Options, params, .dim = 16, .layers = 4, .hidden = 128, .adjacency = SYMMETRIC,
              .pooling = NV_POOL_BOTH, .lr = 1e-3),
  .open = supervised_open, .close = supervised_close, .embed = supervised_embed,
  .forward = supervised_forward, .backward = supervised_backward, .step = supervised_step,
  .tensors = supervised_tensors, .joint = TRUE,
};
NV_PLUGIN (supervised)
