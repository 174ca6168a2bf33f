/* Pictures of an embedding. */
#include <math.h>
#include <string.h>

#include "data/csv.h"
#include "report/latent.h"
#include "report/results.h"
#include "report/task_figures.h"
#include "report/text_table.h"
#include "report/write.h"
#include "stats/stats.h"

#define SIDE 210.0  /* of a panel */
#define STEP 325.0  /* from panel to panel */
#define BINS 36     /* of a density, each way, at most; about three cells a bin */

/* Viridis in nine steps: ordered by lightness, for any kind of colour vision and in
 * grey. */
static void
heat (cairo_t *cr, double t, double alpha)
{
  static const guint32 steps[] = { 0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c,
                                   0x28ae80, 0x5ec962, 0xaddc30, 0xfde725 };
  double at = CLAMP (t, 0, 1) * (G_N_ELEMENTS (steps) - 1), rgb[3];
  guint i = MIN ((guint) at, G_N_ELEMENTS (steps) - 2);
  for (guint c = 0; c < 3; c++) {
    double a = steps[i] >> (16 - 8 * c) & 255, b = steps[i + 1] >> (16 - 8 * c) & 255;
    rgb[c] = (a + (b - a) * (at - i)) / 255;
  }
  cairo_set_source_rgba (cr, rgb[0], rgb[1], rgb[2], alpha);
}

static NvPlot
panel (guint i, const char *title, const char *x_label, const char *y_label)
{
  return (NvPlot){ .left = 58 + i * STEP, .top = 46, .width = SIDE, .height = SIDE,
                   .title = title, .x_label = x_label, .y_label = y_label };
}

/* The range of values[n] less the `cut` share at the low end; NAN are passed over. */
static void
value_range (const double *values, gsize n, double cut, double *low, double *high)
{
  g_autofree double *known = g_new (double, n + 1);
  gsize k = 0;
  for (gsize i = 0; i < n; i++)
    if (!isnan (values[i]))
      known[k++] = values[i];
  *low = k > 0 ? nv_i_quantile (known, k, cut) : 0;
  *high = k > 0 ? nv_i_quantile (known, k, 1) : 1;
  if (!(*high > *low))
    *high = *low + 1;
}

/* Ticks at quarters. `cut`: values below the lowest have its colour. */
static void
colour_bar (cairo_t *cr, const NvPlot *p, double low, double high, gboolean cut)
{
  double x = p->left + p->width + 8;
  for (guint i = 0; i < 64; i++) {
    heat (cr, 1 - i / 63.0, 1);
    cairo_rectangle (cr, x, p->top + p->height * i / 64, 7, p->height / 64 + 0.5);
    cairo_fill (cr);
  }
  nv_i_colour (cr, "#444444", 1);
  for (guint i = 0; i <= 4; i++) {
    g_autofree char *text = g_strdup_printf ("%s%.3g", cut && i == 0 ? "≤ " : "",
                                             low + (high - low) * i / 4);
    nv_i_text (cr, x + 10, p->top + p->height * (1 - i / 4.0), 0, 0, text);
  }
}

static void
head (cairo_t *cr, const NvLatent *l)
{
  nv_i_colour (cr, "#222222", 1);
  nv_i_text (cr, 58, 14, 0, 0, l->title);
}

/* --- maps --------------------------------------------------------------------------- */

typedef struct {
  const NvLatent *latent;
  const double *xy;
  const char *axes[2];
} Map;

static void
plane_range (NvPlot *p, const double *xy, gsize n)
{
  p->x_min = p->y_min = INFINITY;
  p->x_max = p->y_max = -INFINITY;
  for (gsize i = 0; i < n; i++) {
    p->x_min = fmin (p->x_min, xy[2 * i]);
    p->x_max = fmax (p->x_max, xy[2 * i]);
    p->y_min = fmin (p->y_min, xy[2 * i + 1]);
    p->y_max = fmax (p->y_max, xy[2 * i + 1]);
  }
  nv_i_nice_range (&p->x_min, &p->x_max);
  nv_i_nice_range (&p->y_min, &p->y_max);
}

/* Cells without a value are grey and lie under the others. */
static void
draw_cells (cairo_t *cr, const NvPlot *p, const Map *m, const double *values, double low,
            double high)
{
  for (int known = 0; known <= 1; known++)
    for (gsize i = 0; i < m->latent->n; i++) {
      if (isnan (values[i]) == known)
        continue;
      if (known)
        heat (cr, (values[i] - low) / (high - low), 0.85);
      else
        nv_i_colour (cr, "#cccccc", 0.6);
      cairo_arc (cr, nv_i_plot_x (p, m->xy[2 * i]), nv_i_plot_y (p, m->xy[2 * i + 1]),
                 1.3, 0, 2 * G_PI);
      cairo_fill (cr);
    }
}

/* Black on white, as no arm is and no score; the last incumbent is the largest dot. */
static void
draw_trajectory (cairo_t *cr, const NvPlot *p, const Map *m)
{
  const GArray *t = m->latent->trajectory;
  for (int casing = 1; casing >= 0; casing--) {
    nv_i_colour (cr, casing ? "#ffffff" : "#111111", 1);
    cairo_set_line_width (cr, casing ? 3 : 1.2);
    cairo_new_path (cr);
    for (guint i = 0; i < t->len; i++) {
      const double *at = m->xy + 2 * g_array_index (t, guint, i);
      cairo_line_to (cr, nv_i_plot_x (p, at[0]), nv_i_plot_y (p, at[1]));
    }
    cairo_stroke (cr);
    for (guint i = 0; i < t->len; i++) {
      const double *at = m->xy + 2 * g_array_index (t, guint, i);
      double radius = (i + 1 == t->len ? 4 : 2) + casing;
      cairo_arc (cr, nv_i_plot_x (p, at[0]), nv_i_plot_y (p, at[1]), radius, 0,
                 2 * G_PI);
      cairo_fill (cr);
    }
  }
}

static void
draw_map (cairo_t *cr, const void *data)
{
  const Map *m = data;
  const NvLatent *l = m->latent;
  g_autofree double *score = g_new (double, l->n + 1);
  g_autofree char *share = g_strdup_printf ("share of %s", l->space->ops[l->op]);
  for (gsize i = 0; i < l->n; i++)
    score[i] = l->percent ? 100 * l->score[i] : l->score[i];
  g_autofree char *name = g_strdup_printf (
      "%s score%s; grey: not evaluated; line: a run's incumbents",
      l->tested ? "test" : "observed", l->percent ? " (%)" : "");
  const char *titles[] = { name, "depth (ops on the longest path and output; 0: none)",
                           share };
  const double *values[] = { score, l->depth, l->share };
  head (cr, l);
  for (guint i = 0; i < 3; i++) {
    NvPlot p = panel (i, NULL, m->axes[0], m->axes[1]);
    double low, high;
    plane_range (&p, m->xy, l->n);
    value_range (values[i], l->n, i == 0 ? 0.1 : 0, &low, &high);
    nv_i_plot_frame (cr, &p);
    nv_i_colour (cr, "#222222", 1);
    nv_i_text (cr, p.left, p.top - 10, 0, STEP - 20, titles[i]);
    draw_cells (cr, &p, m, values[i], low, high);
    if (i == 0)
      draw_trajectory (cr, &p, m);
    colour_bar (cr, &p, low, high, i == 0);
  }
}

/* --- density ------------------------------------------------------------------------ */

typedef struct {
  guint side;       /* bins each way */
  guint count[BINS * BINS];
  guint most;       /* in a bin */
} Density;

/* A bin is in a hole if it is empty with cells on all four sides of it. */
static gboolean
is_hole (const Density *d, guint x, guint y)
{
  gboolean left = FALSE, right = FALSE, below = FALSE, above = FALSE;
  if (d->count[y * BINS + x] > 0)
    return FALSE;
  for (guint i = 0; i < d->side; i++) {
    left |= i < x && d->count[y * BINS + i] > 0;
    right |= i > x && d->count[y * BINS + i] > 0;
    below |= i < y && d->count[i * BINS + x] > 0;
    above |= i > y && d->count[i * BINS + x] > 0;
  }
  return left && right && below && above;
}

static guint
bin_of (const Density *d, double at, double low, double high)
{
  return (guint) fmin (d->side - 1, (at - low) / (high - low) * d->side);
}

static void
count_cells (Density *d, const NvPlot *p, const double *xy, gsize n)
{
  *d = (Density){ .side = (guint) CLAMP (sqrt ((double) n / 3), 6, BINS), .most = 1 };
  for (gsize i = 0; i < n; i++) {
    guint x = bin_of (d, xy[2 * i], p->x_min, p->x_max),
          y = bin_of (d, xy[2 * i + 1], p->y_min, p->y_max);
    d->most = MAX (d->most, ++d->count[y * BINS + x]);
  }
}

/* Fills the bins; how many have cells, and how many are in a hole. */
static void
draw_bins (cairo_t *cr, const NvPlot *p, const Density *d, guint *full, guint *holes)
{
  double w = p->width / d->side, h = p->height / d->side;
  for (guint y = 0; y < d->side; y++)
    for (guint x = 0; x < d->side; x++) {
      guint count = d->count[y * BINS + x];
      if (count > 0) {
        heat (cr, log (count) / fmax (log (d->most), 1e-9), 1);
        ++*full;
      } else if (is_hole (d, x, y)) {
        nv_i_colour (cr, "#d55e00", 0.35);
        ++*holes;
      } else
        continue;
      cairo_rectangle (cr, p->left + x * w, p->top + p->height - (y + 1) * h, w, h);
      cairo_fill (cr);
    }
}

static void
draw_density (cairo_t *cr, const void *data)
{
  const Map *m = data;
  const NvLatent *l = m->latent;
  Density d;
  guint full = 0, holes = 0;
  NvPlot p = panel (0, NULL, m->axes[0], m->axes[1]);
  plane_range (&p, m->xy, l->n);
  count_cells (&d, &p, m->xy, l->n);
  nv_i_plot_frame (cr, &p);
  draw_bins (cr, &p, &d, &full, &holes);
  g_autofree char *title = g_strdup_printf (
      "density of %" G_GSIZE_FORMAT " cells; orange: empty, with cells on all sides"
      " (%u of %u bins)", l->n, holes, holes + full);
  head (cr, l);
  nv_i_text (cr, p.left, p.top - 12, 0, 0, title);
  colour_bar (cr, &p, 0, log10 (d.most), FALSE);
  nv_i_text (cr, p.left + p.width + 8, p.top + p.height + 25, 0, 0, "log10 of cells");
}

/* --- distance, prediction ----------------------------------------------------------- */

typedef struct {
  const NvLatent *latent;
  const NvDistances *distances;
  const NvPrediction *prediction;
} Quality;

static void
draw_distance (cairo_t *cr, const void *data)
{
  const Quality *q = data;
  const NvDistances *d = q->distances;
  g_autofree char *title = g_strdup_printf ("Spearman %.3f over random pairs",
                                            d->spearman);
  const char *edits = d->count[NV_EDITS - 1] > 0 ? "edit distance (the last: or more)"
                                                 : "edit distance";
  NvPlot p = panel (0, title, edits, "distance in the embedding");
  p.x_max = 1;
  p.y_max = 1e-9;
  for (guint e = 0; e < NV_EDITS; e++)
    if (d->count[e] > 0) {
      p.y_max = fmax (p.y_max, d->upper[e]);
      p.x_max = e + 2;
    }
  nv_i_nice_range (&p.y_min, &p.y_max);
  head (cr, q->latent);
  nv_i_plot_frame (cr, &p);
  nv_i_colour (cr, nv_i_colours[0], 1);
  for (guint e = 0; e < NV_EDITS; e++) {
    if (d->count[e] == 0)
      continue;
    double x = nv_i_plot_x (&p, e + 1);
    cairo_set_line_width (cr, 1.4);
    cairo_move_to (cr, x, nv_i_plot_y (&p, d->lower[e]));
    cairo_line_to (cr, x, nv_i_plot_y (&p, d->upper[e]));
    cairo_stroke (cr);
    cairo_arc (cr, x, nv_i_plot_y (&p, d->median[e]), 2.6, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

/* Of both axes, less the lowest twentieth: poor cells lie far off. */
static void
agreement_range (const NvPrediction *k, double *low, double *high)
{
  double least, most;
  value_range (k->truth, k->n, 0.05, low, high);
  value_range (k->predicted, k->n, 0.05, &least, &most);
  *low = fmin (*low, least);
  *high = fmax (*high, most);
}

/* Over the frame. */
static void
draw_agreement (cairo_t *cr, const NvPlot *p, const NvPrediction *k, double unit)
{
  guint outside = 0;
  for (guint i = 0; i < k->n; i++) {
    double low = unit * fmin (k->truth[i], k->predicted[i]),
           high = unit * fmax (k->truth[i], k->predicted[i]);
    outside += low < p->x_min || high > p->x_max;
  }
  g_autofree char *first = g_strdup_printf (
      "Gaussian process on %u cells, tested on %u others", k->labels, k->n);
  g_autofree char *second = g_strdup_printf (
      "Spearman %.3f, RMSE %.3g; %u lie outside of the frame", k->spearman,
      unit * k->rmse, outside);
  nv_i_colour (cr, "#222222", 1);
  nv_i_text (cr, p->left, p->top - 20, 0, 0, first);
  nv_i_text (cr, p->left, p->top - 8, 0, 0, second);
}

static void
draw_prediction (cairo_t *cr, const void *data)
{
  const Quality *q = data;
  const NvPrediction *k = q->prediction;
  double unit = q->latent->percent ? 100 : 1;
  NvPlot p = panel (0, NULL, q->latent->percent ? "true score (%)" : "true score",
                    q->latent->percent ? "predicted score (%)" : "predicted score");
  agreement_range (k, &p.x_min, &p.x_max);
  p.x_min *= unit;
  p.x_max *= unit;
  nv_i_nice_range (&p.x_min, &p.x_max);
  p.y_min = p.x_min;
  p.y_max = p.x_max;
  head (cr, q->latent);
  nv_i_plot_frame (cr, &p);
  draw_agreement (cr, &p, k, unit);
  nv_i_colour (cr, "#888888", 1);
  cairo_move_to (cr, p.left, p.top + p.height);
  cairo_line_to (cr, p.left + p.width, p.top);
  cairo_stroke (cr);
  cairo_rectangle (cr, p.left, p.top, p.width, p.height);
  cairo_clip (cr);
  nv_i_colour (cr, nv_i_colours[0], 0.35);
  for (guint i = 0; i < k->n; i++) {
    cairo_arc (cr, nv_i_plot_x (&p, unit * k->truth[i]),
               nv_i_plot_y (&p, unit * k->predicted[i]), 1.4, 0, 2 * G_PI);
    cairo_fill (cr);
  }
}

/* --- files -------------------------------------------------------------------------- */

static char *
map_csv (const NvLatent *l)
{
  GString *csv = g_string_new ("cell,score,depth,share,pca1,pca2,tsne1,tsne2\n");
  for (gsize i = 0; i < l->n; i++) {
    NvCell cell;
    nv_cells_get (l->cells, i, &cell);
    g_autofree char *text = nv_space_format (l->space, &cell);
    const double row[] = { l->score[i],       l->depth[i],       l->share[i],
                           l->pca[2 * i],     l->pca[2 * i + 1], l->tsne[2 * i],
                           l->tsne[2 * i + 1] };
    nv_i_csv_append_text (csv, text);
    for (guint k = 0; k < G_N_ELEMENTS (row); k++)
      nv_i_csv_append_number (csv, row[k]);
    g_string_append_c (csv, '\n');
  }
  return g_string_free (csv, FALSE);
}

static char *
distance_csv (const NvDistances *d)
{
  GString *csv = g_string_new ("edit_distance,pairs,q25,median,q75\n");
  for (guint e = 0; e < NV_EDITS; e++) {
    g_string_append_printf (csv, "%u,%u", e + 1, d->count[e]);
    nv_i_csv_append_number (csv, d->lower[e]);
    nv_i_csv_append_number (csv, d->median[e]);
    nv_i_csv_append_number (csv, d->upper[e]);
    g_string_append_c (csv, '\n');
  }
  return g_string_free (csv, FALSE);
}

static gboolean
write_prediction (const NvLatent *l, const char *out, GError **error)
{
  NvPrediction k;
  if (!nv_i_latent_predict (&k, l))
    return TRUE;
  Quality q = { .latent = l, .prediction = &k };
  GString *csv = g_string_new ("true,predicted\n");
  for (guint i = 0; i < k.n; i++) {
    g_string_append_printf (csv, "%.8g", k.truth[i]);
    nv_i_csv_append_number (csv, k.predicted[i]);
    g_string_append_c (csv, '\n');
  }
  gboolean ok = nv_i_write_text (out, "prediction.csv", g_string_free (csv, FALSE), error)
             && nv_i_figure_write (out, "prediction", STEP + 20, 310, draw_prediction, &q,
                                   error);
  nv_i_prediction_clear (&k);
  return ok;
}

gboolean
nv_i_latent_write (const NvLatent *l, const char *out, GError **error)
{
  Map pca = { l, l->pca, { "component 1", "component 2" } };
  Map tsne = { l, l->tsne, { "t-SNE 1", "t-SNE 2" } };
  NvDistances distances;
  nv_i_latent_distances (&distances, l);
  Quality q = { .latent = l, .distances = &distances };
  return nv_i_write_text (out, "map.csv", map_csv (l), error)
      && nv_i_write_text (out, "distance.csv", distance_csv (&distances), error)
      && nv_i_figure_write (out, "map_pca", 3 * STEP + 30, 310, draw_map, &pca, error)
      && nv_i_figure_write (out, "map_tsne", 3 * STEP + 30, 310, draw_map, &tsne, error)
      && nv_i_figure_write (out, "density", 440, 310, draw_density, &pca, error)
      && nv_i_figure_write (out, "distance", STEP + 20, 310, draw_distance, &q, error)
      && write_prediction (l, out, error) && nv_i_path_write (l, out, error);
}
