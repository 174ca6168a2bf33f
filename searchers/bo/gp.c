/* Gaussian process on the scaled embedding. Rasmussen & Williams, Gaussian processes for
 * machine learning, 2.2 and 5.4.1.
 *
 *   k (a, b) = s g (q), q = sum_d (a_d - b_d)^2 / l_d^2, and the noise v on the diagonal
 *   rbf: g = exp (-q / 2);  matern (5/2): g = (1 + r + r^2 / 3) exp (-r), r = sqrt (5 q)
 *
 * log l, log s, log v maximise marginal likelihood x prior by iRprop- (Igel & Husken
 * 2000), which needs only the signs of the gradient; it starts where the last round
 * ended. The priors are normal in the logs: l around the square root of the number of
 * dimensions that vary (there two random cells are correlated by about 1/e), s around 1,
 * v around .05; without them a dozen scores say little. */
#include <math.h>
#include <string.h>

#include "bo.h"

#define LOG_2PI 1.8378770664093453

/* of log l (relative to m->centre), log s, log v */
static const struct {
  double mean, sd, low, high;
} prior[3] = { { 0.0, 1.0, -3.0, 3.0 }, { 0.0, 1.0, -4.0, 4.0 }, { -3.0, 1.5, -9.0, 0.7 } };

static gsize
prior_of (const BoGp *m, gsize i)
{
  return i < m->L ? 0 : 1 + i - m->L;
}

void
bo_gp_init (BoGp *m, const BoOptions *opt, gsize D)
{
  memset (m, 0, sizeof *m);
  m->D = D;
  m->L = opt->ard ? D : 1;
  m->kernel = (BoKernel) opt->kernel;
  double **vectors[] = { &m->theta, &m->best, &m->gradient, &m->last, &m->step };
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    *vectors[i] = g_new0 (double, m->L + 2);
  m->scale = g_new (nv_real, D);
  m->point = g_new (nv_real, BO_BLOCK * D);
  m->point_norm = g_new (nv_real, BO_BLOCK);
  m->work = g_new (nv_real, BO_BLOCK * BO_BLOCK);
}

void
bo_gp_clear (BoGp *m)
{
  gpointer blocks[] = { m->theta, m->best, m->gradient, m->last, m->step, m->scaled, m->squares,
                        m->product, m->q, m->k, m->slope, m->chol, m->inverse, m->alpha, m->x,
                        m->norm, m->root, m->weight, m->scale, m->point, m->point_norm, m->work,
                        m->cross, m->solved };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_free (blocks[i]);
}

static void
reserve (BoGp *m, gsize n)
{
  if (n <= m->room)
    return;
  m->room = MAX (128, 2 * m->room);
  while (m->room < n)
    m->room *= 2;
  double **matrices[] = { &m->q, &m->k, &m->slope, &m->chol, &m->inverse };
  for (gsize i = 0; i < G_N_ELEMENTS (matrices); i++)
    *matrices[i] = g_renew (double, *matrices[i], m->room * m->room);
  m->scaled = g_renew (double, m->scaled, m->room * m->D);
  m->product = g_renew (double, m->product, m->room * m->D);
  m->squares = g_renew (double, m->squares, m->room);
  m->alpha = g_renew (double, m->alpha, m->room);
  m->x = g_renew (nv_real, m->x, m->room * m->D);
  m->norm = g_renew (nv_real, m->norm, m->room);
  m->root = g_renew (nv_real, m->root, m->room * m->room);
  m->weight = g_renew (nv_real, m->weight, m->room);
  m->cross = g_renew (nv_real, m->cross, BO_BLOCK * m->room);
  m->solved = g_renew (nv_real, m->solved, BO_BLOCK * m->room);
}

/* The cells seen over the lengthscales, and q of all pairs. */
static void
make_q (BoGp *m, const nv_real *x)
{
  const gsize n = m->n, D = m->D;
  for (gsize d = 0; d < D; d++) {
    const double scale = exp (-m->theta[m->L > 1 ? d : 0]);
    for (gsize i = 0; i < n; i++)
      m->scaled[i * D + d] = scale * (double) x[i * D + d];
  }
  for (gsize i = 0; i < n; i++) {
    m->squares[i] = 0.0;
    for (gsize d = 0; d < D; d++)
      m->squares[i] += m->scaled[i * D + d] * m->scaled[i * D + d];
  }
  nv_gemm (m->q, m->scaled, m->scaled, FALSE, TRUE, n, n, D, -2.0, 0.0);
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      m->q[i * n + j] = MAX (m->q[i * n + j] + m->squares[i] + m->squares[j], 0.0);
}

/* k and slope = -2 dk/dq, of the pairs j < i; the diagonal of k is s. */
static void
make_kernel (BoGp *m)
{
  const gsize n = m->n;
  const double s = exp (m->theta[m->L]);
  for (gsize i = 0; i < n; i++) {
    for (gsize j = 0; j < i; j++) {
      double q = m->q[i * n + j], r = sqrt (5.0 * q);
      double e = s * exp (m->kernel == BO_RBF ? -0.5 * q : -r);
      m->k[i * n + j] = m->kernel == BO_RBF ? e : e * (1.0 + r + r * r / 3.0);
      m->slope[i * n + j] = m->kernel == BO_RBF ? e : e * (1.0 + r) * (5.0 / 3.0);
    }
    m->k[i * n + i] = s;
  }
}

/* dloss / d log l_d = sum over the pairs of M (a_d - b_d)^2, M = W slope, as a product of matrices;
 * a over the lengthscales. Overwrites q with M. */
static void
make_length_gradient (BoGp *m, double *gradient)
{
  const gsize n = m->n, D = m->D;
  for (gsize i = 0; i < n; i++) {
    m->q[i * n + i] = 0.0;
    for (gsize j = 0; j < i; j++)
      m->q[i * n + j] = m->q[j * n + i] = m->inverse[i * n + j] * m->slope[i * n + j];
  }
  nv_gemm (m->product, m->q, m->scaled, FALSE, FALSE, n, D, n, 1.0, 0.0);
  for (gsize i = 0; i < n; i++) {
    double sum = 0.0;
    for (gsize j = 0; j < n; j++)
      sum += m->q[i * n + j];
    for (gsize d = 0; d < D; d++) {
      const double a = m->scaled[i * D + d];
      gradient[m->L > 1 ? d : 0] += a * (sum * a - m->product[i * D + d]);
    }
  }
}

/* With W = K^-1 - alpha alpha^T: dloss/dt = tr (W dK/dt) / 2. */
static void
make_gradient (BoGp *m, double *gradient)
{
  const gsize n = m->n, L = m->L;
  memset (m->inverse, 0, n * n * sizeof *m->inverse);
  for (gsize i = 0; i < n; i++)
    m->inverse[i * n + i] = 1.0;
  nv_cholesky_solve (m->chol, m->inverse, n, n);
  double signal = 0.0, noise = 0.0;
  for (gsize i = 0; i < n; i++) {
    for (gsize j = 0; j <= i; j++) {
      double w = m->inverse[i * n + j] - m->alpha[i] * m->alpha[j];
      signal += (j < i ? 1.0 : 0.5) * w * m->k[i * n + j];
      m->inverse[i * n + j] = w;
    }
    noise += 0.5 * m->inverse[i * n + i];
  }
  memset (gradient, 0, (L + 2) * sizeof *gradient);
  make_length_gradient (m, gradient);
  gradient[L] = signal;
  gradient[L + 1] = noise * exp (m->theta[L + 1]);
}

/* -log p (y, theta) and, unless NULL, its gradient[L + 2]. */
static double
gp_loss (BoGp *m, double *gradient, const nv_real *x, const double *y)
{
  const gsize n = m->n;
  make_q (m, x);
  make_kernel (m);
  memcpy (m->chol, m->k, n * n * sizeof *m->k);
  for (gsize i = 0; i < n; i++)
    m->chol[i * n + i] += exp (m->theta[m->L + 1]);
  if (!nv_cholesky (m->chol, n))
    return G_MAXDOUBLE;
  memcpy (m->alpha, y, n * sizeof *y);
  nv_cholesky_solve (m->chol, m->alpha, n, 1);
  double loss = 0.5 * nv_cholesky_logdet (m->chol, n) + 0.5 * (double) n * LOG_2PI;
  for (gsize i = 0; i < n; i++)
    loss += 0.5 * y[i] * m->alpha[i];
  if (gradient != NULL)
    make_gradient (m, gradient);
  for (gsize i = 0; i < m->L + 2; i++) {
    const gsize p = prior_of (m, i);
    double z = (m->theta[i] - prior[p].mean - (p == 0 ? m->centre : 0.0)) / prior[p].sd;
    loss += 0.5 * z * z;
    if (gradient != NULL)
      gradient[i] += z / prior[p].sd;
  }
  return loss;
}

/* One iRprop- step: a step grows while the sign of its slope stays and halves when it
 * turns. */
static void
rprop (BoGp *m)
{
  for (gsize i = 0; i < m->L + 2; i++) {
    const gsize p = prior_of (m, i);
    const double turn = m->gradient[i] * m->last[i], shift = p == 0 ? m->centre : 0.0;
    m->step[i] = CLAMP (m->step[i] * (turn > 0.0 ? 1.2 : turn < 0.0 ? 0.5 : 1.0), 1e-4, 0.5);
    if (turn < 0.0)
      m->gradient[i] = 0.0;
    double move = m->gradient[i] > 0.0 ? -m->step[i] : m->gradient[i] < 0.0 ? m->step[i] : 0.0;
    m->theta[i] = CLAMP (m->theta[i] + move, prior[p].low + shift, prior[p].high + shift);
    m->last[i] = m->gradient[i];
  }
}

/* Where the data begin; the first time at the centre of the prior. */
static void
begin (BoGp *m, const BoSeen *seen, gsize varying)
{
  reserve (m, seen->n);
  if (m->n == 0) {
    m->centre = 0.5 * log ((double) MAX (varying, 1));
    for (gsize i = 0; i < m->L + 2; i++)
      m->theta[i] = prior[prior_of (m, i)].mean + (i < m->L ? m->centre : 0.0);
  }
  m->n = seen->n;
}

static void
maximise (BoGp *m, const BoSeen *seen, int steps)
{
  const gsize bytes = (m->L + 2) * sizeof *m->theta;
  double least = G_MAXDOUBLE;
  for (gsize i = 0; i < m->L + 2; i++) {
    m->step[i] = 0.1;
    m->last[i] = 0.0;
  }
  memcpy (m->best, m->theta, bytes);
  for (int step = 0; step < steps; step++) {
    double loss = gp_loss (m, m->gradient, seen->x, seen->y);
    if (loss < least) {
      least = loss;
      memcpy (m->best, m->theta, bytes);
    }
    rprop (m);
  }
  memcpy (m->theta, m->best, bytes);
  gp_loss (m, NULL, seen->x, seen->y);
}

/* What prediction needs, in nv_real: x / l, its square norms, L^-1, alpha. */
static void
make_maps (BoGp *m, const nv_real *x)
{
  const gsize n = m->n, D = m->D;
  for (gsize d = 0; d < D; d++)
    m->scale[d] = (nv_real) exp (-m->theta[m->L > 1 ? d : 0]);
  for (gsize i = 0; i < n * D; i++)
    m->x[i] = x[i] * m->scale[i % D];
  bo_row_squares (m->norm, m->x, n, D);
  memset (m->inverse, 0, n * n * sizeof *m->inverse);
  for (gsize i = 0; i < n; i++)
    m->inverse[i * n + i] = 1.0;
  nv_solve_lower (m->chol, m->inverse, n, n, FALSE);
  for (gsize i = 0; i < n * n; i++)
    m->root[i] = (nv_real) m->inverse[i];
  for (gsize i = 0; i < n; i++)
    m->weight[i] = (nv_real) m->alpha[i];
}

void
bo_gp_fit (BoGp *m, const BoSeen *seen, gsize varying)
{
  const gboolean first = m->n == 0;
  begin (m, seen, varying);
  maximise (m, seen, first ? 60 : 15);
  make_maps (m, seen->x);
}

/* k[A x B] of a[A x D] and b[B x D], both over the lengthscales, with their square norms;
 * work[A x B] is a buffer. */
NV_SIMD static void
kernel_block (const BoGp *m, nv_real *k, const nv_real *a, const nv_real *na, gsize A,
              const nv_real *b, const nv_real *nb, gsize B, nv_real *work)
{
  const nv_real s = (nv_real) exp (m->theta[m->L]);
  nv_rgemm (k, a, b, FALSE, TRUE, A, B, m->D, -2, 0);
  for (gsize i = 0; i < A; i++)
    for (gsize j = 0; j < B; j++) {
      nv_real q = k[i * B + j] + na[i] + nb[j];
      k[i * B + j] = q > 0 ? q : 0;
    }
  if (m->kernel == BO_RBF) {
    for (gsize i = 0; i < A * B; i++)
      k[i] *= (nv_real) -0.5;
    nv_exp (k, k, A * B);
    for (gsize i = 0; i < A * B; i++)
      k[i] *= s;
    return;
  }
  for (gsize i = 0; i < A * B; i++)
    work[i] = -(nv_real) sqrt (5 * k[i]);
  nv_exp (k, work, A * B);
  for (gsize i = 0; i < A * B; i++)
    k[i] *= s * (1 - work[i] + work[i] * work[i] / 3);
}

/* Posterior variance is at most what it is where one of the cells alone is known. */
NV_SIMD static void
bound_variance (const BoGp *m, nv_real *bound, gsize B)
{
  const gsize n = m->n;
  const double s = exp (m->theta[m->L]), noise = exp (m->theta[m->L + 1]);
  const nv_real share = (nv_real) (1 / (s + noise)), all = (nv_real) (1.0001 * s);
  for (gsize b = 0; b < B; b++) {
    const nv_real *k = m->cross + b * n;
    nv_real most[8] = { 0 }, largest = 0;
    gsize i = 0;
    for (; i + 8 <= n; i += 8)
      for (gsize e = 0; e < 8; e++)
        most[e] = k[i + e] > most[e] ? k[i + e] : most[e];
    for (; i < n; i++)
      largest = MAX (largest, k[i]);
    for (gsize e = 0; e < 8; e++)
      largest = MAX (largest, most[e]);
    bound[b] = all - largest * largest * share;
  }
}

void
bo_gp_mean (BoGp *m, nv_real *mean, nv_real *bound, const nv_real *x, gsize B)
{
  const gsize n = m->n, D = m->D;
  for (gsize b = 0; b < B; b++)
    for (gsize d = 0; d < D; d++)
      m->point[b * D + d] = x[b * D + d] * m->scale[d];
  bo_row_squares (m->point_norm, m->point, B, D);
  kernel_block (m, m->cross, m->point, m->point_norm, B, m->x, m->norm, n, m->solved);
  nv_linear (mean, m->cross, m->weight, NULL, B, n, 1);
  bound_variance (m, bound, B);
}

void
bo_gp_variance (BoGp *m, nv_real *variance, const guint32 *keep, gsize B)
{
  const gsize n = m->n;
  const nv_real s = (nv_real) exp (m->theta[m->L]), floor = (nv_real) 1e-6 * s;
  for (gsize b = 0; b < B; b++)
    if (keep[b] != b)
      memcpy (m->cross + b * n, m->cross + keep[b] * n, n * sizeof *m->cross);
  nv_linear (m->solved, m->cross, m->root, NULL, B, n, n);
  bo_row_squares (variance, m->solved, B, n);
  for (gsize b = 0; b < B; b++)
    variance[b] = MAX (s - variance[b], floor);
}

void
bo_gp_predict (BoGp *m, nv_real *mean, nv_real *variance, nv_real *covariance,
               const nv_real *x, gsize B)
{
  guint32 all[BO_BLOCK];
  for (gsize b = 0; b < B; b++)
    all[b] = (guint32) b;
  bo_gp_mean (m, mean, variance, x, B);
  bo_gp_variance (m, variance, all, B);
  if (covariance == NULL)
    return;
  kernel_block (m, covariance, m->point, m->point_norm, B, m->point, m->point_norm, B, m->work);
  nv_rgemm (covariance, m->solved, m->solved, FALSE, TRUE, B, B, m->n, -1, 1);
}
