/* Small dense linear algebra in double, for statistics, linear regression and Gaussian
 * processes. Row-major; on OpenBLAS. */
#ifndef NASVEC_LINALG_H
#define NASVEC_LINALG_H

#include <nasvec/base.h>

G_BEGIN_DECLS

/* c[M x N] = alpha op(a) op(b) + beta c, op(a) is [M x K], op(b) is [K x N]; trans_a: a is
 * stored [K x M]. */
NV_API void nv_gemm (double *c, const double *a, const double *b, gboolean trans_a,
                     gboolean trans_b, size_t M, size_t N, size_t K, double alpha, double beta);
/* The same in nv_real. */
NV_API void nv_rgemm (nv_real *c, const nv_real *a, const nv_real *b, gboolean trans_a,
                      gboolean trans_b, size_t M, size_t N, size_t K, nv_real alpha,
                      nv_real beta);
/* a[n x n] symmetric positive definite (its lower triangle is read) becomes its lower Cholesky
 * factor; the upper triangle is zeroed. FALSE, a undefined: not positive definite. */
NV_API gboolean nv_cholesky (double *a, size_t n);
/* x[n x k] = L^-1 x, or L^-T x; L lower, [n x n]. In place. */
NV_API void nv_solve_lower (const double *l, double *x, size_t n, size_t k, gboolean transpose);
/* (L L^T) x = b, in place in x[n x k]. */
NV_API void nv_cholesky_solve (const double *l, double *x, size_t n, size_t k);
/* log det of L L^T. */
NV_API double nv_cholesky_logdet (const double *l, size_t n);
/* Eigenvalues w[n], ascending, and eigenvectors in the columns of a[n x n], in place, of a
 * symmetric matrix. FALSE: did not converge. */
NV_API gboolean nv_eigen_symmetric (double *a, double *w, size_t n);

/* Standard normal density and distribution. */
NV_API double nv_normal_pdf (double x);
NV_API double nv_normal_cdf (double x);

G_END_DECLS

#endif
