/* The space nasbench101: its counts, its module hashes against the released ones,
 * notations, validity and moves. */
#include <string.h>

#include "cell_of.h"
#include "check_error.h"
#include "data/csv.h"
#include "open_space.h"

static NvSpace *
open_size (int vertices, int edges, const char *notation)
{
  return open_space ("nasbench101", "{'vertices': <int64 %d>, 'edges': <int64 %d>,"
                     " 'notation': <'%s'>}", vertices, edges, notation);
}

static void
assert_equal (const NvCell *a, const NvCell *b)
{
  g_assert_true (nv_cell_equal (a, b));
}

/* The whole space is listed once, for all tests. */
static NvSpace *whole;
static NvCells *all;

/* --- the list ---------------------------------------------------------------------- */

static void
test_counts (void)
{
  static const guint expected[8][10] = {
    [2] = { 0, 1 },
    [3] = { 0, 0, 3, 3 },
    [4] = { 0, 0, 0, 9, 33, 33, 9 },
    [5] = { 0, 0, 0, 0, 27, 225, 622, 811, 558, 198 },
    [6] = { 0, 0, 0, 0, 0, 81, 1260, 6909, 19701, 34059 },
    [7] = { 0, 0, 0, 0, 0, 0, 243, 6264, 58563, 294012 },
  };
  guint count[8][10] = { { 0 } };
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  g_assert_cmpuint (all->count, ==, 423624);
  for (gsize i = 0; i < all->count; i++) {
    NvCell cell, form;
    nv_cells_get (all, i, &cell);
    count[cell.n_nodes][nv_cell_n_edges (&cell)]++;
    g_assert_true (nv_space_validate (whole, &cell, NULL));
    nv_space_canonical (whole, &cell, &form);
    assert_equal (&cell, &form);
    g_assert_true (nv_cell_index_add (index, &cell, i, NULL));
  }
  g_assert_cmpmem (count, sizeof count, expected, sizeof expected);
}

/* The classes are those of nauty: none that it calls equal stands twice. */
static void
test_classes (void)
{
  g_autoptr (NvSpace) space = open_size (6, 8, "columns");
  g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  g_assert_cmpuint (cells->count, ==, 64542 - 34059 - 198);
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell;
    nv_cells_get (cells, i, &cell);
    nv_cell_canonical (&cell, &cell);
    g_assert_true (nv_cell_index_add (index, &cell, i, NULL));
  }
}

/* A random topological order of the same cell. */
static void
renumber (NvRng *rng, const NvCell *cell, NvCell *out)
{
  guint place[NV_CELL_MAX] = { 0 }, n = cell->n_nodes;
  nv_cell_init (out, n);
  for (guint p = 0; p < n; p++) {
    guint v, ready;
    do {
      v = nv_rng_below (rng, n);
      ready = place[v] == 0 && (p + 1 == n || v + 1 < n);
      for (guint u = 0; u < n; u++)
        ready &= place[u] != 0 || !nv_cell_has_edge (cell, u, v);
    } while (!ready);
    place[v] = p + 1;
  }
  for (guint u = 0; u < n; u++) {
    out->ops[place[u] - 1] = cell->ops[u];
    for (guint v = u + 1; v < n; v++)
      if (nv_cell_has_edge (cell, u, v))
        nv_cell_add_edge (out, place[u] - 1, place[v] - 1);
  }
}

static void
test_canonical (void)
{
  NvRng rng;
  nv_rng_init (&rng, 3, "renumber", 0);
  guint moved = 0;
  for (gsize i = 0; i < all->count; i += 17) {
    NvCell cell, other, form;
    nv_cells_get (all, i, &cell);
    renumber (&rng, &cell, &other);
    moved += !nv_cell_equal (&cell, &other);
    nv_space_canonical (whole, &other, &form);
    assert_equal (&cell, &form);
  }
  g_assert_cmpuint (moved, >, 9000);
}

static void
test_limits (void)
{
  static const struct {
    int vertices, edges;
    gsize count;
  } rows[] = {
    { 3, 2, 4 }, { 3, 9, 7 }, { 4, 9, 91 }, { 5, 9, 2532 }, { 5, 6, 91 + 27 + 225 + 622 },
  };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autoptr (NvSpace) space = open_size (rows[r].vertices, rows[r].edges, "columns");
    g_autoptr (NvCells) cells = nv_space_enumerate (space, NULL);
    g_assert_cmpuint (space->nodes, ==, rows[r].vertices);
    g_assert_cmpuint (cells->nodes, ==, rows[r].vertices);
    g_assert_cmpuint (cells->count, ==, rows[r].count);
  }
}

/* --- hashes ------------------------------------------------------------------------ */

static void
test_known_hashes (void)
{
  static const struct {
    const char *index, *hash, *columns;
  } rows[] = {
    { "#0", "00005c142e6f48ac74fdcf73e3439874", "7 100110100001001010101 02001" },
    { "#1", "0000718c96730a92ea6d5242f8ce77e2", "7 100000100001000111101 11010" },
  };
  g_autoptr (NvSpace) hashes = open_size (7, 9, "hash"),
                      index = open_size (7, 9, "index");
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    NvCell cell = cell_of (whole, rows[r].columns),
           by_hash = cell_of (whole, rows[r].hash),
           by_index = cell_of (whole, rows[r].index);
    g_autofree char *hash = nv_space_format (hashes, &cell);
    g_autofree char *place = nv_space_format (index, &cell);
    g_assert_cmpstr (hash, ==, rows[r].hash);
    g_assert_cmpstr (place, ==, rows[r].index);
    nv_space_canonical (whole, &cell, &cell);
    assert_equal (&cell, &by_hash);
    assert_equal (&cell, &by_index);
  }
}

/* Every row of the released table: module hash, columns and index name the same cell. */
static void
test_released_hashes (void)
{
  g_autofree char *file = nv_i_data_file ("nasbench101_full.csv.gz", NULL, NULL);
  if (file == NULL) {
    g_test_skip ("NASVEC_DATA has no nasbench101_full.csv.gz");
    return;
  }
  g_autoptr (NvCsv) csv = nv_i_csv_open (file, NULL);
  const guint hash = (guint) nv_i_csv_column (csv, "module_hash", NULL),
              n = (guint) nv_i_csv_column (csv, "num_vertices", NULL),
              upper = (guint) nv_i_csv_column (csv, "adjacency_upper", NULL),
              ops = (guint) nv_i_csv_column (csv, "ops", NULL);
  for (gsize i = 0; i < all->count; i++) {
    NvCell cell;
    nv_cells_get (all, i, &cell);
    g_assert_true (nv_i_csv_next (csv, NULL));
    g_autofree char *columns = g_strdup_printf ("%s %s %s", nv_i_csv_text (csv, n),
                                                nv_i_csv_text (csv, upper),
                                                nv_i_csv_text (csv, ops));
    NvCell by_columns = cell_of (whole, columns),
           by_hash = cell_of (whole, nv_i_csv_text (csv, hash));
    g_autofree char *back = nv_space_format (whole, &by_columns);
    g_assert_cmpstr (back, ==, g_strchomp (columns));
    nv_space_canonical (whole, &by_columns, &by_columns);
    assert_equal (&cell, &by_columns);
    assert_equal (&cell, &by_hash);
  }
  g_assert_false (nv_i_csv_next (csv, NULL));
}

/* --- notations --------------------------------------------------------------------- */

static void
check_round_trip (const NvSpace *space, const NvCells *cells, gsize step)
{
  for (gsize i = 0; i < cells->count; i += step) {
    NvCell cell, back;
    nv_cells_get (cells, i, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    back = cell_of (space, text);
    assert_equal (&cell, &back);
  }
}

static void
test_round_trips (void)
{
  static const struct {
    const char *notation;
    gsize step;
  } rows[] = {
    { "columns", 1 },
    { "matrix", 7 },
    { "hash", 509 },
    { "index", 509 },
  };
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autoptr (NvSpace) small = open_size (5, 9, rows[r].notation),
                        large = open_size (7, 9, rows[r].notation);
    g_autoptr (NvCells) cells = nv_space_enumerate (small, NULL);
    check_round_trip (small, cells, 1);
    check_round_trip (large, all, rows[r].step);
  }
}

static void
test_matrix (void)
{
  static const char *const same[] = {
    "ModelSpec(matrix=[[0, 1, 1], [0, 0, 1], [0, 0, 0]], ops=['input', 'maxpool3x3', "
    "'output'])",
    "matrix=[[0,1,1],[0,0,1],[0,0,0]], ops=[\"input\", \"maxpool3x3\", \"output\"]",
    " [[0,1,1],\n  [0,0,1],\n  [0,0,0]] [input, maxpool3x3, output]\n",
    /* vertex 2 is loose, so its op does not count */
    "[[0,1,1,1],[0,0,0,1],[0,0,0,0],[0,0,0,0]] ['input','maxpool3x3','output','output']",
  };
  const NvCell expected = cell_of (whole, "3 111 2");
  g_autoptr (NvSpace) matrix = open_size (7, 9, "matrix");
  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    NvCell cell = cell_of (whole, same[i]);
    g_autofree char *text = nv_space_format (matrix, &cell);
    assert_equal (&cell, &expected);
    g_assert_cmpstr (text, ==, same[0]);
  }
}

static void
test_malformed (void)
{
  static const struct {
    const char *text, *part;
  } bad[] = {
    { "", "expected '<vertices> <upper triangle> <ops>'" },
    { "3 111 2 2", "expected '<vertices> <upper triangle> <ops>'" },
    { "8 1111111 2", "'8' vertices; allowed are 2 to 7" },
    { "x 111 2", "'x' vertices" },
    { "3 11 2", "the upper triangle of 3 vertices has 3 digits" },
    { "3 112 2", "the upper triangle of 3 vertices has 3 digits" },
    { "3 111 3", "3 vertices have 1 ops, each 0, 1 or 2" },
    { "3 111", "3 vertices have 1 ops" },
    { "3 100 1", "no path from input to output" },
    { "5 1111111111 012", "10 edges; allowed are at most 9" },
    { "#423624", "indices go from #0 to #423623" },
    { "#-1", "indices go from" },
    { "#", "indices go from" },
    { "99999999999999999999999", "indices go from" },
    { "00005c142e6f48ac74fdcf73e3439875", "no cell of the space has this module hash" },
    { "[[0,1],[0]] [input,output]",
      "at character 11: expected rows [0, 1, ...] of equal" },
    { "[[0,2],[0,0]] [input,output]", "at character 5: expected rows" },
    { "[[0,1],[1,0]] [input,output]", "expected an upper triangular matrix" },
    { "[[0,1,1],[0,0,1]] [input,output]", "expected a square matrix" },
    { "[[0,1],[0,0]] [input]", "an op per vertex" },
    { "[[0,1],[0,0]] [input,nothing]", "at character 22: expected an op per vertex" },
    { "[[0,1],[0,0]] [input,'output]", "an op per vertex" },
    { "[[0,1],[0,0]] [input,output,output]", "] after the last vertex's op" },
    { "[[0,1],[0,0]]", "at character 14: expected [ and the ops" },
    { "[[0,1],[0,0]] [input,output] 3", "expected the end" },
    { "ModelSpec(matrix=[[0,1],[0,0]], ops=[input,output]", "expected ) and the end" },
    { "[[0,1],[0,0]] [output,input]",
      "vertex 0 of 2 is 'output'; the first must be 'input'" },
    { "[[0,1,0],[0,0,1],[0,0,0]] [input,input,output]", "vertex 1 of 3 is 'input'" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    NvCell cell = { .n_nodes = 9 };
    g_assert_false (nv_space_parse (whole, bad[i].text, &cell, &error));
    g_assert_cmpuint (cell.n_nodes, ==, 9);
    CHECK_ERROR (error, NV_ERROR_CELL, bad[i].part);
  }
  g_autoptr (NvSpace) small = open_size (5, 6, "columns");
  g_autoptr (GError) error = NULL;
  NvCell cell;
  g_assert_false (nv_space_parse (small, "6 100001000100101 0000", &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "6 nodes; allowed are 1 to 5");
  g_assert_false (nv_space_parse (small, "5 1111010101 000", &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "7 edges; allowed are at most 6");
}

static gpointer
parse_first (gpointer space)
{
  NvCell *cell = g_new (NvCell, 1);
  *cell = cell_of (space, "#2531");
  return cell;
}

static void
test_threads (void)
{
  g_autoptr (NvSpace) space = open_size (5, 9, "columns");
  GThread *thread[3];
  g_autofree NvCell *first = NULL;
  for (guint t = 0; t < 3; t++)
    thread[t] = g_thread_new ("parse", parse_first, space);
  first = g_thread_join (thread[0]);
  for (guint t = 1; t < 3; t++) {
    g_autofree NvCell *other = g_thread_join (thread[t]);
    assert_equal (first, other);
  }
}

/* --- validity ---------------------------------------------------------------------- */

static void
assert_invalid (const NvCell *cell, const char *part, gboolean paper)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_space_validate (whole, cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, part);
  g_assert_cmpint (nv_space_valid_paper (whole, cell), ==, paper);
}

static void
test_validity (void)
{
  const NvCell good = cell_of (whole, "5 1100010011 120");
  NvCell bad = good;
  g_assert_true (nv_space_validate (whole, &good, NULL));
  g_assert_true (nv_space_valid_paper (whole, &good));

  bad.rows[2] = 0; /* vertex 2 leads nowhere */
  assert_invalid (&bad, "1 of 5 vertices are on no path from input to output", TRUE);
  bad.ops[2] = 4; /* nor does its op matter then */
  assert_invalid (&bad, "vertex 2 of 5 is 'output'", TRUE);
  bad = good;
  bad.ops[2] = 0;
  assert_invalid (&bad, "vertex 2 of 5 is 'input'", FALSE);
  bad = good;
  bad.ops[0] = 1;
  assert_invalid (&bad, "vertex 0 of 5 is 'conv1x1-bn-relu'", FALSE);
  bad = good;
  bad.rows[0] = 0;
  assert_invalid (&bad, "no path from input to output", FALSE);
  nv_cell_init (&bad, 1);
  assert_invalid (&bad, "1 vertices; allowed are 2 to 7", FALSE);

  nv_cell_init (&bad, 6); /* 10 edges, 9 of them on paths */
  const guint edges[][2] = { { 0, 1 }, { 0, 2 }, { 0, 3 }, { 0, 5 }, { 1, 2 },
                             { 1, 5 }, { 2, 3 }, { 2, 5 }, { 3, 5 }, { 3, 4 } };
  for (guint e = 0; e < G_N_ELEMENTS (edges); e++)
    nv_cell_add_edge (&bad, edges[e][0], edges[e][1]);
  memcpy (bad.ops, (guint8[]){ 0, 1, 2, 3, 1, 4 }, 6);
  assert_invalid (&bad, "10 edges; allowed are at most 9", TRUE);
}

/* --- moves ------------------------------------------------------------------------- */

static void
test_mutations_are_valid (void)
{
  NvRng rng;
  nv_rng_init (&rng, 11, "mutate", 0);
  NvCell cell = cell_of (whole, "2 1");
  guint nodes[8] = { 0 };
  for (guint i = 0; i < 4000; i++) {
    NvCell next, form;
    g_assert_true (nv_space_mutate (whole, &rng, &cell, &next, NULL));
    g_assert_true (nv_space_validate (whole, &next, NULL));
    nv_space_canonical (whole, &next, &form);
    assert_equal (&next, &form);
    g_assert_false (nv_cell_equal (&cell, &next));
    nodes[next.n_nodes]++;
    cell = next;
  }
  g_test_message ("vertices along a walk: %u %u %u %u %u", nodes[3], nodes[4], nodes[5],
                  nodes[6], nodes[7]);
  for (guint n = 3; n <= 6; n++) /* it grows and shrinks */
    g_assert_cmpuint (nodes[n], >, 100);
  g_assert_cmpuint (nodes[7], >, 0);
}

/* One op changed and nothing else, to two ops: .8 x .2 / 2 to (.2 / 2)^2, eight to one.
 */
static void
test_mutation_rates (void)
{
  const NvCell from = cell_of (whole, "7 100110100001001010101 02001");
  NvCell one = from, two;
  NvRng rng;
  guint ones = 0, twos = 0;
  nv_rng_init (&rng, 5, "mutate", 1);
  one.ops[3] = 3;
  two = one;
  two.ops[4] = 1;
  nv_space_canonical (whole, &one, &one);
  nv_space_canonical (whole, &two, &two);
  for (guint i = 0; i < 60000; i++) {
    NvCell next;
    nv_space_mutate (whole, &rng, &from, &next, NULL);
    ones += nv_cell_equal (&next, &one);
    twos += nv_cell_equal (&next, &two);
  }
  g_assert_cmpfloat (ones, >, 6.9 * twos);
  g_assert_cmpfloat (ones, <, 9.3 * twos);
}

static void
assert_neighbours (const NvSpace *space, const char *cell, const char *const *expected)
{
  g_autoptr (NvCells) found = nv_cells_new (space->nodes);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  NvCell from = cell_of (space, cell);
  nv_space_neighbours (space, &from, found);
  for (gsize i = 0; i < found->count; i++) {
    NvCell next;
    nv_cells_get (found, i, &next);
    g_assert_true (nv_cell_index_add (index, &next, i, NULL));
  }
  gsize n = 0;
  for (; expected[n] != NULL; n++) {
    NvCell next = cell_of (space, expected[n]);
    nv_space_canonical (space, &next, &next);
    g_assert_true (nv_cell_index_find (index, &next, NULL));
  }
  g_assert_cmpuint (found->count, ==, n);
}

static void
test_neighbours (void)
{
  g_autoptr (NvSpace) three = open_size (3, 9, "columns"),
                      four = open_size (4, 4, "columns");
  assert_neighbours (three, "2 1",
                     (const char *const[]){ "3 111 0", "3 111 1", "3 111 2", NULL });
  assert_neighbours (three, "3 101 0",
                     (const char *const[]){ "3 111 0", "3 101 1", "3 101 2", NULL });
  assert_neighbours (
      three, "3 111 0",
      (const char *const[]){ "2 1", "3 101 0", "3 111 1", "3 111 2", NULL });
  /* with a fourth vertex, which must lie between two of the three; a fifth edge is too
   * many */
  assert_neighbours (four, "3 101 0",
                     (const char *const[]){
                         "3 111 0", "3 101 1", "3 101 2", "4 110011 00", "4 110011 01",
                         "4 110011 02", "4 110101 00", "4 110101 10", "4 110101 20",
                         "4 100111 00", "4 100111 01", "4 100111 02", NULL });
}

static void
test_neighbours_are_valid (void)
{
  for (gsize i = 0; i < all->count; i += 4001) {
    g_autoptr (NvCells) found = nv_cells_new (7);
    g_autoptr (NvCellIndex) index = nv_cell_index_new ();
    NvCell cell;
    nv_cells_get (all, i, &cell);
    nv_space_neighbours (whole, &cell, found);
    g_assert_cmpuint (found->count, >, 10);
    nv_cell_index_add (index, &cell, 0, NULL);
    for (gsize k = 0; k < found->count; k++) {
      NvCell next, form;
      nv_cells_get (found, k, &next);
      nv_space_canonical (whole, &next, &form);
      assert_equal (&next, &form);
      g_assert_true (nv_space_validate (whole, &next, NULL));
      g_assert_true (nv_cell_index_add (index, &next, k, NULL));
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  whole = open_size (7, 9, "columns");
  const gint64 start = g_get_monotonic_time ();
  all = nv_space_enumerate (whole, NULL);
  g_test_message ("%zu cells listed in %.3f s", all->count,
                  1e-6 * (double) (g_get_monotonic_time () - start));
  g_test_add_func ("/nasbench101/counts", test_counts);
  g_test_add_func ("/nasbench101/classes", test_classes);
  g_test_add_func ("/nasbench101/canonical", test_canonical);
  g_test_add_func ("/nasbench101/limits", test_limits);
  g_test_add_func ("/nasbench101/known-hashes", test_known_hashes);
  g_test_add_func ("/nasbench101/released-hashes", test_released_hashes);
  g_test_add_func ("/nasbench101/round-trips", test_round_trips);
  g_test_add_func ("/nasbench101/matrix", test_matrix);
  g_test_add_func ("/nasbench101/malformed", test_malformed);
  g_test_add_func ("/nasbench101/threads", test_threads);
  g_test_add_func ("/nasbench101/validity", test_validity);
  g_test_add_func ("/nasbench101/mutations-are-valid", test_mutations_are_valid);
  g_test_add_func ("/nasbench101/mutation-rates", test_mutation_rates);
  g_test_add_func ("/nasbench101/neighbours", test_neighbours);
  g_test_add_func ("/nasbench101/neighbours-are-valid", test_neighbours_are_valid);
  const int failed = g_test_run ();
  nv_cells_unref (all);
  nv_i_space_unref (whole);
  return failed;
}
