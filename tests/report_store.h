/* Stores for the tests of reports, filled with plain SQL. */
#ifndef REPORT_STORE_H
#define REPORT_STORE_H

#include <glib/gstdio.h>
#include <math.h>

#include "report/data.h"
#include "study/store.h"

/* A folder of files and folders, with all that is in it. */
static inline void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *inner = g_build_filename (path, name, NULL);
    if (g_file_test (inner, G_FILE_TEST_IS_DIR))
      remove_folder (inner);
    else
      g_remove (inner);
  }
  g_rmdir (path);
}

/* The report of all arms of a store. */
static inline NvReport *
report_of (const char *file)
{
  g_autoptr (GError) error = NULL;
  NvReport *report = nv_i_report_load (file, NULL, &error);
  g_assert_no_error (error);
  return report;
}

static inline void
store_sql (sqlite3 *db, const char *sql)
{
  char *message = NULL;
  if (sqlite3_exec (db, sql, NULL, NULL, &message) != SQLITE_OK)
    g_error ("%s: %s", sql, message);
}

static inline NvStore *
store_new (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_remove (file);
  NvStore *store = nv_i_store_open (file, &error);
  g_assert_no_error (error);
  store_sql (nv_i_store_handle (store), "BEGIN");
  return store;
}

static inline void
store_close (NvStore *store)
{
  store_sql (nv_i_store_handle (store), "COMMIT");
  nv_i_store_close (store);
}

static inline void
store_arm (sqlite3 *db, int id, const char *label, const char *benchmark,
           const char *encoder, const char *searcher)
{
  char *sql =
      sqlite3_mprintf ("INSERT INTO arm VALUES (%d, %Q, %Q, %Q, %Q, 0, 1, 'mean', '{}')",
                       id, label, benchmark, encoder, searcher);
  store_sql (db, sql);
  sqlite3_free (sql);
}

/* Of an arm: JSON. */
static inline void
store_options (sqlite3 *db, int id, const char *options)
{
  char *sql = sqlite3_mprintf ("UPDATE arm SET options = %Q WHERE id = %d", options, id);
  store_sql (db, sql);
  sqlite3_free (sql);
}

static inline void
store_manifest (sqlite3 *db, const char *text)
{
  char *sql = sqlite3_mprintf ("INSERT OR REPLACE INTO meta VALUES ('manifest', %Q)", text);
  store_sql (db, sql);
  sqlite3_free (sql);
}

/* `reason` NULL: unfinished. */
static inline gint64
store_run (sqlite3 *db, int arm, int seed, const char *reason)
{
  gint64 id = (gint64) arm * 1000000 + seed;
  char *sql = sqlite3_mprintf ("INSERT INTO run VALUES (%lld, %d, %d, %Q, 3, 1);"
                               "INSERT INTO timing VALUES (%lld, 2.5)",
                               id, arm, seed, reason, id);
  store_sql (db, sql);
  sqlite3_free (sql);
  return id;
}

static inline void
bind_number (sqlite3_stmt *s, int place, double value)
{
  if (isnan (value))
    sqlite3_bind_null (s, place);
  else
    sqlite3_bind_double (s, place, value);
}

/* NAN: not known; a NAN score is a failure. */
static inline void
store_trial (sqlite3 *db, gint64 run, int step, const char *cell, double score,
             double test, double seconds)
{
  sqlite3_stmt *s = NULL;
  g_assert_cmpint (
      sqlite3_prepare_v2 (db, "INSERT INTO trial VALUES (?,?,?,?,?,?,?,?)", -1, &s, NULL),
      ==, SQLITE_OK);
  sqlite3_bind_int64 (s, 1, run);
  sqlite3_bind_int (s, 2, step);
  sqlite3_bind_text (s, 3, cell, -1, SQLITE_TRANSIENT);
  bind_number (s, 4, score);
  bind_number (s, 5, test);
  bind_number (s, 6, seconds);
  bind_number (s, 7, 1.25e6);
  sqlite3_bind_int (s, 8, isnan (score));
  g_assert_cmpint (sqlite3_step (s), ==, SQLITE_DONE);
  sqlite3_finalize (s);
}

/* A study of `tasks` benchmarks x `methods` x `seeds` x `cells` with invented scores:
 * method m comes nearer to .95, the faster the lower m is; the last one is "random". */
static inline void
store_study (const char *file, int tasks, int methods, int seeds, int cells)
{
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  GRand *rand = g_rand_new_with_seed (77);
  for (int t = 0, id = 1; t < tasks; t++)
    for (int m = 0; m < methods; m++, id++) {
      char *task = g_strdup_printf ("data set %d", t + 1);
      char *searcher = m == methods - 1 ? g_strdup ("random")
                                        : g_strdup_printf ("search%d", m);
      char *label = g_strdup_printf ("%s%svgae + %s", tasks > 1 ? task : "",
                                     tasks > 1 ? ": " : "", searcher);
      store_arm (db, id, label, task, "vgae", searcher);
      for (int s = 0; s < seeds; s++) {
        gint64 run = store_run (db, id, s, "budget");
        for (int i = 0; i < cells; i++) {
          double gap = 0.08 * exp (-i / (8.0 + 4 * m)) + 0.01 * g_rand_double (rand);
          store_trial (db, run, i, "cell", 0.95 - gap,
                       0.94 - gap + 0.002 * g_rand_double (rand),
                       100 * (1 + t) * (0.5 + g_rand_double (rand)));
        }
      }
      g_free (task);
      g_free (searcher);
      g_free (label);
    }
  g_rand_free (rand);
  store_close (store);
}

#endif
