/* Nearest-neighbour regression whose number of neighbours has the least leave-one-out error. */
#include <math.h>

#include "stats/regress.h"

static const gsize choices[] = { 1, 2, 3, 5, 8, 13, 21 };
enum { CHOICES = G_N_ELEMENTS (choices), MOST = 21 };

typedef struct {
  gsize found;
  double distance[MOST]; /* squared, ascending */
  double y[MOST];
} Near;

/* The labels nearest to point[D], at most `count`; label `without` is not there. */
static void
find_nearest (Near *near, const double *point, const double *x, const double *y, gsize n, gsize D,
              gsize count, gsize without)
{
  near->found = 0;
  for (gsize i = 0; i < n; i++) {
    double sum = 0;
    for (gsize d = 0; d < D; d++)
      sum += (x[i * D + d] - point[d]) * (x[i * D + d] - point[d]);
    if (i == without || (near->found == count && !(sum < near->distance[count - 1])))
      continue;
    gsize at = near->found < count ? near->found++ : count - 1;
    for (; at > 0 && near->distance[at - 1] > sum; at--) {
      near->distance[at] = near->distance[at - 1];
      near->y[at] = near->y[at - 1];
    }
    near->distance[at] = sum;
    near->y[at] = y[i];
  }
}

static double
mean_of (const Near *near, gsize count)
{
  double sum = 0;
  for (gsize i = 0; i < MIN (count, near->found); i++)
    sum += near->y[i];
  return sum / (double) MIN (count, near->found);
}

static gsize
choose_count (const double *x, const double *y, gsize n, gsize D)
{
  double error[CHOICES] = { 0 };
  gsize best = 0;
  for (gsize i = 0; i < n; i++) {
    Near near;
    find_nearest (&near, x + i * D, x, y, n, D, MOST, i);
    for (gsize c = 0; c < CHOICES; c++) {
      double gap = y[i] - mean_of (&near, choices[c]);
      error[c] += gap * gap;
    }
  }
  for (gsize c = 1; c < CHOICES && choices[c] < n; c++)
    if (error[c] < error[best])
      best = c;
  return choices[best];
}

void
nv_i_regress_knn (double *out, const double *z, gsize m, const double *x, const double *y,
                  gsize n, gsize D)
{
  const gsize count = n > 1 ? choose_count (x, y, n, D) : 1;
  for (gsize i = 0; i < m; i++) {
    Near near;
    find_nearest (&near, z + i * D, x, y, n, D, count, n);
    out[i] = mean_of (&near, count);
  }
}
