/* safetensors (github.com/huggingface/safetensors, format of version 0.4): u64 header
 * length, little-endian; a JSON object {"name": {"dtype", "shape", "data_offsets":
 * [begin, end]}, ..., "__metadata__": {strings}}, padded with spaces to a multiple of 8
 * bytes; the data, without gaps. Every tensor of ours has the shape [rows, cols]. */
#include <math.h>
#include <string.h>

#include "data/json.h"
#include "data/safetensors.h"

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

#define DTYPE (sizeof (nv_real) == 4 ? "F32" : "F64")
#define METADATA "__metadata__"

static gsize
n_bytes (const NvTensor *tensor)
{
  return tensor->rows * tensor->cols * sizeof (nv_real);
}

/* --- writing ------------------------------------------------------------------------ */

static void
add_pair (JsonBuilder *builder, const char *name, gsize a, gsize b)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  json_builder_add_int_value (builder, (gint64) a);
  json_builder_add_int_value (builder, (gint64) b);
  json_builder_end_array (builder);
}

static char *
header_text (const NvTensors *tensors, JsonObject *metadata)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  json_builder_begin_object (builder);
  if (metadata != NULL) {
    json_builder_set_member_name (builder, METADATA);
    JsonNode *node = json_node_new (JSON_NODE_OBJECT);
    json_node_set_object (node, metadata);
    json_builder_add_value (builder, node);
  }
  gsize at = 0;
  for (guint i = 0; i < tensors->items->len; i++) {
    const NvTensor *tensor = &g_array_index (tensors->items, NvTensor, i);
    json_builder_set_member_name (builder, tensor->name);
    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "dtype");
    json_builder_add_string_value (builder, DTYPE);
    add_pair (builder, "shape", tensor->rows, tensor->cols);
    add_pair (builder, "data_offsets", at, at + n_bytes (tensor));
    json_builder_end_object (builder);
    at += n_bytes (tensor);
  }
  json_builder_end_object (builder);
  g_autoptr (JsonNode) root = json_builder_get_root (builder);
  return json_to_string (root, FALSE);
}

gboolean
nv_i_safetensors_save (const char *file, const NvTensors *tensors, JsonObject *metadata,
                       GError **error)
{
  g_autofree char *header = header_text (tensors, metadata);
  gsize length = strlen (header), padded = (length + 7) / 8 * 8;
  guint64 prefix = padded;
  g_autoptr (GString) content = g_string_new (NULL);
  g_string_append_len (content, (const char *) &prefix, sizeof prefix);
  g_string_append (content, header);
  for (gsize i = length; i < padded; i++)
    g_string_append_c (content, ' ');
  for (guint i = 0; i < tensors->items->len; i++) {
    const NvTensor *tensor = &g_array_index (tensors->items, NvTensor, i);
    g_string_append_len (content, (const char *) tensor->data, (gssize) n_bytes (tensor));
  }

  g_autoptr (GError) failure = NULL;
  if (g_file_set_contents (file, content->str, (gssize) content->len, &failure))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s", failure->message);
  return FALSE;
}

/* --- reading ------------------------------------------------------------------------ */

/* Where a tensor's bytes lie within the data. */
typedef struct {
  const NvTensor *tensor;
  guint64 begin, end;
} Span;

static gboolean
refuse (GError **error, const char *what)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s", what);
  return FALSE;
}

/* Two whole numbers >= 0. */
static gboolean
read_pair (JsonObject *entry, const char *key, guint64 pair[2])
{
  JsonNode *node = json_object_get_member (entry, key);
  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node)
      || json_array_get_length (json_node_get_array (node)) != 2)
    return FALSE;
  for (guint i = 0; i < 2; i++) {
    JsonNode *number = json_array_get_element (json_node_get_array (node), i);
    if (json_node_get_value_type (number) != G_TYPE_INT64
        || json_node_get_int (number) < 0)
      return FALSE;
    pair[i] = (guint64) json_node_get_int (number);
  }
  return TRUE;
}

static gboolean
check_dtype (JsonObject *entry, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (entry, "dtype");
  const char *dtype = node != NULL && json_node_get_value_type (node) == G_TYPE_STRING
                      ? json_node_get_string (node) : "missing";
  if (strcmp (dtype, DTYPE) == 0)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
               "tensor '%s': its dtype is %s instead of %s", name, dtype, DTYPE);
  return FALSE;
}

static gboolean
read_span (JsonNode *node, const NvTensor *tensor, guint64 size, Span *span,
           GError **error)
{
  const char *name = tensor->name;
  guint64 shape[2], offsets[2];
  if (!JSON_NODE_HOLDS_OBJECT (node)) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "tensor '%s' is not an object", name);
    return FALSE;
  }
  JsonObject *entry = json_node_get_object (node);
  if (!check_dtype (entry, name, error))
    return FALSE;
  if (!read_pair (entry, "shape", shape) || shape[0] != tensor->rows
      || shape[1] != tensor->cols) {
    JsonNode *member = json_object_get_member (entry, "shape");
    g_autofree char *found = member != NULL ? json_to_string (member, FALSE)
                                            : g_strdup ("missing");
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "tensor '%s': its shape is %s instead of [%" G_GSIZE_FORMAT
                 ",%" G_GSIZE_FORMAT "]", name, found, tensor->rows, tensor->cols);
    return FALSE;
  }
  if (!read_pair (entry, "data_offsets", offsets) || offsets[0] > offsets[1]
      || offsets[1] > size || offsets[1] - offsets[0] != n_bytes (tensor)) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "tensor '%s': its data_offsets must be two numbers, %" G_GSIZE_FORMAT
                 " bytes apart and within the %" G_GUINT64_FORMAT " bytes of data",
                 name, n_bytes (tensor), size);
    return FALSE;
  }
  *span = (Span){ tensor, offsets[0], offsets[1] };
  return TRUE;
}

static int
compare_spans (gconstpointer a, gconstpointer b)
{
  const Span *x = a, *y = b;
  if (x->begin != y->begin)
    return x->begin < y->begin ? -1 : 1;
  return (x->end > y->end) - (x->end < y->end);
}

static gboolean
check_layout (GArray *spans, guint64 size, GError **error)
{
  guint64 at = 0;
  g_array_sort (spans, compare_spans);
  for (guint i = 0; i < spans->len; i++) {
    const Span *span = &g_array_index (spans, Span, i);
    if (span->begin != at) {
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                   "tensor '%s' %s the tensor before it (byte %" G_GUINT64_FORMAT
                   " of the data instead of %" G_GUINT64_FORMAT ")", span->tensor->name,
                   span->begin < at ? "overlaps" : "leaves a gap after", span->begin, at);
      return FALSE;
    }
    at = span->end;
  }
  if (at != size)
    return refuse (error, "bytes after the last tensor");
  return TRUE;
}

static GArray *
read_spans (JsonObject *header, const NvTensors *tensors, guint64 size, GError **error)
{
  g_autoptr (GArray) spans = g_array_new (FALSE, FALSE, sizeof (Span));
  for (guint i = 0; i < tensors->items->len; i++) {
    const NvTensor *tensor = &g_array_index (tensors->items, NvTensor, i);
    JsonNode *node = json_object_get_member (header, tensor->name);
    Span span;
    if (node == NULL) {
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "tensor '%s' is missing",
                   tensor->name);
      return NULL;
    }
    if (!read_span (node, tensor, size, &span, error))
      return NULL;
    g_array_append_val (spans, span);
  }
  g_autoptr (GList) names = json_object_get_members (header);
  for (GList *l = names; l != NULL; l = l->next) {
    gboolean known = strcmp (l->data, METADATA) == 0;
    for (guint i = 0; i < tensors->items->len && !known; i++)
      known = strcmp (l->data, g_array_index (tensors->items, NvTensor, i).name) == 0;
    if (!known) {
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "tensor '%s' does not belong here",
                   (const char *) l->data);
      return NULL;
    }
  }
  return check_layout (spans, size, error) ? g_steal_pointer (&spans) : NULL;
}

static gboolean
check_finite (GArray *spans, const char *data, GError **error)
{
  for (guint i = 0; i < spans->len; i++) {
    const Span *span = &g_array_index (spans, Span, i);
    for (guint64 at = span->begin; at < span->end; at += sizeof (nv_real)) {
      nv_real x;
      memcpy (&x, data + at, sizeof x);
      if (!isfinite (x)) {
        g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                     "tensor '%s' holds a value that is not finite", span->tensor->name);
        return FALSE;
      }
    }
  }
  return TRUE;
}

static JsonObject *
read_header (const char *content, gsize size, gsize *length, GError **error)
{
  guint64 claimed;
  if (size < sizeof claimed) {
    refuse (error, "shorter than the 8 bytes of its header's length");
    return NULL;
  }
  memcpy (&claimed, content, sizeof claimed);
  if (claimed > size - sizeof claimed) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "its header claims %" G_GUINT64_FORMAT
                 " bytes, the file has %" G_GSIZE_FORMAT " after the first 8",
                 claimed, size - sizeof claimed);
    return NULL;
  }
  *length = (gsize) claimed;
  g_autoptr (JsonNode) root = nv_i_json_parse (content + 8, (gssize) claimed, error);
  if (root == NULL) {
    g_prefix_error (error, "header: ");
    return NULL;
  }
  if (!JSON_NODE_HOLDS_OBJECT (root)) {
    refuse (error, "its header is not a JSON object");
    return NULL;
  }
  return json_object_ref (json_node_get_object (root));
}

/* The file's metadata; an empty object where it has none. NULL: not an object of
 * strings. */
static JsonObject *
read_metadata (JsonObject *header, GError **error)
{
  JsonNode *node = json_object_get_member (header, METADATA);
  if (node == NULL)
    return json_object_new ();
  gboolean good = JSON_NODE_HOLDS_OBJECT (node);
  if (good) {
    g_autoptr (GList) values = json_object_get_values (json_node_get_object (node));
    for (GList *l = values; l != NULL; l = l->next)
      good = good && json_node_get_value_type (l->data) == G_TYPE_STRING;
  }
  if (!good) {
    refuse (error, METADATA " is not an object of strings");
    return NULL;
  }
  return json_object_ref (json_node_get_object (node));
}

static gboolean
load (const char *content, gsize size, NvTensors *tensors, JsonObject **metadata,
      GError **error)
{
  gsize length;
  g_autoptr (JsonObject) header = read_header (content, size, &length, error);
  if (header == NULL)
    return FALSE;
  const char *data = content + 8 + length;
  g_autoptr (JsonObject) found = read_metadata (header, error);
  if (found == NULL)
    return FALSE;
  g_autoptr (GArray) spans = read_spans (header, tensors, size - 8 - length, error);
  if (spans == NULL || !check_finite (spans, data, error))
    return FALSE;

  for (guint i = 0; i < spans->len; i++) {
    const Span *span = &g_array_index (spans, Span, i);
    if (span->end > span->begin)
      memcpy (span->tensor->data, data + span->begin, (gsize) (span->end - span->begin));
  }
  if (metadata != NULL)
    *metadata = g_steal_pointer (&found);
  return TRUE;
}

gboolean
nv_i_safetensors_load (const char *file, NvTensors *tensors, JsonObject **metadata,
                       GError **error)
{
  g_autofree char *content = NULL;
  gsize size;
  g_autoptr (GError) failure = NULL;
  if (!g_file_get_contents (file, &content, &size, &failure)) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s", failure->message);
    return FALSE;
  }
  if (load (content, size, tensors, metadata, error))
    return TRUE;
  g_prefix_error (error, "%s: ", file);
  return FALSE;
}
