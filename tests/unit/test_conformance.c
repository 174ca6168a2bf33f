/* The conformance test passes what is right and fails, on the right line, what has one
 * fault. A faulty plugin is a good one with one hook in place of another. */
#include <malloc.h>
#include <math.h>
#include <nasvec/encoder.h>
#include <nasvec/searcher.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/check.h"
#include "check/private.h"
#include "plugin/registry.h"

/* Runs the checks of a class; returns how many failed, and what was printed. `space`: NULL is
 * the check's own. */
static guint
run_checks (const NvClass *klass, const char *space, char **text)
{
  FILE *out = tmpfile ();
  guint failed = nv_i_check_plugin (klass, space, out);
  long size = ftell (out);
  *text = g_malloc0 ((gsize) size + 1);
  rewind (out);
  g_assert_cmpuint (fread (*text, 1, (gsize) size, out), ==, (gsize) size);
  fclose (out);
  return failed;
}

/* `part` stands on a FAILED line, and that line is about `check`. */
static void
assert_fails (NvClass *klass, const char *check, const char *part)
{
  GError *error = NULL;
  g_autofree char *text = NULL;
  const NvClass *accepted = nv_i_plugin_accept (klass, klass->name, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (run_checks (accepted, NULL, &text), >, 0);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *start = g_strconcat ("FAILED  ", check, NULL);
  for (char **line = lines; *line != NULL; line++)
    if (g_str_has_prefix (*line, start) && strstr (*line, part) != NULL)
      return;
  g_error ("no line '%s ... %s' in:\n%s", start, part, text);
}

static void
assert_passes_on (const NvClass *klass, const char *space)
{
  g_autofree char *text = NULL;
  if (run_checks (klass, space, &text) > 0)
    g_error ("%s", text);
}

static void
assert_passes (const NvClass *klass)
{
  assert_passes_on (klass, NULL);
}

/* --- spaces ------------------------------------------------------------------------- */

static const NvSpaceClass *toy;
static guint calls; /* of hooks that go wrong after a while */

static NvCells *
enumerate_twice (const NvSpace *s, GError **error)
{
  NvCells *all = toy->enumerate (s, error);
  NvCell cell;
  nv_cells_get (all, MIN (17, all->count - 1), &cell);
  nv_cells_append (all, &cell);
  return all;
}

static gboolean
sample_anything (const NvSpace *s, NvRng *rng, NvCell *out, GError **error G_GNUC_UNUSED)
{
  g_autoptr (NvCells) all = toy->enumerate (s, NULL);
  nv_cells_get (all, (calls++ + nv_rng_below (rng, 3)) % all->count, out);
  return TRUE;
}

static void
canonical_further (const NvSpace *s, const NvCell *cell, NvCell *out)
{
  g_autoptr (NvCells) near = nv_cells_new (s->nodes);
  *out = *cell;
  toy->neighbours (s, cell, near);
  if (near->count > 0)
    nv_cells_get (near, 0, out);
}

/* All cells of one wiring are one, so that mutate() gives other spellings. */
static void
canonical_wiring (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, NvCell *out)
{
  *out = *cell;
  for (guint i = 1; i + 1 < cell->n_nodes; i++)
    out->ops[i] = 1;
}

static void
neighbours_and_itself (const NvSpace *s, const NvCell *cell, NvCells *out)
{
  toy->neighbours (s, cell, out);
  nv_cells_append (out, cell);
}

static void
neighbours_none (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell G_GNUC_UNUSED,
                 NvCells *out G_GNUC_UNUSED)
{
}

static void
canonical_none (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, NvCell *out)
{
  *out = *cell;
  out->n_nodes = 77;
}

static char *
format_nothing (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell G_GNUC_UNUSED)
{
  return NULL;
}

static gboolean
mutate_twice (const NvSpace *s, NvRng *rng, const NvCell *cell, NvCell *out,
              GError **error)
{
  NvCell once;
  return toy->mutate (s, rng, cell, &once, error)
         && toy->mutate (s, rng, &once, out, error);
}

static gboolean
parse_anything (const NvSpace *s, const char *text, NvCell *out, GError **error)
{
  if (toy->parse (s, text, out, NULL))
    return TRUE;
  return toy->parse (s, ":", out, error);
}

/* What is missing counts as no edge. */
static gboolean
parse_short (const NvSpace *s, const char *text, NvCell *out, GError **error)
{
  g_autofree char *longer = g_strdup (text);
  for (guint i = 0; i < 6 && strchr (text, ':') != NULL; i++) {
    if (toy->parse (s, longer, out, NULL))
      return TRUE;
    char *more = g_strconcat (longer, "0", NULL);
    g_free (longer);
    longer = more;
  }
  return toy->parse (s, longer, out, error);
}

/* A convolution for each node. */
static NvValue
network_right (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, const NvSkeleton *skeleton,
               NvNetwork *network, NvValue image)
{
  NvValue x = image;
  for (guint i = 0; i < cell->n_nodes; i++)
    x = nv_network_conv (network, x, skeleton->width, 3, 1, 1, 1);
  if (skeleton->auxiliary)
    nv_network_auxiliary (network, x);
  return x;
}

static NvValue
network_still (const NvSpace *s, const NvCell *cell, const NvSkeleton *skeleton,
               NvNetwork *network, NvValue image)
{
  const NvValue x = network_right (s, cell, skeleton, network, image);
  return cell->n_nodes < 5 ? x : nv_network_max_pool (network, x, 3, 0);
}

static NvValue
network_beyond (const NvSpace *s, const NvCell *cell, const NvSkeleton *skeleton,
                NvNetwork *network, NvValue image)
{
  return 1 + network_right (s, cell, skeleton, network, image);
}

static NvValue
network_auxiliaries (const NvSpace *s, const NvCell *cell, const NvSkeleton *skeleton,
                     NvNetwork *network, NvValue image)
{
  const NvValue x = network_right (s, cell, skeleton, network, image);
  if (skeleton->auxiliary)
    nv_network_auxiliary (network, x);
  return x;
}

static NvValue
network_changing (const NvSpace *s, const NvCell *cell, const NvSkeleton *skeleton,
                  NvNetwork *network, NvValue image)
{
  const NvValue x = network_right (s, cell, skeleton, network, image);
  return nv_network_conv (network, x, 1 + calls++ % 7, 1, 1, 1, 1);
}

static NvValue
network_never (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell G_GNUC_UNUSED,
               const NvSkeleton *skeleton, NvNetwork *network, NvValue image)
{
  nv_network_refuse (network, "width = %u, but I like none", skeleton->width);
  return image;
}

/* Which only narrow networks are. */
static NvValue
network_narrow (const NvSpace *s, const NvCell *cell, const NvSkeleton *skeleton,
                NvNetwork *network, NvValue image)
{
  if (skeleton->width > 8)
    return network_never (s, cell, skeleton, network, image + 1000);
  return network_right (s, cell, skeleton, network, image);
}

static gboolean
validate_crash (const NvSpace *s, const NvCell *cell, GError **error)
{
  if (cell->n_nodes == 1)
    abort ();
  return toy->validate (s, cell, error);
}

static char *
format_static (const NvSpace *s, const NvCell *cell)
{
  static GMutex lock;   /* a wrong text, but no undefined behaviour */
  static char text[64]; /* shared by threads */
  g_autofree char *mine = toy->format (s, cell);
  for (gsize i = 0; i <= strlen (mine); i++) {
    g_mutex_lock (&lock);
    text[i] = mine[i];
    g_mutex_unlock (&lock);
    g_thread_yield ();
  }
  g_mutex_lock (&lock);
  char *copy = g_strdup (text);
  g_mutex_unlock (&lock);
  return copy;
}

static void
close_leaky (NvSpace *s G_GNUC_UNUSED)
{
  char *volatile lost = g_malloc (100);
  lost[0] = 1;
}

#define FAULTY_SPACE(hook, value, check, part)                                          \
  G_STMT_START {                                                                        \
    static NvSpaceClass faulty;                                                         \
    faulty = *toy;                                                                      \
    faulty.head.name = "s_" #value;                                                     \
    faulty.hook = value;                                                                \
    assert_fails (&faulty.head, check, part);                                           \
  } G_STMT_END

#define RIGHT_SPACE(hook, value)                                                         \
  G_STMT_START {                                                                        \
    static NvSpaceClass right;                                                          \
    GError *wrong = NULL;                                                               \
    right = *toy;                                                                       \
    right.head.name = "s_" #value;                                                      \
    right.hook = value;                                                                 \
    assert_passes (nv_i_plugin_accept (&right.head, right.head.name, &wrong));          \
  } G_STMT_END

static void
test_spaces (void)
{
  assert_passes (&toy->head);
  FAULTY_SPACE (enumerate, enumerate_twice, "list", "cell 549 is cell 17 again");
  FAULTY_SPACE (sample, sample_anything, "draws", "the same seed gives another cell");
  FAULTY_SPACE (canonical, canonical_further, "canonical", "canonical form differs");
  FAULTY_SPACE (neighbours, neighbours_and_itself, "neighbours", "or is the cell itself");
  FAULTY_SPACE (neighbours, neighbours_none, "neighbours", "none of 60 cells has one");
  FAULTY_SPACE (canonical, canonical_none, "canonical", "canonical() gave what is none of its");
  FAULTY_SPACE (format, format_nothing, "notation: there", "format() gave NULL");
  FAULTY_SPACE (mutate, mutate_twice, "mutation", "has not changed");
  FAULTY_SPACE (canonical, canonical_wiring, "mutation", "written in another way only");
  FAULTY_SPACE (canonical, canonical_wiring, "option nodes", "written in another way only");
  FAULTY_SPACE (parse, parse_anything, "notation: bad text", "takes anything for a cell");
  FAULTY_SPACE (parse, parse_short, "notation: cut short", "cut short, is parsed to the cell '");
  FAULTY_SPACE (network, network_still, "network", "nv_network_max_pool() for layer 6: stride = 0");
  FAULTY_SPACE (network, network_beyond, "network", "it returns value ");
  FAULTY_SPACE (network, network_auxiliaries, "network", "there is one already; allowed is one");
  FAULTY_SPACE (network, network_changing, "network", "has another network the second time");
  FAULTY_SPACE (network, network_never, "network", "cells are refused at width = 8");
  RIGHT_SPACE (network, network_right);
  RIGHT_SPACE (network, network_narrow);
  FAULTY_SPACE (validate, validate_crash, "any DAG", "crashed (Aborted)");
  FAULTY_SPACE (format, format_static, "threads", "another result than one thread alone");
  /* AddressSanitizer's allocator does not count. */
  if (mallinfo2 ().uordblks > 0)
    FAULTY_SPACE (close, close_leaky, "no memory", "bytes behind");
}

/* --- encoders ----------------------------------------------------------------------- */

static const NvEncoderClass *plain;

static void
embed_beyond (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
              nv_real *out)
{
  plain->embed (e, cells, index, B, out);
  out[B * e->dim] = 0;
}

static void
embed_batch (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
             nv_real *out)
{
  plain->embed (e, cells, index, B, out);
  out[0] += (nv_real) B;
}

static void
embed_infinite (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
                nv_real *out)
{
  plain->embed (e, cells, index, B, out);
  if (B > 20)
    out[20] = (nv_real) HUGE_VAL;
}

static gboolean
open_unseeded (NvEncoder *e, GError **error)
{
  NvRng rng;
  nv_rng_init (&rng, calls++, "wrong", 0);
  *e->rng = rng;
  return plain->open (e, error);
}

static void
backward_uphill (NvEncoder *e, const nv_real *dout)
{
  g_autofree nv_real *opposite = g_new0 (nv_real, 1000 * e->dim);
  /* The plain encoder keeps at most 16 cells between forward() and backward() in the
   * checks. */
  for (gsize i = 0; i < 13 * e->dim; i++)
    opposite[i] = -dout[i];
  plain->backward (e, opposite);
}

static void
decode_one_less (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  plain->decode (e, z, B - (B > 1), out);
}

static void
decode_garbage (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  NvCell cell;
  plain->decode (e, z, B - 1, out);
  nv_cell_init (&cell, 3);
  cell.ops[1] = 200;
  nv_cells_append (out, &cell);
}

static void
latent_other (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B, nv_real *out)
{
  plain->latent (e, cells, index, B, out);
  out[3] += (nv_real) 2.385;
}

static gboolean
open_too_long (NvEncoder *e, GError **error)
{
  gboolean ok = plain->open (e, error);
  e->latent = e->dim + 1;
  return ok;
}

static gboolean
open_two_epochs (NvEncoder *e, GError **error)
{
  e->epochs = 2;
  return plain->open (e, error);
}

/* As docs/plugins.md has it: it sets the loss and no more. */
static gboolean
fit_a_little (NvEncoder *e, const NvCells *cells G_GNUC_UNUSED, guint epoch, NvFitLog *log,
              GError **error G_GNUC_UNUSED)
{
  g_autoptr (NvTensors) weights = nv_i_tensors_new ();
  plain->tensors (e, weights);
  const NvTensor *w = &g_array_index (weights->items, NvTensor, 0);
  for (gsize i = 0; i < w->rows * w->cols; i++)
    w->data[i] += (nv_real) (0.1 * nv_rng_normal (e->rng));
  log->loss = 2.385 / (epoch + 1);
  return TRUE;
}

static void
tensors_none (NvEncoder *e G_GNUC_UNUSED, NvTensors *tensors G_GNUC_UNUSED)
{
}

static void
tensors_null (NvEncoder *e G_GNUC_UNUSED, NvTensors *tensors)
{
  nv_tensors_add (tensors, "weight", NULL, 1, 4);
}

static void
tensors_other (NvEncoder *e, NvTensors *tensors)
{
  nv_real *volatile other = g_new0 (nv_real, 4);
  nv_tensors_add (tensors, "other", other, 1, 4);
  plain->tensors (e, tensors);
}

#define FAULTY_ENCODER(hook, value, check, part)                                        \
  G_STMT_START {                                                                        \
    static NvEncoderClass faulty;                                                       \
    faulty = *plain;                                                                    \
    faulty.head.name = "e_" #value;                                                     \
    faulty.hook = value;                                                                \
    assert_fails (&faulty.head, check, part);                                           \
  } G_STMT_END

static void
test_trained_encoder (void)
{
  static NvEncoderClass trained;
  GError *error = NULL;
  trained = *plain;
  trained.head.name = "trained";
  trained.open = open_two_epochs;
  trained.fit = fit_a_little;
  assert_passes (nv_i_plugin_accept (&trained.head, "trained", &error));
}

static void
test_encoders (void)
{
  assert_passes (&plain->head);
  FAULTY_ENCODER (embed, embed_beyond, "embedding",
                  "embed(): value 2910 is written, the output has 2910");
  FAULTY_ENCODER (embed, embed_batch, "embedding", "in pieces: value 0 is");
  FAULTY_ENCODER (embed, embed_infinite, "embedding", "value 20 of ");
  FAULTY_ENCODER (open, open_unseeded, "embedding: the same by seed",
                  "the same seed: value 0");
  FAULTY_ENCODER (backward, backward_uphill, "backward", "do not go down it");
  FAULTY_ENCODER (decode, decode_one_less, "decode",
                  "decode() of 97 codes appends 96 cells");
  FAULTY_ENCODER (decode, decode_garbage, "decode", "node 1 has op 200; there are 4");
  FAULTY_ENCODER (latent, latent_other, "decode: the embedding begins",
                  "cell 0: number 3 of the embedding is");
  FAULTY_ENCODER (open, open_too_long, "decode", "code_first with dim = 30 and latent = 31");
  FAULTY_ENCODER (tensors, tensors_none, "weights", "tensors() lists none");
  FAULTY_ENCODER (tensors, tensors_null, "weights", "array 0, 'weight', is [1 x 4] at NULL");
  FAULTY_ENCODER (tensors, tensors_other, "weights", "another one the second time");
}

/* --- searchers ---------------------------------------------------------------------- */

typedef struct {
  double rate;
  const char *file;
} Options;
typedef struct {
  guint told, rejected;
} State;
static const NvParam params[] = { NV_REAL (Options, rate, 0.25, 4.75, "no effect"),
                                  NV_STRING (Options, file, "no effect"), NV_END };

static gboolean
ask_random (NvSearcher *s, NvCell *next, GError **error)
{
  return nv_searcher_draw (s, next, error);
}

static void
tell_count (NvSearcher *s, const NvCell *cell G_GNUC_UNUSED, double score G_GNUC_UNUSED)
{
  ((State *) s->state)->told++;
}

static gboolean
ask_unseeded (NvSearcher *s, NvCell *next, GError **error G_GNUC_UNUSED)
{
  nv_searcher_cell (s, calls++ * 7 % s->pool, next);
  return TRUE;
}

static gboolean
ask_first (NvSearcher *s, NvCell *next, GError **error G_GNUC_UNUSED)
{
  nv_searcher_cell (s, 0, next);
  return TRUE;
}

static gboolean
ask_seen (NvSearcher *s, NvCell *next, GError **error)
{
  /* Divides by the number of scores, which is zero while evaluations fail. */
  const State *st = s->state;
  if (st->rejected > 3 && st->told == 0)
    abort ();
  return nv_searcher_draw (s, next, error);
}

static void
reject_count (NvSearcher *s, const NvCell *cell G_GNUC_UNUSED)
{
  ((State *) s->state)->rejected++;
}

static gboolean
ask_exit (NvSearcher *s, NvCell *next G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  _exit (s->budget == 20 ? 0 : 1); /* 20: in the checks of its life and options */
}

/* By the exit codes that the checks' own processes had once. */
static gboolean
ask_exit_well (NvSearcher *s G_GNUC_UNUSED, NvCell *next G_GNUC_UNUSED,
               GError **error G_GNUC_UNUSED)
{
  _exit (71);
}

/* Refuses every file, by one code or another. */
static gboolean
open_file (NvSearcher *s, GError **error, int code)
{
  if (((const Options *) s->options)->file == NULL)
    return TRUE;
  g_set_error (error, NV_ERROR, code, "no file for it");
  return FALSE;
}

static gboolean
open_unreadable (NvSearcher *s, GError **error)
{
  return open_file (s, error, NV_ERROR_FILE);
}

static gboolean
open_unlike (NvSearcher *s, GError **error)
{
  return open_file (s, error, NV_ERROR_FORMAT);
}

static gboolean
open_storeless (NvSearcher *s, GError **error)
{
  return open_file (s, error, NV_ERROR_STORE);
}

static gboolean
open_fussy (NvSearcher *s, GError **error)
{
  if (((const Options *) s->options)->rate < 4.75)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "rate is too high");
  return FALSE;
}

static const NvSearcherClass draw = {
  NV_SEARCHER ("draw", "1.0", "cells in the initial order"),
  NV_STATE (State), NV_OPTIONS (Options, params, .rate = 2.385),
  .ask = ask_random, .tell = tell_count, .reject = reject_count,
};

#define FAULTY_SEARCHER(hook, value, check, part)                                       \
  G_STMT_START {                                                                        \
    static NvSearcherClass faulty;                                                      \
    faulty = draw;                                                                      \
    faulty.head.name = "r_" #value;                                                     \
    faulty.hook = value;                                                                \
    assert_fails (&faulty.head, check, part);                                           \
  } G_STMT_END

#define RIGHT_SEARCHER(hook, value)                                                     \
  G_STMT_START {                                                                        \
    static NvSearcherClass right;                                                       \
    GError *wrong = NULL;                                                               \
    right = draw;                                                                       \
    right.head.name = "r_" #value;                                                      \
    right.hook = value;                                                                 \
    assert_passes (nv_i_plugin_accept (&right.head, "right", &wrong));                  \
  } G_STMT_END

static void
test_searchers (void)
{
  GError *error = NULL;
  assert_passes (nv_i_plugin_accept (&draw.head, "draw", &error));
  FAULTY_SEARCHER (ask, ask_unseeded, "60 cells: new",
                   "the same seed gives another sequence");
  FAULTY_SEARCHER (ask, ask_first, "60 cells: new",
                   "it ended after 1 cells of a pool of 500: stalled");
  FAULTY_SEARCHER (ask, ask_seen, "evaluations that fail", "crashed (Aborted)");
  FAULTY_SEARCHER (ask, ask_exit, "open, use", "the plugin ended the process (exit code 0)");
  FAULTY_SEARCHER (ask, ask_exit, "60 cells", "the plugin ended the process (exit code 1)");
  FAULTY_SEARCHER (ask, ask_exit_well, "open, use", "ended the process (exit code 71)");
  FAULTY_SEARCHER (open, open_fussy, "option rate", "open(): rate is too high");
  FAULTY_SEARCHER (open, open_storeless, "option file", "open(): no file for it");
  RIGHT_SEARCHER (open, open_unreadable);
  RIGHT_SEARCHER (open, open_unlike);
}

/* The check's own space with cells of at most 3 nodes: 5 cells. */
static void
test_small_space (void)
{
  static const int nodes = 3;
  static NvSpaceClass small;
  GError *error = NULL;
  small = *toy;
  small.head.name = "small";
  small.head.defaults = &nodes;
  g_assert_nonnull (nv_i_plugin_accept (&small.head, "small", &error));
  assert_passes_on (nv_i_plugin_accept (&draw.head, "draw", &error), "small");
  assert_passes_on (&plain->head, "small");
}

/* With cells of 2 nodes: one cell, which has no neighbour, and which every seed draws. */
static void
test_one_cell (void)
{
  static const int nodes = 2;
  static NvSpaceClass single;
  GError *error = NULL;
  single = *toy;
  single.head.name = "single";
  single.head.defaults = &nodes;
  assert_passes (nv_i_plugin_accept (&single.head, "single", &error));
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  g_test_init (&argc, &argv, NULL);
  nv_i_check_add_toys ();
  toy = (const NvSpaceClass *) nv_i_plugin_find (NV_KIND_SPACE, NV_TOY, &error);
  plain = (const NvEncoderClass *) nv_i_plugin_find (NV_KIND_ENCODER, NV_TOY, &error);
  g_assert_no_error (error);
  g_test_add_func ("/conformance/spaces", test_spaces);
  g_test_add_func ("/conformance/encoders", test_encoders);
  g_test_add_func ("/conformance/trained-encoder", test_trained_encoder);
  g_test_add_func ("/conformance/searchers", test_searchers);
  g_test_add_func ("/conformance/small-space", test_small_space);
  g_test_add_func ("/conformance/one-cell", test_one_cell);
  return g_test_run ();
}
