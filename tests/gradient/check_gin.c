/* Gradient checks of the graph isomorphism network under a random linear loss on its output. */
#include <nasvec/gin.h>

#include "gradient/gradient.h"
#include "random_cells.h"

typedef struct {
  NvGin *gin;
  NvGinMode mode;
  gsize outputs; /* R x O */
  double *d;
} Problem;

static double
loss (void *data)
{
  const Problem *p = data;
  const double *y = nv_gin_forward (p->gin, p->mode);
  double sum = 0;
  for (gsize i = 0; i < p->outputs; i++)
    sum += y[i] * p->d[i];
  return sum;
}

static void
check (const NvGinShape *shape, NvGinMode mode, gsize B, guint smallest)
{
  guint types = (guint) shape->ops - (shape->padding == NV_PAD_TYPE);
  g_autoptr (NvCells) cells = random_cells (B, (guint) shape->nodes, types, smallest, 3);
  NvWeights w = { 0 };
  NvRng rng;
  nv_rng_init (&rng, 2385, "weights", 0);
  nv_weights_init (&w, nv_gin_count (shape));
  Problem p = { .gin = nv_gin_new (shape, w.value, w.grad, NULL), .mode = mode };
  nv_gin_init (p.gin, &rng);
  for (gsize i = 0; i < w.count; i++) /* eps, gamma, beta too */
    w.value[i] += 0.1 * nv_rng_normal (&rng);
  p.outputs = nv_gin_load (p.gin, cells, NULL, B)->R * shape->out;
  p.d = g_new (double, p.outputs);
  fill_noise (p.d, p.outputs, 1, 9);
  loss (&p);
  nv_gin_backward (p.gin, p.d);
  check_gradient ("gin", w.value, w.grad, w.count, 700, loss, &p);
  check_gradient ("gin eps", w.value + w.count - shape->layers, w.grad + w.count - shape->layers,
                  shape->layers, 700, loss, &p);
  nv_gin_free (p.gin);
  nv_weights_clear (&w);
  g_free (p.d);
}

static void
shapes (void)
{
  NvGinShape small = { .nodes = 1, .ops = 1, .hidden = 1, .layers = 1, .out = 1 };
  NvGinShape usual = { .nodes = 7, .ops = 5, .hidden = 9, .layers = 3, .out = 4,
                       .symmetric = TRUE };
  NvGinShape wide = { .nodes = 5, .ops = 3, .hidden = 67, .layers = 2, .out = 3 };
  for (NvGinMode mode = NV_GIN_TRAIN; mode <= NV_GIN_FROZEN; mode++) {
    check (&small, mode, 1, 1);
    check (&small, mode, 3, 1);
    check (&usual, mode, 1, 7);
    check (&usual, mode, 1, 1);
    check (&usual, mode, 21, 1); /* three pieces, the last one short */
    check (&wide, mode, 9, 2);
  }
}

static void
padding (void)
{
  NvGinShape shape = { .nodes = 7, .ops = 4, .hidden = 5, .layers = 2, .out = 3,
                       .symmetric = TRUE };
  for (NvGinMode mode = NV_GIN_TRAIN; mode <= NV_GIN_FROZEN; mode++) {
    shape.padding = NV_PAD_ZERO;
    check (&shape, mode, 5, 1);
    shape.padding = NV_PAD_TYPE;
    check (&shape, mode, 5, 1);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gradient/gin/shapes", shapes);
  g_test_add_func ("/gradient/gin/padding", padding);
  return g_test_run ();
}
