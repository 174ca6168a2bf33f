/* A report's page: that it stands alone. That it works in a browser is in
 * test_report_browser.c. */
#include <string.h>

#include "report/page.h"
#include "report/report.h"
#include "report_store.h"

static char *folder;

static char *
page_of (int tasks, int methods)
{
  g_autofree char *store = g_build_filename (folder, "study.db", NULL);
  store_study (store, tasks, methods, 5, 9);
  g_autoptr (NvReport) r = report_of (store);
  g_autoptr (GPtrArray) curves = nv_i_report_curves (r);
  return nv_i_report_page (r, curves, NULL);
}

static void
test_text (void)
{
  g_autofree char *page = page_of (2, 3);
  g_assert_nonnull (strstr (page, "<h2>data set 2</h2>"));
  g_assert_nonnull (strstr (page, "has the highest mean test score"));
  g_assert_nonnull (strstr (page, "with 5 seeds none of the 3 pairs could be told apart"));
  g_assert_nonnull (strstr (page, "Noise model: mean."));
  g_assert_null (strstr (page, "nan"));
  for (const char *p = page; (p = strstr (p, "://")) != NULL; p++)
    g_assert_true (g_str_has_prefix (p - 4, "http://www.w3.org/"));
}

/* Text from outside ends neither an element nor the script that the data are in. */
static void
test_hostile (void)
{
  g_autoptr (GString) json = g_string_new (NULL);
  nv_i_page_string (json, "</script>\n\"\\");
  g_assert_cmpstr (json->str, ==, "\"\\u003c/script\\u003e\\u000a\\\"\\\\\"");
  g_autoptr (GString) html = g_string_new (NULL);
  nv_i_page_escape (html, "a<b & \"c\"");
  g_assert_cmpstr (html->str, ==, "a&lt;b &amp; &quot;c&quot;");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-page-XXXXXX", NULL);
  g_test_add_func ("/report/page/text", test_text);
  g_test_add_func ("/report/page/hostile", test_hostile);
  int failed = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return failed;
}
