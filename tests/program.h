/* Running the nasvec program from a test, in a folder of its own. */
#ifndef TEST_PROGRAM_H
#define TEST_PROGRAM_H

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

typedef struct {
  char *folder;
  int code;        /* exit code of the last run */
  char *out, *err; /* what it wrote */
} Program;

static inline void
program_write (const Program *p, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (p->folder, name, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static inline gboolean
program_has (const Program *p, const char *name)
{
  g_autofree char *path = g_build_filename (p->folder, name, NULL);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

static inline void
program_open (Program *p)
{
  *p = (Program){ .folder = g_dir_make_tmp ("nasvec-test-XXXXXX", NULL) };
  g_assert_nonnull (p->folder);
}

static inline void
program_close (Program *p)
{
  g_autofree char *command = g_strdup_printf ("rm -rf '%s'", p->folder);
  g_assert_true (g_spawn_command_line_sync (command, NULL, NULL, NULL, NULL));
  g_free (p->folder);
  g_free (p->out);
  g_free (p->err);
}

/* `bytes`: the size that no file may exceed, which is what a full disk looks like. */
static inline void
program_limit (gpointer bytes)
{
  const struct rlimit limit = { GPOINTER_TO_SIZE (bytes), GPOINTER_TO_SIZE (bytes) };
  setrlimit (RLIMIT_FSIZE, &limit);
}

/* `line`: what follows "nasvec", as a shell would split it. */
static inline char **
program_words (const char *line)
{
  g_autofree char *whole = g_strdup_printf ("'%s' %s", g_getenv ("NASVEC_PROGRAM"), line);
  char **argv = NULL;
  g_assert_true (g_shell_parse_argv (whole, NULL, &argv, NULL));
  return argv;
}

static inline int
program_run_limited (Program *p, const char *line, gsize limit)
{
  g_auto (GStrv) argv = program_words (line);
  int status = 0;
  g_clear_pointer (&p->out, g_free);
  g_clear_pointer (&p->err, g_free);
  g_assert_true (g_spawn_sync (p->folder, argv, NULL, G_SPAWN_DEFAULT,
                               limit > 0 ? program_limit : NULL, GSIZE_TO_POINTER (limit),
                               &p->out, &p->err, &status, NULL));
  if (!WIFEXITED (status))
    g_error ("%s: killed by signal %d: %s", line, WTERMSIG (status), p->err);
  return p->code = WEXITSTATUS (status);
}

static inline int
program_run (Program *p, const char *line)
{
  return program_run_limited (p, line, 0);
}

/* Runs it to exit code `code`, with `out` and `err` in what it writes (NULL: whatever). */
static inline void
program_expect (Program *p, const char *line, int code, const char *out, const char *err)
{
  program_run (p, line);
  if (p->code != code || (out != NULL && strstr (p->out, out) == NULL)
      || (err != NULL && strstr (p->err, err) == NULL))
    g_error ("nasvec %s: expected exit code %d, '%s' and '%s'; got %d,\n%s\nand\n%s", line, code,
             out != NULL ? out : "...", err != NULL ? err : "...", p->code, p->out, p->err);
}

/* Runs it until the file "started" is there, then sends the signal so many times: it ends soon,
 * with the exit code 130. */
static inline void
program_interrupt (Program *p, const char *line, int signal_number, int times)
{
  g_auto (GStrv) argv = program_words (line);
  GPid pid;
  int status;
  g_assert_true (g_spawn_async (p->folder, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                &pid, NULL));
  for (int i = 0; i < 1500 && !program_has (p, "started"); i++)
    g_usleep (20000);
  g_assert_true (program_has (p, "started"));
  const gint64 start = g_get_monotonic_time ();
  for (int i = 0; i < times; i++) {
    kill (pid, signal_number);
    g_usleep (200 * 1000);
  }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 130);
}

#endif
