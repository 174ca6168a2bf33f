/* The space darts: graphs, classes, notations, the counter against published figures,
 * drawing under a limit, and tables. */
#include <math.h>
#include <string.h>

#include "benchmark/benchmark.h"
#include "cell_of.h"
#include "check_error.h"
#include "darts/darts.h"
#include "data/csv.h"
#include "open_space.h"

#define V2_NORMAL                                                                        \
  "sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:1 "          \
  "skip_connect:0 skip_connect:0 dil_conv_3x3:2"
#define V2_REDUCE                                                                        \
  "max_pool_3x3:0 max_pool_3x3:1 skip_connect:2 max_pool_3x3:1 max_pool_3x3:0 "          \
  "skip_connect:2 skip_connect:2 max_pool_3x3:1"

static NvSpace *
open_darts (const char *cells, double max_madds, const char *network, const char *notation)
{
  return open_space ("darts", "{'cells': <'%s'>, 'max_madds': <%f>, 'network': <'%s'>,"
                     " 'notation': <'%s'>}", cells, max_madds, network, notation);
}

/* --- graphs and classes ------------------------------------------------------------ */

static guint32
inputs_of (const NvCell *cell, guint node)
{
  guint32 in = 0;
  for (guint i = 0; i < node; i++)
    in |= (guint32) nv_cell_has_edge (cell, i, node) << i;
  return in;
}

static void
test_graph (void)
{
  g_autoptr (NvSpace) shared = open_darts ("shared", 0, "cifar", "list"),
                      pair = open_darts ("pair", 0, "cifar", "list");
  NvCell cell = cell_of (shared, V2_NORMAL);
  g_assert_cmpuint (cell.n_nodes, ==, 11);
  const guint8 ops[] = { 0, 1, 6, 6, 6, 6, 6, 5, 5, 8, 10 };
  const guint32 in[] = { 0, 0, 1, 2, 1, 2, 2, 1, 1, 0xc, 0x3fc };
  g_assert_cmpmem (cell.ops, 11, ops, 11);
  for (guint v = 0; v < 11; v++)
    g_assert_cmphex (inputs_of (&cell, v), ==, in[v]);

  cell = cell_of (pair, V2_NORMAL " " V2_REDUCE);
  g_assert_cmpuint (cell.n_nodes, ==, 22);
  g_assert_cmpmem (cell.ops, 11, ops, 11);
  for (guint v = 0; v < 11; v++)
    g_assert_cmphex (inputs_of (&cell, v), ==, in[v]);
  g_assert_cmphex (inputs_of (&cell, 11), ==, 1u << 10);
  g_assert_cmphex (inputs_of (&cell, 12), ==, 1u << 10);
  g_assert_cmphex (inputs_of (&cell, 15), ==, 3u << 13); /* skip_connect:2 */
  g_assert_cmphex (inputs_of (&cell, 21), ==, 0x3fcu << 11);
}

static void
test_classes (void)
{
  static const char *const same[] = {
    "sep_conv_3x3:0 none:1 skip_connect:2 sep_conv_5x5:0 max_pool_3x3:1 dil_conv_3x3:0 "
    "dil_conv_5x5:4 avg_pool_3x3:3",
    /* operations of blocks exchanged */
    "none:1 sep_conv_3x3:0 sep_conv_5x5:0 skip_connect:2 dil_conv_3x3:0 max_pool_3x3:1 "
    "avg_pool_3x3:3 dil_conv_5x5:4",
    /* the third block first */
    "max_pool_3x3:1 dil_conv_3x3:0 sep_conv_3x3:0 none:1 skip_connect:3 sep_conv_5x5:0 "
    "dil_conv_5x5:2 avg_pool_3x3:4",
  };
  static const char *const other[] = {
    /* two operations exchanged between the first and third block */
    "sep_conv_3x3:0 max_pool_3x3:1 skip_connect:2 sep_conv_5x5:0 none:1 dil_conv_3x3:0 "
    "dil_conv_5x5:4 avg_pool_3x3:3",
    "sep_conv_3x3:1 none:0 skip_connect:2 sep_conv_5x5:0 max_pool_3x3:1 dil_conv_3x3:0 "
    "dil_conv_5x5:4 avg_pool_3x3:3",
  };
  g_autoptr (NvSpace) space = open_darts ("shared", 0, "cifar", "list");
  NvCell first = cell_of (space, same[0]), next;
  nv_space_canonical (space, &first, &first);
  for (guint i = 0; i < G_N_ELEMENTS (same); i++) {
    next = cell_of (space, same[i]);
    nv_space_canonical (space, &next, &next);
    g_assert_true (nv_cell_equal (&first, &next));
  }
  for (guint i = 0; i < G_N_ELEMENTS (other); i++) {
    next = cell_of (space, other[i]);
    nv_space_canonical (space, &next, &next);
    g_assert_false (nv_cell_equal (&first, &next));
  }
}

static void
assert_invalid (const NvSpace *space, const NvCell *cell, const char *part,
                gboolean paper)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_space_validate (space, cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, part);
  g_assert_cmpint (nv_space_valid_paper (space, cell), ==, paper);
}

static void
test_validity (void)
{
  g_autoptr (NvSpace) space = open_darts ("shared", 0, "cifar", "list"),
                      pair = open_darts ("pair", 0, "cifar", "list");
  const NvCell good = cell_of (space, V2_NORMAL);
  NvCell bad = good;
  bad.ops[1] = 0;
  assert_invalid (space, &bad, "node 1 must be 'c_k-1'", FALSE);
  bad = good;
  bad.ops[5] = 10;
  assert_invalid (space, &bad, "node 5 must be an operation", FALSE);
  bad = good;
  nv_cell_add_edge (&bad, 1, 2);
  assert_invalid (space, &bad, "node 2 must read one input or both operations", TRUE);
  bad = good;
  bad.rows[3] &= ~(1u << 9); /* one operation of block 0 only */
  assert_invalid (space, &bad, "node 9 must read one input or both operations", TRUE);
  bad = good;
  bad.rows[1] &= ~(1u << 3);
  assert_invalid (space, &bad, "node 3 must read one input or both operations", FALSE);
  bad = good;
  bad.rows[1] &= ~(1u << 3);
  nv_cell_add_edge (&bad, 0, 3);
  assert_invalid (space, &bad, "node 3 must not read what the other operation", TRUE);
  bad = good;
  nv_cell_add_edge (&bad, 0, 1);
  assert_invalid (space, &bad, "node 0 must not feed the other input", TRUE);
  bad = good;
  bad.rows[4] = 0;
  assert_invalid (space, &bad, "node 10 must read all operations", TRUE);
  assert_invalid (pair, &good, "the cell has 11 nodes, not 22", FALSE);
  bad = cell_of (pair, V2_NORMAL);
  nv_cell_add_edge (&bad, 4, 14);
  assert_invalid (pair, &bad, "node 4 must not feed the reduction cell", TRUE);
  bad = cell_of (pair, V2_NORMAL);
  bad.rows[10] = 1u << 11;
  assert_invalid (pair, &bad, "node 10 must feed nodes 11 and 12", TRUE);
}

/* --- notations --------------------------------------------------------------------- */

#define V2                                                                               \
  "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), "     \
  "('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), " \
  "('dil_conv_3x3', 2)], normal_concat=range(2, 6), reduce=[('max_pool_3x3', 0), "       \
  "('max_pool_3x3', 1), ('skip_connect', 2), ('max_pool_3x3', 1), ('max_pool_3x3', 0), " \
  "('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], "                     \
  "reduce_concat=range(2, 6))"

static void
test_notations (void)
{
  g_autoptr (NvSpace) genotype = open_darts ("pair", 0, "cifar", "genotype"),
                      list = open_darts ("pair", 0, "cifar", "list"),
                      shared = open_darts ("shared", 0, "cifar", "genotype");
  g_auto (GStrv) pieces = g_strsplit (V2, "range(2, 6)", -1);
  g_autofree char *listed = g_strjoinv ("[2,3, 4, 5]", pieces);
  NvCell cell = cell_of (list, V2), same = cell_of (list, V2_NORMAL " " V2_REDUCE),
         third = cell_of (list, listed);
  g_assert_true (nv_cell_equal (&cell, &same) && nv_cell_equal (&cell, &third));
  g_autofree char *a = nv_space_format (genotype, &cell);
  g_autofree char *b = nv_space_format (list, &cell);
  g_assert_cmpstr (a, ==, V2);
  g_assert_cmpstr (b, ==, V2_NORMAL " " V2_REDUCE);
  cell = cell_of (shared, V2_NORMAL);
  same = cell_of (shared, V2_NORMAL " " V2_NORMAL);
  g_assert_true (nv_cell_equal (&cell, &same));

  NvSpace *const spaces[] = { genotype, list, shared };
  NvRng rng;
  nv_rng_init (&rng, 3, "notation", 0);
  for (guint i = 0; i < 3000; i++) {
    g_assert_true (nv_space_sample (spaces[i % 3], &rng, &cell, NULL));
    g_autofree char *text = nv_space_format (spaces[i % 3], &cell);
    same = cell_of (spaces[i % 3], text);
    g_assert_true (nv_cell_equal (&cell, &same));
  }
}

#define SIX                                                                              \
  "sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:0 sep_conv_3x3:1 sep_conv_3x3:1 "          \
  "skip_connect:0"

static void
test_malformed (void)
{
  static const struct { const char *text, *part; } bad[] = {
    { "", "at character 1: expected none, max_pool_3x3" },
    { SIX, "at character 90: expected none, max_pool_3x3" },
    { SIX " sep_conv_7x7:0", "at character 90: expected none, max_pool_3x3" },
    { "sep_conv_3x3 0", "at character 13: expected :" },
    { "sep_conv_3x3:2", "at character 14: expected the number of an input (0, 1)" },
    { "sep_conv_3x3:", "expected the number of an input" },
    { "sep_conv_3x3:1 none:1", "expected another input than that of the block's first" },
    { SIX " none:5 none:0", "expected the number of an input" },
    { SIX " none:4 none:10", "expected the number of an input" },
    { V2_NORMAL " none:0", "expected none, max_pool_3x3" },
    { V2_NORMAL " " V2_NORMAL " x", "expected the end" },
    { V2_NORMAL " " V2_REDUCE, "the reduction cell differs from the normal one" },
    { "Genotype(reduce=[])", "at character 10: expected normal" },
    { "Genotype(normal=[('none', 0)]", "at character 29: expected ," },
    { "Genotype(normal=[('none, 0)]", "at character 24: expected '" },
    { V2 ")", "expected the end" },
  };
  g_autoptr (NvSpace) space = open_darts ("shared", 0, "cifar", "list");
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    NvCell cell = { .n_nodes = 9 };
    g_assert_false (nv_space_parse (space, bad[i].text, &cell, &error));
    g_assert_cmpuint (cell.n_nodes, ==, 9);
    CHECK_ERROR (error, NV_ERROR_CELL, bad[i].part);
  }
  g_auto (GStrv) pieces = g_strsplit (V2, "range(2, 6)", -1);
  g_autofree char *concat = g_strjoinv ("range(2, 5)", pieces);
  g_autoptr (GError) error = NULL;
  NvCell cell;
  g_assert_false (nv_space_parse (space, concat, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "expected range(2, 6)");
}

/* --- the counter ------------------------------------------------------------------- */

/* "op:input ..." without the rules of the space: tables break the one about sources. */
static void
read_cell (const char *text, DartsCell *out)
{
  static const char *const ops[]
      = { "none",         "max_pool_3x3", "avg_pool_3x3", "skip_connect",
          "sep_conv_3x3", "sep_conv_5x5", "dil_conv_3x3", "dil_conv_5x5" };
  g_auto (GStrv) edge = g_strsplit (text, " ", -1);
  g_assert_cmpuint (g_strv_length (edge), ==, 8);
  for (guint e = 0; e < 8; e++) {
    g_auto (GStrv) part = g_strsplit (edge[e], ":", 2);
    guint op = 0;
    while (strcmp (ops[op], part[0]) != 0)
      op++;
    out->op[e] = (guint8) (DARTS_NONE + op);
    out->source[e] = (guint8) g_ascii_digit_value (part[1][0]);
  }
}

static DartsGenotype
genotype_of (const char *normal, const char *reduce)
{
  DartsGenotype genotype;
  read_cell (normal, &genotype.half[0]);
  read_cell (reduce, &genotype.half[1]);
  return genotype;
}

/* Weights of DARTS V2, and what arch2vec publishes of its cells on ImageNet, where a
 * normalised value counts two multiply-adds. */
static void
test_known_costs (void)
{
  static const struct { const char *cell; double parameters, madds; } rows[] = {
    { "sep_conv_3x3:0 dil_conv_3x3:1 max_pool_3x3:0 dil_conv_3x3:1 skip_connect:0 "
      "sep_conv_3x3:1 dil_conv_5x5:1 sep_conv_3x3:0", 4.8, 533 },
    { "sep_conv_5x5:1 max_pool_3x3:0 skip_connect:0 dil_conv_3x3:1 sep_conv_5x5:1 "
      "sep_conv_3x3:0 dil_conv_5x5:2 sep_conv_3x3:0", 5.2, 580 },
  };
  const DartsGenotype v2 = genotype_of (V2_NORMAL, V2_REDUCE);
  g_assert_cmpuint (darts_cost (&v2, DARTS_CIFAR).parameters, ==, 3349342);
  g_assert_cmpuint (darts_cost (&v2, DARTS_IMAGENET).parameters / 100000, ==, 47);
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    const DartsGenotype g = genotype_of (rows[r].cell, rows[r].cell);
    const DartsCost cost = darts_cost (&g, DARTS_IMAGENET);
    g_assert_cmpfloat_with_epsilon (1e-6 * (double) cost.parameters, rows[r].parameters,
                                    0.05);
    g_assert_cmpfloat_with_epsilon (
        1e-6 * (double) (cost.madds + 2 * cost.normalised), rows[r].madds, 0.5);
  }
}

static NvCsv *
need_table (const char *name)
{
  g_autofree char *file = nv_i_data_file (name, NULL, NULL);
  if (file != NULL)
    return nv_i_csv_open (file, NULL);
  g_autofree char *why = g_strdup_printf ("NASVEC_DATA has no %s", name);
  g_test_skip (why);
  return NULL;
}

static const char *
field (const NvCsv *csv, const char *column)
{
  return nv_i_csv_text (csv, (guint) nv_i_csv_column (csv, column, NULL));
}

/* All 545 rows to the last digit. That table also counts four operations for an output
 * of a normalisation, one for an output of an average pooling and 65 for a channel of
 * the global one. */
static void
test_measured_costs (void)
{
  g_autoptr (NvCsv) csv = need_table ("darts_bench_oncenas_545.csv.gz");
  guint rows = 0;
  while (csv != NULL && nv_i_csv_next (csv, NULL)) {
    const DartsGenotype g = genotype_of (field (csv, "normal"), field (csv, "reduce"));
    const DartsCost cost = darts_cost (&g, DARTS_CIFAR);
    const guint64 operations
        = cost.madds + 4 * cost.normalised + cost.averaged + 65 * 576;
    g_assert_cmpfloat_with_epsilon (1e-6 * (double) cost.parameters,
                                    g_ascii_strtod (field (csv, "params_M"), NULL), 1e-9);
    g_assert_cmpfloat_with_epsilon (1e-6 * (double) operations,
                                    g_ascii_strtod (field (csv, "flops_M"), NULL), 1e-7);
    rows++;
  }
  g_assert_true (csv == NULL || rows == 545);
}

/* Published weights, in tenths of a million. 3.3 for DARTS V1 is not that cell's. */
static void
test_published_costs (void)
{
  g_autoptr (NvCsv) csv = need_table ("darts_published.csv.gz");
  guint rows = 0;
  while (csv != NULL && nv_i_csv_next (csv, NULL)) {
    const char *published = field (csv, "params_M");
    if (*published == '\0' || strcmp (field (csv, "name"), "DARTS_V1") == 0)
      continue;
    const DartsGenotype g = genotype_of (field (csv, "normal"), field (csv, "reduce"));
    g_assert_cmpfloat_with_epsilon (
        1e-6 * (double) darts_cost (&g, DARTS_CIFAR).parameters,
        g_ascii_strtod (published, NULL), 0.05);
    rows++;
  }
  g_assert_true (csv == NULL || rows == 6);
}

/* --- drawing ----------------------------------------------------------------------- */

static void
test_limit (void)
{
  g_autoptr (NvSpace) space = open_darts ("shared", 500, "imagenet", "list"),
                      open = open_darts ("shared", 0, "imagenet", "list"),
                      none = open_darts ("pair", 10, "imagenet", "list");
  NvRng rng, free;
  NvCell cell;
  guint over = 0;
  nv_rng_init (&rng, 7, "draw", 0);
  nv_rng_init (&free, 7, "draw", 0);
  for (guint i = 0; i < 2000; i++) {
    g_assert_true (nv_space_sample (space, &rng, &cell, NULL));
    g_assert_true (nv_space_validate (space, &cell, NULL));
    g_assert_true (nv_space_mutate (space, &rng, &cell, &cell, NULL));
    g_assert_true (nv_space_validate (space, &cell, NULL));
    g_assert_true (nv_space_sample (open, &free, &cell, NULL));
    if (!nv_space_validate (space, &cell, NULL)) {
      if (over++ == 0)
        assert_invalid (space, &cell, "allowed are at most max_madds = 500", TRUE);
    }
  }
  g_assert_cmpuint (over, >, 100);
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_space_sample (none, &rng, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "none of 100000 drawn cells has at most max_madds");
}

/* Distinct cells under the paper's limit. NASVEC_SLOW: as many as the paper drew. */
static void
test_many (void)
{
  g_autoptr (NvSpace) space = open_darts ("shared", 600, "imagenet", "list");
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  const gsize wanted = g_getenv ("NASVEC_SLOW") != NULL ? 600000 : 20000;
  NvRng rng;
  gsize draws = 0;
  nv_rng_init (&rng, 7, "draw", 0);
  const gint64 start = g_get_monotonic_time ();
  for (; nv_cell_index_count (index) < wanted; draws++) {
    NvCell cell;
    g_assert_true (nv_space_sample (space, &rng, &cell, NULL));
    nv_space_canonical (space, &cell, &cell);
    nv_cell_index_add (index, &cell, draws, NULL);
  }
  const double seconds = 1e-6 * (double) (g_get_monotonic_time () - start);
  g_test_message ("%zu distinct cells of %zu in %.2f s", wanted, draws, seconds);
  g_assert_cmpfloat ((double) draws, <, 1.01 * (double) wanted);
}

/* --- mutation ---------------------------------------------------------------------- */

/* Does `b` have the operations of `a`, so that a move from one to the other changes a source? */
static gboolean
same_operations (const NvCell *a, const NvCell *b)
{
  int balance[DARTS_OPS] = { 0 };
  for (guint v = 0; v < a->n_nodes; v++) {
    balance[a->ops[v]]++;
    balance[b->ops[v]]--;
  }
  for (guint k = 0; k < DARTS_OPS; k++)
    if (balance[k] != 0)
      return FALSE;
  return TRUE;
}

#define UNLIKE                                                                           \
  "sep_conv_3x3:0 dil_conv_3x3:1 max_pool_3x3:0 dil_conv_5x5:2 skip_connect:0 "          \
  "sep_conv_5x5:3 avg_pool_3x3:4 sep_conv_3x3:1"

enum { OPERATION, SOURCE };

/* drawn[k]: how often neighbour k of `cell` came in n draws, where `moves` neighbours change an
 * operation, a source. */
static void
check_drawn (const NvCell *cell, const NvCells *near, const guint *drawn, guint n,
             const guint moves[2])
{
  guint of_kind[2] = { 0 };
  for (gsize k = 0; k < near->count; k++) {
    NvCell next;
    nv_cells_get (near, k, &next);
    const guint kind = same_operations (cell, &next) ? SOURCE : OPERATION;
    const double expected = n / 2. / moves[kind];
    g_assert_cmpfloat_with_epsilon (drawn[k], expected, 5 * sqrt (expected));
    of_kind[kind] += drawn[k];
  }
  g_assert_cmpfloat_with_epsilon (of_kind[SOURCE], n / 2., 4 * sqrt (n / 4.));
}

/* No two moves from UNLIKE give one cell, so its neighbours are its moves. Half of the draws
 * change an operation, half a source, and of a kind every move comes as often as any. */
static void
check_shares (const char *cells, double max_madds, guint operations, guint sources)
{
  enum { DRAWS = 20000 };
  g_autoptr (NvSpace) space = open_darts (cells, max_madds, "imagenet", "list");
  g_autoptr (NvCells) near = nv_cells_new (space->nodes);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  const NvCell cell = cell_of (space, UNLIKE);
  NvCell next;
  NvRng rng;
  gsize k;
  nv_space_neighbours (space, &cell, near);
  g_assert_cmpuint (near->count, ==, operations + sources);
  for (k = 0; k < near->count; k++) {
    nv_cells_get (near, k, &next);
    nv_cell_index_add (index, &next, k, NULL);
  }
  g_autofree guint *drawn = g_new0 (guint, near->count);
  nv_rng_init (&rng, 7, "mutate", 0);
  for (guint i = 0; i < DRAWS; i++) {
    g_assert_true (nv_space_mutate (space, &rng, &cell, &next, NULL));
    g_assert_true (nv_cell_index_find (index, &next, &k));
    drawn[k]++;
  }
  check_drawn (&cell, near, drawn, DRAWS, (const guint[]){ operations, sources });
}

static void
test_shares (void)
{
  check_shares ("shared", 0, 56, 12);
  check_shares ("pair", 0, 112, 24);
  check_shares ("shared", 507, 36, 12); /* many are over the limit */
}

/* A cell without any move, as it is over the limit itself. */
static void
test_no_move (void)
{
  g_autoptr (NvSpace) open = open_darts ("shared", 0, "imagenet", "list"),
                      space = open_darts ("shared", 10, "imagenet", "list");
  g_autoptr (GError) error = NULL;
  NvCell cell = cell_of (open, UNLIKE), next;
  NvRng rng;
  nv_rng_init (&rng, 7, "mutate", 0);
  g_assert_false (nv_space_mutate (space, &rng, &cell, &next, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "no cell near by has at most max_madds = 10 million");
}

/* --- tables ------------------------------------------------------------------------ */

/* 19 of the 545 rows are another row with blocks or operations in another order. */
static void
test_tables (void)
{
  static const struct {
    const char *file, *dataset;
    guint count;
    double score, test;
  } rows[] = {
    { "darts_random_214_600ep.csv", "random214", 214, 0.906, 0.9702 },
    { "darts_bench_oncenas_545.csv", "oncenas", 526, 0.9204, 0.9203999747 },
  };
  g_autoptr (NvSpace) space = open_darts ("pair", 0, "cifar", "list");
  for (guint r = 0; r < G_N_ELEMENTS (rows); r++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *file = nv_i_data_file (rows[r].file, NULL, NULL);
    if (file == NULL) {
      g_test_skip ("NASVEC_DATA has no DARTS tables");
      return;
    }
    GVariantDict options;
    g_variant_dict_init (&options, NULL);
    g_variant_dict_insert (&options, "file", "s", rows[r].file);
    g_variant_dict_insert (&options, "dataset", "s", rows[r].dataset);
    g_variant_dict_insert (&options, "epochs", "x", (gint64) 50);
    g_autoptr (NvBenchmark) table
        = nv_i_benchmark_new (space, "table", g_variant_dict_end (&options), &error);
    g_assert_no_error (error);
    g_assert_cmpuint (table->pool->count, ==, rows[r].count);
    NvOutcome first;
    g_assert_true (nv_i_benchmark_outcome (table, 0, &first));
    g_assert_cmpfloat_with_epsilon (first.score, rows[r].score, 1e-9);
    g_assert_cmpfloat_with_epsilon (first.test, rows[r].test, 1e-9);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/darts/graph", test_graph);
  g_test_add_func ("/darts/classes", test_classes);
  g_test_add_func ("/darts/validity", test_validity);
  g_test_add_func ("/darts/notations", test_notations);
  g_test_add_func ("/darts/malformed", test_malformed);
  g_test_add_func ("/darts/known-costs", test_known_costs);
  g_test_add_func ("/darts/measured-costs", test_measured_costs);
  g_test_add_func ("/darts/published-costs", test_published_costs);
  g_test_add_func ("/darts/limit", test_limit);
  g_test_add_func ("/darts/many", test_many);
  g_test_add_func ("/darts/shares", test_shares);
  g_test_add_func ("/darts/no-move", test_no_move);
  g_test_add_func ("/darts/tables", test_tables);
  return g_test_run ();
}
