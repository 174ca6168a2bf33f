/* All three kernels go through the same lines: the outputs of a row that one tap reaches, beside
 * the inputs that it takes there. */
#include "train/depthwise.h"

#include <string.h>

#include "train/kernels.h"

typedef struct {
  int from, to;
} Range;

/* Those of `out` rows (or columns) where tap `at` falls on one of `size` inputs. */
static inline Range
reach (int at, int size, int out, int before, const NvDepthwise *s)
{
  const int shift = at * s->dilation - before;
  const int from = shift < 0 ? (-shift + s->stride - 1) / s->stride : 0;
  return (Range){ from, MIN (out, (size - shift + s->stride - 1) / s->stride) };
}

/* A pixel's 8 channels. */
typedef float Pixel __attribute__ ((vector_size (NV_BLOCK * sizeof (float)), may_alias));

/* n outputs y in a row, the inputs x under them, `step` pixels apart, and the tap. */
typedef void Line (Pixel *y, Pixel *x, Pixel *tap, int n, int step);

/* Map by map, output row by output row; within one, the taps of a kernel's row from the last to
 * the first with `last_first`, so that an input's outputs come in their order. All arrays are
 * aligned to a pixel. */
static inline __attribute__ ((always_inline)) void
each_line (const float *outputs, const float *inputs, const float *weights, const NvDepthwise *s,
           gboolean last_first, Line *line)
{
  const int k = s->kernel;
  Pixel *y = (Pixel *) outputs, *x = (Pixel *) inputs;
  Range *columns = g_newa (Range, (gsize) k);
  for (int u = 0; u < k; u++)
    columns[u] = reach (u, s->width, s->out_width, s->left, s);
  for (size_t i = 0; i < s->n; i++, x += s->height * s->width) {
    Pixel *kernel = (Pixel *) weights + (i % s->blocks) * (size_t) (k * k);
    for (int r = 0; r < s->out_height; r++, y += s->out_width)
      for (int v = 0; v < k; v++) {
        const int row = r * s->stride - s->top + v * s->dilation;
        if (row < 0 || row >= s->height)
          continue;
        for (int t = 0; t < k; t++) {
          const int u = last_first ? k - 1 - t : t, c = columns[u].from;
          if (c >= columns[u].to)
            continue;
          line (y + c, x + row * s->width + c * s->stride - s->left + u * s->dilation,
                kernel + v * k + u, columns[u].to - c, s->stride);
        }
      }
  }
}

static inline __attribute__ ((always_inline)) void
forward (Pixel *y, Pixel *x, Pixel *tap, int n, int step)
{
  const Pixel w = *tap;
  for (int c = 0; c < n; c++)
    y[c] += w * x[c * step];
}

static inline __attribute__ ((always_inline)) void
backward (Pixel *y, Pixel *x, Pixel *tap, int n, int step)
{
  const Pixel w = *tap;
  for (int c = 0; c < n; c++)
    x[c * step] += w * y[c];
}

static inline __attribute__ ((always_inline)) void
backward_weights (Pixel *y, Pixel *x, Pixel *tap, int n, int step)
{
  Pixel sum = *tap;
  for (int c = 0; c < n; c++)
    sum += x[c * step] * y[c];
  *tap = sum;
}

NV_SIMD void
nv_i_depthwise (float *restrict y, const float *restrict x, const float *restrict w,
                const NvDepthwise *s)
{
  memset (y, 0, s->n * (size_t) (s->out_height * s->out_width) * NV_BLOCK * sizeof *y);
  each_line (y, x, w, s, FALSE, forward);
}

NV_SIMD void
nv_i_depthwise_backward (float *restrict dx, const float *restrict dy,
                         const float *restrict w, const NvDepthwise *s)
{
  memset (dx, 0, s->n * (size_t) (s->height * s->width) * NV_BLOCK * sizeof *dx);
  each_line (dy, dx, w, s, TRUE, backward);
}

NV_SIMD void
nv_i_depthwise_backward_weights (float *restrict dw, const float *restrict dy,
                                 const float *restrict x, const NvDepthwise *s)
{
  memset (dw, 0, s->blocks * (size_t) (s->kernel * s->kernel) * NV_BLOCK * sizeof *dw);
  each_line (dy, x, dw, s, FALSE, backward_weights);
}
