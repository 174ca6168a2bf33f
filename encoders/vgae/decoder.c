/* Decoder and loss. With z = (mu + exp (s) e) after dropout, e ~ N(0, I):
 *   types: softmax (W z_i + b + p_i), or a sigmoid of each;
 *   edges i < j: sigmoid (u_i . v_j + q_ij + sum of r_kl,ij over the edges k -> l before it),
 *     [u, v] = M z + m, or the plain product u = v = z; edges are ordered by j, then i;
 *   p and q, the biases of the places, are left out if `places` is FALSE, and so is r if
 *     `autoregressive` is FALSE. With r it is a fully visible belief network (Frey 1998) given z;
 *   loss = mean over the R rows of (type + edge_weight * edges to later nodes
 *                                   + kl_weight * KL (N(mu, exp (2 s)) || N(0, I))),
 * where `type` is the cross-entropy, or the mean BCE of the sigmoids, and `edges` the sum of
 * BCEs. With softmax and both weights 1 it is minus the evidence lower bound, in nats per node.
 * A batch is worked on in pieces, each with its own stream of noise, so that the result is the
 * same on any number of threads. */
#include "decoder.h"

#include <math.h>

#include <nasvec/linalg.h>

enum { PER_PIECE = 16, MAX_DIM = 256, MAX_PAIRS = NV_CELL_MAX * (NV_CELL_MAX - 1) / 2 };

/* Pairs i < j among n nodes; that of (i, j) is number j (j - 1) / 2 + i. */
static gsize
pairs_of (gsize n)
{
  return n * (n - 1) / 2;
}

/* --- life --------------------------------------------------------------------------- */

gsize
vgae_decoder_count (const Decoder *d)
{
  return (d->K + (d->edges == VGAE_BILINEAR ? 2 * d->D : 0)) * (d->D + 1)
         + (d->places ? d->N * (d->K + d->N) : 0)
         + (d->autoregressive ? pairs_of (d->N) * pairs_of (d->N) : 0);
}

void
vgae_decoder_open (Decoder *d, nv_real *value, nv_real *grad, NvRng *rng)
{
  gsize D = d->D, b = d->K * D, w = b + d->K, c = w + 2 * D * D;
  d->O = d->variational ? 2 * D : D;
  d->type_w = value;
  d->type_b = value + b;
  d->dtype_w = grad;
  d->dtype_b = grad + b;
  nv_init_linear (d->type_w, d->type_b, rng, D, d->K);
  if (d->edges == VGAE_BILINEAR) {
    d->edge_w = value + w;
    d->edge_b = value + c;
    d->dedge_w = grad + w;
    d->dedge_b = grad + c;
    nv_init_linear (d->edge_w, d->edge_b, rng, D, 2 * D);
  }
  gsize end = vgae_decoder_count (d);
  if (d->autoregressive) {
    end -= pairs_of (d->N) * pairs_of (d->N);
    d->before = value + end;
    d->dbefore = grad + end;
  }
  if (d->places) {
    gsize q = end - d->N * d->N, p = q - d->N * d->K;
    d->place_type = value + p;
    d->dplace_type = grad + p;
    d->place_edge = value + q;
    d->dplace_edge = grad + q;
  }
  guint64 seed = (guint64) nv_rng_u32 (rng) << 32;
  seed |= nv_rng_u32 (rng);
  for (guint i = 0; i < VGAE_PIECES; i++)
    nv_rng_init (&d->streams[i], seed, "noise", i);
}

/* Places without a node have type K - 1, or do not count. */
void
vgae_decoder_start (Decoder *d, const NvCells *cells)
{
  gsize N = d->N, K = d->K;
  if (!d->places)
    return;
  for (gsize i = 0; i < N * K; i++)
    d->place_type[i] = (nv_real) 0.5;
  for (gsize b = 0; b < cells->count; b++) {
    NvCell cell;
    nv_cells_get (cells, b, &cell);
    for (gsize i = 0; i < N; i++)
      if (i < cell.n_nodes)
        d->place_type[i * K + cell.ops[i]]++;
      else if (d->no_node)
        d->place_type[i * K + K - 1]++;
  }
  nv_real all = (nv_real) ((double) cells->count + 0.5 * (double) K);
  for (gsize i = 0; i < N * K; i++)
    d->place_type[i] = (nv_real) log (d->place_type[i] / all);
}

void
vgae_decoder_close (Decoder *d)
{
  nv_real **arrays[] = { &d->z, &d->dz, &d->noise, &d->mask, &d->logit, &d->dlogit, &d->target,
                         &d->ends, &d->dends, &d->dpair, &d->dy };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_clear_pointer (arrays[i], g_free);
}

void
vgae_decoder_tensors (Decoder *d, NvTensors *tensors)
{
  nv_tensors_add (tensors, "decoder.type.weight", d->type_w, d->K, d->D);
  nv_tensors_add (tensors, "decoder.type.bias", d->type_b, 1, d->K);
  if (d->edges == VGAE_BILINEAR) {
    nv_tensors_add (tensors, "decoder.edge.weight", d->edge_w, 2 * d->D, d->D);
    nv_tensors_add (tensors, "decoder.edge.bias", d->edge_b, 1, 2 * d->D);
  }
  if (d->places) {
    nv_tensors_add (tensors, "decoder.place.type", d->place_type, d->N, d->K);
    nv_tensors_add (tensors, "decoder.place.edge", d->place_edge, d->N, d->N);
  }
  if (d->autoregressive && pairs_of (d->N) > 0) /* a single node has no pair */
    nv_tensors_add (tensors, "decoder.edge.before", d->before, pairs_of (d->N),
                    pairs_of (d->N));
}

nv_real *
vgae_decoder_room (Decoder *d, gsize rows)
{
  if (rows <= d->room)
    return d->dy;
  vgae_decoder_close (d);
  d->z = g_new (nv_real, rows * d->D);
  d->dz = g_new (nv_real, rows * d->D);
  d->noise = g_new (nv_real, rows * d->D);
  d->mask = g_new (nv_real, rows * d->D);
  d->logit = g_new (nv_real, rows * d->K);
  d->dlogit = g_new (nv_real, rows * d->K);
  d->target = g_new (nv_real, rows * d->K);
  d->ends = g_new (nv_real, rows * 2 * d->D);
  d->dends = g_new (nv_real, rows * 2 * d->D);
  d->dpair = g_new (nv_real, rows * MAX (pairs_of (d->N), 1));
  d->dy = g_new (nv_real, rows * d->O);
  d->room = rows;
  return d->dy;
}

/* --- loss --------------------------------------------------------------------------- */

/* One piece of a batch: cells from .. to - 1, n rows from `row` on. */
typedef struct {
  Decoder *d;
  const NvGinBatch *batch;
  const nv_real *y;
  gboolean noisy;
  gsize from, to, row, n;
} Piece;

/* z, noise and mask. The standard deviations are left in dz. */
static void
draw_codes (const Piece *p, NvRng *rng)
{
  const Decoder *d = p->d;
  gsize D = d->D, at = p->row * D;
  nv_real *z = d->z + at, *noise = d->noise + at, *sigma = d->dz + at;
  gboolean sampled = p->noisy && d->variational;
  if (sampled)
    nv_rng_fill_normal (rng, noise, p->n * D);
  for (gsize r = 0; r < p->n; r++) {
    const nv_real *mu = p->y + (p->row + r) * d->O;
    for (gsize k = 0; k < D; k++)
      z[r * D + k] = mu[k];
    if (!sampled)
      continue;
    nv_exp (sigma + r * D, mu + D, D);
    for (gsize k = r * D; k < (r + 1) * D; k++) {
      noise[k] *= sigma[k];
      z[k] += noise[k];
    }
  }
  if (p->noisy)
    nv_dropout (z, d->mask + at, z, p->n * D, d->dropout, rng);
}

/* [ACC] out[r x C] += that of the row's place, table[N x C] */
static void
add_places (nv_real *out, const nv_real *table, const NvGinBatch *batch, gsize from, gsize to,
            gsize C)
{
  for (gsize b = from, r = 0; b < to; b++) {
    gsize n = (batch->first[b + 1] - batch->first[b]) * C;
    for (gsize i = 0; i < n; i++)
      out[r + i] += table[i];
    r += n;
  }
}

/* Of the types; dz is overwritten. */
static double
type_loss (const Piece *p)
{
  const Decoder *d = p->d;
  gsize K = d->K, n = p->n, at = p->row * K;
  const guint8 *op = p->batch->op + p->row;
  nv_real *logit = d->logit + at, *target = d->target + at, *dlogit = d->dlogit + at, *z;
  nv_real share = (nv_real) n / (nv_real) p->batch->R;
  double loss;
  z = d->z + p->row * d->D;
  nv_linear (logit, z, d->type_w, d->type_b, n, d->D, K);
  if (d->places)
    add_places (logit, d->place_type, p->batch, p->from, p->to, K);
  if (d->types == VGAE_SOFTMAX)
    loss = nv_softmax (dlogit, logit, op, n, K);
  else {
    for (gsize r = 0; r < n; r++)
      for (gsize k = 0; k < K; k++)
        target[r * K + k] = op[r] == k;
    loss = nv_bce (dlogit, logit, target, n * K);
  }
  for (gsize i = 0; i < n * K; i++)
    dlogit[i] *= share;
  nv_rgemm (d->dz + p->row * d->D, dlogit, d->type_w, FALSE, FALSE, n, d->D, K, 1, 0);
  return loss * (double) share;
}

static nv_real
dot (const nv_real *a, const nv_real *b, gsize n)
{
  nv_real sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* The edges of one cell of n rows: their starts are the rows of u and their ends those of v,
 * `stride` apart, and so are the gradients. */
typedef struct {
  const guint32 *edges;
  gsize n, stride;
  const nv_real *u, *v;
  nv_real *du, *dv;
  nv_real *dpair; /* [pairs] of the logits */
} Wiring;

/* The logits of its pairs, and which of them are edges. Returns how many pairs there are. */
static gsize
edge_logits (nv_real *logit, nv_real *target, const Decoder *d, const Wiring *w)
{
  gsize P = pairs_of (d->N), pairs = 0;
  for (gsize j = 1; j < w->n; j++)
    for (gsize i = 0; i < j; i++, pairs++) {
      logit[pairs] = dot (w->u + i * w->stride, w->v + j * w->stride, d->D);
      if (d->places)
        logit[pairs] += d->place_edge[i * d->N + j];
      target[pairs] = (nv_real) (w->edges[i] >> j & 1);
    }
  for (gsize e = 0; d->autoregressive && e < pairs; e++)
    for (gsize p = e + 1; target[e] > 0 && p < pairs; p++)
      logit[p] += d->before[e * P + p];
  return pairs;
}

/* [ACC] du, dv; [OUT] dpair. */
static double
cell_loss (const Decoder *d, const Wiring *w, double weight)
{
  nv_real logit[MAX_PAIRS], target[MAX_PAIRS];
  gsize D = d->D, pairs = edge_logits (logit, target, d, w);
  if (pairs == 0)
    return 0;
  double share = weight * (double) pairs, loss = share * nv_bce (w->dpair, logit, target, pairs);
  pairs = 0;
  for (gsize j = 1; j < w->n; j++)
    for (gsize i = 0; i < j; i++, pairs++) {
      const nv_real *u = w->u + i * w->stride, *v = w->v + j * w->stride;
      nv_real *du = w->du + i * w->stride, *dv = w->dv + j * w->stride;
      nv_real g = w->dpair[pairs] *= (nv_real) share;
      for (gsize k = 0; k < D; k++) {
        du[k] += g * v[k];
        dv[k] += g * u[k];
      }
    }
  return loss;
}

/* Of all edges; added to dz. */
static double
edge_loss (const Piece *p)
{
  const Decoder *d = p->d;
  const guint32 *first = p->batch->first;
  gboolean bilinear = d->edges == VGAE_BILINEAR;
  gsize D = d->D, stride = bilinear ? 2 * D : D, at = p->row * stride;
  double loss = 0, weight = d->edge_weight / (double) p->batch->R;
  if (bilinear) {
    nv_linear (d->ends + at, d->z + p->row * D, d->edge_w, d->edge_b, p->n, D, 2 * D);
    for (gsize i = 0; i < p->n * 2 * D; i++)
      d->dends[at + i] = 0;
  }
  const nv_real *ends = bilinear ? d->ends : d->z;
  nv_real *dends = bilinear ? d->dends : d->dz;
  gsize second = bilinear ? D : 0;
  for (gsize b = p->from; b < p->to; b++) {
    gsize start = first[b] * stride;
    Wiring w = { .edges = p->batch->edges + first[b], .n = first[b + 1] - first[b],
                 .stride = stride, .u = ends + start, .v = ends + start + second,
                 .du = dends + start, .dv = dends + start + second,
                 .dpair = d->dpair + b * pairs_of (d->N) };
    loss += cell_loss (d, &w, weight);
  }
  if (bilinear)
    nv_rgemm (d->dz + p->row * D, d->dends + at, d->edge_w, FALSE, FALSE, p->n, D, 2 * D, 1, 1);
  return loss;
}

/* From dz to dy, and the divergence. */
static double
code_backward (const Piece *p)
{
  const Decoder *d = p->d;
  double loss = 0, weight = d->kl_weight / (double) p->batch->R;
  gsize D = d->D;
  for (gsize r = p->row; r < p->row + p->n; r++) {
    const nv_real *mu = p->y + r * d->O, *dz = d->dz + r * D, *noise = d->noise + r * D;
    nv_real *dmu = d->dy + r * d->O;
    for (gsize k = 0; k < D; k++)
      dmu[k] = p->noisy ? dz[k] * d->mask[r * D + k] : dz[k];
    if (!d->variational)
      continue;
    for (gsize k = 0; k < D; k++)
      dmu[D + k] = p->noisy ? dmu[k] * noise[k] : 0;
    loss += nv_kl (dmu, dmu + D, mu, mu + D, D, weight);
  }
  return loss;
}

typedef struct {
  Piece whole;
  gsize per_piece;
  double losses[VGAE_PIECES];
} Pass;

static void
run_piece (void *data, gsize i)
{
  Pass *pass = data;
  Piece p = pass->whole;
  p.from = i * pass->per_piece;
  p.to = MIN (p.from + pass->per_piece, p.batch->B);
  p.row = p.batch->first[p.from];
  p.n = p.batch->first[p.to] - p.row;
  draw_codes (&p, &p.d->streams[i]);
  pass->losses[i] = type_loss (&p);
  pass->losses[i] += edge_loss (&p);
  pass->losses[i] += code_backward (&p);
}

/* [ACC] of the biases of the places of one cell of n nodes. */
static void
places_backward (Decoder *d, const nv_real *dlogit, const nv_real *dpair, gsize n)
{
  for (gsize i = 0; i < n * d->K; i++)
    d->dplace_type[i] += dlogit[i];
  for (gsize j = 1; j < n; j++)
    for (gsize i = 0; i < j; i++)
      d->dplace_edge[i * d->N + j] += *dpair++;
}

/* [ACC] of what its edges say of the pairs behind them. */
static void
before_backward (Decoder *d, const guint32 *edges, const nv_real *dpair, gsize n)
{
  gsize P = pairs_of (d->N), pairs = pairs_of (n), e = 0;
  for (gsize j = 1; j < n; j++)
    for (gsize i = 0; i < j; i++, e++)
      for (gsize p = e + 1; (edges[i] >> j & 1) && p < pairs; p++)
        d->dbefore[e * P + p] += dpair[p];
}

/* [ACC] of the tables that are indexed by places, in the order of the cells. */
static void
tables_backward (Decoder *d, const NvGinBatch *batch)
{
  for (gsize b = 0; b < batch->B; b++) {
    gsize row = batch->first[b], n = batch->first[b + 1] - row;
    const nv_real *dpair = d->dpair + b * pairs_of (d->N);
    if (d->places)
      places_backward (d, d->dlogit + row * d->K, dpair, n);
    if (d->autoregressive)
      before_backward (d, batch->edges + row, dpair, n);
  }
}

double
vgae_decoder_loss (Decoder *d, const NvGinBatch *batch, const nv_real *y, gboolean noisy)
{
  Pass pass = { .whole = { .d = d, .batch = batch, .y = y, .noisy = noisy } };
  vgae_decoder_room (d, batch->R);
  pass.per_piece = MAX (PER_PIECE, (batch->B + VGAE_PIECES - 1) / VGAE_PIECES);
  gsize pieces = (batch->B + pass.per_piece - 1) / pass.per_piece;
  nv_team_run (d->team, pieces, run_piece, &pass);
  nv_linear_backward (NULL, d->dtype_w, d->dtype_b, d->dlogit, d->z, d->type_w, batch->R, d->D,
                      d->K);
  if (d->edges == VGAE_BILINEAR)
    nv_linear_backward (NULL, d->dedge_w, d->dedge_b, d->dends, d->z, d->edge_w, batch->R, d->D,
                        2 * d->D);
  tables_backward (d, batch);
  double loss = 0;
  for (gsize i = 0; i < pieces; i++)
    loss += pass.losses[i];
  return loss;
}

/* --- decoding ----------------------------------------------------------------------- */

static guint8
likeliest_type (const Decoder *d, const nv_real *z, gsize place)
{
  gsize best = 0;
  nv_real highest = -G_MAXFLOAT;
  for (gsize k = 0; k < d->K; k++) {
    nv_real logit = d->type_b[k] + dot (d->type_w + k * d->D, z, d->D);
    if (d->places)
      logit += d->place_type[place * d->K + k];
    if (logit > highest) {
      highest = logit;
      best = k;
    }
  }
  return (guint8) best;
}

/* Adds the edges that are likelier than not, one after the other, to a cell whose node i is at
 * place at[i]. */
static void
likeliest_edges (const Decoder *d, const nv_real *u, const nv_real *v, gsize stride,
                 const gsize *at, NvCell *out)
{
  nv_real before[MAX_PAIRS] = { 0 };
  gsize P = pairs_of (d->N);
  for (guint j = 1; j < out->n_nodes; j++)
    for (guint i = 0; i < j; i++) {
      gsize e = pairs_of (at[j]) + at[i];
      nv_real logit = dot (u + at[i] * stride, v + at[j] * stride, d->D) + before[e];
      if (d->places)
        logit += d->place_edge[at[i] * d->N + at[j]];
      if (logit <= 0)
        continue;
      nv_cell_add_edge (out, i, j);
      for (gsize p = e + 1; d->autoregressive && p < P; p++)
        before[p] += d->before[e * P + p];
    }
}

void
vgae_decoder_cell (const Decoder *d, const nv_real *z, NvCell *out)
{
  nv_real ends[NV_CELL_MAX * 2 * MAX_DIM];
  gboolean bilinear = d->edges == VGAE_BILINEAR;
  gsize at[NV_CELL_MAX], n = 0, D = d->D, stride = bilinear ? 2 * D : D;
  guint8 types[NV_CELL_MAX];
  for (gsize i = 0; i < d->N; i++) {
    guint8 type = likeliest_type (d, z + i * D, i);
    if (d->no_node && type == d->K - 1)
      continue;
    types[n] = type;
    at[n++] = i;
  }
  if (bilinear)
    nv_linear (ends, z, d->edge_w, d->edge_b, d->N, D, 2 * D);
  const nv_real *u = bilinear ? ends : z, *v = bilinear ? ends + D : z;
  nv_cell_init (out, (guint) n);
  for (guint i = 0; i < n; i++)
    out->ops[i] = types[i];
  likeliest_edges (d, u, v, stride, at, out);
}
