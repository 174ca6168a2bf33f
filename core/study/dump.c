/* A store as text: all that must be equal between two runs of the same study. */
#include "data/json.h"
#include "plugin/options.h"
#include "study/query.h"
#include "study/record.h"

/* The manifest without what the machine adds; g_free. */
static char *
manifest_text (const char *text, GError **error)
{
  g_autoptr (JsonNode) node = nv_i_json_parse (text, -1, error);
  if (node == NULL)
    return NULL;
  if (JSON_NODE_HOLDS_OBJECT (node))
    json_object_remove_member (json_node_get_object (node), "host");
  return nv_i_json_text (node);
}

static void
append_column (GString *out, sqlite3_stmt *s, int column)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  if (column > 0)
    g_string_append_c (out, '|');
  switch (sqlite3_column_type (s, column)) {
  case SQLITE_NULL:
    g_string_append (out, "NULL");
    return;
  case SQLITE_FLOAT:
    g_ascii_dtostr (number, sizeof number, sqlite3_column_double (s, column));
    g_string_append (out, number);
    return;
  default:
    g_string_append (out, nv_i_column_text (s, column));
  }
}

static gboolean
dump_table (NvStore *store, const char *table, const char *order, GString *out,
            GError **error)
{
  g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s ORDER BY %s", table, order);
  g_autoptr (NvQuery) query = nv_i_query (store, sql, error);
  g_string_append_printf (out, "[%s]\n", table);
  while (nv_i_query_row (query)) {
    for (int column = 0; column < sqlite3_column_count (query->statement); column++)
      append_column (out, query->statement, column);
    g_string_append_c (out, '\n');
  }
  return nv_i_query_done (query, error);
}

char *
nv_i_store_dump (NvStore *store, GError **error)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *manifest = NULL;
  if (!nv_i_store_get_meta (store, "manifest", &manifest, error))
    return NULL;
  g_autofree char *text = manifest != NULL ? manifest_text (manifest, error) : g_strdup ("");
  if (text == NULL)
    return NULL;
  g_string_append_printf (out, "[manifest]\n%s\n", text);
  g_mutex_lock (&store->mutex);
  gboolean ok = dump_table (store, "arm", "id", out, error)
                && dump_table (store, "run", "id", out, error)
                && dump_table (store, "trial", "run, step", out, error);
  g_mutex_unlock (&store->mutex);
  return ok ? g_string_free (g_steal_pointer (&out), FALSE) : NULL;
}
