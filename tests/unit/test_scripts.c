/* Example scripts in their quick form. */
#include "data/csv.h"
#include "program.h"

static void
test_measures (void)
{
  g_autofree char *table = nv_i_data_file ("nasbench201.csv.gz", NULL);
  if (table == NULL) {
    g_test_skip ("nasbench201.csv.gz is not there: NASVEC_DATA");
    return;
  }
  g_autofree char *line = g_strdup_printf ("run '%s/scripts/ablations/measures.lua' quick=true",
                                           g_getenv ("NASVEC_SOURCE"));
  Program p;
  program_open (&p);
  program_expect (&p, line, 0, "1000 of 15625 cells", NULL);
  g_assert_nonnull (strstr (p.out, "interpolation: edits between the ends"));
  program_close (&p);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scripts/measures", test_measures);
  return g_test_run ();
}
