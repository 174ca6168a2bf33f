/* What the files of the space nasbench101 share. */
#ifndef NASBENCH101_H
#define NASBENCH101_H

#include <nasvec/space.h>

#define NB101_VERTICES 7
#define NB101_EDGES 9

/* Op types, in the order that the paper's encoder uses. */
enum {
  NB101_INPUT,
  NB101_CONV1X1,
  NB101_CONV3X3,
  NB101_MAXPOOL,
  NB101_OUTPUT,
  NB101_OPS
};
extern const char *const nb101_ops[NB101_OPS];

enum { NB101_COLUMNS, NB101_MATRIX, NB101_HASH, NB101_INDEX }; /* option `notation` */

typedef struct {
  int vertices, edges, notation;
} Nb101Options;

/* What enumerate() leaves for look-ups: the module hashes, in the order of the list. */
typedef struct {
  guint8 (*hashes)[16];
} Nb101State;

/* --- code.c: a cell as one number -------------------------------------------------- */

/* A leading 1, then for each vertex after the first its column of the adjacency matrix
 * (one bit per earlier vertex, the first vertex lowest) and, unless it is the last, its
 * op in two bits. Seven vertices take 32 bits. The cell is one that validate() accepts.
 */
guint32 nb101_code (const NvCell *cell);
void nb101_decode (guint32 code, NvCell *out);
/* The smallest code of all topological orders of the cell: equal for isomorphic cells and
 * for no others. */
guint32 nb101_canonical (const NvCell *cell);

/* --- hash.c: the module hash of the benchmark's authors ---------------------------- */

#define NB101_LANES 32
/* Hashes of NB101_LANES cells that are wired alike: `ops` are the interior vertices' ops,
 * lane by lane; ops[v][lane]. */
void nb101_hash_lanes (guint8 hash[NB101_LANES][16], const NvCell *wiring,
                       guint8 ops[NB101_VERTICES][NB101_LANES]);
void nb101_hash (const NvCell *cell, guint8 hash[16]);

/* --- enumerate.c ------------------------------------------------------------------- */

/* All cells within the limits, sorted by module hash, one per class; *hashes [count x 16]
 * is theirs. g_free. */
NvCells *nb101_enumerate (guint vertices, guint edges, guint8 (**hashes)[16]);

/* --- network.c, moves.c, notation.c: hooks of the space --------------------------------------- */

NvValue nb101_network (const NvSpace *space, const NvCell *cell,
                       const NvSkeleton *skeleton, NvNetwork *network, NvValue image);
gboolean nb101_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out,
                       GError **error);
void nb101_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out);
char *nb101_format (const NvSpace *space, const NvCell *cell);
gboolean nb101_parse (const NvSpace *space, const char *text, NvCell *out,
                      GError **error);

#endif
