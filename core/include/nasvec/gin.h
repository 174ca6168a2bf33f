/* A graph isomorphism network (Xu et al. 2019) over the nodes of cells, with batch norm, and its
 * backward: what the encoders vgae and supervised share.
 *
 *   H_0 = one-hot types [R x K];  H_l = relu (BN (MLP_l ((1 + eps_l) H_l-1 + A H_l-1)));
 *   MLP = linear, BN, relu, linear, at width H;  y = H_L Wo^T + bo [R x O].
 *
 * R is the number of rows: the nodes of all cells of a batch, one cell after the other. Work on a
 * batch is cut into pieces that depend on the batch alone and are run by a team, so the result is
 * the same on any number of threads. */
#ifndef NASVEC_GIN_H
#define NASVEC_GIN_H

#include <nasvec/cell.h>
#include <nasvec/nn.h>
#include <nasvec/plugin.h>

G_BEGIN_DECLS

/* The rows beyond the last node of a cell that is smaller than the space's largest. */
typedef enum {
  NV_PAD_SKIP, /* are left out */
  NV_PAD_ZERO, /* are isolated nodes without a type: their input is zero */
  NV_PAD_TYPE  /* are isolated nodes of a type of their own, number ops - 1 */
} NvPadding;

typedef struct {
  gsize nodes;        /* N: of the largest cell */
  gsize ops;          /* K: types, that of NV_PAD_TYPE among them */
  gsize hidden;       /* H */
  gsize layers;       /* L >= 1 */
  gsize out;          /* O */
  gboolean symmetric; /* A = adjacency + its transpose; else a node sees its successors only */
  NvPadding padding;
} NvGinShape;

typedef enum {
  NV_GIN_TRAIN, /* batch norm by the batch's statistics, which move the running ones */
  NV_GIN_FROZEN /* by the running statistics; they stay */
} NvGinMode;

/* Cells laid out as rows. */
typedef struct {
  gsize B, R;
  const guint32 *first; /* [B + 1]: rows of cell b are first[b] .. first[b + 1] - 1 */
  const guint8 *nodes;  /* [B]: nodes of cell b; its further rows are padding */
  const guint8 *op;     /* [R]: type, or NV_OP_PAD */
  const guint32 *edges; /* [R]: bit j: an edge to node j of the same cell */
} NvGinBatch;

typedef struct _NvGin NvGin;

/* How many weights a network of that shape has. */
NV_API gsize nv_gin_count (const NvGinShape *shape);
/* A network on weights value[nv_gin_count ()] with gradients grad[...], both borrowed, as is the
 * team (may be NULL). */
NV_API NvGin *nv_gin_new (const NvGinShape *shape, nv_real *value, nv_real *grad, NvTeam *team);
NV_API void nv_gin_free (NvGin *gin);
/* Draws all weights; running statistics become mean 0, variance 1. */
NV_API void nv_gin_init (NvGin *gin, NvRng *rng);
NV_API void nv_gin_tensors (NvGin *gin, NvTensors *tensors);

/* Takes up a batch of B >= 1 cells, cells[index[b]], or cells[b] where index is NULL. The result
 * holds until the next call. */
NV_API const NvGinBatch *nv_gin_load (NvGin *gin, const NvCells *cells, const guint32 *index,
                                      gsize B);
/* y[R x O] of the batch taken up last; the network's own array, until the next call. */
NV_API const nv_real *nv_gin_forward (NvGin *gin, NvGinMode mode);
/* Adds the gradient of a loss to grad, from its gradient with respect to y, dy[R x O]. */
NV_API void nv_gin_backward (NvGin *gin, const nv_real *dy);

/* Pooling: the vector of a cell, from the first D of y's O columns. */
typedef enum {
  NV_POOL_MEAN,   /* out[B x D]: the mean over the cell's rows */
  NV_POOL_CONCAT, /* out[B x (N D)]: its rows one after the other, zero where it has no such row */
  NV_POOL_BOTH    /* out[B x ((N + 1) D)]: these, and behind them their sum */
} NvPooling;
/* Width of out. */
static inline gsize
nv_gin_pool_width (gsize D, gsize N, NvPooling pooling)
{
  return pooling == NV_POOL_MEAN ? D : pooling == NV_POOL_CONCAT ? N * D : (N + 1) * D;
}
NV_API void nv_gin_pool (nv_real *restrict out, const NvGinBatch *batch, const nv_real *y,
                         gsize O, gsize D, gsize N, NvPooling pooling);
/* Its backward: dy[R x O] is overwritten, with zero beyond the first D columns. */
NV_API void nv_gin_pool_backward (nv_real *restrict dy, const NvGinBatch *batch,
                                  const nv_real *dout, gsize O, gsize D, gsize N,
                                  NvPooling pooling);

/* Evaluation of any number of cells. They are cut into pieces; `sink` is given the rows of one
 * piece and their first `outputs` outputs, y[R x outputs]; its cells are first_cell, first_cell +
 * 1, ... of the call. It is called from the team's threads. */
typedef void (*NvGinSink) (void *data, const NvGinBatch *batch, gsize first_cell,
                           const nv_real *y);
NV_API void nv_gin_eval (NvGin *gin, const NvCells *cells, const guint32 *index, gsize B,
                         gsize outputs, NvGinSink sink, void *data);

G_END_DECLS

#endif
