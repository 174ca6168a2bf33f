/* Ridge regression whose penalty has the least leave-one-out error. Golub, Heath & Wahba 1979.
 *
 * With the rows of x and y centred, K = x x^T = U diag (w) U^T, the fit under the penalty c is
 *   H y, H = 1/n + U diag (w / (w + c)) U^T,
 * and leaving out label i leaves the error (y - H y)_i / (1 - H_ii): n^2 operations per c. */
#include <math.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "stats/regress.h"
#include "stats/stats.h"

#define PENALTIES 33 /* quarter decades around the mean eigenvalue */

/* Mean squared error of each label by the others. */
static double
left_out (const double *u, const double *w, const double *projected, const double *y, gsize n,
          double penalty)
{
  double sum = 0;
  for (gsize i = 0; i < n; i++) {
    double fit = 0, own = 1 / (double) n;
    for (gsize k = 0; k < n; k++) {
      double shrink = w[k] / (w[k] + penalty);
      fit += u[i * n + k] * shrink * projected[k];
      own += u[i * n + k] * u[i * n + k] * shrink;
    }
    double error = (y[i] - fit) / fmax (1 - own, 1e-9);
    sum += error * error;
  }
  return sum / (double) n;
}

static double
choose_penalty (const double *u, const double *w, const double *projected, const double *y,
                gsize n)
{
  const double unit = nv_i_mean (w, n);
  double least = INFINITY, best = unit;
  for (int i = 0; i < PENALTIES; i++) {
    double penalty = unit * pow (10, 0.25 * (i - PENALTIES / 2));
    double error = left_out (u, w, projected, y, n, penalty);
    if (error < least) {
      least = error;
      best = penalty;
    }
  }
  return best;
}

/* weight[D] of centred x[n x D] and y[n]; zero where x does not vary. */
static void
fit (double *weight, const double *x, const double *y, gsize n, gsize D)
{
  g_autofree double *u = g_new (double, n * n), *w = g_new (double, n);
  g_autofree double *projected = g_new (double, n), *dual = g_new (double, n);
  memset (weight, 0, D * sizeof *weight);
  nv_gemm (u, x, x, FALSE, TRUE, n, n, D, 1, 0);
  if (!nv_eigen_symmetric (u, w, n) || !(w[n - 1] > 0))
    return;
  for (gsize k = 0; k < n; k++)
    w[k] = fmax (w[k], 0);
  nv_gemm (projected, u, y, TRUE, FALSE, n, 1, n, 1, 0);
  const double penalty = choose_penalty (u, w, projected, y, n);
  for (gsize k = 0; k < n; k++)
    projected[k] /= w[k] + penalty;
  nv_gemm (dual, u, projected, FALSE, FALSE, n, 1, n, 1, 0);
  nv_gemm (weight, x, dual, TRUE, FALSE, D, 1, n, 1, 0);
}

void
nv_i_regress_ridge (double *out, const double *z, gsize m, const double *x, const double *y,
                    gsize n, gsize D)
{
  g_autofree double *centred = g_new (double, n * D), *target = g_new (double, n);
  g_autofree double *centre = g_new0 (double, D), *weight = g_new (double, D);
  double offset = nv_i_mean (y, n);
  for (gsize i = 0; i < n * D; i++)
    centre[i % D] += x[i] / (double) n;
  for (gsize i = 0; i < n * D; i++)
    centred[i] = x[i] - centre[i % D];
  for (gsize i = 0; i < n; i++)
    target[i] = y[i] - offset;
  fit (weight, centred, target, n, D);
  for (gsize d = 0; d < D; d++)
    offset -= weight[d] * centre[d];
  nv_gemm (out, z, weight, FALSE, FALSE, m, 1, D, 1, 0);
  for (gsize i = 0; i < m; i++)
    out[i] += offset;
}
