/* Moves between cells: the mutation of the paper, and all cells one step away.
 *
 * Both work on matrices that may have loose vertices, and prune: a cell with fewer
 * vertices than the largest grows by a vertex that was loose. */
#include "nasbench101.h"

/* A matrix of the largest size with the cell in it: its interior vertices go to random
 * places, in order; the others get random ops, and edges to and from them are drawn. */
static void
draw_matrix (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out)
{
  const guint n = space->nodes;
  guint place[NB101_VERTICES] = { 0 }, next = 1, left = cell->n_nodes - 2;
  guint32 ours = 1u | 1u << (n - 1);
  nv_cell_init (out, n);
  out->ops[n - 1] = NB101_OUTPUT;
  for (guint v = 1; v + 1 < n; v++) {
    out->ops[v] = (guint8) (NB101_CONV1X1 + nv_rng_below (rng, 3));
    if (nv_rng_below (rng, n - 1 - v) >= left)
      continue;
    out->ops[v] = cell->ops[next];
    place[next++] = v;
    ours |= 1u << v;
    left--;
  }
  place[cell->n_nodes - 1] = n - 1;
  for (guint v = 0; v + 1 < n; v++)
    out->rows[v] = nv_rng_u32 (rng) & ((1u << n) - (2u << v))
                   & ~(ours >> v & 1u ? ours : 0u);
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j))
        nv_cell_add_edge (out, place[i], place[j]);
}

/* Of all matrices that are `cell` once they are pruned, one at random. The authors mutate
 * the matrix as it was before pruning; without its loose edges cells would shrink and
 * hardly grow. */
static void
unprune (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out)
{
  NvCell pruned;
  do
    draw_matrix (space, rng, cell, out);
  while (!nv_cell_prune (out, &pruned) || !nv_cell_equal (&pruned, cell));
}

/* Each possible edge flips with probability 1 / (number of them), each interior op
 * changes with probability 1 / (number of them). */
static void
mutate_once (const NvSpace *space, NvRng *rng, NvCell *cell)
{
  const guint n = space->nodes;
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      if (nv_rng_below (rng, n * (n - 1) / 2) == 0)
        cell->rows[i] ^= 1u << j;
  for (guint v = 1; v + 1 < n; v++)
    if (nv_rng_below (rng, n - 2) == 0) {
      const guint other = cell->ops[v] - NB101_CONV1X1 + 1 + nv_rng_below (rng, 2);
      cell->ops[v] = (guint8) (NB101_CONV1X1 + other % 3);
    }
}

/* As in section 3 of the paper, until the result is another valid cell. */
gboolean
nb101_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out,
              GError **error)
{
  (void) error;
  const guint32 old = nb101_canonical (cell);
  NvCell full, next;
  guint32 code = old;
  do {
    unprune (space, rng, cell, &full);
    mutate_once (space, rng, &full);
    if (nv_cell_prune (&full, &next) && nv_space_validate (space, &next, NULL))
      code = nb101_canonical (&next);
  } while (code == old);
  nb101_decode (code, out);
  return TRUE;
}

/* Neighbours found so far, as canonical codes. */
typedef struct {
  const NvSpace *space;
  GArray *codes;
  GHashTable *seen;
} Around;

static void
try_neighbour (Around *around, const NvCell *cell)
{
  NvCell pruned;
  if (!nv_cell_prune (cell, &pruned) || !nv_space_validate (around->space, &pruned, NULL))
    return;
  const guint32 code = nb101_canonical (&pruned);
  if (g_hash_table_add (around->seen, GUINT_TO_POINTER (code)))
    g_array_append_val (around->codes, code);
}

static void
flip_edges (Around *around, const NvCell *cell)
{
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++) {
      NvCell next = *cell;
      next.rows[i] ^= 1u << j;
      try_neighbour (around, &next);
    }
}

static void
change_ops (Around *around, const NvCell *cell)
{
  for (guint v = 1; v + 1 < cell->n_nodes; v++)
    for (guint8 op = NB101_CONV1X1; op < NB101_OUTPUT; op++) {
      NvCell next = *cell;
      next.ops[v] = op;
      try_neighbour (around, &next);
    }
}

/* `cell` with a new vertex before its place `at`, on a path of its own from i to j
 * (places without the new one). */
static void
insert_vertex (const NvCell *cell, guint at, guint i, guint j, NvCell *out)
{
  nv_cell_init (out, cell->n_nodes + 1);
  for (guint v = 0; v < cell->n_nodes; v++) {
    const guint32 before = cell->rows[v] & ((1u << at) - 1), after = cell->rows[v] >> at;
    out->rows[v + (v >= at)] = before | after << (at + 1);
    out->ops[v + (v >= at)] = cell->ops[v];
  }
  nv_cell_add_edge (out, i, at);
  nv_cell_add_edge (out, at, j + 1);
}

/* An edge flip of a matrix with a loose vertex: the way back from a flip that loosens
 * one. */
static void
insert_vertices (Around *around, const NvCell *cell)
{
  if (cell->n_nodes == around->space->nodes)
    return;
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      for (guint8 op = NB101_CONV1X1; op < NB101_OUTPUT; op++) {
        NvCell next;
        insert_vertex (cell, i + 1, i, j, &next);
        next.ops[i + 1] = op;
        try_neighbour (around, &next);
      }
}

void
nb101_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out)
{
  g_autoptr (GArray) codes = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  Around around = { space, codes, seen };
  g_hash_table_add (seen, GUINT_TO_POINTER (nb101_canonical (cell)));
  flip_edges (&around, cell);
  change_ops (&around, cell);
  insert_vertices (&around, cell);
  for (guint i = 0; i < codes->len; i++) {
    NvCell next;
    nb101_decode (g_array_index (codes, guint32, i), &next);
    nv_cells_append (out, &next);
  }
}
