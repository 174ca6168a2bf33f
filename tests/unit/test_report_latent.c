/* Figures of an embedding, on a few cells of NAS-Bench-201 with invented scores. */
#include <math.h>
#include <string.h>

#include "benchmark/benchmark.h"
#include "plugin/options.h"
#include "report_latent.h"
#include "report_store.h"

static char *folder;
static NvSpace *space;

static void
test_depth (void)
{
  static const struct { const char *cell; guint depth;
  } cases[] = {
    { "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_1x1~1|+|none~0|none~1|avg_pool_3x3~2|",
      4 },
    { "|skip_connect~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|", 2 },
    { "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|", 0 },
    { "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|", 1 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    NvCell cell;
    g_assert_true (nv_space_parse (space, cases[i].cell, &cell, NULL));
    g_assert_cmpuint (nv_i_cell_depth (space, &cell), ==, cases[i].depth);
  }
}

/* A path may begin at any input: here it is c_{k-1}, sep_conv_3x3, sep_conv_5x5,
 * output. */
static void
test_depth_of_two_inputs (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) darts = nv_i_space_new ("darts", NULL, &error);
  g_assert_no_error (error);
  NvCell cell;
  nv_space_parse (darts,
                  "none:0 sep_conv_3x3:1 none:0 sep_conv_5x5:2 "
                  "none:0 none:1 none:0 none:1",
                  &cell, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (nv_i_cell_depth (darts, &cell), ==, 3);
}

static void
test_latent (void)
{
  g_autoptr (NvLatent) l = small_latent (space, "onehot", 300);
  g_assert_cmpuint (l->n, ==, 300);
  g_assert_cmpuint (l->op, ==, 2); /* what the score is made of */
  g_assert_cmpuint (l->trajectory->len, ==, 5);
  guint unknown = 0;
  for (gsize i = 0; i < l->n; i++) {
    unknown += isnan (l->score[i]);
    g_assert_true (isfinite (l->tsne[2 * i]) && isfinite (l->pca[2 * i + 1]));
  }
  g_assert_cmpuint (unknown, ==, 43);
}

/* A distance between one-hot codes is the square root of twice the ops that differ. */
static void
test_distances (void)
{
  g_autoptr (NvLatent) l = small_latent (space, "onehot", 100);
  NvDistances d;
  nv_i_latent_distances (&d, l);
  for (guint e = 0; e < 6; e++) {
    g_assert_cmpuint (d.count[e], >, 0);
    g_assert_cmpfloat_with_epsilon (d.median[e], sqrt (2. * (e + 1)), 1e-5);
  }
  g_assert_cmpuint (d.count[6], ==, 0);
  g_assert_cmpfloat (d.spearman, >, .99);
}

static void
test_prediction (void)
{
  g_autoptr (NvLatent) l = small_latent (space, "onehot", 300);
  NvPrediction p;
  g_assert_true (nv_i_latent_predict (&p, l));
  g_assert_cmpuint (p.labels + p.n, ==, 300 - 43);
  g_assert_cmpfloat (p.spearman, >, .95); /* linear in the code */
  g_assert_cmpfloat (p.rmse, <, .003);
  nv_i_prediction_clear (&p);
  g_autoptr (NvLatent) few = small_latent (space, "onehot", 9);
  g_assert_false (nv_i_latent_predict (&p, few));
}

static void
test_files (void)
{
  g_autoptr (NvLatent) l = small_latent (space, "onehot", 60);
  g_autoptr (GError) error = NULL;
  nv_i_latent_write (l, folder, &error);
  g_assert_no_error (error);
  static const char *const names[] = { "map.csv",     "map_tsne.png", "map_pca.svg",
                                       "density.pdf", "distance.svg", "prediction.csv" };
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);
    g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  }
}

static void
decode_nothing (NvEncoder *e G_GNUC_UNUSED, const nv_real *z G_GNUC_UNUSED,
                gsize B G_GNUC_UNUSED, NvCells *out G_GNUC_UNUSED)
{
}

static void
test_path_broken (void)
{
  g_autoptr (NvLatent) l = small_latent (space, "vgae", 200);
  g_autoptr (GError) error = NULL;
  const NvEncoderClass *vgae = l->encoder->klass;
  NvEncoderClass broken = *vgae;
  broken.decode = decode_nothing;
  l->encoder->klass = &broken;
  g_assert_false (nv_i_path_write (l, folder, &error));
  l->encoder->klass = vgae;
  g_assert_error (error, NV_ERROR, NV_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, "encoder vgae: decode() of 7 codes appended 0 "
                                            "cells"));
}

/* Seven cells in words, the first zero edits from itself. */
static void
test_path (void)
{
  g_autoptr (NvLatent) l = small_latent (space, "vgae", 200);
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "path.csv", NULL), *text = NULL;
  nv_i_path_write (l, folder, &error);
  g_assert_no_error (error);
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 9);
  g_assert_cmpstr (lines[0], ==, "share,valid,edits,ops,edges");
  for (guint i = 1; i <= 7; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], ",", -1);
    g_auto (GStrv) ops = g_strsplit (fields[3], " ", -1);
    g_assert_cmpuint (g_strv_length (fields), ==, 5);
    g_assert_cmpfloat_with_epsilon (g_ascii_strtod (fields[0], NULL), (i - 1) / 6., 1e-4);
    g_assert_true (i > 1 || g_str_equal (fields[2], "0"));
    g_assert_cmpuint (g_strv_length (ops), ==, space->nodes);
  }
}

/* The arm's row names its plugins; without them, or for a joint arm without a run, an error
 * says what is wrong. */
static void
test_store (void)
{
  g_autofree char *file = g_build_filename (folder, "s.db", NULL);
  g_autoptr (GError) error = NULL;
  NvStore *made = store_new (file);
  sqlite3 *db = nv_i_store_handle (made);
  store_arm (db, 1, "onehot + random", "t", "onehot", "random");
  store_arm (db, 2, "untold", "t", "onehot", "bo");
  store_arm (db, 3, "joint", "t", "supervised", "bo");
  store_sql (db, "UPDATE arm SET options = '{\"encoder\": {\"plugin\": \"onehot\"},"
                 " \"space\": {\"plugin\": \"nasbench201\"}}' WHERE id != 2;"
                 "UPDATE arm SET joint = 1 WHERE id = 3");
  gint64 run = store_run (db, 1, 0, "budget");
  static const char *const cells[] = {
    "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|", "no cell",
    "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|" };
  for (int i = 0; i < 3; i++)
    store_trial (db, run, i, cells[i], .5 + .1 * i, .6 + .1 * i, 1);
  store_close (made);
  g_autoptr (NvReport) r = report_of (file);
  static const char *const wrong[][2] = { { "absent", "no arm is called 'absent'" },
                                          { "untold", "does not tell its space" },
                                          { "joint", "no run with a score has ended" } };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    g_assert_null (nv_i_latent_from_store (file, r, wrong[i][0], &error));
    g_assert_nonnull (strstr (error->message, wrong[i][1]));
    g_clear_error (&error);
  }
  g_autoptr (NvLatent) l = nv_i_latent_from_store (file, r, "onehot + random", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (l->n, ==, NV_LATENT_CELLS);
  g_assert_cmpuint (l->trajectory->len, ==, 2);
  g_assert_cmpfloat (l->score[g_array_index (l->trajectory, guint, 1)], ==, .8);
}

/* A joint arm's encoder is trained on the scores of its first run, which moves it. */
static void
test_joint (void)
{
  g_autofree char *file = g_build_filename (folder, "joint.db", NULL);
  g_autoptr (GError) error = NULL;
  NvStore *made = store_new (file);
  sqlite3 *db = nv_i_store_handle (made);
  for (int arm = 1; arm <= 2; arm++) {
    store_arm (db, arm, arm == 1 ? "joint" : "frozen", "t", "supervised", "random");
    gint64 run = store_run (db, arm, 0, "budget");
    store_trial (db, run, 0, "|none~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|",
                 .5, .6, 1);
    store_trial (db, run, 1,
                 "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|nor_conv_3x3~2|", .6,
                 .7, 1);
  }
  store_sql (db, "UPDATE arm SET options = '{\"encoder\": {\"plugin\": \"supervised\","
                 " \"options\": {\"hidden\": 8}}, \"space\": {\"plugin\": \"nasbench201\"}}';"
                 "UPDATE arm SET joint = 1 WHERE id = 1");
  store_close (made);
  g_autoptr (NvReport) r = report_of (file);
  g_autoptr (NvLatent) joint = nv_i_latent_from_store (file, r, "joint", &error);
  g_assert_no_error (error);
  g_autoptr (NvLatent) frozen = nv_i_latent_from_store (file, r, "frozen", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (joint->D, ==, frozen->D);
  double moved = 0;
  for (gsize i = 0; i < joint->n * joint->D; i++)
    moved += fabs (joint->x[i] - frozen->x[i]);
  g_assert_cmpfloat (moved / (double) (joint->n * joint->D), >, 1e-3);
}

/* The map is of the cells that the study pre-trained on. */
static void
check_pool (const char *name, const char *options, guint n, const char *message)
{
  g_autofree char *base = g_strconcat (name, ".db", NULL);
  g_autofree char *file = g_build_filename (folder, base, NULL);
  g_autofree char *sql = g_strdup_printf ("UPDATE arm SET options = '%s'", options);
  g_autoptr (GError) error = NULL;
  NvStore *made = store_new (file);
  store_arm (nv_i_store_handle (made), 1, name, "t", "onehot", "random");
  store_sql (nv_i_store_handle (made), sql);
  store_close (made);
  g_autoptr (NvReport) r = report_of (file);
  g_autoptr (NvLatent) l = nv_i_latent_from_store (file, r, name, &error);
  if (message == NULL) {
    g_assert_no_error (error);
    g_assert_cmpuint (l->n, ==, n);
  } else if (l != NULL || strstr (error->message, message) == NULL)
    g_error ("'%s' is not in '%s'", message, error != NULL ? error->message : "no error");
}

static void
write_table (const char *file, guint cells)
{
  g_autoptr (NvCells) all = nv_space_enumerate (space, NULL);
  g_autoptr (GString) text = g_string_new ("arch,seen\n");
  for (guint i = 0; i < cells; i++) {
    NvCell cell;
    nv_cells_get (all, 23 * i, &cell);
    g_autofree char *arch = nv_space_format (space, &cell);
    g_string_append_printf (text, "%s,0.%u\n", arch, 385 + i);
  }
  g_assert_true (g_file_set_contents (file, text->str, -1, NULL));
}

static void
test_pool (void)
{
  static const char *const format = "{\"encoder\": {\"plugin\": \"onehot\"}, \"space\": "
                                    "{\"plugin\": \"%s\"}, %s}";
  g_autofree char *file = g_build_filename (folder, "some.csv", NULL);
  g_autofree char *sampled = g_strdup_printf (format, "darts", "\"pool_size\": 57");
  g_autoptr (GError) error = NULL;
  check_pool ("sampled", sampled, 57, NULL);
  g_setenv ("NASVEC_DATA", folder, TRUE);
  write_table (file, 38);
  GVariantDict options;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "file", "s", "some.csv");
  g_variant_dict_insert (&options, "cell", "s", "arch");
  g_variant_dict_insert (&options, "observed", "s", "seen");
  g_autoptr (NvBenchmark) table
      = nv_i_benchmark_new (space, "table", g_variant_dict_end (&options), &error);
  g_assert_no_error (error);
  g_autofree char *description = nv_i_json_text (table->description);
  g_autofree char *member = g_strdup_printf ("\"benchmark\": %s", description);
  g_autofree char *some = g_strdup_printf (format, "nasbench201", member);
  check_pool ("some", some, 38, NULL);
  write_table (file, 39);
  check_pool ("changed", some, 0, "some.csv is not the file that it was");
  g_remove (file);
  check_pool ("missing", some, 0, "the map needs the cells of the study's table: ");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autoptr (GError) error = NULL;
  folder = g_dir_make_tmp ("nasvec-latent-XXXXXX", NULL);
  space = nv_i_space_new ("nasbench201", NULL, &error);
  g_assert_no_error (error);
  g_test_add_func ("/report/latent/depth", test_depth);
  g_test_add_func ("/report/latent/depth/inputs", test_depth_of_two_inputs);
  g_test_add_func ("/report/latent", test_latent);
  g_test_add_func ("/report/latent/distances", test_distances);
  g_test_add_func ("/report/latent/prediction", test_prediction);
  g_test_add_func ("/report/latent/files", test_files);
  g_test_add_func ("/report/latent/path", test_path);
  g_test_add_func ("/report/latent/path/broken", test_path_broken);
  g_test_add_func ("/report/latent/store", test_store);
  g_test_add_func ("/report/latent/joint", test_joint);
  g_test_add_func ("/report/latent/pool", test_pool);
  int failed = g_test_run ();
  nv_i_space_unref (space);
  remove_folder (folder);
  g_free (folder);
  return failed;
}
