/* Regressions on a few labels against naive twins. */
#include <string.h>

#include <nasvec/rng.h>

#include "naive_linalg.h"
#include "stats/regress.h"
#include "stats/stats.h"

enum { LABELS = 31, POINTS = 9, DIM = 3 };

typedef struct {
  double x[LABELS * DIM], y[LABELS], z[POINTS * DIM];
} Data;

/* A smooth function of D numbers, and noise. */
static void
make_data (Data *data, gsize n, gsize D, double noise)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "regress", n + 100 * D);
  for (gsize i = 0; i < n * D; i++)
    data->x[i] = nv_rng_normal (&rng);
  for (gsize i = 0; i < POINTS * D; i++)
    data->z[i] = nv_rng_normal (&rng);
  for (gsize i = 0; i < n; i++)
    data->y[i] = 7.5 + sin (1.5 * data->x[i * D]) + 0.3 * data->x[i * D + D - 1]
                 + noise * nv_rng_normal (&rng);
}

static double
square (const double *a, const double *b, gsize D)
{
  double sum = 0;
  for (gsize d = 0; d < D; d++)
    sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

/* --- Gaussian process ----------------------------------------------------------------- */

static void
naive_gram (double *k, const Data *data, gsize n, gsize D, double length, double ratio)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      k[i * n + j] = exp (-square (data->x + i * D, data->x + j * D, D) / (2 * length * length))
                     + (i == j ? ratio : 0);
}

/* log p (y) with the best signal; w = gram^-1 y. */
static double
naive_evidence (const Data *data, const double *y, gsize n, gsize D, double length, double ratio,
                double *w)
{
  double k[LABELS * LABELS], signal = 0;
  naive_gram (k, data, n, D, length, ratio);
  memcpy (w, y, n * sizeof *w);
  naive_solve (k, w, n, 1);
  for (gsize i = 0; i < n; i++)
    signal += y[i] * w[i] / (double) n;
  naive_gram (k, data, n, D, length, ratio);
  for (gsize i = 0; i < n * n; i++)
    k[i] *= signal;
  return -naive_gaussian_loss (k, y, n);
}

/* The noise found for a length scale is the best, and the likelihood that of a normal
 * distribution. */
static void
test_evidence (void)
{
  Data data;
  double w[LABELS], y[LABELS];
  make_data (&data, LABELS, DIM, 0.2);
  for (gsize i = 0; i < LABELS; i++)
    y[i] = data.y[i] - nv_i_mean (data.y, LABELS);
  for (double length = 0.3; length < 9; length *= 1.7) {
    double ratio, value = nv_i_gp_evidence (data.x, y, LABELS, DIM, length, &ratio);
    g_assert_cmpfloat_with_epsilon (
        value, naive_evidence (&data, y, LABELS, DIM, length, ratio, w), 1e-6);
    for (double r = 2e-6; r < 90; r *= 1.6)
      g_assert_cmpfloat (naive_evidence (&data, y, LABELS, DIM, length, r, w), <, value + 1e-3);
  }
}

/* The best of a fine grid, and its posterior mean. */
static void
naive_gp (double *out, const Data *data, gsize n, gsize D)
{
  double w[LABELS], y[LABELS], best = -INFINITY, mean = nv_i_mean (data->y, n);
  for (gsize i = 0; i < n; i++)
    y[i] = data->y[i] - mean;
  for (double length = 0.1; length < 30; length *= 1.04)
    for (double ratio = 1.1e-6; ratio < 99; ratio *= 1.4) {
      double value = naive_evidence (data, y, n, D, length, ratio, w);
      if (value <= best)
        continue;
      best = value;
      for (gsize i = 0; i < POINTS; i++) {
        out[i] = mean;
        for (gsize j = 0; j < n; j++)
          out[i] += w[j] * exp (-square (data->z + i * D, data->x + j * D, D)
                                / (2 * length * length));
      }
    }
}

static void
test_gp (void)
{
  const gsize dims[] = { 1, DIM };
  for (gsize k = 0; k < 2; k++) {
    Data data;
    double out[POINTS], expected[POINTS];
    make_data (&data, LABELS, dims[k], 0.1);
    nv_i_regress_gp (out, data.z, POINTS, data.x, data.y, LABELS, dims[k]);
    naive_gp (expected, &data, LABELS, dims[k]);
    for (gsize i = 0; i < POINTS; i++)
      g_assert_cmpfloat_with_epsilon (out[i], expected[i], 0.02);
  }
}

/* --- ridge ---------------------------------------------------------------------------- */

/* weight[D + 1], the intercept last, of the labels but number `without`. */
static void
naive_ridge (double *weight, const Data *data, gsize n, gsize D, double penalty, gsize without)
{
  double a[(DIM + 1) * (DIM + 1)] = { 0 };
  memset (weight, 0, (D + 1) * sizeof *weight);
  for (gsize i = 0; i < n; i++)
    for (gsize c = 0; c <= D && i != without; c++) {
      double left = c < D ? data->x[i * D + c] : 1;
      for (gsize d = 0; d <= D; d++)
        a[c * (D + 1) + d] += left * (d < D ? data->x[i * D + d] : 1);
      weight[c] += left * data->y[i];
    }
  for (gsize d = 0; d < D; d++)
    a[d * (D + 1) + d] += penalty;
  naive_solve (a, weight, D + 1, 1);
}

static double
apply (const double *weight, const double *point, gsize D)
{
  double sum = weight[D];
  for (gsize d = 0; d < D; d++)
    sum += weight[d] * point[d];
  return sum;
}

/* Penalties: quarter decades around the sum of the variances of x. */
static void
check_ridge (gsize n, gsize D)
{
  Data data;
  double out[POINTS], weight[DIM + 1], unit = 0, least = INFINITY, best = 0;
  make_data (&data, n, D, 0.5);
  for (gsize d = 0; d < D; d++) {
    double mean = 0;
    for (gsize i = 0; i < n; i++)
      mean += data.x[i * D + d] / (double) n;
    for (gsize i = 0; i < n; i++)
      unit += (data.x[i * D + d] - mean) * (data.x[i * D + d] - mean) / (double) n;
  }
  for (int i = -16; i <= 16; i++) {
    double penalty = unit * pow (10, 0.25 * i), error = 0;
    for (gsize j = 0; j < n; j++) {
      naive_ridge (weight, &data, n, D, penalty, j);
      error += pow (data.y[j] - apply (weight, data.x + j * D, D), 2);
    }
    if (error < least) {
      least = error;
      best = penalty;
    }
  }
  naive_ridge (weight, &data, n, D, best, n);
  nv_i_regress_ridge (out, data.z, POINTS, data.x, data.y, n, D);
  for (gsize i = 0; i < POINTS; i++)
    g_assert_cmpfloat_with_epsilon (out[i], apply (weight, data.z + i * D, D), 1e-8);
}

static void
test_ridge (void)
{
  check_ridge (LABELS, DIM);
  check_ridge (LABELS, 1);
  check_ridge (7, DIM);
}

/* --- nearest neighbours --------------------------------------------------------------- */

static const double *origin;

static int
by_distance (gconstpointer a, gconstpointer b)
{
  const double *p = *(const double *const *) a, *q = *(const double *const *) b;
  double near = square (p, origin, DIM), far = square (q, origin, DIM);
  return near != far ? (near > far) - (near < far) : (p > q) - (p < q);
}

/* The mean of the `count` labels nearest to a point; label `without` is not there. */
static double
naive_knn (const Data *data, const double *point, gsize count, gsize without)
{
  const double *rows[LABELS];
  gsize n = 0;
  double sum = 0;
  for (gsize i = 0; i < LABELS; i++)
    if (i != without)
      rows[n++] = data->x + i * DIM;
  origin = point;
  qsort (rows, n, sizeof *rows, by_distance);
  for (gsize i = 0; i < count; i++)
    sum += data->y[(rows[i] - data->x) / DIM];
  return sum / (double) count;
}

/* Half of the numbers are rounded: many distances are the same. */
static void
test_knn (void)
{
  const gsize choices[] = { 1, 2, 3, 5, 8, 13, 21 };
  double out[POINTS], least = INFINITY;
  gsize best = 0;
  Data data;
  make_data (&data, LABELS, DIM, 0.2);
  for (gsize i = 0; i < LABELS * DIM; i++)
    data.x[i] = round (data.x[i]);
  for (gsize c = 0; c < G_N_ELEMENTS (choices); c++) {
    double error = 0;
    for (gsize i = 0; i < LABELS; i++)
      error += pow (data.y[i] - naive_knn (&data, data.x + i * DIM, choices[c], i), 2);
    if (error < least) {
      least = error;
      best = choices[c];
    }
  }
  g_assert_cmpuint (best, >, 1);
  nv_i_regress_knn (out, data.z, POINTS, data.x, data.y, LABELS, DIM);
  for (gsize i = 0; i < POINTS; i++)
    g_assert_cmpfloat_with_epsilon (out[i], naive_knn (&data, data.z + i * DIM, best, LABELS),
                                    1e-12);
}

/* --- all of them ---------------------------------------------------------------------- */

/* One label, labels that are all equal, labels at one place: their mean. */
static void
test_little (void)
{
  const NvRegress all[] = { nv_i_regress_gp, nv_i_regress_ridge, nv_i_regress_knn };
  for (gsize k = 0; k < G_N_ELEMENTS (all); k++) {
    Data data;
    double out[POINTS];
    make_data (&data, LABELS, DIM, 0.2);
    all[k](out, data.z, POINTS, data.x, data.y, 1, DIM);
    g_assert_cmpfloat_with_epsilon (out[POINTS - 1], data.y[0], 1e-9);
    for (gsize i = 0; i < LABELS; i++)
      data.y[i] = 2.385;
    all[k](out, data.z, POINTS, data.x, data.y, LABELS, DIM);
    g_assert_cmpfloat_with_epsilon (out[0], 2.385, 1e-9);
    make_data (&data, LABELS, DIM, 0.2);
    memset (data.x, 0, sizeof data.x);
    memset (data.z, 0, sizeof data.z);
    all[k](out, data.z, POINTS, data.x, data.y, LABELS, DIM);
    g_assert_true (isfinite (out[0]));
    if (k < 2)
      g_assert_cmpfloat_with_epsilon (out[0], nv_i_mean (data.y, LABELS), 1e-6);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/regress/evidence", test_evidence);
  g_test_add_func ("/regress/gp", test_gp);
  g_test_add_func ("/regress/ridge", test_ridge);
  g_test_add_func ("/regress/knn", test_knn);
  g_test_add_func ("/regress/little", test_little);
  return g_test_run ();
}
