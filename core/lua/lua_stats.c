/* nv.stats: the statistics that the core's own tables are made of, on lists of numbers.
 * What is not defined (the spread of one value, the correlation with a constant) is NaN.
 *
 *   nv.stats.mean (x)   nv.stats.sd (x)   nv.stats.quantile (x, q)   nv.stats.interval (x)
 *   nv.stats.pearson (x, y)   nv.stats.spearman (x, y)   nv.stats.kendall (x, y)
 *   nv.stats.wilcoxon (x, y)   nv.stats.expected_best (score, value, k) */
#include <math.h>

#include "lua/lua_nasvec.h"
#include "stats/stats.h"

/* The list at `index` as an array that Lua owns, left on the stack. Its raw length: what a script's
 * __len says may be more than there is memory for. */
static const double *
check_list (lua_State *L, int index, gsize *n)
{
  luaL_checktype (L, index, LUA_TTABLE);
  const lua_Integer length = (lua_Integer) lua_rawlen (L, index);
  luaL_argcheck (L, length >= 1, index, "an empty list");
  double *x = lua_newuserdatauv (L, (size_t) length * sizeof *x, 0);
  for (lua_Integer i = 1; i <= length; i++) {
    if (lua_rawgeti (L, index, i) != LUA_TNUMBER || isnan (lua_tonumber (L, -1)))
      luaL_error (L, "bad argument #%d: item %d of the list is not a number", index,
                  (int) i);
    x[i - 1] = lua_tonumber (L, -1);
    lua_pop (L, 1);
  }
  *n = (gsize) length;
  return x;
}

/* The lists at 1 and 2, of one length. */
static void
check_pair (lua_State *L, const double **x, const double **y, gsize *n)
{
  gsize m;
  *x = check_list (L, 1, n);
  *y = check_list (L, 2, &m);
  if (*n != m)
    luaL_error (L, "the lists have %d and %d numbers; they must have as many", (int) *n,
                (int) m);
}

static int
mean (lua_State *L)
{
  gsize n;
  const double *x = check_list (L, 1, &n);
  lua_pushnumber (L, nv_i_mean (x, n));
  return 1;
}

static int
sd (lua_State *L)
{
  gsize n;
  const double *x = check_list (L, 1, &n);
  lua_pushnumber (L, nv_i_sd (x, n));
  return 1;
}

static int
quantile (lua_State *L)
{
  gsize n;
  const double q = luaL_checknumber (L, 2);
  const double *x = check_list (L, 1, &n);
  luaL_argcheck (L, q >= 0 && q <= 1, 2, "a share from 0 to 1 is expected");
  lua_pushnumber (L, nv_i_quantile (x, n, q));
  return 1;
}

/* Two results: the ends. */
static int
interval (lua_State *L)
{
  gsize n;
  double low, high;
  const double *x = check_list (L, 1, &n);
  nv_i_mean_interval (x, n, &low, &high);
  lua_pushnumber (L, low);
  lua_pushnumber (L, high);
  return 2;
}

static int
wilcoxon (lua_State *L)
{
  gsize n;
  const double *x, *y;
  check_pair (L, &x, &y, &n);
  lua_pushnumber (L, nv_i_wilcoxon (x, y, n, NULL));
  return 1;
}

/* The correlation `of` the two lists on the stack. */
static int
push_correlation (lua_State *L, double (*of) (const double *x, const double *y, gsize n))
{
  gsize n;
  const double *x, *y;
  check_pair (L, &x, &y, &n);
  lua_pushnumber (L, of (x, y, n));
  return 1;
}

static int
pearson (lua_State *L)
{
  return push_correlation (L, nv_i_pearson);
}

static int
spearman (lua_State *L)
{
  return push_correlation (L, nv_i_spearman);
}

static int
kendall (lua_State *L)
{
  return push_correlation (L, nv_i_kendall);
}

static int
expected_best (lua_State *L)
{
  gsize n;
  const double *score, *value;
  const lua_Integer k = luaL_checkinteger (L, 3);
  check_pair (L, &score, &value, &n);
  luaL_argcheck (L, k >= 1 && (gsize) k <= n, 3, "a number from 1 to the list's length");
  lua_pushnumber (L, nv_i_expected_best (score, value, n, (gsize) k));
  return 1;
}

void
nv_i_lua_open_stats (lua_State *L)
{
  static const luaL_Reg functions[] = {
    { "mean", mean }, { "sd", sd }, { "quantile", quantile }, { "interval", interval },
    { "pearson", pearson }, { "spearman", spearman }, { "kendall", kendall },
    { "wilcoxon", wilcoxon }, { "expected_best", expected_best }, { NULL, NULL }
  };
  luaL_newlib (L, functions);
  lua_setfield (L, -2, "stats");
}
