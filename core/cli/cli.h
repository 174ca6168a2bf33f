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
/* The text of KEY=VALUE as the option's type has it; what is wrong with it is found by
 * nv_i_options_new(). Floating. */
NV_INTERNAL GVariant *nv_i_cli_value (const NvParam *params, const char *key,
                                      const char *text);
/* Is every argument KEY=VALUE with a key of `own` (NULL-terminated), of `params` or space.KEY, and
 * none there twice? argv[0] is named in the error. */
NV_INTERNAL gboolean nv_i_cli_check_pairs (const char *const *own, const NvParam *params,
                                           int argc, char **argv, GError **error);
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
