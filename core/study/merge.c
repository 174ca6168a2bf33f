/* Stores of one study that were filled apart, by seeds or by arms, become one.
 *
 * The other store is attached as `part`. Ids of arms are a store's own, so that what belongs to an
 * arm is moved from the id that it has there to the one that it has here. */
#include <string.h>

#include <glib/gstdio.h>

#include "study/query.h"
#include "study/session.h"

typedef struct {
  NvStore *store;
  const char *file; /* of the part */
  NvMerged *merged;
} Merge;

/* temp.runs: the part's runs of one arm with their ids in both stores; `done`: it is finished
 * there, `had`: here. */
static gboolean
list_runs (Merge *m, gint64 theirs, gint64 mine, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "DELETE FROM temp.runs;"
      "INSERT INTO temp.runs SELECT p.id, a.mine * %d + p.seed, p.seed, a.mine,"
      " coalesce (p.reason NOT LIKE '" NV_FAILED "%%', 0),"
      " coalesce (m.reason NOT LIKE '" NV_FAILED "%%', 0)"
      " FROM (SELECT %" G_GINT64_FORMAT " AS theirs, %" G_GINT64_FORMAT " AS mine) AS a"
      " JOIN part.run AS p ON p.arm = a.theirs"
      " LEFT JOIN main.run AS m ON m.id = a.mine * %d + p.seed",
      NV_RUNS_PER_ARM, theirs, mine, NV_RUNS_PER_ARM);
  return nv_i_store_exec (m->store, sql, "cannot be merged", error);
}

/* Runs that both have were made twice, and a search gives the same trials each time. */
static gboolean
check_common (Merge *m, const char *label, GError **error)
{
  static const char differ[] =
      "SELECT coalesce (min (seed), -1) FROM temp.runs AS r WHERE done AND had AND"
      " ((SELECT count (*) FROM part.trial WHERE run = r.theirs)"
      "  <> (SELECT count (*) FROM main.trial WHERE run = r.mine)"
      "  OR EXISTS (SELECT step, cell, score FROM part.trial WHERE run = r.theirs EXCEPT"
      "             SELECT step, cell, score FROM main.trial WHERE run = r.mine))";
  gint64 seed;
  if (!nv_i_store_number (m->store, differ, &seed, error))
    return FALSE;
  if (seed < 0)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "%s: run %" G_GINT64_FORMAT " of arm '%s' has other trials than in %s: the two "
               "were not made by the same program on the same data", m->file, seed, label,
               m->store->file);
  return FALSE;
}

static gboolean
take_runs (Merge *m, GError **error)
{
  static const char take[] =
#define NEW "temp.runs WHERE done AND NOT had"
      "DELETE FROM main.trial WHERE run IN (SELECT mine FROM " NEW ");"
      "DELETE FROM main.timing WHERE run IN (SELECT mine FROM " NEW ");"
      "DELETE FROM main.run WHERE id IN (SELECT mine FROM " NEW ");"
      "INSERT INTO main.run SELECT mine, r.arm, r.seed, reason, duplicates, invalid"
      " FROM temp.runs AS r JOIN part.run AS p ON p.id = r.theirs WHERE done AND NOT had;"
      "INSERT INTO main.trial SELECT mine, step, cell, score, test, seconds, parameters, failed"
      " FROM temp.runs AS r JOIN part.trial AS p ON p.run = r.theirs WHERE done AND NOT had;"
      "INSERT INTO main.timing SELECT mine, wall"
      " FROM temp.runs AS r JOIN part.timing AS p ON p.run = r.theirs WHERE done AND NOT had;"
      "INSERT OR IGNORE INTO main.encoder (arm, cached, wall) SELECT r.arm, cached, wall"
      " FROM temp.runs AS r JOIN part.run AS p ON p.id = r.theirs"
      " JOIN part.encoder AS e ON e.arm = p.arm;";
  static const struct {
    const char *sql;
    gsize offset;
  } counts[] = {
    { "SELECT count (*) FROM " NEW, offsetof (NvMerged, runs) },
    { "SELECT count (*) FROM temp.runs WHERE done AND had", offsetof (NvMerged, had) },
    { "SELECT count (*) FROM temp.runs WHERE NOT done", offsetof (NvMerged, unfinished) },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (counts); i++) {
    gint64 count;
    if (!nv_i_store_number (m->store, counts[i].sql, &count, error))
      return FALSE;
    *(guint *) G_STRUCT_MEMBER_P (m->merged, counts[i].offset) += (guint) count;
  }
  return nv_i_store_exec (m->store, take, "cannot be merged", error);
}

/* The arm of the part that the row of `s` is about. */
static gboolean
take_arm (Merge *m, sqlite3_stmt *s, GError **error)
{
  g_autofree char *options = NULL;
  const gint64 theirs = sqlite3_column_int64 (s, 0);
  const char *text[6];
  gint64 mine;
  for (int i = 0; i < 6; i++)
    text[i] = nv_i_column_text (s, i + 1);
  const NvArmRow row = { text[0], text[1], text[2], text[3], text[4],
                         sqlite3_column_int (s, 7), sqlite3_column_int (s, 8), text[5] };
  if (!nv_i_store_find_arm (m->store, row.label, &mine, &options, error))
    return FALSE;
  if (mine == 0) {
    if (!nv_i_manifest_check_new (m->store, m->file, &row, 0, error)
        || !nv_i_store_add_arm (m->store, &row, &mine, error))
      return FALSE;
    m->merged->arms++;
  } else if (!nv_i_manifest_check_arm (m->file, row.label, row.options, options, error))
    return FALSE;
  return list_runs (m, theirs, mine, error) && check_common (m, row.label, error)
         && take_runs (m, error);
}

static gboolean
take_arms (Merge *m, GError **error)
{
  g_autoptr (NvQuery) query
      = nv_i_query (m->store, "SELECT id, label, benchmark, encoder, searcher, noise, options,"
                              " joint, percent FROM part.arm ORDER BY id", error);
  while (nv_i_query_row (query))
    if (!take_arm (m, query->statement, error))
      return FALSE;
  return nv_i_query_done (query, error);
}

static gboolean
take_all (Merge *m, JsonObject *theirs, GError **error)
{
  g_autoptr (JsonObject) mine = NULL;
  if (!nv_i_manifest_read (m->store, &mine, error))
    return FALSE;
  if (mine != NULL && !nv_i_manifest_check (m->file, theirs, mine, FALSE, error))
    return FALSE;
  return take_arms (m, error)
         && (mine == NULL ? nv_i_manifest_write (m->store, theirs, NULL, error)
                          : nv_i_manifest_write (m->store, mine, theirs, error));
}

static gboolean
same_file (const char *a, const char *b)
{
  GStatBuf x, y;
  return g_stat (a, &x) == 0 && g_stat (b, &y) == 0 && x.st_dev == y.st_dev
         && x.st_ino == y.st_ino;
}

/* The other store's manifest; NULL with error. */
static JsonObject *
manifest_of (const NvStore *store, const char *file, GError **error)
{
  JsonObject *manifest = NULL;
  if (same_file (store->file, file)) {
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: the store and its part are one file", file);
    return NULL;
  }
  g_autoptr (NvStore) part = nv_i_store_open_readonly (file, error);
  if (part == NULL || !nv_i_manifest_read (part, &manifest, error))
    return NULL;
  if (manifest == NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: no study is in it", file);
  return manifest;
}

gboolean
nv_i_store_merge (NvStore *store, const char *other, NvMerged *merged, GError **error)
{
  const char *doing = "cannot be merged";
  *merged = (NvMerged){ 0 };
  Merge m = { store, other, merged };
  g_autoptr (JsonObject) manifest = manifest_of (store, other, error);
  if (manifest == NULL)
    return FALSE;
  char *attach = sqlite3_mprintf ("ATTACH %Q AS part", other);
  gboolean ok = nv_i_store_exec (store, attach, doing, error);
  sqlite3_free (attach);
  if (!ok)
    return FALSE;
  ok = nv_i_store_exec (store, "BEGIN; CREATE TEMP TABLE runs (theirs INTEGER,"
                               " mine INTEGER, seed INTEGER, arm INTEGER, done INTEGER,"
                               " had INTEGER)", doing, error)
       && take_all (&m, manifest, error) && nv_i_store_exec (store, "COMMIT", doing, error);
  if (!sqlite3_get_autocommit (store->db))
    sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  sqlite3_exec (store->db, "DROP TABLE IF EXISTS temp.runs; DETACH part", NULL, NULL, NULL);
  return ok;
}
