/* Spaces and encoders in use: a plugin, its options, its state. */
#ifndef NV_INSTANCE_H
#define NV_INSTANCE_H

#include <json-glib/json-glib.h>
#include <nasvec/encoder.h>
#include <nasvec/space.h>

/* {"plugin": name, "version": ..., "options": {...}}. Transfer full. */
NV_INTERNAL JsonNode *nv_i_plugin_json (const NvClass *klass, const void *options);
/* Whether a hook has succeeded, from what it returned (`ok`) and the error that it set (transfer
 * full; NULL: none). One that fails must say why, and where it did not, the core does; one that
 * says why has failed. `hook`: its name, for messages. */
NV_INTERNAL gboolean nv_i_hook_result (const NvClass *klass, const char *hook, gboolean ok,
                                       GError *failure, GError **error);

/* --- spaces: reference-counted, read-only, shared between threads ------------------- */

/* `options`: a{sv} or NULL; a floating reference is sunk. */
NV_INTERNAL NvSpace *nv_i_space_new (const char *name, GVariant *options, GError **error);
NV_INTERNAL NvSpace *nv_i_space_ref (NvSpace *space);
NV_INTERNAL void nv_i_space_unref (NvSpace *space);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvSpace, nv_i_space_unref)
/* What holds for the cells of any space: 1 to N nodes, ops below K, edges forward and
 * inside, clean padding. nv_space_validate() starts with it. */
NV_INTERNAL gboolean nv_i_space_fits (const NvSpace *space, const NvCell *cell,
                                      GError **error);
/* FALSE, and an error that names the hook, once canonical(), neighbours() or format() gave what
 * cannot be used. They have no error to set: in place of it the caller of nv_space_canonical() got
 * the cell as it was, that of nv_space_neighbours() none, and that of nv_space_format() "?". */
NV_INTERNAL gboolean nv_i_space_sound (const NvSpace *space, GError **error);
/* `count` random cells, no two equivalent; fewer where 10,000 draws in a row give nothing new. */
NV_INTERNAL NvCells *nv_i_space_draw (const NvSpace *space, gsize count, NvRng *rng,
                                      GError **error);
/* The same from the stream "pool" of a study's seed: what it searches in a space that cannot be
 * listed. */
NV_INTERNAL NvCells *nv_i_space_pool (const NvSpace *space, gsize count, guint64 seed,
                                      GError **error);
NV_INTERNAL JsonNode *nv_i_space_json (const NvSpace *space);
/* The same plugin with the same options? */
NV_INTERNAL gboolean nv_i_space_same (const NvSpace *a, const NvSpace *b);

/* --- encoders: one owner, one thread at a time -------------------------------------- */

/* `seed` names the encoder's random stream (seed, "encoder", stream). `threads`: of its
 * team. */
NV_INTERNAL NvEncoder *nv_i_encoder_new (const char *name, GVariant *options,
                                         NvSpace *space, guint64 seed, guint64 stream,
                                         guint threads, GError **error);
NV_INTERNAL void nv_i_encoder_free (NvEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvEncoder, nv_i_encoder_free)
NV_INTERNAL JsonNode *nv_i_encoder_json (const NvEncoder *encoder);
NV_INTERNAL gboolean nv_i_encoder_can_join (const NvEncoder *encoder); /* has backward() */
NV_INTERNAL gboolean nv_i_encoder_can_decode (const NvEncoder *encoder);
/* Appends to `out` the cells that decode() makes of z[B x L]. An error unless they are one a code,
 * and all of a size and of types that the space has; what is in `out` is then of no use. */
NV_INTERNAL gboolean nv_i_encoder_decode (NvEncoder *encoder, const nv_real *z, gsize B,
                                          NvCells *out, GError **error);

/* Told after each epoch; FALSE stops with NV_ERROR_CANCELLED. */
typedef gboolean (*NvFitProgress) (guint epoch, guint epochs, const NvFitLog *log,
                                   gpointer data);
/* Pre-trains for encoder->epochs epochs. `progress` may be NULL. An error where a loss, or at the
 * end a weight, is not finite. */
NV_INTERNAL gboolean nv_i_encoder_fit (NvEncoder *encoder, const NvCells *cells,
                                       NvFitProgress progress, gpointer data,
                                       GError **error);
/* out[count x D] = embedding of cells first .. first + count - 1, in batches. */
NV_INTERNAL void nv_i_encoder_embed (NvEncoder *encoder, const NvCells *cells,
                                     gsize first, gsize count, nv_real *out);
/* The same of all cells, for what has no use for a number that is not finite: an error then, which
 * names the first such cell by its number. */
NV_INTERNAL gboolean nv_i_encoder_embed_finite (NvEncoder *encoder, const NvCells *cells,
                                                nv_real *out, GError **error);
/* Of the cells index[count], in that order, each into its own row out[index[i] x D]. */
NV_INTERNAL void nv_i_encoder_embed_list (NvEncoder *encoder, const NvCells *cells,
                                          const guint32 *index, gsize count, nv_real *out);
/* safetensors, with `plugin`, `version`, `options` and `space` in the header. An error, and no
 * file, where a weight is not finite. */
NV_INTERNAL gboolean nv_i_encoder_save (NvEncoder *encoder, const char *file,
                                        GError **error);
/* Weights into an encoder of the same plugin, options and space. Untouched on error. */
NV_INTERNAL gboolean nv_i_encoder_load (NvEncoder *encoder, const char *file,
                                        GError **error);
/* How many labels have trained it, as its file says, too; 0: none. */
NV_INTERNAL guint nv_i_encoder_labels (const NvEncoder *encoder);
NV_INTERNAL void nv_i_encoder_set_labels (NvEncoder *encoder, guint labels);
/* Another encoder of the same plugin, options and space, on one thread, with weights of its own:
 * those of `origin` where it is pre-trained, random ones from (seed, "encoder", stream) else. */
NV_INTERNAL NvEncoder *nv_i_encoder_again (NvEncoder *origin, guint64 seed, guint64 stream,
                                           GError **error);
/* Copies all tensors from one encoder to another of the same plugin and options. Untouched on
 * error: they list other arrays, or none. */
NV_INTERNAL gboolean nv_i_encoder_copy (NvEncoder *to, NvEncoder *from, GError **error);
/* What its tensors() lists; an empty list without the hook. An error where one is no array. */
NV_INTERNAL NvTensors *nv_i_encoder_tensors (NvEncoder *encoder, GError **error);

/* How many of `count` cells are trained on: the first (1 - held_out) of them, rounded, and at
 * least one, unless there is none. */
NV_INTERNAL gsize nv_i_training_count (gsize count, double held_out);
/* Pre-trains on the first nv_i_training_count() of `cells`, or loads what an earlier call left
 * in the cache (NASVEC_CACHE, else the user's cache folder). The key is a SHA-256 over all that
 * the weights depend on, cache_key() in weights.c. *cached (may be NULL): it was found there. An
 * encoder without fit(): returns at once. */
NV_INTERNAL gboolean nv_i_encoder_prepare (NvEncoder *encoder, const NvCells *cells,
                                           double held_out, NvFitProgress progress,
                                           gpointer data, gboolean *cached,
                                           GError **error);

/* --- the list behind nv_tensors_add() ----------------------------------------------- */

typedef struct {
  char *name;
  nv_real *data;
  gsize rows, cols;
} NvTensor;
struct _NvTensors {
  GArray *items; /* NvTensor */
  char *wrong;   /* the first that was no array, and is not among them; NULL: all were */
};
NV_INTERNAL NvTensors *nv_i_tensors_new (void);
NV_INTERNAL void nv_i_tensors_free (NvTensors *tensors);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvTensors, nv_i_tensors_free)

#endif
