/* The kind `train`: the network of a cell is trained, for real, on this machine.
 *
 * Equal cells are trained once and then remembered, whichever run asks. */
#include <math.h>

#include "benchmark/kinds.h"
#include "plugin/options.h"
#include "train/fit.h"

const NvParam nv_i_train_params[] = {
  NV_STRING (NvTrainOptions, data,
             "fashion-mnist, or a folder of IDX or CIFAR-10 / CIFAR-100 binary files"),
  NV_INT (NvTrainOptions, size, 0, 1024,
          "images are averaged to this; 0: as they are", .unit = "pixels"),
  NV_INT (NvTrainOptions, images, 1, 10000000, "training images"),
  NV_INT (NvTrainOptions, validation, 1, 10000000, "validation images"),
  NV_INT (NvTrainOptions, split, 0, 1000000000,
          "seed that draws training and validation images from the training file"),
  NV_INT (NvTrainOptions, width, 1, 1024, "channels of the first layer"),
  NV_INT (NvTrainOptions, cells, 1, 100, "cells in a stage"),
  NV_INT (NvTrainOptions, stages, 1, 8, "the map halves and channels double between"),
  NV_INT (NvTrainOptions, epochs, 1, 10000, "passes over the training images"),
  NV_INT (NvTrainOptions, validate, 1, 10000,
          "epochs from one validation to the next; the last one always has it"),
  NV_INT (NvTrainOptions, early, 0, 10000000,
          "validation images before the last epoch, which has all; 0: all there, too"),
  NV_INT (NvTrainOptions, batch, 1, 4096, "images in a step"),
  NV_REAL (NvTrainOptions, rate, 0, 1e9, "largest learning rate"),
  NV_REAL (NvTrainOptions, warmup, 0, 0.99, "share of the steps until it; then a cosine"),
  NV_REAL (NvTrainOptions, momentum, 0, 0.999, "of SGD"),
  NV_REAL (NvTrainOptions, decay, 0, 1, "weight decay"),
  NV_REAL (NvTrainOptions, smoothing, 0, 0.9, "of the labels"),
  NV_REAL (NvTrainOptions, drop_path, 0, 0.9,
           "share of paths dropped at the end of the training, from 0; darts alone"),
  NV_REAL (NvTrainOptions, auxiliary, 0, 10,
           "weight of the loss of an auxiliary classifier; darts alone"),
  NV_BOOL (NvTrainOptions, flip, "mirror half of the training images"),
  NV_INT (NvTrainOptions, crop, 0, 64, "move them by up to this", .unit = "pixels"),
  NV_INT (NvTrainOptions, cutout, 0, 64, "blank a square of this", .unit = "pixels"),
  NV_INT (NvTrainOptions, seed, 0, 1000000000, "weights, order and augmentation"),
  NV_INT (NvTrainOptions, trainings, 1, 100,
          "of a cell, with the seeds from `seed` on; accuracies are their means"),
  NV_END
};
const NvTrainOptions nv_i_train_defaults = {
  .data = "fashion-mnist", .size = 14, .images = 10000, .validation = 5000, .width = 8,
  .cells = 1, .stages = 2, .epochs = 10, .validate = 1, .batch = 128, .rate = .2, .warmup = .3,
  .momentum = .9, .decay = 5e-4, .seed = 1, .trainings = 1,
};

NvImages *
nv_i_train_images (const NvTrainOptions *options, GError **error)
{
  if (options->batch > options->images) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "batch = %d, but there are only images = %d to train on", options->batch,
                 options->images);
    return NULL;
  }
  return nv_i_images_load (options->data, (guint) options->size, (gsize) options->images,
                           (gsize) options->validation, (guint64) options->split, error);
}

NvNetwork *
nv_i_train_network (const NvSpace *space, const NvCell *cell, const NvTrainOptions *options,
                    const NvImages *images, GError **error)
{
  const NvSkeleton skeleton = { (guint) options->width, (guint) options->cells,
                                (guint) options->stages, options->drop_path,
                                options->auxiliary > 0 };
  return nv_i_network_of_cell (space, cell, &skeleton, images->channels, images->size,
                               images->classes, error);
}

void
nv_i_trained_clear (NvTrained *trained)
{
  g_clear_pointer (&trained->validation, g_free);
  g_clear_pointer (&trained->each, g_free);
}

typedef struct {
  NvBenchmark base;
  NvTrainOptions *options;
  NvImages *images;
  GMutex lock;          /* of what follows */
  NvCellIndex *known;   /* canonical form -> outcome */
  GArray *outcomes;     /* NvOutcome */
} Train;

static gboolean
recall (Train *t, const NvCell *form, NvOutcome *out)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&t->lock);
  gsize i;
  if (!nv_cell_index_find (t->known, form, &i))
    return FALSE;
  *out = g_array_index (t->outcomes, NvOutcome, i);
  return TRUE;
}

static void
remember (Train *t, const NvCell *form, const NvOutcome *outcome)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&t->lock);
  if (nv_cell_index_add (t->known, form, t->outcomes->len, NULL))
    g_array_append_val (t->outcomes, *outcome);
}

static gboolean
train_query (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise, NvOutcome *out,
             GError **error)
{
  (void) noise;
  Train *t = (Train *) benchmark;
  NvCell form;
  NvTrained trained;
  nv_space_canonical (benchmark->space, cell, &form);
  if (recall (t, &form, out))
    return TRUE;
  if (!nv_i_train_cell (&trained, benchmark->space, &form, t->options, t->images, NULL,
                        NULL, NULL, error))
    return FALSE;
  *out = (NvOutcome){
    .score = trained.diverged ? NAN : trained.validation[trained.epochs - 1],
    .test = trained.test, .seconds = trained.seconds,
    .parameters = (double) trained.parameters, .failed = trained.diverged,
  };
  nv_i_trained_clear (&trained);
  remember (t, &form, out);
  return TRUE;
}

static void
train_free (NvBenchmark *benchmark)
{
  Train *t = (Train *) benchmark;
  nv_i_images_free (t->images);
  nv_i_options_free (nv_i_train_params, t->options);
  nv_cell_index_free (t->known);
  g_array_unref (t->outcomes);
  g_mutex_clear (&t->lock);
  g_free (t);
}

/* A copy that lives longer than the caller's. */
static NvTrainOptions *
copy_options (const NvTrainOptions *opt, GError **error)
{
  g_autoptr (JsonNode) node = nv_i_options_json (nv_i_train_params, opt);
  g_autoptr (GVariant) values = g_variant_ref_sink (nv_i_options_variant (node));
  return nv_i_options_new (nv_i_train_params, sizeof *opt, &nv_i_train_defaults, values,
                           "benchmark train", error);
}

static char *
noise_of (const NvTrainOptions *opt)
{
  if (opt->trainings == 1)
    return g_strdup_printf ("one training, seed %d", opt->seed);
  return g_strdup_printf ("mean of %d trainings, seeds %d to %d", opt->trainings, opt->seed,
                          opt->seed + opt->trainings - 1);
}

static NvBenchmark *
train_make (NvSpace *space, const void *options, GError **error)
{
  static const NvBenchmarkOps ops = { "train", train_query, train_free };
  const NvTrainOptions *opt = options;
  if (!nv_i_train_available (error))
    return NULL;
  if (space->klass->network == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "space %s does not say what network its cells make",
                 space->klass->head.name);
    return NULL;
  }
  NvImages *images = nv_i_train_images (opt, error);
  NvTrainOptions *own = images != NULL ? copy_options (opt, error) : NULL;
  if (own == NULL) {
    nv_i_images_free (images);
    return NULL;
  }
  Train *t = g_new0 (Train, 1);
  t->options = own;
  t->images = images;
  t->known = nv_cell_index_new ();
  t->outcomes = g_array_new (FALSE, FALSE, sizeof (NvOutcome));
  g_mutex_init (&t->lock);
  JsonNode *description = nv_i_options_json (nv_i_train_params, opt);
  JsonObject *members = json_node_get_object (description);
  json_object_set_string_member (members, "kind", "train");
  json_object_set_string_member (members, "data_sha256", images->sha256);
  nv_i_benchmark_init (&t->base, &ops, space,
                       g_strdup_printf ("%s (%d epochs)", opt->data, opt->epochs),
                       noise_of (opt), description);
  t->base.percent = TRUE;
  return &t->base;
}

const NvBenchmarkKind nv_i_benchmark_train = {
  "train", nv_i_train_params, sizeof (NvTrainOptions), &nv_i_train_defaults, train_make
};
