/* Where this libnasvec lies, and with it what was built or installed with it. */
#ifndef NV_PLACE_H
#define NV_PLACE_H

#include <nasvec/base.h>

/* The folder of the plugins that came with this library; g_free. NULL: not known. *built:
 * it is in a build tree. */
NV_INTERNAL char *nv_i_own_plugins (gboolean *built);
/* A folder of data that came with it: "templates", "tables". g_free. NULL: not known. */
NV_INTERNAL char *nv_i_own_data (const char *name);

#endif
