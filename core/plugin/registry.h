/* Where plugins come from: search path, dlopen, checks, and the list of those that
 * passed. */
#ifndef NV_REGISTRY_H
#define NV_REGISTRY_H

#include <nasvec/plugin.h>

/* The plugin of that kind and name; loaded on first use, then kept for the process's
 * life. The result is complete: hooks that the plugin's descriptor is too short for are
 * NULL. The error lists the names that there are. Thread-safe. */
NV_INTERNAL const NvClass *nv_i_plugin_find (NvKind kind, const char *name,
                                             GError **error);

/* Loads one file, wherever it lies, and checks it; it is found before others so named. */
NV_INTERNAL const NvClass *nv_i_plugin_load (const char *file, GError **error);

/* All plugins of a kind on the search path, sorted by name (const NvClass *; free the
 * array). Files that were refused: one GError each in *refused (may be NULL), free with
 * g_ptr_array_unref. */
NV_INTERNAL GPtrArray *nv_i_plugin_list (NvKind kind, GPtrArray **refused);

/* File that a plugin came from, and its SHA-256 in hex (of the name, where it is no
 * file). Owned by the registry. */
NV_INTERNAL const char *nv_i_plugin_file (const NvClass *klass);
NV_INTERNAL const char *nv_i_plugin_digest (const NvClass *klass);

/* The SHA-256 in hex of the file of this library, which holds the kernels that plugins train with:
 * its version does not tell two builds apart. Made once. */
NV_INTERNAL const char *nv_i_library_digest (void);

/* Makes a class that is linked in findable, before others of its name: checks its
 * descriptor and returns a completed copy, or says which field does not fit. `file` is
 * for messages. */
NV_INTERNAL const NvClass *nv_i_plugin_accept (const NvClass *klass, const char *file,
                                               GError **error);

/* The folders of the search path, in order (char *); g_ptr_array_unref. */
NV_INTERNAL GPtrArray *nv_i_plugin_folders (void);

#endif
