/* Pools and pre-trained encoders, each made once for all the arms that share it. */
#include <string.h>

#include "study/session.h"

/* --- pools -------------------------------------------------------------------------------- */

static gboolean
same_cells (const NvCells *a, const NvCells *b)
{
  gsize size = a->count * a->nodes;
  return a == b
         || (a->count == b->count && a->nodes == b->nodes
             && memcmp (a->n_nodes, b->n_nodes, a->count) == 0
             && memcmp (a->ops, b->ops, size) == 0
             && memcmp (a->rows, b->rows, size * sizeof (guint32)) == 0);
}

/* `size` cells, no two equivalent, from the study's own stream. */
static NvCells *
sample_cells (const NvStudy *study, NvSpace *space, GError **error)
{
  g_autoptr (NvCells) cells = nv_i_space_pool (space, study->pool_size, study->seed, error);
  if (cells == NULL || cells->count == study->pool_size)
    return g_steal_pointer (&cells);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
               "space %s: 10,000 draws in a row gave nothing new after %" G_GSIZE_FORMAT
               " cells; ask for a pool of at most that many, not %" G_GSIZE_FORMAT,
               space->klass->head.name, cells->count, study->pool_size);
  return NULL;
}

static NvCells *
cells_of_space (const NvStudy *study, NvSpace *space, GError **error)
{
  if (nv_space_enumerable (space))
    return nv_space_enumerate (space, error);
  return sample_cells (study, space, error);
}

static NvCells *
list_cells (const NvStudy *study, const NvBenchmark *benchmark, GError **error)
{
  if (benchmark->pool != NULL)
    return nv_cells_ref (benchmark->pool);
  return cells_of_space (study, benchmark->space, error);
}

static NvPool *
make_pool (const NvStudy *study, const NvBenchmark *benchmark, NvCells *cells, GError **error)
{
  g_autoptr (NvPool) pool = nv_i_pool_new (benchmark->space, cells);
  if (!study->pretrain_space || benchmark->pool == NULL)
    return g_steal_pointer (&pool);
  g_clear_pointer (&pool->fit, nv_cells_unref);
  pool->fit = cells_of_space (study, benchmark->space, error);
  return pool->fit != NULL ? g_steal_pointer (&pool) : NULL;
}

/* An earlier arm's pool, if it holds the same cells; else a new one. */
static NvPool *
find_pool (const NvStudy *study, const NvReady *arms, guint before, NvBenchmark *benchmark,
           GError **error)
{
  gboolean sampled = benchmark->pool == NULL && !nv_space_enumerable (benchmark->space);
  for (guint i = 0; sampled && i < before; i++)
    if (arms[i].pool != NULL && arms[i].pool->open
        && nv_i_space_same (arms[i].pool->space, benchmark->space))
      return nv_i_pool_ref (arms[i].pool);
  g_autoptr (NvCells) cells = list_cells (study, benchmark, error);
  if (cells == NULL)
    return NULL;
  for (guint i = 0; i < before; i++)
    if (arms[i].pool != NULL && arms[i].pool->open == sampled
        && same_cells (arms[i].pool->cells, cells)
        && nv_i_space_same (arms[i].pool->space, benchmark->space))
      return nv_i_pool_ref (arms[i].pool);
  NvPool *pool = make_pool (study, benchmark, cells, error);
  if (pool != NULL)
    pool->open = sampled;
  return pool;
}

/* --- encoders ----------------------------------------------------------------------------- */

typedef struct {
  NvProgress *progress;
  GCancellable *cancel;
  const char *encoder;
} Fit;

static gboolean
on_epoch (guint epoch, guint epochs, const NvFitLog *log, gpointer data)
{
  const Fit *fit = data;
  nv_i_progress_say (fit->progress, "pre-training %s: epoch %u of %u, loss %.4f", fit->encoder,
                     epoch + 1, epochs, log->loss);
  return !g_cancellable_is_cancelled (fit->cancel);
}

/* Pre-training number k of the arm's encoder; it may be found in the cache. */
static NvEncoder *
make_encoder (const NvStudy *study, NvReady *ready, guint k, guint threads, Fit *fit,
              GError **error)
{
  gboolean cached = FALSE;
  g_autoptr (NvEncoder) encoder
      = nv_i_encoder_new (ready->arm->encoder, ready->arm->encoder_options,
                          ready->pool->space, study->seed + k, 0, threads, error);
  if (encoder == NULL
      || !nv_i_encoder_prepare (encoder, ready->pool->fit, study->held_out, on_epoch, fit,
                                &cached, error))
    return NULL;
  if (cached)
    nv_i_progress_say (fit->progress, "%s: pre-trained weights from the cache", fit->encoder);
  ready->cached = cached && ready->cached;
  return g_steal_pointer (&encoder);
}

/* The same encoder with the same weights; takes `encoder` over. NULL with error. */
static NvEncoder *
on_one_thread (NvEncoder *encoder, guint64 seed, GError **error)
{
  NvEncoder *again = nv_i_encoder_again (encoder, seed, 0, error);
  nv_i_encoder_free (encoder);
  return again;
}

/* Takes over the embeddings of an earlier arm with the same encoder and pool. */
static gboolean
share_embeddings (NvReady *arms, guint at)
{
  for (guint i = 0; i < at; i++)
    if (arms[i].embeddings != NULL && arms[i].pool == arms[at].pool
        && strcmp (arms[i].encoder, arms[at].encoder) == 0) {
      arms[at].embeddings = g_new0 (NvEmbedding *, arms[i].n_embeddings);
      for (guint k = 0; k < arms[i].n_embeddings; k++)
        if (arms[i].embeddings[k] != NULL)
          arms[at].embeddings[k] = nv_i_embedding_ref (arms[i].embeddings[k]);
      arms[at].n_embeddings = arms[i].n_embeddings;
      arms[at].cached = arms[i].cached;
      arms[at].wall = arms[i].wall;
      return TRUE;
    }
  return FALSE;
}

/* Does another seed make another encoder? Not without weights; and weights that are not trained are
 * drawn. */
static gboolean
has_weights (const NvEncoder *encoder)
{
  return encoder->epochs > 0 || encoder->klass->tensors != NULL;
}

/* Does a run of the study take pre-training k of `wanted`? The first one is always made: it says
 * whether there are others. */
static gboolean
is_taken (const NvStudy *study, guint k, guint wanted)
{
  return k == 0 || (k + wanted - study->first_seed % wanted) % wanted < study->seeds;
}

/* As many as there are pre-trainings, or draws of weights that are not trained: one of an encoder
 * without weights. Of several none keeps its threads, which they would all have until the study
 * ends. NULL: no run takes it. */
static gboolean
make_embeddings (const NvStudy *study, NvReady *ready, guint threads, Fit *fit, GError **error)
{
  gint64 start = g_get_monotonic_time ();
  guint wanted = MIN (study->encoder_seeds, study->first_seed + study->seeds);
  ready->embeddings = g_new0 (NvEmbedding *, wanted);
  ready->cached = TRUE;
  for (guint k = 0; k < wanted; k++) {
    ready->n_embeddings = k + 1;
    if (!is_taken (study, k, wanted))
      continue;
    NvEncoder *encoder = make_encoder (study, ready, k, threads, fit, error);
    if (encoder != NULL && !has_weights (encoder))
      wanted = 1;
    if (encoder != NULL && wanted > 1)
      encoder = on_one_thread (encoder, study->seed + k, error);
    if (encoder == NULL)
      return FALSE;
    ready->embeddings[k] = nv_i_embedding_new (encoder, ready->pool);
  }
  ready->wall = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  return TRUE;
}

static gboolean
prepare_arm (const NvStudy *study, NvStore *store, NvReady *arms, guint at, guint threads,
             Fit *fit, GError **error)
{
  NvReady *ready = &arms[at];
  fit->encoder = ready->arm->encoder;
  ready->encoder = nv_i_arm_encoder_text (ready->arm, error);
  if (ready->encoder != NULL)
    ready->pool = find_pool (study, arms, at, ready->arm->benchmark, error);
  if (ready->pool == NULL
      || (!share_embeddings (arms, at)
          && !make_embeddings (study, ready, threads, fit, error)))
    return FALSE;
  ready->joint = nv_i_arm_joint (ready->arm, ready->embeddings[0]->encoder->klass);
  return nv_i_store_add_encoder (store, ready->id, ready->cached, ready->wall, error);
}

gboolean
nv_i_study_prepare (const NvStudy *study, NvStore *store, NvReady *arms, guint threads,
                    NvProgress *progress, GCancellable *cancel, GError **error)
{
  Fit fit = { progress, cancel, NULL };
  for (guint i = 0; i < study->arms->len; i++)
    if (arms[i].pending > 0
        && !prepare_arm (study, store, arms, i, threads, &fit, error)) {
      g_prefix_error (error, "arm '%s': ", arms[i].arm->label);
      return FALSE;
    }
  return TRUE;
}

void
nv_i_ready_clear (NvReady *arm)
{
  for (guint k = 0; k < arm->n_embeddings; k++)
    if (arm->embeddings[k] != NULL)
      nv_i_embedding_unref (arm->embeddings[k]);
  arm->n_embeddings = 0;
  g_clear_pointer (&arm->embeddings, g_free);
  g_clear_pointer (&arm->pool, nv_i_pool_unref);
  g_clear_pointer (&arm->encoder, g_free);
}
