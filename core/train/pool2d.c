/* A map is copied into one with a border, where every window is whole and every row of outputs
 * fills whole chunks. */
#include "train/pool2d.h"

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
room_width (const NvPool2d *s)
{
  const int whole = (s->out_width + HALF - 1) / HALF * HALF;
  return MAX ((whole - 1) * s->stride + s->kernel, s->left + s->width);
}

static inline int
room_height (const NvPool2d *s)
{
  return MAX ((s->out_height - 1) * s->stride + s->kernel, s->top + s->height);
}

size_t
nv_i_pool2d_room (const NvPool2d *shape)
{
  return (size_t) room_width (shape) * (size_t) room_height (shape) * NV_BLOCK
         + (size_t) (shape->out_height * shape->out_width);
}

/* What compilers unroll where they know it, and the width of the room. */
typedef struct {
  int kernel, stride, width;
} Window;

/* function (..., shape, window); the shape is a copy, which nothing that is written can be. */
#define FOR_WINDOW(function, ...)                                                              \
  do {                                                                                         \
    const NvPool2d s = *shape;                                                                 \
    if (s.kernel == 3 && s.stride == 1)                                                        \
      function (__VA_ARGS__, &s, (Window){ 3, 1, room_width (&s) });                           \
    else if (s.kernel == 3 && s.stride == 2)                                                   \
      function (__VA_ARGS__, &s, (Window){ 3, 2, room_width (&s) });                           \
    else                                                                                       \
      function (__VA_ARGS__, &s, (Window){ s.kernel, s.stride, room_width (&s) });             \
  } while (0)

static inline void
fill (Pixel *to, const NvPool2d *s, float value)
{
  const Pixel all = value + (Pixel){ 0 };
  for (int i = 0; i < room_width (s) * room_height (s); i++)
    to[i] = all;
}

static inline void
put (Pixel *to, const Pixel *map, const NvPool2d *s)
{
  const int width = room_width (s);
  for (int r = 0; r < s->height; r++)
    memcpy (to + (s->top + r) * width + s->left, map + r * s->width,
            (size_t) s->width * sizeof *to);
}

static inline void
take (Pixel *map, const Pixel *from, const NvPool2d *s)
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

/* Adds the shares of n outputs beside each other to their windows, of which x is the first; with
 * `where`, to one place of each alone. */
static inline __attribute__ ((always_inline)) void
add_shares (Pixel *x, Window w, const Pixel *shares, const Places *where, int n)
{
  Pixel share[MEAN_CHUNK] = { { 0 } };
  Places place[MEAN_CHUNK] = { { 0 } };
#pragma GCC unroll 8
  for (int j = 0; j < n; j++) {
    share[j] = shares[j];
    if (where != NULL)
      place[j] = where[j];
  }
  for (int v = 0; v < w.kernel; v++, x += w.width)
#pragma GCC unroll 3
    for (int t = 0; t < w.kernel; t++)
#pragma GCC unroll 8
      for (int j = 0; j < n; j++)
        x[t + j * w.stride]
          += where == NULL ? share[j]
                           : (Pixel) ((Places) share[j] & (place[j] == v * w.kernel + t));
}

/* --- the mean --------------------------------------------------------------------------- */

/* Behind the map in the room: the number of pixels in each output's window. */
static inline const float *
find_areas (const NvPool2d *s)
{
  float *areas = s->room + room_width (s) * room_height (s) * (int) NV_BLOCK;
  for (int r = 0; r < s->out_height; r++)
    for (int c = 0; c < s->out_width; c++)
      areas[r * s->out_width + c]
        = (float) (inside (r * s->stride - s->top, s->kernel, s->height)
                   * inside (c * s->stride - s->left, s->kernel, s->width));
  return areas;
}

/* n <= chunk means in a row; x: the first window's first pixel. */
static inline __attribute__ ((always_inline)) void
mean_chunk (Pixel *y, const Pixel *x, const float *areas, Window w, int n, int chunk)
{
  Pixel sum[CHUNK];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++)
    sum[j] = (Pixel){ 0 };
  for (int v = 0; v < w.kernel; v++)
    for (int t = 0; t < w.kernel; t++)
#pragma GCC unroll 8
      for (int j = 0; j < chunk; j++)
        sum[j] += x[v * w.width + t + j * w.stride];
#pragma GCC unroll 8
  for (int j = 0; j < chunk; j++)
    if (j < n)
      y[j] = sum[j] / areas[j];
}

static inline __attribute__ ((always_inline)) void
mean (float *restrict y, const float *restrict x, const NvPool2d *s, Window w)
{
  const Pixel *map = (const Pixel *) x;
  Pixel *out = (Pixel *) y, *room = (Pixel *) s->room;
  const float *areas = find_areas (s);
  fill (room, s, 0);
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    const float *area = areas;
    put (room, map, s);
    for (int r = 0; r < s->out_height; r++, out += s->out_width, area += s->out_width)
      for (int c = 0; c < s->out_width; c += CHUNK) {
        const Pixel *first = room + r * w.stride * w.width + c * w.stride;
        const int n = s->out_width - c;
        if (n <= HALF)
          mean_chunk (out + c, first, area + c, w, n, HALF);
        else
          mean_chunk (out + c, first, area + c, w, MIN (n, CHUNK), CHUNK);
      }
  }
}

NV_SIMD void
nv_i_pool2d_mean (float *restrict y, const float *restrict x, const NvPool2d *shape)
{
  FOR_WINDOW (mean, y, x);
}

static inline __attribute__ ((always_inline)) void
mean_backward (float *restrict dx, const float *restrict dy, const NvPool2d *s, Window w)
{
  const Pixel *y = (const Pixel *) dy;
  Pixel *map = (Pixel *) dx, *room = (Pixel *) s->room;
  const float *areas = find_areas (s);
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    const float *area = areas;
    fill (room, s, 0);
    for (int r = 0; r < s->out_height; r++, y += s->out_width, area += s->out_width)
      for (int c = 0; c < s->out_width; c += MEAN_CHUNK) {
        Pixel share[MEAN_CHUNK] = { { 0 } }, *x = room + r * w.stride * w.width + c * w.stride;
        const int n = MIN (MEAN_CHUNK, s->out_width - c);
        for (int j = 0; j < n; j++)
          share[j] = y[c + j] / area[c + j];
        if (n == MEAN_CHUNK)
          add_shares (x, w, share, NULL, MEAN_CHUNK);
        else if (n == 4)
          add_shares (x, w, share, NULL, 4);
        else
          add_shares (x, w, share, NULL, n);
      }
    take (map, room, s);
  }
}

NV_SIMD void
nv_i_pool2d_mean_backward (float *restrict dx, const float *restrict dy, const NvPool2d *shape)
{
  FOR_WINDOW (mean_backward, dx, dy);
}

/* --- the largest ------------------------------------------------------------------------ */

/* n <= HALF of the largest in a row; x: the first window's first pixel. */
static inline __attribute__ ((always_inline)) void
max_chunk (Pixel *y, Places *place, const Pixel *x, Window w, int n)
{
  Pixel largest[HALF];
  Places where[HALF];
#pragma GCC unroll 8
  for (int j = 0; j < HALF; j++) {
    largest[j] = -FLT_MAX + (Pixel){ 0 };
    where[j] = (Places){ 0 };
  }
  for (int v = 0; v < w.kernel; v++)
    for (int t = 0; t < w.kernel; t++)
#pragma GCC unroll 8
      for (int j = 0; j < HALF; j++) {
        const Pixel new = x[v * w.width + t + j * w.stride];
        const Places larger = (Places) (largest[j] < new);
        largest[j] = (Pixel) (((Places) new & larger) | ((Places) largest[j] & ~larger));
        where[j] = ((v * w.kernel + t) & larger) | (where[j] & ~larger);
      }
#pragma GCC unroll 8
  for (int j = 0; j < HALF; j++)
    if (j < n) {
      y[j] = largest[j];
      place[j] = where[j];
    }
}

static inline __attribute__ ((always_inline)) void
largest (float *restrict y, gint32 *restrict place, const float *restrict x, const NvPool2d *s,
         Window w)
{
  const Pixel *map = (const Pixel *) x;
  Pixel *out = (Pixel *) y, *room = (Pixel *) s->room;
  Places *where = (Places *) place;
  fill (room, s, -FLT_MAX);
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    put (room, map, s);
    for (int r = 0; r < s->out_height; r++, out += s->out_width, where += s->out_width)
      for (int c = 0; c < s->out_width; c += HALF)
        max_chunk (out + c, where + c, room + r * w.stride * w.width + c * w.stride, w,
                   MIN (HALF, s->out_width - c));
  }
}

NV_SIMD void
nv_i_pool2d_max (float *restrict y, gint32 *restrict place, const float *restrict x,
                 const NvPool2d *shape)
{
  FOR_WINDOW (largest, y, place, x);
}

static inline __attribute__ ((always_inline)) void
max_backward (float *restrict dx, const float *restrict dy, const gint32 *restrict place,
              const NvPool2d *s, Window w)
{
  const Pixel *y = (const Pixel *) dy;
  const Places *where = (const Places *) place;
  Pixel *map = (Pixel *) dx, *room = (Pixel *) s->room;
  for (size_t i = 0; i < s->n; i++, map += s->height * s->width) {
    fill (room, s, 0);
    for (int r = 0; r < s->out_height; r++, y += s->out_width, where += s->out_width)
      for (int c = 0; c < s->out_width; c += MAX_CHUNK) {
        Pixel *x = room + r * w.stride * w.width + c * w.stride;
        const int n = MIN (MAX_CHUNK, s->out_width - c);
        if (n == MAX_CHUNK)
          add_shares (x, w, y + c, where + c, MAX_CHUNK);
        else
          add_shares (x, w, y + c, where + c, n);
      }
    take (map, room, s);
  }
}

NV_SIMD void
nv_i_pool2d_max_backward (float *restrict dx, const float *restrict dy,
                          const gint32 *restrict place, const NvPool2d *shape)
{
  FOR_WINDOW (max_backward, dx, dy, place);
}
