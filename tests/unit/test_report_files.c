/* Reports as files: the same bytes from the same store, the stores that are out of the
 * ordinary, tables that fit. */
#include <string.h>

#include "data/csv.h"
#include "report/report.h"
#include "report/results.h"
#include "report/text_table.h"
#include "report_store.h"

static char *folder;

static void
write_report (const char *store, const char *out)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvReport) report = report_of (store);
  nv_i_report_write_all (report, NULL, out, &error);
  g_assert_no_error (error);
}

static char *
contents (const char *out, const char *name, gsize *length)
{
  g_autofree char *path = g_build_filename (out, name, NULL);
  char *text = NULL;
  g_autoptr (GError) error = NULL;
  g_file_get_contents (path, &text, length, &error);
  g_assert_no_error (error);
  return text;
}

static guint
count_lines (const char *text)
{
  guint n = 0;
  for (; *text != '\0'; text++)
    n += *text == '\n';
  return n;
}

static void
test_same_bytes (void)
{
  g_autofree char *store = g_build_filename (folder, "study.db", NULL);
  g_autofree char *one = g_build_filename (folder, "one", NULL);
  g_autofree char *two = g_build_filename (folder, "two/deeper", NULL);
  store_study (store, 2, 3, 7, 13);
  write_report (store, one);
  write_report (store, two);
  g_autoptr (GDir) dir = g_dir_open (one, 0, NULL);
  guint files = 0;
  for (const char *name; (name = g_dir_read_name (dir)) != NULL; files++) {
    gsize na, nb;
    g_autofree char *a = contents (one, name, &na), *b = contents (two, name, &nb);
    g_assert_cmpuint (na, ==, nb);
    g_assert_true (memcmp (a, b, na) == 0);
  }
  g_assert_cmpuint (files, >=, 7);
  g_autofree char *summary = contents (one, "summary.csv", NULL);
  g_assert_cmpuint (count_lines (summary), ==, 1 + 6);
  g_autofree char *cells = contents (one, "curves_cells.csv", NULL);
  g_assert_cmpuint (count_lines (cells), ==, 1 + 2 * 6 * 13);
}

static char *
text_of (const char *store)
{
  g_autoptr (NvReport) r = report_of (store);
  return nv_i_report_text (r, 100);
}

/* "nan" as a word of its own, in a file of text. */
static void
assert_no_nan (const char *out)
{
  g_autoptr (GDir) dir = g_dir_open (out, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    if (g_str_has_suffix (name, ".png") || g_str_has_suffix (name, ".pdf"))
      continue;
    g_autofree char *text = contents (out, name, NULL);
    if (g_regex_match_simple ("\\b-?nan\\b", text, G_REGEX_CASELESS, 0))
      g_error ("%s has a NaN", name);
  }
}

static void
test_empty (void)
{
  g_autofree char *store = g_build_filename (folder, "empty.db", NULL);
  g_autofree char *out = g_build_filename (folder, "empty", NULL);
  store_close (store_new (store));
  write_report (store, out);
  assert_no_nan (out);
  g_autofree char *text = text_of (store);
  g_assert_nonnull (strstr (text, "no arms"));
}

/* An arm without a finished run; one arm with one seed; no test scores; ties
 * everywhere. */
static void
test_odd_stores (void)
{
  g_autofree char *store = g_build_filename (folder, "odd.db", NULL);
  g_autofree char *out = g_build_filename (folder, "odd", NULL);
  NvStore *made = store_new (store);
  sqlite3 *db = nv_i_store_handle (made);
  store_arm (db, 1, "crashed", "t", "onehot", "bo");
  store_run (db, 1, 0, "failed: out of memory");
  store_run (db, 1, 1, NULL);
  store_arm (db, 2, "flat", "t", "onehot", "local");
  gint64 run = store_run (db, 2, 0, "stalled");
  for (int i = 0; i < 3; i++)
    store_trial (db, run, i, "c", .625, NAN, NAN);
  store_close (made);
  g_test_expect_message (G_LOG_DOMAIN, G_LOG_LEVEL_MESSAGE,
                         "the figure 'cells' is left out: arm 'crashed': the store does not *");
  write_report (store, out);
  g_test_assert_expected_messages ();
  g_autofree char *text = text_of (store);
  g_assert_nonnull (strstr (text, "62.50"));
  g_assert_nonnull (strstr (text, "crashed  stalled\n"));
  g_assert_nonnull (strstr (text, "\n1 run stalled, 10,000 asks in a row without a new cell, "
                                  "before the budget was used, and"));
  g_assert_nonnull (strstr (text, "observed %"));
  g_assert_null (strstr (text, "nan"));
  g_autofree char *seconds = contents (out, "curves_seconds.csv", NULL);
  g_assert_cmpuint (count_lines (seconds), ==, 1);
  g_autofree char *summary = contents (out, "summary.csv", NULL);
  g_assert_null (strstr (summary, "nan"));
  g_assert_nonnull (strstr (summary, "runs,unfinished_runs,failed_runs,stalled_runs,score,"));
  g_assert_nonnull (strstr (summary, "\nt,flat,onehot,local,0,1,0,0,1,observed,"));
}

/* All runs end at the same score; one arm has crashed in all runs and another has not
 * finished: the others are ranked nevertheless. */
static void
test_ties (void)
{
  g_autofree char *store = g_build_filename (folder, "ties.db", NULL);
  g_autofree char *out = g_build_filename (folder, "ties", NULL);
  NvStore *made = store_new (store);
  sqlite3 *db = nv_i_store_handle (made);
  static const char *const reasons[] = { "failed: out of memory", "budget", "budget",
                                         NULL };
  for (int a = 0; a < 4; a++) {
    g_autofree char *label = g_strdup_printf ("arm %d", a);
    store_arm (db, a + 1, label, "t", "onehot", label);
    for (int seed = 0; seed < 6; seed++) {
      gint64 run = store_run (db, a + 1, seed, reasons[a]);
      for (int i = 0; i < 3; i++)
        store_trial (db, run, i, "c", .625, .61, 10);
    }
  }
  store_close (made);
  write_report (store, out);
  assert_no_nan (out);
  g_autofree char *ranks = contents (out, "ranks.csv", NULL);
  g_assert_nonnull (strstr (ranks, "t,arm 1,3,1.5\n"));
  g_assert_nonnull (strstr (ranks, "t,arm 0,3,\n"));
  g_autofree char *cd = contents (out, "cd.csv", NULL);
  g_assert_cmpstr (cd, ==,
                   "method,rank,p against arm 1,p against arm 2\n"
                   "arm 1,1.5,1,1\narm 2,1.5,1,1\n");
  g_autofree char *text = text_of (store);
  g_assert_nonnull (strstr (text, "arm 1, like 1 other arm, has the highest"));
  g_assert_nonnull (strstr (text, "6 runs are not finished"));
  g_assert_nonnull (strstr (text, "6 runs crashed"));
}

static void
test_no_folder (void)
{
  g_autofree char *store = g_build_filename (folder, "plain.db", NULL);
  store_study (store, 1, 1, 1, 1);
  g_autofree char *out = g_strconcat (store, "/below-a-file", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (NvReport) report = report_of (store);
  g_assert_false (nv_i_report_write_all (report, NULL, out, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_FILE);
  g_assert_nonnull (strstr (error->message, "below-a-file"));
}

static void
test_fits (void)
{
  g_autofree char *store = g_build_filename (folder, "wide.db", NULL);
  store_study (store, 1, 24, 3, 4);
  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (store, &db), ==, SQLITE_OK);
  store_sql (
      db, "UPDATE arm SET label = label || ' with a label that goes on for very long'");
  sqlite3_close (db);
  g_autofree char *text = text_of (store);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    g_assert_cmpint (g_utf8_strlen (*line, -1), <=, 100);
  g_assert_nonnull (strstr (text, "Noise model: mean"));
}

/* Scores of 300 digits have exponents, and take no column from the others. */
static void
test_huge (void)
{
  g_autofree char *store = g_build_filename (folder, "huge.db", NULL);
  store_study (store, 1, 2, 3, 4);
  sqlite3 *db;
  g_assert_cmpint (sqlite3_open (store, &db), ==, SQLITE_OK);
  store_sql (db, "UPDATE arm SET percent = 0; UPDATE trial SET test = 1.25e308, seconds = 1e305"
                 " WHERE run / 1000000 = 1");
  sqlite3_close (db);
  g_autofree char *text = text_of (store);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    g_assert_cmpint (g_utf8_strlen (*line, -1), <=, 110);
  g_assert_nonnull (strstr (text, "    3  1.25e+308  [1.25e+308, 1.25e+308]"));
  g_assert_nonnull (strstr (text, "  +1.25e+308  "));
  g_assert_nonnull (strstr (text, "  4e+305  "));
  g_assert_null (strstr (text, "nan"));
}

static void
test_table (void)
{
  const char *head[] = { "arm", "test %", NULL };
  g_autoptr (NvTextTable) table = nv_i_text_table_new ("50 % of a_b", head);
  nv_i_text_table_add (table, g_strsplit ("x|y & z_1;-2.385", ";", 2));
  g_autoptr (GString) latex = g_string_new (NULL);
  nv_i_text_table_latex (latex, table, NULL);
  g_assert_nonnull (strstr (latex->str, "\\toprule"));
  g_assert_nonnull (strstr (latex->str, "x|y \\& z\\_1 & $-$2.385 \\\\"));
  g_autoptr (GString) markdown = g_string_new (NULL);
  nv_i_text_table_markdown (markdown, table);
  g_assert_nonnull (strstr (markdown->str, "| x\\|y & z\\_1 | -2.385 |"));
  g_autoptr (GString) csv = g_string_new (NULL);
  nv_i_csv_append_text (csv, "say \"a, b\"");
  nv_i_csv_append_number (csv, NAN);
  nv_i_csv_append_number (csv, 2.385);
  nv_i_csv_append_number (csv, 2.0 / 3.0);
  g_assert_cmpstr (csv->str, ==, "\"say \"\"a, b\"\"\",,2.385,0.66666666666666663");
  g_autofree char *cut = nv_i_shorten ("abcdefghij", 5);
  g_assert_cmpstr (cut, ==, "ab…ij");
}

static void
test_markdown_text (void)
{
  static const char *const pairs[][2] = {
    { "vgae + bo (12 epochs), p < 0.001 & 5 % - a.b", NULL },
    { "1 run crashed and is not counted.", NULL },
    { "\\ ` [x](y) # a|b _c_ ~~d~~ *e*",
      "\\\\ \\` \\[x\\](y) \\# a\\|b \\_c\\_ \\~\\~d\\~\\~ \\*e\\*" },
    { "<b>x</b> <!-- &lt; &#60;", "\\<b>x\\</b> \\<!-- \\&lt; &\\#60;" },
    { "two\nlines\r", "two lines " },
    { "- + > -", "\\- + > -" },
    { "12. a", "12\\. a" },
    { "3) a 4) b", "3\\) a 4) b" },
    { "2.385", NULL },
    { "", NULL },
  };
  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autoptr (GString) out = g_string_new (NULL);
    nv_i_markdown_text (out, pairs[i][0]);
    g_assert_cmpstr (out->str, ==, pairs[i][1] != NULL ? pairs[i][1] : pairs[i][0]);
  }
}

/* Of a row, the name is escaped and the numbers stay as they are; in LaTeX it is no option
 * of the rule above. */
static void
test_names_in_tables (void)
{
  const char *head[] = { "arm", "95 % interval", NULL };
  g_autoptr (NvTextTable) table = nv_i_text_table_new ("[t]\n`#`", head);
  nv_i_text_table_add (table, g_strsplit ("[A]\nx;[1.5, 2.385]", ";", 2));
  nv_i_text_table_add (table, g_strsplit (" *y*`\\;< 0.001", ";", 2));
  g_autoptr (GString) markdown = g_string_new (NULL);
  nv_i_text_table_markdown (markdown, table);
  g_assert_cmpstr (markdown->str, ==,
                   "**\\[t\\] \\`\\#\\`**\n\n| arm | 95 % interval |\n|---|---:|\n"
                   "| \\[A\\] x | [1.5, 2.385] |\n|  \\*y\\*\\`\\\\ | \\< 0.001 |\n\n");
  g_autoptr (GString) latex = g_string_new (NULL);
  nv_i_text_table_latex (latex, table, NULL);
  g_assert_nonnull (strstr (latex->str, "\\caption{[t] \\textasciigrave{}\\#"));
  g_assert_nonnull (strstr (latex->str, "\n    {}[A] x & [1.5, 2.385]"));
  g_assert_nonnull (
      strstr (latex->str, "\n    {} *y*\\textasciigrave{}\\textbackslash{} & $<$ 0.001"));
}

/* Heading, titles, verdict and protocol. */
static void
test_names_in_markdown (void)
{
  g_autofree char *store = g_build_filename (folder, "names.db", NULL);
  NvStore *made = store_new (store);
  sqlite3 *db = nv_i_store_handle (made);
  store_manifest (db, "{\"name\": \"<b>\\n# *s*\"}");
  store_arm (db, 1, "<b>\n# `a`", "<b>\n# [t]", "onehot", "random");
  store_arm (db, 2, "<b>\n# `b`", "<b>\n# [t]", "onehot", "bo");
  for (int arm = 1; arm <= 2; arm++)
    store_trial (db, store_run (db, arm, 0, "budget"), 0, "c", .625, .61, 10);
  store_close (made);
  g_autoptr (NvReport) r = report_of (store);
  g_autofree char *text = nv_i_report_markdown (r), *latex = nv_i_report_latex (r);
  g_assert_true (g_str_has_prefix (text, "# \\<b> \\# \\*s\\*\n\n**\\<b> \\# \\[t\\]**\n\n"));
  g_assert_nonnull (strstr (text, "\n\\<b> \\# \\`a\\`, like 1 other arm, has the highest"));
  g_assert_nonnull (strstr (text, "\nBenchmark: \\<b> \\# \\[t\\]. Noise"));
  g_assert_false (g_regex_match_simple ("(?<!\\\\)[<`]", text, 0, 0));
  g_assert_nonnull (strstr (latex, "Benchmark: $<$b$>$ \\# [t]. Noise"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-report-XXXXXX", NULL);
  g_test_add_func ("/report/files/same bytes", test_same_bytes);
  g_test_add_func ("/report/files/empty", test_empty);
  g_test_add_func ("/report/files/odd stores", test_odd_stores);
  g_test_add_func ("/report/files/ties", test_ties);
  g_test_add_func ("/report/files/no folder", test_no_folder);
  g_test_add_func ("/report/files/fits", test_fits);
  g_test_add_func ("/report/files/huge", test_huge);
  g_test_add_func ("/report/files/table", test_table);
  g_test_add_func ("/report/files/markdown text", test_markdown_text);
  g_test_add_func ("/report/files/names in tables", test_names_in_tables);
  g_test_add_func ("/report/files/names in markdown", test_names_in_markdown);
  int failed = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return failed;
}
