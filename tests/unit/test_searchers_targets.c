/* What searchers make of scores before they fit them. */
#include <math.h>
#include <nasvec/searcher.h>

static void
assert_near (double value, double expected)
{
  g_assert_cmpfloat (fabs (value - expected), <=, 1e-12);
}

static void
ranks (void)
{
  const double score[] = { 0.7311, -40.0, 0.7312 };
  double y[3];
  guint32 order[3];
  nv_searcher_targets (y, score, order, 3, TRUE);
  /* logit (1/6), logit (1/2), logit (5/6), over their standard deviation */
  assert_near (y[0], 0.0);
  assert_near (y[1], -sqrt (1.5));
  assert_near (y[2], sqrt (1.5));
}

static void
ties_share_a_rank (void)
{
  const double score[] = { 3.5, 2.385, 3.5, 9.25, 2.385 };
  double y[5], z[5];
  guint32 order[5];
  nv_searcher_targets (y, score, order, 5, TRUE);
  assert_near (y[0], y[2]);
  assert_near (y[1], y[4]);
  g_assert_cmpfloat (y[1], <, y[0]);
  g_assert_cmpfloat (y[0], <, y[3]);
  /* any increasing function of the scores gives the same targets */
  double cube[5];
  for (int i = 0; i < 5; i++)
    cube[i] = score[i] * score[i] * score[i] - 7.0;
  nv_searcher_targets (z, cube, order, 5, TRUE);
  for (int i = 0; i < 5; i++)
    assert_near (z[i], y[i]);
}

static void
scores (void)
{
  const double score[] = { 0.25, 0.5, 1.5 };
  double y[3], mean = 0.0, square = 0.0;
  guint32 order[3];
  nv_searcher_targets (y, score, order, 3, FALSE);
  for (int i = 0; i < 3; i++) {
    mean += y[i] / 3.0;
    square += y[i] * y[i] / 3.0;
  }
  assert_near (mean, 0.0);
  assert_near (square, 1.0);
  assert_near ((y[2] - y[0]) / (y[1] - y[0]), 5.0);
}

static void
equal_scores (void)
{
  const double score[] = { 0.912, 0.912, 0.912 };
  double y[3] = { 5.0, 5.0, 5.0 };
  guint32 order[3];
  for (int rank = 0; rank < 2; rank++) {
    nv_searcher_targets (y, score, order, 3, rank);
    for (int i = 0; i < 3; i++)
      g_assert_cmpfloat (y[i], ==, 0.0);
    y[0] = 5.0;
    nv_searcher_targets (y, score, order, 1, rank);
    g_assert_cmpfloat (y[0], ==, 0.0);
  }
}

/* -INFINITY: the lowest rank, or the lowest score. */
static void
failures (void)
{
  const double score[] = { -INFINITY, 0.25, 1.5, -INFINITY, 0.5 };
  const double below[] = { -9.0, 0.25, 1.5, -9.0, 0.5 }, least[] = { 0.25, 0.25, 1.5, 0.25, 0.5 };
  const double none[] = { -INFINITY, -INFINITY, -INFINITY };
  double y[5], z[5];
  guint32 order[5];
  for (int rank = 0; rank < 2; rank++) {
    nv_searcher_targets (y, score, order, 5, rank);
    nv_searcher_targets (z, rank ? below : least, order, 5, rank);
    for (int i = 0; i < 5; i++)
      assert_near (y[i], z[i]);
    nv_searcher_targets (y, none, order, 3, rank);
    for (int i = 0; i < 3; i++)
      g_assert_cmpfloat (y[i], ==, 0.0);
  }
  g_assert_cmpfloat (nv_searcher_lowest (score, 5), ==, 0.25);
  g_assert_cmpfloat (nv_searcher_lowest (none, 3), ==, 0.0);
  g_assert_cmpfloat (nv_searcher_lowest (below, 5), ==, -9.0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/targets/ranks", ranks);
  g_test_add_func ("/targets/ties", ties_share_a_rank);
  g_test_add_func ("/targets/scores", scores);
  g_test_add_func ("/targets/equal", equal_scores);
  g_test_add_func ("/targets/failures", failures);
  return g_test_run ();
}
