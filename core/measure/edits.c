/* How many edits lead from one cell to another: ops changed, edges added or taken away. */
#include "measure/measure.h"

enum { NAMELESS = 7 }; /* nodes, up to which all numberings are tried */

/* Two cells, the smaller one with nodes of its own for those that it lacks: their op is
 * NV_OP_PAD, their edges none. The last node of both is number n - 1. */
typedef struct {
  guint n;
  guint8 op[2][NAMELESS];
  guint8 edge[2][NAMELESS]; /* bit j of edge[.][i]: i -> j */
  guint8 taken;             /* bits of the nodes of the second that have a partner */
  guint8 partner[NAMELESS]; /* of the nodes of the first */
  guint least;
} Match;

static void
lay_out (Match *m, guint which, const NvCell *cell)
{
  const guint last = cell->n_nodes - 1;
  for (guint i = 0; i < m->n; i++)
    m->op[which][i] = i < last ? cell->ops[i] : NV_OP_PAD;
  m->op[which][m->n - 1] = cell->ops[last];
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j))
        m->edge[which][i] |= (guint8) (1u << (j == last ? m->n - 1 : j));
}

static guint
edge (const Match *m, guint which, guint i, guint j)
{
  return m->edge[which][i] >> j & 1u;
}

/* What it costs that `b` is the partner of node `a`, beside the partners of the nodes before it. */
static guint
cost (const Match *m, guint a, guint b)
{
  guint sum = m->op[0][a] != m->op[1][b];
  for (guint i = 0; i < a; i++) {
    sum += edge (m, 0, a, i) != edge (m, 1, b, m->partner[i]);
    sum += edge (m, 0, i, a) != edge (m, 1, m->partner[i], b);
  }
  return sum;
}

/* Tries all partners of node a and of those after it, unless they can not be better. */
static void
search (Match *m, guint a, guint so_far)
{
  if (so_far >= m->least)
    return;
  if (a == m->n) {
    m->least = so_far;
    return;
  }
  const gboolean fixed = a == 0 || a == m->n - 1;
  for (guint b = fixed ? a : 1; b < (fixed ? a + 1 : m->n - 1); b++) {
    if (m->taken >> b & 1u)
      continue;
    m->taken |= (guint8) (1u << b);
    m->partner[a] = (guint8) b;
    search (m, a + 1, so_far + cost (m, a, b));
    m->taken &= (guint8) ~(1u << b);
  }
}

guint
nv_i_cell_edits (const NvCell *a, const NvCell *b)
{
  const guint n = MAX (a->n_nodes, b->n_nodes);
  if (n > NAMELESS || MIN (a->n_nodes, b->n_nodes) < 2)
    return nv_cell_edit_distance (a, b);
  Match m = { .n = n, .least = G_MAXUINT };
  lay_out (&m, 0, a);
  lay_out (&m, 1, b);
  search (&m, 0, 0);
  return m.least;
}
