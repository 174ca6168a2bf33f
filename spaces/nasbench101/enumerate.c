/* All distinct cells, in the order of their module hashes.
 *
 * Wirings first: every matrix without loose vertices is tried (6,473 of them), and kept
 * if its code is the smallest of its class. Then all labellings of a kept wiring: those
 * that symmetry makes equal have the same canonical code. The order by hash is the
 * official one, and it mixes: a held-out tail is a fair sample. */
#include <string.h>

#include "nasbench101.h"

typedef struct {
  guint8 hash[16];
  guint32 code;
} Entry;

typedef struct {
  guint vertices, edges;
  GArray *entries; /* Entry */
} Lister;

typedef struct {
  guint32 code, label;
} Labelling;

static int
compare_labellings (const void *a, const void *b)
{
  const guint32 x = ((const Labelling *) a)->code, y = ((const Labelling *) b)->code;
  return (x > y) - (x < y);
}

/* Label `label` is a number in base 3, a digit per interior vertex. */
static void
set_ops (NvCell *cell, guint32 label)
{
  for (guint v = 1; v + 1 < cell->n_nodes; v++, label /= 3)
    cell->ops[v] = (guint8) (NB101_CONV1X1 + label % 3);
}

static void
append_hashed (Lister *lister, const NvCell *wiring, const Labelling *labels, guint n)
{
  guint8 ops[NB101_VERTICES][NB101_LANES], hash[NB101_LANES][16];
  NvCell cell = *wiring;
  for (guint l = 0; l < NB101_LANES; l++) {
    set_ops (&cell, labels[MIN (l, n - 1)].label);
    for (guint v = 0; v < NB101_VERTICES; v++)
      ops[v][l] = cell.ops[v];
  }
  nb101_hash_lanes (hash, wiring, ops);
  for (guint l = 0; l < n; l++) {
    Entry entry = { .code = labels[l].code };
    memcpy (entry.hash, hash[l], 16);
    g_array_append_val (lister->entries, entry);
  }
}

static void
label_wiring (Lister *lister, const NvCell *wiring)
{
  Labelling labels[243]; /* 3^5 */
  NvCell cell = *wiring;
  guint count = 1, distinct = 0;
  for (guint v = 1; v + 1 < cell.n_nodes; v++)
    count *= 3;
  for (guint32 i = 0; i < count; i++) {
    set_ops (&cell, i);
    labels[i] = (Labelling){ nb101_canonical (&cell), i };
  }
  qsort (labels, count, sizeof labels[0], compare_labellings);
  for (guint i = 0; i < count; i++)
    if (i == 0 || labels[i].code != labels[i - 1].code)
      labels[distinct++] = labels[i];
  for (guint i = 0; i < distinct; i += NB101_LANES)
    append_hashed (lister, wiring, labels + i, MIN (NB101_LANES, distinct - i));
}

/* Chooses column j of a matrix whose columns before it are chosen. */
static void
extend_wiring (Lister *lister, NvCell *cell, guint j, guint edges)
{
  if (edges > lister->edges)
    return;
  if (j == cell->n_nodes) {
    for (guint i = 0; i + 1 < j; i++)
      if (cell->rows[i] == 0)
        return;
    if (nb101_code (cell) == nb101_canonical (cell))
      label_wiring (lister, cell);
    return;
  }
  for (guint32 column = 1; column < 1u << j; column++) {
    NvCell longer = *cell;
    for (guint i = 0; i < j; i++)
      longer.rows[i] |= (column >> i & 1u) << j;
    extend_wiring (lister, &longer, j + 1, edges + (guint) __builtin_popcount (column));
  }
}

/* By the first 16 bits into buckets, then by insertion: md5 spreads evenly. */
static Entry *
sort_entries (const Entry *in, gsize count)
{
  g_autofree guint32 *first = g_new0 (guint32, 65537);
  Entry *out = g_new (Entry, count);
  for (gsize i = 0; i < count; i++)
    first[(in[i].hash[0] << 8 | in[i].hash[1]) + 1]++;
  for (guint b = 0; b < 65536; b++)
    first[b + 1] += first[b];
  g_autofree guint32 *end = g_memdup2 (first, 65537 * sizeof first[0]);
  for (gsize i = 0; i < count; i++) {
    const guint b = in[i].hash[0] << 8 | in[i].hash[1];
    gsize at = end[b]++;
    for (; at > first[b] && memcmp (out[at - 1].hash, in[i].hash, 16) > 0; at--)
      out[at] = out[at - 1];
    out[at] = in[i];
  }
  return out;
}

NvCells *
nb101_enumerate (guint vertices, guint edges, guint8 (**hashes)[16])
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  Lister lister = { vertices, edges, entries };
  for (guint n = 2; n <= vertices; n++) {
    NvCell cell;
    nv_cell_init (&cell, n);
    set_ops (&cell, 0);
    cell.ops[n - 1] = NB101_OUTPUT;
    extend_wiring (&lister, &cell, 1, 0);
  }
  g_autofree Entry *sorted = sort_entries ((Entry *) (void *) entries->data,
                                           entries->len);
  NvCells *cells = nv_cells_new (vertices);
  *hashes = g_malloc_n (entries->len, 16);
  for (gsize i = 0; i < entries->len; i++) {
    NvCell cell;
    nb101_decode (sorted[i].code, &cell);
    nv_cells_append (cells, &cell);
    memcpy ((*hashes)[i], sorted[i].hash, 16);
  }
  return cells;
}
