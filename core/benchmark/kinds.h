/* The kinds of benchmark, one row each, and what their files share. */
#ifndef NV_KINDS_H
#define NV_KINDS_H

#include "benchmark/benchmark.h"

typedef struct {
  const char *name; /* as in a script: kind = "table" */
  const char *summary;
  const NvParam *params;
  gsize size;       /* of the options struct */
  const void *defaults;
  /* `options` live until it returns. */
  NvBenchmark *(*make) (NvSpace *space, const void *options, GError **error);
} NvBenchmarkKind;

NV_INTERNAL extern const NvBenchmarkKind nv_i_benchmark_table;
NV_INTERNAL extern const NvBenchmarkKind nv_i_benchmark_command;
NV_INTERNAL extern const NvBenchmarkKind nv_i_benchmark_train;

/* Fills the head of a zeroed instance: a reference to `space`, one reference to itself.
 * Takes ownership of `name`, `noise` and `description`. */
NV_INTERNAL void nv_i_benchmark_init (NvBenchmark *benchmark, const NvBenchmarkOps *ops,
                                      NvSpace *space, char *name, char *noise,
                                      JsonNode *description);

#endif
