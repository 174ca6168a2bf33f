/* A space, an encoder and searchers small enough to reason about, for the tests of core/study.
 *
 * Space "toy": chains input - 3 ops - output with optional skips 0->2, 1->3, 2->4, written
 * "abc5" (three of a b c d, then the skips as a number 0 .. 7). d is the same as c, so there are
 * 27 x 8 classes, listed with c. Encoder "toyenc": features times a matrix of weights, of
 * dimension 5; one epoch of fit() adds noise. Searchers: "toyscript" asks for the cells of its
 * option in turn, then for initial ones; "toyjoint" uses all that a run offers, in any space. */
#ifndef STUDY_PLUGINS_H
#define STUDY_PLUGINS_H

#define NV_PLUGIN_STATIC
#include <math.h>
#include <string.h>

#include <nasvec/encoder.h>
#include <nasvec/searcher.h>

#include "plugin/registry.h"

enum { TOY_NODES = 5, TOY_CELLS = 27 * 8, TOY_DIM = 5, TOY_FEATURES = 13, MAX_DIM = 160 };

/* --- space ------------------------------------------------------------------------------- */

static const char *const toy_ops[] = { "input", "output", "a", "b", "c", "d" };

static gboolean
toy_open (NvSpace *space, GError **error)
{
  (void) error;
  space->nodes = TOY_NODES;
  space->n_ops = G_N_ELEMENTS (toy_ops);
  space->ops = toy_ops;
  return TRUE;
}

static void
toy_make (NvCell *cell, const guint8 *ops, guint skips)
{
  nv_cell_init (cell, TOY_NODES);
  for (guint i = 0; i + 1 < TOY_NODES; i++)
    nv_cell_add_edge (cell, i, i + 1);
  for (guint i = 0; i < 3; i++) {
    cell->ops[i + 1] = ops[i];
    if (skips >> i & 1)
      nv_cell_add_edge (cell, i, i + 2);
  }
  cell->ops[TOY_NODES - 1] = 1;
}

static guint
toy_skips (const NvCell *cell)
{
  guint skips = 0;
  for (guint i = 0; i < 3; i++)
    skips |= (guint) nv_cell_has_edge (cell, i, i + 2) << i;
  return skips;
}

static NvCells *
toy_enumerate (const NvSpace *space, GError **error)
{
  NvCells *cells = nv_cells_new (TOY_NODES);
  (void) space, (void) error;
  for (guint i = 0; i < TOY_CELLS; i++) {
    guint8 ops[3] = { (guint8) (2 + i / 72), (guint8) (2 + i / 24 % 3),
                      (guint8) (2 + i / 8 % 3) };
    NvCell cell;
    toy_make (&cell, ops, i % 8);
    nv_cells_append (cells, &cell);
  }
  return cells;
}

static gboolean
toy_validate (const NvSpace *space, const NvCell *cell, GError **error)
{
  NvCell same;
  (void) space;
  gboolean valid = cell->n_nodes == TOY_NODES;
  for (guint i = 1; valid && i < 4; i++)
    valid = cell->ops[i] >= 2 && cell->ops[i] <= 5;
  if (valid) {
    toy_make (&same, cell->ops + 1, toy_skips (cell));
    valid = nv_cell_equal (cell, &same);
  }
  if (!valid)
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "not a cell of toy");
  return valid;
}

static void
toy_canonical (const NvSpace *space, const NvCell *cell, NvCell *out)
{
  (void) space;
  *out = *cell;
  for (guint i = 1; i < 4; i++)
    out->ops[i] = MIN (cell->ops[i], 4);
}

static gboolean
toy_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out, GError **error)
{
  (void) space, (void) error;
  *out = *cell;
  out->ops[1 + nv_rng_below (rng, 3)] = (guint8) (2 + nv_rng_below (rng, 4));
  return TRUE;
}

static void
toy_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out)
{
  (void) space;
  for (guint i = 1; i < 4; i++) {
    NvCell next = *cell;
    next.ops[i] = (guint8) (2 + (cell->ops[i] - 1) % 3);
    nv_cells_append (out, &next);
  }
}

static char *
toy_format (const NvSpace *space, const NvCell *cell)
{
  (void) space;
  return g_strdup_printf ("%c%c%c%u", 'a' + cell->ops[1] - 2, 'a' + cell->ops[2] - 2,
                          'a' + cell->ops[3] - 2, toy_skips (cell));
}

static gboolean
toy_parse (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  guint8 ops[3] = { 0 };
  (void) space;
  gboolean valid = strlen (text) == 4 && text[3] >= '0' && text[3] <= '7';
  for (guint i = 0; valid && i < 3; i++) {
    valid = text[i] >= 'a' && text[i] <= 'd';
    ops[i] = (guint8) (2 + text[i] - 'a');
  }
  if (valid)
    toy_make (out, ops, (guint) (text[3] - '0'));
  else
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "'%s' is not written as a cell of toy", text);
  return valid;
}

static const NvSpaceClass toy = {
  NV_SPACE ("toy", "1.0", "chains of three ops with skips"),
  .open = toy_open, .enumerate = toy_enumerate, .validate = toy_validate,
  .canonical = toy_canonical, .mutate = toy_mutate, .neighbours = toy_neighbours,
  .format = toy_format, .parse = toy_parse,
};
NV_PLUGIN (toy)

/* The same without a list: pools of it are samples. */
static gboolean
toybig_sample (const NvSpace *space, NvRng *rng, NvCell *out, GError **error)
{
  guint8 ops[3];
  (void) space, (void) error;
  for (guint i = 0; i < 3; i++)
    ops[i] = (guint8) (2 + nv_rng_below (rng, 4));
  toy_make (out, ops, nv_rng_below (rng, 8));
  return TRUE;
}

static const NvSpaceClass toybig = {
  NV_SPACE ("toybig", "1.0", "toy, sampled"),
  .open = toy_open, .sample = toybig_sample, .validate = toy_validate,
  .canonical = toy_canonical, .mutate = toy_mutate, .neighbours = toy_neighbours,
  .format = toy_format, .parse = toy_parse,
};
NV_PLUGIN (toybig)

/* --- encoder ----------------------------------------------------------------------------- */

typedef struct {
  int epochs;
  gboolean codes; /* the embedding can be decoded: a rule of our own */
} ToyencOptions;

typedef struct {
  nv_real w[TOY_FEATURES * TOY_DIM], grad[TOY_FEATURES * TOY_DIM];
  nv_real x[64 * TOY_FEATURES];
  gsize B;
} ToyencState;

static const NvParam toyenc_params[] = {
  NV_INT (ToyencOptions, epochs, 0, 9, "epochs of pre-training"),
  NV_BOOL (ToyencOptions, codes, "the embedding can be decoded"),
  NV_END
};

static gboolean
toyenc_open (NvEncoder *encoder, GError **error)
{
  ToyencState *st = encoder->state;
  const ToyencOptions *opt = encoder->options;
  (void) error;
  encoder->dim = TOY_DIM;
  encoder->latent = encoder->klass->decode != NULL ? TOY_DIM : 0;
  encoder->code_first = encoder->latent > 0 && opt->codes;
  encoder->epochs = (guint) opt->epochs;
  nv_rng_fill_normal (encoder->rng, st->w, G_N_ELEMENTS (st->w));
  return TRUE;
}

static void
toyenc_features (const NvCells *cells, gsize i, nv_real *x)
{
  NvCell cell;
  nv_cells_get (cells, i, &cell);
  memset (x, 0, TOY_FEATURES * sizeof *x);
  for (guint n = 0; n < 3; n++) {
    x[3 * n + MIN (cell.ops[n + 1], 4u) - 2] = (nv_real) (1.25 + 0.5 * n);
    x[9 + n] = (nv_real) (toy_skips (&cell) >> n & 1);
  }
  x[12] = 1;
}

static void
toyenc_apply (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
              nv_real *x, gsize stride, nv_real *out)
{
  const ToyencState *st = encoder->state;
  memset (out, 0, B * TOY_DIM * sizeof *out);
  for (gsize b = 0; b < B; b++, x += stride) {
    toyenc_features (cells, index != NULL ? index[b] : b, x);
    for (guint f = 0; f < TOY_FEATURES; f++)
      for (guint d = 0; d < TOY_DIM; d++)
        out[b * TOY_DIM + d] += x[f] * st->w[f * TOY_DIM + d];
  }
}

static void
toyenc_embed (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
              nv_real *out)
{
  nv_real x[TOY_FEATURES];
  toyenc_apply (encoder, cells, index, B, x, 0, out);
}

static gboolean
toyenc_fit (NvEncoder *encoder, const NvCells *cells, guint epoch, NvFitLog *log,
            GError **error)
{
  ToyencState *st = encoder->state;
  (void) cells, (void) error;
  for (guint i = 0; i < G_N_ELEMENTS (st->w); i++)
    st->w[i] += (nv_real) (0.1 * nv_rng_normal (encoder->rng));
  log->loss = 2.385 / (epoch + 1);
  return TRUE;
}

static void
toyenc_latent (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
               nv_real *out)
{
  toyenc_embed (encoder, cells, index, B, out);
}

static void
toyenc_decode (NvEncoder *encoder, const nv_real *z, gsize B, NvCells *out)
{
  (void) encoder;
  for (gsize b = 0; b < B; b++) {
    guint8 ops[3] = { z[b * TOY_DIM] > 0 ? 2 : 3, 3, 4 };
    NvCell cell;
    toy_make (&cell, ops, z[b * TOY_DIM + 1] > 0 ? 5 : 2);
    nv_cells_append (out, &cell);
  }
}

static void
toyenc_forward (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
                nv_real *out)
{
  ToyencState *st = encoder->state;
  g_assert_cmpuint (B, <=, 64);
  st->B = B;
  toyenc_apply (encoder, cells, index, B, st->x, TOY_FEATURES, out);
}

static void
toyenc_backward (NvEncoder *encoder, const nv_real *dout)
{
  ToyencState *st = encoder->state;
  for (gsize b = 0; b < st->B; b++)
    for (guint f = 0; f < TOY_FEATURES; f++)
      for (guint d = 0; d < TOY_DIM; d++)
        st->grad[f * TOY_DIM + d] += st->x[b * TOY_FEATURES + f] * dout[b * TOY_DIM + d];
}

static void
toyenc_step (NvEncoder *encoder)
{
  ToyencState *st = encoder->state;
  for (guint i = 0; i < G_N_ELEMENTS (st->w); i++)
    st->w[i] -= (nv_real) 0.01 * st->grad[i];
  memset (st->grad, 0, sizeof st->grad);
}

static void
toyenc_tensors (NvEncoder *encoder, NvTensors *tensors)
{
  ToyencState *st = encoder->state;
  nv_tensors_add (tensors, "w", st->w, TOY_FEATURES, TOY_DIM);
}

static const NvEncoderClass toyenc = {
  NV_ENCODER ("toyenc", "1.0", "a linear map of features"),
  NV_STATE (ToyencState), NV_OPTIONS (ToyencOptions, toyenc_params, .epochs = 2),
  .open = toyenc_open, .embed = toyenc_embed, .fit = toyenc_fit, .latent = toyenc_latent,
  .decode = toyenc_decode, .forward = toyenc_forward, .backward = toyenc_backward,
  .step = toyenc_step, .tensors = toyenc_tensors,
};
NV_PLUGIN (toyenc)

/* toyenc without pre-training, but the embedding of one cell, aab2, is no number. */
static void
toybad_embed (NvEncoder *encoder, const NvCells *cells, const guint32 *index, gsize B,
              nv_real *out)
{
  toyenc_embed (encoder, cells, index, B, out);
  for (gsize b = 0; b < B; b++)
    if (index[b] == 10)
      out[b * TOY_DIM + 2] = (nv_real) NAN;
}

static const NvEncoderClass toybad = {
  NV_ENCODER ("toybad", "1.0", "a linear map with a hole"),
  NV_STATE (ToyencState), NV_OPTIONS (ToyencOptions, toyenc_params, .epochs = 0),
  .open = toyenc_open, .embed = toybad_embed, .forward = toyenc_forward,
  .backward = toyenc_backward, .step = toyenc_step, .tensors = toyenc_tensors,
};
NV_PLUGIN (toybad)

/* The same with another dimension each time that it is opened. */
static gboolean
toygrows_open (NvEncoder *encoder, GError **error)
{
  static gint opened;
  gboolean ok = toyenc_open (encoder, error);
  encoder->dim += (gsize) g_atomic_int_add (&opened, 1);
  return ok;
}

static const NvEncoderClass toygrows = {
  NV_ENCODER ("toygrows", "1.0", "a linear map of no fixed size"),
  NV_STATE (ToyencState), NV_OPTIONS (ToyencOptions, toyenc_params, .epochs = 0),
  .open = toygrows_open, .embed = toyenc_embed, .forward = toyenc_forward,
  .backward = toyenc_backward, .step = toyenc_step, .tensors = toyenc_tensors,
};
NV_PLUGIN (toygrows)

static const NvEncoderClass toyfixed = {
  NV_ENCODER ("toyfixed", "1.0", "a linear map that never moves"),
  NV_STATE (ToyencState), NV_OPTIONS (ToyencOptions, toyenc_params, .epochs = 0),
  .open = toyenc_open, .embed = toyenc_embed,
};
NV_PLUGIN (toyfixed)

/* --- searchers --------------------------------------------------------------------------- */

typedef struct {
  const char *cells;  /* separated by spaces; "!" is no cell; "?" fails, "?c" and "?s" with codes
                       * of a study, "??" with TRUE */
  gboolean again;     /* starts over at the end */
} ToyscriptOptions;

typedef struct {
  char **cells;
  guint next, rejected;
  GString *log; /* what was told: "abc5=0.25 ", rejected: "abc5! " */
} ToyscriptState;

static const NvParam toyscript_params[] = {
  NV_STRING (ToyscriptOptions, cells, "cells to ask for"),
  NV_BOOL (ToyscriptOptions, again, "start over at the end"),
  NV_END
};

static gboolean
toyscript_open (NvSearcher *s, GError **error)
{
  const ToyscriptOptions *opt = s->options;
  ToyscriptState *st = s->state;
  (void) error;
  st->cells = g_strsplit (opt->cells, " ", -1);
  st->log = g_string_new (NULL);
  return TRUE;
}

static void
toyscript_close (NvSearcher *s)
{
  ToyscriptState *st = s->state;
  g_strfreev (st->cells);
  g_string_free (st->log, TRUE);
}

static gboolean
toyscript_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const ToyscriptOptions *opt = s->options;
  ToyscriptState *st = s->state;
  if (st->cells[st->next] == NULL && opt->again)
    st->next = 0;
  const char *text = st->cells[st->next];
  if (text == NULL)
    return nv_searcher_draw (s, next, error);
  st->next++;
  if (text[0] == '?') {
    g_set_error (error, NV_ERROR, text[1] == 'c' ? NV_ERROR_CANCELLED
                 : text[1] == 's' ? NV_ERROR_STORE : NV_ERROR_CELL, "toyscript read a ?");
    return text[1] == '?';
  }
  nv_cell_init (next, 3);
  return strcmp (text, "!") == 0 || nv_space_parse (s->space, text, next, error);
}

static void
toyscript_tell (NvSearcher *s, const NvCell *cell, double score)
{
  ToyscriptState *st = s->state;
  g_autofree char *text = nv_space_format (s->space, cell);
  g_string_append_printf (st->log, "%s=%g ", text, score);
}

static void
toyscript_reject (NvSearcher *s, const NvCell *cell)
{
  ToyscriptState *st = s->state;
  g_autofree char *text
      = cell->n_nodes == TOY_NODES ? nv_space_format (s->space, cell) : g_strdup ("");
  g_string_append_printf (st->log, "%s! ", text);
  st->rejected++;
}

static const NvSearcherClass toyscript = {
  NV_SEARCHER ("toyscript", "1.0", "asks for the cells it is given"),
  NV_STATE (ToyscriptState), NV_OPTIONS (ToyscriptOptions, toyscript_params, .cells = "!"),
  .open = toyscript_open, .close = toyscript_close, .ask = toyscript_ask,
  .tell = toyscript_tell, .reject = toyscript_reject,
};
NV_PLUGIN (toyscript)

typedef struct {
  guint32 last;
  gsize asked;
} ToyjointState;

/* Three initial cells, then in turn: the cell nearest to a random point, a mutation of the
 * last one, an initial one. */
static gboolean
toyjoint_ask (NvSearcher *s, NvCell *next, GError **error)
{
  ToyjointState *st = s->state;
  nv_real point[MAX_DIM];
  guint32 nearest;
  gsize turn = st->asked++;
  if (turn < 3 || turn % 3 == 2)
    return nv_searcher_draw (s, next, error);
  if (turn % 3 == 1) {
    NvCell last;
    nv_searcher_cell (s, st->last, &last);
    return nv_space_mutate (s->space, s->rng, &last, next, error);
  }
  g_assert_cmpuint (s->dim, <=, MAX_DIM);
  nv_rng_fill_normal (s->rng, point, s->dim);
  if (nv_searcher_nearest (s, point, &nearest, 1) == 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "nothing is left");
    return FALSE;
  }
  nv_searcher_cell (s, nearest, next);
  return TRUE;
}

static void
toyjoint_tell (NvSearcher *s, const NvCell *cell, double score)
{
  ToyjointState *st = s->state;
  nv_real z[MAX_DIM], dz[MAX_DIM];
  gsize i;
  if (!nv_searcher_find (s, cell, &i))
    return;
  st->last = (guint32) i;
  if (st->asked % 11 == 0)
    nv_searcher_restart (s);
  nv_searcher_forward (s, &st->last, 1, z);
  for (gsize d = 0; d < s->dim; d++)
    dz[d] = z[d] - (nv_real) score;
  nv_searcher_backward (s, dz);
  nv_searcher_step (s);
}

static const NvSearcherClass toyjoint = {
  NV_SEARCHER ("toyjoint", "1.0", "moves its encoder"),
  NV_STATE (ToyjointState), .ask = toyjoint_ask, .tell = toyjoint_tell,
};
NV_PLUGIN (toyjoint)

static inline void
accept_toys (void)
{
  const NvClass *const all[] = { &toy.head, &toybig.head, &toyenc.head, &toyfixed.head,
                                 &toybad.head, &toygrows.head, &toyscript.head, &toyjoint.head };
  for (guint i = 0; i < G_N_ELEMENTS (all); i++) {
    g_autoptr (GError) error = NULL;
    nv_i_plugin_accept (all[i], "test", &error);
    g_assert_no_error (error);
  }
}

#endif
