/* What an encoder must do. */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "check/private.h"

#define CELLS 97 /* odd, and no multiple of any batch */

/* A space, some of its cells, an encoder; or nothing of all, with error. */
typedef struct {
  NvSpace *space;
  NvCells *cells;
  NvEncoder *encoder;
  const NvEncoderClass *klass;
} Rig;

static void
rig_free (Rig *rig)
{
  nv_i_encoder_free (rig->encoder);
  g_clear_pointer (&rig->cells, nv_cells_unref);
  nv_i_space_unref (rig->space);
  g_free (rig);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

static Rig *
rig_new (NvCheck *check, GVariant *options, guint64 seed, guint threads, GError **error)
{
  g_autoptr (GVariant) sunk = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (Rig) rig = g_new0 (Rig, 1);
  rig->klass = (const NvEncoderClass *) check->klass;
  rig->space = nv_i_check_open_space (check, error);
  if (rig->space == NULL)
    return NULL;
  rig->cells = nv_i_check_cells (rig->space, CELLS, error);
  if (rig->cells == NULL)
    return NULL;
  rig->encoder = nv_i_encoder_new (check->klass->name, sunk, rig->space, seed, 0, threads,
                                   error);
  return rig->encoder != NULL ? g_steal_pointer (&rig) : NULL;
}

/* --- arrays ------------------------------------------------------------------------- */

static gboolean
check_finite (const nv_real *x, gsize n, const char *what, GError **error)
{
  for (gsize i = 0; i < n; i++)
    REQUIRE (isfinite (x[i]), "%s: value %zu of %zu is %g", what, i, n, (double) x[i]);
  return TRUE;
}

/* Equal but for rounding: kernels may sum in another order for another batch. */
static gboolean
check_close (const nv_real *a, const nv_real *b, gsize n, const char *what,
             GError **error)
{
  double scale = 0;
  for (gsize i = 0; i < n; i++)
    scale = MAX (scale, fabs ((double) b[i]));
  for (gsize i = 0; i < n; i++)
    REQUIRE (fabs ((double) a[i] - (double) b[i]) <= 1e-4 * scale + 1e-12,
             "%s: value %zu is %g and %g", what, i, (double) a[i], (double) b[i]);
  return TRUE;
}

static gboolean
check_same (const nv_real *a, const nv_real *b, gsize n, const char *what, GError **error)
{
  for (gsize i = 0; i < n; i++)
    REQUIRE (a[i] == b[i], "%s: value %zu is %.9g and %.9g", what, i, (double) a[i],
             (double) b[i]);
  return TRUE;
}

/* An array with room behind it, so that a hook that writes too far is caught and not
 * crashed by. */
enum { ROOM = 256 };
static const nv_real mark = (nv_real) 2.385;

static nv_real *
new_array (gsize n)
{
  nv_real *x = g_new0 (nv_real, n + ROOM);
  for (gsize i = n; i < n + ROOM; i++)
    x[i] = mark;
  return x;
}

static gboolean
check_room (const nv_real *x, gsize n, const char *what, GError **error)
{
  for (gsize i = n; i < n + ROOM; i++)
    REQUIRE (x[i] == mark, "%s: value %zu is written, the output has %zu", what, i, n);
  return TRUE;
}

static nv_real *
embed_all (const Rig *rig)
{
  nv_real *out = new_array (rig->cells->count * rig->encoder->dim);
  nv_i_encoder_embed (rig->encoder, rig->cells, 0, rig->cells->count, out);
  return out;
}

static gboolean
fit_epoch (const Rig *rig, const NvCells *cells, guint epoch, GError **error)
{
  NvFitLog log = { 0 };
  GError *local = NULL;
  const gboolean ok = rig->klass->fit (rig->encoder, cells, epoch, &log, &local);
  if (!nv_i_hook_result (&rig->klass->head, "fit", ok, local, error))
    return FALSE;
  REQUIRE (isfinite (log.loss), "the loss of epoch %u is %g", epoch, log.loss);
  return TRUE;
}

static void
join_step (const Rig *rig, const guint32 *index, gsize B, nv_real *out,
           const nv_real *dout)
{
  rig->klass->forward (rig->encoder, rig->cells, index, B, out);
  rig->klass->backward (rig->encoder, dout);
  rig->klass->step (rig->encoder);
}

gboolean
nv_i_check_encoder_use (NvCheck *check, GVariant *options, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, options, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  const guint32 index[3] = { 0, 1, 0 };
  gsize n = 3 * rig->encoder->dim;
  g_autofree nv_real *out = new_array (n);
  if (rig->klass->fit != NULL && rig->encoder->epochs > 0
      && !fit_epoch (rig, rig->cells, 0, error))
    return FALSE;
  if (rig->klass->backward != NULL) {
    g_autofree nv_real *dout = g_new0 (nv_real, n);
    join_step (rig, index, 3, out, dout);
  }
  rig->klass->embed (rig->encoder, rig->cells, index, 3, out);
  return check_finite (out, n, "embedding", error)
         && check_room (out, n, "embed()", error);
}

/* --- embedding ---------------------------------------------------------------------- */

static gboolean
check_embed (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  gsize P = rig->cells->count, D = rig->encoder->dim;
  g_autofree nv_real *whole = embed_all (rig), *again = embed_all (rig);
  g_autofree nv_real *pieces = new_array (P * D);
  if (!check_room (whole, P * D, "embed()", error)
      || !check_finite (whole, P * D, "embedding", error)
      || !check_same (whole, again, P * D, "the second time", error))
    return FALSE;
  for (gsize first = 0, B = 1; first < P; first += B, B = B % 7 + 2)
    nv_i_encoder_embed (rig->encoder, rig->cells, first, MIN (B, P - first),
                        pieces + first * D);
  if (!check_close (pieces, whole, P * D, "in pieces", error))
    return FALSE;
  rig->klass->embed (rig->encoder, rig->cells, NULL, P, pieces);
  g_string_append_printf (check->note, " %zu numbers a cell", D);
  return check_close (pieces, whole, P * D, "without an index", error);
}

static gboolean
check_seeds (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  g_autoptr (Rig) twin = rig != NULL ? rig_new (check, NULL, 7, 1, error) : NULL;
  g_autoptr (Rig) other = twin != NULL ? rig_new (check, NULL, 8, 1, error) : NULL;
  if (other == NULL)
    return FALSE;
  gsize n = rig->cells->count * rig->encoder->dim;
  g_autofree nv_real *a = embed_all (rig), *b = embed_all (twin), *c = embed_all (other);
  gboolean random = memcmp (a, c, n * sizeof (nv_real)) != 0;
  g_string_append (check->note, random ? " random by seed" : " not random");
  REQUIRE (!random || rig->klass->tensors != NULL,
           "another seed gives another embedding, so it has weights; tensors is NULL");
  return check_same (a, b, n, "the same seed", error);
}

static gboolean
check_threads (NvCheck *check, GError **error)
{
  g_autoptr (Rig) one = rig_new (check, NULL, 7, 1, error);
  g_autoptr (Rig) two = one != NULL ? rig_new (check, NULL, 7, 2, error) : NULL;
  if (two == NULL)
    return FALSE;
  if (one->klass->fit != NULL && one->encoder->epochs > 0
      && !(fit_epoch (one, one->cells, 0, error)
           && fit_epoch (two, two->cells, 0, error)))
    return FALSE;
  g_autofree nv_real *a = embed_all (one), *b = embed_all (two);
  return check_same (a, b, one->cells->count * one->encoder->dim, "two threads", error);
}

/* --- pre-training ------------------------------------------------------------------- */

static gboolean
check_fit (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  g_autoptr (Rig) twin = rig != NULL ? rig_new (check, NULL, 7, 1, error) : NULL;
  if (twin == NULL)
    return FALSE;
  ONLY_IF (rig->klass->fit != NULL && rig->encoder->epochs > 0, "it is not pre-trained");
  gsize n = rig->cells->count * rig->encoder->dim;
  g_autofree nv_real *before = embed_all (rig);
  for (guint epoch = 0; epoch < MIN (rig->encoder->epochs, 3); epoch++)
    if (!fit_epoch (rig, rig->cells, epoch, error)
        || !fit_epoch (twin, rig->cells, epoch, error))
      return FALSE;
  g_autofree nv_real *after = embed_all (rig), *again = embed_all (twin);
  REQUIRE (memcmp (before, after, n * sizeof (nv_real)) != 0, "fit() changes nothing");
  return check_finite (after, n, "after fit()", error)
         && check_same (after, again, n, "the same seed after fit()", error);
}

static gboolean
check_fit_one (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->klass->fit != NULL && rig->encoder->epochs > 0, "it is not pre-trained");
  g_autoptr (NvCells) one = nv_cells_new (rig->cells->nodes);
  NvCell cell;
  nv_cells_get (rig->cells, 0, &cell);
  nv_cells_append (one, &cell);
  g_autofree nv_real *out = NULL;
  if (!fit_epoch (rig, one, 0, error))
    return FALSE;
  out = embed_all (rig);
  return check_finite (out, rig->cells->count * rig->encoder->dim, "embedding", error);
}

/* --- decoding ----------------------------------------------------------------------- */

static gboolean
check_shapes (const Rig *rig, const NvCells *cells, gsize wanted, GError **error)
{
  REQUIRE (cells->count == wanted, "decode() of %zu codes appends %zu cells", wanted,
           cells->count);
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell;
    g_autoptr (GError) local = NULL;
    nv_cells_get (cells, i, &cell);
    REQUIRE (nv_i_space_fits (rig->space, &cell, &local), "a decoded cell: %s",
             local->message);
  }
  return TRUE;
}

static gboolean
check_decode (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->klass->decode != NULL, "it does not decode");
  gsize P = rig->cells->count, L = rig->encoder->latent, right = 0, differ = 0;
  g_autofree nv_real *z = new_array (P * L);
  g_autoptr (NvCells) whole = nv_cells_new (rig->space->nodes);
  g_autoptr (NvCells) pieces = nv_cells_new (rig->space->nodes);
  rig->klass->latent (rig->encoder, rig->cells, NULL, P, z);
  rig->klass->decode (rig->encoder, z, P, whole);
  for (gsize i = 0; i < P; i++)
    rig->klass->decode (rig->encoder, z + i * L, 1, pieces);
  if (!check_room (z, P * L, "latent()", error)
      || !check_finite (z, P * L, "latent code", error)
      || !check_shapes (rig, whole, P, error)
      || !check_shapes (rig, pieces, P, error))
    return FALSE;
  for (gsize i = 0; i < P; i++) {
    NvCell a, b, c;
    nv_cells_get (whole, i, &a);
    nv_cells_get (pieces, i, &b);
    nv_cells_get (rig->cells, i, &c);
    differ += !nv_cell_equal (&a, &b);
    right += nv_cell_equal (&a, &c);
  }
  /* A value on the threshold may fall to either side by rounding. */
  REQUIRE (differ <= P / 50,
           "%zu of %zu codes are decoded to another cell when they are alone", differ, P);
  g_string_append_printf (check->note,
                          " codes of %zu numbers, %zu of %zu cells come back "
                          "untrained",
                          L, right, P);
  return TRUE;
}

static gboolean
check_code_first (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->encoder->code_first, "its embedding does not begin with a code");
  const gsize P = rig->cells->count, L = rig->encoder->latent, D = rig->encoder->dim;
  g_autofree nv_real *z = g_new (nv_real, P * L), *x = embed_all (rig);
  rig->klass->latent (rig->encoder, rig->cells, NULL, P, z);
  for (gsize i = 0; i < P * L; i++) {
    const nv_real first = x[i / L * D + i % L];
    REQUIRE (fabs ((double) (first - z[i])) <= 1e-5 * (1 + fabs ((double) z[i])),
             "cell %zu: number %zu of the embedding is %g, of latent() %g", i / L, i % L,
             (double) first, (double) z[i]);
  }
  return TRUE;
}

/* Codes from far away give cells of the right shape too. */
static gboolean
check_decode_wild (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->klass->decode != NULL, "it does not decode");
  gsize L = rig->encoder->latent, P = 101;
  g_autofree nv_real *z = g_new (nv_real, P * L);
  g_autoptr (NvCells) cells = nv_cells_new (rig->space->nodes);
  NvRng rng;
  nv_rng_init (&rng, 16, "check", 0);
  nv_rng_fill_normal (&rng, z, P * L);
  for (gsize i = 0; i < P * L; i++)
    z[i] *= (nv_real) pow (10, (double) (i / L % 7) - 2);
  rig->klass->decode (rig->encoder, z, P, cells);
  return check_shapes (rig, cells, P, error);
}

/* --- joint training ----------------------------------------------------------------- */

static gboolean
check_backward (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->klass->backward != NULL, "it is not trained by a search");
  gsize B = MIN (rig->cells->count, 13);
  return nv_i_check_slopes (check, rig->encoder, rig->cells, B, error);
}

/* Mean squared distance of forward() to targets, before and after steps on it. */
static gboolean
check_learning (NvCheck *check, GError **error)
{
  enum { STEPS = 60 };
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->klass->backward != NULL, "it is not trained by a search");
  gsize B = MIN (rig->cells->count, 16), n = B * rig->encoder->dim;
  g_autofree nv_real *out = g_new (nv_real, n), *target = g_new (nv_real, n);
  g_autofree nv_real *dout = g_new (nv_real, n);
  double loss[STEPS], first = 0, last = 0;
  rig->klass->embed (rig->encoder, rig->cells, NULL, B, target);
  for (gsize i = 0; i < n; i++)
    target[i] = (nv_real) 0.5 * target[i] + (nv_real) 0.1;
  for (guint s = 0; s < STEPS; s++) {
    rig->klass->forward (rig->encoder, rig->cells, NULL, B, out);
    loss[s] = nv_mse (dout, out, target, n);
    REQUIRE (isfinite (loss[s]), "the loss of step %u is %g", s, loss[s]);
    rig->klass->backward (rig->encoder, dout);
    rig->klass->step (rig->encoder);
  }
  for (guint s = 0; s < 10; s++) {
    first += loss[s] / 10;
    last += loss[STEPS - 1 - s] / 10;
  }
  REQUIRE (last < first, "60 steps take the loss from %g to %g", first, last);
  g_string_append_printf (check->note, " loss %.3g to %.3g", first, last);
  return TRUE;
}

/* --- weights ------------------------------------------------------------------------ */

static gboolean
check_tensors (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, NULL, 7, 1, error);
  if (rig == NULL)
    return FALSE;
  ONLY_IF (rig->klass->tensors != NULL, "it has no weights");
  g_autoptr (NvTensors) first = nv_i_encoder_tensors (rig->encoder, error);
  g_autoptr (NvTensors) second
      = first != NULL ? nv_i_encoder_tensors (rig->encoder, error) : NULL;
  if (second == NULL)
    return FALSE;
  REQUIRE (first->items->len > 0, "tensors() lists none");
  REQUIRE (first->items->len == second->items->len, "tensors() lists %u and then %u",
           first->items->len, second->items->len);
  for (guint t = 0; t < first->items->len; t++) {
    const NvTensor *a = &g_array_index (first->items, NvTensor, t);
    const NvTensor *b = &g_array_index (second->items, NvTensor, t);
    REQUIRE (a->data == b->data && strcmp (a->name, b->name) == 0,
             "tensor %u is another one the second time", t);
    for (guint s = 0; s < t; s++)
      REQUIRE (strcmp (g_array_index (first->items, NvTensor, s).name, a->name) != 0,
               "two tensors are named '%s'", a->name);
    if (!check_finite (a->data, a->rows * a->cols, a->name, error))
      return FALSE;
  }
  g_string_append_printf (check->note, " %u", first->items->len);
  return TRUE;
}

/* The weights of a trained encoder in one of another seed. */
static gboolean
check_save (NvCheck *check, GError **error)
{
  g_autoptr (Rig) from = rig_new (check, NULL, 7, 1, error);
  g_autoptr (Rig) to = from != NULL ? rig_new (check, NULL, 8, 1, error) : NULL;
  if (to == NULL)
    return FALSE;
  ONLY_IF (from->klass->tensors != NULL, "it has no weights");
  g_autofree char *file = NULL;
  int handle = g_file_open_tmp ("nasvec-check-XXXXXX", &file, error);
  if (handle < 0)
    return FALSE;
  close (handle);
  gboolean ok = (from->klass->fit == NULL || from->encoder->epochs == 0
                 || fit_epoch (from, from->cells, 0, error))
                && nv_i_encoder_save (from->encoder, file, error)
                && nv_i_encoder_load (to->encoder, file, error);
  unlink (file);
  if (!ok)
    return FALSE;
  g_autofree nv_real *a = embed_all (from), *b = embed_all (to);
  return check_same (a, b, from->cells->count * from->encoder->dim, "after loading",
                     error);
}

const NvCheckRow nv_i_check_encoder_rows[] = {
  { "embedding: finite, the same in pieces", check_embed },
  { "embedding: the same by seed", check_seeds },
  { "threads: the same result", check_threads },
  { "fit: finite, the same by seed", check_fit },
  { "fit on one cell", check_fit_one },
  { "decode: cells of the right shape", check_decode },
  { "decode: far codes", check_decode_wild },
  { "decode: the embedding begins with the code", check_code_first },
  { "backward: agrees with differences", check_backward },
  { "joint training lowers a loss", check_learning },
  { "weights: named, finite", check_tensors },
  { "weights: saved and loaded", check_save },
  { NULL, NULL },
};
