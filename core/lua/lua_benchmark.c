/* Benchmarks in Lua: space:benchmark { kind = "table" | "command" | ..., options }; with
 * `label = ` to name it in tables. And a Lua function as one:
 *
 *   space:benchmark { kind = "function", fn = function (cell, seed) return score end }
 *
 * fn returns a number or { score = , test = , seconds = , parameters = }, or { failed = true,
 * seconds = }. A score that is not finite is a failed evaluation; a table without a score, with
 * another key or with a figure that none can have is an error. It is called on the thread that runs
 * the study, one cell at a time. benchmark:rows () lists what a table holds. */
#include "lua/lua_nasvec.h"

#include <math.h>

#include "plugin/options.h"

NvBenchmark *
nv_i_lua_check_benchmark (lua_State *L, int index)
{
  return *(NvBenchmark **) luaL_checkudata (L, index, NV_LUA_BENCHMARK);
}

static int
benchmark_gc (lua_State *L)
{
  g_clear_pointer ((NvBenchmark **) luaL_checkudata (L, 1, NV_LUA_BENCHMARK),
                   nv_i_benchmark_unref);
  return 0;
}

static int
benchmark_tostring (lua_State *L)
{
  lua_pushfstring (L, "benchmark %s", nv_i_lua_check_benchmark (L, 1)->name);
  return 1;
}

static int
benchmark_field (lua_State *L, const char *key)
{
  const NvBenchmark *benchmark = nv_i_lua_check_benchmark (L, 1);
  if (g_strcmp0 (key, "name") == 0)
    lua_pushstring (L, benchmark->name);
  else if (g_strcmp0 (key, "noise") == 0)
    lua_pushstring (L, benchmark->noise);
  else
    return 0;
  return 1;
}

/* --- the rows of a table ------------------------------------------------------------- */

static void
set_number (lua_State *L, const char *name, double value)
{
  if (isnan (value))
    return;
  lua_pushnumber (L, value);
  lua_setfield (L, -2, name);
}

/* benchmark:rows (): { { cell = , score = , test = , seconds = , parameters = }, ... } */
static int
benchmark_rows (lua_State *L)
{
  const NvBenchmark *benchmark = nv_i_lua_check_benchmark (L, 1);
  NvOutcome outcome;
  GError *error = NULL;
  if (!nv_i_benchmark_outcome (benchmark, 0, &outcome)) {
    g_set_error (&error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "benchmark %s is not of the kind 'table' and has no rows", benchmark->name);
    return nv_i_lua_raise (L, error);
  }
  lua_createtable (L, (int) benchmark->pool->count, 0);
  for (gsize i = 0; i < benchmark->pool->count; i++) {
    NvCell cell;
    nv_cells_get (benchmark->pool, i, &cell);
    nv_i_benchmark_outcome (benchmark, i, &outcome);
    lua_createtable (L, 0, 5);
    nv_i_lua_push_cell (L, benchmark->space, &cell);
    lua_setfield (L, -2, "cell");
    set_number (L, "score", outcome.score);
    set_number (L, "test", outcome.test);
    set_number (L, "seconds", outcome.seconds);
    set_number (L, "parameters", outcome.parameters);
    lua_rawseti (L, -2, (lua_Integer) i + 1);
  }
  return 1;
}

/* --- a Lua function ------------------------------------------------------------------- */

typedef struct {
  NvLua *nasvec;
  int function; /* its place in the registry */
} Function;

static void
function_free (gpointer data)
{
  Function *function = data;
  luaL_unref (function->nasvec->L, LUA_REGISTRYINDEX, function->function);
  g_free (function);
}

/* A field of the result on top of the stack: NAN where it is nil. */
static gboolean
read_number (lua_State *L, const char *name, double *out, GError **error)
{
  lua_pushstring (L, name);
  int type = lua_rawget (L, -2);
  *out = type == LUA_TNUMBER ? lua_tonumber (L, -1) : NAN;
  lua_pop (L, 1);
  if (type == LUA_TNUMBER || type == LUA_TNIL)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "it returned %s = a %s, not a number", name,
               lua_typename (L, type));
  return FALSE;
}

/* The same of a figure that is finite and at least `least`, where it is given. */
static gboolean
read_finite (lua_State *L, const char *name, double least, double *out, GError **error)
{
  lua_pushstring (L, name);
  const gboolean given = lua_rawget (L, -2) != LUA_TNIL;
  lua_pop (L, 1);
  if (!read_number (L, name, out, error))
    return FALSE;
  if (!given || (isfinite (*out) && *out >= least))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "it returned %s = %g; allowed is %s", name,
               *out, least == 0 ? "0 or more, and finite" : "a finite number");
  return FALSE;
}

/* Field `failed`: 0 and "false" would be true to Lua. */
static gboolean
read_failed (lua_State *L, gboolean *out, GError **error)
{
  lua_pushliteral (L, "failed");
  const int type = lua_rawget (L, -2);
  *out = lua_toboolean (L, -1);
  lua_pop (L, 1);
  if (type == LUA_TBOOLEAN || type == LUA_TNIL)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "it returned failed = a %s; allowed is true or "
               "false", lua_typename (L, type));
  return FALSE;
}

/* The keys of the result on top of the stack. */
static gboolean
check_outcome (lua_State *L, GError **error)
{
  static const char *const known[] = { "failed", "parameters", "score", "seconds", "test", NULL };
  for (lua_pushnil (L); lua_next (L, -2); lua_pop (L, 1)) {
    const char *key = lua_type (L, -2) == LUA_TSTRING ? lua_tostring (L, -2) : "[?]";
    if (!g_strv_contains (known, key)) {
      g_autofree char *suggestion = nv_i_suggestion (key, known);
      g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "it returned a table with '%s'; %s", key,
                   suggestion);
      return FALSE;
    }
  }
  return TRUE;
}

/* A test score without a score is not looked at: a training that diverged may have none. */
static gboolean
read_figures (lua_State *L, NvOutcome *out, GError **error)
{
  if (!read_number (L, "score", &out->score, error) || !read_failed (L, &out->failed, error)
      || !read_finite (L, "seconds", 0, &out->seconds, error)
      || !read_finite (L, "parameters", 0, &out->parameters, error))
    return FALSE;
  return isfinite (out->score) ? read_finite (L, "test", -INFINITY, &out->test, error)
                               : read_number (L, "test", &out->test, error);
}

/* The table on top of the stack as an outcome. */
static gboolean
read_table (lua_State *L, NvOutcome *out, GError **error)
{
  if (!check_outcome (L, error) || !read_figures (L, out, error))
    return FALSE;
  lua_pushliteral (L, "score");
  const gboolean scored = lua_rawget (L, -2) != LUA_TNIL;
  lua_pop (L, 1);
  if (!scored && !out->failed)
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
                 "it returned a table without a score; { failed = true } says that there is none");
  else if (out->failed && isfinite (out->score))
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
                 "it returned score = %g and failed = true; allowed is one of the two", out->score);
  else
    return TRUE;
  return FALSE;
}

/* The result on top of the stack as an outcome. */
static gboolean
read_outcome (lua_State *L, NvOutcome *out, GError **error)
{
  *out = (NvOutcome){ .score = NAN, .test = NAN, .seconds = NAN, .parameters = NAN };
  if (lua_type (L, -1) == LUA_TNUMBER) {
    out->score = lua_tonumber (L, -1);
  } else if (lua_istable (L, -1)) {
    if (!read_table (L, out, error))
      return FALSE;
  } else {
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "it returned a %s; a number or a table "
                 "{ score = , test = , seconds = } is expected", luaL_typename (L, -1));
    return FALSE;
  }
  if (!isfinite (out->score))
    out->failed = TRUE;
  if (out->failed)
    out->score = out->test = NAN;
  return TRUE;
}

/* An NvBenchmarkFunc. */
static gboolean
call (const NvSpace *space, const NvCell *cell, guint32 seed, NvOutcome *out, gpointer data,
      GError **error)
{
  Function *function = data;
  lua_State *L = function->nasvec->running;
  int top = lua_gettop (L);
  luaL_checkstack (L, 8, NULL);
  lua_pushcfunction (L, nv_i_lua_message);
  lua_rawgeti (L, LUA_REGISTRYINDEX, function->function);
  nv_i_lua_push_cell (L, (NvSpace *) space, cell);
  lua_pushinteger (L, seed);
  gboolean ok;
  if (lua_pcall (L, 2, 1, top + 1) == LUA_OK) {
    ok = read_outcome (L, out, error);
  } else {
    ok = FALSE;
    g_set_error_literal (error, NV_ERROR, NV_ERROR_BENCHMARK,
                         lua_isstring (L, -1) ? lua_tostring (L, -1)
                                              : "an error without a text");
  }
  if (!ok) {
    g_autofree char *text = nv_space_format (space, cell);
    g_prefix_error (error, "the benchmark's fn, at cell %s: ", text);
  }
  lua_settop (L, top);
  return ok;
}

/* The options of the table at 2 are `kind`, `fn` and `label`, and no other. */
static gboolean
check_keys (lua_State *L, GError **error)
{
  static const char *const allowed[] = { "fn", "kind", "label", NULL };
  for (lua_pushnil (L); lua_next (L, 2); lua_pop (L, 1)) {
    const char *key = lua_type (L, -2) == LUA_TSTRING ? lua_tostring (L, -2) : "[?]";
    if (!g_strv_contains (allowed, key)) {
      g_autofree char *suggestion = nv_i_suggestion (key, allowed);
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "benchmark function: unknown option '%s'; "
                   "%s", key, suggestion);
      return FALSE;
    }
  }
  return TRUE;
}

static NvBenchmark *
new_function (lua_State *L, NvSpace *space, const char *label, GError **error)
{
  if (!check_keys (L, error))
    return NULL;
  if (lua_getfield (L, 2, "fn") != LUA_TFUNCTION) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "benchmark function: option 'fn' is a %s; "
                 "allowed is a function of a cell", luaL_typename (L, -1));
    return NULL;
  }
  Function *function = g_new (Function, 1);
  *function = (Function){ nv_i_lua (L), luaL_ref (L, LUA_REGISTRYINDEX) };
  return nv_i_benchmark_function (space, label != NULL ? label : "function", call, function,
                                  function_free);
}

/* --- any kind ------------------------------------------------------------------------- */

/* Field `name` of the options: NULL where it is missing, an error where it is no string, is empty
 * or has a byte 0, which would be taken for its end. */
static gboolean
text_field (lua_State *L, const char *name, const char **out, GError **error)
{
  size_t length = 0;
  int type = lua_getfield (L, 2, name);
  *out = type == LUA_TSTRING ? lua_tolstring (L, -1, &length) : NULL;
  lua_pop (L, 1);
  if (*out != NULL && (length == 0 || !g_utf8_validate (*out, (gssize) length, NULL))) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "benchmark: option '%s' is %s; allowed is a "
                 "string that is not empty, in UTF-8", name, length == 0 ? "empty" : "not UTF-8");
    return FALSE;
  }
  if (type == LUA_TSTRING || type == LUA_TNIL)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "benchmark: option '%s' is a %s; allowed is a "
               "string", name, lua_typename (L, type));
  return FALSE;
}

static NvBenchmark *
new_kind (lua_State *L, NvSpace *space, const char *kind, const char *label, GError **error)
{
  static const char *const own[] = { "kind", "label", NULL };
  g_autofree char *what = g_strdup_printf ("benchmark %s", kind);
  GVariant *options = nv_i_lua_options (L, 2, what, own, error);
  if (options == NULL)
    return NULL;
  NvBenchmark *benchmark = nv_i_benchmark_new (space, kind, options, error);
  if (benchmark != NULL && label != NULL) {
    g_free (benchmark->name);
    benchmark->name = g_strdup (label);
  }
  return benchmark;
}

/* NULL: it is missing. */
static gboolean
check_kind (const char *kind, GError **error)
{
  g_autoptr (GPtrArray) kinds = g_ptr_array_new ();
  const char *name;
  for (guint i = 0; (name = nv_i_benchmark_kind (i)) != NULL; i++)
    g_ptr_array_add (kinds, (gpointer) name);
  g_ptr_array_add (kinds, (gpointer) "function");
  g_ptr_array_add (kinds, NULL);
  const char *const *known = (const char *const *) kinds->pdata;
  if (kind != NULL && g_strv_contains (known, kind))
    return TRUE;
  g_autofree char *suggestion = nv_i_suggestion (kind != NULL ? kind : "", known);
  if (kind != NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "no kind of benchmark '%s'; %s", kind,
                 suggestion);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "benchmark: option 'kind' is missing; %s",
                 suggestion);
  return FALSE;
}

static NvBenchmark *
new_benchmark (lua_State *L, NvSpace *space, GError **error)
{
  const char *kind, *label;
  if (!text_field (L, "kind", &kind, error) || !text_field (L, "label", &label, error)
      || !check_kind (kind, error))
    return NULL;
  return g_str_equal (kind, "function") ? new_function (L, space, label, error)
                                        : new_kind (L, space, kind, label, error);
}

int
nv_i_lua_benchmark (lua_State *L)
{
  NvSpace *space = nv_i_lua_check_space (L, 1);
  luaL_checktype (L, 2, LUA_TTABLE);
  lua_settop (L, 2);
  NvBenchmark **object = lua_newuserdatauv (L, sizeof *object, 0);
  *object = NULL;
  luaL_setmetatable (L, NV_LUA_BENCHMARK);
  GError *error = NULL;
  *object = new_benchmark (L, space, &error);
  lua_settop (L, 3);
  return nv_i_lua_done (L, 1, error);
}

void
nv_i_lua_open_benchmark (lua_State *L)
{
  static const luaL_Reg meta[] = {
    { "__gc", benchmark_gc }, { "__tostring", benchmark_tostring }, { NULL, NULL }
  };
  static const luaL_Reg methods[] = { { "rows", benchmark_rows }, { NULL, NULL } };
  nv_i_lua_class (L, NV_LUA_BENCHMARK, meta, methods, benchmark_field);
}
