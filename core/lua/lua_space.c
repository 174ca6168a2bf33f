/* Spaces in Lua.
 *
 *   nv.space (name, { options })                    space.name, space.ops, space.nodes
 *   space:benchmark { kind = ..., ... }             lua_benchmark.c
 *   space:cells ()          all cells               space:sample (n, seed)  random cells
 *   space:parse (text)      a cell                  space:format (cell)     its notation
 *   space:validate (cell)   true, or false, reason  space:neighbours (cell) cells one step away */
#include "lua/lua_nasvec.h"

#define MAX_SAMPLE 100000000

NvSpace *
nv_i_lua_check_space (lua_State *L, int index)
{
  return *(NvSpace **) luaL_checkudata (L, index, NV_LUA_SPACE);
}

static NvSpace **
push_closed (lua_State *L)
{
  NvSpace **object = lua_newuserdatauv (L, sizeof *object, 0);
  *object = NULL;
  luaL_setmetatable (L, NV_LUA_SPACE);
  return object;
}

void
nv_i_lua_push_space (lua_State *L, NvSpace *space)
{
  *push_closed (L) = nv_i_space_ref (space);
}

static int
new_space (lua_State *L)
{
  const char *name = luaL_checkstring (L, 1);
  if (!lua_isnoneornil (L, 2))
    luaL_checktype (L, 2, LUA_TTABLE);
  lua_settop (L, 2);
  NvSpace **object = push_closed (L);
  GError *error = NULL;
  GVariant *options = nv_i_lua_options (L, 2, "space", NULL, &error);
  if (options != NULL)
    *object = nv_i_space_new (name, options, &error);
  return nv_i_lua_done (L, 1, error);
}

static int
space_gc (lua_State *L)
{
  g_clear_pointer ((NvSpace **) luaL_checkudata (L, 1, NV_LUA_SPACE), nv_i_space_unref);
  return 0;
}

static int
space_tostring (lua_State *L)
{
  lua_pushfstring (L, "space %s", nv_i_lua_check_space (L, 1)->klass->head.name);
  return 1;
}

static int
space_field (lua_State *L, const char *key)
{
  const NvSpace *space = nv_i_lua_check_space (L, 1);
  if (g_strcmp0 (key, "name") == 0) {
    lua_pushstring (L, space->klass->head.name);
  } else if (g_strcmp0 (key, "nodes") == 0) {
    lua_pushinteger (L, space->nodes);
  } else if (g_strcmp0 (key, "ops") == 0) {
    lua_createtable (L, (int) space->n_ops, 0);
    for (guint i = 0; i < space->n_ops; i++) {
      lua_pushstring (L, space->ops[i]);
      lua_rawseti (L, -2, i + 1);
    }
  } else
    return 0;
  return 1;
}

/* --- methods -------------------------------------------------------------------------- */

static int
space_cells (lua_State *L)
{
  NvSpace *space = nv_i_lua_check_space (L, 1);
  GError *error = NULL;
  NvCells *cells = nv_space_enumerate (space, &error);
  if (cells == NULL)
    return nv_i_lua_raise (L, error);
  nv_i_lua_push_cells (L, space, cells);
  nv_cells_unref (cells);
  return 1;
}

static NvCells *
sample (const NvSpace *space, gsize n, guint64 seed, GError **error)
{
  g_autoptr (NvCells) cells = nv_cells_new (space->nodes);
  NvRng rng;
  nv_rng_init (&rng, seed, "sample", 0);
  for (gsize i = 0; i < n; i++) {
    NvCell cell;
    if (!nv_space_sample (space, &rng, &cell, error))
      return NULL;
    nv_cells_append (cells, &cell);
  }
  return g_steal_pointer (&cells);
}

/* n random cells, each drawn anew, so that one can come twice; the same for the same seed. */
static int
space_sample (lua_State *L)
{
  NvSpace *space = nv_i_lua_check_space (L, 1);
  lua_Integer n = luaL_checkinteger (L, 2);
  lua_Integer seed = luaL_optinteger (L, 3, 1);
  GError *error = NULL;
  NvCells *cells = NULL;
  if (n >= 0 && n <= MAX_SAMPLE)
    cells = sample (space, (gsize) n, (guint64) seed, &error);
  else
    g_set_error (&error, NV_ERROR, NV_ERROR_OPTION, "sample: the number of cells is %lld; "
                 "allowed is 0 to %d", n, MAX_SAMPLE);
  if (cells == NULL)
    return nv_i_lua_raise (L, error);
  nv_i_lua_push_cells (L, space, cells);
  nv_cells_unref (cells);
  return 1;
}

/* parse and format are one: a cell or its notation in, checked. */
static void
check_cell (lua_State *L, NvSpace **space, NvCell *cell)
{
  GError *error = NULL;
  *space = nv_i_lua_check_space (L, 1);
  if (!nv_i_lua_get_cell (L, 2, *space, cell, &error))
    nv_i_lua_raise (L, error);
}

static int
space_parse (lua_State *L)
{
  NvSpace *space;
  NvCell cell;
  check_cell (L, &space, &cell);
  nv_i_lua_push_cell (L, space, &cell);
  return 1;
}

static int
space_format (lua_State *L)
{
  NvSpace *space;
  NvCell cell;
  check_cell (L, &space, &cell);
  g_autofree char *text = nv_space_format (space, &cell);
  lua_pushstring (L, text);
  return 1;
}

static int
space_validate (lua_State *L)
{
  g_autoptr (GError) error = NULL;
  NvCell cell;
  gboolean valid = nv_i_lua_get_cell (L, 2, nv_i_lua_check_space (L, 1), &cell, &error);
  lua_pushboolean (L, valid);
  if (!valid)
    lua_pushstring (L, error->message);
  return valid ? 1 : 2;
}

static int
space_neighbours (lua_State *L)
{
  NvSpace *space;
  NvCell cell;
  check_cell (L, &space, &cell);
  NvCells *cells = nv_cells_new (space->nodes);
  nv_space_neighbours (space, &cell, cells);
  nv_i_lua_push_cells (L, space, cells);
  nv_cells_unref (cells);
  return 1;
}

void
nv_i_lua_open_space (lua_State *L)
{
  static const luaL_Reg meta[] = {
    { "__gc", space_gc }, { "__tostring", space_tostring }, { NULL, NULL }
  };
  static const luaL_Reg methods[] = {
    { "benchmark", nv_i_lua_benchmark }, { "cells", space_cells }, { "sample", space_sample },
    { "parse", space_parse }, { "format", space_format }, { "validate", space_validate },
    { "neighbours", space_neighbours }, { NULL, NULL }
  };
  nv_i_lua_class (L, NV_LUA_SPACE, meta, methods, space_field);
  lua_pushcfunction (L, new_space);
  lua_setfield (L, -2, "space");
}
