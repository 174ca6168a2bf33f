/* Arguments of the form KEY=VALUE, of commands that have options of their own, of a space and of a
 * parameter table. */
#include <string.h>

#include "cli/cli.h"
#include "plugin/instance.h"
#include "plugin/options.h"
#include "plugin/registry.h"

#define OF_SPACE "space."

/* The key, g_free, and in *text what stands behind the '='; "" where there is none. */
static char *
split (const char *pair, const char **text)
{
  const gsize length = strcspn (pair, "=");
  *text = pair + length + (pair[length] == '=');
  return g_strndup (pair, length);
}

static gboolean
check_known (const char *what, const char *key, GPtrArray *names, GError **error)
{
  const char *const *words = (const char *const *) names->pdata;
  if (g_str_has_prefix (key, OF_SPACE) || g_strv_contains (words, key))
    return TRUE;
  g_autofree char *suggestion = nv_i_suggestion (key, words);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "%s: unknown option '%s'; %s", what, key,
               suggestion);
  return FALSE;
}

/* Is every key known, and none there twice? */
static gboolean
check_keys (const NvCliKey *own, const NvParam *params, int argc, char **argv, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (; own->key != NULL; own++)
    g_ptr_array_add (names, (gpointer) own->key);
  g_ptr_array_add (names, (gpointer) OF_SPACE "KEY");
  for (; params->type != NV_PARAM_END; params++)
    g_ptr_array_add (names, (gpointer) params->name);
  g_ptr_array_add (names, NULL);
  for (int i = 1; i < argc; i++) {
    const char *text;
    char *key = split (argv[i], &text);
    const gboolean first = g_hash_table_add (seen, key);
    if (!check_known (argv[0], key, names, error))
      return FALSE;
    if (!first) {
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "%s: '%s' is given twice", argv[0], key);
      return FALSE;
    }
  }
  return TRUE;
}

/* The text as the option's type has it; what is wrong with it is found by nv_i_options_new().
 * Floating. */
static GVariant *
value_of (const NvParam *params, const char *key, const char *text)
{
  const NvParam *param = nv_i_param_find (params, key);
  gint64 number;
  char *end;
  if (param != NULL && param->type == NV_PARAM_BOOL
      && (strcmp (text, "true") == 0 || strcmp (text, "false") == 0))
    return g_variant_new_boolean (*text == 't');
  if (param != NULL && param->type == NV_PARAM_INT
      && g_ascii_string_to_signed (text, 10, G_MININT64, G_MAXINT64, &number, NULL))
    return g_variant_new_int64 (number);
  const double real = g_ascii_strtod (text, &end);
  if (param != NULL && param->type == NV_PARAM_REAL && end != text && *end == '\0')
    return g_variant_new_double (real);
  return g_variant_new_string (text);
}

GVariant *
nv_i_cli_read_pairs (const NvCliKey *own, const NvParam *params, int argc, char **argv,
                     GError **error)
{
  if (!check_keys (own, params, argc, argv, error))
    return NULL;
  g_auto (GVariantBuilder) options = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);
  for (int i = 1; i < argc; i++) {
    const char *text;
    g_autofree char *key = split (argv[i], &text);
    const NvCliKey *o = own;
    while (o->key != NULL && strcmp (o->key, key) != 0)
      o++;
    if (o->key != NULL)
      *o->text = text;
    else if (!g_str_has_prefix (key, OF_SPACE))
      g_variant_builder_add (&options, "{sv}", key, value_of (params, key, text));
  }
  return g_variant_ref_sink (g_variant_builder_end (&options));
}

NvSpace *
nv_i_cli_space (const char *name, int argc, char **argv, GError **error)
{
  const NvClass *klass = nv_i_plugin_find (NV_KIND_SPACE, name, error);
  if (klass == NULL)
    return NULL;
  g_auto (GVariantDict) options = G_VARIANT_DICT_INIT (NULL);
  for (int i = 1; i < argc; i++) {
    if (!g_str_has_prefix (argv[i], OF_SPACE))
      continue;
    const char *text;
    g_autofree char *key = split (argv[i] + strlen (OF_SPACE), &text);
    g_variant_dict_insert_value (&options, key, value_of (klass->params, key, text));
  }
  return nv_i_space_new (name, g_variant_dict_end (&options), error);
}
