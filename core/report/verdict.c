/* The verdict: sentences that say no more than the tests do. Differences are called so at
 * the 5 % level: against the baseline after Holm's adjustment over the arms, between any
 * two arms after Holm's adjustment over all pairs. */
#include <math.h>

#include "report/data.h"
#include "report/ranking.h"
#include "report/results.h"
#include "stats/stats.h"

typedef struct {
  const NvReport *r;
  guint t;
  const NvReportTask *task;
  const NvRanking *ranking;  /* of this task; NULL: none */
  GStrvBuilder *lines;
  int decimals;
} Verdict;

static void say (Verdict *v, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
say (Verdict *v, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *line = g_strdup_vprintf (format, args);
  va_end (args);
  g_strv_builder_add (v->lines, line);
}

static const char *
name_of (const Verdict *v, guint arm)
{
  return v->r->methods[v->r->arms[arm].method];
}

/* "94.26 %" */
static char *
score (const Verdict *v, double value)
{
  g_autofree char *number = nv_i_score_text (v->task, value, v->decimals);
  return g_strconcat (number, v->task->percent ? " %" : "", NULL);
}

/* "0.41 points" */
static char *
distance (const Verdict *v, double value)
{
  g_autofree char *number = nv_i_score_text (v->task, fabs (value), v->decimals);
  return g_strconcat (number, v->task->percent ? " points" : "", NULL);
}

/* "p < 0.001", "p = 0.412: no difference shown", "p = 0.012 by ranks, which speak for B", where the
 * means say otherwise, "not tested". `lean`: below 0 where the ranks speak for the arm that the
 * mean puts `behind`. */
static char *
p_clause (double p, double lean, const char *behind)
{
  g_autofree char *text = nv_i_p_text (p);
  if (isnan (p))
    return g_strdup ("not tested");
  if (p < NV_LEVEL && lean < 0)
    return g_strdup_printf ("p %s%s by ranks, which speak for %s", *text == '<' ? "" : "= ", text,
                            behind);
  return g_strdup_printf ("p %s%s%s", *text == '<' ? "" : "= ", text,
                          p < NV_LEVEL ? "" : ": no difference shown");
}

/* The arm with the highest mean, or -1. */
static int
best_arm (const Verdict *v)
{
  int best = -1;
  for (guint i = 0; i < v->task->n_arms; i++) {
    guint arm = v->task->arms[i];
    double mean = v->r->summary[arm].mean;
    if (!isnan (mean) && (best < 0 || mean > v->r->summary[best].mean))
      best = (int) arm;
  }
  return best;
}

/* The place of two arms in the ranking's tables of pairs; FALSE: at least one is not in it. */
static gboolean
find_pair (const Verdict *v, guint a, guint b, gsize *place)
{
  int i = -1, j = -1;
  for (guint k = 0; v->ranking != NULL && k < v->ranking->n; k++) {
    if (v->ranking->methods[k] == v->r->arms[a].method)
      i = (int) k;
    if (v->ranking->methods[k] == v->r->arms[b].method)
      j = (int) k;
  }
  if (i < 0 || j < 0)
    return FALSE;
  *place = (guint) i * v->ranking->n + (guint) j;
  return TRUE;
}

/* NAN: not tested. */
static double
pair_p (const Verdict *v, guint a, guint b)
{
  gsize place;
  return find_pair (v, a, b, &place) ? v->ranking->p[place] : NAN;
}

/* --- sentences ---------------------------------------------------------------------- */

/* "vgae + bo", "vgae + bo, like 2 other arms,": those with the same mean. */
static char *
leader (const Verdict *v, guint best)
{
  guint others = 0;
  for (guint i = 0; i < v->task->n_arms; i++)
    others += v->task->arms[i] != best
              && v->r->summary[v->task->arms[i]].mean == v->r->summary[best].mean;
  if (others == 0)
    return g_strdup (name_of (v, best));
  return g_strdup_printf ("%s, like %u other arm%s,", name_of (v, best), others,
                          others == 1 ? "" : "s");
}

static void
say_best (Verdict *v, guint best)
{
  const NvSummary *s = &v->r->summary[best];
  g_autofree char *who = leader (v, best);
  g_autofree char *mean = score (v, s->mean), *low = score (v, s->low),
                  *high = score (v, s->high);
  const char *what = v->task->tested ? "test" : "observed";
  if (isnan (s->low))
    say (v, "%s has the highest %s score, %s, of a single run.", who, what, mean);
  else
    say (v,
         "%s has the highest mean %s score, %s, with 95 %% interval %s to %s over %u "
         "runs.",
         who, what, mean, low, high, s->known);
}

/* "ahead of it in 92 % of pairs of runs", and where some are equal, in how many. */
static char *
pairs_clause (const NvSummary *s)
{
  if (!(s->equal > 0))
    return g_strdup_printf ("ahead of it in %.0f %% of pairs of runs", 100 * s->a12);
  return g_strdup_printf ("ahead of it in %.0f %% and level with it in %.0f %% of pairs of runs",
                          100 * (s->a12 - s->equal / 2), 100 * s->equal);
}

static void
say_against_baseline (Verdict *v, guint best)
{
  guint better = 0, worse = 0, alike = 0, base = (guint) v->task->baseline;
  for (guint i = 0; i < v->task->n_arms; i++) {
    const NvSummary *s = &v->r->summary[v->task->arms[i]];
    if (isnan (s->p))
      continue;
    if (!(s->p < NV_LEVEL))
      alike++;
    else if (s->lean > 0)
      better++;
    else
      worse++;
  }
  const NvSummary *s = &v->r->summary[best];
  if (best != base && !isnan (s->p) && s->difference != 0) {
    const double lean = s->difference > 0 ? s->lean : -s->lean;
    g_autofree char *by = distance (v, s->difference), *pairs = pairs_clause (s),
                    *test = p_clause (s->p, lean, name_of (v, s->difference > 0 ? base : best));
    say (v, "It is %s %s %s (%s), and %s.", by, s->difference > 0 ? "above" : "below",
         name_of (v, base), test, pairs);
  }
  if (better + worse + alike > 0)
    say (v,
         "Against %s, %u of %u arms are better, %u worse, and %u cannot be told apart.",
         name_of (v, base), better, better + worse + alike, worse, alike);
}

static void
say_rivals (Verdict *v, guint best)
{
  g_autoptr (GString) rivals = g_string_new (NULL);
  guint n = 0, tested = 0;
  for (guint i = 0; i < v->task->n_arms; i++) {
    guint arm = v->task->arms[i];
    double p = arm != best ? pair_p (v, best, arm) : NAN;
    if (isnan (p))
      continue;
    tested++;
    if (p < NV_LEVEL)
      continue;
    g_string_append_printf (rivals, "%s%s", n++ > 0 ? ", " : "", name_of (v, arm));
  }
  if (tested > 0 && nv_i_ranking_least_p (v->ranking) >= NV_LEVEL)
    say (v,
         "Whether %s differs from the others is open: with %" G_GSIZE_FORMAT
         " seed%s none of the %u pairs could be told apart, whatever the scores.",
         name_of (v, best), v->ranking->most_pairs, v->ranking->most_pairs == 1 ? "" : "s",
         v->ranking->n * (v->ranking->n - 1) / 2);
  else if (n > 1 && n == tested)
    say (v, "Among all pairs, %s cannot be told apart from any other arm.",
         name_of (v, best));
  else if (n > 0)
    say (v, "Among all pairs, %s cannot be told apart from: %s.", name_of (v, best),
         rivals->str);
  else if (tested > 0)
    say (v, "Among all pairs, %s differs from every other arm.", name_of (v, best));
}

/* Cells until the target for which half of the runs suffice; NAN: half of them never get there. */
static double
median_queries (const Verdict *v, guint arm, double target)
{
  const NvReportArm *a = &v->r->arms[arm];
  g_autofree double *x = g_new (double, a->n_runs + 1);
  guint n = 0;
  for (guint i = 0; i < a->n_runs; i++)
    if (nv_i_run_counts (&a->runs[i])) {
      guint queries = nv_i_run_queries (&a->runs[i], nv_i_task_score (v->task), target);
      x[n++] = queries == G_MAXUINT ? (double) INFINITY : queries;
    }
  qsort (x, n, sizeof *x, nv_i_compare_double);
  return n > 0 && isfinite (x[(n - 1) / 2]) ? x[(n - 1) / 2] : NAN;
}

static void
say_queries (Verdict *v, guint best)
{
  double target[NV_TARGETS];
  guint base = (guint) v->task->baseline;
  if (best == base || !nv_i_report_targets (target, v->r, v->t))
    return;
  double own = median_queries (v, best, target[0]),
         theirs = median_queries (v, base, target[0]);
  if (isnan (own) || isnan (theirs))
    return;
  g_autofree char *what = score (v, target[0]);
  say (v,
       "What half of the runs of %s end at, %s, half of those of %s reach after %.0f cell%s; of "
       "%s itself after %.0f.",
       name_of (v, base), what, name_of (v, best), own, own == 1 ? "" : "s", name_of (v, base),
       theirs);
}

/* For each searcher that several encoders share: the best encoder against the next. */
static void
say_encoders (Verdict *v)
{
  for (guint i = 0; i < v->task->n_arms; i++) {
    const NvReportArm *first = &v->r->arms[v->task->arms[i]];
    int best = -1, second = -1;
    gboolean seen = FALSE;
    for (guint j = 0; j < v->task->n_arms; j++) {
      guint arm = v->task->arms[j];
      const NvSummary *s = &v->r->summary[arm];
      if (!g_str_equal (v->r->arms[arm].searcher, first->searcher))
        continue;
      seen |= j < i;
      if (isnan (s->mean))
        continue;
      if (best < 0 || s->mean > v->r->summary[best].mean) {
        second = best;
        best = (int) arm;
      } else if (second < 0 || s->mean > v->r->summary[second].mean)
        second = (int) arm;
    }
    if (seen || second < 0
        || v->r->summary[best].mean == v->r->summary[second].mean)
      continue;
    const guint a = (guint) best, b = (guint) second;
    gsize place = 0;
    const gboolean known = find_pair (v, a, b, &place);
    double p = known ? v->ranking->p[place] : NAN, lean = known ? v->ranking->lean[place] : 0;
    double gap = v->r->summary[a].mean - v->r->summary[b].mean;
    g_autofree char *by = distance (v, gap), *test = p_clause (p, lean, name_of (v, b));
    g_autofree char *pairs = NULL;
    if (!isnan (p)
        && v->ranking->pairs[place] < MAX (v->r->summary[a].known, v->r->summary[b].known))
      pairs = g_strdup_printf (" over %u common seed%s", v->ranking->pairs[place],
                               v->ranking->pairs[place] == 1 ? "" : "s");
    say (v, "Of the arms that search by %s, %s is first, %s ahead of %s (%s%s).",
         first->searcher, name_of (v, a), by, name_of (v, b), test, pairs != NULL ? pairs : "");
  }
}

static gboolean
any_counted (const Verdict *v)
{
  for (guint i = 0; i < v->task->n_arms; i++)
    if (v->r->arms[v->task->arms[i]].n_counted > 0)
      return TRUE;
  return FALSE;
}

static void
say_missing (Verdict *v)
{
  guint unfinished = 0, failed = 0, blank = 0, stalled = 0;
  for (guint i = 0; i < v->task->n_arms; i++) {
    const NvReportArm *arm = &v->r->arms[v->task->arms[i]];
    unfinished += arm->n_unfinished;
    failed += arm->n_failed;
    stalled += arm->n_stalled;
    blank += arm->n_counted - v->r->summary[v->task->arms[i]].known;
  }
  if (blank > 0)
    say (v, "%u finished run%s no %s score and count%s in the costs alone.", blank,
         blank == 1 ? " has" : "s have", v->task->tested ? "test" : "observed",
         blank == 1 ? "s" : "");
  if (stalled > 0)
    say (v,
         "%u run%s stalled, 10,000 asks in a row without a new cell, before the budget was used, "
         "and count%s like the others.", stalled, stalled == 1 ? "" : "s",
         stalled == 1 ? "s" : "");
  if (unfinished > 0)
    say (v, "%u run%s not finished and not counted.", unfinished,
         unfinished == 1 ? " is" : "s are");
  if (failed > 0)
    say (v, "%u run%s crashed and %s not counted.", failed, failed == 1 ? "" : "s",
         failed == 1 ? "is" : "are");
}

char **
nv_i_report_verdict (const NvReport *r, guint t)
{
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_autoptr (NvRanking) ranking = nv_i_ranking_of_task (r, t);
  Verdict v = { r, t, &r->tasks[t], ranking, lines, nv_i_score_decimals (r, t) };
  int best = best_arm (&v);
  if (best >= 0) {
    say_best (&v, (guint) best);
    if (v.task->baseline >= 0 && v.task->n_arms > 1) {
      say_against_baseline (&v, (guint) best);
      say_rivals (&v, (guint) best);
      say_queries (&v, (guint) best);
      say_encoders (&v);
    }
  } else
    say (&v, any_counted (&v) ? "No finished run has a score." : "No run has finished yet.");
  say_missing (&v);
  return g_strv_builder_end (lines);
}
