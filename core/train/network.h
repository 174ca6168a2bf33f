/* What a network is made of, for what counts and what executes it. */
#ifndef NV_NETWORK_PRIVATE_H
#define NV_NETWORK_PRIVATE_H

#include <nasvec/space.h>

typedef enum {
  NV_LAYER_IMAGE,
  NV_LAYER_ZERO,
  NV_LAYER_CONV,
  NV_LAYER_NORM,
  NV_LAYER_RELU,
  NV_LAYER_MAX_POOL,
  NV_LAYER_AVG_POOL,
  NV_LAYER_SUM,
  NV_LAYER_SHIFT,
  NV_LAYER_DROP,
  NV_LAYER_CONCAT,
  NV_LAYER_TAKE
} NvLayerKind;

typedef struct {
  NvLayerKind kind;
  guint channels, height, width; /* of its output */
  guint n_inputs;
  const NvValue *inputs;         /* [n_inputs] */
  guint kernel, stride, dilation, groups;
  gboolean bias, relu;           /* of a convolution; of a norm */
  double drop;                   /* share of images */
  gboolean head;                 /* belongs to the auxiliary classifier */
} NvLayer;

struct _NvNetwork {
  GArray *layers;     /* NvLayer; layer i makes value i */
  GPtrArray *inputs;  /* their lists of inputs */
  guint classes;
  NvValue output, auxiliary; /* auxiliary 0: there is none */
  char *refused;      /* why the space builds none of such a skeleton; NULL: it does */
  char *mistake;      /* the first one in how it was built; NULL: none */
};

/* With the image as value 0. `classes`: of the classifiers. */
NV_INTERNAL NvNetwork *nv_i_network_new (guint channels, guint height, guint width,
                                         guint classes);
NV_INTERNAL void nv_i_network_free (NvNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvNetwork, nv_i_network_free)
NV_INTERNAL const NvLayer *nv_i_network_layer (const NvNetwork *network, NvValue x);

/* The mean over each channel's pixels, then a linear layer with bias: [classes] x 1 x 1. */
NV_INTERNAL NvValue nv_i_network_classify (NvNetwork *network, NvValue x);

/* The network of a valid cell for images of channels x size x size pixels, classifier and
 * all. NULL with error where the space builds none, none of this skeleton, or a wrong one. */
NV_INTERNAL NvNetwork *nv_i_network_of_cell (const NvSpace *space, const NvCell *cell,
                                             const NvSkeleton *skeleton, guint channels,
                                             guint size, guint classes, GError **error);

/* Of all layers but the auxiliary classifier's, also of those that the output does not depend
 * on, as the benchmarks count.
 * Weights: kernels, biases, scales and shifts. Multiply-adds of one image: those of
 * convolutions and the classifier. */
NV_INTERNAL guint64 nv_i_network_parameters (const NvNetwork *network);
NV_INTERNAL guint64 nv_i_network_madds (const NvNetwork *network);

#endif
