/* The graph isomorphism network against its formula written out; pieces and threads. */
#include <math.h>
#include <nasvec/gin.h>
#include <string.h>

#include "nn/gin_impl.h"
#include "plugin/instance.h"
#include "random_cells.h"

typedef struct {
  NvWeights w;
  NvGin *gin;
  NvTeam *team;
} Net;

static void
net_open (Net *net, const NvGinShape *shape, guint threads)
{
  NvRng rng;
  *net = (Net){ .team = threads > 1 ? nv_team_new (threads) : NULL };
  nv_rng_init (&rng, 2385, "weights", 0);
  nv_weights_init (&net->w, nv_gin_count (shape));
  net->gin = nv_gin_new (shape, net->w.value, net->w.grad, net->team);
  nv_gin_init (net->gin, &rng);
  for (gsize i = 0; i < net->w.count; i++)
    net->w.value[i] += (nv_real) (0.1 * nv_rng_normal (&rng));
}

static void
net_close (Net *net)
{
  nv_gin_free (net->gin);
  nv_weights_clear (&net->w);
  nv_team_free (net->team);
}

static const nv_real *
tensor (Net *net, const char *name, gsize number)
{
  g_autofree char *full = g_strdup_printf ("layer%zu.%s", number, name);
  g_autoptr (NvTensors) tensors = nv_i_tensors_new ();
  nv_gin_tensors (net->gin, tensors);
  for (guint i = 0; i < tensors->items->len; i++) {
    NvTensor *t = &g_array_index (tensors->items, NvTensor, i);
    if (strcmp (t->name, full) == 0 || strcmp (t->name, name) == 0)
      return t->data;
  }
  g_error ("no tensor %s", full);
}

/* x[R x I] -> relu (BN (x w^T + b)) [R x H], in double, with the batch's own statistics. */
static double *
naive_stage (Net *net, double *x, gsize R, gsize I, gsize H, gsize layer, const char *number)
{
  double *y = g_new (double, R * H);
  char names[4][16];
  const char *const what[] = { "weight", "bias", "gamma", "beta" };
  for (int i = 0; i < 4; i++)
    g_snprintf (names[i], sizeof names[i], "%s%s", what[i], number);
  const nv_real *w = tensor (net, names[0], layer), *b = tensor (net, names[1], layer);
  const nv_real *gamma = tensor (net, names[2], layer), *beta = tensor (net, names[3], layer);
  for (gsize h = 0; h < H; h++) {
    double mean = 0, var = 0;
    for (gsize r = 0; r < R; r++) {
      y[r * H + h] = b[h];
      for (gsize i = 0; i < I; i++)
        y[r * H + h] += w[h * I + i] * x[r * I + i];
      mean += y[r * H + h] / (double) R;
    }
    for (gsize r = 0; r < R; r++)
      var += (y[r * H + h] - mean) * (y[r * H + h] - mean) / (double) R;
    for (gsize r = 0; r < R; r++) {
      double v = (y[r * H + h] - mean) / sqrt (var + 1e-5) * gamma[h] + beta[h];
      y[r * H + h] = fmax (v, 0);
    }
  }
  g_free (x);
  return y;
}

/* x <- (1 + eps) x + A x, with A from the cells themselves */
static double *
naive_aggregate (double *x, const NvCells *cells, gsize rows, gboolean symmetric, double eps,
                 gsize C)
{
  double *out = g_new (double, cells->count * rows * C);
  for (gsize b = 0; b < cells->count; b++)
    for (gsize i = 0; i < rows; i++)
      for (gsize c = 0; c < C; c++) {
        double sum = (1 + eps) * x[(b * rows + i) * C + c];
        for (gsize j = 0; j < rows; j++) {
          gsize n = cells->n_nodes[b];
          gboolean to = i < n && (cells->rows[b * cells->nodes + i] >> j) & 1;
          gboolean from = symmetric && j < n && (cells->rows[b * cells->nodes + j] >> i) & 1;
          if (to || from)
            sum += x[(b * rows + j) * C + c];
        }
        out[(b * rows + i) * C + c] = sum;
      }
  g_free (x);
  return out;
}

static void
check_forward (const NvGinShape *s, const NvCells *cells)
{
  Net net;
  net_open (&net, s, 1);
  gsize B = cells->count, rows = s->nodes, R = B * rows;
  double *x = g_new0 (double, R * s->ops);
  for (gsize b = 0; b < B; b++)
    for (gsize i = 0; i < rows; i++) {
      gboolean real = i < cells->n_nodes[b];
      if (real || s->padding == NV_PAD_TYPE)
        x[(b * rows + i) * s->ops + (real ? cells->ops[b * rows + i] : s->ops - 1)] = 1;
    }
  for (gsize l = 0; l < s->layers; l++) {
    gsize I = l == 0 ? s->ops : s->hidden;
    x = naive_aggregate (x, cells, rows, s->symmetric, tensor (&net, "eps", 0)[l], I);
    x = naive_stage (&net, x, R, I, s->hidden, l, "1");
    x = naive_stage (&net, x, R, s->hidden, s->hidden, l, "2");
  }
  const NvGinBatch *batch = nv_gin_load (net.gin, cells, NULL, B);
  const nv_real *w = tensor (&net, "out.weight", 0), *bias = tensor (&net, "out.bias", 0);
  const nv_real *y = nv_gin_forward (net.gin, NV_GIN_TRAIN);
  g_assert_cmpuint (batch->R, ==, R);
  for (gsize r = 0; r < R; r++)
    for (gsize o = 0; o < s->out; o++) {
      double sum = bias[o];
      for (gsize h = 0; h < s->hidden; h++)
        sum += w[o * s->hidden + h] * x[r * s->hidden + h];
      g_assert_cmpfloat_with_epsilon (y[r * s->out + o], sum, 2e-4);
    }
  g_free (x);
  net_close (&net);
}

static void
forward (void)
{
  NvGinShape s = { .nodes = 7, .ops = 5, .hidden = 37, .layers = 3, .out = 3, .symmetric = TRUE };
  g_autoptr (NvCells) full = random_cells (21, 7, 5, 7, 1);
  check_forward (&s, full);
  s.symmetric = FALSE;
  check_forward (&s, full);
  s.padding = NV_PAD_ZERO;
  g_autoptr (NvCells) ragged = random_cells (21, 7, 4, 1, 2);
  check_forward (&s, ragged);
  s.padding = NV_PAD_TYPE;
  check_forward (&s, ragged);
  g_autoptr (NvCells) one = random_cells (1, 7, 4, 2, 2);
  check_forward (&s, one);
}

/* Left-out padding: the rows of a small cell among others, and what they are numbered. */
static void
ragged_rows (void)
{
  NvGinShape s = { .nodes = 7, .ops = 5, .hidden = 8, .layers = 1, .out = 2, .symmetric = TRUE };
  Net net;
  net_open (&net, &s, 1);
  g_autoptr (NvCells) cells = random_cells (9, 7, 5, 1, 4);
  const guint32 index[] = { 8, 2, 2 };
  const NvGinBatch *batch = nv_gin_load (net.gin, cells, index, 3);
  g_assert_cmpuint (batch->B, ==, 3);
  g_assert_cmpuint (batch->R, ==, cells->n_nodes[8] + 2u * cells->n_nodes[2]);
  g_assert_cmpuint (batch->first[1], ==, cells->n_nodes[8]);
  for (guint i = 0; i < cells->n_nodes[2]; i++) {
    guint row = batch->first[2] + i;
    g_assert_cmpuint (batch->op[row], ==, cells->ops[2 * 7 + i]);
    g_assert_cmpuint (batch->edges[row], ==, cells->rows[2 * 7 + i]);
  }
  net_close (&net);
}

typedef struct {
  nv_real *out;
  gsize rows, outputs; /* rows per cell */
} Kept;

static void
keep (void *data, const NvGinBatch *batch, gsize first_cell, const nv_real *y)
{
  const Kept *k = data;
  memcpy (k->out + first_cell * k->rows * k->outputs, y,
          batch->R * k->outputs * sizeof (nv_real));
}

/* Evaluation of many cells, of which a piece computes once what they share, is what a forward
 * pass with frozen statistics gives; outputs may be more than the hidden layers are wide. */
static void
check_evaluation (NvGinShape s, guint least)
{
  const gsize P = 3000;
  Net net;
  net_open (&net, &s, 2);
  s.padding = least < s.nodes ? s.padding : NV_PAD_SKIP;
  g_autoptr (NvCells) cells = random_cells (P, (guint) s.nodes, 3, least, 7);
  nv_gin_load (net.gin, cells, NULL, P);
  nv_gin_forward (net.gin, NV_GIN_TRAIN); /* moves the running statistics */
  const nv_real *y = nv_gin_forward (net.gin, NV_GIN_FROZEN);
  g_autofree nv_real *out = g_new (nv_real, P * s.nodes * s.out);
  nv_gin_eval (net.gin, cells, NULL, P, s.out, keep, &(Kept){ out, s.nodes, s.out });
  for (gsize i = 0; i < P * s.nodes * s.out; i++)
    g_assert_cmpfloat_with_epsilon (out[i], y[i], 1e-4);
  net_close (&net);
}

static void
evaluations (void)
{
  NvGinShape s = { .nodes = 5, .ops = 4, .hidden = 33, .layers = 3, .out = 40,
                   .symmetric = TRUE };
  check_evaluation (s, 5);
  s.symmetric = FALSE;
  check_evaluation (s, 5);
  s.padding = NV_PAD_ZERO;
  check_evaluation (s, 1);
  s.padding = NV_PAD_TYPE;
  s.symmetric = TRUE;
  check_evaluation (s, 2);
  s.nodes = s.layers = 1;
  check_evaluation (s, 1);
}

/* The colours of all cells of NAS-Bench-101: the numbers in gin_colours.c, which were counted
 * by another program. */
static void
colours (void)
{
  const gsize expected[] = { 495, 450853, 1688591, 1818332 };
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new ("nasbench101", NULL, &error);
  g_assert_no_error (error);
  g_autoptr (NvCells) cells = nv_space_enumerate (space, &error);
  NvGinShape s = { .nodes = 7, .ops = space->n_ops, .symmetric = TRUE };
  Layout layout = { 0 };
  Colours c;
  nv_i_layout_load (&layout, &s, cells, NULL, 0, cells->count);
  nv_i_colours_init (&c, layout.head.R, s.nodes);
  nv_i_colours_begin (&c, &layout, s.ops);
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    nv_i_colours_refine (&c, &layout);
    g_assert_cmpuint (c.n, ==, expected[i]);
  }
  nv_i_colours_clear (&c);
  nv_i_layout_clear (&layout);
}

/* The same of some cells alone. */
static void
evaluation (void)
{
  NvGinShape s = { .nodes = 6, .ops = 4, .hidden = 19, .layers = 2, .out = 5 };
  Net net;
  net_open (&net, &s, 2);
  g_autoptr (NvCells) cells = random_cells (77, 6, 4, 6, 5);
  nv_gin_load (net.gin, cells, NULL, 77);
  nv_gin_forward (net.gin, NV_GIN_TRAIN); /* moves the running statistics */
  const nv_real *y = nv_gin_forward (net.gin, NV_GIN_FROZEN);
  nv_real out[77 * 6 * 3];
  Kept kept = { out, 6, 3 };
  nv_gin_eval (net.gin, cells, NULL, 77, 3, keep, &kept);
  for (gsize r = 0; r < 77 * 6; r++)
    for (gsize o = 0; o < 3; o++)
      g_assert_cmpfloat_with_epsilon (out[r * 3 + o], y[r * 5 + o], 1e-5);
  nv_real again[2 * 6 * 3];
  const guint32 index[] = { 76, 3 };
  nv_gin_eval (net.gin, cells, index, 2, 3, keep, &(Kept){ again, 6, 3 });
  for (gsize i = 0; i < 18; i++) {
    g_assert_cmpfloat_with_epsilon (again[i], out[76 * 18 + i], 1e-5);
    g_assert_cmpfloat_with_epsilon (again[18 + i], out[3 * 18 + i], 1e-5);
  }
  net_close (&net);
}

/* 30 training steps end in the same bits on 1, 2 and 5 threads. */
static void
threads (void)
{
  NvGinShape s = { .nodes = 7, .ops = 5, .hidden = 128, .layers = 2, .out = 8,
                   .symmetric = TRUE };
  g_autoptr (NvCells) cells = random_cells (43, 7, 5, 2, 6);
  const guint counts[] = { 1, 2, 5 };
  Net net[3];
  nv_real out[3][43 * 7 * 8];
  memset (out, 0, sizeof out);
  for (int n = 0; n < 3; n++) {
    net_open (&net[n], &s, counts[n]);
    for (int step = 0; step < 30; step++) {
      gsize R = nv_gin_load (net[n].gin, cells, NULL, 43)->R;
      const nv_real *y = nv_gin_forward (net[n].gin, NV_GIN_TRAIN);
      g_autofree nv_real *dy = g_memdup2 (y, R * 8 * sizeof *y);
      nv_gin_backward (net[n].gin, dy);
      nv_weights_step (&net[n].w, net[n].team, 0.01, 0, 5);
    }
    nv_gin_eval (net[n].gin, cells, NULL, 43, 8, keep, &(Kept){ out[n], 7, 8 });
    g_assert_true (memcmp (net[n].w.value, net[0].w.value, net[0].w.count * sizeof (nv_real))
                   == 0);
    g_assert_true (memcmp (out[n], out[0], sizeof out[0]) == 0);
  }
  for (int n = 0; n < 3; n++)
    net_close (&net[n]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gin/forward", forward);
  g_test_add_func ("/gin/ragged-rows", ragged_rows);
  g_test_add_func ("/gin/evaluation", evaluation);
  g_test_add_func ("/gin/evaluations", evaluations);
  g_test_add_func ("/gin/colours", colours);
  g_test_add_func ("/gin/threads", threads);
  return g_test_run ();
}
