/* CSV files, plain and gzip, good and broken; digests; where data files are looked
 * for. */
#include <glib/gstdio.h>
#include <string.h>
#include <zlib.h>

#include "check_error.h"
#include "data/csv.h"

static char *folder;

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
write_plain (const char *text, gssize length)
{
  char *file = path_of ("table.csv");
  g_assert_true (g_file_set_contents (file, text, length, NULL));
  return file;
}

/* The first `keep` bytes of the gzip of `text`. */
static char *
write_gzip (const char *text, gsize keep)
{
  g_autofree char *whole = path_of ("whole.gz"), *bytes = NULL;
  gsize size;
  gzFile out = gzopen (whole, "wb");
  g_assert_cmpint (gzwrite (out, text, (unsigned) strlen (text)), ==,
                   (int) strlen (text));
  gzclose (out);
  g_assert_true (g_file_get_contents (whole, &bytes, &size, NULL));
  char *file = path_of ("table.csv.gz");
  g_assert_true (g_file_set_contents (file, bytes, (gssize) MIN (keep, size), NULL));
  return file;
}

static void
assert_row (NvCsv *csv, guint64 line, const char *a, const char *b)
{
  g_autoptr (GError) error = NULL;
  g_assert_true (nv_i_csv_next (csv, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (nv_i_csv_line (csv), ==, line);
  g_assert_cmpstr (nv_i_csv_text (csv, 0), ==, a);
  g_assert_cmpstr (nv_i_csv_text (csv, 1), ==, b);
}

static void
assert_end (NvCsv *csv)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_i_csv_next (csv, &error));
  g_assert_no_error (error);
}

static NvCsv *
open_good (const char *file)
{
  g_autoptr (GError) error = NULL;
  NvCsv *csv = nv_i_csv_open (file, &error);
  g_assert_no_error (error);
  return csv;
}

static void
test_fields (void)
{
  g_autofree char *file = write_plain ("\xEF\xBB\xBFname,\"the, value\"\r\n"
                                       "plain,2.385\r\n"
                                       "\"a \"\"b\"\"\nc\",\"\"\n"
                                       "\n"
                                       ",-1e-3\n"
                                       "last,", -1);
  g_autoptr (NvCsv) csv = open_good (file);
  g_assert_cmpuint (nv_i_csv_n_columns (csv), ==, 2);
  g_assert_cmpstr (nv_i_csv_name (csv, 0), ==, "name");
  g_assert_cmpint (nv_i_csv_column (csv, "the, value", NULL), ==, 1);
  double x = 0;
  assert_row (csv, 2, "plain", "2.385");
  g_assert_true (nv_i_csv_number (csv, 1, &x, NULL));
  g_assert_cmpfloat (x, ==, 2.385);
  assert_row (csv, 3, "a \"b\"\nc", "");
  assert_row (csv, 6, "", "-1e-3");
  g_assert_true (nv_i_csv_number (csv, 1, &x, NULL));
  g_assert_cmpfloat (x, ==, -1e-3);
  assert_row (csv, 7, "last", "");
  assert_end (csv);
  assert_end (csv);
}

static void
test_numbers (void)
{
  const char *const bad[] = { "", "nan", "inf", "-inf", "1.5x", "x", "1e999", "1 2" };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autofree char *text = g_strdup_printf ("a,b\n%s,1\n", bad[i]);
    g_autofree char *file = write_plain (text, -1);
    g_autofree char *message
      = g_strdup_printf ("*table.csv:2: column 'a': '%s' is not*", bad[i]);
    g_autoptr (NvCsv) csv = open_good (file);
    g_autoptr (GError) error = NULL;
    double x = 2.385;
    g_assert_true (nv_i_csv_next (csv, NULL));
    g_assert_false (nv_i_csv_number (csv, 0, &x, &error));
    g_assert_error (error, NV_ERROR, NV_ERROR_FORMAT);
    g_assert_true (g_pattern_match_simple (message, error->message));
    g_assert_cmpfloat (x, ==, 2.385);
  }
}

/* Many rows, so that they straddle the buffer's end, and one wider than the buffer. */
static void
test_long (void)
{
  g_autoptr (GString) text = g_string_new ("a,b\n");
  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "%u,\"x%u\"\n", i, 7 * i);
  gsize wide = text->len;
  g_string_append (text, "w,");
  for (guint i = 0; i < 1500000; i++)
    g_string_append_c (text, (char) ('a' + i % 26));
  g_string_append (text, "\nz,9\n");
  g_autofree char *plain = write_plain (text->str, (gssize) text->len);
  g_autofree char *zipped = write_gzip (text->str, G_MAXSIZE);
  const char *files[] = { plain, zipped };
  for (guint f = 0; f < 2; f++) {
    g_autoptr (NvCsv) csv = open_good (files[f]);
    for (guint i = 0; i < 100000; i++) {
      g_autofree char *a = g_strdup_printf ("%u", i), *b = g_strdup_printf ("x%u", 7 * i);
      assert_row (csv, i + 2, a, b);
    }
    g_assert_true (nv_i_csv_next (csv, NULL));
    const char *field = nv_i_csv_text (csv, 1);
    g_assert_cmpuint (strlen (field), ==, 1500000);
    g_assert_true (memcmp (field, text->str + wide + 2, 1500000) == 0);
    assert_row (csv, 100003, "z", "9");
    assert_end (csv);
  }
}

/* What the first error says, of opening or of any row. */
static char *
error_of (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvCsv) csv = nv_i_csv_open (file, &error);
  while (csv != NULL && nv_i_csv_next (csv, &error))
    ;
  return error != NULL ? g_strdup (error->message) : NULL;
}

static void
assert_error (const char *file, const char *pattern)
{
  g_autofree char *message = error_of (file);
  g_assert_nonnull (message);
  if (!g_pattern_match_simple (pattern, message))
    g_error ("'%s' does not match '%s'", message, pattern);
}

static void
test_errors (void)
{
  static const struct { const char *text, *message; } rows[] = {
    { "", "*table.csv:1: the file is empty*" },
    { "\n\n", "*table.csv:1: the file is empty*" },
    { "a,b,a\n", "*table.csv:1: two columns are named 'a'*" },
    { "a,b\n1,2\n3\n", "*table.csv:3: the row has 1 fields, the header 2*" },
    { "a,b\n1,2,3\n", "*table.csv:2: the row has 3 fields, the header 2*" },
    { "a,b\n1,\"2\n3,4\n", "*table.csv:2: a quoted field does not end*" },
    { "a,b\n1,\"2\"3\n", "*table.csv:2: a quote inside a field*" },
    { "a,b\n1,2\"\"3\n", "*table.csv:2: a quote inside a field*" },
    { "a,b\n1\"x,\"2\n", "*table.csv:2: a quote inside a field*" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *file = write_plain (rows[i].text, -1);
    assert_error (file, rows[i].message);
  }
  g_autofree char *binary = write_plain ("a,b\n1,\0\n", 9);
  assert_error (binary, "*table.csv:2: a NUL byte*");
  assert_error ("/no/such/file.csv", "/no/such/file.csv: No such file*");
  assert_error (folder, "*directory*");

  g_autoptr (GString) text = g_string_new ("a,b\n");
  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (text, "%u,%u\n", i, i * i);
  g_autofree char *file = write_gzip (text->str, 4000);
  assert_error (file, "*table.csv.gz: after line *: the gzip stream is truncated*");

  g_autofree char *good = write_plain ("a,b\n1,2\n", -1);
  g_autoptr (NvCsv) csv = open_good (good);
  g_autoptr (GError) error = NULL;
  g_assert_cmpint (nv_i_csv_column (csv, "c", &error), ==, -1);
  g_assert_error (error, NV_ERROR, NV_ERROR_FORMAT);
  g_assert_true (g_str_has_suffix (error->message, "no column 'c'; there are: a, b"));
}

static void
test_corrupt_gzip (void)
{
  g_autofree char *file = write_gzip ("a,b\n1,2\n3,4\n5,6\n", G_MAXSIZE), *bytes = NULL;
  gsize size;
  g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
  bytes[size - 6] ^= 0x40; /* its checksum */
  g_assert_true (g_file_set_contents (file, bytes, (gssize) size, NULL));
  assert_error (file, "*table.csv.gz: after line *");
}

static void
test_digest (void)
{
  g_autofree char *file = write_plain ("abc", -1);
  g_autofree char *digest = nv_i_file_digest (file, NULL);
  g_assert_cmpstr (digest, ==,
                   "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_autoptr (GError) error = NULL;
  g_assert_null (nv_i_file_digest ("/no/such/file", &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_FILE);
}

/* The tables that nasvec brings are the last place, after NASVEC_DATA, each space's apart. */
static void
test_own_table (void)
{
  const char *end = "/tables/nasbench201/fashion-mnist.csv.gz";
  g_autofree char *old = g_strdup (g_getenv ("NASVEC_DATA"));
  g_setenv ("NASVEC_DATA", folder, TRUE);
  g_autofree char *own = nv_i_data_file ("fashion-mnist.csv", "nasbench201", NULL);
  g_assert_true (g_str_has_suffix (own, end));
  g_autofree char *mine = g_build_filename (folder, "fashion-mnist.csv", NULL);
  g_assert_true (g_file_set_contents (mine, "a\n1\n", -1, NULL));
  g_autofree char *first = nv_i_data_file ("fashion-mnist.csv", "nasbench201", NULL);
  g_assert_cmpstr (first, ==, mine);
  g_remove (mine);

  g_autoptr (GError) error = NULL;
  g_assert_null (nv_i_data_file ("fashion-mnist.csv", "nasbenchgraph", &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "/tables/nasbenchgraph/fashion-mnist.csv");
  g_assert_null (nv_i_data_file ("fashion-mnist.csv", NULL, NULL));
  if (old != NULL)
    g_setenv ("NASVEC_DATA", old, TRUE);
  else
    g_unsetenv ("NASVEC_DATA");
}

static void
test_data_file (void)
{
  g_autofree char *file = write_gzip ("a\n1\n", G_MAXSIZE);
  g_autofree char *old = g_strdup (g_getenv ("NASVEC_DATA"));
  g_autofree char *plain = path_of ("table.csv");
  g_remove (plain);
  g_setenv ("NASVEC_DATA", folder, TRUE);
  g_autofree char *as_given = nv_i_data_file (file, NULL, NULL);
  g_assert_cmpstr (as_given, ==, file);
  g_autofree char *in_data = nv_i_data_file ("table.csv.gz", NULL, NULL);
  g_assert_cmpstr (in_data, ==, file);
  g_autofree char *suffixed = nv_i_data_file ("table.csv", NULL, NULL);
  g_assert_cmpstr (suffixed, ==, file);

  g_autoptr (GError) error = NULL;
  g_assert_null (nv_i_data_file ("no_such_table.csv", NULL, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, folder));
  g_assert_nonnull (strstr (error->message, "../shared/data/no_such_table.csv"));
  g_assert_null (strstr (error->message, "tables/"));
  if (old != NULL)
    g_setenv ("NASVEC_DATA", old, TRUE);
  else
    g_unsetenv ("NASVEC_DATA");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-csv-XXXXXX", NULL);
  g_test_add_func ("/csv/fields", test_fields);
  g_test_add_func ("/csv/numbers", test_numbers);
  g_test_add_func ("/csv/long", test_long);
  g_test_add_func ("/csv/errors", test_errors);
  g_test_add_func ("/csv/corrupt-gzip", test_corrupt_gzip);
  g_test_add_func ("/csv/digest", test_digest);
  g_test_add_func ("/csv/data-file", test_data_file);
  g_test_add_func ("/csv/own-table", test_own_table);
  int code = g_test_run ();
  const char *const left[] = { "table.csv", "table.csv.gz", "whole.gz" };
  for (guint i = 0; i < G_N_ELEMENTS (left); i++) {
    g_autofree char *file = path_of (left[i]);
    g_remove (file);
  }
  g_rmdir (folder);
  g_free (folder);
  return code;
}
