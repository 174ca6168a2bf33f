/* The definition of a study: what is written into its store.
 *
 * An arm's `options` hold all that decides its trials: benchmark (with the digest of its file),
 * space, encoder and searcher with versions and every option, joint training, pre-training on the
 * space, size of a sample of it. The manifest adds what all arms share, and lists the arms. Digests
 * of plugin files are the machine's: another build of the same version may go on, and the replay of
 * its trials finds it out if it searches differently. What may differ is in manifest_check.c. */
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
  json_object_set_string_member (host, "library", nv_i_library_digest ());
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

/* --- in the store ------------------------------------------------------------------------- */

static gboolean
script_matters (const NvStudy *study)
{
  for (guint i = 0; i < study->arms->len; i++)
    if (((const NvArm *) g_ptr_array_index (study->arms, i))->benchmark->serial)
      return TRUE;
  return FALSE;
}

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
