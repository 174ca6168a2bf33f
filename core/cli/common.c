/* What the subcommands share. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plugin/options.h"

int
nv_i_cli_fail (const GError *error)
{
  fprintf (stderr, "nasvec: %s\n", error->message);
  return 1;
}

gboolean
nv_i_cli_parse (int *argc, char ***argv, const char *usage, const char *description,
                const GOptionEntry *entries)
{
  g_autofree char *program = g_strconcat ("nasvec ", (*argv)[0], NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_option_context_set_summary (context, description);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_set_prgname (program);
  if (g_option_context_parse (context, argc, argv, &error)) {
    /* A "--" that ended the options is no argument. */
    if (*argc > 1 && strcmp ((*argv)[1], "--") == 0) {
      memmove (*argv + 1, *argv + 2, (gsize) (*argc - 1) * sizeof (char *));
      --*argc;
    }
    return TRUE;
  }
  fprintf (stderr, "%s: %s; see `%s --help`\n", program, error->message, program);
  return FALSE;
}

gboolean
nv_i_cli_kind (const char *text, NvKind *kind, GError **error)
{
  const char *names[4] = { NULL };
  for (guint k = NV_KIND_SPACE; k <= NV_KIND_SEARCHER; k++) {
    gsize length = strlen (nv_kind_name (k));
    names[k - 1] = nv_kind_name (k);
    if (strncmp (text, names[k - 1], length) == 0
        && (text[length] == '\0' || strcmp (text + length, "s") == 0)) {
      *kind = k;
      return TRUE;
    }
  }
  g_autofree char *suggestion = nv_i_suggestion (text, names);
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "no kind of plugin '%s'; %s", text,
               suggestion);
  return FALSE;
}

gboolean
nv_i_cli_utf8 (int argc, char **argv, GError **error)
{
  for (int i = 1; i < argc; i++)
    if (!g_utf8_validate (argv[i], -1, NULL)) {
      g_autofree char *shown = g_utf8_make_valid (argv[i], -1);
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "'%s' is not UTF-8", shown);
      return FALSE;
    }
  return TRUE;
}
