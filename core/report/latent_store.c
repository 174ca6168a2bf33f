/* An arm's embedding from its store: the plugins and options are in the arm's row, the
 * scores in its task's trials. */
#include <math.h>
#include <string.h>

#include "benchmark/benchmark.h"
#include "measure/measure.h"
#include "plugin/options.h"
#include "report/latent.h"
#include "study/query.h"

static const NvReportArm *
find_arm (const NvReport *r, const char *name, GError **error)
{
  for (guint a = 0; a < r->n_arms; a++)
    if (g_str_equal (r->arms[a].label, name)
        || g_str_equal (r->methods[r->arms[a].method], name))
      return &r->arms[a];
  g_autofree char *labels = g_strjoinv ("', '", r->methods);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
               "no arm is called '%s'; the store has '%s'", name, labels);
  return NULL;
}

/* Plugin and options of "space" or "encoder" of an arm. */
static const char *
plugin_of (const NvReportArm *arm, JsonNode *all, const char *kind, GVariant **options,
           GError **error)
{
  JsonObject *object = all ? json_node_get_object (all) : NULL;
  JsonNode *node = object && json_object_has_member (object, kind)
                       ? json_object_get_member (object, kind) : NULL;
  const char *name = NULL;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *plugin = json_node_get_object (node);
    name = json_object_get_string_member_with_default (plugin, "plugin", NULL);
    JsonNode *values = json_object_get_member (plugin, "options");
    *options = values ? nv_i_options_variant (values) : NULL;
  }
  if (name == NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_STORE,
                 "arm '%s': the store does not tell its %s", arm->label, kind);
  return name;
}

NvSpace *
nv_i_arm_space (const NvReportArm *arm, GError **error)
{
  g_autoptr (JsonNode) all = nv_i_arm_options (arm);
  GVariant *options = NULL;
  const char *name = plugin_of (arm, all, "space", &options, error);
  return name ? nv_i_space_new (name, options, error) : NULL;
}

/* --- cells and scores --------------------------------------------------------------- */

typedef struct {
  NvSpace *space;
  NvCells *fit;         /* those that the study pre-trained on */
  NvCells *pool;        /* these, and what was evaluated beside them */
  NvCellIndex *index;   /* canonical form -> place in the pool */
  gboolean open;        /* cells of the store are added to the pool */
  GArray *score;        /* double, by place */
} Pool;

static gboolean
place_of (Pool *p, const char *text, gsize *place)
{
  NvCell cell, canonical;
  if (!nv_space_parse (p->space, text, &cell, NULL))
    return FALSE;
  nv_space_canonical (p->space, &cell, &canonical);
  if (!p->open)
    return nv_cell_index_find (p->index, &canonical, place);
  if (nv_cell_index_add (p->index, &canonical, p->pool->count, place))
    nv_cells_append (p->pool, &cell);
  return TRUE;
}

/* The cells of a table that has not all of the space. The file must be the study's. */
static NvCells *
cells_of_table (NvSpace *space, JsonObject *description, GError **error)
{
  static const char *const keys[] = { "file", "dataset", "epochs", "cell", "observed", "where" };
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *options = json_object_new ();
  json_node_take_object (node, options);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (json_object_has_member (description, keys[i]))
      json_object_set_member (options, keys[i],
                              json_node_copy (json_object_get_member (description, keys[i])));
  g_autoptr (NvBenchmark) table
      = nv_i_benchmark_new (space, "table", nv_i_options_variant (node), error);
  if (table == NULL) {
    g_prefix_error (error, "the map needs the cells of the study's table: ");
    return NULL;
  }
  const char *was = json_object_get_string_member_with_default (description, "sha256", "");
  JsonObject *now = json_node_get_object (table->description);
  if (g_str_equal (was, json_object_get_string_member_with_default (now, "sha256", "")))
    return nv_cells_ref (table->pool);
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "the map needs the cells of the study's table, and %s is not the file that it was",
               json_object_get_string_member_with_default (now, "file", "this"));
  return NULL;
}

static gint64
study_seed (const NvReport *r)
{
  JsonObject *m = r->manifest ? json_node_get_object (r->manifest) : NULL;
  return m ? json_object_get_int_member_with_default (m, "seed", 0) : 0;
}

/* The cells that the study pre-trained on: what it sampled, all that its table has, or the space;
 * none, where nothing tells. */
static NvCells *
pool_of (NvSpace *space, const NvReport *r, const NvReportArm *arm, GError **error)
{
  g_autoptr (JsonNode) all = nv_i_arm_options (arm);
  JsonObject *o = json_node_get_object (all);
  gint64 sampled = json_object_get_int_member_with_default (o, "pool_size", 0);
  if (sampled > 0)
    return nv_i_space_pool (space, (gsize) sampled, (guint64) study_seed (r), error);
  JsonObject *table = json_object_has_member (o, "benchmark")
                          ? json_object_get_object_member (o, "benchmark") : NULL;
  gint64 listed = table != NULL ? json_object_get_int_member_with_default (table, "cells", 0) : 0;
  g_autoptr (NvCells) cells = NULL;
  if (!nv_space_enumerable (space))
    return listed > 0 ? cells_of_table (space, table, error) : nv_cells_new (space->nodes);
  cells = nv_space_enumerate (space, error);
  if (cells == NULL || json_object_has_member (o, "pretrain") || listed == 0
      || listed == (gint64) cells->count)
    return g_steal_pointer (&cells);
  return cells_of_table (space, table, error);
}

static gboolean
open_pool (Pool *p, const NvReport *r, const NvReportArm *arm, GError **error)
{
  NvCell cell, canonical;
  p->index = nv_cell_index_new ();
  p->score = g_array_new (FALSE, FALSE, sizeof (double));
  p->open = !nv_space_enumerable (p->space);
  p->fit = pool_of (p->space, r, arm, error);
  if (p->fit == NULL)
    return FALSE;
  p->pool = nv_cells_new (p->space->nodes);
  for (gsize i = 0; i < p->fit->count; i++) {
    double unknown = NAN;
    nv_cells_get (p->fit, i, &cell);
    nv_cells_append (p->pool, &cell);
    nv_space_canonical (p->space, &cell, &canonical);
    nv_cell_index_add (p->index, &canonical, i, NULL);
    g_array_append_val (p->score, unknown);
  }
  return TRUE;
}

static gboolean
read_scores (Pool *p, NvStore *store, const NvReportTask *task, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT cell, avg(%s) FROM trial JOIN run ON run.id = run JOIN arm ON arm.id = arm"
      " WHERE benchmark = ? AND NOT failed GROUP BY cell ORDER BY cell",
      task->tested ? "test" : "score");
  g_autoptr (NvQuery) query = nv_i_query (store, sql, error);
  if (query != NULL)
    sqlite3_bind_text (query->statement, 1, task->name, -1, SQLITE_TRANSIENT);
  while (nv_i_query_row (query)) {
    gsize place;
    const double score = nv_i_column_number (query->statement, 1);
    if (!place_of (p, nv_i_column_text (query->statement, 0), &place))
      continue;
    if (place < p->score->len)
      g_array_index (p->score, double, place) = score;
    else
      g_array_append_val (p->score, score);
  }
  return nv_i_query_done (query, error);
}

/* The cells with a score of the arm's first run that counts, in order; none: no run. */
typedef struct {
  GArray *place; /* guint32, in the pool */
  GArray *score; /* double, observed */
} Trials;

static void
clear_trials (Trials *trials)
{
  g_clear_pointer (&trials->place, g_array_unref);
  g_clear_pointer (&trials->score, g_array_unref);
}

static gboolean
read_trials (Trials *out, Pool *p, NvStore *store, const NvReportArm *arm, GError **error)
{
  const NvReportRun *run = NULL;
  *out = (Trials){ g_array_new (FALSE, FALSE, sizeof (guint32)),
                   g_array_new (FALSE, FALSE, sizeof (double)) };
  for (guint i = 0; i < arm->n_runs && run == NULL; i++)
    if (nv_i_run_counts (&arm->runs[i]))
      run = &arm->runs[i];
  if (run == NULL)
    return TRUE;
  g_autofree char *sql = g_strdup_printf (
      "SELECT cell, score FROM trial WHERE run = %" G_GINT64_FORMAT
      " AND NOT failed ORDER BY step", run->id);
  g_autoptr (NvQuery) query = nv_i_query (store, sql, error);
  while (nv_i_query_row (query)) {
    gsize place;
    if (!place_of (p, nv_i_column_text (query->statement, 0), &place))
      continue;
    const guint32 index = (guint32) place;
    const double score = sqlite3_column_double (query->statement, 1);
    g_array_append_val (out->place, index);
    g_array_append_val (out->score, score);
  }
  return nv_i_query_done (query, error);
}

/* Those that were the best so far. */
static GArray *
path_of_trials (const Trials *trials)
{
  GArray *path = g_array_new (FALSE, FALSE, sizeof (guint));
  double best = -INFINITY;
  for (guint i = 0; i < trials->place->len; i++) {
    const guint place = g_array_index (trials->place, guint32, i);
    if (g_array_index (trials->score, double, i) <= best)
      continue;
    best = g_array_index (trials->score, double, i);
    g_array_append_val (path, place);
  }
  return path;
}

/* --- the encoder -------------------------------------------------------------------- */

/* What a run trains for itself is seldom kept: it is trained again, by the core's own
 * loss, on the scores that the run has seen. */
static gboolean
train_joint (NvEncoder *encoder, const NvReportArm *arm, const NvCells *pool,
             const Trials *trials, guint64 seed, GError **error)
{
  NvRng rng;
  if (trials->place->len == 0 || !nv_i_encoder_can_join (encoder)) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "arm '%s': every run trains its encoder for itself, and no run with a "
                 "score has ended", arm->label);
    return FALSE;
  }
  nv_rng_init (&rng, seed, "report training", 0);
  nv_i_labels_train (encoder, pool, (const guint32 *) trials->place->data,
                     (const double *) trials->score->data, trials->place->len, &rng);
  return TRUE;
}

static NvEncoder *
open_encoder (const NvReport *r, const NvReportArm *arm, const Pool *p, const Trials *trials,
              GError **error)
{
  g_autoptr (JsonNode) all = nv_i_arm_options (arm);
  GVariant *options = NULL;
  const char *name = plugin_of (arm, all, "encoder", &options, error);
  if (name == NULL)
    return NULL;
  JsonObject *m = r->manifest ? json_node_get_object (r->manifest) : NULL;
  const guint64 seed = (guint64) study_seed (r);
  double held_out = m ? json_object_get_double_member_with_default (m, "held_out", 0) : 0;
  g_autoptr (NvEncoder) encoder = nv_i_encoder_new (name, options, p->space,
                                                    seed, 0, g_get_num_processors (), error);
  const NvCells *cells = p->fit->count > 0 ? p->fit : p->pool;
  if (encoder == NULL
      || !nv_i_encoder_prepare (encoder, cells, held_out, NULL, NULL, NULL, error)
      || (arm->joint && !train_joint (encoder, arm, p->pool, trials, seed, error)))
    return NULL;
  return g_steal_pointer (&encoder);
}

/* Nothing can be drawn of others. */
static gboolean
all_numbers (const NvLatent *l, GError **error)
{
  NvCell cell;
  gsize at = 0;
  while (at < l->n * l->D && isfinite (l->x[at]))
    at++;
  if (at == l->n * l->D)
    return TRUE;
  nv_cells_get (l->cells, at / l->D, &cell);
  g_autofree char *text = nv_space_format (l->space, &cell);
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "encoder %s: the embedding of cell %s is %s",
               l->encoder->klass->head.name, text, isnan (l->x[at]) ? "nan" : "infinite");
  return FALSE;
}

static void
close_pool (Pool *p)
{
  g_clear_pointer (&p->fit, nv_cells_unref);
  g_clear_pointer (&p->pool, nv_cells_unref);
  g_clear_pointer (&p->index, nv_cell_index_free);
  g_clear_pointer (&p->score, g_array_unref);
}

static NvLatent *
from_pool (Pool *p, Trials *trials, const char *file, const NvReport *r,
           const NvReportArm *arm, GError **error)
{
  const NvReportTask *task = &r->tasks[arm->task];
  g_autoptr (NvStore) store = nv_i_store_open_readonly (file, error);
  if (store == NULL || !open_pool (p, r, arm, error)
      || !read_scores (p, store, task, error)
      || !read_trials (trials, p, store, arm, error))
    return NULL;
  NvEncoder *encoder = open_encoder (r, arm, p, trials, error);
  if (encoder == NULL)
    return NULL;
  g_autoptr (GArray) path = path_of_trials (trials);
  g_autofree char *title = g_strdup_printf ("%s, %s", r->methods[arm->method],
                                            task->name);
  g_autoptr (NvLatent) latent
      = nv_i_latent_new (title, encoder, p->space, p->pool, (const double *) p->score->data, path,
                         task->percent, task->tested);
  return all_numbers (latent, error) ? g_steal_pointer (&latent) : NULL;
}

NvLatent *
nv_i_latent_from_store (const char *file, const NvReport *r, const char *name,
                        GError **error)
{
  const NvReportArm *arm = find_arm (r, name, error);
  g_autoptr (NvSpace) space = arm ? nv_i_arm_space (arm, error) : NULL;
  if (space == NULL)
    return NULL;
  Pool pool = { .space = space };
  Trials trials = { NULL, NULL };
  NvLatent *latent = from_pool (&pool, &trials, file, r, arm, error);
  clear_trials (&trials);
  close_pool (&pool);
  return latent;
}
