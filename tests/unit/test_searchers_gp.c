/* The Gaussian process of bo: posterior and marginal likelihood against formulas written
 * out, its gradient against differences. */
#include "searchers/bo/bo.h"

/* An embedding of three dimensions, of which one is constant. */
static void
spread_of_three (NvSearcher *s, nv_real *mean, nv_real *sd)
{
  (void) s;
  memcpy (mean, (const nv_real[]){ 1, 7, -2 }, 3 * sizeof *mean);
  memcpy (sd, (const nv_real[]){ 2, 0, 0.5 }, 3 * sizeof *sd);
}
#define nv_searcher_spread spread_of_three

#include "searchers/bo/gp.c"
#include "searchers/bo/seen.c"

#include "naive_linalg.h"

enum { MOST = 33, DIM = 5, POINTS = 7 };

typedef struct {
  BoSeen seen;
  nv_real x[MOST * DIM], points[POINTS * DIM];
  double y[MOST];
} Data;

/* A smooth function with noise. */
static void
make_data (Data *data, gsize n, gsize D)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "gp", n * 16 + D);
  data->seen = (BoSeen){ .n = n, .D = D, .x = data->x, .y = data->y };
  for (gsize i = 0; i < n * D; i++)
    data->x[i] = (nv_real) nv_rng_normal (&rng);
  for (gsize i = 0; i < POINTS * D; i++)
    data->points[i] = (nv_real) nv_rng_normal (&rng);
  for (gsize i = 0; i < n; i++)
    data->y[i] = sin (1.3 * (double) data->x[i * D]) + 0.3 * nv_rng_normal (&rng);
}

static double
naive_kernel (const BoGp *m, const nv_real *a, const nv_real *b)
{
  double q = 0.0;
  for (gsize d = 0; d < m->D; d++) {
    double z = ((double) a[d] - b[d]) / exp (m->theta[m->L > 1 ? d : 0]);
    q += z * z;
  }
  double s = exp (m->theta[m->L]), r = sqrt (5.0 * q);
  double matern = (1.0 + r + 5.0 * q / 3.0) * exp (-r);
  return s * (m->kernel == BO_RBF ? exp (-0.5 * q) : matern);
}

/* K + v I of the cells seen. */
static void
naive_gram (double *k, const BoGp *m, const Data *data)
{
  const gsize n = data->seen.n, D = m->D;
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      k[i * n + j] = naive_kernel (m, data->x + i * D, data->x + j * D)
                     + (i == j ? exp (m->theta[m->L + 1]) : 0.0);
}

static void
check_posterior (BoGp *m, const Data *data)
{
  const gsize n = data->seen.n, D = m->D;
  double gram[MOST * MOST], solved[MOST * POINTS], cross[MOST * POINTS];
  nv_real mean[POINTS], variance[POINTS], covariance[POINTS * POINTS];
  for (gsize i = 0; i < n * POINTS; i++)
    cross[i] = solved[i]
        = naive_kernel (m, data->x + i / POINTS * D, data->points + i % POINTS * D);
  naive_gram (gram, m, data);
  naive_solve (gram, solved, n, POINTS);
  bo_gp_predict (m, mean, variance, covariance, data->points, POINTS);
  for (gsize a = 0; a < POINTS; a++) {
    double expected = 0.0;
    for (gsize i = 0; i < n; i++)
      expected += solved[i * POINTS + a] * data->y[i];
    g_assert_cmpfloat_with_epsilon ((double) mean[a], expected, 2e-4);
    for (gsize b = 0; b < POINTS; b++) {
      expected = naive_kernel (m, data->points + a * D, data->points + b * D);
      for (gsize i = 0; i < n; i++)
        expected -= cross[i * POINTS + a] * solved[i * POINTS + b];
      double value = covariance[a * POINTS + b];
      g_assert_cmpfloat_with_epsilon (value, expected, 2e-4);
      if (a == b)
        g_assert_cmpfloat_with_epsilon ((double) variance[a], expected, 2e-4);
    }
  }
}

/* In two steps: the mean and a bound of the variance of all, and the variance of some. The bound
 * is the posterior of one cell, written out. */
static void
check_steps (BoGp *m, const Data *data)
{
  const guint32 keep[] = { 1, 4, 5 };
  const double s = exp (m->theta[m->L]), noise = exp (m->theta[m->L + 1]);
  nv_real mean[POINTS], variance[POINTS], again[POINTS], bound[POINTS], some[3];
  bo_gp_predict (m, mean, variance, NULL, data->points, POINTS);
  bo_gp_mean (m, again, bound, data->points, POINTS);
  bo_gp_variance (m, some, keep, 3);
  for (gsize b = 0; b < POINTS; b++) {
    double least = s;
    for (gsize i = 0; i < data->seen.n; i++) {
      double k = naive_kernel (m, data->x + i * m->D, data->points + b * m->D);
      least = MIN (least, s - k * k / (s + noise));
    }
    g_assert_cmpfloat (mean[b], ==, again[b]);
    g_assert_cmpfloat (bound[b], >=, variance[b]);
    g_assert_cmpfloat_with_epsilon ((double) bound[b], least, 1e-3 * s);
  }
  for (gsize i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (some[i], variance[keep[i]], 1e-5 * (1 + s));
}

/* The loss less what the priors add, which is told from normal densities. */
static void
check_evidence (BoGp *m, const Data *data)
{
  double gram[MOST * MOST];
  naive_gram (gram, m, data);
  double loss = naive_gaussian_loss (gram, data->y, data->seen.n);
  for (gsize i = 0; i < m->L + 2; i++) {
    double z = i < m->L    ? m->theta[i] - m->centre
               : i == m->L ? m->theta[i]
                           : (m->theta[i] + 3.0) / 1.5;
    loss += 0.5 * z * z;
  }
  g_assert_cmpfloat_with_epsilon (gp_loss (m, NULL, data->x, data->y), loss, 1e-5);
}

static void
check_slopes (BoGp *m, const Data *data)
{
  double gradient[DIM + 2], h = 1e-5;
  gp_loss (m, gradient, data->x, data->y);
  for (gsize i = 0; i < m->L + 2; i++) {
    const double t = m->theta[i];
    m->theta[i] = t + h;
    double up = gp_loss (m, NULL, data->x, data->y);
    m->theta[i] = t - h;
    double down = gp_loss (m, NULL, data->x, data->y);
    m->theta[i] = t;
    g_assert_cmpfloat_with_epsilon (gradient[i], (up - down) / (2 * h),
                                    1e-6 * (1.0 + fabs (gradient[i])));
  }
}

/* No step away from where a fit ends is better, unless it is short. */
static void
check_optimum (BoGp *m, const Data *data)
{
  const double least = gp_loss (m, NULL, data->x, data->y);
  for (gsize i = 0; i < m->L + 2; i++)
    for (int sign = -1; sign <= 1; sign += 2) {
      m->theta[i] += 0.3 * sign;
      g_assert_cmpfloat (gp_loss (m, NULL, data->x, data->y), >, least - 1e-3);
      m->theta[i] -= 0.3 * sign;
    }
  gp_loss (m, NULL, data->x, data->y);
}

static void
check (gsize n, gsize D, BoKernel kernel, gboolean ard)
{
  BoOptions opt = { .kernel = kernel, .ard = ard };
  Data data;
  BoGp m;
  make_data (&data, n, D);
  bo_gp_init (&m, &opt, D);
  bo_gp_fit (&m, &data.seen, D);
  check_posterior (&m, &data);
  check_steps (&m, &data);
  check_optimum (&m, &data);
  for (gsize i = 0; i < m.L + 2; i++) /* away from the optimum, where slopes are not 0 */
    m.theta[i] += 0.35 + 0.1 * (double) i;
  check_evidence (&m, &data);
  check_slopes (&m, &data);
  bo_gp_clear (&m);
}

static void
formulas (void)
{
  const gsize sizes[][2] = { { 1, 1 }, { 1, 5 }, { 2, 3 }, { 7, 1 }, { 33, 5 } };
  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    for (int k = 0; k < 4; k++)
      check (sizes[i][0], sizes[i][1], k & 1 ? BO_RBF : BO_MATERN, k >> 1);
}

/* Each dimension in its own unit, or all in the one that makes their variances 1 in the mean. */
static void
scales (void)
{
  const nv_real x[] = { 3, 7, -1 };
  nv_real y[3];
  BoScale scale;
  bo_scale_init (&scale, 3);
  bo_scale_fit (&scale, NULL, FALSE);
  g_assert_cmpuint (scale.varying, ==, 2);
  bo_scale_apply (&scale, y, x, 1);
  g_assert_true (y[0] == 1 && y[1] == 0 && y[2] == 2);
  bo_scale_fit (&scale, NULL, TRUE);
  bo_scale_apply (&scale, y, x, 1);
  const double unit = sqrt ((2 * 2 + 0.5 * 0.5) / 2);
  g_assert_cmpuint (scale.varying, ==, 2);
  g_assert_cmpfloat_with_epsilon ((double) y[0], 2 / unit, 1e-6);
  g_assert_cmpfloat_with_epsilon ((double) y[2], 1 / unit, 1e-6);
  g_assert_true (y[1] == 0);
  bo_scale_clear (&scale);
}

/* A process that was fitted before goes on from there, over the data that there are
 * then. */
static void
grows (void)
{
  BoOptions opt = { .kernel = BO_MATERN };
  Data data;
  BoGp m;
  make_data (&data, MOST, 3);
  bo_gp_init (&m, &opt, 3);
  for (gsize n = 5; n <= MOST; n += 14) {
    data.seen.n = n;
    bo_gp_fit (&m, &data.seen, 3);
    check_posterior (&m, &data);
    check_steps (&m, &data);
  }
  bo_gp_clear (&m);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gp/formulas", formulas);
  g_test_add_func ("/gp/scales", scales);
  g_test_add_func ("/gp/grows", grows);
  return g_test_run ();
}
