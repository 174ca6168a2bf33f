/* Bayesian optimisation on an embedding: fit a surrogate to the scores seen so far, ask
 * for the unseen cells of the pool that promise most, repeat.
 *
 * Surrogates: `gp` (gp.c) and `dngo` (dngo.c). Acquisition over the whole pool: expected
 * improvement over the best score so far, upper confidence bound mean + kappa sigma, or
 * Thompson sampling: the best cell of a joint draw from the posterior at the THOMPSON
 * cells with the highest upper bounds. Shahriari et al., Taking the human out of the
 * loop, Proc. IEEE 2016.
 *
 * A network finds its own way with each dimension of an embedding, and gets them in units of
 * their deviations. A kernel takes a distance as it is: with these units a dimension that an
 * encoder hardly uses would count as much as any other, so there all have one unit.
 *
 * A joint encoder is trained through the network of DNGO, from new weights in every
 * round, under either surrogate. */
#include <math.h>

#include "bo.h"

#define THOMPSON 256

typedef struct {
  BoSeen seen;
  BoScale scale; /* of the pool's embedding; leaves it as it is where the network trains it */
  gboolean scaled;
  BoDngo dngo;
  BoGp gp;
  BoTop queue;   /* the cells to ask for in this round */
  gsize asked;   /* of the queue */
  BoTop candidates; /* of Thompson sampling */
  nv_real *x, *mean, *variance, *covariance;
  double *factor, *normal; /* [THOMPSON x THOMPSON], [THOMPSON] */
} State;

static const char *const surrogates[] = { "dngo", "gp", NULL };
static const char *const acquisitions[] = { "ei", "ucb", "thompson", NULL };
static const char *const targets[] = { "rank", "score", NULL };
static const char *const sigmas[] = { "sd", "variance", NULL };
static const char *const kernels[] = { "matern", "rbf", NULL };

static const NvParam params[] = {
  NV_CHOICE (BoOptions, surrogate, surrogates, "model of the scores"),
  NV_CHOICE (BoOptions, acquisition, acquisitions, "what makes a cell worth asking for"),
  NV_INT (BoOptions, initial, 2, 100000, "random cells before the first round", .unit = "cells"),
  NV_INT (BoOptions, batch, 1, 256, "cells asked for in a round", .unit = "cells"),
  NV_CHOICE (BoOptions, target, targets, "fit the logit of a score's rank, or the score itself"),
  NV_REAL (BoOptions, incumbent, -1e9, 1e9,
           "score that ei compares with; 0: the best so far; needs target = score"),
  NV_CHOICE (BoOptions, sigma, sigmas, "what ei and ucb take as sigma"),
  NV_REAL (BoOptions, kappa, 0, 100, "width of the confidence bound of ucb", .unit = "sigma"),
  NV_INT (BoOptions, layers, 0, 4, "dngo: hidden layers; 0: the features are tanh (embedding)"),
  NV_INT (BoOptions, hidden, 1, 1024, "dngo: width of a hidden layer"),
  NV_INT (BoOptions, epochs, 1, 10000, "dngo: epochs of training in a round"),
  NV_INT (BoOptions, minibatch, 1, 1024, "dngo: cells in a step of training"),
  NV_REAL (BoOptions, lr, 1e-6, 1, "dngo: learning rate of Adam"),
  NV_CHOICE (BoOptions, kernel, kernels, "gp: kernel"),
  NV_BOOL (BoOptions, ard, "gp: one lengthscale per dimension"),
  NV_END
};

static gboolean
uses_network (NvSearcher *s)
{
  const BoOptions *opt = s->options;
  return opt->surrogate == BO_DNGO || nv_searcher_joint (s);
}

static gboolean
bo_open (NvSearcher *s, GError **error)
{
  const BoOptions *opt = s->options;
  State *st = s->state;
  if (opt->incumbent != 0.0 && opt->target != BO_SCORE) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "searcher bo: incumbent = %g is a score; it needs target = \"score\"",
                 opt->incumbent);
    return FALSE;
  }
  bo_seen_init (&st->seen, s->dim);
  bo_scale_init (&st->scale, s->dim);
  if (uses_network (s))
    bo_dngo_init (&st->dngo, opt, s->dim, s->rng);
  if (opt->surrogate == BO_GP)
    bo_gp_init (&st->gp, opt, s->dim);
  bo_top_init (&st->queue, (gsize) opt->batch);
  st->x = g_new (nv_real, BO_BLOCK * s->dim);
  st->mean = g_new (nv_real, BO_BLOCK);
  st->variance = g_new (nv_real, BO_BLOCK);
  if (opt->acquisition == BO_THOMPSON) {
    bo_top_init (&st->candidates, THOMPSON);
    st->covariance = g_new (nv_real, THOMPSON * THOMPSON);
    st->factor = g_new (double, THOMPSON * THOMPSON);
    st->normal = g_new (double, THOMPSON);
  }
  return TRUE;
}

static void
bo_close (NvSearcher *s)
{
  State *st = s->state;
  bo_seen_clear (&st->seen);
  bo_scale_clear (&st->scale);
  bo_dngo_clear (&st->dngo);
  bo_gp_clear (&st->gp);
  bo_top_clear (&st->queue);
  bo_top_clear (&st->candidates);
  g_free (st->x);
  g_free (st->mean);
  g_free (st->variance);
  g_free (st->covariance);
  g_free (st->factor);
  g_free (st->normal);
}

/* Returns the variance of the noise. */
static double
fit (NvSearcher *s)
{
  const BoOptions *opt = s->options;
  State *st = s->state;
  if (opt->surrogate == BO_GP) {
    bo_gp_fit (&st->gp, &st->seen, st->scale.varying);
    return exp (st->gp.theta[st->gp.L + 1]);
  }
  bo_dngo_fit (&st->dngo, &st->seen);
  return 1.0 / st->dngo.beta;
}

/* mean, variance and covariance[B x B] (may be NULL) of the pool cells index[B]. */
static void
predict (NvSearcher *s, const nv_real *embedding, const guint32 *index, gsize B,
         nv_real *covariance)
{
  const BoOptions *opt = s->options;
  State *st = s->state;
  for (gsize b = 0; b < B; b++)
    bo_scale_apply (&st->scale, st->x + b * s->dim, embedding + index[b] * s->dim, 1);
  if (opt->surrogate == BO_GP)
    bo_gp_predict (&st->gp, st->mean, st->variance, covariance, st->x, B);
  else
    bo_dngo_predict (&st->dngo, st->mean, st->variance, covariance, st->x, B);
}

/* The mean of the pool cells index[B], and the variance of those alone that could enter `top`
 * with the largest variance that they can have: the others would be turned away in any case.
 * Moves these to the front and returns how many they are. */
static gsize
predict_hopeful (NvSearcher *s, const BoTop *top, const nv_real *embedding, guint32 *index,
                 gsize B, double noise, double best)
{
  const gboolean gp = ((const BoOptions *) s->options)->surrogate == BO_GP;
  State *st = s->state;
  guint32 keep[BO_BLOCK];
  gsize n = 0;
  for (gsize b = 0; b < B; b++)
    bo_scale_apply (&st->scale, st->x + b * s->dim, embedding + index[b] * s->dim, 1);
  if (gp)
    bo_gp_mean (&st->gp, st->mean, st->variance, st->x, B);
  else
    bo_dngo_mean (&st->dngo, st->mean, st->variance, st->x, B);
  for (gsize b = 0; b < B; b++) {
    double most = bo_acquire (s->options, st->mean[b], st->variance[b] + noise, best);
    if (top->n == top->room && most <= top->value[top->n - 1])
      continue;
    keep[n] = (guint32) b;
    index[n] = index[b];
    st->mean[n++] = st->mean[b];
  }
  if (gp)
    bo_gp_variance (&st->gp, st->variance, keep, n);
  else
    bo_dngo_variance (&st->dngo, st->variance, keep, n);
  return n;
}

/* Offers every unseen cell of the pool. */
static void
score_pool (NvSearcher *s, BoTop *top, const nv_real *embedding, double noise, double best)
{
  const BoOptions *opt = s->options;
  State *st = s->state;
  guint32 index[BO_BLOCK];
  gsize B = 0;
  for (gsize i = 0; i < s->pool; i++) {
    if (!nv_searcher_seen (s, i))
      index[B++] = (guint32) i;
    if (B == 0 || (B < BO_BLOCK && i + 1 < s->pool))
      continue;
    B = predict_hopeful (s, top, embedding, index, B, noise, best);
    for (gsize b = 0; b < B; b++)
      bo_top_offer (top, index[b],
                    bo_acquire (opt, st->mean[b], st->variance[b] + noise, best));
    B = 0;
  }
}

/* Fits, and fills the queue. */
static void
make_queue (NvSearcher *s)
{
  const BoOptions *opt = s->options;
  State *st = s->state;
  const gboolean joint = nv_searcher_joint (s), gp = opt->surrogate == BO_GP;
  double best = bo_seen_targets (&st->seen, (BoTarget) opt->target, opt->incumbent);
  if (joint)
    bo_scale_reset (&st->scale);
  else if (!st->scaled)
    bo_scale_fit (&st->scale, s, gp);
  st->scaled = TRUE;
  if (uses_network (s))
    bo_dngo_train (&st->dngo, opt, s, &st->seen, &st->scale);
  const nv_real *embedding = nv_searcher_embedding (s);
  if (joint && gp)
    bo_scale_fit (&st->scale, s, gp);
  bo_seen_points (&st->seen, embedding, &st->scale);
  double noise = fit (s);

  st->asked = st->queue.n = st->candidates.n = 0;
  const gboolean draw = opt->acquisition == BO_THOMPSON;
  score_pool (s, draw ? &st->candidates : &st->queue, embedding, noise, best);
  if (!draw || st->candidates.n == 0)
    return;
  const gsize M = st->candidates.n;
  predict (s, embedding, st->candidates.index, M, st->covariance);
  bo_factorise (st->factor, st->covariance, M);
  for (int i = 0; i < opt->batch && (gsize) i < M; i++) {
    gsize cell = bo_draw_best (st->mean, st->factor, st->normal, M, s->rng);
    bo_top_offer (&st->queue, st->candidates.index[cell], -i);
    st->mean[cell] = -INFINITY;
  }
}

static gboolean
bo_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const BoOptions *opt = s->options;
  State *st = s->state;
  if (st->seen.n < (gsize) opt->initial || st->seen.scored == 0)
    return nv_searcher_draw (s, next, error);
  if (st->asked == st->queue.n)
    make_queue (s);
  if (st->queue.n == 0)
    return nv_searcher_draw (s, next, error); /* nothing is unseen: the core says so */
  nv_searcher_cell (s, st->queue.index[st->asked++], next);
  return TRUE;
}

static void
bo_tell (NvSearcher *s, const NvCell *cell, double score)
{
  State *st = s->state;
  gsize i;
  if (nv_searcher_find (s, cell, &i))
    bo_seen_add (&st->seen, (guint32) i, score);
}

/* A failure, worth less than all that was scored; or no cell of the pool, which is not found. */
static void
bo_reject (NvSearcher *s, const NvCell *cell)
{
  bo_tell (s, cell, -INFINITY);
}

static const NvSearcherClass bo = {
  NV_SEARCHER ("bo", "1.2", "Bayesian optimisation: Gaussian process or DNGO"),
  NV_STATE (State),
  NV_OPTIONS (BoOptions, params, .surrogate = BO_GP, .acquisition = BO_EI, .initial = 16,
              .batch = 1, .target = BO_RANK, .sigma = BO_SD, .kappa = 2.0, .layers = 1,
              .hidden = 128, .epochs = 100, .minibatch = 10, .lr = 1e-2, .kernel = BO_MATERN,
              .ard = TRUE),
  .open = bo_open, .close = bo_close, .ask = bo_ask, .tell = bo_tell,
  .reject = bo_reject,
};
NV_PLUGIN (bo)
