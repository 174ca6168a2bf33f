/* What the files of the space darts share. */
#ifndef DARTS_H
#define DARTS_H

#include <nasvec/space.h>

#define DARTS_EDGES 8  /* two in each of four blocks */
#define DARTS_NODES 11 /* two inputs, the operations, output */

/* Node types, in the order of arch2vec. */
enum {
  DARTS_C_K2, DARTS_C_K1, DARTS_NONE, DARTS_MAX_POOL, DARTS_AVG_POOL, DARTS_SKIP,
  DARTS_SEP3, DARTS_SEP5, DARTS_DIL3, DARTS_DIL5, DARTS_OUTPUT, DARTS_OPS
};
extern const char *const darts_ops[DARTS_OPS];

enum { DARTS_SHARED, DARTS_PAIR };      /* option `cells` */
enum { DARTS_CIFAR, DARTS_IMAGENET };   /* option `network` */
enum { DARTS_LIST, DARTS_GENOTYPE };    /* option `notation` */

typedef struct {
  int cells, network, notation;
  double max_madds;
} DartsOptions;

/* Edge e belongs to block e / 2 and reads source[e]: 0 and 1 are the cell's inputs, 2 + b
 * is block b, which is before its own. */
typedef struct {
  guint8 op[DARTS_EDGES], source[DARTS_EDGES];
} DartsCell;

/* half[0]: the normal cell, half[1]: the reduction cell; a shared cell is both. */
typedef struct {
  DartsCell half[2];
} DartsGenotype;

/* --- graph.c: genotypes as graphs -------------------------------------------------- */

/* One graph of 11 nodes or, for a pair, two of them in a row. */
void darts_to_graph (const DartsGenotype *genotype, int cells, NvCell *out);
/* FALSE with error: not such a graph. */
gboolean darts_from_graph (const NvCell *graph, int cells, DartsGenotype *out,
                           GError **error);
/* Are the types in place, and has every operation an input? */
gboolean darts_is_loose_graph (const NvCell *graph, int cells);
/* The same cell for all orders of the blocks and of the two edges of a block. */
void darts_canonical (DartsCell *cell);

/* --- cost.c: what a network costs -------------------------------------------------- */

typedef struct {
  guint64 parameters; /* trainable weights, without an auxiliary head */
  guint64 madds;      /* multiply-adds of convolutions and the classifier, one image */
  guint64 normalised; /* outputs of batch normalisations */
  guint64 averaged;   /* outputs of average poolings in cells */
} DartsCost;

DartsCost darts_cost (const DartsGenotype *genotype, int network);

/* --- network.c, notation.c, moves.c: hooks of the space --------------------------------------- */

NvValue darts_network (const NvSpace *space, const NvCell *graph,
                       const NvSkeleton *skeleton, NvNetwork *network, NvValue image);
char *darts_format (const NvSpace *space, const NvCell *graph);
gboolean darts_parse (const NvSpace *space, const char *text, NvCell *out,
                      GError **error);
gboolean darts_sample (const NvSpace *space, NvRng *rng, NvCell *out, GError **error);
gboolean darts_mutate (const NvSpace *space, NvRng *rng, const NvCell *graph, NvCell *out,
                       GError **error);
void darts_neighbours (const NvSpace *space, const NvCell *graph, NvCells *out);

/* Within the limit of multiply-adds? */
gboolean darts_fits (const NvSpace *space, const DartsGenotype *genotype);

#endif
