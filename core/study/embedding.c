/* A pool's embedding, made on first use and then shared by all runs of an arm; and the
 * search for nearest neighbours in it. */
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
  g_mutex_clear (&embedding->lock);
  g_free (embedding);
}

nv_real *
nv_i_embedding_alloc (gsize rows, gsize dim)
{
  return g_aligned_alloc (MAX (rows * dim, 1), sizeof (nv_real), 64);
}

const nv_real *
nv_i_embedding_values (NvEmbedding *embedding)
{
  g_mutex_lock (&embedding->lock);
  if (embedding->values == NULL) {
    embedding->values = nv_i_embedding_alloc (embedding->cells->count, embedding->dim);
    nv_i_encoder_embed (embedding->encoder, embedding->cells, 0, embedding->cells->count,
                        embedding->values);
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
