/* Neural-network kernels, each with its backward.
 *
 * Arrays are row-major and contiguous; argument order is outputs, inputs, weights, saved values,
 * sizes, scalars. Outputs are overwritten unless marked [ACC] (accumulated into). Kernels allocate
 * nothing and cannot fail. Sums run in a fixed order, so results do not depend on threads. */
#ifndef NASVEC_NN_H
#define NASVEC_NN_H

#include <nasvec/base.h>
#include <nasvec/rng.h>

G_BEGIN_DECLS

/* --- a team of threads for the work inside one batch ------------------------------------ */

typedef struct _NvTeam NvTeam;
/* `threads` >= 1, the caller's own among them. */
NV_API NvTeam *nv_team_new (guint threads);
NV_API void nv_team_free (NvTeam *team);
/* Runs task (data, i) for i = 0 .. tasks - 1, in any order, and returns when all are done.
 * NULL team: one after the other, here. */
NV_API void nv_team_run (NvTeam *team, gsize tasks, void (*task) (void *data, gsize i),
                         void *data);
/* Its threads; 1 for NULL. */
NV_API guint nv_team_threads (const NvTeam *team);

/* --- weights and their optimiser -------------------------------------------------------- */

/* All weights of a network in one block, with gradients and Adam's moments beside them. */
typedef struct {
  nv_real *value, *grad, *m, *v; /* [count] each; one allocation, owned */
  gsize count;
  guint64 t;                     /* steps made */
} NvWeights;

NV_API void nv_weights_init (NvWeights *w, gsize count); /* all zero */
NV_API void nv_weights_clear (NvWeights *w);             /* frees; safe on a zeroed struct */
NV_API void nv_weights_zero_grad (NvWeights *w);
/* One step of training, on a team: the gradient is scaled so that its L2 norm is at most max_norm
 * (0: it is not), `decay` times the weights is added to it, Adam (Kingma & Ba 2015) with bias
 * correction at its usual settings (.9, .999, 1e-8) moves the weights, and the gradient is
 * cleared. Returns the norm before. */
NV_API double nv_weights_step (NvWeights *w, NvTeam *team, double lr, double decay,
                               double max_norm);
/* value[O x I] (and bias[O], may be NULL) uniform on +-1/sqrt(I), PyTorch's default. */
NV_API void nv_init_linear (nv_real *value, nv_real *bias, NvRng *rng, size_t I, size_t O);

/* --- linear ----------------------------------------------------------------------------- */

/* y[B x O] = x[B x I] w[O x I]^T + b[O]; b may be NULL */
NV_API void nv_linear (nv_real *restrict y, const nv_real *x, const nv_real *w,
                       const nv_real *b, size_t B, size_t I, size_t O);
/* dx[B x I] (may be NULL), dw[O x I] [ACC], db[O] [ACC] (may be NULL), from dy[B x O] */
NV_API void nv_linear_backward (nv_real *restrict dx, nv_real *restrict dw,
                                nv_real *restrict db, const nv_real *dy, const nv_real *x,
                                const nv_real *w, size_t B, size_t I, size_t O);

/* --- elementwise: y and x may be the same array ------------------------------------------ */

NV_API void nv_relu (nv_real *y, const nv_real *x, size_t n);
NV_API void nv_tanh (nv_real *y, const nv_real *x, size_t n);
NV_API void nv_sigmoid (nv_real *y, const nv_real *x, size_t n);
NV_API void nv_exp (nv_real *y, const nv_real *x, size_t n);
/* Derivatives from the *output* y; dx and dy may be the same array. */
NV_API void nv_relu_backward (nv_real *dx, const nv_real *dy, const nv_real *y, size_t n);
NV_API void nv_tanh_backward (nv_real *dx, const nv_real *dy, const nv_real *y, size_t n);
NV_API void nv_sigmoid_backward (nv_real *dx, const nv_real *dy, const nv_real *y, size_t n);
/* mask[n] becomes 0 or 1 / (1 - p); y = x * mask. Backward: multiply by mask. 0 <= p < 1. */
NV_API void nv_dropout (nv_real *y, nv_real *mask, const nv_real *x, size_t n, double p,
                        NvRng *rng);

/* --- batch norm over rows ---------------------------------------------------------------- */

/* Training: y[R x C] = (x - mean) * rstd * gamma + beta with the mean and biased variance of the
 * R rows, saved in mean[C], rstd[C]; the running ones move by `momentum` towards them (the
 * variance towards the unbiased one). R = 1 keeps the running statistics and uses them. */
NV_API void nv_batchnorm (nv_real *restrict y, nv_real *restrict mean, nv_real *restrict rstd,
                          nv_real *restrict running_mean, nv_real *restrict running_var,
                          const nv_real *x, const nv_real *gamma, const nv_real *beta, size_t R,
                          size_t C, double momentum, double eps);
/* Evaluation: with the running statistics. */
NV_API void nv_batchnorm_eval (nv_real *y, const nv_real *x, const nv_real *gamma,
                               const nv_real *beta, const nv_real *running_mean,
                               const nv_real *running_var, size_t R, size_t C, double eps);
/* dx[R x C], dgamma[C] [ACC], dbeta[C] [ACC]; x, mean, rstd as saved in training. */
NV_API void nv_batchnorm_backward (nv_real *restrict dx, nv_real *restrict dgamma,
                                   nv_real *restrict dbeta, const nv_real *dy, const nv_real *x,
                                   const nv_real *gamma, const nv_real *mean,
                                   const nv_real *rstd, size_t R, size_t C);

/* --- LSTM cell (Hochreiter & Schmidhuber; gate order i, f, g, o as in PyTorch) ------------ */

/* h[B x H], c[B x H]; gates[B x 4H] keeps the activations for backward.
 * w_ih[4H x I], w_hh[4H x H], b_ih[4H], b_hh[4H]. c may be c_prev's successor, not the same. */
NV_API void nv_lstm (nv_real *restrict h, nv_real *restrict c, nv_real *restrict gates,
                     const nv_real *x, const nv_real *h_prev, const nv_real *c_prev,
                     const nv_real *w_ih, const nv_real *w_hh, const nv_real *b_ih,
                     const nv_real *b_hh, size_t B, size_t I, size_t H);
/* dx may be NULL; dh_prev, dc_prev overwritten; dw_*, db_* [ACC]; dgates[B x 4H] is a buffer. */
NV_API void nv_lstm_backward (nv_real *dx, nv_real *dh_prev, nv_real *dc_prev, nv_real *dw_ih,
                              nv_real *dw_hh, nv_real *db_ih, nv_real *db_hh, const nv_real *dh,
                              const nv_real *dc, const nv_real *x, const nv_real *h_prev,
                              const nv_real *c_prev, const nv_real *c, const nv_real *gates,
                              const nv_real *w_ih, const nv_real *w_hh, nv_real *dgates,
                              size_t B, size_t I, size_t H);

/* --- losses: each returns the loss and writes its gradient (may be NULL) ------------------ */

/* Mean squared error over n: mean (y - target)^2. */
NV_API double nv_mse (nv_real *dy, const nv_real *y, const nv_real *target, size_t n);
/* Mean binary cross-entropy of sigmoid (logit) against target in [0, 1]; gradient with respect
 * to the logit. Stable for any logit. */
NV_API double nv_bce (nv_real *dlogit, const nv_real *logit, const nv_real *target, size_t n);
/* Mean over the rows of the cross-entropy of softmax (logit[R x C]) against class[R]; a row of
 * class >= C has none, and adds nothing. */
NV_API double nv_softmax (nv_real *dlogit, const nv_real *logit, const guint8 *class, size_t R,
                          size_t C);
/* scale * sum of -1/2 (1 + 2 s - mu^2 - exp (2 s)); dmu[n], ds[n] [ACC] (both or none NULL). */
NV_API double nv_kl (nv_real *dmu, nv_real *ds, const nv_real *mu, const nv_real *s, size_t n,
                     double scale);

G_END_DECLS

#endif
