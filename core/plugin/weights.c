/* An encoder's weights: to a file, from a file, to another encoder, and the cache of
 * pre-trained ones, which is a folder of such files named by all that a result depends
 * on. */
#include <string.h>

#include "data/cache.h"
#include "data/safetensors.h"
#include "nn/kernels.h"
#include "plugin/encoder.h"
#include "plugin/options.h"
#include "plugin/registry.h"

static const char *
name_of (const NvEncoder *encoder)
{
  return encoder->klass->head.name;
}

NvTensors *
nv_i_encoder_tensors (NvEncoder *encoder, GError **error)
{
  g_autoptr (NvTensors) tensors = nv_i_tensors_new ();
  if (encoder->klass->tensors != NULL)
    encoder->klass->tensors (encoder, tensors);
  if (tensors->wrong == NULL)
    return g_steal_pointer (&tensors);
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
               "encoder %s: tensors(): %s; each array has a name and at least one number",
               name_of (encoder), tensors->wrong);
  return NULL;
}

static NvTensor *
tensor_at (const NvTensors *tensors, guint i)
{
  return &g_array_index (tensors->items, NvTensor, i);
}

/* --- files -------------------------------------------------------------------------- */

static void
take_text (JsonObject *object, const char *key, JsonNode *node)
{
  g_autoptr (JsonNode) owned = node;
  g_autofree char *text = nv_i_json_text (owned);
  json_object_set_string_member (object, key, text);
}

static JsonObject *
make_metadata (NvEncoder *encoder)
{
  const NvClass *head = &encoder->klass->head;
  JsonObject *metadata = json_object_new ();
  json_object_set_string_member (metadata, "plugin", head->name);
  json_object_set_string_member (metadata, "version", head->version);
  take_text (metadata, "options", nv_i_options_json (head->params, encoder->options));
  take_text (metadata, "space", nv_i_space_json (encoder->space));
  if (nv_i_encoder_labels (encoder) > 0) {
    g_autofree char *labels = g_strdup_printf ("%u", nv_i_encoder_labels (encoder));
    json_object_set_string_member (metadata, "labels", labels);
  }
  return metadata;
}

gboolean
nv_i_encoder_save (NvEncoder *encoder, const char *file, GError **error)
{
  const char *number;
  g_autoptr (NvTensors) tensors = nv_i_encoder_tensors (encoder, error);
  g_autoptr (JsonObject) metadata = make_metadata (encoder);
  if (tensors == NULL)
    return FALSE;
  const NvTensor *wild = nv_i_tensors_wild (tensors, &number);
  if (tensors->items->len > 0 && wild == NULL)
    return nv_i_safetensors_save (file, tensors, metadata, error);
  if (wild != NULL)
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "encoder %s: a weight of '%s' is %s",
                 name_of (encoder), wild->name, number);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED, "encoder %s has no weights to save",
                 name_of (encoder));
  return FALSE;
}

/* A list like `tensors` with memory of its own in *block. */
static NvTensors *
scratch_like (const NvTensors *tensors, nv_real **block)
{
  gsize total = 0, at = 0;
  for (guint i = 0; i < tensors->items->len; i++)
    total += tensor_at (tensors, i)->rows * tensor_at (tensors, i)->cols;
  *block = g_new (nv_real, total);
  NvTensors *scratch = nv_i_tensors_new ();
  for (guint i = 0; i < tensors->items->len; i++) {
    const NvTensor *t = tensor_at (tensors, i);
    nv_tensors_add (scratch, t->name, *block + at, t->rows, t->cols);
    at += t->rows * t->cols;
  }
  return scratch;
}

static void
copy_tensors (NvTensors *to, const NvTensors *from)
{
  for (guint i = 0; i < to->items->len; i++) {
    const NvTensor *a = tensor_at (to, i), *b = tensor_at (from, i);
    memcpy (a->data, b->data, a->rows * a->cols * sizeof (nv_real));
  }
}

/* Are two lists of one encoder's arrays the same, but for what is in them? `a_when`, `b_when`: when
 * they were made, for messages. */
static gboolean
check_same (const NvEncoder *encoder, const NvTensors *a, const char *a_when, const NvTensors *b,
            const char *b_when, GError **error)
{
  const guint count = a->items->len;
  if (count == 0 || count != b->items->len) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: tensors() lists %u arrays %s and %u %s; it lists the same ones "
                 "always, and at least one", name_of (encoder), count, a_when, b->items->len,
                 b_when);
    return FALSE;
  }
  for (guint i = 0; i < count; i++) {
    const NvTensor *s = tensor_at (a, i), *t = tensor_at (b, i);
    if (strcmp (s->name, t->name) == 0 && s->rows == t->rows && s->cols == t->cols)
      continue;
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: array %u of %u that tensors() lists is '%s' [%zu x %zu] %s and "
                 "'%s' [%zu x %zu] %s", name_of (encoder), i + 1, count, s->name, s->rows, s->cols,
                 a_when, t->name, t->rows, t->cols, b_when);
    return FALSE;
  }
  return TRUE;
}

static gboolean
check_metadata (NvEncoder *encoder, JsonObject *found, const char *file, GError **error)
{
  static const char *const keys[] = { "plugin", "options", "space" };
  g_autoptr (JsonObject) wanted = make_metadata (encoder);
  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++) {
    const char *is = json_object_get_string_member_with_default (found, keys[i],
                                                                 "missing");
    const char *want = json_object_get_string_member (wanted, keys[i]);
    if (strcmp (is, want) == 0)
      continue;
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s: its weights are of another encoder: %s is %s, here it is %s", file,
                 keys[i], is, want);
    return FALSE;
  }
  return TRUE;
}

gboolean
nv_i_encoder_load (NvEncoder *encoder, const char *file, GError **error)
{
  g_autoptr (NvTensors) tensors = nv_i_encoder_tensors (encoder, error);
  if (tensors == NULL)
    return FALSE;
  g_autofree nv_real *block = NULL;
  g_autoptr (NvTensors) scratch = scratch_like (tensors, &block);
  g_autoptr (JsonObject) metadata = NULL;
  if (!nv_i_safetensors_load (file, scratch, &metadata, error)
      || !check_metadata (encoder, metadata, file, error))
    return FALSE;
  copy_tensors (tensors, scratch);
  const char *labels = json_object_get_string_member_with_default (metadata, "labels", "0");
  nv_i_encoder_set_labels (encoder, (guint) g_ascii_strtoull (labels, NULL, 10));
  return TRUE;
}

gboolean
nv_i_encoder_copy (NvEncoder *to, NvEncoder *from, GError **error)
{
  g_return_val_if_fail (to->klass == from->klass, FALSE);
  g_autoptr (NvTensors) source = nv_i_encoder_tensors (from, error);
  g_autoptr (NvTensors) target = source != NULL ? nv_i_encoder_tensors (to, error) : NULL;
  if (target == NULL || !check_same (to, source, "once", target, "in a copy", error))
    return FALSE;
  copy_tensors (target, source);
  return TRUE;
}

/* --- the cache ---------------------------------------------------------------------- */

static void
add_text (GChecksum *sum, const char *key, const char *value)
{
  g_checksum_update (sum, (const guchar *) key, (gssize) strlen (key) + 1);
  g_checksum_update (sum, (const guchar *) value, (gssize) strlen (value) + 1);
}

static void
add_number (GChecksum *sum, const char *key, guint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, value);
  add_text (sum, key, text);
}

static void
add_json (GChecksum *sum, const char *key, JsonNode *node)
{
  g_autoptr (JsonNode) owned = node;
  g_autofree char *text = nv_i_json_text (owned);
  add_text (sum, key, text);
}

static void
add_cells (GChecksum *sum, const NvCells *cells)
{
  gsize size = cells->count * cells->nodes;
  add_number (sum, "nodes", cells->nodes);
  add_number (sum, "cells", cells->count);
  g_checksum_update (sum, cells->n_nodes, (gssize) cells->count);
  g_checksum_update (sum, cells->ops, (gssize) size);
  g_checksum_update (sum, (const guchar *) cells->rows,
                     (gssize) (size * sizeof (guint32)));
}

/* Everything that the weights after training on `cells` depend on. */
static char *
cache_key (NvEncoder *encoder, const NvCells *cells)
{
  const NvEncoderPrivate *p = (const NvEncoderPrivate *) encoder;
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *blas = nv_i_blas_name ();
  add_text (sum, "nasvec", nv_version ());
  add_text (sum, "library", nv_i_library_digest ());
  add_text (sum, "blas", blas);
  add_json (sum, "encoder", nv_i_encoder_json (encoder));
  add_text (sum, "encoder file", nv_i_plugin_digest (&encoder->klass->head));
  add_json (sum, "space", nv_i_space_json (encoder->space));
  add_text (sum, "space file", nv_i_plugin_digest (&encoder->space->klass->head));
  add_number (sum, "real", sizeof (nv_real));
  add_number (sum, "seed", p->seed);
  add_number (sum, "stream", p->stream);
  add_cells (sum, cells);
  return g_strdup (g_checksum_get_string (sum));
}

gsize
nv_i_training_count (gsize count, double held_out)
{
  const gsize n = (gsize) ((double) count * (1.0 - held_out) + 0.5);
  return MIN (MAX (n, 1), count);
}

/* FALSE: it is not there, or not usable, which is said. */
static gboolean
load_cached (NvEncoder *encoder, const char *file)
{
  g_autoptr (GError) error = NULL;
  if (file == NULL || !g_file_test (file, G_FILE_TEST_EXISTS))
    return FALSE;
  if (nv_i_encoder_load (encoder, file, &error))
    return TRUE;
  g_message ("cache: %s; training again", error->message);
  return FALSE;
}

static void
save_cached (NvEncoder *encoder, const char *file)
{
  g_autoptr (GError) error = NULL;
  if (file != NULL && !nv_i_encoder_save (encoder, file, &error))
    g_message ("cache: %s; the weights are not kept", error->message);
}

static char *
cache_file (NvEncoder *encoder, const NvCells *cells)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *key = cache_key (encoder, cells);
  g_autofree char *name = g_strdup_printf ("%s-%s.safetensors", encoder->klass->head.name,
                                           key);
  char *file = nv_i_cache_file (name, &error);
  if (file == NULL)
    g_message ("cache: %s; the weights are not kept", error->message);
  return file;
}

/* Training leaves more behind than the weights: an optimiser's moments, the order of the cells. A
 * fresh encoder with the same weights is what the cache gives, and so what training gives. */
static gboolean
keep_weights_alone (NvEncoder *encoder, GError **error)
{
  g_autoptr (NvTensors) trained = nv_i_encoder_tensors (encoder, error);
  if (trained == NULL)
    return FALSE;
  g_autofree nv_real *block = NULL;
  g_autoptr (NvTensors) kept = scratch_like (trained, &block);
  copy_tensors (kept, trained);
  if (!nv_i_encoder_reopen (encoder, error))
    return FALSE;
  g_autoptr (NvTensors) fresh = nv_i_encoder_tensors (encoder, error);
  if (fresh == NULL || !check_same (encoder, kept, "after fit()", fresh, "after open()", error))
    return FALSE;
  copy_tensors (fresh, kept);
  return TRUE;
}

/* Trains, and keeps the weights in `file`. */
static gboolean
train (NvEncoder *encoder, const NvCells *cells, const char *file, NvFitProgress progress,
       gpointer data, GError **error)
{
  if (!nv_i_encoder_fit (encoder, cells, progress, data, error)
      || !keep_weights_alone (encoder, error))
    return FALSE;
  save_cached (encoder, file);
  return TRUE;
}

gboolean
nv_i_encoder_prepare (NvEncoder *encoder, const NvCells *cells, double held_out,
                      NvFitProgress progress, gpointer data, gboolean *cached,
                      GError **error)
{
  NvEncoderPrivate *p = (NvEncoderPrivate *) encoder;
  gboolean found = FALSE;
  g_return_val_if_fail (held_out >= 0 && held_out < 1 && cells->count > 0, FALSE);
  if (encoder->epochs > 0) {
    const gsize count = nv_i_training_count (cells->count, held_out);
    g_autoptr (NvCells) part = nv_cells_pick (cells, NULL, 0, count);
    g_autofree char *file = cache_file (encoder, part);
    found = load_cached (encoder, file);
    if (!found && !train (encoder, part, file, progress, data, error))
      return FALSE;
    /* What follows does not depend on whether the weights were found or made. */
    nv_rng_init (&p->rng, p->seed, "trained encoder", p->stream);
  }
  if (cached != NULL)
    *cached = found;
  return TRUE;
}
