/* Sorting, shared by the files of stats/. */
#ifndef NV_STATS_PRIVATE_H
#define NV_STATS_PRIVATE_H

#include <nasvec/base.h>

typedef struct {
  double key;
  gsize index;
} NvKeyed;

/* The keys with their places, ascending, equal ones by place; g_free. */
G_GNUC_INTERNAL NvKeyed *nv_i_sort_keyed (const double *key, gsize n);

#endif
