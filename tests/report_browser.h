/* A page in a real browser: headless Chromium, without network. */
#ifndef REPORT_BROWSER_H
#define REPORT_BROWSER_H

#include <glib.h>
#include <string.h>

static inline char *
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
static inline char *
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
static inline char *
browser_findings (const char *chromium, const char *folder, const char *page, int width)
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

#endif
