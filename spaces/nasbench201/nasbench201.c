/* NAS-Bench-201 (Dong & Yang, ICLR 2020): a complete DAG on 4 nodes whose 6 edges each
 * carry one of 5 operations; 15,625 cells. A cell is drawn, as Yan et al. (2020) do, with
 * the operations on nodes: 8 nodes, input, the edges 0-1, 0-2, 1-2, 0-3, 1-3, 2-3, and
 * output, always wired alike.
 *
 * Within this file a cell is its code: a number of 6 digits in base 5, the edge 0-1
 * first, the digits in the order of `edge_ops`. The official index is the place of a code
 * in the list 0, 1, 2, ... after the shuffle that made the data set: Python's
 * random.shuffle under seed 88, that is MT19937 with Fisher-Yates from the end, each draw
 * taken from the top bits and rejected where it is too large. Index 0 is code 421211 in
 * base 5.
 *
 * Two cells that compute the same function can differ as strings. Option `equivalence`
 * makes them one: the cell of the lowest index stands for its class. 12,751 classes
 * remain when a skip is the identity, 6,466 when zeros are followed too. */
#include <string.h>

#include "nasbench201.h"

#define EDGES NB201_EDGES
#define NODES NB201_NODES
#define CELLS 15625 /* 5^6 */

enum { NONE, SKIP, CONV1, CONV3, POOL, EDGE_OPS };
static const char *const edge_ops[EDGE_OPS] = {
  "none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3"
};

enum { INPUT = NB201_INPUT, OUTPUT = NB201_OUTPUT, NODE_OPS = NB201_NODE_OPS };
static const char *const node_ops[NODE_OPS] = {
  "input", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3", "skip_connect", "none",
  "output"
};
static const guint8 node_op_of[EDGE_OPS] = {
  NB201_NONE, NB201_SKIP, NB201_CONV1, NB201_CONV3, NB201_POOL
};
static const guint8 edge_op_of[NODE_OPS] = {
  EDGE_OPS, CONV1, CONV3, POOL, SKIP, NONE, EDGE_OPS
};
static const guint32 wiring[NODES] = {
  1u << 1 | 1u << 2 | 1u << 4, 1u << 3 | 1u << 5, 1u << 6, 1u << 6, 1u << 7, 1u << 7,
  1u << 7, 0
};

enum { BY_STRING, BY_SKIP, BY_SKIP_ZERO };
static const char *const equivalences[] = { "string", "skip", "skip_zero", NULL };

typedef struct { int equivalence; } Options;
typedef struct {
  guint16 official[CELLS];       /* the code at an index */
  guint16 representative[CELLS]; /* of the class of a code */
} State;

static const NvParam params[] = {
  NV_CHOICE (Options, equivalence, equivalences,
             "what makes two cells one: equal strings, also skips, also skips and zeros"),
  NV_END
};

static void
split_code (guint code, guint8 op[EDGES])
{
  for (guint e = EDGES; e-- > 0; code /= EDGE_OPS)
    op[e] = (guint8) (code % EDGE_OPS);
}

static void
cell_of (guint code, NvCell *cell)
{
  guint8 op[EDGES];
  split_code (code, op);
  nv_cell_init (cell, NODES);
  for (guint i = 0; i < NODES; i++)
    cell->rows[i] = wiring[i];
  for (guint e = 0; e < EDGES; e++)
    cell->ops[e + 1] = node_op_of[op[e]];
  cell->ops[NODES - 1] = OUTPUT;
}

static guint
code_of (const NvCell *cell)
{
  guint code = 0;
  for (guint e = 0; e < EDGES; e++)
    code = code * EDGE_OPS + edge_op_of[cell->ops[e + 1]];
  return code;
}

static void
shuffle_officially (guint16 *list)
{
  const guint32 seed = 88;
  g_autoptr (GRand) rng = g_rand_new_with_seed_array (&seed, 1);
  for (guint i = 0; i < CELLS; i++)
    list[i] = (guint16) i;
  for (guint i = CELLS - 1; i > 0; i--) {
    guint j, bits = g_bit_storage (i + 1);
    do
      j = g_rand_int (rng) >> (32 - bits);
    while (j > i);
    guint16 swap = list[i];
    list[i] = list[j];
    list[j] = swap;
  }
}

/* What the output computes, as text: "x" the input, "#" zero, "(e)k" op k applied to e. A
 * node is the sum of its operands, sorted and joined. A sum is not simplified, as in the
 * reference ("#+x" is not "x"): this is the definition that gives the published
 * counts. */
static void
expression (guint code, gboolean zeros, char *out)
{
  enum { LONGEST = 32 };
  char node[4][LONGEST] = { "x" };
  guint8 op[EDGES];
  split_code (code, op);
  for (guint to = 1, e = 0; to < 4; to++) {
    char operand[3][LONGEST], *sorted[3];
    for (guint from = 0; from < to; from++, e++) {
      if (zeros && (op[e] == NONE || strcmp (node[from], "#") == 0))
        g_strlcpy (operand[from], "#", LONGEST);
      else if (op[e] == SKIP)
        g_strlcpy (operand[from], node[from], LONGEST);
      else
        g_snprintf (operand[from], LONGEST, "(%s)%u", node[from], op[e]);
      guint at = from;
      for (; at > 0 && strcmp (sorted[at - 1], operand[from]) > 0; at--)
        sorted[at] = sorted[at - 1];
      sorted[at] = operand[from];
    }
    g_strlcpy (node[to], sorted[0], LONGEST);
    for (guint i = 1; i < to; i++) {
      g_strlcat (node[to], "+", LONGEST);
      g_strlcat (node[to], sorted[i], LONGEST);
    }
  }
  strcpy (out, node[3]);
}

static void
find_classes (State *st, int equivalence)
{
  g_autoptr (GHashTable) first
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < CELLS; i++) {
    guint code = st->official[i];
    gpointer seen;
    char text[32];
    st->representative[code] = (guint16) code;
    if (equivalence == BY_STRING)
      continue;
    expression (code, equivalence == BY_SKIP_ZERO, text);
    if (g_hash_table_lookup_extended (first, text, NULL, &seen))
      st->representative[code] = (guint16) GPOINTER_TO_UINT (seen);
    else
      g_hash_table_insert (first, g_strdup (text), GUINT_TO_POINTER (code));
  }
}

static gboolean
nasbench201_open (NvSpace *space, GError **error)
{
  (void) error;
  State *st = space->state;
  const Options *opt = space->options;
  space->nodes = NODES;
  space->n_ops = NODE_OPS;
  space->ops = node_ops;
  shuffle_officially (st->official);
  find_classes (st, opt->equivalence);
  return TRUE;
}

static NvCells *
nasbench201_enumerate (const NvSpace *space, GError **error)
{
  (void) error;
  const State *st = space->state;
  NvCells *cells = nv_cells_new (NODES);
  for (guint i = 0; i < CELLS; i++) {
    NvCell cell;
    cell_of (st->official[i], &cell);
    if (st->representative[st->official[i]] == st->official[i])
      nv_cells_append (cells, &cell);
  }
  return cells;
}

static gboolean
nasbench201_validate (const NvSpace *space, const NvCell *cell, GError **error)
{
  (void) space;
  if (cell->n_nodes != NODES) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "the cell has %u nodes, not %d",
                 cell->n_nodes, NODES);
    return FALSE;
  }
  for (guint i = 0; i < NODES; i++) {
    guint8 op = cell->ops[i];
    gboolean end = i == 0 || i == NODES - 1;
    if (end ? op != (i == 0 ? INPUT : OUTPUT) : edge_op_of[op] == EDGE_OPS) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL, "node %u is '%s', but must be %s", i,
                   node_ops[op], end ? node_ops[i == 0 ? INPUT : OUTPUT]
                   : "nor_conv_1x1, nor_conv_3x3, avg_pool_3x3, skip_connect or none");
      return FALSE;
    }
    if (cell->rows[i] != wiring[i]) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                   "node %u has edges to the nodes of the bits 0x%02x, but must have "
                   "0x%02x", i, cell->rows[i], wiring[i]);
      return FALSE;
    }
  }
  return TRUE;
}

/* The authors look at the ops of nodes 0 and 2 to 7, and at nothing else. */
static gboolean
nasbench201_valid_paper (const NvSpace *space, const NvCell *cell)
{
  (void) space;
  if (cell->n_nodes != NODES || cell->ops[0] != INPUT
      || cell->ops[NODES - 1] != OUTPUT)
    return FALSE;
  for (guint i = 2; i < NODES - 1; i++)
    if (edge_op_of[cell->ops[i]] == EDGE_OPS)
      return FALSE;
  return TRUE;
}

static void
nasbench201_canonical (const NvSpace *space, const NvCell *cell, NvCell *out)
{
  const State *st = space->state;
  cell_of (st->representative[code_of (cell)], out);
}

/* `out` = `cell` with the op of edge e moved on by `step` (1 .. 4) in the list. */
static void
change_edge (const NvCell *cell, guint e, guint step, NvCell *out)
{
  *out = *cell;
  out->ops[e + 1] = node_op_of[(edge_op_of[cell->ops[e + 1]] + step) % EDGE_OPS];
}

/* To a cell of another class. The moves of the edge 0-3 always are, so 4 of 24 at least. */
static gboolean
nasbench201_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out,
                    GError **error)
{
  enum { TRIES = 1000 };
  const State *st = space->state;
  const guint own = st->representative[code_of (cell)];
  for (guint i = 0; i < TRIES; i++) {
    const guint e = nv_rng_below (rng, EDGES);
    change_edge (cell, e, 1 + nv_rng_below (rng, EDGE_OPS - 1), out);
    if (st->representative[code_of (out)] != own)
      return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_CELL, "no cell near by is of another class");
  return FALSE;
}

/* Each other class that a move leads to, once. */
static void
nasbench201_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out)
{
  g_autoptr (NvCellIndex) seen = nv_cell_index_new ();
  NvCell next;
  nasbench201_canonical (space, cell, &next);
  nv_cell_index_add (seen, &next, 0, NULL);
  for (guint e = 0; e < EDGES; e++)
    for (guint step = 1; step < EDGE_OPS; step++) {
      change_edge (cell, e, step, &next);
      nasbench201_canonical (space, &next, &next);
      if (nv_cell_index_add (seen, &next, 0, NULL))
        nv_cells_append (out, &next);
    }
}

/* What stands before the op of each edge, and the node that the edge comes from. */
static const char *const before[EDGES] = { "|", "|+|", "|", "|+|", "|", "|" };
static const guint source[EDGES] = { 0, 0, 1, 0, 1, 2 };

static char *
nasbench201_format (const NvSpace *space, const NvCell *cell)
{
  (void) space;
  GString *text = g_string_new (NULL);
  for (guint e = 0; e < EDGES; e++)
    g_string_append_printf (text, "%s%s~%u", before[e],
                            edge_ops[edge_op_of[cell->ops[e + 1]]], source[e]);
  return g_string_free (g_string_append_c (text, '|'), FALSE);
}

static gboolean
refuse (const char *text, const char *at, const char *expected, GError **error)
{
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "'%.120s': at character %d: expected %s; a cell is written "
               "|op~0|+|op~0|op~1|+|op~0|op~1|op~2|", text, (int) (at - text) + 1,
               expected);
  return FALSE;
}

static gboolean
parse_string (const char *text, guint *out, GError **error)
{
  const char *at = text;
  guint code = 0;
  for (guint e = 0; e < EDGES; e++) {
    if (!g_str_has_prefix (at, before[e]))
      return refuse (text, at, before[e], error);
    at += strlen (before[e]);
    gsize length = strcspn (at, "~");
    guint k = 0;
    while (k < EDGE_OPS && (strlen (edge_ops[k]) != length
                            || strncmp (at, edge_ops[k], length) != 0))
      k++;
    if (k == EDGE_OPS || at[length] == '\0')
      return refuse (text, at, "none~, skip_connect~, nor_conv_1x1~, nor_conv_3x3~ or "
                     "avg_pool_3x3~", error);
    at += length + 1;
    const char digit[] = { (char) ('0' + source[e]), '\0' };
    if (*at != *digit)
      return refuse (text, at, digit, error);
    at++;
    code = code * EDGE_OPS + k;
  }
  if (strcmp (at, "|") != 0)
    return refuse (text, at, "| and the end", error);
  *out = code;
  return TRUE;
}

/* Tables also name a cell by its official index. */
static gboolean
parse_index (const State *st, const char *text, guint *out, GError **error)
{
  guint64 i;
  if (!g_ascii_string_to_unsigned (text, 10, 0, CELLS - 1, &i, NULL)) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "'%.120s': an index is 0 to %d", text,
                 CELLS - 1);
    return FALSE;
  }
  *out = st->official[i];
  return TRUE;
}

static gboolean
nasbench201_parse (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  guint code;
  if (g_ascii_isdigit (*text) ? !parse_index (space->state, text, &code, error)
                              : !parse_string (text, &code, error))
    return FALSE;
  cell_of (code, out);
  return TRUE;
}

/* nasbench201.csv: observed scores of one training regime, tests after 200 epochs. The
 * table has no 200-epoch validation for CIFAR-100 and ImageNet16-120; their epochs take
 * 2.0 and 6.068 times as long as those of CIFAR-10. fashion-mnist.csv is nasvec's own, of
 * cells trained twice. */
static const NvTablePreset presets[] = {
  { "cifar10", 12, "arch_str", "c10valid_val_acc_12", "c10_test_acc_200",
    "12*train_sec_per_epoch + 1*valid_sec_per_eval", "params_c10", NULL, TRUE },
  { "cifar10", 200, "arch_str", "c10valid_val_acc_200", "c10_test_acc_200",
    "200*train_sec_per_epoch + 1*valid_sec_per_eval", "params_c10", NULL, TRUE },
  { "cifar100", 12, "arch_str", "c100_val_acc_12", "c100_test_acc_200",
    "24*train_sec_per_epoch + 2*valid_sec_per_eval", NULL, NULL, TRUE },
  { "imagenet16-120", 12, "arch_str", "in16_val_acc_12", "in16_test_acc_200",
    "72.816*train_sec_per_epoch + 6.068*valid_sec_per_eval", NULL, NULL, TRUE },
  { .dataset = "fashion-mnist", .epochs = 10, .cell = "cell",
    .observed = "validation_10_1, validation_10_2", .test = "test_1, test_2",
    .seconds = "seconds", .parameters = "parameters" },
  { .dataset = NULL },
};

static const NvSpaceClass nasbench201 = {
  NV_SPACE ("nasbench201", "1.0", "NAS-Bench-201: 6 edges, 5 operations, 15,625 cells"),
  NV_STATE (State), NV_OPTIONS (Options, params, .equivalence = BY_STRING),
  .open = nasbench201_open, .enumerate = nasbench201_enumerate,
  .validate = nasbench201_validate, .valid_paper = nasbench201_valid_paper,
  .canonical = nasbench201_canonical, .mutate = nasbench201_mutate,
  .neighbours = nasbench201_neighbours, .format = nasbench201_format,
  .parse = nasbench201_parse, .presets = presets,
  .network = nb201_network,
};
NV_PLUGIN (nasbench201)
