#include "train/depthwise.h"

#include <string.h>

#include "nn/simd.h"
#include "train/kernels.h"

/* Taps [*from, *to) of `kernel` that, from output `at`, fall on one of `size` inputs. */
static inline void
taps (int at, int size, int before, const NvDepthwise *s, int *from, int *to)
{
  const int first = at * s->stride - before;
  *from = first < 0 ? (-first + s->dilation - 1) / s->dilation : 0;
  *to = (size - first + s->dilation - 1) / s->dilation;
  *to = MIN (*to, s->kernel);
}

NV_SIMD void
nv_i_depthwise (float *restrict y, const float *restrict x, const float *restrict w,
                const NvDepthwise *s)
{
  const int row = s->width * (int) NV_BLOCK, k = s->kernel;
  for (size_t i = 0; i < s->n; i++, x += s->height * row) {
    const float *kernel = w + (i % s->blocks) * (size_t) (k * k) * NV_BLOCK;
    for (int r = 0; r < s->out_height; r++)
      for (int c = 0; c < s->out_width; c++, y += NV_BLOCK) {
        int v0, v1, u0, u1;
        float sum[NV_BLOCK] = { 0 };
        taps (r, s->height, s->top, s, &v0, &v1);
        taps (c, s->width, s->left, s, &u0, &u1);
        for (int v = v0; v < v1; v++)
          for (int u = u0; u < u1; u++) {
            const float *in = x + (r * s->stride - s->top + v * s->dilation) * row
                              + (c * s->stride - s->left + u * s->dilation)
                                  * (int) NV_BLOCK;
            const float *tap = kernel + (v * k + u) * (int) NV_BLOCK;
            for (size_t b = 0; b < NV_BLOCK; b++)
              sum[b] += tap[b] * in[b];
          }
        memcpy (y, sum, sizeof sum);
      }
  }
}

NV_SIMD void
nv_i_depthwise_backward (float *restrict dx, const float *restrict dy,
                         const float *restrict w, const NvDepthwise *s)
{
  const int row = s->width * (int) NV_BLOCK, k = s->kernel;
  memset (dx, 0, s->n * (size_t) (s->height * row) * sizeof *dx);
  for (size_t i = 0; i < s->n; i++, dx += s->height * row) {
    const float *kernel = w + (i % s->blocks) * (size_t) (k * k) * NV_BLOCK;
    for (int r = 0; r < s->out_height; r++)
      for (int c = 0; c < s->out_width; c++, dy += NV_BLOCK) {
        int v0, v1, u0, u1;
        taps (r, s->height, s->top, s, &v0, &v1);
        taps (c, s->width, s->left, s, &u0, &u1);
        for (int v = v0; v < v1; v++)
          for (int u = u0; u < u1; u++) {
            float *out = dx + (r * s->stride - s->top + v * s->dilation) * row
                         + (c * s->stride - s->left + u * s->dilation) * (int) NV_BLOCK;
            const float *tap = kernel + (v * k + u) * (int) NV_BLOCK;
            for (size_t b = 0; b < NV_BLOCK; b++)
              out[b] += tap[b] * dy[b];
          }
      }
  }
}

NV_SIMD void
nv_i_depthwise_backward_weights (float *restrict dw, const float *restrict dy,
                                 const float *restrict x, const NvDepthwise *s)
{
  const int row = s->width * (int) NV_BLOCK, k = s->kernel;
  memset (dw, 0, s->blocks * (size_t) (k * k) * NV_BLOCK * sizeof *dw);
  for (size_t i = 0; i < s->n; i++, x += s->height * row) {
    float *kernel = dw + (i % s->blocks) * (size_t) (k * k) * NV_BLOCK;
    for (int r = 0; r < s->out_height; r++)
      for (int c = 0; c < s->out_width; c++, dy += NV_BLOCK) {
        int v0, v1, u0, u1;
        taps (r, s->height, s->top, s, &v0, &v1);
        taps (c, s->width, s->left, s, &u0, &u1);
        for (int v = v0; v < v1; v++)
          for (int u = u0; u < u1; u++) {
            const float *in = x + (r * s->stride - s->top + v * s->dilation) * row
                              + (c * s->stride - s->left + u * s->dilation)
                                  * (int) NV_BLOCK;
            float *tap = kernel + (v * k + u) * (int) NV_BLOCK;
            for (size_t b = 0; b < NV_BLOCK; b++)
              tap[b] += in[b] * dy[b];
          }
      }
  }
}
