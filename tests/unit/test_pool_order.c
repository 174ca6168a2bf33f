/* The order in which a joint encoder is given the pool. */
#include "nn/gin_impl.h"
#include "open_space.h"
#include "study/run_private.h"

/* Colours of all pieces of 585 cells, as they are evaluated, after two layers. */
static gsize
count_colours (const NvCells *cells, const guint32 *index)
{
  enum { PIECE = 585 };
  NvGinShape s = { .nodes = cells->nodes, .ops = 5, .symmetric = TRUE };
  Layout layout = { 0 };
  Colours c;
  gsize count = 0;
  nv_i_colours_init (&c, PIECE * cells->nodes, cells->nodes);
  for (gsize first = 0; first < cells->count; first += PIECE) {
    nv_i_layout_load (&layout, &s, cells, index, first, MIN (PIECE, cells->count - first));
    nv_i_colours_begin (&c, &layout, s.ops);
    nv_i_colours_refine (&c, &layout);
    nv_i_colours_refine (&c, &layout);
    count += c.n;
  }
  nv_i_colours_clear (&c);
  nv_i_layout_clear (&layout);
  return count;
}

/* The order in which a joint encoder is given the pool: all of it, what is alike together. */
static void
test_order (void)
{
  g_autoptr (NvSpace) space = open_space ("nasbench101", NULL);
  g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
  g_autoptr (NvCells) some = nv_cells_new (space->nodes);
  g_autofree guint32 *plain = g_new (guint32, cells->count);
  for (gsize i = 0; i < cells->count; i += 17) {
    NvCell cell;
    nv_cells_get (cells, i, &cell);
    plain[some->count] = (guint32) some->count;
    nv_cells_append (some, &cell);
  }
  NvRng rng;
  nv_rng_init (&rng, 3, "shuffle", 0);
  nv_rng_shuffle (&rng, plain, some->count);
  g_autoptr (NvPool) pool = nv_i_pool_new (space, some);
  const guint32 *order = nv_i_pool_order (pool);
  g_autofree guint8 *times = g_new0 (guint8, some->count);
  for (gsize i = 0; i < some->count; i++)
    times[order[i]]++;
  for (gsize i = 0; i < some->count; i++)
    g_assert_cmpuint (times[i], ==, 1);
  g_assert_true (nv_i_pool_order (pool) == order);
  g_assert_cmpuint (8 * count_colours (some, order), <, 7 * count_colours (some, plain));
}

/* Each row of a joint embedding is its own cell's, whatever order they were embedded in. */
static void
test_joint_rows (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = open_space ("nasbench201", NULL);
  g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
  g_autoptr (NvPool) pool = nv_i_pool_new (space, cells);
  NvEncoder *encoder = nv_i_encoder_new ("supervised", NULL, space, 3, 0, 1, &error);
  g_assert_no_error (error);
  g_autoptr (NvEmbedding) embedding = nv_i_embedding_new (encoder, pool);
  g_autoptr (NvRun) run
      = nv_i_run_new (pool, embedding, TRUE, "random", NULL, 3, 0, 9, &error);
  g_assert_no_error (error);
  NvSearcher *s = nv_i_run_searcher (run);
  const nv_real *values = nv_searcher_embedding (s);
  g_autofree nv_real *one = g_new (nv_real, s->dim);
  for (guint32 i = 0; i < s->pool; i += 977) {
    run->encoder->klass->embed (run->encoder, cells, &i, 1, one);
    for (gsize d = 0; d < s->dim; d++)
      g_assert_cmpfloat_with_epsilon (values[i * s->dim + d], one[d], 1e-5);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pool-order/alike", test_order);
  g_test_add_func ("/pool-order/joint-rows", test_joint_rows);
  return g_test_run ();
}
