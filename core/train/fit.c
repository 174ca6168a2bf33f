/* SGD with momentum: v = m v + (g + decay w), w -= rate v. The rate rises linearly to `rate`
 * over the share `warmup` of all steps and falls to 0 along a half cosine. An epoch is a new
 * order of the training images without the last, incomplete batch.
 *
 * Everything is drawn from the streams (seed, purpose, epoch), so a training goes on from a
 * checkpoint as if it had not stopped. */
#include "train/fit.h"

#include <math.h>
#include <string.h>
#include <time.h>

#include "data/safetensors.h"
#include "plugin/options.h"
#include "train/executor.h"
#include "train/kernels.h"

typedef struct {
  const NvTrainOptions *opt;
  const NvImages *images;
  const NvNetwork *network;
  NvExecutor *executor;
  NvTrained result;
  float *weights, *gradients, *momentum, *statistics;
  gsize n_weights, n_statistics;
  guint8 *labels;  /* [batch] */
  guint32 *order;  /* [training images] */
  guint epoch;     /* the next one */
  char *key;       /* what a checkpoint must fit */
} Fit;

static double
thread_seconds (void)
{
  struct timespec t;
  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec + 1e-9 * (double) t.tv_nsec;
}

static double
rate_at (const NvTrainOptions *opt, double share)
{
  if (share < opt->warmup)
    return opt->rate * share / opt->warmup;
  return opt->rate * .5 * (1 + cos (G_PI * (share - opt->warmup) / (1 - opt->warmup)));
}

/* --- batches -------------------------------------------------------------------------- */

/* One image, moved by at most `crop` pixels, mirrored, with a square blanked out. */
static void
augment (float *out, const float *in, const NvImages *images, const NvTrainOptions *opt,
         NvRng *rng)
{
  const int size = (int) images->size, crop = opt->crop, half = opt->cutout / 2;
  const gboolean mirror = opt->flip && nv_rng_below (rng, 2);
  const int dy = crop > 0 ? (int) nv_rng_below (rng, 2 * (guint) crop + 1) - crop : 0;
  const int dx = crop > 0 ? (int) nv_rng_below (rng, 2 * (guint) crop + 1) - crop : 0;
  const int hole_y = opt->cutout > 0 ? (int) nv_rng_below (rng, images->size) - half : 0;
  const int hole_x = opt->cutout > 0 ? (int) nv_rng_below (rng, images->size) - half : 0;
  for (guint c = 0; c < images->channels; c++, in += size * size)
    for (int y = 0; y < size; y++)
      for (int x = 0; x < size; x++, out++) {
        const int v = y + dy, u = (mirror ? size - 1 - x : x) + dx;
        const gboolean hidden = y >= hole_y && y < hole_y + opt->cutout && x >= hole_x
                                && x < hole_x + opt->cutout;
        const gboolean outside = v < 0 || v >= size || u < 0 || u >= size;
        *out = hidden || outside ? 0 : in[v * size + u];
      }
}

static void
load_batch (Fit *fit, gsize first, NvRng *rng)
{
  const NvImages *images = fit->images;
  const gsize floats = (gsize) images->channels * images->size * images->size;
  float *out = nv_i_executor_images (fit->executor);
  for (gsize b = 0; b < (gsize) fit->opt->batch; b++) {
    const gsize i = fit->order[first + b];
    augment (out + b * floats, images->pixels[NV_PART_TRAINING] + i * floats, images,
             fit->opt, rng);
    fit->labels[b] = images->labels[NV_PART_TRAINING][i];
  }
}

/* --- an epoch ------------------------------------------------------------------------- */

/* Of one classifier; its gradient is `weight` times that. */
static double
loss_of (Fit *fit, NvValue which, double weight)
{
  gsize row;
  const gsize batch = (gsize) fit->opt->batch;
  const float *logits = nv_i_executor_output (fit->executor, which, &row);
  float *gradient = nv_i_executor_output_gradient (fit->executor, which);
  const double loss = nv_i_train_loss (gradient, logits, fit->labels, batch,
                                       fit->images->classes, row, fit->opt->smoothing);
  for (gsize i = 0; weight != 1 && i < batch * row; i++)
    gradient[i] *= (float) weight;
  return loss;
}

static double
train_batch (Fit *fit, double share)
{
  const NvTrainOptions *opt = fit->opt;
  nv_i_executor_forward (fit->executor, TRUE);
  const double loss = loss_of (fit, fit->network->output, 1);
  if (fit->network->auxiliary != 0)
    loss_of (fit, fit->network->auxiliary, opt->auxiliary);
  nv_i_executor_backward (fit->executor);
  nv_i_train_step (fit->weights, fit->momentum, fit->gradients, fit->n_weights,
                   (float) rate_at (opt, share), (float) opt->momentum,
                   (float) opt->decay);
  return loss;
}

static gboolean
all_finite (const float *values, gsize n)
{
  float sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += 0 * values[i]; /* not a number, unless it is finite */
  return sum == 0;
}

/* A loss can be finite although weights are not: a relu takes what is not a number for 0. */
static gboolean
has_diverged (const Fit *fit, double loss)
{
  return !isfinite (loss) || !all_finite (fit->weights, fit->n_weights)
         || !all_finite (fit->statistics, fit->n_statistics);
}

/* The mean loss; not finite: diverged, and left at once. */
static double
train_epoch (Fit *fit)
{
  NvRng order, noise, drop;
  const gsize n = fit->images->n[NV_PART_TRAINING], batch = (gsize) fit->opt->batch;
  const gsize steps = n / batch;
  double sum = 0;
  nv_rng_init (&order, (guint64) fit->opt->seed, "order", fit->epoch);
  nv_rng_init (&noise, (guint64) fit->opt->seed, "augment", fit->epoch);
  nv_rng_init (&drop, (guint64) fit->opt->seed, "drop", fit->epoch);
  nv_i_executor_epoch (fit->executor, (double) fit->epoch / fit->opt->epochs, &drop);
  for (gsize i = 0; i < n; i++)
    fit->order[i] = (guint32) i;
  nv_rng_shuffle (&order, fit->order, n);
  for (gsize s = 0; s < steps && isfinite (sum); s++) {
    const double done = (double) (fit->epoch * steps + s);
    load_batch (fit, s * batch, &noise);
    sum += train_batch (fit, done / (double) (steps * (gsize) fit->opt->epochs));
  }
  return sum / (double) steps;
}

/* Finite weights can be so large that their outputs are not. */
static gboolean
finite_outputs (const float *logits, gsize n, guint classes, gsize row)
{
  for (gsize i = 0; i < n; i++)
    if (!all_finite (logits + i * row, classes))
      return FALSE;
  return TRUE;
}

/* Share of right answers to the first n images; the last batch is filled up with what was in it
 * before. Without an answer to one of them the training has diverged. */
static double
accuracy (Fit *fit, guint part, gsize n)
{
  const NvImages *images = fit->images;
  const gsize floats = (gsize) images->channels * images->size * images->size;
  const gsize batch = (gsize) fit->opt->batch;
  gsize right = 0, row;
  for (gsize first = 0; first < n; first += batch) {
    const gsize count = MIN (batch, n - first);
    memcpy (nv_i_executor_images (fit->executor), images->pixels[part] + first * floats,
            count * floats * sizeof (float));
    nv_i_executor_forward (fit->executor, FALSE);
    const float *logits = nv_i_executor_output (fit->executor,
                                                fit->network->output, &row);
    if (!finite_outputs (logits, count, images->classes, row)) {
      fit->result.diverged = TRUE;
      return NAN;
    }
    right += nv_i_train_right (logits, images->labels[part] + first, count,
                               images->classes, row);
  }
  return (double) right / (double) n;
}

static double
validate (Fit *fit)
{
  const gsize all = fit->images->n[NV_PART_VALIDATION], early = (gsize) fit->opt->early;
  const gboolean last = fit->epoch + 1 == (guint) fit->opt->epochs;
  return accuracy (fit, NV_PART_VALIDATION, last || early == 0 ? all : MIN (early, all));
}

/* --- checkpoints ---------------------------------------------------------------------- */

static NvTensors *
list_tensors (Fit *fit)
{
  NvTensors *tensors = nv_i_tensors_new ();
  nv_tensors_add (tensors, "weights", fit->weights, 1, fit->n_weights);
  nv_tensors_add (tensors, "momentum", fit->momentum, 1, fit->n_weights);
  nv_tensors_add (tensors, "statistics", fit->statistics, 1, fit->n_statistics);
  return tensors;
}

static gboolean
save (Fit *fit, const char *file, GError **error)
{
  g_autoptr (NvTensors) tensors = list_tensors (fit);
  g_autoptr (JsonObject) about = json_object_new ();
  g_autoptr (GString) curve = g_string_new (NULL);
  g_autofree char *seconds = nv_i_number_text (fit->result.seconds);
  for (guint i = 0; i < fit->epoch; i++) {
    g_autofree char *text = nv_i_number_text (fit->result.validation[i]);
    g_string_append_printf (curve, "%s%s", i > 0 ? " " : "", text);
  }
  json_object_set_string_member (about, "training", fit->key);
  json_object_set_string_member (about, "validation", curve->str);
  json_object_set_string_member (about, "seconds", seconds);
  return nv_i_safetensors_save (file, tensors, about, error);
}

static gboolean
load (Fit *fit, const char *file, GError **error)
{
  g_autoptr (NvTensors) tensors = list_tensors (fit);
  g_autoptr (JsonObject) about = NULL;
  if (!nv_i_safetensors_load (file, tensors, &about, error))
    return FALSE;
  const char *key = json_object_get_string_member_with_default (about, "training", "");
  const char *curve = json_object_get_string_member_with_default (about, "validation", "");
  g_auto (GStrv) words = g_strsplit (curve, " ", -1);
  const guint done = *curve != '\0' ? g_strv_length (words) : 0;
  if (strcmp (key, fit->key) != 0 || done < 1 || done > (guint) fit->opt->epochs) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s: a checkpoint of another training: of %.800s", file, key);
    return FALSE;
  }
  for (guint i = 0; i < done; i++)
    fit->result.validation[i] = g_ascii_strtod (words[i], NULL);
  const char *seconds = json_object_get_string_member_with_default (about, "seconds", "0");
  fit->result.seconds = g_ascii_strtod (seconds, NULL);
  fit->result.epochs = fit->epoch = done;
  return TRUE;
}

static char *
key_of (const NvSpace *space, const NvCell *cell, const NvTrainOptions *opt,
        const NvImages *images)
{
  g_autofree char *text = nv_space_format (space, cell);
  g_autoptr (JsonNode) node = nv_i_options_json (nv_i_train_params, opt);
  g_autofree char *options = nv_i_json_text (node);
  return g_strdup_printf ("%s %s %s images %s", space->klass->head.name, text, options,
                          images->sha256);
}

/* --- the whole ------------------------------------------------------------------------ */

static gboolean
run_epochs (Fit *fit, const char *checkpoint, NvTrainWatch watch, gpointer data,
            GError **error)
{
  while (fit->epoch < (guint) fit->opt->epochs) {
    const double start = thread_seconds ();
    const double loss = train_epoch (fit);
    if (!nv_i_executor_check (fit->executor, error))
      return FALSE;
    fit->result.diverged = has_diverged (fit, loss);
    if (!fit->result.diverged)
      fit->result.validation[fit->epoch]
        = nv_i_train_validates (fit->opt, fit->epoch) ? validate (fit) : NAN;
    if (!fit->result.diverged)
      fit->result.epochs = ++fit->epoch;
    fit->result.seconds += thread_seconds () - start;
    if (fit->result.diverged)
      return TRUE;
    if (checkpoint != NULL && !save (fit, checkpoint, error))
      return FALSE;
    if (watch != NULL && !watch (&fit->result, loss, data)) {
      g_set_error (error, NV_ERROR, NV_ERROR_CANCELLED, "stopped after epoch %u",
                   fit->epoch);
      return FALSE;
    }
  }
  const double start = thread_seconds ();
  fit->result.test = accuracy (fit, NV_PART_TEST, fit->images->n[NV_PART_TEST]);
  fit->result.seconds += thread_seconds () - start;
  return nv_i_executor_check (fit->executor, error);
}

static void
prepare (Fit *fit)
{
  NvRng rng;
  fit->weights = nv_i_executor_weights (fit->executor, &fit->n_weights);
  fit->gradients = nv_i_executor_gradients (fit->executor);
  fit->statistics = nv_i_executor_statistics (fit->executor, &fit->n_statistics);
  fit->momentum = g_new0 (float, fit->n_weights);
  fit->labels = g_new (guint8, fit->opt->batch);
  fit->order = g_new (guint32, fit->images->n[NV_PART_TRAINING]);
  fit->result.validation = g_new0 (double, fit->opt->epochs);
  fit->result.test = NAN;
  nv_rng_init (&rng, (guint64) fit->opt->seed, "weights", 0);
  nv_i_executor_draw (fit->executor, &rng);
}

static void
clear (Fit *fit)
{
  nv_i_executor_free (fit->executor);
  nv_i_trained_clear (&fit->result);
  g_free (fit->momentum);
  g_free (fit->labels);
  g_free (fit->order);
  g_free (fit->key);
}

gboolean
nv_i_train_available (GError **error)
{
  (void) error;
  return TRUE;
}

typedef struct {
  const NvSpace *space;
  const NvCell *cell;
  const NvNetwork *network;
  const NvImages *images;
  NvTrainWatch watch;
  gpointer data;
} Job;

/* The training of this number, from 1. */
static gboolean
train_once (NvTrained *out, const Job *job, const NvTrainOptions *options, guint training,
            const char *checkpoint, GError **error)
{
  Fit fit = { .opt = options, .images = job->images, .network = job->network };
  fit.executor = nv_i_executor_new (job->network, (guint) options->batch, error);
  if (fit.executor == NULL)
    return FALSE;
  prepare (&fit);
  fit.key = key_of (job->space, job->cell, options, job->images);
  fit.result.training = training;
  fit.result.parameters = nv_i_network_parameters (job->network);
  fit.result.madds = nv_i_network_madds (job->network);
  gboolean ok = checkpoint == NULL || !g_file_test (checkpoint, G_FILE_TEST_EXISTS)
                || load (&fit, checkpoint, error);
  ok = ok && run_epochs (&fit, checkpoint, job->watch, job->data, error);
  if (ok) {
    *out = fit.result;
    fit.result.validation = NULL;
  }
  clear (&fit);
  return ok;
}

/* Puts a further training into the means of those before; one that has diverged stands alone. */
static void
join (NvTrained *all, NvTrained *next)
{
  const double n = next->training;
  next->seconds += all->seconds;
  for (guint e = 0; n > 1 && e < next->epochs && !next->diverged; e++)
    next->validation[e] = all->validation[e] + (next->validation[e] - all->validation[e]) / n;
  if (n > 1)
    next->test = all->test + (next->test - all->test) / n;
  next->each = g_steal_pointer (&all->each);
  nv_i_trained_clear (all);
  *all = *next;
}

static gboolean
train_all (NvTrained *out, const Job *job, const NvTrainOptions *options,
           const char *checkpoint, GError **error)
{
  const gsize epochs = (gsize) options->epochs;
  out->each = g_new (double, (gsize) options->trainings * (epochs + 1));
  for (guint t = 1; t <= (guint) options->trainings && !out->diverged; t++) {
    NvTrained next;
    NvTrainOptions own = *options;
    double *figures = out->each + (t - 1) * (epochs + 1);
    g_autofree char *file = t == 1 ? g_strdup (checkpoint)
                            : checkpoint != NULL ? g_strdup_printf ("%s.%u", checkpoint, t)
                                                 : NULL;
    own.seed += (int) t - 1;
    own.trainings = 1;
    if (!train_once (&next, job, &own, t, file, error))
      return FALSE;
    memcpy (figures, next.validation, epochs * sizeof *figures);
    figures[epochs] = next.test;
    join (out, &next);
  }
  return TRUE;
}

gboolean
nv_i_train_cell (NvTrained *out, const NvSpace *space, const NvCell *cell,
                 const NvTrainOptions *options, const NvImages *images,
                 const char *checkpoint, NvTrainWatch watch, gpointer data,
                 GError **error)
{
  g_autoptr (NvNetwork) network = nv_i_train_network (space, cell, options, images, error);
  if (network == NULL)
    return FALSE;
  const Job job = { space, cell, network, images, watch, data };
  NvTrained all = { 0 };
  if (!train_all (&all, &job, options, checkpoint, error)) {
    nv_i_trained_clear (&all);
    return FALSE;
  }
  *out = all;
  return TRUE;
}
