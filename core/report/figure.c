/* Surfaces, colours and text. A figure is rendered to memory and written as any other
 * file. */
#include "report/figure.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <math.h>
#include <string.h>

#include "report/text_table.h"
#include "report/write.h"

/* --- surfaces ----------------------------------------------------------------------- */

static cairo_status_t
append_bytes (void *closure, const unsigned char *bytes, unsigned int length)
{
  g_byte_array_append (closure, bytes, length);
  return CAIRO_STATUS_SUCCESS;
}

static void
render (cairo_surface_t *surface, double scale, NvDraw draw, const void *data)
{
  cairo_t *cr = cairo_create (surface);
  cairo_scale (cr, scale, scale);
  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_select_font_face (cr, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                          CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size (cr, NV_TEXT_SIZE);
  cairo_set_line_width (cr, 1.0);
  draw (cr, data);
  cairo_destroy (cr);
}

static void
render_png (GByteArray *bytes, double width, double height, NvDraw draw, const void *data)
{
  cairo_surface_t *surface = cairo_image_surface_create (
      CAIRO_FORMAT_RGB24, (int) ceil (2 * width), (int) ceil (2 * height));
  render (surface, 2.0, draw, data);
  cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  cairo_surface_destroy (surface);
}

static void
render_vector (GByteArray *bytes, gboolean pdf, double width, double height, NvDraw draw,
               const void *data)
{
  cairo_surface_t *surface
      = pdf ? cairo_pdf_surface_create_for_stream (append_bytes, bytes, width, height)
            : cairo_svg_surface_create_for_stream (append_bytes, bytes, width, height);
  if (pdf) /* else it is the time of day, and equal figures differ */
    cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                    "2000-01-01T00:00:00Z");
  render (surface, 1.0, draw, data);
  cairo_surface_finish (surface);
  cairo_surface_destroy (surface);
}

/* Cairo numbers its surfaces as the program goes on. A figure has one: it goes
 * without. */
static char *
render_svg (gsize *length, double width, double height, NvDraw draw, const void *data)
{
  static const char numbered[] = "<g id=\"surface";
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  render_vector (bytes, FALSE, width, height, draw, data);
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  GString *svg = g_string_new ((const char *) bytes->data);
  char *number = strstr (svg->str, numbered);
  if (number != NULL) {
    number += sizeof numbered - 1;
    g_string_erase (svg, number - svg->str, (gssize) strspn (number, "0123456789"));
  }
  *length = svg->len;
  return g_string_free (svg, FALSE);
}

gboolean
nv_i_figure_file (const char *path, double width, double height, NvDraw draw,
                  const void *data, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  if (g_str_has_suffix (path, ".svg")) {
    gsize length;
    g_autofree char *svg = render_svg (&length, width, height, draw, data);
    return nv_i_write_file (path, svg, length, error);
  }
  if (g_str_has_suffix (path, ".png"))
    render_png (bytes, width, height, draw, data);
  else if (g_str_has_suffix (path, ".pdf"))
    render_vector (bytes, TRUE, width, height, draw, data);
  else {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "%s: the name must end in .svg, .pdf or .png", path);
    return FALSE;
  }
  return nv_i_write_file (path, (const char *) bytes->data, bytes->len, error);
}

gboolean
nv_i_figure_write (const char *out, const char *name, double width, double height,
                   NvDraw draw, const void *data, GError **error)
{
  static const char *const ends[] = { "svg", "pdf", "png" };
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    g_autofree char *path = g_strdup_printf ("%s/%s.%s", out, name, ends[i]);
    if (!nv_i_figure_file (path, width, height, draw, data, error))
      return FALSE;
  }
  return TRUE;
}

char *
nv_i_figure_svg (double width, double height, NvDraw draw, const void *data)
{
  gsize length;
  return render_svg (&length, width, height, draw, data);
}

/* --- colours ------------------------------------------------------------------------ */

const char *const nv_i_colours[NV_COLOURS] = {
  "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#882255", "#555555"
};

void
nv_i_colour (cairo_t *cr, const char *hex, double alpha)
{
  guint64 rgb = g_ascii_strtoull (hex + 1, NULL, 16);
  cairo_set_source_rgba (cr, (double) (rgb >> 16 & 255) / 255,
                         (double) (rgb >> 8 & 255) / 255, (double) (rgb & 255) / 255,
                         alpha);
}

void
nv_i_method_style (cairo_t *cr, guint method, double alpha)
{
  static const double dashes[][4] = { { 0 }, { 5, 2 }, { 1.5, 1.5 }, { 7, 2, 1.5, 2 } };
  static const int counts[] = { 0, 2, 2, 4 };
  guint d = method / NV_COLOURS % G_N_ELEMENTS (dashes);
  nv_i_colour (cr, nv_i_colours[method % NV_COLOURS], alpha);
  cairo_set_dash (cr, dashes[d], counts[d], 0);
}

/* --- text --------------------------------------------------------------------------- */

double
nv_i_text_width (cairo_t *cr, const char *text)
{
  cairo_text_extents_t extents;
  cairo_text_extents (cr, text, &extents);
  return extents.x_advance;
}

/* Shorter and shorter in its middle until it fits. */
static char *
fit_text (cairo_t *cr, const char *text, double room)
{
  guint length = (guint) g_utf8_strlen (text, -1);
  char *fitting = g_strdup (text);
  while (room > 0 && length > 3 && nv_i_text_width (cr, fitting) > room) {
    g_free (fitting);
    fitting = nv_i_shorten (text, --length);
  }
  return fitting;
}

void
nv_i_text (cairo_t *cr, double x, double y, double across, double room, const char *text)
{
  g_autofree char *fitting = fit_text (cr, text, room);
  cairo_font_extents_t font;
  cairo_font_extents (cr, &font);
  cairo_move_to (cr, x - across * nv_i_text_width (cr, fitting),
                 y + 0.5 * (font.ascent - font.descent));
  cairo_show_text (cr, fitting);
  cairo_new_path (cr); /* else an arc is joined to the text's end */
}

void
nv_i_legend (cairo_t *cr, double x, double y, double width, char *const *methods,
             const guint *which, guint n)
{
  cairo_set_line_width (cr, 1.6);
  for (guint i = 0; i < n; i++) {
    double at = y + i * NV_LEGEND_LINE;
    nv_i_method_style (cr, which[i], 1.0);
    cairo_move_to (cr, x, at);
    cairo_line_to (cr, x + 20, at);
    cairo_stroke (cr);
    nv_i_colour (cr, "#222222", 1.0);
    nv_i_text (cr, x + 25, at, 0, width - 25, methods[which[i]]);
  }
  cairo_set_dash (cr, NULL, 0, 0);
}
