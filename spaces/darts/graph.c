/* Genotypes as graphs, as arch2vec draws them: nodes 0 and 1 are the inputs, 2 + e is the
 * operation of edge e, 10 the output. An operation reads an input or both operations of a
 * block; all operations feed the output. In a pair the reduction cell comes after the
 * normal one, as nodes 11 to 21, and both its inputs read the normal cell's output.
 *
 * Which two operations are a block is told by their places: an isomorphism of graphs
 * alone would exchange operations between blocks that nobody reads. */
#include <string.h>

#include "darts.h"

#define OP_NODES (((1u << DARTS_EDGES) - 1) << 2)

/* The nodes that an operation reads from. */
static guint32
nodes_of (guint source)
{
  return source < 2 ? 1u << source : 3u << (2 * source - 2);
}

static void
draw_half (const DartsCell *cell, guint first, NvCell *out)
{
  out->ops[first] = DARTS_C_K2;
  out->ops[first + 1] = DARTS_C_K1;
  for (guint e = 0; e < DARTS_EDGES; e++) {
    const guint32 from = nodes_of (cell->source[e]);
    out->ops[first + 2 + e] = cell->op[e];
    for (guint i = 0; i < 2 + e; i++)
      if (from >> i & 1)
        nv_cell_add_edge (out, first + i, first + 2 + e);
    nv_cell_add_edge (out, first + 2 + e, first + DARTS_NODES - 1);
  }
  out->ops[first + DARTS_NODES - 1] = DARTS_OUTPUT;
}

void
darts_to_graph (const DartsGenotype *genotype, int cells, NvCell *out)
{
  nv_cell_init (out, cells == DARTS_PAIR ? 2 * DARTS_NODES : DARTS_NODES);
  draw_half (&genotype->half[0], 0, out);
  if (cells != DARTS_PAIR)
    return;
  draw_half (&genotype->half[1], DARTS_NODES, out);
  nv_cell_add_edge (out, DARTS_NODES - 1, DARTS_NODES);
  nv_cell_add_edge (out, DARTS_NODES - 1, DARTS_NODES + 1);
}

/* Bit i: the edge i -> node, in the numbers of the half that begins with `first`. */
static guint32
inputs_of (const NvCell *graph, guint first, guint node)
{
  guint32 in = 0;
  for (guint i = 0; i < node; i++)
    in |= (guint32) nv_cell_has_edge (graph, first + i, first + node) << i;
  return in;
}

static gboolean
refuse (GError **error, guint node, const char *must)
{
  g_set_error (error, NV_ERROR, NV_ERROR_CELL, "node %u %s", node, must);
  return FALSE;
}

static gboolean
types_in_place (const NvCell *graph, guint first, GError **error)
{
  for (guint v = 0; v < DARTS_NODES; v++) {
    const guint op = graph->ops[first + v];
    if (v < 2 || v == DARTS_NODES - 1) {
      if (op != (v < 2 ? v : (guint) DARTS_OUTPUT))
        return refuse (error, first + v, v == 0   ? "must be 'c_k-2'"
                                         : v == 1 ? "must be 'c_k-1'"
                                                  : "must be 'output'");
    } else if (op < DARTS_NONE || op > DARTS_DIL5) {
      return refuse (error, first + v, "must be an operation");
    }
  }
  return TRUE;
}

static gboolean
read_half (const NvCell *graph, guint first, DartsCell *out, GError **error)
{
  if (!types_in_place (graph, first, error))
    return FALSE;
  for (guint e = 0; e < DARTS_EDGES; e++) {
    const guint32 in = inputs_of (graph, first, 2 + e);
    guint source = 0;
    while (source < 2 + e / 2 && nodes_of (source) != in)
      source++;
    if (source == 2 + e / 2)
      return refuse (error, first + 2 + e,
                     "must read one input or both operations of one earlier block");
    if (e % 2 == 1 && source == out->source[e - 1])
      return refuse (error, first + 2 + e,
                     "must not read what the other operation of its block reads");
    out->op[e] = graph->ops[first + 2 + e];
    out->source[e] = (guint8) source;
  }
  if (inputs_of (graph, first, DARTS_NODES - 1) != OP_NODES)
    return refuse (error, first + DARTS_NODES - 1, "must read all operations, no input");
  return TRUE;
}

/* No edges but those of the two halves and from the first to the inputs of the second. */
static gboolean
wired_together (const NvCell *graph, GError **error)
{
  const guint32 second = ((1u << DARTS_NODES) - 1) << DARTS_NODES;
  for (guint v = 0; v < DARTS_NODES - 1; v++)
    if (graph->rows[v] & second)
      return refuse (error, v, "must not feed the reduction cell");
  if ((graph->rows[DARTS_NODES - 1] & second) != 3u << DARTS_NODES)
    return refuse (error, DARTS_NODES - 1, "must feed nodes 11 and 12");
  if (nv_cell_has_edge (graph, DARTS_NODES, DARTS_NODES + 1))
    return refuse (error, DARTS_NODES, "must not feed the other input");
  return TRUE;
}

gboolean
darts_from_graph (const NvCell *graph, int cells, DartsGenotype *out, GError **error)
{
  const guint nodes = cells == DARTS_PAIR ? 2 * DARTS_NODES : DARTS_NODES;
  if (graph->n_nodes != nodes) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "the cell has %u nodes, not %u",
                 graph->n_nodes, nodes);
    return FALSE;
  }
  if (nv_cell_has_edge (graph, 0, 1))
    return refuse (error, 0, "must not feed the other input");
  if (!read_half (graph, 0, &out->half[0], error))
    return FALSE;
  if (cells == DARTS_PAIR)
    return wired_together (graph, error)
           && read_half (graph, DARTS_NODES, &out->half[1], error);
  out->half[1] = out->half[0];
  return TRUE;
}

gboolean
darts_is_loose_graph (const NvCell *graph, int cells)
{
  const guint nodes = cells == DARTS_PAIR ? 2 * DARTS_NODES : DARTS_NODES;
  if (graph->n_nodes != nodes)
    return FALSE;
  for (guint first = 0; first < nodes; first += DARTS_NODES) {
    if (!types_in_place (graph, first, NULL))
      return FALSE;
    for (guint v = 2; v < DARTS_NODES - 1; v++)
      if (inputs_of (graph, first, v) == 0)
        return FALSE;
  }
  return TRUE;
}

/* --- the canonical form ------------------------------------------------------------ */

/* Twelve bits: the two edges of block b as source and type, the smaller one first.
 * place[b]: where block b stands now. */
static guint32
block_code (const DartsCell *cell, guint b, const guint place[4])
{
  guint32 edge[2];
  for (guint k = 0; k < 2; k++) {
    const guint s = cell->source[2 * b + k];
    edge[k] = (s < 2 ? s : 2 + place[s - 2]) << 3 | (cell->op[2 * b + k] - DARTS_NONE);
  }
  return MIN (edge[0], edge[1]) << 6 | MAX (edge[0], edge[1]);
}

static gboolean
is_ready (const DartsCell *cell, guint b, guint placed)
{
  for (guint k = 0; k < 2; k++) {
    const guint s = cell->source[2 * b + k];
    if (s >= 2 && !(placed >> (s - 2) & 1))
      return FALSE;
  }
  return TRUE;
}

/* The smallest code over all orders of the blocks that are not yet placed. */
static guint64
smallest (const DartsCell *cell, guint placed, guint n, guint place[4], guint64 code)
{
  guint64 best = G_MAXUINT64;
  if (n == 4)
    return code;
  for (guint b = 0; b < 4; b++)
    if (!(placed >> b & 1) && is_ready (cell, b, placed)) {
      place[b] = n;
      const guint64 next = code << 12 | block_code (cell, b, place);
      best = MIN (best, smallest (cell, placed | 1u << b, n + 1, place, next));
    }
  return best;
}

void
darts_canonical (DartsCell *cell)
{
  guint place[4] = { 0 };
  guint64 code = smallest (cell, 0, 0, place, 0);
  for (guint e = DARTS_EDGES; e-- > 0; code >>= 6) {
    cell->op[e] = (guint8) (DARTS_NONE + (code & 7));
    cell->source[e] = (guint8) (code >> 3 & 7);
  }
}
