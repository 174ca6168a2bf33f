/* The inside of a run, for run.c, searcher.c, embedding.c and their tests. */
#ifndef NV_RUN_PRIVATE_H
#define NV_RUN_PRIVATE_H

#include "study/run.h"

/* What a run knows of one cell that was evaluated. */
typedef struct {
  double score;
  gboolean failed;
} NvTold;

struct _NvRun {
  NvSearcher searcher;
  NvRng rng;              /* the searcher's */
  NvPool *pool;           /* owned reference */
  NvEmbedding *embedding; /* owned reference; frozen */
  guint64 seed, number;
  gboolean open;          /* the searcher's open() succeeded */

  /* joint training; NULL: the encoder is frozen */
  NvEncoder *encoder;
  nv_real *values;        /* [P x D], of `encoder` as it was when `stale` was cleared */
  gboolean stale;
  guint restarts;
  char *fault;            /* why the run cannot go on: its encoder is at fault; NULL: it can */

  /* the stream of initial cells: a Fisher-Yates shuffle that stores moved entries alone */
  NvRng initial;
  GHashTable *moved;
  gsize drawn;

  /* what was evaluated */
  NvCellIndex *known;     /* canonical form -> index into `told` */
  GArray *told;           /* NvTold */
  guint64 *seen;          /* bit i: pool cell i was evaluated */
  gsize seen_count;
  NvCell asked;           /* as the searcher wrote it */
  NvCell asked_canonical;
  guint duplicates, invalid;
  char *rejection;        /* what was wrong with the last invalid one; NULL: there was none */

  nv_real *best;          /* [best_size], buffer of nv_searcher_nearest() */
  gsize best_size;
};

static inline gboolean
nv_i_bit (const guint64 *bits, gsize i)
{
  return (bits[i / 64] >> (i % 64)) & 1u;
}

/* [rows x dim], 64-byte aligned; g_aligned_free. */
G_GNUC_INTERNAL nv_real *nv_i_embedding_alloc (gsize rows, gsize dim);
/* The embedding that the run searches, frozen or its own as it is now, [P x D]; where it is not all
 * numbers, run->fault says so. */
G_GNUC_INTERNAL const nv_real *nv_i_run_values (NvRun *run);
/* The run ends at its next ask, for the first reason that is given; takes `why` over. */
G_GNUC_INTERNAL void nv_i_run_set_fault (NvRun *run, char *why);
/* Makes the run's own encoder: random weights of stream (seed, run, restarts) or, where the
 * shared one was pre-trained, a copy of its weights. */
G_GNUC_INTERNAL gboolean nv_i_run_open_encoder (NvRun *run, GError **error);

#endif
