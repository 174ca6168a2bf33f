/* Decoder and loss. With z = (mu + exp (s) e) after dropout, e ~ N(0, I):
 *   types: sigmoid (W z_i + b), K of them;  edges i < j: sigmoid (z_i . z_j);
 *   loss = mean BCE over the R x K types + sum of BCE over the edges / number of entries of the
 *          matrices (those on and under the diagonal are right by construction, and count)
 *        + kl_weight * mean over the rows of KL (N(mu, exp (2 s)) || N(0, I)).
 * A batch is worked on in pieces, each with its own stream of noise, so that the result is the
 * same on any number of threads. */
#include "decoder.h"

#include <nasvec/linalg.h>

enum { PER_PIECE = 8, MAX_PAIRS = NV_CELL_MAX * (NV_CELL_MAX - 1) / 2 };

void
vgae_decoder_open (Decoder *d, NvRng *rng)
{
  d->O = d->variational ? 2 * d->D : d->D;
  guint64 seed = (guint64) nv_rng_u32 (rng) << 32;
  seed |= nv_rng_u32 (rng);
  for (guint i = 0; i < VGAE_PIECES; i++)
    nv_rng_init (&d->streams[i], seed, "noise", i);
}

static void
free_arrays (Decoder *d)
{
  nv_real **arrays[] = { &d->z, &d->dz, &d->noise, &d->mask, &d->logit, &d->dlogit, &d->target,
                         &d->dy };
  for (gsize i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_clear_pointer (arrays[i], g_free);
}

void
vgae_decoder_close (Decoder *d)
{
  free_arrays (d);
}

nv_real *
vgae_decoder_room (Decoder *d, gsize rows)
{
  if (rows <= d->room)
    return d->dy;
  free_arrays (d);
  d->z = g_new (nv_real, rows * d->D);
  d->dz = g_new (nv_real, rows * d->D);
  d->noise = g_new (nv_real, rows * d->D);
  d->mask = g_new (nv_real, rows * d->D);
  d->logit = g_new (nv_real, rows * d->K);
  d->dlogit = g_new (nv_real, rows * d->K);
  d->target = g_new (nv_real, rows * d->K);
  d->dy = g_new (nv_real, rows * d->O);
  d->room = rows;
  return d->dy;
}

/* --- loss ------------------------------------------------------------------------------------ */

typedef struct {
  Decoder *d;
  const NvGinBatch *batch;
  const nv_real *y;
  gboolean noisy;
  gsize per_piece;
  double entries;               /* of all adjacency matrices */
  double losses[VGAE_PIECES];
} Pass;

/* z, noise and mask of n rows. The standard deviations are left in dz. */
static void
draw_codes (Decoder *d, NvRng *rng, const nv_real *y, gsize row, gsize n, gboolean noisy)
{
  nv_real *z = d->z + row * d->D, *noise = d->noise + row * d->D, *sigma = d->dz + row * d->D;
  gboolean sampled = noisy && d->variational;
  if (sampled)
    nv_rng_fill_normal (rng, noise, n * d->D);
  for (gsize r = 0; r < n; r++) {
    const nv_real *mu = y + (row + r) * d->O;
    for (gsize k = 0; k < d->D; k++)
      z[r * d->D + k] = mu[k];
    if (!sampled)
      continue;
    nv_exp (sigma + r * d->D, mu + d->D, d->D);
    for (gsize k = r * d->D; k < (r + 1) * d->D; k++) {
      noise[k] *= sigma[k];
      z[k] += noise[k];
    }
  }
  if (noisy)
    nv_dropout (z, d->mask + row * d->D, z, n * d->D, d->dropout, rng);
}

/* BCE of the types of n rows, by all R; dz is overwritten. */
static double
type_loss (Decoder *d, const NvGinBatch *batch, gsize row, gsize n)
{
  nv_real *logit = d->logit + row * d->K, *target = d->target + row * d->K;
  nv_real *dlogit = d->dlogit + row * d->K, share = (nv_real) n / (nv_real) batch->R;
  nv_linear (logit, d->z + row * d->D, d->w, d->b, n, d->D, d->K);
  for (gsize r = 0; r < n; r++)
    for (gsize k = 0; k < d->K; k++)
      target[r * d->K + k] = batch->op[row + r] == k;
  double loss = nv_bce (dlogit, logit, target, n * d->K) * (double) share;
  for (gsize i = 0; i < n * d->K; i++)
    dlogit[i] *= share;
  nv_rgemm (d->dz + row * d->D, dlogit, d->w, FALSE, FALSE, n, d->D, d->K, 1, 0);
  return loss;
}

static nv_real
dot (const nv_real *a, const nv_real *b, gsize n)
{
  nv_real sum = 0;
  for (gsize i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* BCE of the edges of one cell of n rows; added to dz. */
static double
edge_loss (Decoder *d, const NvGinBatch *batch, gsize row, gsize n, double entries)
{
  nv_real logit[MAX_PAIRS], dlogit[MAX_PAIRS], target[MAX_PAIRS];
  nv_real *z = d->z + row * d->D, *dz = d->dz + row * d->D;
  gsize D = d->D, pairs = 0;
  if (n < 2)
    return 0;
  for (gsize i = 0; i < n; i++)
    for (gsize j = i + 1; j < n; j++, pairs++) {
      logit[pairs] = dot (z + i * D, z + j * D, D);
      target[pairs] = (nv_real) (batch->edges[row + i] >> j & 1);
    }
  double share = (double) pairs / entries, loss = nv_bce (dlogit, logit, target, pairs);
  pairs = 0;
  for (gsize i = 0; i < n; i++)
    for (gsize j = i + 1; j < n; j++, pairs++) {
      nv_real g = (nv_real) share * dlogit[pairs];
      for (gsize k = 0; k < D; k++) {
        dz[i * D + k] += g * z[j * D + k];
        dz[j * D + k] += g * z[i * D + k];
      }
    }
  return loss * share;
}

/* From dz to dy, and the divergence. */
static double
code_backward (Decoder *d, const NvGinBatch *batch, const nv_real *y, gsize row, gsize n,
               gboolean noisy)
{
  double loss = 0, weight = d->kl_weight / (double) batch->R;
  gsize D = d->D;
  for (gsize r = row; r < row + n; r++) {
    const nv_real *mu = y + r * d->O, *dz = d->dz + r * D, *noise = d->noise + r * D;
    nv_real *dmu = d->dy + r * d->O;
    for (gsize k = 0; k < D; k++)
      dmu[k] = noisy ? dz[k] * d->mask[r * D + k] : dz[k];
    if (!d->variational)
      continue;
    for (gsize k = 0; k < D; k++)
      dmu[D + k] = noisy ? dmu[k] * noise[k] : 0;
    loss += nv_kl (dmu, dmu + D, mu, mu + D, D, weight);
  }
  return loss;
}

static void
run_piece (void *data, gsize i)
{
  Pass *p = data;
  const guint32 *first = p->batch->first;
  gsize from = i * p->per_piece, to = MIN (from + p->per_piece, p->batch->B);
  gsize row = first[from], n = first[to] - row;
  draw_codes (p->d, &p->d->streams[i], p->y, row, n, p->noisy);
  p->losses[i] = type_loss (p->d, p->batch, row, n);
  for (gsize b = from; b < to; b++)
    p->losses[i] += edge_loss (p->d, p->batch, first[b], first[b + 1] - first[b], p->entries);
  p->losses[i] += code_backward (p->d, p->batch, p->y, row, n, p->noisy);
}

double
vgae_decoder_loss (Decoder *d, const NvGinBatch *batch, const nv_real *y, gboolean noisy)
{
  Pass pass = { .d = d, .batch = batch, .y = y, .noisy = noisy };
  vgae_decoder_room (d, batch->R);
  pass.per_piece = MAX (PER_PIECE, (batch->B + VGAE_PIECES - 1) / VGAE_PIECES);
  for (gsize b = 0; b < batch->B; b++) {
    double n = batch->first[b + 1] - batch->first[b];
    pass.entries += n * n;
  }
  gsize pieces = (batch->B + pass.per_piece - 1) / pass.per_piece;
  nv_team_run (d->team, pieces, run_piece, &pass);
  nv_linear_backward (NULL, d->dw, d->db, d->dlogit, d->z, d->w, batch->R, d->D, d->K);
  double loss = 0;
  for (gsize i = 0; i < pieces; i++)
    loss += pass.losses[i];
  return loss;
}

/* --- decoding -------------------------------------------------------------------------------- */

static guint8
likeliest_type (const Decoder *d, const nv_real *z)
{
  gsize best = 0;
  nv_real highest = -G_MAXFLOAT;
  for (gsize k = 0; k < d->K; k++) {
    nv_real logit = d->b[k] + dot (d->w + k * d->D, z, d->D);
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
  gsize at[NV_CELL_MAX], n = 0, D = d->D;
  guint8 types[NV_CELL_MAX];
  for (gsize i = 0; i < d->N; i++) {
    guint8 type = likeliest_type (d, z + i * D);
    if (d->no_node && type == d->K - 1)
      continue;
    types[n] = type;
    at[n++] = i;
  }
  nv_cell_init (out, (guint) n);
  for (guint i = 0; i < n; i++) {
    out->ops[i] = types[i];
    for (guint j = i + 1; j < n; j++)
      if (dot (z + at[i] * D, z + at[j] * D, D) > 0)
        nv_cell_add_edge (out, i, j);
  }
}
