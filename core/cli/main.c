/* nasvec: the program. One row per subcommand; the work is in cli/<command>.c of the
 * library. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#define MARK "NASVEC_CHOSE_CORETYPE"

static const NvCommand commands[] = {
  { "run", "run SCRIPT [KEY=VALUE ...]", "run a Lua script", nv_i_cli_run },
  { "plugins", "plugins [KIND [NAME]] [--json]", "list plugins, or one plugin's options",
    nv_i_cli_plugins },
  { "report", "report STORE [-o FOLDER] [-b NAME]",
    "what a study has found, as tables and figures", nv_i_cli_report },
  { "merge", "merge STORE PART [PART ...]", "one store of several, run apart",
    nv_i_cli_merge },
  { "new", "new KIND NAME [FOLDER]", "a plugin project from a template", nv_i_cli_new },
  { "check", "check FILE.so | KIND NAME", "the conformance test of a plugin",
    nv_i_cli_check },
  { "watch", "watch STORE", "look on while a study runs", nv_i_cli_watch },
  { "import", "import FORMAT FILE OUT", "a released benchmark file as a table",
    nv_i_cli_import },
  { "draw", "draw SPACE CELL [-o FILE]", "one cell, as text or as a picture",
    nv_i_cli_draw },
  { "train", "train space=NAME cell=CELL [KEY=VALUE ...]", "the network of one cell, for real",
    nv_i_cli_train },
  { "table", "table space=NAME out=FILE [KEY=VALUE ...]", "many cells, for real, as a table",
    nv_i_cli_table },
  { NULL, NULL, NULL, NULL },
};

static void
print_usage (FILE *out)
{
  fprintf (out, "usage: nasvec COMMAND [ARGUMENT ...]\n\n");
  for (const NvCommand *c = commands; c->name != NULL; c++)
    fprintf (out, "  nasvec %-44s %s\n", c->usage, c->summary);
  fprintf (out, "  nasvec %-44s %s\n", "--version", "print the version");
  fprintf (out, "\n`nasvec COMMAND --help` tells more.\n");
}

/* The command's exit code, unless what it printed could not be written. */
static int
flush_output (int code)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return code;
  fprintf (stderr, "nasvec: standard output could not be written\n");
  return code != 0 ? code : 1;
}

/* OpenBLAS chooses its kernel when it is loaded. On a processor newer than itself that is one
 * of 2004, a third as fast, and on two processors it may be two with different last bits. The
 * one for AVX2 is taken wherever it runs, unless OPENBLAS_CORETYPE says otherwise: the program
 * starts itself anew with that variable set. Where that fails it goes on without, and under
 * valgrind, which cannot start itself anew and shows no newer processor. MARK tells the second
 * start from a variable of the user's: there both are taken away again, as they are no business
 * of the programs that nasvec starts. */
static void
choose_blas_kernel (char **argv)
{
#if defined(__x86_64__) && defined(__linux__)
  const char *preload = getenv ("LD_PRELOAD");
  if (preload != NULL && strstr (preload, "vgpreload") != NULL)
    return;
  const gboolean second = getenv (MARK) != NULL;
  if (!second && (getenv ("OPENBLAS_CORETYPE") != NULL || !__builtin_cpu_supports ("avx2")
                  || !__builtin_cpu_supports ("fma")))
    return;
  if (!second && setenv (MARK, "1", 1) == 0 && setenv ("OPENBLAS_CORETYPE", "Haswell", 1) == 0)
    execv ("/proc/self/exe", argv);
  unsetenv (MARK);
  unsetenv ("OPENBLAS_CORETYPE");
#else
  (void) argv;
#endif
}

int
main (int argc, char **argv)
{
  choose_blas_kernel (argv);
  signal (SIGCHLD, SIG_DFL); /* a parent may have left it ignored: no child could be waited for */
  signal (SIGXFSZ, SIG_IGN); /* a file that may not grow is an error, as on a full disk */
  setlocale (LC_CTYPE, ""); /* what the terminal can show; numbers are written as in C */
  if (argc >= 2 && strcmp (argv[1], "--version") == 0) {
    printf ("nasvec %s\n", nv_version ());
    return flush_output (0);
  }
  if (argc >= 2 && (strcmp (argv[1], "--help") == 0 || strcmp (argv[1], "help") == 0)) {
    print_usage (stdout);
    return flush_output (0);
  }
  for (const NvCommand *c = commands; argc >= 2 && c->name != NULL; c++)
    if (strcmp (argv[1], c->name) == 0)
      return flush_output (c->run (argc - 1, argv + 1));
  if (argc >= 2)
    fprintf (stderr, "nasvec: unknown command '%s'\n\n", argv[1]);
  print_usage (stderr);
  return 2;
}
