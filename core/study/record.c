/* What a study writes into its store, through prepared statements. */
#include <math.h>

#include "study/query.h"
#include "study/record.h"

static const char *const sql[NV_STATEMENTS] = {
  [NV_SET_META] = "INSERT INTO meta (key, value) VALUES (?1, ?2)"
                  " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
  [NV_GET_META] = "SELECT value FROM meta WHERE key = ?1",
  [NV_ADD_ARM] = "INSERT INTO arm (id, label, benchmark, encoder, searcher, joint, percent,"
                 " noise, options) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
                 " ON CONFLICT (id) DO UPDATE SET label = excluded.label,"
                 " benchmark = excluded.benchmark, encoder = excluded.encoder,"
                 " searcher = excluded.searcher, joint = excluded.joint,"
                 " percent = excluded.percent, noise = excluded.noise, options = excluded.options",
  [NV_FIND_ARM] = "SELECT id, options FROM arm WHERE label = ?1",
  [NV_NEXT_ARM] = "SELECT coalesce (max (id), 0) + 1 FROM arm",
  [NV_ADD_RUN] = "INSERT INTO run (id, arm, seed) VALUES (?1, ?2, ?3)"
                 " ON CONFLICT (id) DO NOTHING",
  [NV_GET_REASON] = "SELECT reason FROM run WHERE id = ?1",
  [NV_SET_REASON] = "UPDATE run SET reason = ?2, duplicates = ?3, invalid = ?4 WHERE id = ?1",
  [NV_REOPEN] = "UPDATE run SET reason = NULL, duplicates = NULL, invalid = NULL WHERE id = ?1",
  [NV_ADD_TIMING] = "INSERT INTO timing (run, wall) VALUES (?1, ?2)"
                    " ON CONFLICT (run) DO UPDATE SET wall = wall + excluded.wall",
  [NV_ADD_TRIAL] = "INSERT INTO trial (run, step, cell, score, test, seconds, parameters,"
                   " failed) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
  [NV_GET_TRIALS] = "SELECT step, cell, score, test, seconds, parameters, failed FROM trial"
                    " WHERE run = ?1 ORDER BY step",
  [NV_ADD_ENCODER] = "INSERT INTO encoder (arm, cached, wall) VALUES (?1, ?2, ?3)"
                     " ON CONFLICT (arm) DO NOTHING", /* the first call made it */
};

/* Ready to be bound; NULL with error. */
static sqlite3_stmt *
statement (NvStore *store, guint which, GError **error)
{
  sqlite3_stmt **s = &store->statements[which];
  if (*s == NULL
      && sqlite3_prepare_v3 (store->db, sql[which], -1, SQLITE_PREPARE_PERSISTENT, s, NULL)
             != SQLITE_OK)
    nv_i_store_failed (store, "cannot be used", error);
  return *s;
}

/* Runs a statement that returns no row. */
static gboolean
finish (NvStore *store, sqlite3_stmt *s, const char *doing, GError **error)
{
  gboolean ok = sqlite3_step (s) == SQLITE_DONE;
  if (!ok)
    nv_i_store_failed (store, doing, error);
  sqlite3_reset (s);
  return ok;
}

static void
bind_text (sqlite3_stmt *s, int place, const char *text)
{
  sqlite3_bind_text (s, place, text, -1, SQLITE_STATIC);
}

/* NAN, and what SQLite has no number for, becomes NULL. */
static void
bind_number (sqlite3_stmt *s, int place, double x)
{
  if (isfinite (x))
    sqlite3_bind_double (s, place, x);
  else
    sqlite3_bind_null (s, place);
}

static char *
column_text (sqlite3_stmt *s, int column)
{
  return g_strdup (nv_i_column_text (s, column));
}

/* The one row of a query whose key is bound: TRUE where there is one; *ok: no error. */
static gboolean
first_row (NvStore *store, sqlite3_stmt *s, gboolean *ok, GError **error)
{
  int code = sqlite3_step (s);
  *ok = code == SQLITE_ROW || code == SQLITE_DONE;
  if (!*ok)
    nv_i_store_failed (store, "cannot be read", error);
  return code == SQLITE_ROW;
}

/* --- definition --------------------------------------------------------------------------- */

gboolean
nv_i_store_get_meta (NvStore *store, const char *key, char **value, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_GET_META, error);
  gboolean ok = FALSE;
  if (s == NULL)
    return FALSE;
  bind_text (s, 1, key);
  *value = first_row (store, s, &ok, error) ? column_text (s, 0) : NULL;
  sqlite3_reset (s);
  return ok;
}

gboolean
nv_i_store_set_meta (NvStore *store, const char *key, const char *value, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_SET_META, error);
  if (s == NULL)
    return FALSE;
  bind_text (s, 1, key);
  bind_text (s, 2, value);
  return finish (store, s, "the study cannot be recorded", error);
}

gboolean
nv_i_store_find_arm (NvStore *store, const char *label, gint64 *id, char **options,
                     GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_FIND_ARM, error);
  gboolean ok = FALSE;
  if (s == NULL)
    return FALSE;
  bind_text (s, 1, label);
  gboolean found = first_row (store, s, &ok, error);
  *id = found ? sqlite3_column_int64 (s, 0) : 0;
  *options = found ? column_text (s, 1) : NULL;
  sqlite3_reset (s);
  return ok;
}

static gboolean
next_arm (NvStore *store, gint64 *id, GError **error)
{
  sqlite3_stmt *s = statement (store, NV_NEXT_ARM, error);
  gboolean ok = FALSE;
  if (s == NULL)
    return FALSE;
  if (first_row (store, s, &ok, error))
    *id = sqlite3_column_int64 (s, 0);
  sqlite3_reset (s);
  return ok;
}

gboolean
nv_i_store_add_arm (NvStore *store, const NvArmRow *arm, gint64 *id, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_ADD_ARM, error);
  if (s == NULL || (*id == 0 && !next_arm (store, id, error)))
    return FALSE;
  sqlite3_bind_int64 (s, 1, *id);
  bind_text (s, 2, arm->label);
  bind_text (s, 3, arm->benchmark);
  bind_text (s, 4, arm->encoder);
  bind_text (s, 5, arm->searcher);
  sqlite3_bind_int (s, 6, arm->joint != FALSE);
  sqlite3_bind_int (s, 7, arm->percent != FALSE);
  bind_text (s, 8, arm->noise);
  bind_text (s, 9, arm->options);
  return finish (store, s, "an arm cannot be recorded", error);
}

gboolean
nv_i_store_add_runs (NvStore *store, gint64 arm, guint first, guint seeds, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_ADD_RUN, error);
  for (guint seed = first; s != NULL && seed < first + seeds; seed++) {
    sqlite3_bind_int64 (s, 1, nv_i_run_id (arm, seed));
    sqlite3_bind_int64 (s, 2, arm);
    sqlite3_bind_int64 (s, 3, seed);
    if (!finish (store, s, "a run cannot be recorded", error))
      return FALSE;
  }
  return s != NULL;
}

gboolean
nv_i_store_add_encoder (NvStore *store, gint64 arm, gboolean cached, double wall,
                        GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_ADD_ENCODER, error);
  if (s == NULL)
    return FALSE;
  sqlite3_bind_int64 (s, 1, arm);
  sqlite3_bind_int (s, 2, cached != FALSE);
  bind_number (s, 3, wall);
  return finish (store, s, "an encoder cannot be recorded", error);
}

/* --- runs --------------------------------------------------------------------------------- */

gboolean
nv_i_store_get_reason (NvStore *store, gint64 run, char **reason, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_GET_REASON, error);
  gboolean ok = FALSE;
  if (s == NULL)
    return FALSE;
  sqlite3_bind_int64 (s, 1, run);
  *reason = first_row (store, s, &ok, error) ? column_text (s, 0) : NULL;
  sqlite3_reset (s);
  return ok;
}

gboolean
nv_i_store_reopen (NvStore *store, gint64 run, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_REOPEN, error);
  if (s == NULL)
    return FALSE;
  sqlite3_bind_int64 (s, 1, run);
  return finish (store, s, "a run cannot be taken up", error);
}

static void
clear_trial (gpointer data)
{
  g_free (((NvTrial *) data)->cell);
}

static gboolean
append_trial (NvStore *store, sqlite3_stmt *s, GArray *trials, GError **error)
{
  NvTrial trial = {
    .cell = column_text (s, 1),
    .outcome = { nv_i_column_number (s, 2), nv_i_column_number (s, 3),
                 nv_i_column_number (s, 4), nv_i_column_number (s, 5),
                 sqlite3_column_int (s, 6) },
  };
  gint64 step = sqlite3_column_int64 (s, 0);
  if (step == trials->len && trial.cell != NULL) {
    g_array_append_val (trials, trial);
    return TRUE;
  }
  g_free (trial.cell);
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "%s: damaged: a run has step %" G_GINT64_FORMAT " after %u trials",
               store->file, step, trials->len);
  return FALSE;
}

GArray *
nv_i_store_trials (NvStore *store, gint64 run, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  g_autoptr (GArray) trials = g_array_new (FALSE, FALSE, sizeof (NvTrial));
  sqlite3_stmt *s = statement (store, NV_GET_TRIALS, error);
  gboolean ok = s != NULL;
  int code = SQLITE_DONE;
  if (!ok)
    return NULL;
  g_array_set_clear_func (trials, clear_trial);
  sqlite3_bind_int64 (s, 1, run);
  while (ok && (code = sqlite3_step (s)) == SQLITE_ROW)
    ok = append_trial (store, s, trials, error);
  if (ok && code != SQLITE_DONE)
    ok = nv_i_store_failed (store, "cannot be read", error);
  sqlite3_reset (s);
  return ok ? g_steal_pointer (&trials) : NULL;
}

gboolean
nv_i_store_add_trial (NvStore *store, gint64 run, guint step, const char *cell,
                      const NvOutcome *outcome, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_ADD_TRIAL, error);
  if (s == NULL)
    return FALSE;
  sqlite3_bind_int64 (s, 1, run);
  sqlite3_bind_int64 (s, 2, step);
  bind_text (s, 3, cell);
  bind_number (s, 4, outcome->score);
  bind_number (s, 5, outcome->test);
  bind_number (s, 6, outcome->seconds);
  bind_number (s, 7, outcome->parameters);
  sqlite3_bind_int (s, 8, outcome->failed != FALSE);
  return finish (store, s, "a trial cannot be recorded", error);
}

gboolean
nv_i_store_add_wall (NvStore *store, gint64 run, double wall, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *s = statement (store, NV_ADD_TIMING, error);
  if (s == NULL)
    return FALSE;
  sqlite3_bind_int64 (s, 1, run);
  bind_number (s, 2, wall);
  return finish (store, s, "the time of a run cannot be recorded", error);
}

gboolean
nv_i_store_finish (NvStore *store, gint64 run, const char *reason, guint duplicates,
                   guint invalid, double wall, GError **error)
{
  const char *doing = "the end of a run cannot be recorded";
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&store->mutex);
  sqlite3_stmt *set = statement (store, NV_SET_REASON, error);
  sqlite3_stmt *time = set != NULL ? statement (store, NV_ADD_TIMING, error) : NULL;
  if (time == NULL || !nv_i_store_exec (store, "BEGIN IMMEDIATE", doing, error))
    return FALSE;
  sqlite3_bind_int64 (set, 1, run);
  bind_text (set, 2, reason);
  sqlite3_bind_int64 (set, 3, duplicates);
  sqlite3_bind_int64 (set, 4, invalid);
  sqlite3_bind_int64 (time, 1, run);
  bind_number (time, 2, wall);
  if (finish (store, set, doing, error) && finish (store, time, doing, error))
    return nv_i_store_exec (store, "COMMIT", doing, error);
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}
