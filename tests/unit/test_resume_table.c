/* The same with a real table and real encoders, pre-trained and joint: a study of NAS-Bench-201
 * with one worker, with two, and killed at three moments. */
#include "study_help.h"

#include <sys/wait.h>

#include "data/csv.h"

static const NvBenchmarkOps *table_ops;
static gint asked, kill_at;

static gboolean
query_and_die (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise, NvOutcome *out,
               GError **error)
{
  if (g_atomic_int_add (&asked, 1) + 1 == kill_at)
    kill (getpid (), SIGKILL);
  return table_ops->query (benchmark, cell, noise, out, error);
}

static NvBenchmark *
open_table (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new ("nasbench201", NULL, &error);
  GVariantDict dict;
  g_assert_no_error (error);
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "file", "s", "nasbench201.csv");
  g_variant_dict_insert (&dict, "dataset", "s", "cifar10");
  NvBenchmark *table
      = nv_i_benchmark_new (space, "table", g_variant_dict_end (&dict), &error);
  g_assert_no_error (error);
  return table;
}

static GVariant *
small_network (gboolean trained)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "layers", "x", (gint64) 1);
  g_variant_dict_insert (&dict, "hidden", "x", (gint64) 8);
  if (trained)
    g_variant_dict_insert (&dict, "epochs", "x", (gint64) 1);
  return g_variant_dict_end (&dict);
}

static NvStudy *
table_study (Place *p, NvBenchmark *table, guint workers)
{
  NvStudy *study = nv_i_study_new ("table");
  study->seed = 5;
  study->seeds = 2;
  study->budget_cells = 20;
  study->workers = workers;
  study->store = g_strdup (p->file);
  nv_i_study_add (study, "vgae", table, "vgae", small_network (TRUE), -1, "toyjoint", NULL);
  nv_i_study_add (study, "supervised", table, "supervised", small_network (FALSE), -1,
                  "toyjoint", NULL);
  nv_i_study_add (study, "onehot", table, "onehot", NULL, -1, "toyjoint", NULL);
  nv_i_study_add (study, "evolution", table, "onehot", NULL, -1, "evolution", NULL);
  nv_i_study_add (study, "bo", table, "vgae", small_network (TRUE), -1, "bo", NULL);
  nv_i_study_add (study, "gradient", table, "supervised", small_network (FALSE), -1,
                  "gradient", NULL);
  return study;
}

static void
run_killed (Place *p, NvBenchmark *table, gint at)
{
  int status;
  pid_t child = fork ();
  if (child == 0) {
    NvBenchmarkOps ops = *table->ops;
    g_autoptr (NvStudy) study = table_study (p, table, 2);
    table_ops = table->ops;
    ops.query = query_and_die;
    table->ops = &ops;
    kill_at = at;
    nv_i_study_run (study, NULL, NULL);
    _exit (0);
  }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFSIGNALED (status));
}

static void
test_table (Place *p, gconstpointer data)
{
  const gint moments[] = { 0, 0, 7, 110, 239 }; /* queries; the first two are not killed */
  g_autofree char *file = nv_i_data_file ("nasbench201.csv", NULL, NULL), *expected = NULL;
  (void) data;
  if (file == NULL) {
    g_test_skip ("NASVEC_DATA has no nasbench201.csv.gz");
    return;
  }
  g_autoptr (NvBenchmark) table = open_table ();
  for (gsize i = 0; i < G_N_ELEMENTS (moments); i++) {
    g_autoptr (NvStudy) study = table_study (p, table, i == 0 ? 1 : 2);
    if (moments[i] > 0)
      run_killed (p, table, moments[i]);
    run_study (study, p);
    g_autofree char *text = dump (p->file);
    if (expected == NULL)
      expected = g_strdup (text);
    g_assert_cmpstr (text, ==, expected);
    LOOKUP (p, "SELECT count (*) FROM trial", "240");
    LOOKUP (p, "SELECT count (DISTINCT run) FROM trial", "12");
    g_remove (p->file);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  accept_toys ();
  g_test_add ("/resume/table", Place, NULL, enter, test_table, leave);
  return g_test_run ();
}
