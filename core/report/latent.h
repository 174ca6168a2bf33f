/* What an encoder makes of a space: the data behind the figures of an embedding. */
#ifndef NV_REPORT_LATENT_H
#define NV_REPORT_LATENT_H

#include "plugin/instance.h"
#include "report/data.h"

#define NV_LATENT_CELLS 4000 /* at most so many are shown */

typedef struct {
  char *title;          /* arm and task; owned */
  NvSpace *space;       /* owned references */
  NvEncoder *encoder;   /* owned */
  NvCells *cells;       /* [n] a random draw of the pool, and the trajectory's */
  gsize n, D;
  double *x;            /* [n x D] */
  double *score;        /* [n] mean test score (observed, without test scores); NAN: never
                           evaluated */
  double *depth;        /* [n] see nv_i_cell_depth() */
  double *share;        /* [n] share of interior nodes that have the op below */
  guint op;             /* the one whose share goes most with the score */
  double *pca, *tsne;   /* [n x 2], once projected */
  GArray *trajectory;   /* guint: the incumbents of one run, in order */
  gboolean percent, tested;
} NvLatent;

/* The embedding of an arm (label or method; its first task) of a loaded report, from what
 * its store and plugins tell; pre-trained weights come from the cache or are trained now.
 * An encoder that each run trains for itself is trained on the scores of the arm's first
 * run. Errors: no such arm, no such plugin, a joint arm without a run that has ended. */
NV_INTERNAL NvLatent *nv_i_latent_from_store (const char *store, const NvReport *report,
                                              const char *arm, GError **error);
/* The space of an arm's cells, as its row tells. */
NV_INTERNAL NvSpace *nv_i_arm_space (const NvReportArm *arm, GError **error);
/* Of any encoder: `score` [pool->count], `path` the pool indices of a trajectory (may be
 * NULL). References are taken; the encoder is taken over. */
NV_INTERNAL NvLatent *nv_i_latent_new (const char *title, NvEncoder *encoder,
                                       NvSpace *space, NvCells *pool, const double *score,
                                       const GArray *path, gboolean percent,
                                       gboolean tested);
/* Sets pca and tsne, which takes seconds; before anything is drawn. */
NV_INTERNAL void nv_i_latent_project (NvLatent *latent);
NV_INTERNAL void nv_i_latent_free (NvLatent *latent);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvLatent, nv_i_latent_free)

/* map_pca, map_tsne, density, distance, prediction and path, with CSV files behind
 * them. */
NV_INTERNAL gboolean nv_i_latent_write (const NvLatent *latent, const char *out,
                                        GError **error);

/* The figure path and its CSV; nothing where the encoder does not decode or no run has
 * two incumbents. */
NV_INTERNAL gboolean nv_i_path_write (const NvLatent *latent, const char *out,
                                      GError **error);

/* --- parts, for the figures and for tests ------------------------------------------- */

/* Ops on the longest path from an input to the last node, that node included. Ops by the
 * names that the field uses: "none" cuts a path, "skip..." adds nothing to it. 0: there
 * is no path. */
NV_INTERNAL guint nv_i_cell_depth (const NvSpace *space, const NvCell *cell);

/* Distances in the embedding of random pairs, by edit distance (nv_i_cell_edits()) 1 ..
 * NV_EDITS (the last: or more). */
#define NV_EDITS 12
typedef struct {
  guint count[NV_EDITS];
  double lower[NV_EDITS], median[NV_EDITS], upper[NV_EDITS];
  double spearman; /* of all pairs */
} NvDistances;
NV_INTERNAL void nv_i_latent_distances (NvDistances *out, const NvLatent *latent);

/* A Gaussian process on `labels` random cells, tested on the other cells that have a
 * score. */
typedef struct {
  guint labels, n;
  double *truth, *predicted; /* [n]; owned */
  double spearman, rmse;
} NvPrediction;
/* FALSE: too few scores, nothing set. */
NV_INTERNAL gboolean nv_i_latent_predict (NvPrediction *out, const NvLatent *latent);
NV_INTERNAL void nv_i_prediction_clear (NvPrediction *prediction);

#endif
