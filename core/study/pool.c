/* Pools: the cells of a study and where each stands, whatever it is written like. */
#include "study/run.h"

NvPool *
nv_i_pool_new (NvSpace *space, NvCells *cells)
{
  NvPool *pool = g_new0 (NvPool, 1);
  pool->space = nv_i_space_ref (space);
  pool->cells = nv_cells_ref (cells);
  pool->fit = nv_cells_ref (cells);
  pool->index = nv_cell_index_new ();
  pool->refs = 1;
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell, canonical;
    nv_cells_get (cells, i, &cell);
    nv_space_canonical (space, &cell, &canonical);
    nv_cell_index_add (pool->index, &canonical, i, NULL);
  }
  return pool;
}

NvPool *
nv_i_pool_ref (NvPool *pool)
{
  g_atomic_int_inc (&pool->refs);
  return pool;
}

void
nv_i_pool_unref (NvPool *pool)
{
  if (!g_atomic_int_dec_and_test (&pool->refs))
    return;
  nv_cell_index_free (pool->index);
  nv_cells_unref (pool->cells);
  nv_cells_unref (pool->fit);
  nv_i_space_unref (pool->space);
  g_free ((gpointer) pool->order);
  g_free (pool);
}
