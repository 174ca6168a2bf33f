/* Spaces and encoders in use: what the core adds to the hooks, weights and the cache. The
 * two plugins are in this program: a space of short chains, an encoder of one matrix. */
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "check_error.h"
#include "plugin/instance.h"
#include "plugin/options.h"
#include "plugin/registry.h"

/* --- the space: chains of 1 to 3 nodes, two ops ------------------------------------- */

typedef struct {
  int broken; /* which mistake it makes; 0: none */
} ChainOptions;
enum { GOOD, NO_NODES, NO_OP_NAME, SILENT, EMPTY_LIST, CONTRARY, LATIN_OP };
static const NvParam chain_params[] = {
  NV_INT (ChainOptions, broken, 0, 9, "which mistake it makes"), NV_END
};
static const char *const chain_ops[] = { "plus", "minus" };
static const char *const unnamed_ops[] = { "plus", NULL };
static const char *const latin_ops[] = { "plus", "caf\xe9" };
static gint enumerations;

static gboolean
chain_open (NvSpace *s, GError **error)
{
  int broken = ((const ChainOptions *) s->options)->broken;
  s->nodes = broken == NO_NODES ? 33 : 3;
  s->n_ops = 2;
  s->ops = broken == NO_OP_NAME ? unnamed_ops : broken == LATIN_OP ? latin_ops : chain_ops;
  if (broken == 7)
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "chain: no chains today");
  return broken != 7;
}

static void
make_chain (NvCell *cell, guint n, guint ops)
{
  nv_cell_init (cell, n);
  for (guint i = 0; i < n; i++) {
    cell->ops[i] = (ops >> i) & 1u;
    if (i + 1 < n)
      nv_cell_add_edge (cell, i, i + 1);
  }
}

static NvCells *
chain_enumerate (const NvSpace *s, GError **error G_GNUC_UNUSED)
{
  int broken = ((const ChainOptions *) s->options)->broken;
  g_atomic_int_inc (&enumerations);
  if (broken == SILENT)
    return NULL;
  NvCells *all = nv_cells_new (3);
  for (guint n = 1; n <= 3 && broken != EMPTY_LIST; n++)
    for (guint ops = 0; ops < (1u << n); ops++) {
      NvCell cell;
      make_chain (&cell, n, ops);
      nv_cells_append (all, &cell);
    }
  return all;
}

static gboolean
chain_validate (const NvSpace *s, const NvCell *cell, GError **error)
{
  NvCell right;
  make_chain (&right, cell->n_nodes, 0);
  if (((const ChainOptions *) s->options)->broken == CONTRARY)
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "no chain, but");
  if (memcmp (right.rows, cell->rows, sizeof right.rows) == 0)
    return TRUE;
  if (((const ChainOptions *) s->options)->broken != SILENT)
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "no chain");
  return FALSE;
}

static gboolean
chain_mutate (const NvSpace *s, NvRng *rng, const NvCell *cell, NvCell *out,
              GError **error)
{
  nv_cell_init (out, 1);
  if (cell->n_nodes == 1) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "too short");
    return ((const ChainOptions *) s->options)->broken == CONTRARY;
  }
  *out = *cell;
  out->ops[nv_rng_below (rng, cell->n_nodes)] ^= 1;
  return TRUE;
}

static void
chain_neighbours (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, NvCells *out)
{
  for (guint i = 0; i < cell->n_nodes; i++) {
    NvCell next = *cell;
    next.ops[i] ^= 1;
    nv_cells_append (out, &next);
  }
}

static char *
chain_format (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < cell->n_nodes; i++)
    g_string_append_c (text, "+-"[cell->ops[i]]);
  return g_string_free (text, FALSE);
}

static gboolean
chain_parse (const NvSpace *s G_GNUC_UNUSED, const char *text, NvCell *out,
             GError **error)
{
  gsize n = strlen (text);
  nv_cell_init (out, 1);
  if (n < 1 || n > 3 || strspn (text, "+-") != n) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "'%s' is no chain", text);
    return FALSE;
  }
  make_chain (out, (guint) n, 0);
  for (gsize i = 0; i < n; i++)
    out->ops[i] = text[i] == '-';
  return TRUE;
}

static const NvSpaceClass chain = {
  NV_SPACE ("chain", "1.0", "chains of one to three nodes"),
  NV_OPTIONS (ChainOptions, chain_params, .broken = 0),
  .open = chain_open, .enumerate = chain_enumerate, .validate = chain_validate,
  .mutate = chain_mutate, .neighbours = chain_neighbours, .format = chain_format,
  .parse = chain_parse,
};

/* --- the space again, each hook of which can give what cannot be used ------------------ */

static const char *bent_hook = ""; /* the one that does */
static const char *bent_text;      /* what format() then gives */

/* Too many nodes, or an op that is not there. */
static void
bend (const char *hook, NvCell *cell)
{
  if (strcmp (bent_hook, hook) != 0)
    return;
  if (strcmp (hook, "canonical") == 0 || strcmp (hook, "sample") == 0)
    cell->n_nodes = 77;
  else
    cell->ops[0] = 7;
}

static NvCells *
bent_enumerate (const NvSpace *s, GError **error)
{
  NvCells *all = chain_enumerate (s, error);
  NvCell cell;
  make_chain (&cell, 2, 1);
  bend ("enumerate", &cell);
  nv_cells_append (all, &cell);
  return all;
}

static gboolean
bent_sample (const NvSpace *s G_GNUC_UNUSED, NvRng *rng, NvCell *out,
             GError **error G_GNUC_UNUSED)
{
  make_chain (out, 2, nv_rng_below (rng, 4));
  bend ("sample", out);
  return TRUE;
}

static gboolean
bent_mutate (const NvSpace *s, NvRng *rng, const NvCell *cell, NvCell *out, GError **error)
{
  gboolean ok = chain_mutate (s, rng, cell, out, error);
  bend ("mutate", out);
  return ok;
}

static void
bent_neighbours (const NvSpace *s, const NvCell *cell, NvCells *out)
{
  NvCell next = *cell;
  chain_neighbours (s, cell, out);
  bend ("neighbours", &next);
  nv_cells_append (out, &next);
}

static void
bent_canonical (const NvSpace *s G_GNUC_UNUSED, const NvCell *cell, NvCell *out)
{
  *out = *cell;
  bend ("canonical", out);
}

static gboolean
bent_parse (const NvSpace *s, const char *text, NvCell *out, GError **error)
{
  gboolean ok = chain_parse (s, text, out, error);
  bend ("parse", out);
  return ok;
}

static char *
bent_format (const NvSpace *s, const NvCell *cell)
{
  return strcmp (bent_hook, "format") == 0 ? g_strdup (bent_text) : chain_format (s, cell);
}

static const NvSpaceClass bent = {
  NV_SPACE ("bent", "1.0", "chains, and worse"),
  NV_OPTIONS (ChainOptions, chain_params, .broken = 0),
  .open = chain_open, .enumerate = bent_enumerate, .sample = bent_sample,
  .validate = chain_validate, .canonical = bent_canonical, .mutate = bent_mutate,
  .neighbours = bent_neighbours, .format = bent_format, .parse = bent_parse,
};

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

static NvSpace *
new_chain (int broken, GError **error)
{
  return nv_i_space_new (
      "chain", g_variant_new_parsed ("{'broken': <%x>}", (gint64) broken), error);
}

static NvEncoder *
new_line (NvSpace *space, double lr, guint64 seed)
{
  GError *error = NULL;
  NvEncoder *e = nv_i_encoder_new ("line", g_variant_new_parsed ("{'lr': <%d>}", lr),
                                   space, seed, 3, 1, &error);
  g_assert_no_error (error);
  return e;
}

/* --- spaces ------------------------------------------------------------------------- */

static void
test_space_open (void)
{
  GError *error = NULL;
  g_assert_null (new_chain (NO_NODES, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "space chain: open() set nodes = 33 and n_ops = 2; "
               "allowed are 1 to 32 and 1 to 254");
  g_assert_null (new_chain (NO_OP_NAME, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: open() gave op 1 no name");
  g_assert_null (new_chain (LATIN_OP, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: open() named op 1 'caf\xef\xbf\xbd', which is "
                                       "not one line of UTF-8");
  g_assert_null (new_chain (7, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "no chains today");
  g_assert_null (new_chain (11, &error));
  CHECK_ERROR (error, NV_ERROR_OPTION, "space chain: option 'broken' is 11");
  g_assert_null (nv_i_space_new ("chian", NULL, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "no space 'chian'; did you mean 'chain'?");
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  g_assert_no_error (error);
  g_autoptr (JsonNode) node = nv_i_space_json (space);
  g_autofree char *text = nv_i_json_text (node);
  g_assert_cmpstr (text, ==, "{\"plugin\": \"chain\", \"version\": \"1.0\", \"options\": "
                             "{\"broken\": 0}}");
}

static gpointer
enumerate_thread (gpointer space)
{
  return nv_space_enumerate (space, NULL);
}

static void
test_space_list (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  gint before = g_atomic_int_get (&enumerations);
  GThread *threads[4];
  for (int i = 0; i < 4; i++)
    threads[i] = g_thread_new ("list", enumerate_thread, space);
  g_autoptr (NvCells) all = nv_space_enumerate (space, &error);
  for (int i = 0; i < 4; i++) {
    g_autoptr (NvCells) other = g_thread_join (threads[i]);
    g_assert_true (other == all);
  }
  g_assert_cmpint (g_atomic_int_get (&enumerations), ==, before + 1);
  g_assert_cmpuint (all->count, ==, 14);

  NvRng rng;
  gboolean seen[3] = { FALSE };
  nv_rng_init (&rng, 17, "test", 2);
  for (int i = 0; i < 100; i++) {
    NvCell cell;
    g_assert_true (nv_space_sample (space, &rng, &cell, &error));
    seen[cell.n_nodes - 1] = TRUE;
  }
  g_assert_true (seen[0] && seen[1] && seen[2]);

  g_autoptr (NvSpace) silent = new_chain (SILENT, &error);
  g_assert_null (nv_space_enumerate (silent, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "space chain: enumerate() failed and did not say why");
  g_autoptr (NvSpace) empty = new_chain (EMPTY_LIST, &error);
  NvCell cell;
  g_assert_false (nv_space_sample (empty, &rng, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN, "space chain: enumerate() gave 0 cells");
}

#define INVALID(change, part)                                                           \
  G_STMT_START {                                                                        \
    NvCell cell;                                                                        \
    make_chain (&cell, 3, 5);                                                           \
    change;                                                                             \
    g_assert_false (nv_space_validate (space, &cell, &error));                          \
    CHECK_ERROR (error, NV_ERROR_CELL, part);                                           \
    g_assert_false (nv_space_valid_paper (space, &cell));                               \
  } G_STMT_END

static void
test_space_validate (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  NvCell good;
  make_chain (&good, 1, 1);
  g_assert_true (nv_space_validate (space, &good, &error));
  g_assert_true (nv_space_valid_paper (space, &good));
  INVALID (cell.n_nodes = 0, "a cell of 0 nodes; allowed are 1 to 3");
  INVALID (cell.n_nodes = 4, "a cell of 4 nodes; allowed are 1 to 3");
  INVALID (cell.ops[2] = 2, "node 2 has op 2; there are 2");
  INVALID (cell.ops[3] = 0, "row 3 of a cell of 3 nodes");
  INVALID (cell.rows[1] |= 2u, "row 1 of a cell of 3 nodes");
  INVALID (cell.rows[2] = 1u, "row 2 of a cell of 3 nodes");
  INVALID (cell.rows[0] |= 1u << 31, "row 0 of a cell of 3 nodes");
  INVALID (cell.rows[31] = 4u, "row 31 of a cell of 3 nodes");
  INVALID (cell.rows[0] |= 4u, "no chain");
  g_autoptr (NvSpace) silent = new_chain (SILENT, &error);
  make_chain (&good, 3, 5);
  good.rows[0] = 0;
  g_assert_false (nv_space_validate (silent, &good, &error));
  CHECK_ERROR (error, NV_ERROR_PLUGIN,
               "space chain: validate() failed and did not say why");
}

/* An error that is set counts, whatever is returned with it. */
static void
test_space_contrary (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (CONTRARY, &error);
  NvRng rng;
  NvCell cell, out, before;
  nv_rng_init (&rng, 19, "test", 2);
  make_chain (&cell, 1, 1);
  make_chain (&out, 3, 2);
  before = out;
  g_assert_false (nv_space_validate (space, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL,
               "space chain: validate() succeeded and set an error: no chain, but");
  g_assert_false (nv_space_validate (space, &cell, NULL));
  g_assert_false (nv_space_mutate (space, &rng, &cell, &out, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "space chain: mutate() succeeded and set an error: too short");
  g_assert_true (nv_cell_equal (&out, &before));
}

/* Calls every hook; FALSE with the first error. */
static gboolean
use_bent (NvSpace *space, GError **error)
{
  g_autoptr (NvCells) near = nv_cells_new (3);
  NvRng rng;
  NvCell cell, next, form;
  nv_rng_init (&rng, 19, "test", 2);
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  if (all == NULL || !nv_space_parse (space, "+-", &cell, error)
      || !nv_space_mutate (space, &rng, &cell, &next, error)
      || !nv_space_sample (space, &rng, &next, error))
    return FALSE;
  nv_space_neighbours (space, &cell, near);
  nv_space_canonical (space, &cell, &form);
  g_assert_true (nv_cell_equal (&cell, &form)); /* whatever the hook does */
  g_autofree char *text = nv_space_format (space, &cell);
  g_assert_cmpstr (text, ==, strcmp (bent_hook, "format") == 0 ? "?" : "+-");
  g_assert_cmpuint (near->count, ==, strcmp (bent_hook, "neighbours") == 0 ? 0 : 3);
  return nv_i_space_sound (space, error);
}

static void
test_space_hooks (void)
{
  static const struct { const char *hook, *text, *part; } cases[] = {
    { "enumerate", NULL, "gave what is none of its cells: node 0 has op 7; there are 2" },
    { "sample", NULL, "gave what is none of its cells: a cell of 77 nodes; allowed are 1 to 3" },
    { "parse", NULL, "gave what is none of its cells: node 0 has op 7" },
    { "mutate", NULL, "gave what is none of its cells: node 0 has op 7" },
    { "neighbours", NULL, "gave what is none of its cells: node 0 has op 7" },
    { "canonical", NULL, "gave what is none of its cells: a cell of 77 nodes" },
    { "format", NULL, "gave NULL" },
    { "format", "caf\xe9", "gave what is not one line of UTF-8" },
  };
  GError *error = NULL;
  bent_hook = "";
  g_autoptr (NvSpace) good = nv_i_space_new ("bent", NULL, &error);
  g_assert_true (use_bent (good, &error));
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *part
        = g_strdup_printf ("space bent: %s() %s", cases[i].hook, cases[i].part);
    g_autoptr (NvSpace) space = nv_i_space_new ("bent", NULL, &error);
    bent_hook = cases[i].hook;
    bent_text = cases[i].text;
    g_assert_false (use_bent (space, &error));
    CHECK_ERROR (error, NV_ERROR_PLUGIN, part);
    bent_hook = "";
  }
}

/* A hook is not to blame for what it makes of a cell that is none. */
static void
test_space_invalid_cell (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = nv_i_space_new ("bent", NULL, &error);
  NvCell cell, form;
  nv_cell_init (&cell, 3);
  bent_hook = "canonical";
  nv_space_canonical (space, &cell, &form);
  bent_hook = "";
  g_assert_true (nv_i_space_sound (space, &error));
}

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

/* What is written on success is untouched on error, and may be the input itself. */
static void
test_space_outputs (void)
{
  GError *error = NULL;
  g_autoptr (NvSpace) space = new_chain (GOOD, &error);
  NvRng rng;
  NvCell cell, before;
  nv_rng_init (&rng, 18, "test", 2);
  g_assert_true (nv_space_parse (space, "+-+", &cell, &error));
  before = cell;
  g_assert_true (nv_space_mutate (space, &rng, &cell, &cell, &error));
  g_assert_cmpuint (nv_cell_edit_distance (&before, &cell), ==, 1);
  before = cell;
  g_assert_false (nv_space_parse (space, "+*", &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "'+*' is no chain");
  g_assert_true (nv_cell_equal (&before, &cell));
  NvCell dot;
  make_chain (&dot, 1, 0);
  g_assert_false (nv_space_mutate (space, &rng, &dot, &cell, &error));
  CHECK_ERROR (error, NV_ERROR_CELL, "too short");
  g_assert_true (nv_cell_equal (&before, &cell));
  g_autoptr (NvCells) near = nv_cells_new (3);
  nv_space_neighbours (space, &before, near);
  g_assert_cmpuint (near->count, ==, 3);
  g_autofree char *text = nv_space_format (space, &dot);
  g_assert_cmpstr (text, ==, "+");
}

/* --- encoders ----------------------------------------------------------------------- */

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
  nv_i_plugin_accept (&bent.head, "bent", &error);
  nv_i_plugin_accept (&line_class.head, "line", &error);
  g_assert_no_error (error);
  g_test_add_func ("/instance/space-open", test_space_open);
  g_test_add_func ("/instance/space-list", test_space_list);
  g_test_add_func ("/instance/space-validate", test_space_validate);
  g_test_add_func ("/instance/space-contrary", test_space_contrary);
  g_test_add_func ("/instance/space-hooks", test_space_hooks);
  g_test_add_func ("/instance/space-invalid-cell", test_space_invalid_cell);
  g_test_add_func ("/instance/hook-result", test_hook_result);
  g_test_add_func ("/instance/training-count", test_training_count);
  g_test_add_func ("/instance/space-outputs", test_space_outputs);
  g_test_add_func ("/instance/encoder-embed", test_encoder_embed);
  g_test_add_func ("/instance/encoder-fit", test_encoder_fit);
  g_test_add_func ("/instance/encoder-weights", test_encoder_weights);
  g_test_add_func ("/instance/encoder-faults", test_encoder_faults);
  g_test_add_func ("/instance/cache", test_cache);
  return g_test_run ();
}
