/* nasvec plugins: what there is, and what each can be told. */
#include <json-glib/json-glib.h>
#include <nasvec/encoder.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "plugin/options.h"
#include "plugin/registry.h"

/* --- JSON --------------------------------------------------------------------------- */

static JsonObject *
class_object (const NvClass *klass)
{
  JsonObject *object = json_object_new ();
  json_object_set_string_member (object, "kind", nv_kind_name (klass->kind));
  json_object_set_string_member (object, "name", klass->name);
  json_object_set_string_member (object, "version", klass->version);
  json_object_set_string_member (object, "summary", klass->summary);
  json_object_set_string_member (object, "file", nv_i_plugin_file (klass));
  json_object_set_string_member (object, "sha256", nv_i_plugin_digest (klass));
  json_object_set_member (object, "options",
                          nv_i_params_json (klass->params, klass->defaults));
  return object;
}

static void
print_json (GPtrArray *classes, gboolean single)
{
  g_autoptr (JsonNode) node = json_node_new (single ? JSON_NODE_OBJECT : JSON_NODE_ARRAY);
  if (single)
    json_node_take_object (node, class_object (classes->pdata[0]));
  else {
    JsonArray *array = json_array_new ();
    for (guint i = 0; i < classes->len; i++)
      json_array_add_object_element (array, class_object (classes->pdata[i]));
    json_node_take_array (node, array);
  }
  g_autofree char *text = nv_i_json_text (node);
  puts (text);
}

/* --- text --------------------------------------------------------------------------- */

static void
print_list (GPtrArray *classes)
{
  int name = 0, version = 0, summary = 0;
  for (guint i = 0; i < classes->len; i++) {
    const NvClass *c = classes->pdata[i];
    name = MAX (name, (int) strlen (c->name));
    version = MAX (version, (int) strlen (c->version));
    summary = MAX (summary, (int) strlen (c->summary));
  }
  for (guint i = 0; i < classes->len; i++) {
    const NvClass *c = classes->pdata[i];
    printf ("%-8s  %-*s  %-*s  %-*s  %s\n", nv_kind_name (c->kind), name, c->name,
            version, c->version, summary, c->summary, nv_i_plugin_file (c));
  }
}

static void
print_presets (const NvSpaceClass *space)
{
  for (const NvTablePreset *p = space->presets; p != NULL && p->dataset != NULL; p++) {
    printf ("%s%s", p == space->presets ? "tables: " : ", ", p->dataset);
    if (p->epochs > 0) /* 0: the file does not tell */
      printf (" (%d epochs)", p->epochs);
  }
  if (space->presets != NULL && space->presets->dataset != NULL)
    printf ("\n");
}

static void
print_abilities (const NvEncoderClass *encoder)
{
  g_autoptr (GPtrArray) can = g_ptr_array_new ();
  if (encoder->fit != NULL)
    g_ptr_array_add (can, (gpointer) "be pre-trained");
  if (encoder->backward != NULL)
    g_ptr_array_add (can, (gpointer) "be trained by a searcher");
  if (encoder->decode != NULL)
    g_ptr_array_add (can, (gpointer) "decode");
  g_ptr_array_add (can, NULL);
  g_autofree char *text = g_strjoinv (", ", (char **) can->pdata);
  if (*text != '\0')
    printf ("can: %s\n", text);
}

static void
print_one (const NvClass *klass)
{
  printf ("%s %s %s: %s\nfile: %s\n", nv_kind_name (klass->kind), klass->name,
          klass->version, klass->summary, nv_i_plugin_file (klass));
  if (klass->kind == NV_KIND_SPACE)
    print_presets ((const NvSpaceClass *) klass);
  if (klass->kind == NV_KIND_ENCODER)
    print_abilities ((const NvEncoderClass *) klass);
  g_autofree char *help = nv_i_params_help (klass->params, klass->defaults, FALSE);
  printf (*help != '\0' ? "options (type, default, allowed):\n%s" : "options: none\n",
          help);
}

/* --- what is asked for -------------------------------------------------------------- */

/* The plugins of a kind, or of all (0). Refused files are reported, each once. */
static GPtrArray *
list_kind (guint kind)
{
  g_autoptr (GHashTable) said = NULL;
  said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GPtrArray *all = g_ptr_array_new ();
  for (guint k = NV_KIND_SPACE; k <= NV_KIND_SEARCHER; k++) {
    if (kind != 0 && k != kind)
      continue;
    g_autoptr (GPtrArray) refused = NULL;
    g_autoptr (GPtrArray) classes = nv_i_plugin_list (k, &refused);
    for (guint i = 0; i < classes->len; i++)
      g_ptr_array_add (all, classes->pdata[i]);
    for (guint i = 0; i < refused->len; i++) {
      const GError *error = refused->pdata[i];
      if (g_hash_table_add (said, g_strdup (error->message)))
        nv_i_cli_fail (error);
    }
  }
  return all;
}

/* argv[1]: kind, argv[2]: name, both optional. */
static GPtrArray *
find_classes (int argc, char **argv, GError **error)
{
  NvKind kind = 0;
  if (argc >= 2 && !nv_i_cli_kind (argv[1], &kind, error))
    return NULL;
  if (argc < 3)
    return list_kind (kind);
  const NvClass *klass = nv_i_plugin_find (kind, argv[2], error);
  if (klass == NULL)
    return NULL;
  GPtrArray *one = g_ptr_array_new ();
  g_ptr_array_add (one, (gpointer) klass);
  return one;
}

int
nv_i_cli_plugins (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, "print JSON, all options included", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  if (!nv_i_cli_parse (
          &argc, &argv, "[KIND [NAME]]",
          "Lists the plugins that are found, of one KIND (space, encoder or\n"
          "searcher) or of all; with NAME, tells what that plugin is, where it\n"
          "comes from and which options it has.\n\n"
          "Plugins are looked for in the folders of NASVEC_PLUGIN_PATH, the build\n"
          "tree, the user's data folder and the installed folder. Files that do\n"
          "not fit are listed on standard error with the reason.",
          entries))
    return 2;
  if (argc > 3) {
    fprintf (stderr, "nasvec plugins: too many arguments\n");
    return 2;
  }
  g_autoptr (GPtrArray) classes = find_classes (argc, argv, &error);
  if (classes == NULL)
    return nv_i_cli_fail (error);
  if (json)
    print_json (classes, argc == 3);
  else if (argc == 3)
    print_one (classes->pdata[0]);
  else
    print_list (classes);
  return 0;
}
