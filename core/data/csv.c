/* CSV as RFC 4180 has it: fields separated by commas, quoted ones may hold commas, line
 * ends and doubled quotes; LF or CRLF; a byte order mark and blank lines are skipped.
 * Read through zlib, which takes plain files as they are. A row lies whole in the buffer,
 * where its fields are unquoted and NUL-terminated in place. A row is at most 16 MiB
 * long. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <zlib.h>

#include "data/csv.h"

#define BLOCK ((gsize) 1 << 18)
#define MAX_ROW ((gsize) 1 << 24)

struct _NvCsv {
  char *file;
  gzFile in;
  gboolean at_end;     /* nothing more to read from `in` */
  char *buffer;        /* [allocated + 1] */
  gsize allocated, begin, end;
  GPtrArray *names;    /* of columns; owned strings */
  GHashTable *places;  /* a name -> its place */
  GArray *fields;      /* gsize: where the fields of this row start in `buffer` */
  guint64 line;        /* where this row starts; 1 is the header */
  guint64 next_line;
  NvCsv *beside;       /* NULL: none; owned */
  GArray *shared;      /* Shared */
};

/* Columns of both files that have one name. */
typedef struct {
  guint own, beside;
} Shared;

static gboolean
fail (const NvCsv *csv, guint64 line, GError **error, const char *what)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s:%" G_GUINT64_FORMAT ": %s",
               csv->file, line, what);
  return FALSE;
}

/* Moves the unread bytes to the front and reads more behind them. */
static gboolean
refill (NvCsv *csv, GError **error)
{
  memmove (csv->buffer, csv->buffer + csv->begin, csv->end - csv->begin);
  csv->end -= csv->begin;
  csv->begin = 0;
  if (csv->end >= MAX_ROW)
    return fail (csv, csv->next_line, error,
                 "a row of more than 16 MiB; is a quote missing?");
  if (csv->allocated - csv->end < BLOCK) {
    csv->allocated = csv->allocated * 2;
    csv->buffer = g_realloc (csv->buffer, csv->allocated + 1);
  }
  unsigned room = (unsigned) (csv->allocated - csv->end);
  int n = gzread (csv->in, csv->buffer + csv->end, room);
  int code = Z_OK;
  const char *reason = gzerror (csv->in, &code);
  if (n < 0 || code < 0) {
    g_set_error (error, NV_ERROR, code == Z_ERRNO ? NV_ERROR_FILE : NV_ERROR_FORMAT,
                 "%s: after line %" G_GUINT64_FORMAT ": %s", csv->file,
                 csv->next_line - 1,
                 code == Z_ERRNO ? g_strerror (errno)
                 : code == Z_BUF_ERROR ? "the gzip stream is truncated" : reason);
    return FALSE;
  }
  csv->end += (gsize) n;
  csv->at_end = n == 0;
  return TRUE;
}

/* The length of the row at `begin` with its line end, or 0: it is not whole. *newlines:
 * line ends in it. `from` and *quoted carry on a scan that a refill interrupted. */
static gsize
find_row (const NvCsv *csv, gsize from, gboolean *quoted, guint *newlines)
{
  const char *row = csv->buffer + csv->begin;
  gsize length = csv->end - csv->begin;
  for (gsize i = from; i < length; i++) {
    if (row[i] == '"')
      *quoted = !*quoted;
    else if (row[i] == '\n') {
      ++*newlines;
      if (!*quoted)
        return i + 1;
    }
  }
  return 0;
}

/* Reads on until a row is whole. *length 0: the end of the file. */
static gboolean
fetch_row (NvCsv *csv, gsize *length, guint *newlines, GError **error)
{
  gboolean quoted = FALSE;
  gsize scanned = 0;
  *newlines = 0;
  while ((*length = find_row (csv, scanned, &quoted, newlines)) == 0 && !csv->at_end) {
    scanned = csv->end - csv->begin;
    if (!refill (csv, error))
      return FALSE;
  }
  if (*length == 0) {
    if (quoted)
      return fail (csv, csv->next_line, error, "a quoted field does not end");
    *length = csv->end - csv->begin;
  }
  return TRUE;
}

/* Unquotes the field at *at and moves *at behind it. FALSE: text beside its quotes. */
static gboolean
unquote (char *row, gsize *at, gsize length)
{
  gsize from = *at + 1, to = *at;
  while (from < length
         && (row[from] != '"' || (from + 1 < length && row[from + 1] == '"'))) {
    from += row[from] == '"';
    row[to++] = row[from++];
  }
  if (from >= length || (from + 1 < length && row[from + 1] != ','))
    return FALSE;
  row[to] = '\0';
  *at = from + 1;
  return TRUE;
}

static gboolean
split_row (NvCsv *csv, gsize length, GError **error)
{
  char *row = csv->buffer + csv->begin;
  gsize at = 0;
  g_array_set_size (csv->fields, 0);
  if (memchr (row, '\0', length) != NULL)
    return fail (csv, csv->line, error, "a NUL byte: not a text file");
  gboolean quotes = memchr (row, '"', length) != NULL;
  row[length] = '\0';
  for (;;) {
    gsize start = csv->begin + at;
    gboolean good = TRUE;
    g_array_append_val (csv->fields, start);
    if (quotes && row[at] == '"')
      good = unquote (row, &at, length);
    else {
      const char *comma = memchr (row + at, ',', length - at);
      gsize end = comma != NULL ? (gsize) (comma - row) : length;
      good = !quotes || memchr (row + at, '"', end - at) == NULL;
      at = end;
    }
    if (!good)
      return fail (csv, csv->line, error,
                   "a quote inside a field; quote the whole field and double it");
    if (at >= length)
      return TRUE;
    row[at++] = '\0';
  }
}

/* The next row that is not blank into `fields`. FALSE without error: the end. */
static gboolean
next_row (NvCsv *csv, GError **error)
{
  for (;;) {
    gsize length, text;
    guint newlines;
    if (!fetch_row (csv, &length, &newlines, error))
      return FALSE;
    if (length == 0)
      return FALSE;
    const char *row = csv->buffer + csv->begin;
    csv->line = csv->next_line;
    csv->next_line += newlines;
    text = length - (row[length - 1] == '\n');
    text -= text > 0 && row[text - 1] == '\r';
    gboolean done = text > 0;
    if (done && !split_row (csv, text, error))
      return FALSE;
    csv->begin += length;
    if (done)
      return TRUE;
  }
}

static gboolean
read_header (NvCsv *csv, GError **error)
{
  if (!refill (csv, error))
    return FALSE;
  if (csv->end >= 3 && memcmp (csv->buffer, "\xEF\xBB\xBF", 3) == 0)
    csv->begin = 3;
  g_autoptr (GError) failure = NULL;
  if (!next_row (csv, &failure)) {
    if (failure == NULL)
      return fail (csv, 1, error,
                   "the file is empty; its first line must name the columns");
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  for (guint i = 0; i < csv->fields->len; i++) {
    char *name = g_strstrip (g_strdup (nv_i_csv_text (csv, i))); /* as options name it */
    g_ptr_array_add (csv->names, name);
    if (!g_hash_table_insert (csv->places, name, GUINT_TO_POINTER (i))) {
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s:1: two columns are named '%s'", csv->file,
                   name);
      return FALSE;
    }
  }
  return TRUE;
}

NvCsv *
nv_i_csv_open (const char *file, GError **error)
{
  gzFile in = gzopen (file, "rb");
  if (in == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (errno));
    return NULL;
  }
  gzbuffer (in, (unsigned) BLOCK);
  g_autoptr (NvCsv) csv = g_new0 (NvCsv, 1);
  csv->file = g_strdup (file);
  csv->in = in;
  csv->allocated = 2 * BLOCK;
  csv->buffer = g_malloc (csv->allocated + 1);
  csv->names = g_ptr_array_new_with_free_func (g_free);
  csv->places = g_hash_table_new (g_str_hash, g_str_equal);
  csv->fields = g_array_new (FALSE, FALSE, sizeof (gsize));
  csv->shared = g_array_new (FALSE, FALSE, sizeof (Shared));
  csv->next_line = 1;
  return read_header (csv, error) ? g_steal_pointer (&csv) : NULL;
}

void
nv_i_csv_close (NvCsv *csv)
{
  if (csv == NULL)
    return;
  gzclose (csv->in);
  nv_i_csv_close (csv->beside);
  g_array_unref (csv->shared);
  g_free (csv->file);
  g_free (csv->buffer);
  g_hash_table_unref (csv->places);
  g_ptr_array_unref (csv->names);
  g_array_unref (csv->fields);
  g_free (csv);
}

gboolean
nv_i_csv_beside (NvCsv *csv, const char *file, GError **error)
{
  g_return_val_if_fail (csv->beside == NULL, FALSE);
  g_autoptr (NvCsv) beside = nv_i_csv_open (file, error);
  if (beside == NULL)
    return FALSE;
  for (guint i = 0; i < csv->names->len; i++) {
    gpointer place;
    if (!g_hash_table_lookup_extended (beside->places, nv_i_csv_name (csv, i), NULL, &place))
      continue;
    const Shared shared = { i, GPOINTER_TO_UINT (place) };
    g_array_append_val (csv->shared, shared);
  }
  if (csv->shared->len == 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s has no column in common with %s, by which their rows could be told to "
                 "belong together", file, csv->file);
    return FALSE;
  }
  csv->beside = g_steal_pointer (&beside);
  return TRUE;
}

int
nv_i_csv_column (const NvCsv *csv, const char *name, GError **error)
{
  const guint n = nv_i_csv_n_columns (csv);
  for (guint i = 0; i < n; i++)
    if (strcmp (nv_i_csv_name (csv, i), name) == 0)
      return (int) i;
  g_autoptr (GString) names = g_string_new (NULL);
  for (guint i = 0; i < n; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", nv_i_csv_name (csv, i));
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s: no column '%s'; there are: %s",
               csv->file, name, names->str);
  return -1;
}

guint
nv_i_csv_n_columns (const NvCsv *csv)
{
  return csv->names->len + (csv->beside != NULL ? csv->beside->names->len : 0);
}

const char *
nv_i_csv_name (const NvCsv *csv, guint column)
{
  const guint own = csv->names->len;
  return column < own ? g_ptr_array_index (csv->names, column)
                      : nv_i_csv_name (csv->beside, column - own);
}

/* The row beside the one that was read; `last`: there is none, in csv. */
static gboolean
next_beside (NvCsv *csv, gboolean last, GError **error)
{
  NvCsv *beside = csv->beside;
  g_autoptr (GError) failure = NULL;
  const gboolean row = nv_i_csv_next (beside, &failure);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  if (row == last) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s has %s rows than %s", beside->file,
                 last ? "more" : "fewer", csv->file);
    return FALSE;
  }
  for (guint i = 0; row && i < csv->shared->len; i++) {
    const Shared *s = &g_array_index (csv->shared, Shared, i);
    const char *here = nv_i_csv_text (csv, s->own), *there = nv_i_csv_text (beside, s->beside);
    if (strcmp (here, there) == 0)
      continue;
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s:%" G_GUINT64_FORMAT ": column '%s': '%.40s', but '%.40s' in the same row of "
                 "%s", beside->file, beside->line, nv_i_csv_name (csv, s->own), there, here,
                 csv->file);
    return FALSE;
  }
  return row;
}

static gboolean
next_own (NvCsv *csv, GError **error)
{
  if (!next_row (csv, error))
    return FALSE;
  if (csv->fields->len == csv->names->len)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
               "%s:%" G_GUINT64_FORMAT ": the row has %u fields, the header %u",
               csv->file, csv->line, csv->fields->len, csv->names->len);
  return FALSE;
}

gboolean
nv_i_csv_next (NvCsv *csv, GError **error)
{
  g_autoptr (GError) failure = NULL;
  const gboolean row = next_own (csv, &failure);
  if (failure != NULL) {
    g_propagate_error (error, g_steal_pointer (&failure));
    return FALSE;
  }
  return csv->beside != NULL ? next_beside (csv, !row, error) : row;
}

const char *
nv_i_csv_text (const NvCsv *csv, guint column)
{
  const guint own = csv->names->len;
  if (csv->beside != NULL && column >= own)
    return nv_i_csv_text (csv->beside, column - own);
  return csv->buffer + g_array_index (csv->fields, gsize, column);
}

gboolean
nv_i_csv_number (const NvCsv *csv, guint column, double *out, GError **error)
{
  const guint own = csv->names->len;
  if (column >= own)
    return nv_i_csv_number (csv->beside, column - own, out, error);
  const char *text = nv_i_csv_text (csv, column);
  char *rest;
  double x = g_ascii_strtod (text, &rest);
  if (*text != '\0' && *rest == '\0' && isfinite (x)) {
    *out = x;
    return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
               "%s:%" G_GUINT64_FORMAT ": column '%s': '%.40s' is not a finite number",
               csv->file, csv->line, nv_i_csv_name (csv, column), text);
  return FALSE;
}

guint64
nv_i_csv_line (const NvCsv *csv)
{
  return csv->line;
}

/* --- writing ---------------------------------------------------------------------------- */

void
nv_i_csv_append_text (GString *out, const char *text)
{
  if (text[strcspn (text, ",\"\r\n")] == '\0') {
    g_string_append (out, text);
    return;
  }
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (out, '"');
    g_string_append_c (out, *p);
  }
  g_string_append_c (out, '"');
}

void
nv_i_csv_append_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  g_string_append_c (out, ',');
  if (isnan (value))
    return;
  g_ascii_formatd (text, sizeof text, "%.15g", value);
  if (g_ascii_strtod (text, NULL) != value)
    g_ascii_dtostr (text, sizeof text, value);
  g_string_append (out, text);
}
