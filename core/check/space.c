/* What a space must do. */
#include <string.h>

#include "check/private.h"

#define MANY 20000 /* cells that are looked at one by one, at most */

static NvSpace *
open_own (NvCheck *check, GVariant *options, GError **error)
{
  return nv_i_space_new (check->klass->name, options, error);
}

/* Is `next`, a mutation of `cell`, of another class? A cell without neighbours may stay. */
static gboolean
check_another (const NvSpace *space, const NvCell *cell, const NvCell *next, GError **error)
{
  NvCell before, after;
  nv_space_canonical (space, cell, &before);
  nv_space_canonical (space, next, &after);
  if (!nv_cell_equal (&before, &after))
    return TRUE;
  g_autoptr (NvCells) near = nv_cells_new (space->nodes);
  nv_space_neighbours (space, cell, near);
  REQUIRE (near->count == 0, "a mutated cell has not changed%s",
           nv_cell_equal (cell, next) ? "" : ", as it is written in another way only");
  return TRUE;
}

/* Walks of a few mutations: a cell that is drawn from a list is the representative of its
 * class, one that was mutated need not be. */
gboolean
nv_i_check_space_use (NvCheck *check, GVariant *options, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, options, error);
  NvRng rng;
  NvCell cell, next;
  nv_rng_init (&rng, 5, "check", 0);
  for (int i = 0; space != NULL && i < 60; i++) {
    if (i % 3 == 0
        && (!nv_space_sample (space, &rng, &cell, error)
            || !nv_space_validate (space, &cell, error)))
      return FALSE;
    if (!nv_space_mutate (space, &rng, &cell, &next, error)
        || !nv_space_validate (space, &next, error)
        || !check_another (space, &cell, &next, error))
      return FALSE;
    cell = next;
  }
  return space != NULL;
}

/* `what`: where the cell is from. */
static gboolean
check_valid (const NvSpace *space, const NvCell *cell, const char *what, GError **error)
{
  g_autoptr (GError) local = NULL;
  if (!nv_i_space_sound (space, error))
    return FALSE;
  REQUIRE (nv_space_validate (space, cell, &local), "%s is not valid: %s", what,
           local->message);
  REQUIRE (nv_space_valid_paper (space, cell), "%s is valid, but not by the looser rule",
           what);
  guint least = space->min_nodes > 0 ? space->min_nodes : space->nodes;
  REQUIRE (cell->n_nodes >= least, "%s has %u nodes; min_nodes says that all have %u or more",
           what, cell->n_nodes, least);
  return TRUE;
}

static gboolean
check_ops (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  if (space == NULL)
    return FALSE;
  for (guint k = 0; k < space->n_ops; k++) {
    REQUIRE (space->ops[k][0] != '\0', "op %u has an empty name", k);
    for (guint j = 0; j < k; j++)
      REQUIRE (strcmp (space->ops[j], space->ops[k]) != 0,
               "ops %u and %u are both named '%s'", j, k, space->ops[k]);
  }
  g_string_append_printf (check->note, " %u nodes, %u ops", space->nodes, space->n_ops);
  return TRUE;
}

static gboolean
check_presets (NvCheck *check, GError **error)
{
  const NvSpaceClass *klass = (const NvSpaceClass *) check->klass;
  ONLY_IF (klass->presets != NULL, "it has none");
  for (const NvTablePreset *p = klass->presets; p->dataset != NULL; p++) {
    guint row = (guint) (p - klass->presets);
    REQUIRE (p->epochs >= 0 && p->cell != NULL && p->observed != NULL,
             "row %u (%s) lacks cell or observed, or has negative epochs", row,
             p->dataset);
    for (const NvTablePreset *q = klass->presets; q < p; q++)
      REQUIRE (strcmp (p->dataset, q->dataset) != 0 || p->epochs != q->epochs,
               "%s at %d epochs stands there twice", p->dataset, p->epochs);
  }
  return TRUE;
}

/* --- the list ----------------------------------------------------------------------- */

/* The cell is its own class's representative or of another class than all before it. */
static gboolean
check_listed (const NvSpace *space, NvCellIndex *classes, gsize i, const NvCell *cell,
              GError **error)
{
  g_autofree char *what = g_strdup_printf ("cell %zu", i);
  NvCell canonical;
  gsize twin;
  if (!check_valid (space, cell, what, error))
    return FALSE;
  nv_space_canonical (space, cell, &canonical);
  REQUIRE (nv_cell_index_add (classes, &canonical, i, &twin),
           "cells %zu and %zu are equivalent", twin, i);
  return TRUE;
}

static gboolean
check_enumerate (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error), again = NULL;
  if (space == NULL)
    return FALSE;
  ONLY_IF (nv_space_enumerable (space), "it has too many cells to list");
  again = open_own (check, NULL, error);
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  g_autoptr (NvCells) twin = again != NULL ? nv_space_enumerate (again, error) : NULL;
  if (all == NULL || twin == NULL)
    return FALSE;
  g_autoptr (NvCellIndex) cells = nv_cell_index_new (), classes = nv_cell_index_new ();
  REQUIRE (twin->count == all->count, "%zu cells and then %zu", all->count, twin->count);
  for (gsize i = 0; i < all->count; i++) {
    NvCell cell, same;
    gsize first;
    nv_cells_get (all, i, &cell);
    nv_cells_get (twin, i, &same);
    REQUIRE (nv_cell_equal (&cell, &same), "cell %zu is another one the second time", i);
    REQUIRE (nv_cell_index_add (cells, &cell, i, &first), "cell %zu is cell %zu again", i,
             first);
    if (i % (all->count / MANY + 1) == 0
        && !check_listed (space, classes, i, &cell, error))
      return FALSE;
  }
  g_string_append_printf (check->note, " %zu cells", all->count);
  return TRUE;
}

/* --- drawing and moving ------------------------------------------------------------- */

static gboolean
check_sample (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 2, error) : NULL;
  if (some == NULL)
    return FALSE;
  NvRng rng, twin, other;
  guint differ = 0;
  nv_rng_init (&rng, 11, "check", 0);
  nv_rng_init (&twin, 11, "check", 0);
  nv_rng_init (&other, 12, "check", 0);
  for (guint i = 0; i < 300; i++) {
    NvCell a, b, c;
    if (!nv_space_sample (space, &rng, &a, error)
        || !nv_space_sample (space, &twin, &b, error)
        || !nv_space_sample (space, &other, &c, error))
      return FALSE;
    REQUIRE (nv_cell_equal (&a, &b), "draw %u: the same seed gives another cell", i);
    if (!check_valid (space, &a, "a drawn cell", error))
      return FALSE;
    differ += !nv_cell_equal (&a, &c);
  }
  REQUIRE (differ > 0 || some->count == 1, "another seed gives the same 300 cells");
  return TRUE;
}

static gboolean
check_canonical (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 500, error) : NULL;
  if (some == NULL)
    return FALSE;
  for (gsize i = 0; i < some->count; i++) {
    NvCell cell, once, twice;
    nv_cells_get (some, i, &cell);
    nv_space_canonical (space, &cell, &once);
    if (!check_valid (space, &once, "a canonical cell", error))
      return FALSE;
    nv_space_canonical (space, &once, &twice);
    REQUIRE (nv_cell_equal (&once, &twice),
             "the canonical form of a canonical form differs");
  }
  return TRUE;
}

static gboolean
check_neighbours (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 60, error) : NULL;
  if (some == NULL)
    return FALSE;
  g_autoptr (NvCells) near = nv_cells_new (space->nodes);
  gsize total = 0;
  for (gsize i = 0; i < some->count; i++, total += near->count) {
    g_autoptr (NvCellIndex) seen = nv_cell_index_new ();
    NvCell cell, next;
    nv_cells_get (some, i, &cell);
    nv_cells_clear (near);
    nv_space_neighbours (space, &cell, near);
    nv_cell_index_add (seen, &cell, 0, NULL);
    for (gsize k = 0; k < near->count; k++) {
      nv_cells_get (near, k, &next);
      if (!check_valid (space, &next, "a neighbour", error))
        return FALSE;
      REQUIRE (nv_cell_index_add (seen, &next, k, NULL),
               "a neighbour stands in the list twice, or is the cell itself");
    }
  }
  if (!nv_i_space_sound (space, error))
    return FALSE;
  REQUIRE (total > 0 || some->count == 1, "none of %zu cells has one", some->count);
  g_string_append_printf (check->note, " %.1f of a cell",
                          (double) total / (double) some->count);
  return TRUE;
}

/* Is `next` one of the neighbours, up to equivalence? */
static gboolean
is_near (const NvSpace *space, const NvCells *near, const NvCell *next)
{
  NvCell wanted, cell, canonical;
  nv_space_canonical (space, next, &wanted);
  for (gsize k = 0; k < near->count; k++) {
    nv_cells_get (near, k, &cell);
    nv_space_canonical (space, &cell, &canonical);
    if (nv_cell_equal (&canonical, &wanted))
      return TRUE;
  }
  return FALSE;
}

static gboolean
check_mutate (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 60, error) : NULL;
  if (some == NULL)
    return FALSE;
  g_autoptr (NvCells) near = nv_cells_new (space->nodes);
  NvRng rng, twin;
  nv_rng_init (&rng, 13, "check", 0);
  nv_rng_init (&twin, 13, "check", 0);
  guint total = 0, one_step = 0;
  for (gsize i = 0; i < 5 * some->count; i++) {
    NvCell cell, next, same;
    nv_cells_get (some, i / 5, &cell);
    nv_cells_clear (near);
    nv_space_neighbours (space, &cell, near);
    if (near->count == 0)
      continue;
    if (!nv_space_mutate (space, &rng, &cell, &next, error)
        || !nv_space_mutate (space, &twin, &cell, &same, error)
        || !check_valid (space, &next, "a mutated cell", error)
        || !check_another (space, &cell, &next, error))
      return FALSE;
    REQUIRE (nv_cell_equal (&next, &same), "the same seed gives another cell");
    total++;
    one_step += is_near (space, near, &next);
  }
  if (one_step < total)
    g_string_append_printf (check->note, " %u %% one step", 100 * one_step / total);
  return TRUE;
}

/* --- notation ----------------------------------------------------------------------- */

static gboolean
check_round_trip (const NvSpace *space, const NvCell *cell, GError **error)
{
  g_autofree char *text = nv_space_format (space, cell);
  g_autoptr (GError) local = NULL;
  NvCell back;
  if (!nv_i_space_sound (space, error))
    return FALSE;
  REQUIRE (nv_space_parse (space, text, &back, &local),
           "parse() refuses what format() wrote: %s", local->message);
  REQUIRE (nv_cell_equal (cell, &back), "'%s' is parsed to another cell", text);
  return TRUE;
}

static gboolean
check_notation (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 2000, error) : NULL;
  for (gsize i = 0; some != NULL && i < some->count; i++) {
    NvCell cell;
    nv_cells_get (some, i, &cell);
    if (!check_round_trip (space, &cell, error))
      return FALSE;
  }
  return some != NULL;
}

/* Text that is nearly right: refused with a reason, or a valid cell. */
static gboolean
try_text (const NvSpace *space, const char *text, guint *refused, GError **error)
{
  g_autoptr (GError) local = NULL;
  NvCell cell;
  if (!nv_space_parse (space, text, &cell, &local)) {
    REQUIRE (!g_error_matches (local, NV_ERROR, NV_ERROR_PLUGIN), "%s", local->message);
    ++*refused;
    return TRUE;
  }
  g_autofree char *what = g_strdup_printf ("the cell of '%s'", text);
  return check_valid (space, &cell, what, error);
}

static gboolean
check_bad_text (NvCheck *check, GError **error)
{
  static const char *const rubbish[] = {
    "",         " ",
    "|",        "[]",
    "{}",       "0",
    "-1",       "4294967296 1",
    "\xc3\xa4", "a very long word that is no cell at all"
  };
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 100, error) : NULL;
  guint refused = 0;
  NvRng rng;
  nv_rng_init (&rng, 14, "check", 0);
  for (gsize i = 0; some != NULL && i < G_N_ELEMENTS (rubbish); i++)
    if (!try_text (space, rubbish[i], &refused, error))
      return FALSE;
  for (gsize i = 0; some != NULL && i < 20 * some->count; i++) {
    NvCell cell;
    nv_cells_get (some, i / 20, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    if (*text == '\0')
      continue;
    guint32 at = nv_rng_below (&rng, (guint32) strlen (text));
    text[at] = i % 2 == 0 ? '\0' : (char) (32 + nv_rng_below (&rng, 95));
    if (!try_text (space, text, &refused, error))
      return FALSE;
  }
  REQUIRE (some == NULL || refused > 0, "parse() takes anything for a cell");
  return some != NULL;
}

/* The larger part of a notation is refused, or itself the notation of a cell. A smaller one may be
 * another way to write one, such as an index. */
static gboolean
try_cut (const NvSpace *space, const char *text, gsize length, GError **error)
{
  g_autofree char *cut = g_strstrip (g_strndup (text, length)), *written = NULL;
  NvCell cell;
  if (!nv_space_parse (space, cut, &cell, NULL))
    return TRUE;
  if (!check_valid (space, &cell, "the cell of a notation that is cut short", error))
    return FALSE;
  written = g_strstrip (nv_space_format (space, &cell));
  REQUIRE (strcmp (written, cut) == 0, "'%s', which is '%s' cut short, is parsed to the cell '%s'",
           cut, text, written);
  return TRUE;
}

static gboolean
check_cut_text (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  g_autoptr (NvCells) some = space != NULL ? nv_i_check_cells (space, 100, error) : NULL;
  for (gsize i = 0; some != NULL && i < some->count; i++) {
    NvCell cell;
    nv_cells_get (some, i, &cell);
    g_autofree char *text = nv_space_format (space, &cell);
    for (gsize length = strlen (text) / 2 + 1; length < strlen (text); length++)
      if (!try_cut (space, text, length, error))
        return FALSE;
  }
  return some != NULL;
}

/* Any DAG of the right size is judged without a crash, and what is valid can be used. */
static gboolean
check_any_dag (NvCheck *check, GError **error)
{
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  if (space == NULL)
    return FALSE;
  guint valid = 0;
  NvRng rng;
  nv_rng_init (&rng, 15, "check", 0);
  for (guint i = 0; i < 5000; i++) {
    NvCell cell;
    g_autoptr (GError) local = NULL;
    nv_cell_init (&cell, 1 + nv_rng_below (&rng, space->nodes));
    for (guint a = 0; a < cell.n_nodes; a++) {
      cell.ops[a] = (guint8) nv_rng_below (&rng, space->n_ops);
      for (guint b = a + 1; b < cell.n_nodes; b++)
        if (nv_rng_below (&rng, 1 + i % 4) == 0)
          nv_cell_add_edge (&cell, a, b);
    }
    gboolean ok = nv_space_validate (space, &cell, &local);
    REQUIRE (ok || local->code == NV_ERROR_CELL, "an invalid cell gives the error: %s",
             local->message);
    if (ok && !(check_valid (space, &cell, "a valid cell", error)
                && check_round_trip (space, &cell, error)))
      return FALSE;
    valid += ok;
  }
  g_string_append_printf (check->note, " %u of 5000 valid", valid);
  return TRUE;
}

/* --- threads ------------------------------------------------------------------------ */

typedef struct {
  const NvSpace *space;
  guint64 seed;
  GString *text; /* what came out */
} Walk;

static gpointer
walk (gpointer data)
{
  Walk *w = data;
  NvRng rng;
  NvCell cell;
  w->text = g_string_new (NULL);
  nv_rng_init (&rng, w->seed, "check", 1);
  for (guint i = 0; i < 400; i++) {
    NvCell canonical;
    if (i % 20 == 0 ? !nv_space_sample (w->space, &rng, &cell, NULL)
                    : !nv_space_mutate (w->space, &rng, &cell, &cell, NULL))
      break;
    nv_space_canonical (w->space, &cell, &canonical);
    g_autofree char *text = nv_space_format (w->space, &canonical);
    g_string_append (w->text, text);
  }
  return NULL;
}

static gboolean
check_threads (NvCheck *check, GError **error)
{
  enum { THREADS = 4 };
  g_autoptr (NvSpace) space = open_own (check, NULL, error);
  if (space == NULL)
    return FALSE;
  Walk together[THREADS], alone[THREADS];
  GThread *threads[THREADS];
  guint differ = 0;
  for (guint t = 0; t < THREADS; t++) {
    together[t] = alone[t] = (Walk){ .space = space, .seed = 100 + t };
    threads[t] = g_thread_new ("check", walk, &together[t]);
  }
  for (guint t = 0; t < THREADS; t++)
    g_thread_join (threads[t]);
  for (guint t = 0; t < THREADS; t++) {
    walk (&alone[t]);
    differ += !g_string_equal (alone[t].text, together[t].text);
    g_string_free (alone[t].text, TRUE);
    g_string_free (together[t].text, TRUE);
  }
  REQUIRE (differ == 0, "%u of %d threads get another result than one thread alone",
           differ, THREADS);
  return TRUE;
}

const NvCheckRow nv_i_check_space_rows[] = {
  { "ops", check_ops },
  { "table presets", check_presets },
  { "list: distinct, valid, the same again", check_enumerate },
  { "draws: valid, the same by seed", check_sample },
  { "canonical form: valid, final", check_canonical },
  { "neighbours: valid, distinct", check_neighbours },
  { "mutation: valid, another cell", check_mutate },
  { "notation: there and back", check_notation },
  { "notation: bad text", check_bad_text },
  { "notation: cut short", check_cut_text },
  { "any DAG is judged", check_any_dag },
  { "network: built without a mistake", nv_i_check_network },
  { "threads: the same result", check_threads },
  { NULL, NULL },
};
