/* Figures: what is drawn once comes out as SVG, PDF and PNG. Lengths are points (1/72
 * inch). */
#ifndef NV_REPORT_FIGURE_H
#define NV_REPORT_FIGURE_H

#include <cairo.h>
#include <nasvec/base.h>

#define NV_TEXT_SIZE 9.0
#define NV_LEGEND_LINE 13.0

typedef void (*NvDraw) (cairo_t *cr, const void *data);

/* Writes out/name.svg, .pdf and .png (at 2 pixels a point), on white. The bytes depend on
 * what is drawn and on the libraries, not on the time. */
NV_INTERNAL gboolean nv_i_figure_write (const char *out, const char *name, double width,
                                        double height, NvDraw draw, const void *data,
                                        GError **error);
/* One file, of the format that its name ends in; an error for any other end. */
NV_INTERNAL gboolean nv_i_figure_file (const char *path, double width, double height,
                                       NvDraw draw, const void *data, GError **error);
/* The figure as SVG text; g_free. */
NV_INTERNAL char *nv_i_figure_svg (double width, double height, NvDraw draw,
                                   const void *data);

/* --- colours ------------------------------------------------------------------------ */

#define NV_COLOURS 8
/* "#0072b2", ...: told apart with any kind of colour vision, after Okabe and Ito
 * (2008). */
extern NV_INTERNAL const char *const nv_i_colours[NV_COLOURS];
/* Colour and dashes of a method: the first 8 differ by colour, later ones by dashes
 * too. */
NV_INTERNAL void nv_i_method_style (cairo_t *cr, guint method, double alpha);
/* "#rrggbb" */
NV_INTERNAL void nv_i_colour (cairo_t *cr, const char *hex, double alpha);

/* --- text --------------------------------------------------------------------------- */

/* `across`: 0 left of the point's right, .5 centred on it, 1 right-aligned; y is the
 * middle of the letters. Cut to `room` (0: as long as it is). */
NV_INTERNAL void nv_i_text (cairo_t *cr, double x, double y, double across, double room,
                            const char *text);
NV_INTERNAL double nv_i_text_width (cairo_t *cr, const char *text);

/* --- plots -------------------------------------------------------------------------- */

typedef struct {
  double left, top, width, height;      /* of the frame */
  double x_min, x_max, y_min, y_max;
  gboolean log_x, log_y;
  const char *title, *x_label, *y_label; /* NULL: none */
  gboolean no_y_ticks;
} NvPlot;

NV_INTERNAL double nv_i_plot_x (const NvPlot *plot, double x);
NV_INTERNAL double nv_i_plot_y (const NvPlot *plot, double y);
/* Grid, ticks with numbers, title, labels of the axes. */
NV_INTERNAL void nv_i_plot_frame (cairo_t *cr, const NvPlot *plot);
/* "nothing to show", in the middle of a frame that stays empty. */
NV_INTERNAL void nv_i_plot_nothing (cairo_t *cr, const NvPlot *plot);
/* A step function through n points; it breaks at NAN. Clipped to the frame. */
NV_INTERNAL void nv_i_plot_steps (cairo_t *cr, const NvPlot *plot, const double *x,
                                  const double *y, gsize n);
/* The area between two step functions, filled. */
NV_INTERNAL void nv_i_plot_band (cairo_t *cr, const NvPlot *plot, const double *x,
                                 const double *low, const double *high, gsize n);
/* Widens [low, high] to round numbers; gives an empty or single-valued range some
 * room. */
NV_INTERNAL void nv_i_nice_range (double *low, double *high);
/* One line per method: its stroke and its name, `width` wide; the first line's middle is
 * at y. */
NV_INTERNAL void nv_i_legend (cairo_t *cr, double x, double y, double width,
                              char *const *methods, const guint *which, guint n);

#endif
