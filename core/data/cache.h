/* Files that can be made again: NASVEC_CACHE, else nasvec/ in the user's cache folder. */
#ifndef NV_CACHE_H
#define NV_CACHE_H

#include <nasvec/base.h>

/* <cache>/encoders/<name>; the folder is made. Write beside the file and rename, and take
 * a file that cannot be read for one that is not there. g_free. */
NV_INTERNAL char *nv_i_cache_file (const char *name, GError **error);

#endif
