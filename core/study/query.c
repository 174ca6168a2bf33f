#include "study/query.h"

#include <math.h>

#include "study/record.h"

static gboolean
fail (const NvStore *store, GError **error)
{
  return nv_i_store_failed (store, "cannot be read", error);
}

NvQuery *
nv_i_query (NvStore *store, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;
  if (sqlite3_prepare_v2 (store->db, sql, -1, &statement, NULL) != SQLITE_OK) {
    fail (store, error);
    return NULL;
  }
  NvQuery *query = g_new (NvQuery, 1);
  *query = (NvQuery){ store, statement, SQLITE_ROW };
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
  return fail (query->store, error);
}

void
nv_i_query_free (NvQuery *query)
{
  if (query == NULL)
    return;
  sqlite3_finalize (query->statement);
  g_free (query);
}

double
nv_i_column_number (sqlite3_stmt *row, int column)
{
  return sqlite3_column_type (row, column) == SQLITE_NULL ? NAN
                                                          : sqlite3_column_double (row, column);
}
