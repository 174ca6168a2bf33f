/* An ensemble of small networks that predict a score from an embedding, and the
 * derivative of the prediction with respect to the embedding. */
#ifndef GRADIENT_PREDICTOR_H
#define GRADIENT_PREDICTOR_H

#include <nasvec/searcher.h>

/* M members, each x[B x D] -> tanh (H) -> tanh (H) -> 1, from its own initial weights. */
typedef struct {
  gsize D, H, M, room; /* room: rows of a batch, at most */
  NvWeights *w;        /* [M] */
  nv_real *h1, *h2;    /* [room x H] */
  nv_real *d1, *d2;    /* [room x H] */
  nv_real *dx;         /* [room x D] of one member */
  nv_real *out, *dout; /* [room] */
} GradientPredictor;

void gradient_predictor_init (GradientPredictor *p, gsize D, gsize H, gsize M, gsize room);
void gradient_predictor_clear (GradientPredictor *p);
void gradient_predictor_draw (GradientPredictor *p, NvRng *rng);
/* The members' mean squared errors against y[B], averaged; adds to the weights'
 * gradients and, unless it is NULL, writes dx[B x D]. */
double gradient_predictor_loss (GradientPredictor *p, nv_real *dx, const nv_real *x,
                                const nv_real *y, gsize B);
void gradient_predictor_step (GradientPredictor *p, double lr, double decay);
/* mean[B] of the members' predictions at x[B x D] and, unless it is NULL, its derivative
 * dx[B x D]. */
void gradient_predictor_mean (GradientPredictor *p, nv_real *mean, nv_real *dx,
                              const nv_real *x, gsize B);

#endif
