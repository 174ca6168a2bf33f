/* Measures on a sample of cells, held against encoders and scores of known answer. */
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "digits.h"
#include "measure/measure.h"
#include "open_space.h"
#include "stats/stats.h"

static NvSpace *space;

static NvEncoder *
open_onehot (guint threads)
{
  g_autoptr (GError) error = NULL;
  GVariant *plain = g_variant_new_parsed ("{'pooling': <'concat'>}");
  NvEncoder *encoder = nv_i_encoder_new ("onehot", plain, space, 1, 0, threads, &error);
  g_assert_no_error (error);
  return encoder;
}

/* NAS-Bench-201: the types of the six inner nodes as numbers; a fifth of the cells fails. The test
 * score is the negative of the observed one. */
static gboolean
score (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, guint32 seed G_GNUC_UNUSED,
       NvOutcome *out, gpointer data G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  out->score = 0.5;
  for (guint i = 1; i <= CODE; i++)
    out->score += 0.01 * i * (cell->ops[i] == 3);
  out->test = -out->score;
  out->failed = cell->ops[1] == 5 && cell->ops[2] != 5;
  if (out->failed)
    out->score = out->test = NAN;
  return TRUE;
}

/* --- edits ---------------------------------------------------------------------------- */

/* `cell` with its inner nodes renumbered; edges may then lead back, so the matrix is full. */
static guint
renumbered_edits (const NvCell *a, const NvCell *b, const guint *place)
{
  guint n = a->n_nodes, edits = 0;
  for (guint i = 0; i < n; i++) {
    edits += a->ops[i] != b->ops[place[i]];
    for (guint j = 0; j < n; j++)
      edits += nv_cell_has_edge (a, i, j) != nv_cell_has_edge (b, place[i], place[j]);
  }
  return edits;
}

static guint
least_edits (const NvCell *a, const NvCell *b, guint *place, guint at)
{
  if (at + 1 >= MIN (a->n_nodes, 7))
    return renumbered_edits (a, b, place);
  guint least = G_MAXUINT;
  for (guint i = at; i < a->n_nodes - 1; i++) {
    guint first = place[at], other = place[i];
    place[at] = other, place[i] = first;
    least = MIN (least, least_edits (a, b, place, at + 1));
    place[at] = first, place[i] = other;
  }
  return least;
}

static void
test_edits (void)
{
  NvRng rng;
  nv_rng_init (&rng, 5, "edits", 0);
  for (guint k = 0; k < 60; k++) {
    NvCell cells[2];
    guint n = 2 + k % 6, place[NV_CELL_MAX] = { 0, 1, 2, 3, 4, 5, 6 };
    for (guint c = 0; c < 2; c++) {
      nv_cell_init (&cells[c], n);
      for (guint i = 0; i < n; i++) {
        cells[c].ops[i] = (guint8) nv_rng_below (&rng, 3);
        for (guint j = i + 1; j < n; j++)
          if (nv_rng_below (&rng, 2))
            nv_cell_add_edge (&cells[c], i, j);
      }
    }
    g_assert_cmpuint (nv_i_cell_edits (&cells[0], &cells[1]), ==,
                      least_edits (&cells[0], &cells[1], place, 1));
    g_assert_cmpuint (nv_i_cell_edits (&cells[0], &cells[0]), ==, 0);
  }
}

/* A chain of four against one of three: a node, and three edges become two. */
static void
test_edits_sizes (void)
{
  NvCell a, b;
  nv_cell_init (&a, 4);
  nv_cell_init (&b, 3);
  for (guint i = 0; i < 3; i++)
    nv_cell_add_edge (&a, i, i + 1);
  nv_cell_add_edge (&b, 0, 1);
  nv_cell_add_edge (&b, 1, 2);
  g_assert_cmpuint (nv_i_cell_edits (&a, &b), ==, 4);
  g_assert_cmpuint (nv_i_cell_edits (&b, &a), ==, 4);
  nv_cell_init (&a, 9); /* node by node */
  nv_cell_init (&b, 9);
  a.ops[3] = 2;
  b.ops[4] = 2;
  g_assert_cmpuint (nv_i_cell_edits (&a, &b), ==, 2);
}

/* --- the sample ----------------------------------------------------------------------- */

static void
test_sample (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvEncoder) encoder = open_onehot (1);
  g_autoptr (NvSample) all = nv_i_sample_new (encoder, NULL, 20000, 3, &error);
  g_autoptr (NvSample) some = nv_i_sample_new (encoder, NULL, 999, 3, &error);
  g_autoptr (NvSample) same = nv_i_sample_new (encoder, NULL, 999, 3, &error);
  g_autoptr (NvSample) other = nv_i_sample_new (encoder, NULL, 999, 4, &error);
  g_assert_no_error (error);
  g_assert_true (all->n == 15625 && all->of == 15625 && all->observed == NULL);
  g_assert_true (some->n == 999 && some->of == 15625);
  g_assert_cmpint (memcmp (some->cells->ops, same->cells->ops, 999 * 8), ==, 0);
  g_assert_cmpint (memcmp (some->cells->ops, other->cells->ops, 999 * 8), !=, 0);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  for (gsize i = 0; i < some->n; i++) {
    NvCell cell;
    nv_real x[84];
    nv_cells_get (some->cells, i, &cell);
    g_assert_true (nv_cell_index_add (index, &cell, i, NULL));
    guint32 at = (guint32) i;
    encoder->klass->embed (encoder, some->cells, &at, 1, x);
    g_assert_cmpint (memcmp (x, some->x + i * 84, sizeof x), ==, 0);
  }
}

/* A space that cannot be listed. */
static void
test_sample_drawn (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvSpace) darts = nv_i_space_new ("darts", NULL, &error);
  g_autoptr (NvEncoder) encoder = nv_i_encoder_new ("onehot", NULL, darts, 1, 0, 1, &error);
  g_autoptr (NvSample) sample = nv_i_sample_new (encoder, NULL, 77, 3, &error);
  g_assert_no_error (error);
  g_assert_true (sample->n == 77 && sample->of == 0);
}

/* --- prediction ----------------------------------------------------------------------- */

/* The observed score is linear in the one-hot code, and the test score its negative. */
static void
test_prediction (void)
{
  const guint labels[] = { 60, 150 };
  GError *error = NULL;
  NvPredictive out[2], again[2];
  g_autoptr (NvBenchmark) bench = nv_i_benchmark_function (space, "known", score, NULL, NULL);
  for (guint threads = 1; threads <= 2; threads++) {
    g_autoptr (NvEncoder) encoder = open_onehot (threads);
    g_autoptr (NvSample) s = nv_i_sample_new (encoder, bench, 1200, 3, &error);
    g_assert_no_error (error);
    g_assert_true (s->has_test);
    gsize known = 0;
    for (gsize i = 0; i < s->n; i++)
      known += isfinite (s->observed[i]);
    g_assert_cmpuint (known, <, s->n);
    g_assert_true (nv_i_measure_prediction (s, labels, 2, 10, 7, threads == 1 ? out : again,
                                            &error));
    g_assert_no_error (error);
    g_assert_cmpuint (out[1].labels + out[1].tested, ==, known);
    const guint many = (guint) known / 2 + 1;
    NvPredictive untouched = { .labels = 7 };
    g_assert_false (nv_i_measure_prediction (s, &many, 1, 10, 7, &untouched, &error));
    CHECK_ERROR (error, NV_ERROR_OPTION, "half of them");
    error = NULL;
    g_assert_cmpuint (untouched.labels, ==, 7);
  }
  g_assert_cmpint (memcmp (out, again, sizeof out), ==, 0);
  for (guint m = NV_MODEL_GP; m <= NV_MODEL_RIDGE; m++) {
    g_assert_cmpfloat (out[1].mean[m][NV_AGREE_SPEARMAN], <, -0.97);
    g_assert_cmpfloat (out[1].mean[m][NV_AGREE_KENDALL], <, -0.9);
    g_assert_cmpfloat (out[1].mean[m][NV_AGREE_PEARSON], <, -0.97);
    g_assert_cmpfloat (out[1].mean[m][NV_AGREE_RMSE], <, 0.006);
    g_assert_cmpfloat (out[1].mean[m][NV_AGREE_TOP5], <, 0.01);
    g_assert_cmpfloat (out[1].sd[m][NV_AGREE_RMSE], >, 0);
  }
  g_assert_cmpfloat (out[1].mean[NV_MODEL_KNN][NV_AGREE_KENDALL], <,
                     out[0].mean[NV_MODEL_KNN][NV_AGREE_KENDALL]);
}

/* One dimension is the score, all others are noise of a hundredth of its spread: they would drown
 * it if each were taken in its own unit. */
static void
test_prediction_unit (void)
{
  const guint labels = 150;
  GError *error = NULL;
  NvPredictive out;
  NvRng rng;
  g_autoptr (NvBenchmark) bench = nv_i_benchmark_function (space, "known", score, NULL, NULL);
  g_autoptr (NvEncoder) encoder = open_onehot (1);
  g_autoptr (NvSample) s = nv_i_sample_new (encoder, bench, 1200, 3, &error);
  g_assert_no_error (error);
  nv_rng_init (&rng, 2385, "unit", 0);
  for (gsize i = 0; i < s->n * s->D; i++)
    s->x[i] = i % s->D == 7 ? (nv_real) (30 * s->observed[i / s->D])
                            : (nv_real) (0.01 * nv_rng_normal (&rng));
  g_assert_true (nv_i_measure_prediction (s, &labels, 1, 10, 7, &out, &error));
  g_assert_no_error (error);
  for (guint m = 0; m < NV_MODELS; m++)
    g_assert_cmpfloat (out.mean[m][NV_AGREE_SPEARMAN], <, -0.97);
}

/* --- smoothness ----------------------------------------------------------------------- */

/* A distance of the one-hot code is the square root of twice the edits. A step changes one of six
 * types to one of the four others: a sum over the nodes keeps 1 - 5/24 of its deviation. */
static void
test_walks (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvBenchmark) bench = nv_i_benchmark_function (space, "known", score, NULL, NULL);
  g_autoptr (NvEncoder) encoder = open_onehot (2);
  g_autoptr (NvSample) s = nv_i_sample_new (encoder, bench, 1500, 3, &error);
  NvSmoothness out, again, without;
  g_assert_true (nv_i_measure_walks (s, bench, 60, 40, 5, &out, &error));
  g_assert_true (nv_i_measure_walks (s, bench, 60, 40, 5, &again, &error));
  g_assert_true (nv_i_measure_walks (s, NULL, 3, 2, 5, &without, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (out.pairs, ==, 60 * (40 * 10 - 45));
  g_assert_cmpuint (without.pairs, ==, 3 * 3);
  g_assert_true (out.spearman == again.spearman && out.low == again.low);
  g_assert_cmpfloat (out.spearman, >, 0.999);
  g_assert_cmpfloat (out.low, >, 0.999);
  g_assert_true (isnan (without.space[0]) && isnan (without.embedding[0]));
  for (guint lag = 1; lag <= 3; lag++)
    g_assert_cmpfloat_with_epsilon (out.space[lag - 1], pow (1 - 5.0 / 24, lag), 0.1);
  g_assert_cmpfloat (out.embedding[0], >, 0.2);
}

/* All 24 neighbours are nearer than anything else; also those that the sample does not have. */
static void
test_neighbours (void)
{
  const gsize limits[] = { 20000, 301 };
  for (guint k = 0; k < 2; k++) {
    g_autoptr (NvEncoder) encoder = open_onehot (2);
    g_autoptr (NvSample) s = nv_i_sample_new (encoder, NULL, limits[k], 3, NULL);
    NvSmoothness out;
    nv_i_measure_neighbours (s, 40, 5, &out);
    g_assert_cmpuint (out.cells, ==, 40);
    g_assert_cmpfloat_with_epsilon (out.neighbours, 1, 1e-12);
    g_assert_cmpfloat_with_epsilon (out.chance, k == 0 ? 24.0 / 15624 : 24.0 / 323, 1e-3);
  }
}

/* Against resamples that are written out. */
static void
test_bootstrap (void)
{
  enum { GROUPS = 7, EACH = 9, B = 200 };
  double x[GROUPS * EACH], y[GROUPS * EACH], value[B], low, high;
  guint32 group[GROUPS * EACH];
  NvRng rng;
  nv_rng_init (&rng, 8, "data", 0);
  for (guint i = 0; i < GROUPS * EACH; i++) {
    group[i] = i % GROUPS;
    x[i] = nv_rng_below (&rng, 7);
    y[i] = x[i] * (group[i] % 3) + nv_rng_below (&rng, 5);
  }
  nv_rng_init (&rng, 8, "resample", 0);
  for (guint b = 0; b < B; b++) {
    double rx[GROUPS * EACH], ry[GROUPS * EACH];
    gsize n = 0;
    for (guint g = 0; g < GROUPS; g++) {
      guint32 chosen = nv_rng_below (&rng, GROUPS);
      for (guint i = chosen; i < GROUPS * EACH; i += GROUPS) {
        rx[n] = x[i];
        ry[n++] = y[i];
      }
    }
    value[b] = nv_i_spearman (rx, ry, n);
  }
  nv_rng_init (&rng, 8, "resample", 0);
  nv_i_bootstrap_spearman (x, y, group, GROUPS * EACH, GROUPS, B, 0.9, &rng, &low, &high);
  g_assert_cmpfloat_with_epsilon (low, nv_i_quantile (value, B, 0.05), 1e-9);
  g_assert_cmpfloat_with_epsilon (high, nv_i_quantile (value, B, 0.95), 1e-9);
  g_assert_cmpfloat (low, <, high);
}

/* --- coverage and interpolation ------------------------------------------------------- */

/* The embedding: the type of node 1, and half of that of node 2. */
static void
digits_embed (NvEncoder *e G_GNUC_UNUSED, const NvCells *cells, const guint32 *index, gsize B,
              nv_real *out)
{
  for (gsize b = 0; b < B; b++) {
    const guint8 *op = cells->ops + (index != NULL ? index[b] : b) * 8;
    out[2 * b] = op[1];
    out[2 * b + 1] = (nv_real) 0.5 * op[2];
  }
}

static void
digits_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  const NvCell *pattern = e->state;
  for (gsize b = 0; b < B; b++) {
    NvCell cell = *pattern;
    for (gsize i = 0; i < CODE; i++)
      cell.ops[1 + i] = (guint8) CLAMP (round ((double) z[b * CODE + i]), 0, 6);
    nv_cells_append (out, &cell);
  }
}

static NvEncoderClass digits = {
  NV_ENCODER ("digits", "1.0", "types as numbers"),
  .embed = digits_embed, .latent = digits_latent, .decode = digits_decode,
};

static void
open_digits (NvEncoder *encoder, NvCell *pattern)
{
  g_autoptr (NvCells) all = nv_space_enumerate (space, NULL);
  nv_cells_get (all, 0, pattern);
  *encoder = (NvEncoder){ .klass = &digits, .space = space, .state = pattern, .dim = 2,
                          .latent = CODE };
}

/* 25 places, seen in 39 x 39 bins. A point of a bin without a cell moves its nearest cell's types
 * 1 and 2 to the point, and rounding takes them to the nearest place. */
static void
test_decoded (void)
{
  NvEncoder encoder;
  NvCell pattern;
  NvCoverage out;
  open_digits (&encoder, &pattern);
  g_autoptr (NvSample) s = nv_i_sample_new (&encoder, NULL, 20000, 3, NULL);
  g_assert_true (nv_i_measure_coverage (s, 300, 5, &out, NULL));
  g_assert_cmpfloat_with_epsilon (out.explained, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (out.dimensions, 25.0 / 17, 1e-6);
  g_assert_cmpuint (out.grid[1].side, ==, 39);
  g_assert_cmpfloat_with_epsilon (out.grid[1].empty, 1 - 25.0 / 1521, 1e-9);
  g_assert_cmpfloat (out.grid[1].holes, >, 0.85);
  for (guint place = 0; place < NV_PLACES; place++) {
    const NvDecoded *d = &out.decoded[place];
    if (d->points == 0)
      continue;
    g_assert_cmpuint (d->points, ==, 300);
    g_assert_cmpfloat (d->valid, ==, 1);
    g_assert_cmpfloat (d->distinct, >, 0);
    if (place == NV_PLACE_OCCUPIED)
      g_assert_cmpfloat (d->moved, <, 1.5);
    if (place == NV_PLACE_HOLE) { /* bins are 4/39 wide, places 39/4 bins apart */
      g_assert_cmpfloat (d->moved, >, 2);
      g_assert_cmpfloat (d->moved, <, 39.0 / 8 * sqrt (2));
    }
  }
  g_assert_true (isnan (out.decoded[NV_PLACE_BOX].moved));
  g_assert_cmpfloat (out.decoded[NV_PLACE_BOX].distinct, >,
                     out.decoded[NV_PLACE_HOLE].distinct);
}

/* Points of a ring and of a full square, as embeddings of any cells. */
static void
test_blank (void)
{
  NvEncoder encoder;
  NvEncoderClass mute = digits;
  NvCell pattern;
  NvCoverage out;
  open_digits (&encoder, &pattern);
  mute.decode = NULL;
  encoder.klass = &mute;
  g_autoptr (NvSample) s = nv_i_sample_new (&encoder, NULL, 4000, 3, NULL);
  for (gsize i = 0; i < s->n; i++) {
    double angle = 2 * G_PI * (double) i / 4000;
    s->x[2 * i] = (nv_real) (3 * cos (angle));
    s->x[2 * i + 1] = (nv_real) (2 * sin (angle));
  }
  g_assert_true (nv_i_measure_coverage (s, 300, 5, &out, NULL));
  g_assert_cmpuint (out.grid[1].side, ==, 20);
  g_assert_cmpfloat_with_epsilon (out.grid[1].empty, 1 - 76.0 / 400, 0.03);
  g_assert_cmpfloat_with_epsilon (out.grid[1].empty - out.grid[1].holes, 1 - G_PI / 4, 0.09);
  g_assert_cmpfloat (out.grid[1].normal, <, 0.3);
  g_assert_cmpuint (out.decoded[NV_PLACE_HOLE].points, ==, 0);
  g_assert_true (isnan (out.decoded[NV_PLACE_HOLE].valid));
  for (gsize i = 0; i < s->n; i++) {
    s->x[2 * i] = (nv_real) (i % 63) * 2;
    s->x[2 * i + 1] = (nv_real) (i / 63);
  }
  g_assert_true (nv_i_measure_coverage (s, 0, 5, &out, NULL));
  g_assert_cmpfloat (out.grid[1].empty, ==, 0);
  g_assert_cmpfloat_with_epsilon (out.grid[0].uniform, exp (-1), 0.01);
  memset (s->x, 0, s->n * 2 * sizeof *s->x); /* all in one place */
  g_assert_true (nv_i_measure_coverage (s, 0, 5, &out, NULL));
  g_assert_cmpfloat_with_epsilon (out.grid[1].empty, 1 - 1.0 / 400, 1e-9);
  g_assert_true (isnan (out.explained));
}

/* From 1 to 5 at node 1 in 5 steps of one. */
static void
test_interpolation (void)
{
  NvEncoder encoder;
  NvCell pattern;
  NvInterpolation out, untouched = { .pairs = 7 };
  GError *error = NULL;
  open_digits (&encoder, &pattern);
  g_autoptr (NvCells) two = nv_cells_new (8);
  for (guint8 op = 1; op <= 5; op += 4) {
    NvCell cell = pattern;
    cell.ops[1] = op;
    nv_cells_append (two, &cell);
  }
  NvSample s = { .encoder = &encoder, .cells = two, .n = 2, .D = 2 };
  g_assert_true (nv_i_measure_interpolation (&s, 9, 5, 3, &out, &error));
  g_assert_no_error (error);
  g_assert_true (out.pairs == 9 && out.steps == 5);
  g_assert_true (out.valid == 1 && out.distinct == 5 && out.jump == 1 && out.edits == 1);
  two->ops[2] = 3; /* the first: a second node differs, changing half way */
  two->ops[8 + 2] = 5;
  g_assert_true (nv_i_measure_interpolation (&s, 9, 3, 3, &out, &error));
  g_assert_true (out.distinct == 3 && out.jump == 2 && out.edits == 2);
  NvEncoderClass mute = digits;
  mute.decode = NULL;
  encoder.klass = &mute;
  g_assert_false (nv_i_measure_interpolation (&s, 9, 3, 3, &untouched, &error));
  CHECK_ERROR (error, NV_ERROR_UNSUPPORTED, "encoder digits cannot decode; interpolation");
  g_assert_cmpuint (untouched.pairs, ==, 7);
}

/* A cell that no space can have, for the last code. */
static void
wild_decode (NvEncoder *e, const nv_real *z, gsize B, NvCells *out)
{
  digits_decode (e, z, B, out);
  out->rows[(out->count - 1) * 8 + 7] = 1;
}

static void
test_broken (void)
{
  NvEncoder encoder;
  NvCell pattern;
  NvCoverage coverage;
  NvInterpolation out = { .pairs = 7 };
  GError *error = NULL;
  open_digits (&encoder, &pattern);
  NvEncoderClass wild = digits;
  wild.decode = wild_decode;
  encoder.klass = &wild;
  g_autoptr (NvSample) s = nv_i_sample_new (&encoder, NULL, 500, 3, NULL);
  g_assert_false (nv_i_measure_coverage (s, 300, 5, &coverage, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "encoder digits: decode() appended a cell that space "
                                       "nasbench201 cannot have: row 7");
  g_assert_false (nv_i_measure_interpolation (s, 9, 5, 3, &out, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "row 7 of a cell of 8 nodes");
  g_assert_cmpuint (out.pairs, ==, 7);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  space = open_space ("nasbench201", NULL);
  g_test_add_func ("/measure/edits", test_edits);
  g_test_add_func ("/measure/edits/sizes", test_edits_sizes);
  g_test_add_func ("/measure/sample", test_sample);
  g_test_add_func ("/measure/sample/drawn", test_sample_drawn);
  g_test_add_func ("/measure/prediction", test_prediction);
  g_test_add_func ("/measure/prediction-unit", test_prediction_unit);
  g_test_add_func ("/measure/walks", test_walks);
  g_test_add_func ("/measure/neighbours", test_neighbours);
  g_test_add_func ("/measure/bootstrap", test_bootstrap);
  g_test_add_func ("/measure/decoded", test_decoded);
  g_test_add_func ("/measure/blank", test_blank);
  g_test_add_func ("/measure/interpolation", test_interpolation);
  g_test_add_func ("/measure/broken", test_broken);
  int failed = g_test_run ();
  nv_i_space_unref (space);
  return failed;
}
