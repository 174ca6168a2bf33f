/* What a report says in words: the protocol under a table and the verdict over it. */
#include <string.h>

#include "report/data.h"
#include "report_store.h"

static char *folder;

static NvReport *
load (const char *file)
{
  g_autoptr (GError) error = NULL;
  NvReport *report = nv_i_report_load (file, NULL, &error);
  g_assert_no_error (error);
  return report;
}

static char *
in_folder (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
protocol_of (const NvReport *r, guint task)
{
  g_auto (GStrv) lines = nv_i_report_protocol (r, task);
  return g_strjoinv ("\n", lines);
}

static void
assert_says (const char *text, const char *what)
{
  if (strstr (text, what) == NULL)
    g_error ("no '%s' in: %s", what, text);
}

/* Arms "a" and "b" on task "t", without runs; options of each, JSON. */
static char *
protocol_with (const char *manifest, const char *a, const char *b)
{
  g_autofree char *file = in_folder ("protocol.db");
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  store_manifest (db, manifest);
  store_arm (db, 1, "a", "t", "e", "a");
  store_options (db, 1, a);
  store_arm (db, 2, "b", "t", "e", "b");
  store_options (db, 2, b);
  store_close (store);
  g_autoptr (NvReport) r = load (file);
  return protocol_of (r, 0);
}

static void
test_budget (void)
{
  static const char function[] = "{\"benchmark\": {\"kind\": \"function\"}}";
  static const struct {
    const char *manifest, *options, *says;
  } cases[] = {
    { "{\"budget_cells\": 60}", "{}", "Budget: 60 distinct cells a run. " },
    { "{\"budget_seconds\": 0.25}", "{}", "Budget: 0.25 simulated seconds a run. " },
    { "{\"budget_seconds\": 1234567}", function, "Budget: 1234567 seconds a run. " },
    { "{\"budget_cells\": 60, \"budget_seconds\": 400.5}", "{}",
      "Budget: 60 distinct cells or 400.5 simulated seconds a run, whichever ends first. " },
    { "{\"budget_cells\": 0, \"budget_seconds\": 0.0}", "{}", "Budget: not recorded. " },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = protocol_with (cases[i].manifest, cases[i].options, "{}");
    assert_says (text, cases[i].says);
  }
}

/* What the arms of the task have, whatever the manifest has of the last session. */
static void
test_pool (void)
{
#define DRAWN(n) "\"benchmark\": {\"kind\": \"function\"}, \"pool_size\": " n
#define SPACE "\"pretrain\": \"space\""
  static const struct {
    const char *manifest, *a, *b, *says;
  } cases[] = {
    { "{\"pool_size\": 500}", "{}", "{}", "Pool: all cells of the space that the bench" },
    { "{\"pool_size\": 0}", "{" DRAWN ("500") "}", "{" DRAWN ("500") "}",
      "Pool: 500 cells. " },
    { "{}", "{" DRAWN ("500") "}", "{" DRAWN ("700") "}", "Pool: 500 to 700 cells. " },
    { "{}", "{" DRAWN ("500") "," SPACE "}", "{" DRAWN ("500") "}", "Pool: 500 cells. " },
    /* drawn beside a table, to pre-train on */
    { "{}", "{\"pool_size\": 500, " SPACE "}", "{\"pool_size\": 500, " SPACE "}",
      "Pool: all cells of the space that the benchmark has. " },
    { "{}", "{" SPACE "}", "{" SPACE "}", " Pre-trained on: the space.\n" },
    { "{}", "{" SPACE "}", "{}",
      " Pre-trained on: the space by a; the pool by the others.\n" },
    { "{" SPACE "}", "{}", "{}", "pre-trainings of an encoder: 1.\n" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = protocol_with (cases[i].manifest, cases[i].a, cases[i].b);
    assert_says (text, cases[i].says);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-protocol-XXXXXX", NULL);
  g_test_add_func ("/report/protocol/budget", test_budget);
  g_test_add_func ("/report/protocol/pool", test_pool);
  int failed = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return failed;
}
