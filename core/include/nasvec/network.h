/* Networks that a space builds for its cells: what is computed, not how.
 *
 * A network is a list of layers in order; a value is the output of a layer, a map of channels x
 * height x width for every image. The same network is counted (weights, multiply-adds) and, where
 * nasvec is built with oneDNN, trained. Windows are centred: a layer of stride s makes a map of
 * height h into one of ceil (h / s), with as much padding as that needs.
 *
 * These functions cannot fail. The first mistake in their use, such as a value that is not there or
 * a stride of 0, is kept, and the network then refused as a whole with an error that tells it. */
#ifndef NASVEC_NETWORK_H
#define NASVEC_NETWORK_H

#include <nasvec/base.h>

G_BEGIN_DECLS

typedef struct _NvNetwork NvNetwork;
typedef guint NvValue;

/* What a benchmark leaves open about the network around a cell. */
typedef struct {
  guint width;  /* channels of the first layer */
  guint cells;  /* per stage */
  guint stages; /* the map halves and the channels double between them */
  double drop_path;   /* share of paths that training drops at its end; 0: none are */
  gboolean auxiliary; /* a second classifier helps in training */
} NvSkeleton;

NV_API guint nv_network_channels (const NvNetwork *network, NvValue x);

/* The skeleton does not go with the cell: `format` says which option does not and what is allowed.
 * The first refusal counts; whatever value the hook then returns, nothing is trained. */
NV_API void nv_network_refuse (NvNetwork *network, const char *format, ...) G_GNUC_PRINTF (2, 3);

/* A convolution without bias. `groups`: 1 or, for a depthwise one, the channels of x and of the
 * result. */
NV_API NvValue nv_network_conv (NvNetwork *network, NvValue x, guint channels, guint kernel,
                                guint stride, guint dilation, guint groups);
/* Batch normalisation with scale and shift, eps 1e-5. */
NV_API NvValue nv_network_norm (NvNetwork *network, NvValue x);
NV_API NvValue nv_network_relu (NvNetwork *network, NvValue x);
/* The same as the two in a row, in one pass. */
NV_API NvValue nv_network_norm_relu (NvNetwork *network, NvValue x);
/* Padding counts for nothing: a mean is over the pixels that are there. */
NV_API NvValue nv_network_max_pool (NvNetwork *network, NvValue x, guint kernel, guint stride);
NV_API NvValue nv_network_avg_pool (NvNetwork *network, NvValue x, guint kernel, guint stride);
/* Zeros of the shape that a pool of this stride would make of x. */
NV_API NvValue nv_network_zero (NvNetwork *network, NvValue x, guint stride);
/* x moved up and left by one pixel; the last row and column become zero. */
NV_API NvValue nv_network_shift (NvNetwork *network, NvValue x);
/* x, or zeros in training for a share `drop` of the images, which rises from 0 to this; the
 * others are larger by as much. */
NV_API NvValue nv_network_drop_path (NvNetwork *network, NvValue x, double drop);
/* A second classifier on x, which only training has: a 5 x 5 mean pool of stride 3, a 1 x 1
 * convolution to 128 channels and a 2 x 2 one to 768, each with norm and relu. It does not count.
 * Once at most. */
NV_API void nv_network_auxiliary (NvNetwork *network, NvValue x);
/* Of n >= 1 values of one shape. */
NV_API NvValue nv_network_sum (NvNetwork *network, const NvValue *x, guint n);
/* Of n >= 1 values of one height and width. */
NV_API NvValue nv_network_concat (NvNetwork *network, const NvValue *x, guint n);
/* The first `channels` of x. */
NV_API NvValue nv_network_take (NvNetwork *network, NvValue x, guint channels);

G_END_DECLS

#endif
