/* Demsar, Statistical comparisons of classifiers over multiple data sets, JMLR 2006, with
 * Wilcoxon tests in the place of Nemenyi's, whose verdict on a pair depends on the others
 * (Benavoli, Corani and Mangili, JMLR 2016). */
#include "report/ranking.h"

#include <math.h>

#include "stats/stats.h"

#define ENOUGH_TASKS 5

/* Upper regularised incomplete gamma function, by its series below a + 1 and by Lentz's
 * continued fraction above. */
static double
gamma_above (double a, double x)
{
  double scale = exp (a * log (x) - x - lgamma (a));
  if (x < a + 1) {
    double term = 1 / a, sum = term;
    for (int i = 1; i < 1000 && term > sum * 1e-16; i++)
      sum += term *= x / (a + i);
    return 1 - scale * sum;
  }
  double b = x + 1 - a, c = 1e300, d = 1 / b, h = d;
  for (int i = 1; i < 1000; i++) {
    double an = -i * (i - a);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= c * d;
    if (fabs (c * d - 1) < 1e-16)
      break;
  }
  return scale * h;
}

double
nv_i_chi_squared_above (double x, double k)
{
  return x > 0 ? gamma_above (k / 2, x / 2) : 1;
}

/* --- from scores to a ranking ------------------------------------------------------- */

/* Ranks of each block without a gap, summed up into sums[n]; returns the sum of all squared ranks.
 * *whole: how many such blocks there are. */
static double
sum_ranks (double *sums, gsize *whole, const double *scores, gsize blocks, guint n)
{
  g_autofree double *loss = g_new (double, n), *rank = g_new (double, n);
  double squares = 0;
  *whole = 0;
  for (gsize b = 0; b < blocks; b++) {
    gboolean gap = FALSE;
    for (guint i = 0; i < n; i++) {
      loss[i] = -scores[b * n + i];
      gap |= isnan (loss[i]);
    }
    if (gap)
      continue;
    *whole += 1;
    nv_i_ranks (rank, loss, n);
    for (guint i = 0; i < n; i++) {
      sums[i] += rank[i];
      squares += rank[i] * rank[i];
    }
  }
  return squares;
}

/* Friedman's statistic with the correction for ties. */
static double
friedman (const double *sums, double squares, gsize blocks, guint n)
{
  double middle = (double) blocks * (n + 1) / 2, between = 0;
  double within = squares - (double) blocks * n * (n + 1) * (n + 1) / 4;
  for (guint i = 0; i < n; i++)
    between += (sums[i] - middle) * (sums[i] - middle);
  if (blocks < 2)
    return NAN;
  return within > 0 ? nv_i_chi_squared_above ((n - 1) * between / within, n - 1) : 1;
}

static void
order_by_rank (NvRanking *k, const double *sums)
{
  for (guint i = 0; i < k->n; i++) {
    guint at = i;
    for (; at > 0 && sums[k->methods[at - 1]] > sums[i]; at--)
      k->methods[at] = k->methods[at - 1];
    k->methods[at] = i;
  }
  for (guint i = 0; i < k->n; i++)
    k->ranks[i] = sums[k->methods[i]] / (double) k->blocks;
}

/* Methods at places i and j over the blocks that both have: x, y [blocks]. */
static double
test_pair (NvRanking *k, guint i, guint j, const double *scores, gsize blocks, double *x, double *y)
{
  const gsize n = k->n, there = i * n + j, back = j * n + i;
  guint m = 0;
  for (gsize b = 0; b < blocks; b++) {
    x[m] = scores[b * n + k->methods[i]];
    y[m] = scores[b * n + k->methods[j]];
    m += !isnan (x[m]) && !isnan (y[m]);
  }
  double lean = 0, p = m > 0 ? nv_i_wilcoxon (x, y, m, &lean) : NAN;
  k->pairs[there] = k->pairs[back] = m;
  k->most_pairs = MAX (k->most_pairs, m);
  k->lean[there] = lean;
  k->lean[back] = -lean;
  return p;
}

static void
test_pairs (NvRanking *k, const double *scores, gsize blocks)
{
  const gsize n = k->n;
  gsize tested = 0;
  g_autofree double *p = g_new (double, n * (n - 1) / 2 + 1);
  g_autofree double *x = g_new (double, blocks + 1), *y = g_new (double, blocks + 1);
  for (guint i = 0; i < n; i++) {
    k->p[i * n + i] = 1;
    for (guint j = i + 1; j < n; j++) {
      k->p[i * n + j] = test_pair (k, i, j, scores, blocks, x, y);
      if (!isnan (k->p[i * n + j]))
        p[tested++] = k->p[i * n + j];
    }
  }
  nv_i_holm (p, tested);
  tested = 0;
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++) {
      if (!isnan (k->p[i * n + j]))
        k->p[i * n + j] = p[tested++];
      k->p[j * n + i] = k->p[i * n + j];
    }
}

/* Maximal intervals of ranks within which no pair differs. */
static void
find_cliques (NvRanking *k)
{
  guint reached = 0;
  for (guint i = 0; i < k->n; i++) {
    guint last = i;
    for (guint j = i + 1; j < k->n; j++) {
      gboolean alike = TRUE;
      for (guint m = i; m < j && alike; m++)
        alike = !(k->p[m * k->n + j] < NV_LEVEL);
      if (!alike)
        break;
      last = j;
    }
    if (last > i && last > reached) {
      NvClique clique = { i, last };
      g_array_append_val (k->cliques, clique);
      reached = last;
    }
  }
}

NvRanking *
nv_i_ranking_of_scores (const double *scores, gsize blocks, guint n)
{
  NvRanking *k = g_new0 (NvRanking, 1);
  g_autofree double *sums = g_new0 (double, n);
  k->n = n;
  k->methods = g_new0 (guint, n);
  k->ranks = g_new (double, n);
  k->p = g_new (double, (gsize) n * n);
  k->lean = g_new0 (double, (gsize) n * n);
  k->pairs = g_new0 (guint, (gsize) n * n);
  k->cliques = g_array_new (FALSE, FALSE, sizeof (NvClique));
  double squares = sum_ranks (sums, &k->blocks, scores, blocks, n);
  k->friedman = friedman (sums, squares, k->blocks, n);
  order_by_rank (k, sums);
  test_pairs (k, scores, blocks);
  find_cliques (k);
  return k;
}

void
nv_i_ranking_free (NvRanking *k)
{
  if (k == NULL)
    return;
  g_free (k->methods);
  g_free (k->ranks);
  g_free (k->p);
  g_free (k->lean);
  g_free (k->pairs);
  g_array_unref (k->cliques);
  g_free (k);
}

/* --- from a report to scores -------------------------------------------------------- */

/* The arm of a method on a task, with a final score; or -1. */
static int
arm_of (const NvReport *r, guint t, guint method)
{
  for (guint i = 0; i < r->tasks[t].n_arms; i++)
    if (r->arms[r->tasks[t].arms[i]].method == method
        && r->summary[r->tasks[t].arms[i]].known > 0)
      return (int) r->tasks[t].arms[i];
  return -1;
}

/* Methods that all tasks from .. to - 1 have: their number, and which. */
static guint
shared_methods (const NvReport *r, guint from, guint to, guint *which)
{
  guint n = 0;
  for (guint m = 0; m < r->n_methods; m++) {
    gboolean everywhere = TRUE;
    for (guint t = from; t < to && everywhere; t++)
      everywhere = arm_of (r, t, m) >= 0;
    if (everywhere)
      which[n++] = m;
  }
  return n;
}

static double
final_at_seed (const NvReport *r, guint arm, gint64 seed)
{
  const NvReportArm *a = &r->arms[arm];
  for (guint i = 0; i < a->n_runs; i++)
    if (a->runs[i].seed == seed && nv_i_run_counts (&a->runs[i]))
      return nv_i_run_final (&a->runs[i], nv_i_task_score (&r->tasks[a->task]));
  return NAN;
}

static int
compare_seeds (gconstpointer a, gconstpointer b)
{
  const gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;
  return (x > y) - (x < y);
}

/* All seeds that any of the methods' arms on task t has, in order, each once. */
static GArray *
seeds_of (const NvReport *r, guint t, const guint *methods, guint n)
{
  GArray *seeds = g_array_new (FALSE, FALSE, sizeof (gint64));
  for (guint i = 0; i < n; i++) {
    const NvReportArm *arm = &r->arms[arm_of (r, t, methods[i])];
    for (guint s = 0; s < arm->n_runs; s++)
      g_array_append_val (seeds, arm->runs[s].seed);
  }
  g_array_sort (seeds, compare_seeds);
  guint kept = 0;
  for (guint i = 0; i < seeds->len; i++) {
    const gint64 seed = g_array_index (seeds, gint64, i);
    if (kept == 0 || g_array_index (seeds, gint64, kept - 1) != seed)
      g_array_index (seeds, gint64, kept++) = seed;
  }
  g_array_set_size (seeds, kept);
  return seeds;
}

/* Appends n scores for every seed of task t; NAN where a method has none. `whole`: seeds at which
 * all n have one, alone. */
static void
append_blocks (GArray *scores, const NvReport *r, guint t, const guint *methods, guint n,
               gboolean whole)
{
  g_autofree double *block = g_new (double, n);
  g_autoptr (GArray) seeds = seeds_of (r, t, methods, n);
  for (guint s = 0; s < seeds->len; s++) {
    gboolean gap = FALSE;
    for (guint i = 0; i < n; i++) {
      block[i] = final_at_seed (r, (guint) arm_of (r, t, methods[i]),
                                g_array_index (seeds, gint64, s));
      gap |= isnan (block[i]);
    }
    if (!whole || !gap)
      g_array_append_vals (scores, block, n);
  }
}

/* Blocks from..: their mean becomes the one block that is kept. */
static void
average_blocks (GArray *scores, guint from, guint n)
{
  guint blocks = (scores->len - from) / n;
  double *x = &g_array_index (scores, double, from);
  for (guint b = 1; b < blocks; b++)
    for (guint i = 0; i < n; i++)
      x[i] += x[b * n + i];
  for (guint i = 0; i < n && blocks > 0; i++)
    x[i] /= blocks;
  g_array_set_size (scores, from + (blocks > 0 ? n : 0));
}

static NvRanking *
rank_tasks (const NvReport *r, guint first, guint end)
{
  g_autofree guint *methods = g_new (guint, r->n_methods + 1);
  g_autoptr (GArray) scores = g_array_new (FALSE, FALSE, sizeof (double));
  guint n = first < end ? shared_methods (r, first, end, methods) : 0;
  gboolean by_task = end - first >= ENOUGH_TASKS;
  if (n < 2)
    return NULL;
  for (guint t = first; t < end; t++) {
    guint from = scores->len;
    append_blocks (scores, r, t, methods, n, by_task);
    if (by_task)
      average_blocks (scores, from, n);
  }
  if (scores->len == 0)
    return NULL;
  NvRanking *k = nv_i_ranking_of_scores ((const double *) scores->data, scores->len / n,
                                         n);
  k->by_task = by_task;
  for (guint i = 0; i < n; i++)
    k->methods[i] = methods[k->methods[i]];
  return k;
}

NvRanking *
nv_i_ranking_new (const NvReport *r)
{
  g_autoptr (NvRanking) k = rank_tasks (r, 0, r->n_tasks);
  return k != NULL && k->blocks > 0 ? g_steal_pointer (&k) : NULL;
}

NvRanking *
nv_i_ranking_of_task (const NvReport *r, guint t)
{
  return rank_tasks (r, t, t + 1);
}
