/* The import of NAS-Bench-101's released files: framing, checksums, records, the table,
 * and a benchmark on it. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "benchmark/benchmark.h"
#include "check_error.h"
#include "data/csv.h"
#include "import/nasbench101.h"
#include "plugin/instance.h"
#include "../tfrecord.h"

static char *folder;

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
save (const GString *bytes)
{
  char *path = path_of ("in.tfrecord");
  g_assert_true (g_file_set_contents (path, bytes->str, (gssize) bytes->len, NULL));
  return path;
}

#define HASH_A "00005c142e6f48ac74fdcf73e3439874"
#define HASH_B "28cfc7874f6d200472e1a9dcd8650aa0"
#define MATRIX_A "0100110001000000010010000010000001000000010000000"
#define OPS_A                                                                            \
  "input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,"    \
  "output"

/* A record of cell A with figures around `x`. */
static char *
record_of (const char *hash, guint epochs, double x)
{
  const double half[4] = { 500 * x, x - 0.2, x - 0.3, x - 0.4 },
               end[4] = { 1000 * x, x + 0.01, x, x - 0.01 };
  g_autofree char *metrics = make_metrics (epochs, 8555530, half, end);
  return g_strdup_printf ("[\"%s\", %u, \"" MATRIX_A "\", \"" OPS_A "\", \"%s\"]", hash,
                          epochs, metrics);
}

static void
add_run (GString *file, const char *hash, guint epochs, double x)
{
  g_autofree char *record = record_of (hash, epochs, x);
  add_record (file, record);
}

static void
test_checksum (void)
{
  const guint32 crc = 0xe3069283u; /* of "123456789", published */
  g_assert_cmphex (nv_i_tfrecord_checksum ("123456789", 9), ==,
                   (crc >> 15 | crc << 17) + 0xa282ead8u);
}

static double
number (const NvCsv *csv, const char *column)
{
  double x = NAN;
  const int i = nv_i_csv_column (csv, column, NULL);
  g_assert_cmpint (i, >=, 0);
  g_assert_true (nv_i_csv_number (csv, (guint) i, &x, NULL));
  return x;
}

static const char *
text (const NvCsv *csv, const char *column)
{
  return nv_i_csv_text (csv, (guint) nv_i_csv_column (csv, column, NULL));
}

/* Records of two cells, mixed: the table has them by hash, with runs and means. */
static void
test_table (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autofree char *out = path_of ("out.csv");
  NvNb101Counts counts;
  add_run (bytes, HASH_B, 108, 0.7);
  add_run (bytes, HASH_A, 108, 0.9);
  add_run (bytes, HASH_A, 4, 0.5);
  add_run (bytes, HASH_A, 108, 0.96);
  add_run (bytes, HASH_A, 108, 0.93);
  g_autofree char *in = save (bytes);
  nv_i_nasbench101_import (in, out, &counts, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (counts.cells, ==, 2);
  g_assert_cmpuint (counts.records, ==, 5);
  g_assert_cmpuint (counts.bytes, ==, bytes->len);

  g_autoptr (NvCsv) csv = nv_i_csv_open (out, &error);
  g_assert_no_error (error);
  g_assert_true (nv_i_csv_next (csv, NULL));
  g_assert_cmpstr (text (csv, "module_hash"), ==, HASH_A);
  g_assert_cmpstr (text (csv, "adjacency_upper"), ==, "100110100001001010101");
  g_assert_cmpstr (text (csv, "ops"), ==, "02001");
  g_assert_cmpfloat (number (csv, "trainable_parameters"), ==, 8555530);
  g_assert_cmpfloat_with_epsilon (number (csv, "val_acc_108_run2"), 0.96, 1e-7);
  g_assert_cmpstr (text (csv, "train_seconds_108_run1"), ==, "900");
  g_assert_cmpfloat_with_epsilon (number (csv, "val_acc_108"), 0.93, 1e-7);
  g_assert_cmpfloat_with_epsilon (number (csv, "test_acc_108_mean3"), 0.92, 1e-7);
  g_assert_cmpfloat_with_epsilon (number (csv, "train_acc_108_run3"), 0.94, 1e-7);
  g_assert_cmpfloat_with_epsilon (number (csv, "val_acc_108_half_run1"), 0.6, 1e-7);
  g_assert_cmpfloat_with_epsilon (number (csv, "train_seconds_4_half"), 250, 1e-3);
  g_assert_cmpstr (text (csv, "val_acc_4_run2"), ==, "");
  g_assert_cmpint (nv_i_csv_column (csv, "val_acc_12", NULL), ==, -1);
  g_assert_true (nv_i_csv_next (csv, NULL));
  g_assert_cmpstr (text (csv, "index"), ==, "1");
  g_assert_cmpstr (text (csv, "module_hash"), ==, HASH_B);
  g_assert_cmpstr (text (csv, "val_acc_4"), ==, "");
  g_assert_false (nv_i_csv_next (csv, NULL));
}

/* The presets of the space read the table. */
static void
test_benchmark (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autofree char *out = path_of ("out.csv");
  NvNb101Counts counts;
  NvOutcome outcome;
  add_run (bytes, HASH_A, 108, 0.9);
  add_run (bytes, HASH_A, 108, 0.94);
  g_autofree char *in = save (bytes);
  g_assert_true (nv_i_nasbench101_import (in, out, &counts, NULL));
  g_autoptr (NvSpace) space = nv_i_space_new ("nasbench101", NULL, &error);
  g_assert_no_error (error);
  GVariantDict options;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "file", "s", out);
  g_variant_dict_insert (&options, "dataset", "s", "cifar10");
  g_variant_dict_insert (&options, "epochs", "x", (gint64) 108);
  g_autoptr (NvBenchmark) table
      = nv_i_benchmark_new (space, "table", g_variant_dict_end (&options), &error);
  g_assert_no_error (error);
  g_assert_true (nv_i_benchmark_outcome (table, 0, &outcome));
  g_assert_cmpfloat_with_epsilon (outcome.score, 0.92, 1e-7);
  g_assert_cmpfloat_with_epsilon (outcome.test, 0.91, 1e-7);
  g_assert_cmpfloat_with_epsilon (outcome.seconds, 920, 1e-2);
}

static void
check_refused (const GString *bytes, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *out = path_of ("refused.csv"), *in = save (bytes);
  NvNb101Counts counts = { .records = 7 };
  g_assert_false (nv_i_nasbench101_import (in, out, &counts, &error));
  g_assert_cmpuint (counts.records, ==, 7);
  g_assert_false (g_file_test (out, G_FILE_TEST_EXISTS));
  CHECK_ERROR (error, NV_ERROR_FORMAT, part);
}

static void
test_broken_files (void)
{
  g_autoptr (GString) bytes = g_string_new (NULL);
  check_refused (bytes, "no record");
  add_run (bytes, HASH_A, 108, 0.9);
  const gsize first = bytes->len;
  add_run (bytes, HASH_A, 108, 0.9);
  g_autofree char *where
      = g_strdup_printf ("record at byte %" G_GSIZE_FORMAT ": ", first);
  bytes->str[first + 40] ^= 1;
  check_refused (bytes, "the checksum of its bytes is wrong");
  check_refused (bytes, where);
  bytes->str[first + 40] ^= 1;
  bytes->str[first + 2] ^= 1;
  check_refused (bytes, "the checksum of its length is wrong");
  bytes->str[first + 2] ^= 1;
  g_string_truncate (bytes, bytes->len - 1);
  check_refused (bytes, "the file ends in it");
  g_string_truncate (bytes, first + 5);
  check_refused (bytes, "the file ends in it");

  g_string_truncate (bytes, 0);
  const guint64 length = (1 << 20) + 1;
  const guint32 sum = nv_i_tfrecord_checksum ((const char *) &length, sizeof length);
  g_string_append_len (bytes, (const char *) &length, sizeof length);
  g_string_append_len (bytes, (const char *) &sum, sizeof sum);
  check_refused (bytes, "more than 1 MiB long");
}

static void
test_broken_records (void)
{
  static const struct { const char *from, *to, *part; } rows[] = {
    { "[", "{", "JSON" },
    { ", 108,", ", 107,", "epochs must be 4, 12, 36 or 108" },
    { ", 108,", ", \"108\",", "value 2 of the array must be a whole number" },
    { ", 108,", ", 108, 1,", "not a JSON array of 5 values" },
    { HASH_A, "00005c", "a module hash has 32" },
    { "\"" HASH_A "\"", "null", "values 1, 3, 4 and 5" },
    { "\"01001", "\"11001", "the matrix must be of 0 and 1, upper" },
    { "\"010011", "\"01011", "the matrix must be of 0 and 1, upper" },
    { "maxpool3x3", "maxpool5x5", "the operations must be input" },
    { "input,", "", "the operations must be input" },
    { "\"]", "?\"]", "the metrics are no base64" },
    { "\"]", "CQ==\"]", "the metrics are no" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autoptr (GString) bytes = g_string_new (NULL);
    g_autofree char *good = record_of (HASH_A, 108, 0.9);
    g_autoptr (GString) bad = g_string_new (good);
    g_assert_cmpuint (g_string_replace (bad, rows[i].from, rows[i].to, 1), ==, 1);
    add_record (bytes, bad->str);
    check_refused (bytes, rows[i].part);
  }
  g_autoptr (GString) bytes = g_string_new (NULL);
  for (guint r = 0; r < 4; r++)
    add_run (bytes, HASH_A, 108, 0.9);
  check_refused (bytes, "a fourth run of a cell");
  g_string_truncate (bytes, 0);
  add_run (bytes, HASH_A, 108, 1.2);
  check_refused (bytes, "accuracies must be 0 to 1");
}

/* JSON that is written another way means the same. */
static void
test_other_json (void)
{
  g_autofree char *plain = record_of (HASH_A, 36, 0.8);
  g_autoptr (GString) other = g_string_new (plain);
  NvNb101Run a, b;
  memset (&a, 0, sizeof a);
  memset (&b, 0, sizeof b);
  g_string_replace (other, "input", "\\u0069nput", 1);
  g_assert_true (nv_i_nasbench101_read (&a, plain, strlen (plain), NULL));
  g_assert_true (nv_i_nasbench101_read (&b, other->str, other->len, NULL));
  g_assert_cmpstr (a.ops, ==, b.ops);
  g_assert_cmpmem (a.hash, 16, b.hash, 16);
  g_assert_cmpmem (a.half, sizeof a.half, b.half, sizeof b.half);
  g_assert_cmpmem (a.end, sizeof a.end, b.end, sizeof b.end);
}

/* Many cells; NASVEC_SLOW: the 1.95 GB of the released file. */
static void
test_many (void)
{
  const gboolean slow = g_getenv ("NASVEC_SLOW") != NULL;
  const guint cells = slow ? 423624 : 3000;
  static const guint lengths[] = { 4, 12, 36, 108 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) bytes = g_string_new (NULL);
  g_autofree char *in = path_of ("many.tfrecord"), *out = path_of ("many.csv");
  NvNb101Counts counts;
  FILE *file = fopen (in, "wb");
  for (guint c = 0; c < cells; c++) {
    g_autofree char *hash = g_strdup_printf ("%08x%024x", c * 2654435761u, c);
    g_string_truncate (bytes, 0);
    for (guint run = 0; run < 12; run++)
      add_run (bytes, hash, lengths[run / 3], 0.5 + 0.4 * c / cells);
    g_assert_cmpuint (fwrite (bytes->str, 1, bytes->len, file), ==, bytes->len);
  }
  g_assert_cmpint (fclose (file), ==, 0);
  const gint64 start = g_get_monotonic_time ();
  nv_i_nasbench101_import (in, out, &counts, &error);
  const double seconds = 1e-6 * (double) (g_get_monotonic_time () - start);
  g_assert_no_error (error);
  g_assert_cmpuint (counts.cells, ==, cells);
  g_test_message ("%.0f MB in %.2f s: %.0f MB/s, the table written too",
                  1e-6 * (double) counts.bytes, seconds,
                  1e-6 * (double) counts.bytes / seconds);
  remove (in);
  remove (out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-import-XXXXXX", NULL);
  g_test_add_func ("/import/checksum", test_checksum);
  g_test_add_func ("/import/table", test_table);
  g_test_add_func ("/import/benchmark", test_benchmark);
  g_test_add_func ("/import/broken-files", test_broken_files);
  g_test_add_func ("/import/broken-records", test_broken_records);
  g_test_add_func ("/import/other-json", test_other_json);
  g_test_add_func ("/import/many", test_many);
  const int code = g_test_run ();
  for (guint i = 0; i < 2; i++) {
    g_autofree char *file = path_of (i == 0 ? "in.tfrecord" : "out.csv");
    remove (file);
  }
  rmdir (folder);
  g_free (folder);
  return code;
}
