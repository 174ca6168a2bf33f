/* The kind `table`: every cell's outcome is known beforehand, from a CSV file.
 *
 * Scores are fractions inside (1 / 100 of a table in per cent). The observed score
 * follows the noise model: the mean of the runs, one of them drawn for every query, or
 * always the same one; the test score is the mean of its runs under each of them. */
#include <math.h>
#include <string.h>

#include "benchmark/kinds.h"
#include "benchmark/table.h"

enum { MEAN = -1, SAMPLE = -2 }; /* >= 0: that run */

typedef struct {
  NvBenchmark base;
  NvTableData data;
  int noise;
} Table;

/* --- options ------------------------------------------------------------------------ */

static const char *const percents[] = { "auto", "yes", "no", NULL };

static const NvParam params[] = {
  NV_STRING (NvTableOptions, file,
             "CSV table, plain or gzip; looked for here, in NASVEC_DATA, among "
             "nasvec's own"),
  NV_STRING (NvTableOptions, beside,
             "CSV file with more columns, row by row as in the table; columns that both name "
             "must agree; empty: none"),
  NV_STRING (NvTableOptions, dataset,
             "which of the space's known tables it is, or just a name for figures"),
  NV_INT (NvTableOptions, epochs, 0, G_MAXINT,
          "of the observed score; 0: the first known table of the data set"),
  NV_STRING (NvTableOptions, cell,
             "column that writes the cell; several, with commas, are joined by a space"),
  NV_STRING (NvTableOptions, observed,
             "column of the score for the searcher; several, with commas: one per run"),
  NV_STRING (NvTableOptions, test,
             "column of the reported score; several: their mean; empty: none"),
  NV_STRING (NvTableOptions, seconds,
             "cost, a sum of columns as in '12*train + 1*valid'; empty: none",
             .unit = "s"),
  NV_STRING (NvTableOptions, parameters,
             "trainable weights, a sum of columns; empty: none"),
  NV_STRING (NvTableOptions, where,
             "rows that count: 'column=value', several with commas; empty: all"),
  NV_STRING (NvTableOptions, noise,
             "mean of the runs, sample: one drawn per query, run=K: always the K-th"),
  NV_CHOICE (NvTableOptions, percent, percents,
             "scores of the file are per cent; auto: as the known table says, else no"),
  NV_END
};
static const NvTableOptions defaults = { .noise = "mean", .percent = NV_TABLE_AUTO };

/* *noise from the option; the number of runs is not known yet. */
static gboolean
parse_noise (const char *text, int *noise, GError **error)
{
  guint64 run = 0;
  if (strcmp (text, "mean") == 0)
    *noise = MEAN;
  else if (strcmp (text, "sample") == 0)
    *noise = SAMPLE;
  else if (g_str_has_prefix (text, "run=")
           && g_ascii_string_to_unsigned (text + 4, 10, 1, G_MAXINT, &run, NULL))
    *noise = (int) run - 1;
  else {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "noise = '%s'; allowed: mean, sample, run=1, run=2, ...", text);
    return FALSE;
  }
  return TRUE;
}

/* Does the table have the runs that the noise model needs? */
static gboolean
check_noise (int noise, const char *observed, GError **error)
{
  guint runs = 1;
  for (const char *c = observed; *c != '\0'; c++)
    runs += *c == ',';
  if (noise == MEAN || (noise == SAMPLE && runs > 1)
      || (noise >= 0 && noise < (int) runs))
    return TRUE;
  if (noise == SAMPLE)
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "noise = 'sample' needs several runs, but observed = '%s' is one column",
                 observed);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "noise = 'run=%d', but observed = '%s' has %u column%s", noise + 1,
                 observed, runs, runs > 1 ? "s" : "");
  return FALSE;
}

static char *
noise_in_words (int noise, guint runs)
{
  if (noise == SAMPLE)
    return g_strdup_printf ("one of %u runs, drawn at each query", runs);
  if (noise >= 0)
    return g_strdup_printf ("run %d of %u", noise + 1, runs);
  return runs == 1 ? g_strdup ("as in the table")
                   : g_strdup_printf ("mean of %u runs", runs);
}

/* --- queries ------------------------------------------------------------------------ */

static double
mean_score (const Table *t, gsize i)
{
  const double *score = t->data.scores + i * t->data.runs;
  double sum = 0;
  guint made = 0;
  for (guint r = 0; r < t->data.runs; r++)
    if (!isnan (score[r])) {
      sum += score[r];
      made++;
    }
  return made > 0 ? sum / made : NAN;
}

static double
drawn_score (const Table *t, gsize i, NvRng *noise)
{
  const double *score = t->data.scores + i * t->data.runs;
  guint made = 0, r = 0;
  for (guint k = 0; k < t->data.runs; k++)
    made += !isnan (score[k]);
  if (made == 0)
    return NAN;
  for (guint left = nv_rng_below (noise, made); left > 0 || isnan (score[r]); r++)
    left -= !isnan (score[r]);
  return score[r];
}

static void
fill (const Table *t, gsize i, double score, NvOutcome *out)
{
  *out = (NvOutcome){
    .score = score,
    .test = t->data.test != NULL ? t->data.test[i] : NAN,
    .seconds = t->data.seconds != NULL ? t->data.seconds[i] : NAN,
    .parameters = t->data.parameters != NULL ? t->data.parameters[i] : NAN,
  };
}

void
nv_i_table_outcome (const NvBenchmark *benchmark, gsize i, NvOutcome *out)
{
  const Table *t = (const Table *) benchmark;
  fill (t, i, mean_score (t, i), out);
}

static gboolean
table_query (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise, NvOutcome *out,
             GError **error)
{
  const Table *t = (const Table *) benchmark;
  NvCell form;
  gsize i;
  nv_space_canonical (benchmark->space, cell, &form);
  if (!nv_cell_index_find (t->data.index, &form, &i)) {
    g_autofree char *text = nv_space_format (benchmark->space, cell);
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "the table %s has no cell '%s'",
                 benchmark->name, text);
    return FALSE;
  }
  double score = t->noise == MEAN ? mean_score (t, i)
                 : t->noise == SAMPLE ? drawn_score (t, i, noise)
                 : t->data.scores[i * t->data.runs + (guint) t->noise];
  fill (t, i, score, out);
  return TRUE;
}

static void
table_free (NvBenchmark *benchmark)
{
  Table *t = (Table *) benchmark;
  nv_i_table_data_clear (&t->data);
  g_free (t);
}

/* --- making ------------------------------------------------------------------------- */

static void
describe_text (JsonBuilder *builder, const char *name, const char *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
describe_count (JsonBuilder *builder, const char *name, gsize count)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) count);
}

/* `beside`: the digest of the file beside, or NULL. */
static JsonNode *
describe (const NvTableSpec *spec, const NvTableData *data, const char *noise,
          const char *digest, const char *beside)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree char *base = g_path_get_basename (spec->file);
  json_builder_begin_object (builder);
  describe_text (builder, "kind", "table");
  describe_text (builder, "file", base);
  describe_text (builder, "sha256", digest);
  if (spec->beside != NULL) {
    g_autofree char *name = g_path_get_basename (spec->beside);
    describe_text (builder, "beside", name);
    describe_text (builder, "beside_sha256", beside);
  }
  describe_text (builder, "dataset", spec->dataset);
  if (spec->epochs > 0)
    describe_count (builder, "epochs", (gsize) spec->epochs);
  describe_text (builder, "cell", spec->cell);
  describe_text (builder, "observed", spec->observed);
  describe_text (builder, "test", spec->test);
  describe_text (builder, "seconds", spec->seconds);
  describe_text (builder, "parameters", spec->parameters);
  describe_text (builder, "where", spec->where);
  json_builder_set_member_name (builder, "percent");
  json_builder_add_boolean_value (builder, spec->percent);
  describe_text (builder, "noise", noise);
  describe_count (builder, "rows", data->rows);
  describe_count (builder, "cells", data->pool->count);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static char *
name_of (const NvTableSpec *spec)
{
  g_autofree char *base = g_path_get_basename (spec->file);
  const char *name = spec->dataset != NULL ? spec->dataset : base;
  return spec->epochs > 0 ? g_strdup_printf ("%s (%d epochs)", name, spec->epochs)
                          : g_strdup (name);
}

static NvBenchmark *
read_table (NvSpace *space, const NvTableSpec *spec, int noise, GError **error)
{
  NvTableData data;
  g_autofree char *digest = nv_i_file_digest (spec->file, error), *beside = NULL;
  if (digest == NULL)
    return NULL;
  if (spec->beside != NULL && (beside = nv_i_file_digest (spec->beside, error)) == NULL)
    return NULL;
  if (!check_noise (noise, spec->observed, error)
      || !nv_i_table_read (&data, space, spec, MAX (noise, -1), error))
    return NULL;
  Table *t = g_new0 (Table, 1);
  char *words = noise_in_words (noise, data.runs);
  static const NvBenchmarkOps ops = { "table", table_query, table_free };
  t->data = data;
  t->noise = noise;
  nv_i_benchmark_init (&t->base, &ops, space, name_of (spec), words,
                       describe (spec, &data, words, digest, beside));
  t->base.percent = spec->percent;
  t->base.timeless = data.seconds == NULL;
  t->base.pool = nv_cells_ref (data.pool);
  return &t->base;
}

static NvBenchmark *
table_make (NvSpace *space, const void *options, GError **error)
{
  const NvTableOptions *opt = options;
  NvTableSpec spec;
  int noise;
  if (!parse_noise (opt->noise, &noise, error)
      || !nv_i_table_spec (&spec, space, opt, error))
    return NULL;
  NvBenchmark *benchmark = read_table (space, &spec, noise, error);
  nv_i_table_spec_clear (&spec);
  return benchmark;
}

const NvBenchmarkKind nv_i_benchmark_table = {
  "table", "scores from a file", params, sizeof (NvTableOptions), &defaults, table_make
};
