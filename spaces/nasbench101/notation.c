/* The four ways to write a cell:
 *   columns  "3 101 2": the number of vertices, the upper triangle of the adjacency
 *            matrix row by row, and a digit per interior vertex: 0 conv3x3-bn-relu,
 *            1 conv1x1-bn-relu, 2 maxpool3x3
 *   matrix   ModelSpec(matrix=[[0, 1], [0, 0]], ops=['input', 'output']), also without
 *            the names around the two lists
 *   hash     the module hash, 32 hexadecimal digits
 *   index    "#17", the place in enumerate(); also without the #
 * What is read is pruned first, as the authors' interface does. */
#include <string.h>

#include "nasbench101.h"

static const char digit_ops[] = { NB101_CONV3X3, NB101_CONV1X1, NB101_MAXPOOL };

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (const char *text, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *why = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, NV_ERROR, NV_ERROR_CELL, "'%.120s': %s", text, why);
  return FALSE;
}

/* --- columns ----------------------------------------------------------------------- */

static char *
format_columns (const NvCell *cell)
{
  GString *text = g_string_new (NULL);
  g_string_append_printf (text, "%u ", cell->n_nodes);
  for (guint i = 0; i < cell->n_nodes; i++)
    for (guint j = i + 1; j < cell->n_nodes; j++)
      g_string_append_c (text, nv_cell_has_edge (cell, i, j) ? '1' : '0');
  for (guint v = 1; v + 1 < cell->n_nodes; v++)
    g_string_append_printf (
        text, "%s%d", v == 1 ? " " : "",
        (int) ((const char *) memchr (digit_ops, cell->ops[v], 3) - digit_ops));
  return g_string_free (text, FALSE);
}

/* Are there exactly `count` characters, all of `allowed`? */
static gboolean
consists_of (const char *field, const char *allowed, gsize count)
{
  return strlen (field) == count && strspn (field, allowed) == count;
}

static gboolean
parse_columns (const char *text, NvCell *out, GError **error)
{
  g_auto (GStrv) field = g_strsplit (text, " ", -1);
  const guint fields = g_strv_length (field);
  const char *ops = fields == 3 ? field[2] : "";
  if (fields < 2 || fields > 3)
    return refuse (text, error,
                   "expected '<vertices> <upper triangle> <ops>', a matrix with "
                   "ops, a module hash or #<index>");
  if (!consists_of (field[0], "234567", 1))
    return refuse (text, error, "'%s' vertices; allowed are 2 to 7", field[0]);
  const guint n = (guint) g_ascii_digit_value (field[0][0]);
  if (!consists_of (field[1], "01", n * (n - 1) / 2))
    return refuse (text, error, "the upper triangle of %u vertices has %u digits 0 or 1",
                   n, n * (n - 1) / 2);
  if (!consists_of (ops, "012", n - 2))
    return refuse (text, error, "%u vertices have %u ops, each 0, 1 or 2", n, n - 2);
  const char *bit = field[1];
  nv_cell_init (out, n);
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      if (*bit++ == '1')
        nv_cell_add_edge (out, i, j);
  for (guint v = 1; v + 1 < n; v++)
    out->ops[v] = (guint8) digit_ops[g_ascii_digit_value (ops[v - 1])];
  out->ops[n - 1] = NB101_OUTPUT;
  return TRUE;
}

/* --- matrix ------------------------------------------------------------------------ */

static char *
format_matrix (const NvCell *cell)
{
  const guint n = cell->n_nodes;
  GString *text = g_string_new ("ModelSpec(matrix=[");
  for (guint i = 0; i < n; i++) {
    g_string_append (text, i > 0 ? ", [" : "[");
    for (guint j = 0; j < n; j++)
      g_string_append_printf (text, "%s%u", j > 0 ? ", " : "",
                              nv_cell_has_edge (cell, i, j));
    g_string_append_c (text, ']');
  }
  g_string_append (text, "], ops=[");
  for (guint v = 0; v < n; v++)
    g_string_append_printf (text, "%s'%s'", v > 0 ? ", " : "", nb101_ops[cell->ops[v]]);
  return g_string_free (g_string_append (text, "])"), FALSE);
}

/* Steps over `token` and the blanks before it; FALSE, and not a step, if it is not there.
 */
static gboolean
accept (const char **at, const char *token)
{
  const char *p = *at + strspn (*at, " \t\n");
  if (!g_str_has_prefix (p, token))
    return FALSE;
  *at = p + strlen (token);
  return TRUE;
}

/* "[0, 1, 0]" to bits; *width: how many. */
static gboolean
parse_row (const char **at, guint32 *bits, guint *width)
{
  *bits = *width = 0;
  if (!accept (at, "["))
    return FALSE;
  do {
    const gboolean one = accept (at, "1");
    if (*width == NV_CELL_MAX || (!one && !accept (at, "0")))
      return FALSE;
    *bits |= (guint32) one << (*width)++;
  } while (accept (at, ","));
  return accept (at, "]");
}

static gboolean
parse_op (const char **at, guint8 *op)
{
  const gboolean quoted = accept (at, "'") || accept (at, "\"");
  for (*op = 0; *op < NB101_OPS; (*op)++)
    if (accept (at, nb101_ops[*op]))
      return !quoted || accept (at, "'") || accept (at, "\"");
  return FALSE;
}

static gboolean
refuse_at (const char *text, const char *at, const char *expected, GError **error)
{
  return refuse (text, error, "at character %d: expected %s", (int) (at - text) + 1,
                 expected);
}

static gboolean
parse_ops (const char *text, const char **at, NvCell *out, GError **error)
{
  if (!accept (at, "["))
    return refuse_at (text, *at, "[ and the ops", error);
  for (guint v = 0; v < out->n_nodes; v++)
    if ((v > 0 && !accept (at, ",")) || !parse_op (at, &out->ops[v]))
      return refuse_at (text, *at,
                        "an op per vertex: input, conv1x1-bn-relu, conv3x3-bn-relu, "
                        "maxpool3x3 or output",
                        error);
  if (!accept (at, "]"))
    return refuse_at (text, *at, "] after the last vertex's op", error);
  return TRUE;
}

static gboolean
parse_matrix (const char *text, NvCell *out, GError **error)
{
  const char *at = text;
  guint32 rows[NV_CELL_MAX];
  guint n = 0, width = 0;
  const gboolean named = accept (&at, "ModelSpec(");
  accept (&at, "matrix=");
  if (!accept (&at, "["))
    return refuse_at (text, at, "[ and the rows of a matrix", error);
  do {
    const guint columns = width;
    if (n == NV_CELL_MAX || !parse_row (&at, &rows[n], &width)
        || (n > 0 && width != columns))
      return refuse_at (text, at, "rows [0, 1, ...] of equal lengths", error);
    if (rows[n] & ((2u << n) - 1))
      return refuse_at (text, at, "an upper triangular matrix", error);
    n++;
  } while (accept (&at, ","));
  if (!accept (&at, "]") || n != width)
    return refuse_at (text, at, "a square matrix", error);
  nv_cell_init (out, n);
  memcpy (out->rows, rows, n * sizeof rows[0]);
  accept (&at, ",");
  accept (&at, "ops=");
  if (!parse_ops (text, &at, out, error))
    return FALSE;
  if ((named && !accept (&at, ")")) || at[strspn (at, " \t\n")] != '\0')
    return refuse_at (text, at, named ? ") and the end" : "the end", error);
  return TRUE;
}

/* --- hash and index ---------------------------------------------------------------- */

static char *
format_hash (const NvCell *cell)
{
  guint8 hash[16];
  nb101_hash (cell, hash);
  GString *text = g_string_sized_new (32);
  for (guint i = 0; i < 16; i++)
    g_string_append_printf (text, "%02x", hash[i]);
  return g_string_free (text, FALSE);
}

/* The place of the first hash that is not below `hash`. */
static gsize
search_hash (const NvSpace *space, gsize count, const guint8 hash[16])
{
  const Nb101State *state = space->state;
  gsize low = 0;
  for (gsize high = count; low < high;) {
    const gsize middle = (low + high) / 2;
    if (memcmp (state->hashes[middle], hash, 16) < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static char *
format_index (const NvSpace *space, const NvCell *cell)
{
  g_autoptr (NvCells) all = nv_space_enumerate (space, NULL);
  guint8 hash[16];
  nb101_hash (cell, hash);
  return g_strdup_printf ("#%zu", search_hash (space, all->count, hash));
}

static gboolean
parse_hash (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  const Nb101State *state = space->state;
  guint8 hash[16];
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  if (all == NULL)
    return FALSE;
  for (guint i = 0; i < 16; i++)
    hash[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4
                        | g_ascii_xdigit_value (text[2 * i + 1]));
  const gsize i = search_hash (space, all->count, hash);
  if (i == all->count || memcmp (state->hashes[i], hash, 16) != 0)
    return refuse (text, error, "no cell of the space has this module hash");
  nv_cells_get (all, i, out);
  return TRUE;
}

static gboolean
parse_index (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  guint64 i;
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  if (all == NULL)
    return FALSE;
  if (!g_ascii_string_to_unsigned (text + (*text == '#'), 10, 0, all->count - 1, &i,
                                   NULL))
    return refuse (text, error, "indices go from #0 to #%zu", all->count - 1);
  nv_cells_get (all, i, out);
  return TRUE;
}

/* --- hooks ------------------------------------------------------------------------- */

char *
nb101_format (const NvSpace *space, const NvCell *cell)
{
  switch (((const Nb101Options *) space->options)->notation) {
  case NB101_MATRIX:
    return format_matrix (cell);
  case NB101_HASH:
    return format_hash (cell);
  case NB101_INDEX:
    return format_index (space, cell);
  default:
    return format_columns (cell);
  }
}

static gboolean
parse_any (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  const gsize length = strlen (text);
  if (strpbrk (text, "[(") != NULL)
    return parse_matrix (text, out, error);
  if (length == 32 && strspn (text, "0123456789abcdefABCDEF") == length)
    return parse_hash (space, text, out, error);
  if (*text == '#' || (length > 0 && strspn (text, "0123456789") == length))
    return parse_index (space, text, out, error);
  return parse_columns (text, out, error);
}

gboolean
nb101_parse (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  g_autoptr (GError) why = NULL;
  NvCell cell;
  if (!parse_any (space, trimmed, &cell, error))
    return FALSE;
  if (!nv_cell_prune (&cell, out))
    return refuse (trimmed, error, "no path from input to output");
  if (!nv_space_validate (space, out, &why))
    return refuse (trimmed, error, "%s", why->message);
  return TRUE;
}
