/* A run: initial cells, duplicates, invalid cells, nearest cells, joint training. */
#include "study_plugins.h"

#include <math.h>

#include "open_space.h"
#include "study/run.h"

typedef struct {
  NvPool *pool;
  NvEmbedding *embedding;
  NvRun *run;
} Setup;

static NvPool *
full_pool (void)
{
  g_autoptr (NvSpace) space = open_space ("toy", NULL);
  g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
  return nv_i_pool_new (space, cells);
}

static NvEmbedding *
embedding_of (NvPool *pool, const char *encoder, GVariant *options)
{
  g_autoptr (GError) error = NULL;
  NvEncoder *made = nv_i_encoder_new (encoder, options, pool->space, 3, 0, 1, &error);
  g_assert_no_error (error);
  return nv_i_embedding_new (made, pool);
}

static GVariant *
script (const char *cells, gboolean again)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "cells", "s", cells);
  g_variant_dict_insert (&dict, "again", "b", again);
  return g_variant_dict_end (&dict);
}

static void
start (Setup *t, const char *encoder, gboolean joint, const char *searcher,
       GVariant *options, guint64 number)
{
  g_autoptr (GError) error = NULL;
  t->pool = full_pool ();
  t->embedding = embedding_of (t->pool, encoder, NULL);
  t->run = nv_i_run_new (t->pool, t->embedding, joint, searcher, options, 3, number, 100,
                         &error);
  g_assert_no_error (error);
}

static void
stop (Setup *t)
{
  nv_i_run_free (t->run);
  nv_i_embedding_unref (t->embedding);
  nv_i_pool_unref (t->pool);
}

static double
score_of (const NvCell *cell)
{
  double score = 0.125;
  for (guint i = 1; i < 4; i++)
    score += 0.0625 * i * MIN (cell->ops[i], 4);
  return score + 0.25 * nv_cell_n_edges (cell);
}

/* One step; returns the evaluated cell's text or the reason. */
static char *
step (NvRun *run)
{
  g_autoptr (GError) error = NULL;
  NvOutcome outcome = { .test = NAN };
  const char *reason;
  NvCell cell;
  g_assert_true (nv_i_run_ask (run, &cell, &reason, &error));
  g_assert_no_error (error);
  if (reason != NULL)
    return g_strdup (reason);
  outcome.score = score_of (&cell);
  nv_i_run_tell (run, &cell, &outcome);
  return nv_space_format (nv_i_run_searcher (run)->space, &cell);
}

#define STEP(run, expected)                                                                  \
  do {                                                                                       \
    g_autofree char *text = step (run);                                                      \
    g_assert_cmpstr (text, ==, expected);                                                    \
  } while (0)

static const char *
log_of (NvRun *run)
{
  return ((ToyscriptState *) nv_i_run_searcher (run)->state)->log->str;
}

/* Duplicates, whatever they are written like, are told what was told before; they and invalid
 * cells are counted; the searcher hears of the cell that it named, the benchmark of the
 * pool's. */
static void
test_answers (void)
{
  Setup t;
  start (&t, "toyfixed", FALSE, "toyscript", script ("abd5 abc5 ! bbb0 abd5 ! aaa0", FALSE),
         0);
  STEP (t.run, "abc5");
  STEP (t.run, "bbb0");
  STEP (t.run, "aaa0");
  g_assert_cmpuint (nv_i_run_duplicates (t.run), ==, 2);
  g_assert_cmpuint (nv_i_run_invalid (t.run), ==, 2);
  g_assert_cmpstr (log_of (t.run), ==,
                   "abd5=2.875 abc5=2.875 ! bbb0=2.25 abd5=2.875 ! aaa0=1.875 ");
  stop (&t);
}

/* A failed evaluation and a score that is no number are rejected, then and again. */
static void
test_failed (void)
{
  Setup t;
  const NvOutcome failed = { .score = NAN, .failed = TRUE }, odd = { .score = INFINITY };
  const char *reason;
  NvCell cell;
  start (&t, "toyfixed", FALSE, "toyscript", script ("abc5 abc5 bbb0 bbb0 aaa0", FALSE), 0);
  g_assert_true (nv_i_run_ask (t.run, &cell, &reason, NULL) && reason == NULL);
  nv_i_run_tell (t.run, &cell, &failed);
  g_assert_true (nv_i_run_ask (t.run, &cell, &reason, NULL) && reason == NULL);
  nv_i_run_tell (t.run, &cell, &odd);
  STEP (t.run, "aaa0");
  g_assert_cmpstr (log_of (t.run), ==, "abc5! abc5! bbb0! bbb0! aaa0=1.875 ");
  g_assert_cmpuint (nv_i_run_duplicates (t.run), ==, 2);
  stop (&t);
}

/* All of the pool, each once, in an order that the seed of the run decides; the cells that the
 * searcher found by itself are left out. */
static void
test_initial (void)
{
  Setup a, b, c;
  g_autoptr (GHashTable) cells = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                                        NULL);
  guint differ = 0, moved = 0;
  start (&a, "toyfixed", FALSE, "toyscript", script ("abc5 ccc0", FALSE), 0);
  start (&b, "toyenc", TRUE, "toyscript", script ("abc5 ccc0", FALSE), 0);
  start (&c, "toyfixed", FALSE, "toyscript", script ("abc5 ccc0", FALSE), 1);
  for (guint i = 0; i < TOY_CELLS; i++) {
    char *x = step (a.run);
    g_autofree char *y = step (b.run), *z = step (c.run);
    NvCell cell;
    g_assert_cmpstr (x, ==, y);
    differ += strcmp (x, z) != 0;
    nv_cells_get (a.pool->cells, i, &cell);
    g_autofree char *listed = nv_space_format (a.pool->space, &cell);
    moved += strcmp (x, listed) != 0;
    g_assert_true (g_hash_table_add (cells, x));
  }
  g_assert_cmpuint (differ, >, TOY_CELLS * 9 / 10);
  g_assert_cmpuint (moved, >, TOY_CELLS * 9 / 10);
  STEP (a.run, "pool used up");
  stop (&a);
  stop (&b);
  stop (&c);
}

static void
test_draw_to_the_end (void)
{
  Setup t;
  g_autoptr (GError) error = NULL;
  NvCell cell;
  start (&t, "toyfixed", FALSE, "toyscript", NULL, 0);
  for (guint i = 0; i < TOY_CELLS; i++)
    g_assert_true (nv_searcher_draw (nv_i_run_searcher (t.run), &cell, NULL));
  g_assert_false (nv_searcher_draw (nv_i_run_searcher (t.run), &cell, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_CELL);
  stop (&t);
}

static void
test_stalled (void)
{
  Setup t;
  start (&t, "toyfixed", FALSE, "toyscript", script ("abc5 !", TRUE), 0);
  STEP (t.run, "abc5");
  STEP (t.run, "stalled");
  g_assert_cmpuint (nv_i_run_duplicates (t.run) + nv_i_run_invalid (t.run), ==, 10000);
  g_autofree char *rejections = nv_i_run_rejections (t.run);
  g_assert_true (g_str_has_prefix (rejections, "; 5000 asked for were rejected; the last: "));
  stop (&t);
}

static void
test_searcher_error (void)
{
  Setup t;
  g_autoptr (GError) error = NULL;
  const char *reason;
  NvCell cell;
  start (&t, "toyfixed", FALSE, "toyscript", script ("?", FALSE), 0);
  g_assert_false (nv_i_run_ask (t.run, &cell, &reason, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_PLUGIN);
  stop (&t);
  /* an error that is set counts, whatever was returned with it */
  g_clear_error (&error);
  start (&t, "toyfixed", FALSE, "toyscript", script ("??", TRUE), 0);
  g_assert_false (nv_i_run_ask (t.run, &cell, &reason, &error));
  g_assert_cmpstr (error->message, ==, "searcher toyscript: ask() succeeded and set an error: "
                                       "toyscript read a ?");
  stop (&t);
}

/* A space that rejects what is in its own list: the error says so, and the last reason. */
static gboolean
toyshy_validate (const NvSpace *space, const NvCell *cell, GError **error)
{
  (void) space, (void) cell;
  g_set_error (error, NV_ERROR, NV_ERROR_CELL, "too shy");
  return FALSE;
}

static void
test_rejected (void)
{
  static NvSpaceClass toyshy;
  g_autoptr (GError) error = NULL;
  const char *reason;
  NvCell cell;
  Setup t;
  start (&t, "toyfixed", FALSE, "toyscript", script ("abc5", FALSE), 0);
  toyshy = *t.pool->space->klass;
  toyshy.validate = toyshy_validate;
  t.pool->space->klass = &toyshy;
  g_assert_false (nv_i_run_ask (t.run, &cell, &reason, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_PLUGIN);
  if (strstr (error->message, "searcher toyscript: ask(): all 216 cells of the pool were drawn; "
                              "217 asked for were rejected; the last: ") == NULL
      || strstr (error->message, "too shy") == NULL)
    g_error ("%s", error->message);
  stop (&t);
}

/* A pool that is not all of the space: cells outside of it are invalid, unless it is a sample
 * of a space without a list. */
static void
test_outside (void)
{
  g_autoptr (NvSpace) space = open_space ("toy", NULL);
  g_autoptr (NvCells) cells = nv_cells_new (TOY_NODES);
  NvCell cell;
  gsize i;
  g_assert_true (nv_space_parse (space, "abc5", &cell, NULL));
  nv_cells_append (cells, &cell);
  g_assert_true (nv_space_parse (space, "ccc1", &cell, NULL));
  nv_cells_append (cells, &cell);
  for (guint open = 0; open < 2; open++) {
    g_autoptr (NvPool) pool = nv_i_pool_new (space, cells);
    g_autoptr (NvEmbedding) embedding = embedding_of (pool, "toyfixed", NULL);
    pool->open = open != 0;
    g_autoptr (NvRun) run = nv_i_run_new (pool, embedding, FALSE, "toyscript",
                                          script ("bbd0 bbc0 ddc1", FALSE), 3, 0, 9, NULL);
    if (open)
      STEP (run, "bbc0"); /* in its canonical form */
    STEP (run, "ccc1");
    g_assert_cmpuint (nv_i_run_invalid (run), ==, open ? 0 : 2);
    g_assert_cmpuint (nv_i_run_duplicates (run), ==, open ? 1 : 0);
    g_assert_false (nv_searcher_seen (nv_i_run_searcher (run), 0));
    g_assert_true (nv_searcher_seen (nv_i_run_searcher (run), 1));
    g_assert_true (nv_space_parse (space, "cdd1", &cell, NULL));
    g_assert_true (nv_searcher_find (nv_i_run_searcher (run), &cell, &i));
    g_assert_cmpuint (i, ==, 1);
    g_assert_true (nv_space_parse (space, "bbd0", &cell, NULL));
    g_assert_false (nv_searcher_find (nv_i_run_searcher (run), &cell, &i));
    g_assert_true (nv_searcher_known (nv_i_run_searcher (run), &cell)); /* or never to be */
    STEP (run, "abc5");
    STEP (run, "pool used up");
  }
}

/* --- nearest ------------------------------------------------------------------------------ */

static void
naive_nearest (guint32 *nearest, const nv_real *x, const nv_real *point, const gboolean *seen,
               gsize P, gsize D, gsize count)
{
  g_autofree gboolean *taken = g_new0 (gboolean, P);
  for (gsize k = 0; k < count; k++) {
    double best = INFINITY;
    for (gsize i = 0; i < P; i++) {
      double distance = 0;
      for (gsize d = 0; d < D; d++)
        distance += pow ((double) x[i * D + d] - (double) point[d], 2);
      if (!seen[i] && !taken[i] && distance < best) {
        best = distance;
        nearest[k] = (guint32) i;
      }
    }
    taken[nearest[k]] = TRUE;
  }
}

/* Against a naive twin, with ties (values are multiples of 1/4) and odd sizes. */
static void
test_nearest (void)
{
  const struct { gsize P, D, count; } sizes[] = { { 1, 1, 1 }, { 7, 3, 7 }, { 513, 8, 4 },
                                                  { 1500, 17, 33 }, { 1024, 16, 1 } };
  NvRng rng;
  nv_rng_init (&rng, 11, "nearest", 0);
  for (gsize s = 0; s < G_N_ELEMENTS (sizes); s++) {
    gsize P = sizes[s].P, D = sizes[s].D, count = sizes[s].count, left = 0;
    g_autofree nv_real *x = g_new (nv_real, P * D), *best = g_new (nv_real, count);
    g_autofree guint64 *bits = g_new0 (guint64, P / 64 + 1);
    g_autofree gboolean *seen = g_new0 (gboolean, P);
    nv_real point[32], expected_best;
    guint32 found[64], expected[64];
    for (gsize i = 0; i < P * D; i++)
      x[i] = (nv_real) nv_rng_below (&rng, 5) / 4;
    for (gsize d = 0; d < D; d++)
      point[d] = (nv_real) nv_rng_below (&rng, 9) / 4;
    for (gsize i = 0; i < P; i++) {
      seen[i] = i > 0 && nv_rng_below (&rng, 4) == 0;
      bits[i / 64] |= (guint64) seen[i] << (i % 64);
      left += !seen[i];
    }
    gsize expect = MIN (left, count);
    naive_nearest (expected, x, point, seen, P, D, expect);
    g_assert_cmpuint (nv_i_nearest_rows (found, best, x, point, bits, P, D, count), ==,
                      expect);
    for (gsize k = 0; k < expect; k++)
      g_assert_cmpuint (found[k], ==, expected[k]);
    expected_best = 0;
    for (gsize d = 0; d < D; d++)
      expected_best += (x[found[0] * D + d] - point[d]) * (x[found[0] * D + d] - point[d]);
    g_assert_cmpfloat (best[0], ==, expected_best);
    g_assert_cmpuint (nv_i_nearest_rows (found, best, x, point, bits, P, D, 0), ==, 0);
  }
}

static void
test_nearest_of_run (void)
{
  Setup t;
  guint32 nearest[3];
  start (&t, "toyfixed", FALSE, "toyscript", script ("aba6", FALSE), 0);
  NvSearcher *s = nv_i_run_searcher (t.run);
  STEP (t.run, "aba6");
  const nv_real *values = nv_searcher_embedding (s);
  g_assert_cmpuint (nv_searcher_nearest (s, values + 8 * TOY_DIM, nearest, 3), ==, 3);
  g_assert_cmpuint (nearest[0], ==, 8);
  gsize seen = 24 + 6; /* a b a, skips 6 */
  g_assert_true (nv_searcher_seen (s, seen));
  nv_searcher_nearest (s, values + seen * TOY_DIM, nearest, 1);
  g_assert_cmpuint (nearest[0], !=, seen);
  stop (&t);
}

/* --- encoders ----------------------------------------------------------------------------- */

static void
copy_values (NvRun *run, nv_real *out)
{
  memcpy (out, nv_searcher_embedding (nv_i_run_searcher (run)),
          TOY_CELLS * TOY_DIM * sizeof *out);
}

/* The three calls move a joint encoder, in one run alone; restart() brings other weights. */
static void
test_joint (void)
{
  enum { SIZE = TOY_CELLS * TOY_DIM };
  static nv_real before[SIZE], after[SIZE], fresh[SIZE], shared[SIZE];
  const guint32 index[3] = { 7, 200, 7 };
  nv_real z[3 * TOY_DIM], dz[3 * TOY_DIM];
  Setup t;
  start (&t, "toyenc", TRUE, "toyscript", NULL, 2);
  NvSearcher *s = nv_i_run_searcher (t.run);
  g_assert_true (nv_searcher_joint (s));
  memcpy (shared, nv_i_embedding_values (t.embedding), sizeof shared);
  copy_values (t.run, before);
  g_assert_cmpmem (before, sizeof before, shared, sizeof shared); /* pre-trained: a copy */
  nv_searcher_forward (s, index, 3, z);
  g_assert_cmpmem (z, 5 * sizeof *z, before + 7 * TOY_DIM, 5 * sizeof *z);
  for (guint i = 0; i < 3 * TOY_DIM; i++)
    dz[i] = z[i] - (nv_real) 2.385;
  nv_searcher_backward (s, dz);
  copy_values (t.run, after);
  g_assert_cmpmem (before, sizeof before, after, sizeof after);
  nv_searcher_step (s);
  copy_values (t.run, after);
  g_assert_cmpfloat (fabs (after[35] - 2.385), <, fabs (before[35] - 2.385));
  nv_searcher_restart (s);
  copy_values (t.run, fresh);
  g_assert_cmpmem (before, sizeof before, fresh, sizeof fresh);
  g_assert_cmpmem (nv_i_embedding_values (t.embedding), sizeof shared, shared,
                   sizeof shared);
  stop (&t);
}

/* Not pre-trained: every run and every restart draws its own weights, always the same ones. */
static void
test_joint_fresh (void)
{
  enum { SIZE = TOY_CELLS * TOY_DIM };
  static nv_real values[6][SIZE];
  g_autoptr (NvPool) pool = full_pool ();
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "epochs", "x", (gint64) 0);
  g_autoptr (NvEmbedding) embedding = embedding_of (pool, "toyenc",
                                                    g_variant_dict_end (&dict));
  for (guint i = 0; i < 3; i++) {
    g_autoptr (NvRun) run = nv_i_run_new (pool, embedding, TRUE, "toyscript", NULL, 3,
                                          i < 2 ? 5 : 6, 9, NULL);
    copy_values (run, values[2 * i]);
    nv_searcher_restart (nv_i_run_searcher (run));
    copy_values (run, values[2 * i + 1]);
  }
  for (guint i = 0; i < 6; i++)
    for (guint j = 0; j < i; j++)
      g_assert_cmpint (memcmp (values[i], values[j], sizeof values[i]) == 0, ==,
                       i / 2 == 1 && j == i - 2);
}

/* Frozen: forward() gives rows, and nothing moves. */
static void
test_frozen (void)
{
  const guint32 index[2] = { 3, 151 };
  nv_real z[2 * TOY_DIM];
  Setup t;
  start (&t, "toyfixed", FALSE, "toyscript", NULL, 0);
  NvSearcher *s = nv_i_run_searcher (t.run);
  const nv_real *values = nv_searcher_embedding (s);
  g_assert_false (nv_searcher_joint (s));
  nv_searcher_forward (s, index, 2, z);
  g_assert_cmpmem (z + TOY_DIM, 5 * sizeof *z, values + 151 * TOY_DIM, 5 * sizeof *z);
  nv_searcher_backward (s, z);
  nv_searcher_step (s);
  nv_searcher_restart (s);
  g_assert_true (nv_searcher_embedding (s) == values);
  g_assert_cmpmem (z, 5 * sizeof *z, values + 3 * TOY_DIM, 5 * sizeof *z);
  stop (&t);
}

static void
test_decode (void)
{
  const nv_real point[TOY_DIM] = { -0.25, 0.5 };
  GVariantDict dict;
  NvCell cell = { .n_nodes = 1 };
  Setup t;
  start (&t, "toyenc", FALSE, "toyscript", NULL, 0);
  g_assert_false (nv_searcher_decode (nv_i_run_searcher (t.run), point, &cell));
  g_assert_cmpuint (cell.n_nodes, ==, 1);
  stop (&t);
  start (&t, "toyfixed", FALSE, "toyscript", NULL, 0);
  g_assert_false (nv_searcher_decode (nv_i_run_searcher (t.run), point, &cell));
  stop (&t);
  t.pool = full_pool ();
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "codes", "b", TRUE);
  t.embedding = embedding_of (t.pool, "toyenc", g_variant_dict_end (&dict));
  for (guint joint = 0; joint < 2; joint++) {
    t.run = nv_i_run_new (t.pool, t.embedding, joint != 0, "toyscript", NULL, 3, 0, 9, NULL);
    g_assert_true (nv_searcher_decode (nv_i_run_searcher (t.run), point, &cell));
    g_autofree char *text = nv_space_format (t.pool->space, &cell);
    g_assert_cmpstr (text, ==, "bbc5");
    if (joint == 0)
      nv_i_run_free (t.run);
  }
  stop (&t);
}

/* The same seed gives the same run to the last cell, joint training, restarts and all. */
static void
test_same_seed (void)
{
  Setup a, b;
  start (&a, "toyenc", TRUE, "toyjoint", NULL, 4);
  start (&b, "toyenc", TRUE, "toyjoint", NULL, 4);
  for (guint i = 0; i < 90; i++) {
    g_autofree char *x = step (a.run), *y = step (b.run);
    g_assert_cmpstr (x, ==, y);
  }
  g_assert_cmpuint (nv_i_run_duplicates (a.run), ==, nv_i_run_duplicates (b.run));
  g_assert_cmpuint (nv_i_run_duplicates (a.run), >, 0);
  stop (&a);
  stop (&b);
}

static void
test_refusals (void)
{
  g_autoptr (NvPool) pool = full_pool ();
  g_autoptr (NvEmbedding) embedding = embedding_of (pool, "toyfixed", NULL);
  g_autoptr (GError) error = NULL;
  g_assert_null (nv_i_run_new (pool, embedding, TRUE, "toyscript", NULL, 3, 0, 9, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, "toyfixed"));
  g_clear_error (&error);
  g_autoptr (NvEmbedding) grows = embedding_of (pool, "toygrows", NULL);
  g_assert_null (nv_i_run_new (pool, grows, TRUE, "toyscript", NULL, 3, 0, 9, &error));
  g_assert_cmpstr (error->message, ==, "encoder toygrows: open() set dim = 6, and 5 when it was "
                                       "opened before with the same options");
  g_clear_error (&error);
  g_assert_null (nv_i_run_new (pool, embedding, FALSE, "toyjoint", script ("!", FALSE), 3, 0,
                               9, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_OPTION);
  g_clear_error (&error);
  g_assert_null (nv_i_run_new (pool, embedding, FALSE, "nosuch", NULL, 3, 0, 9, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_PLUGIN);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  accept_toys ();
  g_test_add_func ("/run/answers", test_answers);
  g_test_add_func ("/run/failed", test_failed);
  g_test_add_func ("/run/initial", test_initial);
  g_test_add_func ("/run/draw-to-the-end", test_draw_to_the_end);
  g_test_add_func ("/run/stalled", test_stalled);
  g_test_add_func ("/run/searcher-error", test_searcher_error);
  g_test_add_func ("/run/rejected", test_rejected);
  g_test_add_func ("/run/outside", test_outside);
  g_test_add_func ("/run/nearest", test_nearest);
  g_test_add_func ("/run/nearest-of-run", test_nearest_of_run);
  g_test_add_func ("/run/joint", test_joint);
  g_test_add_func ("/run/joint-fresh", test_joint_fresh);
  g_test_add_func ("/run/frozen", test_frozen);
  g_test_add_func ("/run/decode", test_decode);
  g_test_add_func ("/run/same-seed", test_same_seed);
  g_test_add_func ("/run/refusals", test_refusals);
  return g_test_run ();
}
