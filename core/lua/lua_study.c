/* Studies in Lua. nasvec.lua has checked the keys and made the arms:
 *
 *   core.study { name = , seed = , seeds = , encoder_seeds = , workers = , store = , pool = ,
 *                pretrain = , held_out = , cells = , seconds = , baseline = , arms = { { label = ,
 *                benchmark = , encoder = , encoder_options = , joint = , searcher = ,
 *                searcher_options = }, ... } }
 *   study:run ()           runs what the store does not have yet; the study
 *   study:table ()         prints the table of arms; the study
 *   study:report (folder, arm)  prints the table; with a folder, writes everything there; with an
 *                          arm's label, the figures of its embedding as well; the study
 *   study.name, study.store, study.arms (their labels) */
#include "lua/lua_nasvec.h"

#include <errno.h>
#include <string.h>

#include "plugin/options.h"
#include "report/report.h"
#include "study/study.h"

typedef struct {
  NvStudy *study; /* NULL: closed */
  char *baseline; /* label of an arm; NULL: the report chooses */
} LuaStudy;

static LuaStudy *
check_study (lua_State *L, int index)
{
  return luaL_checkudata (L, index, NV_LUA_STUDY);
}

static int
study_gc (lua_State *L)
{
  LuaStudy *object = check_study (L, 1);
  g_clear_pointer (&object->study, nv_i_study_free);
  g_clear_pointer (&object->baseline, g_free);
  return 0;
}

/* --- making --------------------------------------------------------------------------- */

/* The options that the arm on top of the stack has under `key`. */
static GVariant *
arm_options (lua_State *L, const char *plugin, const char *key, GError **error)
{
  lua_getfield (L, -1, key);
  GVariant *options = nv_i_lua_options (L, -1, plugin, NULL, error);
  lua_pop (L, 1);
  return options != NULL ? g_variant_ref_sink (options) : NULL;
}

/* Adds the arm on top of the stack. */
static gboolean
add_arm (lua_State *L, NvStudy *study, GError **error)
{
  const char *encoder = nv_i_lua_text (L, -1, "encoder");
  const char *searcher = nv_i_lua_text (L, -1, "searcher");
  g_autoptr (GVariant) encoder_options = arm_options (L, encoder, "encoder_options", error);
  if (encoder_options == NULL)
    return FALSE;
  g_autoptr (GVariant) searcher_options = arm_options (L, searcher, "searcher_options", error);
  if (searcher_options == NULL)
    return FALSE;
  lua_getfield (L, -1, "benchmark");
  NvBenchmark *benchmark = nv_i_lua_check_benchmark (L, -1);
  lua_pop (L, 1);
  int joint = (int) nv_i_lua_integer (L, -1, "joint", -1);
  nv_i_study_add (study, nv_i_lua_text (L, -1, "label"), benchmark, encoder, encoder_options,
                  joint, searcher, searcher_options);
  return TRUE;
}

/* Adds the arms of the table at 1. */
static gboolean
add_arms (lua_State *L, NvStudy *study, GError **error)
{
  gboolean ok = TRUE;
  lua_getfield (L, 1, "arms");
  for (lua_Integer i = 1; ok && lua_rawgeti (L, -1, i) != LUA_TNIL; i++) {
    ok = add_arm (L, study, error);
    lua_pop (L, 1);
  }
  return ok;
}

static void
set_fields (lua_State *L, NvStudy *study)
{
  study->seed = (guint64) nv_i_lua_integer (L, 1, "seed", (lua_Integer) study->seed);
  study->seeds = (guint) nv_i_lua_integer (L, 1, "seeds", study->seeds);
  study->first_seed = (guint) nv_i_lua_integer (L, 1, "first_seed", study->first_seed);
  study->encoder_seeds
      = (guint) nv_i_lua_integer (L, 1, "encoder_seeds", study->encoder_seeds);
  study->workers = (guint) nv_i_lua_integer (L, 1, "workers", study->workers);
  study->pool_size = (gsize) nv_i_lua_integer (L, 1, "pool", (lua_Integer) study->pool_size);
  study->pretrain_space = g_strcmp0 (nv_i_lua_text (L, 1, "pretrain"), "space") == 0;
  study->held_out = nv_i_lua_number (L, 1, "held_out", study->held_out);
  study->budget_cells = (gsize) nv_i_lua_integer (L, 1, "cells", 0);
  study->budget_seconds = nv_i_lua_number (L, 1, "seconds", 0);
  g_free (study->store);
  study->store = g_strdup (nv_i_lua_text (L, 1, "store"));
  study->script = nv_i_lua_script_text (nv_i_lua (L));
  if (json_object_get_size (nv_i_lua (L)->parameters) > 0)
    study->parameters = json_object_ref (nv_i_lua (L)->parameters);
}

static int
new_study (lua_State *L)
{
  luaL_checktype (L, 1, LUA_TTABLE);
  lua_settop (L, 1);
  LuaStudy *object = lua_newuserdatauv (L, sizeof *object, 0);
  *object = (LuaStudy){ NULL, NULL };
  luaL_setmetatable (L, NV_LUA_STUDY);
  object->study = nv_i_study_new (nv_i_lua_text (L, 1, "name"));
  object->baseline = g_strdup (nv_i_lua_text (L, 1, "baseline"));
  set_fields (L, object->study);
  GError *error = NULL;
  if (nv_i_lua_arguments_used (nv_i_lua (L), &error))
    add_arms (L, object->study, &error);
  lua_settop (L, 2);
  return nv_i_lua_done (L, 1, error);
}

/* --- methods -------------------------------------------------------------------------- */

/* Runs it; the folder of the store is made if it is missing. */
static gboolean
run (NvStudy *study, GCancellable *cancel, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (study->store);
  if (g_mkdir_with_parents (folder, 0777) == 0)
    return nv_i_study_run (study, cancel, error);
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", folder, g_strerror (errno));
  return FALSE;
}

static int
study_run (lua_State *L)
{
  LuaStudy *object = check_study (L, 1);
  NvLua *nasvec = nv_i_lua (L);
  lua_State *outer = nasvec->running;
  GError *error = NULL;
  lua_settop (L, 1);
  nasvec->running = L;
  if (nasvec->script->check)
    nv_i_study_check (object->study, &error);
  else
    run (object->study, nasvec->script->cancel, &error);
  nasvec->running = outer;
  return nv_i_lua_done (L, 1, error);
}

/* Is `map` an arm of the study, and is there a folder for its figures? */
static gboolean
check_map (const NvStudy *study, const char *folder, const char *map, GError **error)
{
  g_autoptr (GPtrArray) labels = g_ptr_array_new ();
  for (guint i = 0; i < study->arms->len; i++)
    g_ptr_array_add (labels, ((const NvArm *) g_ptr_array_index (study->arms, i))->label);
  g_ptr_array_add (labels, NULL);
  const char *const *known = (const char *const *) labels->pdata;
  if (map == NULL || (folder != NULL && g_strv_contains (known, map)))
    return TRUE;
  g_autofree char *suggestion = nv_i_suggestion (map, known);
  if (folder == NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "study: report: the figures of an arm's embedding need a folder");
  else
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "study: report: no arm is called '%s'; %s", map, suggestion);
  return FALSE;
}

/* The text at `index`, NULL for nil. An empty one, or one with a byte 0, names nothing. */
static const char *
opt_name (lua_State *L, int index, const char *words)
{
  size_t length;
  const char *name = luaL_optlstring (L, index, NULL, &length);
  if (name != NULL && (length == 0 || strlen (name) != length))
    nv_i_lua_raise (L, g_error_new (NV_ERROR, NV_ERROR_OPTION,
                                    "study: report: %s that is not empty is expected", words));
  return name;
}

static int
study_report (lua_State *L)
{
  const LuaStudy *object = check_study (L, 1);
  const char *folder = opt_name (L, 2, "the name of a folder");
  const char *map = opt_name (L, 3, "the label of an arm");
  GError *error = NULL;
  if (check_map (object->study, folder, map, &error) && !nv_i_lua (L)->script->check)
    nv_i_report_make (object->study->store, object->baseline, folder, map, &error);
  lua_settop (L, 1);
  return nv_i_lua_done (L, 1, error);
}

static int
study_table (lua_State *L)
{
  lua_settop (L, 1);
  return study_report (L);
}

static int
study_field (lua_State *L, const char *key)
{
  const NvStudy *study = check_study (L, 1)->study;
  if (g_strcmp0 (key, "name") == 0) {
    lua_pushstring (L, study->name);
  } else if (g_strcmp0 (key, "store") == 0) {
    lua_pushstring (L, study->store);
  } else if (g_strcmp0 (key, "arms") == 0) {
    lua_createtable (L, (int) study->arms->len, 0);
    for (guint i = 0; i < study->arms->len; i++) {
      lua_pushstring (L, ((const NvArm *) g_ptr_array_index (study->arms, i))->label);
      lua_rawseti (L, -2, i + 1);
    }
  } else
    return 0;
  return 1;
}

static int
study_tostring (lua_State *L)
{
  lua_pushfstring (L, "study %s", check_study (L, 1)->study->name);
  return 1;
}

void
nv_i_lua_open_study (lua_State *L)
{
  static const luaL_Reg meta[] = {
    { "__gc", study_gc }, { "__tostring", study_tostring }, { NULL, NULL }
  };
  static const luaL_Reg methods[] = {
    { "run", study_run }, { "table", study_table }, { "report", study_report }, { NULL, NULL }
  };
  nv_i_lua_class (L, NV_LUA_STUDY, meta, methods, study_field);
  lua_pushcfunction (L, new_study);
  lua_setfield (L, -2, "study");
}
