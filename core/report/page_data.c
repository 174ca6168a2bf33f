/* The data of a page's charts. Scores are as shown: per cent where the task is in per
 * cent. */
#include <math.h>

#include "report/page.h"
#include "report/task_figures.h"

void
nv_i_page_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const guchar *p = (const guchar *) text; *p != '\0'; p++)
    if (*p == '"' || *p == '\\')
      g_string_append_printf (out, "\\%c", *p);
    else if (*p < 0x20 || *p == '<' || *p == '>' || *p == '&')
      g_string_append_printf (out, "\\u%04x", *p);
    else
      g_string_append_c (out, (char) *p);
  g_string_append_c (out, '"');
}

static void
append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (isfinite (value))
    g_string_append (out, g_ascii_formatd (text, sizeof text, "%.7g", value));
  else
    g_string_append (out, "null");
}

static void
append_row (GString *out, const double *values, gsize n)
{
  g_string_append_c (out, '[');
  for (gsize i = 0; i < n; i++) {
    if (i > 0)
      g_string_append_c (out, ',');
    append_number (out, values[i]);
  }
  g_string_append_c (out, ']');
}

/* "name": [[...], ...] of [rows x points], times `factor`. */
static void
append_rows (GString *out, const char *name, const double *values, gsize rows,
             gsize points, double factor)
{
  g_autofree double *row = g_new (double, points + 1);
  g_string_append_printf (out, ",\"%s\":[", name);
  for (gsize i = 0; i < rows; i++) {
    for (gsize g = 0; g < points; g++)
      row[g] = values[i * points + g] * factor;
    if (i > 0)
      g_string_append_c (out, ',');
    append_row (out, row, points);
  }
  g_string_append_c (out, ']');
}

static void
append_curves (GString *out, const NvReportTask *task, const NvCurves *c,
               const char *axis)
{
  double factor = nv_i_shown (task, 1);
  gsize A = task->n_arms;
  g_string_append_printf (out, "\"%s\":{\"grid\":", axis);
  append_row (out, c->grid, c->points);
  append_rows (out, "mean", c->mean, A, c->points, factor);
  append_rows (out, "low", c->low, A, c->points, factor);
  append_rows (out, "high", c->high, A, c->points, factor);
  append_rows (out, "median", c->median, A, c->points, factor);
  append_rows (out, "lower", c->lower, A, c->points, factor);
  append_rows (out, "upper", c->upper, A, c->points, factor);
  g_string_append_c (out, '}');
}

static void
append_finals (GString *out, const NvReport *r, const NvReportTask *task)
{
  g_string_append (out, ",\"finals\":[");
  for (guint i = 0; i < task->n_arms; i++) {
    guint n;
    g_autofree double *x = nv_i_sorted_finals (r, task->arms[i], &n);
    if (i > 0)
      g_string_append_c (out, ',');
    append_row (out, x, n);
  }
  g_string_append_c (out, ']');
}

static void
append_labels (GString *out, const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  g_autofree char *score = nv_i_score_label (task, task->percent ? "accuracy" : "score");
  g_autofree char *regret = nv_i_score_label (task, "regret");
  g_string_append (out, ",\"scoreLabel\":");
  nv_i_page_string (out, score);
  g_string_append (out, ",\"regretLabel\":");
  nv_i_page_string (out, regret);
  g_string_append (out, ",\"seconds\":");
  nv_i_page_string (out, nv_i_task_simulated (r, t) ? "simulated time (s)" : "time (s)");
}

static void
append_task (GString *out, const NvReport *r, guint t, const GPtrArray *curves)
{
  const NvReportTask *task = &r->tasks[t];
  NvScore score = nv_i_task_score (task);
  const NvCurves *cells = nv_i_curves_of (curves, t, NV_AXIS_CELLS, score);
  g_string_append (out, "{\"name\":");
  nv_i_page_string (out, task->name);
  append_labels (out, r, t);
  g_string_append (out, ",\"best\":");
  append_number (out, nv_i_shown (task, task->best));
  g_string_append (out, ",\"arms\":[");
  for (guint i = 0; i < task->n_arms; i++)
    g_string_append_printf (out, "%s{\"m\":%u}", i > 0 ? "," : "",
                            r->arms[task->arms[i]].method);
  g_string_append (out, "],\"curves\":{");
  append_curves (out, task, cells, "cells");
  g_string_append_c (out, ',');
  append_curves (out, task, nv_i_curves_of (curves, t, NV_AXIS_SECONDS, score),
                 "seconds");
  g_string_append_c (out, '}');
  append_finals (out, r, task);
  g_autofree double *ranks = nv_i_report_ranks (r, t, cells->grid, cells->points);
  append_rows (out, "ranks", ranks, task->n_arms, cells->points, 1);
  g_string_append_c (out, '}');
}

void
nv_i_page_data (GString *out, const NvReport *r, const GPtrArray *curves)
{
  g_string_append (out, "{\"methods\":[");
  for (guint m = 0; m < r->n_methods; m++) {
    if (m > 0)
      g_string_append_c (out, ',');
    nv_i_page_string (out, r->methods[m]);
  }
  g_string_append (out, "],\"tasks\":[");
  for (guint t = 0; t < r->n_tasks; t++) {
    if (t > 0)
      g_string_append_c (out, ',');
    append_task (out, r, t, curves);
  }
  g_string_append (out, "]}");
}
