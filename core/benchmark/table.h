/* Tables: what the files of the kind `table` share. */
#ifndef NV_TABLE_H
#define NV_TABLE_H

#include "benchmark/benchmark.h"
#include "data/csv.h"

typedef struct {
  const char *file, *beside, *dataset, *cell, *observed, *test, *seconds, *parameters;
  const char *where, *noise;
  int epochs;
  int percent; /* NV_TABLE_AUTO ... */
} NvTableOptions;
enum { NV_TABLE_AUTO, NV_TABLE_YES, NV_TABLE_NO };

/* The options with the preset of (dataset, epochs) behind them. Strings belong to the
 * options or the preset; NULL: the table has no such figure. */
typedef struct {
  char *file, *beside; /* found, or beside NULL; owned */
  const char *dataset, *cell, *observed, *test, *seconds, *parameters, *where;
  int epochs;
  gboolean percent;
} NvTableSpec;
NV_INTERNAL gboolean nv_i_table_spec (NvTableSpec *spec, const NvSpace *space,
                                      const NvTableOptions *options, GError **error);
NV_INTERNAL void nv_i_table_spec_clear (NvTableSpec *spec);

/* A linear combination of columns, "12*train + 1*valid". Several of them, separated by
 * commas: a list, one for each run; no two are the same. `option` is named in errors. */
typedef struct _NvTableSums NvTableSums;
NV_INTERNAL NvTableSums *nv_i_table_sums_new (const NvCsv *csv, const char *option,
                                              const char *text, gboolean several,
                                              GError **error);
NV_INTERNAL void nv_i_table_sums_free (NvTableSums *sums);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvTableSums, nv_i_table_sums_free)
NV_INTERNAL guint nv_i_table_sums_count (const NvTableSums *sums);
/* Is nothing written in all their columns of the current row? */
NV_INTERNAL gboolean nv_i_table_sums_empty (const NvTableSums *sums, const NvCsv *csv);
/* The value of sum i in the current row. An empty field: NAN where there are several sums
 * (a run that was not made) and another error else. A value beyond the largest number is
 * infinite. */
NV_INTERNAL gboolean nv_i_table_sum (const NvTableSums *sums, const NvCsv *csv, guint i,
                                     double *out, GError **error);

/* What a table holds: row i of each array is the outcome of pool cell i. */
typedef struct {
  NvCells *pool;
  NvCellIndex *index;     /* canonical form -> i */
  guint runs;             /* R: observed scores of a cell */
  double *scores;         /* [count x R], NAN: this run was not made; all: diverged */
  double *test, *seconds, *parameters; /* [count] each, or NULL */
  gsize rows;             /* of the file that count */
} NvTableData;
/* `run`: every row needs this one; -1: any one will do. */
NV_INTERNAL gboolean nv_i_table_read (NvTableData *data, const NvSpace *space,
                                      const NvTableSpec *spec, int run, GError **error);
NV_INTERNAL void nv_i_table_data_clear (NvTableData *data);

NV_INTERNAL void nv_i_table_outcome (const NvBenchmark *benchmark, gsize i,
                                     NvOutcome *out);

#endif
