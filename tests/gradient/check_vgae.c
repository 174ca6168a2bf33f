/* Gradient checks of the whole auto-encoder's loss, and of its embedding in joint training. */
#define NV_PLUGIN_STATIC
#include "encoders/vgae/vgae.c"

#include "gradient/gradient.h"
#include "plugin/instance.h"
#include "random_cells.h"

typedef struct {
  NvEncoder encoder;
  NvSpace space;
  Options options;
  State state;
  NvRng rng;
  const NvCells *cells;
  gboolean noisy;
  double *d, *out;  /* [B x D] */
} Problem;

static void
open_problem (Problem *p, const NvCells *cells, guint K)
{
  p->space = (NvSpace){ .nodes = cells->nodes, .n_ops = K };
  p->encoder = (NvEncoder){ .klass = &vgae, .options = &p->options, .state = &p->state,
                            .space = &p->space, .rng = &p->rng };
  p->cells = cells;
  p->state = (State){ 0 };
  nv_rng_init (&p->rng, 2385, "encoder", 0);
  g_assert_true (vgae_open (&p->encoder, NULL));
  NvWeights *w = &p->state.weights;
  for (gsize i = 0; i < w->count; i++)
    w->value[i] += 0.05 * nv_rng_normal (&p->rng);
}

/* The streams of noise are copies, so that every call sees the same noise. */
static double
whole_loss (void *data)
{
  Problem *p = data;
  State *st = &p->state;
  Decoder *d = &st->decoder;
  NvRng streams[VGAE_PIECES];
  memcpy (streams, d->streams, sizeof streams);
  const NvGinBatch *batch = nv_gin_load (st->gin, p->cells, NULL, p->cells->count);
  const double *y = nv_gin_forward (st->gin, p->noisy ? NV_GIN_TRAIN : NV_GIN_FROZEN);
  double loss = vgae_decoder_loss (d, batch, y, p->noisy);
  memcpy (d->streams, streams, sizeof streams);
  return loss;
}

static void
check_loss (Options options, guint N, guint smallest, gsize B)
{
  Problem p = { .options = options };
  g_autoptr (NvCells) cells = random_cells (B, N, 4, smallest, 3);
  open_problem (&p, cells, 4);
  NvWeights *w = &p.state.weights;
  p.state.decoder.kl_weight = options.kl_weight;
  for (int noisy = 0; noisy <= 1; noisy++) {
    p.noisy = noisy;
    nv_weights_zero_grad (w);
    whole_loss (&p);
    nv_gin_backward (p.state.gin, p.state.decoder.dy);
    g_autofree double *grad = g_memdup2 (w->grad, w->count * sizeof *grad);
    check_gradient ("vgae loss", w->value, grad, w->count, 500, whole_loss, &p);
    gsize decoder = vgae_decoder_count (&p.state.decoder), at = w->count - decoder;
    check_gradient ("decoder", w->value + at, grad + at, decoder, 500, whole_loss, &p);
  }
  vgae_close (&p.encoder);
}

static const Options usual = { .dim = 3, .layers = 2, .hidden = 7, .variational = TRUE,
                               .places = TRUE, .autoregressive = TRUE,
                               .edge_weight = 0.7, .kl_weight = 0.37, .dropout = 0.3 };

static void
loss (void)
{
  Options options = usual;
  check_loss (options, 1, 1, 1);
  check_loss (options, 7, 7, 1);
  check_loss (options, 5, 1, 19); /* three pieces, ragged */
  options.variational = FALSE;
  check_loss (options, 5, 2, 9);
  options = usual;
  options.places = FALSE;
  check_loss (options, 5, 1, 9);
  options.autoregressive = FALSE;
  check_loss (options, 5, 1, 9);
  options.types = VGAE_SIGMOID;
  options.edges = VGAE_PRODUCT;
  check_loss (options, 5, 2, 9);
  options = usual;
  options.dim = 1;
  options.hidden = 1;
  options.adjacency = FORWARD;
  check_loss (options, 3, 2, 3);
}

static void
padding (void)
{
  Options options = usual;
  options.padding = NV_PAD_ZERO;
  check_loss (options, 5, 1, 9);
  options.padding = NV_PAD_TYPE;
  check_loss (options, 5, 1, 9);
}

/* The score of edge i -> j of a cell, plainly: the product, the place, the edges before it. */
static double
naive_score (const Decoder *d, const double *z, const NvCell *cell, guint i, guint j)
{
  gsize D = d->D, P = d->N * (d->N - 1) / 2;
  double sum = d->place_edge[i * d->N + j];
  for (gsize c = 0; c < D; c++) {
    double u = d->edge_b[c], v = d->edge_b[D + c];
    for (gsize k = 0; k < D; k++) {
      u += d->edge_w[c * D + k] * z[i * D + k];
      v += d->edge_w[(D + c) * D + k] * z[j * D + k];
    }
    sum += u * v;
  }
  for (guint l = 1; l <= j; l++)
    for (guint k = 0; k < l && (l < j || k < i); k++)
      if (nv_cell_has_edge (cell, k, l))
        sum += d->before[(l * (l - 1) / 2 + k) * P + j * (j - 1) / 2 + i];
  return sum;
}

/* A decoded cell has the edges whose score, with those before them, is above 0, and no others. */
static void
decoding (void)
{
  enum { N = 6, DRAWS = 100 };
  Problem p = { .options = usual };
  g_autoptr (NvCells) cells = random_cells (1, N, 4, N, 3);
  open_problem (&p, cells, 4);
  Decoder *d = &p.state.decoder;
  double z[N * 3];
  fill_noise (d->before, N * (N - 1) / 2 * (N * (N - 1) / 2), 2, 11);
  for (guint draw = 0; draw < DRAWS; draw++) {
    NvCell cell;
    fill_noise (z, N * d->D, 2, 100 + draw);
    vgae_decoder_cell (d, z, &cell);
    for (guint j = 1; j < N; j++)
      for (guint i = 0; i < j; i++)
        g_assert_true ((naive_score (d, z, &cell, i, j) > 0) == nv_cell_has_edge (&cell, i, j));
  }
  vgae_close (&p.encoder);
}

/* Cells of one node have no edges, and no weights of pairs of edges to list. */
static void
one_node (void)
{
  Problem p = { .options = usual };
  g_autoptr (NvCells) cells = random_cells (3, 1, 4, 1, 3);
  g_autoptr (NvTensors) tensors = nv_i_tensors_new ();
  NvCell cell;
  double z[3] = { 0 };
  open_problem (&p, cells, 4);
  vgae_tensors (&p.encoder, tensors);
  g_assert_cmpuint (tensors->items->len, >, 0);
  vgae_decoder_cell (&p.state.decoder, z, &cell);
  g_assert_cmpuint (cell.n_nodes, <=, 1);
  vgae_close (&p.encoder);
}

static double
embedding_loss (void *data)
{
  Problem *p = data;
  gsize n = p->cells->count * p->encoder.dim;
  double sum = 0;
  vgae_forward (&p->encoder, p->cells, NULL, p->cells->count, p->out);
  for (gsize i = 0; i < n; i++)
    sum += p->out[i] * p->d[i];
  return sum;
}

static void
check_embedding (int pooling, guint N, guint smallest, gsize B)
{
  Problem p = { .options = usual };
  p.options.pooling = pooling;
  g_autoptr (NvCells) cells = random_cells (B, N, 4, smallest, 3);
  open_problem (&p, cells, 4);
  NvWeights *w = &p.state.weights;
  p.out = g_new (double, B * p.encoder.dim);
  p.d = g_new (double, B * p.encoder.dim);
  fill_noise (p.d, B * p.encoder.dim, 1, 7);
  for (int settled = 0; settled <= 1; settled++) {
    p.encoder.settled = settled;
    nv_weights_zero_grad (w);
    embedding_loss (&p);
    vgae_backward (&p.encoder, p.d);
    g_autofree double *grad = g_memdup2 (w->grad, w->count * sizeof *grad);
    check_gradient ("vgae embedding", w->value, grad, w->count, 500, embedding_loss, &p);
  }
  vgae_close (&p.encoder);
  g_free (p.out);
  g_free (p.d);
}

static void
embedding (void)
{
  check_embedding (NV_POOL_MEAN, 5, 1, 9);
  check_embedding (NV_POOL_CONCAT, 5, 1, 9);
  check_embedding (NV_POOL_BOTH, 5, 1, 9);
  check_embedding (NV_POOL_MEAN, 1, 1, 1);
  check_embedding (NV_POOL_CONCAT, 3, 3, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gradient/vgae/loss", loss);
  g_test_add_func ("/gradient/vgae/padding", padding);
  g_test_add_func ("/gradient/vgae/decoding", decoding);
  g_test_add_func ("/gradient/vgae/one-node", one_node);
  g_test_add_func ("/gradient/vgae/embedding", embedding);
  return g_test_run ();
}
