/* Makes what runs a network: maps, weights, who writes and who adds to a gradient. */
#include "train/executor_private.h"

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "train/kernels.h"

/* --- the thread ----------------------------------------------------------------------- */

#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
extern void omp_set_num_threads (int n); /* of the run time that oneDNN is linked with */
#endif

/* One thread, and numbers below 1e-38 are zero: the momentum of a weight that nothing moves
 * any more would be slow. Returns what to restore. */
static guint
enter_thread (void)
{
#if DNNL_CPU_THREADING_RUNTIME == DNNL_RUNTIME_OMP
  omp_set_num_threads (1);
#endif
#if defined(__SSE__)
  const guint saved = _mm_getcsr ();
  _mm_setcsr (saved | 0x8040); /* flush to zero, denormals are zero */
  return saved;
#else
  return 0;
#endif
}

static void
leave_thread (guint saved)
{
#if defined(__SSE__)
  _mm_setcsr (saved);
#else
  (void) saved;
#endif
}

/* --- making --------------------------------------------------------------------------- */

/* Which maps the output depends on, and which of those have a gradient. */
static void
find_live (NvExecutor *ex)
{
  const GArray *layers = ex->network->layers;
  ex->maps[ex->network->output].live = ex->maps[ex->network->output].evaluates = TRUE;
  if (ex->network->auxiliary != 0)
    ex->maps[ex->network->auxiliary].live = TRUE;
  for (guint i = layers->len; i-- > 0;) {
    const NvLayer *layer = nv_i_network_layer (ex->network, i);
    for (guint k = 0; ex->maps[i].live && k < layer->n_inputs; k++) {
      NvMap *from = &ex->maps[layer->inputs[k]];
      from->live = TRUE;
      from->evaluates |= ex->maps[i].evaluates;
      from->readers++;
    }
  }
  for (guint i = 0; i < layers->len; i++) {
    const NvLayer *layer = nv_i_network_layer (ex->network, i);
    gboolean trains = layer->kind == NV_LAYER_CONV || layer->kind == NV_LAYER_NORM;
    for (guint k = 0; k < layer->n_inputs; k++)
      trains |= ex->maps[layer->inputs[k]].trains;
    ex->maps[i].trains = trains;
  }
}

/* oneDNN has fast convolutions for images of three channels as they come, and else for
 * whole blocks of channels only. The first is for images that nothing else reads. */
static gboolean
is_flat (const NvExecutor *ex)
{
  gboolean flat = nv_i_network_layer (ex->network, 0)->channels <= NV_FLAT_CHANNELS;
  for (guint i = 1; i < ex->network->layers->len; i++) {
    const NvLayer *layer = nv_i_network_layer (ex->network, i);
    for (guint k = 0; k < layer->n_inputs; k++)
      flat &= layer->inputs[k] != 0
              || (layer->kind == NV_LAYER_CONV && layer->groups == 1);
  }
  return flat;
}

/* Channels are filled up to whole blocks, for which alone oneDNN has fast operations. Those
 * that are filled up are zeros all the way, as are their weights and gradients. */
static void
make_map (NvExecutor *ex, guint i)
{
  NvMap *map = &ex->maps[i];
  const NvLayer *layer = nv_i_network_layer (ex->network, i);
  const gsize blocks = nv_blocks (layer->channels) * NV_BLOCK;
  const gsize channels = i == 0 && ex->flat ? NV_FLAT_CHANNELS : blocks;
  const dnnl_dim_t dims[]
    = { ex->batch, (dnnl_dim_t) channels, layer->height, layer->width };
  map->md = nv_i_dnnl_desc (&ex->dnnl, 4, dims,
                            i == 0 && ex->flat ? dnnl_nchw : dnnl_nChw8c);
  map->size = nv_i_dnnl_size (&map->md);
  map->data = nv_i_dnnl_floats (&ex->dnnl, map->size);
  map->data_memory = nv_i_dnnl_memory (&ex->dnnl, &map->md, map->data);
}

NvTensorSlot
nv_i_executor_slot (NvExecutor *ex, const NvStep *step, NvWeightKind kind,
                    const dnnl_memory_desc_t *md, const dnnl_memory_desc_t *plain)
{
  const NvLayer *layer = step->layer;
  const NvMap *x = &ex->maps[layer->inputs[0]];
  const gboolean kernel = kind == NV_WEIGHT_KERNEL, dense = kernel && layer->groups == 1;
  const NvTensorSlot slot = {
    .layer = (NvValue) (step - ex->steps), .kind = kind, .md = *md, .plain = *plain,
    .weight = nv_i_dnnl_memory (&ex->dnnl, md, NULL),
    .gradient = nv_i_dnnl_memory (&ex->dnnl, md, NULL),
    .offset = ex->n_weights, .rows = layer->channels,
    .columns = dense ? nv_network_channels (ex->network, layer->inputs[0]) : 1,
    .padded = dense ? (gsize) x->md.dims[1] : 1,
    .pixels = kernel ? (gsize) layer->kernel * layer->kernel : 1,
  };
  ex->n_weights += (nv_i_dnnl_size (md) + 15) / 16 * 16;
  g_array_append_val (ex->slots, slot);
  return slot;
}

/* All tensors one behind the other, so that the optimiser has one loop. */
static void
place_weights (NvExecutor *ex)
{
  ex->weights = nv_i_dnnl_floats (&ex->dnnl, ex->n_weights);
  ex->gradients = nv_i_dnnl_floats (&ex->dnnl, ex->n_weights);
  for (guint i = 0; i < ex->slots->len; i++) {
    const NvTensorSlot *slot = &g_array_index (ex->slots, NvTensorSlot, i);
    nv_i_dnnl_place (&ex->dnnl, slot->weight, ex->weights + slot->offset);
    nv_i_dnnl_place (&ex->dnnl, slot->gradient, ex->gradients + slot->offset);
  }
}

static void
place_statistics (NvExecutor *ex)
{
  const guint n = ex->network->layers->len;
  for (guint i = 0; i < n; i++)
    if (ex->steps[i].mean != NULL)
      ex->n_statistics += 2 * ((ex->steps[i].layer->channels + 15u) / 16 * 16);
  float *next = ex->statistics = nv_i_dnnl_floats (&ex->dnnl, ex->n_statistics);
  for (guint i = 0; i < n; i++)
    if (ex->steps[i].mean != NULL) {
      const guint room = (ex->steps[i].layer->channels + 15u) / 16 * 16;
      ex->steps[i].running_mean = next;
      ex->steps[i].running_variance = next + room;
      next += 2 * room;
    }
}

static void
make_gradient (NvExecutor *ex, NvMap *map)
{
  if (map->gradient == NULL)
    map->gradient = nv_i_dnnl_floats (&ex->dnnl, map->size);
  map->gradient_memory = nv_i_dnnl_memory (&ex->dnnl, &map->md, map->gradient);
}

/* The first layer, in the order of backward, that has a gradient for a map writes it; the
 * others add theirs. A sum that is a map's only reader lends it its own. */
static NvTarget
target_of (NvExecutor *ex, const NvStep *step, guint k)
{
  NvMap *map = &ex->maps[step->layer->inputs[k]];
  if (!map->trains)
    return (NvTarget){
      .memory = step->layer->kind == NV_LAYER_NORM
                  ? nv_i_dnnl_memory (&ex->dnnl, &map->md, ex->scratch) : NULL
    };
  if (map->written)
    return (NvTarget){ ex->scratch,
                       nv_i_dnnl_memory (&ex->dnnl, &map->md, ex->scratch), TRUE,
                       map->gradient };
  map->written = TRUE;
  if (step->layer->kind == NV_LAYER_SUM && map->readers == 1)
    map->gradient = step->map->gradient;
  make_gradient (ex, map);
  return (NvTarget){ map->gradient, map->gradient_memory, FALSE, NULL };
}

static void
make_backward (NvExecutor *ex)
{
  make_gradient (ex, &ex->maps[ex->network->output]);
  if (ex->network->auxiliary != 0)
    make_gradient (ex, &ex->maps[ex->network->auxiliary]);
  for (guint i = ex->network->layers->len; i-- > 0;) {
    NvStep *step = &ex->steps[i];
    if (!step->map->live || !step->map->trains)
      continue;
    step->targets = g_new0 (NvTarget, MAX (step->layer->n_inputs, 1));
    for (guint k = 0; k < step->layer->n_inputs; k++)
      step->targets[k] = target_of (ex, step, k);
    nv_i_layer_backward (ex, step);
  }
}

static void
make_forward (NvExecutor *ex)
{
  gsize largest = 0;
  for (guint i = 0; i < ex->network->layers->len; i++) {
    NvStep *step = &ex->steps[i];
    step->layer = nv_i_network_layer (ex->network, i);
    step->map = &ex->maps[i];
    if (!step->map->live)
      continue;
    make_map (ex, i);
    if (step->layer->kind == NV_LAYER_DROP)
      step->factors = nv_i_dnnl_floats (&ex->dnnl, ex->batch);
    nv_i_layer_forward (ex, step);
    largest = MAX (largest, step->map->size);
  }
  ex->scratch = nv_i_dnnl_floats (&ex->dnnl, largest);
}

/* Images come in rows of pixels, without the channels that are filled up. */
static void
make_images (NvExecutor *ex)
{
  const NvLayer *image = nv_i_network_layer (ex->network, 0);
  const dnnl_dim_t dims[] = { ex->batch, image->channels, image->height, image->width };
  const dnnl_memory_desc_t plain = nv_i_dnnl_desc (&ex->dnnl, 4, dims, dnnl_nchw);
  ex->images = nv_i_dnnl_floats (&ex->dnnl, nv_i_dnnl_size (&plain));
  if (ex->flat)
    return;
  const dnnl_memory_desc_t blocked = nv_i_dnnl_desc (&ex->dnnl, 4, dims, dnnl_nChw8c);
  nv_i_dnnl_reorder (&ex->dnnl, &ex->arrange_images, &blocked,
                     nv_i_dnnl_memory (&ex->dnnl, &blocked, ex->maps[0].data), &plain,
                     nv_i_dnnl_memory (&ex->dnnl, &plain, ex->images));
}

NvExecutor *
nv_i_executor_new (const NvNetwork *network, guint batch, GError **error)
{
  g_autoptr (NvExecutor) ex = g_new0 (NvExecutor, 1);
  ex->network = network;
  ex->batch = batch;
  ex->saved_control = enter_thread ();
  ex->maps = g_new0 (NvMap, network->layers->len);
  ex->steps = g_new0 (NvStep, network->layers->len);
  ex->slots = g_array_new (FALSE, FALSE, sizeof (NvTensorSlot));
  nv_i_dnnl_init (&ex->dnnl);
  find_live (ex);
  ex->maps[0].live = TRUE;
  ex->flat = is_flat (ex);
  make_forward (ex);
  make_images (ex);
  place_weights (ex);
  place_statistics (ex);
  make_backward (ex);
  return nv_i_dnnl_check (&ex->dnnl, error) ? g_steal_pointer (&ex) : NULL;
}

void
nv_i_executor_free (NvExecutor *ex)
{
  if (ex == NULL)
    return;
  for (guint i = 0; i < ex->network->layers->len; i++)
    g_free (ex->steps[i].targets);
  nv_i_dnnl_clear (&ex->dnnl);
  g_array_unref (ex->slots);
  g_free (ex->steps);
  g_free (ex->maps);
  leave_thread (ex->saved_control);
  g_free (ex);
}

/* --- what it holds -------------------------------------------------------------------- */

float *
nv_i_executor_images (NvExecutor *ex)
{
  return ex->images;
}

const float *
nv_i_executor_output (const NvExecutor *ex, NvValue which, gsize *row)
{
  const NvMap *output = &ex->maps[which];
  *row = output->size / ex->batch;
  return output->data;
}

float *
nv_i_executor_output_gradient (NvExecutor *ex, NvValue which)
{
  return ex->maps[which].gradient;
}

gboolean
nv_i_executor_check (const NvExecutor *ex, GError **error)
{
  return nv_i_dnnl_check (&ex->dnnl, error);
}

float *
nv_i_executor_weights (NvExecutor *ex, gsize *n)
{
  *n = ex->n_weights;
  return ex->weights;
}

float *
nv_i_executor_gradients (NvExecutor *ex)
{
  return ex->gradients;
}

float *
nv_i_executor_statistics (NvExecutor *ex, gsize *n)
{
  *n = ex->n_statistics;
  return ex->statistics;
}
