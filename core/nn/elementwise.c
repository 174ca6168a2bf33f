/* Activations and dropout, element by element. */
#include <nasvec/nn.h>

#include "nn/fastmath.h"

NV_SIMD void
nv_relu (nv_real *y, const nv_real *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = x[i] > 0 ? x[i] : 0;
}

NV_SIMD void
nv_relu_backward (nv_real *dx, const nv_real *dy, const nv_real *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dx[i] = y[i] > 0 ? dy[i] : 0;
}

NV_SIMD void
nv_tanh (nv_real *y, const nv_real *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = fast_tanh (x[i]);
}

NV_SIMD void
nv_tanh_backward (nv_real *dx, const nv_real *dy, const nv_real *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dx[i] = dy[i] * (1 - y[i] * y[i]);
}

NV_SIMD void
nv_sigmoid (nv_real *y, const nv_real *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = fast_sigmoid (x[i]);
}

NV_SIMD void
nv_sigmoid_backward (nv_real *dx, const nv_real *dy, const nv_real *y, size_t n)
{
  for (size_t i = 0; i < n; i++)
    dx[i] = dy[i] * y[i] * (1 - y[i]);
}

NV_SIMD void
nv_exp (nv_real *y, const nv_real *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = fast_exp (x[i]);
}

NV_SIMD static void
apply_dropout (nv_real *y, nv_real *mask, const nv_real *x, size_t n, nv_real p)
{
  nv_real keep = 1 / (1 - p);
  for (size_t i = 0; i < n; i++) {
    mask[i] = mask[i] < p ? 0 : keep;
    y[i] = x[i] * mask[i];
  }
}

void
nv_dropout (nv_real *y, nv_real *mask, const nv_real *x, size_t n, double p, NvRng *rng)
{
  nv_rng_fill_uniform (rng, mask, n);
  apply_dropout (y, mask, x, n, (nv_real) p);
}
