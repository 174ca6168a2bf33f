/* t-SNE: van der Maaten and Hinton, JMLR 2008; the tree: van der Maaten, JMLR 2014.
 *
 * Attraction is over the 3 x perplexity nearest neighbours of each point, repulsion over
 * a quadtree whose cells stand for their points where they are small as seen from afar.
 * The start is the plane of the principal components, so that there is nothing random in
 * it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "report/project.h"
#include "stats/stats.h"

#define THETA 0.5
#define EXAGGERATION 12.0
#define MAX_DEPTH 48 /* points that coincide share a leaf from there on */
#define BLOCK 256

/* --- quadtree ----------------------------------------------------------------------- */

typedef struct {
  double x, y, half;      /* middle and half the side */
  double sum_x, sum_y;    /* of its points */
  guint count;
  guint child;            /* first of four; 0: a leaf */
} Quad;

static guint
quadrant (const Quad *q, double x, double y)
{
  return (x > q->x ? 1 : 0) + (y > q->y ? 2 : 0);
}

static void
split (GArray *tree, guint at)
{
  guint child = tree->len;
  Quad parent = g_array_index (tree, Quad, at);
  for (guint k = 0; k < 4; k++) {
    Quad q = { .half = parent.half / 2 };
    q.x = parent.x + (k & 1 ? q.half : -q.half);
    q.y = parent.y + (k & 2 ? q.half : -q.half);
    g_array_append_val (tree, q);
  }
  g_array_index (tree, Quad, at).child = child;
}

static void
add_to (Quad *q, double x, double y, guint count)
{
  q->sum_x += x * count;
  q->sum_y += y * count;
  q->count += count;
}

/* Down to an empty leaf; a leaf that is taken is split, and what was in it moves down. */
static void
insert (GArray *tree, double x, double y)
{
  guint at = 0;
  for (guint depth = 0;; depth++) {
    Quad *q = &g_array_index (tree, Quad, at);
    guint before = q->count;
    double old_x = q->sum_x / MAX (before, 1), old_y = q->sum_y / MAX (before, 1);
    add_to (q, x, y, 1);
    if (q->child == 0) {
      if (before == 0 || depth >= MAX_DEPTH || (old_x == x && old_y == y))
        return;
      split (tree, at);
      q = &g_array_index (tree, Quad, at);
      guint down = q->child + quadrant (q, old_x, old_y);
      add_to (&g_array_index (tree, Quad, down), old_x, old_y, before);
    }
    at = q->child + quadrant (q, x, y);
  }
}

static GArray *
build_tree (const double *xy, gsize n)
{
  GArray *tree = g_array_new (FALSE, FALSE, sizeof (Quad));
  double low[2] = { INFINITY, INFINITY }, high[2] = { -INFINITY, -INFINITY };
  for (gsize i = 0; i < 2 * n; i++) {
    low[i % 2] = fmin (low[i % 2], xy[i]);
    high[i % 2] = fmax (high[i % 2], xy[i]);
  }
  Quad root = { .x = (low[0] + high[0]) / 2, .y = (low[1] + high[1]) / 2,
                .half = fmax (high[0] - low[0], high[1] - low[1]) / 2 * 1.0001 + 1e-300 };
  g_array_append_val (tree, root);
  for (gsize i = 0; i < n; i++)
    insert (tree, xy[2 * i], xy[2 * i + 1]);
  return tree;
}

/* The point is in its own leaf: at distance 0 it adds nothing to the force, and 1 to
 * Z. */
static double
repulse (double force[2], const Quad *tree, const double p[2], double theta)
{
  guint stack[4 * (MAX_DEPTH + 2)], top = 0;
  double z = 0;
  stack[top++] = 0;
  while (top > 0) {
    const Quad *q = &tree[stack[--top]];
    if (q->count == 0)
      continue;
    double dx = p[0] - q->sum_x / q->count, dy = p[1] - q->sum_y / q->count;
    double d2 = dx * dx + dy * dy;
    if (q->child == 0 || 4 * q->half * q->half < theta * theta * d2) {
      double w = 1 / (1 + d2), s = q->count * w;
      z += s;
      force[0] += s * w * dx;
      force[1] += s * w * dy;
    } else
      for (guint k = 0; k < 4; k++)
        stack[top++] = q->child + k;
  }
  return z;
}

double
nv_i_tsne_repulsion (double *force, const double *xy, gsize n, double theta)
{
  g_autoptr (GArray) tree = build_tree (xy, n);
  double z = 0;
  memset (force, 0, 2 * n * sizeof (double));
  for (gsize i = 0; i < n; i++)
    z += repulse (force + 2 * i, (const Quad *) tree->data, xy + 2 * i, theta);
  return z;
}

/* --- neighbours --------------------------------------------------------------------- */

typedef struct {
  guint i, j;
  double p;
} Pair;

static int
compare_by_p (const void *a, const void *b)
{
  const Pair *x = a, *y = b;
  return x->p != y->p ? (x->p > y->p) - (x->p < y->p) : (x->j > y->j) - (x->j < y->j);
}

static int
compare_by_place (const void *a, const void *b)
{
  const Pair *x = a, *y = b;
  return x->i != y->i ? (x->i > y->i) - (x->i < y->i) : (x->j > y->j) - (x->j < y->j);
}

/* Squared distances become probabilities whose perplexity is as asked for: bisection on
 * the precision. */
static void
distances_to_p (Pair *near, guint K, double perplexity)
{
  double low = 0, high = INFINITY, beta = 1, least = near[0].p;
  g_autofree double *p = g_new (double, K);
  double sum = 0;
  for (int step = 0; step < 60; step++) {
    double entropy = 0;
    sum = 0;
    for (guint k = 0; k < K; k++) {
      p[k] = exp (-beta * (near[k].p - least));
      sum += p[k];
      entropy += beta * (near[k].p - least) * p[k];
    }
    entropy = entropy / sum + log (sum);
    if (entropy > log (perplexity))
      low = beta;
    else
      high = beta;
    beta = isfinite (high) ? (low + high) / 2 : 2 * beta;
  }
  for (guint k = 0; k < K; k++)
    near[k].p = p[k] / sum;
}

/* Both (i, j) and (j, i) of every pair of neighbours, in order; equal pairs are
 * merged. */
static GArray *
neighbours (const double *x, gsize n, gsize D, guint K, double perplexity)
{
  GArray *pairs = g_array_new (FALSE, FALSE, sizeof (Pair));
  g_autofree double *norm = g_new0 (double, n), *dots = g_new (double, BLOCK * n);
  g_autofree Pair *row = g_new (Pair, n);
  for (gsize i = 0; i < n * D; i++)
    norm[i / D] += x[i] * x[i];
  for (gsize first = 0; first < n; first += BLOCK) {
    gsize rows = MIN (BLOCK, n - first);
    nv_gemm (dots, x + first * D, x, FALSE, TRUE, rows, n, D, 1, 0);
    for (gsize b = 0; b < rows; b++) {
      gsize i = first + b, m = 0;
      for (gsize j = 0; j < n; j++)
        if (j != i)
          row[m++] = (Pair){ (guint) i, (guint) j,
                             fmax (0, norm[i] + norm[j] - 2 * dots[b * n + j]) };
      qsort (row, m, sizeof (Pair), compare_by_p);
      distances_to_p (row, K, perplexity);
      for (guint k = 0; k < K; k++) {
        Pair there = { row[k].i, row[k].j, row[k].p / (2 * (double) n) };
        Pair back = { row[k].j, row[k].i, there.p };
        g_array_append_val (pairs, there);
        g_array_append_val (pairs, back);
      }
    }
  }
  qsort (pairs->data, pairs->len, sizeof (Pair), compare_by_place);
  Pair *p = (Pair *) pairs->data;
  guint kept = 0;
  for (guint i = 0; i < pairs->len; i++)
    if (kept > 0 && p[kept - 1].i == p[i].i && p[kept - 1].j == p[i].j)
      p[kept - 1].p += p[i].p;
    else
      p[kept++] = p[i];
  g_array_set_size (pairs, kept);
  return pairs;
}

/* --- gradient descent --------------------------------------------------------------- */

static void
attract (double *gradient, const GArray *pairs, const double *xy, double exaggeration)
{
  for (guint k = 0; k < pairs->len; k++) {
    const Pair *pair = &g_array_index (pairs, Pair, k);
    double dx = xy[2 * pair->i] - xy[2 * pair->j];
    double dy = xy[2 * pair->i + 1] - xy[2 * pair->j + 1];
    double w = exaggeration * pair->p / (1 + dx * dx + dy * dy);
    gradient[2 * pair->i] += w * dx;
    gradient[2 * pair->i + 1] += w * dy;
  }
}

/* The plane of the principal components, its larger spread scaled to 1e-4. */
static void
start_from_pca (double *xy, const double *x, gsize n, gsize D)
{
  nv_i_pca (xy, NULL, x, n, D);
  double square = 1e-300;
  for (gsize i = 0; i < n; i++)
    square += xy[2 * i] * xy[2 * i];
  double scale = 1e-4 / sqrt (square / (double) n);
  for (gsize i = 0; i < 2 * n; i++)
    xy[i] *= scale;
}

void
nv_i_tsne (double *xy, const double *x, gsize n, gsize D, double perplexity,
           guint iterations)
{
  start_from_pca (xy, x, n, D);
  perplexity = fmin (perplexity, ((double) n - 1) / 3);
  if (perplexity < 1)
    return;
  guint K = (guint) fmin (3 * perplexity, (double) n - 1);
  g_autoptr (GArray) pairs = neighbours (x, n, D, K, perplexity);
  g_autofree double *gradient = g_new (double, 2 * n), *force = g_new (double, 2 * n);
  g_autofree double *speed = g_new0 (double, 2 * n), *gain = g_new (double, 2 * n);
  double rate = fmax (50, (double) n / EXAGGERATION);
  for (gsize i = 0; i < 2 * n; i++)
    gain[i] = 1;
  for (guint step = 0; step < iterations; step++) {
    gboolean early = step < iterations / 4;
    double z = nv_i_tsne_repulsion (force, xy, n, THETA) - (double) n;
    memset (gradient, 0, 2 * n * sizeof (double));
    attract (gradient, pairs, xy, early ? EXAGGERATION : 1);
    for (gsize i = 0; i < 2 * n; i++) {
      double g = 4 * (gradient[i] - force[i] / z);
      gain[i] = (g > 0) != (speed[i] > 0) ? gain[i] + 0.2 : fmax (gain[i] * 0.8, 0.01);
      speed[i] = (early ? 0.5 : 0.8) * speed[i] - rate * gain[i] * g;
      xy[i] += speed[i];
    }
  }
}
