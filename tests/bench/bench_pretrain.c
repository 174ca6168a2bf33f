/* Speed of pre-training and of embedding on a real space, beside the machine's matrix product.
 *
 *   bench_pretrain [SPACE [THREADS [EPOCHS]]]
 *
 * GFLOP are those of the network's matrix products; a peak is the best of 20 measurements. */
#include <nasvec/linalg.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/instance.h"

#include <cblas.h> /* last: it makes I a macro */

static double
now (void)
{
  return (double) g_get_monotonic_time () * 1e-6;
}

typedef struct {
  nv_real *a, *b, *c;
} Product;

enum { M = 256, N = 128, K = 128 };

static void
multiply (void *data, gsize i)
{
  const Product *p = data;
  nv_rgemm (p->c + i * M * N, p->a + i * M * K, p->b, FALSE, TRUE, M, N, K, 1, 0);
}

/* GFLOP/s of `threads` products of 256 x 128 x 128 at once. */
static double
peak (guint threads)
{
  NvTeam *team = nv_team_new (threads);
  NvRng rng;
  nv_rng_init (&rng, 1, "bench", 0);
  g_autofree nv_real *a = g_new (nv_real, threads * M * K), *b = g_new (nv_real, N * K);
  g_autofree nv_real *c = g_new (nv_real, threads * M * N);
  nv_rng_fill_normal (&rng, a, threads * M * K);
  nv_rng_fill_normal (&rng, b, N * K);
  Product p = { a, b, c };
  double best = 0;
  for (int run = 0; run < 20; run++) {
    double start = now ();
    for (int i = 0; i < 100; i++)
      nv_team_run (team, threads, multiply, &p);
    best = MAX (best, 100. * threads * 2 * M * N * K / (now () - start) * 1e-9);
  }
  nv_team_free (team);
  return best;
}

/* Multiplications and additions of one cell of n nodes, forward; training takes 3 times that. */
static double
flop_of (const NvEncoder *encoder, double nodes)
{
  double H = 128, layers = 4, types = encoder->space->n_ops;
  return 2 * nodes * (H * types + (2 * layers - 1) * H * H + H * 32);
}

static gboolean
report (guint epoch, guint epochs, const NvFitLog *log, gpointer data)
{
  double *last = data, t = now ();
  fprintf (stderr, "epoch %u of %u: loss %.5f, %.2f s\n", epoch + 1, epochs, log->loss, t - *last);
  *last = t;
  return TRUE;
}

int
main (int argc, char **argv)
{
  const char *name = argc > 1 ? argv[1] : "nasbench201";
  guint threads = argc > 2 ? (guint) atoi (argv[2]) : g_get_num_processors ();
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  if (argc > 3)
    g_variant_dict_insert (&dict, "epochs", "x", (gint64) atoi (argv[3]));
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new (name, NULL, &error);
  g_autoptr (NvCells) all = space != NULL ? nv_space_enumerate (space, &error) : NULL;
  g_autoptr (NvEncoder) encoder = NULL;
  if (all != NULL)
    encoder = nv_i_encoder_new ("vgae", g_variant_dict_end (&dict), space, 1, 0, threads, &error);
  if (encoder == NULL) {
    fprintf (stderr, "bench_pretrain: %s\n", error->message);
    return 1;
  }
  g_autoptr (NvCells) train = nv_cells_new (all->nodes);
  double nodes = 0;
  for (gsize i = 0; i < all->count * 9 / 10; i++) {
    NvCell cell;
    nv_cells_get (all, i, &cell);
    nv_cells_append (train, &cell);
    nodes += (double) cell.n_nodes / (double) (all->count * 9 / 10);
  }
  double last = now (), start = last;
  if (!nv_i_encoder_fit (encoder, train, report, &last, &error)) {
    fprintf (stderr, "bench_pretrain: %s\n", error->message);
    return 1;
  }
  double fit = now () - start, cells = (double) train->count * encoder->epochs;
  g_autofree nv_real *out = g_new (nv_real, all->count * encoder->dim);
  start = now ();
  nv_i_encoder_embed (encoder, all, 0, all->count, out);
  double embed = now () - start, flop = flop_of (encoder, nodes);
  printf ("%s, %u threads, OpenBLAS %s\n", name, threads, openblas_get_corename ());
  printf ("pre-training  %8.2f s  %8.0f cells/s  %6.1f GFLOP/s\n", fit, cells / fit,
          3 * flop * cells / fit * 1e-9);
  printf ("embedding     %8.2f s  %8.0f cells/s  %6.1f GFLOP/s\n", embed,
          (double) all->count / embed, flop * (double) all->count / embed * 1e-9);
  printf ("SGEMM 256 x 128 x 128, %u at once: %.1f GFLOP/s; one: %.1f\n", threads, peak (threads),
          peak (1));
  return 0;
}
