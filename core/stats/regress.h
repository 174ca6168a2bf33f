/* Regression on a few labels: out[m], the expected value at the points z[m x D], from y[n] at
 * x[n x D]; n, D >= 1. What is to be chosen (length scale, noise, penalty, number of neighbours)
 * is chosen from the n labels alone. x and z should be on one scale in all dimensions. */
#ifndef NV_REGRESS_H
#define NV_REGRESS_H

#include <nasvec/base.h>

typedef void (*NvRegress) (double *out, const double *z, gsize m, const double *x,
                           const double *y, gsize n, gsize D);

/* Gaussian process: squared exponential kernel, one length scale, noise. */
NV_INTERNAL void nv_i_regress_gp (double *out, const double *z, gsize m, const double *x,
                                  const double *y, gsize n, gsize D);
/* Linear with a penalty on the squares of the weights, none on the intercept. */
NV_INTERNAL void nv_i_regress_ridge (double *out, const double *z, gsize m, const double *x,
                                     const double *y, gsize n, gsize D);
/* Mean of the nearest labels in L2; of two as near, the one that comes first in x. */
NV_INTERNAL void nv_i_regress_knn (double *out, const double *z, gsize m, const double *x,
                                   const double *y, gsize n, gsize D);

/* The log marginal likelihood of centred y under a length scale, with signal and noise at their
 * best; for tests. *ratio (may be NULL): noise / signal there, as variances. */
NV_INTERNAL double nv_i_gp_evidence (const double *x, const double *y, gsize n, gsize D,
                                     double length, double *ratio);

#endif
