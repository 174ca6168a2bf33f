/* An order of a pool in which cells whose nodes have alike neighbourhoods adjoin, so that an
 * encoder which is given them in blocks can compute once what they share (nn/gin_colours.c).
 *
 * Cells are compared by the sorted colours of their nodes after one round of colour refinement
 * (type, and types of the neighbours, whichever way the edges go), then by all their colours
 * after two and after three rounds. Colours are hashes: that two of them are equal by chance
 * changes an order, never a result. */
#include <string.h>

#include "study/run.h"

enum { ROUNDS = 3 };

static guint64
mix (guint64 h)
{
  h = (h ^ h >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  h = (h ^ h >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return h ^ h >> 31;
}

static void
refine (guint64 *colour, const NvCell *cell)
{
  guint64 sum[NV_CELL_MAX] = { 0 };
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint32 rest = cell->rows[i]; rest != 0; rest &= rest - 1) {
      guint j = (guint) __builtin_ctz (rest);
      sum[i] += mix (colour[j]);
      sum[j] += mix (colour[i]);
    }
  for (guint i = 0; i < cell->n_nodes; i++)
    colour[i] = mix (3 * colour[i] + sum[i]);
}

/* key[N + 2]: what cells are compared by. */
static void
write_key (guint32 *key, const NvCell *cell, guint N)
{
  guint64 colour[NV_CELL_MAX];
  for (guint i = 0; i < cell->n_nodes; i++)
    colour[i] = mix (cell->ops[i] + 1);
  memset (key, 0, (N + ROUNDS - 1) * sizeof *key);
  for (guint round = 0; round < ROUNDS; round++) {
    refine (colour, cell);
    guint64 sum = 0;
    for (guint i = 0; i < cell->n_nodes; i++)
      sum += mix (colour[i]);
    if (round > 0)
      key[N + round - 1] = (guint32) (sum >> 32);
    for (guint i = 0; round == 0 && i < cell->n_nodes; i++) {
      guint at = i;
      for (; at > 0 && key[at - 1] > (guint32) (colour[i] >> 32); at--)
        key[at] = key[at - 1];
      key[at] = (guint32) (colour[i] >> 32);
    }
  }
}

typedef struct {
  const guint32 *key; /* [P x width] */
  gsize width;
} Keys;

static int
compare (gconstpointer a, gconstpointer b, gpointer data)
{
  const Keys *keys = data;
  const guint32 i = *(const guint32 *) a, j = *(const guint32 *) b;
  const guint32 *x = keys->key + i * keys->width, *y = keys->key + j * keys->width;
  for (gsize k = 0; k < keys->width; k++)
    if (x[k] != y[k])
      return x[k] < y[k] ? -1 : 1;
  return (i > j) - (i < j);
}

static guint32 *
make_order (const NvCells *cells)
{
  const gsize width = cells->nodes + ROUNDS - 1;
  guint32 *order = g_new (guint32, cells->count + 1);
  g_autofree guint32 *key = g_new (guint32, cells->count * width);
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell;
    nv_cells_get (cells, i, &cell);
    write_key (key + i * width, &cell, cells->nodes);
    order[i] = (guint32) i;
  }
  Keys keys = { key, width };
  g_qsort_with_data (order, (gint) cells->count, sizeof *order, compare, &keys);
  return order;
}

const guint32 *
nv_i_pool_order (NvPool *pool)
{
  if (g_once_init_enter (&pool->order))
    g_once_init_leave (&pool->order, (gsize) make_order (pool->cells));
  return (const guint32 *) pool->order;
}
