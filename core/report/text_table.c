#include "report/text_table.h"

#include <string.h>

#define NARROWEST 12

NvTextTable *
nv_i_text_table_new (const char *title, const char *const *head)
{
  NvTextTable *table = g_new (NvTextTable, 1);
  table->title = g_strdup (title);
  table->head = g_strdupv ((char **) head);
  table->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return table;
}

void
nv_i_text_table_free (NvTextTable *table)
{
  if (table == NULL)
    return;
  g_free (table->title);
  g_strfreev (table->head);
  g_ptr_array_unref (table->rows);
  g_free (table);
}

void
nv_i_text_table_add (NvTextTable *table, char **row)
{
  g_ptr_array_add (table->rows, row);
}

char *
nv_i_shorten (const char *text, guint width)
{
  glong length = g_utf8_strlen (text, -1);
  if (length <= (glong) width)
    return g_strdup (text);
  glong left = (width - 1) / 2, right = width - 1 - left;
  g_autofree char *head = g_utf8_substring (text, 0, left);
  g_autofree char *tail = g_utf8_substring (text, length - right, length);
  return g_strconcat (head, "…", tail, NULL);
}

void
nv_i_wrap (GString *out, const char *text, guint width, guint indent)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  glong column = 0;
  for (char **w = words; *w != NULL; w++) {
    glong length = g_utf8_strlen (*w, -1);
    if (column > 0 && column + 1 + length > (glong) width) {
      g_string_append_printf (out, "\n%*s", (int) indent, "");
      column = indent;
    } else if (w != words) {
      g_string_append_c (out, ' ');
      column++;
    }
    g_string_append (out, *w);
    column += length;
  }
  g_string_append_c (out, '\n');
}

/* --- aligned text ------------------------------------------------------------------- */

static glong
column_width (const NvTextTable *table, guint column)
{
  glong width = g_utf8_strlen (table->head[column], -1);
  for (guint i = 0; i < table->rows->len; i++)
    width = MAX (width, g_utf8_strlen (((char **) table->rows->pdata[i])[column], -1));
  return width;
}

static void
append_row (GString *out, char **row, const glong *widths, guint columns)
{
  g_autofree char *name = nv_i_shorten (row[0], (guint) widths[0]);
  g_string_append (out, name);
  glong pad = widths[0] - g_utf8_strlen (name, -1);
  for (guint c = 1; c < columns; c++) {
    pad += 2 + widths[c] - g_utf8_strlen (row[c], -1);
    g_string_append_printf (out, "%*s%s", (int) pad, "", row[c]);
    pad = 0;
  }
  g_string_append_c (out, '\n');
}

void
nv_i_text_table_plain (GString *out, const NvTextTable *table, guint width)
{
  guint columns = g_strv_length (table->head);
  g_autofree glong *widths = g_new (glong, columns);
  glong rest = 0;
  for (guint c = 0; c < columns; c++) {
    widths[c] = column_width (table, c);
    rest += c > 0 ? widths[c] + 2 : 0;
  }
  widths[0] = MIN (widths[0], MAX (NARROWEST, (glong) width - rest));
  if (table->title != NULL)
    g_string_append_printf (out, "%s\n", table->title);
  append_row (out, table->head, widths, columns);
  for (glong i = 0; i < widths[0] + rest; i++)
    g_string_append (out, "─");
  g_string_append_c (out, '\n');
  for (guint i = 0; i < table->rows->len; i++)
    append_row (out, table->rows->pdata[i], widths, columns);
}

/* --- Markdown ----------------------------------------------------------------------- */

/* The end of "2." or "3)" at the start of a text, which would start a list; else `text`. */
static const char *
list_number (const char *text)
{
  const char *p = text;
  while (g_ascii_isdigit (*p))
    p++;
  return p > text && (*p == '.' || *p == ')') && (p[1] == ' ' || p[1] == '\0') ? p : text;
}

/* A lone '<' or '&' is itself, as in "p < 0.001". */
static gboolean
is_markup (const char *p, const char *text)
{
  if (strchr ("\\`*_[]|#~", *p) != NULL)
    return TRUE;
  if (*p == '<' || *p == '&')
    return g_ascii_isalpha (p[1]) || (p[1] != '\0' && strchr ("/!?", p[1]) != NULL);
  return p == text && strchr ("-+>=", *p) != NULL;
}

void
nv_i_markdown_text (GString *out, const char *text)
{
  const char *number = list_number (text);
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '\n' || *p == '\r') {
      g_string_append_c (out, ' ');
      continue;
    }
    if (is_markup (p, text) || (p == number && p > text))
      g_string_append_c (out, '\\');
    g_string_append_c (out, *p);
  }
}

/* "[92.98, 93.86]", "< 0.001" */
static void
append_markdown_number (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '<')
      g_string_append_c (out, '\\');
    g_string_append_c (out, *p);
  }
}

/* `numbers`: all but the first column are. */
static void
append_markdown_row (GString *out, char **row, gboolean numbers)
{
  for (char **c = row; *c != NULL; c++) {
    g_string_append (out, "| ");
    if (numbers && c > row)
      append_markdown_number (out, *c);
    else
      nv_i_markdown_text (out, *c);
    g_string_append_c (out, ' ');
  }
  g_string_append (out, "|\n");
}

void
nv_i_text_table_markdown (GString *out, const NvTextTable *table)
{
  if (table->title != NULL) {
    g_string_append (out, "**");
    nv_i_markdown_text (out, table->title);
    g_string_append (out, "**\n\n");
  }
  append_markdown_row (out, table->head, FALSE);
  for (guint c = 0; table->head[c] != NULL; c++)
    g_string_append (out, c == 0 ? "|---" : "|---:");
  g_string_append (out, "|\n");
  for (guint i = 0; i < table->rows->len; i++)
    append_markdown_row (out, table->rows->pdata[i], TRUE);
  g_string_append_c (out, '\n');
}

/* --- LaTeX -------------------------------------------------------------------------- */

static void
append_latex (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    if (strchr ("&%$#_{}", *p) != NULL)
      g_string_append_printf (out, "\\%c", *p);
    else if (*p == '\\')
      g_string_append (out, "\\textbackslash{}");
    else if (*p == '`')
      g_string_append (out, "\\textasciigrave{}");
    else if (*p == '\n' || *p == '\r')
      g_string_append_c (out, ' ');
    else if (*p == '~' || *p == '^')
      g_string_append_printf (out, "\\%c{}", *p);
    else if (*p == '<' || *p == '>' || (*p == '-' && g_ascii_isdigit (p[1]) && p == text))
      g_string_append_printf (out, "$%c$", *p);
    else
      g_string_append_c (out, *p);
  }
}

/* What stands after a line's end or rule would be its option where it starts with [ or *. */
static void
append_latex_row (GString *out, char **row)
{
  const char *start = row[0] + strspn (row[0], " \r\n");
  if (*start == '[' || *start == '*')
    g_string_append (out, "{}");
  for (char **c = row; *c != NULL; c++) {
    append_latex (out, *c);
    g_string_append (out, c[1] != NULL ? " & " : " \\\\\n");
  }
}

void
nv_i_text_table_latex (GString *out, const NvTextTable *table, char **notes)
{
  g_string_append (out, "\\begin{table}\n  \\centering\n  \\caption{");
  append_latex (out, table->title ? table->title : "");
  g_string_append (out, "}\n  \\begin{tabular}{l");
  for (guint c = 1; table->head[c] != NULL; c++)
    g_string_append_c (out, 'r');
  g_string_append (out, "}\n    \\toprule\n    ");
  append_latex_row (out, table->head);
  g_string_append (out, "    \\midrule\n");
  for (guint i = 0; i < table->rows->len; i++) {
    g_string_append (out, "    ");
    append_latex_row (out, table->rows->pdata[i]);
  }
  g_string_append (out, "    \\bottomrule\n  \\end{tabular}\n");
  for (char **n = notes; n != NULL && *n != NULL; n++) {
    g_string_append (out, "  \\par\\smallskip\\footnotesize ");
    append_latex (out, *n);
    g_string_append_c (out, '\n');
  }
  g_string_append (out, "\\end{table}\n\n");
}
