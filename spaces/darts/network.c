/* The network around a genotype (Liu et al. 2019): a 3 x 3 convolution to three times the
 * channels of the first cells, then stages of normal cells with a reduction cell between
 * them. For CIFAR-10: 36 channels, 6 normal cells in each of 3 stages, 20 cells in all.
 *
 * A cell reads the outputs of the two cells before it, each through a 1 x 1 convolution, and
 * puts its four blocks side by side. The auxiliary classifier reads the cell at two thirds.
 * cost.c counts the same network without building it. */
#include "darts.h"

static NvValue
relu_conv_norm (NvNetwork *network, NvValue x, guint channels)
{
  x = nv_network_relu (network, x);
  x = nv_network_conv (network, x, channels, 1, 1, 1, 1);
  return nv_network_norm (network, x);
}

/* Half the size: half of the channels from the even pixels, half from the odd ones. */
static NvValue
reduce (NvNetwork *network, NvValue x, guint channels)
{
  NvValue side[2];
  x = nv_network_relu (network, x);
  side[0] = nv_network_conv (network, x, channels - channels / 2, 1, 2, 1, 1);
  if (channels == 1)
    return nv_network_norm (network, side[0]);
  side[1] = nv_network_conv (network, nv_network_shift (network, x), channels / 2, 1, 2, 1,
                             1);
  return nv_network_norm (network, nv_network_concat (network, side, 2));
}

/* Depthwise, pointwise, norm. */
static NvValue
split_conv (NvNetwork *network, NvValue x, guint kernel, guint stride, guint dilation)
{
  const guint channels = nv_network_channels (network, x);
  x = nv_network_relu (network, x);
  x = nv_network_conv (network, x, channels, kernel, stride, dilation, channels);
  x = nv_network_conv (network, x, channels, 1, 1, 1, 1);
  return nv_network_norm (network, x);
}

static NvValue
add_operation (NvNetwork *network, guint op, NvValue x, guint stride)
{
  switch (op) {
  case DARTS_MAX_POOL:
    return nv_network_max_pool (network, x, 3, stride);
  case DARTS_AVG_POOL:
    return nv_network_avg_pool (network, x, 3, stride);
  case DARTS_SKIP:
    return stride == 1 ? x : reduce (network, x, nv_network_channels (network, x));
  case DARTS_SEP3:
  case DARTS_SEP5:
    x = split_conv (network, x, op == DARTS_SEP3 ? 3 : 5, stride, 1);
    return split_conv (network, x, op == DARTS_SEP3 ? 3 : 5, 1, 1);
  case DARTS_DIL3:
  case DARTS_DIL5:
    return split_conv (network, x, op == DARTS_DIL3 ? 3 : 5, stride, 2);
  default:
    return nv_network_zero (network, x, stride);
  }
}

/* `value`: the cell's two inputs; its blocks come behind them. A path that is the identity is
 * never dropped. */
static NvValue
add_blocks (NvNetwork *network, const DartsCell *cell, gboolean reduces, double drop,
            NvValue value[2 + DARTS_EDGES / 2])
{
  for (guint b = 0; b < DARTS_EDGES / 2; b++) {
    NvValue pair[2];
    for (guint k = 0; k < 2; k++) {
      const guint e = 2 * b + k, source = cell->source[e];
      pair[k] = add_operation (network, cell->op[e], value[source],
                               reduces && source < 2 ? 2 : 1);
      if (drop > 0 && pair[k] != value[source] && cell->op[e] != DARTS_NONE)
        pair[k] = nv_network_drop_path (network, pair[k], drop);
    }
    value[2 + b] = nv_network_sum (network, pair, 2);
  }
  return nv_network_concat (network, value + 2, DARTS_EDGES / 2);
}

NvValue
darts_network (const NvSpace *space, const NvCell *graph, const NvSkeleton *skeleton,
               NvNetwork *network, NvValue image)
{
  DartsGenotype genotype;
  guint channels = skeleton->width;
  gboolean reduced = FALSE; /* the last cell, so that the one before it is larger */
  darts_from_graph (graph, ((const DartsOptions *) space->options)->cells, &genotype, NULL);
  NvValue last = nv_network_conv (network, image, 3 * channels, 3, 1, 1, 1);
  last = nv_network_norm (network, last);
  NvValue before = last;
  const guint n = skeleton->stages * (skeleton->cells + 1) - 1;
  for (guint i = 0; i < n; i++) {
    const gboolean reduces = (i + 1) % (skeleton->cells + 1) == 0;
    channels *= reduces ? 2 : 1;
    NvValue value[2 + DARTS_EDGES / 2];
    value[0] = reduced ? reduce (network, before, channels)
                       : relu_conv_norm (network, before, channels);
    value[1] = relu_conv_norm (network, last, channels);
    before = last;
    last = add_blocks (network, &genotype.half[reduces], reduces,
                       skeleton->drop_path, value);
    reduced = reduces;
    if (skeleton->auxiliary && i == 2 * n / 3)
      nv_network_auxiliary (network, last);
  }
  return last;
}
