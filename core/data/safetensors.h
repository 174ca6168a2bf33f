/* safetensors: u64 header length, JSON header, raw little-endian data. Nothing executes
 * on load. */
#ifndef NV_SAFETENSORS_H
#define NV_SAFETENSORS_H

#include "plugin/instance.h"

/* Writes all tensors (F32; F64 in a double build) beside `file`, then renames.
 * `metadata`: an object of strings. */
NV_INTERNAL gboolean nv_i_safetensors_save (const char *file, const NvTensors *tensors,
                                            JsonObject *metadata, GError **error);
/* Fills the listed tensors from the file: same names, shapes and type, no more and no
 * fewer, no overlap, nothing outside the file. Nothing is written on error. *metadata
 * (may be NULL): transfer full. */
NV_INTERNAL gboolean nv_i_safetensors_load (const char *file, NvTensors *tensors,
                                            JsonObject **metadata, GError **error);

#endif
