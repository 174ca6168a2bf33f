/* Gaussian-process regression with few labels. Rasmussen & Williams, Gaussian processes for
 * machine learning, 2.2 and 5.4.1.
 *
 *   y ~ N (mean, s (G + r I)),  G_ij = exp (-|x_i - x_j|^2 / 2 l^2)
 *
 * With G = U diag (w) U^T and z = U^T (y - mean), the signal s has its best value in closed form,
 *   s = 1/n sum z_i^2 / (w_i + r),   log p = -1/2 (n log s + sum log (w_i + r) + n log 2 pi e),
 * and each ratio r costs n operations. So r is searched for every l, and l on a grid of octaves
 * around the median distance, then by golden section. One eigenproblem per l: for n up to some
 * hundreds. The searcher `bo` has a process of its own, with priors, other kernels and
 * variances. */
#include <math.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "stats/regress.h"
#include "stats/stats.h"

#define OCTAVES 5       /* of the length scale, on either side of the median distance */
#define LEAST_RATIO 1e-6
#define BLOCK 256       /* points that are predicted at a time */

typedef struct {
  gsize n;
  double unit;          /* the median distance */
  double *square;       /* [n x n] squared distances */
  double *u, *w, *z;    /* [n x n], [n], [n] of the length scale tried last */
  double *y;            /* [n] centred */
  double ratio;         /* the best under it */
} Gp;

/* --- maximising a function of one variable -------------------------------------------- */

/* Where f is highest in [low, high]: on a grid, then by golden section between the best point's
 * neighbours. */
static double
maximise (double (*f) (Gp *gp, double x), Gp *gp, double low, double high, guint points,
          guint steps)
{
  const double width = (high - low) / (points - 1), golden = (sqrt (5) - 1) / 2;
  double best = low, highest = -INFINITY;
  for (guint i = 0; i < points; i++) {
    double value = f (gp, low + width * i);
    if (value > highest) {
      highest = value;
      best = low + width * i;
    }
  }
  double a = fmax (low, best - width), b = fmin (high, best + width);
  double c = b - golden * (b - a), d = a + golden * (b - a);
  double fc = f (gp, c), fd = f (gp, d);
  for (guint i = 0; i < steps; i++)
    if (fc > fd) {
      b = d, d = c, fd = fc;
      c = b - golden * (b - a);
      fc = f (gp, c);
    } else {
      a = c, c = d, fc = fd;
      d = a + golden * (b - a);
      fd = f (gp, d);
    }
  return fmax (fc, fd) > highest ? (fc > fd ? c : d) : best;
}

/* --- likelihood ----------------------------------------------------------------------- */

static double
evidence_of_ratio (Gp *gp, double log_ratio)
{
  const double r = exp (log_ratio), n = (double) gp->n;
  double signal = 0, logs = 0;
  for (gsize i = 0; i < gp->n; i++) {
    signal += gp->z[i] * gp->z[i] / (gp->w[i] + r) / n;
    logs += log (gp->w[i] + r);
  }
  return -0.5 * (n * log (signal) + logs + n * (1 + log (2 * G_PI)));
}

/* Sets u, w, z and ratio. */
static double
evidence_of_length (Gp *gp, double log_length)
{
  const gsize n = gp->n;
  const double scale = -0.5 * exp (-2 * log_length);
  for (gsize i = 0; i < n * n; i++)
    gp->u[i] = exp (scale * gp->square[i]);
  if (!nv_eigen_symmetric (gp->u, gp->w, n))
    return -INFINITY;
  for (gsize i = 0; i < n; i++)
    gp->w[i] = fmax (gp->w[i], 0);
  nv_gemm (gp->z, gp->u, gp->y, TRUE, FALSE, n, 1, n, 1, 0);
  double best = maximise (evidence_of_ratio, gp, log (LEAST_RATIO), log (100), 20, 12);
  gp->ratio = exp (best);
  return evidence_of_ratio (gp, best);
}

/* --- set-up --------------------------------------------------------------------------- */

static void
open_gp (Gp *gp, const double *x, const double *y, gsize n, gsize D)
{
  *gp = (Gp){ .n = n, .y = g_memdup2 (y, n * sizeof *y) };
  gp->square = g_new0 (double, n * n);
  gp->u = g_new (double, n * n);
  gp->w = g_new (double, n);
  gp->z = g_new (double, n);
  gsize pairs = 0;
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < i; j++) {
      double sum = 0;
      for (gsize d = 0; d < D; d++)
        sum += (x[i * D + d] - x[j * D + d]) * (x[i * D + d] - x[j * D + d]);
      gp->square[i * n + j] = gp->square[j * n + i] = sum;
      gp->u[pairs++] = sum;
    }
  gp->unit = pairs > 0 ? sqrt (nv_i_quantile (gp->u, pairs, 0.5)) : 0;
  if (!(gp->unit > 0))
    gp->unit = 1;
}

static void
close_gp (Gp *gp)
{
  double *arrays[] = { gp->y, gp->square, gp->u, gp->w, gp->z };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_free (arrays[i]);
}

double
nv_i_gp_evidence (const double *x, const double *y, gsize n, gsize D, double length,
                  double *ratio)
{
  Gp gp;
  open_gp (&gp, x, y, n, D);
  double value = evidence_of_length (&gp, log (length));
  if (ratio != NULL)
    *ratio = gp.ratio;
  close_gp (&gp);
  return value;
}

/* --- prediction ----------------------------------------------------------------------- */

/* out[m] += k (z, x) weight, in blocks: |z - x|^2 = |z|^2 + |x|^2 - 2 z.x */
static void
add_kernel (double *out, const double *z, gsize m, const double *x, const double *weight,
            gsize n, gsize D, double length)
{
  const double scale = -0.5 / (length * length);
  g_autofree double *k = g_new (double, BLOCK * n), *norm = g_new0 (double, n);
  for (gsize j = 0; j < n; j++)
    for (gsize d = 0; d < D; d++)
      norm[j] += x[j * D + d] * x[j * D + d];
  for (gsize at = 0; at < m; at += BLOCK) {
    const gsize rows = MIN (BLOCK, m - at);
    nv_gemm (k, z + at * D, x, FALSE, TRUE, rows, n, D, -2, 0);
    for (gsize i = 0; i < rows; i++) {
      const double *point = z + (at + i) * D;
      double own = 0;
      for (gsize d = 0; d < D; d++)
        own += point[d] * point[d];
      for (gsize j = 0; j < n; j++)
        out[at + i] += weight[j] * exp (scale * fmax (own + norm[j] + k[i * n + j], 0));
    }
  }
}

void
nv_i_regress_gp (double *out, const double *z, gsize m, const double *x, const double *y,
                 gsize n, gsize D)
{
  const double mean = nv_i_mean (y, n);
  double spread = 0;
  Gp gp;
  open_gp (&gp, x, y, n, D);
  for (gsize i = 0; i < n; i++) {
    gp.y[i] -= mean;
    spread = fmax (spread, fabs (gp.y[i]));
  }
  for (gsize i = 0; i < m; i++)
    out[i] = mean;
  if (spread > 1e-12 * fabs (mean)) {
    const double middle = log (gp.unit), reach = OCTAVES * G_LN2;
    double best = maximise (evidence_of_length, &gp, middle - reach, middle + reach,
                            2 * OCTAVES + 1, 8);
    evidence_of_length (&gp, best);
    for (gsize i = 0; i < n; i++)
      gp.z[i] /= gp.w[i] + gp.ratio;
    nv_gemm (gp.y, gp.u, gp.z, FALSE, FALSE, n, 1, n, 1, 0);
    add_kernel (out, z, m, x, gp.y, n, D, exp (best));
  }
  close_gp (&gp);
}
