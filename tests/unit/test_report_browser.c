/* A report's page in a real browser: it works for a reader with a mouse or a finger, on a
 * screen and on a phone. Skipped where there is no Chromium. */
#include <string.h>

#include "report/page.h"
#include "report_latent.h"
#include "report_store.h"

enum { PHONE = 390, SCREEN = 1280 };

static char *folder, *chromium;

static char *
browser_script (const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "browser", name,
                                            NULL);
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/* `page` with browser/page_errors.js before its own scripts and browser/page_test.js after
 * them, in a frame of that width: Chromium has no window as narrow as a phone. */
static char *
browser_frame (const char *page, int width)
{
  static const char head[] = "<head>\n";
  const char *first = strstr (page, head);
  g_assert_nonnull (first);
  gsize before = (gsize) (first - page) + strlen (head);
  g_autofree char *errors = browser_script ("page_errors.js"),
                  *test = browser_script ("page_test.js"),
                  *start = g_strndup (page, before),
                  *whole = g_strconcat (start, "<script>", errors, "</script>",
                                        page + before, "<script>", test, "</script>",
                                        NULL),
                  *escaped = g_markup_escape_text (whole, -1);
  return g_strdup_printf ("<!DOCTYPE html><title>no test</title><iframe width=\"%d\" "
                          "height=\"900\" style=\"border:0\" srcdoc=\"%s\"></iframe>",
                          width, escaped);
}

/* What page_test.js has found, and then what was written to the console; "" is well.
 * g_free. */
static char *
browser_findings (const char *page, int width)
{
  g_autofree char *path = g_build_filename (folder, "page.html", NULL),
                  *frame = browser_frame (page, width);
  g_autoptr (GError) error = NULL;
  g_file_set_contents (path, frame, -1, &error);
  g_assert_no_error (error);
  g_autofree char *url = g_strconcat ("file://", path, NULL),
                  *home = g_strdup_printf ("--user-data-dir=%s/profile", folder);
  const char *argv[] = { chromium, "--headless", "--no-sandbox", "--disable-gpu",
                         "--disable-quic", "--no-first-run", "--disable-sync",
                         "--disable-background-networking", "--disable-component-update",
                         "--enable-logging=stderr", "--timeout=30000",
                         "--window-size=1400,1000", home, "--dump-dom", url, NULL };
  g_autofree char *dom = NULL, *log = NULL;
  g_spawn_sync (NULL, (char **) argv, NULL, 0, NULL, NULL, &dom, &log, NULL, &error);
  g_assert_no_error (error);
  GString *found = g_string_new (NULL);
  const char *title = strstr (dom, "<title>"),
             *end = title ? strstr (title, "</title>") : NULL;
  if (end == NULL)
    g_string_append (found, "no page");
  else
    g_string_append_len (found, title + 7, end - title - 7);
  g_auto (GStrv) lines = g_strsplit (log, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (strstr (*line, "CONSOLE") != NULL)
      g_string_append_printf (found, "; %s", *line);
  return g_string_free (found, FALSE);
}

/* The page of a store, with a map or without. */
static char *
page_of (const char *file, gboolean map)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvReport) r = report_of (file);
  g_autoptr (GPtrArray) curves = nv_i_report_curves (r);
  g_autoptr (NvSpace) space = nv_i_space_new ("nasbench201", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (NvLatent) latent = map ? small_latent (space, "onehot", 300) : NULL;
  return nv_i_report_page (r, curves, latent);
}

static void
check_page (const char *page, int width)
{
  g_autofree char *found = browser_findings (page, width);
  g_assert_cmpstr (found, ==, "");
}

static char *
store_file (void)
{
  return g_build_filename (folder, "study.db", NULL);
}

/* Two tasks, 24 arms each. */
static void
test_many_arms (void)
{
  g_autofree char *file = store_file ();
  store_study (file, 2, 24, 3, 5);
  g_autofree char *page = page_of (file, TRUE);
  check_page (page, PHONE);
  check_page (page, SCREEN);
}

static void
test_few_arms (void)
{
  g_autofree char *file = store_file ();
  store_study (file, 1, 3, 4, 40);
  g_autofree char *three = page_of (file, TRUE);
  check_page (three, SCREEN);
  store_study (file, 1, 1, 1, 12);
  g_autofree char *one = page_of (file, FALSE);
  check_page (one, PHONE);
}

/* No arm, and an arm that crashed beside one that did not. */
static void
test_odd_stores (void)
{
  g_autofree char *file = store_file ();
  store_close (store_new (file));
  g_autofree char *empty = page_of (file, FALSE);
  check_page (empty, PHONE);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  static const char *const searchers[] = { "bo", "random" };
  for (int a = 0; a < 2; a++) {
    store_arm (db, a + 1, searchers[a], "task", "vgae", searchers[a]);
    gint64 run = store_run (db, a + 1, 0, a == 0 ? "failed: no memory" : "budget");
    for (int i = 0; i < 9; i++)
      store_trial (db, run, i, "cell", .9 + .001 * (i * 5 % 7), .91 + .001 * i, 3);
  }
  store_close (store);
  g_autofree char *crashed = page_of (file, FALSE);
  check_page (crashed, SCREEN);
}

/* An error in a page's own script, and one that only the console knows, are found. */
static void
test_errors_are_seen (void)
{
  g_autofree char *file = store_file ();
  store_study (file, 1, 2, 3, 9);
  g_autofree char *page = page_of (file, FALSE);
  static const char *const wrong[][2] = {
    { "<script>absent ()</script>", "absent is not defined" },
    { "<script>console.error ('on the console')</script>", "on the console" },
    { "<img src=\"https://example.org/a.png\">", "blocked https://example.org/a.png" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++) {
    const char *body = strstr (page, "<h1>");
    g_autofree char *start = g_strndup (page, (gsize) (body - page)),
                    *bad = g_strconcat (start, wrong[i][0], body, NULL),
                    *found = browser_findings (bad, SCREEN);
    g_assert_nonnull (strstr (found, wrong[i][1]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  chromium = g_find_program_in_path ("chromium");
  if (chromium == NULL) {
    g_print ("skipped: no chromium\n");
    return 77;
  }
  folder = g_dir_make_tmp ("nasvec-browser-XXXXXX", NULL);
  g_test_add_func ("/report/browser/many", test_many_arms);
  g_test_add_func ("/report/browser/few", test_few_arms);
  g_test_add_func ("/report/browser/odd", test_odd_stores);
  g_test_add_func ("/report/browser/errors", test_errors_are_seen);
  int failed = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  g_free (chromium);
  return failed;
}
