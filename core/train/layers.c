/* Prepares the layers that have a window or weights: oneDNN's convolutions and norms, our
 * depthwise convolutions and pools. */
#include "train/executor_private.h"
#include "train/kernels.h"

static NvMap *
input_of (const NvExecutor *ex, const NvStep *step)
{
  return &ex->maps[step->layer->inputs[0]];
}

/* Padding that makes ceil (size / stride) windows, the first one centred on the first pixel
 * where its size is odd. */
static void
padding_of (const NvLayer *layer, guint from, guint to, dnnl_dim_t *before,
            dnnl_dim_t *after)
{
  const gint64 reach = (gint64) (layer->kernel - 1) * layer->dilation;
  *before = to == 1 && layer->kernel >= from ? 0 : reach / 2;
  *after = MAX (0, (gint64) (to - 1) * layer->stride + reach + 1 - from - *before);
}

typedef struct {
  dnnl_dims_t kernel, stride, dilation, before, after;
} Window;

static Window
window_of (const NvExecutor *ex, const NvStep *step)
{
  const NvLayer *layer = step->layer;
  const NvLayer *from = nv_i_network_layer (ex->network, layer->inputs[0]);
  Window w = { { layer->kernel, layer->kernel }, { layer->stride, layer->stride },
               { layer->dilation - 1, layer->dilation - 1 }, { 0 }, { 0 } };
  padding_of (layer, from->height, layer->height, &w.before[0], &w.after[0]);
  padding_of (layer, from->width, layer->width, &w.before[1], &w.after[1]);
  return w;
}

/* --- convolution ---------------------------------------------------------------------- */

static dnnl_memory_desc_t
kernel_desc (NvExecutor *ex, const NvStep *step, gboolean plain)
{
  const dnnl_dim_t k = step->layer->kernel;
  const dnnl_dim_t dims[] = { step->map->md.dims[1], input_of (ex, step)->md.dims[1], k, k };
  return nv_i_dnnl_desc (&ex->dnnl, 4, dims, plain ? dnnl_oihw : dnnl_format_tag_any);
}

/* One number for each channel of the output. */
static dnnl_memory_desc_t
vector_desc (NvExecutor *ex, const NvStep *step)
{
  const dnnl_dim_t dims[] = { step->map->md.dims[1] };
  return nv_i_dnnl_desc (&ex->dnnl, 1, dims, dnnl_x);
}

static void
depthwise_forward (NvExecutor *ex, NvStep *step)
{
  const NvLayer *layer = step->layer;
  const NvLayer *from = nv_i_network_layer (ex->network, layer->inputs[0]);
  const Window w = window_of (ex, step);
  const dnnl_dim_t k = layer->kernel, dims[] = { step->map->md.dims[1], 1, 1, k, k };
  const dnnl_memory_desc_t plain = nv_i_dnnl_desc (&ex->dnnl, 5, dims, dnnl_goihw);
  step->weights_md = nv_i_dnnl_desc (&ex->dnnl, 5, dims, dnnl_Goihw8g);
  step->kernel = nv_i_executor_slot (ex, step, NV_WEIGHT_KERNEL, &step->weights_md,
                                     &plain).offset;
  const gsize blocks = nv_blocks (layer->channels);
  step->depthwise = (NvDepthwise){
    .n = ex->batch * blocks, .blocks = blocks,
    .height = (int) from->height, .width = (int) from->width,
    .out_height = (int) layer->height, .out_width = (int) layer->width,
    .kernel = (int) k, .stride = (int) layer->stride, .dilation = (int) layer->dilation,
    .top = (int) w.before[0], .left = (int) w.before[1]
  };
  step->depthwise.room = nv_i_dnnl_floats (&ex->dnnl, nv_i_depthwise_room (&step->depthwise));
}

static void
conv_forward (NvExecutor *ex, NvStep *step)
{
  if (step->layer->groups > 1) {
    depthwise_forward (ex, step);
    return;
  }
  NvDnnl *d = &ex->dnnl;
  NvMap *x = input_of (ex, step), *y = step->map;
  const Window w = window_of (ex, step);
  const dnnl_memory_desc_t any = kernel_desc (ex, step, FALSE),
                           plain = kernel_desc (ex, step, TRUE),
                           bias = vector_desc (ex, step);
  dnnl_convolution_desc_t desc = { 0 };
  if (d->status == dnnl_success)
    d->status = dnnl_dilated_convolution_forward_desc_init (
        &desc, dnnl_forward_training, dnnl_convolution_direct, &x->md, &any,
        step->layer->bias ? &bias : NULL, &y->md, w.stride, w.dilation, w.before, w.after);
  step->plan = nv_i_dnnl_plan (d, &desc, NULL);
  step->weights_md = nv_i_dnnl_query (d, step->plan, dnnl_query_weights_md);
  step->weights = nv_i_executor_slot (ex, step, NV_WEIGHT_KERNEL, &step->weights_md,
                                      &plain).weight;
  nv_i_dnnl_make (d, &step->forward, step->plan);
  nv_i_dnnl_pass (&step->forward, DNNL_ARG_SRC, x->data_memory);
  nv_i_dnnl_pass (&step->forward, DNNL_ARG_WEIGHTS, step->weights);
  nv_i_dnnl_pass (&step->forward, DNNL_ARG_DST, y->data_memory);
  if (step->layer->bias) {
    step->bias = nv_i_executor_slot (ex, step, NV_WEIGHT_BIAS, &bias, &bias).weight;
    nv_i_dnnl_pass (&step->forward, DNNL_ARG_BIAS, step->bias);
  }
  step->evaluate = step->forward;
}

static const NvTensorSlot *
find_slot (const NvExecutor *ex, const NvStep *step, NvWeightKind kind)
{
  for (guint i = 0; i < ex->slots->len; i++) {
    const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
    if (nv_i_network_layer (ex->network, slot->layer) == step->layer && slot->kind == kind)
      return slot;
  }
  return NULL;
}

static void
conv_backward_data (NvExecutor *ex, NvStep *step)
{
  NvDnnl *d = &ex->dnnl;
  const Window w = window_of (ex, step);
  const dnnl_memory_desc_t any = kernel_desc (ex, step, FALSE);
  dnnl_convolution_desc_t desc = { 0 };
  if (d->status == dnnl_success)
    d->status = dnnl_dilated_convolution_backward_data_desc_init (
        &desc, dnnl_convolution_direct, &input_of (ex, step)->md, &any, &step->map->md,
        w.stride, w.dilation, w.before, w.after);
  const_dnnl_primitive_desc_t plan = nv_i_dnnl_plan (d, &desc, step->plan);
  const dnnl_memory_desc_t md = nv_i_dnnl_query (d, plan, dnnl_query_weights_md);
  dnnl_memory_t weights = step->weights;
  if (d->status == dnnl_success && !dnnl_memory_desc_equal (&md, &step->weights_md)) {
    weights = nv_i_dnnl_memory (d, &md, nv_i_dnnl_floats (d, nv_i_dnnl_size (&md)));
    nv_i_dnnl_reorder (d, &step->arrange_weights, &md, weights, &step->weights_md,
                       step->weights);
  }
  nv_i_dnnl_make (d, &step->backward, plan);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_DIFF_DST, step->map->gradient_memory);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_WEIGHTS, weights);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_DIFF_SRC, step->targets[0].memory);
}

static void
conv_backward (NvExecutor *ex, NvStep *step)
{
  if (step->depthwise.n > 0)
    return;
  NvDnnl *d = &ex->dnnl;
  const Window w = window_of (ex, step);
  const dnnl_memory_desc_t any = kernel_desc (ex, step, FALSE),
                           bias = vector_desc (ex, step);
  dnnl_convolution_desc_t desc = { 0 };
  if (step->targets[0].gradient != NULL)
    conv_backward_data (ex, step);
  if (d->status == dnnl_success)
    d->status = dnnl_dilated_convolution_backward_weights_desc_init (
        &desc, dnnl_convolution_direct, &input_of (ex, step)->md, &any,
        step->layer->bias ? &bias : NULL, &step->map->md, w.stride, w.dilation, w.before,
        w.after);
  const_dnnl_primitive_desc_t plan = nv_i_dnnl_plan (d, &desc, step->plan);
  const dnnl_memory_desc_t md = nv_i_dnnl_query (d, plan, dnnl_query_diff_weights_md);
  const dnnl_memory_t own = find_slot (ex, step, NV_WEIGHT_KERNEL)->gradient;
  dnnl_memory_t gradient = own;
  if (d->status == dnnl_success && !dnnl_memory_desc_equal (&md, &step->weights_md)) {
    gradient = nv_i_dnnl_memory (d, &md, nv_i_dnnl_floats (d, nv_i_dnnl_size (&md)));
    nv_i_dnnl_reorder (d, &step->arrange_gradient, &step->weights_md, own, &md, gradient);
  }
  nv_i_dnnl_make (d, &step->backward_weights, plan);
  nv_i_dnnl_pass (&step->backward_weights, DNNL_ARG_SRC, input_of (ex, step)->data_memory);
  nv_i_dnnl_pass (&step->backward_weights, DNNL_ARG_DIFF_DST, step->map->gradient_memory);
  nv_i_dnnl_pass (&step->backward_weights, DNNL_ARG_DIFF_WEIGHTS, gradient);
  if (step->layer->bias)
    nv_i_dnnl_pass (&step->backward_weights, DNNL_ARG_DIFF_BIAS,
                    find_slot (ex, step, NV_WEIGHT_BIAS)->gradient);
}

/* --- batch normalisation -------------------------------------------------------------- */

#define EPSILON 1e-5f

static unsigned
norm_flags (const NvStep *step)
{
  return (unsigned) dnnl_use_scale | (unsigned) dnnl_use_shift
         | (step->layer->relu ? (unsigned) dnnl_fuse_norm_relu : 0u);
}

static const_dnnl_primitive_desc_t
norm_plan (NvExecutor *ex, const NvStep *step, dnnl_prop_kind_t kind, unsigned flags)
{
  NvDnnl *d = &ex->dnnl;
  dnnl_batch_normalization_desc_t desc = { 0 };
  if (d->status == dnnl_success)
    d->status = dnnl_batch_normalization_forward_desc_init (&desc, kind, &step->map->md,
                                                            EPSILON, flags);
  return nv_i_dnnl_plan (d, &desc, NULL);
}

static void
norm_pass (const NvExecutor *ex, const NvStep *step, NvCall *call, dnnl_memory_t mean,
           dnnl_memory_t variance)
{
  nv_i_dnnl_pass (call, DNNL_ARG_SRC, input_of (ex, step)->data_memory);
  nv_i_dnnl_pass (call, DNNL_ARG_MEAN, mean);
  nv_i_dnnl_pass (call, DNNL_ARG_VARIANCE, variance);
  nv_i_dnnl_pass (call, DNNL_ARG_SCALE, step->scale);
  nv_i_dnnl_pass (call, DNNL_ARG_SHIFT, step->shift);
}

static void
norm_forward (NvExecutor *ex, NvStep *step)
{
  NvDnnl *d = &ex->dnnl;
  const guint channels = step->layer->channels;
  const gsize room = MAX (16, (channels + 15u) / 16 * 16);
  const dnnl_memory_desc_t vector = vector_desc (ex, step);
  step->scale = nv_i_executor_slot (ex, step, NV_WEIGHT_SCALE, &vector, &vector).weight;
  step->shift = nv_i_executor_slot (ex, step, NV_WEIGHT_SHIFT, &vector, &vector).weight;
  step->mean = nv_i_dnnl_floats (d, 2 * room);
  step->variance = step->mean + room;
  step->mean_memory = nv_i_dnnl_memory (d, &vector, step->mean);
  step->variance_memory = nv_i_dnnl_memory (d, &vector, step->variance);

  step->plan = norm_plan (ex, step, dnnl_forward_training, norm_flags (step));
  nv_i_dnnl_make (d, &step->forward, step->plan);
  norm_pass (ex, step, &step->forward, step->mean_memory, step->variance_memory);
  nv_i_dnnl_pass (&step->forward, DNNL_ARG_DST, step->map->data_memory);
  if (step->layer->relu) {
    const dnnl_memory_desc_t md = nv_i_dnnl_query (d, step->plan, dnnl_query_workspace_md);
    const gsize floats = dnnl_memory_desc_get_size (&md) / sizeof (float) + 1;
    step->workspace = nv_i_dnnl_memory (d, &md, nv_i_dnnl_floats (d, floats));
    nv_i_dnnl_pass (&step->forward, DNNL_ARG_WORKSPACE, step->workspace);
  }
}

/* The running figures are placed now. */
static void
norm_evaluate (NvExecutor *ex, NvStep *step)
{
  NvDnnl *d = &ex->dnnl;
  const dnnl_memory_desc_t vector = vector_desc (ex, step);
  const unsigned flags = norm_flags (step) | (unsigned) dnnl_use_global_stats;
  nv_i_dnnl_make (d, &step->evaluate,
                  norm_plan (ex, step, dnnl_forward_inference, flags));
  norm_pass (ex, step, &step->evaluate,
             nv_i_dnnl_memory (d, &vector, step->running_mean),
             nv_i_dnnl_memory (d, &vector, step->running_variance));
  nv_i_dnnl_pass (&step->evaluate, DNNL_ARG_DST, step->map->data_memory);
}

static void
norm_backward (NvExecutor *ex, NvStep *step)
{
  NvDnnl *d = &ex->dnnl;
  const dnnl_memory_desc_t *md = &step->map->md;
  dnnl_batch_normalization_desc_t desc = { 0 };
  norm_evaluate (ex, step);
  if (d->status == dnnl_success)
    d->status = dnnl_batch_normalization_backward_desc_init (&desc, dnnl_backward, md, md,
                                                             EPSILON, norm_flags (step));
  nv_i_dnnl_make (d, &step->backward, nv_i_dnnl_plan (d, &desc, step->plan));
  norm_pass (ex, step, &step->backward, step->mean_memory, step->variance_memory);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_DIFF_DST, step->map->gradient_memory);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_DIFF_SRC, step->targets[0].memory);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_DIFF_SCALE,
                  find_slot (ex, step, NV_WEIGHT_SCALE)->gradient);
  nv_i_dnnl_pass (&step->backward, DNNL_ARG_DIFF_SHIFT,
                  find_slot (ex, step, NV_WEIGHT_SHIFT)->gradient);
  if (step->workspace != NULL)
    nv_i_dnnl_pass (&step->backward, DNNL_ARG_WORKSPACE, step->workspace);
}

/* --- pools ---------------------------------------------------------------------------- */

static void
pool_forward (NvExecutor *ex, NvStep *step)
{
  const NvLayer *layer = step->layer;
  const NvLayer *from = nv_i_network_layer (ex->network, layer->inputs[0]);
  const Window w = window_of (ex, step);
  step->pool = (NvPool2d){
    .n = ex->batch * nv_blocks (layer->channels),
    .height = (int) from->height, .width = (int) from->width,
    .out_height = (int) layer->height, .out_width = (int) layer->width,
    .kernel = (int) layer->kernel, .stride = (int) layer->stride,
    .top = (int) w.before[0], .left = (int) w.before[1]
  };
  step->pool.room = nv_i_dnnl_floats (&ex->dnnl, nv_i_pool2d_room (&step->pool));
  if (layer->kind == NV_LAYER_MAX_POOL)
    step->place = (gint32 *) nv_i_dnnl_floats (&ex->dnnl, step->map->size);
}

/* --- any layer ------------------------------------------------------------------------ */

void
nv_i_layer_forward (NvExecutor *ex, NvStep *step)
{
  switch (step->layer->kind) {
  case NV_LAYER_CONV:
    conv_forward (ex, step);
    break;
  case NV_LAYER_NORM:
    norm_forward (ex, step);
    break;
  case NV_LAYER_MAX_POOL:
  case NV_LAYER_AVG_POOL:
    pool_forward (ex, step);
    break;
  default:
    break;
  }
}

void
nv_i_layer_backward (NvExecutor *ex, NvStep *step)
{
  switch (step->layer->kind) {
  case NV_LAYER_CONV:
    conv_backward (ex, step);
    break;
  case NV_LAYER_NORM:
    norm_backward (ex, step);
    break;
  default:
    break;
  }
}
