/* An executor's weights one by one, in row-major order whatever its own is. */
#include <math.h>

#include "train/executor_private.h"

gboolean
nv_i_executor_tensor (const NvExecutor *ex, guint i, NvValue *layer, NvWeightKind *kind,
                      gsize *size)
{
  if (i >= ex->slots->len)
    return FALSE;
  const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
  *layer = slot->layer;
  *kind = slot->kind;
  *size = slot->size;
  return TRUE;
}

/* Copies a tensor between its own layout and row-major order. */
static void
convert (NvExecutor *ex, const NvTensorSlot *slot, dnnl_memory_t own, float *plain,
         gboolean out)
{
  NvDnnl d;
  NvCall call = { 0 };
  nv_i_dnnl_init (&d);
  dnnl_memory_t other = nv_i_dnnl_memory (&d, &slot->plain, plain);
  if (out)
    nv_i_dnnl_reorder (&d, &call, &slot->plain, other, &slot->md, own);
  else
    nv_i_dnnl_reorder (&d, &call, &slot->md, own, &slot->plain, other);
  nv_i_dnnl_run (&d, &call);
  if (ex->dnnl.status == dnnl_success)
    ex->dnnl.status = d.status;
  nv_i_dnnl_clear (&d);
}

void
nv_i_executor_get (NvExecutor *ex, guint i, gboolean gradient, float *out)
{
  const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
  convert (ex, slot, gradient ? slot->gradient : slot->weight, out, TRUE);
}

void
nv_i_executor_set (NvExecutor *ex, guint i, const float *in)
{
  const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
  convert (ex, slot, slot->weight, (float *) in, FALSE);
}

static void
draw_kernel (const NvExecutor *ex, const NvTensorSlot *slot, NvRng *rng, float *out)
{
  const NvLayer *layer = nv_i_network_layer (ex->network, slot->layer);
  const double inputs = (double) nv_network_channels (ex->network, layer->inputs[0])
                        / layer->groups * layer->kernel * layer->kernel;
  for (gsize i = 0; i < slot->size; i++)
    out[i] = layer->bias ? (float) ((2 * nv_rng_uniform (rng) - 1) / sqrt (inputs))
                         : (float) (nv_rng_normal (rng) * sqrt (2 / inputs));
}

void
nv_i_executor_draw (NvExecutor *ex, NvRng *rng)
{
  for (guint i = 0; i < ex->slots->len; i++) {
    const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
    g_autofree float *values = g_new0 (float, slot->size);
    if (slot->kind == NV_WEIGHT_KERNEL)
      draw_kernel (ex, slot, rng, values);
    for (gsize k = 0; slot->kind == NV_WEIGHT_SCALE && k < slot->size; k++)
      values[k] = 1;
    nv_i_executor_set (ex, i, values);
  }
  for (guint i = 0; i < ex->network->layers->len; i++)
    for (guint c = 0; ex->steps[i].mean != NULL && c < ex->steps[i].layer->channels; c++) {
      ex->steps[i].running_mean[c] = 0;
      ex->steps[i].running_variance[c] = 1;
    }
}
