/* Weights in one block, and their optimisers. */
#include <nasvec/nn.h>

#include "nn/fastmath.h"
#include "nn/simd.h"

enum { ALIGNMENT = 64, LANES = 64 };

void
nv_weights_init (NvWeights *w, gsize count)
{
  gsize stride = (count + LANES - 1) / LANES * LANES;
  nv_real *block = g_aligned_alloc0 (4 * MAX (stride, 1), sizeof (nv_real), ALIGNMENT);
  *w = (NvWeights){ .value = block, .grad = block + stride, .m = block + 2 * stride,
                    .v = block + 3 * stride, .count = count };
}

void
nv_weights_clear (NvWeights *w)
{
  g_aligned_free (w->value);
  *w = (NvWeights){ 0 };
}

void
nv_weights_zero_grad (NvWeights *w)
{
  for (gsize i = 0; i < w->count; i++)
    w->grad[i] = 0;
}

/* Sum of squares in LANES parallel sums, each in the precision of nv_real over a short stretch. */
NV_SIMD static double
squares (const nv_real *x, size_t n)
{
  double total = 0;
  for (size_t i = 0; i < n; i += 16 * LANES) {
    nv_real sum[LANES] = { 0 };
    size_t end = MIN (n, i + 16 * LANES), j = i;
    for (; j + LANES <= end; j += LANES)
      for (size_t l = 0; l < LANES; l++)
        sum[l] += x[j + l] * x[j + l];
    for (size_t l = 0; j < end; j++, l++)
      sum[l] += x[j] * x[j];
    for (size_t l = 0; l < LANES; l++)
      total += (double) sum[l];
  }
  return total;
}

NV_SIMD static void
scale (nv_real *x, size_t n, nv_real factor)
{
  for (size_t i = 0; i < n; i++)
    x[i] *= factor;
}

double
nv_weights_clip (NvWeights *w, double max_norm)
{
  double norm = sqrt (squares (w->grad, w->count));
  if (norm > max_norm)
    scale (w->grad, w->count, (nv_real) (max_norm / norm));
  return norm;
}

/* Moments that fade out end at zero, not among the slow denormal numbers. */
static inline nv_real
flush (nv_real x)
{
  return x < (nv_real) 1e-30 && x > (nv_real) -1e-30 ? 0 : x;
}

NV_SIMD static void
adam (nv_real *restrict value, nv_real *restrict m, nv_real *restrict v,
      const nv_real *restrict grad, size_t n, nv_real rate, nv_real beta1, nv_real beta2,
      nv_real eps, nv_real decay)
{
  for (size_t i = 0; i < n; i++) {
    nv_real g = grad[i] + decay * value[i];
    m[i] = flush (beta1 * m[i] + (1 - beta1) * g);
    v[i] = flush (beta2 * v[i] + (1 - beta2) * g * g);
    value[i] -= rate * m[i] / (real_sqrt (v[i]) + eps);
  }
}

/* value -= lr m^ / (sqrt v^ + eps) with m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t); the square
 * root of the latter is taken out of the loop, into rate and eps. */
void
nv_weights_adam (NvWeights *w, double lr, double beta1, double beta2, double eps,
                 double weight_decay)
{
  w->t++;
  double root = sqrt (1 - pow (beta2, (double) w->t));
  adam (w->value, w->m, w->v, w->grad, w->count,
        (nv_real) (lr * root / (1 - pow (beta1, (double) w->t))), (nv_real) beta1,
        (nv_real) beta2, (nv_real) (eps * root), (nv_real) weight_decay);
}

void
nv_weights_sgd (NvWeights *w, double lr)
{
  for (gsize i = 0; i < w->count; i++)
    w->value[i] -= (nv_real) lr * w->grad[i];
}

void
nv_init_linear (nv_real *value, nv_real *bias, NvRng *rng, size_t I, size_t O)
{
  nv_real bound = (nv_real) (1 / sqrt ((double) I));
  nv_rng_fill_uniform (rng, value, O * I);
  for (size_t i = 0; i < O * I; i++)
    value[i] = bound * (2 * value[i] - 1);
  if (bias == NULL)
    return;
  nv_rng_fill_uniform (rng, bias, O);
  for (size_t i = 0; i < O; i++)
    bias[i] = bound * (2 * bias[i] - 1);
}
