/* Matrix products on OpenBLAS, one thread each: threads are ours (nv_team_run). */
#include <cblas.h>
#include <nasvec/linalg.h>

#include "nn/kernels.h"

#ifdef NV_DOUBLE
#define cblas_rgemm cblas_dgemm
#else
#define cblas_rgemm cblas_sgemm
#endif

#define OP(t) ((t) ? CblasTrans : CblasNoTrans)

void
nv_i_single_thread (void)
{
  static gsize once;
  if (g_once_init_enter (&once)) {
    openblas_set_num_threads (1);
    g_once_init_leave (&once, 1);
  }
}

char *
nv_i_blas_name (void)
{
  return g_strdup_printf ("%s, kernel %s", openblas_get_config (), openblas_get_corename ());
}

void
nv_gemm (double *c, const double *a, const double *b, gboolean trans_a, gboolean trans_b,
         size_t M, size_t N, size_t K, double alpha, double beta)
{
  if (M == 0 || N == 0)
    return;
  nv_i_single_thread ();
  cblas_dgemm (CblasRowMajor, OP (trans_a), OP (trans_b), (int) M, (int) N, (int) K, alpha, a,
               (int) MAX (trans_a ? M : K, 1), b, (int) MAX (trans_b ? K : N, 1), beta, c,
               (int) N);
}

void
nv_rgemm (nv_real *c, const nv_real *a, const nv_real *b, gboolean trans_a, gboolean trans_b,
          size_t M, size_t N, size_t K, nv_real alpha, nv_real beta)
{
  nv_i_gemm_strided (c, a, b, trans_a, trans_b, M, N, K, N, trans_a ? M : K,
                     trans_b ? K : N, alpha, beta);
}

void
nv_i_gemm_strided (nv_real *c, const nv_real *a, const nv_real *b, gboolean trans_a,
                   gboolean trans_b, size_t M, size_t N, size_t K, size_t ldc, size_t lda,
                   size_t ldb, nv_real alpha, nv_real beta)
{
  if (M == 0 || N == 0)
    return;
  nv_i_single_thread ();
  cblas_rgemm (CblasRowMajor, OP (trans_a), OP (trans_b), (int) M, (int) N, (int) K, alpha, a,
               (int) MAX (lda, 1), b, (int) MAX (ldb, 1), beta, c, (int) ldc);
}
