/* One step of an LSTM (Hochreiter & Schmidhuber 1997, with forget gate: Gers et al. 2000):
 *   (i, f, o) = sigmoid, g = tanh of W_ih x + b_ih + W_hh h' + b_hh;  c = f c' + i g;
 *   h = o tanh (c). */
#include <nasvec/linalg.h>
#include <nasvec/nn.h>

#include "nn/fastmath.h"

NV_SIMD static void
gates_forward (nv_real *restrict h, nv_real *restrict c, nv_real *restrict gates,
               const nv_real *c_prev, size_t H)
{
  nv_real *i = gates, *f = gates + H, *g = gates + 2 * H, *o = gates + 3 * H;
  for (size_t k = 0; k < H; k++) {
    i[k] = fast_sigmoid (i[k]);
    f[k] = fast_sigmoid (f[k]);
    g[k] = fast_tanh (g[k]);
    o[k] = fast_sigmoid (o[k]);
    c[k] = f[k] * c_prev[k] + i[k] * g[k];
    h[k] = o[k] * fast_tanh (c[k]);
  }
}

NV_SIMD static void
gates_backward (nv_real *restrict dgates, nv_real *restrict dc_prev, const nv_real *dh,
                const nv_real *dc, const nv_real *c_prev, const nv_real *c,
                const nv_real *restrict gates, size_t H)
{
  const nv_real *i = gates, *f = gates + H, *g = gates + 2 * H, *o = gates + 3 * H;
  for (size_t k = 0; k < H; k++) {
    nv_real t = fast_tanh (c[k]), d = dc[k] + dh[k] * o[k] * (1 - t * t);
    dgates[k] = d * g[k] * i[k] * (1 - i[k]);
    dgates[H + k] = d * c_prev[k] * f[k] * (1 - f[k]);
    dgates[2 * H + k] = d * i[k] * (1 - g[k] * g[k]);
    dgates[3 * H + k] = dh[k] * t * o[k] * (1 - o[k]);
    dc_prev[k] = d * f[k];
  }
}

void
nv_lstm (nv_real *restrict h, nv_real *restrict c, nv_real *restrict gates, const nv_real *x,
         const nv_real *h_prev, const nv_real *c_prev, const nv_real *w_ih, const nv_real *w_hh,
         const nv_real *b_ih, const nv_real *b_hh, size_t B, size_t I, size_t H)
{
  for (size_t b = 0; b < B; b++)
    for (size_t k = 0; k < 4 * H; k++)
      gates[b * 4 * H + k] = b_ih[k] + b_hh[k];
  nv_rgemm (gates, x, w_ih, FALSE, TRUE, B, 4 * H, I, 1, 1);
  nv_rgemm (gates, h_prev, w_hh, FALSE, TRUE, B, 4 * H, H, 1, 1);
  for (size_t b = 0; b < B; b++)
    gates_forward (h + b * H, c + b * H, gates + b * 4 * H, c_prev + b * H, H);
}

void
nv_lstm_backward (nv_real *dx, nv_real *dh_prev, nv_real *dc_prev, nv_real *dw_ih,
                  nv_real *dw_hh, nv_real *db_ih, nv_real *db_hh, const nv_real *dh,
                  const nv_real *dc, const nv_real *x, const nv_real *h_prev,
                  const nv_real *c_prev, const nv_real *c, const nv_real *gates,
                  const nv_real *w_ih, const nv_real *w_hh, nv_real *dgates, size_t B, size_t I,
                  size_t H)
{
  for (size_t b = 0; b < B; b++)
    gates_backward (dgates + b * 4 * H, dc_prev + b * H, dh + b * H, dc + b * H, c_prev + b * H,
                    c + b * H, gates + b * 4 * H, H);
  nv_linear_backward (dx, dw_ih, db_ih, dgates, x, w_ih, B, I, 4 * H);
  nv_linear_backward (dh_prev, dw_hh, db_hh, dgates, h_prev, w_hh, B, H, 4 * H);
}
