/* How well the scores of a few cells tell those of the others: regressions on the embedding, in
 * one unit for all its dimensions, as distances in it are what kernels and neighbours go by and
 * a dimension that the encoder hardly uses must not count like the others. An encoder that labels
 * have trained is trained anew on the labels of each draw, so that what is tested is what it has
 * not seen. */
#include <math.h>
#include <string.h>

#include "measure/measure.h"
#include "stats/regress.h"
#include "stats/stats.h"

static const NvRegress models[NV_MODELS] = {
  [NV_MODEL_GP] = nv_i_regress_gp, [NV_MODEL_RIDGE] = nv_i_regress_ridge,
  [NV_MODEL_KNN] = nv_i_regress_knn,
};

/* The cells that have both scores. */
typedef struct {
  gsize n, D;
  double *x;                 /* [n x D] scaled */
  double *observed, *tested; /* [n] */
  guint32 *cell;             /* [n] place in the sample */
  const NvSample *sample;
  const guint *labels;
  guint repeats;
  guint64 seed;
  double *figure;            /* [labels x repeats x NV_MODELS x NV_AGREEMENTS] */
} Job;

/* --- the data ------------------------------------------------------------------------- */

/* To mean 0 in each dimension and, in the mean over those that vary, variance 1. */
static void
standardise (double *x, gsize n, gsize D)
{
  double sum = 0;
  gsize varying = 0;
  for (gsize d = 0; d < D; d++) {
    double mean = 0, square = 0;
    for (gsize i = 0; i < n; i++)
      mean += x[i * D + d] / (double) n;
    for (gsize i = 0; i < n; i++)
      square += (x[i * D + d] - mean) * (x[i * D + d] - mean) / (double) n;
    const gboolean varies = sqrt (square) > 1e-6 * fabs (mean);
    for (gsize i = 0; i < n; i++)
      x[i * D + d] = varies ? x[i * D + d] - mean : 0;
    sum += varies ? square : 0;
    varying += varies;
  }
  const double scale = sum > 0 ? sqrt ((double) varying / sum) : 0;
  for (gsize i = 0; i < n * D; i++)
    x[i] *= scale;
}

static void
open_job (Job *job, const NvSample *s)
{
  job->D = s->D;
  job->x = g_new (double, s->n * s->D);
  job->observed = g_new (double, s->n);
  job->tested = g_new (double, s->n);
  job->cell = g_new (guint32, s->n);
  for (gsize i = 0; i < s->n; i++) {
    if (!isfinite (s->observed[i]) || !isfinite (s->tested[i]))
      continue;
    job->observed[job->n] = s->observed[i];
    job->tested[job->n] = s->tested[i];
    job->cell[job->n] = (guint32) i;
    for (gsize d = 0; d < s->D; d++)
      job->x[job->n * s->D + d] = (double) s->x[i * s->D + d];
    job->n++;
  }
  standardise (job->x, job->n, job->D);
}

static void
close_job (Job *job)
{
  g_free (job->x);
  g_free (job->observed);
  g_free (job->tested);
  g_free (job->cell);
  g_free (job->figure);
}

/* --- one draw ------------------------------------------------------------------------- */

/* The job's cells in another order. */
static void
reorder (Job *out, const Job *job, const guint32 *order)
{
  *out = *job;
  out->x = g_new (double, job->n * job->D);
  out->observed = g_new (double, job->n);
  out->tested = g_new (double, job->n);
  out->cell = g_new (guint32, job->n);
  for (gsize i = 0; i < job->n; i++) {
    memcpy (out->x + i * job->D, job->x + order[i] * job->D, job->D * sizeof *out->x);
    out->observed[i] = job->observed[order[i]];
    out->tested[i] = job->tested[order[i]];
    out->cell[i] = job->cell[order[i]];
  }
  out->figure = NULL;
}

/* x of an encoder that is trained on the first `labels` cells of the job. */
static void
train (Job *job, gsize labels, gsize repeat)
{
  const NvSample *sample = job->sample;
  g_autoptr (GError) error = NULL;
  NvRng rng;
  /* The same plugin was opened with the same options before. */
  g_autoptr (NvEncoder) encoder
      = nv_i_encoder_again (sample->start, job->seed, repeat + 1, &error);
  if (encoder == NULL)
    g_error ("%s", error->message);
  nv_rng_init (&rng, job->seed, "measure training", repeat);
  nv_i_labels_train (encoder, sample->cells, job->cell, job->observed, labels, &rng);
  g_autofree nv_real *x = g_new (nv_real, sample->n * job->D);
  nv_i_encoder_embed (encoder, sample->cells, 0, sample->n, x);
  for (gsize i = 0; i < job->n; i++)
    for (gsize d = 0; d < job->D; d++)
      job->x[i * job->D + d] = (double) x[job->cell[i] * job->D + d];
  standardise (job->x, job->n, job->D);
}

static double
defined (double correlation)
{
  return isnan (correlation) ? 0 : correlation;
}

static gsize
top (gsize n, double share)
{
  return MAX ((gsize) (share * (double) n + 0.5), 1);
}

static void
compare (double *figure, const double *predicted, const double *observed, const double *tested,
         gsize n)
{
  double square = 0;
  for (gsize i = 0; i < n; i++)
    square += (predicted[i] - observed[i]) * (predicted[i] - observed[i]);
  figure[NV_AGREE_KENDALL] = defined (nv_i_kendall (predicted, tested, n));
  figure[NV_AGREE_SPEARMAN] = defined (nv_i_spearman (predicted, tested, n));
  figure[NV_AGREE_PEARSON] = defined (nv_i_pearson (predicted, tested, n));
  figure[NV_AGREE_RMSE] = sqrt (square / (double) n);
  figure[NV_AGREE_TOP1] = nv_i_top_precision (predicted, tested, n, top (n, 0.01));
  figure[NV_AGREE_TOP5] = nv_i_top_precision (predicted, tested, n, top (n, 0.05));
}

/* Task = (labels, repeat). A repeat has one order of the cells: its smaller sets of labels are
 * parts of its larger ones. */
static void
run_draw (void *data, gsize task)
{
  Job *job = data;
  const gsize labels = job->labels[task / job->repeats], rest = job->n - labels;
  g_autofree guint32 *order = g_new (guint32, job->n);
  g_autofree double *predicted = g_new (double, rest);
  NvRng rng;
  Job drawn;
  nv_rng_init (&rng, job->seed, "measure labels", task % job->repeats);
  for (gsize i = 0; i < job->n; i++)
    order[i] = (guint32) i;
  nv_rng_shuffle (&rng, order, job->n);
  reorder (&drawn, job, order);
  if (job->sample->start != NULL)
    train (&drawn, labels, task % job->repeats);
  for (gsize m = 0; m < NV_MODELS; m++) {
    models[m](predicted, drawn.x + labels * job->D, rest, drawn.x, drawn.observed, labels,
              job->D);
    compare (job->figure + (task * NV_MODELS + m) * NV_AGREEMENTS, predicted,
             drawn.observed + labels, drawn.tested + labels, rest);
  }
  close_job (&drawn);
}

/* --- all draws ------------------------------------------------------------------------ */

static void
summarise (NvPredictive *out, const Job *job, gsize set)
{
  g_autofree double *value = g_new (double, job->repeats);
  *out = (NvPredictive){ .labels = job->labels[set], .tested = job->n - job->labels[set] };
  for (gsize f = 0; f < NV_MODELS * NV_AGREEMENTS; f++) {
    for (gsize r = 0; r < job->repeats; r++)
      value[r] = job->figure[(set * job->repeats + r) * NV_MODELS * NV_AGREEMENTS + f];
    out->mean[f / NV_AGREEMENTS][f % NV_AGREEMENTS] = nv_i_mean (value, job->repeats);
    out->sd[f / NV_AGREEMENTS][f % NV_AGREEMENTS] = nv_i_sd (value, job->repeats);
  }
}

/* Two labels at least, and as many cells to test on. */
static gboolean
check_labels (const Job *job, guint count, GError **error)
{
  if (job->n < 4) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "prediction: %" G_GSIZE_FORMAT " cells have a score; at least 4 are needed",
                 job->n);
    return FALSE;
  }
  for (guint k = 0; k < count; k++)
    if (job->labels[k] < 2 || job->labels[k] > job->n / 2) {
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                   "prediction: %u labels, but %" G_GSIZE_FORMAT " cells have a score; allowed "
                   "are 2 to %" G_GSIZE_FORMAT ", half of them", job->labels[k], job->n,
                   job->n / 2);
      return FALSE;
    }
  return TRUE;
}

gboolean
nv_i_measure_prediction (const NvSample *sample, const guint *labels, guint count, guint repeats,
                         guint64 seed, NvPredictive *out, GError **error)
{
  g_return_val_if_fail (sample->observed != NULL && repeats >= 1, FALSE);
  Job job = { .sample = sample, .labels = labels, .repeats = repeats, .seed = seed };
  open_job (&job, sample);
  gboolean ok = check_labels (&job, count, error);
  if (ok) {
    job.figure = g_new (double, (gsize) count * repeats * NV_MODELS * NV_AGREEMENTS);
    nv_team_run (sample->encoder->team, (gsize) count * repeats, run_draw, &job);
    for (guint k = 0; k < count; k++)
      summarise (&out[k], &job, k);
  }
  close_job (&job);
  return ok;
}
