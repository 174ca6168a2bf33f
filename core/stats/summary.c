/* Summaries of a sample: mean, spread, quantiles, bootstrap interval, and what the best of
 * a random draw is worth. */
#include <math.h>
#include <string.h>

#include "stats/stats.h"
#include "stats/stats_private.h"

int
nv_i_compare_double (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

double
nv_i_mean (const double *x, gsize n)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += x[i];
  if (isfinite (sum) || n == 0)
    return n > 0 ? sum / (double) n : NAN;
  sum = 0; /* too large for a sum, not for a mean */
  for (gsize i = 0; i < n; i++)
    sum += x[i] / (double) n;
  return sum;
}

double
nv_i_sd (const double *x, gsize n)
{
  double mean = nv_i_mean (x, n), sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  return n > 1 ? sqrt (sum / (double) (n - 1)) : NAN;
}

static double
sorted_quantile (const double *sorted, gsize n, double q)
{
  double place = (double) (n - 1) * q;
  gsize below = MIN ((gsize) place, n - 1), above = MIN (below + 1, n - 1);
  return sorted[below] + (place - (double) below) * (sorted[above] - sorted[below]);
}

double
nv_i_quantile (const double *x, gsize n, double q)
{
  g_return_val_if_fail (q >= 0 && q <= 1, NAN);
  if (n == 0)
    return NAN;
  g_autofree double *sorted = g_memdup2 (x, n * sizeof (double));
  qsort (sorted, n, sizeof (double), nv_i_compare_double);
  return sorted_quantile (sorted, n, q);
}

void
nv_i_bootstrap_mean (const double *x, gsize n, guint B, double level, NvRng *rng,
                     double *low, double *high)
{
  g_return_if_fail (n > 0 && n <= G_MAXUINT32 && B > 0 && level > 0 && level < 1);
  g_autofree double *means = g_new (double, B), *draw = g_new (double, n);
  for (guint b = 0; b < B; b++) {
    for (gsize i = 0; i < n; i++)
      draw[i] = x[nv_rng_below (rng, (guint32) n)];
    means[b] = nv_i_mean (draw, n);
  }
  qsort (means, B, sizeof (double), nv_i_compare_double);
  *low = sorted_quantile (means, B, (1 - level) / 2);
  *high = sorted_quantile (means, B, (1 + level) / 2);
}

void
nv_i_mean_interval (const double *x, gsize n, double *low, double *high)
{
  NvRng rng;
  *low = *high = NAN;
  if (n < 2)
    return;
  nv_rng_init (&rng, 0, "report summary", n);
  nv_i_bootstrap_mean (x, n, 10000, 0.95, &rng, low, high);
}

/* With the keys in ascending order, the best of the draw is among the lowest b with
 * probability F(b) = C(b, k) / C(n, k); F(n) = 1 and F(b - 1) = F(b) (b - k) / b. */
double
nv_i_expected_best (const double *key, const double *value, gsize n, gsize k)
{
  g_return_val_if_fail (k >= 1 && k <= n, NAN);
  g_autofree NvKeyed *sorted = nv_i_sort_keyed (key, n);
  double expected = 0, F = 1;
  for (gsize b = n; b >= k;) {
    gsize top = b;
    double sum = 0, F_top = F, at = sorted[b - 1].key;
    do {
      sum += value[sorted[b - 1].index];
      F *= b > k ? (double) (b - k) / (double) b : 0;
      b--;
    } while (b > 0 && sorted[b - 1].key == at);
    expected += (F_top - F) * sum / (double) (top - b);
  }
  return expected;
}
