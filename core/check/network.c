/* What the networks of a space's cells must be. */
#include "check/private.h"
#include "train/fit.h"

/* Are two networks of the same cell the same? */
static gboolean
check_again (const NvNetwork *a, const NvNetwork *b, const char *text, GError **error)
{
  REQUIRE (a->layers->len == b->layers->len && a->output == b->output
               && nv_i_network_parameters (a) == nv_i_network_parameters (b)
               && nv_i_network_madds (a) == nv_i_network_madds (b),
           "cell '%s' has another network the second time", text);
  return TRUE;
}

/* Builds the network of a cell twice, unless the space refuses the skeleton. */
static gboolean
check_built (const NvSpace *space, const NvCell *cell, const NvSkeleton *skeleton, guint *built,
             GError **error)
{
  g_autofree char *text = nv_space_format (space, cell);
  g_autoptr (GError) local = NULL;
  const guint size = (guint) nv_i_train_defaults.size;
  g_autoptr (NvNetwork) once
    = nv_i_network_of_cell (space, cell, skeleton, 1, size, 10, &local);
  if (once == NULL && g_error_matches (local, NV_ERROR, NV_ERROR_OPTION))
    return TRUE;
  REQUIRE (once != NULL, "cell '%s': %s", text, local->message);
  g_autoptr (NvNetwork) twice = nv_i_network_of_cell (space, cell, skeleton, 1, size, 10, error);
  ++*built;
  return twice != NULL && check_again (once, twice, text, error);
}

/* At the scale that a training has by default, plain and with all that it can ask for. */
gboolean
nv_i_check_network (NvCheck *check, GError **error)
{
  const NvTrainOptions *opt = &nv_i_train_defaults;
  const guint width = (guint) opt->width, cells = (guint) opt->cells, stages = (guint) opt->stages;
  const NvSkeleton skeletons[] = {
    { width, cells, stages, 0, FALSE }, { width + 3, cells + 1, stages + 1, .2, TRUE }
  };
  guint built = 0;
  ONLY_IF (((const NvSpaceClass *) check->klass)->network != NULL, "it has no networks");
  g_autoptr (NvSpace) space = nv_i_space_new (check->klass->name, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 200, error) : NULL;
  if (some == NULL)
    return FALSE;
  for (gsize i = 0; i < some->count * G_N_ELEMENTS (skeletons); i++) {
    NvCell cell;
    nv_cells_get (some, i / G_N_ELEMENTS (skeletons), &cell);
    if (!check_built (space, &cell, &skeletons[i % G_N_ELEMENTS (skeletons)], &built, error))
      return FALSE;
  }
  REQUIRE (built > 0, "all %zu cells are refused at width = %u", some->count, width);
  g_string_append_printf (check->note, " %u built", built);
  return TRUE;
}
