/* Between Lua and GLib: errors, options, JSON, and the classes' metatables. */
#include "lua/lua_nasvec.h"

NvLua *
nv_i_lua (lua_State *L)
{
  return *(NvLua **) lua_getextraspace (L);
}

/* --- errors --------------------------------------------------------------------------- */

/* Pushes "file:line: " of the innermost function that was loaded from a file. nasvec.lua and
 * params.lua are loaded from memory and are passed over, as C functions are. */
static void
push_position (lua_State *L)
{
  lua_Debug ar;
  for (int level = 0; lua_getstack (L, level, &ar); level++) {
    lua_getinfo (L, "Sl", &ar);
    if (ar.source[0] == '@' && ar.currentline > 0) {
      lua_pushfstring (L, "%s:%d: ", ar.short_src, ar.currentline);
      return;
    }
  }
  lua_pushfstring (L, "%s: ", nv_i_lua (L)->script->file);
}

int
nv_i_lua_raise (lua_State *L, GError *error)
{
  push_position (L);
  lua_pushstring (L, error->message);
  g_error_free (error);
  lua_concat (L, 2);
  return lua_error (L);
}

int
nv_i_lua_message (lua_State *L)
{
  lua_settop (L, 1);
  if (lua_isstring (L, 1) || luaL_getmetafield (L, 1, "__tostring") != LUA_TNIL) {
    luaL_tolstring (L, 1, NULL);
    return 1;
  }
  push_position (L);
  lua_pushfstring (L, "an error without a text (a %s)", luaL_typename (L, 1));
  lua_concat (L, 2);
  return 1;
}

int
nv_i_lua_done (lua_State *L, int results, GError *error)
{
  return error != NULL ? nv_i_lua_raise (L, error) : results;
}

/* --- options -------------------------------------------------------------------------- */

/* The value on top of the stack, floating; NULL: no option can have it. */
static GVariant *
to_variant (lua_State *L)
{
  switch (lua_type (L, -1)) {
  case LUA_TBOOLEAN:
    return g_variant_new_boolean (lua_toboolean (L, -1));
  case LUA_TNUMBER:
    return lua_isinteger (L, -1) ? g_variant_new_int64 (lua_tointeger (L, -1))
                                 : g_variant_new_double (lua_tonumber (L, -1));
  case LUA_TSTRING: {
    gsize length;
    const char *text = lua_tolstring (L, -1, &length);
    return g_utf8_validate (text, (gssize) length, NULL) ? g_variant_new_string (text) : NULL;
  }
  default:
    return NULL;
  }
}

/* Adds the pair (key, value) on top of the stack. */
static gboolean
add_option (GVariantDict *dict, lua_State *L, const char *what, GError **error)
{
  if (lua_type (L, -2) != LUA_TSTRING) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "%s: options are written key = value, and this one has no key", what);
    return FALSE;
  }
  GVariant *value = to_variant (L);
  if (value == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "%s: %s is %s%s; a number, a string, true "
                 "or false is expected", what, lua_tostring (L, -2),
                 lua_isstring (L, -1) ? "not UTF-8, a " : "a ", luaL_typename (L, -1));
    return FALSE;
  }
  g_variant_dict_insert_value (dict, lua_tostring (L, -2), value);
  return TRUE;
}

GVariant *
nv_i_lua_options (lua_State *L, int index, const char *what, const char *const *skip,
                  GError **error)
{
  g_auto (GVariantDict) dict = G_VARIANT_DICT_INIT (NULL);
  if (lua_isnoneornil (L, index))
    return g_variant_dict_end (&dict);
  index = lua_absindex (L, index);
  for (lua_pushnil (L); lua_next (L, index); lua_pop (L, 1)) {
    if (skip != NULL && lua_type (L, -2) == LUA_TSTRING
        && g_strv_contains (skip, lua_tostring (L, -2)))
      continue;
    if (!add_option (&dict, L, what, error)) {
      lua_pop (L, 2);
      return NULL;
    }
  }
  return g_variant_dict_end (&dict);
}

lua_Integer
nv_i_lua_integer (lua_State *L, int index, const char *name, lua_Integer other)
{
  lua_Integer value = lua_getfield (L, index, name) == LUA_TNIL ? other
                                                                : lua_tointeger (L, -1);
  lua_pop (L, 1);
  return value;
}

double
nv_i_lua_number (lua_State *L, int index, const char *name, double other)
{
  double value = lua_getfield (L, index, name) == LUA_TNIL ? other : lua_tonumber (L, -1);
  lua_pop (L, 1);
  return value;
}

const char *
nv_i_lua_text (lua_State *L, int index, const char *name)
{
  const char *text = lua_getfield (L, index, name) == LUA_TSTRING ? lua_tostring (L, -1) : NULL;
  lua_pop (L, 1);
  return text;
}

/* --- JSON ----------------------------------------------------------------------------- */

static void
push_value (lua_State *L, JsonNode *node)
{
  GType type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    lua_pushstring (L, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    lua_pushboolean (L, json_node_get_boolean (node));
  else if (type == G_TYPE_DOUBLE)
    lua_pushnumber (L, json_node_get_double (node));
  else
    lua_pushinteger (L, json_node_get_int (node));
}

void
nv_i_lua_push_json (lua_State *L, JsonNode *node)
{
  luaL_checkstack (L, 4, NULL);
  if (JSON_NODE_HOLDS_NULL (node)) {
    lua_pushnil (L);
  } else if (JSON_NODE_HOLDS_VALUE (node)) {
    push_value (L, node);
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);
    lua_createtable (L, (int) json_array_get_length (array), 0);
    for (guint i = 0; i < json_array_get_length (array); i++) {
      nv_i_lua_push_json (L, json_array_get_element (array, i));
      lua_rawseti (L, -2, i + 1);
    }
  } else {
    JsonObjectIter iter;
    const char *key;
    JsonNode *value;
    lua_newtable (L);
    json_object_iter_init (&iter, json_node_get_object (node));
    while (json_object_iter_next (&iter, &key, &value)) {
      nv_i_lua_push_json (L, value);
      lua_setfield (L, -2, key);
    }
  }
}

/* --- classes -------------------------------------------------------------------------- */

/* __index (object, key). Upvalues: the methods, a box with the NvLuaField. */
static int
index_object (lua_State *L)
{
  NvLuaField field = *(NvLuaField *) lua_touserdata (L, lua_upvalueindex (2));
  if (field != NULL && field (L, lua_type (L, 2) == LUA_TSTRING ? lua_tostring (L, 2) : NULL))
    return 1;
  lua_pushvalue (L, 2);
  lua_rawget (L, lua_upvalueindex (1));
  return 1;
}

void
nv_i_lua_class (lua_State *L, const char *name, const luaL_Reg *meta, const luaL_Reg *methods,
                NvLuaField field)
{
  luaL_newmetatable (L, name);
  luaL_setfuncs (L, meta, 0);
  lua_newtable (L);
  luaL_setfuncs (L, methods, 0);
  *(NvLuaField *) lua_newuserdatauv (L, sizeof field, 0) = field;
  lua_pushcclosure (L, index_object, 2);
  lua_setfield (L, -2, "__index");
  lua_pushboolean (L, FALSE);
  lua_setfield (L, -2, "__metatable");
  lua_pop (L, 1);
}
