/* Embeddings in two dimensions by t-SNE, with Barnes and Hut's tree. */
#ifndef NV_REPORT_PROJECT_H
#define NV_REPORT_PROJECT_H

#include <nasvec/base.h>

/* xy[n x 2] is overwritten. `perplexity` is cut to (n - 1) / 3. The same bytes every
 * time. */
NV_INTERNAL void nv_i_tsne (double *xy, const double *x, gsize n, gsize D,
                            double perplexity, guint iterations);

/* Its repulsive part, for tests: force[n x 2] = sum over j of (1 + d^2)^-2 (y_i - y_j),
 * returns Z = sum over i, j of (1 + d^2)^-1. theta = 0 is exact. */
NV_INTERNAL double nv_i_tsne_repulsion (double *force, const double *xy, gsize n,
                                        double theta);

#endif
