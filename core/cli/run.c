/* nasvec run: runs a Lua script. Ctrl-C (or SIGTERM, or SIGHUP, as the terminal is closed) stops a
 * study cleanly, and kills the programs that it waits for; a second one stops nasvec at once, which
 * the store survives as well. */
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "benchmark/process.h"
#include "cli/cli.h"
#include "lua/script.h"

#define EXIT_STOPPED 130

static const char usage[]
  = "usage: nasvec run [--check] SCRIPT [KEY=VALUE ...]\n"
    "       nasvec run SCRIPT --help\n"
    "\n"
    "Runs a Lua script, which says require \"nasvec\". KEY=VALUE sets a parameter of the script.\n"
    "  --check   check every plugin, option and file, but run no study and write nothing\n"
    "  --help    after the script's name: its parameters and their defaults\n";

/* --- signals: a thread of its own turns them into a cancellation --------------------------- */

/* The first one has killed all programs and lets none start: the second leaves none behind. */
static gboolean
on_signal (gpointer data)
{
  GCancellable *cancel = data;
  if (g_cancellable_is_cancelled (cancel))
    _exit (EXIT_STOPPED);
  fprintf (stderr, "\nnasvec: stopping; once more to stop at once\n");
  g_cancellable_cancel (cancel);
  nv_i_process_cancel ();
  return G_SOURCE_CONTINUE;
}

static void
watch (GMainContext *context, int signal_number, GCancellable *cancel)
{
  g_autoptr (GSource) source = g_unix_signal_source_new (signal_number);
  g_source_set_callback (source, on_signal, cancel, NULL);
  g_source_attach (source, context);
}

static gpointer
run_loop (gpointer loop)
{
  g_main_loop_run (loop);
  return NULL;
}

static gboolean
quit_loop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

/* From inside the loop, which may not have started yet. */
static void
end_loop (GMainContext *context, GMainLoop *loop, GThread *thread)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  g_source_set_callback (source, quit_loop, loop, NULL);
  g_source_attach (source, context);
  g_thread_join (thread);
}

/* Under nohup the end of the terminal is to be survived. */
static gboolean
is_ignored (int signal_number)
{
  struct sigaction action;
  return sigaction (signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* A reader that has gone (`nasvec run SCRIPT | head`) ends neither nasvec, whose programs would go
 * on without it, nor the study. SIG_IGN would be handed on to what the script starts. */
static void
on_closed_pipe (int signal_number)
{
  (void) signal_number;
}

static int
run_watched (NvScript *script, GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (context, FALSE);
  g_autoptr (GCancellable) cancel = g_cancellable_new ();
  watch (context, SIGINT, cancel);
  watch (context, SIGTERM, cancel);
  if (!is_ignored (SIGHUP))
    watch (context, SIGHUP, cancel);
  signal (SIGPIPE, on_closed_pipe);
  GThread *thread = g_thread_new ("signals", run_loop, loop);
  script->cancel = cancel;
  gboolean ok = nv_i_script_run (script, error);
  gboolean stopped = g_cancellable_is_cancelled (cancel);
  end_loop (context, loop, thread);
  return stopped ? EXIT_STOPPED : ok ? 0 : 1;
}

/* --- arguments ----------------------------------------------------------------------------- */

static int
wrong_usage (const char *format, const char *argument)
{
  fprintf (stderr, "nasvec: ");
  fprintf (stderr, format, argument);
  fprintf (stderr, "\n%s", usage);
  return 2;
}

/* Sorts argv into the script; 0 or the exit code. */
static int
read_arguments (int argc, char **argv, NvScript *script)
{
  int n = 0;
  for (int i = 1; i < argc; i++) {
    if (strcmp (argv[i], "--check") == 0)
      script->check = TRUE;
    else if (strcmp (argv[i], "--help") == 0)
      script->help = TRUE;
    else if (argv[i][0] == '-')
      return wrong_usage ("run: unknown option '%s'", argv[i]);
    else if (script->file == NULL)
      script->file = argv[i];
    else if (strchr (argv[i], '=') == NULL || argv[i][0] == '=')
      return wrong_usage ("run: '%s' is not KEY=VALUE", argv[i]);
    else
      script->arguments[n++] = argv[i];
  }
  return 0;
}

int
nv_i_cli_run (int argc, char **argv)
{
  g_autofree char **arguments = g_new0 (char *, (gsize) argc + 1);
  NvScript script = { .arguments = arguments };
  int code = read_arguments (argc, argv, &script);
  if (code != 0)
    return code;
  if (script.file == NULL && script.help) {
    printf ("%s", usage);
    return 0;
  }
  if (script.file == NULL)
    return wrong_usage ("run: no script%s", "");
  gboolean check = script.check;
  script.check |= script.help;
  g_autoptr (GError) error = NULL;
  code = run_watched (&script, &error);
  if (code == EXIT_STOPPED)
    fprintf (stderr, "nasvec: stopped; run the same command again to go on\n");
  else if (code == 1)
    nv_i_cli_fail (error);
  else if (check && !script.help)
    printf ("ok\n");
  return code;
}
