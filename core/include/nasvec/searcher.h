/* Searchers: ask for a cell, be told its score, ask for the next. */
#ifndef NASVEC_SEARCHER_H
#define NASVEC_SEARCHER_H

#include <nasvec/linalg.h>
#include <nasvec/nn.h>
#include <nasvec/space.h>

G_BEGIN_DECLS

typedef struct _NvSearcherClass NvSearcherClass;
typedef struct _NvRun NvRun; /* the core's side: pool, embedding, encoder, what was seen */

/* A searcher within one run. It sees the space, the pool and its embedding, and validation
 * scores; never a test score, never the optimum. One thread. */
typedef struct {
  const NvSearcherClass *klass;
  const void *options;
  void *state;
  const NvSpace *space;
  NvRng *rng;    /* this run's own stream */
  gsize pool;    /* P: cells in the pool */
  gsize dim;     /* D: length of an embedding */
  gsize budget;  /* distinct cells that the run may evaluate; G_MAXSIZE: limited in seconds */
  NvRun *run;
} NvSearcher;

struct _NvSearcherClass {
  NvClass head;

  /* Default: nothing to prepare. */
  gboolean (*open) (NvSearcher *searcher, GError **error);
  void (*close) (NvSearcher *searcher);
  /* The next cell to evaluate. A cell that was seen is told again at no cost and counted as a
   * duplicate; one that is no cell of the space is rejected and counted as invalid. Required. */
  gboolean (*ask) (NvSearcher *searcher, NvCell *next, GError **error);
  /* The validation score of the cell that was asked for; higher is better; finite. Required. */
  void (*tell) (NvSearcher *searcher, const NvCell *cell, double score);
  /* The cell that was asked for is invalid, or its evaluation failed. nv_searcher_find() tells
   * them apart: it finds a rejected cell only where it is of the pool and was evaluated, and so
   * has failed. Default: ignore. */
  void (*reject) (NvSearcher *searcher, const NvCell *cell);
};

#define NV_SEARCHER(name, version, summary)                                                   \
  NV_HEAD (NvSearcherClass, NV_KIND_SEARCHER, name, version, summary)

/* --- what a searcher may ask of its run ------------------------------------------------- */

/* The next cell of the stream of initial cells: random, distinct, and the same for every arm of
 * a study at the same seed. Start from these, so that arms are paired. Without end until the
 * pool is used up; then an error. */
NV_API gboolean nv_searcher_draw (NvSearcher *searcher, NvCell *out, GError **error);

/* Pool cell i < P; and back: FALSE where the cell (or its equivalent) is not in the pool. */
NV_API void nv_searcher_cell (const NvSearcher *searcher, gsize i, NvCell *out);
NV_API gboolean nv_searcher_find (const NvSearcher *searcher, const NvCell *cell, gsize *i);
/* Was pool cell i evaluated (or rejected) in this run? */
NV_API gboolean nv_searcher_seen (const NvSearcher *searcher, gsize i);
/* The same of any cell, or its equivalent: FALSE where asking for it may bring something new. A
 * cell outside of the pool may be evaluated if the pool is a sample of the space; if the pool is
 * all that there is, as with a table, it cannot, and counts as known. */
NV_API gboolean nv_searcher_known (const NvSearcher *searcher, const NvCell *cell);

/* The embedding of the whole pool, [P x D]. Frozen encoders: constant, shared by all runs.
 * Joint training: made anew if the encoder has moved since the last call; costs P cells. */
NV_API const nv_real *nv_searcher_embedding (NvSearcher *searcher);
/* The unseen pool cells nearest to point[D] in L2: ranks 0, 1, ... are written to
 * nearest[count]; returns how many there were. */
NV_API gsize nv_searcher_nearest (NvSearcher *searcher, const nv_real *point, guint32 *nearest,
                                  gsize count);

/* mean[D] and sd[D] of each dimension of that embedding over the pool; sd 0: constant. */
NV_API void nv_searcher_spread (NvSearcher *searcher, nv_real *mean, nv_real *sd);

/* Scores made ready for fitting: y[n] from score[n], with mean 0 and variance 1 (all 0 where the
 * scores are equal). `rank`: the logit of the rank, log (p / (1 - p)) at p = (rank - 1/2) / n,
 * ties sharing theirs: free of scale, blind to how bad the worst are, spread out at the top.
 * A score of -INFINITY is an evaluation that failed: all of them share the lowest rank or, without
 * `rank`, have the lowest of the other scores. order[n] is a buffer. */
NV_API void nv_searcher_targets (double *y, const double *score, guint32 *order, gsize n,
                                 gboolean rank);
/* The lowest of score[n] that is not -INFINITY; 0 where there is none. */
NV_API double nv_searcher_lowest (const double *score, gsize n);

/* Joint training. The three calls are for every searcher that has a differentiable loss on
 * embeddings: where the encoder is frozen, forward() just copies rows and the others do nothing,
 * so a searcher is written once.
 *   forward:  out[B x D] = embedding of pool cells index[B], in training mode
 *   recall:   the same as nv_searcher_embedding() has it, for a loss at points that were acted on
 *   backward: adds the gradient with respect to that output, dout[B x D]; each call has a
 *             forward() or recall() of its own before it
 *   step:     one step of the encoder's optimiser
 * restart() draws the encoder's weights anew, as at the start of the run. settle() is for searchers
 * that look at the embedding before they train it: an encoder that was not pre-trained has no
 * running statistics yet, and gets those of the pool. */
NV_API gboolean nv_searcher_joint (const NvSearcher *searcher);
NV_API void nv_searcher_forward (NvSearcher *searcher, const guint32 *index, gsize B,
                                 nv_real *out);
NV_API void nv_searcher_recall (NvSearcher *searcher, const guint32 *index, gsize B,
                                nv_real *out);
NV_API void nv_searcher_backward (NvSearcher *searcher, const nv_real *dout);
NV_API void nv_searcher_step (NvSearcher *searcher);
NV_API void nv_searcher_restart (NvSearcher *searcher);
NV_API void nv_searcher_settle (NvSearcher *searcher);

/* From a point of the embedding back to a cell, valid or not; FALSE, and *out untouched, where
 * the encoder cannot decode its embedding (no decode(), or it does not begin with the code) or
 * decodes it to what is no cell of the space's size: then the run ends with an error. */
NV_API gboolean nv_searcher_decode (NvSearcher *searcher, const nv_real *point, NvCell *out);

G_END_DECLS

#endif
