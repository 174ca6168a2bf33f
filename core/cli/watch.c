/* nasvec watch STORE: looks on while a study runs. Reads only; the study does not wait
 * for it. */
#include <math.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cli/cli.h"
#include "report/progress.h"

#define WORST_LOAD 10 /* looking takes at most a tenth of the time */

static guint
terminal_width (void)
{
  struct winsize size;
  if (ioctl (STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 40)
    return 100;
  return size.ws_col;
}

/* From the progress since this program began to look. */
static double
seconds_left (double share, double first_share, gint64 began)
{
  double gained = share - first_share;
  double passed = (double) (g_get_monotonic_time () - began) / G_USEC_PER_SEC;
  return gained > 0 ? passed * (1 - share) / gained : NAN;
}

/* Over what stands on the screen; lines and screens that are shorter than before leave no
 * rest. */
static void
print_over (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *cleared = g_strjoinv ("\033[K\n", lines);
  g_print ("\033[H%s\033[J", cleared);
}

static gboolean
watch (NvStore *store, const char *name, gboolean live, GError **error)
{
  gint64 began = g_get_monotonic_time ();
  double first_share = NAN;
  for (;;) {
    gint64 start = g_get_monotonic_time ();
    g_autoptr (GPtrArray) arms = nv_i_progress_read (store, error);
    if (arms == NULL)
      return FALSE;
    double share = nv_i_progress_share (arms);
    if (isnan (first_share))
      first_share = share;
    g_autofree char *text = nv_i_progress_text (
        arms, name, seconds_left (share, first_share, began), terminal_width ());
    if (live)
      print_over (text);
    else
      g_print ("%s", text);
    fflush (stdout);
    if (!live || nv_i_progress_done (arms))
      return TRUE;
    g_usleep (
        (gulong) MAX (G_USEC_PER_SEC, WORST_LOAD * (g_get_monotonic_time () - start)));
  }
}

int
nv_i_cli_watch (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "STORE",
          "Shows how far a running study is, again and again until it has ended or\n"
          "you press Ctrl-C; once, where the output is no terminal.",
          NULL))
    return 2;
  if (argc != 2) {
    fprintf (stderr, "nasvec watch: one STORE is needed; see `nasvec watch --help`\n");
    return 2;
  }
  g_autoptr (NvStore) store = nv_i_store_open_readonly (argv[1], &error);
  if (store == NULL)
    return nv_i_cli_fail (error);
  gboolean live = isatty (STDOUT_FILENO);
  if (live)
    g_print ("\033[2J");
  g_autofree char *name = g_path_get_basename (argv[1]);
  return watch (store, name, live, &error) ? 0 : nv_i_cli_fail (error);
}
