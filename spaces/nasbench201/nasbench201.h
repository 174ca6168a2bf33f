/* What the files of the space nasbench201 share. */
#ifndef NASBENCH201_H
#define NASBENCH201_H

#include <nasvec/space.h>

#define NB201_EDGES 6
#define NB201_NODES 8 /* of the graph: input, the edges, output */

/* The vocabulary of the graph, in the order of arch2vec. */
enum {
  NB201_INPUT,
  NB201_CONV1,
  NB201_CONV3,
  NB201_POOL,
  NB201_SKIP,
  NB201_NONE,
  NB201_OUTPUT,
  NB201_NODE_OPS
};

/* --- network.c ---------------------------------------------------------------------- */

NvValue nb201_network (const NvSpace *space, const NvCell *cell,
                       const NvSkeleton *skeleton, NvNetwork *network, NvValue image);

#endif
