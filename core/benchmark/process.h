/* Running an external program once, within limits. */
#ifndef NV_PROCESS_H
#define NV_PROCESS_H

#include <nasvec/base.h>

typedef enum {
  NV_PROCESS_EXITED,    /* code: exit status */
  NV_PROCESS_KILLED,    /* code: number of the signal that ended it */
  NV_PROCESS_TIMED_OUT, /* and was killed */
  NV_PROCESS_FLOODED    /* wrote more than the limit, and was killed */
} NvProcessEnd;

typedef struct {
  NvProcessEnd end;
  int code;
  char *output;  /* NUL-terminated; owned by the caller */
  gsize length;
} NvProcess;

/* Runs argv[0] (looked for in PATH) in a process group of its own, with `input` (at most
 * a pipe's 64 KiB) as its standard input; its standard error is ours. Returns when it has
 * ended and nothing of its group is left; what it had written by then is its output. FALSE:
 * it could not be started, how it ended cannot be known (SIGCHLD is ignored), or
 * NV_ERROR_CANCELLED. Thread-safe. */
NV_INTERNAL gboolean nv_i_process_run (NvProcess *process, char *const *argv,
                                       const char *input, gsize limit, double seconds,
                                       GError **error);

/* Kills all programs with their groups, and no other is started in this process: for all of
 * them, nv_i_process_run() ends with NV_ERROR_CANCELLED. Thread-safe; not for handlers of
 * signals. */
NV_INTERNAL void nv_i_process_cancel (void);

#endif
