/* Cells as the spaces write them. Input: "space:text". What parses is a valid cell, and
 * what is made of it by format() parses to an equivalent one. */
#include <string.h>

#include "fuzz.h"
#include "plugin/instance.h"

/* Spaces are opened once: opening one can take milliseconds. */
static NvSpace *
find_space (const char *name)
{
  static GHashTable *spaces;
  if (spaces == NULL)
    spaces = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  NvSpace *space = g_hash_table_lookup (spaces, name);
  if (space == NULL && g_regex_match_simple ("^[a-z][a-z0-9_]{0,30}$", name, 0, 0)) {
    space = nv_i_space_new (name, NULL, NULL);
    if (space != NULL)
      g_hash_table_insert (spaces, g_strdup (name), space);
  }
  return space;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *input = g_strndup ((const char *) data, size);
  char *colon = strchr (input, ':');
  if (colon == NULL)
    return 0;
  *colon = '\0';
  NvSpace *space = find_space (input);
  NvCell cell, back;
  g_autoptr (GError) error = NULL;
  if (space == NULL)
    return 0;
  if (!nv_space_parse (space, colon + 1, &cell, &error)) {
    FUZZ_CHECK (error != NULL);
    return 0;
  }
  FUZZ_CHECK (error == NULL && nv_space_validate (space, &cell, NULL));
  g_autofree char *text = nv_space_format (space, &cell);
  FUZZ_CHECK (nv_space_parse (space, text, &back, NULL));
  nv_space_canonical (space, &cell, &cell);
  nv_space_canonical (space, &back, &back);
  FUZZ_CHECK (nv_cell_equal (&cell, &back));
  return 0;
}
