/* The network around a cell (Dong & Yang 2020): a 3 x 3 convolution, stages of equal cells
 * with a residual block of stride two between them, a last norm. In the benchmark: 16
 * channels, 5 cells in each of 3 stages.
 *
 * Known values, for 32 x 32 images of 3 channels in 10 classes: a cell of `none` alone has
 * 73,306 weights and 7,783,040 multiply-adds, one 3 x 3 convolution in it 316,346 and
 * 43,172,480. */
#include "nasbench201.h"

static NvValue
relu_conv_norm (NvNetwork *network, NvValue x, guint channels, guint kernel, guint stride)
{
  x = nv_network_relu (network, x);
  x = nv_network_conv (network, x, channels, kernel, stride, 1, 1);
  return nv_network_norm (network, x);
}

static NvValue
add_edge (NvNetwork *network, guint op, NvValue x)
{
  const guint channels = nv_network_channels (network, x);
  switch (op) {
  case NB201_CONV1:
    return relu_conv_norm (network, x, channels, 1, 1);
  case NB201_CONV3:
    return relu_conv_norm (network, x, channels, 3, 1);
  case NB201_POOL:
    return nv_network_avg_pool (network, x, 3, 1);
  case NB201_SKIP:
    return x;
  default:
    return nv_network_zero (network, x, 1);
  }
}

/* Each of the nodes 1 to 3 is the sum of the edges from all earlier ones. */
static NvValue
add_cell (NvNetwork *network, const NvCell *cell, NvValue x)
{
  NvValue node[4] = { x }, edge[3];
  for (guint to = 1, e = 1; to < 4; to++) {
    for (guint from = 0; from < to; from++, e++)
      edge[from] = add_edge (network, cell->ops[e], node[from]);
    node[to] = nv_network_sum (network, edge, to);
  }
  return node[3];
}

static NvValue
add_reduction (NvNetwork *network, NvValue x)
{
  const guint channels = 2 * nv_network_channels (network, x);
  NvValue branch[2];
  branch[0] = relu_conv_norm (network, x, channels, 3, 2);
  branch[0] = relu_conv_norm (network, branch[0], channels, 3, 1);
  branch[1] = nv_network_avg_pool (network, x, 2, 2);
  branch[1] = nv_network_conv (network, branch[1], channels, 1, 1, 1, 1);
  return nv_network_sum (network, branch, 2);
}

NvValue
nb201_network (const NvSpace *space, const NvCell *cell, const NvSkeleton *skeleton,
               NvNetwork *network, NvValue image)
{
  (void) space;
  NvValue x = nv_network_conv (network, image, skeleton->width, 3, 1, 1, 1);
  x = nv_network_norm (network, x);
  for (guint stage = 0; stage < skeleton->stages; stage++) {
    if (stage > 0)
      x = add_reduction (network, x);
    for (guint i = 0; i < skeleton->cells; i++)
      x = add_cell (network, cell, x);
  }
  return nv_network_norm_relu (network, x);
}
