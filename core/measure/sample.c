/* The cells that measures look at, with their embedding and scores. */
#include <math.h>
#include <string.h>

#include "measure/measure.h"

static int
compare_index (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
  return (x > y) - (x < y);
}

/* `limit` of them, in their order. */
static NvCells *
draw_from (const NvCells *all, gsize limit, NvRng *rng)
{
  g_autofree guint32 *order = g_new (guint32, all->count);
  for (gsize i = 0; i < all->count; i++)
    order[i] = (guint32) i;
  nv_rng_shuffle (rng, order, all->count);
  qsort (order, limit, sizeof *order, compare_index);
  return nv_cells_pick (all, order, 0, limit);
}

static NvCells *
choose_cells (const NvSpace *space, const NvBenchmark *benchmark, gsize limit, guint64 seed,
              gsize *of, GError **error)
{
  NvRng rng;
  nv_rng_init (&rng, seed, "measure cells", 0);
  *of = 0;
  if ((benchmark == NULL || benchmark->pool == NULL) && !nv_space_enumerable (space))
    return nv_i_space_draw (space, limit, &rng, error);
  g_autoptr (NvCells) all = benchmark != NULL && benchmark->pool != NULL
                              ? nv_cells_ref (benchmark->pool)
                              : nv_space_enumerate (space, error);
  if (all == NULL)
    return NULL;
  *of = all->count;
  return all->count <= limit ? g_steal_pointer (&all) : draw_from (all, limit, &rng);
}

static gboolean
ask_scores (NvSample *sample, NvBenchmark *benchmark, guint64 seed, GError **error)
{
  NvRng noise;
  nv_rng_init (&noise, seed, "measure noise", 0);
  sample->observed = g_new (double, sample->n);
  sample->tested = g_new (double, sample->n);
  for (gsize i = 0; i < sample->n; i++) {
    NvCell cell;
    NvOutcome outcome;
    nv_cells_get (sample->cells, i, &cell);
    if (!nv_i_benchmark_query (benchmark, &cell, &noise, &outcome, error))
      return FALSE;
    sample->observed[i] = outcome.score;
    sample->tested[i] = outcome.test;
    sample->has_test |= isfinite (outcome.test);
  }
  if (!sample->has_test)
    memcpy (sample->tested, sample->observed, sample->n * sizeof *sample->tested);
  return TRUE;
}

NvSample *
nv_i_sample_new (NvEncoder *encoder, NvBenchmark *benchmark, gsize limit, guint64 seed,
                 GError **error)
{
  g_return_val_if_fail (limit >= 1, NULL);
  gsize of;
  NvCells *cells = choose_cells (encoder->space, benchmark, limit, seed, &of, error);
  if (cells == NULL)
    return NULL;
  g_autoptr (NvSample) sample = g_new0 (NvSample, 1);
  *sample = (NvSample){ .encoder = encoder, .cells = cells, .n = cells->count,
                        .D = encoder->dim, .of = of };
  if (benchmark != NULL && !ask_scores (sample, benchmark, seed, error))
    return NULL;
  sample->x = g_new (nv_real, sample->n * sample->D);
  if (!nv_i_encoder_embed_finite (encoder, cells, sample->x, error))
    return NULL;
  return g_steal_pointer (&sample);
}

void
nv_i_sample_free (NvSample *sample)
{
  if (sample == NULL)
    return;
  nv_cells_unref (sample->cells);
  g_free (sample->x);
  g_free (sample->observed);
  g_free (sample->tested);
  g_free (sample);
}
