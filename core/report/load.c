/* From a store to memory. The trials of 6,000 runs are read in one pass, in the order of
 * the store's primary key; texts (the cells) stay where they are. */
#include <math.h>
#include <string.h>

#include "data/json.h"
#include "plugin/options.h"
#include "report/data.h"
#include "report/names.h"
#include "study/query.h"
#include "study/record.h"

JsonNode *
nv_i_arm_options (const NvReportArm *arm)
{
  JsonNode *node = arm->options ? nv_i_json_parse (arm->options, -1, NULL) : NULL;
  if (node != NULL && !JSON_NODE_HOLDS_OBJECT (node))
    g_clear_pointer (&node, json_node_unref);
  return node;
}

/* What is not UTF-8 in it is replaced: scripts and labels may hold any bytes. */
static char *
column_text (sqlite3_stmt *row, int column)
{
  const char *text = nv_i_column_text (row, column);
  return text != NULL ? g_utf8_make_valid (text, -1) : NULL;
}

static void
clear_best (gpointer cell)
{
  g_free (((NvBestCell *) cell)->cell);
}

/* All of an arm but its benchmark and space. */
static char *
method_key (const NvReportArm *arm)
{
  GString *key = g_string_new (NULL);
  g_string_printf (key, "%s\n%s\n%d", arm->encoder, arm->searcher, arm->joint);
  g_autoptr (JsonNode) options = nv_i_arm_options (arm);
  static const char *const members[] = { "encoder", "searcher" };
  for (guint i = 0; i < G_N_ELEMENTS (members) && options != NULL; i++) {
    JsonObject *object = json_node_get_object (options);
    if (!json_object_has_member (object, members[i]))
      continue;
    g_autofree char *text = nv_i_json_text (json_object_get_member (object, members[i]));
    g_string_append_printf (key, "\n%s", text);
  }
  return g_string_free (key, FALSE);
}

/* The task of an arm is found by its name; the first arm of a task describes it. */
static guint
find_task (GArray *tasks, sqlite3_stmt *row)
{
  g_autofree char *name = column_text (row, 2);
  for (guint i = 0; i < tasks->len; i++)
    if (strcmp (g_array_index (tasks, NvReportTask, i).name, name) == 0)
      return i;
  NvReportTask task = { .name = g_steal_pointer (&name),
                        .percent = sqlite3_column_int (row, 6) != 0,
                        .noise = column_text (row, 7),
                        .baseline = -1,
                        .best = NAN,
                        .best_cells = g_array_new (FALSE, FALSE, sizeof (NvBestCell)) };
  g_array_set_clear_func (task.best_cells, clear_best);
  g_array_append_val (tasks, task);
  return tasks->len - 1;
}

static gboolean
load_arms (NvReport *r, NvStore *store, GError **error)
{
  g_autoptr (GArray) arms = g_array_new (FALSE, TRUE, sizeof (NvReportArm));
  g_autoptr (GArray) tasks = g_array_new (FALSE, TRUE, sizeof (NvReportTask));
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (NvQuery) query
      = nv_i_query (store, "SELECT id, label, benchmark, encoder, searcher, joint, percent,"
                        " noise, options FROM arm ORDER BY id", error);
  while (nv_i_query_row (query)) {
    sqlite3_stmt *row = query->statement;
    NvReportArm arm = {
      .id = sqlite3_column_int64 (row, 0), .label = column_text (row, 1),
      .encoder = column_text (row, 3), .searcher = column_text (row, 4),
      .joint = sqlite3_column_int (row, 5) != 0, .options = column_text (row, 8),
      .task = find_task (tasks, row),
    };
    g_ptr_array_add (keys, method_key (&arm));
    g_array_append_val (arms, arm);
  }
  r->n_arms = arms->len;
  r->n_tasks = tasks->len;
  r->arms = g_array_steal (arms, NULL);
  r->tasks = g_array_steal (tasks, NULL);
  nv_i_report_methods (r, keys);
  return nv_i_query_done (query, error);
}

static void
list_arms_of_tasks (NvReport *r)
{
  for (guint t = 0; t < r->n_tasks; t++)
    r->tasks[t].arms = g_new (guint, r->n_arms);
  for (guint a = 0; a < r->n_arms; a++) {
    NvReportTask *task = &r->tasks[r->arms[a].task];
    task->arms[task->n_arms++] = a;
  }
}

/* Returns a map from a run's id to its place, or NULL with error. */
static GHashTable *
load_runs (NvReport *r, NvStore *store, GError **error)
{
  g_autoptr (GHashTable) places
      = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GArray) runs = g_array_new (FALSE, TRUE, sizeof (NvReportRun));
  g_autoptr (NvQuery) query = nv_i_query (
      store, "SELECT run.id, arm, seed, reason, duplicates, invalid, wall FROM run"
      " LEFT JOIN timing ON timing.run = run.id ORDER BY arm, seed", error);
  guint arm = 0;
  while (nv_i_query_row (query)) {
    sqlite3_stmt *row = query->statement;
    while (arm < r->n_arms && r->arms[arm].id < sqlite3_column_int64 (row, 1))
      arm++;
    if (arm == r->n_arms || r->arms[arm].id != sqlite3_column_int64 (row, 1))
      continue;
    NvReportRun run = {
      .id = sqlite3_column_int64 (row, 0),
      .arm = arm,
      .seed = sqlite3_column_int64 (row, 2),
      .reason = column_text (row, 3),
      .duplicates = (guint) sqlite3_column_int (row, 4),
      .invalid = (guint) sqlite3_column_int (row, 5),
      .wall = nv_i_column_number (row, 6),
    };
    g_hash_table_insert (places, g_memdup2 (&run.id, sizeof run.id),
                         GUINT_TO_POINTER (runs->len));
    g_array_append_val (runs, run);
  }
  r->n_runs = runs->len;
  r->runs = g_array_steal (runs, NULL);
  return nv_i_query_done (query, error) ? g_steal_pointer (&places) : NULL;
}

/* Keeps the cells of the highest observed scores, the best first, each once. */
static void
keep_best (GArray *best, sqlite3_stmt *row, const NvReportTrial *trial)
{
  const NvBestCell *kept = (const NvBestCell *) best->data;
  if (isnan (trial->score)
      || (best->len == NV_BEST_CELLS && trial->score <= kept[best->len - 1].score))
    return;
  const char *text = nv_i_column_text (row, 5);
  for (guint i = 0; i < best->len; i++)
    if (strcmp (kept[i].cell, text) == 0) {
      if (trial->score <= kept[i].score)
        return;
      g_array_remove_index (best, i);
      break;
    }
  guint at = best->len;
  while (at > 0 && g_array_index (best, NvBestCell, at - 1).score < trial->score)
    at--;
  NvBestCell cell = { g_strdup (text), trial->score, trial->test,
                      nv_i_column_number (row, 6) };
  g_array_insert_val (best, at, cell);
  if (best->len > NV_BEST_CELLS)
    g_array_set_size (best, NV_BEST_CELLS);
}

static gboolean
load_trials (NvReport *r, NvStore *store, GHashTable *places, GError **error)
{
  g_autoptr (GArray) trials = g_array_new (FALSE, FALSE, sizeof (NvReportTrial));
  g_autofree gsize *first = g_new0 (gsize, r->n_runs + 1);
  g_autoptr (NvQuery) query
      = nv_i_query (store, "SELECT run, score, test, seconds, failed, cell, parameters"
                        " FROM trial ORDER BY run, step", error);
  NvReportRun *run = NULL;
  double elapsed = 0.0;
  while (nv_i_query_row (query)) {
    sqlite3_stmt *row = query->statement;
    gint64 id = sqlite3_column_int64 (row, 0);
    if (run == NULL || run->id != id) {
      gpointer place;
      if (!g_hash_table_lookup_extended (places, &id, NULL, &place))
        continue;
      run = &r->runs[GPOINTER_TO_UINT (place)];
      first[GPOINTER_TO_UINT (place)] = trials->len;
      elapsed = 0.0;
    }
    gboolean failed = sqlite3_column_int (row, 4) != 0;
    double seconds = nv_i_column_number (row, 3);
    elapsed += isnan (seconds) && failed ? 0.0 : seconds; /* as the run's budget has it */
    NvReportTrial trial = { failed ? NAN : nv_i_column_number (row, 1), nv_i_column_number (row, 2),
                            elapsed };
    run->n_trials++;
    run->n_failed += isnan (trial.score);
    NvReportTask *task = &r->tasks[r->arms[run->arm].task];
    task->tested |= !isnan (trial.test);
    keep_best (task->best_cells, row, &trial);
    g_array_append_val (trials, trial);
  }
  r->n_trials = trials->len;
  r->trials = g_array_steal (trials, NULL);
  for (guint i = 0; i < r->n_runs; i++)
    r->runs[i].trials = r->trials + first[i];
  return nv_i_query_done (query, error);
}

static void
count_runs (NvReport *r)
{
  for (guint i = 0; i < r->n_runs; i++) {
    NvReportRun *run = &r->runs[i];
    NvReportArm *arm = &r->arms[run->arm];
    if (arm->n_runs++ == 0)
      arm->runs = run;
    if (run->reason == NULL)
      arm->n_unfinished++;
    else if (nv_i_run_counts (run))
      arm->n_counted++;
    else
      arm->n_failed++;
    arm->n_stalled += nv_i_reason_stalled (run->reason);
  }
}

static JsonNode *
parse_manifest (NvStore *store, const char *text, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (JsonNode) manifest = nv_i_json_parse (text, -1, &cause);
  if (manifest != NULL && JSON_NODE_HOLDS_OBJECT (manifest))
    return g_steal_pointer (&manifest);
  g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: damaged: its manifest is %s",
               sqlite3_db_filename (store->db, "main"),
               cause != NULL ? cause->message : "no object");
  return NULL;
}

/* A store without one is taken as it is. */
static gboolean
load_manifest (NvReport *r, NvStore *store, GError **error)
{
  g_autoptr (NvQuery) query
      = nv_i_query (store, "SELECT value FROM meta WHERE key = 'manifest'", error);
  g_autofree char *text
      = nv_i_query_row (query) ? column_text (query->statement, 0) : NULL;
  if (!nv_i_query_done (query, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  r->manifest = parse_manifest (store, text, error);
  return r->manifest != NULL;
}

/* One read transaction, so that a writer beside us does not show between two queries. */
static gboolean
load_all (NvReport *r, NvStore *store, GError **error)
{
  if (!nv_i_store_exec (store, "BEGIN", "cannot be read", error) || !load_manifest (r, store, error)
      || !load_arms (r, store, error))
    return FALSE;
  list_arms_of_tasks (r);
  g_autoptr (GHashTable) places = load_runs (r, store, error);
  if (places == NULL || !load_trials (r, store, places, error))
    return FALSE;
  count_runs (r);
  return nv_i_store_exec (store, "COMMIT", "cannot be read", error);
}

NvReport *
nv_i_report_load (const char *file, const char *baseline, GError **error)
{
  g_autoptr (NvStore) store = nv_i_store_open_readonly (file, error);
  if (store == NULL)
    return NULL;
  g_autoptr (NvReport) r = g_new0 (NvReport, 1);
  if (!load_all (r, store, error))
    return NULL;
  nv_i_report_name (r, file);
  if (!nv_i_report_choose_baseline (r, baseline, error))
    return NULL;
  nv_i_report_reference (r);
  nv_i_report_summarise (r);
  return g_steal_pointer (&r);
}

void
nv_i_report_free (NvReport *r)
{
  if (r == NULL)
    return;
  for (guint a = 0; a < r->n_arms; a++) {
    g_free (r->arms[a].label);
    g_free (r->arms[a].encoder);
    g_free (r->arms[a].searcher);
    g_free (r->arms[a].options);
  }
  for (guint t = 0; t < r->n_tasks; t++) {
    g_free (r->tasks[t].name);
    g_free (r->tasks[t].noise);
    g_free (r->tasks[t].arms);
    g_array_unref (r->tasks[t].best_cells);
  }
  for (guint i = 0; i < r->n_runs; i++)
    g_free (r->runs[i].reason);
  g_clear_pointer (&r->manifest, json_node_unref);
  g_strfreev (r->methods);
  g_free (r->name);
  g_free (r->arms);
  g_free (r->tasks);
  g_free (r->runs);
  g_free (r->trials);
  g_free (r->summary);
  g_free (r);
}
