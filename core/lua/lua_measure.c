/* Measures of an embedding in Lua: the method `measure` of encoders in use.
 *
 *   e:measure { what = { reconstruction = true, ... }, cells = , draws = , seed = , benchmark = ,
 *               labels = { ... }, repeats = , sample = , walks = , points = , pairs = , steps = }
 *
 * nasvec.lua has checked the values and filled in the defaults. */
#include "lua/lua_measure.h"

#include <math.h>

#include "measure/measure.h"

enum { WALK = 50, ASKED = 500 }; /* steps of a walk; cells whose neighbours are looked at */

typedef struct {
  gboolean reconstruction, validity, prediction, smoothness, coverage, interpolation;
  gsize draws, sample;
  guint64 seed;
  guint repeats, walks, points, pairs, steps;
  guint *labels; /* [sets]; owned */
  guint sets;
} Request;

typedef struct {
  NvReconstruction reconstruction;
  NvValidity validity;
  gsize cells, of;
  gboolean has_test;
  NvPredictive *prediction; /* [sets]; owned */
  NvSmoothness smoothness;
  NvCoverage coverage;
  NvInterpolation interpolation;
} Result;

/* --- what is asked for ---------------------------------------------------------------- */

static gboolean
asked (lua_State *L, const char *name)
{
  lua_getfield (L, 2, "what");
  lua_getfield (L, -1, name);
  gboolean yes = lua_toboolean (L, -1);
  lua_pop (L, 2);
  return yes;
}

static void
read_labels (lua_State *L, Request *r)
{
  lua_getfield (L, 2, "labels");
  r->sets = (guint) lua_rawlen (L, -1);
  r->labels = g_new (guint, MAX (r->sets, 1));
  for (guint i = 0; i < r->sets; i++) {
    lua_rawgeti (L, -1, i + 1);
    r->labels[i] = (guint) lua_tointeger (L, -1);
    lua_pop (L, 1);
  }
  lua_pop (L, 1);
}

static void
read_request (lua_State *L, Request *r)
{
  *r = (Request){
    .reconstruction = asked (L, "reconstruction"), .validity = asked (L, "validity"),
    .prediction = asked (L, "prediction"), .smoothness = asked (L, "smoothness"),
    .coverage = asked (L, "coverage"), .interpolation = asked (L, "interpolation"),
    .draws = (gsize) nv_i_lua_integer (L, 2, "draws", 0),
    .sample = (gsize) nv_i_lua_integer (L, 2, "sample", 1),
    .seed = (guint64) nv_i_lua_integer (L, 2, "seed", 1),
    .repeats = (guint) nv_i_lua_integer (L, 2, "repeats", 1),
    .walks = (guint) nv_i_lua_integer (L, 2, "walks", 1),
    .points = (guint) nv_i_lua_integer (L, 2, "points", 0),
    .pairs = (guint) nv_i_lua_integer (L, 2, "pairs", 1),
    .steps = (guint) nv_i_lua_integer (L, 2, "steps", 2),
  };
  read_labels (L, r);
}

/* --- measuring ------------------------------------------------------------------------ */

/* All figures unknown: what a script sees under --check. */
static void
init_result (Result *out, const Request *r)
{
  *out = (Result){ .reconstruction = { NAN, NAN, NAN, NAN, NAN },
                   .smoothness = { 0, NAN, NAN, NAN, { 0 }, { 0 }, 0, NAN, NAN },
                   .coverage = { .explained = NAN, .dimensions = NAN },
                   .interpolation = { r->pairs, r->steps, NAN, NAN, NAN, NAN } };
  for (guint i = 0; i < NV_LAGS; i++)
    out->smoothness.space[i] = out->smoothness.embedding[i] = NAN;
  for (guint i = 0; i < NV_GRIDS; i++)
    out->coverage.grid[i] = (NvGrid){ 0, NAN, NAN, NAN, NAN, NAN };
  for (guint i = 0; i < NV_PLACES; i++)
    out->coverage.decoded[i] = (NvDecoded){ 0, NAN, NAN, NAN };
  out->prediction = g_new0 (NvPredictive, MAX (r->sets, 1));
  for (guint k = 0; k < r->sets; k++) {
    out->prediction[k].labels = r->labels[k];
    for (guint f = 0; f < NV_MODELS * NV_AGREEMENTS; f++)
      out->prediction[k].mean[f / NV_AGREEMENTS][f % NV_AGREEMENTS]
          = out->prediction[k].sd[f / NV_AGREEMENTS][f % NV_AGREEMENTS] = NAN;
  }
}

static gboolean
measure_codes (const Request *r, NvEncoder *encoder, const NvCells *train, const NvCells *cells,
               Result *out, GError **error)
{
  if (r->reconstruction
      && !nv_i_measure_reconstruction (encoder, cells, &out->reconstruction, error))
    return FALSE;
  if (!r->validity || r->draws == 0)
    return TRUE;
  NvRng rng;
  nv_rng_init (&rng, r->seed, "measure", 0);
  return nv_i_measure_validity (encoder, train, r->draws, &rng, &out->validity, error);
}

static gboolean
measure_sample (const Request *r, NvEncoder *encoder, NvEncoder *start, NvBenchmark *benchmark,
                Result *out, GError **error)
{
  if (!r->prediction && !r->smoothness && !r->coverage && !r->interpolation)
    return TRUE;
  g_autoptr (NvSample) sample = nv_i_sample_new (encoder, benchmark, r->sample, r->seed, error);
  if (sample == NULL)
    return FALSE;
  sample->start = start;
  out->cells = sample->n;
  out->of = sample->of;
  out->has_test = sample->has_test;
  if (r->coverage
      && !nv_i_measure_coverage (sample, r->points, r->seed, &out->coverage, error))
    return FALSE;
  if (r->smoothness) {
    if (!nv_i_measure_walks (sample, benchmark, r->walks, WALK, r->seed, &out->smoothness, error))
      return FALSE;
    nv_i_measure_neighbours (sample, ASKED, r->seed, &out->smoothness);
  }
  return (!r->interpolation
          || nv_i_measure_interpolation (sample, r->pairs, r->steps, r->seed, &out->interpolation,
                                         error))
         && (!r->prediction
             || nv_i_measure_prediction (sample, r->labels, r->sets, r->repeats, r->seed,
                                         out->prediction, error));
}

/* --- tables --------------------------------------------------------------------------- */

static void
set_number (lua_State *L, const char *name, double value)
{
  lua_pushnumber (L, value);
  lua_setfield (L, -2, name);
}

static void
set_count (lua_State *L, const char *name, gsize value)
{
  lua_pushinteger (L, (lua_Integer) value);
  lua_setfield (L, -2, name);
}

static void
set_list (lua_State *L, const char *name, const double *value, guint n)
{
  lua_createtable (L, (int) n, 0);
  for (guint i = 0; i < n; i++) {
    lua_pushnumber (L, value[i]);
    lua_rawseti (L, -2, i + 1);
  }
  lua_setfield (L, -2, name);
}

static void
set_reconstruction (lua_State *L, const NvReconstruction *r)
{
  set_number (L, "node", r->node);
  set_number (L, "edge", r->edge);
  set_number (L, "isomorphic", r->isomorphic);
  set_number (L, "cell_real", r->cell_real);
  set_number (L, "node_padded", r->node_padded);
  set_number (L, "edge_padded", r->edge_padded);
  set_number (L, "cell", r->cell);
}

static void
set_validity (lua_State *L, const NvValidity *v)
{
  set_count (L, "draws", v->draws);
  set_count (L, "valid", v->valid);
  set_count (L, "valid_pruned", v->valid_pruned);
  set_count (L, "valid_paper", v->valid_paper);
  set_count (L, "distinct", v->distinct);
  set_count (L, "distinct_pruned", v->distinct_pruned);
  set_count (L, "distinct_paper", v->distinct_paper);
  set_count (L, "novel", v->novel);
}

static void
set_sample (lua_State *L, const Result *result)
{
  lua_newtable (L);
  set_count (L, "cells", result->cells);
  if (result->of > 0)
    set_count (L, "of", result->of);
  lua_setfield (L, -2, "sample");
}

/* The table of one set of labels: gp.kendall.mean and so on. */
static void
push_predictive (lua_State *L, const NvPredictive *p)
{
  static const char *const models[NV_MODELS] = { "gp", "ridge", "knn" };
  static const char *const figures[NV_AGREEMENTS]
      = { "kendall", "spearman", "pearson", "rmse", "top1", "top5" };
  lua_newtable (L);
  set_count (L, "labels", p->labels);
  set_count (L, "tested", p->tested);
  for (guint m = 0; m < NV_MODELS; m++) {
    lua_newtable (L);
    for (guint f = 0; f < NV_AGREEMENTS; f++) {
      lua_newtable (L);
      set_number (L, "mean", p->mean[m][f]);
      set_number (L, "sd", p->sd[m][f]);
      lua_setfield (L, -2, figures[f]);
    }
    lua_setfield (L, -2, models[m]);
  }
}

static void
set_prediction (lua_State *L, const Result *result, guint sets)
{
  lua_newtable (L);
  for (guint k = 0; k < sets; k++) {
    push_predictive (L, &result->prediction[k]);
    lua_rawseti (L, -2, k + 1);
  }
  lua_pushstring (L, result->has_test ? "test" : "observed");
  lua_setfield (L, -2, "score");
  lua_setfield (L, -2, "prediction");
}

static void
set_smoothness (lua_State *L, const NvSmoothness *s)
{
  lua_newtable (L);
  set_count (L, "pairs", s->pairs);
  set_number (L, "spearman", s->spearman);
  set_number (L, "low", s->low);
  set_number (L, "high", s->high);
  lua_newtable (L);
  set_list (L, "space", s->space, NV_LAGS);
  set_list (L, "embedding", s->embedding, NV_LAGS);
  lua_setfield (L, -2, "autocorrelation");
  set_count (L, "cells", s->cells);
  set_number (L, "neighbours", s->neighbours);
  set_number (L, "chance", s->chance);
  lua_setfield (L, -2, "smoothness");
}

static void
set_grids (lua_State *L, const NvGrid *grid)
{
  lua_createtable (L, NV_GRIDS, 0);
  for (guint i = 0; i < NV_GRIDS; i++) {
    lua_newtable (L);
    set_count (L, "side", grid[i].side);
    set_number (L, "density", grid[i].density);
    set_number (L, "empty", grid[i].empty);
    set_number (L, "holes", grid[i].holes);
    set_number (L, "normal", grid[i].normal);
    set_number (L, "uniform", grid[i].uniform);
    lua_rawseti (L, -2, i + 1);
  }
  lua_setfield (L, -2, "grids");
}

static void
set_decoded (lua_State *L, const NvDecoded *decoded)
{
  static const char *const places[NV_PLACES] = { "holes", "outside", "occupied", "box" };
  lua_newtable (L);
  for (guint i = 0; i < NV_PLACES; i++) {
    lua_newtable (L);
    set_count (L, "points", decoded[i].points);
    set_number (L, "valid", decoded[i].valid);
    set_number (L, "distinct", decoded[i].distinct);
    set_number (L, "moved", decoded[i].moved);
    lua_setfield (L, -2, places[i]);
  }
  lua_setfield (L, -2, "decoded");
}

static void
set_coverage (lua_State *L, const NvCoverage *c)
{
  lua_newtable (L);
  set_number (L, "explained", c->explained);
  set_number (L, "dimensions", c->dimensions);
  set_grids (L, c->grid);
  set_decoded (L, c->decoded);
  lua_setfield (L, -2, "coverage");
}

static void
set_interpolation (lua_State *L, const NvInterpolation *i)
{
  lua_newtable (L);
  set_count (L, "pairs", i->pairs);
  set_count (L, "steps", i->steps);
  set_number (L, "valid", i->valid);
  set_number (L, "distinct", i->distinct);
  set_number (L, "jump", i->jump);
  set_number (L, "edits", i->edits);
  lua_setfield (L, -2, "interpolation");
}

static void
push_result (lua_State *L, const Request *r, const Result *result)
{
  lua_newtable (L);
  if (r->reconstruction)
    set_reconstruction (L, &result->reconstruction);
  if (r->validity)
    set_validity (L, &result->validity);
  if (r->prediction || r->smoothness || r->coverage || r->interpolation)
    set_sample (L, result);
  if (r->prediction)
    set_prediction (L, result, r->sets);
  if (r->smoothness)
    set_smoothness (L, &result->smoothness);
  if (r->coverage)
    set_coverage (L, &result->coverage);
  if (r->interpolation)
    set_interpolation (L, &result->interpolation);
}

int
nv_i_lua_measure (lua_State *L, NvEncoder *encoder, NvEncoder *start, const NvCells *train,
                  const NvCells *cells, NvBenchmark *benchmark)
{
  NvLua *nasvec = nv_i_lua (L);
  lua_State *outer = nasvec->running;
  Request request;
  Result result;
  GError *error = NULL;
  read_request (L, &request);
  init_result (&result, &request);
  nasvec->running = L;
  if (!nasvec->script->check
      && measure_codes (&request, encoder, train, cells, &result, &error))
    measure_sample (&request, encoder, start, benchmark, &result, &error);
  nasvec->running = outer;
  push_result (L, &request, &result);
  g_free (request.labels);
  g_free (result.prediction);
  return nv_i_lua_done (L, 1, error);
}
