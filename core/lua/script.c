/* Running a script: a Lua state with the standard libraries, `require "nasvec"`, the script's
 * own folder in package.path, and the script. */
#include "lua/script.h"

#include <stdio.h>
#include <string.h>

#include "data/csv.h"
#include "lua/lua_nasvec.h"

static void *
allocate (void *data, void *block, size_t old, size_t size)
{
  (void) data;
  (void) old;
  return g_realloc (block, size); /* frees, and gives NULL, where size is 0 */
}

/* --- the module ----------------------------------------------------------------------- */

/* core.fail (message): an error at the script's line. */
static int
fail (lua_State *L)
{
  const char *message = luaL_checkstring (L, 1);
  return nv_i_lua_raise (L, g_error_new_literal (NV_ERROR, NV_ERROR_SCRIPT, message));
}

/* core.finish (): ends the script; --help has said all. */
static int
finish (lua_State *L)
{
  nv_i_lua (L)->finished = TRUE;
  lua_pushliteral (L, "help was printed");
  return lua_error (L);
}

/* core.class (value): "nasvec.space" and the like; nil where it is none of ours. */
static int
class (lua_State *L)
{
  if (lua_type (L, 1) != LUA_TUSERDATA || luaL_getmetafield (L, 1, "__name") == LUA_TNIL)
    lua_pushnil (L);
  return 1;
}

/* core.arguments (): what stands after the script's name. */
static int
arguments (lua_State *L)
{
  NvLua *nasvec = nv_i_lua (L);
  char **list = nasvec->script->arguments;
  nasvec->asked = TRUE;
  lua_newtable (L);
  for (guint i = 0; list != NULL && list[i] != NULL; i++) {
    lua_pushstring (L, list[i]);
    lua_rawseti (L, -2, i + 1);
  }
  return 1;
}

/* core.parameter (key, value): what a parameter of the script is, as text. */
static int
parameter (lua_State *L)
{
  json_object_set_string_member (nv_i_lua (L)->parameters, luaL_checkstring (L, 1),
                                 luaL_checkstring (L, 2));
  return 0;
}

/* Pushes the code of NAME.lua, which is compiled into the library, as a function. "=nasvec": the
 * name under which errors show it. */
static void
load_part (lua_State *L, const char *name)
{
  gsize size;
  char *path = g_strdup_printf ("/nasvec/lua/%s.lua", name);
  GBytes *code = g_resources_lookup_data (path, 0, NULL);
  const char *text = g_bytes_get_data (code, &size);
  int status = luaL_loadbufferx (L, text, size, "=nasvec", "t");
  g_bytes_unref (code);
  g_free (path); /* lua_error() does not return */
  if (status != LUA_OK)
    lua_error (L);
}

/* core.part (name, ...): what NAME.lua returns, called with the other arguments. */
static int
part (lua_State *L)
{
  load_part (L, luaL_checkstring (L, 1));
  lua_replace (L, 1);
  lua_call (L, lua_gettop (L) - 1, 1);
  return 1;
}

/* The table `core` that nasvec.lua is called with. */
static void
push_core (lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "fail", fail }, { "finish", finish }, { "class", class },
    { "arguments", arguments }, { "parameter", parameter }, { "part", part }, { NULL, NULL }
  };
  const NvScript *script = nv_i_lua (L)->script;
  luaL_newlib (L, functions);
  lua_pushstring (L, nv_version ());
  lua_setfield (L, -2, "version");
  lua_pushboolean (L, script->help);
  lua_setfield (L, -2, "help");
  lua_pushstring (L, nv_i_lua (L)->text);
  lua_setfield (L, -2, "text");
  nv_i_lua_open_plugins (L);
  nv_i_lua_open_cells (L);
  nv_i_lua_open_space (L);
  nv_i_lua_open_benchmark (L);
  nv_i_lua_open_encoder (L);
  nv_i_lua_open_study (L);
  nv_i_lua_open_stats (L);
}

/* The loader behind require "nasvec". */
static int
open_nasvec (lua_State *L)
{
  load_part (L, "nasvec");
  push_core (L);
  lua_call (L, 1, 1);
  return 1;
}

/* --- the script ----------------------------------------------------------------------- */

/* Module `name` in the script's folder: pushes its code as a function and its file. */
static gboolean
load_beside (lua_State *L, const char *name)
{
  static const char *const endings[] = { ".lua", "/init.lua" };
  const char *script = nv_i_lua (L)->script->file, *slash = strrchr (script, '/');
  const char *path = luaL_gsub (L, name, ".", "/");
  for (guint i = 0; i < G_N_ELEMENTS (endings); i++) {
    if (slash != NULL)
      lua_pushlstring (L, script, (size_t) (slash + 1 - script));
    else
      lua_pushliteral (L, "./");
    const char *file = lua_pushfstring (L, "%s%s%s", lua_tostring (L, -1), path, endings[i]);
    if (!g_file_test (file, G_FILE_TEST_IS_REGULAR))
      continue;
    if (luaL_loadfilex (L, file, NULL) != LUA_OK)
      luaL_error (L, "error loading module '%s' from file '%s':\n\t%s", name, file,
                  lua_tostring (L, -1));
    lua_insert (L, -2);
    return TRUE;
  }
  return FALSE;
}

/* A function of the script may come from the module, whose code then is part of what it is. */
static void
note_module (lua_State *L, const char *name, const char *file)
{
  g_autofree char *valid = g_utf8_make_valid (name, -1);
  g_autofree char *digest = nv_i_file_digest (file, NULL);
  json_object_set_string_member (nv_i_lua (L)->modules, valid,
                                 digest != NULL ? digest : "unreadable");
}

char *
nv_i_lua_script_text (const NvLua *nasvec)
{
  GString *text = g_string_new (nasvec->text);
  GList *names = g_list_sort (json_object_get_members (nasvec->modules), (GCompareFunc) strcmp);
  for (GList *l = names; l != NULL; l = l->next)
    g_string_append_printf (text, "%s-- require \"%s\": SHA-256 %s\n",
                            text->len > 0 && text->str[text->len - 1] != '\n' ? "\n" : "",
                            (const char *) l->data,
                            json_object_get_string_member (nasvec->modules, l->data));
  g_list_free (names);
  return g_string_free (text, FALSE);
}

/* The searcher of `require` for code in Lua: in the script's folder, whose name may have what
 * package.path cannot (';' and '?'), then as Lua's own, the upvalue. */
static int
search_module (lua_State *L)
{
  const char *name = luaL_checkstring (L, 1);
  if (!load_beside (L, name)) {
    lua_pushvalue (L, lua_upvalueindex (1));
    lua_pushvalue (L, 1);
    lua_call (L, 1, 2);
  }
  if (lua_isfunction (L, -2) && lua_type (L, -1) == LUA_TSTRING)
    note_module (L, name, lua_tostring (L, -1));
  return 2;
}

/* The folder of the script first in package.path, for package.searchpath, where it can stand
 * there. */
static void
set_path (lua_State *L, const char *file)
{
  g_autofree char *folder = g_path_get_dirname (file);
  if (strpbrk (folder, ";?") != NULL)
    return;
  lua_getfield (L, -1, "path");
  lua_pushfstring (L, "%s/?.lua;%s/?/init.lua;%s", folder, folder, lua_tostring (L, -1));
  lua_setfield (L, -3, "path");
  lua_pop (L, 1);
}

/* package.preload.nasvec, and how other modules are found. */
static void
set_package (lua_State *L, const char *file)
{
  lua_getglobal (L, "package");
  set_path (L, file);
  lua_getfield (L, -1, "preload");
  lua_pushcfunction (L, open_nasvec);
  lua_setfield (L, -2, "nasvec");
  lua_getfield (L, -2, "searchers");
  lua_rawgeti (L, -1, 2);
  lua_pushcclosure (L, search_module, 1);
  lua_rawseti (L, -2, 2);
  lua_pop (L, 3);
}

/* Loads the text as a function, without a first line "#!..."; the line count stays. */
static int
load_text (lua_State *L, const char *file, const char *text)
{
  g_autofree char *name = g_strdup_printf ("@%s", file);
  const char *start = text[0] == '#' ? strchrnul (text, '\n') : text;
  return luaL_loadbufferx (L, start, strlen (start), name, "t");
}

static gboolean
load_and_call (lua_State *L, const NvScript *script, GError **error)
{
  const NvLua *nasvec = nv_i_lua (L);
  lua_pushcfunction (L, nv_i_lua_message);
  if (load_text (L, script->file, nasvec->text) == LUA_OK
      && lua_pcall (L, 0, 0, -2) == LUA_OK) {
    gboolean used = nv_i_lua_arguments_used (nasvec, error);
    g_prefix_error (error, "%s: ", script->file);
    return used;
  }
  if (nasvec->finished)
    return TRUE;
  const char *message = lua_isstring (L, -1) ? lua_tostring (L, -1) : "an error without a text";
  if (g_cancellable_is_cancelled (script->cancel))
    g_set_error_literal (error, NV_ERROR, NV_ERROR_CANCELLED, message);
  else
    g_set_error_literal (error, NV_ERROR, NV_ERROR_SCRIPT, message);
  return FALSE;
}

gboolean
nv_i_lua_arguments_used (const NvLua *nasvec, GError **error)
{
  const NvScript *script = nasvec->script;
  if (nasvec->asked || script->arguments == NULL || script->arguments[0] == NULL)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "the script has no parameters, so '%s' means "
               "nothing to it", script->arguments[0]);
  return FALSE;
}

/* The script without a byte order mark; g_free. UTF-8, since the manifest keeps it. */
static char *
read_text (const char *file, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (GError) why = NULL;
  const char *bad;
  gsize length;
  if (!g_file_get_contents (file, &text, &length, &why)) {
    g_set_error_literal (error, NV_ERROR, NV_ERROR_FILE, why->message);
    return NULL;
  }
  if (g_utf8_validate (text, (gssize) length, &bad)) /* a byte 0 is an error there */
    return g_strdup (text + (g_str_has_prefix (text, "\xEF\xBB\xBF") ? 3 : 0));
  guint line = 1;
  for (const char *c = text; c < bad; c++)
    line += *c == '\n';
  g_set_error (error, NV_ERROR, NV_ERROR_SCRIPT, "%s:%u: %s", file, line,
               *bad == '\0' ? "a byte 0; a script is text" : "not UTF-8");
  return NULL;
}

gboolean
nv_i_script_run (const NvScript *script, GError **error)
{
  g_autofree char *text = read_text (script->file, error);
  if (text == NULL)
    return FALSE;
  lua_State *L = lua_newstate (allocate, NULL);
  g_autoptr (JsonObject) parameters = json_object_new (), modules = json_object_new ();
  NvLua nasvec = { .script = script, .text = text, .parameters = parameters,
                   .modules = modules, .L = L, .running = L };
  *(NvLua **) lua_getextraspace (L) = &nasvec;
  luaL_openlibs (L);
  set_package (L, script->file);
  gboolean ok = load_and_call (L, script, error);
  if (ok && script->help && !nasvec.finished)
    printf ("%s has no parameters.\n", script->file);
  lua_close (L);
  return ok;
}
