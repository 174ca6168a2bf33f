/* One cell: equality, size, edit distance, pruning. */
#include <string.h>

#include <nasvec/cell.h>

void
nv_cell_init (NvCell *cell, guint n_nodes)
{
  g_return_if_fail (n_nodes <= NV_CELL_MAX);
  memset (cell->rows, 0, sizeof cell->rows);
  memset (cell->ops, 0, n_nodes);
  memset (cell->ops + n_nodes, NV_OP_PAD, NV_CELL_MAX - n_nodes);
  cell->n_nodes = n_nodes;
}

gboolean
nv_cell_equal (const NvCell *a, const NvCell *b)
{
  return a->n_nodes == b->n_nodes && memcmp (a->ops, b->ops, a->n_nodes) == 0
         && memcmp (a->rows, b->rows, a->n_nodes * sizeof a->rows[0]) == 0;
}

guint
nv_cell_n_edges (const NvCell *cell)
{
  guint n = 0;
  for (guint i = 0; i < cell->n_nodes; i++)
    n += (guint) __builtin_popcount (cell->rows[i]);
  return n;
}

guint
nv_cell_edit_distance (const NvCell *a, const NvCell *b)
{
  guint n = 0;
  for (guint i = 0; i < MAX (a->n_nodes, b->n_nodes); i++) {
    n += a->ops[i] != b->ops[i];
    n += (guint) __builtin_popcount (a->rows[i] ^ b->rows[i]);
  }
  return n;
}

/* Bit i: node i can be reached from node 0 and reaches the last node. */
static guint32
nodes_on_paths (const NvCell *cell)
{
  guint last = cell->n_nodes - 1;
  guint32 down = 1u, up = 1u << last;
  for (guint i = 0; i <= last; i++)
    if (down >> i & 1u)
      down |= cell->rows[i];
  for (guint i = last; i-- > 0;)
    if (cell->rows[i] & up)
      up |= 1u << i;
  return down & up;
}

gboolean
nv_cell_prune (const NvCell *cell, NvCell *out)
{
  if (cell->n_nodes == 0)
    return FALSE;
  guint32 kept = nodes_on_paths (cell);
  if (!(kept & 1u))
    return FALSE;

  NvCell pruned;
  nv_cell_init (&pruned, (guint) __builtin_popcount (kept));
  guint n = 0;
  for (guint i = 0; i < cell->n_nodes; i++) {
    if (!(kept >> i & 1u))
      continue;
    guint to = n + 1;
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (kept >> j & 1u) {
        if (nv_cell_has_edge (cell, i, j))
          nv_cell_add_edge (&pruned, n, to);
        to++;
      }
    pruned.ops[n++] = cell->ops[i];
  }
  *out = pruned;
  return TRUE;
}
