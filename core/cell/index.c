/* From a cell to its value: open addressing with linear probing, at most 2/3 full.
 *
 * A slot is a 32-bit entry number beside the 32-bit hash, whose top bits are the slot's
 * place: almost every probe that is not the right one ends without a look at the cell,
 * and doubling walks through both tables in order. The cells themselves stand packed in
 * an NvCells, and are always compared whole. Some 60 bytes an entry at 7 nodes; at most
 * 2^31 entries. */
#include <string.h>

#include <nasvec/cell.h>

typedef struct {
  guint32 entry; /* 1 + place in `cells`; 0: free */
  guint32 hash;
} Slot;

struct _NvCellIndex {
  NvCells *cells;
  gsize *values;   /* [cells->allocated] */
  gsize allocated;
  Slot *slots;     /* [2^bits] */
  guint bits;
};

NvCellIndex *
nv_cell_index_new (void)
{
  NvCellIndex *index = g_new0 (NvCellIndex, 1);
  index->cells = nv_cells_new (0);
  index->bits = 6;
  index->slots = g_new0 (Slot, (gsize) 1 << index->bits);
  return index;
}

void
nv_cell_index_free (NvCellIndex *index)
{
  if (index == NULL)
    return;
  nv_cells_unref (index->cells);
  g_free (index->values);
  g_free (index->slots);
  g_free (index);
}

/* A multiply and a shift a node (the mixing step of splitmix64, Steele et al. 2014). */
static guint32
hash_of (const NvCell *cell)
{
  guint64 h = cell->n_nodes;
  for (guint i = 0; i < cell->n_nodes; i++) {
    h ^= cell->rows[i] | (guint64) cell->ops[i] << 32;
    h = (h ^ h >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
    h = (h ^ h >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  }
  return (guint32) (h >> 32);
}

static gboolean
is_entry (const NvCellIndex *index, gsize i, const NvCell *cell)
{
  const NvCells *cells = index->cells;
  guint n = cell->n_nodes;
  if (cells->n_nodes[i] != n)
    return FALSE;
  return n == 0
      || (memcmp (cells->ops + i * cells->nodes, cell->ops, n) == 0
          && memcmp (cells->rows + i * cells->nodes, cell->rows, n * sizeof (guint32))
               == 0);
}

/* The slot of `cell`, or the free one where it belongs. */
static Slot *
find_slot (const NvCellIndex *index, const NvCell *cell, guint32 hash)
{
  gsize mask = ((gsize) 1 << index->bits) - 1;
  for (gsize at = hash >> (32 - index->bits);; at = (at + 1) & mask) {
    Slot *slot = &index->slots[at];
    if (slot->entry == 0
        || (slot->hash == hash && is_entry (index, slot->entry - 1, cell)))
      return slot;
  }
}

static void
double_slots (NvCellIndex *index)
{
  g_autofree Slot *old = index->slots;
  gsize count = (gsize) 1 << index->bits, mask = 2 * count - 1;
  index->bits++;
  index->slots = g_new0 (Slot, 2 * count);
  for (gsize i = 0; i < count; i++) {
    gsize at = old[i].hash >> (32 - index->bits);
    if (old[i].entry == 0)
      continue;
    while (index->slots[at].entry != 0)
      at = (at + 1) & mask;
    index->slots[at] = old[i];
  }
}

/* Packs the cells anew, `nodes` wide. */
static void
widen (NvCellIndex *index, guint nodes)
{
  NvCells *wide = nv_cells_new (nodes);
  for (gsize i = 0; i < index->cells->count; i++) {
    NvCell cell;
    nv_cells_get (index->cells, i, &cell);
    nv_cells_append (wide, &cell);
  }
  nv_cells_unref (index->cells);
  index->cells = wide;
}

gboolean
nv_cell_index_add (NvCellIndex *index, const NvCell *cell, gsize value, gsize *found)
{
  guint32 hash = hash_of (cell);
  Slot *slot = find_slot (index, cell, hash);
  if (slot->entry != 0) {
    if (found != NULL)
      *found = index->values[slot->entry - 1];
    return FALSE;
  }
  if (cell->n_nodes > index->cells->nodes)
    widen (index, cell->n_nodes);
  nv_cells_append (index->cells, cell);
  gsize count = index->cells->count;
  if (index->allocated < index->cells->allocated) {
    index->allocated = index->cells->allocated;
    index->values = g_renew (gsize, index->values, index->allocated);
  }
  index->values[count - 1] = value;
  *slot = (Slot){ (guint32) count, hash };
  if (3 * count > (gsize) 2 << index->bits)
    double_slots (index);
  if (found != NULL)
    *found = value;
  return TRUE;
}

gboolean
nv_cell_index_find (const NvCellIndex *index, const NvCell *cell, gsize *value)
{
  const Slot *slot = find_slot (index, cell, hash_of (cell));
  if (slot->entry == 0)
    return FALSE;
  if (value != NULL)
    *value = index->values[slot->entry - 1];
  return TRUE;
}

gsize
nv_cell_index_count (const NvCellIndex *index)
{
  return index->cells->count;
}
