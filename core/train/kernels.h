/* What is computed on a blocked map by plain loops: the rest is oneDNN's.
 *
 * A map of B images has its channels in blocks of 8, [B x ceil (C / 8) x S x 8] with S =
 * height x width; the channels beyond C are zero and stay so. */
#ifndef NV_TRAIN_KERNELS_H
#define NV_TRAIN_KERNELS_H

#include <nasvec/base.h>

#define NV_BLOCK ((size_t) 8)

static inline size_t
nv_blocks (size_t channels)
{
  return (channels + NV_BLOCK - 1) / NV_BLOCK;
}

/* y[n] += x[n]. */
NV_INTERNAL void nv_i_train_add (float *restrict y, const float *restrict x, size_t n);
/* y[n] = a[n] + b[n], overwritten. */
NV_INTERNAL void nv_i_train_add_two (float *restrict y, const float *restrict a,
                                     const float *restrict b, size_t n);
/* Of B maps of n floats each: y = factor[b] x, overwritten. */
NV_INTERNAL void nv_i_train_scale (float *restrict y, const float *restrict x,
                                   const float *restrict factor, size_t B, size_t n);
/* Channels to .. to + count - 1 of the map y (of Cy channels) from channels from .. of the
 * map x (of Cx): overwritten or, with `add`, accumulated into. */
NV_INTERNAL void nv_i_train_copy_channels (float *restrict y, const float *restrict x,
                                           size_t B, size_t S, size_t Cy, size_t to,
                                           size_t Cx, size_t from, size_t count,
                                           gboolean add);
/* Of n maps of H x W pixels of 8 channels: y[r][c] = x[r + 1][c + 1], 0 beyond; overwritten. */
NV_INTERNAL void nv_i_train_shift (float *restrict y, const float *restrict x, size_t n,
                                   size_t H, size_t W);
/* dx[r + 1][c + 1] = dy[r][c], 0 in the first row and column; overwritten. */
NV_INTERNAL void nv_i_train_shift_backward (float *restrict dx, const float *restrict dy,
                                            size_t n, size_t H, size_t W);
/* Cross-entropy of softmax (logits) against the labels, smoothed: the target is 1 -
 * smoothing + smoothing / K for the label and smoothing / K else. logits, dlogits: [B x
 * row], the first K of each row count; labels[B]. Returns the mean over B; dlogits, its
 * gradient, is overwritten. */
NV_INTERNAL double nv_i_train_loss (float *dlogits, const float *logits,
                                    const guint8 *labels, size_t B, size_t K, size_t row,
                                    double smoothing);
/* How many of the n rows have their largest logit at the label. A row with a NaN has not. */
NV_INTERNAL size_t nv_i_train_right (const float *logits, const guint8 *labels, size_t n,
                                     size_t K, size_t row);
/* Momentum as v = momentum v + (gradient + decay weight), weight -= rate v. [n] each. */
NV_INTERNAL void nv_i_train_step (float *restrict weight, float *restrict v,
                                  const float *restrict gradient, size_t n, float rate,
                                  float momentum, float decay);

#endif
