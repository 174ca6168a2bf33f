/* Runs a network, forward and backward, on batches of one size.
 *
 * float32. Belongs to the thread that made it, and keeps to that one thread. Layers that
 * the output does not depend on are left out; nothing is allocated after it is made. */
#ifndef NV_EXECUTOR_H
#define NV_EXECUTOR_H

#include "train/network.h"

typedef struct _NvExecutor NvExecutor;

/* NULL with error: not built with oneDNN, or oneDNN refused. The network must outlive
 * it. */
NV_INTERNAL NvExecutor *nv_i_executor_new (const NvNetwork *network, guint batch,
                                           GError **error);
NV_INTERNAL void nv_i_executor_free (NvExecutor *executor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvExecutor, nv_i_executor_free)

/* Weights from the stream `rng`: kernels N(0, 2 / (k k inputs)), the classifier's uniform
 * within 1 / sqrt (inputs), scales 1, shifts and biases 0. */
NV_INTERNAL void nv_i_executor_draw (NvExecutor *executor, NvRng *rng);

/* [B x channels x height x width], to be filled. */
NV_INTERNAL float *nv_i_executor_images (NvExecutor *executor);
/* TRUE: norms by the batch, which moves their running figures; else by those. */
NV_INTERNAL void nv_i_executor_forward (NvExecutor *executor, gboolean training);
/* What happens by chance in training is drawn from a copy of `noise` from now on; `progress`:
 * the share of the training that is done. */
NV_INTERNAL void nv_i_executor_epoch (NvExecutor *executor, double progress,
                                      const NvRng *noise);
/* `which`: the network's output or auxiliary. [B x *row]: of each row the first [channels]
 * count, if it is 1 x 1; a blocked map else. */
NV_INTERNAL const float *nv_i_executor_output (const NvExecutor *executor, NvValue which,
                                               gsize *row);
/* The same shape: to be filled before backward(), which overwrites the gradients. */
NV_INTERNAL float *nv_i_executor_output_gradient (NvExecutor *executor, NvValue which);
NV_INTERNAL void nv_i_executor_backward (NvExecutor *executor);
/* FALSE with error: oneDNN failed since it was made. */
NV_INTERNAL gboolean nv_i_executor_check (const NvExecutor *executor, GError **error);

/* All weights and their gradients, in the executor's own layout: [n]. */
NV_INTERNAL float *nv_i_executor_weights (NvExecutor *executor, gsize *n);
NV_INTERNAL float *nv_i_executor_gradients (NvExecutor *executor);
/* Running means and variances of all norms: [n]. */
NV_INTERNAL float *nv_i_executor_statistics (NvExecutor *executor, gsize *n);

#endif
