/* Packed lists of cells: 1 + 5 N bytes a cell. */
#include <string.h>

#include <nasvec/cell.h>

NvCells *
nv_cells_new (guint nodes)
{
  g_return_val_if_fail (nodes <= NV_CELL_MAX, NULL);
  NvCells *cells = g_new0 (NvCells, 1);
  cells->nodes = nodes;
  cells->refs = 1;
  return cells;
}

NvCells *
nv_cells_ref (NvCells *cells)
{
  g_atomic_int_inc (&cells->refs);
  return cells;
}

void
nv_cells_unref (NvCells *cells)
{
  if (cells == NULL || !g_atomic_int_dec_and_test (&cells->refs))
    return;
  g_free (cells->n_nodes);
  g_free (cells->ops);
  g_free (cells->rows);
  g_free (cells);
}

static void
grow (NvCells *cells)
{
  gsize n = cells->allocated == 0 ? 16 : cells->allocated + cells->allocated / 2;
  cells->n_nodes = g_renew (guint8, cells->n_nodes, n);
  cells->ops = g_realloc_n (cells->ops, n, cells->nodes);
  cells->rows = g_realloc_n (cells->rows, n, cells->nodes * sizeof *cells->rows);
  cells->allocated = n;
}

void
nv_cells_append (NvCells *cells, const NvCell *cell)
{
  g_return_if_fail (cell->n_nodes <= cells->nodes);
  if (cells->count == cells->allocated)
    grow (cells);
  gsize at = cells->count * cells->nodes;
  cells->n_nodes[cells->count++] = (guint8) cell->n_nodes;
  if (cells->nodes == 0)
    return;
  memcpy (cells->ops + at, cell->ops, cells->nodes);
  memcpy (cells->rows + at, cell->rows, cells->nodes * sizeof *cells->rows);
}

void
nv_cells_get (const NvCells *cells, gsize i, NvCell *out)
{
  g_return_if_fail (i < cells->count);
  guint n = cells->n_nodes[i];
  nv_cell_init (out, n);
  if (n == 0)
    return;
  memcpy (out->ops, cells->ops + i * cells->nodes, n);
  memcpy (out->rows, cells->rows + i * cells->nodes, n * sizeof *out->rows);
}

void
nv_cells_clear (NvCells *cells)
{
  cells->count = 0;
}

NvCells *
nv_cells_pick (const NvCells *cells, const guint32 *index, gsize first, gsize count)
{
  NvCells *picked = nv_cells_new (cells->nodes);
  for (gsize i = first; i < first + count; i++) {
    NvCell cell;
    nv_cells_get (cells, index != NULL ? index[i] : i, &cell);
    nv_cells_append (picked, &cell);
  }
  return picked;
}
