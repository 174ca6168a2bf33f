/* An executor's weights one by one, in row-major order whatever its own is. */
#include <math.h>
#include <string.h>

#include "train/executor_private.h"

static gsize
size_of (const NvTensorSlot *slot)
{
  return slot->rows * slot->columns * slot->pixels;
}

gboolean
nv_i_executor_tensor (const NvExecutor *ex, guint i, NvValue *layer, NvWeightKind *kind,
                      gsize *size)
{
  if (i >= ex->slots->len)
    return FALSE;
  const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
  *layer = slot->layer;
  *kind = slot->kind;
  *size = size_of (slot);
  return TRUE;
}

/* Copies a tensor between its own layout and row-major order, filled up. */
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
  const gsize row = slot->columns * slot->pixels;
  g_autofree float *filled = g_new0 (float, nv_i_dnnl_size (&slot->plain));
  convert (ex, slot, gradient ? slot->gradient : slot->weight, filled, TRUE);
  for (gsize r = 0; r < slot->rows; r++)
    memcpy (out + r * row, filled + r * slot->padded * slot->pixels, row * sizeof *out);
}

void
nv_i_executor_set (NvExecutor *ex, guint i, const float *in)
{
  const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
  const gsize row = slot->columns * slot->pixels;
  g_autofree float *filled = g_new0 (float, nv_i_dnnl_size (&slot->plain));
  for (gsize r = 0; r < slot->rows; r++)
    memcpy (filled + r * slot->padded * slot->pixels, in + r * row, row * sizeof *in);
  convert (ex, slot, slot->weight, filled, FALSE);
}

static void
draw_kernel (const NvExecutor *ex, const NvTensorSlot *slot, NvRng *rng, float *out)
{
  const NvLayer *layer = nv_i_network_layer (ex->network, slot->layer);
  const double inputs = (double) nv_network_channels (ex->network, layer->inputs[0])
                        / layer->groups * layer->kernel * layer->kernel;
  for (gsize i = 0; i < size_of (slot); i++)
    out[i] = layer->bias ? (float) ((2 * nv_rng_uniform (rng) - 1) / sqrt (inputs))
                         : (float) (nv_rng_normal (rng) * sqrt (2 / inputs));
}

void
nv_i_executor_draw (NvExecutor *ex, NvRng *rng)
{
  for (guint i = 0; i < ex->slots->len; i++) {
    const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
    g_autofree float *values = g_new0 (float, size_of (slot));
    if (slot->kind == NV_WEIGHT_KERNEL)
      draw_kernel (ex, slot, rng, values);
    for (gsize k = 0; slot->kind == NV_WEIGHT_SCALE && k < size_of (slot); k++)
      values[k] = 1;
    nv_i_executor_set (ex, i, values);
  }
  for (guint i = 0; i < ex->network->layers->len; i++)
    for (guint c = 0; ex->steps[i].mean != NULL && c < ex->steps[i].layer->channels; c++) {
      ex->steps[i].running_mean[c] = 0;
      ex->steps[i].running_variance[c] = 1;
    }
}
