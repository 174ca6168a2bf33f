/* json-glib reads more than JSON (comments, assignments), recurses without a limit and
 * lets the last of two members of one name win. Here the text is checked first, and
 * members as they come. */
#include <string.h>

#include "data/json.h"

/* The end of the string that starts at text[at]; 0: it has none, or a character that JSON does not
 * know behind a backslash. */
static gsize
skip_string (const char *text, gsize length, gsize at)
{
  for (at++; at < length; at++) {
    if (text[at] == '"')
      return at;
    if ((guchar) text[at] < 0x20)
      return 0;
    if (text[at] == '\\' && (++at == length || strchr ("\"\\/bfnrtu", text[at]) == NULL))
      return 0;
  }
  return 0;
}

static gsize
skip_digits (const char *text, gsize length, gsize at)
{
  while (at < length && g_ascii_isdigit (text[at]))
    at++;
  return at;
}

/* Behind the number that starts at text[at]; 0: it is none, or a whole one that 64 bits do not
 * hold, which json-glib would take for another. */
static gsize
skip_number (const char *text, gsize length, gsize at)
{
  const gsize start = at, first = at + (text[at] == '-');
  gboolean whole = TRUE;
  at = skip_digits (text, length, first);
  if (at == first || (text[first] == '0' && at > first + 1))
    return 0;
  if (at < length && text[at] == '.') {
    const gsize point = at++;
    whole = FALSE;
    at = skip_digits (text, length, at);
    if (at == point + 1)
      return 0;
  }
  if (at < length && (text[at] == 'e' || text[at] == 'E')) {
    whole = FALSE;
    at += 1 + (at + 1 < length && (text[at + 1] == '+' || text[at + 1] == '-'));
    const gsize digits = at;
    at = skip_digits (text, length, at);
    if (at == digits)
      return 0;
  }
  g_autofree char *number = g_strndup (text + start, at - start);
  return !whole || g_ascii_string_to_signed (number, 10, G_MININT64, G_MAXINT64, NULL, NULL)
           ? at : 0;
}

static gboolean
fail (GError **error, gsize at, const char *what)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "byte %" G_GSIZE_FORMAT ": %s", at,
               what);
  return FALSE;
}

/* One value, of JSON's characters, not too deep; json-glib sees to the rest. */
static gboolean
check_text (const char *text, gsize length, GError **error)
{
  guint depth = 0;
  gboolean started = FALSE, ended = FALSE; /* the outermost value */
  for (gsize i = 0; i < length; i++) {
    char c = text[i];
    gboolean space = g_ascii_isspace (c), opens = c == '[' || c == '{';
    if (c == '\0' || strchr (" \t\r\n:,-0123456789etrufalsn[]{}\"", c) == NULL)
      return fail (error, i, "not JSON");
    if (depth == 0 && !space && (ended || (started && (opens || c == '"'))))
      return fail (error, i, "a second value");
    ended = depth == 0 && space ? started : ended;
    started = started || !space;
    if (c == '"') {
      gsize end = skip_string (text, length, i);
      if (end == 0)
        return fail (error, i, "a string that does not end, or an escape that is not JSON's");
      i = end;
    } else if (c == '-' || g_ascii_isdigit (c)) {
      gsize end = skip_number (text, length, i);
      if (end == 0)
        return fail (error, i, "not a number, or a whole one of more than 64 bits");
      i = end - 1;
    } else if (opens) {
      if (++depth > NV_JSON_DEPTH)
        return fail (error, i,
                     "more than " G_STRINGIFY (NV_JSON_DEPTH) " levels of nesting");
    } else if (c == ']' || c == '}') {
      depth -= depth > 0;
      ended = depth == 0;
    }
  }
  return TRUE;
}

typedef struct {
  GHashTable *seen; /* "address of the object:name" */
  char *twice;
} Members;

static void
note_member (JsonParser *parser, JsonObject *object, const char *name, gpointer data)
{
  (void) parser;
  Members *members = data;
  if (!g_hash_table_add (members->seen, g_strdup_printf ("%p:%s", (void *) object, name))
      && members->twice == NULL)
    members->twice = g_strdup (name);
}

JsonNode *
nv_i_json_parse (const char *text, gssize length, GError **error)
{
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  if (!g_utf8_validate_len (text, n, NULL)) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "not UTF-8 text");
    return NULL;
  }
  if (!check_text (text, n, error))
    return NULL;

  g_autoptr (GHashTable) seen
    = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Members members = { seen, NULL };
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_signal_connect (parser, "object-member", G_CALLBACK (note_member), &members);
  g_autoptr (GError) failure = NULL;
  gboolean parsed = json_parser_load_from_data (parser, text, (gssize) n, &failure);
  g_autofree char *twice = members.twice;
  JsonNode *root = parsed ? json_parser_get_root (parser) : NULL;
  if (root == NULL || twice != NULL) {
    if (twice != NULL)
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "two members are named '%s'", twice);
    else
      g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "not JSON: %s",
                   failure != NULL ? failure->message : "empty");
    return NULL;
  }
  return json_node_ref (root);
}
