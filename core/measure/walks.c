/* Random walks: does the embedding move as the cell is edited, and the score with it? */
#include <math.h>

#include "measure/measure.h"
#include "nn/kernels.h"
#include "stats/stats.h"

enum { NEAR = 10, RESAMPLES = 1000 };

/* `walks` walks of T = steps + 1 cells, one after the other. */
typedef struct {
  const NvSample *sample;
  gsize walks, T;
  guint64 seed;
  NvCells *cells;  /* [walks x T] by the space's mutation */
  guint32 *near;   /* [walks x T] in the embedding: cells of the sample */
} Walks;

static guint32
start_of (const Walks *w, gsize walk)
{
  NvRng rng;
  nv_rng_init (&rng, w->seed, "measure start", walk);
  return nv_rng_below (&rng, (guint32) w->sample->n);
}

/* --- by the space's mutation ---------------------------------------------------------- */

static gboolean
walk_space (Walks *w, GError **error)
{
  const NvSpace *space = w->sample->encoder->space;
  w->cells = nv_cells_new (space->nodes);
  for (gsize walk = 0; walk < w->walks; walk++) {
    NvRng rng;
    NvCell cell;
    nv_rng_init (&rng, w->seed, "measure walk", walk);
    nv_cells_get (w->sample->cells, start_of (w, walk), &cell);
    nv_cells_append (w->cells, &cell);
    for (gsize t = 1; t < w->T; t++) {
      if (!nv_space_mutate (space, &rng, &cell, &cell, error))
        return FALSE;
      nv_cells_append (w->cells, &cell);
    }
  }
  return TRUE;
}

/* Pairs of cells of a walk that are at most NV_LAGS steps apart. */
static void
compare_distances (const Walks *w, NvSmoothness *out)
{
  const gsize D = w->sample->D, most = w->walks * w->T * NV_LAGS;
  g_autofree nv_real *x = g_new (nv_real, w->cells->count * D);
  g_autofree double *edits = g_new (double, most), *far = g_new (double, most);
  g_autofree guint32 *walk = g_new (guint32, most);
  gsize n = 0;
  nv_i_encoder_embed (w->sample->encoder, w->cells, 0, w->cells->count, x);
  for (gsize i = 0; i < w->cells->count; i++) {
    nv_real square[NV_LAGS];
    const gsize later = MIN (NV_LAGS, w->T - 1 - i % w->T);
    NvCell a, b;
    nv_cells_get (w->cells, i, &a);
    nv_i_distances (square, x + (i + 1) * D, x + i * D, later, D);
    for (gsize k = 0; k < later; k++) {
      nv_cells_get (w->cells, i + 1 + k, &b);
      edits[n] = nv_i_cell_edits (&a, &b);
      far[n] = sqrt ((double) square[k]);
      walk[n++] = (guint32) (i / w->T);
    }
  }
  NvRng rng;
  nv_rng_init (&rng, w->seed, "measure bootstrap", 0);
  out->pairs = n;
  out->spearman = nv_i_spearman (edits, far, n);
  nv_i_bootstrap_spearman (edits, far, walk, n, (guint32) w->walks, RESAMPLES, 0.95, &rng,
                           &out->low, &out->high);
}

/* --- in the embedding ----------------------------------------------------------------- */

/* One of the NEAR cells of the sample nearest to cell `at`, itself left out. */
static guint32
step_near (const NvSample *s, guint32 at, nv_real *distance, NvRng *rng)
{
  guint32 nearest[NEAR];
  gsize found = 0;
  nv_i_distances (distance, s->x, s->x + at * s->D, s->n, s->D);
  for (gsize i = 0; i < s->n; i++) {
    if (i == at || (found == NEAR && !(distance[i] < distance[nearest[NEAR - 1]])))
      continue;
    gsize k = found < NEAR ? found++ : NEAR - 1;
    for (; k > 0 && distance[nearest[k - 1]] > distance[i]; k--)
      nearest[k] = nearest[k - 1];
    nearest[k] = (guint32) i;
  }
  return found > 0 ? nearest[nv_rng_below (rng, (guint32) found)] : at;
}

static void
walk_near (void *data, gsize walk)
{
  Walks *w = data;
  g_autofree nv_real *distance = g_new (nv_real, w->sample->n);
  guint32 *path = w->near + walk * w->T;
  NvRng rng;
  nv_rng_init (&rng, w->seed, "measure near", walk);
  path[0] = start_of (w, walk);
  for (gsize t = 1; t < w->T; t++)
    path[t] = step_near (w->sample, path[t - 1], distance, &rng);
}

/* --- scores --------------------------------------------------------------------------- */

/* Correlation of the scores of cells `lag` steps apart; NAN: unknown. */
static double
correlate (const double *score, gsize walks, gsize T, gsize lag)
{
  g_autofree double *a = g_new (double, walks * T), *b = g_new (double, walks * T);
  gsize n = 0;
  for (gsize i = 0; i < walks * T; i++)
    if (i % T + lag < T && isfinite (score[i]) && isfinite (score[i + lag])) {
      a[n] = score[i];
      b[n++] = score[i + lag];
    }
  return n > 2 ? nv_i_pearson (a, b, n) : NAN;
}

/* A table may have a part of the space only: the walk's other cells have no score. */
static gboolean
ask_score (const Walks *w, NvBenchmark *benchmark, gsize i, NvRng *noise, double *score,
           GError **error)
{
  GError *local = NULL;
  NvCell cell;
  NvOutcome outcome;
  nv_cells_get (w->cells, i, &cell);
  *score = NAN;
  if (nv_i_benchmark_query (benchmark, &cell, noise, &outcome, &local)) {
    *score = w->sample->has_test ? outcome.test : outcome.score;
    return TRUE;
  }
  if (benchmark->pool != NULL && g_error_matches (local, NV_ERROR, NV_ERROR_BENCHMARK)) {
    g_clear_error (&local);
    return TRUE;
  }
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
correlate_scores (const Walks *w, NvBenchmark *benchmark, NvSmoothness *out, GError **error)
{
  const gsize n = w->walks * w->T;
  g_autofree double *space = g_new (double, n), *near = g_new (double, n);
  NvRng noise;
  nv_rng_init (&noise, w->seed, "measure walk noise", 0);
  for (gsize i = 0; i < n; i++) {
    if (!ask_score (w, benchmark, i, &noise, &space[i], error))
      return FALSE;
    near[i] = w->sample->tested[w->near[i]];
  }
  for (gsize lag = 1; lag <= NV_LAGS; lag++) {
    out->space[lag - 1] = correlate (space, w->walks, w->T, lag);
    out->embedding[lag - 1] = correlate (near, w->walks, w->T, lag);
  }
  return TRUE;
}

gboolean
nv_i_measure_walks (const NvSample *sample, NvBenchmark *benchmark, guint walks, guint steps,
                    guint64 seed, NvSmoothness *out, GError **error)
{
  g_return_val_if_fail (walks >= 1 && steps >= 1, FALSE);
  Walks w = { .sample = sample, .walks = walks, .T = (gsize) steps + 1, .seed = seed };
  gboolean ok = walk_space (&w, error);
  if (ok)
    compare_distances (&w, out);
  for (gsize lag = 0; lag < NV_LAGS; lag++)
    out->space[lag] = out->embedding[lag] = NAN;
  if (ok && benchmark != NULL) {
    w.near = g_new (guint32, w.walks * w.T);
    nv_team_run (sample->encoder->team, walks, walk_near, &w);
    ok = correlate_scores (&w, benchmark, out, error);
  }
  g_clear_pointer (&w.cells, nv_cells_unref);
  g_free (w.near);
  return ok;
}
