/* Training many cells into a table: a CSV file that grows by a row for each. */
#ifndef NV_TRAIN_TABLE_H
#define NV_TRAIN_TABLE_H

#include "train/fit.h"

typedef struct {
  const NvSpace *space;
  const NvCells *cells;      /* to be trained, in this order */
  const NvTrainOptions *options;
  const NvImages *images;
  const char *file;
  guint workers;             /* cells at a time, each on one core */
} NvTableJob;

/* Told once when the file has been read and then after each row, from one thread at a time:
 * `done` of the cells have theirs. */
typedef void (*NvTableWatch) (gsize done, const NvTableJob *job, gpointer data);

/* The cells of a table in the order in which they are trained: drawn from the space, each
 * class once, by a fixed stream, so that the first n are a uniform sample for any n.
 * `limit` 0: all of a space that can be listed. NULL with error. */
NV_INTERNAL NvCells *nv_i_table_cells (const NvSpace *space, gsize limit, GError **error);

/* Rows are appended as cells are done, each in one write; rows of the file, from before, are
 * kept, and one that was cut off is dropped. Beside it lies FILE.json, which says what the
 * rows are: a file of another space or training is refused. Columns: cell, validation_E for
 * each epoch E with a validation, test, seconds, parameters, multiply_adds; of several trainings
 * validation_E_1, validation_E_2, ..., test_1, ... Accuracies are fractions, and empty where a
 * training diverged. */
NV_INTERNAL gboolean nv_i_table_train (const NvTableJob *job, NvTableWatch watch,
                                       gpointer data, GError **error);

#endif
