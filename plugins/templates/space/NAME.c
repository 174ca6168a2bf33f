/* @NAME@: which networks its cells stand for, the reference, how many there are.
 *
 * As it stands: chains of `length` operations between an input and an output; 3^length
 * cells, written like "conv3x3 pool skip". */
#include <string.h>

#include <nasvec/space.h>

enum { INPUT, CONV, POOL, SKIP, OUTPUT, OPS };
static const char *const ops[OPS] = { "input", "conv3x3", "pool", "skip", "output" };
#define CHOICES 3u /* CONV, POOL, SKIP */

typedef struct { int length; } Options;
static const NvParam params[] = {
  NV_INT (Options, length, 1, 8, "operations in a chain"),
  NV_END
};

static guint
length_of (const NvSpace *s)
{
  return s->nodes - 2;
}

static gboolean
@NAME@_open (NvSpace *s, GError **error)
{
  (void) error;
  s->nodes = (guint) ((const Options *) s->options)->length + 2;
  s->n_ops = OPS;
  s->ops = ops;
  return TRUE;
}

/* The cell number `code`: its digits in base 3 are the operations. */
static void
make_cell (const NvSpace *s, guint code, NvCell *out)
{
  nv_cell_init (out, s->nodes);
  for (guint i = 0; i + 1 < s->nodes; i++)
    nv_cell_add_edge (out, i, i + 1);
  for (guint i = 1; i <= length_of (s); i++, code /= CHOICES)
    out->ops[i] = (guint8) (CONV + code % CHOICES);
  out->ops[s->nodes - 1] = OUTPUT;
}

static NvCells *
@NAME@_enumerate (const NvSpace *s, GError **error)
{
  NvCells *all = nv_cells_new (s->nodes);
  guint count = 1;
  (void) error;
  for (guint i = 0; i < length_of (s); i++)
    count *= CHOICES;
  for (guint code = 0; code < count; code++) {
    NvCell cell;
    make_cell (s, code, &cell);
    nv_cells_append (all, &cell);
  }
  return all;
}

/* The core has made sure of 1 to `nodes` nodes, ops below n_ops and edges that go
 * forward. */
static gboolean
@NAME@_validate (const NvSpace *s, const NvCell *cell, GError **error)
{
  NvCell chain;
  make_cell (s, 0, &chain);
  if (cell->n_nodes != s->nodes
      || memcmp (cell->rows, chain.rows, sizeof chain.rows) != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "not a chain of %u operations",
                 length_of (s));
    return FALSE;
  }
  for (guint i = 0; i < s->nodes; i++)
    if ((cell->ops[i] == INPUT) != (i == 0)
        || (cell->ops[i] == OUTPUT) != (i == s->nodes - 1)) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL, "node %u is '%s'", i,
                   ops[cell->ops[i]]);
      return FALSE;
    }
  return TRUE;
}

static gboolean
@NAME@_mutate (const NvSpace *s, NvRng *rng, const NvCell *cell, NvCell *out,
               GError **error)
{
  guint i = 1 + nv_rng_below (rng, length_of (s));
  guint choice = cell->ops[i] - (guint) CONV, step = 1 + nv_rng_below (rng, CHOICES - 1);
  (void) error;
  *out = *cell;
  out->ops[i] = (guint8) (CONV + (choice + step) % CHOICES);
  return TRUE;
}

static void
@NAME@_neighbours (const NvSpace *s, const NvCell *cell, NvCells *out)
{
  for (guint i = 1; i <= length_of (s); i++)
    for (guint8 op = CONV; op < CONV + CHOICES; op++) {
      NvCell next = *cell;
      next.ops[i] = op;
      if (op != cell->ops[i])
        nv_cells_append (out, &next);
    }
}

static char *
@NAME@_format (const NvSpace *s, const NvCell *cell)
{
  GString *text = g_string_new (NULL);
  for (guint i = 1; i <= length_of (s); i++)
    g_string_append_printf (text, "%s%s", i > 1 ? " " : "", ops[cell->ops[i]]);
  return g_string_free (text, FALSE);
}

static gboolean
@NAME@_parse (const NvSpace *s, const char *text, NvCell *out, GError **error)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint count = g_strv_length (words);
  if (count != length_of (s)) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL, "'%s' has %u operations, not %u", text,
                 count, length_of (s));
    return FALSE;
  }
  make_cell (s, 0, out);
  for (guint i = 0; i < count; i++) {
    guint op = CONV;
    while (op < CONV + CHOICES && strcmp (words[i], ops[op]) != 0)
      op++;
    if (op == CONV + CHOICES) {
      g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                   "'%s': '%s' is no operation; there are conv3x3, pool, skip", text,
                   words[i]);
      return FALSE;
    }
    out->ops[i + 1] = (guint8) op;
  }
  return TRUE;
}

static const NvSpaceClass @NAME@_class = {
  NV_SPACE ("@NAME@", "0.1", "one line on what it holds"),
  NV_OPTIONS (Options, params, .length = 5),
  .open = @NAME@_open, .enumerate = @NAME@_enumerate, .validate = @NAME@_validate,
  .mutate = @NAME@_mutate, .neighbours = @NAME@_neighbours, .format = @NAME@_format,
  .parse = @NAME@_parse,
};
NV_PLUGIN (@NAME@_class)
