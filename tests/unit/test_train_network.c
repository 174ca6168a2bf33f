/* Networks against what can be worked out without them: a two-layer case by hand, and a cell
 * of each space by plain loops in double. */
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "plugin/instance.h"
#include "train/executor_private.h"
#include "train/kernels.h"

/* --- by hand -------------------------------------------------------------------------- */

/* An image of 2 x 2 pixels, a 1 x 1 convolution of weight 2, a relu, the mean, a classifier of
 * weights .5, -1 and biases .25, 0: the mean is 1.5, the logits 1 and -1.5. With label 0 the
 * loss is log (1 + exp (-2.5)), the second class has p = 1 / (1 + exp (2.5)). */
static void
test_by_hand (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvNetwork) network = nv_i_network_new (1, 2, 2, 2);
  const NvValue x = nv_network_conv (network, 0, 1, 1, 1, 1, 1);
  network->output = nv_i_network_classify (network, nv_network_relu (network, x));
  g_autoptr (NvExecutor) executor = nv_i_executor_new (network, 1, &error);
  g_assert_no_error (error);
  static const float image[] = { 1, -3, 2, 0 }, conv[] = { 2 }, linear[] = { .5f, -1 },
                     bias[] = { .25f, 0 };
  const guint8 label = 0;
  const double p = 1 / (1 + exp (2.5));
  gsize row;
  float slope[2];
  memcpy (nv_i_executor_images (executor), image, sizeof image);
  nv_i_executor_set (executor, 0, conv);
  nv_i_executor_set (executor, 1, linear);
  nv_i_executor_set (executor, 2, bias);
  nv_i_executor_forward (executor, TRUE);
  const float *logits = nv_i_executor_output (executor, network->output, &row);
  g_assert_cmpfloat_with_epsilon (logits[0], 1, 1e-6);
  g_assert_cmpfloat_with_epsilon (logits[1], -1.5, 1e-6);
  float *gradient = nv_i_executor_output_gradient (executor, network->output);
  const double loss = nv_i_train_loss (gradient, logits, &label, 1, 2, row, 0);
  g_assert_cmpfloat_with_epsilon (loss, log1p (exp (-2.5)), 1e-6);
  nv_i_executor_backward (executor);
  nv_i_executor_get (executor, 0, TRUE, slope);
  g_assert_cmpfloat_with_epsilon (slope[0], -p * 1.5 * (1 + 2) / 4, 1e-6);
  nv_i_executor_get (executor, 1, TRUE, slope);
  g_assert_cmpfloat_with_epsilon (slope[0], -1.5 * p, 1e-6);
  g_assert_cmpfloat_with_epsilon (slope[1], 1.5 * p, 1e-6);
  nv_i_executor_get (executor, 2, TRUE, slope);
  g_assert_cmpfloat_with_epsilon (slope[0], -p, 1e-6);
}

/* Smoothed, the targets of two classes are .95 and .05. */
static void
test_smoothing (void)
{
  static const float logits[] = { 1, -1.5f };
  const guint8 label = 0;
  const double p = 1 / (1 + exp (2.5));
  float slope[2];
  const double loss = nv_i_train_loss (slope, logits, &label, 1, 2, 2, .1);
  g_assert_cmpfloat_with_epsilon (loss, log1p (exp (-2.5)) + .05 * 2.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (slope[1], p - .05, 1e-6);
}

static void
test_step (void)
{
  float weight = 2.385f, v = .5f;
  const float gradient = .25f;
  nv_i_train_step (&weight, &v, &gradient, 1, .1f, .9f, .01f);
  g_assert_cmpfloat_with_epsilon (v, .9 * .5 + .25 + .01 * 2.385, 1e-6);
  g_assert_cmpfloat_with_epsilon (weight, 2.385 - .1 * (.45 + .25 + .02385), 1e-6);
}

/* --- dropped paths -------------------------------------------------------------------- */

/* In the middle of a training that ends with .8, each image's path is dropped with .4 or 1 / .6
 * times as large, forward and backward; none outside of training. */
static void
test_drop_path (void)
{
  enum { IMAGES = 500 };
  g_autoptr (GError) error = NULL;
  g_autoptr (NvNetwork) network = nv_i_network_new (1, 1, 1, 1);
  const NvValue x = nv_network_conv (network, 0, 1, 1, 1, 1, 1);
  network->output = nv_network_drop_path (network, x, .8);
  g_autoptr (NvExecutor) executor = nv_i_executor_new (network, IMAGES, &error);
  g_assert_no_error (error);
  static const float weight = 3;
  NvRng rng;
  gsize row;
  guint kept = 0;
  float slope;
  nv_rng_init (&rng, 5, "test", 0);
  nv_i_executor_set (executor, 0, &weight);
  for (guint b = 0; b < IMAGES; b++)
    nv_i_executor_images (executor)[b] = 2;
  nv_i_executor_epoch (executor, .5, &rng);
  nv_i_executor_forward (executor, TRUE);
  const float *y = nv_i_executor_output (executor, network->output, &row);
  float *dy = nv_i_executor_output_gradient (executor, network->output);
  for (guint b = 0; b < IMAGES; b++) {
    g_assert_true (y[b * row] == 0 || fabs (y[b * row] - 6 / .6) < 1e-5);
    kept += y[b * row] != 0;
    dy[b * row] = 1;
  }
  g_assert_cmpfloat_with_epsilon (kept / (double) IMAGES, .6, .08);
  nv_i_executor_backward (executor);
  nv_i_executor_get (executor, 0, TRUE, &slope);
  g_assert_cmpfloat_with_epsilon (slope, 2 / .6 * kept, 1e-2);
  nv_i_executor_forward (executor, FALSE);
  for (guint b = 0; b < IMAGES; b++)
    g_assert_cmpfloat_with_epsilon (y[b * row], 6, 1e-5);
}

/* --- by plain loops ------------------------------------------------------------------- */

#define BATCH 3

typedef struct {
  const NvNetwork *network;
  double **maps;   /* [layers][BATCH x channels x height x width] */
  double **tensors; /* [layers x 4], by weight kind */
} Twin;

static double *
pixel (const Twin *twin, NvValue x, guint b, guint c, guint r, guint q)
{
  const NvLayer *l = nv_i_network_layer (twin->network, x);
  return &twin->maps[x][((b * l->channels + c) * l->height + r) * l->width + q];
}

/* One output of a convolution or a pool. */
static double
window (const Twin *twin, const NvLayer *l, const double *kernel, guint b, guint c, int r,
        int q)
{
  const NvLayer *from = nv_i_network_layer (twin->network, l->inputs[0]);
  const int k = (int) l->kernel, d = (int) l->dilation;
  const gboolean whole = l->height == 1 && l->kernel >= from->height;
  const int before = whole ? 0 : (k - 1) * d / 2;
  const guint group = from->channels / l->groups, own = l->channels / l->groups;
  const guint first = l->kind == NV_LAYER_CONV ? c / own * group : c;
  const guint n = l->kind == NV_LAYER_CONV ? group : 1;
  double sum = 0, most = -INFINITY;
  guint seen = 0;
  for (guint i = 0; i < n; i++)
    for (int v = 0; v < k; v++)
      for (int u = 0; u < k; u++) {
        const int y = r * (int) l->stride - before + v * d;
        const int x = q * (int) l->stride - before + u * d;
        if (y < 0 || y >= (int) from->height || x < 0 || x >= (int) from->width)
          continue;
        const double in = *pixel (twin, l->inputs[0], b, first + i, (guint) y, (guint) x);
        sum += in * (kernel != NULL ? kernel[((c * n + i) * l->kernel + (guint) v) * l->kernel
                                             + (guint) u] : 1);
        most = MAX (most, in);
        seen++;
      }
  return l->kind == NV_LAYER_MAX_POOL ? most : l->kind == NV_LAYER_CONV ? sum : sum / seen;
}

static void
norm (const Twin *twin, NvValue i, guint c)
{
  const NvLayer *l = nv_i_network_layer (twin->network, i);
  const double *scale = twin->tensors[4 * i + NV_WEIGHT_SCALE],
               *shift = twin->tensors[4 * i + NV_WEIGHT_SHIFT];
  const guint plane = l->height * l->width;
  double sum = 0, squares = 0;
  for (guint b = 0; b < BATCH; b++)
    for (guint s = 0; s < plane; s++)
      sum += pixel (twin, l->inputs[0], b, c, 0, 0)[s];
  const double mean = sum / (BATCH * plane);
  for (guint b = 0; b < BATCH; b++)
    for (guint s = 0; s < plane; s++)
      squares += pow (pixel (twin, l->inputs[0], b, c, 0, 0)[s] - mean, 2);
  const double sd = sqrt (squares / (BATCH * plane) + 1e-5);
  for (guint b = 0; b < BATCH; b++)
    for (guint s = 0; s < plane; s++) {
      const double x = pixel (twin, l->inputs[0], b, c, 0, 0)[s];
      const double y = scale[c] * (x - mean) / sd + shift[c];
      pixel (twin, i, b, c, 0, 0)[s] = l->relu ? MAX (y, 0) : y;
    }
}

/* The value of a layer that looks at one pixel of each input at most. */
static double
pointwise (const Twin *twin, const NvLayer *l, guint b, guint c, guint r, guint q)
{
  double sum = 0;
  switch (l->kind) {
  case NV_LAYER_RELU:
    return MAX (*pixel (twin, l->inputs[0], b, c, r, q), 0);
  case NV_LAYER_SUM:
    for (guint k = 0; k < l->n_inputs; k++)
      sum += *pixel (twin, l->inputs[k], b, c, r, q);
    return sum;
  case NV_LAYER_SHIFT:
    return r + 1 < l->height && q + 1 < l->width
             ? *pixel (twin, l->inputs[0], b, c, r + 1, q + 1) : 0;
  case NV_LAYER_TAKE:
  case NV_LAYER_DROP: /* none is dropped at the begin of a training */
    return *pixel (twin, l->inputs[0], b, c, r, q);
  case NV_LAYER_CONCAT:
    for (guint k = 0;; k++) {
      const guint channels = nv_network_channels (twin->network, l->inputs[k]);
      if (c < channels)
        return *pixel (twin, l->inputs[k], b, c, r, q);
      c -= channels;
    }
  default:
    return 0;
  }
}

static void
run_layer (const Twin *twin, NvValue i)
{
  const NvLayer *l = nv_i_network_layer (twin->network, i);
  const double *kernel = twin->tensors[4 * i + NV_WEIGHT_KERNEL],
               *bias = twin->tensors[4 * i + NV_WEIGHT_BIAS];
  const gboolean slides = l->kind == NV_LAYER_CONV || l->kind == NV_LAYER_MAX_POOL
                          || l->kind == NV_LAYER_AVG_POOL;
  for (guint c = 0; c < l->channels; c++) {
    if (l->kind == NV_LAYER_NORM) {
      norm (twin, i, c);
      continue;
    }
    for (guint b = 0; b < BATCH; b++)
      for (guint r = 0; r < l->height; r++)
        for (guint q = 0; q < l->width; q++)
          *pixel (twin, i, b, c, r, q)
            = slides ? window (twin, l, kernel, b, c, (int) r, (int) q)
                         + (bias != NULL ? bias[c] : 0)
                     : pointwise (twin, l, b, c, r, q);
  }
}

/* The outputs of both classifiers weighted by fixed numbers. */
static double
twin_loss (const Twin *twin)
{
  double sum = 0;
  for (NvValue i = 1; i < twin->network->layers->len; i++)
    run_layer (twin, i);
  for (guint i = 0; i < BATCH * twin->network->classes; i++) {
    sum += sin (2.385 * i + 1) * twin->maps[twin->network->output][i];
    if (twin->network->auxiliary != 0)
      sum += sin (2.385 * i + 1) * twin->maps[twin->network->auxiliary][i];
  }
  return sum;
}

static void
make_twin (Twin *twin, NvExecutor *executor, const NvNetwork *network)
{
  const guint n = network->layers->len;
  NvValue layer;
  NvWeightKind kind;
  gsize size;
  *twin = (Twin){ network, g_new0 (double *, n), g_new0 (double *, 4 * n) };
  for (guint i = 0; i < n; i++) {
    const NvLayer *l = nv_i_network_layer (network, i);
    twin->maps[i] = g_new0 (double, BATCH * l->channels * l->height * l->width);
    const gsize room = MAX (4096, (gsize) l->channels * l->channels * l->kernel * l->kernel);
    for (guint k = 0; k < 2 && l->kind == NV_LAYER_NORM; k++)
      twin->tensors[4 * i + (k ? NV_WEIGHT_SCALE : NV_WEIGHT_SHIFT)] = g_new0 (double, room);
    if (l->kind == NV_LAYER_CONV)
      twin->tensors[4 * i + NV_WEIGHT_KERNEL] = g_new0 (double, room);
  }
  for (guint t = 0; nv_i_executor_tensor (executor, t, &layer, &kind, &size); t++) {
    g_autofree float *values = g_new (float, size);
    nv_i_executor_get (executor, t, FALSE, values);
    g_free (twin->tensors[4 * layer + kind]);
    twin->tensors[4 * layer + kind] = g_new (double, size);
    for (gsize k = 0; k < size; k++)
      twin->tensors[4 * layer + kind][k] = values[k];
  }
}

static void
free_twin (Twin *twin)
{
  for (guint i = 0; i < twin->network->layers->len; i++) {
    g_free (twin->maps[i]);
    for (guint k = 0; k < 4; k++)
      g_free (twin->tensors[4 * i + k]);
  }
  g_free (twin->maps);
  g_free (twin->tensors);
}

/* Moves all weights by `h` times the executor's gradient; returns its square. */
static double
move (Twin *twin, NvExecutor *executor, double h)
{
  NvValue layer;
  NvWeightKind kind;
  gsize size;
  double square = 0;
  for (guint t = 0; nv_i_executor_tensor (executor, t, &layer, &kind, &size); t++) {
    g_autofree float *slope = g_new (float, size);
    nv_i_executor_get (executor, t, TRUE, slope);
    for (gsize k = 0; k < size; k++) {
      twin->tensors[4 * layer + kind][k] += h * slope[k];
      square += (double) slope[k] * slope[k];
    }
  }
  return square;
}

static void
compare_outputs (const Twin *twin, NvExecutor *executor, NvValue which)
{
  gsize row;
  const guint K = twin->network->classes;
  const float *y = nv_i_executor_output (executor, which, &row);
  float *dy = nv_i_executor_output_gradient (executor, which);
  for (guint b = 0; b < BATCH; b++)
    for (guint k = 0; k < K; k++) {
      g_assert_cmpfloat_with_epsilon (y[b * row + k], twin->maps[which][b * K + k], 1e-4);
      dy[b * row + k] = (float) sin (2.385 * (b * K + k) + 1);
    }
}

typedef struct {
  const char *space, *cell;
  gboolean auxiliary;
} Case;

/* Outputs pixel by pixel; along its gradient the loss rises by the gradient's square. */
static void
test_cell (gconstpointer data)
{
  const Case *c = data;
  const NvSkeleton skeleton = { 6, 1, 2, c->auxiliary ? .3 : 0, c->auxiliary };
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new (c->space, NULL, &error);
  g_assert_no_error (error);
  NvCell cell;
  NvRng rng;
  Twin twin;
  g_assert_true (nv_space_parse (space, c->cell, &cell, &error));
  g_autoptr (NvNetwork) network
    = nv_i_network_of_cell (space, &cell, &skeleton, 2, 7, 5, &error);
  g_autoptr (NvExecutor) executor = nv_i_executor_new (network, BATCH, &error);
  g_assert_no_error (error);
  nv_rng_init (&rng, 3, "test", 0);
  nv_i_executor_draw (executor, &rng);
  make_twin (&twin, executor, network);
  for (guint i = 0; i < BATCH * 2 * 49; i++) {
    const double x = nv_rng_normal (&rng);
    nv_i_executor_images (executor)[i] = (float) x;
    twin.maps[0][i] = (double) (float) x;
  }
  nv_i_executor_epoch (executor, 0, &rng);
  nv_i_executor_forward (executor, TRUE);
  twin_loss (&twin);
  compare_outputs (&twin, executor, network->output);
  if (c->auxiliary)
    compare_outputs (&twin, executor, network->auxiliary);
  nv_i_executor_backward (executor);
  const double square = move (&twin, executor, 0), h = 1e-6 / sqrt (square);
  move (&twin, executor, h);
  const double above = twin_loss (&twin);
  move (&twin, executor, -2 * h);
  const double below = twin_loss (&twin);
  g_assert_cmpfloat_with_epsilon ((above - below) / (2 * h) / square, 1, 1e-3);
  free_twin (&twin);
}

static const Case cases[] = {
  { "nasbench201", "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|"
                   "nor_conv_3x3~1|none~2|", FALSE },
  { "nasbench101", "7 100110100001001010101 02001", FALSE },
  { "nasbench101", "2 1 ", FALSE },
  { "nasbench101", "4 111101 21", FALSE },
  { "darts", "sep_conv_5x5:1 skip_connect:0 dil_conv_3x3:1 max_pool_3x3:2 none:2 "
             "dil_conv_5x5:1 avg_pool_3x3:0 sep_conv_3x3:3", FALSE },
  { "darts", "sep_conv_3x3:1 skip_connect:0 dil_conv_3x3:1 max_pool_3x3:2 none:2 "
             "none:1 skip_connect:0 sep_conv_5x5:3", TRUE },
};

/* Three vertices share the channels of the output: they need one each. */
static void
test_too_narrow (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new ("nasbench101", NULL, &error);
  g_assert_no_error (error);
  NvCell cell;
  g_assert_true (nv_space_parse (space, "5 1110001011 222", &cell, &error));
  for (guint width = 1; width < 4; width++) {
    const NvSkeleton skeleton = { width, 1, 2, 0, FALSE };
    g_autofree char *part = g_strdup_printf ("width = %u, but the output of the cell reads 3 "
                                             "vertices", width);
    g_autoptr (NvNetwork) network
      = nv_i_network_of_cell (space, &cell, &skeleton, 1, 4, 2, &error);
    g_assert_true ((network != NULL) == (width == 3));
    if (width < 3) {
      CHECK_ERROR (error, NV_ERROR_OPTION, part);
      continue;
    }
    g_autoptr (NvExecutor) executor = nv_i_executor_new (network, BATCH, &error);
    g_assert_no_error (error);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train-network/by-hand", test_by_hand);
  g_test_add_func ("/train-network/smoothing", test_smoothing);
  g_test_add_func ("/train-network/step", test_step);
  g_test_add_func ("/train-network/drop-path", test_drop_path);
  g_test_add_func ("/train-network/too-narrow", test_too_narrow);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = g_strdup_printf ("/train-network/%s/%u", cases[i].space, i);
    g_test_add_data_func (path, &cases[i], test_cell);
  }
  return g_test_run ();
}
