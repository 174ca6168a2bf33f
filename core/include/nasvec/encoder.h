/* Encoders: cells -> vectors. */
#ifndef NASVEC_ENCODER_H
#define NASVEC_ENCODER_H

#include <nasvec/nn.h>
#include <nasvec/space.h>

G_BEGIN_DECLS

typedef struct _NvEncoderClass NvEncoderClass;

typedef struct {
  const NvEncoderClass *klass;
  const void *options;
  void *state;
  const NvSpace *space; /* its cells have N = space->nodes nodes, K = space->n_ops types */
  NvRng *rng;           /* initial weights, noise, dropout, order of batches */
  NvTeam *team;         /* threads for the work inside a batch; NULL: this thread alone */
  /* set by open() */
  gsize dim;            /* D: length of an embedding */
  gsize latent;         /* L: length of what decode() reads; 0 without decode() */
  guint epochs;         /* how often fit() is to be called; 0: it is not pre-trained */
  gboolean code_first;  /* an embedding begins with the code (L <= D): its points can be decoded */
  /* set by the core before forward() */
  gboolean settled;     /* statistics of a batch neither count nor are learnt: as embed() has it */
} NvEncoder;

/* What one epoch of fit() tells. */
typedef struct {
  double loss; /* mean over the epoch's batches */
} NvFitLog;

struct _NvEncoderClass {
  NvClass head;

  /* Draws initial weights; sets dim, latent, epochs. Required. */
  gboolean (*open) (NvEncoder *encoder, GError **error);
  void (*close) (NvEncoder *encoder);
  /* Evaluation mode: out[B x D] is overwritten. Cell b is cells[index[b]], or cells[b] where
   * index is NULL. Required. */
  void (*embed) (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
                 nv_real *out);
  /* One epoch of label-free training over all of `cells`; called for epoch = 0, 1, ...,
   * epochs - 1. Default: nothing to pre-train. */
  gboolean (*fit) (NvEncoder *encoder, const NvCells *cells, guint epoch, NvFitLog *log,
                   GError **error);
  /* out[B x L]: the code that decode() reads. With decode(), required. */
  void (*latent) (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
                  nv_real *out);
  /* Appends B cells to `out`, valid or not. Default: the encoder cannot decode. */
  void (*decode) (NvEncoder *encoder, const nv_real *z, gsize B, NvCells *out);
  /* Joint training: forward() is embed() in training mode (or just embed(), if the encoder is
   * `settled`), and remembers; backward() adds the gradient of a loss with respect to that output,
   * dout[B x D], to the weights' gradients; step() moves the weights and clears the gradients. All
   * three or none. */
  void (*forward) (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
                   nv_real *out);
  void (*backward) (NvEncoder *encoder, const nv_real *dout);
  void (*step) (NvEncoder *encoder);
  /* Lists all weights and running statistics. Required with fit() or step(). */
  void (*tensors) (NvEncoder *encoder, NvTensors *tensors);
  /* TRUE: trained by the searcher's loss unless the study says otherwise. */
  gboolean joint;
};

#define NV_ENCODER(name, version, summary)                                                    \
  NV_HEAD (NvEncoderClass, NV_KIND_ENCODER, name, version, summary)

G_END_DECLS

#endif
