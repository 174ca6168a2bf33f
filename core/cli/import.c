/* nasvec import FORMAT FILE OUT: a released file as a CSV table. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "import/nasbench101.h"

int
nv_i_cli_import (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  NvNb101Counts counts;
  if (!nv_i_cli_parse (&argc, &argv, "FORMAT FILE OUT",
                       "Writes a released FILE as the CSV table OUT. FORMAT:\n"
                       "  nasbench101   nasbench_full.tfrecord or "
                       "nasbench_only108.tfrecord",
                       NULL))
    return 2;
  if (argc != 4 || strcmp (argv[1], "nasbench101") != 0) {
    fprintf (stderr, "nasvec import: the FORMAT nasbench101, a FILE and OUT are needed; "
                     "see `nasvec import --help`\n");
    return 2;
  }
  const gint64 start = g_get_monotonic_time ();
  if (!nv_i_nasbench101_import (argv[2], argv[3], &counts, &error))
    return nv_i_cli_fail (error);
  const double seconds = 1e-6 * (double) (g_get_monotonic_time () - start);
  g_print ("%s: %u cells, %" G_GUINT64_FORMAT " trainings, %.1f MB in %.2f s\n", argv[3],
           counts.cells, counts.records, 1e-6 * (double) counts.bytes, seconds);
  return 0;
}
