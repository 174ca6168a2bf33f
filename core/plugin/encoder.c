/* Encoders in use: opening, pre-training, embedding. */
#include <math.h>
#include <string.h>

#include "plugin/encoder.h"
#include "plugin/options.h"
#include "plugin/registry.h"

#define EMBED_BATCH ((gsize) 4096)
#define MAX_DIM ((gsize) 65536) /* a batch of such embeddings takes a gigabyte */

static const char *
name_of (const NvEncoder *encoder)
{
  return encoder->klass->head.name;
}

/* --- life --------------------------------------------------------------------------- */

static gboolean
check_open (const NvEncoder *e, GError **error)
{
  gboolean decodes = e->klass->decode != NULL, trains = e->klass->fit != NULL;
  if (e->dim == 0 || decodes != (e->latent > 0))
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: open() set dim = %zu and latent = %zu; dim is at least 1, "
                 "latent is %s", name_of (e), e->dim, e->latent,
                 decodes ? "at least 1, since it has decode()" : "0 without decode()");
  else if (e->dim > MAX_DIM || e->latent > MAX_DIM)
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: open() set dim = %zu and latent = %zu; both are at most %zu",
                 name_of (e), e->dim, e->latent, MAX_DIM);
  else if (e->code_first && (!decodes || e->latent > e->dim))
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: open() set code_first with dim = %zu and latent = %zu; an embedding "
                 "that begins with the code is at least as long, and has decode()", name_of (e),
                 e->dim, e->latent);
  else if (!trains && e->epochs > 0)
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: open() set epochs = %u, but it has no fit()", name_of (e),
                 e->epochs);
  else
    return TRUE;
  return FALSE;
}

/* Everything but the plugin's own open(). */
static NvEncoderPrivate *
make (const NvClass *klass, gpointer options, NvSpace *space, guint64 seed,
      guint64 stream, guint threads)
{
  NvEncoderPrivate *p = g_new0 (NvEncoderPrivate, 1);
  p->options = options;
  p->space = nv_i_space_ref (space);
  p->seed = seed;
  p->stream = stream;
  nv_rng_init (&p->rng, seed, "encoder", stream);
  p->encoder.klass = (const NvEncoderClass *) klass;
  p->encoder.options = options;
  p->encoder.state = g_malloc0 (MAX (klass->state_size, 1));
  p->encoder.space = space;
  p->encoder.rng = &p->rng;
  p->encoder.team = threads > 1 ? nv_team_new (threads) : NULL;
  return p;
}

static gboolean
open_plugin (NvEncoderPrivate *p, GError **error)
{
  NvEncoder *encoder = &p->encoder;
  GError *local = NULL;
  p->open = encoder->klass->open (encoder, &local);
  return nv_i_hook_result (&encoder->klass->head, "open", p->open, local, error)
         && check_open (encoder, error);
}

NvEncoder *
nv_i_encoder_new (const char *name, GVariant *options, NvSpace *space, guint64 seed,
                  guint64 stream, guint threads, GError **error)
{
  g_autoptr (GVariant) values = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autofree char *what = g_strconcat ("encoder ", name, NULL);
  const NvClass *klass = nv_i_plugin_find (NV_KIND_ENCODER, name, error);
  if (klass == NULL)
    return NULL;
  gpointer checked = nv_i_options_new (klass->params, klass->options_size,
                                       klass->defaults, values, what, error);
  if (checked == NULL)
    return NULL;
  NvEncoderPrivate *p = make (klass, checked, space, seed, stream, threads);
  g_autoptr (NvEncoder) encoder = &p->encoder;
  return open_plugin (p, error) ? g_steal_pointer (&encoder) : NULL;
}

static void
close_plugin (NvEncoderPrivate *p)
{
  if (p->open && p->encoder.klass->close != NULL)
    p->encoder.klass->close (&p->encoder);
  p->open = FALSE;
}

gboolean
nv_i_encoder_reopen (NvEncoder *encoder, GError **error)
{
  NvEncoderPrivate *p = (NvEncoderPrivate *) encoder;
  close_plugin (p);
  memset (encoder->state, 0, MAX (encoder->klass->head.state_size, 1));
  encoder->dim = encoder->latent = 0;
  encoder->epochs = 0;
  encoder->code_first = FALSE;
  nv_rng_init (&p->rng, p->seed, "encoder", p->stream);
  return open_plugin (p, error);
}

NvEncoder *
nv_i_encoder_again (NvEncoder *origin, guint64 seed, guint64 stream, GError **error)
{
  const NvClass *head = &origin->klass->head;
  g_autoptr (JsonNode) json = nv_i_options_json (head->params, origin->options);
  g_autoptr (NvEncoder) encoder
      = nv_i_encoder_new (head->name, nv_i_options_variant (json),
                          ((NvEncoderPrivate *) origin)->space, seed, stream, 1, error);
  if (encoder == NULL || (origin->epochs > 0 && !nv_i_encoder_copy (encoder, origin, error)))
    return NULL;
  return g_steal_pointer (&encoder);
}

void
nv_i_encoder_free (NvEncoder *encoder)
{
  NvEncoderPrivate *p = (NvEncoderPrivate *) encoder;
  if (encoder == NULL)
    return;
  close_plugin (p);
  if (encoder->team != NULL)
    nv_team_free (encoder->team);
  nv_i_options_free (encoder->klass->head.params, p->options);
  nv_i_space_unref (p->space);
  g_free (encoder->state);
  g_free (p);
}

JsonNode *
nv_i_encoder_json (const NvEncoder *encoder)
{
  return nv_i_plugin_json (&encoder->klass->head, encoder->options);
}

guint
nv_i_encoder_labels (const NvEncoder *encoder)
{
  return ((const NvEncoderPrivate *) encoder)->labels;
}

void
nv_i_encoder_set_labels (NvEncoder *encoder, guint labels)
{
  ((NvEncoderPrivate *) encoder)->labels = labels;
}

gboolean
nv_i_encoder_can_join (const NvEncoder *encoder)
{
  return encoder->klass->backward != NULL;
}

gboolean
nv_i_encoder_can_decode (const NvEncoder *encoder)
{
  return encoder->klass->decode != NULL;
}

gboolean
nv_i_encoder_decode (NvEncoder *encoder, const nv_real *z, gsize B, NvCells *out,
                     GError **error)
{
  const gsize before = out->count;
  encoder->klass->decode (encoder, z, B, out);
  if (out->count != before + B) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: decode() of %zu codes appended %zd cells; it appends one for each",
                 name_of (encoder), B, (gssize) (out->count - before));
    return FALSE;
  }
  for (gsize i = before; i < out->count; i++) {
    g_autoptr (GError) local = NULL;
    NvCell cell;
    nv_cells_get (out, i, &cell);
    if (nv_i_space_fits (encoder->space, &cell, &local))
      continue;
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: decode() appended a cell that space %s cannot have: %s",
                 name_of (encoder), encoder->space->klass->head.name, local->message);
    return FALSE;
  }
  return TRUE;
}

/* --- pre-training ------------------------------------------------------------------- */

/* The option that is most often to blame for a loss that runs away. */
static char *
advice (const NvEncoder *encoder)
{
  const NvParam *params = encoder->klass->head.params;
  for (const NvParam *p = params; p != NULL && p->type != NV_PARAM_END; p++)
    if (p->type == NV_PARAM_REAL && (strcmp (p->name, "learning_rate") == 0
                                     || strcmp (p->name, "lr") == 0)) {
      double now = *(const double *) ((const char *) encoder->options + p->offset);
      g_autofree char *text = nv_i_number_text (now);
      return g_strdup_printf ("lower its option '%s' (now %s)", p->name, text);
    }
  return g_strdup ("lower its learning rate");
}

static gboolean
fit_epoch (NvEncoder *encoder, const NvCells *cells, guint epoch, NvFitLog *log,
           GError **error)
{
  GError *local = NULL;
  gboolean ok = encoder->klass->fit (encoder, cells, epoch, log, &local);
  if (!nv_i_hook_result (&encoder->klass->head, "fit", ok, local, error))
    return FALSE;
  if (isfinite (log->loss))
    return TRUE;
  g_autofree char *remedy = advice (encoder);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
               "encoder %s: the loss is %g in epoch %u of %u; %s", name_of (encoder),
               log->loss, epoch + 1, encoder->epochs, remedy);
  return FALSE;
}

/* A loss can be finite while a weight is none: one that the loss has not yet seen. */
static gboolean
check_weights (NvEncoder *encoder, GError **error)
{
  const char *number;
  g_autoptr (NvTensors) tensors = nv_i_encoder_tensors (encoder, error);
  const NvTensor *wild = tensors != NULL ? nv_i_tensors_wild (tensors, &number) : NULL;
  if (wild == NULL)
    return tensors != NULL;
  g_autofree char *remedy = advice (encoder);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
               "encoder %s: after fit() a weight of '%s' is %s; %s", name_of (encoder), wild->name,
               number, remedy);
  return FALSE;
}

gboolean
nv_i_encoder_fit (NvEncoder *encoder, const NvCells *cells, NvFitProgress progress,
                  gpointer data, GError **error)
{
  g_return_val_if_fail (cells->count > 0, FALSE);
  for (guint epoch = 0; epoch < encoder->epochs; epoch++) {
    NvFitLog log = { 0 };
    if (!fit_epoch (encoder, cells, epoch, &log, error))
      return FALSE;
    if (progress != NULL && !progress (epoch, encoder->epochs, &log, data)) {
      g_set_error (error, NV_ERROR, NV_ERROR_CANCELLED,
                   "encoder %s: stopped after epoch %u of %u", name_of (encoder),
                   epoch + 1, encoder->epochs);
      return FALSE;
    }
  }
  return encoder->epochs == 0 || check_weights (encoder, error);
}

/* --- embedding ---------------------------------------------------------------------- */

void
nv_i_encoder_embed_list (NvEncoder *encoder, const NvCells *cells, const guint32 *index,
                         gsize count, nv_real *out)
{
  const gsize D = encoder->dim;
  g_autofree nv_real *rows = g_new (nv_real, MIN (EMBED_BATCH, count) * D);
  for (gsize done = 0; done < count; done += EMBED_BATCH) {
    gsize B = MIN (EMBED_BATCH, count - done);
    encoder->klass->embed (encoder, cells, index + done, B, rows);
    for (gsize b = 0; b < B; b++)
      memcpy (out + index[done + b] * D, rows + b * D, D * sizeof *rows);
  }
}

void
nv_i_encoder_embed (NvEncoder *encoder, const NvCells *cells, gsize first, gsize count,
                    nv_real *out)
{
  guint32 index[EMBED_BATCH];
  g_return_if_fail (first + count <= cells->count);
  for (gsize done = 0; done < count; done += EMBED_BATCH) {
    gsize B = MIN (EMBED_BATCH, count - done);
    for (gsize b = 0; b < B; b++)
      index[b] = (guint32) (first + done + b);
    encoder->klass->embed (encoder, cells, index, B, out + done * encoder->dim);
  }
}

gboolean
nv_i_encoder_embed_finite (NvEncoder *encoder, const NvCells *cells, nv_real *out,
                           GError **error)
{
  const gsize D = encoder->dim;
  nv_i_encoder_embed (encoder, cells, 0, cells->count, out);
  for (gsize i = 0; i < cells->count * D; i++)
    if (!isfinite (out[i])) {
      g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                   "encoder %s: number %zu of the embedding of cell %zu is %s", name_of (encoder),
                   i % D + 1, i / D + 1, nv_i_wild_text ((double) out[i]));
      return FALSE;
    }
  return TRUE;
}
