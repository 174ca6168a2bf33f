/* TFRecord: a file of byte strings, each with its length and checksums, as a stream. */
#ifndef NV_TFRECORD_H
#define NV_TFRECORD_H

#include <nasvec/base.h>

#define NV_TFRECORD_MAX ((gsize) 1 << 20) /* bytes of a record, at most */

typedef struct _NvTfrecord NvTfrecord;
NV_INTERNAL NvTfrecord *nv_i_tfrecord_open (const char *file, GError **error);
NV_INTERNAL void nv_i_tfrecord_close (NvTfrecord *records);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvTfrecord, nv_i_tfrecord_close)
/* The next record: TRUE, *data valid until the next call. FALSE without error: the end. A
 * wrong checksum, a truncated file: an error with file and byte. */
NV_INTERNAL gboolean nv_i_tfrecord_next (NvTfrecord *records, const char **data,
                                         gsize *length, GError **error);
/* Where the current record begins in the file. */
NV_INTERNAL guint64 nv_i_tfrecord_offset (const NvTfrecord *records);
/* CRC-32C rotated and shifted, as the format has it. */
NV_INTERNAL guint32 nv_i_tfrecord_checksum (const char *data, gsize length);

#endif
