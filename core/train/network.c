/* Networks as lists of layers, and what they cost.
 *
 * A space builds them by functions that cannot fail. What it does wrong is kept, and something
 * sound put in its place, so that no later call meets a layer that cannot be; the network of a
 * cell is then refused with the first mistake. */
#include "train/network.h"

#define MOST_CHANNELS (1u << 20)
#define MOST_PIXELS 1024u /* of a kernel, a stride, a dilation */

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
  g_free (network->mistake);
  g_free (network);
}

const NvLayer *
nv_i_network_layer (const NvNetwork *network, NvValue x)
{
  return &g_array_index (network->layers, NvLayer, x);
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

/* --- mistakes ------------------------------------------------------------------------- */

/* `call`: the function's name after nv_network_. */
static void G_GNUC_PRINTF (3, 4)
keep_mistake (NvNetwork *network, const char *call, const char *format, ...)
{
  va_list args;
  if (network->mistake != NULL)
    return;
  va_start (args, format);
  g_autofree char *what = g_strdup_vprintf (format, args);
  va_end (args);
  network->mistake = g_strdup_printf ("nv_network_%s() for layer %u: %s", call,
                                      network->layers->len, what);
}

/* The value, or the image in its place. */
static NvValue
real_value (NvNetwork *network, const char *call, NvValue x)
{
  if (x < network->layers->len)
    return x;
  keep_mistake (network, call, "value %u; allowed is 0 to %u, the values that there are", x,
                network->layers->len - 1);
  return 0;
}

static guint
in_range (NvNetwork *network, const char *call, const char *what, guint number, guint most)
{
  if (number >= 1 && number <= most)
    return number;
  keep_mistake (network, call, "%s = %u; allowed is 1 to %u", what, number, most);
  return CLAMP (number, 1, most);
}

static guint
in_pixels (NvNetwork *network, const char *call, const char *what, guint number)
{
  return in_range (network, call, what, number, MOST_PIXELS);
}

/* Values side by side or one over the other: n >= 1, all are there, of one height and width and,
 * with `channels`, as many of these. */
static gboolean
fit_together (NvNetwork *network, const char *call, const NvValue *x, guint n,
              gboolean channels)
{
  if (n == 0)
    keep_mistake (network, call, "n = 0 values; allowed is 1 or more");
  for (guint i = 0; i < n; i++) {
    if (real_value (network, call, x[i]) != x[i])
      return FALSE;
    const NvLayer *a = nv_i_network_layer (network, x[0]), *b = nv_i_network_layer (network, x[i]);
    if (a->height == b->height && a->width == b->width
        && (!channels || a->channels == b->channels))
      continue;
    keep_mistake (network, call,
                  "value %u is %u x %u x %u and value %u is %u x %u x %u (channels x height x "
                  "width); allowed is one %s", x[0], a->channels, a->height, a->width, x[i],
                  b->channels, b->height, b->width, channels ? "shape" : "height and width");
    return FALSE;
  }
  return n > 0;
}

/* --- building ------------------------------------------------------------------------- */

guint
nv_network_channels (const NvNetwork *network, NvValue x)
{
  /* Constant to the caller, who learns nothing of the mistake here. */
  return nv_i_network_layer (network, real_value ((NvNetwork *) network, "channels", x))->channels;
}

static guint
divide_up (guint size, guint stride)
{
  return (size + stride - 1) / stride;
}

/* A layer of the shape of x[0] after `stride`; what differs is the caller's to change. All are
 * right. */
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

static guint
right_groups (NvNetwork *network, guint from, guint to, guint groups)
{
  if (groups == 1 || (groups == from && groups == to))
    return groups;
  keep_mistake (network, "conv",
                "groups = %u, from %u channels to %u; allowed is 1 or, where these are as many, "
                "their number", groups, from, to);
  return 1;
}

NvValue
nv_network_conv (NvNetwork *network, NvValue x, guint channels, guint kernel, guint stride,
                 guint dilation, guint groups)
{
  x = real_value (network, "conv", x);
  channels = in_range (network, "conv", "channels", channels, MOST_CHANNELS);
  kernel = in_pixels (network, "conv", "kernel", kernel);
  stride = in_pixels (network, "conv", "stride", stride);
  dilation = in_pixels (network, "conv", "dilation", dilation);
  groups = right_groups (network, nv_network_channels (network, x), channels, groups);
  NvLayer layer = layer_on (network, NV_LAYER_CONV, &x, 1, stride);
  layer.channels = channels;
  layer.kernel = kernel;
  layer.dilation = dilation;
  layer.groups = groups;
  return append (network, layer);
}

static NvValue
norm (NvNetwork *network, const char *call, NvValue x, gboolean relu)
{
  x = real_value (network, call, x);
  NvLayer layer = layer_on (network, NV_LAYER_NORM, &x, 1, 1);
  layer.relu = relu;
  return append (network, layer);
}

NvValue
nv_network_norm (NvNetwork *network, NvValue x)
{
  return norm (network, "norm", x, FALSE);
}

NvValue
nv_network_norm_relu (NvNetwork *network, NvValue x)
{
  return norm (network, "norm_relu", x, TRUE);
}

/* One layer for all who ask for it. */
NvValue
nv_network_relu (NvNetwork *network, NvValue x)
{
  x = real_value (network, "relu", x);
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
  const char *call = kind == NV_LAYER_MAX_POOL ? "max_pool" : "avg_pool";
  x = real_value (network, call, x);
  kernel = in_pixels (network, call, "kernel", kernel);
  stride = in_pixels (network, call, "stride", stride);
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
  x = real_value (network, "zero", x);
  NvLayer layer = layer_on (network, NV_LAYER_ZERO, &x, 1,
                            in_pixels (network, "zero", "stride", stride));
  layer.n_inputs = 0;
  return append (network, layer);
}

NvValue
nv_network_shift (NvNetwork *network, NvValue x)
{
  x = real_value (network, "shift", x);
  return append (network, layer_on (network, NV_LAYER_SHIFT, &x, 1, 1));
}

NvValue
nv_network_drop_path (NvNetwork *network, NvValue x, double drop)
{
  x = real_value (network, "drop_path", x);
  NvLayer layer = layer_on (network, NV_LAYER_DROP, &x, 1, 1);
  layer.drop = drop;
  if (!(drop >= 0 && drop < 1)) {
    keep_mistake (network, "drop_path", "drop = %g; allowed is a share from 0 to below 1", drop);
    layer.drop = 0;
  }
  return append (network, layer);
}

void
nv_network_auxiliary (NvNetwork *network, NvValue x)
{
  if (network->auxiliary != 0) {
    keep_mistake (network, "auxiliary", "there is one already; allowed is one");
    return;
  }
  x = nv_network_relu (network, real_value (network, "auxiliary", x));
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
  if (!fit_together (network, "sum", x, n, TRUE))
    return 0;
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
  guint64 channels = 0;
  if (!fit_together (network, "concat", x, n, FALSE))
    return 0;
  if (n == 1)
    return x[0];
  for (guint i = 0; i < n; i++)
    channels += nv_network_channels (network, x[i]);
  NvLayer layer = layer_on (network, NV_LAYER_CONCAT, x, n, 1);
  layer.channels = in_range (network, "concat", "channels", (guint) MIN (channels, G_MAXUINT),
                             MOST_CHANNELS);
  return append (network, layer);
}

NvValue
nv_network_take (NvNetwork *network, NvValue x, guint channels)
{
  x = real_value (network, "take", x);
  channels = in_range (network, "take", "channels", channels, nv_network_channels (network, x));
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

/* Calls the hook; what it did must be right. */
static gboolean
build (NvNetwork *network, const NvSpace *space, const NvCell *cell, const NvSkeleton *skeleton,
       GError **error)
{
  const NvValue features = space->klass->network (space, cell, skeleton, network, 0);
  const char *name = space->klass->head.name;
  if (network->refused != NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "space %s: %s", name, network->refused);
    return FALSE;
  }
  if (network->mistake == NULL && features >= network->layers->len)
    network->mistake = g_strdup_printf ("it returns value %u; allowed is 0 to %u, the values that "
                                        "there are", features, network->layers->len - 1);
  if (network->mistake != NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "space %s: a mistake in its hook network: %s",
                 name, network->mistake);
    return FALSE;
  }
  network->output = nv_i_network_classify (network, features);
  return TRUE;
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
  if (!build (network, space, cell, skeleton, error))
    return NULL;
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
