/* Progress on standard error: on a terminal one line that is redrawn at most five times a
 * second, elsewhere a line every ten seconds. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "study/session.h"

#define EVERY_TERMINAL (G_USEC_PER_SEC / 5)
#define EVERY_ELSEWHERE (10 * G_USEC_PER_SEC)

struct _NvProgress {
  GMutex lock;
  char *name;
  gboolean terminal;
  int percent;
  gint64 start, shown;     /* microseconds, monotonic */
  guint arms, arms_done;
  guint *left;             /* [arms] runs that are not over */
  guint runs, runs_done;
  guint64 trials;          /* made by this call */
  double work, old_work;   /* in budgets of a run; the latter from earlier calls */
  double best;
};

NvProgress *
nv_i_progress_new (const char *name, guint arms, guint runs, int percent)
{
  NvProgress *p = g_new0 (NvProgress, 1);
  g_mutex_init (&p->lock);
  p->name = g_strdup (name);
  p->terminal = isatty (STDERR_FILENO);
  p->percent = percent;
  p->start = p->shown = g_get_monotonic_time ();
  p->arms = arms;
  p->left = g_new (guint, MAX (arms, 1));
  for (guint i = 0; i < arms; i++)
    p->left[i] = runs;
  p->runs = arms * runs;
  p->best = -INFINITY;
  return p;
}

void
nv_i_progress_free (NvProgress *p)
{
  g_mutex_clear (&p->lock);
  g_free (p->left);
  g_free (p->name);
  g_free (p);
}

/* Cut to the terminal's width, so that it stays one line. */
static void
print_line (const NvProgress *p, const char *text, gboolean last)
{
  struct winsize size = { .ws_col = 80 };
  if (!p->terminal) {
    fprintf (stderr, "%s\n", text);
    return;
  }
  if (ioctl (STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 2)
    size.ws_col = 80;
  fprintf (stderr, "\r%.*s\033[K%s", size.ws_col - 1, text, last ? "\n" : "");
  fflush (stderr);
}

void
nv_i_progress_say (NvProgress *p, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_autofree char *line = g_strdup_printf ("%s: %s", p->name, text);
  g_mutex_lock (&p->lock);
  gint64 now = g_get_monotonic_time ();
  if (now - p->shown >= (p->terminal ? EVERY_TERMINAL : EVERY_ELSEWHERE)) {
    print_line (p, line, FALSE);
    p->shown = now;
  }
  g_mutex_unlock (&p->lock);
}

void
nv_i_progress_note (NvProgress *p, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_mutex_lock (&p->lock);
  fprintf (stderr, p->terminal ? "\r%s: %s\033[K\n" : "%s: %s\n", p->name, text);
  g_mutex_unlock (&p->lock);
}

void
nv_i_progress_trial (NvProgress *p, double share, double score, gboolean old)
{
  g_mutex_lock (&p->lock);
  if (p->trials == 0 && !old)
    p->start = g_get_monotonic_time ();
  p->trials += !old;
  p->work += share;
  p->old_work += old ? share : 0;
  if (score > p->best)
    p->best = score;
  g_mutex_unlock (&p->lock);
}

void
nv_i_progress_run (NvProgress *p, guint arm, double share, gboolean old)
{
  g_mutex_lock (&p->lock);
  p->runs_done++;
  p->arms_done += --p->left[arm] == 0;
  p->work += 1 - share; /* what it did not use is done, too */
  p->old_work += old ? 1 - share : 0;
  g_mutex_unlock (&p->lock);
}

/* "1:05:09", "5:09", "9.3 s" */
static char *
time_text (double seconds)
{
  guint s = (guint) fmin (seconds + 0.5, 1e9);
  if (s >= 3600)
    return g_strdup_printf ("%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
  return s >= 60 ? g_strdup_printf ("%u:%02u", s / 60, s % 60)
                 : g_strdup_printf ("%.1f s", seconds);
}

static char *
line_text (const NvProgress *p, gint64 now)
{
  GString *line = g_string_new (NULL);
  double elapsed = (double) (now - p->start) / G_USEC_PER_SEC;
  double made = p->work - p->old_work, left = fmax (p->runs - p->work, 0);
  gboolean ended = p->runs_done == p->runs;
  g_string_printf (line, "%s: arms %u/%u, runs %u/%u (%.0f %%)", p->name, p->arms_done,
                   p->arms, p->runs_done, p->runs,
                   ended ? 100 : floor (100 * (1 - left / p->runs)));
  if (p->trials > 0 && elapsed > 0)
    g_string_append_printf (line, ", %.*f trials/s", p->trials > 100 * elapsed ? 0 : 1,
                            (double) p->trials / elapsed);
  if (ended) {
    g_autofree char *took = time_text (elapsed);
    g_string_append_printf (line, ", took %s", took);
  } else if (made > 0 && elapsed > 1) {
    g_autofree char *eta = time_text (left / made * elapsed);
    g_string_append_printf (line, ", %s left", eta);
  }
  if (p->percent >= 0 && isfinite (p->best))
    g_string_append_printf (line, !p->percent ? ", best %.4g"
                                  : fabs (p->best) < 1e10 ? ", best %.2f %%" : ", best %.4g %%",
                            p->percent ? 100 * p->best : p->best);
  return g_string_free (line, FALSE);
}

void
nv_i_progress_show (NvProgress *p, gboolean last)
{
  gint64 now = g_get_monotonic_time ();
  g_mutex_lock (&p->lock);
  if (last || now - p->shown >= (p->terminal ? EVERY_TERMINAL : EVERY_ELSEWHERE)) {
    g_autofree char *line = line_text (p, now);
    print_line (p, line, last);
    p->shown = now;
  }
  g_mutex_unlock (&p->lock);
}
