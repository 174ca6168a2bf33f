/* The checks of a plugin's descriptor. */
#ifndef NV_ACCEPT_H
#define NV_ACCEPT_H

#include <nasvec/plugin.h>

/* A copy of `klass` in the size that this core knows, hooks that it is too short for
 * NULL; or NULL, and an error that names `file`, the field and both values. g_free. */
NV_INTERNAL NvClass *nv_i_descriptor_complete (const NvClass *klass, const char *file,
                                               GError **error);
/* Is it a name for a plugin or an option, [a-z][a-z0-9_]*? NULL is none. */
NV_INTERNAL gboolean nv_i_is_name (const char *text);
/* Is it one line of UTF-8? Not NULL; it may be empty. */
NV_INTERNAL gboolean nv_i_is_line (const char *text);

#endif
