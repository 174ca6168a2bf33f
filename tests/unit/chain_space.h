/* A space that is in the test itself: chains of 1 to 3 nodes with two ops. `broken` says what it
 * does wrong. */
#ifndef NV_CHAIN_SPACE_H
#define NV_CHAIN_SPACE_H

#include <string.h>

#include "check_error.h"
#include "plugin/instance.h"
#include "plugin/options.h"
#include "plugin/registry.h"

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

static NvSpace *
new_chain (int broken, GError **error)
{
  return nv_i_space_new (
      "chain", g_variant_new_parsed ("{'broken': <%x>}", (gint64) broken), error);
}

#endif
