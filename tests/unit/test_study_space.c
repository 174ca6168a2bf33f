/* A study in a space whose hooks give what cannot be used: its runs fail, and the error names space
 * and hook. */
#include "study_help.h"

static char *
format_nothing (const NvSpace *space G_GNUC_UNUSED, const NvCell *cell G_GNUC_UNUSED)
{
  return NULL;
}

static void
canonical_none (const NvSpace *space, const NvCell *cell, NvCell *out)
{
  toy_canonical (space, cell, out);
  out->n_nodes = 77;
}

static void
test_hook (Place *p, gconstpointer name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvStudy) study = toy_study (p);
  g_autofree char *part = g_strdup_printf ("space %s: %s() gave", (const char *) name,
                                           strcmp (name, "formatless") == 0 ? "format"
                                                                            : "canonical");
  g_assert_false (nv_i_study_run (study, p->cancel, &error));
  if (strstr (error->message, part) == NULL)
    g_error ("'%s' is not in '%s'", part, error->message);
  LOOKUP (p, "SELECT count (*) FROM trial", "0");
}

int
main (int argc, char **argv)
{
  static NvSpaceClass formatless, formless;
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  accept_toys ();
  formatless = formless = toy;
  formatless.head.name = "formatless";
  formatless.format = format_nothing;
  formless.head.name = "formless";
  formless.canonical = canonical_none;
  nv_i_plugin_accept (&formatless.head, "test", &error);
  nv_i_plugin_accept (&formless.head, "test", &error);
  g_assert_no_error (error);
  g_test_add ("/study-space/format", Place, "formatless", enter, test_hook, leave);
  g_test_add ("/study-space/canonical", Place, "formless", enter, test_hook, leave);
  return g_test_run ();
}
