/* Kernels that nasvec's networks are put together from; the public ones are in nasvec/nn.h. */
#ifndef NV_KERNELS_H
#define NV_KERNELS_H

#include <nasvec/base.h>

/* The library of the matrix products and its kernel for this processor, on which the last bits
 * depend; g_free. */
NV_INTERNAL char *nv_i_blas_name (void);

/* Before any call of OpenBLAS: it is to run on the thread that calls it, since the last bits depend
 * on how many share the work. */
NV_INTERNAL void nv_i_single_thread (void);

/* c[M x N] = op(a) op(b) + beta c with row strides; see nv_rgemm(). */
NV_INTERNAL void nv_i_gemm_strided (nv_real *c, const nv_real *a, const nv_real *b,
                                    gboolean trans_a, gboolean trans_b, size_t M, size_t N,
                                    size_t K, size_t ldc, size_t lda, size_t ldb, nv_real alpha,
                                    nv_real beta);

/* --- rows of a graph network, R rows of C columns each ------------------------------ */

/* out[n x C]: row i = self x[i] + the sum of the rows of x that mask[i] has; n nodes. */
NV_INTERNAL void nv_i_aggregate (nv_real *restrict out, const nv_real *restrict x,
                                 const guint32 *mask, nv_real self, size_t n, size_t C);
/* The same for one-hot rows: x[i] has its 1 in column op[i], or none where that is NV_OP_PAD. */
NV_INTERNAL void nv_i_aggregate_types (nv_real *restrict out, const guint8 *op,
                                       const guint32 *mask, nv_real self, size_t n, size_t C);

/* y[n x C] = max (0, scale v + shift), v = self x[list[start[i]]] + the sum of the rows of x that
 * the rest of list[start[i] .. start[i + 1] - 1] names. */
NV_INTERNAL void nv_i_gather_affine_relu (nv_real *restrict y, const nv_real *restrict x,
                                          const guint32 *start, const guint32 *list,
                                          nv_real self, const nv_real *restrict scale,
                                          const nv_real *restrict shift, size_t n, size_t C);

/* mean[C] of the rows, and square[C], the sum of their squared distances to it. R >= 1. */
NV_INTERNAL void nv_i_moments (nv_real *restrict mean, nv_real *restrict square,
                               const nv_real *restrict x, size_t R, size_t C);
/* The same of all rows, from `parts` pairs of such rows, part[parts x 2C] of rows[parts] each
 * (Chan, Golub & LeVeque 1979). */
NV_INTERNAL void nv_i_merge_moments (nv_real *restrict mean, nv_real *restrict square,
                                     const nv_real *restrict part, const gsize *rows,
                                     size_t parts, size_t C);

/* y = max (0, scale x + shift); y and x may be the same array. */
NV_INTERNAL void nv_i_affine_relu (nv_real *y, const nv_real *x, const nv_real *scale,
                                   const nv_real *shift, size_t R, size_t C);
/* Its backward, first part: dy is set to zero where y was; sum[C] of dy; dot[C] of
 * dy (x - mean). */
NV_INTERNAL void nv_i_affine_relu_backward (nv_real *restrict dy, nv_real *restrict sum,
                                            nv_real *restrict dot, const nv_real *restrict x,
                                            const nv_real *scale, const nv_real *shift,
                                            const nv_real *mean, size_t R, size_t C);
/* Second part: d = p d + q x + r, where p, q, r [C]. */
NV_INTERNAL void nv_i_combine (nv_real *restrict d, const nv_real *restrict x, const nv_real *p,
                               const nv_real *q, const nv_real *r, size_t R, size_t C);
NV_INTERNAL void nv_i_add_row (nv_real *restrict x, const nv_real *restrict row, size_t R,
                               size_t C);
/* sum of a[i] b[i] */
NV_INTERNAL double nv_i_dot (const nv_real *restrict a, const nv_real *restrict b, size_t n);

/* --- embeddings ----------------------------------------------------------------------- */

/* distance[R] = squared L2 distance of point[D] to each row of x[R x D] */
NV_INTERNAL void nv_i_distances (nv_real *restrict distance, const nv_real *restrict x,
                                 const nv_real *restrict point, size_t R, size_t D);

#endif
