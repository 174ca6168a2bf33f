/* Training an encoder on labels, outside of a study: what a search does to an encoder that it
 * trains along, without the search.
 *
 *   prediction  w . tanh (W x + b) + c,  x the embedding, HIDDEN units, new for every training
 *   loss        mean squared error against the logit of the score's rank
 *
 * EPOCHS passes in batches of BATCH; Adam at 1e-2 for the head, the encoder's own step for the
 * encoder. These are the settings of `bo`. */
#include <math.h>
#include <nasvec/searcher.h>

#include "measure/measure.h"

enum { HIDDEN = 128, EPOCHS = 100, BATCH = 10 };

/* The head's weights in one block: W, b, w, c. */
typedef struct {
  gsize D;
  NvWeights w;
  nv_real *x, *dx;      /* [BATCH x D] */
  nv_real *h, *dh;      /* [BATCH x HIDDEN] */
  nv_real *y, *dy, *to; /* [BATCH] */
} Head;

static void
head_init (Head *head, gsize D, NvRng *rng)
{
  *head = (Head){ .D = D };
  nv_weights_init (&head->w, HIDDEN * (D + 1) + HIDDEN + 1);
  nv_real *w = head->w.value, *second = w + HIDDEN * (D + 1);
  nv_init_linear (w, w + HIDDEN * D, rng, D, HIDDEN);
  nv_init_linear (second, second + HIDDEN, rng, HIDDEN, 1);
  head->x = g_new (nv_real, 2 * BATCH * D);
  head->dx = head->x + BATCH * D;
  head->h = g_new (nv_real, 2 * BATCH * HIDDEN + 3 * BATCH);
  head->dh = head->h + BATCH * HIDDEN;
  head->y = head->dh + BATCH * HIDDEN;
  head->dy = head->y + BATCH;
  head->to = head->dy + BATCH;
}

static void
head_clear (Head *head)
{
  nv_weights_clear (&head->w);
  g_free (head->x);
  g_free (head->h);
}

/* dx from x and to, of B rows; moves the head's weights. */
static void
head_step (Head *head, gsize B)
{
  const gsize D = head->D;
  nv_real *w = head->w.value, *dw = head->w.grad, *second = w + HIDDEN * (D + 1),
          *dsecond = dw + HIDDEN * (D + 1);
  nv_linear (head->h, head->x, w, w + HIDDEN * D, B, D, HIDDEN);
  nv_tanh (head->h, head->h, B * HIDDEN);
  nv_linear (head->y, head->h, second, second + HIDDEN, B, HIDDEN, 1);
  nv_mse (head->dy, head->y, head->to, B);
  nv_linear_backward (head->dh, dsecond, dsecond + HIDDEN, head->dy, head->h, second, B, HIDDEN,
                      1);
  nv_tanh_backward (head->dh, head->dh, head->h, B * HIDDEN);
  nv_linear_backward (head->dx, dw, dw + HIDDEN * D, head->dh, head->x, w, B, D, HIDDEN);
  nv_weights_step (&head->w, NULL, 1e-2, 0, 0);
}

void
nv_i_labels_train (NvEncoder *encoder, const NvCells *cells, const guint32 *index,
                   const double *score, gsize n, NvRng *rng)
{
  g_return_if_fail (nv_i_encoder_can_join (encoder) && n > 0);
  const NvEncoderClass *klass = encoder->klass;
  g_autofree double *target = g_new (double, n);
  g_autofree guint32 *order = g_new (guint32, n);
  Head head;
  nv_searcher_targets (target, score, order, n, TRUE);
  head_init (&head, encoder->dim, rng);
  for (gsize i = 0; i < n; i++)
    order[i] = (guint32) i;
  for (guint epoch = 0; epoch < EPOCHS; epoch++) {
    nv_rng_shuffle (rng, order, n);
    for (gsize first = 0; first < n; first += BATCH) {
      const gsize B = MIN (BATCH, n - first);
      guint32 batch[BATCH];
      for (gsize b = 0; b < B; b++) {
        batch[b] = index[order[first + b]];
        head.to[b] = (nv_real) target[order[first + b]];
      }
      klass->forward (encoder, cells, batch, B, head.x);
      head_step (&head, B);
      klass->backward (encoder, head.dx);
      klass->step (encoder);
    }
  }
  head_clear (&head);
}

/* --- labels of a benchmark ------------------------------------------------------------ */

static gboolean
ask (NvBenchmark *benchmark, const NvCells *cells, gsize i, NvRng *noise, double *score,
     GError **error)
{
  NvCell cell;
  NvOutcome outcome;
  nv_cells_get (cells, i, &cell);
  if (!nv_i_benchmark_query (benchmark, &cell, noise, &outcome, error))
    return FALSE;
  *score = outcome.score;
  return TRUE;
}

gboolean
nv_i_labels_fit (NvEncoder *encoder, const NvCells *cells, NvBenchmark *benchmark, guint labels,
                 guint64 seed, GError **error)
{
  if (benchmark->pool != NULL)
    cells = benchmark->pool;
  if (!nv_i_encoder_can_join (encoder)) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "encoder %s cannot be trained on labels: it has no backward hook",
                 encoder->klass->head.name);
    return FALSE;
  }
  g_autofree guint32 *order = g_new (guint32, cells->count);
  g_autofree double *score = g_new (double, cells->count);
  NvRng rng, noise;
  gsize n = 0;
  nv_rng_init (&rng, seed, "labels", 0);
  nv_rng_init (&noise, seed, "label noise", 0);
  for (gsize i = 0; i < cells->count; i++)
    order[i] = (guint32) i;
  nv_rng_shuffle (&rng, order, cells->count);
  for (gsize i = 0; i < cells->count && n < labels; i++) {
    if (!ask (benchmark, cells, order[i], &noise, &score[n], error))
      return FALSE;
    order[n] = order[i];
    n += isfinite (score[n]) != 0;
  }
  if (n < labels) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "%u labels are wanted, but %" G_GSIZE_FORMAT " cells have a score", labels, n);
    return FALSE;
  }
  nv_i_labels_train (encoder, cells, order, score, n, &rng);
  nv_i_encoder_set_labels (encoder, labels);
  return TRUE;
}
