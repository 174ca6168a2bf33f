/* Checking options against a parameter table. */
#include <math.h>
#include <string.h>

#include "plugin/options.h"

/* --- the nearest word --------------------------------------------------------------- */

/* Edits (insert, drop, replace, swap of neighbours) from a to b: optimal string
 * alignment. */
static guint
edit_distance (const char *a, const char *b)
{
  gsize m = strlen (a), n = strlen (b), w = n + 1;
  g_autofree guint *d = g_new (guint, (m + 1) * w);
  for (gsize j = 0; j <= n; j++)
    d[j] = (guint) j;
  for (gsize i = 1; i <= m; i++) {
    d[i * w] = (guint) i;
    for (gsize j = 1; j <= n; j++) {
      guint best = MIN (d[(i - 1) * w + j], d[i * w + j - 1]) + 1;
      best = MIN (best, d[(i - 1) * w + j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        best = MIN (best, d[(i - 2) * w + j - 2] + 1);
      d[i * w + j] = best;
    }
  }
  return d[m * w + n];
}

const char *
nv_i_nearest (const char *word, const char *const *words)
{
  const char *nearest = NULL;
  guint best = 2 + (guint) strlen (word) / 3;
  for (const char *const *w = words; *w != NULL; w++) {
    guint distance = edit_distance (word, *w);
    if (distance < best) {
      best = distance;
      nearest = *w;
    }
  }
  return nearest;
}

char *
nv_i_suggestion (const char *word, const char *const *words)
{
  const char *nearest = nv_i_nearest (word, words);
  g_autofree char *all = g_strjoinv (", ", (char **) words);
  if (words[0] == NULL)
    return g_strdup ("there are none");
  if (nearest == NULL)
    return g_strdup_printf ("there are: %s", all);
  return g_strdup_printf ("did you mean '%s'? (there are: %s)", nearest, all);
}

char *
nv_i_value_text (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    return nv_i_number_text (g_variant_get_double (value));
  return g_variant_print (value, FALSE);
}

/* --- from a variant to a field ------------------------------------------------------ */

static gboolean
number_of (GVariant *value, double *out)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE))
    *out = g_variant_get_double (value);
  else if (g_variant_is_of_type (value, G_VARIANT_TYPE_INT64))
    *out = (double) g_variant_get_int64 (value);
  else
    return FALSE;
  /* Beyond 2^53 an integer may have been rounded. */
  return isfinite (*out)
         && (g_variant_is_of_type (value, G_VARIANT_TYPE_DOUBLE) || fabs (*out) < 0x1p53);
}

static gboolean
refuse (const NvParam *param, GVariant *value, const char *what, GError **error)
{
  static const char *const wanted[] = { "", "a number, ", "an integer, ",
                                        "", "",           "one of " };
  g_autofree char *given = nv_i_value_text (value);
  g_autofree char *allowed = nv_i_param_allowed (param);
  double x;
  const gboolean beyond = param->type == NV_PARAM_INT && number_of (value, &x) && x > G_MAXINT;
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "%s: option '%s' is %s; allowed is %s%s%s",
               what, param->name, given, wanted[param->type], allowed,
               beyond && param->max >= G_MAXINT ? ", at most 2147483647" : "");
  return FALSE;
}

static gboolean
set_number (const NvParam *param, void *field, GVariant *value, const char *what,
            GError **error)
{
  double x;
  gboolean whole = param->type == NV_PARAM_INT;
  if (!number_of (value, &x) || x < param->min || x > param->max
      || (whole && x != floor (x)))
    return refuse (param, value, what, error);
  if (whole)
    *(int *) field = (int) x;
  else
    *(double *) field = x;
  return TRUE;
}

static gboolean
set_choice (const NvParam *param, int *field, GVariant *value, const char *what,
            GError **error)
{
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return refuse (param, value, what, error);
  const char *text = g_variant_get_string (value, NULL);
  for (int i = 0; param->choices[i] != NULL; i++)
    if (strcmp (param->choices[i], text) == 0) {
      *field = i;
      return TRUE;
    }
  return refuse (param, value, what, error);
}

static gboolean
set_field (const NvParam *param, void *field, GVariant *value, const char *what,
           GError **error)
{
  switch (param->type) {
  case NV_PARAM_REAL:
  case NV_PARAM_INT:
    return set_number (param, field, value, what, error);
  case NV_PARAM_CHOICE:
    return set_choice (param, field, value, what, error);
  case NV_PARAM_BOOL:
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
      return refuse (param, value, what, error);
    *(gboolean *) field = g_variant_get_boolean (value);
    return TRUE;
  default:
    if (!g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
      return refuse (param, value, what, error);
    g_free (*(char **) field);
    *(char **) field = g_variant_dup_string (value, NULL);
    return TRUE;
  }
}

/* --- the whole table ---------------------------------------------------------------- */

const NvParam *
nv_i_param_find (const NvParam *params, const char *name)
{
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    if (strcmp (p->name, name) == 0)
      return p;
  return NULL;
}

static const NvParam *
find_param (const NvParam *params, const char *name, const char *what, GError **error)
{
  const NvParam *param = nv_i_param_find (params, name);
  if (param != NULL)
    return param;
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    g_ptr_array_add (names, (gpointer) p->name);
  g_ptr_array_add (names, NULL);
  g_autofree char *suggestion = nv_i_suggestion (name,
                                                 (const char *const *) names->pdata);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "%s: unknown option '%s'; %s", what,
               name, suggestion);
  return NULL;
}

static gboolean
set_all (const NvParam *params, char *options, GVariant *values, const char *what,
         GError **error)
{
  GVariantIter iter;
  const char *name;
  GVariant *value;
  g_variant_iter_init (&iter, values);
  while (g_variant_iter_next (&iter, "{&sv}", &name, &value)) {
    g_autoptr (GVariant) owned = value;
    const NvParam *param = find_param (params, name, what, error);
    if (param == NULL || !set_field (param, options + param->offset, owned, what, error))
      return FALSE;
  }
  return TRUE;
}

gpointer
nv_i_options_new (const NvParam *params, gsize size, const void *defaults,
                  GVariant *values, const char *what, GError **error)
{
  g_autoptr (GVariant) owned = values != NULL ? g_variant_ref_sink (values) : NULL;
  gboolean is_dict = owned == NULL || g_variant_is_of_type (owned, G_VARIANT_TYPE_VARDICT);
  g_return_val_if_fail (is_dict, NULL);
  char *options = g_malloc0 (MAX (size, 1));
  if (size > 0)
    memcpy (options, defaults, size);
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    if (p->type == NV_PARAM_STRING) {
      char **field = (char **) (options + p->offset);
      *field = g_strdup (*field);
    }
  if (owned != NULL && !set_all (params, options, owned, what, error)) {
    nv_i_options_free (params, options);
    return NULL;
  }
  return options;
}

void
nv_i_options_free (const NvParam *params, gpointer options)
{
  if (options == NULL)
    return;
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    if (p->type == NV_PARAM_STRING)
      g_free (*(char **) ((char *) options + p->offset));
  g_free (options);
}

GVariant *
nv_i_options_variant (JsonNode *node)
{
  GVariantBuilder builder;
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  json_object_iter_init_ordered (&iter, json_node_get_object (node));
  while (json_object_iter_next_ordered (&iter, &name, &member)) {
    GType type = json_node_get_value_type (member);
    if (JSON_NODE_HOLDS_NULL (member))
      continue;
    if (type == G_TYPE_STRING)
      g_variant_builder_add (&builder, "{sv}", name,
                             g_variant_new_string (json_node_get_string (member)));
    else if (type == G_TYPE_BOOLEAN)
      g_variant_builder_add (&builder, "{sv}", name,
                             g_variant_new_boolean (json_node_get_boolean (member)));
    else if (type == G_TYPE_INT64)
      g_variant_builder_add (&builder, "{sv}", name,
                             g_variant_new_int64 (json_node_get_int (member)));
    else
      g_variant_builder_add (&builder, "{sv}", name,
                             g_variant_new_double (json_node_get_double (member)));
  }
  return g_variant_builder_end (&builder);
}
