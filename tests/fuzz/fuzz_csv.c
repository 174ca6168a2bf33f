/* A file as CSV, plain or gzip: every field of every row, as text and as a number. */
#include <math.h>
#include <string.h>

#include "data/csv.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  char name[32];
  int fd = fuzz_file (data, size, name);
  g_autoptr (GError) error = NULL;
  g_autoptr (NvCsv) csv = nv_i_csv_open (name, &error);
  FUZZ_CHECK ((csv == NULL) == (error != NULL));
  while (csv != NULL && nv_i_csv_next (csv, &error)) {
    FUZZ_CHECK (error == NULL);
    for (guint i = 0; i < nv_i_csv_n_columns (csv); i++) {
      double x = 7.5;
      g_autoptr (GError) failure = NULL;
      FUZZ_CHECK (strlen (nv_i_csv_text (csv, i)) <= size * 1032); /* deflate's best */
      if (nv_i_csv_number (csv, i, &x, &failure))
        FUZZ_CHECK (isfinite (x));
      else
        FUZZ_CHECK (failure != NULL && x == 7.5);
    }
  }
  close (fd);
  return 0;
}
