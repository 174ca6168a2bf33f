/* A build without oneDNN. */
#include "train/fit.h"

gboolean
nv_i_train_available (GError **error)
{
  g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
               "this nasvec was built without oneDNN (Debian: libdnnl-dev), which trains "
               "networks");
  return FALSE;
}

gboolean
nv_i_train_cell (NvTrained *out, const NvSpace *space, const NvCell *cell,
                 const NvTrainOptions *options, const NvImages *images,
                 const char *checkpoint, NvTrainWatch watch, gpointer data,
                 GError **error)
{
  (void) out, (void) space, (void) cell, (void) options, (void) images;
  (void) checkpoint, (void) watch, (void) data;
  return nv_i_train_available (error);
}
