/* How far a study is, read beside its writer. */
#include <string.h>

#include "report/progress.h"
#include "report_store.h"

/* Seed 0 stalled after 4 cells, seed 1 failed after 4, seed 2 has 2 cells, seed 3
 * none. */
static void
fill (sqlite3 *db)
{
  static const char *const reasons[] = { "stalled", "failed: x", NULL, NULL };
  static const int cells[] = { 4, 4, 2, 0 };
  store_arm (db, 1, "vgae + bo", "t", "vgae", "bo");
  for (int seed = 0; seed < 4; seed++) {
    gint64 run = store_run (db, 1, seed, reasons[seed]);
    for (int i = 0; i < cells[seed]; i++)
      store_trial (db, run, i, "c", i == 3 ? NAN : .5 + .01 * i + .1 * seed, .4, 1);
  }
}

static void
test_watch (void)
{
  g_autofree char *folder = g_dir_make_tmp ("nasvec-watch-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "s.db", NULL);
  NvStore *writer = store_new (file);
  g_autoptr (GError) error = NULL;
  g_autoptr (NvStore) reader = nv_i_store_open_readonly (file, &error);
  g_assert_no_error (error);
  fill (nv_i_store_handle (
      writer)); /* not committed: the reader sees nothing and is not held up */
  g_autoptr (GPtrArray) none = nv_i_progress_read (reader, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_false (nv_i_progress_done (none));

  store_sql (nv_i_store_handle (writer), "COMMIT; BEGIN");
  g_autoptr (GPtrArray) arms = nv_i_progress_read (reader, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (arms->len, ==, 1);
  const NvArmProgress *arm = arms->pdata[0];
  g_assert_cmpuint (arm->runs, ==, 4);
  g_assert_cmpuint (arm->finished, ==, 2);
  g_assert_cmpuint (arm->failed, ==, 1);
  g_assert_cmpuint (arm->stalled, ==, 1);
  g_assert_cmpuint (arm->cells, ==, 10);
  g_assert_cmpfloat_with_epsilon (arm->share, (2 + .5) / 4, 1e-12);
  g_assert_cmpfloat_with_epsilon (arm->best, .71, 1e-12);
  g_assert_cmpfloat_with_epsilon (arm->mean, (.52 + .62 + .71) / 3, 1e-12);
  g_autofree char *text = nv_i_progress_text (arms, "s.db", 75.5, 100);
  g_assert_nonnull (strstr (text, "s.db: 2 of 4 runs, 10 cells, about 75 s left"));
  g_assert_nonnull (strstr (text, "71.00 %"));
  g_assert_nonnull (strstr (text, "  stalled  "));
  store_close (writer);
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/watch/beside a writer", test_watch);
  return g_test_run ();
}
