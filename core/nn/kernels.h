/* Kernels that nasvec's networks are put together from; the public ones are in nasvec/nn.h. */
#ifndef NV_KERNELS_H
#define NV_KERNELS_H

#include <nasvec/base.h>

/* c[M x N] = op(a) op(b) + beta c with row strides; see nv_rgemm(). */
NV_INTERNAL void nv_i_gemm_strided (nv_real *c, const nv_real *a, const nv_real *b,
                                    gboolean trans_a, gboolean trans_b, size_t M, size_t N,
                                    size_t K, size_t ldc, size_t lda, size_t ldb, nv_real alpha,
                                    nv_real beta);

#endif
