/* A TFRecord of NAS-Bench-101. The bytes are imported as a file and read as the payload
 * of one record, since no input of the fuzzer's passes the checksums. */
#include <string.h>

#include "data/tfrecord.h"
#include "fuzz.h"
#include "import/nasbench101.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char name[32];
  const char *record;
  gsize length;
  NvNb101Run run = { .vertices = 9 };
  g_autoptr (GError) error = NULL, failure = NULL;
  int fd = fuzz_file (data, size, name);
  g_autoptr (NvTfrecord) records = nv_i_tfrecord_open (name, NULL);
  while (nv_i_tfrecord_next (records, &record, &length, &error))
    nv_i_nasbench101_read (&run, record, length, NULL);
  close (fd);
  run.vertices = 9;
  g_autofree char *copy = g_memdup2 (data, size); /* at its end reading on is seen */
  if (size > 0 && !nv_i_nasbench101_read (&run, copy, size, &failure))
    FUZZ_CHECK (failure != NULL && run.vertices == 9);
  else if (size > 0)
    FUZZ_CHECK (run.vertices <= 7 && strlen (run.ops) == run.vertices - 2);
  return 0;
}
