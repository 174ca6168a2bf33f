/* Batch norm over rows (Ioffe & Szegedy 2015): mean and variance by two passes. */
#include <nasvec/nn.h>

#include "nn/fastmath.h"

NV_SIMD static void
moments (nv_real *restrict mean, nv_real *restrict var, const nv_real *restrict x, size_t R,
         size_t C)
{
  for (size_t c = 0; c < C; c++)
    mean[c] = var[c] = 0;
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < C; c++)
      mean[c] += x[r * C + c];
  for (size_t c = 0; c < C; c++)
    mean[c] /= (nv_real) R;
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < C; c++) {
      nv_real d = x[r * C + c] - mean[c];
      var[c] += d * d;
    }
  for (size_t c = 0; c < C; c++)
    var[c] /= (nv_real) R;
}

NV_SIMD static void
normalise (nv_real *y, const nv_real *x, const nv_real *mean, const nv_real *rstd,
           const nv_real *gamma, const nv_real *beta, size_t R, size_t C)
{
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < C; c++)
      y[r * C + c] = (x[r * C + c] - mean[c]) * rstd[c] * gamma[c] + beta[c];
}

void
nv_batchnorm (nv_real *restrict y, nv_real *restrict mean, nv_real *restrict rstd,
              nv_real *restrict running_mean, nv_real *restrict running_var, const nv_real *x,
              const nv_real *gamma, const nv_real *beta, size_t R, size_t C, double momentum,
              double eps)
{
  if (R > 1)
    moments (mean, rstd, x, R, C);
  for (size_t c = 0; c < C; c++) {
    if (R > 1) {
      nv_real m = (nv_real) momentum, unbiased = rstd[c] * (nv_real) R / (nv_real) (R - 1);
      running_mean[c] += m * (mean[c] - running_mean[c]);
      running_var[c] += m * (unbiased - running_var[c]);
    } else {
      mean[c] = running_mean[c];
      rstd[c] = running_var[c];
    }
    rstd[c] = 1 / real_sqrt (rstd[c] + (nv_real) eps);
  }
  normalise (y, x, mean, rstd, gamma, beta, R, C);
}

NV_SIMD void
nv_batchnorm_eval (nv_real *y, const nv_real *x, const nv_real *gamma, const nv_real *beta,
                   const nv_real *running_mean, const nv_real *running_var, size_t R, size_t C,
                   double eps)
{
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < C; c++) {
      nv_real rstd = 1 / real_sqrt (running_var[c] + (nv_real) eps);
      y[r * C + c] = (x[r * C + c] - running_mean[c]) * rstd * gamma[c] + beta[c];
    }
}

/* With xhat = (x - mean) rstd: dx = gamma rstd (dy - mean (dy) - xhat mean (dy xhat)). R = 1 took
 * the running statistics, which do not depend on x: dx = gamma rstd dy. */
NV_SIMD void
nv_batchnorm_backward (nv_real *restrict dx, nv_real *restrict dgamma, nv_real *restrict dbeta,
                       const nv_real *dy, const nv_real *x, const nv_real *gamma,
                       const nv_real *mean, const nv_real *rstd, size_t R, size_t C)
{
  for (size_t c0 = 0; c0 < C; c0 += 64) {
    size_t n = MIN (64, C - c0);
    nv_real sum[64] = { 0 }, dot[64] = { 0 };
    const nv_real *mu = mean + c0, *rs = rstd + c0, *ga = gamma + c0;
    for (size_t r = 0; r < R; r++) {
      const nv_real *xr = x + r * C + c0, *dr = dy + r * C + c0;
      for (size_t c = 0; c < n; c++) {
        sum[c] += dr[c];
        dot[c] += dr[c] * (xr[c] - mu[c]) * rs[c];
      }
    }
    for (size_t c = 0; c < n; c++) {
      dbeta[c0 + c] += sum[c];
      dgamma[c0 + c] += dot[c];
      sum[c] = R > 1 ? sum[c] / (nv_real) R : 0;
      dot[c] = R > 1 ? dot[c] / (nv_real) R : 0;
    }
    for (size_t r = 0; r < R; r++) {
      const nv_real *xr = x + r * C + c0, *dr = dy + r * C + c0;
      nv_real *out = dx + r * C + c0;
      for (size_t c = 0; c < n; c++)
        out[c] = ga[c] * rs[c] * (dr[c] - sum[c] - (xr[c] - mu[c]) * rs[c] * dot[c]);
    }
  }
}
