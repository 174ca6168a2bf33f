/* What is decoded between two cells. */
#include <math.h>

#include "measure/measure.h"

typedef struct {
  const NvSpace *space;
  gsize valid, distinct, paths; /* paths: with two valid cells or more */
  double jumps, edits;
} Tally;

/* The codes of cells a and b, and `steps` points from one to the other. */
static void
make_points (nv_real *z, const NvSample *s, guint32 a, guint32 b, guint steps)
{
  const gsize L = s->encoder->latent;
  const guint32 ends[2] = { a, b };
  g_autofree nv_real *code = g_new (nv_real, 2 * L);
  s->encoder->klass->latent (s->encoder, s->cells, ends, 2, code);
  for (gsize i = 0; i < steps; i++) {
    const nv_real t = (nv_real) i / (nv_real) (steps - 1);
    for (gsize l = 0; l < L; l++)
      z[i * L + l] = (1 - t) * code[l] + t * code[L + l];
  }
}

static void
judge_path (Tally *tally, const NvCells *path)
{
  g_autoptr (NvCellIndex) distinct = nv_cell_index_new ();
  NvCell last, cell, canonical;
  gsize valid = 0;
  guint jump = 0;
  for (gsize i = 0; i < path->count; i++) {
    nv_cells_get (path, i, &cell);
    if (!nv_space_validate (tally->space, &cell, NULL))
      continue;
    nv_space_canonical (tally->space, &cell, &canonical);
    nv_cell_index_add (distinct, &canonical, 0, NULL);
    if (valid++ > 0)
      jump = MAX (jump, nv_i_cell_edits (&last, &cell));
    last = cell;
  }
  tally->valid += valid;
  tally->distinct += nv_cell_index_count (distinct);
  if (valid > 1) {
    tally->jumps += jump;
    tally->paths++;
  }
}

gboolean
nv_i_measure_interpolation (const NvSample *sample, guint pairs, guint steps, guint64 seed,
                            NvInterpolation *out, GError **error)
{
  NvEncoder *encoder = sample->encoder;
  g_return_val_if_fail (pairs >= 1 && steps >= 2, FALSE);
  if (!nv_i_encoder_can_decode (encoder)) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "encoder %s cannot decode; interpolation cannot be measured",
                 encoder->klass->head.name);
    return FALSE;
  }
  const guint32 n = (guint32) sample->n;
  g_autofree nv_real *z = g_new (nv_real, steps * encoder->latent);
  g_autoptr (NvCells) path = nv_cells_new (encoder->space->nodes);
  Tally tally = { .space = encoder->space };
  NvRng rng;
  nv_rng_init (&rng, seed, "measure pairs", 0);
  for (guint pair = 0; pair < pairs; pair++) {
    const guint32 a = nv_rng_below (&rng, n);
    const guint32 b = n > 1 ? (a + 1 + nv_rng_below (&rng, n - 1)) % n : a;
    NvCell first, second;
    nv_cells_get (sample->cells, a, &first);
    nv_cells_get (sample->cells, b, &second);
    tally.edits += nv_i_cell_edits (&first, &second);
    make_points (z, sample, a, b, steps);
    nv_cells_clear (path);
    if (!nv_i_encoder_decode (encoder, z, steps, path, error))
      return FALSE;
    judge_path (&tally, path);
  }
  const double P = pairs;
  *out = (NvInterpolation){ .pairs = pairs, .steps = steps,
                            .valid = (double) tally.valid / (P * steps),
                            .distinct = (double) tally.distinct / P,
                            .jump = tally.paths > 0 ? tally.jumps / (double) tally.paths : NAN,
                            .edits = tally.edits / P };
  return TRUE;
}
