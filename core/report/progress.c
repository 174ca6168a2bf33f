#include "report/progress.h"

#include <math.h>

#include "report/text_table.h"
#include "study/query.h"

/* A run's cells and best observed score are found along the primary key of `trial`. */
static const char runs_sql[] =
    "SELECT arm.id, label, percent, run.id, reason, n, best FROM arm LEFT JOIN run ON "
    "run.arm = arm.id"
    " LEFT JOIN (SELECT run AS of, count(*) AS n, max(CASE WHEN failed THEN NULL ELSE "
    "score END)"
    " AS best FROM trial GROUP BY run) ON of = run.id ORDER BY arm.id, seed";

static void
free_arm (gpointer arm)
{
  g_free (((NvArmProgress *) arm)->label);
  g_free (arm);
}

/* What the rows of one arm add up to before the length of a run is known. */
typedef struct {
  gsize open_cells, closed_cells;
  guint scored;
  double sum;
} Sums;

static void
add_run (NvArmProgress *arm, Sums *sums, sqlite3_stmt *row)
{
  const char *reason = nv_i_column_text (row, 4);
  gsize cells = (gsize) sqlite3_column_int64 (row, 5);
  arm->runs++;
  arm->cells += cells;
  if (reason != NULL) {
    arm->finished++;
    arm->failed += nv_i_reason_failed (reason);
    arm->stalled += nv_i_reason_stalled (reason);
    sums->closed_cells += cells;
  } else
    sums->open_cells += cells;
  if (sqlite3_column_type (row, 6) == SQLITE_NULL)
    return;
  double best = sqlite3_column_double (row, 6);
  arm->best = sums->scored++ > 0 ? fmax (arm->best, best) : best;
  sums->sum += best;
}

/* A run that goes on counts as the part that its cells are of a finished run's; without a
 * finished one it cannot be told. */
static void
close_arm (NvArmProgress *arm, const Sums *sums)
{
  double length = arm->finished > 0 ? (double) sums->closed_cells / arm->finished : 0;
  double open = length > 0 ? (double) sums->open_cells / length : 0;
  double most = arm->runs - arm->finished;
  arm->share = arm->runs > 0 ? (arm->finished + fmin (open, most)) / arm->runs : 1;
  arm->mean = sums->scored > 0 ? sums->sum / sums->scored : NAN;
}

GPtrArray *
nv_i_progress_read (NvStore *store, GError **error)
{
  g_autoptr (GPtrArray) arms = g_ptr_array_new_with_free_func (free_arm);
  g_autoptr (NvQuery) query = nv_i_query (store, runs_sql, error);
  NvArmProgress *arm = NULL;
  Sums sums = { 0 };
  gint64 id = -1;
  while (nv_i_query_row (query)) {
    sqlite3_stmt *row = query->statement;
    if (arm == NULL || sqlite3_column_int64 (row, 0) != id) {
      if (arm != NULL)
        close_arm (arm, &sums);
      id = sqlite3_column_int64 (row, 0);
      sums = (Sums){ 0 };
      arm = g_new0 (NvArmProgress, 1);
      arm->label = g_strdup (nv_i_column_text (row, 1));
      arm->percent = sqlite3_column_int (row, 2) != 0;
      arm->best = NAN;
      g_ptr_array_add (arms, arm);
    }
    if (sqlite3_column_type (row, 3) != SQLITE_NULL)
      add_run (arm, &sums, row);
  }
  if (arm != NULL)
    close_arm (arm, &sums);
  return nv_i_query_done (query, error) ? g_steal_pointer (&arms) : NULL;
}

gboolean
nv_i_progress_done (const GPtrArray *arms)
{
  for (guint i = 0; i < arms->len; i++) {
    const NvArmProgress *arm = arms->pdata[i];
    if (arm->finished < arm->runs)
      return FALSE;
  }
  return arms->len > 0;
}

double
nv_i_progress_share (const GPtrArray *arms)
{
  double done = 0, all = 0;
  for (guint i = 0; i < arms->len; i++) {
    const NvArmProgress *arm = arms->pdata[i];
    done += arm->share * arm->runs;
    all += arm->runs;
  }
  return all > 0 ? done / all : 0;
}

/* --- the screen --------------------------------------------------------------------- */

static char *
bar_text (double share)
{
  GString *bar = g_string_new (NULL);
  int full = (int) floor (share * 20 + 1e-9);
  for (int i = 0; i < 20; i++)
    g_string_append (bar, i < full ? "█" : "░");
  return g_string_free (bar, FALSE);
}

static char *
score_text (const NvArmProgress *arm, double score)
{
  if (isnan (score))
    return g_strdup ("-");
  if (!arm->percent)
    return g_strdup_printf ("%.4g", score);
  return g_strdup_printf (fabs (score) < 1e10 ? "%.2f %%" : "%.4g %%", 100 * score);
}

static char *
time_text (double seconds)
{
  guint s = (guint) fmin (seconds, 1e9);
  if (s < 120)
    return g_strdup_printf ("%u s", s);
  return s < 7200 ? g_strdup_printf ("%u min", s / 60)
                  : g_strdup_printf ("%u h %u min", s / 3600, s / 60 % 60);
}

static void
append_head (GString *out, const GPtrArray *arms, const char *name, double eta)
{
  guint runs = 0, finished = 0;
  gsize cells = 0;
  for (guint i = 0; i < arms->len; i++) {
    const NvArmProgress *arm = arms->pdata[i];
    runs += arm->runs;
    finished += arm->finished;
    cells += arm->cells;
  }
  g_string_append_printf (out, "%s: %u of %u runs, %" G_GSIZE_FORMAT " cells", name,
                          finished, runs, cells);
  g_autofree char *left = isnan (eta) ? NULL : time_text (eta);
  if (nv_i_progress_done (arms))
    g_string_append (out, ", finished");
  else if (left != NULL)
    g_string_append_printf (out, ", about %s left", left);
  g_string_append (out, "\n\n");
}

char *
nv_i_progress_text (const GPtrArray *arms, const char *name, double eta, guint width)
{
  static const char *const head[]
      = { "arm", "progress", "runs", "failed", "stalled", "cells", "mean best", "best", NULL };
  g_autoptr (NvTextTable) table = nv_i_text_table_new (NULL, head);
  for (guint i = 0; i < arms->len; i++) {
    const NvArmProgress *arm = arms->pdata[i];
    char **row = g_new0 (char *, G_N_ELEMENTS (head));
    row[0] = g_strdup (arm->label);
    row[1] = bar_text (arm->share);
    row[2] = g_strdup_printf ("%u/%u", arm->finished, arm->runs);
    row[3] = g_strdup_printf ("%u", arm->failed);
    row[4] = g_strdup_printf ("%u", arm->stalled);
    row[5] = g_strdup_printf ("%" G_GSIZE_FORMAT, arm->cells);
    row[6] = score_text (arm, arm->mean);
    row[7] = score_text (arm, arm->best);
    nv_i_text_table_add (table, row);
  }
  GString *out = g_string_new (NULL);
  append_head (out, arms, name, eta);
  nv_i_text_table_plain (out, table, width);
  return g_string_free (out, FALSE);
}
