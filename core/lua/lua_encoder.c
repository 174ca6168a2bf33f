/* Encoders in use, for the class Encoder of nasvec.lua, which holds name and options:
 *
 *   core.encoder (name, options, space, seed)   an untrained encoder for the cells of a space
 *   e:prepare (cells, held_out)  trains on the first (1 - held_out) of the cells, or finds it in
 *                                the cache: TRUE
 *   e:train (cells, benchmark, labels, seed)    then trains on labels
 *   e:load (file, cells, held_out)              takes weights from a file instead
 *   e:embed (cells)              a list of vectors
 *   e:write (cells, file)        the same as .npy
 *   e:measure { ... }            lua_measure.c
 *   e:save (file)                safetensors */
#include "lua/lua_measure.h"

#include <stdio.h>
#include <string.h>

#include "data/npy.h"
#include "measure/measure.h"
#include "plugin/options.h"

typedef struct {
  NvEncoder *encoder; /* NULL: closed */
  NvCells *train;     /* NULL: neither prepared nor loaded */
  NvCells *held;      /* what it has not seen */
  NvEncoder *start;   /* what it was before labels trained it; NULL: none did */
} LuaEncoder;

static LuaEncoder *
check_encoder (lua_State *L, int index)
{
  return luaL_checkudata (L, index, NV_LUA_ENCODER);
}

/* So many encoders may wait for Lua's collector, which sees neither their threads nor their cells,
 * before it is called. */
enum { FEW = 4 };

static int
new_encoder (lua_State *L)
{
  const char *name = luaL_checkstring (L, 1);
  NvSpace *space = nv_i_lua_check_space (L, 3);
  guint64 seed = (guint64) luaL_checkinteger (L, 4);
  LuaEncoder *object = lua_newuserdatauv (L, sizeof *object, 0);
  *object = (LuaEncoder){ NULL, NULL, NULL, NULL };
  luaL_setmetatable (L, NV_LUA_ENCODER);
  GError *error = NULL;
  GVariant *options = nv_i_lua_options (L, 2, name, NULL, &error);
  if (++nv_i_lua (L)->encoders > FEW)
    lua_gc (L, LUA_GCCOLLECT);
  if (options != NULL)
    object->encoder = nv_i_encoder_new (name, options, space, seed, 0, g_get_num_processors (),
                                        &error);
  return nv_i_lua_done (L, 1, error);
}

static int
encoder_gc (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  nv_i_lua (L)->encoders--;
  g_clear_pointer (&object->encoder, nv_i_encoder_free);
  g_clear_pointer (&object->start, nv_i_encoder_free);
  g_clear_pointer (&object->train, nv_cells_unref);
  g_clear_pointer (&object->held, nv_cells_unref);
  return 0;
}

/* The space's name and, where the other one has the same, the options that differ. g_free. */
static char *
told_apart (const NvSpace *space, const NvSpace *other)
{
  const NvClass *head = &space->klass->head;
  GString *text = g_string_new (head->name);
  if (space->klass != other->klass)
    return g_string_free (text, FALSE);
  g_autoptr (JsonNode) a = nv_i_options_json (head->params, space->options);
  g_autoptr (JsonNode) b = nv_i_options_json (head->params, other->options);
  for (const NvParam *p = head->params; p != NULL && p->type != NV_PARAM_END; p++) {
    JsonObject *of_a = json_node_get_object (a), *of_b = json_node_get_object (b);
    g_autofree char *mine = nv_i_json_text (json_object_get_member (of_a, p->name));
    g_autofree char *its = nv_i_json_text (json_object_get_member (of_b, p->name));
    if (strcmp (mine, its) != 0)
      g_string_append_printf (text, " with %s = %s", p->name, mine);
  }
  return g_string_free (text, FALSE);
}

/* `what`: "the cells are" or the like, of another space than the encoder's. Transfer full. */
static GError *
other_space (const LuaEncoder *object, NvError code, const char *what, const NvSpace *space)
{
  const NvEncoder *encoder = object->encoder;
  g_autofree char *given = told_apart (space, encoder->space);
  g_autofree char *wanted = told_apart (encoder->space, space);
  return g_error_new (NV_ERROR, (int) code, "encoder %s: %s of %s, but the encoder is for %s",
                      encoder->klass->head.name, what, given, wanted);
}

/* The cells at `index`, raised unless they are of the encoder's space. */
static const NvCells *
check_cells (lua_State *L, const LuaEncoder *object, int index)
{
  const NvLuaCells *cells = nv_i_lua_check_cells (L, index);
  const NvSpace *space = object->encoder->space;
  if (!nv_i_space_same (cells->space, space))
    nv_i_lua_raise (L, other_space (object, NV_ERROR_CELL, "the cells are", cells->space));
  return cells->cells;
}

/* --- training ------------------------------------------------------------------------- */

/* Splits the cells into those that it learns from, the first, and those held out. */
static void
set_cells (LuaEncoder *object, const NvCells *cells, double held_out)
{
  const gsize n = nv_i_training_count (cells->count, held_out);
  g_clear_pointer (&object->train, nv_cells_unref);
  g_clear_pointer (&object->held, nv_cells_unref);
  object->train = nv_cells_pick (cells, NULL, 0, n);
  object->held = nv_cells_pick (cells, NULL, n, cells->count - n);
}

static gboolean
show_epoch (guint epoch, guint epochs, const NvFitLog *log, gpointer data)
{
  const NvLua *nasvec = data;
  fprintf (stderr, "epoch %u of %u: loss %.4f\n", epoch + 1, epochs, log->loss);
  return !g_cancellable_is_cancelled (nasvec->script->cancel);
}

static int
encoder_prepare (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  const NvCells *cells = check_cells (L, object, 2);
  double held_out = luaL_checknumber (L, 3);
  NvLua *nasvec = nv_i_lua (L);
  gboolean cached = FALSE;
  GError *error = NULL;
  set_cells (object, cells, held_out);
  if (!nasvec->script->check)
    nv_i_encoder_prepare (object->encoder, object->train, 0, show_epoch, nasvec, &cached, &error);
  lua_pushboolean (L, cached);
  return nv_i_lua_done (L, 1, error);
}

static int
encoder_load (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  const char *file = luaL_checkstring (L, 2);
  const NvCells *cells = check_cells (L, object, 3);
  double held_out = luaL_checknumber (L, 4);
  GError *error = NULL;
  if (nv_i_encoder_load (object->encoder, file, &error))
    set_cells (object, cells, held_out);
  return nv_i_lua_done (L, 0, error);
}

static int
encoder_save (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  const char *file = luaL_checkstring (L, 2);
  GError *error = NULL;
  if (!nv_i_lua (L)->script->check)
    nv_i_encoder_save (object->encoder, file, &error);
  return nv_i_lua_done (L, 0, error);
}

/* --- embedding ------------------------------------------------------------------------ */

static int
encoder_embed (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  const NvCells *cells = check_cells (L, object, 2);
  gsize dim = object->encoder->dim;
  nv_real *values = g_new (nv_real, cells->count * dim);
  GError *error = NULL;
  if (!nv_i_encoder_embed_finite (object->encoder, cells, values, &error)) {
    g_free (values);
    return nv_i_lua_raise (L, error);
  }
  lua_createtable (L, (int) cells->count, 0);
  for (gsize i = 0; i < cells->count; i++) {
    lua_createtable (L, (int) dim, 0);
    for (gsize d = 0; d < dim; d++) {
      lua_pushnumber (L, (lua_Number) values[i * dim + d]);
      lua_rawseti (L, -2, (lua_Integer) d + 1);
    }
    lua_rawseti (L, -2, (lua_Integer) i + 1);
  }
  g_free (values);
  return 1;
}

static int
encoder_write (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  const NvCells *cells = check_cells (L, object, 2);
  const char *file = luaL_checkstring (L, 3);
  GError *error = NULL;
  if (!nv_i_lua (L)->script->check) {
    g_autofree nv_real *values = g_new (nv_real, cells->count * object->encoder->dim);
    if (nv_i_encoder_embed_finite (object->encoder, cells, values, &error))
      nv_i_npy_save (file, values, cells->count, object->encoder->dim, &error);
  }
  return nv_i_lua_done (L, 0, error);
}

/* --- benchmarks ----------------------------------------------------------------------- */

/* The benchmark at `index`, raised unless it is of the encoder's space; NULL: nil is there. */
static NvBenchmark *
check_benchmark (lua_State *L, const LuaEncoder *object, int index)
{
  if (lua_isnil (L, index))
    return NULL;
  NvBenchmark *benchmark = nv_i_lua_check_benchmark (L, index);
  const NvSpace *space = object->encoder->space;
  if (!nv_i_space_same (benchmark->space, space))
    nv_i_lua_raise (L, other_space (object, NV_ERROR_OPTION, "the benchmark is", benchmark->space));
  return benchmark;
}

/* The function of a benchmark is called while this runs. */
static int
encoder_train (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  const NvCells *cells = check_cells (L, object, 2);
  NvBenchmark *benchmark = check_benchmark (L, object, 3);
  guint labels = (guint) luaL_checkinteger (L, 4);
  guint64 seed = (guint64) luaL_checkinteger (L, 5);
  NvLua *nasvec = nv_i_lua (L);
  lua_State *outer = nasvec->running;
  GError *error = NULL;
  nasvec->running = L;
  if (!nasvec->script->check) {
    object->start = nv_i_encoder_again (object->encoder, seed, 0, &error);
    if (object->start != NULL)
      nv_i_labels_fit (object->encoder, cells, benchmark, labels, seed, &error);
  }
  nasvec->running = outer;
  return nv_i_lua_done (L, 0, error);
}

static int
encoder_measure (lua_State *L)
{
  LuaEncoder *object = check_encoder (L, 1);
  luaL_checktype (L, 2, LUA_TTABLE);
  const NvCells *cells = object->held->count > 0 ? object->held : object->train;
  lua_getfield (L, 2, "benchmark");
  NvBenchmark *benchmark = check_benchmark (L, object, lua_gettop (L));
  if (lua_getfield (L, 2, "cells") != LUA_TNIL)
    cells = check_cells (L, object, lua_gettop (L));
  return nv_i_lua_measure (L, object->encoder, object->start, object->train, cells, benchmark);
}

static int
encoder_field (lua_State *L, const char *key)
{
  const LuaEncoder *object = check_encoder (L, 1);
  if (g_strcmp0 (key, "taught") == 0) /* by labels that nobody knows any more */
    lua_pushboolean (L, object->start == NULL && nv_i_encoder_labels (object->encoder) > 0);
  else if (g_strcmp0 (key, "learns") == 0)
    lua_pushboolean (L, object->encoder->klass->tensors != NULL);
  else
    return 0;
  return 1;
}

void
nv_i_lua_open_encoder (lua_State *L)
{
  static const luaL_Reg meta[] = { { "__gc", encoder_gc }, { NULL, NULL } };
  static const luaL_Reg methods[] = {
    { "prepare", encoder_prepare }, { "train", encoder_train }, { "load", encoder_load },
    { "save", encoder_save },
    { "embed", encoder_embed }, { "write", encoder_write }, { "measure", encoder_measure },
    { NULL, NULL }
  };
  nv_i_lua_class (L, NV_LUA_ENCODER, meta, methods, encoder_field);
  lua_pushcfunction (L, new_encoder);
  lua_setfield (L, -2, "encoder");
}
