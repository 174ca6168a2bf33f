/* Which columns of a table hold what: options, the space's presets, sums of columns. */
#include <math.h>
#include <string.h>

#include "benchmark/table.h"

/* --- options and presets ------------------------------------------------------------ */

static gboolean
needs_preset (const NvTableOptions *options)
{
  return options->cell == NULL || options->observed == NULL;
}

static const NvTablePreset *
find_preset (const NvSpace *space, const NvTableOptions *options)
{
  if (options->dataset == NULL || space->klass->presets == NULL)
    return NULL;
  for (const NvTablePreset *p = space->klass->presets; p->dataset != NULL; p++)
    if (strcmp (p->dataset, options->dataset) == 0
        && (options->epochs == 0 || options->epochs == p->epochs))
      return p;
  return NULL;
}

/* "cifar10 (12 epochs), cifar10 (200 epochs)"; empty without presets. */
static char *
list_presets (const NvSpace *space)
{
  GString *text = g_string_new (NULL);
  for (const NvTablePreset *p = space->klass->presets; p != NULL && p->dataset != NULL;
       p++) {
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", p->dataset);
    if (p->epochs > 0)
      g_string_append_printf (text, " (%d epochs)", p->epochs);
  }
  return g_string_free (text, FALSE);
}

static gboolean
refuse_preset (const NvSpace *space, const NvTableOptions *options, GError **error)
{
  g_autofree char *known = list_presets (space);
  g_autoptr (GString) asked = g_string_new (NULL);
  if (options->dataset != NULL && options->epochs != 0)
    g_string_printf (asked, "dataset '%s' with %d epochs", options->dataset,
                     options->epochs);
  else if (options->dataset != NULL)
    g_string_printf (asked, "dataset '%s'", options->dataset);
  if (*known == '\0')
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "space %s knows no tables; name the columns with 'cell' and 'observed'",
                 space->klass->head.name);
  else
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "%s; space %s knows: %s. For other tables name the columns with 'cell' "
                 "and 'observed'",
                 asked->len > 0 ? asked->str : "'dataset' is needed",
                 space->klass->head.name, known);
  return FALSE;
}

/* What the script says, or else the preset; an empty string: none. */
static const char *
either (const char *option, const char *preset)
{
  const char *text = option != NULL ? option : preset;
  return text != NULL && *text != '\0' ? text : NULL;
}

gboolean
nv_i_table_spec (NvTableSpec *spec, const NvSpace *space, const NvTableOptions *options,
                 GError **error)
{
  static const NvTablePreset none = { .dataset = NULL };
  const NvTablePreset *preset = find_preset (space, options);
  if (options->file == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "'file' is needed: a CSV table, plain or gzip");
    return FALSE;
  }
  if (preset == NULL && needs_preset (options))
    return refuse_preset (space, options, error);
  const NvTablePreset *p = preset != NULL ? preset : &none;
  if (either (options->cell, p->cell) == NULL || either (options->observed, p->observed) == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "'cell' and 'observed' cannot be empty: they name columns of the table");
    return FALSE;
  }
  g_autofree char *file = nv_i_data_file (options->file, space->klass->head.name, error);
  if (file == NULL)
    return FALSE;
  char *beside = NULL;
  if (options->beside != NULL && *options->beside != '\0') {
    beside = nv_i_data_file (options->beside, space->klass->head.name, error);
    if (beside == NULL)
      return FALSE;
  }
  *spec = (NvTableSpec){
    .file = g_steal_pointer (&file),
    .beside = beside,
    .dataset = options->dataset,
    .cell = either (options->cell, p->cell),
    .observed = either (options->observed, p->observed),
    .test = either (options->test, p->test),
    .seconds = either (options->seconds, p->seconds),
    .parameters = either (options->parameters, p->parameters),
    .where = either (options->where, p->where),
    .epochs = options->epochs != 0 ? options->epochs : p->epochs,
    .percent = options->percent == NV_TABLE_YES
               || (options->percent == NV_TABLE_AUTO && p->percent),
  };
  return TRUE;
}

void
nv_i_table_spec_clear (NvTableSpec *spec)
{
  g_free (spec->file);
  g_free (spec->beside);
  *spec = (NvTableSpec){ .file = NULL };
}

/* --- sums of columns ---------------------------------------------------------------- */

typedef struct {
  guint sum;    /* which one it belongs to */
  guint column;
  double factor;
} Term;

struct _NvTableSums {
  GArray *terms; /* Term, by sum */
  guint count;
};

/* "column", "-column" or "number*column". */
static gboolean
parse_term (const NvCsv *csv, char *text, Term *term, GError **error)
{
  char *star = strchr (text, '*'), *name = g_strstrip (star != NULL ? star + 1 : text);
  term->factor = 1;
  if (star != NULL) {
    char *rest;
    *star = '\0';
    text = g_strstrip (text);
    term->factor = g_ascii_strtod (text, &rest);
    if (*text == '\0' || *rest != '\0' || !isfinite (term->factor)) {
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                   "'%s' before '*%s' is not a number; write e.g. '12*train + 1*valid'",
                   text, name);
      return FALSE;
    }
  } else if (*name == '-') {
    term->factor = -1;
    name = g_strchug (name + 1);
  }
  int column = nv_i_csv_column (csv, name, error);
  term->column = (guint) column;
  return column >= 0;
}

/* The plus behind a term; NULL: it is the last. One in a number, as in 1e+6*x, is none. */
static char *
next_plus (char *text)
{
  char *rest;
  g_ascii_strtod (text, &rest);
  while (g_ascii_isspace (*rest))
    rest++;
  return strchr (*rest == '*' ? rest : text, '+');
}

/* Appends the terms of one sum. */
static gboolean
parse_sum (NvTableSums *sums, const NvCsv *csv, char *text, GError **error)
{
  for (char *plus; text != NULL; text = plus != NULL ? plus + 1 : NULL) {
    Term term = { .sum = sums->count };
    plus = next_plus (text);
    if (plus != NULL)
      *plus = '\0';
    if (!parse_term (csv, text, &term, error))
      return FALSE;
    g_array_append_val (sums->terms, term);
  }
  sums->count++;
  return TRUE;
}

/* The terms of sum i; *n of them. */
static const Term *
terms_of (const NvTableSums *sums, guint i, guint *n)
{
  const Term *all = (const Term *) (gpointer) sums->terms->data;
  guint first = 0, end;
  while (all[first].sum < i)
    first++;
  for (end = first; end < sums->terms->len && all[end].sum == i; end++)
    ;
  *n = end - first;
  return all + first;
}

static gboolean
same_sums (const NvTableSums *sums, guint i, guint j)
{
  guint n, m;
  const Term *a = terms_of (sums, i, &n), *b = terms_of (sums, j, &m);
  for (guint k = 0; k < n && n == m; k++)
    if (a[k].column != b[k].column || a[k].factor != b[k].factor)
      return FALSE;
  return n == m;
}

/* A column that is named twice would be a second run that agrees with the first. */
static gboolean
check_distinct (const NvTableSums *sums, const char *option, const char *text, char **items,
                GError **error)
{
  for (guint j = 1; j < sums->count; j++)
    for (guint i = 0; i < j; i++)
      if (same_sums (sums, i, j)) {
        g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                     "%s = '%s': '%s' is there twice; between commas stand different runs", option,
                     text, g_strstrip (items[j]));
        return FALSE;
      }
  return TRUE;
}

static gboolean
check_items (const char *option, const char *text, char **items, gboolean several,
             GError **error)
{
  const guint n = g_strv_length (items);
  if (n > 1 && !several) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "%s = '%s': a comma; it is one sum of columns, as in '12*train + 1*valid'", option,
                 text);
    return FALSE;
  }
  for (guint i = 0; i < n; i++)
    if (*g_strchug (items[i]) == '\0') {
      g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                   "%s = '%s': a comma without a column on either side of it", option, text);
      return FALSE;
    }
  return TRUE;
}

NvTableSums *
nv_i_table_sums_new (const NvCsv *csv, const char *option, const char *text, gboolean several,
                     GError **error)
{
  g_autoptr (NvTableSums) sums = g_new0 (NvTableSums, 1);
  sums->terms = g_array_new (FALSE, FALSE, sizeof (Term));
  g_auto (GStrv) items = g_strsplit (text, ",", -1);
  if (!check_items (option, text, items, several, error))
    return NULL;
  for (guint i = 0; items[i] != NULL; i++) {
    g_autofree char *copy = g_strdup (items[i]);
    if (!parse_sum (sums, csv, copy, error))
      return NULL;
  }
  return check_distinct (sums, option, text, items, error) ? g_steal_pointer (&sums) : NULL;
}

void
nv_i_table_sums_free (NvTableSums *sums)
{
  if (sums == NULL)
    return;
  g_array_unref (sums->terms);
  g_free (sums);
}

guint
nv_i_table_sums_count (const NvTableSums *sums)
{
  return sums->count;
}

gboolean
nv_i_table_sums_empty (const NvTableSums *sums, const NvCsv *csv)
{
  for (guint t = 0; t < sums->terms->len; t++)
    if (*nv_i_csv_text (csv, g_array_index (sums->terms, Term, t).column) != '\0')
      return FALSE;
  return TRUE;
}

gboolean
nv_i_table_sum (const NvTableSums *sums, const NvCsv *csv, guint i, double *out,
                GError **error)
{
  double sum = 0;
  gboolean missing = FALSE;
  for (guint t = 0; t < sums->terms->len; t++) {
    const Term *term = &g_array_index (sums->terms, Term, t);
    double x = 0;
    if (term->sum != i)
      continue;
    if (sums->count > 1 && *nv_i_csv_text (csv, term->column) == '\0')
      missing = TRUE;
    else if (!nv_i_csv_number (csv, term->column, &x, error))
      return FALSE;
    sum += term->factor * x;
  }
  *out = missing ? NAN : isfinite (sum) ? sum : HUGE_VAL;
  return TRUE;
}
