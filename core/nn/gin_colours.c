/* A graph isomorphism network: which nodes of a piece it must give the same output.
 *
 * After l layers the row of a node is a function of its colour, where that of layer 0 is the
 * node's type and that of layer l its colour of layer l - 1 together with the colours of those it
 * sees, counted (Weisfeiler & Leman 1968; Xu et al. 2019). So evaluation works on one row per
 * colour. Of the 2,898,195 nodes of NAS-Bench-101 without the direction of edges there are 495,
 * 450,853, 1,688,591 and 1,818,332 colours after one to four layers.
 *
 * A colour is written as a list: the colour before, then those of the neighbours in the order of
 * their hashes, which depend on what a colour means and not on its number. Lists are compared
 * whole; the hashes only find them. */
#include <string.h>

#include "nn/gin_impl.h"

/* The mixing step of splitmix64 (Steele et al. 2014). */
static guint64
mix (guint64 h)
{
  h = (h ^ h >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  h = (h ^ h >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return h ^ h >> 31;
}

void
nv_i_colours_init (Colours *c, gsize rows, gsize nodes)
{
  *c = (Colours){ .bits = 4 };
  while ((gsize) 1 << c->bits < 2 * rows)
    c->bits++;
  c->slots = g_new (guint32, (gsize) 1 << c->bits);
  c->of = g_new (guint32, rows);
  c->next = g_new (guint32, rows);
  c->hash = g_new (guint64, rows);
  c->next_hash = g_new (guint64, rows);
  c->start = g_new (guint32, rows + 1);
  c->list = g_new (guint32, rows * nodes);
}

void
nv_i_colours_clear (Colours *c)
{
  g_free (c->slots);
  g_free (c->of);
  g_free (c->next);
  g_free (c->hash);
  g_free (c->next_hash);
  g_free (c->start);
  g_free (c->list);
}

void
nv_i_colours_begin (Colours *c, const Layout *l, gsize ops)
{
  c->n = ops + 1;
  for (gsize k = 0; k <= ops; k++)
    c->hash[k] = mix (k + 1);
  for (gsize r = 0; r < l->head.R; r++)
    c->of[r] = l->op[r] == NV_OP_PAD ? (guint32) ops : l->op[r];
}

/* list[1 + how many it sees] of the node in row `row` of a cell whose rows begin at `first`;
 * returns its length. */
static gsize
write_list (const Colours *c, guint32 *list, const Layout *l, gsize first, gsize row)
{
  gsize n = 1;
  list[0] = c->of[row];
  for (guint32 rest = l->sees[row]; rest != 0; rest &= rest - 1) {
    guint32 colour = c->of[first + (gsize) __builtin_ctz (rest)];
    gsize at = n++;
    for (; at > 1 && c->hash[list[at - 1]] > c->hash[colour]; at--)
      list[at] = list[at - 1];
    list[at] = colour;
  }
  return n;
}

static guint64
hash_list (const Colours *c, const guint32 *list, gsize n)
{
  guint64 sum = n;
  for (gsize i = 1; i < n; i++)
    sum += mix (c->hash[list[i]]);
  return mix (3 * c->hash[list[0]] + sum);
}

/* The colour whose list was written behind those of the other colours: a known one, or the next
 * number. */
static guint32
intern (Colours *c, guint64 hash, gsize n)
{
  const gsize mask = ((gsize) 1 << c->bits) - 1;
  const guint32 *list = c->list + c->start[c->n];
  gsize at = hash >> (64 - c->bits);
  for (; c->slots[at] != 0; at = (at + 1) & mask) {
    guint32 known = c->slots[at] - 1;
    if (c->next_hash[known] == hash && c->start[known + 1] - c->start[known] == n
        && memcmp (c->list + c->start[known], list, n * sizeof *list) == 0)
      return known;
  }
  c->next_hash[c->n] = hash;
  c->start[c->n + 1] = c->start[c->n] + (guint32) n;
  c->slots[at] = (guint32) ++c->n;
  return (guint32) c->n - 1;
}

void
nv_i_colours_refine (Colours *c, const Layout *l)
{
  memset (c->slots, 0, sizeof *c->slots << c->bits);
  c->n = c->start[0] = 0;
  for (gsize b = 0; b < l->head.B; b++)
    for (gsize first = l->first[b], r = first; r < l->first[b + 1]; r++) {
      guint32 *list = c->list + c->start[c->n];
      gsize n = write_list (c, list, l, first, r);
      c->next[r] = intern (c, hash_list (c, list, n), n);
    }
  guint32 *of = c->of;
  guint64 *hash = c->hash;
  c->of = c->next;
  c->next = of;
  c->hash = c->next_hash;
  c->next_hash = hash;
}
