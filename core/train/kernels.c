/* Plain loops over blocked maps, the loss, and the step of SGD. */
#include "train/kernels.h"

#include <math.h>
#include <string.h>

NV_SIMD void
nv_i_train_add (float *restrict y, const float *restrict x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] += x[i];
}

NV_SIMD void
nv_i_train_add_two (float *restrict y, const float *restrict a, const float *restrict b,
                    size_t n)
{
  for (size_t i = 0; i < n; i++)
    y[i] = a[i] + b[i];
}

NV_SIMD void
nv_i_train_scale (float *restrict y, const float *restrict x, const float *restrict factor,
                  size_t B, size_t n)
{
  for (size_t b = 0; b < B; b++)
    for (size_t i = b * n; i < (b + 1) * n; i++)
      y[i] = factor[b] * x[i];
}

/* The same `lanes` of each of S pixels. */
static inline void
copy_lanes (float *restrict y, const float *restrict x, size_t S, size_t lanes, gboolean add)
{
  for (size_t s = 0; s < S * NV_BLOCK; s += NV_BLOCK)
    for (size_t k = 0; k < lanes; k++)
      y[s + k] = x[s + k] + (add ? y[s + k] : 0);
}

NV_SIMD void
nv_i_train_copy_channels (float *restrict y, const float *restrict x, size_t B, size_t S,
                          size_t Cy, size_t to, size_t Cx, size_t from, size_t count,
                          gboolean add)
{
  for (size_t b = 0; b < B; b++)
    for (size_t c = 0, lanes; c < count; c += lanes) {
      const size_t cy = to + c, cx = from + c;
      float *out = y + (b * nv_blocks (Cy) + cy / NV_BLOCK) * S * NV_BLOCK + cy % NV_BLOCK;
      const float *in
        = x + (b * nv_blocks (Cx) + cx / NV_BLOCK) * S * NV_BLOCK + cx % NV_BLOCK;
      lanes = NV_BLOCK - MAX (cy % NV_BLOCK, cx % NV_BLOCK); /* until either block ends */
      lanes = MIN (lanes, count - c);
      if (lanes == NV_BLOCK)
        copy_lanes (out, in, S, NV_BLOCK, add);
      else if (lanes == NV_BLOCK / 2)
        copy_lanes (out, in, S, NV_BLOCK / 2, add);
      else
        copy_lanes (out, in, S, lanes, add);
    }
}

void
nv_i_train_shift (float *restrict y, const float *restrict x, size_t n, size_t H, size_t W)
{
  const size_t row = W * NV_BLOCK;
  memset (y, 0, n * H * row * sizeof *y);
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r + 1 < H; r++)
      memcpy (y + (i * H + r) * row, x + (i * H + r + 1) * row + NV_BLOCK,
              (row - NV_BLOCK) * sizeof *y);
}

void
nv_i_train_shift_backward (float *restrict dx, const float *restrict dy, size_t n, size_t H,
                           size_t W)
{
  const size_t row = W * NV_BLOCK;
  memset (dx, 0, n * H * row * sizeof *dx);
  for (size_t i = 0; i < n; i++)
    for (size_t r = 0; r + 1 < H; r++)
      memcpy (dx + (i * H + r + 1) * row + NV_BLOCK, dy + (i * H + r) * row,
              (row - NV_BLOCK) * sizeof *dx);
}

double
nv_i_train_loss (float *dlogits, const float *logits, const guint8 *labels, size_t B,
                 size_t K, size_t row, double smoothing)
{
  double total = 0;
  for (size_t b = 0; b < B; b++) {
    const float *x = logits + b * row;
    float *dx = dlogits + b * row;
    double most = x[0], sum = 0;
    for (size_t k = 1; k < K; k++)
      most = MAX (most, x[k]);
    for (size_t k = 0; k < K; k++)
      sum += exp (x[k] - most);
    for (size_t k = 0; k < row; k++)
      dx[k] = 0;
    for (size_t k = 0; k < K; k++) {
      const double log_p = x[k] - most - log (sum);
      const double target = smoothing / (double) K + (k == labels[b] ? 1 - smoothing : 0);
      total -= target * log_p;
      dx[k] = (float) ((exp (log_p) - target) / (double) B);
    }
  }
  return total / (double) B;
}

size_t
nv_i_train_right (const float *logits, const guint8 *labels, size_t n, size_t K,
                  size_t row)
{
  size_t right = 0;
  for (size_t i = 0; i < n; i++) {
    const float *x = logits + i * row, own = x[labels[i]];
    size_t above = 0;
    for (size_t k = 0; k < K; k++)
      above += !(x[k] < own);
    right += above == 1; /* itself */
  }
  return right;
}

NV_SIMD void
nv_i_train_step (float *restrict weight, float *restrict v, const float *restrict gradient,
                 size_t n, float rate, float momentum, float decay)
{
  for (size_t i = 0; i < n; i++) {
    v[i] = momentum * v[i] + (gradient[i] + decay * weight[i]);
    weight[i] -= rate * v[i];
  }
}
