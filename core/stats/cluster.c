/* Spearman's correlation of observations that come in groups, and its percentile bootstrap over
 * the groups: each resample takes whole groups, with replacement. Davison & Hinkley, Bootstrap
 * methods and their application, 3.8.
 *
 * The observations are sorted once. A resample is a weight for each group, and the mid-ranks under
 * weights are running sums: n operations a resample. */
#include <math.h>
#include <string.h>

#include "stats/stats.h"
#include "stats/stats_private.h"

/* Mid-ranks where observation i is there weight[group[i]] times. */
static void
weighted_ranks (double *rank, const NvKeyed *sorted, const guint32 *group, const double *weight,
                gsize n)
{
  double before = 0;
  for (gsize i = 0, end; i < n; i = end) {
    double level = weight[group[sorted[i].index]];
    for (end = i + 1; end < n && sorted[end].key == sorted[i].key; end++)
      level += weight[group[sorted[end].index]];
    for (gsize j = i; j < end; j++)
      rank[sorted[j].index] = before + (level + 1) / 2;
    before += level;
  }
}

/* Is x[n] one value wherever it has a weight? */
static gboolean
is_constant (const double *x, const guint32 *group, const double *weight, gsize n)
{
  gsize first = 0;
  while (first < n && !(weight[group[first]] > 0))
    first++;
  for (gsize i = first; i < n; i++)
    if (weight[group[i]] > 0 && x[i] != x[first])
      return FALSE;
  return TRUE;
}

static double
weighted_pearson (const double *x, const double *y, const guint32 *group, const double *weight,
                  gsize n)
{
  double total = 0, mx = 0, my = 0, xx = 0, yy = 0, xy = 0;
  if (is_constant (x, group, weight, n) || is_constant (y, group, weight, n))
    return NAN;
  for (gsize i = 0; i < n; i++) {
    const double w = weight[group[i]];
    total += w;
    mx += w * x[i];
    my += w * y[i];
  }
  mx /= total;
  my /= total;
  for (gsize i = 0; i < n; i++) {
    const double w = weight[group[i]], dx = x[i] - mx, dy = y[i] - my;
    xx += w * dx * dx;
    yy += w * dy * dy;
    xy += w * dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / sqrt (xx) / sqrt (yy) : NAN;
}

void
nv_i_bootstrap_spearman (const double *x, const double *y, const guint32 *group, gsize n,
                         guint32 groups, guint B, double level, NvRng *rng, double *low,
                         double *high)
{
  g_autofree NvKeyed *by_x = nv_i_sort_keyed (x, n), *by_y = nv_i_sort_keyed (y, n);
  g_autofree double *rx = g_new (double, MAX (n, 1)), *ry = g_new (double, MAX (n, 1));
  g_autofree double *weight = g_new (double, groups), *value = g_new (double, B);
  guint made = 0;
  for (guint b = 0; b < B; b++) {
    memset (weight, 0, groups * sizeof *weight);
    for (guint32 g = 0; g < groups; g++)
      weight[nv_rng_below (rng, groups)]++;
    weighted_ranks (rx, by_x, group, weight, n);
    weighted_ranks (ry, by_y, group, weight, n);
    double rho = weighted_pearson (rx, ry, group, weight, n);
    if (!isnan (rho))
      value[made++] = rho;
  }
  *low = nv_i_quantile (value, made, (1 - level) / 2);
  *high = nv_i_quantile (value, made, (1 + level) / 2);
}
