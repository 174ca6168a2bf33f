/* What an embedding is worth: the paper's measures, for any encoder and any space. */
#ifndef NV_MEASURE_H
#define NV_MEASURE_H

#include "plugin/instance.h"

/* Reconstruction of `cells` through latent() and decode(), in shares of 1. */
typedef struct {
  double node;   /* real nodes whose op is right */
  double edge;   /* entries above the diagonal that are right */
  double edge_padded; /* the same over the padded N x N triangle: the authors' figure */
  double node_padded; /* over N rows, padding counted as the authors do (op 0 where all is zero) */
  double cell;   /* cells that are right whole */
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

#endif
