/* One searcher on one encoder and table, many seeds, one thread: what it finds and how fast.
 *
 *   bench_search SEARCHER ENCODER SPACE SEEDS BUDGET [KEY=VALUE ...]
 *
 * BUDGET: "100" cells, or "12000s" simulated seconds. KEY is an option of the searcher; with
 * "encoder.", "space." or "table." before it, of that; or "joint" (1: the search trains the
 * encoder), "pretrain" (seed of the encoder's training, 0) and "first" (the first seed, 0). Prints
 * mean, standard deviation and standard error of the incumbent's test score in per cent, its mean
 * observed score, the share of runs that found the best observed cell, cells, processor
 * seconds per run, and the mean test score after 25, 50 and 75 cells. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "study/run.h"

typedef struct {
  GVariantDict options[4]; /* searcher, encoder, space, table */
  gboolean joint;
  guint64 pretrain, first;
  gsize cells;
  double seconds;
} Setup;

typedef struct {
  double test, observed, cells, at[3];
} Result;

static void
insert (GVariantDict *dict, const char *key, const char *value)
{
  char *end_int, *end_real;
  gint64 integer = g_ascii_strtoll (value, &end_int, 10);
  double real = g_ascii_strtod (value, &end_real);
  if (*value != '\0' && *end_int == '\0')
    g_variant_dict_insert (dict, key, "x", integer);
  else if (*value != '\0' && *end_real == '\0')
    g_variant_dict_insert (dict, key, "d", real);
  else if (strcmp (value, "true") == 0 || strcmp (value, "false") == 0)
    g_variant_dict_insert (dict, key, "b", value[0] == 't');
  else
    g_variant_dict_insert (dict, key, "s", value);
}

static void
read_argument (Setup *setup, const char *argument)
{
  static const char *const prefix[] = { "", "encoder.", "space.", "table." };
  g_auto (GStrv) pair = g_strsplit (argument, "=", 2);
  if (pair[0] == NULL || pair[1] == NULL) {
    fprintf (stderr, "bench_search: '%s' is not key=value\n", argument);
    exit (1);
  }
  if (strcmp (pair[0], "joint") == 0)
    setup->joint = atoi (pair[1]) != 0;
  else if (strcmp (pair[0], "pretrain") == 0)
    setup->pretrain = g_ascii_strtoull (pair[1], NULL, 10);
  else if (strcmp (pair[0], "first") == 0)
    setup->first = g_ascii_strtoull (pair[1], NULL, 10);
  else {
    int kind = 0;
    for (int i = 1; i < 4; i++)
      if (g_str_has_prefix (pair[0], prefix[i]))
        kind = i;
    insert (&setup->options[kind], pair[0] + strlen (prefix[kind]), pair[1]);
  }
}

static void
fail (const GError *error)
{
  fprintf (stderr, "bench_search: %s\n", error->message);
  exit (1);
}

static Result
search (const Setup *setup, NvPool *pool, NvEmbedding *embedding, NvBenchmark *table,
        const char *searcher, GVariant *options, guint64 seed)
{
  static const double marks[] = { 25, 50, 75 };
  Result r = { .test = NAN, .observed = -INFINITY };
  GError *error = NULL;
  const char *reason = NULL;
  double used = 0;
  NvRng noise;
  nv_rng_init (&noise, 1, "noise", seed);
  g_autoptr (NvRun) run
      = nv_i_run_new (pool, embedding, setup->joint, searcher, options, 1, seed,
                      setup->cells > 0 ? setup->cells : G_MAXSIZE, &error);
  while (run != NULL && (setup->cells == 0 || r.cells < (double) setup->cells)) {
    NvCell cell;
    NvOutcome outcome;
    if (!nv_i_run_ask (run, &cell, &reason, &error) || reason != NULL
        || !nv_i_benchmark_query (table, &cell, &noise, &outcome, &error))
      break;
    used += outcome.seconds;
    if (setup->seconds > 0 && used > setup->seconds * (1 + 1e-12))
      break;
    r.cells++;
    if (outcome.score > r.observed) {
      r.observed = outcome.score;
      r.test = outcome.test;
    }
    for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
      if (r.cells <= marks[i])
        r.at[i] = r.test;
    nv_i_run_tell (run, &cell, &outcome);
  }
  if (error != NULL)
    fail (error);
  return r;
}

static void
print_results (const Result *r, guint n, double best, double seconds)
{
  Result mean = { 0 };
  double square = 0, hits = 0;
  for (guint i = 0; i < n; i++) {
    mean.test += 100 * r[i].test / n;
    mean.observed += 100 * r[i].observed / n;
    mean.cells += r[i].cells / n;
    hits += (double) (r[i].observed >= best) / n;
    for (int k = 0; k < 3; k++)
      mean.at[k] += 100 * r[i].at[k] / n;
  }
  for (guint i = 0; i < n; i++)
    square += (100 * r[i].test - mean.test) * (100 * r[i].test - mean.test);
  double sd = n > 1 ? sqrt (square / (n - 1)) : 0;
  printf ("test %.3f sd %.3f se %.3f observed %.3f best %.2f cells %.1f cpu %.3f s  "
          "@25 %.2f @50 %.2f @75 %.2f\n",
          mean.test, sd, sd / sqrt (n), mean.observed, hits, mean.cells, seconds / n,
          mean.at[0], mean.at[1], mean.at[2]);
}

int
main (int argc, char **argv)
{
  if (argc < 6) {
    fprintf (stderr, "usage: bench_search SEARCHER ENCODER SPACE SEEDS BUDGET [KEY=VALUE ...]\n");
    return 1;
  }
  Setup setup = { .joint = FALSE };
  GVariant *options[4];
  g_autoptr (GError) error = NULL;
  gboolean timed = g_str_has_suffix (argv[5], "s");
  setup.seconds = timed ? g_ascii_strtod (argv[5], NULL) : 0;
  setup.cells = timed ? 0 : (gsize) g_ascii_strtoull (argv[5], NULL, 10);
  for (int i = 0; i < 4; i++)
    g_variant_dict_init (&setup.options[i], NULL);
  for (int i = 6; i < argc; i++)
    read_argument (&setup, argv[i]);
  for (int i = 0; i < 4; i++)
    options[i] = g_variant_ref_sink (g_variant_dict_end (&setup.options[i]));

  NvSpace *space = nv_i_space_new (argv[3], options[2], &error);
  NvBenchmark *table
      = space != NULL ? nv_i_benchmark_new (space, "table", options[3], &error) : NULL;
  NvCells *cells = NULL;
  if (table != NULL)
    cells = table->pool != NULL ? nv_cells_ref (table->pool)
                                : nv_space_enumerate (space, &error);
  NvEncoder *encoder = NULL;
  if (cells != NULL)
    encoder = nv_i_encoder_new (argv[2], options[1], space, setup.pretrain, 0, 1, &error);
  if (encoder == NULL
      || !nv_i_encoder_prepare (encoder, cells, 0.1, NULL, NULL, NULL, &error))
    fail (error);
  NvPool *pool = nv_i_pool_new (space, cells);
  NvEmbedding *embedding = nv_i_embedding_new (encoder, pool);
  nv_i_embedding_values (embedding);

  guint seeds = (guint) atoi (argv[4]);
  g_autofree Result *results = g_new (Result, seeds);
  double best, best_test;
  nv_i_benchmark_optimum (table, &best, &best_test);
  clock_t start = clock ();
  for (guint seed = 0; seed < seeds; seed++)
    results[seed] = search (&setup, pool, embedding, table, argv[1], options[0],
                            setup.first + seed);
  double seconds = (double) (clock () - start) / CLOCKS_PER_SEC;
  for (int i = 1; i < argc; i++)
    printf ("%s ", argv[i]);
  print_results (results, seeds, best, seconds);
  return 0;
}
