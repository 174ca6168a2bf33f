/* The two ways to write a cell:
 *   list      "sep_conv_3x3:0 skip_connect:1 ...", eight edges, two a block; for a pair
 *             sixteen, those of the normal cell first
 *   genotype  Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=range(2, 6),
 *             reduce=[...], reduce_concat=range(2, 6)); concat also as [2, 3, 4, 5]
 * Both are read, with the reduction cell left out too: it is then the normal one. */
#include <string.h>

#include "darts.h"

static void
write_list (const DartsCell *cell, GString *text)
{
  for (guint e = 0; e < DARTS_EDGES; e++)
    g_string_append_printf (text, "%s%s:%u", text->len > 0 ? " " : "",
                            darts_ops[cell->op[e]], cell->source[e]);
}

static void
write_genotype (const DartsCell *cell, const char *name, GString *text)
{
  g_string_append_printf (text, "%s=[", name);
  for (guint e = 0; e < DARTS_EDGES; e++)
    g_string_append_printf (text, "%s('%s', %u)", e > 0 ? ", " : "",
                            darts_ops[cell->op[e]], cell->source[e]);
  g_string_append_printf (text, "], %s_concat=range(2, 6)", name);
}

char *
darts_format (const NvSpace *space, const NvCell *graph)
{
  const DartsOptions *opt = space->options;
  GString *text = g_string_new (NULL);
  DartsGenotype genotype;
  darts_from_graph (graph, opt->cells, &genotype, NULL);
  if (opt->notation == DARTS_LIST) {
    write_list (&genotype.half[0], text);
    if (opt->cells == DARTS_PAIR)
      write_list (&genotype.half[1], text);
    return g_string_free (text, FALSE);
  }
  g_string_append (text, "Genotype(");
  write_genotype (&genotype.half[0], "normal", text);
  g_string_append (text, ", ");
  write_genotype (&genotype.half[1], "reduce", text);
  return g_string_free (g_string_append_c (text, ')'), FALSE);
}

/* --- reading ----------------------------------------------------------------------- */

typedef struct {
  const char *text, *at;
  GError **error;
} Reader;

static gboolean
refuse (const Reader *r, const char *expected)
{
  g_set_error (r->error, NV_ERROR, NV_ERROR_CELL,
               "'%.160s': at character %d: expected %s", r->text,
               (int) (r->at - r->text) + 1, expected);
  return FALSE;
}

static gboolean
accept (Reader *r, const char *token)
{
  const char *at = r->at + strspn (r->at, " \t\n");
  if (!g_str_has_prefix (at, token))
    return FALSE;
  r->at = at + strlen (token);
  return TRUE;
}

static gboolean
expect (Reader *r, const char *token)
{
  return accept (r, token) || refuse (r, token);
}

static gboolean
read_op (Reader *r, guint8 *op)
{
  for (*op = DARTS_NONE; *op <= DARTS_DIL5; (*op)++)
    if (accept (r, darts_ops[*op]))
      return TRUE;
  return refuse (r, "none, max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, "
                    "sep_conv_5x5, dil_conv_3x3 or dil_conv_5x5");
}

static gboolean
read_source (Reader *r, guint e, DartsCell *cell)
{
  const char *digit = r->at + strspn (r->at, " \t\n");
  const guint source = (guint) g_ascii_digit_value (*digit);
  if (!g_ascii_isdigit (*digit) || g_ascii_isdigit (digit[1]) || source > 1 + e / 2)
    return refuse (r, "the number of an input (0, 1) or of an earlier block (2 and up)");
  if (e % 2 == 1 && source == cell->source[e - 1])
    return refuse (r, "another input than that of the block's first operation");
  cell->source[e] = (guint8) source;
  r->at = digit + 1;
  return TRUE;
}

static gboolean
at_end (Reader *r)
{
  r->at += strspn (r->at, " \t\n");
  return *r->at == '\0';
}

static gboolean
read_list (Reader *r, DartsCell *cell)
{
  for (guint e = 0; e < DARTS_EDGES; e++)
    if (!read_op (r, &cell->op[e]) || !expect (r, ":") || !read_source (r, e, cell))
      return FALSE;
  return TRUE;
}

static gboolean
read_concat (Reader *r)
{
  static const char *const list[] = { "[", "2", ",", "3", ",", "4", ",", "5", "]" };
  static const char *const range[] = { "range", "(", "2", ",", "6", ")" };
  const char *start = r->at;
  gboolean ok = TRUE;
  for (guint i = 0; ok && i < G_N_ELEMENTS (range); i++)
    ok = accept (r, range[i]);
  if (ok)
    return TRUE;
  r->at = start;
  for (guint i = 0; i < G_N_ELEMENTS (list); i++)
    if (!accept (r, list[i])) {
      r->at = start;
      return refuse (r, "range(2, 6): all four blocks are the output");
    }
  return TRUE;
}

/* name=[('op', 0), ...], name_concat=range(2, 6) */
static gboolean
read_named (Reader *r, const char *name, DartsCell *cell)
{
  if (!expect (r, name) || !expect (r, "=") || !expect (r, "["))
    return FALSE;
  for (guint e = 0; e < DARTS_EDGES; e++) {
    if ((e > 0 && !expect (r, ",")) || !expect (r, "("))
      return FALSE;
    const char *quote = accept (r, "\"") ? "\"" : "'";
    if ((*quote == '\'' && !expect (r, quote)) || !read_op (r, &cell->op[e])
        || !expect (r, quote) || !expect (r, ",") || !read_source (r, e, cell)
        || !expect (r, ")"))
      return FALSE;
  }
  g_autofree char *concat = g_strconcat (name, "_concat", NULL);
  return expect (r, "]") && expect (r, ",") && expect (r, concat) && expect (r, "=")
         && read_concat (r);
}

static gboolean
read_genotype (Reader *r, DartsGenotype *out, gboolean *both)
{
  if (!read_named (r, "normal", &out->half[0]))
    return FALSE;
  *both = accept (r, ",");
  return (!*both || read_named (r, "reduce", &out->half[1])) && expect (r, ")");
}

static gboolean
read_any (Reader *r, DartsGenotype *out)
{
  gboolean both;
  if (accept (r, "Genotype(")) {
    if (!read_genotype (r, out, &both))
      return FALSE;
  } else {
    if (!read_list (r, &out->half[0]))
      return FALSE;
    both = !at_end (r);
    if (both && !read_list (r, &out->half[1]))
      return FALSE;
  }
  if (!both)
    out->half[1] = out->half[0];
  return at_end (r) || refuse (r, "the end");
}

gboolean
darts_parse (const NvSpace *space, const char *text, NvCell *out, GError **error)
{
  const DartsOptions *opt = space->options;
  Reader reader = { text, text, error };
  DartsGenotype genotype;
  if (!read_any (&reader, &genotype))
    return FALSE;
  if (opt->cells == DARTS_SHARED
      && memcmp (&genotype.half[0], &genotype.half[1], sizeof (DartsCell)) != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_CELL,
                 "'%.160s': the reduction cell differs from the normal one; open the "
                 "space with cells = 'pair'", text);
    return FALSE;
  }
  NvCell graph;
  darts_to_graph (&genotype, opt->cells, &graph);
  if (!nv_space_validate (space, &graph, error)) {
    g_prefix_error (error, "'%.160s': ", text);
    return FALSE;
  }
  *out = graph;
  return TRUE;
}
