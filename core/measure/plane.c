/* The picture of an embedding: two principal components, and how much of their bounding box has no
 * cell in it. */
#include "measure/plane.h"

#include <math.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "stats/stats.h"

/* --- convex hull ---------------------------------------------------------------------- */

/* Positive: a, b, c turn left. */
static double
turn (const double *a, const double *b, const double *c)
{
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

static int
compare_points (gconstpointer a, gconstpointer b, gpointer xy)
{
  const double *p = (const double *) xy + 2 * *(const guint32 *) a;
  const double *q = (const double *) xy + 2 * *(const guint32 *) b;
  return p[0] != q[0] ? (p[0] > q[0]) - (p[0] < q[0]) : (p[1] > q[1]) - (p[1] < q[1]);
}

/* Andrew's monotone chain: the lower side from left to right, the upper one back. */
static void
find_hull (NvPlane *plane)
{
  const gsize n = plane->n;
  const double *xy = plane->xy;
  g_autofree guint32 *order = g_new (guint32, n);
  guint32 *hull = plane->hull = g_new (guint32, 2 * n + 1);
  gsize k = 0, base = 0;
  for (gsize i = 0; i < n; i++)
    order[i] = (guint32) i;
  g_qsort_with_data (order, (int) n, sizeof *order, compare_points, plane->xy);
  for (gsize i = 0; i < 2 * n - 1; i++) {
    const guint32 next = order[i < n ? i : 2 * n - 2 - i];
    if (i == n)
      base = k - 1;
    while (k >= base + 2
           && !(turn (xy + 2 * hull[k - 2], xy + 2 * hull[k - 1], xy + 2 * next) > 0))
      k--;
    hull[k++] = next;
  }
  plane->corners = MAX (k - 1, 1); /* the first comes again */
}

static gboolean
in_hull (const NvPlane *plane, const double *point)
{
  if (plane->corners < 3)
    return FALSE;
  for (gsize i = 0; i < plane->corners; i++) {
    const double *a = plane->xy + 2 * plane->hull[i];
    const double *b = plane->xy + 2 * plane->hull[(i + 1) % plane->corners];
    if (turn (a, b, point) < 0)
      return FALSE;
  }
  return TRUE;
}

/* --- the plane ------------------------------------------------------------------------ */

/* Of the covariance: its trace, and what its eigenvalues tell of their number. */
static void
measure_variance (NvPlane *plane, const double *x)
{
  const gsize n = plane->n, D = plane->D;
  g_autofree double *centred = g_new (double, n * D), *c = g_new (double, D * D);
  double squares = 0;
  for (gsize i = 0; i < n * D; i++)
    centred[i] = x[i] - plane->centre[i % D];
  nv_gemm (c, centred, centred, TRUE, FALSE, D, D, n, 1 / (double) n, 0);
  plane->total = 0;
  for (gsize d = 0; d < D; d++)
    plane->total += c[d * D + d];
  for (gsize i = 0; i < D * D; i++)
    squares += c[i] * c[i];
  plane->dimensions = squares > 0 ? plane->total * plane->total / squares : NAN;
}

static void
find_box (NvPlane *plane)
{
  for (gsize k = 0; k < 2; k++) {
    double square = 0, low = INFINITY, high = -INFINITY;
    for (gsize i = 0; i < plane->n; i++) {
      low = fmin (low, plane->xy[2 * i + k]);
      high = fmax (high, plane->xy[2 * i + k]);
      square += plane->xy[2 * i + k] * plane->xy[2 * i + k];
    }
    plane->low[k] = low;
    plane->high[k] = high > low ? high : low + 1;
    plane->sd[k] = sqrt (square / (double) plane->n);
  }
}

void
nv_i_plane_init (NvPlane *plane, const NvSample *sample)
{
  const gsize n = sample->n, D = sample->D;
  g_autofree double *x = g_new (double, n * D);
  *plane = (NvPlane){ .n = n, .D = D, .xy = g_new (double, 2 * n), .axes = g_new (double, 2 * D),
                      .centre = g_new0 (double, D) };
  for (gsize i = 0; i < n * D; i++) {
    x[i] = (double) sample->x[i];
    plane->centre[i % D] += x[i];
  }
  for (gsize d = 0; d < D; d++)
    plane->centre[d] /= (double) n;
  nv_i_pca (plane->xy, plane->axes, x, n, D);
  measure_variance (plane, x);
  find_box (plane);
  find_hull (plane);
}

void
nv_i_plane_clear (NvPlane *plane)
{
  g_free (plane->xy);
  g_free (plane->axes);
  g_free (plane->centre);
  g_free (plane->hull);
}

void
nv_i_plane_project (const NvPlane *plane, const nv_real *x, double *xy)
{
  xy[0] = xy[1] = 0;
  for (gsize d = 0; d < plane->D; d++)
    for (gsize k = 0; k < 2; k++)
      xy[k] += ((double) x[d] - plane->centre[d]) * plane->axes[2 * d + k];
}

/* --- bins ----------------------------------------------------------------------------- */

guint
nv_i_plane_side (const NvPlane *plane, double density)
{
  return MAX ((guint) sqrt ((double) plane->n / density), 1);
}

static double
edge (const NvPlane *plane, gsize k, guint side, double i)
{
  return plane->low[k] + (plane->high[k] - plane->low[k]) * i / side;
}

void
nv_i_plane_sort (const NvPlane *plane, guint side, guint8 *sort)
{
  for (guint i = 0; i < side; i++)
    for (guint j = 0; j < side; j++) {
      const double centre[2] = { edge (plane, 0, side, i + 0.5), edge (plane, 1, side, j + 0.5) };
      sort[i * side + j] = in_hull (plane, centre) ? NV_PLACE_HOLE : NV_PLACE_OUTSIDE;
    }
  for (gsize c = 0; c < plane->n; c++) {
    guint bin[2];
    for (gsize k = 0; k < 2; k++) {
      double share = (plane->xy[2 * c + k] - plane->low[k]) / (plane->high[k] - plane->low[k]);
      bin[k] = MIN ((guint) (share * side), side - 1);
    }
    sort[bin[0] * side + bin[1]] = NV_PLACE_OCCUPIED;
  }
}

/* chance[side]: of a normal number that is inside the box to be in each of its strips. */
static void
strips (const NvPlane *plane, gsize k, guint side, double *chance)
{
  const double sd = fmax (plane->sd[k], 1e-300);
  double inside = nv_normal_cdf (plane->high[k] / sd) - nv_normal_cdf (plane->low[k] / sd);
  for (guint i = 0; i < side; i++)
    chance[i] = (nv_normal_cdf (edge (plane, k, side, i + 1) / sd)
                 - nv_normal_cdf (edge (plane, k, side, i) / sd)) / inside;
}

void
nv_i_plane_grid (const NvPlane *plane, double density, NvGrid *out)
{
  const guint side = nv_i_plane_side (plane, density);
  const double n = (double) plane->n, bins = (double) side * side;
  g_autofree guint8 *sort = g_new (guint8, (gsize) side * side);
  g_autofree double *x = g_new (double, side), *y = g_new (double, side);
  gsize holes = 0, outside = 0;
  double normal = 0;
  nv_i_plane_sort (plane, side, sort);
  strips (plane, 0, side, x);
  strips (plane, 1, side, y);
  for (guint i = 0; i < side * side; i++) {
    holes += sort[i] == NV_PLACE_HOLE;
    outside += sort[i] == NV_PLACE_OUTSIDE;
    normal += pow (fmax (1 - x[i / side] * y[i % side], 0), n);
  }
  *out = (NvGrid){ .side = side, .density = n / bins, .empty = (double) (holes + outside) / bins,
                   .holes = (double) holes / bins, .normal = normal / bins,
                   .uniform = pow (1 - 1 / bins, n) };
}
