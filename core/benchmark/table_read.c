/* From the rows of a CSV file to parallel arrays.
 *
 * Rows whose cells are equivalent are one pool cell: the row of the class's
 * representative counts or, without one, the first. Two rows of the very same cell are an
 * error. Some 130 bytes a cell of 7 nodes. */
#include <float.h>
#include <math.h>
#include <string.h>

#include "benchmark/table.h"

/* "column=value": rows that count. */
typedef struct {
  guint column;
  char *value;
} Condition;

typedef struct {
  const NvSpace *space;
  const char *file;
  NvCsv *csv;
  NvTableSums *observed, *test, *seconds, *parameters; /* NULL: none */
  GArray *cell_columns;  /* guint */
  GArray *conditions;
  double unit;           /* of scores: 1, or 0.01 for per cent */
  int run;
  NvTableData *data;
  GArray *columns[4];    /* double: scores, test, seconds, parameters, while they grow */
  GArray *lines;         /* guint32: where pool cell i comes from */
  NvCellIndex *others;   /* cells that do not count -> their line */
  GString *text;
  double *values;        /* [R + 3] of the current row */
} Loader;

enum { SCORES, TEST, SECONDS, PARAMETERS };

static void
clear_condition (gpointer condition)
{
  g_free (((Condition *) condition)->value);
}

static void
free_loader (Loader *l)
{
  nv_i_csv_close (l->csv);
  nv_i_table_sums_free (l->observed);
  nv_i_table_sums_free (l->test);
  nv_i_table_sums_free (l->seconds);
  nv_i_table_sums_free (l->parameters);
  g_array_unref (l->cell_columns);
  g_array_unref (l->conditions);
  for (guint k = 0; k < G_N_ELEMENTS (l->columns); k++)
    g_array_unref (l->columns[k]);
  g_array_unref (l->lines);
  nv_cell_index_free (l->others);
  g_string_free (l->text, TRUE);
  g_free (l->values);
  g_free (l);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Loader, free_loader)

/* --- columns ------------------------------------------------------------------------ */

static gboolean
find_cell_columns (Loader *l, const char *text, GError **error)
{
  g_auto (GStrv) names = g_strsplit (text, ",", -1);
  for (guint i = 0; names[i] != NULL; i++) {
    int column = nv_i_csv_column (l->csv, g_strstrip (names[i]), error);
    if (column < 0)
      return FALSE;
    g_array_append_val (l->cell_columns, column);
  }
  return TRUE;
}

static gboolean
find_conditions (Loader *l, const char *text, GError **error)
{
  g_auto (GStrv) items = g_strsplit (text != NULL ? text : "", ",", -1);
  for (guint i = 0; items[i] != NULL; i++) {
    char *equal = strchr (items[i], '=');
    if (equal == NULL) {
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                   "where = '%s': write 'column=value', or several, separated by commas",
                   text);
      return FALSE;
    }
    *equal = '\0';
    int column = nv_i_csv_column (l->csv, g_strstrip (items[i]), error);
    if (column < 0)
      return FALSE;
    Condition condition = { (guint) column, g_strdup (g_strstrip (equal + 1)) };
    g_array_append_val (l->conditions, condition);
  }
  return TRUE;
}

static gboolean
find_sums (Loader *l, NvTableSums **sums, const char *option, const char *text,
           gboolean several, GError **error)
{
  if (text != NULL)
    *sums = nv_i_table_sums_new (l->csv, option, text, several, error);
  return text == NULL || *sums != NULL;
}

static Loader *
new_loader (NvTableData *data, const NvSpace *space, const NvTableSpec *spec, int run,
            GError **error)
{
  NvCsv *csv = nv_i_csv_open (spec->file, error);
  if (csv == NULL)
    return NULL;
  g_autoptr (Loader) l = g_new0 (Loader, 1);
  l->space = space;
  l->file = spec->file;
  l->csv = csv;
  l->data = data;
  l->run = run;
  l->unit = spec->percent ? 0.01 : 1.0;
  l->cell_columns = g_array_new (FALSE, FALSE, sizeof (guint));
  l->conditions = g_array_new (FALSE, FALSE, sizeof (Condition));
  g_array_set_clear_func (l->conditions, clear_condition);
  for (guint k = 0; k < G_N_ELEMENTS (l->columns); k++)
    l->columns[k] = g_array_new (FALSE, FALSE, sizeof (double));
  l->lines = g_array_new (FALSE, FALSE, sizeof (guint32));
  l->others = nv_cell_index_new ();
  l->text = g_string_new (NULL);
  if ((spec->beside != NULL && !nv_i_csv_beside (csv, spec->beside, error))
      || !find_cell_columns (l, spec->cell, error)
      || (spec->where != NULL && !find_conditions (l, spec->where, error))
      || !find_sums (l, &l->observed, "observed", spec->observed, TRUE, error)
      || !find_sums (l, &l->test, "test", spec->test, TRUE, error)
      || !find_sums (l, &l->seconds, "seconds", spec->seconds, FALSE, error)
      || !find_sums (l, &l->parameters, "parameters", spec->parameters, FALSE, error))
    return NULL;
  data->runs = nv_i_table_sums_count (l->observed);
  l->values = g_new0 (double, data->runs + 3);
  return g_steal_pointer (&l);
}

/* --- rows --------------------------------------------------------------------------- */

static gboolean
row_error (const Loader *l, GError **error, const char *what)
{
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s:%" G_GUINT64_FORMAT ": %s", l->file,
               nv_i_csv_line (l->csv), what);
  return FALSE;
}

static gboolean
row_counts (const Loader *l)
{
  for (guint i = 0; i < l->conditions->len; i++) {
    const Condition *c = &g_array_index (l->conditions, Condition, i);
    if (strcmp (nv_i_csv_text (l->csv, c->column), c->value) != 0)
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_cell (Loader *l, NvCell *cell, GError **error)
{
  g_string_truncate (l->text, 0);
  for (guint i = 0; i < l->cell_columns->len; i++) {
    if (i > 0)
      g_string_append_c (l->text, ' ');
    g_string_append (l->text,
                     nv_i_csv_text (l->csv, g_array_index (l->cell_columns, guint, i)));
  }
  if (nv_space_parse (l->space, l->text->str, cell, error)
      && nv_space_validate (l->space, cell, error))
    return TRUE;
  g_prefix_error (error, "%s:%" G_GUINT64_FORMAT ": ", l->file, nv_i_csv_line (l->csv));
  return FALSE;
}

/* As nv_i_table_sum(), for numbers whose mean over all sums is a number. */
static gboolean
read_sum (const Loader *l, const NvTableSums *sums, guint i, double *out, GError **error)
{
  if (!nv_i_table_sum (sums, l->csv, i, out, error))
    return FALSE;
  if (isnan (*out) || fabs (*out) <= DBL_MAX / nv_i_table_sums_count (sums))
    return TRUE;
  return row_error (l, error, "a sum of columns with factors is too large for a number");
}

/* The mean of the sums that are there, or NAN. */
static gboolean
read_mean (const Loader *l, const NvTableSums *sums, double *out, GError **error)
{
  double total = 0;
  guint made = 0;
  for (guint i = 0; i < nv_i_table_sums_count (sums); i++) {
    double x;
    if (!read_sum (l, sums, i, &x, error))
      return FALSE;
    if (!isnan (x)) {
      total += x;
      made++;
    }
  }
  *out = made > 0 ? total / made : NAN;
  return TRUE;
}

/* A training that diverged: neither an observed nor a test score. A file without test
 * scores has no such rows. */
static gboolean
row_diverged (const Loader *l)
{
  return l->test != NULL && nv_i_table_sums_empty (l->observed, l->csv)
         && nv_i_table_sums_empty (l->test, l->csv);
}

/* The runs' observed scores, into the first values. */
static gboolean
read_scores (Loader *l, GError **error)
{
  guint R = l->data->runs, made = 0;
  for (guint r = 0; r < R; r++) {
    if (!read_sum (l, l->observed, r, &l->values[r], error))
      return FALSE;
    l->values[r] *= l->unit;
    made += !isnan (l->values[r]);
  }
  if (made == 0)
    return row_error (l, error, "none of the observed scores is there");
  if (l->run >= 0 && isnan (l->values[l->run]))
    return row_error (l, error, "the run that 'noise' names is not there");
  return TRUE;
}

static gboolean
read_values (Loader *l, GError **error)
{
  double *rest = l->values + l->data->runs;
  const gboolean diverged = row_diverged (l);
  for (guint r = 0; diverged && r <= l->data->runs; r++)
    l->values[r] = NAN;
  if ((!diverged && !read_scores (l, error))
      || (!diverged && l->test != NULL && !read_mean (l, l->test, &rest[0], error))
      || (l->seconds != NULL && !read_mean (l, l->seconds, &rest[1], error))
      || (l->parameters != NULL && !read_mean (l, l->parameters, &rest[2], error)))
    return FALSE;
  rest[0] *= l->unit;
  if (l->seconds != NULL && !(rest[1] >= 0))
    return row_error (l, error, "seconds must be at least 0");
  if (l->parameters != NULL && !(rest[2] >= 0))
    return row_error (l, error, "parameters must be at least 0");
  return TRUE;
}

static void
store_values (Loader *l, gsize i)
{
  guint R = l->data->runs;
  const guint width[] = { R, l->test != NULL, l->seconds != NULL, l->parameters != NULL };
  const double *from = l->values;
  for (guint k = 0; k < G_N_ELEMENTS (width); k++) {
    GArray *column = l->columns[k];
    if (column->len < (i + 1) * width[k])
      g_array_set_size (column, (guint) ((i + 1) * width[k]));
    if (width[k] > 0)
      memcpy ((double *) (gpointer) column->data + i * width[k], from,
              width[k] * sizeof *from);
    from += k == SCORES ? R : 1;
  }
}

static void
replace_cell (NvCells *cells, gsize i, const NvCell *cell)
{
  cells->n_nodes[i] = (guint8) cell->n_nodes;
  memcpy (cells->ops + i * cells->nodes, cell->ops, cells->nodes);
  memcpy (cells->rows + i * cells->nodes, cell->rows, cells->nodes * sizeof *cells->rows);
}

static gboolean
refuse_twin (const Loader *l, gsize line, GError **error)
{
  g_autofree char *what
    = g_strdup_printf ("cell '%.120s' stands in line %" G_GSIZE_FORMAT
                       " already; a table has one row a cell ('where' chooses among "
                       "several)", l->text->str, line);
  return row_error (l, error, what);
}

/* Row `cell` of the class `form`, whose pool cell i is there already. */
static gboolean
join_row (Loader *l, const NvCell *cell, const NvCell *form, gsize i, GError **error)
{
  guint32 *line = &g_array_index (l->lines, guint32, i);
  guint32 here = (guint32) nv_i_csv_line (l->csv);
  NvCell first;
  gsize other;
  nv_cells_get (l->data->pool, i, &first);
  if (nv_cell_equal (cell, &first))
    return refuse_twin (l, *line, error);
  if (nv_cell_index_find (l->others, cell, &other))
    return refuse_twin (l, other, error);
  if (!nv_cell_equal (cell, form)) {
    nv_cell_index_add (l->others, cell, here, NULL);
    return TRUE;
  }
  nv_cell_index_add (l->others, &first, *line, NULL);
  replace_cell (l->data->pool, i, cell);
  store_values (l, i);
  *line = here;
  return TRUE;
}

static gboolean
add_row (Loader *l, GError **error)
{
  NvTableData *data = l->data;
  NvCell cell, form;
  if (!read_cell (l, &cell, error) || !read_values (l, error))
    return FALSE;
  data->rows++;
  nv_space_canonical (l->space, &cell, &form);
  gsize i;
  if (!nv_cell_index_add (data->index, &form, data->pool->count, &i))
    return join_row (l, &cell, &form, i, error);
  guint32 line = (guint32) nv_i_csv_line (l->csv);
  nv_cells_append (data->pool, &cell);
  g_array_append_val (l->lines, line);
  store_values (l, i);
  return TRUE;
}

static gboolean
read_rows (Loader *l, GError **error)
{
  GError *failure = NULL;
  while (nv_i_csv_next (l->csv, &failure))
    if (row_counts (l) && !add_row (l, &failure))
      break;
  if (failure != NULL) {
    g_propagate_error (error, failure);
    return FALSE;
  }
  if (l->data->pool->count > 0)
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s: no row%s", l->file,
               l->conditions->len > 0 ? " that 'where' lets pass" : "");
  return FALSE;
}

static double *
take (GArray *column, const NvTableSums *sums)
{
  gsize n = column->len;
  return sums != NULL ? g_renew (double, g_array_steal (column, NULL), n) : NULL;
}

gboolean
nv_i_table_read (NvTableData *data, const NvSpace *space, const NvTableSpec *spec,
                 int run, GError **error)
{
  NvTableData read
    = { .pool = nv_cells_new (space->nodes), .index = nv_cell_index_new () };
  g_autoptr (Loader) l = new_loader (&read, space, spec, run, error);
  if (l == NULL || !read_rows (l, error)) {
    nv_i_table_data_clear (&read);
    return FALSE;
  }
  read.scores = take (l->columns[SCORES], l->observed);
  read.test = take (l->columns[TEST], l->test);
  read.seconds = take (l->columns[SECONDS], l->seconds);
  read.parameters = take (l->columns[PARAMETERS], l->parameters);
  *data = read;
  return TRUE;
}

void
nv_i_table_data_clear (NvTableData *data)
{
  nv_cells_unref (data->pool);
  nv_cell_index_free (data->index);
  g_free (data->scores);
  g_free (data->test);
  g_free (data->seconds);
  g_free (data->parameters);
  *data = (NvTableData){ .pool = NULL };
}
