/* The Bayesian linear regression of DNGO: evidence and posterior against formulas
 * written out. */
#include "searchers/bo/dngo.c"
#include "searchers/bo/net.c"
#include "searchers/bo/seen.c"

#include "naive_linalg.h"

enum { MOST = 41, DIM = 5, WIDTH = 17, POINTS = 7 };

typedef struct {
  BoSeen seen;
  BoOptions opt;
  NvRng rng;
  BoDngo m;
  nv_real x[MOST * DIM], points[POINTS * DIM];
  double y[MOST], phi[MOST * WIDTH]; /* phi[n x F]: centred features */
} Problem;

static void
fill (Problem *p, gsize n, gsize D, double noise)
{
  nv_rng_init (&p->rng, 2385, "dngo", n * 16 + D);
  p->seen = (BoSeen){ .n = n, .D = D, .x = p->x, .y = p->y };
  for (gsize i = 0; i < n * D; i++)
    p->x[i] = (nv_real) nv_rng_normal (&p->rng);
  for (gsize i = 0; i < POINTS * D; i++)
    p->points[i] = (nv_real) nv_rng_normal (&p->rng);
  for (gsize i = 0; i < n; i++)
    p->y[i] = sin (1.3 * (double) p->x[i * D]) + noise * nv_rng_normal (&p->rng);
}

/* phi[B x F] less the mean of the cells seen, by loops. */
static void
naive_features (Problem *p, double *phi, const nv_real *x, gsize B)
{
  const gsize n = p->seen.n, F = p->m.net.F;
  double centre[WIDTH] = { 0 };
  const nv_real *f = bo_net_features (&p->m.net, p->x, n);
  for (gsize i = 0; i < n; i++)
    for (gsize k = 0; k < F; k++)
      centre[k] += f[i * F + k] / (double) n;
  f = bo_net_features (&p->m.net, x, B);
  for (gsize i = 0; i < B; i++)
    for (gsize k = 0; k < F; k++)
      phi[i * F + k] = f[i * F + k] - centre[k];
}

static void
begin (Problem *p, gsize n, gsize D, gsize hidden, int layers, double noise)
{
  *p = (Problem){ .opt = { .layers = layers, .hidden = (int) hidden, .minibatch = 3 } };
  fill (p, n, D, noise);
  bo_dngo_init (&p->m, &p->opt, D, &p->rng);
  bo_net_draw (&p->m.net, &p->rng);
  bo_dngo_fit (&p->m, &p->seen);
  naive_features (p, p->phi, p->x, n);
}

/* -log N (y; 0, Phi Phi^T / alpha + I / beta) */
static double
naive_loss (const Problem *p, double alpha, double beta)
{
  const gsize n = p->seen.n, F = p->m.net.F;
  double c[MOST * MOST];
  for (gsize i = 0; i < n * n; i++) {
    c[i] = i / n == i % n ? 1.0 / beta : 0.0;
    for (gsize k = 0; k < F; k++)
      c[i] += p->phi[i / n * F + k] * p->phi[i % n * F + k] / alpha;
  }
  return naive_gaussian_loss (c, p->y, n);
}

/* Bishop 3.53, 3.54 and 3.59: A = alpha I + beta Phi^T Phi. */
static void
check_posterior (Problem *p)
{
  const gsize n = p->seen.n, F = p->m.net.F;
  const double alpha = p->m.alpha, beta = p->m.beta;
  double a[WIDTH * WIDTH], at[POINTS * WIDTH], solved[WIDTH * POINTS];
  double target[WIDTH] = { 0 };
  nv_real mean[POINTS], variance[POINTS], covariance[POINTS * POINTS];
  naive_features (p, at, p->points, POINTS);
  for (gsize f = 0; f < F; f++) {
    for (gsize g = 0; g < F; g++) {
      a[f * F + g] = f == g ? alpha : 0.0;
      for (gsize i = 0; i < n; i++)
        a[f * F + g] += beta * p->phi[i * F + f] * p->phi[i * F + g];
    }
    for (gsize i = 0; i < n; i++)
      target[f] += beta * p->phi[i * F + f] * p->y[i];
    for (gsize b = 0; b < POINTS; b++)
      solved[f * POINTS + b] = at[b * F + f];
  }
  naive_solve (a, solved, F, POINTS);
  bo_dngo_predict (&p->m, mean, variance, covariance, p->points, POINTS);
  for (gsize b = 0; b < POINTS; b++) {
    double expected = 0.0;
    for (gsize f = 0; f < F; f++)
      expected += solved[f * POINTS + b] * target[f];
    g_assert_cmpfloat_with_epsilon ((double) mean[b], expected, 2e-4);
    for (gsize c = 0; c < POINTS; c++) {
      expected = 0.0;
      for (gsize f = 0; f < F; f++)
        expected += at[b * F + f] * solved[f * POINTS + c];
      g_assert_cmpfloat_with_epsilon ((double) covariance[b * POINTS + c], expected,
                                      2e-4 * (1.0 + fabs (expected)));
      if (b == c)
        g_assert_cmpfloat_with_epsilon ((double) variance[b], expected,
                                        2e-4 * (1.0 + expected));
    }
  }
}

/* In two steps: the mean and a bound of the variance of all, and the variance of some. */
static void
check_steps (Problem *p)
{
  const guint32 keep[] = { 1, 4, 5 };
  nv_real mean[POINTS], variance[POINTS], again[POINTS], bound[POINTS], some[3];
  bo_dngo_predict (&p->m, mean, variance, NULL, p->points, POINTS);
  bo_dngo_mean (&p->m, again, bound, p->points, POINTS);
  bo_dngo_variance (&p->m, some, keep, 3);
  for (gsize b = 0; b < POINTS; b++) {
    g_assert_cmpfloat (mean[b], ==, again[b]);
    g_assert_cmpfloat (bound[b], >=, variance[b]);
  }
  for (gsize i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (some[i], variance[keep[i]], 1e-5 * (1 + bound[keep[i]]));
}

/* Nowhere on a grid of factors 10^-4 .. 10^4 around them is the evidence higher. */
static void
check_optimum (const Problem *p)
{
  const double least = naive_loss (p, p->m.alpha, p->m.beta);
  for (double a = -4.0; a <= 4.0; a += 0.5)
    for (double b = -4.0; b <= 4.0; b += 0.5) {
      double loss = naive_loss (p, p->m.alpha * pow (10, a), p->m.beta * pow (10, b));
      g_assert_cmpfloat (loss, >=, least - 1e-4);
    }
}

static void
check (gsize n, gsize D, gsize hidden, int layers)
{
  Problem p;
  begin (&p, n, D, hidden, layers, 0.4);
  check_posterior (&p);
  check_steps (&p);
  check_optimum (&p);
  bo_dngo_clear (&p.m);
}

static void
formulas (void)
{
  check (3, 1, 1, 1);
  check (7, 5, 17, 1); /* fewer cells than features */
  check (41, 3, 9, 1); /* more */
  check (41, 5, 5, 2);
  check (41, 5, 1, 0); /* the features are tanh (x) */
}

/* The profile over the ratio r, against the evidence: equal up to a constant. */
static void
profiles (void)
{
  Problem p;
  double noise, shift = 0.0;
  begin (&p, 23, 3, 7, 1, 0.4);
  for (double r = -6.0; r <= 6.0; r += 1.5) {
    double value = profile (&p.m, p.seen.n, r, &noise), beta = 1.0 / noise;
    double loss = 2.0 * naive_loss (&p, beta / exp (r), beta);
    if (r == -6.0)
      shift = loss - value;
    g_assert_cmpfloat_with_epsilon (loss - value, shift, 1e-5);
  }
  bo_dngo_clear (&p.m);
}

/* Equal scores, of which the targets are all 0, and one cell: everything stays finite. */
static void
nothing_to_fit (void)
{
  for (gsize n = 1; n <= 5; n += 4) {
    Problem p;
    nv_real mean[POINTS], variance[POINTS];
    begin (&p, n, 3, 7, 1, 0.4);
    memset (p.y, 0, sizeof p.y);
    bo_dngo_fit (&p.m, &p.seen);
    bo_dngo_predict (&p.m, mean, variance, NULL, p.points, POINTS);
    for (gsize b = 0; b < POINTS; b++) {
      g_assert_cmpfloat_with_epsilon ((double) mean[b], 0.0, 1e-6);
      g_assert_true (isfinite (variance[b]) && variance[b] >= 0);
    }
    bo_dngo_clear (&p.m);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dngo/formulas", formulas);
  g_test_add_func ("/dngo/profile", profiles);
  g_test_add_func ("/dngo/nothing", nothing_to_fit);
  return g_test_run ();
}
