/* nasvec report STORE: tables on the terminal and, with -o, a folder of files. */
#include "report/report.h"

#include <stdio.h>

#include "cli/cli.h"

int
nv_i_cli_report (int argc, char **argv)
{
  g_autofree char *out = NULL, *baseline = NULL, *map = NULL;
  const GOptionEntry entries[] = {
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "write tables, figures and a page",
      "FOLDER" },
    { "baseline", 'b', 0, G_OPTION_ARG_STRING, &baseline,
      "arm or searcher that the others are tested against (default: random)", "NAME" },
    { "map", 'm', 0, G_OPTION_ARG_STRING, &map,
      "with --out, also draw the embedding of an arm's encoder", "ARM" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "STORE",
          "Prints the tables of a study's STORE, finished or not, and with --out writes\n"
          "them with all figures, the data behind them and a page to look at.",
          entries))
    return 2;
  if (argc != 2) {
    fprintf (stderr, "nasvec report: one STORE is needed; see `nasvec report --help`\n");
    return 2;
  }
  if (map != NULL && out == NULL) {
    fprintf (stderr, "nasvec report: --map draws into a folder: --out is needed as well\n");
    return 2;
  }
  if (!nv_i_report_make (argv[1], baseline, out, map, &error))
    return nv_i_cli_fail (error);
  return 0;
}
