/* Cells in Lua: a cell is a value, a set of cells is read-only and indexed from 1.
 *
 *   tostring (cell)   the field's own notation        cell == other
 *   cell.ops          { name, ... }, one a node       cell.edges   { { from, to }, ... }
 *   cell.canonical    the representative of its class
 *   #cells, cells[i], for i, cell in ipairs (cells), cells.space */
#include "lua/lua_nasvec.h"

#include <string.h>

typedef struct {
  NvSpace *space; /* NULL: closed */
  NvCell cell;
} LuaCell;

/* --- one cell ------------------------------------------------------------------------- */

void
nv_i_lua_push_cell (lua_State *L, NvSpace *space, const NvCell *cell)
{
  LuaCell *object = lua_newuserdatauv (L, sizeof *object, 0);
  object->space = NULL;
  luaL_setmetatable (L, NV_LUA_CELL);
  object->cell = *cell;
  object->space = nv_i_space_ref (space);
}

static int
cell_gc (lua_State *L)
{
  LuaCell *object = luaL_checkudata (L, 1, NV_LUA_CELL);
  g_clear_pointer (&object->space, nv_i_space_unref);
  return 0;
}

static int
cell_tostring (lua_State *L)
{
  const LuaCell *object = luaL_checkudata (L, 1, NV_LUA_CELL);
  g_autofree char *text = nv_space_format (object->space, &object->cell);
  lua_pushstring (L, text);
  return 1;
}

static int
cell_equal (lua_State *L)
{
  const LuaCell *a = luaL_testudata (L, 1, NV_LUA_CELL);
  const LuaCell *b = luaL_testudata (L, 2, NV_LUA_CELL);
  lua_pushboolean (L, a != NULL && b != NULL && nv_cell_equal (&a->cell, &b->cell));
  return 1;
}

static void
push_ops (lua_State *L, const LuaCell *object)
{
  lua_createtable (L, (int) object->cell.n_nodes, 0);
  for (guint i = 0; i < object->cell.n_nodes; i++) {
    lua_pushstring (L, object->space->ops[object->cell.ops[i]]);
    lua_rawseti (L, -2, i + 1);
  }
}

static void
push_edges (lua_State *L, const NvCell *cell)
{
  lua_Integer n = 0;
  lua_newtable (L);
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      if (nv_cell_has_edge (cell, i, j)) {
        lua_createtable (L, 2, 0);
        lua_pushinteger (L, i + 1);
        lua_rawseti (L, -2, 1);
        lua_pushinteger (L, j + 1);
        lua_rawseti (L, -2, 2);
        lua_rawseti (L, -2, ++n);
      }
}

static int
cell_field (lua_State *L, const char *key)
{
  const LuaCell *object = luaL_checkudata (L, 1, NV_LUA_CELL);
  if (g_strcmp0 (key, "ops") == 0)
    push_ops (L, object);
  else if (g_strcmp0 (key, "edges") == 0)
    push_edges (L, &object->cell);
  else if (g_strcmp0 (key, "canonical") == 0) {
    NvCell canonical;
    nv_space_canonical (object->space, &object->cell, &canonical);
    nv_i_lua_push_cell (L, object->space, &canonical);
  } else
    return 0;
  return 1;
}

gboolean
nv_i_lua_get_cell (lua_State *L, int index, const NvSpace *space, NvCell *out, GError **error)
{
  const LuaCell *object = luaL_testudata (L, index, NV_LUA_CELL);
  if (object != NULL) {
    *out = object->cell;
    return object->space == space || nv_space_validate (space, out, error);
  }
  if (lua_type (L, index) == LUA_TSTRING)
    return nv_space_parse (space, lua_tostring (L, index), out, error)
           && nv_space_validate (space, out, error);
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "a cell of %s, or its notation as a string, is expected, not a %s",
               space->klass->head.name, luaL_typename (L, index));
  return FALSE;
}

/* --- sets of cells -------------------------------------------------------------------- */

NvLuaCells *
nv_i_lua_check_cells (lua_State *L, int index)
{
  return luaL_checkudata (L, index, NV_LUA_CELLS);
}

void
nv_i_lua_push_cells (lua_State *L, NvSpace *space, NvCells *cells)
{
  NvLuaCells *object = lua_newuserdatauv (L, sizeof *object, 0);
  *object = (NvLuaCells){ NULL, NULL };
  luaL_setmetatable (L, NV_LUA_CELLS);
  object->space = nv_i_space_ref (space);
  object->cells = nv_cells_ref (cells);
}

static int
cells_gc (lua_State *L)
{
  NvLuaCells *object = nv_i_lua_check_cells (L, 1);
  g_clear_pointer (&object->cells, nv_cells_unref);
  g_clear_pointer (&object->space, nv_i_space_unref);
  return 0;
}

static int
cells_length (lua_State *L)
{
  lua_pushinteger (L, (lua_Integer) nv_i_lua_check_cells (L, 1)->cells->count);
  return 1;
}

static int
cells_index (lua_State *L)
{
  const NvLuaCells *object = nv_i_lua_check_cells (L, 1);
  if (lua_type (L, 2) == LUA_TSTRING && strcmp (lua_tostring (L, 2), "space") == 0) {
    nv_i_lua_push_space (L, object->space);
    return 1;
  }
  lua_Integer i = luaL_checkinteger (L, 2);
  if (i < 1 || (lua_Unsigned) i > object->cells->count)
    return 0;
  NvCell cell;
  nv_cells_get (object->cells, (gsize) i - 1, &cell);
  nv_i_lua_push_cell (L, object->space, &cell);
  return 1;
}

void
nv_i_lua_open_cells (lua_State *L)
{
  static const luaL_Reg none[] = { { NULL, NULL } };
  static const luaL_Reg cell_meta[] = {
    { "__gc", cell_gc }, { "__tostring", cell_tostring }, { "__eq", cell_equal }, { NULL, NULL }
  };
  static const luaL_Reg cells_meta[] = {
    { "__gc", cells_gc }, { "__len", cells_length }, { "__index", cells_index }, { NULL, NULL }
  };
  nv_i_lua_class (L, NV_LUA_CELL, cell_meta, none, cell_field);
  luaL_newmetatable (L, NV_LUA_CELLS);
  luaL_setfuncs (L, cells_meta, 0);
  lua_pop (L, 1);
}
