/* Embeddings in two dimensions. */
#include <math.h>

#include <nasvec/rng.h>

#include "report/project.h"
#include "stats/stats.h"

static void
test_pca (void)
{
  /* a line in the direction (3, -4) / 5, with a little across */
  static const double along[] = { -2.5, -1.0, 0.25, 1.25, 2.0 },
                      across[] = { .1, -.1, 0, -.1, .1 };
  double x[10], xy[10];
  for (int i = 0; i < 5; i++) {
    x[2 * i] = 7.5 + .6 * along[i] + .8 * across[i];
    x[2 * i + 1] = -.8 * along[i] + .6 * across[i];
  }
  nv_i_pca (xy, NULL, x, 5, 2);
  /* the largest weight, -.8, is made positive */
  for (int i = 0; i < 5; i++)
    g_assert_cmpfloat_with_epsilon (xy[2 * i], -along[i], .02);
  double axes[4], again[10];
  nv_i_pca (again, axes, x, 5, 2);
  for (int i = 0; i < 5; i++)
    for (int k = 0; k < 2; k++) {
      double from_centre = (x[2 * i] - x[4]) * axes[k] + (x[2 * i + 1] - x[5]) * axes[2 + k];
      g_assert_cmpfloat (again[2 * i + k], ==, xy[2 * i + k]);
      g_assert_cmpfloat_with_epsilon (from_centre, xy[2 * i + k] - xy[4 + k], 1e-12);
    }
  double one[2] = { 2.385, 1 };
  nv_i_pca (xy, NULL, one, 1, 2);
  g_assert_cmpfloat (xy[0], ==, 0);
  nv_i_pca (xy, NULL, x, 5, 1); /* one dimension: the second component is zero */
  g_assert_cmpfloat (xy[1], ==, 0);
}

static double
naive_repulsion (double *force, const double *xy, gsize n)
{
  double z = 0;
  for (gsize i = 0; i < n; i++) {
    force[2 * i] = force[2 * i + 1] = 0;
    for (gsize j = 0; j < n; j++) {
      double dx = xy[2 * i] - xy[2 * j], dy = xy[2 * i + 1] - xy[2 * j + 1];
      double w = 1 / (1 + dx * dx + dy * dy);
      z += w;
      force[2 * i] += w * w * dx;
      force[2 * i + 1] += w * w * dy;
    }
  }
  return z;
}

static void
test_repulsion (void)
{
  enum { N = 157 };
  double xy[2 * N], force[2 * N], naive[2 * N];
  NvRng rng;
  nv_rng_init (&rng, 3, "tsne", 0);
  for (int i = 0; i < 2 * N; i++)
    xy[i] = 5 * nv_rng_normal (&rng);
  xy[2] = xy[0]; /* two points that coincide */
  xy[3] = xy[1];
  double z = naive_repulsion (naive, xy, N);
  g_assert_cmpfloat_with_epsilon (nv_i_tsne_repulsion (force, xy, N, 0), z, 1e-9 * z);
  for (int i = 0; i < 2 * N; i++)
    g_assert_cmpfloat_with_epsilon (force[i], naive[i], 1e-9);
  g_assert_cmpfloat_with_epsilon (nv_i_tsne_repulsion (force, xy, N, .5), z, .02 * z);
  double error = 0, size = 0;
  for (int i = 0; i < 2 * N; i++) {
    error += (force[i] - naive[i]) * (force[i] - naive[i]);
    size += naive[i] * naive[i];
  }
  g_assert_cmpfloat (sqrt (error / size), <, .05);
  g_assert_cmpfloat (error, >, 0); /* theta does something */
}

/* Three clusters in eight dimensions stay apart: the nearest of a point is of its own. */
static void
test_tsne (void)
{
  enum { N = 150, D = 8 };
  static double x[N * D], xy[2 * N], again[2 * N];
  NvRng rng;
  nv_rng_init (&rng, 4, "tsne", 0);
  for (int i = 0; i < N * D; i++)
    x[i] = nv_rng_normal (&rng) + (i % D == i / D % 3 ? 9 : 0);
  nv_i_tsne (xy, x, N, D, 15, 250);
  nv_i_tsne (again, x, N, D, 15, 250);
  for (int i = 0; i < N; i++) {
    double least = INFINITY;
    int nearest = -1;
    g_assert_cmpfloat (xy[2 * i], ==, again[2 * i]);
    for (int j = 0; j < N; j++) {
      double d = hypot (xy[2 * i] - xy[2 * j], xy[2 * i + 1] - xy[2 * j + 1]);
      if (j != i && d < least) {
        least = d;
        nearest = j;
      }
    }
    g_assert_cmpint (nearest % 3, ==, i % 3);
  }
  for (gsize n = 1; n <= 5; n++) { /* too few to have neighbourhoods */
    nv_i_tsne (xy, x, n, D, 30, 20);
    for (gsize i = 0; i < 2 * n; i++)
      g_assert_true (isfinite (xy[i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/report/project/pca", test_pca);
  g_test_add_func ("/report/project/tsne/repulsion", test_repulsion);
  g_test_add_func ("/report/project/tsne", test_tsne);
  return g_test_run ();
}
