/* The definition of a study: what is written into its store, and whether a store's is the same.
 *
 * An arm's `options` hold all that decides its trials: benchmark (with the digest of its file),
 * space, encoder and searcher with versions and every option, joint training, pre-training on the
 * space, size of a sample of it. The manifest adds what all arms share, and lists the arms. Digests
 * of plugin files are the machine's: another build of the same version may go on, and the replay of
 * its trials finds it out if it searches differently. */
#include <string.h>

#include "data/json.h"
#include "nn/kernels.h"
#include "plugin/options.h"
#include "plugin/registry.h"
#include "study/query.h"
#include "study/session.h"

/* --- as JSON ------------------------------------------------------------------------------ */

/* Plugin, version and effective options. */
static JsonNode *
plugin_json (NvKind kind, const char *name, GVariant *values, GError **error)
{
  const NvClass *klass = nv_i_plugin_find (kind, name, error);
  if (klass == NULL)
    return NULL;
  gpointer options = nv_i_options_new (klass->params, klass->options_size, klass->defaults,
                                       values, name, error);
  if (options == NULL)
    return NULL;
  JsonNode *node = nv_i_plugin_json (klass, options);
  nv_i_options_free (klass->params, options);
  return node;
}

static gboolean
is_joint (const NvArm *arm)
{
  return nv_i_arm_joint (
      arm, (const NvEncoderClass *) nv_i_plugin_find (NV_KIND_ENCODER, arm->encoder, NULL));
}

char *
nv_i_arm_encoder_text (const NvArm *arm, GError **error)
{
  g_autoptr (JsonNode) node
      = plugin_json (NV_KIND_ENCODER, arm->encoder, arm->encoder_options, error);
  return node != NULL ? nv_i_json_text (node) : NULL;
}

static gboolean
has_sampled_pool (const NvArm *arm)
{
  return arm->benchmark->pool == NULL && !nv_space_enumerable (arm->benchmark->space);
}

/* Are cells drawn to pre-train on? */
static gboolean
has_sample (const NvStudy *study, const NvArm *arm)
{
  return has_sampled_pool (arm)
         || (study->pretrain_space && !nv_space_enumerable (arm->benchmark->space));
}

/* Canonical text; g_free. */
static char *
arm_text (const NvStudy *study, const NvArm *arm, GError **error)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();
  json_node_take_object (root, object);
  JsonNode *encoder = plugin_json (NV_KIND_ENCODER, arm->encoder, arm->encoder_options, error);
  if (encoder == NULL)
    return NULL;
  json_object_set_member (object, "encoder", encoder);
  JsonNode *searcher
      = plugin_json (NV_KIND_SEARCHER, arm->searcher, arm->searcher_options, error);
  if (searcher == NULL)
    return NULL;
  json_object_set_member (object, "searcher", searcher);
  json_object_set_boolean_member (object, "joint", is_joint (arm));
  json_object_set_member (object, "space", nv_i_space_json (arm->benchmark->space));
  json_object_set_member (object, "benchmark", json_node_copy (arm->benchmark->description));
  if (study->pretrain_space)
    json_object_set_string_member (object, "pretrain", "space");
  if (has_sample (study, arm))
    json_object_set_int_member (object, "pool_size", (gint64) study->pool_size);
  return nv_i_json_text (root);
}

static void
add_plugin_digest (JsonObject *plugins, NvKind kind, const char *name)
{
  const NvClass *klass = nv_i_plugin_find (kind, name, NULL);
  g_autofree char *key = g_strdup_printf ("%s %s", nv_kind_name (kind), name);
  json_object_set_string_member (plugins, key, nv_i_plugin_digest (klass));
}

static JsonObject *
host_json (const NvStudy *study)
{
  JsonObject *host = json_object_new (), *plugins = json_object_new ();
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *time = g_date_time_format_iso8601 (now), *blas = nv_i_blas_name ();
  for (guint i = 0; i < study->arms->len; i++) {
    const NvArm *arm = g_ptr_array_index (study->arms, i);
    add_plugin_digest (plugins, NV_KIND_SPACE, arm->benchmark->space->klass->head.name);
    add_plugin_digest (plugins, NV_KIND_ENCODER, arm->encoder);
    add_plugin_digest (plugins, NV_KIND_SEARCHER, arm->searcher);
  }
  json_object_set_string_member (host, "name", g_get_host_name ());
  json_object_set_int_member (host, "cores", g_get_num_processors ());
  json_object_set_int_member (host, "workers", study->workers);
  json_object_set_string_member (host, "blas", blas);
  json_object_set_string_member (host, "time", time);
  json_object_set_object_member (host, "plugins", plugins);
  return host;
}

/* Best test score of each table: for the report's regret. No searcher sees it. */
static JsonObject *
optimum_json (const NvStudy *study)
{
  JsonObject *optimum = json_object_new ();
  for (guint i = 0; i < study->arms->len; i++) {
    const NvArm *arm = g_ptr_array_index (study->arms, i);
    double score, test;
    if (nv_i_benchmark_optimum (arm->benchmark, &score, &test) && test == test)
      json_object_set_double_member (optimum, arm->benchmark->name, test);
  }
  return optimum;
}

/* All but "arms", which depend on what the store holds already. */
static JsonObject *
manifest_json (const NvStudy *study)
{
  JsonObject *m = json_object_new ();
  gboolean sampled = FALSE;
  for (guint i = 0; i < study->arms->len; i++)
    sampled |= has_sampled_pool (g_ptr_array_index (study->arms, i));
  json_object_set_string_member (m, "name", study->name);
  json_object_set_string_member (m, "nasvec", nv_version ());
  json_object_set_int_member (m, "seed", (gint64) study->seed);
  json_object_set_int_member (m, "seeds", study->first_seed + study->seeds);
  json_object_set_int_member (m, "encoder_seeds", study->encoder_seeds);
  json_object_set_int_member (m, "budget_cells", (gint64) study->budget_cells);
  json_object_set_double_member (m, "budget_seconds", study->budget_seconds);
  json_object_set_double_member (m, "held_out", study->held_out);
  if (study->pretrain_space)
    json_object_set_string_member (m, "pretrain", "space");
  json_object_set_int_member (m, "pool_size", sampled ? (gint64) study->pool_size : 0);
  json_object_set_object_member (m, "optimum", optimum_json (study));
  json_object_set_string_member (m, "script", study->script != NULL ? study->script : "");
  if (study->parameters != NULL)
    json_object_set_object_member (m, "parameters", json_object_ref (study->parameters));
  json_object_set_object_member (m, "host", host_json (study));
  return m;
}

/* --- comparison --------------------------------------------------------------------------- */

static char *
value_text (JsonNode *node)
{
  return node != NULL ? nv_i_json_text (node) : g_strdup ("missing");
}

/* The first place where two values differ: its path is appended, and what stands there given as
 * text; FALSE: they are the same. */
static gboolean
find_difference (JsonNode *a, JsonNode *b, GString *path, char **in_a, char **in_b)
{
  if (a == NULL || b == NULL || !JSON_NODE_HOLDS_OBJECT (a) || !JSON_NODE_HOLDS_OBJECT (b)) {
    g_autofree char *x = value_text (a), *y = value_text (b);
    if (strcmp (x, y) == 0)
      return FALSE;
    *in_a = g_steal_pointer (&x);
    *in_b = g_steal_pointer (&y);
    return TRUE;
  }
  JsonObject *x = json_node_get_object (a), *y = json_node_get_object (b);
  g_autoptr (GList) keys = g_list_concat (json_object_get_members (x),
                                          json_object_get_members (y));
  gsize length = path->len;
  for (GList *key = keys; key != NULL; key = key->next) {
    g_string_append_printf (path, ".%s", (const char *) key->data);
    if (find_difference (json_object_get_member (x, key->data),
                         json_object_get_member (y, key->data), path, in_a, in_b))
      return TRUE;
    g_string_truncate (path, length);
  }
  return FALSE;
}

/* Of two texts of many lines, such as scripts, the first one in which they differ. */
static void
show_line (char **a, char **b)
{
  g_auto (GStrv) x = g_strsplit (*a, "\\n", -1), y = g_strsplit (*b, "\\n", -1);
  guint line = 0;
  if (x[0] == NULL || y[0] == NULL || (x[1] == NULL && y[1] == NULL))
    return;
  while (x[line] != NULL && g_strcmp0 (x[line], y[line]) == 0)
    line++;
  g_free (*a);
  g_free (*b);
  *a = g_strdup_printf ("'%s' in line %u", x[line] != NULL ? x[line] : "", line + 1);
  *b = g_strdup_printf ("'%s'", y[line] != NULL ? y[line] : "");
}

/* `what`: where the two values stand in the study. */
static gboolean
check_same (const char *file, const char *what, JsonNode *stored, JsonNode *wanted,
            GError **error)
{
  g_autoptr (GString) path = g_string_new (what);
  g_autofree char *there = NULL, *here = NULL;
  if (!find_difference (stored, wanted, path, &there, &here))
    return TRUE;
  show_line (&there, &here);
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "%s: the store holds another study: %s is %s there and %s here; take another "
               "store, or make them the same", file, path->str, there, here);
  return FALSE;
}

/* Is a benchmark of the manifest's arms a function of the script? */
static gboolean
has_function (JsonObject *manifest)
{
  JsonArray *arms = json_object_get_array_member (manifest, "arms");
  for (guint i = 0; arms != NULL && i < json_array_get_length (arms); i++) {
    JsonObject *arm = json_array_get_object_element (arms, i);
    JsonObject *benchmark = json_object_get_object_member (arm, "benchmark");
    const char *kind = json_object_get_string_member_with_default (benchmark, "kind", "");
    if (strcmp (kind, "function") == 0)
      return TRUE;
  }
  return FALSE;
}

/* The parameters of a script that can change what a function of it gives; NULL: not recorded. By
 * their names, the others say how much of the study is run, and where. */
static JsonNode *
defining_parameters (JsonObject *manifest)
{
  static const char *const others[]
      = { "first_seed", "out", "seeds", "store", "workers", NULL };
  JsonNode *node = json_object_get_member (manifest, "parameters");
  if (node == NULL)
    return NULL;
  JsonObject *all = json_node_get_object (node), *copy = json_object_new ();
  g_autoptr (GList) keys = json_object_get_members (all);
  for (GList *key = keys; key != NULL; key = key->next)
    if (!g_strv_contains (others, key->data))
      json_object_set_member (copy, key->data, json_object_dup_member (all, key->data));
  return json_node_init_object (json_node_alloc (), copy);
}

static gboolean
script_matters (const NvStudy *study)
{
  for (guint i = 0; i < study->arms->len; i++)
    if (((const NvArm *) g_ptr_array_index (study->arms, i))->benchmark->serial)
      return TRUE;
  return FALSE;
}

gboolean
nv_i_manifest_check (const char *file, JsonObject *stored, JsonObject *wanted, gboolean script,
                     GError **error)
{
  static const char *const keys[] = { "name",         "nasvec",         "seed",     "encoder_seeds",
                                      "budget_cells", "budget_seconds", "held_out", "script" };
  const gboolean whole = script || has_function (stored);
  const gsize count = G_N_ELEMENTS (keys) - (whole ? 0 : 1);
  for (gsize i = 0; i < count; i++)
    if (!check_same (file, keys[i], json_object_get_member (stored, keys[i]),
                     json_object_get_member (wanted, keys[i]), error))
      return FALSE;
  g_autoptr (JsonNode) there = defining_parameters (stored), here = defining_parameters (wanted);
  return !whole || there == NULL || check_same (file, "parameters", there, here, error);
}

JsonNode *
nv_i_manifest_options (const char *file, const char *label, const char *text, GError **error)
{
  g_autoptr (JsonNode) node = text != NULL ? nv_i_json_parse (text, -1, NULL) : NULL;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node) && label != NULL)
    return g_steal_pointer (&node);
  g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: damaged: arm '%s' has no options", file,
               label != NULL ? label : "?");
  return NULL;
}

gboolean
nv_i_manifest_check_arm (const char *file, const char *label, const char *stored,
                         const char *wanted, GError **error)
{
  g_autofree char *what = g_strdup_printf ("arm '%s'", label);
  g_autoptr (JsonNode) a = nv_i_manifest_options (file, label, stored, error);
  g_autoptr (JsonNode) b = a != NULL ? nv_i_manifest_options (file, label, wanted, error) : NULL;
  return b != NULL && check_same (file, what, a, b, error);
}

/* --- in the store ------------------------------------------------------------------------- */

/* *bare: nothing would be lost with the arm, or with all arms (id 0). */
static gboolean
is_bare (NvStore *store, gint64 id, gboolean *bare, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "SELECT count (*) FROM run WHERE (%" G_GINT64_FORMAT " IN (0, arm)) AND"
      " ((reason IS NOT NULL AND reason NOT LIKE '" NV_FAILED "%%')"
      "  OR EXISTS (SELECT 1 FROM trial WHERE trial.run = run.id))", id);
  gint64 count;
  if (!nv_i_store_number (store, sql, &count, error))
    return FALSE;
  *bare = count == 0;
  return TRUE;
}

/* A row that is to join the arm `label` of its benchmark's name. One task is one benchmark with one
 * noise on one space, and has an arm once, by whatever label. */
static gboolean
check_other (const char *file, const NvArmRow *row, JsonObject *wanted, const char *label,
             JsonObject *other, GError **error)
{
  static const char *const keys[] = { "space", "benchmark" };
  g_autofree char *there = NULL, *here = NULL;
  g_autoptr (GString) path = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++) {
    g_string_assign (path, keys[i]);
    if (!find_difference (json_object_get_member (other, keys[i]),
                          json_object_get_member (wanted, keys[i]), path, &there, &here))
      continue;
    g_set_error (error, NV_ERROR, NV_ERROR_STORE,
                 "%s: arms '%s' and '%s' would be compared on '%s', but %s is %s there and %s "
                 "here; give one of the two benchmarks a label, or take another store", file, label,
                 row->label, row->benchmark, path->str, there, here);
    return FALSE;
  }
  g_autoptr (JsonNode) a = json_node_init_object (json_node_alloc (), other);
  g_autoptr (JsonNode) b = json_node_init_object (json_node_alloc (), wanted);
  g_string_assign (path, "");
  if (find_difference (a, b, path, &there, &here))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "%s: arm '%s' is the same as arm '%s' and would count twice; leave it out, or give "
               "it that label by those of its encoder and searcher", file, row->label, label);
  return FALSE;
}

gboolean
nv_i_manifest_check_new (NvStore *store, const char *file, const NvArmRow *row, gint64 id,
                         GError **error)
{
  g_autoptr (JsonNode) wanted = nv_i_manifest_options (file, row->label, row->options, error);
  g_autoptr (NvQuery) query = NULL;
  if (wanted != NULL)
    query = nv_i_query (store, "SELECT label, options FROM arm WHERE benchmark = ?1 AND id <> ?2"
                               " ORDER BY id", error);
  if (query == NULL)
    return FALSE;
  sqlite3_bind_text (query->statement, 1, row->benchmark, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (query->statement, 2, id);
  while (nv_i_query_row (query)) {
    const char *label = nv_i_column_text (query->statement, 0);
    const char *options = nv_i_column_text (query->statement, 1);
    g_autoptr (JsonNode) other = nv_i_manifest_options (store->file, label, options, error);
    if (other == NULL
        || !check_other (file, row, json_node_get_object (wanted), label,
                         json_node_get_object (other), error))
      return FALSE;
  }
  return nv_i_query_done (query, error);
}

static gboolean
drop_arm (NvStore *store, gint64 id, gboolean encoder, GError **error)
{
  g_autofree char *sql = g_strdup_printf (
      "DELETE FROM run WHERE arm = %" G_GINT64_FORMAT ";"
      "DELETE FROM encoder WHERE %d AND arm = %" G_GINT64_FORMAT ";"
      "DELETE FROM arm WHERE %d AND id = %" G_GINT64_FORMAT, id, encoder, id, encoder, id);
  return nv_i_store_exec (store, sql, "the study cannot be recorded", error);
}

static gboolean
has_arm (const NvStudy *study, const char *label)
{
  for (guint i = 0; i < study->arms->len; i++)
    if (g_strcmp0 (((const NvArm *) g_ptr_array_index (study->arms, i))->label, label) == 0)
      return TRUE;
  return FALSE;
}

/* Arms without a trial that the study does not have are of a script that was changed since. */
static gboolean
drop_bare (const NvStudy *study, NvStore *store, GError **error)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (NvQuery) query = nv_i_query (store, "SELECT id, label FROM arm ORDER BY id", error);
  while (nv_i_query_row (query)) {
    const gint64 id = sqlite3_column_int64 (query->statement, 0);
    if (!has_arm (study, nv_i_column_text (query->statement, 1)))
      g_array_append_val (ids, id);
  }
  gboolean ok = nv_i_query_done (query, error);
  for (guint i = 0; i < ids->len && ok; i++) {
    gboolean bare = FALSE;
    ok = is_bare (store, g_array_index (ids, gint64, i), &bare, error)
         && (!bare || drop_arm (store, g_array_index (ids, gint64, i), TRUE, error));
  }
  return ok;
}

/* The arm with its runs. One that is there must be the same, unless it has no trial yet. */
static gboolean
record_arm (const NvStudy *study, const NvArm *arm, NvStore *store, gint64 *id, GError **error)
{
  g_autofree char *wanted = arm_text (study, arm, error), *stored = NULL;
  gboolean bare = TRUE;
  if (wanted == NULL || !nv_i_store_find_arm (store, arm->label, id, &stored, error)
      || (*id != 0 && !is_bare (store, *id, &bare, error)))
    return FALSE;
  if (!bare)
    return nv_i_manifest_check_arm (study->store, arm->label, stored, wanted, error)
           && nv_i_store_add_runs (store, *id, study->first_seed, study->seeds, error);
  const NvArmRow row = {
    arm->label, arm->benchmark->name, arm->encoder, arm->searcher, arm->benchmark->noise,
    is_joint (arm), arm->benchmark->percent, wanted,
  };
  return nv_i_manifest_check_new (store, study->store, &row, *id, error)
         && (*id == 0 || drop_arm (store, *id, strcmp (stored, wanted) != 0, error))
         && nv_i_store_add_arm (store, &row, id, error)
         && nv_i_store_add_runs (store, *id, study->first_seed, study->seeds, error);
}

/* "arms" of the manifest: those of the store, in its order. */
static JsonArray *
arms_json (NvStore *store, GError **error)
{
  g_autoptr (JsonArray) arms = json_array_new ();
  g_autoptr (NvQuery) query
      = nv_i_query (store, "SELECT label, options FROM arm ORDER BY id", error);
  while (nv_i_query_row (query)) {
    const char *label = nv_i_column_text (query->statement, 0);
    const char *options = nv_i_column_text (query->statement, 1);
    g_autoptr (JsonNode) node = nv_i_manifest_options (store->file, label, options, error);
    if (node == NULL)
      return NULL;
    json_object_set_string_member (json_node_get_object (node), "label", label);
    json_array_add_element (arms, g_steal_pointer (&node));
  }
  return nv_i_query_done (query, error) ? g_steal_pointer (&arms) : NULL;
}

gboolean
nv_i_manifest_read (NvStore *store, JsonObject **manifest, GError **error)
{
  g_autofree char *text = NULL;
  *manifest = NULL;
  if (!nv_i_store_get_meta (store, "manifest", &text, error))
    return FALSE;
  if (text == NULL)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid (text, -1); /* scripts were not always checked */
  g_autoptr (JsonNode) node = nv_i_json_parse (valid, -1, NULL);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node)) {
    *manifest = json_node_dup_object (node);
    return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: damaged: its manifest is no object",
               store->file);
  return FALSE;
}

/* The optima, seeds, sample and pre-training of `other` join those of `manifest`: they are of
 * arms that `manifest` need not have. */
static void
join (JsonObject *manifest, JsonObject *other)
{
  JsonObject *from = json_object_get_object_member (other, "optimum");
  JsonObject *to = json_object_get_object_member (manifest, "optimum");
  g_autoptr (GList) keys = json_object_get_members (from);
  for (GList *key = keys; key != NULL; key = key->next)
    json_object_set_double_member (to, key->data,
                                   json_object_get_double_member (from, key->data));
  const gint64 a = json_object_get_int_member_with_default (manifest, "seeds", 0);
  const gint64 b = json_object_get_int_member_with_default (other, "seeds", 0);
  json_object_set_int_member (manifest, "seeds", MAX (a, b));
  const gint64 c = json_object_get_int_member_with_default (manifest, "pool_size", 0);
  const gint64 d = json_object_get_int_member_with_default (other, "pool_size", 0);
  json_object_set_int_member (manifest, "pool_size", MAX (c, d));
  if (json_object_has_member (other, "pretrain"))
    json_object_set_member (manifest, "pretrain", json_object_dup_member (other, "pretrain"));
}

gboolean
nv_i_manifest_write (NvStore *store, JsonObject *manifest, JsonObject *other, GError **error)
{
  JsonArray *arms = arms_json (store, error);
  if (arms == NULL)
    return FALSE;
  if (other != NULL)
    join (manifest, other);
  json_object_set_array_member (manifest, "arms", arms);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  json_node_set_object (node, manifest);
  g_autofree char *text = nv_i_json_text (node);
  return nv_i_store_set_meta (store, "manifest", text, error)
         && nv_i_store_set_meta (store, "version", nv_version (), error);
}

static gboolean
record_all (const NvStudy *study, NvStore *store, gint64 *ids, GError **error)
{
  g_autoptr (JsonObject) manifest = manifest_json (study), stored = NULL;
  gboolean bare;
  if (!nv_i_manifest_read (store, &stored, error) || !is_bare (store, 0, &bare, error)
      || !drop_bare (study, store, error))
    return FALSE;
  if (bare) /* an attempt that came to nothing binds nobody */
    g_clear_pointer (&stored, json_object_unref);
  if (stored != NULL
      && !nv_i_manifest_check (study->store, stored, manifest, script_matters (study), error))
    return FALSE;
  for (guint i = 0; i < study->arms->len; i++)
    if (!record_arm (study, g_ptr_array_index (study->arms, i), store, &ids[i], error))
      return FALSE;
  return nv_i_manifest_write (store, manifest, stored, error);
}

gboolean
nv_i_study_record (const NvStudy *study, NvStore *store, gint64 *ids, GError **error)
{
  const char *doing = "the study cannot be recorded";
  if (!nv_i_store_exec (store, "BEGIN IMMEDIATE", doing, error))
    return FALSE;
  if (record_all (study, store, ids, error))
    return nv_i_store_exec (store, "COMMIT", doing, error);
  sqlite3_exec (store->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}
