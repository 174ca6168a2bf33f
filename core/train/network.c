/* Networks as lists of layers, and what they cost. */
#include "train/network.h"

NvNetwork *
nv_i_network_new (guint channels, guint height, guint width, guint classes)
{
  NvNetwork *network = g_new0 (NvNetwork, 1);
  const NvLayer image = {
    .kind = NV_LAYER_IMAGE, .channels = channels, .height = height, .width = width
  };
  network->classes = classes;
  network->layers = g_array_new (FALSE, FALSE, sizeof (NvLayer));
  network->inputs = g_ptr_array_new_with_free_func (g_free);
  g_array_append_val (network->layers, image);
  return network;
}

void
nv_i_network_free (NvNetwork *network)
{
  g_array_unref (network->layers);
  g_ptr_array_unref (network->inputs);
  g_free (network->refused);
  g_free (network);
}

const NvLayer *
nv_i_network_layer (const NvNetwork *network, NvValue x)
{
  return &g_array_index (network->layers, NvLayer, x);
}

guint
nv_network_channels (const NvNetwork *network, NvValue x)
{
  return nv_i_network_layer (network, x)->channels;
}

void
nv_network_refuse (NvNetwork *network, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  if (network->refused == NULL)
    network->refused = g_strdup_vprintf (format, args);
  va_end (args);
}

/* --- building ------------------------------------------------------------------------- */

static guint
divide_up (guint size, guint stride)
{
  return (size + stride - 1) / stride;
}

/* A layer of the shape of x[0] after `stride`; what differs is the caller's to change. */
static NvLayer
layer_on (NvNetwork *network, NvLayerKind kind, const NvValue *x, guint n, guint stride)
{
  const NvLayer *from = nv_i_network_layer (network, x[0]);
  NvValue *inputs = g_memdup2 (x, n * sizeof *x);
  g_ptr_array_add (network->inputs, inputs);
  return (NvLayer){
    .kind = kind, .channels = from->channels, .height = divide_up (from->height, stride),
    .width = divide_up (from->width, stride), .n_inputs = n, .inputs = inputs,
    .kernel = 1, .stride = stride, .dilation = 1, .groups = 1
  };
}

static NvValue
append (NvNetwork *network, NvLayer layer)
{
  g_array_append_val (network->layers, layer);
  return network->layers->len - 1;
}

NvValue
nv_network_conv (NvNetwork *network, NvValue x, guint channels, guint kernel, guint stride,
                 guint dilation, guint groups)
{
  NvLayer layer = layer_on (network, NV_LAYER_CONV, &x, 1, stride);
  layer.channels = channels;
  layer.kernel = kernel;
  layer.dilation = dilation;
  layer.groups = groups;
  return append (network, layer);
}

NvValue
nv_network_norm (NvNetwork *network, NvValue x)
{
  return append (network, layer_on (network, NV_LAYER_NORM, &x, 1, 1));
}

NvValue
nv_network_norm_relu (NvNetwork *network, NvValue x)
{
  NvLayer layer = layer_on (network, NV_LAYER_NORM, &x, 1, 1);
  layer.relu = TRUE;
  return append (network, layer);
}

/* One layer for all who ask for it. */
NvValue
nv_network_relu (NvNetwork *network, NvValue x)
{
  for (NvValue i = x + 1; i < network->layers->len; i++) {
    const NvLayer *layer = nv_i_network_layer (network, i);
    if (layer->kind == NV_LAYER_RELU && layer->inputs[0] == x)
      return i;
  }
  return append (network, layer_on (network, NV_LAYER_RELU, &x, 1, 1));
}

static NvValue
pool (NvNetwork *network, NvLayerKind kind, NvValue x, guint kernel, guint stride)
{
  NvLayer layer = layer_on (network, kind, &x, 1, stride);
  layer.kernel = kernel;
  return append (network, layer);
}

NvValue
nv_network_max_pool (NvNetwork *network, NvValue x, guint kernel, guint stride)
{
  return pool (network, NV_LAYER_MAX_POOL, x, kernel, stride);
}

NvValue
nv_network_avg_pool (NvNetwork *network, NvValue x, guint kernel, guint stride)
{
  return pool (network, NV_LAYER_AVG_POOL, x, kernel, stride);
}

NvValue
nv_network_zero (NvNetwork *network, NvValue x, guint stride)
{
  NvLayer layer = layer_on (network, NV_LAYER_ZERO, &x, 1, stride);
  layer.n_inputs = 0;
  return append (network, layer);
}

NvValue
nv_network_shift (NvNetwork *network, NvValue x)
{
  return append (network, layer_on (network, NV_LAYER_SHIFT, &x, 1, 1));
}

NvValue
nv_network_drop_path (NvNetwork *network, NvValue x, double drop)
{
  NvLayer layer = layer_on (network, NV_LAYER_DROP, &x, 1, 1);
  layer.drop = drop;
  return append (network, layer);
}

void
nv_network_auxiliary (NvNetwork *network, NvValue x)
{
  g_return_if_fail (network->auxiliary == 0);
  x = nv_network_relu (network, x);
  const guint first = network->layers->len;
  x = nv_network_avg_pool (network, x, 5, 3);
  x = nv_network_conv (network, x, 128, 1, 1, 1, 1);
  x = nv_network_norm_relu (network, x);
  x = nv_network_conv (network, x, 768, 2, 1, 1, 1);
  x = nv_network_norm_relu (network, x);
  network->auxiliary = nv_i_network_classify (network, x);
  for (guint i = first; i < network->layers->len; i++)
    g_array_index (network->layers, NvLayer, i).head = TRUE;
}

/* Zeros among several operands are left out. */
NvValue
nv_network_sum (NvNetwork *network, const NvValue *x, guint n)
{
  g_autofree NvValue *operands = g_new (NvValue, n);
  guint kept = 0;
  for (guint i = 0; i < n; i++)
    if (nv_i_network_layer (network, x[i])->kind != NV_LAYER_ZERO)
      operands[kept++] = x[i];
  if (kept == 0)
    return x[0];
  return kept == 1 ? operands[0]
                   : append (network, layer_on (network, NV_LAYER_SUM, operands, kept, 1));
}

NvValue
nv_network_concat (NvNetwork *network, const NvValue *x, guint n)
{
  if (n == 1)
    return x[0];
  NvLayer layer = layer_on (network, NV_LAYER_CONCAT, x, n, 1);
  layer.channels = 0;
  for (guint i = 0; i < n; i++)
    layer.channels += nv_network_channels (network, x[i]);
  return append (network, layer);
}

NvValue
nv_network_take (NvNetwork *network, NvValue x, guint channels)
{
  if (channels == nv_network_channels (network, x))
    return x;
  NvLayer layer = layer_on (network, NV_LAYER_TAKE, &x, 1, 1);
  layer.channels = channels;
  return append (network, layer);
}

NvValue
nv_i_network_classify (NvNetwork *network, NvValue x)
{
  const guint size = MAX (nv_i_network_layer (network, x)->height,
                          nv_i_network_layer (network, x)->width);
  NvValue mean = nv_network_avg_pool (network, x, size, size);
  NvLayer linear = layer_on (network, NV_LAYER_CONV, &mean, 1, 1);
  linear.channels = network->classes;
  linear.bias = TRUE;
  return append (network, linear);
}

NvNetwork *
nv_i_network_of_cell (const NvSpace *space, const NvCell *cell, const NvSkeleton *skeleton,
                      guint channels, guint size, guint classes, GError **error)
{
  if (space->klass->network == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "space %s does not say what network its cells make, so they cannot be "
                 "trained", space->klass->head.name);
    return NULL;
  }
  if (!nv_space_validate (space, cell, error))
    return NULL;
  g_autoptr (NvNetwork) network = nv_i_network_new (channels, size, size, classes);
  NvValue features = space->klass->network (space, cell, skeleton, network, 0);
  if (network->refused != NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "space %s: %s", space->klass->head.name,
                 network->refused);
    return NULL;
  }
  network->output = nv_i_network_classify (network, features);
  return g_steal_pointer (&network);
}

/* --- counting ------------------------------------------------------------------------- */

static guint64
kernel_weights (const NvNetwork *network, const NvLayer *layer)
{
  if (layer->kind != NV_LAYER_CONV || layer->head)
    return 0;
  const guint64 inputs = nv_network_channels (network, layer->inputs[0]) / layer->groups;
  return inputs * layer->channels * layer->kernel * layer->kernel;
}

guint64
nv_i_network_parameters (const NvNetwork *network)
{
  guint64 sum = 0;
  for (guint i = 0; i < network->layers->len; i++) {
    const NvLayer *layer = nv_i_network_layer (network, i);
    sum += kernel_weights (network, layer);
    if (layer->head)
      continue;
    sum += layer->kind == NV_LAYER_NORM ? 2 * (guint64) layer->channels : 0;
    sum += layer->bias ? layer->channels : 0;
  }
  return sum;
}

guint64
nv_i_network_madds (const NvNetwork *network)
{
  guint64 sum = 0;
  for (guint i = 0; i < network->layers->len; i++) {
    const NvLayer *layer = nv_i_network_layer (network, i);
    sum += kernel_weights (network, layer) * layer->height * layer->width;
  }
  return sum;
}
