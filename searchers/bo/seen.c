/* What was seen, made ready for a surrogate. */
#include <math.h>

#include "bo.h"

void
bo_scale_init (BoScale *scale, gsize D)
{
  scale->D = D;
  scale->mean = g_new (nv_real, D);
  scale->inverse = g_new (nv_real, D);
  bo_scale_reset (scale);
}

void
bo_scale_reset (BoScale *scale)
{
  scale->varying = scale->D;
  for (gsize d = 0; d < scale->D; d++) {
    scale->mean[d] = 0;
    scale->inverse[d] = 1;
  }
}

void
bo_scale_clear (BoScale *scale)
{
  g_free (scale->mean);
  g_free (scale->inverse);
}

void
bo_scale_fit (BoScale *scale, NvSearcher *s, gboolean alike)
{
  double sum = 0;
  nv_searcher_spread (s, scale->mean, scale->inverse);
  scale->varying = 0;
  for (gsize d = 0; d < scale->D; d++) {
    sum += (double) scale->inverse[d] * scale->inverse[d];
    scale->varying += scale->inverse[d] > 0;
  }
  const double unit = sqrt (sum / (double) MAX (scale->varying, 1));
  for (gsize d = 0; d < scale->D; d++)
    if (scale->inverse[d] > 0)
      scale->inverse[d] = (nv_real) (1 / (alike ? unit : (double) scale->inverse[d]));
}

NV_SIMD void
bo_scale_apply (const BoScale *scale, nv_real *y, const nv_real *x, gsize B)
{
  const gsize D = scale->D;
  for (gsize b = 0; b < B; b++)
    for (gsize d = 0; d < D; d++)
      y[b * D + d] = (x[b * D + d] - scale->mean[d]) * scale->inverse[d];
}

/* Eight sums side by side, so that the compiler can vectorise. */
NV_SIMD void
bo_row_squares (nv_real *restrict out, const nv_real *x, gsize B, gsize n)
{
  for (gsize b = 0; b < B; b++, x += n) {
    nv_real sum[8] = { 0 }, total = 0;
    gsize i = 0;
    for (; i + 8 <= n; i += 8)
      for (gsize k = 0; k < 8; k++)
        sum[k] += x[i + k] * x[i + k];
    for (; i < n; i++)
      total += x[i] * x[i];
    for (gsize k = 0; k < 8; k++)
      total += sum[k];
    out[b] = total;
  }
}

void
bo_seen_init (BoSeen *seen, gsize D)
{
  *seen = (BoSeen){ .D = D };
}

void
bo_seen_clear (BoSeen *seen)
{
  g_free (seen->index);
  g_free (seen->score);
  g_free (seen->y);
  g_free (seen->x);
  g_free (seen->order);
}

void
bo_seen_add (BoSeen *seen, guint32 index, double score)
{
  if (seen->n == seen->room) {
    seen->room = seen->room ? 2 * seen->room : 128;
    seen->index = g_renew (guint32, seen->index, seen->room);
    seen->score = g_renew (double, seen->score, seen->room);
    seen->y = g_renew (double, seen->y, seen->room);
    seen->x = g_renew (nv_real, seen->x, seen->room * seen->D);
    seen->order = g_renew (guint32, seen->order, seen->room);
  }
  seen->index[seen->n] = index;
  seen->score[seen->n++] = score;
  seen->scored += score > -INFINITY;
}

static double
score_of (const BoSeen *seen, gsize i, double lowest)
{
  return seen->score[i] > -INFINITY ? seen->score[i] : lowest;
}

double
bo_seen_targets (BoSeen *seen, BoTarget target, double incumbent)
{
  const gsize n = seen->n;
  double best = -G_MAXDOUBLE, mean = 0.0, square = 0.0;
  nv_searcher_targets (seen->y, seen->score, seen->order, n, target == BO_RANK);
  for (gsize i = 0; i < n; i++)
    best = MAX (best, seen->y[i]);
  if (incumbent == 0.0)
    return best;
  const double lowest = nv_searcher_lowest (seen->score, n);
  for (gsize i = 0; i < n; i++)
    mean += score_of (seen, i, lowest) / (double) n;
  for (gsize i = 0; i < n; i++) {
    const double above = score_of (seen, i, lowest) - mean;
    square += above * above / (double) n;
  }
  return square > 0.0 ? (incumbent - mean) / sqrt (square) : best;
}

void
bo_seen_points (BoSeen *seen, const nv_real *embedding, const BoScale *scale)
{
  for (gsize i = 0; i < seen->n; i++)
    bo_scale_apply (scale, seen->x + i * seen->D, embedding + seen->index[i] * seen->D, 1);
}
