/* What hooks return. */
#include "plugin/instance.h"

gboolean
nv_i_hook_result (const NvClass *klass, const char *hook, gboolean ok, GError *failure,
                  GError **error)
{
  if (ok && failure == NULL)
    return TRUE;
  if (failure == NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "%s %s: %s() failed and did not say why",
                 nv_kind_name (klass->kind), klass->name, hook);
  else {
    if (ok)
      g_prefix_error (&failure, "%s %s: %s() succeeded and set an error: ",
                      nv_kind_name (klass->kind), klass->name, hook);
    g_propagate_error (error, failure);
  }
  return FALSE;
}
