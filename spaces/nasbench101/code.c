/* Cells as 32-bit numbers, and the number that all isomorphic cells share.
 *
 * The canonical code is the smallest one over all topological orders. It is built vertex
 * by vertex: of those whose inputs are all placed, the one with the smallest column and
 * op comes next; only ties branch, so a cell takes a handful of steps and no table. */
#include "nasbench101.h"

static void
columns_of (const NvCell *cell, guint32 in[NB101_VERTICES])
{
  for (guint j = 0; j < cell->n_nodes; j++) {
    in[j] = 0;
    for (guint i = 0; i < j; i++)
      in[j] |= (guint32) nv_cell_has_edge (cell, i, j) << i;
  }
}

guint32
nb101_code (const NvCell *cell)
{
  guint32 in[NB101_VERTICES], code = 1;
  columns_of (cell, in);
  for (guint j = 1; j < cell->n_nodes; j++) {
    code = code << j | in[j];
    if (j + 1 < cell->n_nodes)
      code = code << 2 | cell->ops[j];
  }
  return code;
}

void
nb101_decode (guint32 code, NvCell *out)
{
  guint left = 31u - (guint) __builtin_clz (code); /* bits below the leading 1 */
  guint n = 2;
  while (n * (n - 1) / 2 + 2 * (n - 2) < left)
    n++;
  nv_cell_init (out, n);
  out->ops[n - 1] = NB101_OUTPUT;
  for (guint j = 1; j < n; j++) {
    left -= j;
    for (guint i = 0; i < j; i++)
      if (code >> (left + i) & 1u)
        nv_cell_add_edge (out, i, j);
    if (j + 1 < n) {
      left -= 2;
      out->ops[j] = code >> left & 3u;
    }
  }
}

typedef struct {
  const NvCell *cell;
  guint32 in[NB101_VERTICES];
  guint order[NB101_VERTICES]; /* vertex at each place */
  guint32 best;
} Search;

static guint32
column_at (const Search *s, guint v, guint place)
{
  guint32 column = 0;
  for (guint p = 0; p < place; p++)
    column |= (s->in[v] >> s->order[p] & 1u) << p;
  return column;
}

static void
search_place (Search *s, guint place, guint32 placed, guint32 code)
{
  const guint last = CLAMP (s->cell->n_nodes, 2, NB101_VERTICES) - 1;
  if (place >= last) {
    code = code << last | column_at (s, last, last);
    s->best = MIN (s->best, code);
    return;
  }
  guint32 word[NB101_VERTICES], least = G_MAXUINT32;
  for (guint v = 1; v < last; v++) {
    word[v] = G_MAXUINT32;
    if (placed >> v & 1u || s->in[v] & ~placed)
      continue;
    word[v] = column_at (s, v, place) << 2 | s->cell->ops[v];
    least = MIN (least, word[v]);
  }
  for (guint v = 1; v < last; v++)
    if (word[v] == least) {
      s->order[place] = v;
      search_place (s, place + 1, placed | 1u << v, code << (place + 2) | least);
    }
}

guint32
nb101_canonical (const NvCell *cell)
{
  Search s = { .cell = cell, .best = G_MAXUINT32 };
  columns_of (cell, s.in);
  search_place (&s, 1, 1u, 1u);
  return s.best;
}
