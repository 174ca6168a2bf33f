/* nasvec table: many cells of a space, trained one after the other. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "plugin/instance.h"
#include "plugin/options.h"
#include "train/table.h"

static const char usage[]
  = "usage: nasvec table space=NAME out=FILE [first=N] [workers=N] [space.KEY=VALUE ...]\n"
    "                    [KEY=VALUE ...]\n"
    "\n"
    "Trains the distinct cells of a space, or the first N of them in an order that is drawn\n"
    "once and for all, and appends a row to the CSV file for each. The same command goes on\n"
    "where it was stopped, also by kill -9. FILE.json says what the rows are. space.KEY is an\n"
    "option of the space; the others are those of the training:\n"
    "\n";

typedef struct {
  const char *space, *out;
  guint64 first, workers; /* 0: all cells; not told */
  int argc; /* for the options of the space */
  char **argv;
  GVariant *options; /* a{sv} */
  gsize before; /* rows that were there */
  gint64 start, shown;
} Request;

static void
clear_request (Request *request)
{
  g_clear_pointer (&request->options, g_variant_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, clear_request)

/* --- the command line ----------------------------------------------------------------- */

static gboolean
read_count (guint64 *out, const char *key, const char *text, guint64 most, GError **error)
{
  if (g_ascii_string_to_unsigned (text, 10, 1, most, out, NULL))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
               "%s = '%s'; allowed: whole numbers from 1 to %" G_GUINT64_FORMAT, key, text,
               most);
  return FALSE;
}

static gboolean
read_request (Request *request, int argc, char **argv, GError **error)
{
  const char *first = NULL, *workers = NULL;
  const NvCliKey own[] = { { "space", &request->space }, { "out", &request->out },
                           { "first", &first }, { "workers", &workers }, { NULL, NULL } };
  request->argc = argc;
  request->argv = argv;
  request->options = nv_i_cli_read_pairs (own, nv_i_train_params, argc, argv, error);
  return request->options != NULL
         && (first == NULL || read_count (&request->first, "first", first, 100000000, error))
         && (workers == NULL || read_count (&request->workers, "workers", workers, 1024, error));
}

/* --- the work ------------------------------------------------------------------------- */

/* Every row on a terminal, a line each minute elsewhere. */
static void
show (gsize done, const NvTableJob *job, gpointer data)
{
  Request *request = data;
  const gint64 now = g_get_monotonic_time ();
  const gboolean terminal = isatty (STDOUT_FILENO);
  const gboolean first = request->start == 0, last = done == job->cells->count;
  if (first) {
    request->start = now;
    request->before = done;
  }
  if (!terminal && !first && !last && now - request->shown < 60 * G_USEC_PER_SEC)
    return;
  request->shown = now;
  const double seconds = (double) (now - request->start) / G_USEC_PER_SEC;
  printf ("%s%zu of %zu cells", terminal ? "\r" : "", done, job->cells->count);
  if (done > request->before) {
    const double each = seconds / (double) (done - request->before);
    const double left = each * (double) (job->cells->count - done);
    printf ("   %.2f s each   %.0f h %02.0f min to go ", each, floor (left / 3600),
            floor (fmod (left, 3600) / 60));
  }
  printf ("%s", terminal && !last ? "" : "\n");
  fflush (stdout);
}

static gboolean
train_cells (Request *request, const NvTrainOptions *options, GError **error)
{
  g_autoptr (NvSpace) space
    = nv_i_cli_space (request->space, request->argc, request->argv, error);
  if (space == NULL)
    return FALSE;
  g_autoptr (NvCells) cells = nv_i_table_cells (space, request->first, error);
  if (cells == NULL)
    return FALSE;
  g_autoptr (NvImages) images = nv_i_train_images (options, error);
  if (images == NULL)
    return FALSE;
  const NvTableJob job = {
    .space = space, .cells = cells, .options = options, .images = images,
    .file = request->out, .workers = request->workers > 0 ? (guint) request->workers : 1
  };
  return nv_i_table_train (&job, show, request, error);
}

int
nv_i_cli_table (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_auto (Request) request = { 0 };
  if (argc >= 2 && strcmp (argv[1], "--help") == 0) {
    g_autofree char *help
      = nv_i_params_help (nv_i_train_params, &nv_i_train_defaults, FALSE);
    printf ("%s%s", usage, help);
    return 0;
  }
  if (!nv_i_train_available (&error) || !nv_i_cli_utf8 (argc, argv, &error)
      || !read_request (&request, argc, argv, &error))
    return nv_i_cli_fail (error);
  if (request.space == NULL || request.out == NULL) {
    fprintf (stderr, "nasvec table: space= and out= are needed; see `nasvec table --help`\n");
    return 2;
  }
  NvTrainOptions *options
    = nv_i_options_new (nv_i_train_params, sizeof *options, &nv_i_train_defaults,
                        request.options, "table", &error);
  if (options == NULL)
    return nv_i_cli_fail (error);
  const gboolean ok = train_cells (&request, options, &error);
  nv_i_options_free (nv_i_train_params, options);
  return ok ? 0 : nv_i_cli_fail (error);
}
