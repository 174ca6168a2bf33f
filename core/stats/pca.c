/* The first two principal components. */
#include <math.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "stats/stats.h"

/* centred[n x D] = x less its column means. */
static void
centre (double *centred, const double *x, gsize n, gsize D)
{
  for (gsize d = 0; d < D; d++) {
    double mean = 0;
    for (gsize i = 0; i < n; i++)
      mean += x[i * D + d];
    mean /= (double) n;
    for (gsize i = 0; i < n; i++)
      centred[i * D + d] = x[i * D + d] - mean;
  }
}

void
nv_i_pca (double *xy, double *axes, const double *x, gsize n, gsize D)
{
  memset (xy, 0, 2 * n * sizeof (double));
  if (axes != NULL)
    memset (axes, 0, 2 * D * sizeof (double));
  if (n < 2 || D == 0)
    return;
  g_autofree double *centred = g_new (double, n * D), *c = g_new (double, D * D);
  g_autofree double *w = g_new (double, D);
  centre (centred, x, n, D);
  nv_gemm (c, centred, centred, TRUE, FALSE, D, D, n, 1.0 / (double) (n - 1), 0.0);
  if (!nv_eigen_symmetric (c, w, D))
    return;
  for (gsize k = 0; k < MIN (D, 2); k++) {
    gsize column = D - 1 - k, largest = 0;
    for (gsize d = 1; d < D; d++)
      if (fabs (c[d * D + column]) > fabs (c[largest * D + column]) * (1 + 1e-9))
        largest = d;
    double sign = c[largest * D + column] < 0 ? -1 : 1;
    for (gsize d = 0; d < D && axes != NULL; d++)
      axes[2 * d + k] = sign * c[d * D + column];
    for (gsize i = 0; i < n; i++)
      for (gsize d = 0; d < D; d++)
        xy[2 * i + k] += sign * centred[i * D + d] * c[d * D + column];
  }
}
