/* The encoders vgae, supervised and onehot on NAS-Bench-201. */
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "measure/measure.h"

static NvSpace *space;
static NvCells *all, *some; /* all cells, and every 31st: 505 */

static NvEncoder *
encoder (const char *name, const char *options, guint64 seed, guint threads)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) values = g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL,
                                                 &error);
  g_assert_no_error (error);
  NvEncoder *e = nv_i_encoder_new (name, values, space, seed, 0, threads, &error);
  g_assert_no_error (error);
  return e;
}

static void
fit (NvEncoder *e, const NvCells *cells)
{
  g_autoptr (GError) error = NULL;
  nv_i_encoder_fit (e, cells, NULL, NULL, &error);
  g_assert_no_error (error);
}

static nv_real *
embedding (NvEncoder *e, const NvCells *cells)
{
  nv_real *out = g_new (nv_real, cells->count * e->dim);
  nv_i_encoder_embed (e, cells, 0, cells->count, out);
  return out;
}

static gboolean
same (const nv_real *a, const nv_real *b, gsize n)
{
  return memcmp (a, b, n * sizeof *a) == 0;
}

static const nv_real *
tensor (NvEncoder *e, const char *name)
{
  g_autoptr (NvTensors) tensors = nv_i_tensors_new ();
  e->klass->tensors (e, tensors);
  for (guint i = 0; i < tensors->items->len; i++) {
    NvTensor *t = &g_array_index (tensors->items, NvTensor, i);
    if (strcmp (t->name, name) == 0)
      return t->data;
  }
  g_error ("no tensor %s", name);
}

#define SMALL                                                                                \
  "'layers': <int64 2>, 'hidden': <int64 24>, 'dim': <int64 5>, 'epochs': <int64 3>,"         \
  " 'pooling': <'mean'>"

/* --- onehot ------------------------------------------------------------------------- */

static void
onehot (void)
{
  g_autoptr (NvEncoder) e = encoder ("onehot", "{}", 1, 1);
  g_assert_cmpuint (e->dim, ==, 8 * 7 + 28 + 7);
  g_assert_true (e->klass->fit == NULL && !nv_i_encoder_can_join (e)
                 && !nv_i_encoder_can_decode (e));
  nv_real out[3 * 91];
  const guint32 index[] = { 0, 4711, 15624 };
  e->klass->embed (e, all, index, 3, out);
  for (int b = 0; b < 3; b++) {
    NvCell cell;
    nv_cells_get (all, index[b], &cell);
    const nv_real *types = out + b * 91, *edges = types + 56, *sum = types + 84;
    nv_real count[7] = { 0 };
    for (guint i = 0; i < 8; i++)
      for (guint k = 0; k < 7; k++)
        g_assert_cmpfloat (types[i * 7 + k], ==, cell.ops[i] == k);
    for (guint i = 0; i < 8; i++)
      for (guint j = i + 1; j < 8; j++)
        g_assert_cmpfloat (*edges++, ==, nv_cell_has_edge (&cell, i, j));
    for (guint i = 0; i < 8; i++)
      count[cell.ops[i]]++;
    g_assert_cmpmem (sum, sizeof count, count, sizeof count);
  }
}

/* A smaller cell in a wider list: nothing where nothing is. */
static void
onehot_small_cell (void)
{
  g_autoptr (NvEncoder) e = encoder ("onehot", "{'pooling': <'concat'>}", 1, 1);
  g_autoptr (NvCells) cells = nv_cells_new (8);
  NvCell cell;
  nv_cell_init (&cell, 2);
  cell.ops[1] = 6;
  nv_cell_add_edge (&cell, 0, 1);
  nv_cells_append (cells, &cell);
  nv_real out[84], sum = 0;
  e->klass->embed (e, cells, NULL, 1, out);
  for (int i = 0; i < 84; i++)
    sum += out[i];
  g_assert_true (out[0] == 1 && out[7 + 6] == 1 && out[56] == 1 && sum == 3);
}

/* --- vgae --------------------------------------------------------------------------- */

static gboolean
keep_losses (guint epoch, guint epochs G_GNUC_UNUSED, const NvFitLog *log, gpointer data)
{
  ((double *) data)[epoch] = log->loss;
  return TRUE;
}

static void
learns (void)
{
  double losses[3];
  g_autoptr (GError) error = NULL;
  g_autoptr (NvEncoder) e = encoder ("vgae", "{" SMALL "}", 1, 1);
  g_assert_cmpuint (e->dim, ==, 5);
  g_assert_cmpuint (e->latent, ==, 40);
  g_assert_cmpuint (e->epochs, ==, 3);
  g_assert_true (nv_i_encoder_fit (e, some, keep_losses, losses, &error));
  g_assert_no_error (error);
  g_assert_true (losses[0] > losses[1] && losses[1] > losses[2] && losses[2] > 0);
  g_autofree nv_real *out = embedding (e, some);
  double spread = 0;
  for (gsize i = 0; i < some->count * 5; i++)
    spread = fmax (spread, fabs ((double) (out[i] - out[i % 5])));
  g_assert_cmpfloat (spread, >, 1e-3);
}

/* The same seed gives the same bits on any number of threads; another seed does not. */
static void
deterministic (void)
{
  nv_real *out[3];
  for (guint i = 0; i < 3; i++) {
    g_autoptr (NvEncoder) e = encoder ("vgae", "{" SMALL "}", 1 + i / 2, 1 + i % 2);
    fit (e, some);
    out[i] = embedding (e, all);
  }
  g_assert_true (same (out[0], out[1], all->count * 5));
  g_assert_false (same (out[0], out[2], all->count * 5));
  for (guint i = 0; i < 3; i++)
    g_free (out[i]);
}

/* An embedding is the mean of the codes, or the codes themselves; whatever the batch. */
static void
pooling (void)
{
  g_autoptr (NvEncoder) mean = encoder ("vgae", "{" SMALL "}", 1, 1);
  g_autoptr (NvEncoder) concat = encoder ("vgae", "{" SMALL ", 'pooling': <'concat'>}", 1, 1);
  g_autoptr (NvEncoder) both = encoder ("vgae", "{" SMALL ", 'pooling': <'both'>}", 1, 1);
  g_assert_cmpuint (concat->dim, ==, 40);
  g_assert_cmpuint (both->dim, ==, 45);
  fit (mean, some);
  fit (concat, some);
  fit (both, some);
  g_autofree nv_real *codes = embedding (concat, some), *means = embedding (mean, some);
  g_autofree nv_real *joined = embedding (both, some);
  nv_real code[40], alone[40];
  const guint32 index[] = { 311 };
  mean->klass->latent (mean, some, index, 1, code);
  concat->klass->embed (concat, some, index, 1, alone);
  for (int d = 0; d < 40; d++) {
    g_assert_cmpfloat_with_epsilon (code[d], codes[311 * 40 + d], 1e-6);
    g_assert_cmpfloat_with_epsilon (alone[d], codes[311 * 40 + d], 1e-6);
    g_assert_cmpfloat (joined[311 * 45 + d], ==, codes[311 * 40 + d]);
  }
  for (int d = 0; d < 5; d++) {
    double sum = 0;
    for (int i = 0; i < 8; i++)
      sum += (double) code[i * 5 + d] / 8;
    g_assert_cmpfloat_with_epsilon ((double) means[311 * 5 + d], sum, 1e-6);
    g_assert_cmpfloat_with_epsilon ((double) joined[311 * 45 + 40 + d], 8 * sum, 1e-5);
  }
}

/* Two dozen cells are learnt by heart, and read again from their codes. */
static void
decodes (void)
{
  g_autoptr (NvEncoder) e = encoder ("vgae", "{'layers': <int64 2>, 'hidden': <int64 32>,"
                                     " 'epochs': <int64 300>, 'batch': <int64 8>,"
                                     " 'lr': <0.003>, 'dropout': <0.0>,"
                                     " 'variational': <false>}", 1, 1);
  g_autoptr (NvCells) few = nv_cells_new (8);
  for (gsize i = 0; i < 24; i++) {
    NvCell cell;
    nv_cells_get (all, i * 601, &cell);
    nv_cells_append (few, &cell);
  }
  fit (e, few);
  NvReconstruction r;
  g_assert_true (nv_i_measure_reconstruction (e, few, &r, NULL));
  g_assert_cmpfloat (r.edge, >, 0.99);
  g_assert_cmpfloat (r.cell, >, 0.9);
}

/* After freeze_after epochs the running statistics stay. */
static void
freeze (void)
{
  nv_real mean[2][24];
  const char *const options[] = { "{" SMALL ", 'decay': <false>, 'freeze_after': <int64 1>}",
                                  "{" SMALL ", 'decay': <false>, 'freeze_after': <int64 1>,"
                                  " 'epochs': <int64 1>}" };
  for (int i = 0; i < 2; i++) {
    g_autoptr (NvEncoder) e = encoder ("vgae", options[i], 1, 1);
    fit (e, some);
    memcpy (mean[i], tensor (e, "layer1.running_mean2"), sizeof mean[i]);
  }
  g_assert_true (same (mean[0], mean[1], 24));
  g_assert_cmpfloat (fabsf (mean[0][7]), >, 0);
}

/* The option changes what is learnt. */
/* With a rate that falls to 0 the last epochs move the weights less than the first. */
static void
decay (void)
{
  double moved[2];
  for (int i = 0; i < 2; i++) {
    NvFitLog log;
    nv_real *out[3];
    g_autoptr (NvEncoder) e
        = encoder ("vgae", i == 0 ? "{" SMALL ", 'decay': <false>}" : "{" SMALL "}", 1, 1);
    for (guint epoch = 0; epoch < 3; epoch++) {
      g_assert_true (e->klass->fit (e, some, epoch, &log, NULL));
      out[epoch] = g_memdup2 (tensor (e, "decoder.type.weight"), 6 * 5 * sizeof (nv_real));
    }
    moved[i] = 0;
    for (gsize k = 0; k < 6 * 5; k++)
      moved[i] += fabs ((double) (out[2][k] - out[1][k]));
    for (guint epoch = 0; epoch < 3; epoch++)
      g_free (out[epoch]);
  }
  g_assert_cmpfloat (moved[1], <, 0.5 * moved[0]);
}

/* What all cells have in common is in the biases of the places: in- and output, and the wiring. */
static void
places (void)
{
  NvCell cell;
  g_autoptr (NvEncoder) e = encoder ("vgae", "{" SMALL "}", 1, 1);
  fit (e, some);
  nv_cells_get (all, 0, &cell);
  const nv_real *edge = tensor (e, "decoder.place.edge");
  for (guint i = 0; i < 8; i++)
    for (guint j = i + 1; j < 8; j++)
      g_assert_true ((edge[8 * i + j] > 0) == (nv_cell_has_edge (&cell, i, j) != 0));
  const nv_real *type = tensor (e, "decoder.place.type");
  for (gsize k = 0; k < space->n_ops; k++)
    g_assert_true (k == cell.ops[0] || type[k] < type[cell.ops[0]]);
}

/* ... which start at how often a place has a type: with no step to speak of, an operation has the
 * share of the cells that have it there. */
static void
place_types (void)
{
  g_autoptr (NvEncoder) e = encoder ("vgae", "{" SMALL ", 'lr': <0.0>, 'epochs': <int64 1>}", 1, 1);
  fit (e, some);
  const nv_real *type = tensor (e, "decoder.place.type");
  for (guint i = 0; i < 8; i++)
    for (guint k = 0; k < space->n_ops; k++) {
      double count = 0.5;
      for (gsize b = 0; b < some->count; b++)
        count += some->ops[b * 8 + i] == k;
      double share = count / ((double) some->count + 0.5 * space->n_ops);
      g_assert_cmpfloat_with_epsilon ((double) type[i * space->n_ops + k], log (share), 1e-5);
    }
}

static void
options_matter (void)
{
  const char *const options[] = {
    "{" SMALL "}",
    "{" SMALL ", 'variational': <false>}",
    "{" SMALL ", 'adjacency': <'forward'>}",
    "{" SMALL ", 'reshuffle': <false>}",
    "{" SMALL ", 'types': <'sigmoid'>}",
    "{" SMALL ", 'edges': <'product'>}",
    "{" SMALL ", 'edge_weight': <0.5>}",
    "{" SMALL ", 'kl_weight': <0.3>}",
    "{" SMALL ", 'kl_warmup': <1.5>}",
    "{" SMALL ", 'dropout': <0.25>}",
    "{" SMALL ", 'clip': <0.01>}",
    "{" SMALL ", 'batch': <int64 64>}",
    "{" SMALL ", 'lr': <0.01>}",
    "{" SMALL ", 'decay': <false>}",
    "{" SMALL ", 'places': <false>}",
    "{" SMALL ", 'autoregressive': <false>}",
  };
  nv_real *out[G_N_ELEMENTS (options)];
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++) {
    g_autoptr (NvEncoder) e = encoder ("vgae", options[i], 1, 1);
    fit (e, some);
    out[i] = embedding (e, some);
    for (gsize j = 0; j < i; j++)
      g_assert_false (same (out[i], out[j], some->count * 5));
  }
  for (gsize i = 0; i < G_N_ELEMENTS (options); i++)
    g_free (out[i]);
}

static void
bad_options (void)
{
  const char *const rows[][2] = { { "{'dim': <int64 0>}", "dim" },
                                  { "{'dropout': <1.0>}", "dropout" },
                                  { "{'adjacency': <'both'>}", "symmetric" },
                                  { "{'pooling': <'max'>}", "concat" },
                                  { "{'layer': <int64 2>}", "layers" } };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    GError *error = NULL;
    GVariant *values = g_variant_parse (G_VARIANT_TYPE_VARDICT, rows[i][0], NULL, NULL, NULL);
    g_assert_null (nv_i_encoder_new ("vgae", values, space, 1, 0, 1, &error));
    CHECK_ERROR (error, NV_ERROR_OPTION, rows[i][1]);
  }
}

/* --- joint training ----------------------------------------------------------------- */

/* A regression of the number of 3 x 3 convolutions on the embedding: the encoder, which is all
 * that moves, has to learn it. */
static double
joint_loss (NvEncoder *e, gboolean learn)
{
  enum { B = 101 };
  guint32 index[B];
  g_autofree nv_real *out = g_new (nv_real, B * e->dim), *dout = g_new0 (nv_real, B * e->dim);
  double loss = 0;
  for (guint b = 0; b < B; b++)
    index[b] = b * 5;
  e->klass->forward (e, some, index, B, out);
  for (gsize b = 0; b < B; b++) {
    int count = 0;
    for (int i = 0; i < 8; i++)
      count += some->ops[index[b] * 8 + (gsize) i] == 2;
    nv_real diff = out[b * e->dim] - (nv_real) count;
    loss += (double) (diff * diff) / B;
    dout[b * e->dim] = 2 * diff / B;
  }
  if (learn) {
    e->klass->backward (e, dout);
    e->klass->step (e);
  }
  return loss;
}

static void
check_joint (NvEncoder *e)
{
  double before = joint_loss (e, FALSE), after;
  for (int i = 0; i < 150; i++)
    joint_loss (e, TRUE);
  after = joint_loss (e, FALSE);
  g_assert_cmpfloat (before, >, 0.5);
  g_assert_cmpfloat (after, <, before / 4);
}

static void
joint (void)
{
  g_autoptr (NvEncoder) a = encoder ("supervised",
                                     "{'layers': <int64 2>, 'hidden': <int64 24>}", 1, 2);
  g_assert_true (a->klass->joint && a->dim == (8 + 1) * 16 && a->latent == 0 && a->epochs == 0);
  check_joint (a);
  g_autoptr (NvEncoder) b = encoder ("vgae", "{" SMALL "}", 1, 1);
  g_assert_false (b->klass->joint);
  check_joint (b);
  g_autoptr (NvEncoder) c = encoder ("vgae", "{" SMALL ", 'pooling': <'concat'>}", 1, 1);
  check_joint (c);
  g_autoptr (NvEncoder) d = encoder ("supervised", "{'layers': <int64 2>, 'hidden': <int64 24>,"
                                     " 'pooling': <'mean'>}", 1, 2);
  g_assert_cmpuint (d->dim, ==, 16);
  check_joint (d);
}

/* vgae, pre-trained and then taught by labels; *found: the pre-training was in the cache. */
static nv_real *
taught (gboolean *found)
{
  enum { LABELS = 30 };
  g_autoptr (GError) error = NULL;
  g_autoptr (NvEncoder) e = encoder ("vgae", "{" SMALL "}", 1, 2);
  guint32 index[LABELS];
  double score[LABELS];
  NvRng rng;
  nv_rng_init (&rng, 2385, "labels", 0);
  for (guint i = 0; i < LABELS; i++) {
    index[i] = 11 * i;
    score[i] = nv_rng_uniform (&rng);
  }
  nv_i_encoder_prepare (e, some, 0, NULL, NULL, found, &error);
  g_assert_no_error (error);
  nv_i_labels_train (e, some, index, score, LABELS, &rng);
  return embedding (e, some);
}

/* Weights just made and weights from the cache go on alike: the optimiser starts anew. */
static void
cold_or_warm (void)
{
  g_autofree char *folder = g_dir_make_tmp ("nasvec-XXXXXX", NULL);
  gboolean found;
  g_setenv ("NASVEC_CACHE", folder, TRUE);
  g_autofree nv_real *cold = taught (&found);
  g_assert_false (found);
  g_autofree nv_real *warm = taught (&found);
  g_assert_true (found);
  g_assert_true (same (cold, warm, some->count * 5));
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  g_test_init (&argc, &argv, NULL);
  space = nv_i_space_new ("nasbench201", NULL, &error);
  g_assert_no_error (error);
  all = nv_space_enumerate (space, &error);
  g_assert_no_error (error);
  some = nv_cells_new (8);
  for (gsize i = 0; i < all->count; i += 31) {
    NvCell cell;
    nv_cells_get (all, i, &cell);
    nv_cells_append (some, &cell);
  }
  g_test_add_func ("/encoders/onehot", onehot);
  g_test_add_func ("/encoders/onehot/small-cell", onehot_small_cell);
  g_test_add_func ("/encoders/vgae/learns", learns);
  g_test_add_func ("/encoders/vgae/deterministic", deterministic);
  g_test_add_func ("/encoders/vgae/pooling", pooling);
  g_test_add_func ("/encoders/vgae/decodes", decodes);
  g_test_add_func ("/encoders/vgae/freeze", freeze);
  g_test_add_func ("/encoders/vgae/decay", decay);
  g_test_add_func ("/encoders/vgae/place-types", place_types);
  g_test_add_func ("/encoders/vgae/places", places);
  g_test_add_func ("/encoders/vgae/options-matter", options_matter);
  g_test_add_func ("/encoders/vgae/bad-options", bad_options);
  g_test_add_func ("/encoders/joint", joint);
  g_test_add_func ("/encoders/cold-or-warm", cold_or_warm);
  int status = g_test_run ();
  nv_cells_unref (some);
  nv_cells_unref (all);
  nv_i_space_unref (space);
  return status;
}
