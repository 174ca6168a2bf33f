/* Cells: pruning, distances, canonical forms, packed lists and their index. */
#include <string.h>

#include <nasvec/cell.h>

/* From "op op op | from-to from-to ...", so that a test reads like a picture. */
static NvCell
cell_of (const char *ops, const char *edges)
{
  NvCell cell;
  g_auto (GStrv) op = g_strsplit (ops, " ", -1);
  g_auto (GStrv) edge = g_strsplit (edges, " ", -1);
  nv_cell_init (&cell, g_strv_length (op));
  for (guint i = 0; op[i] != NULL; i++)
    cell.ops[i] = (guint8) g_ascii_strtoull (op[i], NULL, 10);
  for (guint e = 0; edge[e] != NULL && *edge[e] != '\0'; e++) {
    char *rest;
    guint from = (guint) g_ascii_strtoull (edge[e], &rest, 10);
    nv_cell_add_edge (&cell, from, (guint) g_ascii_strtoull (rest + 1, NULL, 10));
  }
  return cell;
}

static void
assert_equal (NvCell a, NvCell b)
{
  g_assert_true (nv_cell_equal (&a, &b));
  g_assert_cmpmem (&a, sizeof a, &b, sizeof b);
}

static void
test_init (void)
{
  NvCell cell;
  memset (&cell, 0x5a, sizeof cell);
  nv_cell_init (&cell, 3);
  g_assert_cmpuint (cell.n_nodes, ==, 3);
  for (guint i = 0; i < NV_CELL_MAX; i++) {
    g_assert_cmpuint (cell.rows[i], ==, 0);
    g_assert_cmpuint (cell.ops[i], ==, i < 3 ? 0 : NV_OP_PAD);
  }
  nv_cell_add_edge (&cell, 0, 2);
  g_assert_true (nv_cell_has_edge (&cell, 0, 2));
  g_assert_false (nv_cell_has_edge (&cell, 0, 1));
  g_assert_cmpuint (nv_cell_n_edges (&cell), ==, 1);
}

static void
test_distance (void)
{
  NvCell a = cell_of ("0 1 2 4", "0-1 1-2 2-3");
  NvCell b = cell_of ("0 3 2 4", "0-1 1-3 2-3");
  g_assert_cmpuint (nv_cell_edit_distance (&a, &a), ==, 0);
  g_assert_cmpuint (nv_cell_edit_distance (&a, &b), ==, 3);
  NvCell wider = cell_of ("0 1 2 4 4", "0-1 1-2 2-3 3-4 0-4");
  g_assert_cmpuint (nv_cell_edit_distance (&a, &wider), ==, 3);
  g_assert_cmpuint (nv_cell_edit_distance (&wider, &a), ==, 3);
}

static void
test_prune (void)
{
  NvCell out, untouched = cell_of ("7 7", "0-1");
  /* 2 is a dead end, 3 has no input */
  NvCell cell = cell_of ("0 1 2 3 5 6", "0-1 0-2 1-4 3-4 4-5");
  g_assert_true (nv_cell_prune (&cell, &out));
  assert_equal (out, cell_of ("0 1 5 6", "0-1 1-2 2-3"));

  NvCell cut = cell_of ("0 1 6", "0-1");
  out = untouched;
  g_assert_false (nv_cell_prune (&cut, &out));
  assert_equal (out, untouched);

  NvCell one = cell_of ("4", "");
  g_assert_true (nv_cell_prune (&one, &out));
  assert_equal (out, one);
}

/* Another node order of the same DAG, first and last in place: repeatedly swaps two
 * neighbours in the order that no edge joins. */
static NvCell
shuffled (const NvCell *cell, GRand *rng)
{
  NvCell c = *cell;
  for (guint k = 0; k < 200 && c.n_nodes > 3; k++) {
    guint i = 1 + (guint) g_rand_int_range (rng, 0, (gint32) c.n_nodes - 3);
    if (nv_cell_has_edge (&c, i, i + 1))
      continue;
    NvCell d;
    nv_cell_init (&d, c.n_nodes);
    guint to[NV_CELL_MAX];
    for (guint a = 0; a < c.n_nodes; a++)
      to[a] = a == i ? i + 1 : a == i + 1 ? i : a;
    for (guint a = 0; a < c.n_nodes; a++) {
      d.ops[to[a]] = c.ops[a];
      for (guint b = a + 1; b < c.n_nodes; b++)
        if (nv_cell_has_edge (&c, a, b))
          nv_cell_add_edge (&d, to[a], to[b]);
    }
    c = d;
  }
  return c;
}

static NvCell
random_cell (GRand *rng, guint n, guint ops, double density)
{
  NvCell cell;
  nv_cell_init (&cell, n);
  for (guint i = 0; i < n; i++) {
    cell.ops[i] = (guint8) g_rand_int_range (rng, 0, (gint32) ops);
    for (guint j = i + 1; j < n; j++)
      if (g_rand_double (rng) < density)
        nv_cell_add_edge (&cell, i, j);
  }
  return cell;
}

static void
test_canonical_is_invariant (void)
{
  g_autoptr (GRand) rng = g_rand_new_with_seed (3);
  for (guint k = 0; k < 3000; k++) {
    guint n = 1 + k % NV_CELL_MAX;
    NvCell cell = random_cell (rng, n, 1 + k % 3, k % 2 == 0 ? 0.15 : 0.5);
    NvCell other = shuffled (&cell, rng), a, b, again;
    nv_cell_canonical (&cell, &a);
    nv_cell_canonical (&other, &b);
    assert_equal (a, b);
    nv_cell_canonical (&a, &again);
    assert_equal (a, again);
    g_assert_cmpuint (nv_cell_n_edges (&a), ==, nv_cell_n_edges (&cell));
    g_assert_cmpuint (a.ops[0], ==, cell.ops[0]);
    g_assert_cmpuint (a.ops[n - 1], ==, cell.ops[n - 1]);
    for (guint i = 0; i < n; i++)
      g_assert_cmpuint (a.rows[i] & ((2u << i) - 1u), ==, 0);
  }
}

/* All DAGs on nodes 0..n-1 in topological order with 2 interior ops: as many canonical
 * forms as there are classes under brute-force renaming. */
static gboolean
isomorphic (const NvCell *a, const NvCell *b, guint placed, guint *to)
{
  guint n = a->n_nodes;
  if (placed == n)
    return TRUE;
  for (guint t = 0; t < n; t++) {
    gboolean fits = a->ops[placed] == b->ops[t] && (placed == 0) == (t == 0)
                    && (placed == n - 1) == (t == n - 1);
    for (guint i = 0; i < placed && fits; i++)
      fits = to[i] != t
             && nv_cell_has_edge (a, i, placed) == nv_cell_has_edge (b, to[i], t)
             && !nv_cell_has_edge (b, t, to[i]);
    to[placed] = t;
    if (fits && isomorphic (a, b, placed + 1, to))
      return TRUE;
  }
  return FALSE;
}

static void
test_canonical_separates (void)
{
  g_autoptr (NvCells) classes = nv_cells_new (5);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  for (guint bits = 0; bits < 1u << 13; bits++) {
    NvCell cell, form;
    nv_cell_init (&cell, 5);
    guint bit = 0;
    for (guint i = 0; i < 5; i++)
      for (guint j = i + 1; j < 5; j++)
        if (bits >> bit++ & 1u)
          nv_cell_add_edge (&cell, i, j);
    for (guint i = 1; i < 4; i++)
      cell.ops[i] = (guint8) (2 + (bits >> bit++ & 1u));
    nv_cell_canonical (&cell, &form);
    gsize found;
    if (nv_cell_index_add (index, &form, classes->count, &found))
      nv_cells_append (classes, &cell);
    NvCell first;
    nv_cells_get (classes, found, &first);
    guint to[5];
    g_assert_true (isomorphic (&cell, &first, 0, to));
  }
  for (gsize a = 0; a < classes->count; a++)
    for (gsize b = 0; b < a; b++) {
      NvCell one, two;
      guint to[5];
      nv_cells_get (classes, a, &one);
      nv_cells_get (classes, b, &two);
      g_assert_false (isomorphic (&one, &two, 0, to));
    }
}

static gpointer
canonical_sum (gpointer seed)
{
  g_autoptr (GRand) rng = g_rand_new_with_seed (GPOINTER_TO_UINT (seed));
  guint64 sum = 0;
  for (guint k = 0; k < 2000; k++) {
    NvCell cell = random_cell (rng, 9, 2, 0.3);
    nv_cell_canonical (&cell, &cell);
    for (guint i = 0; i < 9; i++)
      sum = sum * 31 + cell.rows[i] + cell.ops[i];
  }
  return GSIZE_TO_POINTER (sum);
}

static void
test_canonical_in_threads (void)
{
  GThread *threads[4];
  for (guint i = 0; i < 4; i++)
    threads[i] = g_thread_new ("canonical", canonical_sum, GUINT_TO_POINTER (i % 2));
  gpointer sums[4];
  for (guint i = 0; i < 4; i++)
    sums[i] = g_thread_join (threads[i]);
  g_assert_true (sums[0] == sums[2] && sums[1] == sums[3] && sums[0] != sums[1]);
  g_assert_true (sums[0] == canonical_sum (GUINT_TO_POINTER (0)));
}

static void
test_cells (void)
{
  g_autoptr (GRand) rng = g_rand_new_with_seed (5);
  NvCell cell, back;
  g_autoptr (NvCells) cells = nv_cells_new (9);
  for (guint k = 0; k < 1000; k++) {
    cell = random_cell (rng, 1 + k % 9, 4, 0.5);
    nv_cells_append (cells, &cell);
  }
  g_rand_set_seed (rng, 5);
  g_assert_cmpuint (cells->count, ==, 1000);
  for (guint k = 0; k < 1000; k++) {
    cell = random_cell (rng, 1 + k % 9, 4, 0.5);
    nv_cells_get (cells, k, &back);
    assert_equal (cell, back);
    for (guint i = cell.n_nodes; i < 9; i++)
      g_assert_cmpuint (cells->ops[k * 9 + i], ==, NV_OP_PAD);
  }
  const guint32 index[] = { 999, 3, 3, 0 };
  g_autoptr (NvCells) some = nv_cells_pick (cells, index, 1, 3);
  g_autoptr (NvCells) row = nv_cells_pick (cells, NULL, 998, 2);
  g_autoptr (NvCells) none = nv_cells_pick (cells, NULL, 1000, 0);
  g_assert_cmpuint (none->count, ==, 0);
  g_assert_true (some->count == 3 && row->count == 2 && some->nodes == 9 && row->refs == 1);
  for (guint k = 0; k < 5; k++) {
    nv_cells_get (cells, k < 3 ? index[1 + k] : 998 + k - 3, &cell);
    nv_cells_get (k < 3 ? some : row, k < 3 ? k : k - 3, &back);
    assert_equal (cell, back);
  }
  nv_cells_clear (cells);
  g_assert_cmpuint (cells->count, ==, 0);
  nv_cells_append (cells, &cell);
  nv_cells_get (cells, 0, &back);
  assert_equal (cell, back);
}

static void
test_index (void)
{
  g_autoptr (GRand) rng = g_rand_new_with_seed (8);
  gsize value = 77;
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  NvCell empty;
  nv_cell_init (&empty, 0);
  g_assert_false (nv_cell_index_find (index, &empty, &value));
  g_assert_cmpuint (value, ==, 77);
  g_assert_true (nv_cell_index_add (index, &empty, 5, NULL));
  g_assert_true (nv_cell_index_find (index, &empty, &value));
  g_assert_cmpuint (value, ==, 5);

  /* narrow cells first, wide ones after: the packing widens */
  g_autoptr (GArray) seen = g_array_new (FALSE, FALSE, sizeof (NvCell));
  for (guint k = 0; k < 4000; k++) {
    NvCell cell = random_cell (rng, 1 + k / 130, 2, 0.2);
    gsize found = 0, naive = 0;
    while (naive < seen->len
           && !nv_cell_equal (&cell, &g_array_index (seen, NvCell, naive)))
      naive++;
    gboolean is_new = nv_cell_index_add (index, &cell, 100 + seen->len, &found);
    g_assert_cmpint (is_new, ==, naive == seen->len);
    g_assert_cmpuint (found, ==, 100 + naive);
    if (is_new)
      g_array_append_val (seen, cell);
  }
  g_assert_cmpuint (nv_cell_index_count (index), ==, seen->len + 1);
  for (guint k = 0; k < seen->len; k++) {
    g_assert_true (nv_cell_index_find (index, &g_array_index (seen, NvCell, k), &value));
    g_assert_cmpuint (value, ==, 100 + k);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cell/init", test_init);
  g_test_add_func ("/cell/distance", test_distance);
  g_test_add_func ("/cell/prune", test_prune);
  g_test_add_func ("/cell/canonical/invariant", test_canonical_is_invariant);
  g_test_add_func ("/cell/canonical/separates", test_canonical_separates);
  g_test_add_func ("/cell/canonical/threads", test_canonical_in_threads);
  g_test_add_func ("/cell/cells", test_cells);
  g_test_add_func ("/cell/index", test_index);
  return g_test_run ();
}
