/* What the files of the executor share, and what its tests see of it. */
#ifndef NV_EXECUTOR_PRIVATE_H
#define NV_EXECUTOR_PRIVATE_H

#include "train/depthwise.h"
#include "train/dnnl.h"
#include "train/executor.h"
#include "train/pool2d.h"

#define NV_FLAT_CHANNELS 3 /* of an image's map that is not in blocks */

/* The output of a layer. */
typedef struct {
  gboolean live;       /* the output of the network depends on it */
  gboolean evaluates;  /* also without the auxiliary classifier */
  gboolean trains;     /* and it on weights: it has a gradient */
  gboolean written;    /* some layer's backward writes `gradient` before others add */
  guint readers;       /* live layers that read it, as often as they do */
  dnnl_memory_desc_t md;
  gsize size;          /* floats */
  float *data, *gradient;
  dnnl_memory_t data_memory, gradient_memory;
} NvMap;

/* Where the backward of a layer leaves the gradient of one input. */
typedef struct {
  float *gradient;     /* NULL: nobody asks for it */
  dnnl_memory_t memory;
  gboolean add;        /* `gradient` is the scratch map, to be added to `sum` */
  float *sum;
} NvTarget;

typedef struct {
  const NvLayer *layer;
  NvMap *map;
  const_dnnl_primitive_desc_t plan; /* of forward */
  NvDepthwise depthwise;            /* n > 0: it is one, and needs no plan */
  gsize kernel;                     /* its place among all weights */
  NvPool2d pool;
  gint32 *place;                    /* of each output of a pool of the largest */
  float *factors;                   /* [B] of a path that may be dropped */
  NvCall forward, evaluate, backward, backward_weights;
  NvCall arrange_weights, arrange_gradient; /* before backward; after backward_weights */
  NvTarget *targets;                        /* [n_inputs] */
  dnnl_memory_t workspace;
  dnnl_memory_t weights, bias;
  dnnl_memory_desc_t weights_md;
  float *mean, *variance;                   /* of a norm: this batch's */
  float *running_mean, *running_variance;
  dnnl_memory_t mean_memory, variance_memory, scale, shift;
} NvStep;

typedef enum { NV_WEIGHT_KERNEL, NV_WEIGHT_BIAS, NV_WEIGHT_SCALE, NV_WEIGHT_SHIFT } NvWeightKind;

/* A weight tensor and its place in the arrays of all weights. */
typedef struct {
  NvValue layer;
  NvWeightKind kind;
  dnnl_memory_desc_t md, plain;
  dnnl_memory_t weight, gradient;
  gsize offset;
  /* In row-major order [rows x columns x pixels]; `plain` has [.. x padded x pixels]. */
  gsize rows, columns, padded, pixels;
} NvTensorSlot;

struct _NvExecutor {
  const NvNetwork *network;
  guint batch;
  guint saved_control; /* of the processor's floating point, of the thread */
  NvDnnl dnnl;
  gboolean flat;       /* the image's map is not in blocks of channels */
  float *images;       /* of a batch, channel by channel */
  NvCall arrange_images;
  NvMap *maps;         /* [layers] */
  NvStep *steps;       /* [layers] */
  GArray *slots;       /* NvTensorSlot */
  gsize n_weights, n_statistics;
  float *weights, *gradients, *statistics;
  double progress;     /* share of the training that is done */
  NvRng noise;
  float *scratch;      /* a gradient that is to be added to another */
};

/* --- tensors.c: weights one by one --- */

/* Weight tensor i = 0, 1, ...: its layer, what it is, its size; FALSE: there are no
 * more. Kernels are [channels x inputs / groups x k x k], all others [channels]. */
NV_INTERNAL gboolean nv_i_executor_tensor (const NvExecutor *executor, guint i,
                                           NvValue *layer, NvWeightKind *kind,
                                           gsize *size);
/* In row-major order; `gradient`: of it instead. */
NV_INTERNAL void nv_i_executor_get (NvExecutor *executor, guint i, gboolean gradient,
                                    float *out);
NV_INTERNAL void nv_i_executor_set (NvExecutor *executor, guint i, const float *in);

/* --- layers.c: what a layer needs before it can run --- */

/* The forward of a layer whose input maps are there. */
void nv_i_layer_forward (NvExecutor *ex, NvStep *step);
/* Its backward, once the gradient of its output is there and its targets are known. */
void nv_i_layer_backward (NvExecutor *ex, NvStep *step);
/* A new slot; its memories are placed when all slots are known. */
NvTensorSlot nv_i_executor_slot (NvExecutor *ex, const NvStep *step, NvWeightKind kind,
                                 const dnnl_memory_desc_t *md,
                                 const dnnl_memory_desc_t *plain);

#endif
