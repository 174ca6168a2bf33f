/* A record of NAS-Bench-101: the JSON array [module_hash, epochs, raw_adjacency,
 * raw_operations, raw_metrics], the last one base64 of a protobuf ModelMetrics.
 *
 * Millions of records have this one shape and no escapes, so they are cut at quotes and
 * commas here; all that looks otherwise goes through the JSON parser. What protobuf-c
 * unpacks lies in a buffer on the stack. */
#include <math.h>
#include <string.h>

#include "data/json.h"
#include "import/nasbench101.h"
#include "metrics.pb-c.h"

enum { HASH, ADJACENCY, OPERATIONS, METRICS, TEXTS };

typedef struct {
  const char *text[TEXTS];
  gsize length[TEXTS];
  gint64 epochs;
} Fields;

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error_literal (error, NV_ERROR, NV_ERROR_FORMAT, what);
  return FALSE;
}

/* --- JSON -------------------------------------------------------------------------- */

static void
skip_blanks (const char **at, const char *end)
{
  while (*at < end && (**at == ' ' || **at == '\n'))
    ++*at;
}

static gboolean
cut_text (const char **at, const char *end, Fields *fields, guint i)
{
  skip_blanks (at, end);
  if (*at == end || **at != '"')
    return FALSE;
  const char *start = ++*at;
  const char *quote = memchr (start, '"', (gsize) (end - start));
  if (quote == NULL || memchr (start, '\\', (gsize) (quote - start)) != NULL)
    return FALSE;
  fields->text[i] = start;
  fields->length[i] = (gsize) (quote - start);
  *at = quote + 1;
  return TRUE;
}

static gboolean
cut_char (const char **at, const char *end, char c)
{
  skip_blanks (at, end);
  if (*at == end || **at != c)
    return FALSE;
  ++*at;
  return TRUE;
}

static gboolean
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

static gboolean
cut_number (const char **at, const char *end, gint64 *out)
{
  guint digits = 0;
  skip_blanks (at, end);
  for (*out = 0; *at < end && is_digit (**at) && digits < 9; digits++)
    *out = 10 * *out + *(*at)++ - '0';
  return digits > 0;
}

/* FALSE: not of the usual shape. */
static gboolean
cut_fields (const char *data, gsize length, Fields *out)
{
  const char *at = data, *end = data + length;
  return cut_char (&at, end, '[') && cut_text (&at, end, out, HASH)
         && cut_char (&at, end, ',') && cut_number (&at, end, &out->epochs)
         && cut_char (&at, end, ',') && cut_text (&at, end, out, ADJACENCY)
         && cut_char (&at, end, ',') && cut_text (&at, end, out, OPERATIONS)
         && cut_char (&at, end, ',') && cut_text (&at, end, out, METRICS)
         && cut_char (&at, end, ']') && at == end;
}

/* `node` keeps the texts. */
static gboolean
parse_fields (JsonNode *node, Fields *out, GError **error)
{
  static const guint place[TEXTS] = { 0, 2, 3, 4 };
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  if (array == NULL || json_array_get_length (array) != 5)
    return refuse (error, "not a JSON array of 5 values");
  for (guint i = 0; i < TEXTS; i++) {
    JsonNode *value = json_array_get_element (array, place[i]);
    if (json_node_get_value_type (value) != G_TYPE_STRING)
      return refuse (error, "values 1, 3, 4 and 5 of the array must be strings");
    out->text[i] = json_node_get_string (value);
    out->length[i] = strlen (out->text[i]);
  }
  if (json_node_get_value_type (json_array_get_element (array, 1)) != G_TYPE_INT64)
    return refuse (error, "value 2 of the array must be a whole number");
  out->epochs = json_array_get_int_element (array, 1);
  return TRUE;
}

/* --- the cell ---------------------------------------------------------------------- */

/* -1: no hexadecimal digit. */
static int
hex_value (char c)
{
  const int letter = (c | 0x20) - 'a';
  return is_digit (c) ? c - '0' : letter >= 0 && letter < 6 ? letter + 10 : -1;
}

static gboolean
read_hash (const Fields *fields, guint8 hash[16])
{
  if (fields->length[HASH] != 32)
    return FALSE;
  for (guint i = 0; i < 16; i++) {
    const int high = hex_value (fields->text[HASH][2 * i]),
              low = hex_value (fields->text[HASH][2 * i + 1]);
    if (high < 0 || low < 0)
      return FALSE;
    hash[i] = (guint8) (high << 4 | low);
  }
  return TRUE;
}

static gboolean
read_adjacency (const Fields *fields, NvNb101Run *out)
{
  const char *bits = fields->text[ADJACENCY];
  char *upper = out->upper;
  guint n = 2;
  while (n < 7 && n * n < fields->length[ADJACENCY])
    n++;
  if (n * n != fields->length[ADJACENCY])
    return FALSE;
  for (guint i = 0; i < n * n; i++) {
    const gboolean above = i % n > i / n;
    if (bits[i] != '0' && (bits[i] != '1' || !above))
      return FALSE;
    if (above)
      *upper++ = bits[i];
  }
  *upper = '\0';
  out->vertices = n;
  return TRUE;
}

/* "input,conv3x3-bn-relu,...,output" to digits. */
static gboolean
read_operations (const Fields *fields, NvNb101Run *out)
{
  static const char *const names[] = { "conv3x3-bn-relu", "conv1x1-bn-relu",
                                       "maxpool3x3", "input", "output" };
  const char *at = fields->text[OPERATIONS], *end = at + fields->length[OPERATIONS];
  for (guint v = 0; v < out->vertices; v++) {
    const gboolean last = v + 1 == out->vertices;
    const char *comma = last ? end : memchr (at, ',', (gsize) (end - at));
    if (comma == NULL)
      return FALSE;
    const gsize length = (gsize) (comma - at);
    guint k = v == 0 ? 3 : last ? 4 : 0;
    const guint beyond = v == 0 || last ? k + 1 : 3;
    while (k < beyond
           && (strlen (names[k]) != length || memcmp (names[k], at, length) != 0))
      k++;
    if (k == beyond)
      return FALSE;
    if (v > 0 && !last)
      out->ops[v - 1] = (char) ('0' + k);
    at = comma + 1;
  }
  out->ops[out->vertices - 2] = '\0';
  return TRUE;
}

/* --- the metrics ------------------------------------------------------------------- */

#define MESSAGE 2048 /* bytes of a message, at most */
#define ARENA 16384  /* what is unpacked from one */

/* Six bits + 1; 0: no digit of base64. */
static const guint8 digit_of[256] = {
  ['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6,
  ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, ['K'] = 11, ['L'] = 12,
  ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18,
  ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24,
  ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
  ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36,
  ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42,
  ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48,
  ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54,
  ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
  ['8'] = 61, ['9'] = 62, ['+'] = 63, ['/'] = 64,
};

/* out[MESSAGE]; FALSE: not base64, or too long. */
static gboolean
decode_base64 (const char *text, gsize length, guint8 *out, gsize *size)
{
  const guint8 *in = (const guint8 *) text;
  gsize padding = 0, n = 0;
  if (length % 4 != 0 || length / 4 * 3 > MESSAGE)
    return FALSE;
  while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
    padding++;
  for (gsize i = 0; i < length; i += 4) {
    const gsize missing = i + 4 == length ? padding : 0;
    const guint32 a = digit_of[in[i]], b = digit_of[in[i + 1]],
                  c = missing > 1 ? 1 : digit_of[in[i + 2]],
                  d = missing > 0 ? 1 : digit_of[in[i + 3]];
    if (a == 0 || b == 0 || c == 0 || d == 0)
      return FALSE;
    const guint32 word = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
    out[n++] = (guint8) (word >> 16);
    out[n++] = (guint8) (word >> 8);
    out[n++] = (guint8) word;
  }
  *size = n - padding;
  return TRUE;
}

typedef struct {
  _Alignas (16) guint8 bytes[ARENA];
  gsize used;
} Arena;

static void *
arena_alloc (void *data, size_t size)
{
  Arena *arena = data;
  const gsize padded = (size + 15) & ~(gsize) 15;
  if (size > ARENA || padded > ARENA - arena->used)
    return NULL;
  arena->used += padded;
  return arena->bytes + arena->used - padded;
}

static void
arena_free (void *data, void *pointer)
{
  (void) data, (void) pointer;
}

static gboolean
take_figures (const Nv__EvaluationData *data, float out[NV_NB101_FIGURES])
{
  out[NV_NB101_VALID] = (float) data->validation_accuracy;
  out[NV_NB101_TEST] = (float) data->test_accuracy;
  out[NV_NB101_TRAIN] = (float) data->train_accuracy;
  out[NV_NB101_SECONDS] = (float) data->training_time;
  for (guint i = 0; i < NV_NB101_FIGURES; i++)
    if (!(out[i] >= 0) || out[i] > (i == NV_NB101_SECONDS ? 1e9f : 1.0f))
      return FALSE;
  return TRUE;
}

static gboolean
read_metrics (const Fields *fields, NvNb101Run *out, GError **error)
{
  guint8 message[MESSAGE];
  gsize size;
  Arena arena;
  arena.used = 0;
  ProtobufCAllocator allocator = { arena_alloc, arena_free, &arena };
  if (!decode_base64 (fields->text[METRICS], fields->length[METRICS], message, &size))
    return refuse (error, "the metrics are no base64 of at most 2,048 bytes");
  const Nv__ModelMetrics *metrics = nv__model_metrics__unpack (&allocator, size, message);
  if (metrics == NULL || metrics->n_evaluation_data == 0
      || metrics->trainable_parameters < 0)
    return refuse (error, "the metrics are no ModelMetrics with an evaluation");
  const gsize n = metrics->n_evaluation_data;
  out->parameters = metrics->trainable_parameters;
  if (!take_figures (metrics->evaluation_data[n / 2], out->half)
      || !take_figures (metrics->evaluation_data[n - 1], out->end))
    return refuse (error, "accuracies must be 0 to 1, and seconds at least 0");
  return TRUE;
}

static gboolean
read_fields (const Fields *fields, NvNb101Run *out, GError **error)
{
  const gint64 e = fields->epochs;
  if (e != 4 && e != 12 && e != 36 && e != 108)
    return refuse (error, "epochs must be 4, 12, 36 or 108");
  out->epochs = (guint) e;
  if (!read_hash (fields, out->hash))
    return refuse (error, "a module hash has 32 hexadecimal digits");
  if (!read_adjacency (fields, out))
    return refuse (error, "the matrix must be of 0 and 1, upper triangular, of 2 to 7 "
                          "vertices");
  if (!read_operations (fields, out))
    return refuse (error, "the operations must be input, one of conv3x3-bn-relu, "
                          "conv1x1-bn-relu, maxpool3x3 for each interior vertex, output");
  return read_metrics (fields, out, error);
}

gboolean
nv_i_nasbench101_read (NvNb101Run *out, const char *data, gsize length, GError **error)
{
  Fields fields;
  NvNb101Run run;
  g_autoptr (JsonNode) node = NULL;
  if (!cut_fields (data, length, &fields)) {
    node = nv_i_json_parse (data, (gssize) length, error);
    if (node == NULL || !parse_fields (node, &fields, error))
      return FALSE;
  }
  if (!read_fields (&fields, &run, error))
    return FALSE;
  *out = run;
  return TRUE;
}
