/* Decoder and loss. With z = (mu + exp (s) e) after dropout, e ~ N(0, I):
 *   types: softmax (W z_i + b + p_i), or a sigmoid of each;
 *   edges i < j: sigmoid (u_i . v_j + q_ij), [u, v] = M z + m, or the plain product u = v = z;
 *   p and q, the biases of the places, are left out if `places` is FALSE;
 *   loss = mean over the R rows of (type + edge_weight * edges to later nodes
 *                                   + kl_weight * KL (N(mu, exp (2 s)) || N(0, I))),
 * where `type` is the cross-entropy, or the mean BCE of the sigmoids, and `edges` the sum of
 * BCEs. With softmax and both weights 1 it is minus the evidence lower bound, in nats per node.
 * A batch is worked on in pieces, each with its own stream of noise, so that the result is the
 * same on any number of threads. */
#include "decoder.h"

#include <nasvec/linalg.h>

enum { PER_PIECE = 16, MAX_DIM = 256, MAX_PAIRS = NV_CELL_MAX * (NV_CELL_MAX - 1) / 2 };

/* --- life --------------------------------------------------------------------------- */

gsize
vgae_decoder_count (const Decoder *d)
{
  return (d->K + (d->edges == VGAE_BILINEAR ? 2 * d->D : 0)) * (d->D + 1)
         + (d->places ? d->N * (d->K + d->N) : 0);
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
  if (d->places) {
    gsize p = vgae_decoder_count (d) - d->N * (d->K + d->N), q = p + d->N * d->K;
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
  d->dpair = d->places ? g_new (nv_real, rows * d->N * d->N) : NULL;
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

/* Of the edges of one cell of n rows, whose starts are the rows of u and ends those of v, `stride`
 * apart; with `bias` [N x N] or NULL; [ACC] du, dv; [OUT] dpair [n x n] if `bias`. */
static double
cell_loss (nv_real *du, nv_real *dv, nv_real *dpair, const nv_real *u, const nv_real *v,
           gsize stride, const nv_real *bias, gsize N, const guint32 *edges, gsize n, gsize D,
           double weight)
{
  nv_real logit[MAX_PAIRS], dlogit[MAX_PAIRS], target[MAX_PAIRS];
  gsize pairs = 0;
  if (n < 2)
    return 0;
  for (gsize i = 0; i < n; i++)
    for (gsize j = i + 1; j < n; j++, pairs++) {
      logit[pairs] = dot (u + i * stride, v + j * stride, D);
      if (bias != NULL)
        logit[pairs] += bias[i * N + j];
      target[pairs] = (nv_real) (edges[i] >> j & 1);
    }
  double share = weight * (double) pairs, loss = share * nv_bce (dlogit, logit, target, pairs);
  pairs = 0;
  for (gsize i = 0; i < n; i++)
    for (gsize j = i + 1; j < n; j++, pairs++) {
      nv_real g = (nv_real) share * dlogit[pairs];
      if (bias != NULL)
        dpair[i * n + j] = g;
      for (gsize k = 0; k < D; k++) {
        du[i * stride + k] += g * v[j * stride + k];
        dv[j * stride + k] += g * u[i * stride + k];
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
  for (gsize b = p->from; b < p->to; b++) {
    nv_real *u = (bilinear ? d->ends : d->z) + first[b] * stride;
    nv_real *du = (bilinear ? d->dends : d->dz) + first[b] * stride;
    gsize second = bilinear ? D : 0;
    loss += cell_loss (du, du + second, d->places ? d->dpair + b * d->N * d->N : NULL, u,
                       u + second, stride, d->place_edge, d->N, p->batch->edges + first[b],
                       first[b + 1] - first[b], D, weight);
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

/* [ACC] of the biases of the places, in the order of the cells. */
static void
places_backward (Decoder *d, const NvGinBatch *batch)
{
  for (gsize b = 0; b < batch->B; b++) {
    gsize n = batch->first[b + 1] - batch->first[b];
    const nv_real *dlogit = d->dlogit + batch->first[b] * d->K, *dpair = d->dpair + b * d->N * d->N;
    for (gsize i = 0; i < n * d->K; i++)
      d->dplace_type[i] += dlogit[i];
    for (gsize i = 0; i < n; i++)
      for (gsize j = i + 1; j < n; j++)
        d->dplace_edge[i * d->N + j] += dpair[i * n + j];
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
  if (d->places)
    places_backward (d, batch);
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
  for (guint i = 0; i < n; i++) {
    out->ops[i] = types[i];
    for (guint j = i + 1; j < n; j++)
      if (dot (u + at[i] * stride, v + at[j] * stride, D)
            + (d->places ? d->place_edge[at[i] * d->N + at[j]] : 0) > 0)
        nv_cell_add_edge (out, i, j);
  }
}
