/* Opening, locking and closing a store.
 *
 * The writer holds an flock() on FILE.lock for as long as it has the store open; readers need
 * no lock, since SQLite's write-ahead log lets them read beside the writer. With
 * synchronous = NORMAL a commit survives the death of the process at any moment; a power cut
 * may undo the last few commits, but never leaves half a one. A store that was closed is one
 * plain file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "study/record.h"

#define APPLICATION_ID 0x6e767331 /* "nvs1" in the header of the file */
#define STRING(x) #x
#define NUMBER(x) STRING (x)

static const char schema[] =
    "BEGIN IMMEDIATE;"
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT);"
    "CREATE TABLE arm (id INTEGER PRIMARY KEY, label TEXT UNIQUE, benchmark TEXT,"
    " encoder TEXT, searcher TEXT, joint INTEGER, percent INTEGER, noise TEXT, options TEXT);"
    "CREATE TABLE run (id INTEGER PRIMARY KEY, arm INTEGER, seed INTEGER, reason TEXT,"
    " duplicates INTEGER, invalid INTEGER, UNIQUE (arm, seed));"
    "CREATE TABLE trial (run INTEGER, step INTEGER, cell TEXT, score REAL, test REAL,"
    " seconds REAL, parameters REAL, failed INTEGER, PRIMARY KEY (run, step)) WITHOUT ROWID;"
    "CREATE TABLE timing (run INTEGER PRIMARY KEY, wall REAL);"
    "CREATE TABLE encoder (arm INTEGER PRIMARY KEY, cached INTEGER, wall REAL);"
    "PRAGMA application_id = " NUMBER (APPLICATION_ID) ";"
    "PRAGMA user_version = " NUMBER (NV_STORE_VERSION) ";"
    "COMMIT;";

gboolean
nv_i_store_failed (const NvStore *store, const char *doing, GError **error)
{
  int code = sqlite3_errcode (store->db);
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: not a nasvec store, or damaged: %s",
                 store->file, sqlite3_errmsg (store->db));
  else if (code == SQLITE_FULL || code == SQLITE_IOERR)
    g_set_error (error, NV_ERROR, NV_ERROR_STORE,
                 "%s: %s: %s; what was recorded before is kept: make room and run again",
                 store->file, doing, code == SQLITE_FULL ? "the disk is full"
                                                         : sqlite3_errmsg (store->db));
  else
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: %s: %s", store->file, doing,
                 sqlite3_errmsg (store->db));
  return FALSE;
}

gboolean
nv_i_store_exec (NvStore *store, const char *sql, const char *doing, GError **error)
{
  if (sqlite3_exec (store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  nv_i_store_failed (store, doing, error);
  if (!sqlite3_get_autocommit (store->db))
    sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* --- the lock ----------------------------------------------------------------------------- */

static gboolean
locked_by_other (NvStore *store, GError **error)
{
  char pid[24] = "";
  if (pread (store->lock, pid, sizeof pid - 1, 0) <= 0)
    strcpy (pid, "?");
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "%s: locked by another process (%s) that is writing to it; wait until it has "
               "ended, or take another file", store->file, g_strchomp (pid));
  return FALSE;
}

/* The lock file is the one that `path` names: not one that its last owner has just removed. */
static gboolean
is_current (int fd, const char *path)
{
  struct stat mine, named;
  return fstat (fd, &mine) == 0 && stat (path, &named) == 0 && mine.st_ino == named.st_ino
         && mine.st_dev == named.st_dev;
}

static gboolean
take_lock (NvStore *store, GError **error)
{
  for (;;) {
    store->lock = open (store->lock_file, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (store->lock < 0) {
      g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: cannot be made: %s",
                   store->lock_file, g_strerror (errno));
      return FALSE;
    }
    if (flock (store->lock, LOCK_EX | LOCK_NB) != 0)
      return locked_by_other (store, error);
    if (is_current (store->lock, store->lock_file))
      break;
    close (store->lock);
  }
  g_autofree char *pid = g_strdup_printf ("%d\n", (int) getpid ());
  if (ftruncate (store->lock, 0) != 0 || write (store->lock, pid, strlen (pid)) < 0)
    g_debug ("%s: %s", store->lock_file, g_strerror (errno)); /* the text is a courtesy */
  store->owner = TRUE;
  return TRUE;
}

/* --- opening ------------------------------------------------------------------------------ */

gboolean
nv_i_store_number (NvStore *store, const char *sql, gint64 *value, GError **error)
{
  sqlite3_stmt *statement = NULL;
  gboolean ok = sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL) == SQLITE_OK
                && sqlite3_step (statement) == SQLITE_ROW;
  if (ok)
    *value = sqlite3_column_int64 (statement, 0);
  else
    nv_i_store_failed (store, "cannot be read", error);
  sqlite3_finalize (statement);
  return ok;
}

/* Does not change the file. *empty: there is nothing in it yet. */
static gboolean
check_identity (NvStore *store, gboolean *empty, GError **error)
{
  gint64 id, version, tables;
  if (!nv_i_store_number (store, "SELECT count(*) FROM sqlite_schema", &tables, error)
      || !nv_i_store_number (store, "PRAGMA application_id", &id, error)
      || !nv_i_store_number (store, "PRAGMA user_version", &version, error))
    return FALSE;
  *empty = tables == 0 && id == 0;
  if (*empty || (id == APPLICATION_ID && version == NV_STORE_VERSION))
    return TRUE;
  if (id != APPLICATION_ID)
    g_set_error (error, NV_ERROR, NV_ERROR_STORE,
                 "%s: a database of another program, not a nasvec store", store->file);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_STORE,
                 "%s: its format is version %" G_GINT64_FORMAT ", nasvec %s reads version %d; "
                 "take a newer nasvec", store->file, version, nv_version (),
                 NV_STORE_VERSION);
  return FALSE;
}

/* One lock for a store by whatever links it is reached. */
static char *
lock_of (const char *file)
{
  g_autofree char *folder = g_path_get_dirname (file), *name = g_path_get_basename (file);
  char *real = realpath (file, NULL), *place = real == NULL ? realpath (folder, NULL) : NULL;
  char *lock = real != NULL    ? g_strconcat (real, ".lock", NULL)
               : place != NULL ? g_strconcat (place, "/", name, ".lock", NULL)
                               : g_strconcat (file, ".lock", NULL);
  free (real);
  free (place);
  return lock;
}

static NvStore *
new_store (const char *file)
{
  NvStore *store = g_new0 (NvStore, 1);
  store->file = g_strdup (file);
  store->lock_file = lock_of (file);
  store->lock = -1;
  g_mutex_init (&store->mutex);
  return store;
}

static gboolean
connect_file (NvStore *store, const char *name, int flags, GError **error)
{
  if (g_file_test (name, G_FILE_TEST_IS_DIR)) {
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: a folder, not a nasvec store", name);
    return FALSE;
  }
  g_clear_pointer (&store->db, sqlite3_close);
  if (sqlite3_open_v2 (name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return nv_i_store_failed (store, "cannot be opened", error);
  sqlite3_busy_timeout (store->db, 10000);
  return TRUE;
}

NvStore *
nv_i_store_open (const char *file, GError **error)
{
  g_autoptr (NvStore) store = new_store (file);
  gboolean empty;
  if (!take_lock (store, error))
    return NULL;
  store->made = !g_file_test (file, G_FILE_TEST_EXISTS);
  if (!connect_file (store, file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error)
      || !check_identity (store, &empty, error)
      || !nv_i_store_exec (store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                  "PRAGMA wal_autocheckpoint = 4000",
                           "cannot be opened", error)
      || (empty && !nv_i_store_exec (store, schema, "cannot be made", error)))
    return NULL;
  store->writable = TRUE;
  return g_steal_pointer (&store);
}

NvStore *
nv_i_store_open_readonly (const char *file, GError **error)
{
  g_autoptr (NvStore) store = new_store (file);
  gboolean empty = TRUE;
  if (!g_file_test (file, G_FILE_TEST_EXISTS)) {
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: no such file", file);
    return NULL;
  }
  if (!connect_file (store, file, SQLITE_OPEN_READONLY, error)
      || !check_identity (store, &empty, error))
    return NULL;
  if (empty) {
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: empty, not a nasvec store", file);
    return NULL;
  }
  return g_steal_pointer (&store);
}

static void
close_database (NvStore *store)
{
  for (guint i = 0; i < NV_STATEMENTS; i++)
    sqlite3_finalize (store->statements[i]);
  if (store->writable) { /* a reader keeps the log from going, but the file has all that is in it */
    sqlite3_exec (store->db, "PRAGMA wal_checkpoint (TRUNCATE)", NULL, NULL, NULL);
    sqlite3_exec (store->db, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
  }
  sqlite3_close (store->db);
}

static void
release (NvStore *store)
{
  if (store->owner)
    unlink (store->lock_file);
  if (store->lock >= 0)
    close (store->lock);
  g_mutex_clear (&store->mutex);
  g_free (store->lock_file);
  g_free (store->file);
  g_free (store);
}

gboolean
nv_i_store_check (const char *file, GError **error)
{
  g_autoptr (NvStore) store = new_store (file);
  gboolean empty;
  return connect_file (store, file, SQLITE_OPEN_READONLY, error)
         && check_identity (store, &empty, error);
}

void
nv_i_store_close (NvStore *store)
{
  if (store == NULL)
    return;
  close_database (store);
  release (store);
}

void
nv_i_store_abandon (NvStore *store)
{
  close_database (store);
  if (store->made)
    unlink (store->file);
  release (store);
}

sqlite3 *
nv_i_store_handle (NvStore *store)
{
  return store->db;
}
