/* The kind `train`: the network of a cell is trained, for real, on this machine.
 *
 * Equal cells are trained once and then remembered, whichever run asks. */
#include <math.h>

#include "benchmark/kinds.h"
#include "plugin/options.h"
#include "train/fit.h"

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
  "train", "the cell's network, trained on images", nv_i_train_params, sizeof (NvTrainOptions),
  &nv_i_train_defaults, train_make
};
