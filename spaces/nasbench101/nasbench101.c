/* NAS-Bench-101 (Ying et al. 2019): DAGs of at most 7 vertices and 9 edges whose interior
 * vertices are a 1x1 or 3x3 convolution or a max-pooling; 423,624 up to isomorphism.
 *
 * A cell has all its vertices on paths from input to output. Two cells are the same if
 * one is the other with its vertices renumbered; canonical() gives the order that
 * enumerate() uses. The list is in the order of the authors' module hashes, so that with
 * the full limits a cell's place in it is its official index. See docs/spaces.md for the
 * notations. */
#include "nasbench101.h"

const char *const nb101_ops[NB101_OPS] = {
  "input", "conv1x1-bn-relu", "conv3x3-bn-relu", "maxpool3x3", "output",
};

static const char *const notations[] = { "columns", "matrix", "hash", "index", NULL };

static const NvParam params[] = {
  NV_INT (Nb101Options, vertices, 3, NB101_VERTICES, "most vertices of a cell"),
  NV_INT (Nb101Options, edges, 2, NB101_EDGES, "most edges of a cell"),
  NV_CHOICE (Nb101Options, notation, notations, "how cells are written; all are read"),
  NV_END
};

#define CELL "num_vertices,adjacency_upper,ops"
#define CURVE(e, share)                                                                  \
  {                                                                                      \
    .dataset = "cifar10", .epochs = e, .cell = CELL, .observed = "val_acc_" #e,          \
    .test = "test_acc_108_mean3", .seconds = share "*train_seconds_108",                 \
    .parameters = "trainable_parameters"                                                 \
  }

/* The seconds of the shorter trainings are not in the table: they are taken as the share
 * of epochs of the long one. fashion-mnist.csv is nasvec's own. */
static const NvTablePreset presets[] = {
  CURVE (108, "1"),
  CURVE (36, "0.33333333333333333"),
  CURVE (12, "0.11111111111111111"),
  CURVE (4, "0.037037037037037037"),
  { .dataset = "cifar10-full",
    .epochs = 108,
    .cell = CELL,
    .observed = "test_acc_run1",
    .test = "test_acc_mean3",
    .parameters = "trainable_parameters" },
  { .dataset = "fashion-mnist", .epochs = 10, .cell = "cell", .observed = "validation_10",
    .test = "test", .seconds = "seconds", .parameters = "parameters" },
  { .dataset = NULL },
};

static gboolean
nasbench101_open (NvSpace *space, GError **error)
{
  (void) error;
  const Nb101Options *opt = space->options;
  space->nodes = (guint) opt->vertices;
  space->min_nodes = 2;
  space->n_ops = NB101_OPS;
  space->ops = nb101_ops;
  return TRUE;
}

static void
nasbench101_close (NvSpace *space)
{
  Nb101State *state = space->state;
  g_free (state->hashes);
}

static NvCells *
nasbench101_enumerate (const NvSpace *space, GError **error)
{
  (void) error;
  const Nb101Options *opt = space->options;
  Nb101State *state = space->state;
  guint8 (*hashes)[16];
  NvCells *cells = nb101_enumerate ((guint) opt->vertices, (guint) opt->edges, &hashes);
  g_free (state->hashes);
  state->hashes = hashes;
  return cells;
}

/* --- validity ---------------------------------------------------------------------- */

static gboolean
ops_in_place (const NvCell *cell, guint *wrong)
{
  const guint last = cell->n_nodes - 1;
  for (guint v = 0; v <= last; v++) {
    const guint op = cell->ops[v];
    const gboolean right = v == 0      ? op == NB101_INPUT
                           : v == last ? op == NB101_OUTPUT
                                       : op > NB101_INPUT && op < NB101_OUTPUT;
    if (!right) {
      *wrong = v;
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
nasbench101_validate (const NvSpace *space, const NvCell *cell, GError **error)
{
  const Nb101Options *opt = space->options;
  NvCell pruned;
  guint wrong;
  if (cell->n_nodes < 2 || cell->n_nodes > space->nodes)
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "%u vertices; allowed are 2 to %u",
                 cell->n_nodes, space->nodes);
  else if (nv_cell_n_edges (cell) > (guint) opt->edges)
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "%u edges; allowed are at most %d",
                 nv_cell_n_edges (cell), opt->edges);
  else if (!ops_in_place (cell, &wrong))
    g_set_error (
        error, NV_ERROR, NV_ERROR_CELL,
        "vertex %u of %u is '%s'; the first must be 'input', the last 'output', the "
        "others conv1x1-bn-relu, conv3x3-bn-relu or maxpool3x3",
        wrong, cell->n_nodes, nb101_ops[cell->ops[wrong]]);
  else if (!nv_cell_prune (cell, &pruned))
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "no path from input to output");
  else if (pruned.n_nodes < cell->n_nodes)
    g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                 "%u of %u vertices are on no path from input to output",
                 cell->n_nodes - pruned.n_nodes, cell->n_nodes);
  else
    return TRUE;
  return FALSE;
}

/* The rule of the authors' interface: what is left after pruning must be a cell. */
static gboolean
nasbench101_valid_paper (const NvSpace *space, const NvCell *cell)
{
  NvCell pruned;
  return nv_cell_prune (cell, &pruned) && nasbench101_validate (space, &pruned, NULL);
}

static void
nasbench101_canonical (const NvSpace *space, const NvCell *cell, NvCell *out)
{
  (void) space;
  nb101_decode (nb101_canonical (cell), out);
}

static const NvSpaceClass nasbench101 = {
  NV_SPACE ("nasbench101", "1.0",
            "423,624 image cells of at most 7 vertices and 9 edges"),
  NV_STATE (Nb101State),
  NV_OPTIONS (Nb101Options, params, .vertices = NB101_VERTICES, .edges = NB101_EDGES),
  .open = nasbench101_open,
  .close = nasbench101_close,
  .enumerate = nasbench101_enumerate,
  .validate = nasbench101_validate,
  .valid_paper = nasbench101_valid_paper,
  .canonical = nasbench101_canonical,
  .mutate = nb101_mutate,
  .neighbours = nb101_neighbours,
  .format = nb101_format,
  .parse = nb101_parse,
  .presets = presets,
  .network = nb101_network,
};
NV_PLUGIN (nasbench101)
