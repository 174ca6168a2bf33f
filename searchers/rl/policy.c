#include "policy.h"

#include <string.h>

typedef struct {
  nv_real *w_ih, *w_hh, *b_ih, *b_hh; /* [4H x D], [4H x H], [4H], [4H] */
  nv_real *w_out, *b_out;             /* [D x H], [D] */
} Layers;

static Layers
layers_of (const RlPolicy *p, nv_real *block)
{
  const gsize D = p->D, H = p->H;
  Layers l;
  l.w_ih = block;
  l.w_hh = l.w_ih + 4 * H * D;
  l.b_ih = l.w_hh + 4 * H * H;
  l.b_hh = l.b_ih + 4 * H;
  l.w_out = l.b_hh + 4 * H;
  l.b_out = l.w_out + D * H;
  return l;
}

void
rl_policy_init (RlPolicy *p, gsize D, gsize H, gsize T, gboolean relative)
{
  *p = (RlPolicy){ .D = D, .H = H, .T = T, .relative = relative };
  nv_weights_init (&p->w, 4 * H * (D + H + 2) + D * (H + 1));
  p->h = g_new0 (nv_real, (T + 1) * H);
  p->c = g_new0 (nv_real, (T + 1) * H);
  p->gates = g_new (nv_real, T * 4 * H);
  p->mean = g_new (nv_real, T * D);
  p->dmean = g_new (nv_real, T * D);
  nv_real **rows[] = { &p->dh, &p->dc, &p->next_dh, &p->next_dc };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    *rows[i] = g_new (nv_real, H);
  p->dgates = g_new (nv_real, 4 * H);
}

void
rl_policy_clear (RlPolicy *p)
{
  nv_weights_clear (&p->w);
  gpointer blocks[] = { p->h, p->c, p->gates, p->mean, p->dmean, p->dh, p->dc, p->next_dh,
                        p->next_dc, p->dgates };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_free (blocks[i]);
}

/* PyTorch's defaults: all of an LSTM's weights are uniform on +-1/sqrt (H). */
void
rl_policy_draw (RlPolicy *p, NvRng *rng)
{
  const Layers l = layers_of (p, p->w.value);
  const gsize H = p->H, lstm = 4 * H * (p->D + H + 2);
  nv_init_linear (l.w_ih, NULL, rng, H, lstm / H);
  nv_init_linear (l.w_out, l.b_out, rng, H, p->D);
}

void
rl_policy_begin (RlPolicy *p)
{
  p->t = 0;
}

const nv_real *
rl_policy_act (RlPolicy *p, const nv_real *x)
{
  const Layers l = layers_of (p, p->w.value);
  const gsize t = p->t++, D = p->D, H = p->H;
  nv_real *mean = p->mean + t * D;
  nv_lstm (p->h + (t + 1) * H, p->c + (t + 1) * H, p->gates + t * 4 * H, x, p->h + t * H,
           p->c + t * H, l.w_ih, l.w_hh, l.b_ih, l.b_hh, 1, D, H);
  nv_linear (mean, p->h + (t + 1) * H, l.w_out, l.b_out, 1, H, D);
  for (gsize d = 0; p->relative && d < D; d++)
    mean[d] += x[d];
  return mean;
}

/* From dmean[T x D] back through time. */
static void
backward (RlPolicy *p, nv_real *dx, const nv_real *x, gsize T)
{
  const Layers l = layers_of (p, p->w.value), g = layers_of (p, p->w.grad);
  const gsize D = p->D, H = p->H;
  memset (p->next_dh, 0, H * sizeof *p->next_dh);
  memset (p->next_dc, 0, H * sizeof *p->next_dc);
  for (gsize t = T; t-- > 0;) {
    const nv_real *h = p->h + (t + 1) * H, *dmean = p->dmean + t * D;
    nv_real *dx_t = dx != NULL ? dx + t * D : NULL;
    nv_linear_backward (p->dh, g.w_out, g.b_out, dmean, h, l.w_out, 1, H, D);
    for (gsize i = 0; i < H; i++) {
      p->dh[i] += p->next_dh[i];
      p->dc[i] = p->next_dc[i];
    }
    nv_lstm_backward (dx_t, p->next_dh, p->next_dc, g.w_ih, g.w_hh, g.b_ih, g.b_hh, p->dh,
                      p->dc, x + t * D, p->h + t * H, p->c + t * H, p->c + (t + 1) * H,
                      p->gates + t * 4 * H, l.w_ih, l.w_hh, p->dgates, 1, D, H);
    for (gsize d = 0; dx != NULL && p->relative && d < D; d++)
      dx_t[d] += dmean[d];
  }
}

double
rl_policy_loss (RlPolicy *p, nv_real *dx, const nv_real *x, const nv_real *action,
                const double *advantage, const nv_real *sd, gsize T)
{
  const gsize D = p->D;
  double loss = 0.0;
  rl_policy_begin (p);
  for (gsize t = 0; t < T; t++) {
    const nv_real *mean = rl_policy_act (p, x + t * D);
    const double weight = advantage[t] / (double) T;
    for (gsize d = 0; d < D; d++) {
      double z = sd[d] > 0 ? (action[t * D + d] - mean[d]) / (double) sd[d] : 0.0;
      loss += 0.5 * weight * z * z;
      p->dmean[t * D + d] = sd[d] > 0 ? (nv_real) (-weight * z / sd[d]) : 0;
    }
  }
  backward (p, dx, x, T);
  return loss;
}
