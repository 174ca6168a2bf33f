/* Depthwise convolutions against plain loops, to the last bit: tables of trained cells are made
 * again with the same digits only as long as every sum is taken in the same order. */
#include <nasvec/rng.h>
#include <string.h>

#include "train/depthwise.h"
#include "train/kernels.h"

enum { BLOCK = 8 }; /* channels of a pixel, NV_BLOCK */

typedef struct {
  NvDepthwise shape;
  gsize n_x, n_y, n_w; /* floats */
  float *x, *y, *w;    /* y: outputs or their gradient */
} Case;

static float *
draw (gsize n, NvRng *rng)
{
  float *values = g_aligned_alloc (n, sizeof (float), 64);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) nv_rng_normal (rng);
  return values;
}

static void
open_case (Case *c, int height, int width, int kernel, int stride, int dilation)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "depthwise", (guint64) (width * 100 + kernel * 10 + stride));
  const int pad = (kernel - 1) * dilation / 2, reach = (kernel - 1) * dilation;
  c->shape = (NvDepthwise){ .n = 6, .blocks = 2, .height = height, .width = width,
                            .out_height = (height + 2 * pad - reach - 1) / stride + 1,
                            .out_width = (width + 2 * pad - reach - 1) / stride + 1,
                            .kernel = kernel, .stride = stride, .dilation = dilation,
                            .top = pad, .left = pad };
  c->n_x = 6 * (gsize) (height * width) * BLOCK;
  c->n_y = 6 * (gsize) (c->shape.out_height * c->shape.out_width) * BLOCK;
  c->n_w = 2 * (gsize) (kernel * kernel) * BLOCK;
  c->x = draw (c->n_x, &rng);
  c->y = draw (c->n_y, &rng);
  c->w = draw (c->n_w, &rng);
  c->shape.room = draw (nv_i_depthwise_room (&c->shape), &rng);
}

static void
close_case (Case *c)
{
  float *all[] = { c->x, c->y, c->w, c->shape.room };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_aligned_free (all[i]);
}

/* Calls visit for every product, map by map, output by output, tap by tap. */
typedef void Visit (float *out, const Case *c, gsize x, gsize y, gsize w);

static void
each_product (float *out, const Case *c, Visit *visit)
{
  const NvDepthwise *s = &c->shape;
  const int k = s->kernel;
  for (int i = 0; i < (int) s->n; i++)
    for (int r = 0; r < s->out_height; r++)
      for (int q = 0; q < s->out_width; q++)
        for (int tap = 0; tap < k * k; tap++) {
          const int row = r * s->stride - s->top + tap / k * s->dilation;
          const int column = q * s->stride - s->left + tap % k * s->dilation;
          if (row < 0 || row >= s->height || column < 0 || column >= s->width)
            continue;
          const int x = (i * s->height + row) * s->width + column;
          const int y = (i * s->out_height + r) * s->out_width + q;
          const int w = i % (int) s->blocks * k * k + tap;
          visit (out, c, (gsize) x * BLOCK, (gsize) y * BLOCK, (gsize) w * BLOCK);
        }
}

static void
forward (float *out, const Case *c, gsize x, gsize y, gsize w)
{
  for (gsize l = 0; l < BLOCK; l++)
    out[y + l] += c->w[w + l] * c->x[x + l];
}

static void
backward (float *out, const Case *c, gsize x, gsize y, gsize w)
{
  for (gsize l = 0; l < BLOCK; l++)
    out[x + l] += c->w[w + l] * c->y[y + l];
}

static void
backward_weights (float *out, const Case *c, gsize x, gsize y, gsize w)
{
  for (gsize l = 0; l < BLOCK; l++)
    out[w + l] += c->x[x + l] * c->y[y + l];
}

static void
assert_equal (const Case *c, Visit *visit, const float *got, gsize n)
{
  g_autofree float *wanted = g_new0 (float, n);
  each_product (wanted, c, visit);
  for (gsize i = 0; i < n; i++)
    if (memcmp (&wanted[i], &got[i], sizeof (float)) != 0)
      g_error ("%d x %d, kernel %d, stride %d, dilation %d: value %" G_GSIZE_FORMAT " is %.9g, "
               "should be %.9g", c->shape.height, c->shape.width, c->shape.kernel,
               c->shape.stride, c->shape.dilation, i, (double) got[i], (double) wanted[i]);
}

static void
test_shapes (void)
{
  static const int widths[] = { 1, 3, 4, 7, 8, 13, 17 };
  for (guint i = 0; i < G_N_ELEMENTS (widths) * 4 * 2 * 2; i++) {
    Case c;
    const int width = widths[i / 16], kernel = 1 + 2 * (int) (i / 4 % 4);
    open_case (&c, width + 2, width, kernel, 1 + (int) (i / 2 % 2), 1 + (int) (i % 2));
    float *y = g_aligned_alloc (c.n_y, sizeof (float), 64);
    float *dx = g_aligned_alloc (c.n_x, sizeof (float), 64);
    float *dw = g_aligned_alloc (c.n_w, sizeof (float), 64);
    nv_i_depthwise (y, c.x, c.w, &c.shape);
    nv_i_depthwise_backward (dx, c.y, c.w, &c.shape);
    nv_i_depthwise_backward_weights (dw, c.y, c.x, &c.shape);
    assert_equal (&c, forward, y, c.n_y);
    assert_equal (&c, backward, dx, c.n_x);
    assert_equal (&c, backward_weights, dw, c.n_w);
    g_aligned_free (y);
    g_aligned_free (dx);
    g_aligned_free (dw);
    close_case (&c);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/depthwise", test_shapes);
  return g_test_run ();
}
