/* The store: one SQLite file per study. Everything that a report needs is in it. */
#ifndef NV_STORE_H
#define NV_STORE_H

#include <sqlite3.h>

#include "benchmark/benchmark.h"

#define NV_STORE_VERSION 1

/* The tables and their columns, an interface for users' own SQL too, are in docs/architecture.md
 * under The store. What is not said there: `trial` is WITHOUT ROWID with the key (run, step), and a
 * run is unique by (arm, seed). Stores of before have a column `key` in `encoder`, which nothing
 * reads. */

typedef struct _NvStore NvStore;

/* How the reason of a run begins that ended by an error. */
#define NV_FAILED "failed: "
static inline gboolean
nv_i_reason_failed (const char *reason)
{
  return reason != NULL && g_str_has_prefix (reason, NV_FAILED);
}

/* The reason of a run whose searcher names no new cell any more; it counts. */
#define NV_STALLED "stalled"
static inline gboolean
nv_i_reason_stalled (const char *reason)
{
  return g_strcmp0 (reason, NV_STALLED) == 0;
}

/* Opens or makes the store and locks it against other writers. Errors: newer version, locked by
 * another process, not a store. */
NV_INTERNAL NvStore *nv_i_store_open (const char *file, GError **error);
/* Is a file a store, or empty or just begun, so that it can become one? */
NV_INTERNAL gboolean nv_i_store_check (const char *file, GError **error);
/* For readers: safe beside a writer. */
NV_INTERNAL NvStore *nv_i_store_open_readonly (const char *file, GError **error);
NV_INTERNAL void nv_i_store_close (NvStore *store);
/* Closes it after a failure; one that was made by opening it goes, while nobody else can have
 * it. */
NV_INTERNAL void nv_i_store_abandon (NvStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvStore, nv_i_store_close)

typedef struct {
  guint arms, runs; /* that were new */
  guint had;        /* runs that were there already, with the same trials */
  guint unfinished; /* runs that were left out: unfinished or failed */
} NvMerged;
/* Adds the finished runs of another store of the same study, whatever its arms and seeds, and
 * in the place of a run that is unfinished here. All of it or, with an error, nothing: where
 * the studies, or the trials of a run that both have, differ. */
NV_INTERNAL gboolean nv_i_store_merge (NvStore *store, const char *other, NvMerged *merged,
                                       GError **error);

/* The connection, for reports' own queries. */
NV_INTERNAL sqlite3 *nv_i_store_handle (NvStore *store);

/* Dump of all that must be equal between two runs of the same study; g_free. */
NV_INTERNAL char *nv_i_store_dump (NvStore *store, GError **error);

#endif
