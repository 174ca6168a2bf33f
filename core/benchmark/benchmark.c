/* What all benchmarks share: kinds by name, references, checks of what they answer. */
#include <math.h>
#include <string.h>

#include "benchmark/kinds.h"
#include "benchmark/table.h"
#include "plugin/instance.h"
#include "plugin/options.h"

static const NvBenchmarkKind *const kinds[] = {
  &nv_i_benchmark_table, &nv_i_benchmark_command, &nv_i_benchmark_train
};

static const NvBenchmarkKind *
find_kind (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i]->name, name) == 0)
      return kinds[i];
  return NULL;
}

const char *
nv_i_benchmark_kind (guint i)
{
  return i < G_N_ELEMENTS (kinds) ? kinds[i]->name : NULL;
}

const NvParam *
nv_i_benchmark_params (const char *kind, const void **defaults)
{
  const NvBenchmarkKind *found = find_kind (kind);
  if (found != NULL && defaults != NULL)
    *defaults = found->defaults;
  return found != NULL ? found->params : NULL;
}

const char *
nv_i_benchmark_summary (const char *kind)
{
  const NvBenchmarkKind *found = find_kind (kind);
  return found != NULL ? found->summary : NULL;
}

NvBenchmark *
nv_i_benchmark_new (NvSpace *space, const char *kind, GVariant *options, GError **error)
{
  g_autoptr (GVariant) values = options != NULL ? g_variant_ref_sink (options) : NULL;
  const NvBenchmarkKind *found = find_kind (kind);
  if (found == NULL) {
    g_autoptr (GString) names = g_string_new (NULL);
    for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", kinds[i]->name);
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "no kind of benchmark '%s'; there are: %s", kind, names->str);
    return NULL;
  }
  g_autofree char *what = g_strdup_printf ("benchmark %s", kind);
  gpointer checked
    = nv_i_options_new (found->params, found->size, found->defaults, values, what, error);
  if (checked == NULL)
    return NULL;
  NvBenchmark *benchmark = found->make (space, checked, error);
  if (benchmark == NULL)
    g_prefix_error (error, "%s: ", what);
  nv_i_options_free (found->params, checked);
  return benchmark;
}

void
nv_i_benchmark_init (NvBenchmark *benchmark, const NvBenchmarkOps *ops, NvSpace *space,
                     char *name, char *noise, JsonNode *description)
{
  benchmark->ops = ops;
  benchmark->space = nv_i_space_ref (space);
  benchmark->refs = 1;
  benchmark->name = name;
  benchmark->noise = noise;
  benchmark->description = description;
}

NvBenchmark *
nv_i_benchmark_ref (NvBenchmark *benchmark)
{
  g_atomic_int_inc (&benchmark->refs);
  return benchmark;
}

void
nv_i_benchmark_unref (NvBenchmark *benchmark)
{
  if (benchmark == NULL || !g_atomic_int_dec_and_test (&benchmark->refs))
    return;
  nv_cells_unref (benchmark->pool);
  nv_i_space_unref (benchmark->space);
  g_free (benchmark->name);
  g_free (benchmark->noise);
  g_clear_pointer (&benchmark->description, json_node_unref);
  benchmark->ops->free (benchmark);
}

gboolean
nv_i_benchmark_query (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise,
                      NvOutcome *out, GError **error)
{
  NvOutcome outcome = { NAN, NAN, NAN, NAN, FALSE };
  if (!benchmark->ops->query (benchmark, cell, noise, &outcome, error))
    return FALSE;
  if (!isfinite (outcome.score)) {
    outcome.failed = TRUE;
    outcome.score = NAN;
  }
  *out = outcome;
  return TRUE;
}

gboolean
nv_i_benchmark_optimum (const NvBenchmark *benchmark, double *score, double *test)
{
  if (strcmp (benchmark->ops->kind, "table") != 0)
    return FALSE;
  *score = *test = NAN;
  for (gsize i = 0; i < benchmark->pool->count; i++) {
    NvOutcome outcome;
    nv_i_table_outcome (benchmark, i, &outcome);
    *score = fmax (*score, outcome.score);
    *test = fmax (*test, outcome.test);
  }
  return TRUE;
}

gboolean
nv_i_benchmark_outcome (const NvBenchmark *benchmark, gsize i, NvOutcome *out)
{
  if (strcmp (benchmark->ops->kind, "table") != 0 || i >= benchmark->pool->count)
    return FALSE;
  nv_i_table_outcome (benchmark, i, out);
  return TRUE;
}
