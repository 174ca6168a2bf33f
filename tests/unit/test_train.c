/* The benchmark `train`: what networks cost, that every layer's gradient is right, that a
 * training is repeatable, and what it says when it cannot be done. */
#include <math.h>
#include <string.h>

#include <glib/gstdio.h>

#include "bars.h"
#include "benchmark/benchmark.h"
#include "check_error.h"
#include "data/csv.h"
#include "open_space.h"
#include "train/executor_private.h"
#include "train/fit.h"

/* `cells`: the option of that name; NULL: its default. */
/* --- costs ---------------------------------------------------------------------------- */

static double
number_of (const NvCsv *csv, const char *column)
{
  double x = NAN;
  const int i = nv_i_csv_column (csv, column, NULL);
  g_assert_cmpint (i, >=, 0);
  g_assert_true (nv_i_csv_number (csv, (guint) i, &x, NULL));
  return x;
}

/* A row's cell, in the notation that the columns `names` hold together. */
static char *
cell_of_row (const NvCsv *csv, const char *const *names)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (; *names != NULL; names++)
    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "",
                            nv_i_csv_text (csv,
                                           (guint) nv_i_csv_column (csv, *names, NULL)));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

typedef struct {
  const char *space, *options, *file, *columns[4], *parameters, *madds;
  NvSkeleton skeleton;
  guint step, rows; /* every so manieth one is built; all of them */
  double unit;      /* of the parameters */
} CostRow;

static void
check_costs (const NvSpace *space, const NvCsv *csv, const CostRow *row)
{
  g_autoptr (GError) error = NULL;
  NvCell cell;
  g_autofree char *text = cell_of_row (csv, row->columns);
  g_assert_true (nv_space_parse (space, text, &cell, NULL));
  g_autoptr (NvNetwork) network
    = nv_i_network_of_cell (space, &cell, &row->skeleton, 3, 32, 10, &error);
  g_assert_no_error (error);
  g_assert_cmpfloat_with_epsilon ((double) nv_i_network_parameters (network) * row->unit,
                                  number_of (csv, row->parameters), 1e-9);
  if (row->madds != NULL)
    g_assert_cmpfloat ((double) nv_i_network_madds (network), ==,
                       number_of (csv, row->madds));
}

/* Rows of the tables: weights and multiply-adds of the benchmarks' own networks. */
static void
test_costs (gconstpointer data)
{
  const CostRow *row = data;
  g_autoptr (GError) error = NULL;
  g_autofree char *file = nv_i_data_file (row->file, NULL, NULL);
  guint rows = 0;
  if (file == NULL) {
    g_autofree char *why = g_strdup_printf ("no %s in NASVEC_DATA", row->file);
    g_test_skip (why);
    return;
  }
  g_autoptr (NvSpace) space = open_space (row->space, "%s", row->options);
  g_autoptr (NvCsv) csv = nv_i_csv_open (file, &error);
  for (; csv != NULL && nv_i_csv_next (csv, &error); rows++)
    if (rows % row->step == 0)
      check_costs (space, csv, row);
  g_assert_no_error (error);
  g_assert_cmpuint (rows, ==, row->rows);
}

static const CostRow cost_rows[] = {
  { "nasbench201", "{}", "nasbench201.csv", { "arch_str" }, "params_c10", "flops_c10",
    { .width = 16, .cells = 5, .stages = 3 }, 1, 15625, 1 },
  { "nasbench101", "{}", "nasbench101_full.csv",
    { "num_vertices", "adjacency_upper", "ops" }, "trainable_parameters", NULL,
    { .width = 128, .cells = 3, .stages = 3 }, 50, 423624, 1 },
  { "darts", "{'cells': <'pair'>}", "darts_bench_oncenas_545.csv", { "normal", "reduce" },
    "params_M", NULL, { 36, 6, 3, .2, TRUE }, 1, 545, 1e-6 },
};

static void
test_no_network (void)
{
  g_autoptr (NvSpace) space = open_space ("nasbenchgraph", NULL);
  g_autoptr (GError) error = NULL;
  NvRng rng;
  NvCell cell;
  const NvSkeleton skeleton = { .width = 4, .cells = 1, .stages = 1 };
  nv_rng_init (&rng, 3, "test", 0);
  g_assert_true (nv_space_sample (space, &rng, &cell, NULL));
  g_assert_null (nv_i_network_of_cell (space, &cell, &skeleton, 1, 8, 10, &error));
  CHECK_ERROR (error, NV_ERROR_UNSUPPORTED, "what network");
}

/* --- gradients ------------------------------------------------------------------------ */

/* The loss: the outputs weighted by fixed numbers. */
static double
loss_of (NvExecutor *executor, NvValue output, guint batch, gboolean gradient)
{
  gsize row;
  double sum = 0;
  nv_i_executor_forward (executor, TRUE);
  const float *y = nv_i_executor_output (executor, output, &row);
  float *dy = nv_i_executor_output_gradient (executor, output);
  for (gsize i = 0; i < batch * row; i++) {
    const double weight = i % row < 10 ? sin (2.385 * (double) i + 1) : 0;
    sum += weight * y[i];
    if (gradient)
      dy[i] = (float) weight;
  }
  return sum;
}

/* Every weight of the network against central differences. `kinks`: a tenth of them, or three,
 * may lie where the loss has one. */
static void
check_gradients (const NvNetwork *network, guint batch, gboolean kinks)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvExecutor) executor = nv_i_executor_new (network, batch, &error);
  g_assert_no_error (error);
  const NvLayer *image = nv_i_network_layer (network, 0);
  NvRng rng;
  NvValue layer;
  NvWeightKind kind;
  gsize size;
  nv_rng_init (&rng, 7, "test", 0);
  nv_i_executor_draw (executor, &rng);
  nv_rng_fill_normal (&rng, nv_i_executor_images (executor),
                      batch * image->channels * image->height * image->width);
  loss_of (executor, network->output, batch, TRUE);
  nv_i_executor_backward (executor);
  for (guint i = 0; nv_i_executor_tensor (executor, i, &layer, &kind, &size); i++) {
    g_autofree float *slope = g_new (float, size), *weight = g_new (float, size);
    nv_i_executor_get (executor, i, TRUE, slope);
    nv_i_executor_get (executor, i, FALSE, weight);
    double scale = 1e-2;
    gsize wrong = 0;
    g_autofree double *numeric = g_new (double, size);
    for (gsize k = 0; k < size; k++) {
      const float kept = weight[k], h = 1e-3f;
      weight[k] = kept + h;
      nv_i_executor_set (executor, i, weight);
      const double above = loss_of (executor, network->output, batch, FALSE);
      weight[k] = kept - h;
      nv_i_executor_set (executor, i, weight);
      const double below = loss_of (executor, network->output, batch, FALSE);
      weight[k] = kept;
      nv_i_executor_set (executor, i, weight);
      numeric[k] = (above - below) / (2 * (double) h);
      scale = MAX (scale, fabs (numeric[k]));
    }
    for (gsize k = 0; k < size; k++)
      wrong += !(fabs (numeric[k] - slope[k]) < 5e-3 * scale);
    g_test_message ("layer %u, weight kind %u: %zu of %zu", layer, kind, wrong, size);
    g_assert_cmpuint (wrong, <=, kinks ? MAX (size / 10, 3) : 0);
  }
  g_assert_true (nv_i_executor_check (executor, &error));
}

/* A convolution, what is under test on its 11 channels, and a classifier. */
static void
check_layer (NvValue (*add) (NvNetwork *, NvValue), guint size,
             gboolean kinks)
{
  g_autoptr (NvNetwork) network = nv_i_network_new (2, size, size, 10);
  NvValue x = nv_network_conv (network, 0, 11, 3, 1, 1, 1);
  network->output = nv_i_network_classify (network, add (network, x));
  check_gradients (network, size == 1 ? 33 : 3, kinks);
}

static NvValue
conv3_stride (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, x, 5, 3, 2, 1, 1);
}

static NvValue
conv1 (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, x, 9, 1, 1, 1, 1);
}

static NvValue
depthwise (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, x, 11, 5, 1, 1, 11);
}

static NvValue
dilated (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, x, 11, 3, 1, 2, 11);
}

static NvValue
norm (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, nv_network_norm (n, x), 3, 3, 1, 1, 1);
}

static NvValue
norm_relu (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, nv_network_norm_relu (n, x), 3, 3, 1, 1, 1);
}

static NvValue
relu (NvNetwork *n, NvValue x)
{
  return nv_network_relu (n, x);
}

static NvValue
avg_pool (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, nv_network_avg_pool (n, x, 3, 1), 3, 3, 1, 1, 1);
}

static NvValue
avg_pool_2 (NvNetwork *n, NvValue x)
{
  return nv_network_avg_pool (n, x, 2, 2);
}

static NvValue
max_pool (NvNetwork *n, NvValue x)
{
  return nv_network_max_pool (n, x, 3, 1);
}

static NvValue
shift (NvNetwork *n, NvValue x)
{
  return nv_network_conv (n, nv_network_shift (n, x), 3, 3, 2, 1, 1);
}

/* A value that three layers read, sums of sums, and parts of it side by side. */
static NvValue
meeting (NvNetwork *n, NvValue x)
{
  NvValue a = nv_network_take (n, x, 6), b = nv_network_conv (n, x, 6, 1, 1, 1, 1);
  NvValue pair[] = { a, b, nv_network_zero (n, a, 1) };
  NvValue sum = nv_network_sum (n, pair, 3);
  NvValue side[] = { sum, x, nv_network_relu (n, sum) };
  return nv_network_concat (n, side, 3);
}

static void
test_gradients (void)
{
  static const struct {
    const char *name;
    NvValue (*add) (NvNetwork *, NvValue);
    gboolean kinks;
  } rows[] = {
    { "conv3 stride 2", conv3_stride, FALSE }, { "conv1", conv1, FALSE },
    { "depthwise", depthwise, FALSE }, { "dilated", dilated, FALSE }, { "norm", norm, FALSE },
    { "norm and relu", norm_relu, TRUE }, { "relu", relu, TRUE },
    { "mean pool", avg_pool, FALSE }, { "mean pool of 2", avg_pool_2, FALSE },
    { "max pool", max_pool, TRUE }, { "shift", shift, FALSE }, { "meeting", meeting, TRUE },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_test_message ("%s", rows[i].name);
    check_layer (rows[i].add, 5, rows[i].kinks);
    check_layer (rows[i].add, 1, rows[i].kinks);
  }
}

/* --- a training ----------------------------------------------------------------------- */

static void
train (NvTrained *out, const char *text, const NvTrainOptions *options,
       const NvImages *images, const char *checkpoint, NvTrainWatch watch)
{
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (GError) error = NULL;
  NvCell cell;
  g_assert_true (nv_space_parse (space, text, &cell, &error));
  const gboolean ok
    = nv_i_train_cell (out, space, &cell, options, images, checkpoint, watch, NULL, &error);
  if (watch == NULL)
    g_assert_no_error (error);
  else
    g_assert_error (error, NV_ERROR, NV_ERROR_CANCELLED);
  g_assert_true (ok == (watch == NULL));
}

static gboolean
stop_after_two (const NvTrained *so_far, double loss, gpointer data)
{
  (void) loss, (void) data;
  return so_far->epochs < 2;
}

#define PLAIN                                                                            \
  "|nor_conv_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|skip_connect~0|avg_pool_3x3~1|"     \
  "nor_conv_3x3~2|"

/* It learns; the same seed gives the same bits, also when stopped and resumed. */
static void
test_training (void)
{
  g_autoptr (NvImages) images = make_bars ();
  g_autofree char *folder = g_dir_make_tmp ("nasvec-train-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "checkpoint", NULL);
  NvTrained whole, none, resumed;
  train (&whole, PLAIN, &small, images, NULL, NULL);
  g_assert_cmpfloat (whole.test, >, .6);
  g_assert_cmpuint (whole.epochs, ==, 8);
  train (&none, PLAIN, &small, images, file, stop_after_two);
  train (&resumed, PLAIN, &small, images, file, NULL);
  g_assert_cmpmem (whole.validation, 8 * sizeof (double), resumed.validation,
                   8 * sizeof (double));
  g_assert_cmpfloat (whole.test, ==, resumed.test);
  nv_i_trained_clear (&whole);
  nv_i_trained_clear (&resumed);
  g_unlink (file);
  g_rmdir (folder);
}

/* The mean of trainings with one seed after the other; of the first that diverges, its own. A
 * checkpoint for each. */
static void
test_trainings (void)
{
  g_autoptr (NvImages) images = make_bars ();
  g_autofree char *folder = g_dir_make_tmp ("nasvec-train-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "checkpoint", NULL);
  g_autofree char *second = g_strconcat (file, ".2", NULL);
  NvTrainOptions options = small;
  NvTrained each[2], both, none, resumed;
  options.epochs = 3;
  train (&each[0], PLAIN, &options, images, file, NULL);
  options.seed++;
  train (&each[1], PLAIN, &options, images, NULL, NULL);
  options.seed--;
  options.trainings = 2;
  train (&none, PLAIN, &options, images, file, stop_after_two);
  g_assert_true (g_file_test (second, G_FILE_TEST_EXISTS));
  train (&resumed, PLAIN, &options, images, file, NULL);
  train (&both, PLAIN, &options, images, NULL, NULL);
  g_assert_cmpuint (both.training, ==, 2);
  g_assert_cmpfloat (both.test, ==, resumed.test);
  g_assert_cmpfloat_with_epsilon (both.test, (each[0].test + each[1].test) / 2, 1e-12);
  for (guint e = 0; e < 3; e++) {
    const double mean = (each[0].validation[e] + each[1].validation[e]) / 2;
    g_assert_cmpfloat_with_epsilon (both.validation[e], mean, 1e-12);
    g_assert_cmpfloat (both.validation[e], ==, resumed.validation[e]);
  }
  g_assert_cmpmem (both.each, 3 * sizeof (double), each[0].validation, 3 * sizeof (double));
  g_assert_cmpfloat (both.each[3], ==, each[0].test);
  g_assert_cmpmem (both.each + 4, 3 * sizeof (double), each[1].validation, 3 * sizeof (double));
  g_assert_cmpfloat (both.each[7], ==, each[1].test);
  g_assert_cmpfloat (each[0].validation[0], !=, each[1].validation[0]);
  g_assert_cmpfloat (both.seconds, >, each[0].seconds);
  options.rate = 1e9;
  NvTrained diverged;
  train (&diverged, PLAIN, &options, images, NULL, NULL);
  g_assert_true (diverged.diverged);
  g_assert_cmpuint (diverged.training, ==, 1);
  nv_i_trained_clear (&each[0]);
  nv_i_trained_clear (&each[1]);
  nv_i_trained_clear (&both);
  nv_i_trained_clear (&resumed);
  nv_i_trained_clear (&diverged);
  g_unlink (file);
  g_unlink (second);
  g_rmdir (folder);
}

/* Validations before the last on the first images alone; the training is the same. */
static void
test_early (void)
{
  g_autoptr (NvImages) images = make_bars ();
  NvTrainOptions options = small;
  NvTrained whole, few, early, most;
  options.epochs = 3;
  train (&whole, PLAIN, &options, images, NULL, NULL);
  options.early = 24;
  train (&early, PLAIN, &options, images, NULL, NULL);
  options.early = 1000;
  train (&most, PLAIN, &options, images, NULL, NULL);
  options.early = 0;
  images->n[NV_PART_VALIDATION] = 24;
  train (&few, PLAIN, &options, images, NULL, NULL);
  g_assert_cmpmem (early.validation, 2 * sizeof (double), few.validation, 2 * sizeof (double));
  g_assert_cmpfloat (early.validation[0], !=, whole.validation[0]);
  g_assert_cmpfloat (early.validation[2], ==, whole.validation[2]);
  g_assert_cmpfloat (early.test, ==, whole.test);
  g_assert_cmpmem (most.validation, 3 * sizeof (double), whole.validation, 3 * sizeof (double));
  nv_i_trained_clear (&whole);
  nv_i_trained_clear (&few);
  nv_i_trained_clear (&early);
  nv_i_trained_clear (&most);
}

/* No path from the image to the output: as good as a guess. */
static void
test_no_path (void)
{
  g_autoptr (NvImages) images = make_bars ();
  NvTrained trained;
  train (&trained, "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", &small, images, NULL,
         NULL);
  g_assert_false (trained.diverged);
  g_assert_cmpfloat (trained.test, <, .25);
  nv_i_trained_clear (&trained);
}

static void
test_diverging (void)
{
  g_autoptr (NvImages) images = make_bars ();
  NvTrained trained;
  NvTrainOptions options = small;
  options.rate = 1e9;
  train (&trained, PLAIN, &options, images, NULL, NULL);
  g_assert_true (trained.diverged);
  g_assert_true (isnan (trained.test));
  nv_i_trained_clear (&trained);
  /* Weights that are no numbers, under a loss that is one. */
  options.rate = 300;
  train (&trained, PLAIN, &options, images, NULL, NULL);
  g_assert_true (trained.diverged);
  nv_i_trained_clear (&trained);
  /* One step: loss and weights are finite, and what they make of images is not. */
  options.rate = 1e9;
  options.warmup = 0;
  options.epochs = 1;
  options.batch = 200;
  train (&trained, PLAIN, &options, images, NULL, NULL);
  g_assert_true (trained.diverged);
  g_assert_true (isnan (trained.test));
  nv_i_trained_clear (&trained);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cost_rows); i++) {
    g_autofree char *path = g_strconcat ("/train/costs/", cost_rows[i].space, NULL);
    g_test_add_data_func (path, &cost_rows[i], test_costs);
  }
  g_test_add_func ("/train/no-network", test_no_network);
  g_test_add_func ("/train/gradients", test_gradients);
  g_test_add_func ("/train/training", test_training);
  g_test_add_func ("/train/trainings", test_trainings);
  g_test_add_func ("/train/early", test_early);
  g_test_add_func ("/train/no-path", test_no_path);
  g_test_add_func ("/train/diverging", test_diverging);
  return g_test_run ();
}
