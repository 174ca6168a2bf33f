/* out/index.html: text and tables are in the page itself, so that it reads without
 * scripts and in print; the charts are drawn by page.js from data inside the page. */
#include "report/page.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "report/graph.h"
#include "report/results.h"
#include "report/task_figures.h"

void
nv_i_page_escape (GString *out, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  g_string_append (out, escaped);
}

static void
append_element (GString *out, const char *tag, const char *text)
{
  g_string_append_printf (out, "<%s>", tag);
  nv_i_page_escape (out, text);
  g_string_append_printf (out, "</%.*s>\n", (int) strcspn (tag, " "), tag);
}

static void
append_asset (GString *out, const char *name)
{
  g_autofree char *path = g_strconcat ("/nasvec/report/", name, NULL);
  g_autoptr (GBytes) bytes
      = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  g_string_append_len (out, text, (gssize) length);
}

/* An SVG as an image of its own, so that names inside it do not meet those of another. */
static void
append_svg (GString *out, double width, double height, const char *alternative, char *svg)
{
  g_autofree char *owned = svg;
  g_autofree char *base64 = g_base64_encode ((const guchar *) owned, strlen (owned));
  g_string_append_printf (out,
                          "<img class=\"figure\" width=\"%.0f\" height=\"%.0f\" alt=\"",
                          ceil (width * 4 / 3), ceil (height * 4 / 3));
  nv_i_page_escape (out, alternative);
  g_string_append_printf (out, "\" src=\"data:image/svg+xml;base64,%s\">\n", base64);
}

/* --- parts of a task ---------------------------------------------------------------- */

/* Rows carry their method, so that they fade with its curves. */
static void
append_table (GString *out, const NvTextTable *table, const NvReport *r,
              const NvReportTask *task)
{
  g_string_append (out, "<div class=\"wide\"><table>\n<thead><tr>");
  for (char **c = table->head; *c != NULL; c++)
    append_element (out, "th", *c);
  g_string_append (out, "</tr></thead>\n");
  for (guint i = 0; i < table->rows->len; i++) {
    guint method = r->arms[task->arms[i]].method;
    g_string_append_printf (out,
                            "<tr data-method=\"%u\"><td><span class=\"key dash%u\" "
                            "style=\"background:var(--m%u)\"></span>",
                            method, method / NV_COLOURS % 4, method % NV_COLOURS);
    char **row = table->rows->pdata[i];
    nv_i_page_escape (out, row[0]);
    g_string_append (out, "</td>");
    for (char **c = row + 1; *c != NULL; c++)
      append_element (out, "td", *c);
    g_string_append (out, "</tr>\n");
  }
  g_string_append (out, "</table></div>\n");
}

static void
append_cell (GString *out, const NvReportTask *task, const NvSpace *space,
             const NvBestCell *best)
{
  g_autofree char *score = nv_i_score_text (task, best->score, task->percent ? 2 : 4);
  g_autofree char *test = nv_i_score_text (task, best->test, task->percent ? 2 : 4);
  g_string_append (out, "<li>");
  append_element (out, "code", best->cell);
  g_string_append_printf (out, "<br><small>observed %s, test %s", score, test);
  if (!isnan (best->parameters))
    g_string_append_printf (out, ", %.3g M parameters", best->parameters / 1e6);
  g_string_append (out, "</small><br>\n");
  NvCell cell;
  if (space != NULL && nv_space_parse (space, best->cell, &cell, NULL)) {
    g_autoptr (NvGraph) graph = nv_i_graph_new (space, &cell, NULL);
    if (graph != NULL)
      append_svg (out, graph->width, graph->height, best->cell,
                  nv_i_figure_svg (graph->width, graph->height, nv_i_draw_graph, graph));
  }
  g_string_append (out, "</li>\n");
}

static void
append_cells (GString *out, const NvReport *r, const NvReportTask *task)
{
  if (task->best_cells->len == 0)
    return;
  g_autoptr (NvSpace) space = nv_i_arm_space (&r->arms[task->arms[0]], NULL);
  append_element (out, "h3", "Best cells by observed score");
  g_string_append (out, "<ol class=\"cells\">\n");
  for (guint i = 0; i < task->best_cells->len; i++)
    append_cell (out, task, space, &g_array_index (task->best_cells, NvBestCell, i));
  g_string_append (out, "</ol>\n");
}

static void
append_task (GString *out, const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  g_autoptr (NvTextTable) results = nv_i_report_results (r, t),
                      costs = nv_i_report_costs (r, t);
  g_auto (GStrv) verdict = nv_i_report_verdict (r, t),
                 protocol = nv_i_report_protocol (r, t);
  append_element (out, "h2", task->name);
  g_string_append (out, "<ul class=\"verdict\">\n");
  for (char **line = verdict; *line != NULL; line++)
    append_element (out, "li", *line);
  g_string_append_printf (out, "</ul>\n<div class=\"charts\" id=\"charts-%u\"></div>\n",
                          t);
  append_table (out, results, r, task);
  append_element (out, "h3", "What a run costs");
  append_table (out, costs, r, task);
  for (char **line = protocol; *line != NULL; line++)
    append_element (out, "p class=\"soft\"", *line);
  append_cells (out, r, task);
}

/* --- the page ----------------------------------------------------------------------- */

/* "3 encoders (vgae, supervised, onehot)" */
static void
append_kinds (GString *out, const NvReport *r, gsize member, const char *kind)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint a = 0; a < r->n_arms; a++) {
    char *name = G_STRUCT_MEMBER (char *, &r->arms[a], member);
    if (!g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
      g_ptr_array_add (names, name);
  }
  g_string_append_printf (out, "%u %s%s (", names->len, kind, names->len == 1 ? "" : "s");
  for (guint i = 0; i < names->len; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", (char *) names->pdata[i]);
  g_string_append_c (out, ')');
}

static void
append_what (GString *out, const NvReport *r)
{
  g_autoptr (GString) text = g_string_new (NULL);
  if (r->n_arms == 0)
    g_string_append (text, "No arms yet.");
  else {
    append_kinds (text, r, G_STRUCT_OFFSET (NvReportArm, encoder), "encoder");
    g_string_append (text, " and ");
    append_kinds (text, r, G_STRUCT_OFFSET (NvReportArm, searcher), "searcher");
    g_string_append_printf (text,
                            " in %u arm%s on %u task%s: %u run%s, %" G_GSIZE_FORMAT
                            " evaluated cells.",
                            r->n_arms, r->n_arms == 1 ? "" : "s", r->n_tasks,
                            r->n_tasks == 1 ? "" : "s", r->n_runs,
                            r->n_runs == 1 ? "" : "s", r->n_trials);
  }
  append_element (out, "p class=\"soft\"", text->str);
}

static void
append_cd (GString *out, const NvReport *r)
{
  g_autoptr (NvRanking) ranking = nv_i_ranking_new (r);
  if (ranking == NULL)
    return;
  NvCdFigure figure = { r, ranking };
  double width, height;
  nv_i_cd_size (ranking, &width, &height);
  append_element (out, "h2",
                  r->n_tasks > 1 ? "Methods over all tasks" : "Methods by rank");
  append_svg (out, width, height, "critical-difference diagram",
              nv_i_figure_svg (width, height, nv_i_draw_cd, &figure));
}

static void
append_manifest (GString *out, const NvReport *r)
{
  if (r->manifest == NULL)
    return;
  g_autofree char *text = json_to_string (r->manifest, TRUE);
  g_string_append (out,
                   "<h2>Manifest</h2>\n<details><summary>Versions, options, seeds, script"
                   "</summary>\n");
  append_element (out, "pre", text);
  g_string_append (out, "</details>\n");
}

static void
append_map (GString *out, const NvLatent *latent)
{
  g_string_append (out, "<h2>Map of the embedding</h2>\n");
  append_element (out, "p class=\"soft\"", latent->title);
  g_string_append (out, "<figure id=\"map\"></figure>\n"
                        "<script type=\"application/json\" id=\"map-data\">");
  nv_i_page_map (out, latent);
  g_string_append (out, "</script>\n");
}

char *
nv_i_report_page (const NvReport *r, const GPtrArray *curves, const NvLatent *latent)
{
  GString *out = g_string_new (
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
      "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\""
      "width=device-width, initial-scale=1\">\n"
      /* nothing is ever loaded, whatever the names in a store try */
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
  append_element (out, "title", r->name);
  g_string_append (out, "<style>\n");
  append_asset (out, "page.css");
  g_string_append (out, "</style>\n</head>\n<body>\n");
  append_element (out, "h1", r->name);
  append_what (out, r);
  g_string_append (out, "<div class=\"legend\" id=\"legend\"></div>\n");
  for (guint t = 0; t < r->n_tasks; t++)
    append_task (out, r, t);
  append_cd (out, r);
  if (latent != NULL)
    append_map (out, latent);
  append_manifest (out, r);
  g_string_append (out, "<script type=\"application/json\" id=\"data\">");
  nv_i_page_data (out, r, curves);
  g_string_append (out, "</script>\n<script>\n");
  append_asset (out, "page.js");
  if (latent != NULL)
    append_asset (out, "page_map.js");
  g_string_append (out, "</script>\n</body>\n</html>\n");
  return g_string_free (out, FALSE);
}
