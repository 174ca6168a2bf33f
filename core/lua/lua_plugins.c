/* nv.plugins (): what there is, as the registry and the parameter tables tell it. Kinds of
 * benchmark are no plugins, but part of nasvec; a `function` has no table of parameters.
 *
 *   { space = { { name = , version = , summary = , params = { ... }, markdown = }, ... },
 *     encoder = ..., searcher = ..., benchmark = ... }
 *
 * `markdown` is the table of the parameters for docs/lua.md. */
#include "lua/lua_nasvec.h"

#include "plugin/options.h"
#include "plugin/registry.h"

static void
push_params (lua_State *L, const NvParam *params, const void *defaults)
{
  g_autoptr (JsonNode) node = nv_i_params_json (params, defaults);
  nv_i_lua_push_json (L, node);
  lua_setfield (L, -2, "params");
  g_autofree char *table = nv_i_params_help (params, defaults, TRUE);
  lua_pushstring (L, table);
  lua_setfield (L, -2, "markdown");
}

/* A table with what all entries have. */
static void
push_entry (lua_State *L, const char *name, const char *version, const char *summary,
            const NvParam *params, const void *defaults)
{
  lua_newtable (L);
  lua_pushstring (L, name);
  lua_setfield (L, -2, "name");
  lua_pushstring (L, version);
  lua_setfield (L, -2, "version");
  lua_pushstring (L, summary);
  lua_setfield (L, -2, "summary");
  push_params (L, params, defaults);
}

static void
push_kind (lua_State *L, NvKind kind)
{
  g_autoptr (GPtrArray) classes = nv_i_plugin_list (kind, NULL);
  lua_newtable (L);
  for (guint i = 0; i < classes->len; i++) {
    const NvClass *c = g_ptr_array_index (classes, i);
    push_entry (L, c->name, c->version, c->summary, c->params, c->defaults);
    lua_rawseti (L, -2, i + 1);
  }
  lua_setfield (L, -2, nv_kind_name (kind));
}

static void
push_benchmarks (lua_State *L)
{
  static const NvParam none[] = { NV_END };
  const char *name;
  guint i;
  lua_newtable (L);
  for (i = 0; (name = nv_i_benchmark_kind (i)) != NULL; i++) {
    const void *defaults;
    const NvParam *params = nv_i_benchmark_params (name, &defaults);
    push_entry (L, name, nv_version (), nv_i_benchmark_summary (name), params, defaults);
    lua_rawseti (L, -2, i + 1);
  }
  push_entry (L, "function", nv_version (), "a Lua function of a cell and a seed, option fn", none,
              NULL);
  lua_rawseti (L, -2, i + 1);
  lua_setfield (L, -2, "benchmark");
}

static int
plugins (lua_State *L)
{
  lua_newtable (L);
  push_benchmarks (L);
  for (NvKind kind = NV_KIND_SPACE; kind <= NV_KIND_SEARCHER; kind++)
    push_kind (L, kind);
  return 1;
}

/* --- checks for nasvec.lua ------------------------------------------------------------ */

static gboolean
check_options (NvKind kind, const char *name, GVariant *options, GError **error)
{
  const NvClass *klass = nv_i_plugin_find (kind, name, error);
  if (klass == NULL)
    return FALSE;
  g_autofree char *what = g_strdup_printf ("%s %s", nv_kind_name (kind), name);
  gpointer checked = nv_i_options_new (klass->params, klass->options_size, klass->defaults,
                                       options, what, error);
  if (checked == NULL)
    return FALSE;
  nv_i_options_free (klass->params, checked);
  return TRUE;
}

static int
check (lua_State *L, NvKind kind)
{
  const char *name = luaL_checkstring (L, 1);
  GError *error = NULL;
  GVariant *options = nv_i_lua_options (L, 2, nv_kind_name (kind), NULL, &error);
  if (options != NULL) {
    g_variant_ref_sink (options);
    check_options (kind, name, options, &error);
    g_variant_unref (options);
  }
  return nv_i_lua_done (L, 0, error);
}

/* check_encoder (name, options), check_searcher (name, options): raise what is wrong. */
static int
check_encoder (lua_State *L)
{
  return check (L, NV_KIND_ENCODER);
}

static int
check_searcher (lua_State *L)
{
  return check (L, NV_KIND_SEARCHER);
}

/* suggestion (word, list): the end of an error about a word that is not in the list. */
static int
suggestion (lua_State *L)
{
  const char *word = luaL_checkstring (L, 1);
  gsize n = (gsize) lua_rawlen (L, 2);
  const char **words = lua_newuserdatauv (L, (n + 1) * sizeof *words, 0);
  for (gsize i = 0; i < n; i++) {
    lua_rawgeti (L, 2, (lua_Integer) i + 1);
    words[i] = lua_tostring (L, -1); /* the list keeps it */
    lua_pop (L, 1);
  }
  words[n] = NULL;
  g_autofree char *text = nv_i_suggestion (word, words);
  lua_pushstring (L, text);
  return 1;
}

void
nv_i_lua_open_plugins (lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "plugins", plugins }, { "check_encoder", check_encoder },
    { "check_searcher", check_searcher }, { "suggestion", suggestion }, { NULL, NULL }
  };
  luaL_setfuncs (L, functions, 0);
}
