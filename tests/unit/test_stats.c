/* Statistics against published values, naive twins and enumeration. */
#include <math.h>

#include "stats/stats.h"

#define NEAR(a, b) g_assert_cmpfloat_with_epsilon ((a), (b), 1e-9)
#define N(array) G_N_ELEMENTS (array)

static void
test_summary (void)
{
  const double x[] = { 7.25, 1.5, 4.0, 2.385 }, one[] = { 2.385 };
  NEAR (nv_i_mean (x, N (x)), 3.78375);
  NEAR (nv_i_sd (x, N (x)), sqrt ((3.46625 * 3.46625 + 2.28375 * 2.28375 + 0.21625 * 0.21625
                                   + 1.39875 * 1.39875) / 3));
  g_assert_true (isnan (nv_i_mean (NULL, 0)) && isnan (nv_i_sd (one, 1)));
  const double large[] = { 1.5e308, 1.25e308 };
  double low, high;
  NEAR (nv_i_mean (large, 2) / 1.375e308, 1);
  nv_i_mean_interval (large, 2, &low, &high);
  NEAR (low / 1.25e308, 1);
  NEAR (high / 1.5e308, 1);
  NEAR (nv_i_quantile (x, N (x), 0), 1.5);
  NEAR (nv_i_quantile (x, N (x), 0.3), 2.2965);
  NEAR (nv_i_quantile (x, N (x), 0.5), 3.1925);
  NEAR (nv_i_quantile (x, N (x), 1), 7.25);
  NEAR (nv_i_quantile (one, 1, 0.77), 2.385);
  g_assert_true (isnan (nv_i_quantile (NULL, 0, 0.5)));
}

static void
test_ranks (void)
{
  const double x[] = { 3.5, 1.25, 3.5, -2, 9, 3.5, 1.25 };
  const double expected[] = { 5, 2.5, 5, 1, 7, 5, 2.5 };
  double rank[N (x)];
  nv_i_ranks (rank, x, N (x));
  for (gsize i = 0; i < N (x); i++)
    NEAR (rank[i], expected[i]);
}

/* A key that is no number is its own level: the loops over levels must not wait for it. */
static void
test_no_number (void)
{
  const double x[] = { NAN, 1, 2, NAN }, y[] = { 4, 1, 3, 2 };
  const guint32 group[] = { 0, 0, 1, 1 };
  double low, high;
  NvRng rng;
  nv_rng_init (&rng, 6, "no number", 0);
  nv_i_kendall (x, y, N (x));
  nv_i_expected_best (x, y, N (x), 2);
  nv_i_bootstrap_spearman (x, y, group, N (x), 2, 9, 0.9, &rng, &low, &high);
}

/* Anscombe (1973), first set; and the textbook pairs of IQ and hours of television. */
static void
test_correlations (void)
{
  const double x[] = { 10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5 };
  const double y[] = { 8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68 };
  const double iq[] = { 106, 86, 100, 101, 99, 103, 97, 113, 112, 110 };
  const double tv[] = { 7, 0, 27, 50, 28, 29, 20, 12, 6, 17 };
  const double tied_x[] = { 12, 2, 1, 12, 2 }, tied_y[] = { 1, 4, 7, 1, 0 };
  const double flat[] = { 2.385, 2.385, 2.385, 2.385, 2.385 };
  double tenths[10], others[10]; /* whose means are rounded */
  for (guint i = 0; i < 10; i++)
    tenths[i] = .1, others[i] = .7;
  g_assert_cmpfloat_with_epsilon (nv_i_pearson (x, y, N (x)), 0.81642051634484, 1e-12);
  NEAR (nv_i_spearman (iq, tv, N (iq)), -29.0 / 165);
  NEAR (nv_i_kendall (iq, tv, N (iq)), -5.0 / 45);
  NEAR (nv_i_kendall (tied_x, tied_y, N (tied_x)), -0.47140452079103173);
  g_assert_true (isnan (nv_i_pearson (tied_x, flat, 5)));
  g_assert_true (isnan (nv_i_pearson (tenths, others, 10)));
  g_assert_true (isnan (nv_i_spearman (flat, tied_x, 5)));
  g_assert_true (isnan (nv_i_kendall (flat, tied_x, 5)));
  g_assert_true (isnan (nv_i_kendall (x, y, 1)));
}

static double
naive_kendall (const double *x, const double *y, gsize n)
{
  double sum = 0, untied_x = 0, untied_y = 0;
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < i; j++) {
      int a = (x[i] > x[j]) - (x[i] < x[j]), b = (y[i] > y[j]) - (y[i] < y[j]);
      sum += a * b;
      untied_x += a != 0;
      untied_y += b != 0;
    }
  return sum / sqrt (untied_x * untied_y);
}

static void
test_kendall_twin (void)
{
  NvRng rng;
  double x[101], y[101];
  nv_rng_init (&rng, 3, "kendall", 0);
  for (gsize n = 2; n <= N (x); n += 9) {
    for (gsize i = 0; i < n; i++) {
      x[i] = nv_rng_below (&rng, 12) / 7.0;
      y[i] = x[i] * 0.3 + nv_rng_below (&rng, 9) / 7.0;
    }
    x[0] = -0.5, x[1] = 0.25, y[0] = 2.385, y[1] = -7;
    NEAR (nv_i_kendall (x, y, n), naive_kendall (x, y, n));
  }
}

/* By counting, for each value, those above it and those level with it. */
static double
naive_chance (const double *x, gsize n, gsize i, gsize k)
{
  double above = 0, level = 0;
  for (gsize j = 0; j < n; j++) {
    above += x[j] > x[i];
    level += x[j] == x[i];
  }
  return CLAMP (((double) k - above) / level, 0, 1);
}

static void
test_top_precision (void)
{
  const double score[] = { 5, 1, 4, 3, 2 }, truth[] = { 2.385, 9, 7, -1, 8 };
  NEAR (nv_i_top_precision (score, truth, 5, 1), 0);
  NEAR (nv_i_top_precision (score, truth, 5, 3), 1.0 / 3);
  NEAR (nv_i_top_precision (score, truth, 5, 5), 1);
  NvRng rng;
  double x[67], y[67];
  nv_rng_init (&rng, 4, "top", 0);
  for (gsize i = 0; i < N (x); i++) {
    x[i] = nv_rng_below (&rng, 9) / 7.0;
    y[i] = x[i] + nv_rng_below (&rng, 5) / 7.0;
  }
  for (gsize k = 1; k <= N (x); k += 3) {
    double both = 0;
    for (gsize i = 0; i < N (x); i++)
      both += naive_chance (x, N (x), i, k) * naive_chance (y, N (x), i, k);
    NEAR (nv_i_top_precision (x, y, N (x), k), both / (double) k);
  }
}

static void
test_bootstrap (void)
{
  NvRng rng, again;
  double x[64], low, high, low2, high2;
  nv_rng_init (&rng, 5, "sample", 0);
  for (gsize i = 0; i < N (x); i++)
    x[i] = 2.385 + nv_rng_normal (&rng);
  nv_rng_init (&rng, 5, "bootstrap", 0);
  nv_rng_init (&again, 5, "bootstrap", 0);
  nv_i_bootstrap_mean (x, N (x), 4000, 0.95, &rng, &low, &high);
  nv_i_bootstrap_mean (x, N (x), 4000, 0.95, &again, &low2, &high2);
  g_assert_cmpfloat (low, ==, low2);
  g_assert_cmpfloat (high, ==, high2);
  double half = 1.96 * nv_i_sd (x, N (x)) / 8, mean = nv_i_mean (x, N (x));
  g_assert_cmpfloat_with_epsilon (low, mean - half, 0.1 * half);
  g_assert_cmpfloat_with_epsilon (high, mean + half, 0.1 * half);
  nv_i_bootstrap_mean (x, 1, 7, 0.95, &rng, &low, &high);
  g_assert_cmpfloat (low, ==, x[0]);
  g_assert_cmpfloat (high, ==, x[0]);
}

/* Hamilton's depression scale at two visits (Hollander & Wolfe 1973, table 3.1): T+ = 40,
 * one-sided p = .0195. And: with n differences of one sign, p = 2^(1 - n). */
static void
test_wilcoxon_exact (void)
{
  const double before[] = { 1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30 };
  const double after[] = { 0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29 };
  double x[50], zero[50] = { 0 };
  NEAR (nv_i_wilcoxon (before, after, N (before), NULL), 2 * 0.01953125);
  NEAR (nv_i_wilcoxon (after, before, N (before), NULL), 2 * 0.01953125);
  for (gsize n = 1; n <= N (x); n += 7) {
    for (gsize i = 0; i < n; i++)
      x[i] = 0.1 + (double) i;
    NEAR (nv_i_wilcoxon (x, zero, n, NULL), ldexp (1, 1 - (int) n));
  }
  /* n = 10, W = 8: the tables' 5 % point, 2 x 25 / 1024 */
  for (gsize i = 0; i < 10; i++)
    x[i] = (double) (i + 1) * (i == 2 || i == 4 ? -1 : 1);
  NEAR (nv_i_wilcoxon (x, zero, 10, NULL), 50.0 / 1024);
  NEAR (nv_i_wilcoxon (x, x, 10, NULL), 1);
  NEAR (nv_i_wilcoxon (x, x, 0, NULL), 1);
}

/* Differences of one size, all of one sign: p is 2^(1 - n), as without ties. */
static void
test_wilcoxon_ties (void)
{
  const double x[] = { 3.25, 2, 1.5, 4, 7, 6 }, y[] = { 2.25, 1, 2.5, 2, 4, 6 };
  double equal[50], zero[50] = { 0 };
  for (gsize i = 0; i < N (equal); i++)
    equal[i] = 2.385;
  for (gsize n = 1; n <= N (equal); n += 7)
    NEAR (nv_i_wilcoxon (equal, zero, n, NULL), ldexp (1, 1 - (int) n));
  NEAR (nv_i_wilcoxon (equal, zero, 5, NULL), 0.0625);
  /* differences 1 1 -1 2 3 0: W- = 2 of ranks 2 2 2 4 5; no sign or one of the 2s: 4 of 32 */
  NEAR (nv_i_wilcoxon (x, y, N (x), NULL), 0.25);
  NEAR (nv_i_wilcoxon (y, x, N (x), NULL), 0.25);
}

/* 51 differences, more than the exact count goes to: W+ = 901, mean 663, variance 11381.5; and 17
 * ties of three: W+ = 884, variance 11381.5 - 17 * 24 / 48. */
static void
test_wilcoxon_normal (void)
{
  double a[51], b[51] = { 0 }, ties[51];
  for (gsize i = 0; i < N (a); i++) {
    double sign = i % 3 == 0 ? -1 : 1;
    a[i] = (double) (i + 1) * sign;
    ties[i] = (double) (i / 3 + 1) * sign;
  }
  NEAR (nv_i_wilcoxon (a, b, N (a), NULL), erfc (237.5 / sqrt (11381.5) / sqrt (2)));
  NEAR (nv_i_wilcoxon (ties, b, N (ties), NULL), erfc (220.5 / sqrt (11373) / sqrt (2)));
}

/* The rank of |d[i]|: what is smaller, and half of what is equal. */
static double
naive_rank (const double *d, gsize n, gsize i)
{
  double rank = 0.5;
  for (gsize j = 0; j < n; j++)
    rank += fabs (d[j]) < fabs (d[i]) ? 1 : fabs (d[j]) == fabs (d[i]) ? 0.5 : 0;
  return rank;
}

/* The share of all 2^n patterns of signs whose W is as far from its mean as that of d[n]. */
static double
naive_wilcoxon (const double *d, gsize n)
{
  double rank[10], W = 0, mean = (double) (n * (n + 1)) / 4;
  guint far = 0;
  for (gsize i = 0; i < n; i++) {
    rank[i] = naive_rank (d, n, i);
    W += d[i] > 0 ? rank[i] : 0;
  }
  for (guint signs = 0; signs < 1u << n; signs++) {
    double sum = 0;
    for (gsize i = 0; i < n; i++)
      sum += signs >> i & 1 ? rank[i] : 0;
    far += fabs (sum - mean) >= fabs (W - mean);
  }
  return ldexp (far, -(int) n);
}

/* Ties up to rounding: of 0.9437 - 0.9412 and 0.9423 - 0.9398 the last bits differ. */
static void
test_wilcoxon_rounding (void)
{
  double x[12], y[12], d[10], lean;
  for (gsize i = 0; i < 10; i++) {
    y[i] = 0.9398 + 0.0014 * (double) (i % 3) + 0.0003 * (double) i;
    d[i] = i % 4 == 1 ? -25 : i < 6 ? 25 : 50;
    x[i] = y[i] + d[i] * 1e-4;
  }
  x[10] = y[10] = 0.3;
  x[11] = 0.1 + 0.2;
  y[11] = 0.3;
  NEAR (nv_i_wilcoxon (x, y, 12, &lean), naive_wilcoxon (d, 10));
  g_assert_cmpfloat (lean, >, 0);
  nv_i_wilcoxon (y, x, 12, &lean);
  g_assert_cmpfloat (lean, <, 0);
}

/* Few sizes give many ties, many give few. */
static void
test_wilcoxon_twin (void)
{
  double d[10], zero[10] = { 0 };
  NvRng rng;
  nv_rng_init (&rng, 4, "wilcoxon", 0);
  for (guint sizes = 1; sizes <= 16; sizes *= 2)
    for (gsize n = 1; n <= N (d); n++) {
      for (gsize i = 0; i < n; i++)
        d[i] = (floor (sizes * nv_rng_uniform (&rng)) + 1) * (nv_rng_uniform (&rng) < 0.3 ? -1 : 1);
      NEAR (nv_i_wilcoxon (d, zero, n, NULL), naive_wilcoxon (d, n));
    }
}

static void
test_holm (void)
{
  double p[] = { 0.01, 0.04, 0.03, 0.005 }, big[] = { 0.9, 0.4, 0.7 }, one[] = { 0.2385 };
  nv_i_holm (p, N (p));
  NEAR (p[0], 0.03);
  NEAR (p[1], 0.06);
  NEAR (p[2], 0.06);
  NEAR (p[3], 0.02);
  nv_i_holm (big, N (big));
  NEAR (big[0], 1);
  NEAR (big[1], 1);
  NEAR (big[2], 1);
  nv_i_holm (one, 1);
  NEAR (one[0], 0.2385);
}

static void
test_a12 (void)
{
  const double x[] = { 2.5, 3.5, 3.5, 7, -1 }, y[] = { 3.5, 2.5, 0.5 };
  double wins = 0;
  for (gsize i = 0; i < N (x); i++)
    for (gsize j = 0; j < N (y); j++)
      wins += x[i] > y[j] ? 1 : x[i] == y[j] ? 0.5 : 0;
  NEAR (nv_i_a12 (x, N (x), y, N (y)), wins / (N (x) * N (y)));
  NEAR (nv_i_a12 (y, N (y), x, N (x)), 1 - wins / (N (x) * N (y)));
  g_assert_true (isnan (nv_i_a12 (x, N (x), y, 0)));
}

/* Mean over all subsets of k of n of the mean value among the subset's best keys. */
static double
enumerated_best (const double *key, const double *value, gsize n, gsize k)
{
  double total = 0, subsets = 0;
  for (guint set = 0; set < 1u << n; set++) {
    double best = -INFINITY, sum = 0, ties = 0;
    if ((gsize) __builtin_popcount (set) != k)
      continue;
    for (gsize i = 0; i < n; i++)
      if (set >> i & 1)
        best = fmax (best, key[i]);
    for (gsize i = 0; i < n; i++)
      if ((set >> i & 1) && key[i] == best) {
        sum += value[i];
        ties++;
      }
    total += sum / ties;
    subsets++;
  }
  return total / subsets;
}

static void
test_expected_best (void)
{
  const double key[] = { 0.5, 0.9, 0.1, 0.9, 0.5, 0.7, 0.5 };
  const double value[] = { 3.25, 1.5, 2.385, 8, 4, -2, 0.75 };
  for (gsize n = 1; n <= N (key); n++)
    for (gsize k = 1; k <= n; k++)
      NEAR (nv_i_expected_best (key, value, n, k), enumerated_best (key, value, n, k));
}

static void
test_expected_best_drawn (void)
{
  enum { POOL = 200, DRAW = 15, TIMES = 20000 };
  double key[POOL], value[POOL], mean = 0, square = 0;
  guint32 order[POOL];
  NvRng rng;
  nv_rng_init (&rng, 7, "draw", 0);
  for (guint i = 0; i < POOL; i++) {
    key[i] = nv_rng_uniform (&rng);
    value[i] = key[i] * key[i] + nv_rng_uniform (&rng);
    order[i] = i;
  }
  for (guint t = 0; t < TIMES; t++) {
    gsize best = 0;
    nv_rng_shuffle (&rng, order, POOL);
    for (gsize i = 1; i < DRAW; i++)
      best = key[order[i]] > key[order[best]] ? i : best;
    mean += value[order[best]] / TIMES;
    square += value[order[best]] * value[order[best]] / TIMES;
  }
  double error = sqrt ((square - mean * mean) / TIMES);
  g_assert_cmpfloat_with_epsilon (nv_i_expected_best (key, value, POOL, DRAW), mean, 4 * error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stats/summary", test_summary);
  g_test_add_func ("/stats/ranks", test_ranks);
  g_test_add_func ("/stats/no-number", test_no_number);
  g_test_add_func ("/stats/correlations", test_correlations);
  g_test_add_func ("/stats/kendall-twin", test_kendall_twin);
  g_test_add_func ("/stats/top-precision", test_top_precision);
  g_test_add_func ("/stats/bootstrap", test_bootstrap);
  g_test_add_func ("/stats/wilcoxon-exact", test_wilcoxon_exact);
  g_test_add_func ("/stats/wilcoxon-ties", test_wilcoxon_ties);
  g_test_add_func ("/stats/wilcoxon-normal", test_wilcoxon_normal);
  g_test_add_func ("/stats/wilcoxon-twin", test_wilcoxon_twin);
  g_test_add_func ("/stats/wilcoxon-rounding", test_wilcoxon_rounding);
  g_test_add_func ("/stats/holm", test_holm);
  g_test_add_func ("/stats/a12", test_a12);
  g_test_add_func ("/stats/expected-best", test_expected_best);
  g_test_add_func ("/stats/expected-best-drawn", test_expected_best_drawn);
  return g_test_run ();
}
