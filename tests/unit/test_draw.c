/* Cells as pictures and as text. */
#include <string.h>

#include "report/graph.h"
#include "report_store.h"

static const char *const ops[] = { "in", "conv3x3", "pool", "out" };
static const NvSpace space = { .nodes = 5, .n_ops = 4, .ops = ops };

static NvCell
small_cell (void)
{
  NvCell cell;
  nv_cell_init (&cell, 4);
  cell.ops[1] = 1;
  cell.ops[2] = 2;
  cell.ops[3] = 3;
  nv_cell_add_edge (&cell, 0, 1);
  nv_cell_add_edge (&cell, 0, 3);
  nv_cell_add_edge (&cell, 1, 2);
  nv_cell_add_edge (&cell, 2, 3);
  return cell;
}

static void
test_text (void)
{
  NvCell cell = small_cell ();
  g_autofree char *text = nv_i_graph_text (&space, &cell);
  g_assert_cmpstr (text, ==,
                   " 0  in      ──┬─┐\n"
                   "            ◀─┘ │\n"
                   " 1  conv3x3 ──┐ │\n"
                   "            ◀─┘ │\n"
                   " 2  pool    ──┐ │\n"
                   "            ◀─┴─┘\n"
                   " 3  out\n");
  nv_cell_init (&cell, 1);
  g_autofree char *one = nv_i_graph_text (&space, &cell);
  g_assert_cmpstr (one, ==, " 0  in\n");
}

/* The largest cell there can be, with all its edges. */
static void
test_text_full (void)
{
  NvCell cell;
  nv_cell_init (&cell, NV_CELL_MAX);
  for (guint i = 0; i < NV_CELL_MAX; i++)
    for (guint j = i + 1; j < NV_CELL_MAX; j++)
      nv_cell_add_edge (&cell, i, j);
  g_autofree char *text = nv_i_graph_text (&space, &cell);
  guint heads = 0;
  for (const char *p = text; (p = strstr (p, "◀")) != NULL; p += strlen ("◀"))
    heads++;
  g_assert_cmpuint (heads, ==, NV_CELL_MAX - 1);
}

static void
test_layout (void)
{
  NvCell cell = small_cell ();
  g_autoptr (GError) error = NULL;
  g_autoptr (NvGraph) graph = nv_i_graph_new (&space, &cell, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (graph->edges->len, ==, 4 + 1);
  for (guint i = 0; i < 4; i++) {
    g_assert_cmpfloat (graph->nodes[i].x - graph->nodes[i].width / 2, >=, 0);
    g_assert_cmpfloat (graph->nodes[i].x + graph->nodes[i].width / 2, <=, graph->width);
    g_assert_cmpfloat (graph->nodes[i].y + graph->nodes[i].height / 2, <=, graph->height);
    if (i > 0)
      g_assert_cmpfloat (graph->nodes[i].x, >, graph->nodes[i - 1].x);
  }
  g_assert_cmpstr (nv_i_op_colour (&space, 0), ==, nv_i_op_colour (&space, 3));
  g_assert_cmpstr (nv_i_op_colour (&space, 1), !=, nv_i_op_colour (&space, 2));
}

static void
test_files (void)
{
  NvCell cell = small_cell ();
  g_autoptr (GError) error = NULL;
  g_autoptr (NvGraph) graph = nv_i_graph_new (&space, &cell, &error);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-draw-XXXXXX", NULL);
  static const char *const starts[][2] = { { "svg", "<?xml" }, { "pdf", "%PDF" },
                                           { "png", "\x89PNG" } };
  for (guint i = 0; i < G_N_ELEMENTS (starts); i++) {
    g_autofree char *path = g_strdup_printf ("%s/cell.%s", folder, starts[i][0]);
    g_autofree char *bytes = NULL;
    nv_i_figure_file (path, graph->width, graph->height, nv_i_draw_graph, graph, &error);
    g_assert_no_error (error);
    g_assert_true (g_file_get_contents (path, &bytes, NULL, NULL));
    g_assert_true (g_str_has_prefix (bytes, starts[i][1]));
  }
  g_autofree char *gif = g_build_filename (folder, "cell.gif", NULL);
  g_assert_false (nv_i_figure_file (gif, 9, 9, nv_i_draw_graph, graph, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_OPTION);
  g_assert_nonnull (strstr (error->message, ".svg, .pdf or .png"));
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/draw/text", test_text);
  g_test_add_func ("/draw/text/full", test_text_full);
  g_test_add_func ("/draw/layout", test_layout);
  g_test_add_func ("/draw/files", test_files);
  return g_test_run ();
}
