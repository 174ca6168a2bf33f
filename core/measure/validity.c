/* Validity, uniqueness and novelty of cells that are drawn in the latent space. */
#include <math.h>

#include "measure/measure.h"

enum { BATCH = 512 };

/* Mean and standard deviation of each latent dimension over the codes of `cells`, in two passes
 * over batches. */
static void
latent_moments (NvEncoder *encoder, const NvCells *cells, double *mean, double *sd)
{
  gsize L = encoder->latent;
  double n = (double) cells->count;
  g_autofree nv_real *code = g_new (nv_real, BATCH * L);
  guint32 index[BATCH];
  for (gsize l = 0; l < L; l++)
    mean[l] = sd[l] = 0;
  for (int pass = 0; pass < 2; pass++)
    for (gsize at = 0; at < cells->count; at += BATCH) {
      gsize B = MIN (BATCH, cells->count - at);
      for (gsize b = 0; b < B; b++)
        index[b] = (guint32) (at + b);
      encoder->klass->latent (encoder, cells, index, B, code);
      for (gsize b = 0; b < B; b++)
        for (gsize l = 0; l < L; l++) {
          double x = (double) code[b * L + l], d = x - mean[l];
          if (pass == 0)
            mean[l] += x;
          else
            sd[l] += d * d;
        }
      if (pass == 0 && at + B == cells->count)
        for (gsize l = 0; l < L; l++)
          mean[l] /= n;
    }
  for (gsize l = 0; l < L; l++)
    sd[l] = sqrt (sd[l] / MAX (n - 1, 1));
}

/* The canonical forms of `cells`, as an index. */
static NvCellIndex *
index_of (const NvSpace *space, const NvCells *cells)
{
  NvCellIndex *index = nv_cell_index_new ();
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell, canonical;
    nv_cells_get (cells, i, &cell);
    nv_space_canonical (space, &cell, &canonical);
    nv_cell_index_add (index, &canonical, i, NULL);
  }
  return index;
}

typedef struct {
  const NvSpace *space;
  NvCellIndex *known, *distinct, *pruned, *raw;
  NvValidity *out;
} Judge;

static void
judge (Judge *j, const NvCell *cell)
{
  NvValidity *v = j->out;
  NvCell canonical, pruned;
  v->draws++;
  if (nv_cell_prune (cell, &pruned) && nv_space_validate (j->space, &pruned, NULL)) {
    v->valid_pruned++;
    nv_space_canonical (j->space, &pruned, &canonical);
    v->distinct_pruned += nv_cell_index_add (j->pruned, &canonical, 0, NULL);
  }
  if (nv_space_valid_paper (j->space, cell)) {
    v->valid_paper++;
    v->distinct_paper += nv_cell_index_add (j->raw, cell, 0, NULL);
  }
  if (!nv_space_validate (j->space, cell, NULL))
    return;
  v->valid++;
  nv_space_canonical (j->space, cell, &canonical);
  if (!nv_cell_index_add (j->distinct, &canonical, 0, NULL))
    return;
  v->distinct++;
  v->novel += !nv_cell_index_find (j->known, &canonical, NULL);
}

gboolean
nv_i_measure_validity (NvEncoder *encoder, const NvCells *train, gsize draws, NvRng *rng,
                       NvValidity *out, GError **error)
{
  gsize L = encoder->latent;
  if (!nv_i_encoder_can_decode (encoder)) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "encoder %s cannot decode; validity cannot be measured",
                 encoder->klass->head.name);
    return FALSE;
  }
  g_return_val_if_fail (train->count > 0, FALSE);
  g_autofree double *mean = g_new (double, L), *sd = g_new (double, L);
  g_autofree nv_real *z = g_new (nv_real, BATCH * L);
  g_autoptr (NvCells) decoded = nv_cells_new (encoder->space->nodes);
  g_autoptr (NvCellIndex) known = index_of (encoder->space, train);
  g_autoptr (NvCellIndex) distinct = nv_cell_index_new ();
  g_autoptr (NvCellIndex) pruned = nv_cell_index_new (), raw = nv_cell_index_new ();
  NvValidity result = { 0 };
  Judge j = { encoder->space, known, distinct, pruned, raw, &result };
  latent_moments (encoder, train, mean, sd);
  for (gsize at = 0; at < draws; at += BATCH) {
    gsize B = MIN (BATCH, draws - at);
    nv_rng_fill_normal (rng, z, B * L);
    for (gsize i = 0; i < B * L; i++)
      z[i] = (nv_real) (mean[i % L] + sd[i % L] * (double) z[i]);
    nv_cells_clear (decoded);
    if (!nv_i_encoder_decode (encoder, z, B, decoded, error))
      return FALSE;
    for (gsize b = 0; b < B; b++) {
      NvCell cell;
      nv_cells_get (decoded, b, &cell);
      judge (&j, &cell);
    }
  }
  *out = result;
  return TRUE;
}
