/* Depthwise convolutions, one k x k kernel for each channel: oneDNN has no fast ones with
 * dilation or of every size.
 *
 * Maps are blocked as in kernels.h; n of them, B x blocks, where map i is of block i % blocks.
 * Weights are [blocks x k x k x 8]. */
#ifndef NV_DEPTHWISE_H
#define NV_DEPTHWISE_H

#include <nasvec/base.h>

typedef struct {
  size_t n, blocks;
  int height, width, out_height, out_width;
  int kernel, stride, dilation;
  int top, left; /* padding before the first row and column */
  float *room;   /* [nv_i_depthwise_room()] buffer, aligned to 32 bytes */
} NvDepthwise;

/* Floats of `room`, which need not be there yet. */
NV_INTERNAL size_t nv_i_depthwise_room (const NvDepthwise *shape);

/* y [n x out_height x out_width x 8] of x [n x height x width x 8]; overwritten. */
NV_INTERNAL void nv_i_depthwise (float *restrict y, const float *restrict x,
                                 const float *restrict w, const NvDepthwise *shape);
/* dx, shaped as x; overwritten. */
NV_INTERNAL void nv_i_depthwise_backward (float *restrict dx, const float *restrict dy,
                                          const float *restrict w,
                                          const NvDepthwise *shape);
/* dw, shaped as w; overwritten. */
NV_INTERNAL void nv_i_depthwise_backward_weights (float *restrict dw,
                                                  const float *restrict dy,
                                                  const float *restrict x,
                                                  const NvDepthwise *shape);

#endif
