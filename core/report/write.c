/* A report's files: tables, and the data behind every figure as CSV. Scores in CSV are as
 * the store has them (fractions, not per cent). */
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "data/csv.h"
#include "report/page.h"
#include "report/report.h"
#include "report/results.h"
#include "report/task_figures.h"
#include "report/write.h"

gboolean
nv_i_make_folder (const char *out, GError **error)
{
  if (g_mkdir_with_parents (out, 0777) == 0)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "cannot make the folder %s: %s", out,
               g_strerror (errno));
  return FALSE;
}

gboolean
nv_i_write_file (const char *path, const char *bytes, gsize length, GError **error)
{
  g_autoptr (GError) cause = NULL;
  if (g_file_set_contents (path, bytes, (gssize) length, &cause))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s", cause->message);
  return FALSE;
}

gboolean
nv_i_write_text (const char *out, const char *name, char *text, GError **error)
{
  g_autofree char *path = g_build_filename (out, name, NULL);
  g_autofree char *owned = text;
  return nv_i_write_file (path, owned, strlen (owned), error);
}

static void
csv_count (GString *csv, guint value)
{
  g_string_append_printf (csv, ",%u", value);
}

static void
csv_arm (GString *csv, const NvReport *r, guint arm)
{
  nv_i_csv_append_text (csv, r->tasks[r->arms[arm].task].name);
  g_string_append_c (csv, ',');
  nv_i_csv_append_text (csv, r->arms[arm].label);
}

static char *
summary_csv (const NvReport *r)
{
  GString *csv = g_string_new ("benchmark,arm,encoder,searcher,joint,runs,unfinished_"
                               "runs,failed_runs,stalled_runs,score,mean,low,high,"
                               "sd,median,known,observed,cells,seconds,wall,duplicates,"
                               "invalid,failed,pairs,difference,"
                               "p_holm,a12\n");
  for (guint a = 0; a < r->n_arms; a++) {
    const NvReportArm *arm = &r->arms[a];
    const NvSummary *s = &r->summary[a];
    csv_arm (csv, r, a);
    g_string_append_c (csv, ',');
    nv_i_csv_append_text (csv, arm->encoder);
    g_string_append_c (csv, ',');
    nv_i_csv_append_text (csv, arm->searcher);
    csv_count (csv, arm->joint);
    csv_count (csv, arm->n_counted);
    csv_count (csv, arm->n_unfinished);
    csv_count (csv, arm->n_failed);
    csv_count (csv, arm->n_stalled);
    g_string_append (csv, r->tasks[arm->task].tested ? ",test" : ",observed");
    const double scores[] = { s->mean, s->low, s->high, s->sd, s->median };
    for (guint i = 0; i < G_N_ELEMENTS (scores); i++)
      nv_i_csv_append_number (csv, scores[i]);
    csv_count (csv, s->known);
    const double costs[] = { s->observed,   s->cells,   s->seconds, s->wall,
                             s->duplicates, s->invalid, s->failed };
    for (guint i = 0; i < G_N_ELEMENTS (costs); i++)
      nv_i_csv_append_number (csv, costs[i]);
    csv_count (csv, s->pairs);
    nv_i_csv_append_number (csv, s->difference);
    nv_i_csv_append_number (csv, s->p);
    nv_i_csv_append_number (csv, s->a12);
    g_string_append_c (csv, '\n');
  }
  return g_string_free (csv, FALSE);
}

static char *
runs_csv (const NvReport *r)
{
  GString *csv = g_string_new (
      "benchmark,arm,seed,reason,cells,seconds,wall,duplicates,invalid,"
      "failed,observed,test\n");
  for (guint i = 0; i < r->n_runs; i++) {
    const NvReportRun *run = &r->runs[i];
    csv_arm (csv, r, run->arm);
    g_string_append_printf (csv, ",%" G_GINT64_FORMAT ",", run->seed);
    nv_i_csv_append_text (csv, run->reason ? run->reason : "");
    csv_count (csv, run->n_trials);
    nv_i_csv_append_number (csv,
                            run->n_trials > 0 ? run->trials[run->n_trials - 1].elapsed : 0.0);
    nv_i_csv_append_number (csv, run->wall);
    csv_count (csv, run->duplicates);
    csv_count (csv, run->invalid);
    csv_count (csv, run->n_failed);
    nv_i_csv_append_number (csv, nv_i_run_final (run, NV_SCORE_OBSERVED));
    nv_i_csv_append_number (csv, nv_i_run_final (run, NV_SCORE_TEST));
    g_string_append_c (csv, '\n');
  }
  return g_string_free (csv, FALSE);
}

static void
append_curves (GString *csv, const NvReport *r, guint task, const NvCurves *c)
{
  for (guint i = 0; i < r->tasks[task].n_arms; i++)
    for (gsize g = 0; g < c->points; g++) {
      gsize at = i * c->points + g;
      if (c->runs[at] == 0.0)
        continue;
      csv_arm (csv, r, r->tasks[task].arms[i]);
      g_string_append (csv, c->score == NV_SCORE_TEST ? ",test" : ",observed");
      const double row[] = { c->grid[g],    c->runs[at],   c->mean[at], c->low[at],
                             c->high[at],   c->median[at], c->lower[at], c->upper[at] };
      for (guint k = 0; k < G_N_ELEMENTS (row); k++)
        nv_i_csv_append_number (csv, row[k]);
      g_string_append_c (csv, '\n');
    }
}

static char *
curves_csv (const NvReport *r, const GPtrArray *curves, NvAxis axis)
{
  GString *csv = g_string_new ("benchmark,arm,score,");
  g_string_append_printf (csv, "%s,runs,mean,low,high,median,q25,q75\n",
                          axis == NV_AXIS_CELLS ? "cells" : "seconds");
  for (guint t = 0; t < r->n_tasks; t++) {
    append_curves (csv, r, t, nv_i_curves_of (curves, t, axis, NV_SCORE_TEST));
    append_curves (csv, r, t, nv_i_curves_of (curves, t, axis, NV_SCORE_OBSERVED));
  }
  return g_string_free (csv, FALSE);
}

static char *
ranks_csv (const NvReport *r, const GPtrArray *curves)
{
  GString *csv = g_string_new ("benchmark,arm,cells,rank\n");
  for (guint t = 0; t < r->n_tasks; t++) {
    const NvCurves *c = nv_i_curves_of (curves, t, NV_AXIS_CELLS, NV_SCORE_TEST);
    g_autofree double *ranks = nv_i_report_ranks (r, t, c->grid, c->points);
    for (gsize i = 0; i < r->tasks[t].n_arms * c->points; i++) {
      csv_arm (csv, r, r->tasks[t].arms[i / c->points]);
      nv_i_csv_append_number (csv, c->grid[i % c->points]);
      nv_i_csv_append_number (csv, ranks[i]);
      g_string_append_c (csv, '\n');
    }
  }
  return g_string_free (csv, FALSE);
}

static char *
targets_csv (const NvReport *r)
{
  GString *csv = g_string_new ("benchmark,arm,seed,target,cells\n");
  for (guint i = 0; i < r->n_runs; i++) {
    const NvReportRun *run = &r->runs[i];
    double target[NV_TARGETS];
    guint t = r->arms[run->arm].task;
    if (!nv_i_run_counts (run) || !nv_i_report_targets (target, r, t))
      continue;
    for (guint k = 0; k < NV_TARGETS; k++) {
      guint queries = nv_i_run_queries (run, nv_i_task_score (&r->tasks[t]), target[k]);
      csv_arm (csv, r, run->arm);
      g_string_append_printf (csv, ",%" G_GINT64_FORMAT, run->seed);
      nv_i_csv_append_number (csv, target[k]);
      nv_i_csv_append_number (csv, queries == G_MAXUINT ? NAN : (double) queries);
      g_string_append_c (csv, '\n');
    }
  }
  return g_string_free (csv, FALSE);
}

static char *
cells_csv (const NvReport *r)
{
  GString *csv = g_string_new ("benchmark,cell,observed,test,parameters\n");
  for (guint t = 0; t < r->n_tasks; t++)
    for (guint i = 0; i < r->tasks[t].best_cells->len; i++) {
      const NvBestCell *best = &g_array_index (r->tasks[t].best_cells, NvBestCell, i);
      nv_i_csv_append_text (csv, r->tasks[t].name);
      g_string_append_c (csv, ',');
      nv_i_csv_append_text (csv, best->cell);
      nv_i_csv_append_number (csv, best->score);
      nv_i_csv_append_number (csv, best->test);
      nv_i_csv_append_number (csv, best->parameters);
      g_string_append_c (csv, '\n');
    }
  return g_string_free (csv, FALSE);
}

/* Methods by mean rank, and the p-value of each against each. */
static char *
cd_csv (const NvReport *r)
{
  g_autoptr (NvRanking) k = nv_i_ranking_new (r);
  GString *csv = g_string_new ("method,rank");
  for (guint i = 0; k != NULL && i < k->n; i++) {
    g_autofree char *head = g_strconcat ("p against ", r->methods[k->methods[i]], NULL);
    g_string_append_c (csv, ',');
    nv_i_csv_append_text (csv, head);
  }
  g_string_append_c (csv, '\n');
  for (guint i = 0; k != NULL && i < k->n; i++) {
    nv_i_csv_append_text (csv, r->methods[k->methods[i]]);
    nv_i_csv_append_number (csv, k->ranks[i]);
    for (guint j = 0; j < k->n; j++)
      nv_i_csv_append_number (csv, k->p[i * k->n + j]);
    g_string_append_c (csv, '\n');
  }
  return g_string_free (csv, FALSE);
}

static gboolean
write_tables (const NvReport *r, const GPtrArray *curves, const char *out, GError **error)
{
  return nv_i_write_text (out, "summary.csv", summary_csv (r), error)
      && nv_i_write_text (out, "runs.csv", runs_csv (r), error)
      && nv_i_write_text (out, "curves_cells.csv", curves_csv (r, curves, NV_AXIS_CELLS),
                          error)
      && nv_i_write_text (out, "curves_seconds.csv",
                          curves_csv (r, curves, NV_AXIS_SECONDS), error)
      && nv_i_write_text (out, "ranks.csv", ranks_csv (r, curves), error)
      && nv_i_write_text (out, "targets.csv", targets_csv (r), error)
      && nv_i_write_text (out, "cd.csv", cd_csv (r), error)
      && nv_i_write_text (out, "cells.csv", cells_csv (r), error)
      && nv_i_write_text (out, "table.txt", nv_i_report_text (r, 100), error)
      && nv_i_write_text (out, "table.md", nv_i_report_markdown (r), error)
      && nv_i_write_text (out, "table.tex", nv_i_report_latex (r), error);
}

gboolean
nv_i_report_write_all (const NvReport *r, const NvLatent *latent, const char *out,
                       GError **error)
{
  if (!nv_i_make_folder (out, error))
    return FALSE;
  g_autoptr (GPtrArray) curves = nv_i_report_curves (r);
  return write_tables (r, curves, out, error)
      && nv_i_report_figures (r, curves, out, error)
      && (latent == NULL || nv_i_latent_write (latent, out, error))
      && nv_i_write_text (out, "index.html", nv_i_report_page (r, curves, latent), error);
}
