/* Axes, and curves in them. */
#include <math.h>

#include "report/figure.h"

#define MAX_TICKS 16

/* --- scales ------------------------------------------------------------------------- */

static double
along (double x, double low, double high, gboolean logarithmic)
{
  if (logarithmic)
    return log (fmax (x, low) / low) / log (high / low);
  return (x - low) / (high - low);
}

double
nv_i_plot_x (const NvPlot *p, double x)
{
  return p->left + p->width * along (x, p->x_min, p->x_max, p->log_x);
}

double
nv_i_plot_y (const NvPlot *p, double y)
{
  return p->top + p->height * (1.0 - along (y, p->y_min, p->y_max, p->log_y));
}

/* 1, 2 or 5 times a power of ten, near `range` / `n`. */
static double
tick_step (double range, double n)
{
  double raw = range / n, power = pow (10, floor (log10 (raw))), m = raw / power;
  return power * (m < 1.5 ? 1 : m < 3.5 ? 2 : m < 7.5 ? 5 : 10);
}

void
nv_i_nice_range (double *low, double *high)
{
  if (!(*high >= *low)) {
    *low = 0;
    *high = 1;
  }
  if (*high == *low) {
    double room = fmax (fabs (*low) * 0.01, 1e-6);
    *low -= room;
    *high += room;
  }
  double step = tick_step (*high - *low, 10);
  *low = step * floor (*low / step + 1e-9);
  *high = step * ceil (*high / step - 1e-9);
}

static guint
linear_ticks (double *ticks, double low, double high, double room)
{
  double step = tick_step (high - low, CLAMP (room, 2, 8));
  guint n = 0;
  for (double i = ceil (low / step - 1e-9);
       i * step <= high + step * 1e-9 && n < MAX_TICKS; i++)
    ticks[n++] = i * step;
  return n;
}

/* 1, 2, 5, 10, ...; powers of ten alone where there are more than two of them. */
static guint
log_ticks (double *ticks, double low, double high)
{
  gboolean wide = log10 (high / low) > 2.5;
  guint n = 0;
  for (int e = (int) floor (log10 (low)); e <= (int) ceil (log10 (high)); e++)
    for (int m = 1; m <= 5; m += m == 1 ? 1 : 3) {
      double x = m * pow (10, e);
      if (x >= low * (1 - 1e-9) && x <= high * (1 + 1e-9) && (m == 1 || !wide)
          && n < MAX_TICKS)
        ticks[n++] = x;
    }
  return n < 2 ? linear_ticks (ticks, low, high, 3) : n;
}

static char *
tick_text (double x, double range)
{
  double size = fabs (x);
  if (size >= 1e6)
    return g_strdup_printf ("%gM", x / 1e6);
  if (size >= 1e4 || (size >= 1e3 && range >= 5e3))
    return g_strdup_printf ("%gk", x / 1e3);
  return g_strdup_printf ("%.6g", fabs (x) < 1e-9 * range ? 0.0 : x);
}

/* --- the frame ---------------------------------------------------------------------- */

static void
grid_line (cairo_t *cr, double x0, double y0, double x1, double y1)
{
  nv_i_colour (cr, "#e4e4e4", 1);
  cairo_set_line_width (cr, 0.6);
  cairo_move_to (cr, x0, y0);
  cairo_line_to (cr, x1, y1);
  cairo_stroke (cr);
  nv_i_colour (cr, "#444444", 1);
}

static void
draw_x_ticks (cairo_t *cr, const NvPlot *p)
{
  double ticks[MAX_TICKS], free_from = -INFINITY, bottom = p->top + p->height;
  guint n = p->log_x ? log_ticks (ticks, p->x_min, p->x_max)
                     : linear_ticks (ticks, p->x_min, p->x_max, p->width / 55);
  for (guint i = 0; i < n; i++) {
    double x = nv_i_plot_x (p, ticks[i]);
    g_autofree char *text = tick_text (ticks[i], p->x_max - p->x_min);
    double half = nv_i_text_width (cr, text) / 2;
    grid_line (cr, x, p->top, x, bottom);
    if (x - half < free_from)
      continue;
    nv_i_text (cr, x, bottom + 10, 0.5, 0, text);
    free_from = x + half + 4;
  }
}

static void
draw_y_ticks (cairo_t *cr, const NvPlot *p)
{
  double ticks[MAX_TICKS];
  guint n = p->log_y ? log_ticks (ticks, p->y_min, p->y_max)
                     : linear_ticks (ticks, fmin (p->y_min, p->y_max),
                                     fmax (p->y_min, p->y_max), p->height / 30);
  for (guint i = 0; i < n; i++) {
    double y = nv_i_plot_y (p, ticks[i]);
    g_autofree char *text = tick_text (ticks[i], fabs (p->y_max - p->y_min));
    grid_line (cr, p->left, y, p->left + p->width, y);
    nv_i_text (cr, p->left - 5, y, 1, 0, text);
  }
}

void
nv_i_plot_frame (cairo_t *cr, const NvPlot *p)
{
  cairo_save (cr);
  nv_i_colour (cr, "#444444", 1);
  draw_x_ticks (cr, p);
  if (!p->no_y_ticks)
    draw_y_ticks (cr, p);
  cairo_set_line_width (cr, 0.8);
  cairo_move_to (cr, p->left, p->top);
  cairo_line_to (cr, p->left, p->top + p->height);
  cairo_line_to (cr, p->left + p->width, p->top + p->height);
  cairo_stroke (cr);
  nv_i_colour (cr, "#222222", 1);
  if (p->x_label != NULL)
    nv_i_text (cr, p->left + p->width / 2, p->top + p->height + 25, 0.5, 0, p->x_label);
  if (p->title != NULL)
    nv_i_text (cr, p->left, p->top - 10, 0, p->width, p->title);
  if (p->y_label != NULL) {
    cairo_translate (cr, p->left - 42, p->top + p->height / 2);
    cairo_rotate (cr, -G_PI / 2);
    nv_i_text (cr, 0, 0, 0.5, p->height + 20, p->y_label);
  }
  cairo_restore (cr);
}

void
nv_i_plot_nothing (cairo_t *cr, const NvPlot *p)
{
  nv_i_colour (cr, "#444444", 1);
  nv_i_text (cr, p->left + p->width / 2, p->top + p->height / 2, 0.5, 0,
             "nothing to show");
}

/* --- curves ------------------------------------------------------------------------- */

static void
clip_to_frame (cairo_t *cr, const NvPlot *p)
{
  cairo_rectangle (cr, p->left, p->top - 1, p->width + 1, p->height + 2);
  cairo_clip (cr);
}

void
nv_i_plot_steps (cairo_t *cr, const NvPlot *p, const double *x, const double *y, gsize n)
{
  cairo_save (cr);
  clip_to_frame (cr, p);
  for (gsize i = 0; i < n; i++) {
    if (isnan (y[i]))
      continue;
    double at = nv_i_plot_x (p, x[i]), to = nv_i_plot_y (p, y[i]);
    if (i == 0 || isnan (y[i - 1]))
      cairo_move_to (cr, at, to);
    else {
      cairo_line_to (cr, at, nv_i_plot_y (p, y[i - 1]));
      cairo_line_to (cr, at, to);
    }
  }
  cairo_stroke (cr);
  cairo_restore (cr);
}

/* The outline of points from .. to - 1: along the top, and back along the bottom. */
static void
fill_band (cairo_t *cr, const NvPlot *p, const double *x, const double *low,
           const double *high, gsize from, gsize to)
{
  for (gsize i = from; i < to; i++) {
    if (i > from)
      cairo_line_to (cr, nv_i_plot_x (p, x[i]), nv_i_plot_y (p, high[i - 1]));
    cairo_line_to (cr, nv_i_plot_x (p, x[i]), nv_i_plot_y (p, high[i]));
  }
  for (gsize i = to; i-- > from;) {
    cairo_line_to (cr, nv_i_plot_x (p, x[i]), nv_i_plot_y (p, low[i]));
    if (i > from)
      cairo_line_to (cr, nv_i_plot_x (p, x[i]), nv_i_plot_y (p, low[i - 1]));
  }
  cairo_close_path (cr);
  cairo_fill (cr);
}

void
nv_i_plot_band (cairo_t *cr, const NvPlot *p, const double *x, const double *low,
                const double *high, gsize n)
{
  cairo_save (cr);
  clip_to_frame (cr, p);
  for (gsize from = 0; from < n;) {
    gsize to = from;
    while (to < n && !isnan (low[to]) && !isnan (high[to]))
      to++;
    if (to > from)
      fill_band (cr, p, x, low, high, from, to);
    from = to + 1;
  }
  cairo_restore (cr);
}
