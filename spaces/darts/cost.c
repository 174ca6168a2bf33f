/* Weights and multiply-adds of the networks of Liu et al. (2019): 20 cells from 36
 * channels on 32 x 32 pixels (CIFAR-10), 14 cells from 48 on 224 x 224 (ImageNet).
 * Reduction cells stand at one and two thirds of the depth and double the channels.
 *
 * A separable convolution is depthwise, pointwise, norm, twice; a dilated one the same
 * once; a skip of stride two is a pointwise convolution. Batch normalisations have two
 * weights a channel and count no multiply-adds; poolings none either.
 *
 * Known values: DARTS V2 has 3,349,342 weights on CIFAR-10 and 4.7 million on ImageNet.
 * Published multiply-adds may hold more: those of arch2vec's cells (533 and 580 million)
 * are ours and two for each output of a normalisation; those of DARTS V2 (574 million,
 * ours 529.9) have another source. */
#include "darts.h"

/* `out` values of size x size pixels by a convolution with `weights`, and its norm. */
static void
add_convolution (DartsCost *cost, guint64 weights, guint64 channels, guint64 size)
{
  cost->parameters += weights + 2 * channels;
  cost->madds += weights * size * size;
  cost->normalised += channels * size * size;
}

/* `size`: of the operation's output. */
static void
add_operation (DartsCost *cost, guint op, guint stride, guint64 channels, guint64 size)
{
  const gboolean wide = op == DARTS_SEP5 || op == DARTS_DIL5;
  const guint64 weights = channels * (wide ? 25 : 9) + channels * channels;
  switch (op) {
  case DARTS_SEP3:
  case DARTS_SEP5:
    add_convolution (cost, weights, channels, size);
    add_convolution (cost, weights, channels, size);
    break;
  case DARTS_DIL3:
  case DARTS_DIL5:
    add_convolution (cost, weights, channels, size);
    break;
  case DARTS_SKIP:
    if (stride == 2)
      add_convolution (cost, channels * channels, channels, size);
    break;
  case DARTS_AVG_POOL:
    cost->averaged += channels * size * size;
    break;
  default:
    break;
  }
}

/* The channels of the last two cells' outputs; `size`: of the later one. */
typedef struct {
  guint64 before, last, size;
} Stage;

static void
add_cell (DartsCost *cost, const DartsCell *cell, gboolean reduces, guint64 channels,
          Stage *stage)
{
  const guint64 size = reduces ? stage->size / 2 : stage->size;
  add_convolution (cost, stage->before * channels, channels, stage->size);
  add_convolution (cost, stage->last * channels, channels, stage->size);
  for (guint e = 0; e < DARTS_EDGES; e++)
    add_operation (cost, cell->op[e], reduces && cell->source[e] < 2 ? 2 : 1, channels,
                   size);
  *stage = (Stage){ stage->last, 4 * channels, size };
}

static Stage
add_stem (DartsCost *cost, int network, guint64 channels)
{
  if (network == DARTS_CIFAR) {
    add_convolution (cost, 27 * 3 * channels, 3 * channels, 32);
    return (Stage){ 3 * channels, 3 * channels, 32 };
  }
  add_convolution (cost, 27 * channels / 2, channels / 2, 112);
  add_convolution (cost, 9 * channels / 2 * channels, channels, 56);
  add_convolution (cost, 9 * channels * channels, channels, 28);
  return (Stage){ channels, channels, 28 };
}

DartsCost
darts_cost (const DartsGenotype *genotype, int network)
{
  const gboolean cifar = network == DARTS_CIFAR;
  const guint layers = cifar ? 20 : 14, classes = cifar ? 10 : 1000;
  guint64 channels = cifar ? 36 : 48;
  DartsCost cost = { 0 };
  Stage stage = add_stem (&cost, network, channels);
  for (guint i = 0; i < layers; i++) {
    const gboolean reduces = i == layers / 3 || i == 2 * layers / 3;
    if (reduces)
      channels *= 2;
    add_cell (&cost, &genotype->half[reduces], reduces, channels, &stage);
  }
  cost.parameters += (stage.last + 1) * classes;
  cost.madds += stage.last * classes;
  return cost;
}
