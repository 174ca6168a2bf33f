/* A row is appended by one write(), so that a process that is killed leaves at most its last
 * row cut off; the next one to open the file takes that away. */
#include "train/table_file.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "data/csv.h"
#include "data/json.h"
#include "plugin/instance.h"
#include "plugin/options.h"

struct _NvTableFile {
  char *name;
  int fd;
  const NvSpace *space;
  const NvTrainOptions *options;
  const char *data_sha256;
  NvCellIndex *known; /* canonical forms that have a row -> its number */
};

static gboolean
fail (const NvTableFile *table, const char *what, GError **error)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s %s: %s", table->name, what,
               g_strerror (errno));
  return FALSE;
}

static gboolean
write_text (const NvTableFile *table, const GString *text, GError **error)
{
  errno = ENOSPC; /* where only a part was written */
  if (write (table->fd, text->str, text->len) == (gssize) text->len)
    return TRUE;
  return fail (table, "cannot be written", error);
}

/* A column for each training: of one, `name`; of several, name_1, name_2, ... */
static void
append_names (GString *text, const NvTrainOptions *options, const char *name)
{
  for (int t = 1; t <= options->trainings; t++)
    if (options->trainings == 1)
      g_string_append_printf (text, ",%s", name);
    else
      g_string_append_printf (text, ",%s_%d", name, t);
}

static char *
header_of (const NvTrainOptions *options)
{
  GString *text = g_string_new ("cell");
  for (guint e = 0; e < (guint) options->epochs; e++) {
    g_autofree char *name = g_strdup_printf ("validation_%u", e + 1);
    if (nv_i_train_validates (options, e))
      append_names (text, options, name);
  }
  append_names (text, options, "test");
  g_string_append (text, ",seconds,parameters,multiply_adds\n");
  return g_string_free (text, FALSE);
}

/* --- what the rows are ---------------------------------------------------------------- */

static char *
description_of (const NvTableFile *table)
{
  g_autoptr (JsonObject) about = json_object_new ();
  const NvClass *klass = &table->space->klass->head;
  json_object_set_member (about, "space",
                          nv_i_plugin_json (klass, table->space->options));
  json_object_set_member (about, "training",
                          nv_i_options_json (nv_i_train_params, table->options));
  json_object_set_string_member (about, "data_sha256", table->data_sha256);
  g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), about);
  return nv_i_json_text (node);
}

/* What came later than the file: options have their defaults in it, and images that it does not
 * tell are taken for these. *lacking: it does not. */
static char *
complete (const NvTableFile *table, const char *text, gboolean *lacking)
{
  g_autoptr (JsonNode) node = nv_i_json_parse (text, -1, NULL);
  JsonObject *about = node != NULL && JSON_NODE_HOLDS_OBJECT (node)
                        ? json_node_get_object (node) : NULL;
  JsonNode *training = about != NULL ? json_object_get_member (about, "training") : NULL;
  *lacking = FALSE;
  if (training == NULL || !JSON_NODE_HOLDS_OBJECT (training))
    return g_strdup (text);
  g_autoptr (GVariant) values = g_variant_ref_sink (nv_i_options_variant (training));
  NvTrainOptions *options
    = nv_i_options_new (nv_i_train_params, sizeof *options, &nv_i_train_defaults, values,
                        "table", NULL);
  if (options == NULL)
    return g_strdup (text);
  json_object_set_member (about, "training",
                          nv_i_options_json (nv_i_train_params, options));
  nv_i_options_free (nv_i_train_params, options);
  *lacking = !json_object_has_member (about, "data_sha256");
  if (*lacking)
    json_object_set_string_member (about, "data_sha256", table->data_sha256);
  return nv_i_json_text (node);
}

static gboolean
write_description (const char *name, const char *text, GError **error)
{
  g_autofree char *line = g_strconcat (text, "\n", NULL);
  if (g_file_set_contents (name, line, -1, NULL))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: cannot be written", name);
  return FALSE;
}

static gboolean
check_description (const NvTableFile *table, gboolean rows, GError **error)
{
  g_autofree char *name = g_strconcat (table->name, ".json", NULL);
  g_autofree char *mine = description_of (table), *found = NULL;
  gboolean lacking;
  if (!rows && !g_file_test (name, G_FILE_TEST_EXISTS))
    return write_description (name, mine, error);
  if (!g_file_get_contents (name, &found, NULL, NULL)) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE,
                 "%s: cannot be read; it says what the rows of %s are, which cannot be "
                 "gone on with otherwise", name, table->name);
    return FALSE;
  }
  g_autofree char *completed = g_strchomp (complete (table, found, &lacking));
  if (strcmp (completed, mine) == 0)
    return !lacking || write_description (name, mine, error);
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
               "%s: the rows are of another training, or of other images; name another file, or "
               "train as there: %.1000s", name, found);
  return FALSE;
}

/* --- rows that are there -------------------------------------------------------------- */

static gboolean
read_row (NvTableFile *table, NvCsv *csv, guint column, GError **error)
{
  NvCell cell, form;
  if (!nv_space_parse (table->space, nv_i_csv_text (csv, column), &cell, error)) {
    g_prefix_error (error, "%s:%" G_GUINT64_FORMAT ": ", table->name, nv_i_csv_line (csv));
    return FALSE;
  }
  nv_space_canonical (table->space, &cell, &form);
  nv_cell_index_add (table->known, &form, nv_cell_index_count (table->known), NULL);
  return TRUE;
}

static gboolean
read_rows (NvTableFile *table, GError **error)
{
  GError *failure = NULL;
  g_autoptr (NvCsv) csv = nv_i_csv_open (table->name, error);
  const int column = csv != NULL ? nv_i_csv_column (csv, "cell", error) : -1;
  if (column < 0)
    return FALSE;
  while (nv_i_csv_next (csv, &failure) && read_row (table, csv, (guint) column, &failure))
    ;
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, failure);
  return FALSE;
}

/* Is the text the beginning of a file of this training: its header, or, where the process was
 * killed before it was written, a part of that? What is not ours is never touched. */
static gboolean
check_header (const NvTableFile *table, const char *text, gsize length, GError **error)
{
  g_autofree char *header = header_of (table->options);
  if (memcmp (text, header, MIN (length, strlen (header))) == 0)
    return TRUE;
  g_autofree char *valid = g_utf8_make_valid (text, (gssize) strcspn (text, "\r\n"));
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
               "%s:1: '%.200s' is not the header of this training, which is '%.200s'; the file is "
               "left as it is: name another one", table->name, valid, g_strchomp (header));
  return FALSE;
}

/* The bytes up to the end of the last whole line. *rows: there is more than the header. */
static gboolean
measure (const NvTableFile *table, gsize *whole, gboolean *rows, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;
  if (!g_file_get_contents (table->name, &text, &length, error))
    return FALSE;
  if (length >= 2 && memcmp (text, "\x1f\x8b", 2) == 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT,
                 "%s: is compressed, and rows cannot be added; gunzip it first",
                 table->name);
    return FALSE;
  }
  if (!check_header (table, text, length, error))
    return FALSE;
  while (length > 0 && text[length - 1] != '\n')
    length--;
  *whole = length;
  *rows = length > 0 && memchr (text, '\n', length - 1) != NULL;
  return TRUE;
}

/* Drops what stands behind the last whole line; a new file gets its header. */
static gboolean
cut (const NvTableFile *table, gsize whole, GError **error)
{
  if (ftruncate (table->fd, (off_t) whole) != 0)
    return fail (table, "cannot be cut to whole rows", error);
  if (whole > 0)
    return TRUE;
  g_autofree char *header = header_of (table->options);
  g_autoptr (GString) first = g_string_new (header);
  return write_text (table, first, error);
}

static gboolean
take (NvTableFile *table, GError **error)
{
  table->fd = open (table->name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (table->fd < 0)
    return fail (table, "cannot be opened", error);
  if (flock (table->fd, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: another process is writing it",
               table->name);
  return FALSE;
}

NvTableFile *
nv_i_table_file_open (const char *file, const NvSpace *space,
                      const NvTrainOptions *options, const char *data_sha256, GError **error)
{
  g_autoptr (NvTableFile) table = g_new0 (NvTableFile, 1);
  gboolean rows;
  gsize whole;
  table->name = g_strdup (file);
  table->space = space;
  table->options = options;
  table->data_sha256 = data_sha256;
  table->known = nv_cell_index_new ();
  if (!take (table, error) || !measure (table, &whole, &rows, error)
      || !check_description (table, rows, error) || !cut (table, whole, error)
      || !read_rows (table, error))
    return NULL;
  return g_steal_pointer (&table);
}

void
nv_i_table_file_close (NvTableFile *table)
{
  if (table->fd >= 0)
    close (table->fd);
  nv_cell_index_free (table->known);
  g_free (table->name);
  g_free (table);
}

gboolean
nv_i_table_file_has (const NvTableFile *table, const NvCell *cell)
{
  NvCell form;
  nv_space_canonical (table->space, cell, &form);
  return nv_cell_index_find (table->known, &form, NULL);
}

/* --- a new row ------------------------------------------------------------------------ */

/* Of each training after `epoch` (the number of epochs: the test), a fraction of some thousand
 * images; empty where the cell has diverged. */
static void
append_accuracies (GString *row, const NvTrainOptions *options, const NvTrained *trained,
                   guint epoch)
{
  const gsize stride = (gsize) options->epochs + 1;
  for (gsize t = 0; t < (gsize) options->trainings; t++) {
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c (row, ',');
    if (!trained->diverged)
      g_string_append (row, g_ascii_formatd (text, sizeof text, "%.6g",
                                             trained->each[t * stride + epoch]));
  }
}

gboolean
nv_i_table_file_append (NvTableFile *table, const NvCell *cell, const NvTrained *trained,
                        GError **error)
{
  char seconds[G_ASCII_DTOSTR_BUF_SIZE];
  NvCell form;
  g_autofree char *notation = nv_space_format (table->space, cell);
  g_autoptr (GString) row = g_string_new (NULL);
  nv_i_csv_append_text (row, notation);
  for (guint e = 0; e < (guint) table->options->epochs; e++)
    if (nv_i_train_validates (table->options, e))
      append_accuracies (row, table->options, trained, e);
  append_accuracies (row, table->options, trained, (guint) table->options->epochs);
  g_ascii_formatd (seconds, sizeof seconds, "%.2f", trained->seconds);
  g_string_append_printf (row, ",%s,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT "\n",
                          seconds, trained->parameters, trained->madds);
  if (!write_text (table, row, error))
    return FALSE;
  nv_space_canonical (table->space, cell, &form);
  nv_cell_index_add (table->known, &form, nv_cell_index_count (table->known), NULL);
  return TRUE;
}
