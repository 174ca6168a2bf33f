/* Whether two definitions stand for the same study, and what may join it: what differs is named by
 * its place and by what stands there. */
#include <string.h>

#include "data/json.h"
#include "plugin/options.h"
#include "study/query.h"
#include "study/session.h"

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

/* --- a new arm in a store ----------------------------------------------------------------- */

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
