/* The decoder of a variational graph auto-encoder, and the auto-encoder's loss. */
#ifndef VGAE_DECODER_H
#define VGAE_DECODER_H

#include <nasvec/gin.h>

enum { VGAE_PIECES = 16 };

typedef struct {
  /* set by the caller */
  gsize N, K, D;         /* nodes; types; latent dimensions of a node */
  gboolean no_node;      /* type K - 1 means that there is no such node */
  gboolean variational;
  double dropout, kl_weight;
  const nv_real *w, *b;  /* [K x D], [K] */
  nv_real *dw, *db;
  NvTeam *team;
  /* set by open() */
  gsize O;               /* columns of the encoder's output: mu, and s where variational */
  NvRng streams[VGAE_PIECES];
  gsize room;            /* rows that the arrays below have room for */
  nv_real *z, *dz, *noise, *mask;    /* [R x D] */
  nv_real *logit, *dlogit, *target;  /* [R x K] */
  nv_real *dy;                       /* [R x O] */
} Decoder;

/* `rng` names the streams of noise. */
void vgae_decoder_open (Decoder *d, NvRng *rng);
void vgae_decoder_close (Decoder *d);
/* Makes room for `rows` rows; returns dy. */
nv_real *vgae_decoder_room (Decoder *d, gsize rows);
/* The loss of a batch with the encoder's output y[R x O]. Its gradients: d->dy[R x O], and [ACC]
 * d->dw, d->db. `noisy`: with noise and dropout. */
double vgae_decoder_loss (Decoder *d, const NvGinBatch *batch, const nv_real *y, gboolean noisy);
/* The cell of code z[N x D]: the likeliest type of each node, and the edges likelier than not. */
void vgae_decoder_cell (const Decoder *d, const nv_real *z, NvCell *out);

#endif
