/* What a searcher may ask of its run: the functions of <nasvec/searcher.h>. */
#include <string.h>

#include "study/run_private.h"

enum { SETTLE_PASSES = 44, SETTLE_BATCH = 64 };

/* --- cells ------------------------------------------------------------------------------ */

static gsize
moved_entry (const NvRun *run, gsize i)
{
  gpointer value;
  if (g_hash_table_lookup_extended (run->moved, GSIZE_TO_POINTER (i), NULL, &value))
    return GPOINTER_TO_SIZE (value);
  return i;
}

/* Step `drawn` of a Fisher-Yates shuffle of 0 .. P - 1, of which the hash table holds the
 * places ahead that do not hold their own number. */
static gsize
next_initial (NvRun *run)
{
  gsize here = run->drawn++, left = run->searcher.pool - here;
  gsize there = here + nv_rng_below (&run->initial, (guint32) left);
  gsize value = moved_entry (run, there);
  g_hash_table_insert (run->moved, GSIZE_TO_POINTER (there),
                       GSIZE_TO_POINTER (moved_entry (run, here)));
  g_hash_table_remove (run->moved, GSIZE_TO_POINTER (here));
  return value;
}

gboolean
nv_searcher_draw (NvSearcher *searcher, NvCell *out, GError **error)
{
  NvRun *run = searcher->run;
  while (run->drawn < searcher->pool) {
    gsize i = next_initial (run);
    if (nv_i_bit (run->seen, i))
      continue;
    nv_cells_get (run->pool->cells, i, out);
    return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "all %" G_GSIZE_FORMAT " cells of the pool were drawn", searcher->pool);
  return FALSE;
}

void
nv_searcher_cell (const NvSearcher *searcher, gsize i, NvCell *out)
{
  g_return_if_fail (i < searcher->pool);
  nv_cells_get (searcher->run->pool->cells, i, out);
}

gboolean
nv_searcher_find (const NvSearcher *searcher, const NvCell *cell, gsize *i)
{
  const NvPool *pool = searcher->run->pool;
  NvCell canonical;
  if (!nv_space_validate (pool->space, cell, NULL))
    return FALSE;
  nv_space_canonical (pool->space, cell, &canonical);
  return nv_cell_index_find (pool->index, &canonical, i);
}

gboolean
nv_searcher_seen (const NvSearcher *searcher, gsize i)
{
  g_return_val_if_fail (i < searcher->pool, TRUE);
  return nv_i_bit (searcher->run->seen, i);
}

gboolean
nv_searcher_known (const NvSearcher *searcher, const NvCell *cell)
{
  gsize i;
  NvCell form;
  if (nv_searcher_find (searcher, cell, &i))
    return nv_searcher_seen (searcher, i);
  if (!searcher->run->pool->open)
    return TRUE; /* no cell from outside of the pool is ever evaluated */
  if (!nv_space_validate (searcher->space, cell, NULL))
    return FALSE;
  nv_space_canonical (searcher->space, cell, &form);
  return nv_cell_index_find (searcher->run->known, &form, NULL);
}

/* --- embedding -------------------------------------------------------------------------- */

const nv_real *
nv_searcher_embedding (NvSearcher *searcher)
{
  return nv_i_run_values (searcher->run);
}

gsize
nv_searcher_nearest (NvSearcher *searcher, const nv_real *point, guint32 *nearest,
                     gsize count)
{
  NvRun *run = searcher->run;
  if (count > run->best_size) {
    run->best = g_renew (nv_real, run->best, count);
    run->best_size = count;
  }
  const nv_real *values = nv_searcher_embedding (searcher);
  return nv_i_nearest_rows (nearest, run->best, values, point, run->seen, searcher->pool,
                            searcher->dim, count);
}

gboolean
nv_searcher_decode (NvSearcher *searcher, const nv_real *point, NvCell *out)
{
  NvRun *run = searcher->run;
  NvEncoder *encoder = run->encoder != NULL ? run->encoder : run->embedding->encoder;
  if (!nv_i_encoder_can_decode (encoder) || !encoder->code_first)
    return FALSE;
  g_autoptr (NvCells) cells = nv_cells_new (searcher->space->nodes);
  g_mutex_lock (&run->embedding->lock);
  encoder->klass->decode (encoder, point, 1, cells);
  g_mutex_unlock (&run->embedding->lock);
  nv_cells_get (cells, 0, out);
  return TRUE;
}

/* --- joint training --------------------------------------------------------------------- */

gboolean
nv_searcher_joint (const NvSearcher *searcher)
{
  return searcher->run->encoder != NULL;
}

void
nv_searcher_forward (NvSearcher *searcher, const guint32 *index, gsize B, nv_real *out)
{
  NvRun *run = searcher->run;
  gsize D = searcher->dim;
  if (run->encoder != NULL) {
    run->encoder->klass->forward (run->encoder, run->pool->cells, index, B, out);
    return;
  }
  const nv_real *values = nv_i_run_values (run);
  for (gsize b = 0; b < B; b++)
    memcpy (out + b * D, values + index[b] * D, D * sizeof (nv_real));
}

void
nv_searcher_recall (NvSearcher *searcher, const guint32 *index, gsize B, nv_real *out)
{
  NvEncoder *encoder = searcher->run->encoder;
  if (encoder != NULL)
    encoder->settled = TRUE;
  nv_searcher_forward (searcher, index, B, out);
  if (encoder != NULL)
    encoder->settled = FALSE;
}

/* Statistics that a batch moves by a tenth keep a hundredth of what they started at. */
void
nv_searcher_settle (NvSearcher *searcher)
{
  NvRun *run = searcher->run;
  guint32 index[SETTLE_BATCH];
  if (run->encoder == NULL || run->encoder->epochs > 0)
    return;
  g_autofree nv_real *out = g_new (nv_real, SETTLE_BATCH * searcher->dim);
  for (guint pass = 0; pass < SETTLE_PASSES; pass++) {
    for (gsize b = 0; b < SETTLE_BATCH; b++)
      index[b] = nv_rng_below (searcher->rng, (guint32) searcher->pool);
    nv_searcher_forward (searcher, index, SETTLE_BATCH, out);
  }
  run->stale = TRUE;
}

void
nv_searcher_backward (NvSearcher *searcher, const nv_real *dout)
{
  NvEncoder *encoder = searcher->run->encoder;
  if (encoder != NULL)
    encoder->klass->backward (encoder, dout);
}

void
nv_searcher_step (NvSearcher *searcher)
{
  NvRun *run = searcher->run;
  if (run->encoder == NULL)
    return;
  run->encoder->klass->step (run->encoder);
  run->stale = TRUE;
}

void
nv_searcher_restart (NvSearcher *searcher)
{
  NvRun *run = searcher->run;
  g_autoptr (GError) error = NULL;
  if (run->encoder == NULL)
    return;
  run->restarts++;
  if (!nv_i_run_open_encoder (run, &error))
    nv_i_run_set_fault (run, g_strdup (error->message));
}
