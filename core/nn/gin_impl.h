/* Inside of a graph isomorphism network: a chain of stages, each a linear map, batch norm and
 * relu. Two stages are a layer; the first of the two has the aggregation before it. */
#ifndef NV_GIN_IMPL_H
#define NV_GIN_IMPL_H

#include <nasvec/gin.h>
#include <nasvec/linalg.h>

typedef struct {
  gsize I;                     /* inputs: K in stage 0, else H */
  gsize w, bias, gamma, beta;  /* offsets into value and grad: w[H x I], the others [H] */
  nv_real *running_mean, *running_var;  /* [H] */
  /* what the last batch left behind */
  nv_real *mean, *rstd;        /* [H]; the mean is without the bias */
  nv_real *scale, *shift;      /* [H]: BN (x + bias) = scale x + shift */
  nv_real *p, *q, *r;          /* [H]: dx = p g + q x + r, g = gradient under the relu */
  gboolean by_batch;           /* normalised by the batch's own statistics */
  nv_real *in;     /* [R x I] aggregated; NULL in a layer's second stage: the first's y */
  nv_real *x;      /* [R x H] linear map without its bias */
  nv_real *y, *d;  /* [R x H] output; gradient with respect to it, then to x */
} Stage;

/* A batch, and who sees whom in it. */
typedef struct {
  NvGinBatch head;
  gsize cells, rows;  /* room for so many */
  guint32 *first, *edges, *sees, *seen_by;
  guint8 *nodes, *op;
} Layout;

/* Nodes that have the same row after some layers; see gin_colours.c. */
typedef struct {
  gsize n;             /* colours now */
  guint32 *of;         /* [R] a node's colour */
  guint32 *start, *list; /* colour i is list[start[i] .. start[i + 1] - 1]: colours before */
  guint32 *next;       /* [R] */
  guint64 *hash, *next_hash; /* [n] of this layer and, while it is made, the next */
  guint32 *slots;      /* [2^bits] 1 + a colour; 0: free */
  guint bits;
} Colours;

typedef struct _Slot Slot;

struct _NvGin {
  NvGinShape shape;
  nv_real *value, *grad;
  NvTeam *team;
  gsize n_stages;
  Stage *stages;
  gsize eps, w_out, b_out;  /* offsets: eps[L], w_out[O x H], b_out[O] */
  nv_real *statistics;      /* the stages' vectors; one allocation */
  Layout layout;
  nv_real *work;            /* the matrices; one allocation */
  gsize room;               /* rows that it has room for */
  nv_real *y;               /* [R x O] */
  nv_real *spare;           /* [R x max (H, K)] */
  gsize pieces, per_piece;  /* of the batch, in cells */
  nv_real *parts;           /* [pieces x 2H] sums of each piece */
  double *deps;             /* [pieces] */
  gsize *piece_rows;        /* [pieces] */
  Slot *slots;              /* of evaluation, one per thread */
};

enum { NV_GIN_PIECES = 16 }; /* at most */

/* Lays out B cells from the list's place `from` on: index[from], ... or from, from + 1, ... */
NV_INTERNAL void nv_i_layout_load (Layout *layout, const NvGinShape *shape,
                                   const NvCells *cells, const guint32 *index,
                                   gsize from, gsize B);
NV_INTERNAL void nv_i_layout_clear (Layout *layout);
/* Input of stage s for cells from .. to - 1: aggregated types (s = 0) or aggregated y, rows of
 * both starting with the batch's first. */
void nv_i_gin_aggregate (const NvGin *gin, const Layout *layout, gsize s, nv_real *out,
                         const nv_real *y, gsize from, gsize to);
/* Room for the colours of so many rows, of cells with at most `nodes` rows. */
NV_INTERNAL void nv_i_colours_init (Colours *colours, gsize rows, gsize nodes);
NV_INTERNAL void nv_i_colours_clear (Colours *colours);
/* The colours of layer 0: the types; `ops` is that of rows without one. */
NV_INTERNAL void nv_i_colours_begin (Colours *colours, const Layout *layout, gsize ops);
/* Those of the next layer. */
NV_INTERNAL void nv_i_colours_refine (Colours *colours, const Layout *layout);
void nv_i_gin_use_running (NvGin *gin, Stage *stage);
void nv_i_gin_free_slots (NvGin *gin);

#endif
