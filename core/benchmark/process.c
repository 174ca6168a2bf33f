/* posix_spawn with two pipes. The input is written before the program starts, so that
 * neither side ever waits for the other and no SIGPIPE can reach us. A program that has
 * ended is reaped only after its group is killed: until then its number cannot be given
 * to another. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "benchmark/process.h"

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
  p->read = out[0];
  p->out = out[1];
  return TRUE;
}

/* The child starts with default signals, whatever this thread blocks or ignores. */
static gboolean
start (pid_t *pid, char *const *argv, const Pipes *p, GError **error)
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
  return code == 0 || fail (error, argv[0], code);
}

/* Milliseconds until `deadline`, at most `most`. */
static int
left_until (gint64 deadline, int most)
{
  gint64 left = (deadline - g_get_monotonic_time () + 999) / 1000;
  return (int) CLAMP (left, 0, most);
}

/* Reads to the end of the output. FALSE: too late or too much, *end says which. */
static gboolean
read_output (int fd, GString *output, gsize limit, gint64 deadline, NvProcessEnd *end)
{
  for (;;) {
    char block[4096];
    struct pollfd p = { .fd = fd, .events = POLLIN };
    int wait = left_until (deadline, G_MAXINT);
    int ready = poll (&p, 1, wait);
    if (ready == 0 && wait == 0) {
      *end = NV_PROCESS_TIMED_OUT;
      return FALSE;
    }
    if (ready <= 0)
      continue;
    gssize n = read (fd, block, sizeof block);
    if (n == 0)
      return TRUE;
    if (n > 0)
      g_string_append_len (output, block, n);
    if (output->len > limit) {
      *end = NV_PROCESS_FLOODED;
      return FALSE;
    }
  }
}

/* A program may close its output long before it ends. */
static gboolean
wait_for_end (pid_t pid, gint64 deadline)
{
  for (int pause = 1;; pause = MIN (2 * pause, 50)) {
    siginfo_t info = { 0 };
    if (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
        && info.si_pid == pid)
      return TRUE;
    int wait = left_until (deadline, pause);
    if (wait == 0)
      return FALSE;
    g_usleep ((gulong) wait * 1000);
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

  NvProcessEnd end = NV_PROCESS_EXITED;
  GString *output = g_string_new (NULL);
  if (read_output (pipes.read, output, limit, deadline, &end)
      && !wait_for_end (pid, deadline))
    end = NV_PROCESS_TIMED_OUT;
  close_pipes (&pipes);
  kill (-pid, SIGKILL);
  int status = 0;
  while (waitpid (pid, &status, 0) < 0 && errno == EINTR)
    ;
  if (end == NV_PROCESS_EXITED && WIFSIGNALED (status))
    end = NV_PROCESS_KILLED;
  *process = (NvProcess){
    .end = end,
    .code = WIFSIGNALED (status) ? WTERMSIG (status) : WEXITSTATUS (status),
    .length = output->len,
    .output = output->str,
  };
  g_string_free (output, FALSE);
  return TRUE;
}
