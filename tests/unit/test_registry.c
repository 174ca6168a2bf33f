/* What the loader takes and what it refuses. */
#include <glib/gstdio.h>
#include <nasvec/encoder.h>
#include <nasvec/searcher.h>
#include <string.h>
#include <sys/stat.h>

#include "check_error.h"
#include "check/check.h"
#include "plugin/registry.h"

/* --- descriptors, in this program --------------------------------------------------- */

typedef struct {
  double rate;
  int depth;
  int choice;
} Options;

static gboolean ask (NvSearcher *s, NvCell *next, GError **error);
static gboolean
ask (NvSearcher *s, NvCell *next, GError **error)
{
  return nv_space_sample (s->space, s->rng, next, error);
}
static void
tell (NvSearcher *s G_GNUC_UNUSED, const NvCell *c G_GNUC_UNUSED,
      double score G_GNUC_UNUSED)
{
}
static gboolean
encoder_open (NvEncoder *e G_GNUC_UNUSED, GError **error G_GNUC_UNUSED)
{
  return TRUE;
}
static void
encoder_embed (NvEncoder *e G_GNUC_UNUSED, const NvCells *c G_GNUC_UNUSED,
               const guint32 *i G_GNUC_UNUSED, gsize B G_GNUC_UNUSED,
               nv_real *out G_GNUC_UNUSED)
{
}
static void
encoder_step (NvEncoder *e G_GNUC_UNUSED)
{
}
static void
encoder_decode (NvEncoder *e G_GNUC_UNUSED, const nv_real *z G_GNUC_UNUSED,
                gsize B G_GNUC_UNUSED, NvCells *out G_GNUC_UNUSED)
{
}

static const char *const names[] = { "a", "b", NULL };
static NvParam params[4];
static Options defaults;
static NvSearcherClass searcher;
static NvEncoderClass encoder;
static NvSpaceClass space;

/* Sets the two descriptors and the table to what is right. */
static void
make_good (void)
{
  const NvParam good[] = {
    NV_REAL (Options, rate, 0.5, 4.25, "rate"),
    NV_INT (Options, depth, 1, 9, "depth"),
    NV_CHOICE (Options, choice, names, "choice"),
    NV_END,
  };
  memcpy (params, good, sizeof good);
  defaults = (Options){ 2.385, 3, 1 };
  searcher = (NvSearcherClass){ NV_SEARCHER ("probe", "1.5", "for the tests"),
                                .head.options_size = sizeof (Options),
                                .head.defaults = &defaults,
                                .head.params = params,
                                .ask = ask,
                                .tell = tell };
  encoder = (NvEncoderClass){ NV_ENCODER ("probe", "1.5", "for the tests"),
                              .open = encoder_open, .embed = encoder_embed };
  /* Only whether a hook is there matters. */
  GError *error = NULL;
  nv_i_check_add_toys ();
  space = *(const NvSpaceClass *) nv_i_plugin_find (NV_KIND_SPACE, NV_TOY, &error);
}

#define REFUSED(change, klass, part)                                                    \
  G_STMT_START {                                                                        \
    GError *refusal = NULL;                                                             \
    make_good ();                                                                       \
    change;                                                                             \
    g_assert_null (nv_i_plugin_accept (&klass.head, "probe.so", &refusal));             \
    CHECK_ERROR (refusal, NV_ERROR_PLUGIN, "probe.so: refused: " part);                 \
  } G_STMT_END

static void
test_head (void)
{
  REFUSED (searcher.head.abi = 3, searcher, "abi is 3, this nasvec has 1");
  REFUSED (searcher.head.kind = 0, searcher, "kind is 0, known are 1");
  REFUSED (searcher.head.kind = 4, searcher, "kind is 4, known are 1");
  REFUSED (searcher.head.size += 8, searcher, "size is ");
  REFUSED (searcher.head.size = offsetof (NvSearcherClass, tell), searcher, "size is ");
  REFUSED (searcher.head.reserved = 9, searcher, "reserved is 9, it must be 0");
  REFUSED (searcher.head.name = NULL, searcher, "name is '(null)', allowed is");
  REFUSED (searcher.head.name = "Probe", searcher, "name is 'Probe', allowed is");
  REFUSED (searcher.head.name = "../x", searcher, "name is '../x', allowed is");
  REFUSED (searcher.head.version = "", searcher, "version is empty");
  REFUSED (searcher.head.version = "1.\xe9", searcher, "version must be one line of UTF-8");
  REFUSED (searcher.head.summary = "two\nlines", searcher, "summary must be one line");
  REFUSED (searcher.head.summary = "caf\xe9", searcher, "summary must be one line of UTF-8");
  REFUSED (searcher.head.state_size = G_MAXSIZE, searcher,
           "state_size is 18446744073709551615");
}

static void
test_hooks (void)
{
  REFUSED (searcher.ask = NULL, searcher, "hook ask is NULL, it is required");
  REFUSED (searcher.tell = NULL, searcher, "hook tell is NULL, it is required");
  REFUSED (encoder.embed = NULL, encoder, "hook embed is NULL, it is required");
  REFUSED (encoder.decode = encoder_decode, encoder,
           "hook latent is NULL, decode requires it");
  REFUSED (encoder.step = encoder_step, encoder,
           "of the hooks forward, backward and step 2 are NULL, all or none");
  REFUSED (encoder.joint = TRUE, encoder, "joint is TRUE, but the hooks");
  REFUSED (space.open = NULL, space, "hook open is NULL, it is required");
  REFUSED (space.parse = NULL, space, "hook parse is NULL, it is required");
  REFUSED (space.enumerate = NULL, space,
           "hooks enumerate and sample are NULL, one is required");
}

/* A table of one string, whose default is no text. */
static void
make_text_option (void)
{
  static const char *const latin = "caf\xe9";
  static const NvParam text_params[]
      = { { .type = NV_PARAM_STRING, .name = "file", .help = "file" }, NV_END };
  searcher.head.options_size = sizeof latin;
  searcher.head.defaults = &latin;
  searcher.head.params = text_params;
}

static void
make_encoder_option (const char *name)
{
  encoder.head.options_size = sizeof (Options);
  encoder.head.defaults = &defaults;
  encoder.head.params = params;
  params[1].name = name;
}

static void
test_params (void)
{
  static const char *const latin_names[] = { "a", "caf\xe9", NULL };
  REFUSED (searcher.head.defaults = NULL, searcher,
           "options_size is 16 and defaults is NULL");
  REFUSED (searcher.head.options_size = 0, searcher,
           "options_size is 0 and defaults is set");
  REFUSED ((searcher.head.options_size = 0, searcher.head.defaults = NULL), searcher,
           "params has rows, but options_size is 0");
  REFUSED (params[1].name = NULL, searcher, "params: row 1 is named '(null)'");
  REFUSED (params[1].name = "rate", searcher, "option rate: stands in the table twice");
  REFUSED (params[1].name = "label", searcher, "option label: the name is reserved");
  REFUSED (make_encoder_option ("label"), encoder, "option label: the name is reserved");
  REFUSED (make_encoder_option ("joint"), encoder, "option joint: the name is reserved");
  REFUSED (params[1].help = NULL, searcher, "option depth: no help");
  REFUSED (params[1].help = "two\nlines", searcher, "option depth: its help and unit must be one");
  REFUSED (params[1].help = "caf\xe9", searcher, "option depth: its help and unit must be one");
  REFUSED (params[1].unit = "\xb0 C", searcher, "option depth: its help and unit must be one");
  REFUSED (params[2].choices = latin_names, searcher, "option choice: choice 1 must be one line");
  REFUSED (make_text_option (), searcher,
           "option file: its default 'caf\xef\xbf\xbd' is not UTF-8");
  REFUSED (params[2].offset = params[1].offset, searcher,
           "options depth and choice share a field");
  REFUSED (params[1].offset = 16, searcher,
           "option depth: bytes 16 to 19 of an options struct of 16");
  REFUSED (params[0].offset = G_MAXSIZE - 7, searcher, "option rate: bytes ");
  REFUSED (params[1].offset = 9, searcher, "option depth: bytes 9 to 12");
  REFUSED (params[0].min = 9.5, searcher, "option rate: a range from 9.5 to 4.25");
  REFUSED (params[1].max = 1e10, searcher, "option depth: a range from 1 to 1e+10");
  REFUSED (defaults.rate = 4.3, searcher,
           "option rate: its default 4.3 is outside its range, "
           "0.5 to 4.25");
  REFUSED (defaults.depth = 10, searcher,
           "option depth: its default 10 is outside its range, "
           "1 to 9");
  REFUSED (defaults.choice = 2, searcher,
           "option choice: its default is choice 2 of 0 to 1");
  REFUSED (params[2].choices = NULL, searcher, "option choice: no choices");
  REFUSED (params[3].type = 77, searcher,
           "params: row 3 has type 77, known are 1 to 5 (is NV_END");
}

static void
test_short (void)
{
  GError *error = NULL;
  make_good ();
  /* Behind a short descriptor lies something else, which must not be taken for a hook. */
  searcher.head.size = offsetof (NvSearcherClass, reject);
  memset (&searcher.reject, 0x5a, sizeof searcher.reject);
  const NvClass *klass = nv_i_plugin_accept (&searcher.head, "probe.so", &error);
  g_assert_no_error (error);
  g_assert_true (((const NvSearcherClass *) klass)->reject == NULL);
  g_assert_true (((const NvSearcherClass *) klass)->ask == ask);
  g_assert_true (nv_i_plugin_find (NV_KIND_SEARCHER, "probe", &error) == klass);
  g_assert_true (nv_i_plugin_accept (&searcher.head, "probe.so", &error) == klass);
  g_assert_cmpstr (nv_i_plugin_file (klass), ==, "probe.so");
}

/* --- files -------------------------------------------------------------------------- */

/* tests/plugins/<variant>/sample.so of the build. */
static char *
sample_file (const char *variant)
{
  return g_build_filename (g_getenv ("NASVEC_BUILD"), "tests", "plugins", variant,
                           "sample.so", NULL);
}

/* A fresh copy as <temporary folder>/<name>, in *folder. */
static char *
copy_file (const char *from, const char *name, char **folder)
{
  g_autofree char *text = NULL;
  gsize length;
  *folder = g_dir_make_tmp ("nasvec-XXXXXX", NULL);
  char *file = g_build_filename (*folder, name, NULL);
  g_assert_true (g_file_get_contents (from, &text, &length, NULL));
  g_assert_true (g_file_set_contents (file, text, (gssize) length, NULL));
  g_assert_cmpint (g_chmod (file, 0755), ==, 0);
  return file;
}

static void
remove_copy (const char *file, const char *folder)
{
  g_unlink (file);
  g_rmdir (folder);
}

static void
test_files (void)
{
  static const struct {
    const char *variant, *part;
  } cases[] = {
    { "abi", "sample.so: refused: abi is 7, this nasvec has 1" },
    { "size-over", "sample.so: refused: size is 4096, NvSearcherClass has" },
    { "size-under", "sample.so: refused: size is 24, a NvSearcherClass has at least" },
    { "name", "sample.so: refused: name is 'other', the file's name is 'sample.so'" },
    { "symbol",
      "sample.so: refused: no nasvec plugin: it exports no descriptor 'nv_plugin'" },
    { "undefined", "undefined symbol: sample_is_nowhere" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    GError *error = NULL;
    g_autofree char *file = sample_file (cases[i].variant);
    g_assert_null (nv_i_plugin_load (file, &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN, cases[i].part);
  }
  GError *error = NULL;
  g_assert_null (nv_i_plugin_load ("/nowhere/sample.so", &error));
  CHECK_ERROR (error, NV_ERROR_FILE, "/nowhere/sample.so: No such file");
  g_autofree char *folder = g_dir_make_tmp ("nasvec-XXXXXX", NULL);
  g_autofree char *text = g_build_filename (folder, "sample.so", NULL);
  g_assert_true (g_file_set_contents (text, "no ELF", -1, NULL));
  g_assert_null (nv_i_plugin_load (text, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "sample.so: refused: cannot be loaded: ");
  remove_copy (text, folder);
}

static void
test_good_files (void)
{
  static const char *const variants[] = { "size-short", "good" };
  for (gsize i = 0; i < G_N_ELEMENTS (variants); i++) {
    GError *error = NULL;
    g_autofree char *file = sample_file (variants[i]);
    const NvClass *klass = nv_i_plugin_load (file, &error);
    g_assert_no_error (error);
    g_assert_cmpstr (klass->version, ==, "2.385");
    g_assert_true (nv_i_plugin_find (NV_KIND_SEARCHER, "sample", &error) == klass);
    g_assert_cmpuint (strlen (nv_i_plugin_digest (klass)), ==, 64);
    g_assert_true (nv_i_plugin_load (file, &error) == klass);
  }
}

static void
test_trust (void)
{
  GError *error = NULL;
  g_autofree char *good = sample_file ("good"), *folder = NULL;
  g_autofree char *file = copy_file (good, "sample.so", &folder);
  g_chmod (file, 0775);
  g_assert_null (nv_i_plugin_load (file, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "sample.so: refused: mode is 0775, others can write to it");
  g_chmod (file, 0757);
  g_assert_null (nv_i_plugin_load (file, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "mode is 0757");
  g_chmod (file, 0755);
  g_chmod (folder, 0777);
  g_assert_null (nv_i_plugin_load (file, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, ": refused: mode is 0777");
  g_chmod (folder, 01777);
  g_assert_nonnull (nv_i_plugin_load (file, &error));
  g_assert_no_error (error);
  remove_copy (file, folder);
}

/* A file of another user can be made by root alone. */
static void
test_owner (void)
{
  GError *error = NULL;
  g_autofree char *good = sample_file ("good"), *folder = NULL;
  g_autofree char *file = copy_file (good, "sample.so", &folder);
  if (geteuid () == 0) {
    g_assert_cmpint (chown (file, 4711, 4711), ==, 0);
    g_assert_null (nv_i_plugin_load (file, &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN,
                 "sample.so: refused: owner is user 4711, allowed are");
  } else
    g_test_skip ("only root can give a file away");
  remove_copy (file, folder);
}

/* --- the path ----------------------------------------------------------------------- */

/* In a process of its own, since what is loaded stays loaded. */
static void
test_path (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  GError *error = NULL;
  g_autofree char *good = sample_file ("good"), *flat = NULL, *tree = NULL;
  g_autofree char *direct = copy_file (good, "sample.so", &flat);
  g_autofree char *none = copy_file (good, "other.so", &tree);
  g_autofree char *spaces = g_build_filename (tree, "spaces", NULL);
  g_autofree char *misplaced = g_build_filename (spaces, "sample.so", NULL);
  g_autofree char *path = g_strconcat ("/nowhere:", flat, "::", tree, NULL);
  g_mkdir (spaces, 0755);
  g_assert_cmpint (g_rename (none, misplaced), ==, 0);
  g_setenv ("NASVEC_PLUGIN_PATH", path, TRUE);

  g_assert_nonnull (nv_i_plugin_find (NV_KIND_SEARCHER, "sample", &error));
  g_assert_no_error (error);
  g_assert_null (nv_i_plugin_find (NV_KIND_SPACE, "sample", &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "sample.so: refused: kind is searcher, its folder is for "
               "kind space");
  g_assert_null (nv_i_plugin_find (NV_KIND_SEARCHER, "sampel", &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "no searcher 'sampel'; did you mean 'sample'? (there are:");
  g_assert_null (nv_i_plugin_find (NV_KIND_SEARCHER, "../sample", &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "a plugin's name has no '/'");

  g_autoptr (GPtrArray) refused = NULL;
  g_autoptr (GPtrArray) listed = nv_i_plugin_list (NV_KIND_SPACE, &refused);
  g_assert_cmpuint (refused->len, ==, 1);
  g_assert_nonnull (strstr (((GError *) refused->pdata[0])->message, misplaced));
  g_autoptr (GPtrArray) searchers = nv_i_plugin_list (NV_KIND_SEARCHER, NULL);
  for (guint i = 0; i + 1 < searchers->len; i++)
    g_assert_cmpstr (((const NvClass *) searchers->pdata[i])->name, <,
                     ((const NvClass *) searchers->pdata[i + 1])->name);
  remove_copy (direct, flat);
  remove_copy (misplaced, spaces);
  g_rmdir (tree);
}

/* What is asked for before the searcher, and is not there; it must not matter. */
typedef struct {
  NvKind kind;      /* 0: nothing */
  const char *name; /* NULL: the list */
} Before;

static void
ask_before (const Before *before)
{
  GError *error = NULL;
  if (before->kind == 0)
    return;
  if (before->name != NULL) {
    g_assert_null (nv_i_plugin_find (before->kind, before->name, &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN, "no ");
  } else
    g_ptr_array_unref (nv_i_plugin_list (before->kind, NULL));
}

/* A/searchers/sample.so comes before B/sample.so. */
static void
test_order (gconstpointer before)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  GError *error = NULL;
  g_autofree char *good = sample_file ("good"), *a = NULL, *b = NULL;
  g_autofree char *first = copy_file (good, "sample.so", &a);
  g_autofree char *second = copy_file (good, "sample.so", &b);
  g_autofree char *searchers = g_build_filename (a, "searchers", NULL);
  g_autofree char *moved = g_build_filename (searchers, "sample.so", NULL);
  g_autofree char *path = g_strconcat (a, ":", b, NULL);
  g_mkdir (searchers, 0755);
  g_assert_cmpint (g_rename (first, moved), ==, 0);
  g_setenv ("NASVEC_PLUGIN_PATH", path, TRUE);

  ask_before (before);
  const NvClass *klass = nv_i_plugin_find (NV_KIND_SEARCHER, "sample", &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_suffix (nv_i_plugin_file (klass), "/searchers/sample.so"));
  g_autoptr (GPtrArray) listed = nv_i_plugin_list (NV_KIND_SEARCHER, NULL);
  g_assert_true (g_ptr_array_find (listed, klass, NULL));
  remove_copy (moved, searchers);
  g_rmdir (a);
  remove_copy (second, b);
}

/* What a refused file hides is neither found nor listed, in whatever order one asks. */
static void
test_hidden (void)
{
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
    g_test_trap_assert_passed ();
    return;
  }
  GError *error = NULL;
  g_autofree char *good = sample_file ("good"), *bad = sample_file ("abi"), *a = NULL, *b = NULL;
  g_autofree char *first = copy_file (bad, "sample.so", &a);
  g_autofree char *second = copy_file (good, "sample.so", &b);
  g_autofree char *path = g_strconcat (a, ":", b, NULL);
  g_setenv ("NASVEC_PLUGIN_PATH", path, TRUE);
  for (int i = 0; i < 2; i++) {
    g_autoptr (GPtrArray) refused = NULL;
    g_autoptr (GPtrArray) listed = nv_i_plugin_list (NV_KIND_SEARCHER, &refused);
    g_assert_cmpuint (refused->len, ==, 1);
    for (guint k = 0; k < listed->len; k++)
      g_assert_cmpstr (((const NvClass *) listed->pdata[k])->name, !=, "sample");
    g_assert_null (nv_i_plugin_find (NV_KIND_SEARCHER, "sample", &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN, "sample.so: refused: abi is 7");
  }
  remove_copy (first, a);
  remove_copy (second, b);
}

int
main (int argc, char **argv)
{
  static const Before nothing = { 0 }, space_so_named = { NV_KIND_SPACE, "sample" },
                      other = { NV_KIND_SEARCHER, "sampel" }, list = { NV_KIND_SPACE, NULL };
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/registry/head", test_head);
  g_test_add_func ("/registry/hooks", test_hooks);
  g_test_add_func ("/registry/params", test_params);
  g_test_add_func ("/registry/short", test_short);
  g_test_add_func ("/registry/files", test_files);
  g_test_add_func ("/registry/good-files", test_good_files);
  g_test_add_func ("/registry/trust", test_trust);
  g_test_add_func ("/registry/owner", test_owner);
  g_test_add_func ("/registry/path", test_path);
  g_test_add_data_func ("/registry/order/nothing", &nothing, test_order);
  g_test_add_data_func ("/registry/order/space", &space_so_named, test_order);
  g_test_add_data_func ("/registry/order/other", &other, test_order);
  g_test_add_data_func ("/registry/order/list", &list, test_order);
  g_test_add_func ("/registry/hidden", test_hidden);
  return g_test_run ();
}
