/* The parts of `bo`: what was seen, two surrogates, and what makes a cell worth asking
 * for.
 *
 * Sizes: P pool, D embedding, n cells seen, B rows of a block, H width of a layer, F
 * features. */
#ifndef BO_H
#define BO_H

#include <nasvec/searcher.h>

#define BO_BLOCK 512 /* rows that are predicted at a time */

typedef enum { BO_DNGO, BO_GP } BoSurrogateKind;
typedef enum { BO_EI, BO_UCB, BO_THOMPSON } BoAcquisition;
typedef enum { BO_RANK, BO_SCORE } BoTarget;
typedef enum { BO_SD, BO_VARIANCE } BoSigma;
typedef enum { BO_MATERN, BO_RBF } BoKernel;

typedef struct {
  int surrogate, acquisition, initial, batch, target, sigma;
  double incumbent, kappa;
  int layers, hidden, epochs, minibatch;
  double lr;
  int kernel;
  gboolean ard;
} BoOptions;

/* --- seen.c: the data that a surrogate fits ----------------------------------------- */

/* x' = (x - mean) * inverse, in each of D dimensions. */
typedef struct {
  gsize D, varying;        /* varying: dimensions that are not constant */
  nv_real *mean, *inverse; /* [D] */
} BoScale;
void bo_scale_init (BoScale *scale, gsize D); /* x' = x */
void bo_scale_clear (BoScale *scale);
void bo_scale_reset (BoScale *scale); /* x' = x again */
/* To mean 0 and variance 1 over the pool's embedding: each dimension by itself or, `alike`, all by
 * one factor, so that the mean of their variances is 1. A constant dimension becomes 0. */
void bo_scale_fit (BoScale *scale, NvSearcher *s, gboolean alike);
/* y[B x D] from x[B x D]; may be the same array. */
void bo_scale_apply (const BoScale *scale, nv_real *y, const nv_real *x, gsize B);
/* out[B] = sum of squares of each row of x[B x n] */
void bo_row_squares (nv_real *restrict out, const nv_real *x, gsize B, gsize n);

typedef struct {
  gsize n, room, D;
  gsize scored;   /* of the n cells; the evaluation of the others failed */
  guint32 *index; /* [n] pool cells */
  double *score;  /* [n] as told; -INFINITY: failed */
  double *y;      /* [n] what is fitted: mean 0, variance 1 */
  nv_real *x;     /* [n x D] scaled embeddings */
  guint32 *order; /* [n] workspace */
} BoSeen;
void bo_seen_init (BoSeen *seen, gsize D);
void bo_seen_clear (BoSeen *seen);
void bo_seen_add (BoSeen *seen, guint32 index, double score);
/* Makes y from the scores. Returns what is to be beaten, in units of y: the best, or the
 * score `incumbent` where that is not 0. At least one cell is scored. */
double bo_seen_targets (BoSeen *seen, BoTarget target, double incumbent);
/* Makes x from embedding[P x D]. */
void bo_seen_points (BoSeen *seen, const nv_real *embedding, const BoScale *scale);

/* --- net.c: the network of DNGO ----------------------------------------------------- */

/* x[B x D] -> `layers` times (linear, tanh) -> features[B x F] -> linear -> 1; without
 * layers the features are tanh (x). */
typedef struct {
  gsize D, F, layers, room; /* room: rows of a batch, at most */
  NvWeights w;
  nv_real *act;             /* [max (layers, 1) x room x F] */
  nv_real *out, *dout;      /* [room] */
  nv_real *back[2];         /* [room x max (D, F)] */
} BoNet;
void bo_net_init (BoNet *net, gsize D, gsize hidden, gsize layers, gsize room);
void bo_net_clear (BoNet *net);
void bo_net_draw (BoNet *net, NvRng *rng);
/* Where the next function leaves the features. */
nv_real *bo_net_last (const BoNet *net);
/* features[B x F], overwritten by the next call. */
const nv_real *bo_net_features (BoNet *net, const nv_real *x, gsize B);
/* Mean squared error against y[B]; adds to the weights' gradients and, unless it is NULL,
 * writes dx[B x D]. */
double bo_net_loss (BoNet *net, nv_real *dx, const nv_real *x, const nv_real *y, gsize B);

/* --- dngo.c: Bayesian linear regression on the network's features ------------------- */

typedef struct {
  BoNet net;
  NvRng *rng;
  gsize room;             /* cells seen, at most, that the arrays of length n hold */
  guint32 *order, *batch; /* [n], [minibatch] */
  nv_real *x, *dx, *y;    /* [minibatch x D] twice, [minibatch] */
  double alpha, beta;     /* weights ~ N (0, 1 / alpha), y ~ N (f, 1 / beta) */
  double *phi, *gram;     /* [n x F] centred features, [n x n] */
  double *eigen, *z;      /* [n] eigenvalues of gram, [n] y in their basis */
  double *c, *inverse;    /* [F x F] Cholesky factor, and its inverse */
  double *w, *centre;     /* [F] mean of the weights, [F] mean of the features */
  nv_real *root, *shift;  /* [F x F], [F]: root phi + shift has the variance as its square */
  nv_real *weight, offset; /* [F]: weight . phi + offset is the mean */
  nv_real *middle, wide;   /* [F] centre; 1 / alpha, rounded up */
  nv_real *spread;        /* [BO_BLOCK x F] */
} BoDngo;
void bo_dngo_init (BoDngo *m, const BoOptions *opt, gsize D, NvRng *rng);
void bo_dngo_clear (BoDngo *m);
/* New weights, trained on the cells seen, and with them the encoder if it is joint. */
void bo_dngo_train (BoDngo *m, const BoOptions *opt, NvSearcher *s, const BoSeen *seen,
                    const BoScale *scale);
/* The regression; reads seen->x, seen->y. */
void bo_dngo_fit (BoDngo *m, const BoSeen *seen);
/* mean[B] of the function at x[B x D], B <= BO_BLOCK, and bound[B], which its variance does not
 * exceed: what it would be if nothing had been seen. The features are kept for: */
void bo_dngo_mean (BoDngo *m, nv_real *mean, nv_real *bound, const nv_real *x, gsize B);
/* variance[n], without noise, of the rows keep[n] of x, in ascending order. Once, since the
 * features of the other rows are lost. */
void bo_dngo_variance (BoDngo *m, nv_real *variance, const guint32 *keep, gsize n);
/* mean[B] and variance[B] of the function, without noise, at x[B x D], B <= BO_BLOCK; the
 * covariance[B x B] too unless it is NULL. */
void bo_dngo_predict (BoDngo *m, nv_real *mean, nv_real *variance, nv_real *covariance,
                      const nv_real *x, gsize B);

/* --- gp.c: Gaussian process --------------------------------------------------------- */

typedef struct {
  gsize n, D, L, room; /* L: lengthscales, 1 or D; room: cells seen, at most */
  BoKernel kernel;
  double centre;       /* of the prior of a log lengthscale */
  double *theta, *best, *gradient, *last, *step; /* [L + 2] log lengthscales, signal, noise */
  double *scaled, *squares, *product; /* [n x D] x over the lengthscales, [n], [n x D] */
  double *q, *k, *slope, *chol, *inverse, *alpha; /* [n x n] five times, [n] */
  nv_real *scale, *x, *norm; /* [D] 1 / lengthscale, [n x D] scaled by it, [n] */
  nv_real *root, *weight;    /* [n x n] inverse Cholesky factor, [n] alpha */
  nv_real *point, *point_norm, *work; /* [BO_BLOCK x D], [BO_BLOCK], [BO_BLOCK x BO_BLOCK] */
  nv_real *cross, *solved;   /* [BO_BLOCK x n] twice */
} BoGp;
void bo_gp_init (BoGp *m, const BoOptions *opt, gsize D);
void bo_gp_clear (BoGp *m);
/* `varying`: dimensions that are not constant over the pool. */
void bo_gp_fit (BoGp *m, const BoSeen *seen, gsize varying);
/* As bo_dngo_mean() and bo_dngo_variance(); the bound is the variance if that one cell alone had
 * been seen which is nearest. */
void bo_gp_mean (BoGp *m, nv_real *mean, nv_real *bound, const nv_real *x, gsize B);
void bo_gp_variance (BoGp *m, nv_real *variance, const guint32 *keep, gsize n);
void bo_gp_predict (BoGp *m, nv_real *mean, nv_real *variance, nv_real *covariance,
                    const nv_real *x, gsize B);

/* --- acquisition.c ------------------------------------------------------------------ */

/* log of the expected improvement of N (mean, sigma^2) over `best`; finite for any
 * distance. */
double bo_log_ei (double mean, double sigma, double best);
/* What a cell is ranked by: that, or an upper bound (of Thompson sampling: who takes
 * part). */
double bo_acquire (const BoOptions *opt, double mean, double variance, double best);

/* The `room` highest values offered, best first; among equals the one offered first. */
typedef struct {
  gsize n, room;
  guint32 *index; /* [room] */
  double *value;  /* [room] */
} BoTop;
void bo_top_init (BoTop *top, gsize room);
void bo_top_clear (BoTop *top);
void bo_top_offer (BoTop *top, guint32 index, double value);

/* factor[M x M]: Cholesky factor of covariance[M x M], with as little added to the
 * diagonal as makes it positive definite. */
void bo_factorise (double *factor, const nv_real *covariance, gsize M);
/* Where a draw of N (mean[M], factor factor^T) is largest; normal[M] is a buffer. */
gsize bo_draw_best (const nv_real *mean, const double *factor, double *normal, gsize M,
                    NvRng *rng);

#endif
