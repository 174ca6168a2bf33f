/* A cell as text: nodes in a column, in topological order; at their right one bracket for
 * every edge, from its source down to its target, as an arc diagram. */
#include <string.h>

#include "report/graph.h"

/* Shapes of a grid point, by the bits: 1 a line from the left, 2 one to the right, 4 one
 * from above, 8 one to below; 16 an arrow's head instead of the line from the left. */
static const char *
shape (guint bits)
{
  static const char *const shapes[16] = { " ", "─", "─", "─", "│", "┘", "└", "┴",
                                          "│", "┐", "┌", "┬", "│", "┤", "├", "┼" };
  return bits & 16 ? "◀" : shapes[bits & 15];
}

typedef struct {
  guint from, to, column;
} Arc;

/* Short arcs stand nearer to the nodes. An arc takes the first column that is free from
 * its source to its target. */
static guint
place_arcs (Arc *arcs, guint n)
{
  guint columns = 0;
  for (guint length = 1; length < NV_CELL_MAX; length++)
    for (guint i = 0; i < n; i++) {
      if (arcs[i].to - arcs[i].from != length)
        continue;
      guint column = 0;
      for (guint j = 0; j < n; j++) {
        guint placed = arcs[j].to - arcs[j].from;
        gboolean earlier = placed < length || (placed == length && j < i);
        if (earlier && arcs[j].column == column && arcs[j].from < arcs[i].to
            && arcs[i].from < arcs[j].to) {
          column++;
          j = G_MAXUINT; /* once more from the start */
        }
      }
      arcs[i].column = column;
      columns = MAX (columns, column + 1);
    }
  return columns;
}

/* Two rows a node: its own, where edges leave, and the one above, where edges arrive. */
static void
draw_arc (guint8 *grid, guint width, const Arc *arc)
{
  guint top = 2 * arc->from + 1, bottom = 2 * arc->to, x = 2 * arc->column + 2;
  for (guint i = 0; i < x; i++) {
    grid[top * width + i] |= i > 0 ? 3 : 2;
    grid[bottom * width + i] |= i > 0 ? 3 : 16;
  }
  grid[top * width + x] |= 1 | 8;
  grid[bottom * width + x] |= 1 | 4;
  for (guint y = top + 1; y < bottom; y++)
    grid[y * width + x] |= 12;
}

static void
append_line (GString *out, const guint8 *grid, guint width)
{
  guint used = width;
  while (used > 0 && grid[used - 1] == 0)
    used--;
  for (guint i = 0; i < used; i++)
    g_string_append (out, shape (grid[i]));
  while (out->len > 0 && out->str[out->len - 1] == ' ')
    g_string_truncate (out, out->len - 1);
  g_string_append_c (out, '\n');
}

static gsize
longest_name (const NvSpace *space, const NvCell *cell)
{
  gsize longest = 0;
  for (guint i = 0; i < cell->n_nodes; i++)
    longest = MAX (longest, strlen (space->ops[cell->ops[i]]));
  return longest;
}

char *
nv_i_graph_text (const NvSpace *space, const NvCell *cell)
{
  GString *out = g_string_new (NULL);
  g_autofree Arc *arcs = g_new (Arc, NV_CELL_MAX * NV_CELL_MAX / 2);
  guint n = 0;
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j))
        arcs[n++] = (Arc){ i, j, 0 };
  guint width = 2 * place_arcs (arcs, n) + 2;
  g_autofree guint8 *grid = g_new0 (guint8, (gsize) 2 * NV_CELL_MAX * width);
  for (guint i = 0; i < n; i++)
    draw_arc (grid, width, &arcs[i]);
  int name = (int) longest_name (space, cell);
  for (guint i = 0; i < cell->n_nodes; i++) {
    if (i > 0) {
      g_string_append_printf (out, "%*s ", name + 4, "");
      append_line (out, grid + 2 * i * width, width);
    }
    g_string_append_printf (out, "%2u  %-*s ", i, name, space->ops[cell->ops[i]]);
    append_line (out, grid + (2 * i + 1) * width, width);
  }
  return g_string_free (out, FALSE);
}
