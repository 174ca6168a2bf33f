/* Cholesky, triangular solves and symmetric eigenproblems on LAPACK; the normal distribution. */
#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <nasvec/linalg.h>

#include "nn/kernels.h"

gboolean
nv_cholesky (double *a, size_t n)
{
  nv_i_single_thread ();
  if (LAPACKE_dpotrf (LAPACK_ROW_MAJOR, 'L', (int) n, a, (int) MAX (n, 1)) != 0)
    return FALSE;
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++)
      a[i * n + j] = 0;
  return TRUE;
}

void
nv_solve_lower (const double *l, double *x, size_t n, size_t k, gboolean transpose)
{
  if (n == 0 || k == 0)
    return;
  nv_i_single_thread ();
  cblas_dtrsm (CblasRowMajor, CblasLeft, CblasLower, transpose ? CblasTrans : CblasNoTrans,
               CblasNonUnit, (int) n, (int) k, 1, l, (int) n, x, (int) k);
}

void
nv_cholesky_solve (const double *l, double *x, size_t n, size_t k)
{
  nv_solve_lower (l, x, n, k, FALSE);
  nv_solve_lower (l, x, n, k, TRUE);
}

double
nv_cholesky_logdet (const double *l, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += log (l[i * n + i]);
  return 2 * sum;
}

gboolean
nv_eigen_symmetric (double *a, double *w, size_t n)
{
  nv_i_single_thread ();
  return n == 0 || LAPACKE_dsyevd (LAPACK_ROW_MAJOR, 'V', 'L', (int) n, a, (int) n, w) == 0;
}

double
nv_normal_pdf (double x)
{
  return exp (-0.5 * x * x) / sqrt (2 * G_PI);
}

double
nv_normal_cdf (double x)
{
  return 0.5 * erfc (-x / G_SQRT2);
}
