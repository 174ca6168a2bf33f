/* What a command may answer. */
#ifndef NV_BENCHMARK_COMMAND_H
#define NV_BENCHMARK_COMMAND_H

#include "benchmark/benchmark.h"

/* One JSON object into *out, which is untouched on error. */
NV_INTERNAL gboolean nv_i_command_answer (const char *text, gsize length, NvOutcome *out,
                                          GError **error);

#endif
