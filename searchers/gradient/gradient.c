/* Gradient search on an embedding: fit a differentiable predictor to the scores seen so
 * far, climb its gradient from the best cells, and ask for the unseen cells at the ends of
 * the climbs that it likes best. Luo et al., Neural architecture optimization, NeurIPS
 * 2018, on a frozen or joint embedding.
 *
 * The climb is in units of the embedding's own spread: from a cell's embedding, `steps`
 * steps of length `step` along the normalised gradient. Its end is resolved to the
 * nearest unseen cell of the pool, or decoded by the encoder where it can; what decodes
 * to no valid or to a seen cell is resolved to the nearest. */
#include <math.h>
#include <string.h>

#include "predictor.h"

enum { RANK, SCORE };
enum { NEAREST, DECODE };
static const char *const targets[] = { "rank", "score", NULL };
static const char *const resolves[] = { "nearest", "decode", NULL };

typedef struct {
  int initial, target, members, hidden, epochs, minibatch;
  double lr, decay;
  int starts, steps;
  double step;
  int batch, resolve;
} Options;

typedef struct {
  GradientPredictor predictor;
  gsize n, room;
  gsize scored;           /* of the n cells; the evaluation of the others failed */
  guint32 *index, *order; /* [n] pool cells seen */
  double *score, *y;      /* [n]; score -INFINITY: failed */
  gboolean scaled;        /* the vectors below are set */
  nv_real *mean, *sd;     /* [D] of the pool's embedding */
  nv_real *shift, *inverse; /* [D] the predictor's input is (point - shift) * inverse */
  nv_real *point, *x, *dx, *t; /* [rows x D] three times, [rows] */
  guint32 *batch;         /* [rows] */
  guint32 *queue;         /* [starts] cells to ask for, the best first */
  gsize queued, asked;    /* how many there are, and how many were asked for */
} State;

static const NvParam params[] = {
  NV_INT (Options, initial, 2, 100000, "random cells before the first climb", .unit = "cells"),
  NV_CHOICE (Options, target, targets, "fit the logit of a score's rank, or the score itself"),
  NV_INT (Options, members, 1, 64, "networks in the ensemble"),
  NV_INT (Options, hidden, 1, 1024, "width of their two hidden layers"),
  NV_INT (Options, epochs, 1, 10000, "epochs of training before each climb"),
  NV_INT (Options, minibatch, 1, 1024, "cells in a step of training"),
  NV_REAL (Options, lr, 1e-6, 1, "learning rate of Adam"),
  NV_REAL (Options, decay, 0, 10, "weight decay"),
  NV_INT (Options, starts, 1, 1000, "best seen cells that are climbed from", .unit = "cells"),
  NV_INT (Options, steps, 1, 10000, "steps of a climb"),
  NV_REAL (Options, step, 1e-6, 100, "length of a step", .unit = "spreads of the embedding"),
  NV_INT (Options, batch, 1, 1000, "cells asked for after the climbs, at most", .unit = "cells"),
  NV_CHOICE (Options, resolve, resolves, "from the end of a climb to a cell"),
  NV_END
};

static gboolean
gradient_open (NvSearcher *s, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim, rows = (gsize) MAX (opt->minibatch, opt->starts);
  (void) error;
  gradient_predictor_init (&st->predictor, D, (gsize) opt->hidden, (gsize) opt->members, rows);
  nv_real **vectors[] = { &st->mean, &st->sd, &st->shift, &st->inverse };
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    *vectors[i] = g_new (nv_real, D);
  nv_real **blocks[] = { &st->point, &st->x, &st->dx };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    *blocks[i] = g_new (nv_real, rows * D);
  st->t = g_new (nv_real, rows);
  st->batch = g_new (guint32, rows);
  st->queue = g_new (guint32, opt->starts);
  return TRUE;
}

static void
gradient_close (NvSearcher *s)
{
  State *st = s->state;
  gradient_predictor_clear (&st->predictor);
  gpointer blocks[] = { st->index, st->order, st->score, st->y, st->mean, st->sd, st->shift,
                        st->inverse, st->point, st->x, st->dx, st->t, st->batch, st->queue };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_free (blocks[i]);
}

/* x[B x D], the predictor's input, from points[B x D] of the embedding. */
static void
scale_input (const State *st, nv_real *x, const nv_real *points, gsize B, gsize D)
{
  for (gsize b = 0; b < B; b++)
    for (gsize d = 0; d < D; d++)
      x[b * D + d] = (points[b * D + d] - st->shift[d]) * st->inverse[d];
}

/* Before training. A frozen embedding is standardised; one that is being trained finds
 * its own scale. */
static void
choose_scale (NvSearcher *s)
{
  State *st = s->state;
  const gboolean joint = nv_searcher_joint (s);
  if (st->scaled)
    return;
  st->scaled = TRUE;
  if (!joint)
    nv_searcher_spread (s, st->mean, st->sd);
  for (gsize d = 0; d < s->dim; d++) {
    st->shift[d] = joint ? 0 : st->mean[d];
    st->inverse[d] = joint ? 1 : st->sd[d] > 0 ? 1 / st->sd[d] : 0;
  }
}

/* One step on the cells order[first .. first + B - 1]. */
static void
train_step (NvSearcher *s, gsize first, gsize B)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim;
  for (gsize b = 0; b < B; b++) {
    st->batch[b] = st->index[st->order[first + b]];
    st->t[b] = (nv_real) st->y[st->order[first + b]];
  }
  nv_searcher_forward (s, st->batch, B, st->point);
  scale_input (st, st->x, st->point, B, D);
  const gboolean joint = nv_searcher_joint (s);
  gradient_predictor_loss (&st->predictor, joint ? st->dx : NULL, st->x, st->t, B);
  gradient_predictor_step (&st->predictor, opt->lr, opt->decay);
  if (!joint)
    return;
  for (gsize i = 0; i < B * D; i++)
    st->dx[i] *= st->inverse[i % D];
  nv_searcher_backward (s, st->dx);
  nv_searcher_step (s);
}

static void
train (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize batch = (gsize) opt->minibatch;
  nv_searcher_targets (st->y, st->score, st->order, st->n, opt->target == RANK);
  nv_searcher_restart (s);
  gradient_predictor_draw (&st->predictor, s->rng);
  for (gsize i = 0; i < st->n; i++)
    st->order[i] = (guint32) i;
  for (int epoch = 0; epoch < opt->epochs; epoch++) {
    nv_rng_shuffle (s->rng, st->order, st->n);
    for (gsize first = 0; first < st->n; first += batch)
      train_step (s, first, MIN (batch, st->n - first));
  }
}

/* Moves point[B x D] one step of the climb. */
static void
climb_step (NvSearcher *s, gsize B)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim;
  scale_input (st, st->x, st->point, B, D);
  gradient_predictor_mean (&st->predictor, st->t, st->dx, st->x, B);
  for (gsize b = 0; b < B; b++) {
    double square = 0.0;
    for (gsize d = 0; d < D; d++) {
      nv_real *g = &st->dx[b * D + d];
      *g *= st->inverse[d] * st->sd[d]; /* per spread */
      square += (double) *g * *g;
    }
    nv_real length = square > 0.0 ? (nv_real) (opt->step / sqrt (square)) : 0;
    for (gsize d = 0; d < D; d++)
      st->point[b * D + d] += length * st->dx[b * D + d] * st->sd[d];
  }
}

/* The unseen pool cell that a point stands for; FALSE: none is left. */
static gboolean
resolve (NvSearcher *s, const nv_real *point, guint32 *cell)
{
  const Options *opt = s->options;
  NvCell decoded;
  gsize i;
  if (opt->resolve == DECODE && nv_searcher_decode (s, point, &decoded)
      && nv_searcher_find (s, &decoded, &i) && !nv_searcher_seen (s, i)) {
    *cell = (guint32) i;
    return TRUE;
  }
  return nv_searcher_nearest (s, point, cell, 1) == 1;
}

static int
best_first (gconstpointer a, gconstpointer b, gpointer score)
{
  double x = ((const double *) score)[*(const guint32 *) a];
  double y = ((const double *) score)[*(const guint32 *) b];
  return (x < y) - (x > y);
}

/* Adds the cell at the end of a climb to the queue, unless it is there. */
static void
enqueue (State *st, guint32 cell)
{
  for (gsize i = 0; i < st->queued; i++)
    if (st->queue[i] == cell)
      return;
  st->queue[st->queued++] = cell;
}

/* Brings the `batch` cells of the queue that are predicted best to its front, the best first;
 * among equals the one that was added first. */
static void
choose (NvSearcher *s, const nv_real *embedding)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim, found = st->queued;
  for (gsize b = 0; b < found; b++)
    scale_input (st, st->x + b * D, embedding + st->queue[b] * D, 1, D);
  gradient_predictor_mean (&st->predictor, st->t, NULL, st->x, found);
  for (gsize b = 1; b < found; b++) {
    const nv_real t = st->t[b];
    const guint32 cell = st->queue[b];
    gsize at = b;
    for (; at > 0 && st->t[at - 1] < t; at--) {
      st->t[at] = st->t[at - 1];
      st->queue[at] = st->queue[at - 1];
    }
    st->t[at] = t;
    st->queue[at] = cell;
  }
  st->queued = MIN (found, (gsize) opt->batch);
}

/* Climbs from the best cells and fills the queue. */
static void
climb (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim, B = MIN ((gsize) opt->starts, st->scored);
  const nv_real *embedding = nv_searcher_embedding (s);
  guint32 cell;
  if (nv_searcher_joint (s))
    nv_searcher_spread (s, st->mean, st->sd);
  g_qsort_with_data (st->order, (int) st->n, sizeof *st->order, best_first, st->score);
  for (gsize b = 0; b < B; b++)
    memcpy (st->point + b * D, embedding + st->index[st->order[b]] * D, D * sizeof (nv_real));
  for (int step = 0; step < opt->steps; step++)
    climb_step (s, B);
  st->queued = st->asked = 0;
  for (gsize b = 0; b < B; b++)
    if (resolve (s, st->point + b * D, &cell))
      enqueue (st, cell);
  choose (s, embedding);
}

static gboolean
gradient_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  if (st->n < (gsize) opt->initial || st->scored == 0)
    return nv_searcher_draw (s, next, error);
  if (st->asked == st->queued) {
    choose_scale (s);
    train (s);
    climb (s);
  }
  if (st->queued == 0)
    return nv_searcher_draw (s, next, error); /* nothing is unseen: the core says so */
  nv_searcher_cell (s, st->queue[st->asked++], next);
  return TRUE;
}

static void
gradient_tell (NvSearcher *s, const NvCell *cell, double score)
{
  State *st = s->state;
  gsize i;
  if (!nv_searcher_find (s, cell, &i))
    return;
  if (st->n == st->room) {
    st->room = MAX (128, 2 * st->room);
    st->index = g_renew (guint32, st->index, st->room);
    st->order = g_renew (guint32, st->order, st->room);
    st->score = g_renew (double, st->score, st->room);
    st->y = g_renew (double, st->y, st->room);
  }
  st->index[st->n] = (guint32) i;
  st->score[st->n++] = score;
  st->scored += score > -INFINITY;
}

/* A failure, worth less than all that was scored; or no cell of the pool, which is not found. */
static void
gradient_reject (NvSearcher *s, const NvCell *cell)
{
  gradient_tell (s, cell, -INFINITY);
}

static const NvSearcherClass gradient = {
  NV_SEARCHER ("gradient", "1.2", "ascent of a predictor's gradient in the embedding"),
  NV_STATE (State),
  NV_OPTIONS (Options, params, .initial = 16, .members = 3, .hidden = 64, .epochs = 50,
              .minibatch = 10, .lr = 1e-2, .decay = 1e-4, .starts = 8, .steps = 10,
              .step = 0.5, .batch = 1),
  .open = gradient_open, .close = gradient_close, .ask = gradient_ask, .tell = gradient_tell,
  .reject = gradient_reject,
};
NV_PLUGIN (gradient)
