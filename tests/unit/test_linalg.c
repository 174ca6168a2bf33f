/* Linear algebra against definitions written out. */
#include <dlfcn.h>
#include <math.h>
#include <nasvec/linalg.h>
#include <nasvec/rng.h>

static double *
random_matrix (size_t n, guint64 seed)
{
  NvRng rng;
  nv_rng_init (&rng, seed, "matrix", n);
  double *a = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    a[i] = nv_rng_normal (&rng);
  return a;
}

static double
at (const double *a, gboolean trans, size_t rows, size_t cols, size_t i, size_t j)
{
  return trans ? a[j * rows + i] : a[i * cols + j];
}

static void
check_gemm (size_t M, size_t N, size_t K, gboolean ta, gboolean tb)
{
  g_autofree double *a = random_matrix (M * K, 1), *b = random_matrix (K * N, 2);
  g_autofree double *c = random_matrix (M * N, 3), *expected = g_memdup2 (c, M * N * 8);
  g_autofree nv_real *ra = g_new (nv_real, M * K), *rb = g_new (nv_real, K * N);
  g_autofree nv_real *rc = g_new (nv_real, M * N);
  for (size_t i = 0; i < M * K; i++)
    ra[i] = (nv_real) a[i];
  for (size_t i = 0; i < K * N; i++)
    rb[i] = (nv_real) b[i];
  for (size_t i = 0; i < M * N; i++)
    rc[i] = (nv_real) c[i];
  for (size_t i = 0; i < M; i++)
    for (size_t j = 0; j < N; j++) {
      double sum = 0;
      for (size_t k = 0; k < K; k++)
        sum += at (a, ta, M, K, i, k) * at (b, tb, K, N, k, j);
      expected[i * N + j] = 2.385 * sum - 0.5 * expected[i * N + j];
    }
  nv_gemm (c, a, b, ta, tb, M, N, K, 2.385, -0.5);
  nv_rgemm (rc, ra, rb, ta, tb, M, N, K, (nv_real) 2.385, (nv_real) -0.5);
  for (size_t i = 0; i < M * N; i++) {
    g_assert_cmpfloat_with_epsilon (c[i], expected[i], 1e-12);
    g_assert_cmpfloat_with_epsilon ((double) rc[i], expected[i], 1e-4);
  }
}

static void
gemm (void)
{
  const size_t sizes[][3] = { { 1, 1, 1 }, { 3, 5, 7 }, { 1, 9, 4 }, { 6, 1, 2 }, { 4, 3, 1 } };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int t = 0; t < 4; t++)
      check_gemm (sizes[s][0], sizes[s][1], sizes[s][2], t & 1, t >> 1);
}

static void
gemm_of_nothing (void)
{
  double c[2] = { 2.385, -1.5 }, none = 0;
  nv_gemm (c, &none, &none, FALSE, FALSE, 0, 2, 3, 1, 0);
  g_assert_cmpfloat (c[0], ==, 2.385);
  nv_gemm (c, &none, &none, FALSE, FALSE, 1, 2, 0, 1, 0.5);
  g_assert_cmpfloat (c[0], ==, 2.385 / 2);
}

/* a = m m^T + I */
static double *
positive_definite (size_t n)
{
  g_autofree double *m = random_matrix (n * n, 5);
  double *a = g_new0 (double, n * n);
  for (size_t i = 0; i < n; i++)
    a[i * n + i] = 1;
  nv_gemm (a, m, m, FALSE, TRUE, n, n, n, 1, 1);
  return a;
}

static void
check_cholesky (size_t n)
{
  g_autofree double *a = positive_definite (n), *l = g_memdup2 (a, n * n * 8);
  g_autofree double *x = random_matrix (n * 3, 6), *b = g_new (double, n * 3);
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++)
      l[i * n + j] = NAN; /* the upper triangle is not read */
  g_assert_true (nv_cholesky (l, n));
  g_autofree double *product = g_new (double, n * n);
  nv_gemm (product, l, l, FALSE, TRUE, n, n, n, 1, 0);
  for (size_t i = 0; i < n * n; i++)
    g_assert_cmpfloat_with_epsilon (product[i], a[i], 1e-10);

  nv_gemm (b, a, x, FALSE, FALSE, n, 3, n, 1, 0);
  nv_cholesky_solve (l, b, n, 3);
  for (size_t i = 0; i < n * 3; i++)
    g_assert_cmpfloat_with_epsilon (b[i], x[i], 1e-9);

  g_autofree double *w = g_new (double, n);
  g_assert_true (nv_eigen_symmetric (a, w, n));
  double logdet = 0;
  for (size_t i = 0; i < n; i++) {
    g_assert_true (i == 0 || w[i - 1] <= w[i]);
    logdet += log (w[i]);
  }
  g_assert_cmpfloat_with_epsilon (nv_cholesky_logdet (l, n), logdet, 1e-9);
}

static void
cholesky (void)
{
  check_cholesky (1);
  check_cholesky (7);
  check_cholesky (33);
  double indefinite[] = { 1, 2, 2, 1 }, zero = 0;
  g_assert_false (nv_cholesky (indefinite, 2));
  g_assert_false (nv_cholesky (&zero, 1));
  double nan[] = { 1, 0, NAN, 1 };
  g_assert_false (nv_cholesky (nan, 2));
}

static void
eigen (void)
{
  double a[] = { 2, 1, 1, 2 }, w[2];
  g_assert_true (nv_eigen_symmetric (a, w, 2));
  g_assert_cmpfloat_with_epsilon (w[0], 1, 1e-12);
  g_assert_cmpfloat_with_epsilon (w[1], 3, 1e-12);
  g_assert_cmpfloat_with_epsilon (a[0] + a[2], 0, 1e-12); /* column 0 is (1, -1) / sqrt 2 */
  g_assert_cmpfloat_with_epsilon (fabs (a[1]), sqrt (0.5), 1e-12);
}

static void
normal (void)
{
  g_assert_cmpfloat_with_epsilon (nv_normal_pdf (2.385), 0.0232128092, 1e-9);
  g_assert_cmpfloat_with_epsilon (nv_normal_cdf (2.385), 0.9914604393, 1e-9);
  g_assert_cmpfloat_with_epsilon (nv_normal_cdf (-8) / 6.220960574e-16, 1, 1e-8);
}

/* --- threads ---------------------------------------------------------------------------- */

/* A function of the OpenBLAS that the library brings with it. */
static gpointer
openblas (const char *name)
{
  gpointer function = dlsym (RTLD_DEFAULT, name);
  g_assert_nonnull (function);
  return function;
}

static int
threads (void)
{
  int (*get) (void);
  *(gpointer *) &get = openblas ("openblas_get_num_threads");
  return get ();
}

/* In a process of its own, which calls nothing else: OpenBLAS is told to take one thread, for its
 * last bits depend on their number. */
static void
first_call (gconstpointer which)
{
  void (*set) (int);
  double a[] = { 2, 0, 1, 2 }, x[] = { 1, 1 };
  *(gpointer *) &set = openblas ("openblas_set_num_threads");
  set (2);
  g_assert_cmpint (threads (), ==, 2);
  if (GPOINTER_TO_INT (which) == 0)
    g_assert_true (nv_cholesky (a, 2));
  else if (GPOINTER_TO_INT (which) == 1)
    nv_solve_lower (a, x, 2, 1, FALSE);
  else
    g_assert_true (nv_eigen_symmetric (a, x, 2));
  g_assert_cmpint (threads (), ==, 1);
}

static void
one_thread (void)
{
  for (int i = 0; i < 3; i++) {
    g_autofree char *path = g_strdup_printf ("/linalg/one-thread/subprocess/%d", i);
    g_test_trap_subprocess (path, 0, G_TEST_SUBPROCESS_DEFAULT);
    g_test_trap_assert_passed ();
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/linalg/one-thread", one_thread);
  for (int i = 0; i < 3; i++) {
    g_autofree char *path = g_strdup_printf ("/linalg/one-thread/subprocess/%d", i);
    g_test_add_data_func (path, GINT_TO_POINTER (i), first_call);
  }
  g_test_add_func ("/linalg/gemm", gemm);
  g_test_add_func ("/linalg/gemm-of-nothing", gemm_of_nothing);
  g_test_add_func ("/linalg/cholesky", cholesky);
  g_test_add_func ("/linalg/eigen", eigen);
  g_test_add_func ("/linalg/normal", normal);
  return g_test_run ();
}
