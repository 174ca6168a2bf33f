/* Spaces in use: what the core adds to the hooks, and makes of what they give. */
#include "chain_space.h"

/* --- the chains, each hook of which can give what cannot be used ------------------ */

static const char *bent_hook = ""; /* the one that does */
static const char *bent_text;      /* what format() then gives */

/* Too many nodes, or an op that is not there. */
static void
bend (const char *hook, NvCell *cell)
{
  if (strcmp (bent_hook, hook) != 0)
    return;
  if (strcmp (hook, "canonical") == 0 || strcmp (hook, "sample") == 0)
    cell->n_nodes = 77;
  else
    cell->ops[0] = 7;
}

static NvCells *
bent_enumerate (const NvSpace *s, GError **error)
{
  NvCells *all = chain_enumerate (s, error);
  NvCell cell;
  make_chain (&cell, 2, 1);
  bend ("enumerate", &cell);
  nv_cells_append (all, &cell);
  return all;
}

static gboolean
bent_sample (const NvSpace *s G_GNUC_UNUSED, NvRng *rng, NvCell *out,
             GError **error G_GNUC_UNUSED)
{
  make_chain (out, 2, nv_rng_below (rng, 4));
  bend ("sample", out);
  return TRUE;
}

static gboolean
bent_mutate (const NvSpace *s, NvRng *rng, const NvCell *cell, NvCell *out, GError **error)
{
  gboolean ok = chain_mutate (s, rng, cell, out, error);
  bend ("mutate", out);
  return ok;
}

static void
bent_neighbours (const NvSpace *s, const NvCell *cell, NvCells *out)
{
  NvCell next = *cell;
  chain_neighbours (s, cell, out);
  bend ("neighbours", &next);
  nv_cells_append (out, &next);
}

static void
bent_canonical (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, NvCell *out)
{
  *out = *cell;
  bend ("canonical", out);
}

static gboolean
bent_parse (const NvSpace *s, const char *text, NvCell *out, GError **error)
{
  gboolean ok = chain_parse (s, text, out, error);
  bend ("parse", out);
  return ok;
}

static char *
bent_format (const NvSpace *s, const NvCell *cell)
{
  return strcmp (bent_hook, "format") == 0 ? g_strdup (bent_text) : chain_format (s, cell);
}

static const NvSpaceClass bent = {
  NV_SPACE ("bent", "1.0", "chains, and worse"),
  NV_OPTIONS (ChainOptions, chain_params, .broken = 0),
  .open = chain_open, .enumerate = bent_enumerate, .sample = bent_sample,
  .validate = chain_validate, .canonical = bent_canonical, .mutate = bent_mutate,
  .neighbours = bent_neighbours, .format = bent_format, .parse = bent_parse,
};

/* --- tests ---------------------------------------------------------------------------- */

static void
test_space_open (void)
{
  GError *error = NULL;
  g_assert_null (new_chain (NO_NODES, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "space chain: open() set nodes = 33 and n_ops = 2; "
               "allowed are 1 to 32 and 1 to 254");
  g_assert_null (new_chain (NO_OP_NAME, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: open() gave op 1 no name");
  g_assert_null (new_chain (LATIN_OP, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: open() named op 1 'caf\xef\xbf\xbd', which is "
                                       "not one line of UTF-8");
  g_assert_null (new_chain (7, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "no chains today");
  g_assert_null (new_chain (11, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "space chain: option 'broken' is 11");
  g_assert_null (nv_i_space_new ("chian", NULL, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "no space 'chian'; did you mean 'chain'?");
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_assert_no_error (error);
  g_autoptr (JsonNode) node = nv_i_space_json (space);
  g_autofree char *text = nv_i_json_text (node);
  g_assert_cmpstr (text, ==, "{\"plugin\": \"chain\", \"version\": \"1.0\", \"options\": "
                             "{\"broken\": 0}}");
}

static gpointer
enumerate_thread (gpointer space)
{
  return nv_space_enumerate (space, NULL);
}

static void
test_space_list (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  gint before = g_atomic_int_get (&enumerations);
  GThread *threads[4];
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("list", enumerate_thread, space);
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  for (int i = 0; i < 4; i++) {
    g_autoptr (NvCells) other = g_thread_join (threads[i]);
    g_assert_true (other == all);
  }
  g_assert_cmpint (g_atomic_int_get (&enumerations), ==, before + 1);
  g_assert_cmpuint (all->count, ==, 14);

  NvRng rng;
  gboolean seen[3] = { FALSE };
  nv_rng_init (&rng, 17, "test", 2);
  for (int i = 0; i < 100; i++) {
    NvCell cell;
    g_assert_true (nv_space_sample (space, &rng, &cell, &error));
    seen[cell.n_nodes - 1] = TRUE;
  }
  g_assert_true (seen[0] && seen[1] && seen[2]);

  g_autoptr (NvSpace) silent = new_chain (SILENT, &error);
  g_assert_null (nv_space_enumerate (silent, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "space chain: enumerate() failed and did not say why");
  g_autoptr (NvSpace) empty = new_chain (EMPTY_LIST, &error);
  NvCell cell;
  g_assert_false (nv_space_sample (empty, &rng, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: enumerate() gave 0 cells");
}

#define INVALID(change, part)                                                           \
  G_STMT_START {                                                                        \
    NvCell cell;                                                                        \
    make_chain (&cell, 3, 5);                                                           \
    change;                                                                             \
    g_assert_false (nv_space_validate (space, &cell, &error));                          \
    CHECK_ERROR (error, NV_ERROR_CELL, part);                                           \
    g_assert_false (nv_space_valid_paper (space, &cell));                               \
  } G_STMT_END

static void
test_space_validate (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  NvCell good;
  make_chain (&good, 1, 1);
  g_assert_true (nv_space_validate (space, &good, &error));
  g_assert_true (nv_space_valid_paper (space, &good));
  INVALID (cell.n_nodes = 0, "a cell of 0 nodes; allowed are 1 to 3");
  INVALID (cell.n_nodes = 4, "a cell of 4 nodes; allowed are 1 to 3");
  INVALID (cell.ops[2] = 2, "node 2 has op 2; there are 2");
  INVALID (cell.ops[3] = 0, "row 3 of a cell of 3 nodes");
  INVALID (cell.rows[1] |= 2u, "row 1 of a cell of 3 nodes");
  INVALID (cell.rows[2] = 1u, "row 2 of a cell of 3 nodes");
  INVALID (cell.rows[0] |= 1u << 31, "row 0 of a cell of 3 nodes");
  INVALID (cell.rows[31] = 4u, "row 31 of a cell of 3 nodes");
  INVALID (cell.rows[0] |= 4u, "no chain");
  g_autoptr (NvSpace) silent = new_chain (SILENT, &error);
  make_chain (&good, 3, 5);
  good.rows[0] = 0;
  g_assert_false (nv_space_validate (silent, &good, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "space chain: validate() failed and did not say why");
}

/* An error that is set counts, whatever is returned with it. */
static void
test_space_contrary (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (CONTRARY, &error);
  NvRng rng;
  NvCell cell, out, before;
  nv_rng_init (&rng, 19, "test", 2);
  make_chain (&cell, 1, 1);
  make_chain (&out, 3, 2);
  before = out;
  g_assert_false (nv_space_validate (space, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL,
               "space chain: validate() succeeded and set an error: no chain, but");
  g_assert_false (nv_space_validate (space, &cell, NULL));
  g_assert_false (nv_space_mutate (space, &rng, &cell, &out, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "space chain: mutate() succeeded and set an error: too short");
  g_assert_true (nv_cell_equal (&out, &before));
}

/* Calls every hook; FALSE with the first error. */
static gboolean
use_bent (NvSpace *space, GError **error)
{
  g_autoptr (NvCells) near = nv_cells_new (3);
  NvRng rng;
  NvCell cell, next, form;
  nv_rng_init (&rng, 19, "test", 2);
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  if (all == NULL || !nv_space_parse (space, "+-", &cell, error)
      || !nv_space_mutate (space, &rng, &cell, &next, error)
      || !nv_space_sample (space, &rng, &next, error))
    return FALSE;
  nv_space_neighbours (space, &cell, near);
  nv_space_canonical (space, &cell, &form);
  g_assert_true (nv_cell_equal (&cell, &form)); /* whatever the hook does */
  g_autofree char *text = nv_space_format (space, &cell);
  g_assert_cmpstr (text, ==, strcmp (bent_hook, "format") == 0 ? "?" : "+-");
  g_assert_cmpuint (near->count, ==, strcmp (bent_hook, "neighbours") == 0 ? 0 : 3);
  return nv_i_space_sound (space, error);
}

static void
test_space_hooks (void)
{
  static const struct { const char *hook, *text, *part; } cases[] = {
    { "enumerate", NULL, "gave what is none of its cells: node 0 has op 7; there are 2" },
    { "sample", NULL, "gave what is none of its cells: a cell of 77 nodes; allowed are 1 to 3" },
    { "parse", NULL, "gave what is none of its cells: node 0 has op 7" },
    { "mutate", NULL, "gave what is none of its cells: node 0 has op 7" },
    { "neighbours", NULL, "gave what is none of its cells: node 0 has op 7" },
    { "canonical", NULL, "gave what is none of its cells: a cell of 77 nodes" },
    { "format", NULL, "gave NULL" },
    { "format", "caf\xe9", "gave what is not one line of UTF-8" },
  };
  GError *error = NULL;
  bent_hook = "";
  g_autoptr (NvSpace) good = nv_i_space_new ("bent", NULL, &error);
  g_assert_true (use_bent (good, &error));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *part
        = g_strdup_printf ("space bent: %s() %s", cases[i].hook, cases[i].part);
    g_autoptr (NvSpace) space = nv_i_space_new ("bent", NULL, &error);
    bent_hook = cases[i].hook;
    bent_text = cases[i].text;
    g_assert_false (use_bent (space, &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN, part);
    bent_hook = "";
  }
}

/* A hook is not to blame for what it makes of a cell that is none. */
static void
test_space_invalid_cell (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new ("bent", NULL, &error);
  NvCell cell, form;
  nv_cell_init (&cell, 3);
  bent_hook = "canonical";
  nv_space_canonical (space, &cell, &form);
  bent_hook = "";
  g_assert_true (nv_i_space_sound (space, &error));
}

/* What is written on success is untouched on error, and may be the input itself. */
static void
test_space_outputs (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  NvRng rng;
  NvCell cell, before;
  nv_rng_init (&rng, 18, "test", 2);
  g_assert_true (nv_space_parse (space, "+-+", &cell, &error));
  before = cell;
  g_assert_true (nv_space_mutate (space, &rng, &cell, &cell, &error));
  g_assert_cmpuint (nv_cell_edit_distance (&before, &cell), ==, 1);
  before = cell;
  g_assert_false (nv_space_parse (space, "+*", &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "'+*' is no chain");
  g_assert_true (nv_cell_equal (&before, &cell));
  NvCell dot;
  make_chain (&dot, 1, 0);
  g_assert_false (nv_space_mutate (space, &rng, &dot, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "too short");
  g_assert_true (nv_cell_equal (&before, &cell));
  g_autoptr (NvCells) near = nv_cells_new (3);
  nv_space_neighbours (space, &before, near);
  g_assert_cmpuint (near->count, ==, 3);
  g_autofree char *text = nv_space_format (space, &dot);
  g_assert_cmpstr (text, ==, "+");
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  g_test_init (&argc, &argv, NULL);
  nv_i_plugin_accept (&chain.head, "chain", &error);
  nv_i_plugin_accept (&bent.head, "bent", &error);
  g_assert_no_error (error);
  g_test_add_func ("/instance-space/open", test_space_open);
  g_test_add_func ("/instance-space/list", test_space_list);
  g_test_add_func ("/instance-space/validate", test_space_validate);
  g_test_add_func ("/instance-space/contrary", test_space_contrary);
  g_test_add_func ("/instance-space/hooks", test_space_hooks);
  g_test_add_func ("/instance-space/invalid-cell", test_space_invalid_cell);
  g_test_add_func ("/instance-space/outputs", test_space_outputs);
  return g_test_run ();
}
