/* nasvec train: the network of one cell, with progress. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plugin/instance.h"
#include "plugin/options.h"
#include "train/fit.h"

static const char usage[]
  = "usage: nasvec train space=NAME cell=CELL [checkpoint=FILE] [space.KEY=VALUE ...]\n"
    "                    [KEY=VALUE ...]\n"
    "\n"
    "Trains the network of one cell and prints its accuracy after each epoch. With a\n"
    "checkpoint, which is written after each epoch, it goes on where it was stopped.\n"
    "space.KEY is an option of the space; the others are those of the training:\n"
    "\n";

typedef struct {
  const char *space, *cell, *checkpoint;
  NvTrainOptions *options;
} Job;

/* The job's own keys, and the rest as options of the training. */
static gboolean
read_job (Job *job, int argc, char **argv, GError **error)
{
  const NvCliKey own[] = { { "space", &job->space }, { "cell", &job->cell },
                           { "checkpoint", &job->checkpoint }, { NULL, NULL } };
  g_autoptr (GVariant) options
    = nv_i_cli_read_pairs (own, nv_i_train_params, argc, argv, error);
  if (options == NULL)
    return FALSE;
  job->options = nv_i_options_new (nv_i_train_params, sizeof *job->options,
                                   &nv_i_train_defaults, options, "train", error);
  return job->options != NULL;
}

static gboolean
show (const NvTrained *so_far, double loss, gpointer data)
{
  const Job *job = data;
  const double seen = (double) job->options->images * so_far->epochs;
  const double accuracy = so_far->validation[so_far->epochs - 1];
  if (job->options->trainings > 1)
    printf ("training %u of %d   ", so_far->training, job->options->trainings);
  printf ("epoch %3u of %d   loss %.4f   ", so_far->epochs, job->options->epochs, loss);
  if (!isnan (accuracy))
    printf ("validation %.2f %%   ", 100 * accuracy);
  printf ("%.1f s   %.0f images/s\n", so_far->seconds, seen / so_far->seconds);
  fflush (stdout);
  return TRUE;
}

static gboolean
run_job (Job *job, int argc, char **argv, GError **error)
{
  NvCell cell;
  NvTrained trained;
  const NvTrainOptions *opt = job->options;
  g_autoptr (NvSpace) space = nv_i_cli_space (job->space, argc, argv, error);
  if (space == NULL || !nv_space_parse (space, job->cell, &cell, error))
    return FALSE;
  g_autoptr (NvImages) images = nv_i_train_images (opt, error);
  if (images == NULL
      || !nv_i_train_cell (&trained, space, &cell, opt, images, job->checkpoint, show, job,
                           error))
    return FALSE;
  if (trained.diverged)
    printf ("diverged in epoch %u: the loss, a weight or an output is not finite\n",
            MIN (trained.epochs + 1, (guint) opt->epochs));
  else
    printf ("test %.2f %%   ", 100 * trained.test);
  printf ("%" G_GUINT64_FORMAT " parameters   %" G_GUINT64_FORMAT
          " multiply-adds   %.1f s\n", trained.parameters, trained.madds, trained.seconds);
  nv_i_trained_clear (&trained);
  return TRUE;
}

int
nv_i_cli_train (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  Job job = { 0 };
  if (argc >= 2 && strcmp (argv[1], "--help") == 0) {
    g_autofree char *help
      = nv_i_params_help (nv_i_train_params, &nv_i_train_defaults, FALSE);
    printf ("%s%s", usage, help);
    return 0;
  }
  const gboolean ok
    = nv_i_cli_utf8 (argc, argv, &error) && read_job (&job, argc, argv, &error);
  if (ok && (job.space == NULL || job.cell == NULL)) {
    nv_i_options_free (nv_i_train_params, job.options);
    fprintf (stderr, "nasvec train: space= and cell= are needed; see `nasvec train --help`\n");
    return 2;
  }
  const gboolean done = ok && run_job (&job, argc, argv, &error);
  if (ok)
    nv_i_options_free (nv_i_train_params, job.options);
  return done ? 0 : nv_i_cli_fail (error);
}
