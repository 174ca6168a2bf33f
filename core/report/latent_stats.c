/* How well an embedding keeps what matters: distances against edits, and the score
 * against what a Gaussian process makes of a few labels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <nasvec/linalg.h>

#include "report/latent.h"
#include "stats/stats.h"

#define PAIRS 20000
#define LABELS 250

static double
distance2 (const double *a, const double *b, gsize D)
{
  double sum = 0;
  for (gsize d = 0; d < D; d++)
    sum += (a[d] - b[d]) * (a[d] - b[d]);
  return sum;
}

/* --- distances ---------------------------------------------------------------------- */

/* Half of the pairs are of a random cell and a neighbour's neighbour, so that small edit
 * distances are there too. */
static void
draw_pair (const NvLatent *l, NvRng *rng, guint k, NvCell *a, NvCell *b)
{
  nv_cells_get (l->cells, nv_rng_below (rng, (guint32) l->n), a);
  if (k % 2 == 0 || !nv_space_mutate (l->space, rng, a, b, NULL)) {
    nv_cells_get (l->cells, nv_rng_below (rng, (guint32) l->n), b);
    return;
  }
  NvCell further;
  for (guint more = nv_rng_below (rng, 3); more > 0; more--)
    if (nv_space_mutate (l->space, rng, b, &further, NULL))
      *b = further;
}

void
nv_i_latent_distances (NvDistances *out, const NvLatent *l)
{
  g_autofree double *edits = g_new (double, PAIRS), *far = g_new (double, PAIRS);
  g_autofree nv_real *z = g_new (nv_real, 2 * PAIRS * l->D);
  g_autoptr (NvCells) cells = nv_cells_new (l->cells->nodes);
  NvRng rng;
  nv_rng_init (&rng, 0, "report distances", 0);
  memset (out, 0, sizeof *out);
  for (guint k = 0; k < PAIRS && l->n > 0; k++) {
    NvCell a, b;
    draw_pair (l, &rng, k, &a, &b);
    nv_cells_append (cells, &a);
    nv_cells_append (cells, &b);
    edits[k] = nv_cell_edit_distance (&a, &b);
  }
  nv_i_encoder_embed (l->encoder, cells, 0, cells->count, z);
  for (guint k = 0; k < cells->count / 2; k++) {
    double sum = 0;
    for (gsize d = 0; d < l->D; d++) {
      double gap = (double) z[2 * k * l->D + d] - (double) z[(2 * k + 1) * l->D + d];
      sum += gap * gap;
    }
    far[k] = sqrt (sum);
  }
  out->spearman = nv_i_spearman (edits, far, cells->count / 2);
  g_autofree double *of = g_new (double, PAIRS);
  for (guint e = 0; e < NV_EDITS; e++) {
    guint n = 0;
    for (guint k = 0; k < cells->count / 2; k++)
      if (edits[k] == e + 1 || (e + 1 == NV_EDITS && edits[k] > e + 1))
        of[n++] = far[k];
    out->count[e] = n;
    out->lower[e] = n > 0 ? nv_i_quantile (of, n, .25) : NAN;
    out->median[e] = n > 0 ? nv_i_quantile (of, n, .5) : NAN;
    out->upper[e] = n > 0 ? nv_i_quantile (of, n, .75) : NAN;
  }
}

/* --- prediction --------------------------------------------------------------------- */

/* Cells with a score in random order; *n of them. */
static guint32 *
scored_cells (const NvLatent *l, guint *n)
{
  guint32 *order = g_new (guint32, l->n + 1);
  NvRng rng;
  *n = 0;
  for (guint i = 0; i < l->n; i++)
    if (!isnan (l->score[i]))
      order[(*n)++] = i;
  nv_rng_init (&rng, 0, "report prediction", 0);
  nv_rng_shuffle (&rng, order, *n);
  return order;
}

/* k[n x m] = exp (-d^2 / 2 s^2) between rows a[n] and b[m] of the embedding. */
static void
kernel (double *k, const NvLatent *l, const guint32 *a, gsize n, const guint32 *b,
        gsize m, double s)
{
  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < m; j++)
      k[i * m + j] =
          exp (-distance2 (l->x + a[i] * l->D, l->x + b[j] * l->D, l->D) / (2 * s * s));
}

/* Log marginal likelihood of centred y[n], of standard deviation `sd`; a becomes the
 * Cholesky factor of kernel + noise, w = (kernel + noise)^-1 y. */
static double
fit (double *a, double *w, const double *y, gsize n, double noise)
{
  for (gsize i = 0; i < n; i++)
    a[i * n + i] += noise;
  if (!nv_cholesky (a, n))
    return -INFINITY;
  memcpy (w, y, n * sizeof (double));
  nv_cholesky_solve (a, w, n, 1);
  double fit = 0;
  for (gsize i = 0; i < n; i++)
    fit += y[i] * w[i];
  return -fit / 2 - nv_cholesky_logdet (a, n) / 2;
}

/* Length scale, as a multiple of the median distance, and noise by the likelihood on a
 * grid. */
static double
choose_kernel (double *weights, const NvLatent *l, const guint32 *train, const double *y,
               gsize n)
{
  static const double scales[] = { .1, .2, .4, .8, 1.6, 3.2 },
                      noises[] = { .003, .03, .1, .3, 1 };
  g_autofree double *a = g_new (double, n * n), *w = g_new (double, n);
  g_autofree double *d = g_new (double, n);
  for (gsize i = 0; i < n; i++)
    d[i] =
        sqrt (distance2 (l->x + train[i] * l->D, l->x + train[(i + 1) % n] * l->D, l->D));
  double unit = fmax (nv_i_quantile (d, n, .5), 1e-12), best = -INFINITY, chosen = unit;
  memset (weights, 0, n * sizeof (double));
  for (guint s = 0; s < G_N_ELEMENTS (scales); s++)
    for (guint k = 0; k < G_N_ELEMENTS (noises); k++) {
      kernel (a, l, train, n, train, n, scales[s] * unit);
      double likelihood = fit (a, w, y, n, noises[k]);
      if (likelihood > best) {
        best = likelihood;
        chosen = scales[s] * unit;
        memcpy (weights, w, n * sizeof (double));
      }
    }
  return chosen;
}

gboolean
nv_i_latent_predict (NvPrediction *out, const NvLatent *l)
{
  guint known;
  g_autofree guint32 *order = scored_cells (l, &known);
  guint n = MIN (LABELS, known / 2), m = known - n;
  if (n < 10)
    return FALSE;
  g_autofree double *y = g_new (double, n), *w = g_new (double, n),
                    *k = g_new (double, n);
  for (guint i = 0; i < n; i++)
    y[i] = l->score[order[i]];
  double mean = nv_i_mean (y, n), sd = fmax (nv_i_sd (y, n), 1e-12), square = 0;
  for (guint i = 0; i < n; i++)
    y[i] = (y[i] - mean) / sd;
  double scale = choose_kernel (w, l, order, y, n);
  *out = (NvPrediction){ .labels = n, .n = m, .truth = g_new (double, m),
                         .predicted = g_new (double, m) };
  for (guint i = 0; i < m; i++) {
    double sum = 0;
    kernel (k, l, order + n + i, 1, order, n, scale);
    for (guint j = 0; j < n; j++)
      sum += k[j] * w[j];
    out->truth[i] = l->score[order[n + i]];
    out->predicted[i] = mean + sd * sum;
    square += (out->truth[i] - out->predicted[i]) * (out->truth[i] - out->predicted[i]);
  }
  out->rmse = sqrt (square / m);
  out->spearman = nv_i_spearman (out->truth, out->predicted, m);
  return TRUE;
}

void
nv_i_prediction_clear (NvPrediction *p)
{
  g_clear_pointer (&p->truth, g_free);
  g_clear_pointer (&p->predicted, g_free);
}
