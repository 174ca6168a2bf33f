/* Cells for tests: random wirings and types, of 1 .. N nodes; and those of NAS-Bench-201. */
#ifndef NV_RANDOM_CELLS_H
#define NV_RANDOM_CELLS_H

#include <nasvec/cell.h>
#include <nasvec/rng.h>

/* `smallest` <= nodes of each cell <= N; about half of all edges. */
static inline NvCells *
random_cells (gsize count, guint N, guint K, guint smallest, guint64 seed)
{
  NvCells *cells = nv_cells_new (N);
  NvRng rng;
  nv_rng_init (&rng, seed, "cells", count);
  for (gsize c = 0; c < count; c++) {
    NvCell cell;
    nv_cell_init (&cell, smallest + nv_rng_below (&rng, N - smallest + 1));
    for (guint i = 0; i < cell.n_nodes; i++) {
      cell.ops[i] = (guint8) nv_rng_below (&rng, K);
      for (guint j = i + 1; j < cell.n_nodes; j++)
        if (nv_rng_below (&rng, 2) == 0)
          nv_cell_add_edge (&cell, i, j);
    }
    nv_cells_append (cells, &cell);
  }
  return cells;
}

/* One wiring, input and output of types 0 and 6, all 5^6 choices of types 1 .. 5 between. */
static inline NvCells *
nasbench201_cells (void)
{
  static const guint8 edges[][2] = { { 0, 1 }, { 0, 2 }, { 0, 4 }, { 1, 3 }, { 1, 5 },
                                     { 2, 6 }, { 3, 6 }, { 4, 7 }, { 5, 7 }, { 6, 7 } };
  NvCells *cells = nv_cells_new (8);
  for (guint n = 0; n < 15625; n++) {
    NvCell cell;
    nv_cell_init (&cell, 8);
    for (guint e = 0; e < G_N_ELEMENTS (edges); e++)
      nv_cell_add_edge (&cell, edges[e][0], edges[e][1]);
    for (guint i = 1, rest = n; i < 7; i++, rest /= 5)
      cell.ops[i] = (guint8) (1 + rest % 5);
    cell.ops[7] = 6;
    nv_cells_append (cells, &cell);
  }
  return cells;
}

#endif
