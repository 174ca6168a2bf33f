/* The space of DARTS (Liu et al., ICLR 2019): cells of four blocks, each the sum of two
 * operations that read one of the cell's two inputs or an earlier block. A network has a
 * normal and a reduction cell.
 *
 * With cells = shared the reduction cell is a copy of the normal one, as in arch2vec:
 * 180 wirings x 8^8 operations, some 3.0e9 cells. With cells = pair the two are drawn
 * side by side. Cells that differ in the order of blocks, or of the two operations of a
 * block, are one. See docs/spaces.md for the graphs and notations. */
#include "darts.h"

const char *const darts_ops[DARTS_OPS] = {
  "c_k-2",        "c_k-1",        "none",         "max_pool_3x3",
  "avg_pool_3x3", "skip_connect", "sep_conv_3x3", "sep_conv_5x5",
  "dil_conv_3x3", "dil_conv_5x5", "output",
};

static const char *const cells[] = { "shared", "pair", NULL };
static const char *const networks[] = { "cifar", "imagenet", NULL };
static const char *const notations[] = { "list", "genotype", NULL };

static const NvParam params[] = {
  NV_CHOICE (DartsOptions, cells, cells,
             "whether the reduction cell is a copy of the normal one"),
  NV_REAL (DartsOptions, max_madds, 0, 1e6,
           "most multiply-adds of a cell's network; 0: no limit", .unit = "millions"),
  NV_CHOICE (DartsOptions, network, networks, "the network that max_madds is about"),
  NV_CHOICE (DartsOptions, notation, notations, "how cells are written; all are read"),
  NV_END
};

static gboolean
open_darts (NvSpace *space, GError **error)
{
  (void) error;
  const DartsOptions *opt = space->options;
  space->nodes = opt->cells == DARTS_PAIR ? 2 * DARTS_NODES : DARTS_NODES;
  space->n_ops = DARTS_OPS;
  space->ops = darts_ops;
  return TRUE;
}

static gboolean
validate (const NvSpace *space, const NvCell *graph, GError **error)
{
  const DartsOptions *opt = space->options;
  DartsGenotype genotype;
  if (!darts_from_graph (graph, opt->cells, &genotype, error))
    return FALSE;
  if (darts_fits (space, &genotype))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_CELL,
               "%.1f million multiply-adds; allowed are at most max_madds = %g",
               1e-6 * (double) darts_cost (&genotype, opt->network).madds,
               opt->max_madds);
  return FALSE;
}

/* The authors ask for types in place and an input for every operation. */
static gboolean
valid_paper (const NvSpace *space, const NvCell *graph)
{
  return darts_is_loose_graph (graph, ((const DartsOptions *) space->options)->cells);
}

static void
canonical (const NvSpace *space, const NvCell *graph, NvCell *out)
{
  const DartsOptions *opt = space->options;
  DartsGenotype genotype;
  darts_from_graph (graph, opt->cells, &genotype, NULL);
  darts_canonical (&genotype.half[0]);
  darts_canonical (&genotype.half[1]);
  darts_to_graph (&genotype, opt->cells, out);
}

/* Tables of pairs. darts_random_214_600ep.csv has test accuracies alone: after 50 epochs
 * they are the observed score. darts_bench_oncenas_545.csv has both. fashion-mnist.csv is
 * nasvec's own, of shared cells trained twice. */
static const NvTablePreset presets[] = {
  { .dataset = "random214", .epochs = 50, .cell = "normal,reduce",
    .observed = "acc_ep50", .test = "acc_ep600", .percent = TRUE },
  { .dataset = "oncenas", .epochs = 50, .cell = "normal,reduce",
    .observed = "valid_acc_50ep", .test = "test_acc_50ep", .seconds = "train_sec_50ep",
    .parameters = "1000000*params_M", .percent = TRUE },
  { .dataset = "oncenas", .epochs = 10, .cell = "normal,reduce",
    .observed = "valid_acc_10ep", .test = "test_acc_50ep", .seconds = "train_sec_10ep",
    .parameters = "1000000*params_M", .percent = TRUE },
  { .dataset = "fashion-mnist", .epochs = 10, .cell = "cell",
    .observed = "validation_10_1, validation_10_2", .test = "test_1, test_2",
    .seconds = "seconds", .parameters = "parameters" },
  { .dataset = NULL },
};

static const NvSpaceClass darts = {
  NV_SPACE ("darts", "1.1", "DARTS cells: four blocks of two of eight operations"),
  NV_OPTIONS (DartsOptions, params, .cells = DARTS_SHARED, .network = DARTS_CIFAR),
  .open = open_darts,
  .sample = darts_sample,
  .validate = validate,
  .valid_paper = valid_paper,
  .canonical = canonical,
  .mutate = darts_mutate,
  .neighbours = darts_neighbours,
  .format = darts_format,
  .parse = darts_parse,
  .presets = presets,
  .network = darts_network,
};
NV_PLUGIN (darts)
