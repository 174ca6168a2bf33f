/* What makes a cell worth asking for: expected improvement and upper bounds against
 * formulas, the list of the best, draws from a joint normal distribution. */
#include "searchers/bo/acquisition.c"

/* log of the integral of t N (t; z, 1) over t > 0, by Simpson's rule; any z. */
static double
naive_log_h (double z)
{
  const int steps = 20000; /* even */
  const double top = z > 0 ? z + 12.0 : 40.0 / (1.0 - z), step = top / steps;
  double sum = 0.0;
  for (int i = 0; i <= steps; i++) {
    double t = i * step, weight = i == 0 || i == steps ? 1.0 : i % 2 ? 4.0 : 2.0;
    sum += weight * t * exp (z > 0 ? -0.5 * (t - z) * (t - z) : t * z - 0.5 * t * t);
  }
  return log (sum * step / 3.0) - 0.5 * log (2 * G_PI) - (z > 0 ? 0.0 : 0.5 * z * z);
}

static void
expected_improvement (void)
{
  const double z[] = { -60.0, -37.5, -20.001, -19.999, -7.25, -2.385, 0.0, 0.715, 6.5 };
  for (gsize i = 0; i < G_N_ELEMENTS (z); i++) {
    const double sigma = 0.37, best = 0.9123;
    double value = bo_log_ei (best + z[i] * sigma, sigma, best);
    g_assert_cmpfloat_with_epsilon (value, log (sigma) + naive_log_h (z[i]), 2e-6);
  }
  /* a cell that is better, or less certain, is worth more however far it is below */
  g_assert_cmpfloat (bo_log_ei (-700.0, 1.3, 2.0), >, bo_log_ei (-700.1, 1.3, 2.0));
  g_assert_cmpfloat (bo_log_ei (-700.0, 1.31, 2.0), >, bo_log_ei (-700.0, 1.3, 2.0));
  g_assert_true (isfinite (bo_log_ei (-1e9, 1e-3, 2.0)));
}

static void
bounds (void)
{
  BoOptions opt = { .acquisition = BO_UCB, .sigma = BO_SD, .kappa = 1.7 };
  const double mean = 0.425, variance = 0.0576; /* 0.24^2 */
  g_assert_cmpfloat_with_epsilon (bo_acquire (&opt, mean, variance, 9.0), 0.833, 1e-12);
  opt.sigma = BO_VARIANCE;
  g_assert_cmpfloat_with_epsilon (bo_acquire (&opt, mean, variance, 9.0), 0.52292, 1e-12);
  opt.acquisition = BO_EI;
  g_assert_cmpfloat_with_epsilon (bo_acquire (&opt, mean, variance, 0.5),
                                  bo_log_ei (mean, variance, 0.5), 1e-12);
  opt.sigma = BO_SD;
  g_assert_cmpfloat_with_epsilon (bo_acquire (&opt, mean, variance, 0.5),
                                  bo_log_ei (mean, 0.24, 0.5), 1e-12);
}

/* Against a full sort: highest first, the one offered first where equal. */
static void
top (void)
{
  const double value[] = { 2.5, -1.25, 7.5, 2.5, 9.125, -30.0, 7.5, 7.5, 0.5 };
  const guint32 expected[] = { 4, 2, 6, 7, 0, 3, 8, 1, 5 };
  for (gsize room = 1; room <= 11; room++) {
    BoTop list;
    bo_top_init (&list, room);
    for (guint32 i = 0; i < G_N_ELEMENTS (value); i++)
      bo_top_offer (&list, i, value[i]);
    g_assert_cmpuint (list.n, ==, MIN (room, G_N_ELEMENTS (value)));
    for (gsize i = 0; i < list.n; i++) {
      g_assert_cmpuint (list.index[i], ==, expected[i]);
      g_assert_cmpfloat (list.value[i], ==, value[expected[i]]);
    }
    bo_top_clear (&list);
  }
}

/* Of rank 1, 2 in 5 dimensions, and regular. */
static void
factors (void)
{
  for (gsize rank = 1; rank <= 7; rank += rank == 2 ? 5 : 1) {
    enum { M = 5 };
    nv_real covariance[M * M] = { 0 };
    double factor[M * M], root[M * 7];
    NvRng rng;
    nv_rng_init (&rng, 2385, "root", rank);
    for (gsize i = 0; i < M * rank; i++)
      root[i] = nv_rng_normal (&rng);
    for (gsize i = 0; i < M * M; i++)
      for (gsize k = 0; k < rank; k++)
        covariance[i] += (nv_real) (root[i / M * rank + k] * root[i % M * rank + k]);
    bo_factorise (factor, covariance, M);
    for (gsize i = 0; i < M; i++)
      for (gsize j = 0; j <= i; j++) {
        double sum = 0.0;
        for (gsize k = 0; k <= j; k++)
          sum += factor[i * M + k] * factor[j * M + k];
        g_assert_cmpfloat_with_epsilon (sum, (double) covariance[i * M + j], 2e-4);
      }
  }
}

/* P (x1 > x0) = cdf (difference of the means / its standard deviation). */
static void
draws (void)
{
  const nv_real mean[] = { 0.25, 0.75 }, covariance[] = { 1.5, 0.625, 0.625, 0.5 };
  const int n = 20000;
  double factor[4], normal[2], share = 0.0;
  NvRng rng;
  nv_rng_init (&rng, 2385, "draws", 0);
  bo_factorise (factor, covariance, 2);
  for (int i = 0; i < n; i++)
    share += (double) bo_draw_best (mean, factor, normal, 2, &rng) / n;
  g_assert_cmpfloat_with_epsilon (share, nv_normal_cdf (0.5 / sqrt (0.75)), 0.01);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/acquisition/ei", expected_improvement);
  g_test_add_func ("/acquisition/bounds", bounds);
  g_test_add_func ("/acquisition/top", top);
  g_test_add_func ("/acquisition/factors", factors);
  g_test_add_func ("/acquisition/draws", draws);
  return g_test_run ();
}
