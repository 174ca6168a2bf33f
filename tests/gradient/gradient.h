/* Central differences against a backward pass, in double. */
#ifndef NV_GRADIENT_H
#define NV_GRADIENT_H

#include <math.h>
#include <nasvec/nn.h>

static inline void
fill_noise (double *x, size_t n, double scale, guint64 seed)
{
  NvRng rng;
  nv_rng_init (&rng, seed, "gradient", n);
  for (size_t i = 0; i < n; i++)
    x[i] = scale * nv_rng_normal (&rng);
}

/* Derivative of the loss by *x, over a step of h to either side. */
static inline double
central_difference (double *x, double h, double (*loss) (void *), void *data)
{
  double x0 = *x;
  *x = x0 + h;
  double up = loss (data);
  *x = x0 - h;
  double down = loss (data);
  *x = x0;
  return (up - down) / (2 * h);
}

/* Holds dx against differences, to a relative error of 1e-4, for `count` of the n entries of x,
 * evenly spread. `loss` must not depend on anything but x. A step that crosses a kink (relu) is
 * made again ten times smaller. */
static inline void
check_gradient (const char *name, double *x, const double *dx, size_t n, size_t count,
                double (*loss) (void *), void *data)
{
  size_t stride = count < n ? n / count : 1;
  for (size_t i = 0; i < n; i += stride) {
    gboolean right = FALSE;
    double numeric = 0;
    for (double h = 1e-5; !right && h > 0.9e-7; h /= 10) {
      numeric = central_difference (&x[i], h, loss, data);
      double size = fmax (fmax (fabs (numeric), fabs (dx[i])), 1e-4);
      right = fabs (numeric - dx[i]) < 1e-4 * size;
    }
    if (!right)
      g_error ("%s: entry %zu: derivative %.10g, by differences %.10g", name, i, dx[i], numeric);
  }
}

#endif
