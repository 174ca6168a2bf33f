/* Reading a store with SQL: a statement, and how it ended. */
#ifndef NV_QUERY_H
#define NV_QUERY_H

#include "study/store.h"

typedef struct {
  NvStore *store;
  sqlite3_stmt *statement;
  int result; /* of the last step */
} NvQuery;

/* NULL with error. The other calls take NULL: no row, not done. */
NV_INTERNAL NvQuery *nv_i_query (NvStore *store, const char *sql, GError **error);
/* TRUE: the statement is on the next row. */
NV_INTERNAL gboolean nv_i_query_row (NvQuery *query);
/* FALSE: it did not end well. Sets the error, unless nv_i_query() already has. */
NV_INTERNAL gboolean nv_i_query_done (const NvQuery *query, GError **error);
NV_INTERNAL void nv_i_query_free (NvQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvQuery, nv_i_query_free)

/* A column of the row that a statement is on. Text: NULL for NULL, valid until the next step;
 * number: NAN for NULL. */
static inline const char *
nv_i_column_text (sqlite3_stmt *row, int column)
{
  return (const char *) sqlite3_column_text (row, column);
}
NV_INTERNAL double nv_i_column_number (sqlite3_stmt *row, int column);

#endif
