/* A map is copied into one with zeros around it, where every tap of the kernel finds something at
 * every place, so that all loops are of one length and sums stay in registers. Products with these
 * zeros change no bit. */
#include "train/depthwise.h"

#include <string.h>

#include "train/kernels.h"

#define CHUNK 8 /* outputs of a row at a time; HALF where no more are left */
#define HALF (CHUNK / 2)

/* A pixel's 8 channels. */
typedef float Pixel __attribute__ ((vector_size (NV_BLOCK * sizeof (float)), may_alias));

/* --- maps with a border ----------------------------------------------------------------- */

typedef struct {
  int height, width;           /* of the map with its border */
  int rows, columns, step;     /* of the map in it, whose pixels are `step` apart */
  int top, left;               /* where it begins */
  int out_height, out_width;   /* of what is made of it, */
  int stride, kernel, dilation;
} Border;

static int
whole_chunks (int width)
{
  return (width + HALF - 1) / HALF * HALF;
}

/* The inputs, for the outputs. */
static Border
border_of_inputs (const NvDepthwise *s)
{
  const int reach = (s->kernel - 1) * s->dilation;
  return (Border){ (s->out_height - 1) * s->stride + reach + 1,
                   (whole_chunks (s->out_width) - 1) * s->stride + reach + 1,
                   s->height, s->width, 1, s->top, s->left, s->out_height, s->out_width,
                   s->stride, s->kernel, s->dilation };
}

/* The outputs' gradient, for the inputs': a convolution of stride 1, its pixels apart. */
static Border
border_of_outputs (const NvDepthwise *s)
{
  const int reach = (s->kernel - 1) * s->dilation;
  return (Border){ s->height + reach, whole_chunks (s->width) + reach, s->out_height,
                   s->out_width, s->stride, reach - s->top, reach - s->left, s->height, s->width,
                   1, s->kernel, s->dilation };
}

static size_t
pixels_of (const Border *b)
{
  return (size_t) b->height * (size_t) b->width;
}

size_t
nv_i_depthwise_room (const NvDepthwise *shape)
{
  const Border x = border_of_inputs (shape), y = border_of_outputs (shape);
  return MAX (pixels_of (&x), pixels_of (&y)) * NV_BLOCK;
}

/* The border itself is zero already. Rows and columns beyond it are read by no tap. */
static inline __attribute__ ((always_inline)) void
put (Pixel *to, const Pixel *map, const Border *b)
{
  const int columns = MIN (b->columns, (b->width - b->left + b->step - 1) / b->step);
  for (int r = 0; r < b->rows && b->top + r * b->step < b->height; r++) {
    Pixel *row = to + (b->top + r * b->step) * b->width + b->left;
    for (int c = 0; c < columns; c++)
      row[c * b->step] = map[r * b->columns + c];
  }
}

/* --- outputs and inputs ----------------------------------------------------------------- */

/* n <= chunk outputs in a row; x: what the first tap takes for the first of them. */
static inline __attribute__ ((always_inline)) void
row_chunk (Pixel *y, const Pixel *x, const Pixel *kernel, const Border *b, gboolean flipped,
           int n, int chunk)
{
  const int k = b->kernel;
  Pixel sum[CHUNK];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++)
    sum[j] = (Pixel){ 0 };
  for (int v = 0; v < k; v++)
    for (int t = 0; t < k; t++) {
      const Pixel w = kernel[flipped ? k * k - 1 - v * k - t : v * k + t];
      const Pixel *tap = x + v * b->dilation * b->width + t * b->dilation;
#pragma GCC unroll 8
      for (int j = 0; j < chunk; j++)
        sum[j] += w * tap[j * b->stride];
    }
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++)
    if (j < n)
      y[j] = sum[j];
}

/* Every output: the sum over the taps, row by row; `flipped`: from the last tap to the first. */
static inline __attribute__ ((always_inline)) void
correlate (float *out, const float *in, const float *weights, const NvDepthwise *s,
           const Border *b, gboolean flipped)
{
  const Pixel *map = (const Pixel *) in, *kernels = (const Pixel *) weights;
  const size_t taps = (size_t) (s->kernel * s->kernel);
  const gsize size = (gsize) (b->rows * b->columns);
  Pixel *y = (Pixel *) out, *x = (Pixel *) s->room;
  memset (s->room, 0, pixels_of (b) * sizeof *x);
  for (size_t i = 0; i < s->n; i++, map += size) {
    const Pixel *kernel = kernels + i % s->blocks * taps;
    put (x, map, b);
    for (int r = 0; r < b->out_height; r++, y += b->out_width)
      for (int c = 0; c < b->out_width; c += CHUNK) {
        const Pixel *first = x + r * b->stride * b->width + c * b->stride;
        const int n = b->out_width - c;
        if (n <= HALF)
          row_chunk (y + c, first, kernel, b, flipped, n, HALF);
        else
          row_chunk (y + c, first, kernel, b, flipped, MIN (n, CHUNK), CHUNK);
      }
  }
}

NV_SIMD void
nv_i_depthwise (float *restrict y, const float *restrict x, const float *restrict w,
                const NvDepthwise *s)
{
  const Border b = border_of_inputs (s);
  correlate (y, x, w, s, &b, FALSE);
}

NV_SIMD void
nv_i_depthwise_backward (float *restrict dx, const float *restrict dy,
                         const float *restrict w, const NvDepthwise *s)
{
  const Border b = border_of_outputs (s);
  correlate (dx, dy, w, s, &b, TRUE);
}

/* --- weights ---------------------------------------------------------------------------- */

/* Adds one row of outputs to the gradients of `count` taps that are beside each other. */
static inline __attribute__ ((always_inline)) void
add_row (Pixel *dw, const Pixel *x, const Pixel *y, const Border *b, int count)
{
  Pixel sum[CHUNK];
#pragma GCC unroll 8
  for (int t = 0; t < count; t++)
    sum[t] = dw[t];
  for (int c = 0; c < b->out_width; c++)
#pragma GCC unroll 8
    for (int t = 0; t < count; t++)
      sum[t] += x[c * b->stride + t * b->dilation] * y[c];
#pragma GCC unroll 8
  for (int t = 0; t < count; t++)
    dw[t] = sum[t];
}

static inline __attribute__ ((always_inline)) void
add_taps (Pixel *dw, const Pixel *x, const Pixel *y, const Border *b)
{
  switch (b->kernel) {
  case 3:
    add_row (dw, x, y, b, 3);
    break;
  case 5:
    add_row (dw, x, y, b, 5);
    break;
  default:
    for (int t = 0; t < b->kernel; t++)
      add_row (dw + t, x + t * b->dilation, y, b, 1);
  }
}

NV_SIMD void
nv_i_depthwise_backward_weights (float *restrict dw, const float *restrict dy,
                                 const float *restrict x, const NvDepthwise *s)
{
  const Border b = border_of_inputs (s);
  const Pixel *y = (const Pixel *) dy, *map = (const Pixel *) x;
  const size_t taps = (size_t) (s->kernel * s->kernel);
  Pixel *in = (Pixel *) s->room;
  memset (dw, 0, s->blocks * taps * sizeof *in);
  memset (in, 0, pixels_of (&b) * sizeof *in);
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    Pixel *kernel = (Pixel *) dw + i % s->blocks * taps;
    put (in, map, &b);
    for (int r = 0; r < s->out_height; r++, y += s->out_width)
      for (int v = 0; v < s->kernel; v++)
        add_taps (kernel + v * s->kernel, in + (r * s->stride + v * s->dilation) * b.width, y,
                  &b);
  }
}
