/* Gradient check of a joint loss: squared error of a linear reading of the embedding. */
#define NV_PLUGIN_STATIC
#include "encoders/supervised.c"

#include "gradient/gradient.h"
#include "random_cells.h"

typedef struct {
  NvEncoder encoder;
  const NvCells *cells;
  double w[96], b[1], score[64];          /* the reading, and what it should be */
  double out[64 * 96], y[64], dy[64], dout[64 * 96];
} Problem;

static double
joint_loss (void *data)
{
  Problem *p = data;
  gsize B = p->cells->count;
  supervised_forward (&p->encoder, p->cells, NULL, B, p->out);
  nv_linear (p->y, p->out, p->w, p->b, B, p->encoder.dim, 1);
  return nv_mse (p->dy, p->y, p->score, B);
}

/* With a batch's statistics, and with the running ones: `settled`. */
static void
check_mode (Options options, guint N, guint smallest, gsize B, gboolean settled)
{
  NvSpace space = { .nodes = N, .n_ops = 5 };
  State state = { 0 };
  NvRng rng;
  g_autoptr (NvCells) cells = random_cells (B, N, 5, smallest, 3);
  Problem p = { .cells = cells };
  nv_rng_init (&rng, 2385, "encoder", 0);
  p.encoder = (NvEncoder){ .klass = &supervised, .options = &options, .state = &state,
                           .space = &space, .rng = &rng, .settled = settled };
  g_assert_true (supervised_open (&p.encoder, NULL));
  gsize D = p.encoder.dim;
  fill_noise (p.w, D, 1, 5);
  fill_noise (p.score, B, 1, 6);
  double dw[96] = { 0 }, db[1] = { 0 };
  joint_loss (&p);
  nv_linear_backward (p.dout, dw, db, p.dy, p.out, p.w, B, D, 1);
  supervised_backward (&p.encoder, p.dout);
  check_gradient ("supervised", state.weights.value, state.weights.grad, state.weights.count, 600,
                  joint_loss, &p);
  check_gradient ("reading", p.w, dw, D, 600, joint_loss, &p);
  supervised_close (&p.encoder);
}

static void
check (Options options, guint N, guint smallest, gsize B)
{
  check_mode (options, N, smallest, B, FALSE);
  check_mode (options, N, smallest, B, TRUE);
}

static void
shapes (void)
{
  check ((Options){ .dim = 3, .layers = 2, .hidden = 7 }, 7, 7, 11);
  check ((Options){ .dim = 16, .layers = 3, .hidden = 5, .adjacency = FORWARD }, 6, 2, 19);
  check ((Options){ .dim = 5, .layers = 2, .hidden = 7, .pooling = NV_POOL_CONCAT }, 6, 2, 13);
  check ((Options){ .dim = 3, .layers = 2, .hidden = 7, .pooling = NV_POOL_BOTH }, 6, 2, 13);
  check ((Options){ .dim = 1, .layers = 1, .hidden = 1 }, 1, 1, 1);
  check ((Options){ .dim = 3, .layers = 2, .hidden = 7 }, 7, 7, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gradient/supervised", shapes);
  return g_test_run ();
}
