/* The parameter table as text, as JSON, and as the options' JSON. */
#include <math.h>
#include <string.h>

#include "plugin/instance.h"
#include "plugin/options.h"

static const char *const type_names[] = { "",        "real",   "integer",
                                          "boolean", "string", "choice" };

char *
nv_i_number_text (double x)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (fabs (x) < 1e15 && x == floor (x))
    return g_strdup_printf ("%.0f", x);
  for (int digits = 1; digits <= 17; digits++) {
    char format[8];
    g_snprintf (format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd (text, sizeof text, format, x);
    if (g_ascii_strtod (text, NULL) == x)
      break;
  }
  return g_strdup (text);
}

char *
nv_i_param_allowed (const NvParam *param)
{
  g_autofree char *low = nv_i_number_text (param->min);
  g_autofree char *high = nv_i_number_text (param->max);
  gboolean whole = param->type == NV_PARAM_INT;
  gboolean open_below = whole ? param->min <= G_MININT : isinf (param->min);
  gboolean open_above = whole ? param->max >= G_MAXINT : isinf (param->max);
  switch (param->type) {
  case NV_PARAM_BOOL:
    return g_strdup ("true or false");
  case NV_PARAM_STRING:
    return g_strdup ("a string");
  case NV_PARAM_CHOICE:
    return g_strjoinv (" | ", (char **) param->choices);
  default:
    if (open_below && open_above)
      return g_strdup (whole ? "any integer" : "any number");
    if (open_above)
      return g_strdup_printf ("at least %s", low);
    if (open_below)
      return g_strdup_printf ("at most %s", high);
    return g_strdup_printf ("%s to %s", low, high);
  }
}

/* --- JSON --------------------------------------------------------------------------- */

static JsonNode *
value_node (const NvParam *param, const void *options)
{
  const char *field = (const char *) options + param->offset;
  JsonNode *node = json_node_alloc ();
  switch (param->type) {
  case NV_PARAM_REAL:
    return json_node_init_double (node, *(const double *) field);
  case NV_PARAM_INT:
    return json_node_init_int (node, *(const int *) field);
  case NV_PARAM_BOOL:
    return json_node_init_boolean (node, *(const gboolean *) field);
  case NV_PARAM_CHOICE:
    return json_node_init_string (node, param->choices[*(const int *) field]);
  default:
    if (*(const char *const *) field == NULL)
      return json_node_init_null (node);
    return json_node_init_string (node, *(const char *const *) field);
  }
}

static JsonNode *
object_node (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (node, object);
  return node;
}

JsonNode *
nv_i_options_json (const NvParam *params, const void *options)
{
  JsonObject *object = json_object_new ();
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    json_object_set_member (object, p->name, value_node (p, options));
  return object_node (object);
}

JsonNode *
nv_i_plugin_json (const NvClass *klass, const void *options)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "plugin", klass->name);
  json_object_set_string_member (object, "version", klass->version);
  json_object_set_member (object, "options", nv_i_options_json (klass->params, options));
  return object_node (object);
}

static JsonObject *
param_object (const NvParam *param, const void *defaults)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "name", param->name);
  json_object_set_string_member (object, "type", type_names[param->type]);
  json_object_set_member (object, "default", value_node (param, defaults));
  if (param->type == NV_PARAM_REAL || param->type == NV_PARAM_INT) {
    if (!isinf (param->min))
      json_object_set_double_member (object, "min", param->min);
    if (!isinf (param->max))
      json_object_set_double_member (object, "max", param->max);
  }
  if (param->type == NV_PARAM_CHOICE) {
    JsonArray *choices = json_array_new ();
    for (const char *const *c = param->choices; *c != NULL; c++)
      json_array_add_string_element (choices, *c);
    json_object_set_array_member (object, "choices", choices);
  }
  if (param->unit != NULL)
    json_object_set_string_member (object, "unit", param->unit);
  json_object_set_string_member (object, "help", param->help);
  return object;
}

JsonNode *
nv_i_params_json (const NvParam *params, const void *defaults)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    json_array_add_object_element (array, param_object (p, defaults));
  json_node_take_array (node, array);
  return node;
}

static void
write_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *c = text; *c != '\0'; c++)
    if (*c == '"' || *c == '\\')
      g_string_append_printf (out, "\\%c", *c);
    else if (*c == '\n')
      g_string_append (out, "\\n");
    else if ((guchar) *c < 0x20)
      g_string_append_printf (out, "\\u%04x", *c);
    else
      g_string_append_c (out, *c);
  g_string_append_c (out, '"');
}

/* A double keeps its point or exponent, so that it reads back as a double. JSON has no
 * infinity and no NaN: null. */
static void
write_double (GString *out, double x)
{
  if (!isfinite (x)) {
    g_string_append (out, "null");
    return;
  }
  g_autofree char *text = nv_i_number_text (x);
  g_string_append (out, text);
  if (strpbrk (text, ".e") == NULL)
    g_string_append (out, ".0");
}

static void
write_value (GString *out, JsonNode *node)
{
  GType type = json_node_get_value_type (node);
  if (type == G_TYPE_STRING)
    write_string (out, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else if (type == G_TYPE_INT64)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else
    write_double (out, json_node_get_double (node));
}

static void write_node (GString *out, JsonNode *node);

static void
write_array (GString *out, JsonArray *array)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < json_array_get_length (array); i++) {
    g_string_append (out, i > 0 ? ", " : "");
    write_node (out, json_array_get_element (array, i));
  }
  g_string_append_c (out, ']');
}

static void
write_object (GString *out, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  gboolean first = TRUE;
  g_string_append_c (out, '{');
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &node)) {
    g_string_append (out, first ? "" : ", ");
    first = FALSE;
    write_string (out, name);
    g_string_append (out, ": ");
    write_node (out, node);
  }
  g_string_append_c (out, '}');
}

static void
write_node (GString *out, JsonNode *node)
{
  switch (json_node_get_node_type (node)) {
  case JSON_NODE_OBJECT:
    write_object (out, json_node_get_object (node));
    break;
  case JSON_NODE_ARRAY:
    write_array (out, json_node_get_array (node));
    break;
  case JSON_NODE_VALUE:
    write_value (out, node);
    break;
  default:
    g_string_append (out, "null");
  }
}

char *
nv_i_json_text (JsonNode *node)
{
  GString *out = g_string_new (NULL);
  write_node (out, node);
  return g_string_free (out, FALSE);
}

/* --- text --------------------------------------------------------------------------- */

enum { NAME, TYPE, DEFAULT, ALLOWED, HELP, COLUMNS };

static void
fill_row (const NvParam *param, const void *defaults, char *row[COLUMNS])
{
  g_autoptr (JsonNode) value = value_node (param, defaults);
  gboolean numeric = param->type == NV_PARAM_REAL || param->type == NV_PARAM_INT;
  row[NAME] = g_strdup (param->name);
  row[TYPE] = g_strdup (type_names[param->type]);
  if (param->type == NV_PARAM_REAL)
    row[DEFAULT] = nv_i_number_text (json_node_get_double (value));
  else if (param->type == NV_PARAM_CHOICE)
    row[DEFAULT] = json_node_dup_string (value);
  else
    row[DEFAULT] = JSON_NODE_HOLDS_NULL (value) ? g_strdup ("none")
                                                : nv_i_json_text (value);
  row[ALLOWED] = numeric || param->type == NV_PARAM_CHOICE ? nv_i_param_allowed (param)
                                                           : g_strdup ("");
  row[HELP] = param->unit == NULL ? g_strdup (param->help)
                                  : g_strdup_printf ("%s [%s]", param->help, param->unit);
}

static void
write_markdown (GString *out, char *row[COLUMNS])
{
  for (int c = 0; c < COLUMNS; c++) {
    g_auto (GStrv) parts = g_strsplit (row[c], "|", -1);
    g_autofree char *escaped = g_strjoinv ("\\|", parts);
    g_string_append_printf (out, "| %s ", escaped);
  }
  g_string_append (out, "|\n");
}

static void
write_aligned (GString *out, char *row[COLUMNS], const gsize width[COLUMNS])
{
  g_string_append (out, " ");
  for (int c = 0; c < HELP; c++)
    g_string_append_printf (out, " %-*s ", (int) width[c], row[c]);
  g_string_append_printf (out, " %s\n", row[HELP]);
}

char *
nv_i_params_help (const NvParam *params, const void *defaults, gboolean markdown)
{
  GString *out = g_string_new (markdown
                                   ? "| option | type | default | allowed | meaning |\n"
                                     "|---|---|---|---|---|\n"
                                   : NULL);
  gsize width[COLUMNS] = { 0 };
  for (int pass = markdown; pass < 2; pass++)
    for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++) {
      char *row[COLUMNS];
      fill_row (p, defaults, row);
      for (int c = 0; c < COLUMNS && pass == 0; c++)
        width[c] = MAX (width[c], strlen (row[c]));
      if (pass == 1 && markdown)
        write_markdown (out, row);
      else if (pass == 1)
        write_aligned (out, row, width);
      for (int c = 0; c < COLUMNS; c++)
        g_free (row[c]);
    }
  return g_string_free (out, FALSE);
}
