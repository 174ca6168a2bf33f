/* Statistics in double: summaries, rank correlations, bootstrap, paired tests. What is not defined
 * (the mean of nothing, the spread of one value, the correlation with a constant) is NAN. */
#ifndef NV_STATS_H
#define NV_STATS_H

#include <nasvec/base.h>
#include <nasvec/rng.h>

NV_INTERNAL double nv_i_mean (const double *x, gsize n);
NV_INTERNAL double nv_i_sd (const double *x, gsize n);                   /* n - 1 */
NV_INTERNAL double nv_i_quantile (const double *x, gsize n, double q);   /* type 7; NaN-free */
NV_INTERNAL double nv_i_pearson (const double *x, const double *y, gsize n);
NV_INTERNAL double nv_i_spearman (const double *x, const double *y, gsize n);  /* mid-ranks */
NV_INTERNAL double nv_i_kendall (const double *x, const double *y, gsize n);   /* tau-b, n log n */
NV_INTERNAL void nv_i_ranks (double *rank, const double *x, gsize n);          /* mid-ranks */
/* How many of the k highest of score[n] are among the k highest of truth[n], as a share of k;
 * the mean over the ways to break ties. 1 <= k <= n. */
NV_INTERNAL double nv_i_top_precision (const double *score, const double *truth, gsize n,
                                       gsize k);
/* For qsort: ascending. */
NV_INTERNAL int nv_i_compare_double (gconstpointer a, gconstpointer b);
/* Percentile bootstrap interval of the mean, B resamples, from the stream given. */
NV_INTERNAL void nv_i_bootstrap_mean (const double *x, gsize n, guint B, double level,
                                      NvRng *rng, double *low, double *high);
/* The 95 % interval that tables have: of 10,000 resamples, always the same for the same x. NAN
 * where n < 2. */
NV_INTERNAL void nv_i_mean_interval (const double *x, gsize n, double *low, double *high);
/* The same as the bootstrap of the mean, of Spearman's correlation of x[n] and y[n], where
 * observation i belongs to group[i] < groups and whole groups are drawn. NAN where it is never
 * defined. */
NV_INTERNAL void nv_i_bootstrap_spearman (const double *x, const double *y, const guint32 *group,
                                          gsize n, guint32 groups, guint B, double level,
                                          NvRng *rng, double *low, double *high);
/* Two-sided Wilcoxon signed-rank test of paired differences x - y. Zero differences are dropped;
 * with none left the p-value is 1. Up to 50 others: exact, given the ranks, those of ties too; else
 * normal with tie and continuity correction. What differs by rounding alone is equal. *lean (may be
 * NULL): above 0 where the ranks speak for x, below 0 for y. */
NV_INTERNAL double nv_i_wilcoxon (const double *x, const double *y, gsize n, double *lean);
/* Holm's step-down adjustment, in place. */
NV_INTERNAL void nv_i_holm (double *p, gsize n);
/* Vargha-Delaney A12: P (x > y) + P (x = y) / 2. */
NV_INTERNAL double nv_i_a12 (const double *x, gsize nx, const double *y, gsize ny);
/* Expected value of `value` at the best `key` of a uniform draw without replacement of k of n:
 * exact, by order statistics; ties in `key` are broken evenly. What random search must show. */
NV_INTERNAL double nv_i_expected_best (const double *key, const double *value, gsize n, gsize k);
/* xy[n x 2]: the first two principal components of x[n x D]; signs are chosen so that the
 * largest weight of a component is positive. axes[D x 2] (may be NULL): the weights. Zeros where
 * D or n is too small. */
NV_INTERNAL void nv_i_pca (double *xy, double *axes, const double *x, gsize n, gsize D);

#endif
