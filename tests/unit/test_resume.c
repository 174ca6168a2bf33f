/* A study that was interrupted, by the user, by kill -9 or by a full disk, goes on and ends with
 * the very store that it would have had. */
#include "study_help.h"

#include <sys/resource.h>
#include <sys/wait.h>

static void
change_store (Place *p, const char *sql)
{
  g_autoptr (NvStore) store = nv_i_store_open (p->file, NULL);
  g_assert_true (nv_i_store_exec (store, sql, "test", NULL));
}

static char *
expected_dump (Place *p)
{
  g_autoptr (NvStudy) study = toy_study (p);
  study->workers = 1;
  run_study (study, p);
  char *text = dump (p->file);
  g_assert_cmpint (g_remove (p->file), ==, 0);
  g_atomic_int_set (&p->queries, 0);
  return text;
}

/* The study in a process of its own, which the benchmark kills in its query number `after`. */
static void
run_killed (Place *p, guint after)
{
  int status;
  pid_t child = fork ();
  if (child == 0) {
    g_autoptr (NvStudy) study = toy_study (p);
    p->kill_after = after;
    study->workers = 2;
    g_autoptr (GError) error = NULL;
    nv_i_study_run (study, NULL, &error);
    _exit (0);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
}

static void
test_killed (Place *p, gconstpointer data)
{
  g_autofree char *expected = expected_dump (p);
  const guint moments[] = { 1, 137, 470 };
  (void) data;
  for (gsize i = 0; i < G_N_ELEMENTS (moments); i++)
    for (guint workers = 1; workers <= 2; workers++) {
      g_autoptr (NvStudy) study = toy_study (p);
      study->workers = workers;
      p->queries = 0;
      run_killed (p, moments[i]);
      run_study (study, p);
      g_autofree char *text = dump (p->file);
      g_assert_cmpstr (text, ==, expected);
      g_assert_cmpuint (p->queries, <=, 480 - moments[i] + 3); /* the rest alone is new */
      g_remove (p->file);
    }
}

/* Killed again and again, always a little later. */
static void
test_killed_often (Place *p, gconstpointer data)
{
  g_autofree char *expected = expected_dump (p);
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  for (guint times = 0; times < 9; times++)
    run_killed (p, 25);
  run_study (study, p);
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

static void
test_cancelled (Place *p, gconstpointer data)
{
  g_autofree char *expected = expected_dump (p);
  (void) data;
  for (guint workers = 1; workers <= 2; workers++) {
    g_autoptr (NvStudy) study = toy_study (p);
    g_autoptr (GError) error = NULL;
    study->workers = workers;
    p->queries = 0;
    p->cancel_after = 99;
    g_assert_false (nv_i_study_run (study, p->cancel, &error));
    g_assert_error (error, NV_ERROR, NV_ERROR_CANCELLED);
    g_assert_nonnull (strstr (error->message, p->file));
    /* The query that was under way was finished; the other worker may have had more. */
    if (workers == 1)
      LOOKUP (p, "SELECT count (*) FROM trial", "99");
    else
      LOOKUP (p, "SELECT count (*) BETWEEN 99 AND 479 FROM trial", "1");
    /* Its time is kept, and what is left of the run adds to it. */
    if (workers == 1)
      LOOKUP (p, "SELECT count (*) FROM timing JOIN run ON id = run WHERE reason IS NULL", "1");
    change_store (p, "UPDATE timing SET wall = wall + 1000"
                     " WHERE run IN (SELECT id FROM run WHERE reason IS NULL)");
    g_cancellable_reset (p->cancel);
    run_study (study, p);
    LOOKUP (p, "SELECT max (wall) BETWEEN 1000 AND 1999 FROM timing", "1");
    g_autofree char *text = dump (p->file);
    g_assert_cmpstr (text, ==, expected);
    g_remove (p->file);
  }
}

/* Cancelled before the first trial: the store has all runs, unfinished. */
static void
test_cancelled_early (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  g_autoptr (GError) error = NULL;
  (void) data;
  study->seed = 30000 + (guint64) getpid (); /* not in the cache */
  g_cancellable_cancel (p->cancel);
  g_assert_false (nv_i_study_run (study, p->cancel, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_CANCELLED);
  g_assert_cmpuint (p->queries, ==, 0);
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason IS NULL", "12");
}

/* No room for the store: an error that says so, and what was recorded is kept. */
static void
test_no_room (Place *p, gconstpointer data)
{
  g_autofree char *expected = expected_dump (p);
  g_autoptr (NvStudy) study = toy_study (p);
  int status;
  pid_t child = fork ();
  (void) data;
  if (child == 0) {
    const struct rlimit limit = { 150000, 150000 };
    g_autoptr (GError) error = NULL;
    signal (SIGXFSZ, SIG_IGN);
    setrlimit (RLIMIT_FSIZE, &limit);
    gboolean ok = nv_i_study_run (study, NULL, &error);
    _exit (!ok && error->code == NV_ERROR_STORE && strstr (error->message, "make room") ? 0
                                                                                       : 1);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  LOOKUP (p, "SELECT count (*) > 3 AND count (*) < 480 FROM trial", "1");
  run_study (study, p);
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

/* --- stores that another search has made ----------------------------------------------------- */

static void
assert_refused (Place *p, const char *message)
{
  g_autoptr (NvStudy) study = toy_study (p);
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_i_study_run (study, NULL, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_STORE);
  if (strstr (error->message, message) == NULL)
    g_error ("'%s' is not in '%s'", message, error->message);
}

static void
test_other_search (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  run_study (study, p);
  change_store (p, "UPDATE run SET reason = NULL WHERE id = 4000001;"
                   "UPDATE trial SET cell = 'bab3' WHERE run = 4000001 AND step = 1");
  assert_refused (p, "arm 'script', seed 1, step 1: the store has bab3, but the searcher now "
                     "asks for aaa7");
  change_store (p, "UPDATE trial SET cell = 'aaa7' WHERE run = 4000001 AND step = 1;"
                   "DELETE FROM trial WHERE run = 4000001 AND step = 20");
  assert_refused (p, "damaged");
  change_store (p, "UPDATE meta SET value = '[3]' WHERE key = 'manifest'");
  assert_refused (p, "manifest is no object");
}

/* What came to nothing binds nobody: a store, or an arm, without a trial can be another. */
static void
test_corrected (Place *p, gconstpointer data)
{
  g_autofree char *expected = expected_dump (p);
  g_autoptr (NvStudy) wrong = toy_study (p), right = toy_study (p), twice = toy_study (p);
  g_autoptr (GError) error = NULL, twice_error = NULL;
  (void) data;
  wrong->seed++;
  wrong->seeds = 5;
  g_ptr_array_set_size (wrong->arms, 2);
  nv_i_study_add (wrong, "script", p->benchmark, "toyenc", NULL, -1, "toyscript",
                  option ("cells", g_variant_new_string ("abc5")));
  nv_i_study_add (wrong, "misnamed", p->benchmark, "toyfixed", NULL, -1, "toyscript", NULL);
  g_cancellable_cancel (p->cancel);
  g_assert_false (nv_i_study_run (wrong, p->cancel, &error));
  LOOKUP (p, "SELECT count (*) FROM run", "20");
  g_cancellable_reset (p->cancel);
  run_study (right, p);
  LOOKUP (p, "SELECT count (*) FROM arm JOIN run ON run.arm = arm.id", "12");
  /* The arms' numbers are those of the first attempt. */
  LOOKUP (p, "SELECT group_concat (label) FROM (SELECT label FROM arm ORDER BY label)",
          "fresh,frozen,joint,script");
  nv_i_study_add (twice, "again", p->benchmark, "toyenc", NULL, 1, "toyjoint", NULL);
  g_assert_false (nv_i_study_run (twice, NULL, &twice_error));
  g_assert_nonnull (strstr (twice_error->message, "arm 'again' is the same as arm 'joint'"));
  g_remove (p->file);
  run_study (right, p);
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

/* Killed as the store was begun: a database without tables. */
static void
test_begun (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  sqlite3 *db = NULL;
  (void) data;
  g_assert_cmpint (sqlite3_open (p->file, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  g_autofree char *bytes = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (p->file, &bytes, &length, NULL));
  g_assert_cmpuint (length, >, 0);
  run_study (study, p);
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason IS NOT NULL", "12");
}

/* A run that failed is not finished while it is made again. */
static void
test_failed (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  g_autoptr (GError) error = NULL, stopped = NULL;
  (void) data;
  study->workers = 1;
  p->fail_after = 100;
  g_assert_false (nv_i_study_run (study, NULL, &error));
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason LIKE 'failed: %'", "1");
  p->fail_after = 0;
  g_cancellable_cancel (p->cancel);
  g_assert_false (nv_i_study_run (study, p->cancel, &stopped));
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason IS NULL", "1");
  g_cancellable_reset (p->cancel);
  run_study (study, p);
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason IS NOT NULL", "12");
}

#define ADD(name, test) g_test_add ("/resume/" name, Place, NULL, enter, test, leave)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  accept_toys ();
  ADD ("killed", test_killed);
  ADD ("killed-often", test_killed_often);
  ADD ("cancelled", test_cancelled);
  ADD ("cancelled-early", test_cancelled_early);
  ADD ("no-room", test_no_room);
  ADD ("other-search", test_other_search);
  ADD ("corrected", test_corrected);
  ADD ("failed", test_failed);
  ADD ("begun", test_begun);
  return g_test_run ();
}
