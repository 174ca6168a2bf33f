/* A map is copied into one with a border, where every window is whole and every row of outputs
 * fills whole chunks. */
#include "train/pool.h"

#include <float.h>
#include <string.h>

#include "train/kernels.h"

#define CHUNK 8 /* outputs of a row at a time; HALF where no more are left */
#define HALF (CHUNK / 2)

/* A backward adds to an input chunk by chunk of a row's outputs, and in each the first column of
 * the windows before the second: these are oneDNN's chunks. */
#define MEAN_CHUNK 6
#define MAX_CHUNK 3

/* A pixel's 8 channels. */
typedef float Pixel __attribute__ ((vector_size (NV_BLOCK * sizeof (float)), may_alias));
typedef gint32 Places __attribute__ ((vector_size (NV_BLOCK * sizeof (gint32)), may_alias));

/* --- maps with a border ----------------------------------------------------------------- */

static inline int
room_width (const NvPool *s)
{
  const int whole = (s->out_width + HALF - 1) / HALF * HALF;
  return MAX ((whole - 1) * s->stride + s->kernel, s->left + s->width);
}

static inline int
room_height (const NvPool *s)
{
  return MAX ((s->out_height - 1) * s->stride + s->kernel, s->top + s->height);
}

size_t
nv_i_pool_room (const NvPool *shape)
{
  return (size_t) room_width (shape) * (size_t) room_height (shape) * NV_BLOCK;
}

static inline void
fill (Pixel *to, const NvPool *s, float value)
{
  const Pixel all = value + (Pixel){ 0 };
  for (int i = 0; i < room_width (s) * room_height (s); i++)
    to[i] = all;
}

static inline void
put (Pixel *to, const Pixel *map, const NvPool *s)
{
  const int width = room_width (s);
  for (int r = 0; r < s->height; r++)
    memcpy (to + (s->top + r) * width + s->left, map + r * s->width,
            (size_t) s->width * sizeof *to);
}

static inline void
take (Pixel *map, const Pixel *from, const NvPool *s)
{
  const int width = room_width (s);
  for (int r = 0; r < s->height; r++)
    memcpy (map + r * s->width, from + (s->top + r) * width + s->left,
            (size_t) s->width * sizeof *map);
}

/* How much of a window that begins at `from` is inside. */
static inline int
inside (int from, int kernel, int size)
{
  return MIN (from + kernel, size) - MAX (from, 0);
}

/* --- the mean --------------------------------------------------------------------------- */

/* The number of pixels in the window of output (r, c). */
static inline float
area (const NvPool *s, int r, int c)
{
  const int rows = inside (r * s->stride - s->top, s->kernel, s->height);
  const int columns = inside (c * s->stride - s->left, s->kernel, s->width);
  return (float) (rows * columns);
}

/* n <= chunk means in a row; x: the first window's first pixel. */
static inline __attribute__ ((always_inline)) void
mean_chunk (Pixel *y, const Pixel *x, const NvPool *s, int r, int c, int n, int chunk)
{
  const int width = room_width (s);
  Pixel sum[CHUNK];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++)
    sum[j] = (Pixel){ 0 };
  for (int v = 0; v < s->kernel; v++)
    for (int t = 0; t < s->kernel; t++)
#pragma GCC unroll 8
      for (int j = 0; j < chunk; j++)
        sum[j] += x[v * width + t + j * s->stride];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++)
    if (j < n)
      y[j] = sum[j] / area (s, r, c + j);
}

NV_SIMD void
nv_i_pool_mean (float *restrict y, const float *restrict x, const NvPool *s)
{
  const Pixel *map = (const Pixel *) x;
  Pixel *out = (Pixel *) y, *room = (Pixel *) s->room;
  fill (room, s, 0);
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    put (room, map, s);
    for (int r = 0; r < s->out_height; r++, out += s->out_width)
      for (int c = 0; c < s->out_width; c += CHUNK) {
        const Pixel *first = room + r * s->stride * room_width (s) + c * s->stride;
        const int n = s->out_width - c;
        if (n <= HALF)
          mean_chunk (out + c, first, s, r, c, n, HALF);
        else
          mean_chunk (out + c, first, s, r, c, MIN (n, CHUNK), CHUNK);
      }
  }
}

/* Adds the shares of n outputs beside each other to their windows, of which x is the first. */
static inline __attribute__ ((always_inline)) void
add_shares (Pixel *x, int width, const Pixel *share, int n, int kernel, int stride)
{
  for (int v = 0; v < kernel; v++, x += width)
    for (int t = 0; t < kernel; t++)
      for (int j = 0; j < n; j++)
        x[t + j * stride] += share[j];
}

/* The same for 3 x 3 at stride 1, with the row in registers. */
static inline __attribute__ ((always_inline)) void
add_shares_3x3 (Pixel *x, int width, const Pixel *share, int n)
{
  for (int v = 0; v < 3; v++, x += width) {
    Pixel sum[MEAN_CHUNK + 2];
#pragma GCC unroll 8
    for (int j = 0; j < n + 2; j++)
      sum[j] = x[j];
#pragma GCC unroll 3
    for (int t = 0; t < 3; t++)
#pragma GCC unroll 8
      for (int j = 0; j < n; j++)
        sum[t + j] += share[j];
#pragma GCC unroll 8
    for (int j = 0; j < n + 2; j++)
      x[j] = sum[j];
  }
}

NV_SIMD void
nv_i_pool_mean_backward (float *restrict dx, const float *restrict dy, const NvPool *s)
{
  const int width = room_width (s);
  const gboolean common = s->kernel == 3 && s->stride == 1;
  const Pixel *y = (const Pixel *) dy;
  Pixel *map = (Pixel *) dx, *room = (Pixel *) s->room;
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    fill (room, s, 0);
    for (int r = 0; r < s->out_height; r++, y += s->out_width)
      for (int c = 0; c < s->out_width; c += MEAN_CHUNK) {
        Pixel share[MEAN_CHUNK], *x = room + r * s->stride * width + c * s->stride;
        const int n = MIN (MEAN_CHUNK, s->out_width - c);
        for (int j = 0; j < n; j++)
          share[j] = y[c + j] / area (s, r, c + j);
        if (common && n == MEAN_CHUNK)
          add_shares_3x3 (x, width, share, MEAN_CHUNK);
        else if (common && n == 4)
          add_shares_3x3 (x, width, share, 4);
        else if (s->kernel == 3 && s->stride == 2 && n == 4)
          add_shares (x, width, share, 4, 3, 2);
        else
          add_shares (x, width, share, n, s->kernel, s->stride);
      }
    take (map, room, s);
  }
}

/* --- the largest ------------------------------------------------------------------------ */

/* n <= HALF of the largest in a row; x: the first window's first pixel. */
static inline __attribute__ ((always_inline)) void
max_chunk (Pixel *y, Places *place, const Pixel *x, const NvPool *s, int n)
{
  const int width = room_width (s);
  Pixel largest[HALF];
  Places where[HALF];
#pragma GCC unroll 8
  for (int j = 0; j < HALF; j++) {
    largest[j] = -FLT_MAX + (Pixel){ 0 };
    where[j] = (Places){ 0 };
  }
  for (int v = 0; v < s->kernel; v++)
    for (int t = 0; t < s->kernel; t++)
#pragma GCC unroll 8
      for (int j = 0; j < HALF; j++) {
        const Pixel new = x[v * width + t + j * s->stride];
        const Places larger = (Places) (largest[j] < new);
        largest[j] = (Pixel) (((Places) new & larger) | ((Places) largest[j] & ~larger));
        where[j] = ((v * s->kernel + t) & larger) | (where[j] & ~larger);
      }
#pragma GCC unroll 8
  for (int j = 0; j < HALF; j++)
    if (j < n) {
      y[j] = largest[j];
      place[j] = where[j];
    }
}

NV_SIMD void
nv_i_pool_max (float *restrict y, gint32 *restrict place, const float *restrict x,
               const NvPool *s)
{
  const Pixel *map = (const Pixel *) x;
  Pixel *out = (Pixel *) y, *room = (Pixel *) s->room;
  Places *where = (Places *) place;
  fill (room, s, -FLT_MAX);
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    put (room, map, s);
    for (int r = 0; r < s->out_height; r++, out += s->out_width, where += s->out_width)
      for (int c = 0; c < s->out_width; c += HALF)
        max_chunk (out + c, where + c, room + r * s->stride * room_width (s) + c * s->stride, s,
                   MIN (HALF, s->out_width - c));
  }
}

NV_SIMD void
nv_i_pool_max_backward (float *restrict dx, const float *restrict dy,
                        const gint32 *restrict place, const NvPool *s)
{
  const int width = room_width (s);
  const Pixel *y = (const Pixel *) dy;
  const Places *where = (const Places *) place;
  Pixel *map = (Pixel *) dx, *room = (Pixel *) s->room;
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    fill (room, s, 0);
    for (int r = 0; r < s->out_height; r++, y += s->out_width, where += s->out_width)
      for (int c = 0; c < s->out_width; c += MAX_CHUNK) {
        Pixel *x = room + r * s->stride * width + c * s->stride;
        const int n = MIN (MAX_CHUNK, s->out_width - c);
        for (int v = 0; v < s->kernel; v++)
          for (int t = 0; t < s->kernel; t++)
            for (int j = 0; j < n; j++)
              x[v * width + t + j * s->stride]
                += (Pixel) ((Places) y[c + j] & (where[c + j] == v * s->kernel + t));
      }
    take (map, room, s);
  }
}
