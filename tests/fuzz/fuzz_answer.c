/* What a `command` writes to its standard output. */
#include <math.h>
#include <string.h>

#include "benchmark/command.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  NvOutcome out, before;
  g_autoptr (GError) error = NULL;
  memset (&out, 0x3e, sizeof out);
  memcpy (&before, &out, sizeof out);
  if (nv_i_command_answer ((const char *) data, size, &out, &error))
    FUZZ_CHECK (error == NULL && out.failed != isfinite (out.score)
                && !(out.seconds < 0));
  else
    FUZZ_CHECK (error != NULL && memcmp (&out, &before, sizeof out) == 0);
  return 0;
}
