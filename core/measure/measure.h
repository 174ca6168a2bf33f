/* What an embedding is worth: the paper's measures, for any encoder and any space.
 *
 * All are the same for the same seed on any number of threads. Where a figure is not defined (a
 * correlation with a constant, a share of nothing) it is NAN. */
#ifndef NV_MEASURE_H
#define NV_MEASURE_H

#include "benchmark/benchmark.h"
#include "plugin/instance.h"

/* --- of encoders that decode ---------------------------------------------------------- */

/* Reconstruction of `cells` through latent() and decode(), in shares of 1. */
typedef struct {
  double node;   /* real nodes whose op is right */
  double edge;   /* entries above the diagonal that are right */
  double edge_padded; /* the same over the padded N x N triangle: the authors' figure */
  double node_padded; /* over N rows, padding counted as the authors do (op 0 where all is zero) */
  double cell;   /* cells that are right whole */
  double isomorphic; /* cells decoded to one isomorphic to them, themselves included */
  double cell_real; /* the same of their real nodes alone, whatever is decoded beside them */
} NvReconstruction;
NV_INTERNAL gboolean nv_i_measure_reconstruction (NvEncoder *encoder, const NvCells *cells,
                                                  NvReconstruction *out, GError **error);

/* Draws z ~ N(mean, sd), mean and sd of each latent dimension over the codes of `train`, and
 * decodes. In numbers of cells. */
typedef struct {
  gsize draws;
  gsize valid;          /* strictly: nv_space_validate() */
  gsize valid_pruned;   /* strictly, without the nodes that are on no path */
  gsize valid_paper;    /* nv_space_valid_paper() */
  gsize distinct;       /* different canonical cells among the strictly valid */
  gsize distinct_pruned; /* the same among valid_pruned */
  gsize distinct_paper; /* different decoded cells, unpruned, among valid_paper */
  gsize novel;          /* of `distinct`, those not in `train` */
} NvValidity;
NV_INTERNAL gboolean nv_i_measure_validity (NvEncoder *encoder, const NvCells *train, gsize draws,
                                            NvRng *rng, NvValidity *out, GError **error);

/* --- the cells that the other measures look at ---------------------------------------- */

/* All cells that can be had (those of the benchmark, else of the space) or, where these are more
 * than `limit` or cannot be listed, a random draw of distinct ones. */
typedef struct {
  NvEncoder *encoder;  /* borrowed */
  NvEncoder *start;    /* borrowed; the encoder before labels trained it; NULL: none did */
  NvCells *cells;      /* [n] */
  gsize n, D;
  gsize of;            /* cells that there were to draw from; 0: more than can be listed */
  nv_real *x;          /* [n x D] embedding */
  double *observed;    /* [n] what a searcher would see; NAN: failed. NULL: no benchmark */
  double *tested;      /* [n] the test score, or the observed one where the benchmark has none */
  gboolean has_test;   /* tested is the test score */
} NvSample;
/* `benchmark` (may be NULL) is asked for the score of every cell. The encoder stays the
 * caller's, and must not be used from another thread while the sample lives. */
NV_INTERNAL NvSample *nv_i_sample_new (NvEncoder *encoder, NvBenchmark *benchmark, gsize limit,
                                       guint64 seed, GError **error);
NV_INTERNAL void nv_i_sample_free (NvSample *sample);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvSample, nv_i_sample_free)

/* --- labels --------------------------------------------------------------------------- */

/* Trains the weights on score[n] of cells[index[n]] through forward(), backward(), step(), with
 * a head that is forgotten. Head and order come from `rng`. */
NV_INTERNAL void nv_i_labels_train (NvEncoder *encoder, const NvCells *cells,
                                    const guint32 *index, const double *score, gsize n,
                                    NvRng *rng);
/* The same with `labels` random cells that have a score: of the benchmark's own pool, else of
 * `cells`. An error where there are fewer, or the encoder has no backward(). */
NV_INTERNAL gboolean nv_i_labels_fit (NvEncoder *encoder, const NvCells *cells,
                                      NvBenchmark *benchmark, guint labels, guint64 seed,
                                      GError **error);

/* --- prediction ----------------------------------------------------------------------- */

typedef enum { NV_MODEL_GP, NV_MODEL_RIDGE, NV_MODEL_KNN, NV_MODELS } NvModel;
typedef enum {
  NV_AGREE_KENDALL, NV_AGREE_SPEARMAN, NV_AGREE_PEARSON,
  NV_AGREE_RMSE,                    /* against the observed score, which was regressed */
  NV_AGREE_TOP1, NV_AGREE_TOP5,     /* precision at the top 1 % and 5 % */
  NV_AGREEMENTS
} NvAgreement;
typedef struct {
  gsize labels, tested;             /* cells */
  double mean[NV_MODELS][NV_AGREEMENTS], sd[NV_MODELS][NV_AGREEMENTS]; /* over the draws */
} NvPredictive;
/* Regressions of the observed score (stats/regress.h) on labels[count] random cells, `repeats`
 * times, against the tested score of all the others of the sample. A correlation with a constant
 * prediction counts 0. out[count]. Error: labels for more than half of the scored cells. */
NV_INTERNAL gboolean nv_i_measure_prediction (const NvSample *sample, const guint *labels,
                                              guint count, guint repeats, guint64 seed,
                                              NvPredictive *out, GError **error);

/* --- smoothness ----------------------------------------------------------------------- */

/* Ops that are to be changed and edges to be added or taken away to make one cell of the other,
 * under the best numbering of the inner nodes for cells of at most 7 nodes; above, and in spaces
 * whose nodes have fixed places anyway, node by node. */
NV_INTERNAL guint nv_i_cell_edits (const NvCell *a, const NvCell *b);

#define NV_LAGS 10
typedef struct {
  gsize pairs;                      /* of cells of a walk, at most NV_LAGS steps apart */
  double spearman, low, high;       /* edits against distance; 95 % interval over walks */
  double space[NV_LAGS];            /* correlation of scores 1 .. NV_LAGS mutations apart */
  double embedding[NV_LAGS];        /* where a step leads to one of the 10 nearest cells */
  gsize cells;                      /* whose neighbours were looked at */
  double neighbours;                /* share of a cell's k neighbours among its k nearest */
  double chance;                    /* the same for a random order */
} NvSmoothness;
/* Walks of `steps` steps from random cells of the sample. Sets the first three rows; without
 * benchmark (NULL) scores are unknown. Scores are as in sample->tested. */
NV_INTERNAL gboolean nv_i_measure_walks (const NvSample *sample, NvBenchmark *benchmark,
                                         guint walks, guint steps, guint64 seed,
                                         NvSmoothness *out, GError **error);
/* Sets the rest, from `cells` random cells of the sample. The k nearest are looked for among the
 * sample and the neighbours; of cells at one distance each counts in part. */
NV_INTERNAL void nv_i_measure_neighbours (const NvSample *sample, guint cells, guint64 seed,
                                          NvSmoothness *out);

/* --- coverage ------------------------------------------------------------------------- */

/* The bounding box of the sample's first two principal components, cut into side x side bins. In
 * shares of the bins. */
typedef struct {
  guint side;
  double density;  /* cells per bin, on average */
  double empty;    /* bins without a cell */
  double holes;    /* of these, those whose centre is inside the cells' convex hull */
  double normal;   /* what as many draws of a normal distribution of the same variances, kept
                      inside the box, would leave empty */
  double uniform;  /* the same of a uniform distribution */
} NvGrid;
/* What is decoded from points of one sort. */
typedef struct {
  gsize points;    /* 0: there is no such place, and the rest is NAN */
  double valid;    /* share: nv_space_validate() */
  double distinct; /* different canonical cells, as a share of the valid ones */
  double moved;    /* median distance, in bins, from the point to where the embedding of its valid
                      cell lies in the plane */
} NvDecoded;
#define NV_GRIDS 3 /* of 1, 10 and 100 cells a bin */
typedef enum {
  NV_PLACE_HOLE,     /* empty bins, centre inside the hull */
  NV_PLACE_OUTSIDE,  /* empty bins, centre outside */
  NV_PLACE_OCCUPIED, /* bins with cells */
  NV_PLACE_BOX,      /* not in the plane: uniform in the bounding box of the whole code */
  NV_PLACES
} NvPlace;
typedef struct {
  double explained;  /* share of the embedding's variance that the plane shows */
  double dimensions; /* (sum of the variances of the components)^2 / sum of their squares */
  NvGrid grid[NV_GRIDS];
  NvDecoded decoded[NV_PLACES]; /* in the grid of 10 cells a bin; without decode(): no points */
} NvCoverage;
/* A point of the plane becomes a code by starting from the cell that is nearest to it in the plane
 * and moving that cell's code by the regression of the code on the two components: what else the
 * code holds is the nearest cell's. `points` of each sort. *out is incomplete on error. */
NV_INTERNAL gboolean nv_i_measure_coverage (const NvSample *sample, guint points, guint64 seed,
                                            NvCoverage *out, GError **error);

/* --- interpolation -------------------------------------------------------------------- */

typedef struct {
  gsize pairs, steps;
  double valid;    /* share of all cells decoded */
  double distinct; /* different valid cells on a path; mean over the pairs */
  double jump;     /* the most edits between one valid cell of a path and the next; mean */
  double edits;    /* between the two ends; mean */
} NvInterpolation;
/* Decodes `steps` >= 2 points on the straight lines between the codes of random pairs of cells of
 * the sample, ends included. */
NV_INTERNAL gboolean nv_i_measure_interpolation (const NvSample *sample, guint pairs, guint steps,
                                                 guint64 seed, NvInterpolation *out,
                                                 GError **error);

#endif
