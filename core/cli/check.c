/* nasvec check: the conformance test of one plugin. */
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "cli/cli.h"
#include "plugin/registry.h"

int
nv_i_cli_check (int argc, char **argv)
{
  g_autofree char *space = NULL;
  const GOptionEntry entries[] = {
    { "space", 0, 0, G_OPTION_ARG_STRING, &space,
      "check an encoder or a searcher on this space, not on a small built-in one",
      "NAME" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "FILE.so | KIND NAME",
          "Drives a plugin through its life: options at their bounds and beyond,\n"
          "the same seed and the same result, what its kind must do, weights saved\n"
          "and loaded, memory. Prints a line for each check, FAILED with the reason\n"
          "where one fails, and ends with exit code 1 if any did.",
          entries))
    return 2;
  if (argc < 2 || argc > 3) {
    fprintf (stderr, "nasvec check: a plugin's file, or its kind and name; "
                     "see `nasvec check --help`\n");
    return 2;
  }
  const NvClass *klass = NULL;
  NvKind kind;
  if (argc == 2)
    klass = nv_i_plugin_load (argv[1], &error);
  else if (nv_i_cli_kind (argv[1], &kind, &error))
    klass = nv_i_plugin_find (kind, argv[2], &error);
  if (klass == NULL
      || (space != NULL && nv_i_plugin_find (NV_KIND_SPACE, space, &error) == NULL))
    return nv_i_cli_fail (error);
  return nv_i_check_plugin (klass, space, stdout) > 0;
}
