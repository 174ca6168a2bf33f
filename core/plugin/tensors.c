/* The list behind nv_tensors_add(). */
#include <math.h>

#include "plugin/encoder.h"

static void
clear_tensor (gpointer item)
{
  g_free (((NvTensor *) item)->name);
}

NvTensors *
nv_i_tensors_new (void)
{
  NvTensors *tensors = g_new (NvTensors, 1);
  tensors->wrong = NULL;
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
  g_free (tensors->wrong);
  g_free (tensors);
}

void
nv_tensors_add (NvTensors *tensors, const char *name, nv_real *data, gsize rows,
                gsize cols)
{
  g_return_if_fail (tensors != NULL);
  if (name == NULL || data == NULL || rows == 0 || cols == 0) {
    if (tensors->wrong == NULL)
      tensors->wrong = g_strdup_printf ("array %u, '%s', is [%zu x %zu]%s", tensors->items->len,
                                        name != NULL ? name : "(null)", rows, cols,
                                        data != NULL ? "" : " at NULL");
    return;
  }
  NvTensor tensor = { .name = g_strdup (name), .data = data, .rows = rows, .cols = cols };
  g_array_append_val (tensors->items, tensor);
}

const char *
nv_i_wild_text (double x)
{
  return isnan (x) ? "nan" : x > 0 ? "inf" : "-inf";
}

const NvTensor *
nv_i_tensors_wild (const NvTensors *tensors, const char **text)
{
  for (guint i = 0; i < tensors->items->len; i++) {
    const NvTensor *t = &g_array_index (tensors->items, NvTensor, i);
    for (gsize k = 0; k < t->rows * t->cols; k++)
      if (!isfinite (t->data[k])) {
        *text = nv_i_wild_text ((double) t->data[k]);
        return t;
      }
  }
  return NULL;
}
