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

/* |numeric - analytic| over their size, for `count` of the n entries of x, evenly spread. `loss`
 * must not depend on anything but x. */
static inline void
check_gradient (const char *name, double *x, const double *dx, size_t n, size_t count,
                double (*loss) (void *), void *data)
{
  const double h = 1e-5;
  size_t stride = count < n ? n / count : 1;
  for (size_t i = 0; i < n; i += stride) {
    double x0 = x[i];
    x[i] = x0 + h;
    double up = loss (data);
    x[i] = x0 - h;
    double numeric = (up - loss (data)) / (2 * h);
    x[i] = x0;
    double size = fmax (fmax (fabs (numeric), fabs (dx[i])), 1e-4);
    if (!(fabs (numeric - dx[i]) < 1e-4 * size))
      g_error ("%s: entry %" G_GSIZE_FORMAT ": derivative %.10g, by differences %.10g", name, i,
               dx[i], numeric);
  }
}

#endif
