/* Kernels against naive twins written from their definitions, in double; the team of threads. */
#include <math.h>
#include <nasvec/nn.h>
#include <string.h>

static nv_real *
noise (size_t n, guint64 seed)
{
  NvRng rng;
  nv_rng_init (&rng, seed, "noise", n);
  nv_real *x = g_new (nv_real, n + 1);
  nv_rng_fill_normal (&rng, x, n);
  return x;
}

static void
assert_near (double value, double expected, double tolerance)
{
  g_assert_cmpfloat (fabs (value - expected), <=, tolerance * fmax (1, fabs (expected)));
}

/* --- elementwise -------------------------------------------------------------------- */

static void
activations (void)
{
  enum { n = 4001 };
  nv_real x[n], y[n];
  for (int i = 0; i < n; i++)
    x[i] = (nv_real) ((i - 2000) * 0.0113);
  nv_tanh (y, x, n);
  for (int i = 0; i < n; i++)
    g_assert_cmpfloat (fabs (y[i] - tanh (x[i])), <=, 1e-6 * fabs (tanh (x[i])));
  nv_sigmoid (y, x, n);
  for (int i = 0; i < n; i++) {
    double s = 1 / (1 + exp (-(double) x[i]));
    g_assert_cmpfloat (fabs (y[i] - s), <=, 1e-6 * s);
  }
  nv_exp (y, x, n);
  for (int i = 0; i < n; i++)
    g_assert_cmpfloat (fabs (y[i] - exp (x[i])), <=, 1e-6 * exp (x[i]));
  nv_relu (y, x, n);
  for (int i = 0; i < n; i++)
    g_assert_cmpfloat (y[i], ==, MAX (x[i], 0));
}

static void
activations_at_the_ends (void)
{
  nv_real x[] = { -1e30f, 1e30f, -INFINITY, INFINITY, NAN, 1e-20f, -0.0f }, y[7];
  const double expected[] = { -1, 1, -1, 1, 0, 1e-20, 0 };
  nv_tanh (y, x, 7);
  for (int i = 0; i < 7; i++)
    if (isnan (x[i]))
      g_assert_true (isnan (y[i]));
    else
      g_assert_cmpfloat (fabs (y[i] - expected[i]), <=, 1e-6 * fabs (expected[i]));
  nv_sigmoid (y, x, 7);
  g_assert_true (y[0] >= 0 && y[0] < 1e-35f && y[1] == 1 && y[2] < 1e-35f && y[3] == 1);
  g_assert_true (isnan (y[4]));
}

static void
activation_gradients (void)
{
  nv_real y[] = { 0.5f, 0, 0.25f }, dy[] = { 2, 3, -4 };
  nv_relu_backward (dy, dy, y, 3);
  g_assert_true (dy[0] == 2 && dy[1] == 0 && dy[2] == -4);
  nv_tanh_backward (dy, dy, y, 3);
  assert_near (dy[0], 1.5, 1e-7);
  assert_near (dy[2], -3.75, 1e-7);
  nv_sigmoid_backward (dy, dy, y, 1);
  assert_near (dy[0], 0.375, 1e-7);
}

static void
dropout (void)
{
  enum { n = 20001 };
  g_autofree nv_real *x = noise (n, 1), *y = g_new (nv_real, n), *mask = g_new (nv_real, n);
  NvRng rng;
  nv_rng_init (&rng, 2385, "dropout", 1);
  nv_dropout (y, mask, x, n, 0.3, &rng);
  int dropped = 0;
  for (int i = 0; i < n; i++) {
    g_assert_true (mask[i] == 0 || fabs (mask[i] - 1 / 0.7) < 1e-6);
    g_assert_cmpfloat (y[i], ==, x[i] * mask[i]);
    dropped += mask[i] == 0;
  }
  g_assert_cmpfloat (fabs (dropped / (double) n - 0.3), <, 5 * sqrt (0.21 / n));
  nv_dropout (y, mask, x, n, 0, &rng);
  g_assert_true (memcmp (y, x, n * sizeof *x) == 0);
}

/* --- layers ------------------------------------------------------------------------- */

static void
check_linear (size_t B, size_t I, size_t O, gboolean bias)
{
  g_autofree nv_real *x = noise (B * I, 1), *w = noise (O * I, 2), *b = noise (O, 3);
  g_autofree nv_real *y = noise (B * O, 4), *dy = noise (B * O, 5), *dx = noise (B * I, 6);
  g_autofree nv_real *dw = noise (O * I, 7), *db = noise (O, 8);
  g_autofree nv_real *dw0 = g_memdup2 (dw, O * I * sizeof *dw);
  nv_linear (y, x, w, bias ? b : NULL, B, I, O);
  nv_linear_backward (dx, dw, bias ? db : NULL, dy, x, w, B, I, O);
  for (size_t r = 0; r < B; r++)
    for (size_t o = 0; o < O; o++) {
      double sum = bias ? b[o] : 0;
      for (size_t i = 0; i < I; i++)
        sum += (double) x[r * I + i] * w[o * I + i];
      assert_near (y[r * O + o], sum, 1e-5);
    }
  for (size_t o = 0; o < O; o++)
    for (size_t i = 0; i < I; i++) {
      double sum = dw0[o * I + i];
      for (size_t r = 0; r < B; r++)
        sum += (double) dy[r * O + o] * x[r * I + i];
      assert_near (dw[o * I + i], sum, 1e-5);
    }
  g_autofree nv_real *again = noise (O * I, 7);
  nv_linear_backward (NULL, again, NULL, dy, x, w, B, I, O);
  g_assert_true (memcmp (again, dw, O * I * sizeof *dw) == 0);
}

static void
linear (void)
{
  check_linear (1, 1, 1, TRUE);
  check_linear (5, 3, 7, TRUE);
  check_linear (33, 17, 2, FALSE);
}

static void
check_batchnorm (size_t R, size_t C)
{
  g_autofree nv_real *x = noise (R * C, 1), *y = noise (R * C, 2), *mean = noise (C, 3);
  g_autofree nv_real *rstd = noise (C, 4), *gamma = noise (C, 5), *beta = noise (C, 6);
  g_autofree nv_real *running_mean = noise (C, 7), *running_var = noise (C, 8);
  for (size_t c = 0; c < C; c++)
    running_var[c] = fabsf (running_var[c]);
  g_autofree nv_real *mean0 = g_memdup2 (running_mean, C * sizeof *mean0);
  g_autofree nv_real *var0 = g_memdup2 (running_var, C * sizeof *var0);
  nv_batchnorm (y, mean, rstd, running_mean, running_var, x, gamma, beta, R, C, 0.1, 1e-5);
  for (size_t c = 0; c < C; c++) {
    double m = 0, v = 0, n = (double) R;
    for (size_t r = 0; r < R; r++)
      m += x[r * C + c] / n;
    for (size_t r = 0; r < R; r++)
      v += (x[r * C + c] - m) * (x[r * C + c] - m) / n;
    if (R == 1) {
      m = mean0[c];
      v = var0[c];
    }
    assert_near (running_mean[c], R == 1 ? mean0[c] : 0.9 * mean0[c] + 0.1 * m, 1e-5);
    assert_near (running_var[c], R == 1 ? var0[c] : 0.9 * var0[c] + 0.1 * v * n / (n - 1), 1e-5);
    for (size_t r = 0; r < R; r++)
      assert_near (y[r * C + c],
                   (x[r * C + c] - m) / sqrt (v + 1e-5) * gamma[c] + beta[c], 2e-5);
  }
  nv_batchnorm_eval (y, x, gamma, beta, mean0, var0, R, C, 1e-5);
  assert_near (y[0], (x[0] - mean0[0]) / sqrt (var0[0] + 1e-5) * gamma[0] + beta[0], 2e-5);
}

static void
batchnorm (void)
{
  check_batchnorm (1, 1);
  check_batchnorm (1, 5);
  check_batchnorm (2, 3);
  check_batchnorm (129, 67);
}

static void
lstm (void)
{
  enum { B = 3, I = 5, H = 7 };
  g_autofree nv_real *x = noise (B * I, 1), *h0 = noise (B * H, 2), *c0 = noise (B * H, 3);
  g_autofree nv_real *wi = noise (4 * H * I, 4), *wh = noise (4 * H * H, 5);
  g_autofree nv_real *bi = noise (4 * H, 6), *bh = noise (4 * H, 7);
  nv_real h[B * H], c[B * H], gates[B * 4 * H];
  nv_lstm (h, c, gates, x, h0, c0, wi, wh, bi, bh, B, I, H);
  for (int b = 0; b < B; b++)
    for (int k = 0; k < H; k++) {
      double a[4];
      for (int g = 0; g < 4; g++) {
        int row = g * H + k;
        a[g] = bi[row] + bh[row];
        for (int i = 0; i < I; i++)
          a[g] += (double) wi[row * I + i] * x[b * I + i];
        for (int i = 0; i < H; i++)
          a[g] += (double) wh[row * H + i] * h0[b * H + i];
        a[g] = g == 2 ? tanh (a[g]) : 1 / (1 + exp (-a[g]));
      }
      double cell = a[1] * c0[b * H + k] + a[0] * a[2];
      assert_near (c[b * H + k], cell, 1e-5);
      assert_near (h[b * H + k], a[3] * tanh (cell), 1e-5);
    }
}

/* --- losses ------------------------------------------------------------------------- */

static void
losses (void)
{
  enum { n = 513 };
  g_autofree nv_real *x = noise (n, 1), *s = noise (n, 2), *dx = noise (n, 3), *ds = noise (n, 4);
  nv_real target[n];
  double mse = 0, bce = 0, kl = 0;
  for (int i = 0; i < n; i++) {
    target[i] = (nv_real) (i % 3) / 2;
    x[i] *= 10;
    s[i] /= 3;
    mse += (x[i] - target[i]) * (x[i] - target[i]);
    double p = 1 / (1 + exp (-(double) x[i]));
    bce -= target[i] * log (p) + (1 - target[i]) * log (1 - p);
    kl -= 0.5 * (1 + 2 * s[i] - (double) x[i] * x[i] - exp (2 * s[i]));
  }
  assert_near (nv_mse (dx, x, target, n), mse / n, 1e-6);
  assert_near (dx[7], 2 * (x[7] - target[7]) / n, 1e-6);
  assert_near (nv_bce (dx, x, target, n), bce / n, 1e-6);
  assert_near (nv_bce (NULL, x, target, n), bce / n, 1e-6);
  assert_near (dx[7] * n, 1 / (1 + exp (-(double) x[7])) - target[7], 1e-6);
  nv_real dmu = 2.385f, dsigma = -1.5f;
  assert_near (nv_kl (NULL, NULL, x, s, n, 0.25), kl / 4, 1e-6);
  nv_kl (&dmu, &dsigma, x, s, 1, 0.25);
  assert_near (dmu, 2.385 + 0.25 * x[0], 1e-6);
  assert_near (dsigma, -1.5 + 0.25 * (exp (2 * s[0]) - 1), 1e-6);
}

static void
softmax (void)
{
  const nv_real x[] = { 1.5f, -2, 0.25f, 300, 301, -300, 7, 8, 9 };
  const guint8 class[] = { 2, 0, 3 }; /* the third row has none */
  nv_real d[9];
  double sum = exp (1.5) + exp (-2) + exp (0.25);
  double loss = (log (sum) - 0.25 + log (1 + exp (1))) / 3;
  assert_near (nv_softmax (NULL, x, class, 3, 3), loss, 1e-6);
  assert_near (nv_softmax (d, x, class, 3, 3), loss, 1e-6);
  assert_near (d[0], exp (1.5) / sum / 3, 1e-6);
  assert_near (d[2], (exp (0.25) / sum - 1) / 3, 1e-6);
  assert_near (d[3], (1 / (1 + exp (1)) - 1) / 3, 1e-6);
  g_assert_true (d[6] == 0 && d[7] == 0 && d[8] == 0);
  g_assert_cmpfloat (nv_softmax (d, x, class, 0, 3), ==, 0);
}

static void
losses_at_the_ends (void)
{
  nv_real logit[] = { 1e4f, -1e4f }, right[] = { 1, 0 }, wrong[] = { 0, 1 }, d[2];
  g_assert_cmpfloat (nv_bce (d, logit, right, 2), <, 1e-6);
  assert_near (nv_bce (d, logit, wrong, 2), 1e4, 1e-6);
  assert_near (d[0], 0.5, 1e-6);
  assert_near (d[1], -0.5, 1e-6);
  g_assert_cmpfloat (nv_bce (NULL, logit, right, 0), ==, 0);
  g_assert_cmpfloat (nv_mse (NULL, logit, right, 0), ==, 0);
}

/* --- weights ------------------------------------------------------------------------ */

static void
adam (void)
{
  NvWeights w = { 0 };
  nv_weights_init (&w, 3);
  double x[3] = { 2.385, -0.5, 0 }, m[3] = { 0 }, v[3] = { 0 };
  for (int i = 0; i < 3; i++)
    w.value[i] = (nv_real) x[i];
  for (int t = 1; t <= 20; t++) {
    for (int i = 0; i < 3; i++) {
      w.grad[i] = (nv_real) (sin (t + i) * (i < 2));
      double g = (double) w.grad[i] + 0.01 * x[i];
      m[i] = 0.9 * m[i] + 0.1 * g;
      v[i] = 0.999 * v[i] + 0.001 * g * g;
      x[i] -= 0.05 * m[i] / (1 - pow (0.9, t)) / (sqrt (v[i] / (1 - pow (0.999, t))) + 1e-8);
    }
    nv_weights_step (&w, NULL, 0.05, 0.01, 0);
    for (int i = 0; i < 3; i++)
      assert_near (w.value[i], x[i], 1e-5);
  }
  g_assert_cmpfloat (w.value[2], ==, 0);
  nv_weights_clear (&w);
  nv_weights_clear (&w);
}

static void
clip (void)
{
  enum { n = 2051 };
  NvWeights w = { 0 };
  const double bounds[] = { 0, 1e4, 5 };
  for (gsize k = 0; k < G_N_ELEMENTS (bounds); k++) {
    double sum = 0;
    nv_weights_init (&w, n);
    for (int i = 0; i < n; i++) {
      w.grad[i] = (nv_real) ((i % 7) - 2.385);
      sum += (double) w.grad[i] * w.grad[i];
    }
    assert_near (nv_weights_step (&w, NULL, 0.05, 0, bounds[k]), sqrt (sum), 1e-6);
    const double factor = bounds[k] == 5 ? 5 / sqrt (sum) : 1;
    for (int i = 0; i < n; i++) {
      assert_near (w.m[i], 0.1 * factor * ((i % 7) - 2.385), 1e-6);
      g_assert_cmpfloat (w.grad[i], ==, 0);
    }
    g_assert_cmpfloat (nv_weights_step (&w, NULL, 0.05, 0, bounds[k]), ==, 0);
    nv_weights_clear (&w);
  }
}

static void
init (void)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "init", 0);
  nv_real w[25 * 40], b[40];
  nv_init_linear (w, b, &rng, 25, 40);
  double largest = 0, mean = 0;
  for (int i = 0; i < 25 * 40; i++) {
    largest = fmax (largest, fabs (w[i]));
    mean += w[i] / 1000;
  }
  g_assert_true (largest <= 0.2 && largest > 0.19 && fabs (mean) < 0.02);
  g_assert_true (fabsf (b[39]) <= 0.2f);
  nv_init_linear (w, NULL, &rng, 25, 40);
}

/* --- team --------------------------------------------------------------------------- */

typedef struct {
  gint runs[97];
  gsize tasks;
} Counted;

static void
count (void *data, gsize i)
{
  Counted *c = data;
  g_assert_cmpuint (i, <, c->tasks);
  g_atomic_int_inc (&c->runs[i]);
}

/* Every task once, with more threads than cores and with pauses in which the team falls asleep. */
static void
check_team (guint threads)
{
  NvTeam *team = threads > 0 ? nv_team_new (threads) : NULL;
  Counted c = { 0 };
  gint expected[97] = { 0 };
  for (int job = 0; job < 2000; job++) {
    c.tasks = (gsize) job % 98;
    nv_team_run (team, c.tasks, count, &c);
    for (gsize i = 0; i < c.tasks; i++)
      expected[i]++;
    for (gsize i = 0; i < 97; i++)
      g_assert_cmpint (g_atomic_int_get (&c.runs[i]), ==, expected[i]);
    if (job % 400 == 399)
      g_usleep (2000);
  }
  nv_team_free (team);
}

static void
team (void)
{
  for (guint threads = 0; threads <= 5; threads++)
    check_team (threads);
  nv_team_free (nv_team_new (3));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nn/activations", activations);
  g_test_add_func ("/nn/activations-at-the-ends", activations_at_the_ends);
  g_test_add_func ("/nn/activation-gradients", activation_gradients);
  g_test_add_func ("/nn/dropout", dropout);
  g_test_add_func ("/nn/linear", linear);
  g_test_add_func ("/nn/batchnorm", batchnorm);
  g_test_add_func ("/nn/lstm", lstm);
  g_test_add_func ("/nn/losses", losses);
  g_test_add_func ("/nn/softmax", softmax);
  g_test_add_func ("/nn/losses-at-the-ends", losses_at_the_ends);
  g_test_add_func ("/nn/adam", adam);
  g_test_add_func ("/nn/clip", clip);
  g_test_add_func ("/nn/init", init);
  g_test_add_func ("/nn/team", team);
  return g_test_run ();
}
