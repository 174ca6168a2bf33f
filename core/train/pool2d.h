/* Pools: the mean and the largest of a window, of what is inside the map. oneDNN's mix old and new
 * vector instructions, which costs some processors 20 times the time; the sums here are taken in
 * its order, so that no bit depends on who computes them.
 *
 * Maps are blocked as in kernels.h; n of them, B x blocks. */
#ifndef NV_POOL2D_H
#define NV_POOL2D_H

#include <nasvec/base.h>

typedef struct {
  size_t n;
  int height, width, out_height, out_width;
  int kernel, stride;
  int top, left; /* padding before the first row and column */
  float *room;   /* [nv_i_pool2d_room()] buffer, aligned to 32 bytes */
} NvPool2d;

/* Floats of `room`, which need not be there yet. */
NV_INTERNAL size_t nv_i_pool2d_room (const NvPool2d *shape);

/* y [n x out_height x out_width x 8] of x [n x height x width x 8]; overwritten. */
NV_INTERNAL void nv_i_pool2d_mean (float *restrict y, const float *restrict x,
                                   const NvPool2d *shape);
/* dx, shaped as x; overwritten. */
NV_INTERNAL void nv_i_pool2d_mean_backward (float *restrict dx, const float *restrict dy,
                                            const NvPool2d *shape);
/* Also, shaped as y, which place of the window it was, the first where there are several. What
 * is not a number is never the largest; a window of nothing else has -FLT_MAX, at place 0. */
NV_INTERNAL void nv_i_pool2d_max (float *restrict y, gint32 *restrict place,
                                  const float *restrict x, const NvPool2d *shape);
NV_INTERNAL void nv_i_pool2d_max_backward (float *restrict dx, const float *restrict dy,
                                           const gint32 *restrict place, const NvPool2d *shape);

#endif
