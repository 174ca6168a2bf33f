/* The policy of `rl`: an LSTM cell and a linear map, from the embedding of the last cell
 * to the mean of a normal distribution over points of the embedding. */
#ifndef RL_POLICY_H
#define RL_POLICY_H

#include <nasvec/searcher.h>

typedef struct {
  gsize D, H, T;       /* embedding, width of the LSTM, steps of an episode at most */
  gboolean relative;   /* the mean is the state plus the output, not the output alone */
  NvWeights w;
  gsize t;             /* steps of this episode so far */
  nv_real *h, *c;      /* [(T + 1) x H]; row t is what step t reads */
  nv_real *gates;      /* [T x 4H] */
  nv_real *mean;       /* [T x D] */
  nv_real *dmean;      /* [T x D] */
  nv_real *dh, *dc, *next_dh, *next_dc; /* [H] */
  nv_real *dgates;     /* [4H] */
} RlPolicy;

void rl_policy_init (RlPolicy *p, gsize D, gsize H, gsize T, gboolean relative);
void rl_policy_clear (RlPolicy *p);
void rl_policy_draw (RlPolicy *p, NvRng *rng);
/* Forgets the episode, not the weights. */
void rl_policy_begin (RlPolicy *p);
/* One step of the episode at state x[D]; returns mean[D], valid until the episode ends. */
const nv_real *rl_policy_act (RlPolicy *p, const nv_real *x);
/* -1/T sum_t advantage[t] log N (action[t]; mean[t], diag (sd^2)) of an episode of T
 * steps, up to a constant, played again from states x[T x D]; adds to the weights'
 * gradients and, unless it is NULL, writes dx[T x D]. action[T x D], sd[D]; a dimension
 * of sd 0 does not count. */
double rl_policy_loss (RlPolicy *p, nv_real *dx, const nv_real *x, const nv_real *action,
                       const double *advantage, const nv_real *sd, gsize T);

#endif
