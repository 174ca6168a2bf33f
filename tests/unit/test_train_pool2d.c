/* Pools against oneDNN's, to the last bit: tables of trained cells that it computed are made again
 * with the same digits only as long as every sum is taken in the same order. */
#include <float.h>
#include <math.h>
#include <nasvec/rng.h>
#include <string.h>

#include "train/dnnl.h"
#include "train/kernels.h"
#include "train/pool2d.h"

enum { MAPS = 6, BLOCK = 8 };

typedef struct {
  NvPool2d shape;
  dnnl_alg_kind_t kind;
  gsize n_x, n_y; /* floats */
  float *x, *y, *dx, *dy, *other_y, *other_dx;
  gint32 *place;
  NvDnnl dnnl;
} Case;

static float *
draw (Case *c, gsize n, NvRng *rng)
{
  float *values = nv_i_dnnl_floats (&c->dnnl, n);
  for (gsize i = 0; i < n; i++)
    values[i] = (float) round (4 * nv_rng_normal (rng)) / 3; /* many are equal */
  return values;
}

static void
open_case (Case *c, dnnl_alg_kind_t kind, int height, int width, int kernel, int stride)
{
  NvRng rng;
  nv_rng_init (&rng, 2385, "pool", (guint64) (width * 100 + kernel * 10 + stride));
  const int out_height = (height + stride - 1) / stride, out_width = (width + stride - 1) / stride;
  nv_i_dnnl_init (&c->dnnl);
  c->kind = kind;
  c->shape = (NvPool2d){ .n = MAPS, .height = height, .width = width, .out_height = out_height,
                         .out_width = out_width, .kernel = kernel, .stride = stride,
                         .top = (kernel - 1) / 2, .left = (kernel - 1) / 2 };
  c->n_x = MAPS * (gsize) (height * width) * BLOCK;
  c->n_y = MAPS * (gsize) (out_height * out_width) * BLOCK;
  c->shape.room = draw (c, nv_i_pool2d_room (&c->shape), &rng);
  c->x = draw (c, c->n_x, &rng);
  c->dy = draw (c, c->n_y, &rng);
  c->y = nv_i_dnnl_floats (&c->dnnl, c->n_y);
  c->other_y = nv_i_dnnl_floats (&c->dnnl, c->n_y);
  c->dx = nv_i_dnnl_floats (&c->dnnl, c->n_x);
  c->other_dx = nv_i_dnnl_floats (&c->dnnl, c->n_x);
  c->place = (gint32 *) nv_i_dnnl_floats (&c->dnnl, c->n_y);
}

static void
run_ours (Case *c)
{
  if (c->kind == dnnl_pooling_max) {
    nv_i_pool2d_max (c->y, c->place, c->x, &c->shape);
    nv_i_pool2d_max_backward (c->dx, c->dy, c->place, &c->shape);
  } else {
    nv_i_pool2d_mean (c->y, c->x, &c->shape);
    nv_i_pool2d_mean_backward (c->dx, c->dy, &c->shape);
  }
}

static void
run_onednn (Case *c)
{
  NvDnnl *d = &c->dnnl;
  const NvPool2d *s = &c->shape;
  const dnnl_dims_t in = { MAPS, BLOCK, s->height, s->width },
                    out = { MAPS, BLOCK, s->out_height, s->out_width },
                    strides = { s->stride, s->stride }, kernel = { s->kernel, s->kernel },
                    before = { s->top, s->left },
                    after = { (s->out_height - 1) * s->stride + s->kernel - s->height - s->top,
                               (s->out_width - 1) * s->stride + s->kernel - s->width - s->left };
  const dnnl_memory_desc_t x = nv_i_dnnl_desc (d, 4, in, dnnl_nChw8c),
                           y = nv_i_dnnl_desc (d, 4, out, dnnl_nChw8c);
  dnnl_pooling_desc_t desc;
  NvCall forward = { 0 }, backward = { 0 };
  dnnl_pooling_forward_desc_init (&desc, dnnl_forward_training, c->kind, &x, &y, strides, kernel,
                                  before, after);
  const_dnnl_primitive_desc_t plan = nv_i_dnnl_plan (d, &desc, NULL);
  nv_i_dnnl_make (d, &forward, plan);
  nv_i_dnnl_pass (&forward, DNNL_ARG_SRC, nv_i_dnnl_memory (d, &x, c->x));
  nv_i_dnnl_pass (&forward, DNNL_ARG_DST, nv_i_dnnl_memory (d, &y, c->other_y));
  dnnl_pooling_backward_desc_init (&desc, c->kind, &x, &y, strides, kernel, before, after);
  nv_i_dnnl_make (d, &backward, nv_i_dnnl_plan (d, &desc, plan));
  nv_i_dnnl_pass (&backward, DNNL_ARG_DIFF_DST, nv_i_dnnl_memory (d, &y, c->dy));
  nv_i_dnnl_pass (&backward, DNNL_ARG_DIFF_SRC, nv_i_dnnl_memory (d, &x, c->other_dx));
  if (c->kind == dnnl_pooling_max) {
    const dnnl_memory_desc_t md = nv_i_dnnl_query (d, plan, dnnl_query_workspace_md);
    const dnnl_memory_t workspace
      = nv_i_dnnl_memory (d, &md, nv_i_dnnl_floats (d, dnnl_memory_desc_get_size (&md)));
    nv_i_dnnl_pass (&forward, DNNL_ARG_WORKSPACE, workspace);
    nv_i_dnnl_pass (&backward, DNNL_ARG_WORKSPACE, workspace);
  }
  nv_i_dnnl_run (d, &forward);
  nv_i_dnnl_run (d, &backward);
  g_assert_cmpint (d->status, ==, dnnl_success);
}

static void
assert_equal (const Case *c, const char *what, const float *got, const float *wanted, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (memcmp (&wanted[i], &got[i], sizeof (float)) != 0)
      g_error ("%s, %s, %d x %d, kernel %d, stride %d: value %" G_GSIZE_FORMAT " is %.9g, should "
               "be %.9g", what, c->kind == dnnl_pooling_max ? "largest" : "mean",
               c->shape.height, c->shape.width, c->shape.kernel, c->shape.stride, i,
               (double) got[i], (double) wanted[i]);
}

static void
test_shapes (void)
{
  static const int widths[] = { 4, 5, 7, 8, 14, 28 };
  for (guint i = 0; i < G_N_ELEMENTS (widths) * 3 * 2 * 2; i++) {
    Case c;
    const int width = widths[i / 12], kernel = 2 + (int) (i / 4 % 3);
    open_case (&c, i % 2 == 0 ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding, width + 2,
               width, kernel, 1 + (int) (i / 2 % 2));
    run_ours (&c);
    run_onednn (&c);
    assert_equal (&c, "forward", c.y, c.other_y, c.n_y);
    assert_equal (&c, "backward", c.dx, c.other_dx, c.n_x);
    nv_i_dnnl_clear (&c.dnnl);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/train/pool2d", test_shapes);
  return g_test_run ();
}
