/* The generator against its published known answers; the fills against their moments. */
#include <math.h>
#include <nasvec/rng.h>
#include <string.h>

static void
check_block (guint32 counter, guint32 key, const guint32 expected[4])
{
  NvRng rng = { .key = { key, key }, .counter = { counter, counter, counter, counter },
                .used = 4 };
  for (int i = 0; i < 4; i++)
    g_assert_cmphex (nv_rng_u32 (&rng), ==, expected[i]);
}

/* The vectors that Salmon et al. publish with their paper. */
static void
known_answers (void)
{
  check_block (0, 0, (guint32[]){ 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 });
  check_block (G_MAXUINT32, G_MAXUINT32,
               (guint32[]){ 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd });
  NvRng pi = { .key = { 0xa4093822, 0x299f31d0 },
               .counter = { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, .used = 4 };
  const guint32 expected[4] = { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 };
  for (int i = 0; i < 4; i++)
    g_assert_cmphex (nv_rng_u32 (&pi), ==, expected[i]);
}

/* The fills make the same blocks as single calls, sixteen at a time, across a carry too. */
static void
fill_is_philox (void)
{
  NvRng a, b;
  nv_rng_init (&a, 2385, "test", 7);
  a.counter[0] = G_MAXUINT32 - 20;
  b = a;
  nv_real values[3 * 64];
  nv_rng_fill_uniform (&a, values, 3 * 64);
  for (int group = 0; group < 3; group++)
    for (int block = 0; block < 16; block++)
      for (int word = 0; word < 4; word++) {
        double expected = (nv_rng_u32 (&b) >> 8) * 0x1p-24;
        g_assert_cmpfloat ((double) values[group * 64 + word * 16 + block], ==, expected);
      }
  g_assert_cmpuint (a.counter[0], ==, b.counter[0]);
  g_assert_cmpuint (a.counter[1], ==, 1);
}

static void
streams (void)
{
  NvRng a, b;
  nv_rng_init (&a, 2385, "search", 3);
  nv_rng_init (&b, 2385, "search", 3);
  g_assert_cmpuint (nv_rng_u32 (&a), ==, nv_rng_u32 (&b));
  nv_rng_init (&b, 2385, "search", 4);
  g_assert_cmpuint (nv_rng_u32 (&a), !=, nv_rng_u32 (&b));
  nv_rng_init (&b, 2385, "searcj", 3);
  g_assert_true (a.key[0] != b.key[0] && a.key[1] != b.key[1]);
  nv_rng_init (&b, 2386, "search", 3);
  g_assert_true (a.key[0] != b.key[0] && a.key[1] != b.key[1]);
  nv_rng_init (&b, 2385, "", G_MAXUINT64);
  g_assert_cmpuint (b.counter[3], ==, G_MAXUINT32);
}

static void
below (void)
{
  NvRng rng;
  nv_rng_init (&rng, 1, "below", 0);
  guint counts[7] = { 0 };
  for (int i = 0; i < 70000; i++)
    counts[nv_rng_below (&rng, 7)]++;
  double chi2 = 0;
  for (int i = 0; i < 7; i++)
    chi2 += (counts[i] - 1e4) * (counts[i] - 1e4) / 1e4;
  g_assert_cmpfloat (chi2, <, 22.46); /* 6 degrees of freedom, p = .001 */
  g_assert_cmpuint (nv_rng_below (&rng, 1), ==, 0);
  g_assert_cmpuint (nv_rng_below (&rng, G_MAXUINT32), <, G_MAXUINT32);
}

/* Mean, variance and fourth moment of a standard normal, share beyond 2.385 and correlation of
 * neighbours, each within five standard errors. */
static void
check_normal (const double *x, size_t n)
{
  double m1 = 0, m2 = 0, m4 = 0, next = 0, tail = 0, root = sqrt ((double) n);
  for (size_t i = 0; i < n; i++) {
    m1 += x[i];
    m2 += x[i] * x[i];
    m4 += x[i] * x[i] * x[i] * x[i];
    next += x[i] * x[(i + 1) % n];
    tail += fabs (x[i]) > 2.385;
  }
  double N = (double) n, share = erfc (2.385 / G_SQRT2);
  g_assert_cmpfloat (fabs (m1 / N), <, 5 / root);
  g_assert_cmpfloat (fabs (m2 / N - 1), <, 5 * sqrt (2) / root);
  g_assert_cmpfloat (fabs (m4 / N - 3), <, 5 * sqrt (96) / root);
  g_assert_cmpfloat (fabs (next / N), <, 5 / root);
  g_assert_cmpfloat (fabs (tail / N - share), <, 5 * sqrt (share * (1 - share)) / root);
}

static void
normals (void)
{
  enum { n = 200003 };
  g_autofree double *x = g_new (double, n);
  g_autofree nv_real *y = g_new (nv_real, n + 1);
  NvRng rng;
  nv_rng_init (&rng, 2385, "normal", 1);
  for (size_t i = 0; i < n; i++)
    x[i] = nv_rng_normal (&rng);
  check_normal (x, n);
  y[n] = 2.385f;
  nv_rng_fill_normal (&rng, y, n);
  g_assert_cmpfloat (y[n], ==, 2.385f);
  for (size_t i = 0; i < n; i++)
    x[i] = (double) y[i];
  check_normal (x, n);
  for (size_t lane = 1; lane < 64; lane++) { /* lanes of a group are independent */
    double r = 0;
    for (size_t i = 0; i + 64 <= n; i += 64)
      r += x[i] * x[i + lane];
    g_assert_cmpfloat (fabs (r) / sqrt (n / 64), <, 5);
  }
}

static void
uniforms (void)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "uniform", 1);
  double sum = 0;
  for (int i = 0; i < 100000; i++) {
    double u = nv_rng_uniform (&rng);
    g_assert_true (u >= 0 && u < 1);
    sum += u;
  }
  g_assert_cmpfloat (fabs (sum / 1e5 - 0.5), <, 5 / sqrt (12e5));
  nv_real one = 0;
  nv_rng_fill_uniform (&rng, &one, 1);
  g_assert_true (one > 0 && one < 1);
}

static void
shuffle (void)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "shuffle", 1);
  guint first[5] = { 0 };
  for (int i = 0; i < 50000; i++) {
    guint32 index[5] = { 0, 1, 2, 3, 4 };
    nv_rng_shuffle (&rng, index, 5);
    guint seen = 0;
    for (int j = 0; j < 5; j++)
      seen |= 1u << index[j];
    g_assert_cmpuint (seen, ==, 31);
    first[index[0]]++;
  }
  for (int j = 0; j < 5; j++)
    g_assert_cmpint (ABS ((int) first[j] - 10000), <, 450);
  guint32 single = 3;
  nv_rng_shuffle (&rng, &single, 1);
  nv_rng_shuffle (&rng, &single, 0);
  g_assert_cmpuint (single, ==, 3);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rng/known-answers", known_answers);
  g_test_add_func ("/rng/fill-is-philox", fill_is_philox);
  g_test_add_func ("/rng/streams", streams);
  g_test_add_func ("/rng/below", below);
  g_test_add_func ("/rng/normals", normals);
  g_test_add_func ("/rng/uniforms", uniforms);
  g_test_add_func ("/rng/shuffle", shuffle);
  return g_test_run ();
}
