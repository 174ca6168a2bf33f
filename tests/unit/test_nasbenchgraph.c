/* The space nasbenchgraph: its list against the published one, classes, notation, moves,
 * and tables. */
#include <string.h>

#include "benchmark/benchmark.h"
#include "cell_of.h"
#include "check_error.h"
#include "data/csv.h"
#include "plugin/instance.h"

#define CELLS 26206

static NvSpace *space;
static NvCells *all;

static void
test_graph (void)
{
  const guint8 ops[] = { 0, 2, 3, 9, 4, 10 };
  const guint edges[][2] = { { 0, 1 }, { 1, 2 }, { 1, 3 }, { 2, 4 }, { 3, 5 }, { 4, 5 } };
  NvCell cell = cell_of (space, "0112 gcn-gin-skip-cheb");
  g_assert_cmpuint (space->n_ops, ==, 11);
  g_assert_cmpuint (cell.n_nodes, ==, 6);
  g_assert_cmpmem (cell.ops, 6, ops, 6);
  g_assert_cmpuint (nv_cell_n_edges (&cell), ==, G_N_ELEMENTS (edges));
  for (guint e = 0; e < G_N_ELEMENTS (edges); e++)
    g_assert_true (nv_cell_has_edge (&cell, edges[e][0], edges[e][1]));
}

static void
test_list (void)
{
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  g_assert_cmpuint (all->count, ==, CELLS);
  for (gsize i = 0; i < CELLS; i++) {
    NvCell cell, same;
    nv_cells_get (all, i, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    same = cell_of (space, text);
    g_assert_true (nv_cell_equal (&cell, &same));
    nv_space_canonical (space, &cell, &same);
    g_assert_true (nv_cell_equal (&cell, &same));
    g_assert_true (nv_space_validate (space, &cell, NULL));
    g_assert_true (nv_cell_index_add (index, &cell, i, NULL));
  }
}

/* All 24 x 9^4 ways to write a cell, but for those of skips alone, are in the list. */
static void
test_closed (void)
{
  static const char *const words[]
      = { "gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip" };
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  guint refused = 0;
  for (gsize i = 0; i < all->count; i++) {
    NvCell cell;
    nv_cells_get (all, i, &cell);
    nv_cell_index_add (index, &cell, i, NULL);
  }
  for (guint code = 0; code < 24 * 6561; code += 7) {
    const guint l = code / 6561, o = code % 6561;
    NvCell cell;
    g_autofree char *text = g_strdup_printf (
        "0%u%u%u %s-%s-%s-%s", l / 12, l / 4 % 3, l % 4, words[o / 729],
        words[o / 81 % 9], words[o / 9 % 9], words[o % 9]);
    if (!nv_space_parse (space, text, &cell, NULL)) {
      g_assert_cmpuint (o, ==, 6560);
      refused++;
      continue;
    }
    nv_space_canonical (space, &cell, &cell);
    g_assert_true (nv_cell_index_find (index, &cell, NULL));
  }
  g_assert_cmpuint (refused, >, 0);
}

static void
test_classes (void)
{
  static const struct { const char *from, *to; } rows[] = {
    /* children in any order */
    { "0121 gcn-gin-fc-cheb", "0112 gcn-gin-cheb-fc" },
    { "0000 sage-gat-fc-gcn", "0000 gat-gcn-sage-fc" },
    { "0012 gin-gat-fc-gcn", "0012 gat-gin-gcn-fc" },
    /* a skip in a chain goes to the front */
    { "0123 gat-skip-fc-skip", "0123 skip-skip-gat-fc" },
    { "0013 gat-gcn-skip-fc", "0112 skip-gat-gcn-fc" },
    /* a skip beside others makes its source output, as often as there are such skips */
    { "0101 gat-skip-gcn-fc", "0011 gat-gcn-fc-skip" },
    { "0123 gat-gcn-fc-skip", "0123 skip-gat-gcn-fc" },
    { "0111 gat-skip-gcn-skip", "0111 gat-gcn-skip-skip" },
    /* but not the raw input */
    { "0000 skip-gcn-gcn-skip", "0122 skip-skip-gcn-gcn" },
    { "0123 skip-skip-skip-fc", "0123 skip-skip-skip-fc" },
  };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    NvCell cell = cell_of (space, rows[r].from);
    nv_space_canonical (space, &cell, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    g_assert_cmpstr (text, ==, rows[r].to);
  }
}

static void
test_malformed (void)
{
  static const struct { const char *text, *part; } bad[] = {
    { "", "expected 4 links and 4 operations" },
    { "0112", "expected 4 links and 4 operations" },
    { "011 gat-gcn-fc-fc", "expected 4 links and 4 operations" },
    { "0112 gat-gcn-fc", "expected 4 operations, joined by -" },
    { "0132 gat-gcn-fc-fc", "link i is a digit from 0 to i" },
    { "0x12 gat-gcn-fc-fc", "link i is a digit from 0 to i" },
    { "0112 gat-gcn-fc-output", "the operations are gat, gcn" },
    { "0112 gat-gcn-fc-", "the operations are gat, gcn" },
    { "0112 skip-skip-skip-skip", "all four operations are skips" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    NvCell cell = { .n_nodes = 9 };
    g_assert_false (nv_space_parse (space, bad[i].text, &cell, &error));
    g_assert_cmpuint (cell.n_nodes, ==, 9);
    CHECK_ERROR (error, NV_ERROR_CELL, bad[i].part);
  }
}

static void
assert_invalid (const NvCell *cell, const char *part)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_space_validate (space, cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, part);
}

static void
test_validity (void)
{
  const NvCell good = cell_of (space, "0112 gcn-gin-skip-cheb");
  NvCell bad = good;
  bad.ops[0] = 1;
  assert_invalid (&bad, "node 0 must be 'input'");
  bad = good;
  bad.ops[5] = 1;
  assert_invalid (&bad, "node 5 must be 'output'");
  bad = good;
  bad.ops[3] = 10;
  assert_invalid (&bad, "node 3 must be gat, gcn");
  bad = good;
  nv_cell_add_edge (&bad, 1, 4);
  assert_invalid (&bad, "node 4 must read exactly one node");
  bad = good;
  nv_cell_add_edge (&bad, 0, 5);
  assert_invalid (&bad, "node 0 must not feed the output");
  bad = good;
  nv_cell_add_edge (&bad, 2, 5);
  assert_invalid (&bad, "node 2 must not feed the output, since a node reads it");
  bad = good;
  bad.rows[4] = 0;
  assert_invalid (&bad, "node 4 must feed the output");
  nv_cell_init (&bad, 5);
  assert_invalid (&bad, "the cell has 5 nodes, not 6");
}

/* gat-gat-gat-gat in a row: another operation at each of the four places, with skips all
 * the same chain; and the links 0023 0103 0113 0120 0121 0122 and 0003 is no step. */
static void
test_neighbours (void)
{
  g_autoptr (NvCells) found = nv_cells_new (6);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  NvCell cell = cell_of (space, "0123 gat-gat-gat-gat");
  nv_space_neighbours (space, &cell, found);
  for (gsize i = 0; i < found->count; i++) {
    NvCell next;
    nv_cells_get (found, i, &next);
    g_assert_true (nv_cell_index_add (index, &next, i, NULL));
  }
  static const char *const some[] = {
    "0123 gat-gat-fc-gat", "0123 gcn-gat-gat-gat", "0123 skip-gat-gat-gat",
    "0013 gat-gat-gat-gat", "0112 gat-gat-gat-gat", "0012 gat-gat-gat-gat",
    "0122 gat-gat-gat-gat",
  };
  for (guint i = 0; i < G_N_ELEMENTS (some); i++) {
    NvCell next = cell_of (space, some[i]);
    nv_space_canonical (space, &next, &next);
    g_assert_true (nv_cell_index_find (index, &next, NULL));
  }
  g_assert_cmpuint (found->count, ==, 4 * 7 + 1 + 4);
}

/* --- tables ------------------------------------------------------------------------ */

static NvBenchmark *
open_table (const char *dataset)
{
  g_autoptr (GError) error = NULL;
  GVariantDict options;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "file", "s", "nasbench_graph.csv");
  g_variant_dict_insert (&options, "dataset", "s", dataset);
  NvBenchmark *table
      = nv_i_benchmark_new (space, "table", g_variant_dict_end (&options), &error);
  g_assert_no_error (error);
  return table;
}

/* The tables list the cells that enumerate() lists, in its order. */
static void
test_tables (void)
{
  static const char *const datasets[] = { "cora", "arxiv", "photo" };
  g_autofree char *file = nv_i_data_file ("nasbench_graph.csv", NULL, NULL);
  if (file == NULL) {
    g_test_skip ("NASVEC_DATA has no nasbench_graph.csv.gz");
    return;
  }
  for (guint d = 0; d < G_N_ELEMENTS (datasets); d++) {
    g_autoptr (NvBenchmark) table = open_table (datasets[d]);
    g_assert_cmpuint (table->pool->count, ==, CELLS);
    g_assert_cmpstr (table->name, ==, datasets[d]);
    for (gsize i = 0; i < CELLS; i++) {
      NvCell a, b;
      nv_cells_get (all, i, &a);
      nv_cells_get (table->pool, i, &b);
      g_assert_true (nv_cell_equal (&a, &b));
    }
  }
  g_autoptr (NvBenchmark) proteins = open_table ("proteins");
  g_assert_cmpuint (proteins->pool->count, ==, 2021);
  g_autoptr (NvBenchmark) cora = open_table ("cora");
  NvOutcome first;
  g_assert_true (nv_i_benchmark_outcome (cora, 0, &first));
  g_assert_cmpfloat_with_epsilon (first.score, 0.7733333333333334, 1e-12);
  g_assert_cmpfloat_with_epsilon (first.test, 0.797, 1e-12);
  g_assert_cmpfloat_with_epsilon (first.parameters, 1736711, 1e-3);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  space = nv_i_space_new ("nasbenchgraph", NULL, &error);
  g_assert_no_error (error);
  all = nv_space_enumerate (space, &error);
  g_assert_no_error (error);
  g_test_add_func ("/nasbenchgraph/graph", test_graph);
  g_test_add_func ("/nasbenchgraph/list", test_list);
  g_test_add_func ("/nasbenchgraph/closed", test_closed);
  g_test_add_func ("/nasbenchgraph/classes", test_classes);
  g_test_add_func ("/nasbenchgraph/malformed", test_malformed);
  g_test_add_func ("/nasbenchgraph/validity", test_validity);
  g_test_add_func ("/nasbenchgraph/neighbours", test_neighbours);
  g_test_add_func ("/nasbenchgraph/tables", test_tables);
  const int code = g_test_run ();
  nv_cells_unref (all);
  nv_i_space_unref (space);
  return code;
}
