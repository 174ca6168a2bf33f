/* What a cell is worth asking for, given N (mean, sigma^2) for its score.
 *
 * Expected improvement over b (Mockus 1978; Jones et al. 1998), z = (mean - b) / sigma:
 *   EI = sigma h (z), h (z) = pdf (z) + z cdf (z).
 * It is compared in logs (Ament et al. 2023): far below the incumbent EI itself
 * underflows, and all cells would look the same. There h (z) = pdf (z) (1/z^2 - 3/z^4 +
 * 15/z^6 - ...). */
#include <math.h>

#include "bo.h"

double
bo_log_ei (double mean, double sigma, double best)
{
  const double z = (mean - best) / sigma;
  if (z > -20.0)
    return log (sigma * (nv_normal_pdf (z) + z * nv_normal_cdf (z)));
  const double u = 1.0 / (z * z);
  return log (sigma) - 0.5 * z * z - 0.9189385332046727 + log (u)
         + log1p (u * (-3.0 + u * (15.0 - 105.0 * u)));
}

double
bo_acquire (const BoOptions *opt, double mean, double variance, double best)
{
  const double sigma = opt->sigma == BO_SD ? sqrt (variance) : variance;
  if (opt->acquisition == BO_EI)
    return bo_log_ei (mean, sigma, best);
  return mean + (opt->acquisition == BO_UCB ? opt->kappa : 3.0) * sigma;
}

void
bo_top_init (BoTop *top, gsize room)
{
  *top = (BoTop){ .room = room };
  top->index = g_new (guint32, room);
  top->value = g_new (double, room);
}

void
bo_top_clear (BoTop *top)
{
  g_free (top->index);
  g_free (top->value);
}

void
bo_top_offer (BoTop *top, guint32 index, double value)
{
  if (top->n == top->room && value <= top->value[top->n - 1])
    return;
  gsize i = top->n < top->room ? top->n++ : top->n - 1;
  for (; i > 0 && top->value[i - 1] < value; i--) {
    top->value[i] = top->value[i - 1];
    top->index[i] = top->index[i - 1];
  }
  top->value[i] = value;
  top->index[i] = index;
}

void
bo_factorise (double *factor, const nv_real *covariance, gsize M)
{
  double largest = 1e-9;
  for (gsize i = 0; i < M; i++)
    largest = MAX (largest, (double) covariance[i * M + i]);
  for (double jitter = 1e-6 * largest; jitter < 1e6 * largest; jitter *= 10.0) {
    for (gsize i = 0; i < M * M; i++)
      factor[i] = covariance[i];
    for (gsize i = 0; i < M; i++)
      factor[i * M + i] += jitter;
    if (nv_cholesky (factor, M))
      return;
  }
}

gsize
bo_draw_best (const nv_real *mean, const double *factor, double *normal, gsize M, NvRng *rng)
{
  gsize best = 0;
  double most = -INFINITY;
  for (gsize i = 0; i < M; i++)
    normal[i] = nv_rng_normal (rng);
  for (gsize i = 0; i < M; i++) {
    double value = mean[i];
    for (gsize j = 0; j <= i; j++)
      value += factor[i * M + j] * normal[j];
    if (value > most) {
      most = value;
      best = i;
    }
  }
  return best;
}
