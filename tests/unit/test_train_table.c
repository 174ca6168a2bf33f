/* Tables that are trained: their cells, their rows, what a killed one leaves, and what is
 * refused. */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "bars.h"
#include "benchmark/benchmark.h"
#include "check_error.h"
#include "open_space.h"
#include "train/table.h"

typedef struct {
  char *folder, *file, *about;
  NvSpace *space;
  NvImages *images;
  NvTrainOptions options;
} Fixture;

static void
set_up (Fixture *f, gconstpointer unused)
{
  (void) unused;
  f->folder = g_dir_make_tmp ("nasvec-table-XXXXXX", NULL);
  f->file = g_build_filename (f->folder, "table.csv", NULL);
  f->about = g_strconcat (f->file, ".json", NULL);
  f->space = open_space ("nasbench201", "{'equivalence': <'skip_zero'>}");
  f->images = make_bars ();
  f->options = small;
  f->options.epochs = 3;
  f->options.validate = 2;
}

static void
tear_down (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_unlink (f->file);
  g_unlink (f->about);
  g_rmdir (f->folder);
  g_free (f->folder);
  g_free (f->file);
  g_free (f->about);
  nv_i_space_unref (f->space);
  nv_i_images_free (f->images);
}

static void
count_call (gsize done, const NvTableJob *job, gpointer data)
{
  guint *calls = data;
  g_assert_cmpuint (done, <=, job->cells->count);
  ++*calls;
}

/* How often it was told; 0 with error. */
static guint
train (Fixture *f, gsize limit, guint workers, GError **error)
{
  guint calls = 0;
  g_autoptr (NvCells) cells = nv_i_table_cells (f->space, limit, NULL);
  const NvTableJob job = { f->space, cells, &f->options, f->images, f->file, workers };
  return nv_i_table_train (&job, count_call, &calls, error) ? calls : 0;
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The rows in the order of their text, without their seconds. */
static char *
read_rows (const Fixture *f)
{
  g_autofree char *text = NULL;
  g_assert_true (g_file_get_contents (f->file, &text, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_assert_cmpstr (lines[0], ==,
                   "cell,validation_2,validation_3,test,seconds,parameters,multiply_adds");
  const guint n = g_strv_length (lines);
  for (guint i = 0; i + 1 < n; i++) {
    g_auto (GStrv) fields = g_strsplit (lines[i], ",", -1);
    g_assert_cmpuint (g_strv_length (fields), ==, 7);
    g_assert_cmpstr (fields[4], !=, "");
    fields[4][0] = '\0';
    g_free (lines[i]);
    lines[i] = g_strjoinv (",", fields);
  }
  qsort (lines, n, sizeof *lines, compare_rows);
  return g_strjoinv ("\n", lines);
}

static void
test_cells (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autoptr (NvCells) all = nv_i_table_cells (f->space, 0, NULL);
  g_autoptr (NvCells) some = nv_i_table_cells (f->space, 100, NULL);
  g_autoptr (NvSpace) darts = open_space ("darts", NULL);
  g_autoptr (NvCells) ten = nv_i_table_cells (darts, 10, NULL);
  g_autoptr (NvCells) five = nv_i_table_cells (darts, 5, NULL);
  g_assert_cmpuint (all->count, ==, 6466);
  g_assert_cmpuint (some->count, ==, 100);
  g_assert_cmpmem (some->ops, 100 * some->nodes, all->ops, 100 * all->nodes);
  g_assert_cmpmem (five->ops, 5 * five->nodes, ten->ops, 5 * five->nodes);
  g_assert_null (nv_i_table_cells (darts, 0, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "first= is needed");
}

/* The same rows with any number of workers, in one go, or after the last one was cut off. */
static void
test_rows (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  gsize length;
  g_assert_cmpuint (train (f, 6, 1, &error), ==, 7);
  g_autofree char *whole = read_rows (f), *text = NULL;
  g_assert_true (g_file_get_contents (f->file, &text, &length, NULL));
  g_assert_true (g_file_set_contents (f->file, text, (gssize) length - 30, NULL));
  g_assert_cmpuint (train (f, 6, 2, &error), ==, 2);
  g_autofree char *mended = read_rows (f);
  g_assert_cmpstr (mended, ==, whole);
  g_unlink (f->file);
  g_assert_cmpuint (train (f, 4, 2, &error), ==, 5);
  g_assert_cmpuint (train (f, 6, 3, &error), ==, 3);
  g_autofree char *again = read_rows (f);
  g_assert_cmpstr (again, ==, whole);
  g_assert_no_error (error);
}

/* The file as a benchmark. */
static NvBenchmark *
table_of (const Fixture *f, const char *observed, const char *test, GError **error)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "file", "s", f->file);
  g_variant_dict_insert (&dict, "cell", "s", "cell");
  g_variant_dict_insert (&dict, "observed", "s", observed);
  g_variant_dict_insert (&dict, "test", "s", test);
  return nv_i_benchmark_new (f->space, "table", g_variant_dict_end (&dict), error);
}

/* What it trains can be read as a table. */
static void
test_reading (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_assert_cmpuint (train (f, 5, 2, &error), ==, 6);
  g_autoptr (NvBenchmark) table = table_of (f, "validation_3", "test", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (table->pool->count, ==, 5);
}

/* Columns of each training, which a table takes as its runs; the first are those of one alone. */
static void
test_trainings (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autofree char *one = NULL, *two = NULL;
  double score, test;
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 2);
  g_assert_true (g_file_get_contents (f->file, &one, NULL, NULL));
  g_unlink (f->file);
  g_unlink (f->about);
  f->options.trainings = 2;
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 2);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (f->file, &two, NULL, NULL));
  g_assert_true (g_str_has_prefix (two, "cell,validation_2_1,validation_2_2,validation_3_1,"
                                        "validation_3_2,test_1,test_2,seconds,parameters,"));
  g_auto (GStrv) alone = g_strsplit (strchr (one, '\n') + 1, ",", -1);
  g_auto (GStrv) both = g_strsplit (strchr (two, '\n') + 1, ",", -1);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (both[1 + 2 * i], ==, alone[1 + i]);
  g_autoptr (NvBenchmark) table
    = table_of (f, "validation_3_1, validation_3_2", "test_1, test_2", &error);
  g_assert_no_error (error);
  g_assert_true (nv_i_benchmark_optimum (table, &score, &test));
  g_assert_cmpfloat_with_epsilon (
    score, (g_ascii_strtod (both[3], NULL) + g_ascii_strtod (both[4], NULL)) / 2, 1e-9);
}

/* A file from before an option was there has its default. */
static void
test_older (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  g_autofree char *about = NULL;
  f->options.smoothing = 0;
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 2);
  g_assert_true (g_file_get_contents (f->about, &about, NULL, NULL));
  g_auto (GStrv) parts = g_strsplit (about, "\"smoothing\": 0.0, ", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_autofree char *older = g_strjoinv ("", parts);
  g_assert_true (g_file_set_contents (f->about, older, -1, NULL));
  g_assert_cmpuint (train (f, 2, 1, &error), ==, 2);
  g_assert_no_error (error);
}

static void
replace_images (Fixture *f, const char *digest)
{
  g_free (f->images->sha256);
  f->images->sha256 = g_strdup (digest);
}

/* Other images under the same name are another training. A file that does not tell its images
 * takes these for its own and says so from then on. */
static void
test_images (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL, other = NULL, later = NULL;
  g_autofree char *about = NULL, *completed = NULL;
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 2);
  g_assert_true (g_file_get_contents (f->about, &about, NULL, NULL));
  replace_images (f, "stripes");
  g_assert_cmpuint (train (f, 2, 1, &other), ==, 0);
  CHECK_ERROR (other, NV_ERROR_FORMAT, "or of other images; name another file");
  g_auto (GStrv) parts = g_strsplit (about, ", \"data_sha256\": \"bars\"", -1);
  g_assert_cmpuint (g_strv_length (parts), ==, 2);
  g_autofree char *older = g_strjoinv ("", parts);
  g_assert_true (g_file_set_contents (f->about, older, -1, NULL));
  replace_images (f, "bars");
  g_assert_cmpuint (train (f, 2, 1, &error), ==, 2);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (f->about, &completed, NULL, NULL));
  g_assert_cmpstr (completed, ==, about);
  replace_images (f, "stripes");
  g_assert_cmpuint (train (f, 2, 1, &later), ==, 0);
  CHECK_ERROR (later, NV_ERROR_FORMAT, "or of other images");
}

/* Is the file left as it was? */
static void
refuse_text (Fixture *f, const char *text, gsize size, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  gsize length;
  g_unlink (f->about);
  g_assert_true (g_file_set_contents (f->file, text, (gssize) size, NULL));
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 0);
  CHECK_ERROR (error, NV_ERROR_FORMAT, part);
  g_assert_true (g_file_get_contents (f->file, &found, &length, NULL));
  g_assert_cmpint (length, ==, size);
  g_assert_cmpint (memcmp (found, text, size), ==, 0);
  g_assert_false (g_file_test (f->about, G_FILE_TEST_EXISTS));
}

/* What is not of this training is not touched; a header that was cut off is. */
static void
test_foreign (Fixture *f, gconstpointer unused)
{
  (void) unused;
  static const char header[]
    = "cell,validation_2,validation_3,test,seconds,parameters,multiply_adds";
  g_autoptr (GError) error = NULL;
  refuse_text (f, "my only copy", 12, "table.csv:1: 'my only copy' is not the header of this");
  refuse_text (f, "a line\n", 7, "table.csv:1: 'a line' is not the header of this training");
  refuse_text (f, "\n", 1, "table.csv:1: '' is not the header");
  refuse_text (f, "cell\n", 5, "which is 'cell,validation_2,validation_3,test,seconds,");
  refuse_text (f, "cell,test\n0,.5\n", 16, "'cell,test' is not the header");
  refuse_text (f, "cell\0,val", 9, "'cell' is not the header");
  refuse_text (f, "caf\xe9\n", 5, "is not the header");
  for (gsize length = 0; length <= strlen (header); length += 17) {
    g_unlink (f->about);
    g_assert_true (g_file_set_contents (f->file, header, (gssize) length, NULL));
    g_assert_cmpuint (train (f, 1, 1, &error), ==, 2);
    g_assert_no_error (error);
    g_autofree char *rows = read_rows (f);
    g_assert_cmpuint (strlen (rows), >, strlen (header));
  }
}

static void
test_diverging (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  f->options.rate = 1e9;
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 2);
  g_autofree char *rows = read_rows (f);
  g_assert_nonnull (strstr (rows, "|,,,,,"));
  g_assert_null (strstr (rows, "nan"));
}

static void
test_refusals (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) other = NULL, lost = NULL, zipped = NULL, broken = NULL, none = NULL;
  g_assert_cmpuint (train (f, 1, 1, &none), ==, 2);
  g_assert_no_error (none);
  f->options.seed++;
  g_assert_cmpuint (train (f, 2, 1, &other), ==, 0);
  CHECK_ERROR (other, NV_ERROR_FORMAT, "the rows are of another training");
  f->options.seed--;
  g_unlink (f->about);
  g_assert_cmpuint (train (f, 2, 1, &lost), ==, 0);
  CHECK_ERROR (lost, NV_ERROR_FILE, "table.csv.json: cannot be read");
  g_assert_true (g_file_set_contents (f->file, "\x1f\x8b\x08", 3, NULL));
  g_assert_cmpuint (train (f, 2, 1, &zipped), ==, 0);
  CHECK_ERROR (zipped, NV_ERROR_FORMAT, "gunzip it first");
  g_unlink (f->file);
  g_assert_cmpuint (train (f, 1, 1, &none), ==, 2);
  g_autofree char *text = NULL;
  gsize length;
  g_assert_true (g_file_get_contents (f->file, &text, &length, NULL));
  g_autofree char *more = g_strconcat (text, "|nor_conv_3x3~0|,.5,.5,.5,1,1,1\n", NULL);
  g_assert_true (g_file_set_contents (f->file, more, -1, NULL));
  g_assert_cmpuint (train (f, 2, 1, &broken), ==, 0);
  CHECK_ERROR (broken, NV_ERROR_CELL, "table.csv:3: ");
}

/* Two processes do not write one file. */
static void
test_lock (Fixture *f, gconstpointer unused)
{
  (void) unused;
  g_autoptr (GError) error = NULL;
  const int fd = g_open (f->file, O_RDWR | O_CREAT, 0644);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);
  g_assert_cmpuint (train (f, 1, 1, &error), ==, 0);
  CHECK_ERROR (error, NV_ERROR_FILE, "another process is writing it");
  close (fd);
}

#define ADD(path, test) g_test_add (path, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/train-table/cells", test_cells);
  ADD ("/train-table/rows", test_rows);
  ADD ("/train-table/reading", test_reading);
  ADD ("/train-table/trainings", test_trainings);
  ADD ("/train-table/older", test_older);
  ADD ("/train-table/images", test_images);
  ADD ("/train-table/foreign", test_foreign);
  ADD ("/train-table/diverging", test_diverging);
  ADD ("/train-table/refusals", test_refusals);
  ADD ("/train-table/lock", test_lock);
  return g_test_run ();
}
