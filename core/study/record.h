/* What a study writes into its store and reads back to go on. All functions may be called from
 * any thread; each is one transaction. */
#ifndef NV_RECORD_H
#define NV_RECORD_H

#include "study/store.h"

/* One prepared statement each; see record.c. */
enum { NV_SET_META, NV_GET_META, NV_ADD_ARM, NV_FIND_ARM, NV_NEXT_ARM, NV_ADD_RUN,
       NV_GET_REASON, NV_SET_REASON, NV_REOPEN, NV_ADD_TIMING, NV_ADD_TRIAL, NV_GET_TRIALS,
       NV_ADD_ENCODER, NV_STATEMENTS };

struct _NvStore {
  sqlite3 *db;
  char *file, *lock_file;
  int lock;
  gboolean owner, writable, made; /* made: there was no file before it was opened */
  GMutex mutex;
  sqlite3_stmt *statements[NV_STATEMENTS];
};

/* Sets the error for what SQLite just said; returns FALSE. `doing`: "a trial cannot be
 * recorded". */
NV_INTERNAL gboolean nv_i_store_failed (const NvStore *store, const char *doing,
                                        GError **error);
/* Statements without parameters; an open transaction is rolled back on error. */
NV_INTERNAL gboolean nv_i_store_exec (NvStore *store, const char *sql, const char *doing,
                                      GError **error);

/* The number that a query gives. */
NV_INTERNAL gboolean nv_i_store_number (NvStore *store, const char *sql, gint64 *value,
                                        GError **error);

/* A row of `arm`. */
typedef struct {
  const char *label, *benchmark, *encoder, *searcher, *noise;
  gboolean joint, percent;
  const char *options; /* canonical JSON */
} NvArmRow;

/* One row of `trial`. */
typedef struct {
  char *cell;
  NvOutcome outcome;
} NvTrial;

#define NV_RUNS_PER_ARM 1000000
#define NV_ENCODER_SEEDS 1000
static inline gint64
nv_i_run_id (gint64 arm, guint seed)
{
  return arm * NV_RUNS_PER_ARM + seed;
}

/* *value: NULL where there is no such key; g_free. */
NV_INTERNAL gboolean nv_i_store_get_meta (NvStore *store, const char *key, char **value,
                                          GError **error);
NV_INTERNAL gboolean nv_i_store_set_meta (NvStore *store, const char *key, const char *value,
                                          GError **error);

/* *id: 0 where there is no arm of that label, else *options is its JSON; g_free. */
NV_INTERNAL gboolean nv_i_store_find_arm (NvStore *store, const char *label, gint64 *id,
                                          char **options, GError **error);
/* *id: 0, the next number is taken; else the arm of that number, which has no trial, becomes
 * this. */
NV_INTERNAL gboolean nv_i_store_add_arm (NvStore *store, const NvArmRow *arm, gint64 *id,
                                         GError **error);
/* Runs of seeds first .. first + seeds - 1 that are not there yet. */
NV_INTERNAL gboolean nv_i_store_add_runs (NvStore *store, gint64 arm, guint first,
                                          guint seeds, GError **error);
NV_INTERNAL gboolean nv_i_store_add_encoder (NvStore *store, gint64 arm, gboolean cached,
                                             double wall, GError **error);

/* *reason: NULL where the run is unfinished; g_free. */
NV_INTERNAL gboolean nv_i_store_get_reason (NvStore *store, gint64 run, char **reason,
                                            GError **error);
/* A run that failed is unfinished again. */
NV_INTERNAL gboolean nv_i_store_reopen (NvStore *store, gint64 run, GError **error);
/* NvTrial, in order of steps; g_array_unref. NULL on error. */
NV_INTERNAL GArray *nv_i_store_trials (NvStore *store, gint64 run, GError **error);
NV_INTERNAL gboolean nv_i_store_add_trial (NvStore *store, gint64 run, guint step,
                                           const char *cell, const NvOutcome *outcome,
                                           GError **error);
/* Adds seconds to the timing of a run that is not finished. */
NV_INTERNAL gboolean nv_i_store_add_wall (NvStore *store, gint64 run, double wall, GError **error);
/* The run is over; `wall` seconds are added to its timing. */
NV_INTERNAL gboolean nv_i_store_finish (NvStore *store, gint64 run, const char *reason,
                                        guint duplicates, guint invalid, double wall,
                                        GError **error);

#endif
