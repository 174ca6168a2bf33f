/* posix_spawn with two pipes. The input is written before the program starts, so that
 * neither side ever waits for the other and no SIGPIPE can reach us. A program that has
 * ended is reaped only after its group is killed: until then its number cannot be given
 * to another. The groups that live are listed: a terminal's Ctrl-C does not reach them. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmark/process.h"

static GMutex lock;
static GSList *groups;     /* numbers of those not reaped yet, under `lock` */
static gboolean cancelled; /* for good, under `lock` */

typedef struct {
  int in, out; /* the program's ends */
  int read;    /* our end of `out` */
} Pipes;

static gboolean
fail (GError **error, const char *what, int code)
{
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "%s: %s", what, g_strerror (code));
  return FALSE;
}

static gboolean
fail_cancelled (GError **error)
{
  g_set_error_literal (error, NV_ERROR, NV_ERROR_CANCELLED, "programs are stopped");
  return FALSE;
}

static void
close_pipes (Pipes *p)
{
  const int ends[] = { p->in, p->out, p->read };
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    if (ends[i] >= 0)
      close (ends[i]);
  *p = (Pipes){ -1, -1, -1 };
}

static gboolean
open_pipes (Pipes *p, const char *input, GError **error)
{
  int in[2], out[2];
  *p = (Pipes){ -1, -1, -1 };
  if (pipe2 (in, O_CLOEXEC) != 0)
    return fail (error, "no pipe", errno);
  p->in = in[0];
  gsize length = strlen (input);
  fcntl (in[1], F_SETFL, O_NONBLOCK);
  gboolean written = write (in[1], input, length) == (gssize) length;
  close (in[1]);
  if (!written || pipe2 (out, O_CLOEXEC) != 0) {
    int code = written ? errno : EMSGSIZE;
    close_pipes (p);
    return fail (error, "no pipe", code);
  }
  fcntl (out[0], F_SETFL, O_NONBLOCK);
  p->read = out[0];
  p->out = out[1];
  return TRUE;
}

/* The child starts with default signals, whatever this thread blocks or ignores. 0 or the
 * error's number. */
static int
spawn (pid_t *pid, char *const *argv, const Pipes *p)
{
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset (&none);
  sigfillset (&all);
  posix_spawn_file_actions_init (&actions);
  posix_spawn_file_actions_adddup2 (&actions, p->in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2 (&actions, p->out, STDOUT_FILENO);
  posix_spawnattr_init (&attributes);
  posix_spawnattr_setflags (&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK
                                         | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup (&attributes, 0);
  posix_spawnattr_setsigmask (&attributes, &none);
  posix_spawnattr_setsigdefault (&attributes, &all);
  int code = posix_spawnp (pid, argv[0], &actions, &attributes, argv, environ);
  posix_spawnattr_destroy (&attributes);
  posix_spawn_file_actions_destroy (&actions);
  return code;
}

/* No program starts unlisted, and none once all are cancelled. */
static gboolean
start (pid_t *pid, char *const *argv, const Pipes *p, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  if (cancelled)
    return fail_cancelled (error);
  int code = spawn (pid, argv, p);
  if (code != 0)
    return fail (error, argv[0], code);
  groups = g_slist_prepend (groups, GINT_TO_POINTER (*pid));
  return TRUE;
}

/* Kills what is left of the group, and reaps. *stopped: were all programs cancelled? */
static gboolean
reap (pid_t pid, int *status, gboolean *stopped)
{
  pid_t reaped;
  kill (-pid, SIGKILL);
  g_mutex_lock (&lock);
  groups = g_slist_remove (groups, GINT_TO_POINTER (pid));
  *stopped = cancelled;
  g_mutex_unlock (&lock);
  while ((reaped = waitpid (pid, status, 0)) < 0 && errno == EINTR)
    ;
  return reaped == pid;
}

void
nv_i_process_cancel (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  cancelled = TRUE;
  for (GSList *l = groups; l != NULL; l = l->next)
    kill (-GPOINTER_TO_INT (l->data), SIGKILL);
}

/* Milliseconds until `deadline`, at most `most`. */
static int
left_until (gint64 deadline, int most)
{
  gint64 left = (deadline - g_get_monotonic_time () + 999) / 1000;
  return (int) CLAMP (left, 0, most);
}

/* TRUE also where there is nothing to wait for (SIGCHLD is ignored): reap() finds the same. */
static gboolean
has_ended (pid_t pid)
{
  siginfo_t info = { 0 };
  int code = waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT);
  return code == 0 ? info.si_pid == pid : errno != EINTR;
}

/* Reads what is there; *fd becomes -1 at the end of the output. FALSE: more than `limit`. */
static gboolean
read_output (int *fd, GString *output, gsize limit)
{
  char block[4096];
  gssize n = -1;
  while (*fd >= 0 && output->len <= limit && (n = read (*fd, block, sizeof block)) > 0)
    g_string_append_len (output, block, n);
  if (n == 0)
    *fd = -1;
  return output->len <= limit;
}

/* The program may close its output long before it ends, and what it has started may hold the
 * output for longer; so both are looked at, in turn. */
static NvProcessEnd
follow (pid_t pid, int fd, GString *output, gsize limit, gint64 deadline)
{
  for (int pause = 1;;) {
    gboolean ended = has_ended (pid); /* all that it wrote is there to be read */
    if (!read_output (&fd, output, limit))
      return NV_PROCESS_FLOODED;
    if (ended)
      return NV_PROCESS_EXITED;
    int wait = left_until (deadline, pause);
    if (wait == 0)
      return NV_PROCESS_TIMED_OUT;
    struct pollfd p = { .fd = fd, .events = POLLIN }; /* -1: a pause, no more */
    pause = poll (&p, 1, wait) > 0 ? 1 : MIN (2 * pause, 50);
  }
}

gboolean
nv_i_process_run (NvProcess *process, char *const *argv, const char *input, gsize limit,
                  double seconds, GError **error)
{
  Pipes pipes;
  pid_t pid;
  gint64 deadline = g_get_monotonic_time () + (gint64) (seconds * 1e6);
  if (!open_pipes (&pipes, input, error))
    return FALSE;
  if (!start (&pid, argv, &pipes, error)) {
    close_pipes (&pipes);
    return FALSE;
  }
  close (pipes.in);
  close (pipes.out);
  pipes.in = pipes.out = -1;

  g_autoptr (GString) output = g_string_new (NULL);
  NvProcessEnd end = follow (pid, pipes.read, output, limit, deadline);
  close_pipes (&pipes);
  int status;
  gboolean stopped;
  if (!reap (pid, &status, &stopped))
    return fail (error, argv[0], errno);
  if (end == NV_PROCESS_EXITED && WIFSIGNALED (status))
    end = NV_PROCESS_KILLED;
  if (stopped && (end != NV_PROCESS_EXITED || WEXITSTATUS (status) != 0))
    return fail_cancelled (error);
  *process = (NvProcess){
    .end = end,
    .code = WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status),
    .length = output->len,
  };
  process->output = g_string_free (g_steal_pointer (&output), FALSE);
  return TRUE;
}
