/* The list behind nv_tensors_add(). */
#include "plugin/instance.h"

static void
clear_tensor (gpointer item)
{
  g_free (((NvTensor *) item)->name);
}

NvTensors *
nv_i_tensors_new (void)
{
  NvTensors *tensors = g_new (NvTensors, 1);
  tensors->items = g_array_new (FALSE, FALSE, sizeof (NvTensor));
  g_array_set_clear_func (tensors->items, clear_tensor);
  return tensors;
}

void
nv_i_tensors_free (NvTensors *tensors)
{
  if (tensors == NULL)
    return;
  g_array_unref (tensors->items);
  g_free (tensors);
}

void
nv_tensors_add (NvTensors *tensors, const char *name, nv_real *data, gsize rows,
                gsize cols)
{
  g_return_if_fail (tensors != NULL && name != NULL && data != NULL && rows > 0
                    && cols > 0);
  NvTensor tensor = { .name = g_strdup (name), .data = data, .rows = rows, .cols = cols };
  g_array_append_val (tensors->items, tensor);
}
