/* Reading a store with SQL: a statement, and how it ended. */
#ifndef NV_QUERY_H
#define NV_QUERY_H

#include <nasvec/base.h>
#include <sqlite3.h>

typedef struct {
  sqlite3_stmt *statement;
  int result; /* of the last step */
} NvQuery;

/* NULL with error. The other calls take NULL: no row, not done. */
NV_INTERNAL NvQuery *nv_i_query (sqlite3 *db, const char *sql, GError **error);
/* TRUE: the statement is on the next row. */
NV_INTERNAL gboolean nv_i_query_row (NvQuery *query);
/* FALSE: it did not end well. Sets the error, unless nv_i_query() already has. */
NV_INTERNAL gboolean nv_i_query_done (const NvQuery *query, GError **error);
NV_INTERNAL void nv_i_query_free (NvQuery *query);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvQuery, nv_i_query_free)
/* A statement without rows. */
NV_INTERNAL gboolean nv_i_query_run (sqlite3 *db, const char *sql, GError **error);

#endif
