#include "report/results.h"

#include <math.h>

/* With an exponent where the decimals would be as wide as a table. */
static char *
fixed_text (double value, int decimals, gboolean sign)
{
  if (fabs (value) < 1e12)
    return g_strdup_printf (sign ? "%+.*f" : "%.*f", decimals, value);
  return g_strdup_printf (sign ? "%+.6g" : "%.6g", value);
}

char *
nv_i_score_text (const NvReportTask *task, double value, int decimals)
{
  if (isnan (value))
    return g_strdup ("-");
  return fixed_text (nv_i_shown (task, value), decimals, FALSE);
}

int
nv_i_score_decimals (const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  double narrowest = INFINITY;
  for (guint i = 0; i < task->n_arms; i++) {
    const NvSummary *s = &r->summary[task->arms[i]];
    if (s->high > s->low)
      narrowest = fmin (narrowest, (s->high - s->low) / 2.0);
  }
  if (!isfinite (narrowest))
    return task->percent ? 2 : 4;
  return (int) CLAMP (ceil (-log10 (nv_i_shown (task, narrowest))) + 0.5, 2.0, 6.0);
}

char *
nv_i_p_text (double p)
{
  if (isnan (p))
    return g_strdup ("-");
  return p < 0.001 ? g_strdup ("< 0.001") : g_strdup_printf ("%.3f", p);
}

char *
nv_i_amount_text (double value)
{
  if (isnan (value))
    return g_strdup ("-");
  int decimals = value == round (value) || value >= 1000.0 ? 0 : value >= 10.0 ? 1 : 2;
  return fixed_text (value, decimals, FALSE);
}

static char *
interval_text (const NvReportTask *task, const NvSummary *s, int decimals)
{
  if (isnan (s->low))
    return g_strdup ("-");
  g_autofree char *low = nv_i_score_text (task, s->low, decimals);
  g_autofree char *high = nv_i_score_text (task, s->high, decimals);
  return g_strdup_printf ("[%s, %s]", low, high);
}

static char *
difference_text (const NvReportTask *task, const NvSummary *s, int decimals)
{
  if (isnan (s->difference))
    return g_strdup ("-");
  g_autofree char *shown = fixed_text (nv_i_shown (task, s->difference), decimals, TRUE);
  if (s->pairs == s->known)
    return g_steal_pointer (&shown);
  return g_strdup_printf ("%s (%u pair%s)", shown, s->pairs, s->pairs == 1 ? "" : "s");
}

/* "3"; "2 of 3" where one has no score. */
static char *
runs_text (const NvReportArm *arm, const NvSummary *s)
{
  return s->known == arm->n_counted
           ? g_strdup_printf ("%u", arm->n_counted)
           : g_strdup_printf ("%u of %u", s->known, arm->n_counted);
}

static char **
row_of (gsize n, char **texts)
{
  char **row = g_new0 (char *, n + 1);
  for (gsize i = 0; i < n; i++)
    row[i] = texts[i];
  return row;
}
#define ROW(...)                                                                         \
  row_of (sizeof ((char *[]){ __VA_ARGS__ }) / sizeof (char *), (char *[]){ __VA_ARGS__ })

static const char *
arm_name (const NvReport *r, guint arm)
{
  return r->methods[r->arms[arm].method];
}

NvTextTable *
nv_i_report_results (const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  int decimals = nv_i_score_decimals (r, t);
  gboolean against = task->baseline >= 0 && task->n_arms > 1;
  g_autofree char *name = against
                              ? nv_i_shorten (arm_name (r, (guint) task->baseline), 18)
                              : g_strdup ("baseline");
  g_autofree char *versus = g_strdup_printf ("vs %s", name);
  const char *test = task->percent ? "test %" : "test";
  const char *observed = task->percent ? "observed %" : "observed";
  const char *first = task->tested ? test : observed;
  const char *second = task->tested ? observed : "median";
  const char *head[] = { "arm",  "runs",     first, "95 % interval", second,
                         versus, "p (Holm)", "A12", NULL };
  NvTextTable *table = nv_i_text_table_new (task->name, head);
  for (guint i = 0; i < task->n_arms; i++) {
    const NvSummary *s = &r->summary[task->arms[i]];
    nv_i_text_table_add (
        table,
        ROW (g_strdup (arm_name (r, task->arms[i])),
             runs_text (&r->arms[task->arms[i]], s),
             nv_i_score_text (task, s->mean, decimals), interval_text (task, s, decimals),
             nv_i_score_text (task, task->tested ? s->observed : s->median, decimals),
             difference_text (task, s, decimals), nv_i_p_text (s->p),
             isnan (s->a12) ? g_strdup ("-") : g_strdup_printf ("%.2f", s->a12)));
  }
  return table;
}

static gboolean
any_stalled (const NvReport *r, const NvReportTask *task)
{
  for (guint i = 0; i < task->n_arms; i++)
    if (r->arms[task->arms[i]].n_stalled > 0)
      return TRUE;
  return FALSE;
}

NvTextTable *
nv_i_report_costs (const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  const gboolean stalled = any_stalled (r, task);
  const char *seconds = nv_i_task_simulated (r, t) ? "simulated s" : "seconds";
  const char *const head[] = { "mean of a run", "cells", seconds, "wall s",
                                      "duplicates", "invalid", "failed", "unfinished",
                                      "crashed", stalled ? "stalled" : NULL, NULL };
  NvTextTable *table = nv_i_text_table_new (NULL, head);
  for (guint i = 0; i < task->n_arms; i++) {
    const NvSummary *s = &r->summary[task->arms[i]];
    const NvReportArm *arm = &r->arms[task->arms[i]];
    nv_i_text_table_add (table,
                         ROW (g_strdup (arm_name (r, task->arms[i])),
                              nv_i_amount_text (s->cells), nv_i_amount_text (s->seconds),
                              nv_i_amount_text (s->wall), nv_i_amount_text (s->duplicates),
                              nv_i_amount_text (s->invalid), nv_i_amount_text (s->failed),
                              g_strdup_printf ("%u", arm->n_unfinished),
                              g_strdup_printf ("%u", arm->n_failed),
                              stalled ? g_strdup_printf ("%u", arm->n_stalled) : NULL));
  }
  return table;
}

char *
nv_i_report_text (const NvReport *r, guint width)
{
  GString *out = g_string_new (NULL);
  g_string_append_printf (out, "%s\n\n", r->name);
  if (r->n_tasks == 0)
    g_string_append (out, "The store has no arms.\n");
  for (guint t = 0; t < r->n_tasks; t++) {
    g_autoptr (NvTextTable) results = nv_i_report_results (r, t);
    g_autoptr (NvTextTable) costs = nv_i_report_costs (r, t);
    g_auto (GStrv) protocol = nv_i_report_protocol (r, t);
    g_auto (GStrv) verdict = nv_i_report_verdict (r, t);
    nv_i_text_table_plain (out, results, width);
    g_string_append_c (out, '\n');
    nv_i_text_table_plain (out, costs, width);
    g_string_append_c (out, '\n');
    for (char **line = verdict; *line != NULL; line++)
      nv_i_wrap (out, *line, width, 0);
    g_string_append_c (out, '\n');
    for (char **line = protocol; *line != NULL; line++)
      nv_i_wrap (out, *line, width, 2);
    g_string_append_c (out, '\n');
  }
  return g_string_free (out, FALSE);
}

static void
append_markdown_lines (GString *out, char **lines)
{
  for (char **line = lines; *line != NULL; line++) {
    nv_i_markdown_text (out, *line);
    g_string_append_c (out, '\n');
  }
  g_string_append_c (out, '\n');
}

char *
nv_i_report_markdown (const NvReport *r)
{
  GString *out = g_string_new ("# ");
  nv_i_markdown_text (out, r->name);
  g_string_append (out, "\n\n");
  for (guint t = 0; t < r->n_tasks; t++) {
    g_autoptr (NvTextTable) results = nv_i_report_results (r, t);
    g_autoptr (NvTextTable) costs = nv_i_report_costs (r, t);
    g_auto (GStrv) protocol = nv_i_report_protocol (r, t);
    g_auto (GStrv) verdict = nv_i_report_verdict (r, t);
    nv_i_text_table_markdown (out, results);
    nv_i_text_table_markdown (out, costs);
    append_markdown_lines (out, verdict);
    append_markdown_lines (out, protocol);
  }
  return g_string_free (out, FALSE);
}

char *
nv_i_report_latex (const NvReport *r)
{
  GString *out = g_string_new ("% needs \\usepackage{booktabs}\n");
  for (guint t = 0; t < r->n_tasks; t++) {
    g_autoptr (NvTextTable) results = nv_i_report_results (r, t);
    g_autoptr (NvTextTable) costs = nv_i_report_costs (r, t);
    g_auto (GStrv) protocol = nv_i_report_protocol (r, t);
    costs->title = g_strdup_printf ("%s: what a run costs", r->tasks[t].name);
    nv_i_text_table_latex (out, results, protocol);
    nv_i_text_table_latex (out, costs, protocol);
  }
  return g_string_free (out, FALSE);
}
