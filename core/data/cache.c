/* Where files that can be made again are kept. */
#include <errno.h>

#include "data/cache.h"

char *
nv_i_cache_file (const char *name, GError **error)
{
  const char *root = g_getenv ("NASVEC_CACHE");
  g_autofree char *user = g_build_filename (g_get_user_cache_dir (), "nasvec", NULL);
  g_autofree char *path = g_build_filename (root != NULL && *root != '\0' ? root : user,
                                            "encoders", NULL);
  if (g_mkdir_with_parents (path, 0700) != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: cannot make the folder: %s", path,
                 g_strerror (errno));
    return NULL;
  }
  return g_build_filename (path, name, NULL);
}
