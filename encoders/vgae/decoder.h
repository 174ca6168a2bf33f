/* The decoder of a variational graph auto-encoder, and the auto-encoder's loss. */
#ifndef VGAE_DECODER_H
#define VGAE_DECODER_H

#include <nasvec/gin.h>

enum { VGAE_PIECES = 16 };

typedef enum { VGAE_SOFTMAX, VGAE_SIGMOID } VgaeTypes;
typedef enum { VGAE_BILINEAR, VGAE_PRODUCT } VgaeEdges;

typedef struct {
  /* set by the caller */
  gsize N, K, D;         /* nodes; types; latent dimensions of a node */
  VgaeTypes types;
  VgaeEdges edges;
  gboolean places;       /* biases for the place of a node among the N, and for each pair */
  gboolean autoregressive; /* an edge depends on those before it */
  gboolean no_node;      /* type K - 1 means that there is no such node */
  gboolean variational;
  double dropout, edge_weight, kl_weight;
  NvTeam *team;
  /* set by open() */
  gsize O;               /* columns of the encoder's output: mu, and s where variational */
  nv_real *type_w, *type_b, *edge_w, *edge_b;     /* [K x D], [K]; [2D x D], [2D] if bilinear */
  nv_real *dtype_w, *dtype_b, *dedge_w, *dedge_b;
  nv_real *place_type, *place_edge;  /* [N x K], [N x N] if places */
  nv_real *dplace_type, *dplace_edge;
  nv_real *before, *dbefore;         /* [N (N - 1) / 2] squared, if autoregressive */
  NvRng streams[VGAE_PIECES];
  gsize room;            /* rows that the arrays below have room for */
  nv_real *z, *dz, *noise, *mask;    /* [R x D] */
  nv_real *logit, *dlogit, *target;  /* [R x K] */
  nv_real *ends, *dends;             /* [R x 2D] an edge's start and end, if bilinear */
  nv_real *dpair;                    /* [B x N (N - 1) / 2] of the edges' logits */
  nv_real *dy;                       /* [R x O] */
} Decoder;

/* How many weights it has. */
gsize vgae_decoder_count (const Decoder *d);
/* On weights value[vgae_decoder_count ()] and their gradients, both borrowed; `rng` draws the
 * weights and names the streams of noise. */
void vgae_decoder_open (Decoder *d, nv_real *value, nv_real *grad, NvRng *rng);
void vgae_decoder_close (Decoder *d);
/* Sets p, if `places`, to the logarithm of how often a place has a type among `cells`. The biases
 * of the edges stay at 0: what of the wiring they said from the start, the codes would not learn,
 * and nodes then tell their own types from their neighbours' worse. */
void vgae_decoder_start (Decoder *d, const NvCells *cells);
void vgae_decoder_tensors (Decoder *d, NvTensors *tensors);
/* Makes room for `rows` rows; returns dy. */
nv_real *vgae_decoder_room (Decoder *d, gsize rows);
/* The loss of a batch with the encoder's output y[R x O]. Its gradients: d->dy[R x O], and [ACC]
 * those of the weights. `noisy`: with noise and dropout. */
double vgae_decoder_loss (Decoder *d, const NvGinBatch *batch, const nv_real *y, gboolean noisy);
/* The cell of code z[N x D]: the likeliest type of each node, and the edges likelier than not, each
 * after those before it. */
void vgae_decoder_cell (const Decoder *d, const nv_real *z, NvCell *out);

#endif
