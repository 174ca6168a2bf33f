/* safetensors: what is saved is read back; every kind of broken file is refused and
 * leaves the tensors as they were. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "data/json.h"
#include "data/safetensors.h"

static char *file;

typedef struct {
  nv_real a[6], b[1], c[3];
} Weights;

static NvTensors *
list (Weights *w)
{
  NvTensors *tensors = g_new0 (NvTensors, 1);
  NvTensor items[] = {
    { "layer.a", w->a, 2, 3 }, { "b", w->b, 1, 1 }, { "c", w->c, 1, 3 }
  };
  tensors->items = g_array_new (FALSE, FALSE, sizeof (NvTensor));
  g_array_append_vals (tensors->items, items, G_N_ELEMENTS (items));
  return tensors;
}

static void
unlist (NvTensors *tensors)
{
  g_array_unref (tensors->items);
  g_free (tensors);
}

static void
test_round_trip (void)
{
  Weights from = { { 2.385f, -1, 3e-30f, 4, 5, 6 }, { 7.5f }, { 8, 9, -10.25f } },
          to = { 0 };
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) metadata = json_object_new (), found = NULL;
  json_object_set_string_member (metadata, "plugin", "vg\"ae");
  NvTensors *out = list (&from), *in = list (&to);
  g_assert_true (nv_i_safetensors_save (file, out, metadata, &error));
  g_assert_true (nv_i_safetensors_load (file, in, &found, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (&to, sizeof to, &from, sizeof from);
  g_assert_cmpstr (json_object_get_string_member (found, "plugin"), ==, "vg\"ae");

  g_autofree char *bytes = NULL;
  gsize size;
  guint64 header;
  g_assert_true (g_file_get_contents (file, &bytes, &size, NULL));
  memcpy (&header, bytes, 8);
  g_assert_cmpuint (header % 8, ==, 0);
  g_assert_cmpuint (size, ==, 8 + header + sizeof from);

  g_assert_true (nv_i_safetensors_save (file, out, NULL, &error));
  g_assert_true (nv_i_safetensors_load (file, in, NULL, &error));
  g_assert_false (nv_i_safetensors_save ("/no/such/folder/x", out, NULL, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_FILE);
  unlist (out);
  unlist (in);
}

static void
write_file (const char *header, guint64 claimed, gsize data)
{
  g_autoptr (GString) content = g_string_new (NULL);
  static const float values[16]
    = { 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f, 7.5f, 8.5f, 9.5f, 10.5f };
  g_string_append_len (content, (const char *) &claimed, 8);
  g_string_append (content, header);
  g_string_append_len (content, (const char *) values, (gssize) data);
  g_assert_true (g_file_set_contents (file, content->str, (gssize) content->len, NULL));
}

/* Refused with that message, nothing written. */
static void
assert_refused (const char *pattern)
{
  Weights w, before;
  memset (&w, 0x3e, sizeof w);
  before = w;
  g_autoptr (GError) error = NULL;
  JsonObject *metadata = NULL;
  NvTensors *in = list (&w);
  g_assert_false (nv_i_safetensors_load (file, in, &metadata, &error));
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("'%s' does not match '%s'", error->message, pattern);
  g_assert_cmpint (error->code, ==, NV_ERROR_FORMAT);
  g_assert_true (g_str_has_prefix (error->message, file));
  g_assert_cmpmem (&w, sizeof w, &before, sizeof before);
  g_assert_null (metadata);
  unlist (in);
}

#define A "\"layer.a\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]}"
#define B "\"b\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[24,28]}"
#define C "\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[28,40]}"

static void
test_broken_headers (void)
{
  static const struct { const char *header, *message; } rows[] = {
    { "{" A "," B "}", "*tensor 'c' is missing" },
    { "{" A "," B "," C ",\"d\":{}}", "*tensor 'd' does not belong here" },
    { "{" A "," B "," C "," C "}", "*two members are named 'c'" },
    { "{" A "," B ",\"c\":3}", "*tensor 'c' is not an object" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F16\",\"shape\":[1,3],\"data_offsets\":[28,40]}}",
      "*tensor 'c': its dtype is F16 instead of F32" },
    { "{" A "," B ",\"c\":{\"shape\":[1,3],\"data_offsets\":[28,40]}}",
      "*tensor 'c': its dtype is missing instead of F32" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[3,1],\"data_offsets\":[28,40]}}",
      "*tensor 'c': its shape is [3,1] instead of [1,3]" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[28,40]}}",
      "*tensor 'c': its shape is [3] instead of *" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"data_offsets\":[28,40]}}",
      "*tensor 'c': its shape is missing instead of *" },
    { "{" A "," B
      ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3.0],\"data_offsets\":[28,40]}}",
      "*tensor 'c': its shape is *" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[32,44]}}",
      "*tensor 'c': its data_offsets must be*within the 40 bytes*" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[28,36]}}",
      "*tensor 'c': its data_offsets must be two numbers, 12 bytes apart*" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[40,28]}}",
      "*tensor 'c': its data_offsets must be*" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[-12,0]}}",
      "*tensor 'c': its data_offsets must be*" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],"
      "\"data_offsets\":[9223372036854775804,9223372036854775816]}}",
      "*header: byte *: *a whole one of more than 64 bits*" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],"
      "\"data_offsets\":[18446744073709551604,18446744073709551616]}}",
      "*header: byte *: *a whole one of more than 64 bits*" },
    { "{" A "," B ",\"c\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[20,32]}}",
      "*tensor 'c' overlaps the tensor before it*" },
    { "{\"__metadata__\":{\"a\":1}," A "," B "," C "}",
      "*__metadata__ is not an object of*" },
    { "{\"__metadata__\":7," A "," B "," C "}", "*__metadata__ is not an object of*" },
    { "[1,2]", "*its header is not a JSON object" },
    { "{" A "," B "," C, "*header: not JSON:*" },
    { "{\"c", "*header: byte 1: a string that does not end*" },
    { "/**/{}", "*header: byte 0: not JSON" },
    { "", "*header: not JSON: *" },
    { "\xff{}", "*header: not UTF-8*" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++) {
    write_file (rows[i].header, strlen (rows[i].header), 40);
    assert_refused (rows[i].message);
  }
}

static void
test_broken_files (void)
{
  const char *good = "{" A "," B "," C "}";
  Weights w = { 0 };
  NvTensors *in = list (&w);
  write_file (good, strlen (good), 40);
  g_assert_true (nv_i_safetensors_load (file, in, NULL, NULL));
  g_assert_cmpfloat (w.c[2], ==, 10.5);

  write_file (good, strlen (good), 39);
  assert_refused ("*tensor 'c': its data_offsets must be*within the 39 bytes*");
  write_file (good, strlen (good), 44);
  assert_refused ("*bytes after the last tensor");
  write_file (good, strlen (good) + 41, 40);
  assert_refused ("*its header claims * bytes, the file has *");
  write_file (good, G_MAXUINT64, 40);
  assert_refused ("*its header claims 18446744073709551615 bytes*");
  g_assert_true (g_file_set_contents (file, "short", 5, NULL));
  assert_refused ("*shorter than the 8 bytes*");
  const char *gap
    = "{" A ",\"b\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[40,44]}," C "}";
  write_file (gap, strlen (gap), 44);
  assert_refused ("*tensor 'c' leaves a gap after the tensor before it*");

  g_autoptr (GError) error = NULL;
  g_assert_false (nv_i_safetensors_load ("/no/such/file", in, NULL, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_FILE);

  w.a[4] = NAN;
  g_assert_true (nv_i_safetensors_save (file, in, NULL, NULL));
  assert_refused ("*tensor 'layer.a' holds a value that is not finite");
  unlist (in);
}

static void
test_deep_json (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (text, '[');
  g_autoptr (GError) error = NULL;
  g_assert_null (nv_i_json_parse (text->str, -1, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_FORMAT);
  g_assert_cmpstr (error->message, ==, "byte 32: more than 32 levels of nesting");

  const char *const second[] = { "{}{}", "[] 1", "1 2", "\"a\" 1", "1{}", "{}]" };
  for (guint i = 0; i < G_N_ELEMENTS (second); i++) {
    g_clear_error (&error);
    g_assert_null (nv_i_json_parse (second[i], -1, &error));
    g_assert_true (g_str_has_suffix (error->message, "a second value"));
  }
  const char *const numbers[] = { "[-10000000000000000000]", "[9223372036854775808]", "[010]",
                                  "[1.]", "[.5]", "[+1]", "[- 5]", "[1e]", "[-]", "[0x1]", "-01" };
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_clear_error (&error);
    g_assert_null (nv_i_json_parse (numbers[i], -1, &error));
    g_assert_error (error, NV_ERROR, NV_ERROR_FORMAT);
  }
  const char *const strings[] = { "[\"\\q\"]", "[\"\\", "[\"\\\"]", "\"\\u12\"", "\"a\nb\"" };
  for (guint i = 0; i < G_N_ELEMENTS (strings); i++) {
    g_clear_error (&error);
    g_assert_null (nv_i_json_parse (strings[i], -1, &error));
    g_assert_error (error, NV_ERROR, NV_ERROR_FORMAT);
  }
  g_autoptr (JsonNode) text_node = nv_i_json_parse ("\"\\\"\\\\\\/\\n\\u00e9\"", -1, NULL);
  g_assert_cmpstr (json_node_get_string (text_node), ==, "\"\\/\n\303\251");
  g_autoptr (JsonNode) good
    = nv_i_json_parse ("[-9223372036854775808, 0, -0.5, 1e-3, 2.5E+2]", -1, NULL);
  g_assert_nonnull (good);
  JsonArray *array = json_node_get_array (good);
  g_assert_cmpint (json_array_get_int_element (array, 0), ==, G_MININT64);
  g_assert_cmpfloat (json_array_get_double_element (array, 3), ==, 1e-3);
  g_assert_cmpfloat (json_array_get_double_element (array, 4), ==, 250);
  g_autoptr (JsonNode) node
    = nv_i_json_parse (" {\"a\": [1, {\"a\": \"\\\"[{\"}]} \n", -1, NULL);
  g_assert_true (node != NULL && JSON_NODE_HOLDS_OBJECT (node));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-safetensors-XXXXXX", NULL);
  file = g_build_filename (folder, "w.safetensors", NULL);
  g_test_add_func ("/safetensors/round-trip", test_round_trip);
  g_test_add_func ("/safetensors/broken-headers", test_broken_headers);
  g_test_add_func ("/safetensors/broken-files", test_broken_files);
  g_test_add_func ("/safetensors/deep-json", test_deep_json);
  int code = g_test_run ();
  g_remove (file);
  g_rmdir (folder);
  g_free (file);
  return code;
}
