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
  NvCells *cells;      /* owned reference; no two are equivalent */
  NvCells *fit;        /* likewise: those that encoders are pre-trained on */
  NvCellIndex *index;  /* canonical form -> pool index */
  gboolean open;       /* a sample: valid cells outside of it may be evaluated too */
  gsize order;         /* of nv_i_pool_order(), a pointer; 0 until it is asked for */
  gint refs;
} NvPool;
/* fit: the same cells. */
NV_INTERNAL NvPool *nv_i_pool_new (NvSpace *space, NvCells *cells);
NV_INTERNAL NvPool *nv_i_pool_ref (NvPool *pool);
NV_INTERNAL void nv_i_pool_unref (NvPool *pool);
/* [P]: the pool's cells in an order in which cells that are alike adjoin, for encoders that
 * compute once what the cells of a block share. Made on the first call. Thread-safe. */
NV_INTERNAL const guint32 *nv_i_pool_order (NvPool *pool);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvPool, nv_i_pool_unref)

/* A pool's embedding by one encoder: `values` is frozen and shared by runs. */
typedef struct {
  NvEncoder *encoder;  /* for decode() and as the origin of joint copies; calls are locked */
  NvCells *cells;      /* of the pool; owned reference */
  GMutex lock;
  nv_real *values;     /* [P x D], 64-byte aligned; NULL until it is asked for */
  char *fault;         /* with `values`: why no run can use them; NULL: they are numbers */
  gsize dim;
  gint refs;
} NvEmbedding;
/* Takes ownership of `encoder`, which is open and pre-trained. */
NV_INTERNAL NvEmbedding *nv_i_embedding_new (NvEncoder *encoder, const NvPool *pool);
NV_INTERNAL NvEmbedding *nv_i_embedding_ref (NvEmbedding *embedding);
NV_INTERNAL void nv_i_embedding_unref (NvEmbedding *embedding);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvEmbedding, nv_i_embedding_unref)
/* [P x D], made on the first call. Thread-safe. Sets embedding->fault. */
NV_INTERNAL const nv_real *nv_i_embedding_values (NvEmbedding *embedding);
/* nearest[count], best[count]: rows of x[P x D] with the smallest squared distances to point[D],
 * nearest first, the lower row first where equal; rows whose bit in seen[P / 64 + 1] is set are
 * left out. Returns how many there were. */
NV_INTERNAL gsize nv_i_nearest_rows (guint32 *nearest, nv_real *best, const nv_real *x,
                                const nv_real *point, const guint64 *seen, gsize P, gsize D,
                                gsize count);

/* Streams: the searcher's own is (seed, "searcher", run); the initial cells' is (seed,
 * "initial", run), the same for all arms. `joint`: the run trains a copy of the encoder. */
NV_INTERNAL NvRun *nv_i_run_new (NvPool *pool, NvEmbedding *embedding, gboolean joint,
                                 const char *searcher, GVariant *options, guint64 seed,
                                 guint64 run, gsize budget, GError **error);
NV_INTERNAL void nv_i_run_free (NvRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvRun, nv_i_run_free)

/* Asks until the searcher names a cell that is valid and new to the run. Duplicates are told
 * again, invalid cells rejected, both counted. *reason (static): why there is no next cell -
 * "pool used up", NV_STALLED (10,000 duplicates or invalid cells in a row) - and TRUE; NULL: *cell
 * is to be evaluated; it is the pool's own form of what the searcher named. FALSE: an error, never
 * of a code that says something of the study (NV_ERROR_STORE, NV_ERROR_CANCELLED). */
NV_INTERNAL gboolean nv_i_run_ask (NvRun *run, NvCell *cell, const char **reason,
                                   GError **error);
/* The outcome of the cell that was asked for. The searcher sees outcome->score alone. */
NV_INTERNAL void nv_i_run_tell (NvRun *run, const NvCell *cell, const NvOutcome *outcome);
NV_INTERNAL guint nv_i_run_duplicates (const NvRun *run);
NV_INTERNAL guint nv_i_run_invalid (const NvRun *run);
/* "; 7 asked for were rejected; the last: ..."; "" where none was; g_free. */
NV_INTERNAL char *nv_i_run_rejections (const NvRun *run);
NV_INTERNAL NvSearcher *nv_i_run_searcher (NvRun *run);

#endif
