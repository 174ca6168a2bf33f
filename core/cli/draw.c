/* nasvec draw SPACE CELL: one cell, as text on the terminal or as a picture. */
#include <stdio.h>

#include "cli/cli.h"
#include "plugin/instance.h"
#include "report/graph.h"

int
nv_i_cli_draw (int argc, char **argv)
{
  g_autofree char *out = NULL;
  const GOptionEntry entries[] = {
    { "out", 'o', 0, G_OPTION_ARG_FILENAME, &out, "write a picture: .svg, .pdf or .png",
      "FILE" },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "SPACE CELL",
          "Draws a CELL, in the notation of its SPACE: as text with a line for each\n"
          "node and a bracket for each edge or, with --out, as a picture.",
          entries))
    return 2;
  if (argc != 3) {
    fprintf (stderr,
             "nasvec draw: a SPACE and a CELL are needed; see `nasvec draw --help`\n");
    return 2;
  }
  NvCell cell;
  g_autoptr (NvSpace) space = nv_i_space_new (argv[1], NULL, &error);
  if (space == NULL || !nv_space_parse (space, argv[2], &cell, &error))
    return nv_i_cli_fail (error);
  if (out == NULL) {
    g_autofree char *text = nv_i_graph_text (space, &cell);
    g_print ("%s", text);
    return 0;
  }
  g_autoptr (NvGraph) graph = nv_i_graph_new (space, &cell, &error);
  if (graph == NULL
      || !nv_i_figure_file (out, graph->width, graph->height, nv_i_draw_graph, graph,
                            &error))
    return nv_i_cli_fail (error);
  return 0;
}
