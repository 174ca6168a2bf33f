/* A file as .npy: an array of finite values, or an error. */
#include <math.h>

#include "data/npy.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char name[32];
  int fd = fuzz_file (data, size, name);
  g_autoptr (GError) error = NULL;
  gsize rows = 77, cols = 78;
  g_autofree nv_real *values = nv_i_npy_load (name, &rows, &cols, &error);
  close (fd);
  if (values == NULL) {
    FUZZ_CHECK (error != NULL && rows == 77 && cols == 78);
    return 0;
  }
  FUZZ_CHECK (rows * cols * sizeof *values < size);
  for (gsize i = 0; i < rows * cols; i++)
    FUZZ_CHECK (isfinite (values[i]));
  return 0;
}
