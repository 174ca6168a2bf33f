/* npy: NumPy's file format for one array (version 1.0, little-endian, row-major). */
#ifndef NV_NPY_H
#define NV_NPY_H

#include <nasvec/base.h>

/* Writes values[rows x cols] beside `file`, then renames. */
NV_INTERNAL gboolean nv_i_npy_save (const char *file, const nv_real *values, gsize rows,
                                    gsize cols, GError **error);
/* values[*rows x *cols], all finite; g_free. NULL, and the sizes untouched, on error: not
 * such a file, another type, order or number of dimensions, too short or too long. */
NV_INTERNAL nv_real *nv_i_npy_load (const char *file, gsize *rows, gsize *cols,
                                    GError **error);

#endif
