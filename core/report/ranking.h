/* Methods ranked over blocks: Friedman's test, pairwise Wilcoxon tests with Holm's
 * adjustment, and the groups that cannot be told apart. */
#ifndef NV_REPORT_RANKING_H
#define NV_REPORT_RANKING_H

#include <math.h>

#include "report/data.h"

#define NV_LEVEL 0.05 /* below it a difference is called one */

typedef struct {
  guint first, last; /* places in the order of ranks; everything between belongs to it */
} NvClique;

typedef struct {
  guint n;           /* methods with a final score on every task */
  guint *methods;    /* [n] by mean rank, the best first */
  double *ranks;     /* [n] mean rank of each */
  double *p;         /* [n x n] adjusted p-values, symmetric; 1 on the diagonal; NAN: not tested */
  double *lean;      /* [n x n] above 0: by that test i is better than j, [i * n + j] */
  guint *pairs;      /* [n x n] blocks that both have */
  gsize blocks;      /* that all have: the ranks are of these */
  gsize most_pairs;  /* the largest of pairs[] */
  gboolean by_task;  /* a block is a task (five or more); else a seed of a task */
  double friedman;   /* p-value that all methods are alike; NAN: fewer than two blocks */
  GArray *cliques;   /* NvClique of two or more */
} NvRanking;

/* NULL: no two methods have scores on every task, or no seed is common to all that have. */
NV_INTERNAL NvRanking *nv_i_ranking_new (const NvReport *report);
/* Over the seeds of one task. Each pair is tested over the seeds that both have, also where no seed
 * is common to all (then there are no ranks); NULL: fewer than two methods have scores. */
NV_INTERNAL NvRanking *nv_i_ranking_of_task (const NvReport *report, guint task);
NV_INTERNAL void nv_i_ranking_free (NvRanking *ranking);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvRanking, nv_i_ranking_free)

/* The least adjusted p-value that any pair of methods can have: that of a method which
 * wins every block, times the number of pairs. Where it is not below the level, a pair that is
 * not told apart says nothing. */
static inline double
nv_i_ranking_least_p (const NvRanking *k)
{
  return fmin (1, k->n * (k->n - 1) / 2 * exp2 (1 - (double) k->most_pairs));
}
/* The same from scores[blocks x n], higher is better; NAN: there is none. */
NV_INTERNAL NvRanking *nv_i_ranking_of_scores (const double *scores, gsize blocks,
                                               guint n);
/* P (X > x) of the chi-squared distribution with k degrees of freedom. */
NV_INTERNAL double nv_i_chi_squared_above (double x, double k);

#endif
