/* Encoders in use: what the core adds to the hooks, weights and the cache. */
#include <glib/gstdio.h>
#include <math.h>

#include "chain_space.h"

/* --- the encoder: n_nodes * w, w grows by lr in each epoch -------------------------- */

typedef struct {
  double lr;
  int epochs;
} LineOptions;
typedef struct {
  nv_real w[3];
} Line;
static const NvParam line_params[] = {
  NV_REAL (LineOptions, lr, 0, 1e30, "growth of the weights"),
  NV_INT (LineOptions, epochs, 0, 9, "epochs"), NV_END
};
static guint fits;
/* What it does wrong; those with a LATER, after the first fit() since the last open(). */
static enum { NOTHING, NO_ARRAYS, NULL_ARRAY, LATER_MORE, LATER_OTHER, LATER_NAN, HUGE_DIM } fault;
static gboolean is_later;

static gboolean
line_open (NvEncoder *e, GError **error G_GNUC_UNUSED)
{
  Line *line = e->state;
  is_later = FALSE;
  nv_rng_fill_normal (e->rng, line->w, 3);
  e->dim = fault == HUGE_DIM ? (gsize) 1 << 40 : 3;
  e->epochs = (guint) ((const LineOptions *) e->options)->epochs;
  return TRUE;
}

static void
line_embed (NvEncoder *e, const NvCells *cells, const guint32 *index, gsize B,
            nv_real *out)
{
  const Line *line = e->state;
  for (gsize b = 0; b < B; b++)
    for (gsize d = 0; d < 3; d++)
      out[b * 3 + d] = line->w[d] * (nv_real) cells->n_nodes[index != NULL ? index[b] : b]
                       + (nv_real) (index != NULL ? index[b] : b);
}

static gboolean
line_fit (NvEncoder *e, const NvCells *cells G_GNUC_UNUSED, guint epoch, NvFitLog *log,
          GError **error G_GNUC_UNUSED)
{
  Line *line = e->state;
  fits++;
  log->loss = line->w[0] > 1e20f ? (double) INFINITY : 1.0 / (1.0 - epoch * 0.125);
  for (gsize d = 0; d < 3; d++)
    line->w[d] += (nv_real) (((const LineOptions *) e->options)->lr
                             * nv_rng_uniform (e->rng));
  is_later = TRUE;
  if (fault == LATER_NAN && epoch + 1 == e->epochs)
    line->w[1] = (nv_real) NAN;
  return TRUE;
}

static void
line_tensors (NvEncoder *e, NvTensors *tensors)
{
  nv_real *w = ((Line *) e->state)->w;
  if (fault == NO_ARRAYS)
    return;
  nv_tensors_add (tensors, "w", fault == NULL_ARRAY ? NULL : w, 1,
                  is_later && fault == LATER_OTHER ? 2 : 3);
  if (is_later && fault == LATER_MORE)
    nv_tensors_add (tensors, "more", w, 1, 3);
}

static const NvEncoderClass line_class = {
  NV_ENCODER ("line", "1.0", "the number of nodes times a vector"),
  NV_STATE (Line), NV_OPTIONS (LineOptions, line_params, .lr = 0.375, .epochs = 4),
  .open = line_open, .embed = line_embed, .fit = line_fit, .tensors = line_tensors,
};

static NvEncoder *
new_line (NvSpace *space, double lr, guint64 seed)
{
  GError *error = NULL;
  NvEncoder *e = nv_i_encoder_new ("line", g_variant_new_parsed ("{'lr': <%d>}", lr),
                                   space, seed, 3, 1, &error);
  g_assert_no_error (error);
  return e;
}

/* --- tests ---------------------------------------------------------------------------- */

static void
test_hook_result (void)
{
  GError *error = NULL;
  const NvClass *klass = nv_i_plugin_find (NV_KIND_SPACE, "chain", &error);
  g_assert_true (nv_i_hook_result (klass, "open", TRUE, NULL, &error));
  g_assert_no_error (error);
  g_assert_false (nv_i_hook_result (klass, "open", FALSE, NULL, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: open() failed and did not say why");
  g_assert_false (nv_i_hook_result (klass, "open", FALSE,
                                    g_error_new (NV_ERROR, NV_ERROR_FILE, "no file"), &error));
  g_assert_cmpstr (error->message, ==, "no file");
  CHECK_ERROR (error, NV_ERROR_FILE, "no file");
  g_assert_false (nv_i_hook_result (klass, "open", TRUE,
                                    g_error_new (NV_ERROR, NV_ERROR_FILE, "no file"), &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "space chain: open() succeeded and set an error: no file");
  g_assert_false (nv_i_hook_result (klass, "open", TRUE,
                                    g_error_new (NV_ERROR, NV_ERROR_FILE, "no file"), NULL));
  g_assert_false (nv_i_hook_result (klass, "open", FALSE, NULL, NULL));
}

static void
test_training_count (void)
{
  g_assert_cmpuint (nv_i_training_count (100, 0.1), ==, 90);
  g_assert_cmpuint (nv_i_training_count (15, 0.1), ==, 14); /* 13.5 */
  g_assert_cmpuint (nv_i_training_count (15, 0), ==, 15);
  g_assert_cmpuint (nv_i_training_count (3, 0.99), ==, 1);
  g_assert_cmpuint (nv_i_training_count (0, 0.1), ==, 0);
}

static void
test_encoder_embed (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_autoptr (NvEncoder) e = new_line (space, 0.375, 29);
  g_autoptr (NvEncoder) twin = new_line (space, 0.375, 29);
  g_autoptr (NvEncoder) other = new_line (space, 0.375, 30);
  const nv_real *w = ((Line *) e->state)->w;
  g_assert_cmpmem (w, sizeof (Line), twin->state, sizeof (Line));
  g_assert_cmpfloat (w[0], !=, ((Line *) other->state)->w[0]);

  g_autoptr (NvCells) many = nv_cells_new (3);
  for (guint i = 0; i < 1101; i++) {
    NvCell cell;
    make_chain (&cell, 1 + i % 3, 0);
    nv_cells_append (many, &cell);
  }
  g_autofree nv_real *out = g_new (nv_real, 1100 * 3 + 1);
  out[1100 * 3] = 2.385f;
  nv_i_encoder_embed (e, many, 1, 1100, out);
  for (guint i = 0; i < 1100; i++)
    for (guint d = 0; d < 3; d++)
      g_assert_cmpfloat_with_epsilon (
          out[i * 3 + d], w[d] * (nv_real) (1 + (i + 1) % 3) + (nv_real) (i + 1), 1e-3);
  g_assert_cmpfloat (out[1100 * 3], ==, 2.385f);
}

static gboolean
stop_at_two (guint epoch, guint epochs, const NvFitLog *log, gpointer data)
{
  g_assert_cmpuint (epochs, ==, 4);
  g_assert_cmpfloat_with_epsilon (log->loss, 1.0 / (1.0 - epoch * 0.125), 1e-12);
  *(guint *) data += 1;
  return epoch < 1;
}

static void
test_encoder_fit (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  g_autoptr (NvEncoder) e = new_line (space, 0.375, 29);
  guint calls = 0;
  g_assert_false (nv_i_encoder_fit (e, all, stop_at_two, &calls, &error));
  CHECK_ERROR (error, NV_ERROR_CANCELLED, "encoder line: stopped after epoch 2 of 4");
  g_assert_cmpuint (calls, ==, 2);
  g_assert_true (nv_i_encoder_fit (e, all, NULL, NULL, &error));
  g_autoptr (NvEncoder) wild = new_line (space, 1e25, 29);
  g_assert_false (nv_i_encoder_fit (wild, all, NULL, NULL, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION,
               "encoder line: the loss is inf in epoch 2 of 4; lower its "
               "option 'lr' (now 1e+25)");
}

static void
test_encoder_weights (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_autoptr (NvEncoder) from = new_line (space, 0.375, 31);
  g_autoptr (NvEncoder) to = new_line (space, 0.375, 32);
  g_autoptr (NvEncoder) other = new_line (space, 0.5, 33);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (folder, "line.safetensors", NULL);
  g_assert_true (nv_i_encoder_save (from, file, &error));
  g_assert_true (nv_i_encoder_load (to, file, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (from->state, sizeof (Line), to->state, sizeof (Line));

  Line before = *(Line *) other->state;
  g_assert_false (nv_i_encoder_load (other, file, &error));
  CHECK_ERROR (error, NV_ERROR_FORMAT,
               "its weights are of another encoder: options is {\"lr\": "
               "0.375, \"epochs\": 4}, here it is {\"lr\": 0.5");
  g_assert_cmpmem (&before, sizeof before, other->state, sizeof (Line));
  g_assert_true (nv_i_encoder_copy (other, from, &error));
  g_assert_cmpmem (from->state, sizeof (Line), other->state, sizeof (Line));
  g_unlink (file);
  g_assert_false (nv_i_encoder_load (to, file, &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "line.safetensors");
  fault = NO_ARRAYS;
  g_assert_null (nv_i_encoder_again (from, 34, 0, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "encoder line: tensors() lists 0 arrays once and 0 in a copy; it lists the same");
  fault = NOTHING;
  ((Line *) from->state)->w[2] = -INFINITY;
  g_assert_false (nv_i_encoder_save (from, file, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "encoder line: a weight of 'w' is -inf");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_rmdir (folder);
}

/* What an encoder does wrong ends its training, and nothing is kept in the cache. */
static void
test_encoder_faults (void)
{
  static const struct { int fault; NvError code; const char *part; } cases[] = {
    { NO_ARRAYS, NV_ERROR_PLUGIN, "tensors() lists 0 arrays after fit() and 0 after open()" },
    { NULL_ARRAY, NV_ERROR_PLUGIN, "tensors(): array 0, 'w', is [1 x 3] at NULL" },
    { LATER_MORE, NV_ERROR_PLUGIN, "tensors() lists 2 arrays after fit() and 1 after open()" },
    { LATER_OTHER, NV_ERROR_PLUGIN,
      "array 1 of 1 that tensors() lists is 'w' [1 x 2] after fit() and 'w' [1 x 3] after open()" },
    { LATER_NAN, NV_ERROR_OPTION,
      "after fit() a weight of 'w' is nan; lower its option 'lr' (now 0.375)" },
  };
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-XXXXXX", NULL);
  g_autofree char *kept = g_build_filename (folder, "encoders", NULL);
  g_setenv ("NASVEC_CACHE", folder, TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *part = g_strconcat ("encoder line: ", cases[i].part, NULL);
    g_autoptr (NvEncoder) e = new_line (space, 0.375, 43);
    fault = cases[i].fault;
    g_assert_false (nv_i_encoder_prepare (e, all, 0, NULL, NULL, NULL, &error));
    CHECK_ERROR (error, cases[i].code, part);
    fault = NOTHING;
  }
  g_rmdir (kept); /* which succeeds only if it is empty */
  g_assert_cmpint (g_rmdir (folder), ==, 0);

  g_autoptr (NvEncoder) e = new_line (space, 0.375, 44);
  g_autofree nv_real *out = g_new (nv_real, all->count * 3);
  g_assert_true (nv_i_encoder_embed_finite (e, all, out, &error));
  ((Line *) e->state)->w[1] = (nv_real) NAN;
  g_assert_false (nv_i_encoder_embed_finite (e, all, out, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "encoder line: number 2 of the embedding of cell 1 is nan");
  fault = HUGE_DIM;
  g_assert_null (nv_i_encoder_new ("line", NULL, space, 45, 0, 1, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "encoder line: open() set dim = 1099511627776 and "
                                       "latent = 0; both are at most 65536");
  fault = NOTHING;
}

/* The one file in <folder>/encoders. */
static char *
cached_file (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "encoders", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name = g_dir_read_name (dir);
  g_assert_true (g_str_has_prefix (name, "line-") && g_dir_read_name (dir) == NULL);
  return g_build_filename (path, name, NULL);
}

/* Prepares a fresh encoder: was it in the cache, how often was fit() called, what are its
 * weights and its next random number? */
static Line
prepare (NvSpace *space, guint64 seed, double held_out, gboolean *cached, guint *fitted,
         guint32 *next)
{
  GError *error = NULL;
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  g_autoptr (NvEncoder) e = new_line (space, 0.375, seed);
  guint before = fits;
  g_assert_true (nv_i_encoder_prepare (e, all, held_out, NULL, NULL, cached, &error));
  g_assert_no_error (error);
  *fitted = fits - before;
  *next = nv_rng_u32 (e->rng);
  return *(Line *) e->state;
}

static void
test_cache (void)
{
  GError *error = NULL;
  gboolean cached;
  guint fitted;
  guint32 first_next, next;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_autofree char *folder = g_dir_make_tmp ("nasvec-XXXXXX", NULL);
  g_setenv ("NASVEC_CACHE", folder, TRUE);
  Line first = prepare (space, 41, 0.1, &cached, &fitted, &first_next);
  g_assert_true (!cached && fitted == 4);
  Line second = prepare (space, 41, 0.1, &cached, &fitted, &next);
  g_assert_true (cached && fitted == 0);
  g_assert_cmpmem (&first, sizeof first, &second, sizeof second);
  g_assert_cmpuint (first_next, ==, next);

  g_autofree char *file = cached_file (folder);
  g_assert_true (g_file_set_contents (file, "rubbish", -1, NULL));
  g_test_expect_message ("nasvec", G_LOG_LEVEL_MESSAGE, "cache: *line-*; training again");
  Line third = prepare (space, 41, 0.1, &cached, &fitted, &next);
  g_test_assert_expected_messages ();
  g_assert_true (!cached && fitted == 4);
  g_assert_cmpmem (&first, sizeof first, &third, sizeof third);
  prepare (space, 41, 0.1, &cached, &fitted, &next);
  g_assert_true (cached);
  prepare (space, 42, 0.1, &cached, &fitted, &next);
  g_assert_false (cached);
  prepare (space, 41, 0.5, &cached, &fitted, &next);
  g_assert_false (cached);

  g_autofree char *blocked = g_build_filename (file, "no-folder", NULL);
  g_setenv ("NASVEC_CACHE", blocked, TRUE);
  g_test_expect_message ("nasvec", G_LOG_LEVEL_MESSAGE,
                         "cache: *cannot make the folder*");
  prepare (space, 41, 0.1, &cached, &fitted, &next);
  g_test_assert_expected_messages ();
  g_assert_true (!cached && fitted == 4);
}

int
main (int argc, char **argv)
{
  GError *error = NULL;
  g_test_init (&argc, &argv, NULL);
  nv_i_plugin_accept (&chain.head, "chain", &error);
  nv_i_plugin_accept (&line_class.head, "line", &error);
  g_assert_no_error (error);
  g_test_add_func ("/instance-encoder/hook-result", test_hook_result);
  g_test_add_func ("/instance-encoder/training-count", test_training_count);
  g_test_add_func ("/instance-encoder/embed", test_encoder_embed);
  g_test_add_func ("/instance-encoder/fit", test_encoder_fit);
  g_test_add_func ("/instance-encoder/weights", test_encoder_weights);
  g_test_add_func ("/instance-encoder/faults", test_encoder_faults);
  g_test_add_func ("/instance-encoder/cache", test_cache);
  return g_test_run ();
}
