/* Gaussian elimination: the naive twin of what searchers do with factors of matrices. */
#ifndef NAIVE_LINALG_H
#define NAIVE_LINALG_H

#include <math.h>
#include <nasvec/base.h>

static inline void
naive_swap (double *a, double *b, gsize n)
{
  for (gsize i = 0; i < n; i++) {
    double t = a[i];
    a[i] = b[i];
    b[i] = t;
  }
}

/* x[n x k] = a^-1 x, by rows with pivots; a[n x n] is spoilt. Returns log |det a|. */
static inline double
naive_solve (double *a, double *x, gsize n, gsize k)
{
  double logdet = 0.0;
  for (gsize c = 0; c < n; c++) {
    gsize pivot = c;
    for (gsize r = c + 1; r < n; r++)
      if (fabs (a[r * n + c]) > fabs (a[pivot * n + c]))
        pivot = r;
    naive_swap (a + c * n, a + pivot * n, n);
    naive_swap (x + c * k, x + pivot * k, k);
    logdet += log (fabs (a[c * n + c]));
    for (gsize r = 0; r < n; r++) {
      double f = a[r * n + c] / a[c * n + c];
      for (gsize i = 0; r != c && i < n; i++)
        a[r * n + i] -= f * a[c * n + i];
      for (gsize i = 0; r != c && i < k; i++)
        x[r * k + i] -= f * x[c * k + i];
    }
  }
  for (gsize i = 0; i < n * k; i++)
    x[i] /= a[(i / k) * n + i / k];
  return logdet;
}

/* -log N (y[n]; 0, c[n x n]); c is spoilt. */
static inline double
naive_gaussian_loss (double *c, const double *y, gsize n)
{
  g_autofree double *x = g_memdup2 (y, n * sizeof *y);
  double loss = 0.5 * naive_solve (c, x, n, 1) + 0.5 * (double) n * log (2 * G_PI);
  for (gsize i = 0; i < n; i++)
    loss += 0.5 * y[i] * x[i];
  return loss;
}

#endif
