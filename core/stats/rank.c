/* Ranks and correlations. */
#include <math.h>
#include <string.h>

#include "stats/stats.h"
#include "stats/stats_private.h"

static int
compare_keyed (gconstpointer a, gconstpointer b)
{
  const NvKeyed *x = a, *y = b;
  int order = nv_i_compare_double (&x->key, &y->key);
  return order != 0 ? order : (x->index > y->index) - (x->index < y->index);
}

NvKeyed *
nv_i_sort_keyed (const double *key, gsize n)
{
  NvKeyed *sorted = g_new (NvKeyed, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    sorted[i] = (NvKeyed){ key[i], i };
  qsort (sorted, n, sizeof *sorted, compare_keyed);
  return sorted;
}

void
nv_i_ranks (double *rank, const double *x, gsize n)
{
  g_autofree NvKeyed *sorted = nv_i_sort_keyed (x, n);
  for (gsize i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && sorted[end].key == sorted[i].key;)
      end++;
    for (gsize j = i; j < end; j++)
      rank[sorted[j].index] = (double) (i + 1 + end) / 2;
  }
}

/* To be seen in the values: the sums of a constant's differences from its mean are not always 0. */
static gboolean
is_constant (const double *x, gsize n)
{
  gsize i = 1;
  while (i < n && x[i] == x[0])
    i++;
  return i >= n;
}

double
nv_i_pearson (const double *x, const double *y, gsize n)
{
  double mx = nv_i_mean (x, n), my = nv_i_mean (y, n), xx = 0, yy = 0, xy = 0;
  if (is_constant (x, n) || is_constant (y, n))
    return NAN;
  for (gsize i = 0; i < n; i++) {
    xx += (x[i] - mx) * (x[i] - mx);
    yy += (y[i] - my) * (y[i] - my);
    xy += (x[i] - mx) * (y[i] - my);
  }
  return xx > 0 && yy > 0 ? xy / sqrt (xx) / sqrt (yy) : NAN;
}

double
nv_i_spearman (const double *x, const double *y, gsize n)
{
  g_autofree double *rx = g_new (double, MAX (n, 1)), *ry = g_new (double, MAX (n, 1));
  nv_i_ranks (rx, x, n);
  nv_i_ranks (ry, y, n);
  return nv_i_pearson (rx, ry, n);
}

/* Sorts y[n] and returns how many exchanges of neighbours that takes. */
static double
count_exchanges (double *y, double *buffer, gsize n)
{
  if (n < 2)
    return 0;
  gsize half = n / 2, i = 0, j = half;
  double exchanges = count_exchanges (y, buffer, half)
                     + count_exchanges (y + half, buffer, n - half);
  for (gsize k = 0; k < n; k++) {
    gboolean left = j == n || (i < half && y[i] <= y[j]);
    if (!left)
      exchanges += (double) (half - i);
    buffer[k] = left ? y[i++] : y[j++];
  }
  memcpy (y, buffer, n * sizeof (double));
  return exchanges;
}

static double
pairs (gsize n)
{
  return (double) n * (double) (n - 1) / 2;
}

static double
tied_pairs (const double *sorted, gsize n)
{
  double tied = 0;
  for (gsize i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && sorted[end] == sorted[i];)
      end++;
    tied += pairs (end - i);
  }
  return tied;
}

/* tau_b = (concordant - discordant) / sqrt ((n0 - ties in x) (n0 - ties in y)), with n0
 * pairs in all; the discordant ones are the exchanges that sort y once x is sorted
 * (Knight 1966). */
double
nv_i_kendall (const double *x, const double *y, gsize n)
{
  g_autofree NvKeyed *by_x = nv_i_sort_keyed (x, n);
  g_autofree double *sorted = g_new (double, MAX (n, 1));
  g_autofree double *buffer = g_new (double, MAX (n, 1));
  double ties_x = 0, ties_xy = 0;
  for (gsize i = 0, end; i < n; i = end) {
    for (end = i + 1; end < n && by_x[end].key == by_x[i].key;)
      end++;
    for (gsize j = i; j < end; j++)
      sorted[j] = y[by_x[j].index];
    qsort (sorted + i, end - i, sizeof (double), nv_i_compare_double);
    ties_x += pairs (end - i);
    ties_xy += tied_pairs (sorted + i, end - i);
  }
  double discordant = count_exchanges (sorted, buffer, n);
  double ties_y = tied_pairs (sorted, n);
  double untied_x = pairs (n) - ties_x, untied_y = pairs (n) - ties_y;
  if (!(untied_x > 0 && untied_y > 0))
    return NAN;
  double agreement = untied_x - ties_y + ties_xy - 2 * discordant;
  return agreement / sqrt (untied_x) / sqrt (untied_y);
}

/* weight[n]: how likely x[i] is among the k highest, with ties broken at random. */
static void
top_weights (double *weight, const double *x, gsize n, gsize k)
{
  g_autofree double *sorted = g_memdup2 (x, n * sizeof (double));
  gsize above = 0, level = 0;
  qsort (sorted, n, sizeof (double), nv_i_compare_double);
  const double least = sorted[n - k];
  for (gsize i = 0; i < n; i++) {
    above += x[i] > least;
    level += x[i] == least;
  }
  const double share = (double) (k - above) / (double) level;
  for (gsize i = 0; i < n; i++)
    weight[i] = x[i] > least ? 1 : x[i] == least ? share : 0;
}

double
nv_i_top_precision (const double *score, const double *truth, gsize n, gsize k)
{
  g_return_val_if_fail (k >= 1 && k <= n, NAN);
  g_autofree double *a = g_new (double, n), *b = g_new (double, n);
  double both = 0;
  top_weights (a, score, n, k);
  top_weights (b, truth, n, k);
  for (gsize i = 0; i < n; i++)
    both += a[i] * b[i];
  return both / (double) k;
}
