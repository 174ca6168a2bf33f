/* A graph isomorphism network: how cells are laid out as rows, and evaluation of many of them.
 *
 * A piece of at most ROWS rows goes through the whole network before the next one is begun, so
 * that it stays in a cache; each thread has a slot of its own to work in and takes pieces as it
 * comes to them. Rows that must become equal are computed once (gin_colours.c), which a layer's
 * first linear map profits from twice: it is made on the colours before, and then aggregated,
 * W ((1 + eps) x_v + sum x_u) = (1 + eps) W x_v + sum W x_u. */
#include <stdatomic.h>
#include <string.h>

#include "nn/gin_impl.h"
#include "nn/kernels.h"

enum { ROWS = 4096, ALIGNMENT = 64 };

/* --- layout ------------------------------------------------------------------------- */

static void
layout_room (Layout *l, gsize cells, gsize rows)
{
  if (cells > l->cells) {
    l->first = g_renew (guint32, l->first, cells + 1);
    l->nodes = g_renew (guint8, l->nodes, cells);
    l->cells = cells;
  }
  if (rows > l->rows) {
    l->op = g_renew (guint8, l->op, rows);
    l->edges = g_renew (guint32, l->edges, rows);
    l->sees = g_renew (guint32, l->sees, rows);
    l->seen_by = g_renew (guint32, l->seen_by, rows);
    l->rows = rows;
  }
}

void
nv_i_layout_clear (Layout *l)
{
  g_free (l->first);
  g_free (l->nodes);
  g_free (l->op);
  g_free (l->edges);
  g_free (l->sees);
  g_free (l->seen_by);
}

static void
add_cell (Layout *l, const NvGinShape *shape, const NvCells *cells, gsize cell, gsize b)
{
  const guint32 *edges = cells->rows + cell * cells->nodes;
  gsize row = l->first[b], n = cells->n_nodes[cell];
  gsize rows = shape->padding == NV_PAD_SKIP ? n : shape->nodes;
  guint8 pad = shape->padding == NV_PAD_TYPE ? (guint8) (shape->ops - 1) : NV_OP_PAD;
  l->nodes[b] = (guint8) n;
  l->first[b + 1] = (guint32) (row + rows);
  for (gsize i = 0; i < rows; i++) {
    l->op[row + i] = i < n ? cells->ops[cell * cells->nodes + i] : pad;
    l->edges[row + i] = i < n ? edges[i] : 0;
    l->seen_by[row + i] = 0;
  }
  for (guint i = 0; i < n; i++)
    for (guint32 rest = edges[i]; rest != 0; rest &= rest - 1)
      l->seen_by[row + (gsize) __builtin_ctz (rest)] |= 1u << i;
  for (gsize i = 0; i < rows; i++) {
    guint32 both = l->edges[row + i] | l->seen_by[row + i];
    l->sees[row + i] = shape->symmetric ? both : l->edges[row + i];
    l->seen_by[row + i] = shape->symmetric ? both : l->seen_by[row + i];
  }
}

void
nv_i_layout_load (Layout *l, const NvGinShape *shape, const NvCells *cells,
                  const guint32 *index, gsize from, gsize B)
{
  layout_room (l, B, B * shape->nodes);
  l->first[0] = 0;
  for (gsize b = 0; b < B; b++)
    add_cell (l, shape, cells, index != NULL ? index[from + b] : from + b, b);
  l->head = (NvGinBatch){ .B = B, .R = l->first[B], .first = l->first, .nodes = l->nodes,
                          .op = l->op, .edges = l->edges };
}

void
nv_i_gin_aggregate (const NvGin *gin, const Layout *l, gsize s, nv_real *out, const nv_real *y,
                    gsize from, gsize to)
{
  nv_real self = 1 + gin->value[gin->eps + s / 2];
  gsize C = gin->stages[s].I;
  for (gsize b = from; b < to; b++) {
    gsize row = l->first[b], n = l->first[b + 1] - row;
    if (s == 0)
      nv_i_aggregate_types (out + row * C, l->op + row, l->sees + row, self, n, C);
    else
      nv_i_aggregate (out + row * C, y + row * C, l->sees + row, self, n, C);
  }
}

/* --- pooling ------------------------------------------------------------------------ */

static void
mean (nv_real *restrict out, const NvGinBatch *batch, const nv_real *y, gsize O, gsize D)
{
  for (gsize b = 0; b < batch->B; b++, out += D) {
    guint32 first = batch->first[b], end = batch->first[b + 1];
    for (gsize d = 0; d < D; d++)
      out[d] = 0;
    for (gsize r = first; r < end; r++)
      for (gsize d = 0; d < D; d++)
        out[d] += y[r * O + d];
    for (gsize d = 0; d < D; d++)
      out[d] /= (nv_real) (end - first);
  }
}

static void
mean_backward (nv_real *restrict dy, const NvGinBatch *batch, const nv_real *dout, gsize O,
               gsize D)
{
  for (gsize b = 0; b < batch->B; b++) {
    guint32 first = batch->first[b], end = batch->first[b + 1];
    for (gsize r = first; r < end; r++)
      for (gsize d = 0; d < O; d++)
        dy[r * O + d] = d < D ? dout[b * D + d] / (nv_real) (end - first) : 0;
  }
}

static void
concat (nv_real *restrict out, const NvGinBatch *batch, const nv_real *y, gsize O, gsize D,
        gsize N, gsize width)
{
  for (gsize b = 0; b < batch->B; b++, out += width)
    for (gsize i = 0, r = batch->first[b]; i < N; i++, r++)
      for (gsize d = 0; d < D; d++)
        out[i * D + d] = r < batch->first[b + 1] ? y[r * O + d] : 0;
}

static void
concat_backward (nv_real *restrict dy, const NvGinBatch *batch, const nv_real *dout, gsize O,
                 gsize D, gsize width)
{
  for (gsize b = 0; b < batch->B; b++, dout += width)
    for (gsize first = batch->first[b], r = first; r < batch->first[b + 1]; r++)
      for (gsize d = 0; d < O; d++)
        dy[r * O + d] = d < D ? dout[(r - first) * D + d] : 0;
}

/* Behind the rows in out[B x width]. */
static void
sum (nv_real *restrict out, const NvGinBatch *batch, const nv_real *y, gsize O, gsize D, gsize N)
{
  const gsize width = (N + 1) * D;
  for (gsize b = 0; b < batch->B; b++) {
    nv_real *total = out + b * width + N * D;
    for (gsize d = 0; d < D; d++)
      total[d] = 0;
    for (gsize r = batch->first[b]; r < batch->first[b + 1]; r++)
      for (gsize d = 0; d < D; d++)
        total[d] += y[r * O + d];
  }
}

static void
sum_backward (nv_real *restrict dy, const NvGinBatch *batch, const nv_real *dout, gsize O,
              gsize D, gsize N)
{
  const gsize width = (N + 1) * D;
  for (gsize b = 0; b < batch->B; b++)
    for (gsize r = batch->first[b]; r < batch->first[b + 1]; r++)
      for (gsize d = 0; d < D; d++)
        dy[r * O + d] += dout[b * width + N * D + d];
}

void
nv_gin_pool (nv_real *restrict out, const NvGinBatch *batch, const nv_real *y, gsize O, gsize D,
             gsize N, NvPooling pooling)
{
  if (pooling == NV_POOL_MEAN)
    mean (out, batch, y, O, D);
  else
    concat (out, batch, y, O, D, N, nv_gin_pool_width (D, N, pooling));
  if (pooling == NV_POOL_BOTH)
    sum (out, batch, y, O, D, N);
}

void
nv_gin_pool_backward (nv_real *restrict dy, const NvGinBatch *batch, const nv_real *dout,
                      gsize O, gsize D, gsize N, NvPooling pooling)
{
  if (pooling == NV_POOL_MEAN)
    mean_backward (dy, batch, dout, O, D);
  else
    concat_backward (dy, batch, dout, O, D, nv_gin_pool_width (D, N, pooling));
  if (pooling == NV_POOL_BOTH)
    sum_backward (dy, batch, dout, O, D, N);
}

/* --- evaluation --------------------------------------------------------------------- */

struct _Slot {
  Layout layout;
  Colours colours;
  nv_real *a, *b;  /* [rows x max (H, O)] each */
  nv_real *y;      /* [rows x O] */
};

/* Cells in a piece: a number that does not depend on the threads. */
static gsize
piece (const NvGin *gin)
{
  return MAX (1, ROWS / gin->shape.nodes);
}

static void
make_slots (NvGin *gin)
{
  const NvGinShape *shape = &gin->shape;
  gsize rows = MAX (piece (gin) * shape->nodes, shape->ops + 1);
  gsize wide = MAX (shape->hidden, shape->out);
  if (gin->slots != NULL)
    return;
  guint threads = nv_team_threads (gin->team);
  gin->slots = g_new0 (Slot, threads);
  for (guint t = 0; t < threads; t++) {
    Slot *slot = &gin->slots[t];
    nv_i_colours_init (&slot->colours, rows, shape->nodes);
    slot->a = g_aligned_alloc (rows * wide, sizeof (nv_real), ALIGNMENT);
    slot->b = g_aligned_alloc (rows * wide, sizeof (nv_real), ALIGNMENT);
    slot->y = g_aligned_alloc (rows * shape->out, sizeof (nv_real), ALIGNMENT);
  }
}

void
nv_i_gin_free_slots (NvGin *gin)
{
  for (guint t = 0; gin->slots != NULL && t < nv_team_threads (gin->team); t++) {
    nv_i_layout_clear (&gin->slots[t].layout);
    nv_i_colours_clear (&gin->slots[t].colours);
    g_aligned_free (gin->slots[t].a);
    g_aligned_free (gin->slots[t].b);
    g_aligned_free (gin->slots[t].y);
  }
  g_clear_pointer (&gin->slots, g_free);
}

typedef struct {
  NvGin *gin;
  const NvCells *cells;
  const guint32 *index;
  gsize B, outputs;
  NvGinSink sink;
  void *data;
  _Atomic gsize next;  /* cell that has not been taken yet */
} Evaluation;

/* out[(K + 1) x H]: the first linear map of each type, and of none. */
static void
map_types (const NvGin *gin, nv_real *out)
{
  gsize H = gin->shape.hidden, K = gin->shape.ops;
  const nv_real *w = gin->value + gin->stages[0].w;
  for (gsize k = 0; k <= K; k++)
    for (gsize h = 0; h < H; h++)
      out[k * H + h] = k < K ? w[h * K + k] : 0;
}

/* One layer: from its first map of the colours before, in a, to its output for the colours
 * after it, there too. */
static void
evaluate_layer (const NvGin *gin, Slot *slot, gsize layer)
{
  const Stage *first = &gin->stages[2 * layer], *second = first + 1;
  gsize H = gin->shape.hidden;
  Colours *c = &slot->colours;
  nv_i_colours_refine (c, &slot->layout);
  nv_i_gather_affine_relu (slot->b, slot->a, c->start, c->list, 1 + gin->value[gin->eps + layer],
                           first->scale, first->shift, c->n, H);
  nv_rgemm (slot->a, slot->b, gin->value + second->w, FALSE, TRUE, c->n, H, H, 1, 0);
  nv_i_affine_relu (slot->a, slot->a, second->scale, second->shift, c->n, H);
}

/* The piece laid out in `slot`: y[R x outputs]. */
static void
evaluate (const NvGin *gin, Slot *slot, gsize outputs)
{
  gsize H = gin->shape.hidden;
  const Colours *c = &slot->colours;
  nv_i_colours_begin (&slot->colours, &slot->layout, gin->shape.ops);
  map_types (gin, slot->a);
  for (gsize layer = 0; layer < gin->shape.layers; layer++) {
    if (layer > 0) {
      nv_rgemm (slot->b, slot->a, gin->value + gin->stages[2 * layer].w, FALSE, TRUE, c->n, H, H,
                1, 0);
      nv_real *swap = slot->a;
      slot->a = slot->b;
      slot->b = swap;
    }
    evaluate_layer (gin, slot, layer);
  }
  nv_rgemm (slot->b, slot->a, gin->value + gin->w_out, FALSE, TRUE, c->n, outputs, H, 1, 0);
  nv_i_add_row (slot->b, gin->value + gin->b_out, c->n, outputs);
  for (gsize r = 0; r < slot->layout.head.R; r++)
    memcpy (slot->y + r * outputs, slot->b + c->of[r] * outputs, outputs * sizeof *slot->y);
}

static void
evaluate_pieces (void *data, gsize thread)
{
  Evaluation *e = data;
  Slot *slot = &e->gin->slots[thread];
  const gsize cells = piece (e->gin);
  for (;;) {
    gsize first = atomic_fetch_add (&e->next, cells);
    if (first >= e->B)
      return;
    nv_i_layout_load (&slot->layout, &e->gin->shape, e->cells, e->index, first,
                      MIN (cells, e->B - first));
    evaluate (e->gin, slot, e->outputs);
    e->sink (e->data, &slot->layout.head, first, slot->y);
  }
}

void
nv_gin_eval (NvGin *gin, const NvCells *cells, const guint32 *index, gsize B, gsize outputs,
             NvGinSink sink, void *data)
{
  g_return_if_fail (outputs <= gin->shape.out);
  Evaluation e = { .gin = gin, .cells = cells, .index = index, .B = B, .outputs = outputs,
                   .sink = sink, .data = data };
  make_slots (gin);
  for (gsize s = 0; s < gin->n_stages; s++)
    nv_i_gin_use_running (gin, &gin->stages[s]);
  nv_team_run (gin->team, nv_team_threads (gin->team), evaluate_pieces, &e);
}
