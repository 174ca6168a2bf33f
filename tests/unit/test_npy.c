/* .npy: what is saved is read back, byte for byte as NumPy writes it; broken files. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "data/npy.h"

static char *file;

static void
write_bytes (const char *head, gsize length, gsize data)
{
  static const float values[8] = { 1.5f, -2.5f, 3.25f, 4, 5, 6, 7, 8 };
  g_autoptr (GString) content = g_string_new_len (head, (gssize) length);
  g_string_append_len (content, (const char *) values, (gssize) data);
  g_assert_true (g_file_set_contents (file, content->str, (gssize) content->len, NULL));
}

/* Version 1 with `header`, its length as it should be. */
static void
write_header (const char *header, gsize data)
{
  g_autoptr (GString) head = g_string_new_len ("\x93NUMPY\x01\x00", 8);
  g_string_append_c (head, (char) strlen (header));
  g_string_append_c (head, '\0');
  g_string_append (head, header);
  write_bytes (head->str, head->len, data);
}

static void
test_round_trip (void)
{
  const nv_real values[] = { 2.385f, -1, 3e-30f, 4, 5, 6, -0.25f };
  g_autoptr (GError) error = NULL;
  for (gsize rows = 1; rows <= 7; rows += 6) {
    gsize m = 0, n = 0, size;
    g_autofree char *bytes = NULL;
    g_assert_true (nv_i_npy_save (file, values, rows, 7 / rows, &error));
    g_autofree nv_real *back = nv_i_npy_load (file, &m, &n, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (m, ==, rows);
    g_assert_cmpuint (n, ==, 7 / rows);
    g_assert_cmpmem (back, sizeof values, values, sizeof values);
    g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
    g_assert_cmpuint (size, ==, 128 + sizeof values);
    g_assert_cmpmem (bytes, 10, "\x93NUMPY\x01\x00\x76\x00", 10);
    g_autofree char *header = g_strndup (bytes + 10, 118);
    g_autofree char *expected
      = g_strdup_printf ("{'descr': '<f4', 'fortran_order': False, 'shape': "
                         "(%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "), }",
                         m, n);
    g_assert_true (g_str_has_prefix (header, expected));
    g_assert_true (g_str_has_suffix (header, " \n"));
  }
  g_assert_false (nv_i_npy_save ("/no/such/folder/x.npy", values, 1, 7, &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "/no/such/folder");
}

#define LITERAL(shape) "{'descr': '<f4', 'fortran_order': False, 'shape': " shape ", }\n"

static void
test_versions (void)
{
  gsize m, n;
  const char *header = LITERAL ("(2, 3)");
  g_autoptr (GString) head = g_string_new_len ("\x93NUMPY\x02\x00", 8);
  guint32 length = (guint32) strlen (header);
  g_string_append_len (head, (const char *) &length, 4);
  g_string_append (head, header);
  write_bytes (head->str, head->len, 24);
  g_autofree nv_real *values = nv_i_npy_load (file, &m, &n, NULL);
  g_assert_nonnull (values);
  g_assert_cmpuint (m, ==, 2);
  g_assert_cmpuint (n, ==, 3);
  g_assert_cmpfloat (values[2], ==, 3.25);
}

static void
assert_refused (const char *message)
{
  g_autoptr (GError) error = NULL;
  gsize rows = 77, cols = 78;
  g_assert_null (nv_i_npy_load (file, &rows, &cols, &error));
  g_assert_true (g_str_has_prefix (error->message, file));
  CHECK_ERROR (error, NV_ERROR_FORMAT, message);
  g_assert_true (rows == 77 && cols == 78);
}

static void
test_broken (void)
{
  static const char *const headers[] = {
    LITERAL ("(6,)"), LITERAL ("(1, 2, 3)"), LITERAL ("(-2, 3)"), "{}", "",
    LITERAL ("(2, 99999999999999999999)"),
    "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }\n",
    "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }\n",
    "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }\n",
  };
  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    write_header (headers[i], 24);
    assert_refused ("not that of a row-major array of two dimensions and type <f4");
  }
  write_header ("\xff", 24);
  assert_refused ("its header is not text");
  const gsize lengths[] = { 0, 23, 25, 28 };
  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++) {
    write_header (LITERAL ("(2, 3)"), lengths[i]);
    assert_refused ("its data are not as long as its shape says");
  }
  write_header (LITERAL ("(4611686018427387904, 4)"), 0);
  assert_refused ("its data are not as long as its shape says");
  write_bytes ("\x93NUMPY\x01\x00\xff\xff", 10, 24);
  assert_refused ("shorter than its header");
  write_bytes ("\x93NUMPY\x02\x00\x01\x00", 10, 0);
  assert_refused ("shorter than its header");
  write_bytes ("\x93NUMPY\x03\x00\x01\x00", 10, 24);
  assert_refused ("its version is neither 1 nor 2");
  write_bytes ("\x93NUMPY\x01", 7, 0);
  assert_refused ("not a .npy file");
  write_bytes ("\x93NUMPI\x01\x00\x01\x00", 10, 24);
  assert_refused ("not a .npy file");

  const nv_real bad[] = { 1.5f, INFINITY };
  g_assert_true (nv_i_npy_save (file, bad, 1, 2, NULL));
  assert_refused ("it holds a value that is not finite");
  g_autoptr (GError) error = NULL;
  gsize rows, cols;
  g_assert_null (nv_i_npy_load ("/no/such/file.npy", &rows, &cols, &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "/no/such/file.npy");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-npy-XXXXXX", NULL);
  file = g_build_filename (folder, "a.npy", NULL);
  g_test_add_func ("/npy/round-trip", test_round_trip);
  g_test_add_func ("/npy/versions", test_versions);
  g_test_add_func ("/npy/broken", test_broken);
  int code = g_test_run ();
  g_remove (file);
  g_rmdir (folder);
  g_free (file);
  return code;
}
