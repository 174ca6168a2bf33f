/* The released files of NAS-Bench-101, nasbench_full.tfrecord and
 * nasbench_only108.tfrecord: from records to a table. */
#ifndef NV_IMPORT_NASBENCH101_H
#define NV_IMPORT_NASBENCH101_H

#include <nasvec/base.h>

enum {
  NV_NB101_VALID,
  NV_NB101_TEST,
  NV_NB101_TRAIN,
  NV_NB101_SECONDS,
  NV_NB101_FIGURES
};

/* One training; `half` and `end`: at the middle and the last of its evaluations. */
typedef struct {
  guint8 hash[16];
  guint vertices;
  char upper[22];    /* strict upper triangle, row by row; NUL-terminated */
  char ops[6];       /* a digit per interior vertex; NUL-terminated */
  guint epochs;      /* 4, 12, 36 or 108 */
  gint32 parameters;
  float half[NV_NB101_FIGURES], end[NV_NB101_FIGURES];
} NvNb101Run;

/* The training in a record's bytes, or an error. */
NV_INTERNAL gboolean nv_i_nasbench101_read (NvNb101Run *out, const char *data,
                                            gsize length, GError **error);

typedef struct {
  guint64 records, bytes;
  guint cells;
} NvNb101Counts;

/* Writes all trainings of the TFRecord `file` as a CSV table of one row per cell, in the
 * order of module hashes, beside `out`, and renames it. Memory: at most some 450 bytes a
 * cell. */
NV_INTERNAL gboolean nv_i_nasbench101_import (const char *file, const char *out,
                                              NvNb101Counts *counts, GError **error);

#endif
