/* Distances in an embedding. */
#include "nn/kernels.h"

#define LANES 8 /* partial sums of a distance; their order is fixed */

NV_SIMD void
nv_i_distances (nv_real *restrict distance, const nv_real *restrict x,
                const nv_real *restrict point, size_t R, size_t D)
{
  for (gsize r = 0; r < R; r++, x += D) {
    nv_real lane[LANES] = { 0 }, rest = 0;
    gsize d = 0;
    for (; d + LANES <= D; d += LANES)
      for (gsize l = 0; l < LANES; l++) {
        nv_real t = x[d + l] - point[d + l];
        lane[l] += t * t;
      }
    for (; d < D; d++)
      rest += (x[d] - point[d]) * (x[d] - point[d]);
    distance[r] = ((lane[0] + lane[4]) + (lane[2] + lane[6]))
                  + ((lane[1] + lane[5]) + (lane[3] + lane[7])) + rest;
  }
}
