/* NAS-Bench-Graph (Qin et al., NeurIPS 2022): networks on graphs, of four operations.
 * Each operation reads one earlier node, node 0 being the network's input; what nobody
 * reads is concatenated into the output. 26,206 cells.
 *
 * `links` is the place that each operation reads from: "0112 gat-gcn-skip-fc". As a graph
 * a cell has 6 nodes, input, the four operations, and output.
 *
 * Two cells are the same if the trees are that are left when skips are taken out: what
 * reads a skip reads what the skip reads, and a skip that is read by nobody makes its
 * source part of the output, once more if others do so too. A skip that makes the raw
 * input part of it does not count, nor does the order of children. With that the 157,440
 * ways to write a cell (24 links, 9^4 operations but not skips alone) fall into 26,206
 * classes, the ones that the authors trained.
 *
 * The class is shown by the cell that the authors list: of the largest links, with the
 * most skips in front, with the smallest operations. The list is in the order of their
 * hash, the number of the links in `links` and then a digit per operation. */
#include <string.h>

#include <nasvec/space.h>

#define WORDS 4 /* operations of a cell */
#define NODES 6
#define CODES 6561 /* 9^4 */

enum { INPUT, SKIP = 9, OUTPUT = 10, N_OPS };
static const char *const ops[N_OPS] = {
  "input", "gat", "gcn", "gin", "cheb", "sage", "arma", "graph", "fc", "skip", "output",
};

/* All trees of four operations up to the order of children. */
static const char *const links[] = {
  "0000", "0001", "0011", "0012", "0013", "0111", "0112", "0122", "0123",
};

/* form -> code of the class's cell: 6,561 x the number of its links + its ops. */
typedef struct { GHashTable *first; } State;

/* --- the tree without skips -------------------------------------------------------- */

/* A byte per operation, depth first: depth, type, and how many times the output has it.
 * `text` is filled from the top byte; the last byte is never 0, as a leaf is output. */
typedef struct {
  guint32 text;
  guint bytes, outs;
} Tree;

/* Puts `part` behind `tree`. */
static void
join (Tree *tree, const Tree *part)
{
  if (part->bytes > 0)
    tree->text |= part->text >> 8 * tree->bytes;
  tree->bytes += part->bytes;
}

static Tree tree_at (const NvCell *cell, guint node, guint depth);

/* What `node` is read by, skips left out: the trees, and `outs`. */
static guint
branches_at (const NvCell *cell, guint node, guint depth, Tree *branch, guint *outs)
{
  guint n = 0;
  for (guint to = node + 1; to < NODES; to++)
    if (!nv_cell_has_edge (cell, node, to))
      continue;
    else if (cell->ops[to] == OUTPUT)
      ++*outs;
    else if (cell->ops[to] == SKIP)
      n += branches_at (cell, to, depth, branch + n, outs);
    else
      branch[n++] = tree_at (cell, to, depth);
  return n;
}

static int
by_text (gconstpointer a, gconstpointer b)
{
  const guint32 x = ((const Tree *) a)->text, y = ((const Tree *) b)->text;
  return (x > y) - (x < y);
}

/* The tree of what hangs on `node`, `node` itself included unless it is the input. */
static Tree
tree_at (const NvCell *cell, guint node, guint depth)
{
  Tree branch[WORDS], tree = { 0 };
  const guint inner = node > 0;
  const guint n = branches_at (cell, node, depth + inner, branch, &tree.outs);
  qsort (branch, n, sizeof *branch, by_text);
  if (inner) {
    tree.text = (depth << 6 | (guint) (cell->ops[node] - 1) << 3 | tree.outs) << 24;
    tree.bytes = 1;
  }
  for (guint i = 0; i < n; i++)
    join (&tree, &branch[i]);
  return tree;
}

/* Equal for equivalent cells and for no others; 0 where all operations are skips. */
static guint32
form_of (const NvCell *cell)
{
  return tree_at (cell, 0, 0).text;
}

/* --- cells as numbers -------------------------------------------------------------- */

/* Node v + 1 reads node source[v]; leaves feed the output. */
static void
wire (const guint source[WORDS], NvCell *cell)
{
  for (guint v = 0; v < NODES; v++)
    cell->rows[v] = 0;
  for (guint v = 0; v < WORDS; v++)
    nv_cell_add_edge (cell, source[v], v + 1);
  for (guint v = 1; v <= WORDS; v++)
    if (cell->rows[v] == 0)
      nv_cell_add_edge (cell, v, NODES - 1);
}

static void
sources_of (const NvCell *cell, guint source[WORDS])
{
  for (guint v = 0; v < WORDS; v++) {
    source[v] = 0;
    while (!nv_cell_has_edge (cell, source[v], v + 1))
      source[v]++;
  }
}

static void
cell_of (guint code, NvCell *cell)
{
  guint source[WORDS];
  nv_cell_init (cell, NODES);
  for (guint v = WORDS; v > 0; v--, code /= 9)
    cell->ops[v] = (guint8) (1 + code % 9);
  for (guint v = 0; v < WORDS; v++)
    source[v] = (guint) g_ascii_digit_value (links[code][v]);
  cell->ops[NODES - 1] = OUTPUT;
  wire (source, cell);
}

static guint
skips_in_front (const NvCell *cell)
{
  guint n = 0;
  while (n < WORDS && cell->ops[n + 1] == SKIP)
    n++;
  return n;
}

/* The largest links first, then the most skips in front, then the smallest ops. */
static void
find_classes (GHashTable *first)
{
  for (guint l = G_N_ELEMENTS (links); l-- > 0;)
    for (guint skips = WORDS; skips-- > 0;)
      for (guint code = l * CODES; code < (l + 1) * CODES; code++) {
        NvCell cell;
        cell_of (code, &cell);
        gpointer form = GUINT_TO_POINTER (form_of (&cell));
        if (skips_in_front (&cell) == skips && !g_hash_table_contains (first, form))
          g_hash_table_insert (first, form, GUINT_TO_POINTER (code));
      }
}

static guint
class_of (const NvSpace *space, const NvCell *cell)
{
  const State *st = space->state;
  return GPOINTER_TO_UINT (
      g_hash_table_lookup (st->first, GUINT_TO_POINTER (form_of (cell))));
}

/* --- hooks ------------------------------------------------------------------------- */

static gboolean
nasbenchgraph_open (NvSpace *space, GError **error)
{
  (void) error;
  State *st = space->state;
  space->nodes = NODES;
  space->n_ops = N_OPS;
  space->ops = ops;
  st->first = g_hash_table_new (NULL, NULL);
  find_classes (st->first);
  return TRUE;
}

static void
nasbenchgraph_close (NvSpace *space)
{
  State *st = space->state;
  if (st->first != NULL)
    g_hash_table_unref (st->first);
}

static NvCells *
nasbenchgraph_enumerate (const NvSpace *space, GError **error)
{
  (void) error;
  NvCells *cells = nv_cells_new (NODES);
  for (guint code = 0; code < G_N_ELEMENTS (links) * CODES; code++) {
    NvCell cell;
    cell_of (code, &cell);
    if (form_of (&cell) != 0 && class_of (space, &cell) == code)
      nv_cells_append (cells, &cell);
  }
  return cells;
}

/* What is wrong with a node, or NULL. */
static const char *
fault_of (const NvCell *cell, guint v)
{
  const guint32 output = 1u << (NODES - 1);
  guint read = 0;
  for (guint from = 0; from < v; from++)
    read += nv_cell_has_edge (cell, from, v);
  if (v == 0)
    return cell->ops[v] != INPUT ? "must be 'input'"
           : cell->rows[v] & output ? "must not feed the output" : NULL;
  if (v == NODES - 1)
    return cell->ops[v] != OUTPUT ? "must be 'output'" : NULL;
  if (cell->ops[v] == INPUT || cell->ops[v] >= OUTPUT)
    return "must be gat, gcn, gin, cheb, sage, arma, graph, fc or skip";
  if (read != 1)
    return "must read exactly one node";
  if (cell->rows[v] == 0)
    return "must feed the output, since no node reads it";
  return cell->rows[v] & output && cell->rows[v] != output
         ? "must not feed the output, since a node reads it" : NULL;
}

static gboolean
nasbenchgraph_validate (const NvSpace *space, const NvCell *cell, GError **error)
{
  (void) space;
  if (cell->n_nodes != NODES) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "the cell has %u nodes, not %d",
                 cell->n_nodes, NODES);
    return FALSE;
  }
  for (guint v = 0; v < NODES; v++)
    if (fault_of (cell, v) != NULL) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL, "node %u %s", v, fault_of (cell, v));
      return FALSE;
    }
  if (form_of (cell) != 0)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_CELL, "all four operations are skips");
  return FALSE;
}

static void
nasbenchgraph_canonical (const NvSpace *space, const NvCell *cell, NvCell *out)
{
  cell_of (class_of (space, cell), out);
}

static void
nasbenchgraph_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint source[WORDS];
  sources_of (cell, source);
  g_hash_table_add (seen, GUINT_TO_POINTER (form_of (cell)));
  for (guint v = 0; v < WORDS; v++)
    for (guint step = 1; step < 9 + v + 1; step++) {
      NvCell next = *cell;
      guint moved[WORDS];
      memcpy (moved, source, sizeof source);
      if (step < 9)
        next.ops[v + 1] = (guint8) (1 + (cell->ops[v + 1] - 1u + step) % 9);
      else
        moved[v] = (source[v] + step - 8) % (v + 1);
      wire (moved, &next);
      if (form_of (&next) != 0
          && g_hash_table_add (seen, GUINT_TO_POINTER (form_of (&next)))) {
        nasbenchgraph_canonical (space, &next, &next);
        nv_cells_append (out, &next);
      }
    }
}

/* One of the neighbours: another operation, or another node read from. */
static gboolean
nasbenchgraph_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out,
                      GError **error)
{
  (void) error;
  g_autoptr (NvCells) around = nv_cells_new (NODES);
  nasbenchgraph_neighbours (space, cell, around);
  nv_cells_get (around, nv_rng_below (rng, (guint32) around->count), out);
  return TRUE;
}

/* --- notation ---------------------------------------------------------------------- */

static char *
nasbenchgraph_format (const NvSpace *space, const NvCell *cell)
{
  (void) space;
  guint s[WORDS];
  const guint8 *o = cell->ops;
  sources_of (cell, s);
  return g_strdup_printf ("%u%u%u%u %s-%s-%s-%s", s[0], s[1], s[2], s[3], ops[o[1]],
                          ops[o[2]], ops[o[3]], ops[o[4]]);
}

static gboolean
refuse_text (const char *text, const char *why, GError **error)
{
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "'%.120s': %s; a cell is written '0112 gat-gcn-skip-fc'", text, why);
  return FALSE;
}

static gboolean
nasbenchgraph_parse (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  g_auto (GStrv) field = g_strsplit (text, " ", -1);
  NvCell cell;
  guint source[WORDS];
  g_autoptr (GError) why = NULL;
  if (g_strv_length (field) != 2 || strlen (field[0]) != WORDS)
    return refuse_text (text, "expected 4 links and 4 operations", error);
  g_auto (GStrv) word = g_strsplit (field[1], "-", -1);
  if (g_strv_length (word) != WORDS)
    return refuse_text (text, "expected 4 operations, joined by -", error);
  nv_cell_init (&cell, NODES);
  cell.ops[NODES - 1] = OUTPUT;
  for (guint v = 0; v < WORDS; v++) {
    guint op = 1;
    source[v] = (guint) (guchar) field[0][v] - '0';
    if (source[v] > v)
      return refuse_text (text, "link i is a digit from 0 to i, counted from 0", error);
    while (op < OUTPUT && strcmp (ops[op], word[v]) != 0)
      op++;
    if (op == OUTPUT)
      return refuse_text (text, "the operations are gat, gcn, gin, cheb, sage, arma, "
                          "graph, fc and skip", error);
    cell.ops[v + 1] = (guint8) op;
  }
  wire (source, &cell);
  if (!nasbenchgraph_validate (space, &cell, &why))
    return refuse_text (text, why->message, error);
  *out = cell;
  return TRUE;
}

/* --- tables ------------------------------------------------------------------------ */

/* nasbench_graph.csv; the number of epochs is not in it, nor is the time of training. */
#define TABLE(name)                                                                      \
  {                                                                                      \
    .dataset = name, .cell = "links,ops", .observed = "valid_perf", .test = "test_perf", \
    .parameters = "1000000*params", .where = "dataset=" name                             \
  }
static const NvTablePreset presets[] = {
  TABLE ("cora"),  TABLE ("citeseer"),  TABLE ("pubmed"), TABLE ("cs"), TABLE ("physics"),
  TABLE ("photo"), TABLE ("computers"), TABLE ("arxiv"),  TABLE ("proteins"),
  { .dataset = NULL },
};

static const NvSpaceClass nasbenchgraph = {
  NV_SPACE ("nasbenchgraph", "1.0",
            "26,206 graph neural networks of four operations"),
  NV_STATE (State),
  .open = nasbenchgraph_open,
  .close = nasbenchgraph_close,
  .enumerate = nasbenchgraph_enumerate,
  .validate = nasbenchgraph_validate,
  .canonical = nasbenchgraph_canonical,
  .mutate = nasbenchgraph_mutate,
  .neighbours = nasbenchgraph_neighbours,
  .format = nasbenchgraph_format,
  .parse = nasbenchgraph_parse,
  .presets = presets,
};
NV_PLUGIN (nasbenchgraph)
