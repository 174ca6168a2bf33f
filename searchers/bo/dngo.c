/* DNGO: Bayesian linear regression on the features of a network that was trained on the
 * same data. Snoek et al. 2015; the regression after Bishop, Pattern recognition and
 * machine learning, 3.3 - 3.5:
 *
 *   y ~ N (w . phi, 1 / beta), w ~ N (0, I / alpha), phi centred over the cells seen
 *   A = alpha I + beta Phi^T Phi, E w = beta A^-1 Phi^T y
 *   prediction: mean E w . phi, variance phi . A^-1 phi + 1 / beta
 *
 * alpha and beta maximise the evidence. With Phi Phi^T = U diag (l) U^T and z = U^T y,
 *   log p (y) = -1/2 sum_i (log v_i + z_i^2 / v_i + log 2 pi)
 *   v_i = l_i / alpha + 1 / beta
 * so that for a given ratio r = beta / alpha the best 1 / beta is the mean of
 * z_i^2 / (1 + r l_i), and one dimension is left to search. */
#include <math.h>
#include <string.h>

#include "bo.h"

void
bo_dngo_init (BoDngo *m, const BoOptions *opt, gsize D, NvRng *rng)
{
  const gsize B = (gsize) opt->minibatch;
  memset (m, 0, sizeof *m);
  bo_net_init (&m->net, D, (gsize) opt->hidden, (gsize) opt->layers, MAX (B, BO_BLOCK));
  const gsize F = m->net.F;
  m->rng = rng;
  m->batch = g_new (guint32, B);
  m->x = g_new (nv_real, B * D);
  m->dx = g_new (nv_real, B * D);
  m->y = g_new (nv_real, B);
  m->c = g_new (double, F * F);
  m->inverse = g_new (double, F * F);
  m->w = g_new (double, F);
  m->centre = g_new (double, F);
  m->root = g_new (nv_real, F * F);
  m->shift = g_new (nv_real, F);
  m->weight = g_new (nv_real, F);
  m->middle = g_new (nv_real, F);
  m->spread = g_new (nv_real, BO_BLOCK * F);
}

void
bo_dngo_clear (BoDngo *m)
{
  bo_net_clear (&m->net);
  gpointer blocks[] = { m->batch, m->x, m->dx, m->y, m->c, m->inverse, m->w, m->centre,
                        m->root, m->shift, m->weight, m->middle, m->spread, m->order,
                        m->phi, m->gram, m->eigen, m->z };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_free (blocks[i]);
}

static void
reserve (BoDngo *m, gsize n)
{
  if (n <= m->room)
    return;
  m->room = MAX (128, 2 * m->room);
  while (m->room < n)
    m->room *= 2;
  m->order = g_renew (guint32, m->order, m->room);
  m->phi = g_renew (double, m->phi, m->room * m->net.F);
  m->gram = g_renew (double, m->gram, m->room * m->room);
  m->eigen = g_renew (double, m->eigen, m->room);
  m->z = g_renew (double, m->z, m->room);
}

/* One step on the cells order[first .. first + B - 1]. */
static void
train_step (BoDngo *m, const BoOptions *opt, NvSearcher *s, const BoSeen *seen,
            const BoScale *scale, gsize first, gsize B)
{
  const gsize D = seen->D;
  for (gsize b = 0; b < B; b++) {
    m->batch[b] = seen->index[m->order[first + b]];
    m->y[b] = (nv_real) seen->y[m->order[first + b]];
  }
  nv_searcher_forward (s, m->batch, B, m->x);
  bo_scale_apply (scale, m->x, m->x, B);
  gboolean joint = nv_searcher_joint (s);
  bo_net_loss (&m->net, joint ? m->dx : NULL, m->x, m->y, B);
  nv_weights_step (&m->net.w, NULL, opt->lr, 0, 0);
  if (!joint)
    return;
  for (gsize i = 0; i < B * D; i++)
    m->dx[i] *= scale->inverse[i % D];
  nv_searcher_backward (s, m->dx);
  nv_searcher_step (s);
}

void
bo_dngo_train (BoDngo *m, const BoOptions *opt, NvSearcher *s, const BoSeen *seen,
               const BoScale *scale)
{
  const gsize n = seen->n, batch = (gsize) opt->minibatch;
  reserve (m, n);
  nv_searcher_restart (s);
  bo_net_draw (&m->net, m->rng);
  for (gsize i = 0; i < n; i++)
    m->order[i] = (guint32) i;
  for (int epoch = 0; epoch < opt->epochs; epoch++) {
    nv_rng_shuffle (m->rng, m->order, n);
    for (gsize first = 0; first < n; first += batch)
      train_step (m, opt, s, seen, scale, first, MIN (batch, n - first));
  }
}

/* phi[n x F] and its centre, from the network. */
static void
make_features (BoDngo *m, const BoSeen *seen)
{
  const gsize n = seen->n, F = m->net.F;
  for (gsize first = 0; first < n; first += BO_BLOCK) {
    gsize B = MIN (BO_BLOCK, n - first);
    const nv_real *f = bo_net_features (&m->net, seen->x + first * seen->D, B);
    for (gsize i = 0; i < B * F; i++)
      m->phi[first * F + i] = f[i];
  }
  memset (m->centre, 0, F * sizeof *m->centre);
  for (gsize i = 0; i < n * F; i++)
    m->centre[i % F] += m->phi[i] / (double) n;
  for (gsize i = 0; i < n * F; i++)
    m->phi[i] -= m->centre[i % F];
}

/* -2 log evidence + constant at log ratio r, and the 1 / beta that is best there. */
static double
profile (const BoDngo *m, gsize n, double r, double *noise)
{
  double ratio = exp (r), logs = 0.0, sum = 0.0;
  for (gsize i = 0; i < n; i++) {
    double v = 1.0 + ratio * MAX (m->eigen[i], 0.0);
    logs += log (v);
    sum += m->z[i] * m->z[i] / v;
  }
  *noise = MAX (sum / (double) n, 1e-6);
  return logs + (double) n * log (*noise) + sum / *noise;
}

/* A coarse grid, then golden sections around its best point: the evidence may have two
 * modes. */
static void
maximise_evidence (BoDngo *m, gsize n)
{
  const double low = log (1e-6), step = log (10.0) / 2.0, golden = 0.6180339887498949;
  double noise, best = low, least = G_MAXDOUBLE;
  for (int i = 0; i <= 24; i++) {
    double loss = profile (m, n, low + i * step, &noise);
    if (loss < least) {
      least = loss;
      best = low + i * step;
    }
  }
  double a = best - step, b = best + step;
  for (int i = 0; i < 20; i++) {
    double c = b - golden * (b - a), d = a + golden * (b - a);
    if (profile (m, n, c, &noise) < profile (m, n, d, &noise))
      b = d;
    else
      a = c;
  }
  profile (m, n, 0.5 * (a + b), &noise);
  m->beta = 1.0 / noise;
  m->alpha = m->beta / exp (0.5 * (a + b));
}

/* With r = beta / alpha: C = I + r Phi^T Phi = L L^T, so that A^-1 = C^-1 / alpha. */
static void
make_posterior (BoDngo *m, const double *y, gsize n)
{
  const gsize F = m->net.F;
  const double r = m->beta / m->alpha;
  nv_gemm (m->c, m->phi, m->phi, TRUE, FALSE, F, F, n, r, 0.0);
  memset (m->inverse, 0, F * F * sizeof *m->inverse);
  for (gsize f = 0; f < F; f++) {
    m->c[f * F + f] += 1.0;
    m->inverse[f * F + f] = 1.0;
  }
  nv_cholesky (m->c, F); /* its eigenvalues are 1 or more */
  nv_solve_lower (m->c, m->inverse, F, F, FALSE);
  nv_gemm (m->w, m->phi, y, TRUE, FALSE, F, 1, n, r, 0.0);
  nv_cholesky_solve (m->c, m->w, F, 1);
}

/* The posterior as two linear maps of uncentred features, in nv_real for the pool. */
static void
make_maps (BoDngo *m)
{
  const gsize F = m->net.F;
  const double scale = 1.0 / sqrt (m->alpha);
  double offset = 0.0;
  for (gsize f = 0; f < F; f++) {
    double shift = 0.0;
    for (gsize g = 0; g < F; g++) {
      m->root[f * F + g] = (nv_real) (scale * m->inverse[f * F + g]);
      shift -= scale * m->inverse[f * F + g] * m->centre[g];
    }
    m->shift[f] = (nv_real) shift;
    m->weight[f] = (nv_real) m->w[f];
    m->middle[f] = (nv_real) m->centre[f];
    offset -= m->w[f] * m->centre[f];
  }
  m->offset = (nv_real) offset;
  m->wide = (nv_real) (1.0001 / m->alpha);
}

void
bo_dngo_fit (BoDngo *m, const BoSeen *seen)
{
  const gsize n = seen->n, F = m->net.F;
  reserve (m, n);
  make_features (m, seen);
  nv_gemm (m->gram, m->phi, m->phi, FALSE, TRUE, n, n, F, 1.0, 0.0);
  if (!nv_eigen_symmetric (m->gram, m->eigen, n))
    memset (m->eigen, 0, n * sizeof *m->eigen);
  nv_gemm (m->z, m->gram, seen->y, TRUE, FALSE, n, 1, n, 1.0, 0.0);
  maximise_evidence (m, n);
  make_posterior (m, seen->y, n);
  make_maps (m);
}

/* A^-1 = C^-1 / alpha, and C is I and more: phi . A^-1 phi <= phi . phi / alpha. */
void
bo_dngo_mean (BoDngo *m, nv_real *mean, nv_real *bound, const nv_real *x, gsize B)
{
  const gsize F = m->net.F;
  const nv_real *phi = bo_net_features (&m->net, x, B);
  nv_linear (mean, phi, m->weight, &m->offset, B, F, 1);
  for (gsize b = 0; b < B; b++)
    for (gsize f = 0; f < F; f++)
      m->spread[b * F + f] = phi[b * F + f] - m->middle[f];
  bo_row_squares (bound, m->spread, B, F);
  for (gsize b = 0; b < B; b++)
    bound[b] *= m->wide;
}

void
bo_dngo_variance (BoDngo *m, nv_real *variance, const guint32 *keep, gsize n)
{
  const gsize F = m->net.F;
  nv_real *phi = bo_net_last (&m->net);
  for (gsize i = 0; i < n; i++)
    if (keep[i] != i)
      memcpy (phi + i * F, phi + keep[i] * F, F * sizeof *phi);
  nv_linear (m->spread, phi, m->root, m->shift, n, F, F);
  bo_row_squares (variance, m->spread, n, F);
}

void
bo_dngo_predict (BoDngo *m, nv_real *mean, nv_real *variance, nv_real *covariance,
                 const nv_real *x, gsize B)
{
  const gsize F = m->net.F;
  const nv_real *phi = bo_net_features (&m->net, x, B);
  nv_linear (mean, phi, m->weight, &m->offset, B, F, 1);
  nv_linear (m->spread, phi, m->root, m->shift, B, F, F);
  bo_row_squares (variance, m->spread, B, F);
  if (covariance != NULL)
    nv_rgemm (covariance, m->spread, m->spread, FALSE, TRUE, B, B, F, 1, 0);
}
