/* A pool's embedding, made on first use and then shared by all runs of an arm, or a run's own; and
 * the search for nearest neighbours in it. */
#include <math.h>
#include <string.h>

#include "nn/kernels.h"
#include "study/run_private.h"

#define BLOCK 512 /* rows whose distances are computed before any is looked at */

NvEmbedding *
nv_i_embedding_new (NvEncoder *encoder, const NvPool *pool)
{
  NvEmbedding *embedding = g_new0 (NvEmbedding, 1);
  embedding->encoder = encoder;
  embedding->cells = nv_cells_ref (pool->cells);
  embedding->dim = encoder->dim;
  embedding->refs = 1;
  g_mutex_init (&embedding->lock);
  return embedding;
}

NvEmbedding *
nv_i_embedding_ref (NvEmbedding *embedding)
{
  g_atomic_int_inc (&embedding->refs);
  return embedding;
}

void
nv_i_embedding_unref (NvEmbedding *embedding)
{
  if (!g_atomic_int_dec_and_test (&embedding->refs))
    return;
  nv_i_encoder_free (embedding->encoder);
  nv_cells_unref (embedding->cells);
  g_aligned_free (embedding->values);
  g_free (embedding->fault);
  g_mutex_clear (&embedding->lock);
  g_free (embedding);
}

nv_real *
nv_i_embedding_alloc (gsize rows, gsize dim)
{
  return g_aligned_alloc (MAX (rows * dim, 1), sizeof (nv_real), 64);
}

/* Without a branch, so that a whole table takes no time beside the pass that made it. */
static gboolean
all_finite (const nv_real *x, gsize n)
{
  int finite = 1;
  for (gsize i = 0; i < n; i++)
    finite &= isfinite (x[i]) != 0;
  return finite != 0;
}

/* What is wrong with x[P x D], the encoder's embedding of the cells; NULL: nothing. g_free. */
static char *
fault_of (const NvEncoder *encoder, const NvCells *cells, const nv_real *x)
{
  gsize at = 0;
  NvCell cell;
  if (all_finite (x, cells->count * encoder->dim))
    return NULL;
  while (isfinite (x[at]))
    at++;
  nv_cells_get (cells, at / encoder->dim, &cell);
  g_autofree char *text = nv_space_format (encoder->space, &cell);
  return g_strdup_printf ("encoder %s: the embedding of cell %s is %s",
                          encoder->klass->head.name, text, isnan (x[at]) ? "nan" : "infinite");
}

const nv_real *
nv_i_embedding_values (NvEmbedding *embedding)
{
  g_mutex_lock (&embedding->lock);
  if (embedding->values == NULL) {
    embedding->values = nv_i_embedding_alloc (embedding->cells->count, embedding->dim);
    nv_i_encoder_embed (embedding->encoder, embedding->cells, 0, embedding->cells->count,
                        embedding->values);
    embedding->fault = fault_of (embedding->encoder, embedding->cells, embedding->values);
  }
  g_mutex_unlock (&embedding->lock);
  return embedding->values;
}

void
nv_i_run_set_fault (NvRun *run, char *why)
{
  if (run->fault == NULL)
    run->fault = why;
  else
    g_free (why);
}

const nv_real *
nv_i_run_values (NvRun *run)
{
  const NvCells *cells = run->pool->cells;
  if (run->encoder == NULL) {
    const nv_real *shared = nv_i_embedding_values (run->embedding);
    nv_i_run_set_fault (run, g_strdup (run->embedding->fault));
    return shared;
  }
  if (run->values == NULL)
    run->values = nv_i_embedding_alloc (cells->count, run->embedding->dim);
  if (run->stale) {
    nv_i_encoder_embed_list (run->encoder, cells, nv_i_pool_order (run->pool), cells->count,
                             run->values);
    nv_i_run_set_fault (run, fault_of (run->encoder, cells, run->values));
  }
  run->stale = FALSE;
  return run->values;
}

/* Puts (distance, i) into the sorted lists, whose `found` entries are all from lower rows:
 * ties stay in the order of rows. */
static gsize
insert (nv_real *best, guint32 *nearest, gsize found, gsize count, nv_real distance,
        gsize i)
{
  gsize at = found < count ? found++ : count - 1;
  for (; at > 0 && best[at - 1] > distance; at--) {
    best[at] = best[at - 1];
    nearest[at] = nearest[at - 1];
  }
  best[at] = distance;
  nearest[at] = (guint32) i;
  return found;
}

gsize
nv_i_nearest_rows (guint32 *nearest, nv_real *best, const nv_real *x,
                   const nv_real *point, const guint64 *seen, gsize P, gsize D, gsize count)
{
  nv_real distance[BLOCK];
  gsize found = 0;
  if (count == 0)
    return 0;
  for (gsize first = 0; first < P; first += BLOCK) {
    gsize rows = MIN (BLOCK, P - first);
    nv_i_distances (distance, x + first * D, point, rows, D);
    for (gsize r = 0; r < rows; r++) {
      gsize i = first + r;
      if (found == count && !(distance[r] < best[count - 1]))
        continue;
      if (!nv_i_bit (seen, i))
        found = insert (best, nearest, found, count, distance[r], i);
    }
  }
  return found;
}
