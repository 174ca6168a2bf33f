#include "report/query.h"

static gboolean
fail (sqlite3 *db, GError **error)
{
  g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: %s",
               sqlite3_db_filename (db, "main"), sqlite3_errmsg (db));
  return FALSE;
}

NvQuery *
nv_i_query (sqlite3 *db, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL) != SQLITE_OK) {
    fail (db, error);
    return NULL;
  }
  NvQuery *query = g_new (NvQuery, 1);
  *query = (NvQuery){ statement, SQLITE_ROW };
  return query;
}

gboolean
nv_i_query_row (NvQuery *query)
{
  if (query == NULL || query->result != SQLITE_ROW)
    return FALSE;
  query->result = sqlite3_step (query->statement);
  return query->result == SQLITE_ROW;
}

gboolean
nv_i_query_done (const NvQuery *query, GError **error)
{
  if (query == NULL)
    return FALSE;
  if (query->result == SQLITE_DONE || query->result == SQLITE_ROW)
    return TRUE;
  return fail (sqlite3_db_handle (query->statement), error);
}

void
nv_i_query_free (NvQuery *query)
{
  if (query == NULL)
    return;
  sqlite3_finalize (query->statement);
  g_free (query);
}

gboolean
nv_i_query_run (sqlite3 *db, const char *sql, GError **error)
{
  return sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK || fail (db, error);
}
