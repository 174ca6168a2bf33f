/* A graph isomorphism network: where its weights lie, and one training pass over a batch.
 *
 * Between two batch norms a piece of the batch is worked on by itself, from the aggregation to the
 * next norm's sums, so that its rows stay in the cache; then the sums of all pieces are merged in
 * their order. A forward pass is 2 L + 1 such steps, a backward pass as many, and one more for the
 * gradients of all matrices, cut by rows of the matrices. The bias before a batch norm has no
 * gradient where the norm takes the batch's own mean. */
#include <string.h>

#include "nn/fastmath.h"
#include "nn/gin_impl.h"
#include "nn/kernels.h"

enum { PER_PIECE = 16, SLICE = 64, ALIGNMENT = 64, VECTORS = 9 };
static const nv_real momentum = (nv_real) 0.1, norm_eps = (nv_real) 1e-5;

/* --- weights ------------------------------------------------------------------------ */

gsize
nv_gin_count (const NvGinShape *s)
{
  gsize stages = 2 * s->layers, H = s->hidden;
  return H * s->ops + (stages - 1) * H * H + stages * 3 * H + s->out * (H + 1) + s->layers;
}

static gsize
take (gsize *offset, gsize count)
{
  gsize start = *offset;
  *offset += count;
  return start;
}

static void
place_weights (NvGin *gin)
{
  const NvGinShape *s = &gin->shape;
  gsize H = s->hidden, at = 0;
  for (gsize i = 0; i < gin->n_stages; i++) {
    Stage *st = &gin->stages[i];
    st->I = i == 0 ? s->ops : H;
    st->w = take (&at, H * st->I);
    st->bias = take (&at, H);
    st->gamma = take (&at, H);
    st->beta = take (&at, H);
  }
  gin->w_out = take (&at, s->out * H);
  gin->b_out = take (&at, s->out);
  gin->eps = take (&at, s->layers);
}

NvGin *
nv_gin_new (const NvGinShape *shape, nv_real *value, nv_real *grad, NvTeam *team)
{
  g_return_val_if_fail (shape->nodes >= 1 && shape->nodes <= NV_CELL_MAX && shape->ops >= 1
                        && shape->hidden >= 1 && shape->layers >= 1 && shape->out >= 1, NULL);
  NvGin *gin = g_new0 (NvGin, 1);
  gsize H = shape->hidden;
  gin->shape = *shape;
  gin->value = value;
  gin->grad = grad;
  gin->team = team;
  gin->n_stages = 2 * shape->layers;
  gin->stages = g_new0 (Stage, gin->n_stages);
  place_weights (gin);
  gin->statistics = g_aligned_alloc0 (gin->n_stages * VECTORS * H, sizeof (nv_real), ALIGNMENT);
  nv_real *v = gin->statistics;
  for (gsize i = 0; i < gin->n_stages; i++) {
    Stage *st = &gin->stages[i];
    nv_real **vectors[VECTORS] = { &st->running_mean, &st->running_var, &st->mean, &st->rstd,
                                   &st->scale, &st->shift, &st->p, &st->q, &st->r };
    for (gsize k = 0; k < VECTORS; k++, v += H)
      *vectors[k] = v;
  }
  gin->parts = g_new (nv_real, NV_GIN_PIECES * 2 * H);
  gin->deps = g_new (double, NV_GIN_PIECES);
  gin->piece_rows = g_new (gsize, NV_GIN_PIECES);
  return gin;
}

void
nv_gin_free (NvGin *gin)
{
  if (gin == NULL)
    return;
  nv_i_gin_free_slots (gin);
  nv_i_layout_clear (&gin->layout);
  g_aligned_free (gin->work);
  g_aligned_free (gin->statistics);
  g_free (gin->parts);
  g_free (gin->deps);
  g_free (gin->piece_rows);
  g_free (gin->stages);
  g_free (gin);
}

void
nv_gin_init (NvGin *gin, NvRng *rng)
{
  nv_real *w = gin->value;
  gsize H = gin->shape.hidden;
  for (gsize i = 0; i < gin->n_stages; i++) {
    const Stage *st = &gin->stages[i];
    nv_init_linear (w + st->w, w + st->bias, rng, st->I, H);
    for (gsize c = 0; c < H; c++) {
      w[st->gamma + c] = 1;
      w[st->beta + c] = st->running_mean[c] = 0;
      st->running_var[c] = 1;
    }
  }
  nv_init_linear (w + gin->w_out, w + gin->b_out, rng, H, gin->shape.out);
  for (gsize l = 0; l < gin->shape.layers; l++)
    w[gin->eps + l] = 0;
}

static void
add_tensor (NvTensors *tensors, gsize stage, const char *what, nv_real *data, gsize rows,
            gsize cols)
{
  g_autofree char *name = g_strdup_printf ("layer%zu.%s%zu", stage / 2, what, stage % 2 + 1);
  nv_tensors_add (tensors, name, data, rows, cols);
}

void
nv_gin_tensors (NvGin *gin, NvTensors *tensors)
{
  gsize H = gin->shape.hidden;
  for (gsize i = 0; i < gin->n_stages; i++) {
    const Stage *st = &gin->stages[i];
    add_tensor (tensors, i, "weight", gin->value + st->w, H, st->I);
    add_tensor (tensors, i, "bias", gin->value + st->bias, 1, H);
    add_tensor (tensors, i, "gamma", gin->value + st->gamma, 1, H);
    add_tensor (tensors, i, "beta", gin->value + st->beta, 1, H);
    add_tensor (tensors, i, "running_mean", st->running_mean, 1, H);
    add_tensor (tensors, i, "running_var", st->running_var, 1, H);
  }
  nv_tensors_add (tensors, "out.weight", gin->value + gin->w_out, gin->shape.out, H);
  nv_tensors_add (tensors, "out.bias", gin->value + gin->b_out, 1, gin->shape.out);
  nv_tensors_add (tensors, "eps", gin->value + gin->eps, 1, gin->shape.layers);
}

/* --- a batch ------------------------------------------------------------------------ */

static void
make_room (NvGin *gin, gsize rows)
{
  gsize H = gin->shape.hidden, K = gin->shape.ops, O = gin->shape.out;
  if (rows <= gin->room)
    return;
  rows = (rows + 15) / 16 * 16; /* keeps every matrix aligned */
  gsize columns = gin->n_stages * 3 * H + K + (gin->shape.layers - 1) * H + O + MAX (H, K);
  g_aligned_free (gin->work);
  gin->work = g_aligned_alloc (rows * columns, sizeof (nv_real), ALIGNMENT);
  gin->room = rows;
  gsize at = 0;
  for (gsize i = 0; i < gin->n_stages; i++) {
    Stage *st = &gin->stages[i];
    st->in = i % 2 == 0 ? gin->work + take (&at, rows * st->I) : NULL;
    st->x = gin->work + take (&at, rows * H);
    st->y = gin->work + take (&at, rows * H);
    st->d = gin->work + take (&at, rows * H);
  }
  gin->y = gin->work + take (&at, rows * O);
  gin->spare = gin->work + take (&at, rows * MAX (H, K));
}

const NvGinBatch *
nv_gin_load (NvGin *gin, const NvCells *cells, const guint32 *index, gsize B)
{
  nv_i_layout_load (&gin->layout, &gin->shape, cells, index, 0, B);
  make_room (gin, gin->layout.head.R);
  gin->per_piece = MAX (PER_PIECE, (B + NV_GIN_PIECES - 1) / NV_GIN_PIECES);
  gin->pieces = (B + gin->per_piece - 1) / gin->per_piece;
  return &gin->layout.head;
}

/* Cells from .. to - 1, rows row .. row + rows - 1. */
typedef struct {
  gsize from, to, row, rows;
} Piece;

static Piece
piece_of (const NvGin *gin, gsize i)
{
  gsize from = i * gin->per_piece, to = MIN (from + gin->per_piece, gin->layout.head.B);
  gsize row = gin->layout.first[from];
  return (Piece){ from, to, row, gin->layout.first[to] - row };
}

typedef struct {
  NvGin *gin;
  gsize s;            /* stage */
  const nv_real *dy;  /* gradient of the output */
} Job;

static const nv_real *
input_of (const NvGin *gin, gsize s)
{
  return s % 2 == 0 ? gin->stages[s].in : gin->stages[s - 1].y;
}

/* --- forward ------------------------------------------------------------------------ */

static void
activate (NvGin *gin, Stage *st, Piece p)
{
  gsize H = gin->shape.hidden;
  nv_i_affine_relu (st->y + p.row * H, st->x + p.row * H, st->scale, st->shift, p.rows, H);
}

/* From the norm before to the sums for the norm of stage s. */
static void
forward_stage (void *data, gsize i)
{
  const Job *job = data;
  NvGin *gin = job->gin;
  gsize H = gin->shape.hidden;
  Stage *st = &gin->stages[job->s], *before = job->s > 0 ? st - 1 : NULL;
  Piece p = piece_of (gin, i);
  if (before != NULL)
    activate (gin, before, p);
  if (job->s % 2 == 0)
    nv_i_gin_aggregate (gin, &gin->layout, job->s, st->in, before != NULL ? before->y : NULL,
                        p.from, p.to);
  nv_rgemm (st->x + p.row * H, input_of (gin, job->s) + p.row * st->I, gin->value + st->w, FALSE,
            TRUE, p.rows, H, st->I, 1, 0);
  nv_real *part = gin->parts + i * 2 * H;
  nv_i_moments (part, part + H, st->x + p.row * H, p.rows, H);
  gin->piece_rows[i] = p.rows;
}

static void
forward_out (void *data, gsize i)
{
  NvGin *gin = ((const Job *) data)->gin;
  gsize H = gin->shape.hidden, O = gin->shape.out;
  Stage *last = &gin->stages[gin->n_stages - 1];
  Piece p = piece_of (gin, i);
  activate (gin, last, p);
  nv_real *y = gin->y + p.row * O;
  nv_rgemm (y, last->y + p.row * H, gin->value + gin->w_out, FALSE, TRUE, p.rows, O, H, 1, 0);
  nv_i_add_row (y, gin->value + gin->b_out, p.rows, O);
}

/* From mean and rstd to scale and shift. */
static void
set_affine (const NvGin *gin, Stage *st)
{
  const nv_real *gamma = gin->value + st->gamma, *beta = gin->value + st->beta;
  for (gsize c = 0; c < gin->shape.hidden; c++) {
    st->scale[c] = gamma[c] * st->rstd[c];
    st->shift[c] = beta[c] - st->mean[c] * st->scale[c];
  }
}

void
nv_i_gin_use_running (NvGin *gin, Stage *st)
{
  const nv_real *bias = gin->value + st->bias;
  for (gsize c = 0; c < gin->shape.hidden; c++) {
    st->mean[c] = st->running_mean[c] - bias[c];
    st->rstd[c] = 1 / real_sqrt (st->running_var[c] + norm_eps);
  }
  st->by_batch = FALSE;
  set_affine (gin, st);
}

static void
use_batch (NvGin *gin, Stage *st)
{
  const nv_real *bias = gin->value + st->bias, R = (nv_real) gin->layout.head.R;
  gsize H = gin->shape.hidden;
  nv_i_merge_moments (st->mean, st->rstd, gin->parts, gin->piece_rows, gin->pieces, H);
  for (gsize c = 0; c < H; c++) {
    nv_real square = st->rstd[c];
    st->running_mean[c] += momentum * (st->mean[c] + bias[c] - st->running_mean[c]);
    st->running_var[c] += momentum * (square / (R - 1) - st->running_var[c]);
    st->rstd[c] = 1 / real_sqrt (square / R + norm_eps);
  }
  st->by_batch = TRUE;
  set_affine (gin, st);
}

const nv_real *
nv_gin_forward (NvGin *gin, NvGinMode mode)
{
  Job job = { .gin = gin };
  for (; job.s < gin->n_stages; job.s++) {
    nv_team_run (gin->team, gin->pieces, forward_stage, &job);
    if (mode == NV_GIN_TRAIN && gin->layout.head.R > 1)
      use_batch (gin, &gin->stages[job.s]);
    else
      nv_i_gin_use_running (gin, &gin->stages[job.s]);
  }
  nv_team_run (gin->team, gin->pieces, forward_out, &job);
  return gin->y;
}

/* --- backward ----------------------------------------------------------------------- */

/* Gradient at the output of stage s, from that at the x of the next one, of which the sums are
 * known by now. */
static void
backward_link (NvGin *gin, gsize s, Piece p, double *deps)
{
  gsize H = gin->shape.hidden;
  Stage *st = &gin->stages[s], *next = st + 1;
  nv_real *d = next->d + p.row * H;
  nv_i_combine (d, next->x + p.row * H, next->p, next->q, next->r, p.rows, H);
  gboolean spread = next->in != NULL;
  nv_real *out = (spread ? gin->spare : st->d) + p.row * H;
  nv_rgemm (out, d, gin->value + next->w, FALSE, FALSE, p.rows, H, H, 1, 0);
  if (!spread)
    return;
  nv_real self = 1 + gin->value[gin->eps + (s + 1) / 2];
  const Layout *l = &gin->layout;
  for (gsize b = p.from; b < p.to; b++) {
    gsize row = l->first[b];
    nv_i_aggregate (st->d + row * H, gin->spare + row * H, l->seen_by + row, self,
                    l->first[b + 1] - row, H);
  }
  *deps = nv_i_dot (gin->spare + p.row * H, st->y + p.row * H, p.rows * H);
}

static void
backward_stage (void *data, gsize i)
{
  const Job *job = data;
  NvGin *gin = job->gin;
  gsize H = gin->shape.hidden, O = gin->shape.out;
  Stage *st = &gin->stages[job->s];
  Piece p = piece_of (gin, i);
  nv_real *d = st->d + p.row * H, *part = gin->parts + i * 2 * H;
  gin->deps[i] = 0;
  if (job->s == gin->n_stages - 1)
    nv_rgemm (d, job->dy + p.row * O, gin->value + gin->w_out, FALSE, FALSE, p.rows, H, O, 1, 0);
  else
    backward_link (gin, job->s, p, &gin->deps[i]);
  nv_i_affine_relu_backward (d, part, part + H, st->x + p.row * H, st->scale, st->shift,
                             st->mean, p.rows, H);
}

/* The inputs have no gradient, but eps_0 has. */
static void
backward_first (void *data, gsize i)
{
  NvGin *gin = ((const Job *) data)->gin;
  gsize H = gin->shape.hidden, K = gin->shape.ops;
  Stage *st = &gin->stages[0];
  Piece p = piece_of (gin, i);
  nv_real *d = st->d + p.row * H, *din = gin->spare + p.row * K;
  nv_i_combine (d, st->x + p.row * H, st->p, st->q, st->r, p.rows, H);
  nv_rgemm (din, d, gin->value + st->w, FALSE, FALSE, p.rows, K, H, 1, 0);
  gin->deps[i] = 0;
  for (gsize r = 0; r < p.rows; r++)
    if (gin->layout.op[p.row + r] != NV_OP_PAD)
      gin->deps[i] += (double) din[r * K + gin->layout.op[p.row + r]];
}

/* With xhat = (x - mean) rstd: dx = gamma rstd (g - mean (g) - xhat mean (g xhat)); the last two
 * only where mean and rstd came from the batch. */
static void
settle_backward (NvGin *gin, Stage *st)
{
  gsize H = gin->shape.hidden;
  nv_real R = (nv_real) gin->layout.head.R;
  for (gsize c = 0; c < H; c++) {
    nv_real sum = 0, dot = 0;
    for (gsize i = 0; i < gin->pieces; i++) {
      sum += gin->parts[2 * i * H + c];
      dot += gin->parts[(2 * i + 1) * H + c];
    }
    nv_real rstd = st->rstd[c], scale = st->scale[c];
    gin->grad[st->beta + c] += sum;
    gin->grad[st->gamma + c] += dot * rstd;
    gin->grad[st->bias + c] += st->by_batch ? 0 : scale * sum;
    st->p[c] = scale;
    st->q[c] = st->by_batch ? -scale * rstd * rstd * dot / R : 0;
    st->r[c] = st->by_batch ? -scale * sum / R - st->q[c] * st->mean[c] : 0;
  }
}

static void
settle_eps (NvGin *gin, gsize layer)
{
  double sum = 0;
  for (gsize i = 0; i < gin->pieces; i++)
    sum += gin->deps[i];
  gin->grad[gin->eps + layer] += (nv_real) sum;
}

static gsize
slices (const NvGin *gin)
{
  return (gin->shape.hidden + SLICE - 1) / SLICE;
}

/* SLICE rows of one stage's matrix, or the output's matrix and bias. */
static void
backward_matrix (void *data, gsize i)
{
  const Job *job = data;
  NvGin *gin = job->gin;
  gsize H = gin->shape.hidden, R = gin->layout.head.R, s = i / slices (gin);
  if (s == gin->n_stages) {
    nv_linear_backward (NULL, gin->grad + gin->w_out, gin->grad + gin->b_out, job->dy,
                        gin->stages[s - 1].y, gin->value + gin->w_out, R, H, gin->shape.out);
    return;
  }
  const Stage *st = &gin->stages[s];
  gsize o = i % slices (gin) * SLICE;
  nv_i_gemm_strided (gin->grad + st->w + o * st->I, st->d + o, input_of (gin, s), TRUE, FALSE,
                     MIN (SLICE, H - o), st->I, R, st->I, H, st->I, 1, 1);
}

void
nv_gin_backward (NvGin *gin, const nv_real *dy)
{
  Job job = { .gin = gin, .dy = dy };
  for (gsize k = gin->n_stages; k > 0; k--) {
    job.s = k - 1;
    nv_team_run (gin->team, gin->pieces, backward_stage, &job);
    settle_backward (gin, &gin->stages[job.s]);
    if (k % 2 == 0 && k < gin->n_stages)
      settle_eps (gin, k / 2);
  }
  nv_team_run (gin->team, gin->pieces, backward_first, &job);
  settle_eps (gin, 0);
  nv_team_run (gin->team, gin->n_stages * slices (gin) + 1, backward_matrix, &job);
}
