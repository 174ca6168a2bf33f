/* REINFORCE (Williams 1992) on an embedding. A policy walks through it: from the state,
 * the embedding of the best cell so far or of the last one, it gives the mean of a normal
 * distribution, a point is drawn, and the unseen cell nearest to that point is evaluated.
 * After an episode the policy's weights take a step along
 *
 *   sum_t A_t d log N (a_t; mean_t, noise^2) / d weights,  A_t = sum_k gamma^k r_(t + k)
 *
 * and so does the encoder where it is joint. r is a score relative to all that was seen
 * (mean 0, variance 1), or less a constant. Yan et al. 2020 with these choices: noise in
 * units of the embedding's spread, where N (0, I) would drown the policy; the mean is
 * relative to the state; the state is by default the best cell so far, where theirs is
 * the last one. */
#include <math.h>
#include <string.h>

#include "policy.h"

enum { RANK, SCORE };
enum { SPREAD, ABSOLUTE };
enum { BEST, LAST };
enum { CELL, POINT };
static const char *const targets[] = { "rank", "score", NULL };
static const char *const units[] = { "spread", "absolute", NULL };
static const char *const states[] = { "best", "last", NULL };
static const char *const credits[] = { "cell", "point", NULL };

typedef struct {
  int initial, episode, hidden;
  double lr, gamma;
  int target;
  double baseline, noise;
  int unit;
  gboolean relative;
  int state, credit, skip;
} Options;

typedef struct {
  RlPolicy policy;
  gboolean begun;           /* the policy has weights, and an episode runs */
  gsize t;                  /* steps of the episode that were told */
  guint32 here, best;       /* pool cells: the state, the best so far */
  double most;              /* score of the best */
  guint32 *path;            /* [T] the cell whose embedding was the state */
  nv_real *x, *dx, *action; /* [T x D] */
  nv_real *shift, *scale;   /* [D] the policy's coordinates are (point - shift) / scale */
  nv_real *noise;           /* [D] standard deviation in these coordinates */
  nv_real *point;           /* [D] */
  guint32 *near;            /* [skip + 1] */
  double *advantage;        /* [T] */
  gsize n, room;
  gsize scored;             /* of the n cells; the evaluation of the others failed */
  double *score, *y;        /* [n] of all cells seen, in order; score -INFINITY: failed */
  guint32 *order;           /* [n] */
} State;

static const NvParam params[] = {
  NV_INT (Options, initial, 1, 100000, "random cells before the first episode", .unit = "cells"),
  NV_INT (Options, episode, 1, 10000, "steps of an episode", .unit = "cells"),
  NV_INT (Options, hidden, 1, 1024, "width of the policy's LSTM"),
  NV_REAL (Options, lr, 0, 1, "learning rate of Adam"),
  NV_REAL (Options, gamma, 0, 1, "discount of the rewards to come; 0: the cell's own alone"),
  NV_CHOICE (Options, target, targets, "reward: the logit of a score's rank, or the score"),
  NV_REAL (Options, baseline, -1e9, 1e9,
           "subtracted from the score; 0: mean 0, variance 1 over what was seen; needs "
           "target = score"),
  NV_REAL (Options, noise, 1e-6, 1e6, "standard deviation of the action"),
  NV_CHOICE (Options, unit, units, "of noise and policy: the embedding's spread in each "
                                   "dimension, or the embedding as it is"),
  NV_BOOL (Options, relative, "the policy's output is added to the state"),
  NV_CHOICE (Options, state, states, "the policy's state: the best cell so far, or the last"),
  NV_CHOICE (Options, credit, credits,
             "action that the policy learns from: the cell that was evaluated, or the point drawn"),
  NV_INT (Options, skip, 0, 1000, "unseen cells nearer to the action that are passed over",
          .unit = "cells"),
  NV_END
};

static gboolean
rl_open (NvSearcher *s, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim, T = (gsize) opt->episode;
  if (opt->baseline != 0.0 && opt->target != SCORE) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "searcher rl: baseline = %g is a score; it needs target = \"score\"",
                 opt->baseline);
    return FALSE;
  }
  rl_policy_init (&st->policy, D, (gsize) opt->hidden, T, opt->relative);
  rl_policy_draw (&st->policy, s->rng);
  nv_searcher_settle (s);
  st->path = g_new (guint32, T);
  st->near = g_new (guint32, opt->skip + 1);
  st->advantage = g_new (double, T);
  nv_real **rows[] = { &st->x, &st->dx, &st->action };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    *rows[i] = g_new (nv_real, T * D);
  nv_real **vectors[] = { &st->shift, &st->scale, &st->noise, &st->point };
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    *vectors[i] = g_new (nv_real, D);
  return TRUE;
}

static void
rl_close (NvSearcher *s)
{
  State *st = s->state;
  rl_policy_clear (&st->policy);
  gpointer blocks[] = { st->path, st->x, st->dx, st->action, st->shift, st->scale, st->noise,
                        st->point, st->near, st->advantage, st->score, st->y, st->order };
  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    g_free (blocks[i]);
}

/* A constant dimension (scale 0) is 0 to the policy, and the action cannot leave it. */
static void
choose_scale (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  if (opt->unit == SPREAD)
    nv_searcher_spread (s, st->shift, st->scale);
  for (gsize d = 0; d < s->dim; d++) {
    if (opt->unit == ABSOLUTE) {
      st->shift[d] = 0;
      st->scale[d] = 1;
    }
    st->noise[d] = st->scale[d] > 0 ? (nv_real) opt->noise : 0;
  }
}

static void
to_policy (const NvSearcher *s, nv_real *x, const nv_real *points, gsize B)
{
  const State *st = s->state;
  const gsize D = s->dim;
  for (gsize b = 0; b < B; b++)
    for (gsize d = 0; d < D; d++)
      x[b * D + d] = st->scale[d] > 0 ? (points[b * D + d] - st->shift[d]) / st->scale[d] : 0;
}

static void
begin_episode (NvSearcher *s)
{
  State *st = s->state;
  if (!st->begun || nv_searcher_joint (s))
    choose_scale (s);
  rl_policy_begin (&st->policy);
  st->begun = TRUE;
  st->t = 0;
}

static gboolean
rl_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim;
  if (st->n < (gsize) opt->initial || st->scored == 0)
    return nv_searcher_draw (s, next, error);
  if (!st->begun || st->t == (gsize) opt->episode)
    begin_episode (s);
  if (opt->state == BEST)
    st->here = st->best;
  nv_real *x = st->x + st->t * D, *action = st->action + st->t * D;
  st->path[st->t] = st->here;
  to_policy (s, x, nv_searcher_embedding (s) + st->here * D, 1);
  st->policy.t = st->t; /* a step that led to no cell of the pool is taken again */
  const nv_real *mean = rl_policy_act (&st->policy, x);
  for (gsize d = 0; d < D; d++) {
    action[d] = mean[d] + st->noise[d] * (nv_real) nv_rng_normal (s->rng);
    st->point[d] = st->shift[d] + st->scale[d] * action[d];
  }
  gsize found = nv_searcher_nearest (s, st->point, st->near, (gsize) opt->skip + 1);
  if (found == 0)
    return nv_searcher_draw (s, next, error); /* nothing is unseen: the core says so */
  nv_searcher_cell (s, st->near[found - 1], next);
  return TRUE;
}

/* The last `episode` cells seen are the episode's. */
static void
make_advantage (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize T = (gsize) opt->episode, first = st->n - T;
  nv_searcher_targets (st->y, st->score, st->order, st->n, opt->target == RANK);
  const double lowest = nv_searcher_lowest (st->score, st->n);
  double sum = 0.0;
  for (gsize t = T; t-- > 0;) {
    const double score = st->score[first + t];
    double r = opt->baseline == 0.0 ? st->y[first + t]
                                    : (score > -INFINITY ? score : lowest) - opt->baseline;
    sum = r + opt->gamma * sum;
    st->advantage[t] = sum;
  }
}

static void
learn (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  const gsize D = s->dim, T = (gsize) opt->episode;
  make_advantage (s);
  nv_searcher_recall (s, st->path, T, st->dx); /* remembered for backward(): it is x once more */
  const gboolean joint = nv_searcher_joint (s);
  rl_policy_loss (&st->policy, joint ? st->dx : NULL, st->x, st->action, st->advantage,
                  st->noise, T);
  nv_weights_step (&st->policy.w, NULL, opt->lr, 0, 0);
  if (!joint)
    return;
  for (gsize i = 0; i < T * D; i++)
    st->dx[i] = st->scale[i % D] > 0 ? st->dx[i] / st->scale[i % D] : 0;
  nv_searcher_backward (s, st->dx);
  nv_searcher_step (s);
}

static void
remember (State *st, double score)
{
  if (st->n == st->room) {
    st->room = MAX (128, 2 * st->room);
    st->score = g_renew (double, st->score, st->room);
    st->y = g_renew (double, st->y, st->room);
    st->order = g_renew (guint32, st->order, st->room);
  }
  st->score[st->n++] = score;
  st->scored += score > -INFINITY;
}

static void
rl_tell (NvSearcher *s, const NvCell *cell, double score)
{
  const Options *opt = s->options;
  State *st = s->state;
  gsize i;
  if (!nv_searcher_find (s, cell, &i))
    return;
  if (st->scored == 0 || score > st->most) {
    st->best = (guint32) i;
    st->most = score;
  }
  st->here = (guint32) i;
  remember (st, score);
  if (st->begun && opt->credit == CELL)
    to_policy (s, st->action + st->t * s->dim, nv_searcher_embedding (s) + i * s->dim, 1);
  if (st->begun && ++st->t == (gsize) opt->episode)
    learn (s);
}

/* A failure, worth less than all that was scored; or no cell of the pool, which is not found. */
static void
rl_reject (NvSearcher *s, const NvCell *cell)
{
  rl_tell (s, cell, -INFINITY);
}

static const NvSearcherClass rl = {
  NV_SEARCHER ("rl", "1.2", "REINFORCE with an LSTM policy on the embedding"),
  NV_STATE (State),
  NV_OPTIONS (Options, params, .initial = 16, .episode = 16, .hidden = 128, .lr = 1e-2,
              .gamma = 0.0, .noise = 1.0, .relative = TRUE),
  .open = rl_open, .close = rl_close, .ask = rl_ask, .tell = rl_tell,
  .reject = rl_reject,
};
NV_PLUGIN (rl)
