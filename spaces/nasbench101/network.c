/* The network around a cell (Ying et al. 2019): a 3 x 3 convolution, stages of equal cells
 * with a max-pooling of stride two between them. In the benchmark: 128 channels, 3 cells in
 * each of 3 stages. A convolution is followed by a norm and a relu.
 *
 * The vertices that the output reads share its channels evenly, the first ones taking what is
 * left over; every other one has as many as the widest that it feeds. An edge from the input is
 * a 1 x 1 convolution, one between vertices drops the channels that are too many.
 *
 * Known value, for 32 x 32 images of 3 channels in 10 classes: the cell with the official
 * index 0 has 8,555,530 weights. */
#include "nasbench101.h"

static NvValue
conv_norm_relu (NvNetwork *network, NvValue x, guint channels, guint kernel)
{
  x = nv_network_conv (network, x, channels, kernel, 1, 1, 1);
  return nv_network_norm_relu (network, x);
}

/* Vertices that the output reads, the input not among them. */
static guint
count_read (const NvCell *cell)
{
  const guint last = cell->n_nodes - 1;
  guint n = 0;
  for (guint v = 1; v < last; v++)
    n += nv_cell_has_edge (cell, v, last);
  return n;
}

/* channels >= count_read (cell) */
static void
share_channels (const NvCell *cell, guint channels, guint width[NB101_VERTICES])
{
  const guint last = cell->n_nodes - 1, read = count_read (cell);
  guint first = 0;
  for (guint v = 1; v < last; v++)
    width[v] = nv_cell_has_edge (cell, v, last)
                 ? channels / read + (first++ < channels % read) : 0;
  for (guint v = last; v-- > 1;)
    for (guint to = v + 1; to < last && !nv_cell_has_edge (cell, v, last); to++)
      if (nv_cell_has_edge (cell, v, to))
        width[v] = MAX (width[v], width[to]);
}

static NvValue
add_vertex (NvNetwork *network, const NvCell *cell, guint v, guint width,
            const NvValue *value)
{
  NvValue in[NB101_VERTICES];
  guint n = 0;
  for (guint from = 1; from < v; from++)
    if (nv_cell_has_edge (cell, from, v))
      in[n++] = nv_network_take (network, value[from], width);
  if (nv_cell_has_edge (cell, 0, v))
    in[n++] = conv_norm_relu (network, value[0], width, 1);
  const NvValue x = nv_network_sum (network, in, n);
  switch (cell->ops[v]) {
  case NB101_CONV1X1:
    return conv_norm_relu (network, x, width, 1);
  case NB101_CONV3X3:
    return conv_norm_relu (network, x, width, 3);
  default:
    return nv_network_max_pool (network, x, 3, 1);
  }
}

static NvValue
add_cell (NvNetwork *network, const NvCell *cell, NvValue x, guint channels)
{
  NvValue value[NB101_VERTICES] = { x }, side[NB101_VERTICES], sum[2];
  guint width[NB101_VERTICES], n = 0, terms = 0;
  const guint last = cell->n_nodes - 1;
  share_channels (cell, channels, width);
  for (guint v = 1; v < last; v++) {
    value[v] = add_vertex (network, cell, v, width[v], value);
    if (nv_cell_has_edge (cell, v, last))
      side[n++] = value[v];
  }
  if (n > 0)
    sum[terms++] = nv_network_concat (network, side, n);
  if (nv_cell_has_edge (cell, 0, last))
    sum[terms++] = conv_norm_relu (network, x, channels, 1);
  return nv_network_sum (network, sum, terms);
}

NvValue
nb101_network (const NvSpace *space, const NvCell *cell, const NvSkeleton *skeleton,
               NvNetwork *network, NvValue image)
{
  (void) space;
  const guint read = count_read (cell);
  if (skeleton->width < read) {
    nv_network_refuse (network, "width = %u, but the output of the cell reads %u vertices, which "
                       "share the channels; allowed is a width of %u or more", skeleton->width,
                       read, read);
    return image;
  }
  NvValue x = conv_norm_relu (network, image, skeleton->width, 3);
  for (guint stage = 0; stage < skeleton->stages; stage++) {
    if (stage > 0)
      x = nv_network_max_pool (network, x, 2, 2);
    for (guint i = 0; i < skeleton->cells; i++)
      x = add_cell (network, cell, x, skeleton->width << stage);
  }
  return x;
}
