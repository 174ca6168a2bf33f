/* Losses with their gradients. Sums run in short stretches of nv_real that are added in double. */
#include <nasvec/nn.h>

#include "nn/fastmath.h"

enum { STRETCH = 256, LANES = 16 };

/* sum of term[0 .. n - 1], n <= STRETCH */
static inline double
sum_stretch (const nv_real *term, size_t n)
{
  nv_real sum[LANES] = { 0 };
  size_t j = 0;
  for (; j + LANES <= n; j += LANES)
    for (size_t l = 0; l < LANES; l++)
      sum[l] += term[j + l];
  for (size_t l = 0; j < n; j++, l++)
    sum[l] += term[j];
  double total = 0;
  for (size_t l = 0; l < LANES; l++)
    total += (double) sum[l];
  return total;
}

NV_SIMD double
nv_mse (nv_real *dy, const nv_real *y, const nv_real *target, size_t n)
{
  double total = 0;
  nv_real term[STRETCH], scale = n > 0 ? 2 / (nv_real) n : 0;
  for (size_t i = 0; i < n; i += STRETCH) {
    size_t m = MIN (STRETCH, n - i);
    for (size_t j = 0; j < m; j++) {
      nv_real d = y[i + j] - target[i + j];
      term[j] = d * d;
      if (dy != NULL)
        dy[i + j] = scale * d;
    }
    total += sum_stretch (term, m);
  }
  return n > 0 ? total / (double) n : 0;
}

/* max (x, 0) - x t + log (1 + exp (-|x|)); derivative sigmoid (x) - t */
NV_SIMD double
nv_bce (nv_real *dlogit, const nv_real *logit, const nv_real *target, size_t n)
{
  double total = 0;
  nv_real term[STRETCH], scale = n > 0 ? 1 / (nv_real) n : 0;
  for (size_t i = 0; i < n; i += STRETCH) {
    size_t m = MIN (STRETCH, n - i);
    for (size_t j = 0; j < m; j++) {
      nv_real x = logit[i + j], t = target[i + j], e = fast_exp (-real_abs (x));
      term[j] = (x > 0 ? x : 0) - x * t + fast_log (1 + e);
      nv_real s = (x > 0 ? 1 : e) / (1 + e);
      if (dlogit != NULL)
        dlogit[i + j] = scale * (s - t);
    }
    total += sum_stretch (term, m);
  }
  return n > 0 ? total / (double) n : 0;
}

/* log sum exp (x) - x[class]; derivative softmax (x) - 1 at the class. The largest logit is taken
 * out before exp. */
static double
softmax_row (nv_real *d, const nv_real *x, size_t class, size_t C, nv_real scale)
{
  nv_real largest = x[0], sum = 0;
  for (size_t c = 1; c < C; c++)
    largest = MAX (largest, x[c]);
  for (size_t c = 0; c < C; c++)
    sum += fast_exp (x[c] - largest);
  for (size_t c = 0; c < C && d != NULL; c++)
    d[c] = scale * (fast_exp (x[c] - largest) / sum - (c == class));
  return (double) (fast_log (sum) - (x[class] - largest));
}

double
nv_softmax (nv_real *dlogit, const nv_real *logit, const guint8 *class, size_t R, size_t C)
{
  double total = 0;
  for (size_t r = 0; r < R; r++) {
    nv_real *d = dlogit != NULL ? dlogit + r * C : NULL;
    if (class[r] < C)
      total += softmax_row (d, logit + r * C, class[r], C, 1 / (nv_real) R);
    else
      for (size_t c = 0; c < C && d != NULL; c++)
        d[c] = 0;
  }
  return R > 0 ? total / (double) R : 0;
}

NV_SIMD double
nv_kl (nv_real *dmu, nv_real *ds, const nv_real *mu, const nv_real *s, size_t n, double scale)
{
  double total = 0;
  nv_real term[STRETCH], factor = (nv_real) scale;
  for (size_t i = 0; i < n; i += STRETCH) {
    size_t m = MIN (STRETCH, n - i);
    for (size_t j = 0; j < m; j++) {
      nv_real v = fast_exp (2 * s[i + j]);
      term[j] = mu[i + j] * mu[i + j] + v - 1 - 2 * s[i + j];
      if (dmu != NULL) {
        dmu[i + j] += factor * mu[i + j];
        ds[i + j] += factor * (v - 1);
      }
    }
    total += sum_stretch (term, m);
  }
  return 0.5 * scale * total;
}
