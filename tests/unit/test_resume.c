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
  return g_test_run ();
}
