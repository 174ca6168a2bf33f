/* One run of one searcher: pool, embedding, what was seen; the ask / tell loop's core without a
 * store or a benchmark, so that tests and `nasvec check` can drive it too. */
#ifndef NV_RUN_H
#define NV_RUN_H

#include <nasvec/encoder.h>
#include <nasvec/searcher.h>

#include "benchmark/benchmark.h"
#include "plugin/instance.h"

/* The cells that a run may evaluate, with an index by canonical form. Shared, read-only. */
typedef struct {
  NvSpace *space;      /* owned reference */
  NvCells *cells;      /* owned reference */
  NvCellIndex *index;  /* canonical form -> pool index */
  gint refs;
} NvPool;
NV_INTERNAL NvPool *nv_i_pool_new (NvSpace *space, NvCells *cells);
NV_INTERNAL NvPool *nv_i_pool_ref (NvPool *pool);
NV_INTERNAL void nv_i_pool_unref (NvPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvPool, nv_i_pool_unref)

/* A pool's embedding by one encoder: `values` is frozen and shared by runs. */
typedef struct {
  NvEncoder *encoder;  /* for decode() and as the origin of joint copies; calls are locked */
  GMutex lock;
  nv_real *values;     /* [P x D], 64-byte aligned; NULL until it is asked for */
  gsize dim;
  gint refs;
} NvEmbedding;
/* Takes ownership of `encoder`, which is open and pre-trained. */
NV_INTERNAL NvEmbedding *nv_i_embedding_new (NvEncoder *encoder, const NvPool *pool);
NV_INTERNAL void nv_i_embedding_unref (NvEmbedding *embedding);

/* Streams: the searcher's own is (seed, "searcher", run); the initial cells' is (seed,
 * "initial", run), the same for all arms. `joint`: the run trains a copy of the encoder. */
NV_INTERNAL NvRun *nv_i_run_new (NvPool *pool, NvEmbedding *embedding, gboolean joint,
                                 const char *searcher, GVariant *options, guint64 seed,
                                 guint64 run, gsize budget, GError **error);
NV_INTERNAL void nv_i_run_free (NvRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvRun, nv_i_run_free)

/* Asks until the searcher names a cell that is valid and new to the run. Duplicates are told
 * again, invalid cells rejected, both counted. *reason (static): why there is no next cell -
 * "pool used up", "stalled" - and TRUE; NULL: *cell is to be evaluated. FALSE: an error. */
NV_INTERNAL gboolean nv_i_run_ask (NvRun *run, NvCell *cell, const char **reason,
                                   GError **error);
/* The outcome of the cell that was asked for. The searcher sees outcome->score alone. */
NV_INTERNAL void nv_i_run_tell (NvRun *run, const NvCell *cell, const NvOutcome *outcome);
NV_INTERNAL guint nv_i_run_duplicates (const NvRun *run);
NV_INTERNAL guint nv_i_run_invalid (const NvRun *run);
NV_INTERNAL NvSearcher *nv_i_run_searcher (NvRun *run);

#endif
