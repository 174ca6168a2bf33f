/* The plane of the first two principal components of a sample, and its bins. */
#ifndef NV_MEASURE_PLANE_H
#define NV_MEASURE_PLANE_H

#include "measure/measure.h"

typedef struct {
  gsize n, D;
  double *xy;            /* [n x 2] the cells */
  double *axes, *centre; /* [D x 2], [D]: xy = (x - centre) axes */
  double low[2], high[2]; /* the bounding box; never flat */
  double sd[2];          /* of xy */
  double total;          /* variance of x over all dimensions */
  double dimensions;
  guint32 *hull;         /* [corners] cells, counter-clockwise */
  gsize corners;
} NvPlane;
G_GNUC_INTERNAL void nv_i_plane_init (NvPlane *plane, const NvSample *sample);
G_GNUC_INTERNAL void nv_i_plane_clear (NvPlane *plane);
/* xy[2] of an embedding x[D] */
G_GNUC_INTERNAL void nv_i_plane_project (const NvPlane *plane, const nv_real *x, double *xy);

/* side x side bins; sort[side x side] says of each which of the first three NvPlace it is. */
G_GNUC_INTERNAL guint nv_i_plane_side (const NvPlane *plane, double density);
G_GNUC_INTERNAL void nv_i_plane_sort (const NvPlane *plane, guint side, guint8 *sort);
G_GNUC_INTERNAL void nv_i_plane_grid (const NvPlane *plane, double density, NvGrid *out);

#endif
