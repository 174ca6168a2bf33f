/* Arguments of the form KEY=VALUE, of commands that have options of their own, of a space and of a
 * parameter table. */
#include <string.h>

#include "cli/cli.h"
#include "plugin/options.h"

static gboolean
check_known (const char *what, const char *key, GPtrArray *names, GError **error)
{
  const char *const *words = (const char *const *) names->pdata;
  if (g_str_has_prefix (key, "space.") || g_strv_contains (words, key))
    return TRUE;
  g_autofree char *suggestion = nv_i_suggestion (key, words);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "%s: unknown option '%s'; %s", what, key,
               suggestion);
  return FALSE;
}

gboolean
nv_i_cli_check_pairs (const char *const *own, const NvParam *params, int argc, char **argv,
                      GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (; *own != NULL; own++)
    g_ptr_array_add (names, (gpointer) *own);
  g_ptr_array_add (names, (gpointer) "space.KEY");
  for (; params->type != NV_PARAM_END; params++)
    g_ptr_array_add (names, (gpointer) params->name);
  g_ptr_array_add (names, NULL);
  for (int i = 1; i < argc; i++) {
    char *key = g_strndup (argv[i], strcspn (argv[i], "="));
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
