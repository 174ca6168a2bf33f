/* What the files of this folder share: the state of a running script, errors, conversions, and
 * the accessors of each class.
 *
 * A Lua error is a longjmp, which skips g_autoptr. So every function that owns something hands
 * back a GError; its caller, which owns nothing, raises it with nv_i_lua_raise(). Arguments are
 * checked (luaL_check*) before anything is owned. Lua itself never runs out of memory: like
 * GLib, its allocator aborts. */
#ifndef NV_LUA_NASVEC_H
#define NV_LUA_NASVEC_H

#include <json-glib/json-glib.h>
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <nasvec/space.h>

#include "benchmark/benchmark.h"
#include "lua/script.h"
#include "plugin/instance.h"

typedef struct {
  const NvScript *script;
  char *text;          /* of the script */
  JsonObject *parameters; /* of the script, each as text */
  JsonObject *modules; /* that it has required so far: the SHA-256 of each file */
  lua_State *L;        /* the script's main thread of execution */
  lua_State *running;  /* where a benchmark's Lua function is called: the study's own thread */
  gboolean asked;      /* the script has read its parameters */
  gboolean finished;   /* --help has printed what it was asked for */
  guint encoders;      /* objects that hold one */
} NvLua;

NvLua *nv_i_lua (lua_State *L);
/* An error where parameters were given that the script has not asked for. */
gboolean nv_i_lua_arguments_used (const NvLua *nasvec, GError **error);

/* The script for the manifest: its text, and a comment for each module. g_free. */
char *nv_i_lua_script_text (const NvLua *nasvec);

/* --- errors --------------------------------------------------------------------------- */

/* Raises a Lua error "file:line: message" with the line of the script that is being executed,
 * whatever of nasvec's own code is between. Frees `error`. Does not return. */
int nv_i_lua_raise (lua_State *L, GError *error);
/* `error` (may be NULL) decides: raises it, or returns `results`. */
int nv_i_lua_done (lua_State *L, int results, GError *error);

/* A handler for lua_pcall: the message of an error object of any type, with the script's line where
 * it has none to tell; returns 1. An object whose __tostring fails is found there, and not outside
 * of the call. */
int nv_i_lua_message (lua_State *L);

/* --- conversions ---------------------------------------------------------------------- */

/* The table at `index` (or nil, or nothing: empty) as a{sv}, floating; keys in `skip` (may be
 * NULL) are left out. NULL: a key that is no name or a value that no option can have; `what`
 * ("encoder vgae") goes into the message. */
GVariant *nv_i_lua_options (lua_State *L, int index, const char *what,
                            const char *const *skip, GError **error);
void nv_i_lua_push_json (lua_State *L, JsonNode *node);
/* Field `name` of the table at `index`, which nasvec.lua has checked: its type, or the default. */
lua_Integer nv_i_lua_integer (lua_State *L, int index, const char *name, lua_Integer other);
double nv_i_lua_number (lua_State *L, int index, const char *name, double other);
/* NULL where it is missing. Valid while the table keeps it. */
const char *nv_i_lua_text (lua_State *L, int index, const char *name);

/* --- classes -------------------------------------------------------------------------- */

#define NV_LUA_SPACE "nasvec.space"
#define NV_LUA_CELL "nasvec.cell"
#define NV_LUA_CELLS "nasvec.cells"
#define NV_LUA_BENCHMARK "nasvec.benchmark"
#define NV_LUA_ENCODER "nasvec.encoder"
#define NV_LUA_STUDY "nasvec.study"

/* A metatable `name`: `meta` holds __gc and the like, `methods` what objects offer. `field`
 * (may be NULL) is asked first for obj.key: it pushes a value and returns 1, or returns 0. */
typedef int (*NvLuaField) (lua_State *L, const char *key);
void nv_i_lua_class (lua_State *L, const char *name, const luaL_Reg *meta,
                     const luaL_Reg *methods, NvLuaField field);

/* Each adds its functions to the module table on top of the stack. */
void nv_i_lua_open_plugins (lua_State *L);
void nv_i_lua_open_cells (lua_State *L);
void nv_i_lua_open_space (lua_State *L);
void nv_i_lua_open_benchmark (lua_State *L);
void nv_i_lua_open_encoder (lua_State *L);
void nv_i_lua_open_study (lua_State *L);
void nv_i_lua_open_stats (lua_State *L);

NvSpace *nv_i_lua_check_space (lua_State *L, int index);
/* A set of cells with the space that they are of. */
typedef struct {
  NvSpace *space;
  NvCells *cells;
} NvLuaCells;
NvLuaCells *nv_i_lua_check_cells (lua_State *L, int index);
NvBenchmark *nv_i_lua_check_benchmark (lua_State *L, int index);

/* These add a reference of their own. */
void nv_i_lua_push_space (lua_State *L, NvSpace *space);
void nv_i_lua_push_cell (lua_State *L, NvSpace *space, const NvCell *cell);
void nv_i_lua_push_cells (lua_State *L, NvSpace *space, NvCells *cells);

/* The cell at `index`, a cell object or its notation, as a valid cell of `space`. */
gboolean nv_i_lua_get_cell (lua_State *L, int index, const NvSpace *space, NvCell *out,
                            GError **error);

/* space:benchmark { ... }, a method of the space. */
int nv_i_lua_benchmark (lua_State *L);

#endif
