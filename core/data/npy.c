/* The magic, the version, the length of a header, the header (a Python literal padded
 * with spaces so that the data start at a multiple of 64), the data.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "data/npy.h"

#include <math.h>
#include <string.h>

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

#define NPY_MAGIC 10 /* bytes before the header: "\x93NUMPY", version 1.0, its length */

static GString *
npy_header (gsize rows, gsize cols)
{
  g_autofree char *text
    = g_strdup_printf ("{'descr': '<f%u', 'fortran_order': False, 'shape': "
                       "(%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "), }",
                       (guint) sizeof (nv_real), rows, cols);
  gsize length = (NPY_MAGIC + strlen (text) + 1 + 63) / 64 * 64 - NPY_MAGIC;
  GString *out = g_string_new_len ("\x93NUMPY\x01\x00", 8);
  g_string_append_c (out, (char) (length & 0xFF));
  g_string_append_c (out, (char) (length >> 8));
  g_string_append_printf (out, "%-*s\n", (int) length - 1, text);
  return out;
}

gboolean
nv_i_npy_save (const char *file, const nv_real *values, gsize rows, gsize cols,
               GError **error)
{
  g_autoptr (GString) out = npy_header (rows, cols);
  g_autoptr (GError) why = NULL;
  g_string_append_len (out, (const char *) values,
                       (gssize) (rows * cols * sizeof *values));
  if (g_file_set_contents (file, out->str, (gssize) out->len, &why))
    return TRUE;
  g_set_error_literal (error, NV_ERROR, NV_ERROR_FILE, why->message);
  return FALSE;
}

/* --- reading ------------------------------------------------------------------------ */

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s", what);
  return FALSE;
}

/* The sizes from a header as NumPy writes it, its keys sorted. */
static gboolean
parse_header (const char *text, gsize *rows, gsize *cols, GError **error)
{
  g_autofree char *pattern
    = g_strdup_printf ("^\\{'descr': '<f%u', 'fortran_order': False, "
                       "'shape': \\((\\d+), (\\d+)\\),? *\\} *\\n?$",
                       (guint) sizeof (nv_real));
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  guint64 size[2];
  gboolean good = g_regex_match (regex, text, 0, &match);
  for (int i = 0; good && i < 2; i++) {
    g_autofree char *number = g_match_info_fetch (match, i + 1);
    good = g_ascii_string_to_unsigned (number, 10, 0, G_MAXINT64, &size[i], NULL);
  }
  if (!good) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "its header is %.100s, not that of a row-major array of two dimensions "
                 "and "
                 "type <f%u",
                 text, (guint) sizeof (nv_real));
    return FALSE;
  }
  *rows = size[0];
  *cols = size[1];
  return TRUE;
}

/* Where the header starts and how long it is. */
static gboolean
find_header (const char *content, gsize size, gsize *start, gsize *length, GError **error)
{
  const guchar *b = (const guchar *) content;
  if (size < NPY_MAGIC || memcmp (content, "\x93NUMPY", 6) != 0)
    return refuse (error, "not a .npy file");
  if (b[6] != 1 && b[6] != 2)
    return refuse (error, "its version is neither 1 nor 2");
  *start = b[6] == 1 ? NPY_MAGIC : NPY_MAGIC + 2;
  *length = b[8] | (gsize) b[9] << 8;
  if (b[6] == 2 && size >= *start)
    *length |= (gsize) b[10] << 16 | (gsize) b[11] << 24;
  if (size < *start || size - *start < *length)
    return refuse (error, "shorter than its header");
  return TRUE;
}

static nv_real *
load (const char *content, gsize size, gsize *rows, gsize *cols, GError **error)
{
  gsize start, length, m, n, bytes;
  if (!find_header (content, size, &start, &length, error))
    return NULL;
  g_autofree char *header = g_strndup (content + start, length);
  if (!g_utf8_validate (header, -1, NULL)) {
    refuse (error, "its header is not text");
    return NULL;
  }
  if (!parse_header (header, &m, &n, error))
    return NULL;
  if (!g_size_checked_mul (&bytes, m, n)
      || !g_size_checked_mul (&bytes, bytes, sizeof (nv_real))
      || bytes != size - start - length) {
    refuse (error, "its data are not as long as its shape says");
    return NULL;
  }
  g_autofree nv_real *values = g_malloc (MAX (bytes, 1));
  memcpy (values, content + start + length, bytes);
  for (gsize i = 0; i < m * n; i++)
    if (!isfinite (values[i])) {
      refuse (error, "it holds a value that is not finite");
      return NULL;
    }
  *rows = m;
  *cols = n;
  return g_steal_pointer (&values);
}

nv_real *
nv_i_npy_load (const char *file, gsize *rows, gsize *cols, GError **error)
{
  g_autofree char *content = NULL;
  gsize size;
  g_autoptr (GError) why = NULL;
  if (!g_file_get_contents (file, &content, &size, &why)) {
    g_set_error_literal (error, NV_ERROR, NV_ERROR_FILE, why->message);
    return NULL;
  }
  nv_real *values = load (content, size, rows, cols, error);
  if (values == NULL)
    g_prefix_error (error, "%s: ", file);
  return values;
}
