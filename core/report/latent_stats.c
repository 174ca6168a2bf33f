/* How well an embedding keeps what matters: distances against edits, and the score
 * against what a Gaussian process makes of a few labels. */
#include <math.h>
#include <string.h>

#include "measure/measure.h"
#include "report/latent.h"
#include "stats/regress.h"
#include "stats/stats.h"

#define PAIRS 20000
#define LABELS 250

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
    edits[k] = nv_i_cell_edits (&a, &b);
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

/* out[n x D]: those rows of the embedding. */
static void
gather (double *out, const NvLatent *l, const guint32 *index, gsize n)
{
  for (gsize i = 0; i < n; i++)
    memcpy (out + i * l->D, l->x + index[i] * l->D, l->D * sizeof *out);
}

gboolean
nv_i_latent_predict (NvPrediction *out, const NvLatent *l)
{
  guint known;
  g_autofree guint32 *order = scored_cells (l, &known);
  guint n = MIN (LABELS, known / 2), m = known - n;
  if (n < 10)
    return FALSE;
  g_autofree double *x = g_new (double, known * l->D), *y = g_new (double, n);
  double square = 0;
  gather (x, l, order, known);
  for (guint i = 0; i < n; i++)
    y[i] = l->score[order[i]];
  *out = (NvPrediction){ .labels = n, .n = m, .truth = g_new (double, m),
                         .predicted = g_new (double, m) };
  nv_i_regress_gp (out->predicted, x + n * l->D, m, x, y, n, l->D);
  for (guint i = 0; i < m; i++) {
    out->truth[i] = l->score[order[n + i]];
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
