/* The searcher gradient, on the one-hot encoding of nasbench201: what it asks for in a batch. */
#include "study/run.h"

#include <math.h>

enum { INITIAL = 16, BATCH = 5, CELLS = INITIAL + 2 * BATCH };

static NvPool *pool;
static NvEmbedding *embedding;

/* The weighted share of 3x3 convolutions on the six edges. */
static double
score_of (const NvCell *cell)
{
  double score = 0.2385;
  for (guint i = 1; i < 7; i++)
    if (cell->ops[i] == 2)
      score += 0.05 + 0.01 * i;
  return score;
}

/* The pool cells in the order in which they are asked for; from number `turned` on their scores
 * are told with the opposite sign. */
static void
search (gsize *asked, int batch, gsize turned)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strdup_printf ("{'batch': <int64 %d>}", batch);
  GVariant *options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);
  g_autoptr (NvRun) run
      = nv_i_run_new (pool, embedding, FALSE, "gradient", options, 3, 0, CELLS, &error);
  g_assert_no_error (error);
  for (gsize i = 0; i < CELLS; i++) {
    NvCell cell;
    NvOutcome outcome = { .test = NAN };
    const char *reason;
    g_assert_true (nv_i_run_ask (run, &cell, &reason, &error));
    g_assert_null (reason);
    g_assert_true (nv_searcher_find (nv_i_run_searcher (run), &cell, &asked[i]));
    outcome.score = (i < turned ? 1 : -1) * score_of (&cell);
    nv_i_run_tell (run, &cell, &outcome);
  }
  g_assert_cmpuint (nv_i_run_duplicates (run), ==, 0);
}

static gsize
equal_until (const gsize *a, const gsize *b)
{
  gsize i = 0;
  while (i < CELLS && a[i] == b[i])
    i++;
  return i;
}

/* The cells of a batch come from one climb: what is told of the first decides the next batch. */
static void
batches (void)
{
  gsize plain[CELLS], turned[CELLS];
  search (plain, BATCH, CELLS);
  search (turned, BATCH, INITIAL);
  g_assert_cmpuint (equal_until (plain, turned), ==, INITIAL + BATCH);
  search (turned, BATCH, INITIAL + BATCH - 1);
  g_assert_cmpuint (equal_until (plain, turned), ==, INITIAL + BATCH);
  search (plain, 1, CELLS);
  search (turned, 1, INITIAL);
  g_assert_cmpuint (equal_until (plain, turned), ==, INITIAL + 1);
}

/* The first of a batch is what would be asked for alone; the others promise less. */
static void
best_first (void)
{
  gsize alone[CELLS], many[CELLS];
  search (alone, 1, CELLS);
  search (many, BATCH, CELLS);
  g_assert_cmpuint (equal_until (alone, many), >=, INITIAL + 1);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  NvSpace *space = nv_i_space_new ("nasbench201", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (NvCells) cells = nv_space_enumerate (space, &error);
  NvEncoder *encoder = nv_i_encoder_new ("onehot", NULL, space, 0, 0, 1, &error);
  g_assert_no_error (error);
  pool = nv_i_pool_new (space, cells);
  embedding = nv_i_embedding_new (encoder, pool);
  g_test_add_func ("/searchers/gradient/batches", batches);
  g_test_add_func ("/searchers/gradient/best-first", best_first);
  int status = g_test_run ();
  nv_i_embedding_unref (embedding);
  nv_i_pool_unref (pool);
  nv_i_space_unref (space);
  return status;
}
