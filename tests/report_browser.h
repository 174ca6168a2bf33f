/* A page in a real browser: headless Chromium, without network. */
#ifndef REPORT_BROWSER_H
#define REPORT_BROWSER_H

#include <glib.h>
#include <string.h>

/* The title of `page` after browser/page_test.js, put at its end, has run; g_free. */
static inline char *
title_in_browser (const char *chromium, const char *folder, const char *page,
                  const char *size)
{
  g_autofree char *script = NULL, *path = g_build_filename (folder, "page.html", NULL);
  g_autofree char *source = g_build_filename (g_getenv ("G_TEST_SRCDIR"), "browser",
                                              "page_test.js", NULL);
  g_autoptr (GError) error = NULL;
  g_file_get_contents (source, &script, NULL, &error);
  g_assert_no_error (error);
  g_autofree char *whole = g_strconcat (page, "<script>", script, "</script>", NULL);
  g_file_set_contents (path, whole, -1, &error);
  g_assert_no_error (error);
  g_autofree char *url = g_strconcat ("file://", path, NULL), *home = NULL;
  home = g_strdup_printf ("--user-data-dir=%s/profile", folder);
  const char *argv[] = { chromium, "--headless", "--no-sandbox", "--disable-gpu",
                         "--disable-quic", "--no-first-run", "--disable-sync",
                         "--disable-background-networking", "--disable-component-update",
                         "--timeout=30000", home, size, "--dump-dom", url, NULL };
  g_autofree char *dom = NULL;
  g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &dom,
                NULL, NULL, &error);
  g_assert_no_error (error);
  const char *title = strstr (dom, "<title>"),
             *end = title ? strstr (title, "</title>") : NULL;
  return end ? g_strndup (title + 7, (gsize) (end - title - 7)) : g_strdup ("no page");
}

#endif
