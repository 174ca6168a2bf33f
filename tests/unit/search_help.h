/* Searches over the cells of nasbench201 in their one-hot encoding, for tests of searchers. */
#ifndef SEARCH_HELP_H
#define SEARCH_HELP_H

#include <math.h>

#include "study/run.h"

static NvPool *pool;
static NvEmbedding *embedding;

/* The weighted share of 3x3 convolutions on the six edges: linear in the encoding. */
static double
score_of (const NvCell *cell)
{
  double score = 0.2385;
  for (guint i = 1; i < 7; i++)
    if (cell->ops[i] == 2)
      score += 0.05 + 0.01 * i;
  return score;
}

/* From "{'key': <value>}". */
static GVariant *
options_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
  g_assert_no_error (error);
  return options;
}

static NvRun *
run_of (const char *searcher, const char *options, guint64 seed, gsize cells)
{
  g_autoptr (GError) error = NULL;
  NvRun *run = nv_i_run_new (pool, embedding, FALSE, searcher, options_of (options), seed, 0,
                             cells, &error);
  g_assert_no_error (error);
  return run;
}

static void
ask (NvRun *run, NvCell *cell)
{
  g_autoptr (GError) error = NULL;
  const char *reason;
  g_assert_true (nv_i_run_ask (run, cell, &reason, &error));
  g_assert_null (reason);
}

static void
tell (NvRun *run, const NvCell *cell, double score)
{
  NvOutcome outcome = { .score = score, .test = NAN };
  nv_i_run_tell (run, cell, &outcome);
}

/* Runs the tests on a pool of the first of each `every` cells. */
static int
run_on_part (gsize every)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new ("nasbench201", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  g_autoptr (NvCells) cells = nv_cells_new (all->nodes);
  for (gsize i = 0; i < all->count; i += every) {
    NvCell cell;
    nv_cells_get (all, i, &cell);
    nv_cells_append (cells, &cell);
  }
  NvEncoder *encoder = nv_i_encoder_new ("onehot", NULL, space, 0, 0, 1, &error);
  g_assert_no_error (error);
  pool = nv_i_pool_new (space, cells);
  embedding = nv_i_embedding_new (encoder, pool);
  const int status = g_test_run ();
  nv_i_embedding_unref (embedding);
  nv_i_pool_unref (pool);
  return status;
}

/* The same on all cells. */
static inline int
run_on_pool (void)
{
  return run_on_part (1);
}

#endif
