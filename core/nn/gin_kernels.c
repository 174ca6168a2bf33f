/* Passes over the rows of a graph network. They work on COLUMNS columns at a time, so that what is
 * summed stays in registers. */
#include <nasvec/cell.h>

#include "nn/kernels.h"

enum { COLUMNS = 32 };

NV_SIMD void
nv_i_aggregate (nv_real *restrict out, const nv_real *restrict x, const guint32 *mask,
                nv_real self, size_t n, size_t C)
{
  for (size_t i = 0; i < n; i++, out += C) {
    for (size_t c = 0; c < C; c++)
      out[c] = self * x[i * C + c];
    for (guint32 rest = mask[i]; rest != 0; rest &= rest - 1) {
      const nv_real *row = x + (size_t) __builtin_ctz (rest) * C;
      for (size_t c = 0; c < C; c++)
        out[c] += row[c];
    }
  }
}

void
nv_i_aggregate_types (nv_real *restrict out, const guint8 *op, const guint32 *mask,
                      nv_real self, size_t n, size_t C)
{
  for (size_t i = 0; i < n; i++, out += C) {
    for (size_t c = 0; c < C; c++)
      out[c] = 0;
    if (op[i] != NV_OP_PAD)
      out[op[i]] = self;
    for (guint32 rest = mask[i]; rest != 0; rest &= rest - 1)
      out[op[__builtin_ctz (rest)]] += 1;
  }
}

static inline void
gather_block (nv_real *restrict y, const nv_real *restrict x, const guint32 *list, size_t n,
              nv_real self, const nv_real *restrict scale, const nv_real *restrict shift,
              size_t C, size_t w)
{
  nv_real sum[COLUMNS];
  for (size_t c = 0; c < w; c++)
    sum[c] = self * x[list[0] * C + c];
  for (size_t i = 1; i < n; i++)
    for (size_t c = 0; c < w; c++)
      sum[c] += x[list[i] * C + c];
  for (size_t c = 0; c < w; c++) {
    nv_real v = sum[c] * scale[c] + shift[c];
    y[c] = v > 0 ? v : 0;
  }
}

NV_SIMD void
nv_i_gather_affine_relu (nv_real *restrict y, const nv_real *restrict x, const guint32 *start,
                         const guint32 *list, nv_real self, const nv_real *restrict scale,
                         const nv_real *restrict shift, size_t n, size_t C)
{
  for (size_t i = 0; i < n; i++, y += C) {
    const guint32 *own = list + start[i];
    size_t count = start[i + 1] - start[i], c = 0;
    for (; c + COLUMNS <= C; c += COLUMNS)
      gather_block (y + c, x + c, own, count, self, scale + c, shift + c, C, COLUMNS);
    gather_block (y + c, x + c, own, count, self, scale + c, shift + c, C, C - c);
  }
}

/* One block of w <= COLUMNS columns; called with a constant w where it can be. */
static inline void
moments_block (nv_real *restrict mean, nv_real *restrict square, const nv_real *restrict x,
               size_t R, size_t C, size_t w)
{
  nv_real sum[COLUMNS] = { 0 }, sq[COLUMNS] = { 0 };
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < w; c++)
      sum[c] += x[r * C + c];
  for (size_t c = 0; c < w; c++)
    sum[c] /= (nv_real) R;
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < w; c++) {
      nv_real d = x[r * C + c] - sum[c];
      sq[c] += d * d;
    }
  for (size_t c = 0; c < w; c++) {
    mean[c] = sum[c];
    square[c] = sq[c];
  }
}

NV_SIMD void
nv_i_moments (nv_real *restrict mean, nv_real *restrict square, const nv_real *restrict x,
              size_t R, size_t C)
{
  size_t c = 0;
  for (; c + COLUMNS <= C; c += COLUMNS)
    moments_block (mean + c, square + c, x + c, R, C, COLUMNS);
  moments_block (mean + c, square + c, x + c, R, C, C - c);
}

NV_SIMD void
nv_i_merge_moments (nv_real *restrict mean, nv_real *restrict square,
                    const nv_real *restrict part, const gsize *rows, size_t parts, size_t C)
{
  nv_real total = 0;
  for (size_t k = 0; k < parts; k++)
    total += (nv_real) rows[k];
  for (size_t c = 0; c < C; c++)
    mean[c] = square[c] = 0;
  for (size_t k = 0; k < parts; k++)
    for (size_t c = 0; c < C; c++)
      mean[c] += (nv_real) rows[k] / total * part[2 * k * C + c];
  for (size_t k = 0; k < parts; k++)
    for (size_t c = 0; c < C; c++) {
      nv_real d = part[2 * k * C + c] - mean[c];
      square[c] += part[(2 * k + 1) * C + c] + (nv_real) rows[k] * d * d;
    }
}

NV_SIMD void
nv_i_affine_relu (nv_real *y, const nv_real *x, const nv_real *scale, const nv_real *shift,
                  size_t R, size_t C)
{
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < C; c++) {
      nv_real v = x[r * C + c] * scale[c] + shift[c];
      y[r * C + c] = v > 0 ? v : 0;
    }
}

static inline void
affine_relu_backward_block (nv_real *restrict dy, nv_real *restrict sum, nv_real *restrict dot,
                            const nv_real *restrict x, const nv_real *scale,
                            const nv_real *shift, const nv_real *mean, size_t R, size_t C,
                            size_t w)
{
  nv_real s[COLUMNS] = { 0 }, t[COLUMNS] = { 0 };
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < w; c++) {
      nv_real v = x[r * C + c], d = v * scale[c] + shift[c] > 0 ? dy[r * C + c] : 0;
      dy[r * C + c] = d;
      s[c] += d;
      t[c] += d * (v - mean[c]);
    }
  for (size_t c = 0; c < w; c++) {
    sum[c] = s[c];
    dot[c] = t[c];
  }
}

NV_SIMD void
nv_i_affine_relu_backward (nv_real *restrict dy, nv_real *restrict sum, nv_real *restrict dot,
                           const nv_real *restrict x, const nv_real *scale,
                           const nv_real *shift, const nv_real *mean, size_t R, size_t C)
{
  size_t c = 0;
  for (; c + COLUMNS <= C; c += COLUMNS)
    affine_relu_backward_block (dy + c, sum + c, dot + c, x + c, scale + c, shift + c, mean + c,
                                R, C, COLUMNS);
  affine_relu_backward_block (dy + c, sum + c, dot + c, x + c, scale + c, shift + c, mean + c, R,
                              C, C - c);
}

NV_SIMD void
nv_i_combine (nv_real *restrict d, const nv_real *restrict x, const nv_real *p, const nv_real *q,
              const nv_real *r, size_t R, size_t C)
{
  for (size_t i = 0; i < R; i++)
    for (size_t c = 0; c < C; c++)
      d[i * C + c] = p[c] * d[i * C + c] + q[c] * x[i * C + c] + r[c];
}

NV_SIMD void
nv_i_add_row (nv_real *restrict x, const nv_real *restrict row, size_t R, size_t C)
{
  for (size_t r = 0; r < R; r++)
    for (size_t c = 0; c < C; c++)
      x[r * C + c] += row[c];
}

NV_SIMD double
nv_i_dot (const nv_real *restrict a, const nv_real *restrict b, size_t n)
{
  nv_real sum[2 * COLUMNS] = { 0 };
  size_t i = 0;
  for (; i + 2 * COLUMNS <= n; i += 2 * COLUMNS)
    for (size_t l = 0; l < 2 * COLUMNS; l++)
      sum[l] += a[i + l] * b[i + l];
  for (size_t l = 0; i < n; i++, l++)
    sum[l] += a[i] * b[i];
  double total = 0;
  for (size_t l = 0; l < 2 * COLUMNS; l++)
    total += (double) sum[l];
  return total;
}
