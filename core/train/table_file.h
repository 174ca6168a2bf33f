/* The file of a table that is being trained. */
#ifndef NV_TABLE_FILE_H
#define NV_TABLE_FILE_H

#include "train/fit.h"

/* One process at a time has it. NULL with error: see nv_i_table_train(). `data_sha256`: of the
 * images. All but the file's name are borrowed. */
typedef struct _NvTableFile NvTableFile;
NvTableFile *nv_i_table_file_open (const char *file, const NvSpace *space,
                                   const NvTrainOptions *options, const char *data_sha256,
                                   GError **error);
void nv_i_table_file_close (NvTableFile *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvTableFile, nv_i_table_file_close)
/* Has the cell, or one equal to it, a row? */
gboolean nv_i_table_file_has (const NvTableFile *table, const NvCell *cell);
gboolean nv_i_table_file_append (NvTableFile *table, const NvCell *cell,
                                 const NvTrained *trained, GError **error);

#endif
