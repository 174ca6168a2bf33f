/* Variational graph auto-encoder (Yan et al., NeurIPS 2020: arch2vec): cells alone, without a
 * score, teach a graph isomorphism network to give each node a code from which types and edges can
 * be read again. A cell's embedding is the codes of all its nodes side by side and their sum, the
 * codes alone, or their mean.
 *
 * Network: nasvec/gin.h; decoder and loss: decoder.c; Adam. docs/encoders.md tells what differs
 * from the paper and why. */
#include <nasvec/encoder.h>

#include "decoder.h"

typedef struct {
  int layers, hidden, dim;
  int adjacency, padding, pooling;
  gboolean variational;
  int epochs, batch, freeze_after;
  gboolean reshuffle;
  int types, edges;
  gboolean places, autoregressive, decay;
  double lr, clip, dropout, edge_weight, kl_weight, kl_warmup;
} Options;

typedef struct {
  NvWeights weights;  /* the network's, then the decoder's */
  NvGin *gin;
  Decoder decoder;
  const NvGinBatch *batch; /* of forward() */
  guint32 *order;     /* cells in the order of this epoch */
  gsize count;
} State;

enum { SYMMETRIC, FORWARD };
static const char *const adjacencies[] = { "symmetric", "forward", NULL };
static const char *const poolings[] = { "mean", "concat", "both", NULL }; /* as NvPooling */
static const char *const likelihoods[] = { "softmax", "sigmoid", NULL };    /* as VgaeTypes */
static const char *const scores[] = { "bilinear", "product", NULL };        /* as VgaeEdges */
static const char *const paddings[] = { "skip", "zero", "type", NULL }; /* as NvPadding */

static const NvParam params[] = {
  NV_INT (Options, dim, 1, 256, "latent dimensions of a node"),
  NV_INT (Options, layers, 1, 16, "graph layers"),
  NV_INT (Options, hidden, 1, 1024, "width of the graph layers"),
  NV_CHOICE (Options, adjacency, adjacencies,
             "which neighbours a node sees: all, or its successors only"),
  NV_CHOICE (Options, padding, paddings,
             "nodes that a smaller cell has not: skipped, zero inputs, or a type of their own"),
  NV_CHOICE (Options, pooling, poolings,
             "embedding: the nodes' mean, all nodes one after the other, or these and their sum"),
  NV_BOOL (Options, variational, "codes are drawn from a normal distribution in training"),
  NV_CHOICE (Options, types, likelihoods, "likelihood of a node's type"),
  NV_CHOICE (Options, edges, scores,
             "an edge's score: product of two linear maps of the nodes' codes, or of the codes"),
  NV_BOOL (Options, places, "the decoder knows a node's place: biases for each, and for each pair"),
  NV_BOOL (Options, autoregressive, "an edge is decoded in the knowledge of those before it"),
  NV_REAL (Options, edge_weight, 0, 1e3, "weight of the edges in the loss"),
  NV_REAL (Options, kl_weight, 0, 1e3, "weight of the codes' divergence from N(0, I)"),
  NV_REAL (Options, kl_warmup, 0, 100000, "epochs in which that weight rises from 0"),
  NV_REAL (Options, dropout, 0, 0.99, "share of the code that is dropped in training"),
  NV_INT (Options, epochs, 1, 100000, "passes over the cells"),
  NV_INT (Options, batch, 1, 65536, "cells in a batch"),
  NV_REAL (Options, lr, 0, 0.1, "learning rate of Adam"),
  NV_BOOL (Options, decay, "the learning rate falls evenly to 0 in pre-training"),
  NV_REAL (Options, clip, 0, 1e6, "largest norm of the gradient; 0: any"),
  NV_BOOL (Options, reshuffle, "a new order of the cells for every epoch, not one for all"),
  NV_INT (Options, freeze_after, 0, 100000,
          "epochs after which noise, dropout and batch statistics are switched off; 0: never"),
  NV_END
};

/* --- life --------------------------------------------------------------------------- */

static void
vgae_close (NvEncoder *e)
{
  State *st = e->state;
  nv_gin_free (st->gin);
  vgae_decoder_close (&st->decoder);
  nv_weights_clear (&st->weights);
  g_free (st->order);
}

static gboolean
vgae_open (NvEncoder *e, GError **error G_GNUC_UNUSED)
{
  const Options *opt = e->options;
  State *st = e->state;
  Decoder *d = &st->decoder;
  NvPadding padding = e->space->min_nodes == 0 ? NV_PAD_SKIP : (NvPadding) opt->padding;
  gboolean no_node = padding == NV_PAD_TYPE;
  *d = (Decoder){ .N = e->space->nodes, .K = e->space->n_ops + no_node, .D = (gsize) opt->dim,
                  .types = (VgaeTypes) opt->types, .edges = (VgaeEdges) opt->edges,
                  .places = opt->places, .autoregressive = opt->autoregressive, .no_node = no_node,
                  .variational = opt->variational, .dropout = opt->dropout,
                  .edge_weight = opt->edge_weight, .team = e->team };
  NvGinShape shape = { .nodes = d->N, .ops = d->K, .hidden = (gsize) opt->hidden,
                       .layers = (gsize) opt->layers,
                       .out = opt->variational ? 2 * d->D : d->D,
                       .symmetric = opt->adjacency == SYMMETRIC,
                       .padding = padding };
  gsize count = nv_gin_count (&shape);
  nv_weights_init (&st->weights, count + vgae_decoder_count (d));
  st->gin = nv_gin_new (&shape, st->weights.value, st->weights.grad, e->team);
  nv_gin_init (st->gin, e->rng);
  vgae_decoder_open (d, st->weights.value + count, st->weights.grad + count, e->rng);
  e->latent = d->N * d->D;
  e->dim = nv_gin_pool_width (d->D, d->N, (NvPooling) opt->pooling);
  e->code_first = opt->pooling != NV_POOL_MEAN;
  e->epochs = (guint) opt->epochs;
  return TRUE;
}

static void
vgae_tensors (NvEncoder *e, NvTensors *tensors)
{
  State *st = e->state;
  nv_gin_tensors (st->gin, tensors);
  vgae_decoder_tensors (&st->decoder, tensors);
}

/* --- pre-training ------------------------------------------------------------------- */

static void
set_order (State *st, gsize count, gboolean shuffle, NvRng *rng)
{
  if (count != st->count) {
    g_free (st->order);
    st->order = g_new (guint32, count);
    for (gsize i = 0; i < count; i++)
      st->order[i] = (guint32) i;
    st->count = count;
  } else if (!shuffle)
    return;
  nv_rng_shuffle (rng, st->order, count);
}

static gboolean
vgae_fit (NvEncoder *e, const NvCells *cells, guint epoch, NvFitLog *log,
          GError **error G_GNUC_UNUSED)
{
  const Options *opt = e->options;
  State *st = e->state;
  gboolean noisy = opt->freeze_after == 0 || epoch < (guint) opt->freeze_after;
  double sum = 0;
  gsize steps = 0;
  set_order (st, cells->count, opt->reshuffle, e->rng);
  if (epoch == 0)
    vgae_decoder_start (&st->decoder, cells);
  for (gsize at = 0; at < cells->count; at += (gsize) opt->batch, steps++) {
    gsize B = MIN ((gsize) opt->batch, cells->count - at);
    const NvGinBatch *batch = nv_gin_load (st->gin, cells, st->order + at, B);
    const nv_real *y = nv_gin_forward (st->gin, noisy ? NV_GIN_TRAIN : NV_GIN_FROZEN);
    double done = epoch + (double) at / (double) cells->count;
    st->decoder.kl_weight = opt->kl_weight * MIN (done / MAX (opt->kl_warmup, 1e-9), 1);
    sum += vgae_decoder_loss (&st->decoder, batch, y, noisy);
    nv_gin_backward (st->gin, st->decoder.dy);
    double left = opt->decay ? 1 - done / opt->epochs : 1;
    nv_weights_step (&st->weights, e->team, opt->lr * left, 0, opt->clip);
  }
  log->loss = sum / (double) MAX (steps, 1);
  return TRUE;
}

/* --- embedding ---------------------------------------------------------------------- */

typedef struct {
  const Decoder *decoder;
  nv_real *out;
  NvPooling pooling;
} Sink;

static void
keep (void *data, const NvGinBatch *batch, gsize first, const nv_real *y)
{
  const Sink *sink = data;
  gsize D = sink->decoder->D, N = sink->decoder->N;
  gsize width = nv_gin_pool_width (D, N, sink->pooling);
  nv_gin_pool (sink->out + first * width, batch, y, D, D, N, sink->pooling);
}

static void
vgae_latent (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B, nv_real *out)
{
  State *st = e->state;
  Sink sink = { &st->decoder, out, NV_POOL_CONCAT };
  nv_gin_eval (st->gin, cells, index, B, st->decoder.D, keep, &sink);
}

static void
vgae_embed (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B, nv_real *out)
{
  State *st = e->state;
  Sink sink = { &st->decoder, out, (NvPooling) ((const Options *) e->options)->pooling };
  nv_gin_eval (st->gin, cells, index, B, st->decoder.D, keep, &sink);
}

static void
vgae_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  const State *st = e->state;
  for (gsize b = 0; b < B; b++) {
    NvCell cell;
    vgae_decoder_cell (&st->decoder, z + b * e->latent, &cell);
    nv_cells_append (out, &cell);
  }
}

/* --- joint training ----------------------------------------------------------------- */

static void
vgae_forward (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B, nv_real *out)
{
  State *st = e->state;
  const Decoder *d = &st->decoder;
  st->batch = nv_gin_load (st->gin, cells, index, B);
  const nv_real *y = nv_gin_forward (st->gin, e->settled ? NV_GIN_FROZEN : NV_GIN_TRAIN);
  nv_gin_pool (out, st->batch, y, d->O, d->D, d->N,
               (NvPooling) ((const Options *) e->options)->pooling);
}

static void
vgae_backward (NvEncoder *e, const nv_real *dout)
{
  State *st = e->state;
  Decoder *d = &st->decoder;
  nv_real *dy = vgae_decoder_room (d, st->batch->R);
  nv_gin_pool_backward (dy, st->batch, dout, d->O, d->D, d->N,
                        (NvPooling) ((const Options *) e->options)->pooling);
  nv_gin_backward (st->gin, dy);
}

static void
vgae_step (NvEncoder *e)
{
  const Options *opt = e->options;
  nv_weights_step (&((State *) e->state)->weights, e->team, opt->lr, 0, opt->clip);
}

static const NvEncoderClass vgae = {
  NV_ENCODER ("vgae", "1.0", "variational graph auto-encoder, pre-trained on cells alone"),
  NV_STATE (State),
  NV_OPTIONS (Options, params, .dim = 16, .layers = 4, .hidden = 128, .adjacency = SYMMETRIC,
              .padding = NV_PAD_TYPE, .pooling = NV_POOL_BOTH, .variational = TRUE,
              .places = TRUE, .autoregressive = TRUE, .edge_weight = 2, .kl_weight = 0.03,
              .kl_warmup = 2, .epochs = 10, .batch = 32, .lr = 3e-3, .decay = TRUE, .clip = 5,
              .reshuffle = TRUE),
  .open = vgae_open, .close = vgae_close, .embed = vgae_embed, .fit = vgae_fit,
  .latent = vgae_latent, .decode = vgae_decode, .forward = vgae_forward,
  .backward = vgae_backward, .step = vgae_step, .tensors = vgae_tensors,
};
NV_PLUGIN (vgae)
