/* Weights in one block, and their optimiser. */
#include <nasvec/nn.h>
#include <string.h>

#include "nn/fastmath.h"
#include "nn/kernels.h"

enum { ALIGNMENT = 64, LANES = 16, STRETCH = 1024, BLOCKS = 32 };
#define BETA1 0.9
#define BETA2 0.999
#define EPS 1e-8

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

static double
squares (const nv_real *x, size_t n)
{
  double total = 0;
  for (size_t i = 0; i < n; i += STRETCH)
    total += nv_i_dot (x + i, x + i, MIN (STRETCH, n - i));
  return total;
}

NV_SIMD static void
scale (nv_real *x, size_t n, nv_real factor)
{
  for (size_t i = 0; i < n; i++)
    x[i] *= factor;
}

/* Moments that fade out end at zero, not among the slow denormal numbers. */
static inline nv_real
flush (nv_real x)
{
  return x < (nv_real) 1e-30 && x > (nv_real) -1e-30 ? 0 : x;
}

NV_SIMD static void
adam (nv_real *restrict value, nv_real *restrict m, nv_real *restrict v,
      const nv_real *restrict grad, size_t n, nv_real rate, nv_real eps, nv_real decay)
{
  const nv_real beta1 = (nv_real) BETA1, beta2 = (nv_real) BETA2;
  for (size_t i = 0; i < n; i++) {
    nv_real g = grad[i] + decay * value[i];
    m[i] = flush (beta1 * m[i] + (1 - beta1) * g);
    v[i] = flush (beta2 * v[i] + (1 - beta2) * g * g);
    value[i] -= rate * m[i] / (real_sqrt (v[i]) + eps);
  }
}

/* value -= lr m^ / (sqrt v^ + eps) with m^ = m / (1 - beta1^t), v^ = v / (1 - beta2^t); the square
 * root of the latter is taken out of the loop, into rate and eps. */
static void
adam_rates (const NvWeights *w, double lr, nv_real *rate, nv_real *small)
{
  double root = sqrt (1 - pow (BETA2, (double) w->t));
  *rate = (nv_real) (lr * root / (1 - pow (BETA1, (double) w->t)));
  *small = (nv_real) (EPS * root);
}

/* The weights in at most BLOCKS blocks, whose number depends on their count alone. */
typedef struct {
  NvWeights *w;
  gsize block;             /* weights in a block */
  double squares[BLOCKS];
  nv_real factor, rate, small, decay;
} Step;

static void
measure_block (void *data, gsize i)
{
  Step *s = data;
  gsize at = i * s->block;
  s->squares[i] = squares (s->w->grad + at, MIN (s->block, s->w->count - at));
}

static void
step_block (void *data, gsize i)
{
  const Step *s = data;
  NvWeights *w = s->w;
  gsize at = i * s->block, n = MIN (s->block, w->count - at);
  if (s->factor < 1)
    scale (w->grad + at, n, s->factor);
  adam (w->value + at, w->m + at, w->v + at, w->grad + at, n, s->rate, s->small, s->decay);
  memset (w->grad + at, 0, n * sizeof *w->grad);
}

double
nv_weights_step (NvWeights *w, NvTeam *team, double lr, double decay, double max_norm)
{
  gsize block = (w->count / BLOCKS / STRETCH + 1) * STRETCH;
  gsize blocks = (w->count + block - 1) / block;
  Step step = { .w = w, .block = block, .factor = 1, .decay = (nv_real) decay };
  double sum = 0;
  nv_team_run (team, blocks, measure_block, &step);
  for (gsize i = 0; i < blocks; i++)
    sum += step.squares[i];
  double norm = sqrt (sum);
  if (max_norm > 0 && norm > max_norm)
    step.factor = (nv_real) (max_norm / norm);
  w->t++;
  adam_rates (w, lr, &step.rate, &step.small);
  nv_team_run (team, blocks, step_block, &step);
  return norm;
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
