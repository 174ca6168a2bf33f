#include "predictor.h"

#include <string.h>

/* Where a member's weights lie in its block. */
typedef struct {
  nv_real *w1, *b1, *w2, *b2, *w3, *b3; /* [H x D], [H], [H x H], [H], [1 x H], [1] */
} Layers;

static Layers
layers_of (const GradientPredictor *p, nv_real *block)
{
  const gsize D = p->D, H = p->H;
  Layers l;
  l.w1 = block;
  l.b1 = l.w1 + H * D;
  l.w2 = l.b1 + H;
  l.b2 = l.w2 + H * H;
  l.w3 = l.b2 + H;
  l.b3 = l.w3 + H;
  return l;
}

void
gradient_predictor_init (GradientPredictor *p, gsize D, gsize H, gsize M, gsize room)
{
  *p = (GradientPredictor){ .D = D, .H = H, .M = M, .room = room };
  p->w = g_new0 (NvWeights, M);
  for (gsize m = 0; m < M; m++)
    nv_weights_init (&p->w[m], H * D + H + H * H + H + H + 1);
  nv_real **wide[] = { &p->h1, &p->h2, &p->d1, &p->d2 };
  for (gsize i = 0; i < G_N_ELEMENTS (wide); i++)
    *wide[i] = g_new (nv_real, room * H);
  p->dx = g_new (nv_real, room * D);
  p->out = g_new (nv_real, room);
  p->dout = g_new (nv_real, room);
}

void
gradient_predictor_clear (GradientPredictor *p)
{
  for (gsize m = 0; m < p->M; m++)
    nv_weights_clear (&p->w[m]);
  gpointer blocks[] = { p->w, p->h1, p->h2, p->d1, p->d2, p->dx, p->out, p->dout };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_free (blocks[i]);
}

void
gradient_predictor_draw (GradientPredictor *p, NvRng *rng)
{
  for (gsize m = 0; m < p->M; m++) {
    NvWeights *w = &p->w[m];
    const Layers l = layers_of (p, w->value);
    const gsize bytes = w->count * sizeof *w->value;
    memset (w->grad, 0, bytes);
    memset (w->m, 0, bytes);
    memset (w->v, 0, bytes);
    w->t = 0;
    nv_init_linear (l.w1, l.b1, rng, p->D, p->H);
    nv_init_linear (l.w2, l.b2, rng, p->H, p->H);
    nv_init_linear (l.w3, l.b3, rng, p->H, 1);
  }
}

/* out[B] of member m; h1, h2 are kept for backward(). */
static void
forward (GradientPredictor *p, gsize m, const nv_real *x, gsize B)
{
  const Layers l = layers_of (p, p->w[m].value);
  nv_linear (p->h1, x, l.w1, l.b1, B, p->D, p->H);
  nv_tanh (p->h1, p->h1, B * p->H);
  nv_linear (p->h2, p->h1, l.w2, l.b2, B, p->H, p->H);
  nv_tanh (p->h2, p->h2, B * p->H);
  nv_linear (p->out, p->h2, l.w3, l.b3, B, p->H, 1);
}

/* From dout[B] to the gradients and dx[B x D] (may be NULL). */
static void
backward (GradientPredictor *p, gsize m, nv_real *dx, const nv_real *x, gsize B)
{
  const Layers l = layers_of (p, p->w[m].value), g = layers_of (p, p->w[m].grad);
  nv_linear_backward (p->d2, g.w3, g.b3, p->dout, p->h2, l.w3, B, p->H, 1);
  nv_tanh_backward (p->d2, p->d2, p->h2, B * p->H);
  nv_linear_backward (p->d1, g.w2, g.b2, p->d2, p->h1, l.w2, B, p->H, p->H);
  nv_tanh_backward (p->d1, p->d1, p->h1, B * p->H);
  nv_linear_backward (dx, g.w1, g.b1, p->d1, x, l.w1, B, p->D, p->H);
}

static void
add_scaled (nv_real *sum, const nv_real *x, gsize n, nv_real scale)
{
  for (gsize i = 0; i < n; i++)
    sum[i] += scale * x[i];
}

double
gradient_predictor_loss (GradientPredictor *p, nv_real *dx, const nv_real *x,
                         const nv_real *y, gsize B)
{
  const nv_real share = 1 / (nv_real) p->M;
  double loss = 0.0;
  if (dx != NULL)
    memset (dx, 0, B * p->D * sizeof *dx);
  for (gsize m = 0; m < p->M; m++) {
    forward (p, m, x, B);
    loss += nv_mse (p->dout, p->out, y, B) * share;
    for (gsize b = 0; b < B; b++)
      p->dout[b] *= share;
    backward (p, m, dx != NULL ? p->dx : NULL, x, B);
    if (dx != NULL)
      add_scaled (dx, p->dx, B * p->D, 1);
  }
  return loss;
}

void
gradient_predictor_step (GradientPredictor *p, double lr, double decay)
{
  for (gsize m = 0; m < p->M; m++)
    nv_weights_step (&p->w[m], NULL, lr, decay, 0);
}

void
gradient_predictor_mean (GradientPredictor *p, nv_real *mean, nv_real *dx, const nv_real *x,
                         gsize B)
{
  const nv_real share = 1 / (nv_real) p->M;
  memset (mean, 0, B * sizeof *mean);
  if (dx != NULL)
    memset (dx, 0, B * p->D * sizeof *dx);
  for (gsize m = 0; m < p->M; m++) {
    forward (p, m, x, B);
    add_scaled (mean, p->out, B, share);
    if (dx == NULL)
      continue;
    for (gsize b = 0; b < B; b++)
      p->dout[b] = share;
    backward (p, m, p->dx, x, B);
    add_scaled (dx, p->dx, B * p->D, 1);
    nv_weights_zero_grad (&p->w[m]);
  }
}
