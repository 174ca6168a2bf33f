/* Runs a network: the order of the layers, gradients that meet. The layers' own work is in
 * layers.c (oneDNN), depthwise.c, pool2d.c and kernels.c. */
#include <nasvec/nn.h>
#include <string.h>

#include "train/executor_private.h"
#include "train/kernels.h"

#define MOMENTUM 0.1f /* of running figures, for the new batch */

/* --- forward -------------------------------------------------------------------------- */

static void
sum_forward (const NvExecutor *ex, const NvStep *step)
{
  const NvLayer *layer = step->layer;
  const NvMap *y = step->map;
  nv_i_train_add_two (y->data, ex->maps[layer->inputs[0]].data,
                      ex->maps[layer->inputs[1]].data, y->size);
  for (guint k = 2; k < layer->n_inputs; k++)
    nv_i_train_add (y->data, ex->maps[layer->inputs[k]].data, y->size);
}

/* Channels of the inputs one behind the other; of a single one: the first. */
static void
copy_forward (const NvExecutor *ex, const NvStep *step)
{
  const NvLayer *layer = step->layer;
  const gsize pixels = (gsize) layer->height * layer->width;
  for (guint k = 0, to = 0; k < layer->n_inputs; k++) {
    const guint channels = nv_network_channels (ex->network, layer->inputs[k]);
    const guint count = MIN (channels, layer->channels - to);
    nv_i_train_copy_channels (step->map->data, ex->maps[layer->inputs[k]].data, ex->batch,
                              pixels, layer->channels, to, channels, 0, count, FALSE);
    to += count;
  }
}

/* running += .1 (batch - running), with the unbiased variance of the batch. */
static void
move_statistics (const NvExecutor *ex, NvStep *step)
{
  const float n = (float) ex->batch * (float) step->layer->height
                  * (float) step->layer->width;
  const float unbiased = n > 1 ? n / (n - 1) : 1;
  for (guint c = 0; c < step->layer->channels; c++) {
    step->running_mean[c] += MOMENTUM * (step->mean[c] - step->running_mean[c]);
    step->running_variance[c]
      += MOMENTUM * (unbiased * step->variance[c] - step->running_variance[c]);
  }
}

static void
arrange_images (NvExecutor *ex)
{
  const NvLayer *image = nv_i_network_layer (ex->network, 0);
  const gsize plane = (gsize) image->height * image->width;
  nv_i_dnnl_run (&ex->dnnl, &ex->arrange_images);
  for (gsize b = 0; ex->flat && b < ex->batch; b++)
    memcpy (ex->maps[0].data + b * NV_FLAT_CHANNELS * plane,
            ex->images + b * image->channels * plane,
            image->channels * plane * sizeof (float));
}

static void
drop_forward (NvExecutor *ex, const NvStep *step, gboolean training)
{
  const double drop = training ? step->layer->drop * ex->progress : 0;
  const NvMap *y = step->map;
  for (guint b = 0; b < ex->batch; b++)
    step->factors[b]
      = drop > 0 && nv_rng_uniform (&ex->noise) < drop ? 0 : (float) (1 / (1 - drop));
  nv_i_train_scale (y->data, ex->maps[step->layer->inputs[0]].data, step->factors,
                    ex->batch, y->size / ex->batch);
}

void
nv_i_executor_epoch (NvExecutor *ex, double progress, const NvRng *noise)
{
  ex->progress = progress;
  ex->noise = *noise;
}

void
nv_i_executor_forward (NvExecutor *ex, gboolean training)
{
  arrange_images (ex);
  for (guint i = 0; i < ex->network->layers->len; i++) {
    NvStep *step = &ex->steps[i];
    if (!(training ? step->map->live : step->map->evaluates))
      continue;
    switch (step->layer->kind) {
    case NV_LAYER_RELU:
      nv_relu (step->map->data, ex->maps[step->layer->inputs[0]].data, step->map->size);
      break;
    case NV_LAYER_SUM:
      sum_forward (ex, step);
      break;
    case NV_LAYER_DROP:
      drop_forward (ex, step, training);
      break;
    case NV_LAYER_SHIFT:
      nv_i_train_shift (step->map->data, ex->maps[step->layer->inputs[0]].data,
                        ex->batch * nv_blocks (step->layer->channels), step->layer->height,
                        step->layer->width);
      break;
    case NV_LAYER_CONCAT:
    case NV_LAYER_TAKE:
      copy_forward (ex, step);
      break;
    case NV_LAYER_AVG_POOL:
      nv_i_pool2d_mean (step->map->data, ex->maps[step->layer->inputs[0]].data, &step->pool);
      break;
    case NV_LAYER_MAX_POOL:
      nv_i_pool2d_max (step->map->data, step->place, ex->maps[step->layer->inputs[0]].data,
                     &step->pool);
      break;
    default:
      if (step->depthwise.n > 0)
        nv_i_depthwise (step->map->data, ex->maps[step->layer->inputs[0]].data,
                        ex->weights + step->kernel, &step->depthwise);
      nv_i_dnnl_run (&ex->dnnl, training ? &step->forward : &step->evaluate);
    }
    if (training && step->layer->kind == NV_LAYER_NORM)
      move_statistics (ex, step);
  }
}

/* --- backward ------------------------------------------------------------------------- */

static void
sum_backward (const NvStep *step, const NvTarget *target)
{
  const NvMap *y = step->map;
  if (target->add)
    nv_i_train_add (target->sum, y->gradient, y->size);
  else if (target->gradient != y->gradient)
    memcpy (target->gradient, y->gradient, y->size * sizeof (float));
}

static void
copy_backward (const NvExecutor *ex, const NvStep *step)
{
  const NvLayer *layer = step->layer;
  const gsize pixels = (gsize) layer->height * layer->width;
  for (guint k = 0, from = 0; k < layer->n_inputs; k++) {
    const NvTarget *target = &step->targets[k];
    const guint channels = nv_network_channels (ex->network, layer->inputs[k]);
    const guint count = MIN (channels, layer->channels - from);
    if (target->gradient != NULL && !target->add)
      memset (target->gradient, 0, ex->maps[layer->inputs[k]].size * sizeof (float));
    if (target->gradient != NULL)
      nv_i_train_copy_channels (target->add ? target->sum : target->gradient,
                                step->map->gradient, ex->batch, pixels, channels, 0,
                                layer->channels, from, count, target->add);
    from += count;
  }
}

static void
depthwise_backward (NvExecutor *ex, const NvStep *step)
{
  const NvTarget *target = &step->targets[0];
  if (target->gradient != NULL)
    nv_i_depthwise_backward (target->gradient, step->map->gradient,
                             ex->weights + step->kernel, &step->depthwise);
  nv_i_depthwise_backward_weights (ex->gradients + step->kernel, step->map->gradient,
                                   ex->maps[step->layer->inputs[0]].data,
                                   &step->depthwise);
}

static void
weighted_backward (NvExecutor *ex, const NvStep *step)
{
  if (step->depthwise.n > 0) {
    depthwise_backward (ex, step);
    return;
  }
  nv_i_dnnl_run (&ex->dnnl, &step->arrange_weights);
  nv_i_dnnl_run (&ex->dnnl, &step->backward);
  nv_i_dnnl_run (&ex->dnnl, &step->backward_weights);
  nv_i_dnnl_run (&ex->dnnl, &step->arrange_gradient);
}

static void
plain_backward (const NvExecutor *ex, const NvStep *step, float *dx)
{
  const NvLayer *layer = step->layer;
  const NvMap *y = step->map;
  switch (layer->kind) {
  case NV_LAYER_RELU:
    nv_relu_backward (dx, y->gradient, y->data, y->size);
    break;
  case NV_LAYER_DROP:
    nv_i_train_scale (dx, y->gradient, step->factors, ex->batch, y->size / ex->batch);
    break;
  case NV_LAYER_SHIFT:
    nv_i_train_shift_backward (dx, y->gradient, ex->batch * nv_blocks (layer->channels),
                               layer->height, layer->width);
    break;
  case NV_LAYER_AVG_POOL:
    nv_i_pool2d_mean_backward (dx, y->gradient, &step->pool);
    break;
  case NV_LAYER_MAX_POOL:
    nv_i_pool2d_max_backward (dx, y->gradient, step->place, &step->pool);
    break;
  default:
    break;
  }
}

static void
run_backward (NvExecutor *ex, const NvStep *step)
{
  const NvTarget *target = &step->targets[0];
  if (step->layer->kind == NV_LAYER_CONV || step->layer->kind == NV_LAYER_NORM)
    weighted_backward (ex, step);
  else if (target->gradient != NULL)
    plain_backward (ex, step, target->gradient);
  if (target->add)
    nv_i_train_add (target->sum, ex->scratch, ex->maps[step->layer->inputs[0]].size);
}

void
nv_i_executor_backward (NvExecutor *ex)
{
  for (guint i = ex->network->layers->len; i-- > 0;) {
    const NvStep *step = &ex->steps[i];
    if (step->targets == NULL)
      continue;
    if (step->layer->kind == NV_LAYER_SUM)
      for (guint k = 0; k < step->layer->n_inputs; k++) {
        if (step->targets[k].gradient != NULL)
          sum_backward (step, &step->targets[k]);
      }
    else if (step->layer->kind == NV_LAYER_CONCAT || step->layer->kind == NV_LAYER_TAKE)
      copy_backward (ex, step);
    else
      run_backward (ex, step);
  }
}
