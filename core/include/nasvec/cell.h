/* Cells: small typed DAGs; and packed sets of them. */
#ifndef NASVEC_CELL_H
#define NASVEC_CELL_H

#include <nasvec/base.h>

G_BEGIN_DECLS

#define NV_CELL_MAX 32 /* nodes in a cell, at most */
#define NV_OP_PAD 0xFF /* op of the rows beyond a cell's last node */

/* A DAG in topological order. Nodes 0 .. n_nodes - 1 have an op (an index into the space's
 * vocabulary); bit j of rows[i] is the edge i -> j, j > i. Rows beyond n_nodes are zero and
 * their ops NV_OP_PAD, so that equal cells are equal bytes. A plain value: copy it freely. */
typedef struct {
  guint32 rows[NV_CELL_MAX];
  guint8 ops[NV_CELL_MAX];
  guint32 n_nodes;
} NvCell;

/* An empty cell of `n_nodes` nodes, ops all 0, no edges. */
NV_API void nv_cell_init (NvCell *cell, guint n_nodes);
NV_API gboolean nv_cell_equal (const NvCell *a, const NvCell *b);
static inline gboolean
nv_cell_has_edge (const NvCell *cell, guint from, guint to)
{
  return (cell->rows[from] >> to) & 1u;
}
static inline void
nv_cell_add_edge (NvCell *cell, guint from, guint to)
{
  cell->rows[from] |= 1u << to;
}
NV_API guint nv_cell_n_edges (const NvCell *cell);
/* Ops that differ + edges that differ, node by node; a missing node counts one, its edges too. */
NV_API guint nv_cell_edit_distance (const NvCell *a, const NvCell *b);
/* Drops the nodes that lie on no path from node 0 to the last node; FALSE, and *out untouched,
 * where no such path is. The order of the others is kept. */
NV_API gboolean nv_cell_prune (const NvCell *cell, NvCell *out);
/* The canonical form of a cell up to isomorphism of typed DAGs (nauty): isomorphic cells give
 * equal cells. The first and last node keep their places. */
NV_API void nv_cell_canonical (const NvCell *cell, NvCell *out);

/* A packed, reference-counted list of cells that are all at most `nodes` wide: structure of
 * arrays, row i of each array is cell i. Append while you alone hold it; then share it
 * read-only between any number of threads. */
typedef struct {
  gsize count;
  guint nodes;      /* N: width of a row */
  guint8 *n_nodes;  /* [count] */
  guint8 *ops;      /* [count x N], NV_OP_PAD beyond n_nodes */
  guint32 *rows;    /* [count x N], bit j of row i: edge i -> j */
  gsize allocated;
  gint refs;
} NvCells;

NV_API NvCells *nv_cells_new (guint nodes);
NV_API NvCells *nv_cells_ref (NvCells *cells);
NV_API void nv_cells_unref (NvCells *cells);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvCells, nv_cells_unref)
/* `cell` must have at most `cells->nodes` nodes. */
NV_API void nv_cells_append (NvCells *cells, const NvCell *cell);
NV_API void nv_cells_get (const NvCells *cells, gsize i, NvCell *out);
NV_API void nv_cells_clear (NvCells *cells);
/* A list of its own with `count` of the cells, from place `first` on: those at first, first + 1,
 * ... or, unless it is NULL, at index[first], index[first + 1], ... */
NV_API NvCells *nv_cells_pick (const NvCells *cells, const guint32 *index, gsize first,
                               gsize count);

/* From a cell to its first place in a list: an exact hash index. Cells compare as they are; put
 * canonical forms in if you mean them. */
typedef struct _NvCellIndex NvCellIndex;
NV_API NvCellIndex *nv_cell_index_new (void);
NV_API void nv_cell_index_free (NvCellIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvCellIndex, nv_cell_index_free)
/* Adds `cell` under `value` unless it is there: TRUE if it was new. *found (may be NULL): the
 * value that it stands under now. */
NV_API gboolean nv_cell_index_add (NvCellIndex *index, const NvCell *cell, gsize value,
                                   gsize *found);
NV_API gboolean nv_cell_index_find (const NvCellIndex *index, const NvCell *cell, gsize *value);
NV_API gsize nv_cell_index_count (const NvCellIndex *index);

G_END_DECLS

#endif
