/* The space nasbench201: its cells in the official order, equivalences, notation,
 * moves. */
#include <string.h>

#include "cell_of.h"
#include "data/csv.h"
#include "open_space.h"

static NvSpace *
open_by (const char *equivalence)
{
  return open_space ("nasbench201", "{'equivalence': <'%s'>}", equivalence);
}

#define FIRST "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+" \
              "|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"

static void
test_graph (void)
{
  g_autoptr (NvSpace) space = open_by ("string");
  const char *const ops[] = { "input", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3",
                              "skip_connect", "none", "output" };
  const guint8 expected[] = { 0, 3, 1, 4, 1, 4, 4, 6 };
  const guint edges[][2] = { { 0, 1 }, { 0, 2 }, { 0, 4 }, { 1, 3 }, { 1, 5 }, { 2, 6 },
                             { 3, 6 }, { 4, 7 }, { 5, 7 }, { 6, 7 } };
  NvCell cell = cell_of (space, FIRST);
  g_assert_cmpuint (space->nodes, ==, 8);
  g_assert_cmpuint (space->n_ops, ==, 7);
  for (guint k = 0; k < 7; k++)
    g_assert_cmpstr (space->ops[k], ==, ops[k]);
  g_assert_cmpuint (cell.n_nodes, ==, 8);
  g_assert_cmpmem (cell.ops, 8, expected, 8);
  g_assert_cmpuint (nv_cell_n_edges (&cell), ==, G_N_ELEMENTS (edges));
  for (guint e = 0; e < G_N_ELEMENTS (edges); e++)
    g_assert_true (nv_cell_has_edge (&cell, edges[e][0], edges[e][1]));
}

static void
test_counts (void)
{
  const struct { const char *equivalence; gsize count; } rows[] = {
    { "string", 15625 }, { "skip", 12751 }, { "skip_zero", 6466 }
  };
  g_autoptr (NvSpace) strings = open_by ("string");
  g_autoptr (NvCells) all = nv_space_enumerate (strings, NULL);
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autoptr (NvSpace) space = open_by (rows[r].equivalence);
    g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
    g_autoptr (NvCellIndex) index = nv_cell_index_new (), reached = nv_cell_index_new ();
    g_assert_cmpuint (cells->count, ==, rows[r].count);
    for (gsize i = 0; i < cells->count; i++) {
      NvCell cell, form;
      nv_cells_get (cells, i, &cell);
      nv_space_canonical (space, &cell, &form);
      g_assert_true (nv_cell_equal (&cell, &form));
      g_assert_true (nv_space_validate (space, &cell, NULL));
      g_assert_true (nv_cell_index_add (index, &cell, i, NULL));
    }
    for (gsize i = 0; i < all->count; i++) {
      NvCell cell;
      nv_cells_get (all, i, &cell);
      nv_space_canonical (space, &cell, &cell);
      g_assert_true (nv_cell_index_find (index, &cell, NULL));
      nv_cell_index_add (reached, &cell, i, NULL);
    }
    g_assert_cmpuint (nv_cell_index_count (reached), ==, rows[r].count);
  }
}

static gboolean
same_class (const NvSpace *space, const char *a, const char *b)
{
  NvCell x = cell_of (space, a), y = cell_of (space, b);
  nv_space_canonical (space, &x, &x);
  nv_space_canonical (space, &y, &y);
  return nv_cell_equal (&x, &y);
}

static void
test_equivalence (void)
{
  g_autoptr (NvSpace) string = open_by ("string"), skip = open_by ("skip"),
                      zero = open_by ("skip_zero");
  /* 0-1 is a skip, so the same op after it or beside it is the same */
  const char *a
    = "|skip_connect~0|+|none~0|avg_pool_3x3~1|+|none~0|nor_conv_1x1~1|none~2|";
  const char *b
    = "|skip_connect~0|+|avg_pool_3x3~0|none~1|+|nor_conv_1x1~0|none~1|none~2|";
  g_assert_false (same_class (string, a, b));
  g_assert_true (same_class (skip, a, b));
  g_assert_true (same_class (zero, a, b));
  /* 0-1 is zero, so that nothing that leaves node 1 matters */
  const char *c
    = "|none~0|+|avg_pool_3x3~0|none~1|+|none~0|nor_conv_1x1~1|nor_conv_3x3~2|";
  const char *d
    = "|none~0|+|avg_pool_3x3~0|none~1|+|none~0|nor_conv_3x3~1|nor_conv_3x3~2|";
  g_assert_false (same_class (string, c, d));
  g_assert_false (same_class (skip, c, d));
  g_assert_true (same_class (zero, c, d));
  const char *e
    = "|none~0|+|nor_conv_1x1~0|none~1|+|none~0|nor_conv_1x1~1|nor_conv_3x3~2|";
  g_assert_false (same_class (zero, c, e));
}

static void
test_official_index (void)
{
  g_autofree char *file = nv_i_data_file ("nasbench201.csv.gz", NULL, NULL);
  if (file == NULL) {
    g_test_skip ("NASVEC_DATA has no nasbench201.csv.gz");
    return;
  }
  g_autoptr (NvSpace) space = open_by ("string");
  g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
  g_autoptr (NvCsv) csv = nv_i_csv_open (file, NULL);
  guint column = (guint) nv_i_csv_column (csv, "arch_str", NULL);
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell;
    nv_cells_get (cells, i, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    g_assert_true (nv_i_csv_next (csv, NULL));
    g_assert_cmpstr (nv_i_csv_text (csv, column), ==, text);
  }
  g_assert_false (nv_i_csv_next (csv, NULL));
}

static void
test_notation (void)
{
  static const struct { const char *text, *message; } bad[] = {
    { "15625", "'15625': an index is 0 to 15624" },
    { "3x", "'3x': an index is 0 to 15624" },
    { "", "*at character 1: expected |;*" },
    { "avg_pool_3x3~0", "*at character 1: expected |;*" },
    { "|none", "*at character 2: expected none~, skip_connect~, *" },
    { "|none~", "*at character 7: expected 0;*" },
    { "|none~0|none~0|", "*at character 8: expected |+|;*" },
    { "|nune~0|+", "*at character 2: expected none~, skip_connect~, *" },
    { "|none~0|+|none~1|none~1|+|none~0|none~1|none~2|",
      "*at character 16: expected 0;*" },
    { "|none~0|+|none~0|none~1|+|none~0|none~1|none~2",
      "*at character 47: expected | and the*" },
    { "|none~0|+|none~0|none~1|+|none~0|none~1|none~2| ",
      "*at character 47: expected | and *" },
  };
  g_autoptr (NvSpace) space = open_by ("string");
  g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell, back;
    nv_cells_get (cells, i, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    g_autofree char *number = g_strdup_printf ("%" G_GSIZE_FORMAT, i);
    back = cell_of (space, text);
    g_assert_true (nv_cell_equal (&cell, &back));
    back = cell_of (space, number);
    g_assert_true (nv_cell_equal (&cell, &back));
  }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    NvCell cell, before;
    memset (&cell, 0x5a, sizeof cell);
    before = cell;
    g_autoptr (GError) error = NULL;
    g_assert_false (nv_space_parse (space, bad[i].text, &cell, &error));
    g_assert_error (error, NV_ERROR, NV_ERROR_CELL);
    if (!g_pattern_match_simple (bad[i].message, error->message))
      g_error ("'%s' does not match '%s'", error->message, bad[i].message);
    g_assert_cmpmem (&cell, sizeof cell, &before, sizeof before);
  }
}

static void
assert_invalid (const NvSpace *space, const NvCell *cell, gboolean paper,
                const char *pattern)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_space_validate (space, cell, &error));
  g_assert_error (error, NV_ERROR, NV_ERROR_CELL);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("'%s' does not match '%s'", error->message, pattern);
  g_assert_cmpint (nv_space_valid_paper (space, cell), ==, paper);
}

static void
test_validity (void)
{
  g_autoptr (NvSpace) space = open_by ("string");
  const NvCell good = cell_of (space, FIRST);
  g_assert_true (nv_space_validate (space, &good, NULL));
  g_assert_true (nv_space_valid_paper (space, &good));
  NvCell bad = good;
  bad.rows[2] |= 1u << 7;
  assert_invalid (space, &bad, TRUE, "*node 2 has edges to*0xc0*must have 0x40");
  for (guint i = 0; i < 8; i++) {
    const guint8 wrong[] = { i == 0 ? 6 : 0, i == 7 ? 1 : 6, 7, NV_OP_PAD };
    for (guint k = 0; k < G_N_ELEMENTS (wrong); k++) {
      g_autofree char *message = g_strdup_printf ("*node %u *", i);
      bad = good;
      bad.ops[i] = wrong[k];
      if (i != 7 || wrong[k] != 6)
        assert_invalid (space, &bad, i == 1 && wrong[k] < 7, message);
    }
  }
  nv_cell_init (&bad, 7);
  assert_invalid (space, &bad, FALSE, "*the cell has 7 nodes, not 8*");
}

static void
test_moves (void)
{
  g_autoptr (NvSpace) space = open_by ("string");
  const NvCell cell = cell_of (space, FIRST);
  g_autoptr (NvCells) around = nv_cells_new (8);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  nv_space_neighbours (space, &cell, around);
  g_assert_cmpuint (around->count, ==, 24);
  for (gsize i = 0; i < 24; i++) {
    NvCell next;
    nv_cells_get (around, i, &next);
    g_assert_true (nv_space_validate (space, &next, NULL));
    g_assert_cmpuint (nv_cell_edit_distance (&cell, &next), ==, 1);
    g_assert_true (nv_cell_index_add (index, &next, i, NULL));
  }

  guint drawn[24] = { 0 };
  NvRng rng;
  nv_rng_init (&rng, 7, "moves", 0);
  for (guint k = 0; k < 24000; k++) {
    NvCell next;
    gsize i = 0;
    g_assert_true (nv_space_mutate (space, &rng, &cell, &next, NULL));
    g_assert_true (nv_cell_index_find (index, &next, &i));
    drawn[i]++;
  }
  for (guint i = 0; i < 24; i++)
    g_assert_true (drawn[i] > 850 && drawn[i] < 1150); /* 1000 +- 4.8 sigma */
}

/* The classes that an edge of `cell` can lead to, its own not among them. */
static NvCellIndex *
classes_near (const NvSpace *space, const NvSpace *strings, const NvCell *cell)
{
  g_autoptr (NvCells) spelled = nv_cells_new (8);
  NvCellIndex *classes = nv_cell_index_new ();
  NvCell own, next;
  nv_space_canonical (space, cell, &own);
  nv_space_neighbours (strings, cell, spelled);
  for (gsize k = 0; k < spelled->count; k++) {
    nv_cells_get (spelled, k, &next);
    nv_space_canonical (space, &next, &next);
    if (!nv_cell_equal (&next, &own))
      nv_cell_index_add (classes, &next, k, NULL);
  }
  return classes;
}

/* `neighbours` gives each of these classes once, as its representative, and `mutate` one of them.
 * Returns how many there are. */
static gsize
check_moves (const NvSpace *space, const NvSpace *strings, const NvCell *cell, NvRng *rng)
{
  g_autoptr (NvCellIndex) wanted = classes_near (space, strings, cell),
                          seen = nv_cell_index_new ();
  g_autoptr (NvCells) near = nv_cells_new (8);
  NvCell next;
  nv_space_neighbours (space, cell, near);
  g_assert_cmpuint (near->count, ==, nv_cell_index_count (wanted));
  for (gsize k = 0; k < near->count; k++) {
    nv_cells_get (near, k, &next);
    g_assert_true (nv_cell_index_find (wanted, &next, NULL));
    g_assert_true (nv_cell_index_add (seen, &next, k, NULL));
  }
  g_assert_true (nv_space_mutate (space, rng, cell, &next, NULL));
  nv_space_canonical (space, &next, &next);
  g_assert_true (nv_cell_index_find (wanted, &next, NULL));
  return near->count;
}

/* From every spelling of every class. The edge 0-3 alone leads to four others. */
static void
test_moves_of_classes (void)
{
  static const char *const equivalences[] = { "string", "skip", "skip_zero" };
  g_autoptr (NvSpace) strings = open_by ("string");
  g_autoptr (NvCells) all = nv_space_enumerate (strings, NULL);
  for (guint r = 0; r < G_N_ELEMENTS (equivalences); r++) {
    g_autoptr (NvSpace) space = open_by (equivalences[r]);
    NvRng rng;
    nv_rng_init (&rng, 7, "moves", 0);
    for (gsize i = 0; i < all->count; i++) {
      NvCell cell;
      nv_cells_get (all, i, &cell);
      g_assert_cmpuint (check_moves (space, strings, &cell, &rng), >=, 4);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/nasbench201/graph", test_graph);
  g_test_add_func ("/nasbench201/counts", test_counts);
  g_test_add_func ("/nasbench201/equivalence", test_equivalence);
  g_test_add_func ("/nasbench201/official-index", test_official_index);
  g_test_add_func ("/nasbench201/notation", test_notation);
  g_test_add_func ("/nasbench201/validity", test_validity);
  g_test_add_func ("/nasbench201/moves", test_moves);
  g_test_add_func ("/nasbench201/moves-of-classes", test_moves_of_classes);
  return g_test_run ();
}
