/* Tests and effect sizes of comparisons between two arms. */
#include <math.h>
#include <string.h>

#include "stats/stats.h"
#include "stats/stats_private.h"

#define ROUNDING 1e-10 /* of the largest score: differences as small are none */
#define EXACT_MAX 50 /* differences; 2^50 sign patterns are counted exactly in a double */

/* P (W <= w) where each rank counts with probability 1/2. All are given times two, which makes
 * whole numbers of the ranks of ties: twice[n], twice_w. */
static double
signed_rank_cdf (const gsize *twice, gsize n, gsize twice_w)
{
  gsize most = n * (n + 1);
  g_autofree double *ways = g_new0 (double, most + 1);
  double below = 0;
  ways[0] = 1;
  for (gsize i = 0; i < n; i++)
    for (gsize sum = most; sum >= twice[i]; sum--)
      ways[sum] += ways[sum - twice[i]];
  for (gsize sum = 0; sum <= MIN (twice_w, most); sum++)
    below += ways[sum];
  return ldexp (below, -(int) n);
}

/* Two-sided, given the ranks of the differences' sizes; W: the sum of the positive ones'. Turning
 * all signs turns W into total - W, so that both tails are equal, with ties too. */
static double
exact_p (const double *rank, gsize n, double W)
{
  gsize twice[EXACT_MAX], total = n * (n + 1), w = (gsize) (2 * W);
  for (gsize i = 0; i < n; i++)
    twice[i] = (gsize) (2 * rank[i]);
  return fmin (1, 2 * signed_rank_cdf (twice, n, MIN (w, total - w)));
}

/* Sum of t^3 - t over groups of t equal values. */
static double
tie_correction (const double *x, gsize n)
{
  g_autofree NvKeyed *sorted = nv_i_sort_keyed (x, n);
  double sum = 0;
  for (gsize i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && sorted[end].key == sorted[i].key;)
      end++;
    double t = (double) (end - i);
    sum += t * t * t - t;
  }
  return sum;
}

/* Sizes that lie within `grain` of the next smaller one become equal to it: 0.9437 - 0.9412 and
 * 0.9423 - 0.9398 are ties, though their last bits differ. */
static void
level_sizes (double *size, gsize n, double grain)
{
  g_autofree NvKeyed *sorted = nv_i_sort_keyed (size, n);
  for (gsize i = 1; i < n; i++)
    if (sorted[i].key - sorted[i - 1].key <= grain)
      size[sorted[i].index] = size[sorted[i - 1].index];
}

double
nv_i_wilcoxon (const double *x, const double *y, gsize n, double *lean)
{
  g_autofree double *size = g_new (double, MAX (n, 1));
  g_autofree double *rank = g_new (double, MAX (n, 1));
  g_autofree gboolean *positive = g_new (gboolean, MAX (n, 1));
  double largest = 0;
  gsize m = 0;
  for (gsize i = 0; i < n; i++)
    largest = fmax (largest, fmax (fabs (x[i]), fabs (y[i])));
  const double grain = ROUNDING * largest;
  for (gsize i = 0; i < n; i++)
    if (fabs (x[i] - y[i]) > grain) {
      size[m] = fabs (x[i] - y[i]);
      positive[m++] = x[i] > y[i];
    }
  if (lean != NULL)
    *lean = 0;
  if (m == 0)
    return 1;
  level_sizes (size, m, grain);
  nv_i_ranks (rank, size, m);
  double W = 0, M = (double) m, mean = M * (M + 1) / 4;
  for (gsize i = 0; i < m; i++)
    W += positive[i] ? rank[i] : 0;
  if (lean != NULL)
    *lean = W - mean;
  if (m <= EXACT_MAX)
    return exact_p (rank, m, W);
  double sd = sqrt (M * (M + 1) * (2 * M + 1) / 24 - tie_correction (size, m) / 48);
  double z = fmax (0, fabs (W - mean) - 0.5) / sd;
  return erfc (z / sqrt (2));
}

void
nv_i_holm (double *p, gsize n)
{
  g_autofree NvKeyed *sorted = nv_i_sort_keyed (p, n);
  double worst = 0;
  for (gsize i = 0; i < n; i++) {
    worst = fmax (worst, fmin (1, sorted[i].key * (double) (n - i)));
    p[sorted[i].index] = worst;
  }
}

/* From the ranks that x has in x and y together: Mann & Whitney's U / (nx ny). */
double
nv_i_a12 (const double *x, gsize nx, const double *y, gsize ny)
{
  gsize n = nx + ny;
  if (nx == 0 || ny == 0)
    return NAN;
  g_autofree double *both = g_new (double, n), *rank = g_new (double, n);
  double sum = 0, X = (double) nx;
  memcpy (both, x, nx * sizeof (double));
  memcpy (both + nx, y, ny * sizeof (double));
  nv_i_ranks (rank, both, n);
  for (gsize i = 0; i < nx; i++)
    sum += rank[i];
  return (sum / X - (X + 1) / 2) / (double) ny;
}
