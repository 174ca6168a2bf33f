/* Measures of an encoder in use, for lua_encoder.c. */
#ifndef NV_LUA_MEASURE_H
#define NV_LUA_MEASURE_H

#include "lua/lua_nasvec.h"

/* Pushes the table of what the options at 2 ask for. `start`: the encoder before labels trained
 * it, NULL: none did. `cells` are reconstructed; `benchmark` may be NULL. */
int nv_i_lua_measure (lua_State *L, NvEncoder *encoder, NvEncoder *start, const NvCells *train,
                      const NvCells *cells, NvBenchmark *benchmark);

#endif
