/* A store: what goes in comes out; what cannot be used is refused and left as it was. */
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "study/record.h"

typedef struct {
  char *folder, *file;
} Place;

static void
enter (Place *p, gconstpointer data)
{
  (void) data;
  p->folder = g_dir_make_tmp ("nasvec-store-XXXXXX", NULL);
  p->file = g_build_filename (p->folder, "a study?.db", NULL);
}

static void
leave (Place *p, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (p->folder, 0, NULL);
  const char *name;
  (void) data;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (p->folder, name, NULL);
    g_remove (path);
  }
  g_rmdir (p->folder);
  g_free (p->folder);
  g_free (p->file);
}

static NvStore *
open_new (const Place *p)
{
  g_autoptr (GError) error = NULL;
  NvStore *store = nv_i_store_open (p->file, &error);
  g_assert_no_error (error);
  return store;
}

static void
assert_refused (const Place *p, gboolean readonly, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (readonly ? nv_i_store_open_readonly (p->file, &error)
                          : nv_i_store_open (p->file, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_STORE);
  g_assert_nonnull (strstr (error->message, p->file));
  if (strstr (error->message, message) == NULL)
    g_error ("'%s' is not in '%s'", message, error->message);
}

static gint64
add_arm (NvStore *store, const char *label)
{
  const NvArmRow arm = { label, "cifar10", "vgae", "bo", "mean of runs", FALSE, TRUE,
                         "{\"x\":2.385}" };
  gint64 id = 0;
  g_assert_true (nv_i_store_add_arm (store, &arm, &id, NULL));
  return id;
}

/* --- good use ------------------------------------------------------------------------------ */

static void
test_contents (Place *p, gconstpointer data)
{
  const NvOutcome good = { 0.1, 0.2385, 12.75, 1e6, FALSE };
  const NvOutcome bad = { NAN, NAN, INFINITY, NAN, TRUE };
  g_autoptr (NvStore) store = open_new (p);
  g_autofree char *options = NULL, *reason = NULL, *none = NULL;
  gint64 id, run = nv_i_run_id (1, 7);
  (void) data;
  g_assert_cmpint (add_arm (store, "a"), ==, 1);
  g_assert_cmpint (add_arm (store, "b"), ==, 2);
  g_assert_true (nv_i_store_find_arm (store, "b", &id, &options, NULL));
  g_assert_cmpint (id, ==, 2);
  g_assert_cmpstr (options, ==, "{\"x\":2.385}");
  g_assert_true (nv_i_store_find_arm (store, "c", &id, &none, NULL));
  g_assert_cmpint (id, ==, 0);
  g_assert_true (nv_i_store_add_runs (store, 1, 0, 9, NULL));
  g_assert_true (nv_i_store_add_trial (store, run, 0, "|a~0|", &good, NULL));
  g_assert_true (nv_i_store_add_trial (store, run, 1, "|b~0|", &bad, NULL));
  g_autoptr (GArray) trials = nv_i_store_trials (store, run, NULL);
  g_assert_cmpuint (trials->len, ==, 2);
  NvTrial *first = &g_array_index (trials, NvTrial, 0), *second = first + 1;
  g_assert_cmpstr (first->cell, ==, "|a~0|");
  g_assert_cmpfloat (first->outcome.score, ==, 0.1);
  g_assert_cmpfloat (first->outcome.test, ==, 0.2385);
  g_assert_cmpfloat (first->outcome.seconds, ==, 12.75);
  g_assert_cmpfloat (first->outcome.parameters, ==, 1e6);
  g_assert_false (first->outcome.failed);
  g_assert_true (isnan (second->outcome.score) && isnan (second->outcome.seconds));
  g_assert_true (second->outcome.failed);
  g_assert_true (nv_i_store_get_reason (store, run, &reason, NULL));
  g_assert_null (reason);
  g_assert_true (nv_i_store_finish (store, run, "budget", 3, 4, 0.5, NULL));
  g_assert_true (nv_i_store_get_reason (store, run, &reason, NULL));
  g_assert_cmpstr (reason, ==, "budget");
}

/* Seeds that are there stay as they are when a study grows. */
static void
test_growth (Place *p, gconstpointer data)
{
  g_autoptr (NvStore) store = open_new (p);
  g_autofree char *old = NULL, *new = NULL;
  (void) data;
  add_arm (store, "a");
  g_assert_true (nv_i_store_add_runs (store, 1, 0, 2, NULL));
  g_assert_true (nv_i_store_finish (store, nv_i_run_id (1, 1), "stalled", 0, 0, 1.5, NULL));
  g_assert_true (nv_i_store_add_runs (store, 1, 0, 3, NULL));
  g_assert_true (nv_i_store_get_reason (store, nv_i_run_id (1, 1), &old, NULL));
  g_assert_cmpstr (old, ==, "stalled");
  g_assert_true (nv_i_store_get_reason (store, nv_i_run_id (1, 2), &new, NULL));
  g_assert_null (new);
}

static void
test_dump (Place *p, gconstpointer data)
{
  const NvOutcome outcome = { 0.1, NAN, 12.75, NAN, FALSE };
  g_autoptr (NvStore) store = open_new (p);
  g_autofree char *empty = nv_i_store_dump (store, NULL);
  (void) data;
  g_assert_cmpstr (empty, ==, "[manifest]\n\n[arm]\n[run]\n[trial]\n");
  add_arm (store, "a");
  g_assert_true (nv_i_store_add_runs (store, 1, 0, 1, NULL));
  g_assert_true (nv_i_store_add_trial (store, nv_i_run_id (1, 0), 0, "c", &outcome, NULL));
  g_assert_true (nv_i_store_set_meta (store, "manifest", "{\"host\": {\"x\": 1}, \"seed\": 3}",
                                      NULL));
  g_autofree char *text = nv_i_store_dump (store, NULL);
  g_assert_cmpstr (text, ==,
                   "[manifest]\n{\"seed\": 3}\n"
                   "[arm]\n1|a|cifar10|vgae|bo|0|1|mean of runs|{\"x\":2.385}\n"
                   "[run]\n1000000|1|0|NULL|NULL|NULL\n"
                   "[trial]\n1000000|0|c|0.10000000000000001|NULL|12.75|NULL|0\n");
  g_assert_true (nv_i_store_set_meta (store, "manifest", "{", NULL));
  g_assert_null (nv_i_store_dump (store, NULL));
}

/* Readers see what was committed; at rest a store is one file. */
static void
test_readers (Place *p, gconstpointer data)
{
  NvStore *store = open_new (p);
  g_autoptr (NvStore) beside = nv_i_store_open_readonly (p->file, NULL);
  g_autofree char *log = g_strconcat (p->file, "-wal", NULL);
  g_autofree char *lock = g_strconcat (p->file, ".lock", NULL);
  gint64 id;
  char *options = NULL;
  (void) data;
  add_arm (store, "late");
  g_assert_true (nv_i_store_find_arm (beside, "late", &id, &options, NULL));
  g_assert_cmpint (id, ==, 1);
  g_free (options);
  nv_i_store_close (g_steal_pointer (&beside));
  nv_i_store_close (store);
  g_assert_false (g_file_test (log, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test (lock, G_FILE_TEST_EXISTS));
  g_autoptr (NvStore) later = nv_i_store_open_readonly (p->file, NULL);
  g_assert_nonnull (later);
}

/* --- refusals ----------------------------------------------------------------------------- */

static void
test_other_files (Place *p, gconstpointer data)
{
  const char *text = "these are 27 bytes of text\n";
  g_autofree char *after = NULL;
  sqlite3 *db;
  gsize length;
  (void) data;
  assert_refused (p, TRUE, "no such file");
  g_assert_true (g_file_set_contents (p->file, "", 0, NULL));
  assert_refused (p, TRUE, "empty");
  g_assert_true (g_file_set_contents (p->file, text, -1, NULL));
  assert_refused (p, FALSE, "not a nasvec store");
  assert_refused (p, TRUE, "not a nasvec store");
  g_assert_true (g_file_get_contents (p->file, &after, &length, NULL));
  g_assert_cmpstr (after, ==, text);
  g_remove (p->file);
  g_assert_cmpint (sqlite3_open (p->file, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "CREATE TABLE t (x)", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  assert_refused (p, FALSE, "another program");
  assert_refused (p, TRUE, "another program");
}

static void
test_folder_missing (Place *p, gconstpointer data)
{
  g_autofree char *there = p->file;
  (void) data;
  p->file = g_build_filename (p->folder, "none", "x.db", NULL);
  assert_refused (p, FALSE, "No such file");
}

static void
test_newer (Place *p, gconstpointer data)
{
  NvStore *store = open_new (p);
  (void) data;
  g_assert_true (nv_i_store_exec (store, "PRAGMA user_version = 2", "test", NULL));
  nv_i_store_close (store);
  assert_refused (p, FALSE, "version 2, nasvec");
  assert_refused (p, TRUE, "version 2, nasvec");
}

static void
test_locked (Place *p, gconstpointer data)
{
  NvStore *store = open_new (p);
  (void) data;
  assert_refused (p, FALSE, "locked by another process");
  g_autoptr (NvStore) reader = nv_i_store_open_readonly (p->file, NULL);
  g_assert_nonnull (reader);
  nv_i_store_close (store);
  nv_i_store_close (open_new (p));
}

/* The lock dies with its owner, and what was committed does not. */
static void
test_killed (Place *p, gconstpointer data)
{
  int status;
  pid_t child = fork ();
  (void) data;
  if (child == 0) {
    NvStore *store = nv_i_store_open (p->file, NULL);
    add_arm (store, "from the grave");
    kill (getpid (), SIGKILL);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
  g_autoptr (NvStore) reader = nv_i_store_open_readonly (p->file, NULL);
  g_autoptr (NvStore) store = open_new (p);
  g_autofree char *options = NULL, *read = NULL;
  gint64 id;
  g_assert_true (nv_i_store_find_arm (store, "from the grave", &id, &options, NULL));
  g_assert_cmpint (id, ==, 1);
  g_assert_true (nv_i_store_find_arm (reader, "from the grave", &id, &read, NULL));
}

/* --- no room -------------------------------------------------------------------------------- */

static guint
fill (NvStore *store, GError **error)
{
  const NvOutcome outcome = { 0.25, 0.5, 12.75, 1e6, FALSE };
  guint step = 0;
  add_arm (store, "a");
  g_assert_true (nv_i_store_add_runs (store, 1, 0, 1, NULL));
  while (nv_i_store_add_trial (store, nv_i_run_id (1, 0), step, "a cell", &outcome, error))
    step++;
  return step;
}

static void
test_full (Place *p, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  NvStore *store = open_new (p);
  (void) data;
  g_assert_true (nv_i_store_exec (store, "PRAGMA max_page_count = 20", "test", NULL));
  guint steps = fill (store, &error);
  g_assert_error (error, NV_ERROR, NV_ERROR_STORE);
  g_assert_nonnull (strstr (error->message, "the disk is full"));
  nv_i_store_close (store);
  g_autoptr (NvStore) again = open_new (p);
  g_autoptr (GArray) trials = nv_i_store_trials (again, nv_i_run_id (1, 0), NULL);
  g_assert_cmpuint (trials->len, ==, steps);
}

/* The same with a limit of the system's on the size of a file. */
static void
test_file_limit (Place *p, gconstpointer data)
{
  int status, size[2];
  guint steps = 0;
  g_assert_cmpint (pipe (size), ==, 0);
  pid_t child = fork ();
  (void) data;
  if (child == 0) {
    const struct rlimit limit = { 200000, 200000 };
    g_autoptr (GError) error = NULL;
    NvStore *store = nv_i_store_open (p->file, NULL);
    signal (SIGXFSZ, SIG_IGN);
    setrlimit (RLIMIT_FSIZE, &limit);
    steps = fill (store, &error);
    gboolean said = error != NULL && strstr (error->message, "make room") != NULL
                    && write (size[1], &steps, sizeof steps) == sizeof steps;
    nv_i_store_close (store);
    _exit (said ? 0 : 1);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpint (read (size[0], &steps, sizeof steps), ==, sizeof steps);
  g_autoptr (NvStore) store = open_new (p);
  g_autoptr (GArray) trials = nv_i_store_trials (store, nv_i_run_id (1, 0), NULL);
  g_assert_cmpuint (trials->len, ==, steps);
  g_assert_cmpuint (steps, >, 10);
  close (size[0]);
  close (size[1]);
}

static void
test_damaged (Place *p, gconstpointer data)
{
  const NvOutcome outcome = { .score = 0.25 };
  g_autoptr (NvStore) store = open_new (p);
  g_autoptr (GError) error = NULL;
  (void) data;
  g_assert_true (nv_i_store_add_trial (store, 5, 1, "second", &outcome, NULL));
  g_assert_null (nv_i_store_trials (store, 5, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_STORE);
  g_clear_error (&error);
  g_assert_false (nv_i_store_add_trial (store, 5, 1, "again", &outcome, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_STORE);
}

/* A reader keeps the log from going; the file alone has all of it. */
static void
test_watched (Place *p, gconstpointer data)
{
  g_autofree char *copy = g_build_filename (p->folder, "copy.db", NULL), *bytes = NULL;
  gsize length;
  gint64 arms = 0;
  (void) data;
  NvStore *store = open_new (p);
  add_arm (store, "a");
  g_autoptr (NvStore) reader = nv_i_store_open_readonly (p->file, NULL);
  add_arm (store, "b");
  nv_i_store_close (store);
  g_assert_true (g_file_get_contents (p->file, &bytes, &length, NULL));
  g_assert_true (g_file_set_contents (copy, bytes, (gssize) length, NULL));
  g_autoptr (NvStore) found = nv_i_store_open_readonly (copy, NULL);
  g_assert_nonnull (found);
  g_assert_true (nv_i_store_number (found, "SELECT count (*) FROM arm", &arms, NULL));
  g_assert_cmpint (arms, ==, 2);
}

/* By whatever name a store is reached, it has one lock. */
static void
test_linked (Place *p, gconstpointer data)
{
  g_autofree char *link = g_build_filename (p->folder, "link.db", NULL);
  g_autoptr (GError) error = NULL;
  (void) data;
  g_autoptr (NvStore) store = open_new (p);
  g_assert_cmpint (symlink (p->file, link), ==, 0);
  g_assert_null (nv_i_store_open (link, &error));
  g_assert_nonnull (strstr (error->message, "locked by another process"));
}

/* After a failure what was made goes; what was there stays. */
static void
test_abandoned (Place *p, gconstpointer data)
{
  (void) data;
  nv_i_store_abandon (open_new (p));
  g_assert_false (g_file_test (p->file, G_FILE_TEST_EXISTS));
  nv_i_store_close (open_new (p));
  nv_i_store_abandon (open_new (p));
  g_assert_true (g_file_test (p->file, G_FILE_TEST_EXISTS));
  g_remove (p->file);
  g_assert_cmpint (g_mkdir (p->file, 0700), ==, 0);
  assert_refused (p, FALSE, "a folder, not a nasvec store");
  assert_refused (p, TRUE, "a folder, not a nasvec store");
}

#define ADD(name, test) g_test_add ("/store/" name, Place, NULL, enter, test, leave)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("watched", test_watched);
  ADD ("linked", test_linked);
  ADD ("abandoned", test_abandoned);
  ADD ("contents", test_contents);
  ADD ("growth", test_growth);
  ADD ("dump", test_dump);
  ADD ("readers", test_readers);
  ADD ("other-files", test_other_files);
  ADD ("folder-missing", test_folder_missing);
  ADD ("newer", test_newer);
  ADD ("locked", test_locked);
  ADD ("killed", test_killed);
  ADD ("full", test_full);
  ADD ("file-limit", test_file_limit);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
