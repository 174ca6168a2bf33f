/* A callback as a benchmark. It is called on the thread that runs the study. */
#include "benchmark/kinds.h"

typedef struct {
  NvBenchmark base;
  NvBenchmarkFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Function;

static gboolean
function_query (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise, NvOutcome *out,
                GError **error)
{
  Function *f = (Function *) benchmark;
  return f->func (benchmark->space, cell, nv_rng_u32 (noise), out, f->data, error);
}

static void
function_free (NvBenchmark *benchmark)
{
  Function *f = (Function *) benchmark;
  if (f->destroy != NULL)
    f->destroy (f->data);
  g_free (f);
}

static const NvBenchmarkOps function_ops = { "function", function_query, function_free };

NvBenchmark *
nv_i_benchmark_function (NvSpace *space, const char *name, NvBenchmarkFunc func,
                         gpointer data, GDestroyNotify destroy)
{
  Function *f = g_new0 (Function, 1);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "kind");
  json_builder_add_string_value (builder, "function");
  json_builder_set_member_name (builder, "name");
  json_builder_add_string_value (builder, name);
  json_builder_end_object (builder);
  nv_i_benchmark_init (&f->base, &function_ops, space, g_strdup (name),
                       g_strdup ("as the function answers"),
                       json_builder_get_root (builder));
  f->base.serial = TRUE;
  f->func = func;
  f->data = data;
  f->destroy = destroy;
  return &f->base;
}
