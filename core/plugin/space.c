/* Spaces in use, and what the core offers over their hooks. */
#include <string.h>

#include "plugin/accept.h"
#include "plugin/instance.h"
#include "plugin/options.h"
#include "plugin/registry.h"

enum { FRUITLESS = 10000 }; /* draws in a row without a new cell: there are no more */

/* What a plugin sees, and behind it what is the core's. */
typedef struct {
  NvSpace space;
  gpointer options;
  gint refs;
  gboolean open;
  GMutex lock;   /* of `all` */
  NvCells *all;  /* the cells in the official order; NULL: not yet listed */
  GError *wrong; /* the first mistake of a hook that has no error to set; atomic */
} Space;

static Space *
private_of (const NvSpace *space)
{
  return (Space *) space;
}

static const char *
name_of (const NvSpace *space)
{
  return space->klass->head.name;
}

/* --- what hooks give ---------------------------------------------------------------- */

static gboolean
check_made (const NvSpace *space, const char *hook, const NvCell *cell, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (nv_i_space_fits (space, cell, &local))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
               "space %s: %s() gave what is none of its cells: %s", name_of (space), hook,
               local->message);
  return FALSE;
}

/* Of a hook that has no error to set, unless the cell that it was given was none. Takes
 * `mistake`. */
static void
blame (const NvSpace *space, const NvCell *given, GError *mistake)
{
  Space *p = private_of (space);
  if (!nv_space_validate (space, given, NULL)
      || !g_atomic_pointer_compare_and_exchange (&p->wrong, NULL, mistake)) {
    g_error_free (mistake);
    return;
  }
  g_message ("%s", mistake->message);
}

gboolean
nv_i_space_sound (const NvSpace *space, GError **error)
{
  const GError *wrong = g_atomic_pointer_get (&private_of (space)->wrong);
  if (wrong != NULL && error != NULL)
    *error = g_error_copy (wrong);
  return wrong == NULL;
}

/* The end of a hook that makes a cell: *out is untouched on error. `local`: transfer
 * full. */
static gboolean
finish (const NvSpace *space, const char *hook, gboolean ok, const NvCell *made,
        NvCell *out, GError *local, GError **error)
{
  if (!nv_i_hook_result (&space->klass->head, hook, ok, local, error)
      || !check_made (space, hook, made, error))
    return FALSE;
  *out = *made;
  return TRUE;
}

/* --- life --------------------------------------------------------------------------- */

static gboolean
check_open (const NvSpace *s, GError **error)
{
  if (s->nodes < 1 || s->nodes > NV_CELL_MAX || s->n_ops < 1 || s->n_ops >= NV_OP_PAD) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "space %s: open() set nodes = %u and n_ops = %u; allowed are 1 to %d and "
                 "1 to %d", name_of (s), s->nodes, s->n_ops, NV_CELL_MAX, NV_OP_PAD - 1);
    return FALSE;
  }
  if (s->min_nodes > s->nodes) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "space %s: open() set min_nodes = %u; allowed are 0 to nodes = %u", name_of (s),
                 s->min_nodes, s->nodes);
    return FALSE;
  }
  for (guint k = 0; k < s->n_ops; k++)
    if (s->ops == NULL || s->ops[k] == NULL) {
      g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                   "space %s: open() gave op %u no name", name_of (s), k);
      return FALSE;
    } else if (!nv_i_is_line (s->ops[k])) {
      g_autofree char *shown = g_utf8_make_valid (s->ops[k], -1);
      g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                   "space %s: open() named op %u '%s', which is not one line of UTF-8",
                   name_of (s), k, shown);
      return FALSE;
    }
  return TRUE;
}

NvSpace *
nv_i_space_new (const char *name, GVariant *options, GError **error)
{
  g_autoptr (GVariant) values = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autofree char *what = g_strconcat ("space ", name, NULL);
  const NvClass *klass = nv_i_plugin_find (NV_KIND_SPACE, name, error);
  if (klass == NULL)
    return NULL;
  gpointer checked = nv_i_options_new (klass->params, klass->options_size,
                                       klass->defaults, values, what, error);
  if (checked == NULL)
    return NULL;
  Space *space = g_new0 (Space, 1);
  space->refs = 1;
  space->options = checked;
  g_mutex_init (&space->lock);
  space->space.klass = (const NvSpaceClass *) klass;
  space->space.options = checked;
  space->space.state = g_malloc0 (MAX (klass->state_size, 1));
  g_autoptr (NvSpace) owned = &space->space;
  GError *local = NULL;
  space->open = owned->klass->open (owned, &local);
  if (!nv_i_hook_result (klass, "open", space->open, local, error) || !check_open (owned, error))
    return NULL;
  return g_steal_pointer (&owned);
}

NvSpace *
nv_i_space_ref (NvSpace *space)
{
  g_atomic_int_inc (&private_of (space)->refs);
  return space;
}

void
nv_i_space_unref (NvSpace *space)
{
  if (space == NULL || !g_atomic_int_dec_and_test (&private_of (space)->refs))
    return;
  Space *p = private_of (space);
  if (p->open && space->klass->close != NULL)
    space->klass->close (space);
  g_clear_pointer (&p->all, nv_cells_unref);
  g_clear_error (&p->wrong);
  g_mutex_clear (&p->lock);
  nv_i_options_free (space->klass->head.params, p->options);
  g_free (space->state);
  g_free (p);
}

JsonNode *
nv_i_space_json (const NvSpace *space)
{
  return nv_i_plugin_json (&space->klass->head, space->options);
}

gboolean
nv_i_space_same (const NvSpace *a, const NvSpace *b)
{
  if (a == b)
    return TRUE;
  g_autoptr (JsonNode) a_json = nv_i_space_json (a), b_json = nv_i_space_json (b);
  g_autofree char *a_text = nv_i_json_text (a_json), *b_text = nv_i_json_text (b_json);
  return strcmp (a_text, b_text) == 0;
}

/* --- hooks with their defaults ------------------------------------------------------ */

gboolean
nv_space_enumerable (const NvSpace *space)
{
  return space->klass->enumerate != NULL;
}

static NvCells *
enumerate (const NvSpace *space, GError **error)
{
  GError *local = NULL;
  g_autoptr (NvCells) cells = space->klass->enumerate (space, &local);
  if (!nv_i_hook_result (&space->klass->head, "enumerate", cells != NULL, local, error))
    return NULL;
  if (cells->count == 0 || cells->nodes > space->nodes) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "space %s: enumerate() gave %zu cells of up to %u nodes; the space has %u",
                 name_of (space), cells->count, cells->nodes, space->nodes);
    return NULL;
  }
  for (gsize i = 0; i < cells->count; i++) {
    NvCell cell;
    nv_cells_get (cells, i, &cell);
    if (!check_made (space, "enumerate", &cell, error))
      return NULL;
  }
  return g_steal_pointer (&cells);
}

NvCells *
nv_space_enumerate (const NvSpace *space, GError **error)
{
  Space *p = private_of (space);
  if (!nv_space_enumerable (space)) {
    g_set_error (error, NV_ERROR, NV_ERROR_UNSUPPORTED,
                 "space %s has too many cells to list them; sample a pool",
                 name_of (space));
    return NULL;
  }
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&p->lock);
  if (p->all == NULL)
    p->all = enumerate (space, error);
  return p->all != NULL ? nv_cells_ref (p->all) : NULL;
}

gboolean
nv_space_sample (const NvSpace *space, NvRng *rng, NvCell *out, GError **error)
{
  GError *local = NULL;
  NvCell cell;
  if (space->klass->sample != NULL) {
    gboolean ok = space->klass->sample (space, rng, &cell, &local);
    return finish (space, "sample", ok, &cell, out, local, error);
  }
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  if (all == NULL)
    return FALSE;
  nv_cells_get (all, nv_rng_below (rng, (guint32) all->count), out);
  return TRUE;
}

NvCells *
nv_i_space_draw (const NvSpace *space, gsize count, NvRng *rng, GError **error)
{
  g_autoptr (NvCells) cells = nv_cells_new (space->nodes);
  g_autoptr (NvCellIndex) index = nv_cell_index_new ();
  for (guint fruitless = 0; cells->count < count && fruitless < FRUITLESS;) {
    NvCell cell, canonical;
    if (!nv_space_sample (space, rng, &cell, error))
      return NULL;
    nv_space_canonical (space, &cell, &canonical);
    if (nv_cell_index_add (index, &canonical, cells->count, NULL)) {
      nv_cells_append (cells, &cell);
      fruitless = 0;
    } else
      fruitless++;
  }
  return nv_i_space_sound (space, error) ? g_steal_pointer (&cells) : NULL;
}

NvCells *
nv_i_space_pool (const NvSpace *space, gsize count, guint64 seed, GError **error)
{
  NvRng rng;
  nv_rng_init (&rng, seed, "pool", 0);
  return nv_i_space_draw (space, count, &rng, error);
}

gboolean
nv_i_space_fits (const NvSpace *space, const NvCell *cell, GError **error)
{
  guint n = cell->n_nodes;
  if (n < 1 || n > space->nodes) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                 "a cell of %u nodes; allowed are 1 to %u", n, space->nodes);
    return FALSE;
  }
  guint32 inside = n == 32 ? G_MAXUINT32 : (1u << n) - 1;
  for (guint i = 0; i < NV_CELL_MAX; i++) {
    guint32 later = i < n - 1 ? inside & ~((2u << i) - 1) : 0;
    if (i < n && cell->ops[i] >= space->n_ops) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL, "node %u has op %u; there are %u", i,
                   cell->ops[i], space->n_ops);
      return FALSE;
    }
    if ((cell->rows[i] & ~later) != 0 || (i >= n && cell->ops[i] != NV_OP_PAD)) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                   "row %u of a cell of %u nodes holds an edge that leads back or outside, "
                   "or is no padding", i, n);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
nv_space_validate (const NvSpace *space, const NvCell *cell, GError **error)
{
  GError *local = NULL;
  if (!nv_i_space_fits (space, cell, error))
    return FALSE;
  gboolean ok = space->klass->validate (space, cell, &local);
  return nv_i_hook_result (&space->klass->head, "validate", ok, local, error);
}

gboolean
nv_space_valid_paper (const NvSpace *space, const NvCell *cell)
{
  if (space->klass->valid_paper == NULL)
    return nv_space_validate (space, cell, NULL);
  return nv_i_space_fits (space, cell, NULL) && space->klass->valid_paper (space, cell);
}

void
nv_space_canonical (const NvSpace *space, const NvCell *cell, NvCell *out)
{
  const NvCell from = *cell;
  GError *mistake = NULL;
  NvCell made;
  if (space->klass->canonical == NULL) {
    nv_cell_canonical (&from, out);
    return;
  }
  space->klass->canonical (space, &from, &made);
  const gboolean fits = check_made (space, "canonical", &made, &mistake);
  *out = fits ? made : from;
  if (!fits)
    blame (space, &from, mistake);
}

gboolean
nv_space_mutate (const NvSpace *space, NvRng *rng, const NvCell *cell, NvCell *out,
                 GError **error)
{
  GError *local = NULL;
  NvCell next;
  gboolean ok = space->klass->mutate (space, rng, cell, &next, &local);
  return finish (space, "mutate", ok, &next, out, local, error);
}

void
nv_space_neighbours (const NvSpace *space, const NvCell *cell, NvCells *out)
{
  g_return_if_fail (out->nodes >= space->nodes);
  const gsize before = out->count;
  space->klass->neighbours (space, cell, out);
  for (gsize i = before; i < out->count; i++) {
    GError *mistake = NULL;
    NvCell next;
    nv_cells_get (out, i, &next);
    if (check_made (space, "neighbours", &next, &mistake))
      continue;
    out->count = before;
    blame (space, cell, mistake);
  }
}

char *
nv_space_format (const NvSpace *space, const NvCell *cell)
{
  g_autofree char *text = space->klass->format (space, cell);
  if (text != NULL && nv_i_is_line (text))
    return g_steal_pointer (&text);
  blame (space, cell, g_error_new (NV_ERROR, NV_ERROR_PLUGIN,
                                   "space %s: format() gave %s", name_of (space),
                                   text == NULL ? "NULL" : "what is not one line of UTF-8"));
  return g_strdup ("?");
}

gboolean
nv_space_parse (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  GError *local = NULL;
  NvCell cell;
  g_return_val_if_fail (text != NULL, FALSE);
  gboolean ok = space->klass->parse (space, text, &cell, &local);
  return finish (space, "parse", ok, &cell, out, local, error);
}
