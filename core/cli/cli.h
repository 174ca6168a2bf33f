/* The nasvec program: one function per subcommand, in a file of its own, cli/<command>.c.
 * Each takes its own argv (argv[0] = the subcommand's name) and returns the exit code: 0,
 * 1 for an error that was printed, 2 for wrong usage. */
#ifndef NV_CLI_H
#define NV_CLI_H

#include <nasvec/plugin.h>
#include <nasvec/space.h>

typedef struct {
  const char *name;
  const char *usage;   /* after "nasvec " */
  const char *summary;
  int (*run) (int argc, char **argv);
} NvCommand;

/* Prints "nasvec: message" and returns 1. */
NV_INTERNAL int nv_i_cli_fail (const GError *error);
/* Takes the options out of argv; what stays are argv[0] and the arguments. --help is
 * printed and the program ends. FALSE: wrong usage, which was printed. `usage`: the
 * arguments; `entries` may be NULL. */
NV_INTERNAL gboolean nv_i_cli_parse (int *argc, char ***argv, const char *usage,
                                     const char *description,
                                     const GOptionEntry *entries);
/* "space", "encoders", ... */
NV_INTERNAL gboolean nv_i_cli_kind (const char *text, NvKind *kind, GError **error);
/* Are all arguments UTF-8? What is not could be kept nowhere. */
NV_INTERNAL gboolean nv_i_cli_utf8 (int argc, char **argv, GError **error);
/* A command's own KEY, and where the text of its VALUE goes. */
typedef struct {
  const char *key;
  const char **text;
} NvCliKey;
/* Reads the arguments KEY=VALUE, whose keys are those of `own` (up to a NULL), of `params`, or
 * space.KEY, none of them twice. *text of an own key that is there points into argv. Returns the
 * options of `params` (a{sv}, transfer full) in the form that nv_i_options_new() checks. NULL with
 * an error that names argv[0]. */
NV_INTERNAL GVariant *nv_i_cli_read_pairs (const NvCliKey *own, const NvParam *params, int argc,
                                           char **argv, GError **error);
/* The space `name` with the options that the arguments have as space.KEY=VALUE; the caller's. */
NV_INTERNAL NvSpace *nv_i_cli_space (const char *name, int argc, char **argv, GError **error);

NV_INTERNAL int nv_i_cli_run (int argc, char **argv);
NV_INTERNAL int nv_i_cli_plugins (int argc, char **argv);
NV_INTERNAL int nv_i_cli_new (int argc, char **argv);
NV_INTERNAL int nv_i_cli_check (int argc, char **argv);
NV_INTERNAL int nv_i_cli_report (int argc, char **argv);
NV_INTERNAL int nv_i_cli_merge (int argc, char **argv);
NV_INTERNAL int nv_i_cli_import (int argc, char **argv);
NV_INTERNAL int nv_i_cli_draw (int argc, char **argv);
NV_INTERNAL int nv_i_cli_watch (int argc, char **argv);
NV_INTERNAL int nv_i_cli_train (int argc, char **argv);
NV_INTERNAL int nv_i_cli_table (int argc, char **argv);

#endif
