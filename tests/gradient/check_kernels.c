/* Gradient checks of the kernels of nasvec/nn.h: each is followed by a random linear loss. */
#include "gradient/gradient.h"

enum { ALL = 1000 };

static double
dot (const double *a, const double *b, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

typedef struct {
  size_t B, I, O; /* batch, inputs, outputs */
  double x[200], w[400], u[400], b[80], e[80], h[200], c[200];
  double y[400], d[400], other[400], extra[400];
  void (*activation) (nv_real *y, const nv_real *x, size_t n);
} Problem;

static void
fill (Problem *p, size_t B, size_t I, size_t O)
{
  p->B = B;
  p->I = I;
  p->O = O;
  fill_noise (p->x, 200, 1, 1);
  fill_noise (p->w, 400, 0.5, 2);
  fill_noise (p->u, 400, 0.5, 3);
  fill_noise (p->b, 80, 1, 4);
  fill_noise (p->e, 80, 1, 5);
  fill_noise (p->h, 200, 1, 6);
  fill_noise (p->c, 200, 1, 7);
  fill_noise (p->d, 400, 1, 8);
  fill_noise (p->other, 400, 1, 9);
}

static double
linear_loss (void *data)
{
  Problem *p = data;
  nv_linear (p->y, p->x, p->w, p->b, p->B, p->I, p->O);
  return dot (p->y, p->d, p->B * p->O);
}

static void
check_linear (size_t B, size_t I, size_t O)
{
  Problem p;
  fill (&p, B, I, O);
  double dx[200] = { 0 }, dw[400] = { 0 }, db[80] = { 0 };
  nv_linear_backward (dx, dw, db, p.d, p.x, p.w, B, I, O);
  check_gradient ("linear x", p.x, dx, B * I, ALL, linear_loss, &p);
  check_gradient ("linear w", p.w, dw, O * I, ALL, linear_loss, &p);
  check_gradient ("linear b", p.b, db, O, ALL, linear_loss, &p);
}

static void
linear (void)
{
  check_linear (1, 1, 1);
  check_linear (3, 5, 7);
  check_linear (9, 1, 3);
}

static double
activation_loss (void *data)
{
  Problem *p = data;
  p->activation (p->y, p->x, p->B);
  return dot (p->y, p->d, p->B);
}

static void
activations (void)
{
  struct {
    void (*forward) (nv_real *, const nv_real *, size_t);
    void (*backward) (nv_real *, const nv_real *, const nv_real *, size_t);
    const char *name;
  } rows[] = { { nv_relu, nv_relu_backward, "relu" },
               { nv_tanh, nv_tanh_backward, "tanh" },
               { nv_sigmoid, nv_sigmoid_backward, "sigmoid" } };
  Problem p;
  double dx[200];
  for (size_t i = 0; i < G_N_ELEMENTS (rows); i++) {
    fill (&p, 37, 0, 0);
    p.activation = rows[i].forward;
    activation_loss (&p);
    rows[i].backward (dx, p.d, p.y, 37);
    check_gradient (rows[i].name, p.x, dx, 37, ALL, activation_loss, &p);
  }
}

/* B rows of O columns; b and e are gamma and beta. */
static double
batchnorm_loss (void *data)
{
  Problem *p = data;
  double mean[80], rstd[80], running_mean[80], running_var[80];
  for (size_t c = 0; c < p->O; c++) {
    running_mean[c] = 0.3;
    running_var[c] = 2.385;
  }
  nv_batchnorm (p->y, mean, rstd, running_mean, running_var, p->x, p->b, p->e, p->B, p->O, 0.1,
                1e-5);
  return dot (p->y, p->d, p->B * p->O);
}

static void
check_batchnorm (size_t R, size_t C)
{
  Problem p;
  fill (&p, R, 0, C);
  double mean[80], rstd[80], running_mean[80], running_var[80];
  double dx[200] = { 0 }, dgamma[80] = { 0 }, dbeta[80] = { 0 };
  for (size_t c = 0; c < C; c++) {
    running_mean[c] = 0.3;
    running_var[c] = 2.385;
  }
  nv_batchnorm (p.y, mean, rstd, running_mean, running_var, p.x, p.b, p.e, R, C, 0.1, 1e-5);
  nv_batchnorm_backward (dx, dgamma, dbeta, p.d, p.x, p.b, mean, rstd, R, C);
  check_gradient ("batch norm x", p.x, dx, R * C, ALL, batchnorm_loss, &p);
  check_gradient ("batch norm gamma", p.b, dgamma, C, ALL, batchnorm_loss, &p);
  check_gradient ("batch norm beta", p.e, dbeta, C, ALL, batchnorm_loss, &p);
}

static void
batchnorm (void)
{
  check_batchnorm (1, 1);
  check_batchnorm (1, 7);
  check_batchnorm (2, 3);
  check_batchnorm (7, 5);
  check_batchnorm (3, 66);
}

/* w, u: input and hidden weights; b, e their biases; the loss reads h and c. */
static double
lstm_loss (void *data)
{
  Problem *p = data;
  nv_lstm (p->y, p->y + 200, p->extra, p->x, p->h, p->c, p->w, p->u, p->b, p->e, p->B, p->I,
           p->O);
  size_t n = p->B * p->O;
  return dot (p->y, p->d, n) + dot (p->y + 200, p->other, n);
}

static void
check_lstm (size_t B, size_t I, size_t H)
{
  Problem p;
  fill (&p, B, I, H);
  double dx[200], dh[200], dc[200], buffer[400];
  double dw[400] = { 0 }, du[400] = { 0 }, db[80] = { 0 }, de[80] = { 0 };
  lstm_loss (&p);
  nv_lstm_backward (dx, dh, dc, dw, du, db, de, p.d, p.other, p.x, p.h, p.c, p.y + 200, p.extra,
                    p.w, p.u, buffer, B, I, H);
  check_gradient ("lstm x", p.x, dx, B * I, ALL, lstm_loss, &p);
  check_gradient ("lstm h", p.h, dh, B * H, ALL, lstm_loss, &p);
  check_gradient ("lstm c", p.c, dc, B * H, ALL, lstm_loss, &p);
  check_gradient ("lstm w_ih", p.w, dw, 4 * H * I, ALL, lstm_loss, &p);
  check_gradient ("lstm w_hh", p.u, du, 4 * H * H, ALL, lstm_loss, &p);
  check_gradient ("lstm b_ih", p.b, db, 4 * H, ALL, lstm_loss, &p);
  check_gradient ("lstm b_hh", p.e, de, 4 * H, ALL, lstm_loss, &p);
}

static void
lstm (void)
{
  check_lstm (1, 1, 1);
  check_lstm (3, 5, 7);
  check_lstm (2, 9, 3);
}

static double
mse_loss (void *data)
{
  Problem *p = data;
  return nv_mse (NULL, p->x, p->d, p->B);
}

static double
bce_loss (void *data)
{
  Problem *p = data;
  nv_sigmoid (p->y, p->d, p->B); /* soft targets */
  return nv_bce (NULL, p->x, p->y, p->B);
}

static double
softmax_loss (void *data)
{
  Problem *p = data;
  const guint8 class[] = { 2, 0, 4, 9, 1 };
  return nv_softmax (NULL, p->x, class, p->B, p->O);
}

static void
softmax (void)
{
  const guint8 class[] = { 2, 0, 4, 9, 1 };
  Problem p;
  double dx[200];
  fill (&p, 5, 0, 5);
  nv_softmax (dx, p.x, class, 5, 5);
  check_gradient ("softmax", p.x, dx, 25, ALL, softmax_loss, &p);
  fill (&p, 2, 0, 3);
  nv_softmax (dx, p.x, class, 2, 3);
  check_gradient ("softmax", p.x, dx, 6, ALL, softmax_loss, &p);
}

static double
kl_loss (void *data)
{
  Problem *p = data;
  return nv_kl (NULL, NULL, p->x, p->h, p->B, 0.37);
}

static void
losses (void)
{
  const size_t sizes[] = { 1, 17 };
  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++) {
    size_t n = sizes[i];
    Problem p;
    fill (&p, n, 0, 0);
    double dx[200], dmu[200] = { 0 }, ds[200] = { 0 };
    nv_mse (dx, p.x, p.d, n);
    check_gradient ("mse", p.x, dx, n, ALL, mse_loss, &p);
    nv_sigmoid (p.y, p.d, n);
    nv_bce (dx, p.x, p.y, n);
    check_gradient ("bce", p.x, dx, n, ALL, bce_loss, &p);
    nv_kl (dmu, ds, p.x, p.h, n, 0.37);
    check_gradient ("kl mu", p.x, dmu, n, ALL, kl_loss, &p);
    check_gradient ("kl s", p.h, ds, n, ALL, kl_loss, &p);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gradient/linear", linear);
  g_test_add_func ("/gradient/activations", activations);
  g_test_add_func ("/gradient/batchnorm", batchnorm);
  g_test_add_func ("/gradient/lstm", lstm);
  g_test_add_func ("/gradient/losses", losses);
  g_test_add_func ("/gradient/softmax", softmax);
  return g_test_run ();
}
