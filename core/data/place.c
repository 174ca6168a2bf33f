/* Nothing here is fixed when nasvec is compiled: an installation can be moved. In a build
 * tree, which is known by its CMakeCache.txt, everything lies beside the library. */
#include <dlfcn.h>
#include <stdlib.h>

#include "data/place.h"

static char *
library_folder (void)
{
  static const char here = 0;
  Dl_info info;
  if (dladdr (&here, &info) == 0 || info.dli_fname == NULL)
    return NULL;
  g_autofree char *real = realpath (info.dli_fname, NULL);
  return real != NULL ? g_path_get_dirname (real) : NULL;
}

/* <folder of the library>/`built` in a build tree, else <folder>/`installed`. */
static char *
beside (const char *built, const char *installed, gboolean *in_build)
{
  g_autofree char *folder = library_folder ();
  *in_build = FALSE;
  if (folder == NULL)
    return NULL;
  g_autofree char *mark = g_build_filename (folder, "CMakeCache.txt", NULL);
  *in_build = g_file_test (mark, G_FILE_TEST_EXISTS);
  return g_canonicalize_filename (*in_build ? built : installed, folder);
}

char *
nv_i_own_plugins (gboolean *built)
{
  return beside ("plugins", "nasvec/plugins", built);
}

char *
nv_i_own_data (const char *name)
{
  gboolean built;
  g_autofree char *installed = g_build_filename (NV_DATA_FROM_LIBRARY, name, NULL);
  return beside (name, installed, &built);
}
