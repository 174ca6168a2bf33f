/* A file as safetensors, into three tensors: all of them or none are written. */
#include <string.h>

#include "data/safetensors.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  nv_real w[10], before[10];
  char name[32];
  memset (w, 0x3e, sizeof w);
  memcpy (before, w, sizeof w);
  NvTensor items[] = { { (char *) "a", w, 2, 3 }, { (char *) "b", w + 6, 1, 1 },
                       { (char *) "c", w + 7, 1, 3 } };
  g_autoptr (GArray) array = g_array_new (FALSE, FALSE, sizeof (NvTensor));
  g_array_append_vals (array, items, G_N_ELEMENTS (items));
  NvTensors tensors = { .items = array };

  int fd = fuzz_file (data, size, name);
  g_autoptr (GError) error = NULL;
  JsonObject *metadata = NULL;
  if (nv_i_safetensors_load (name, &tensors, &metadata, &error)) {
    FUZZ_CHECK (metadata != NULL && error == NULL);
    json_object_unref (metadata);
  } else
    FUZZ_CHECK (error != NULL && metadata == NULL && memcmp (w, before, sizeof w) == 0);
  close (fd);
  return 0;
}
