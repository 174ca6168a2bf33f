/* Writing .npy: the magic, the length of a header, the header (a Python literal padded with
 * spaces so that the data start at a multiple of 64), the data.
 * https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
#include "data/npy.h"

#include <string.h>

#define NPY_MAGIC 10 /* bytes before the header: "\x93NUMPY", version 1.0, its length */

static GString *
npy_header (gsize rows, gsize cols)
{
  g_autofree char *text
    = g_strdup_printf ("{'descr': '<f%u', 'fortran_order': False, 'shape': (%" G_GSIZE_FORMAT
                       ", %" G_GSIZE_FORMAT "), }", (guint) sizeof (nv_real), rows, cols);
  gsize length = (NPY_MAGIC + strlen (text) + 1 + 63) / 64 * 64 - NPY_MAGIC;
  GString *out = g_string_new_len ("\x93NUMPY\x01\x00", 8);
  g_string_append_c (out, (char) (length & 0xFF));
  g_string_append_c (out, (char) (length >> 8));
  g_string_append_printf (out, "%-*s\n", (int) length - 1, text);
  return out;
}

gboolean
nv_i_npy_save (const char *file, const nv_real *values, gsize rows, gsize cols, GError **error)
{
  g_autoptr (GString) out = npy_header (rows, cols);
  g_autoptr (GError) why = NULL;
  g_string_append_len (out, (const char *) values, (gssize) (rows * cols * sizeof *values));
  if (g_file_set_contents (file, out->str, (gssize) out->len, &why))
    return TRUE;
  g_set_error_literal (error, NV_ERROR, NV_ERROR_FILE, why->message);
  return FALSE;
}
