#ifndef NV_REPORT_WRITE_H
#define NV_REPORT_WRITE_H

#include <nasvec/base.h>

/* And those above it, if missing. */
NV_INTERNAL gboolean nv_i_make_folder (const char *out, GError **error);
/* A file, written beside and renamed. */
NV_INTERNAL gboolean nv_i_write_file (const char *path, const char *bytes, gsize length,
                                      GError **error);
/* A text file of the folder `out`. Takes ownership of `text`. */
NV_INTERNAL gboolean nv_i_write_text (const char *out, const char *name, char *text,
                                      GError **error);

#endif
