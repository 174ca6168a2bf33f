/* What searchers that fit a model to embeddings and scores start from. */
#include <math.h>

#include <nasvec/searcher.h>

/* Two passes, row by row, so that a sum is not spoilt by a mean that is large beside it. */
void
nv_searcher_spread (NvSearcher *searcher, nv_real *mean, nv_real *sd)
{
  const nv_real *x = nv_searcher_embedding (searcher);
  const gsize P = searcher->pool, D = searcher->dim;
  g_autofree double *first = g_new0 (double, D), *second = g_new0 (double, D);
  for (gsize i = 0; i < P; i++)
    for (gsize d = 0; d < D; d++)
      first[d] += x[i * D + d];
  for (gsize d = 0; d < D; d++)
    first[d] /= (double) P;
  for (gsize i = 0; i < P; i++)
    for (gsize d = 0; d < D; d++)
      second[d] += (x[i * D + d] - first[d]) * (x[i * D + d] - first[d]);
  for (gsize d = 0; d < D; d++) {
    double s = sqrt (second[d] / (double) P);
    mean[d] = (nv_real) first[d];
    sd[d] = s > 1e-6 * fabs (first[d]) ? (nv_real) s : 0;
  }
}

static int
by_score (gconstpointer a, gconstpointer b, gpointer score)
{
  double x = ((const double *) score)[*(const guint32 *) a];
  double y = ((const double *) score)[*(const guint32 *) b];
  return (x > y) - (x < y);
}

/* A tie of the places first .. end - 1 has the mid-rank (first + 1 + end) / 2. */
static void
logits_of_ranks (double *y, const double *score, guint32 *order, gsize n)
{
  for (gsize i = 0; i < n; i++)
    order[i] = (guint32) i;
  g_qsort_with_data (order, (int) n, sizeof *order, by_score, (gpointer) score);
  for (gsize first = 0, end; first < n; first = end) {
    for (end = first + 1; end < n && score[order[end]] == score[order[first]]; end++)
      ;
    double p = (double) (first + end) / (2.0 * (double) n);
    for (gsize i = first; i < end; i++)
      y[order[i]] = log (p / (1.0 - p));
  }
}

double
nv_searcher_lowest (const double *score, gsize n)
{
  double lowest = INFINITY;
  for (gsize i = 0; i < n; i++)
    if (score[i] > -INFINITY && score[i] < lowest)
      lowest = score[i];
  return lowest < INFINITY ? lowest : 0.0;
}

void
nv_searcher_targets (double *y, const double *score, guint32 *order, gsize n, gboolean rank)
{
  double mean = 0.0, square = 0.0;
  const double lowest = nv_searcher_lowest (score, n);
  if (rank)
    logits_of_ranks (y, score, order, n);
  else
    for (gsize i = 0; i < n; i++)
      y[i] = score[i] > -INFINITY ? score[i] : lowest;
  for (gsize i = 0; i < n; i++)
    mean += y[i] / (double) n;
  for (gsize i = 0; i < n; i++)
    square += (y[i] - mean) * (y[i] - mean) / (double) n;
  double scale = square > 1e-24 * mean * mean ? 1.0 / sqrt (square) : 0.0;
  for (gsize i = 0; i < n; i++)
    y[i] = (y[i] - mean) * scale;
}
