/* Trainings of a cell come in any order, so all are kept until the end of the file. */
#include "import/nasbench101.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "data/tfrecord.h"

#define RUNS 3
#define LENGTHS 4
#define MAX_CELLS 1000000 /* the benchmark has 423,624 */

static const guint lengths[LENGTHS] = { 4, 12, 36, 108 };
static const char *const figures[NV_NB101_FIGURES]
    = { "val_acc", "test_acc", "train_acc", "train_seconds" };

typedef struct {
  float half[NV_NB101_FIGURES], end[NV_NB101_FIGURES];
} Figures;

typedef struct {
  guint8 hash[16];     /* first: the key */
  guint8 vertices, made[LENGTHS];
  gint32 parameters;
  char upper[22], ops[6];
  Figures *runs[LENGTHS]; /* [RUNS]; NULL: none made */
} Entry;

typedef struct {
  GHashTable *by_hash; /* Entry -> Entry */
  Entry *last;
  gboolean seen[LENGTHS];
} Collection;

static guint
hash_entry (gconstpointer entry)
{
  guint first;
  memcpy (&first, ((const Entry *) entry)->hash, sizeof first);
  return first;
}

static gboolean
equal_entries (gconstpointer a, gconstpointer b)
{
  return memcmp (((const Entry *) a)->hash, ((const Entry *) b)->hash, 16) == 0;
}

static void
free_entry (gpointer data)
{
  Entry *entry = data;
  for (guint e = 0; e < LENGTHS; e++)
    g_free (entry->runs[e]);
  g_free (entry);
}

/* --- collecting -------------------------------------------------------------------- */

static Entry *
find_entry (Collection *all, const NvNb101Run *run)
{
  Entry key;
  if (all->last != NULL && memcmp (all->last->hash, run->hash, 16) == 0)
    return all->last;
  memcpy (key.hash, run->hash, 16);
  Entry *entry = g_hash_table_lookup (all->by_hash, &key);
  if (entry == NULL && g_hash_table_size (all->by_hash) < MAX_CELLS) {
    entry = g_new0 (Entry, 1);
    memcpy (entry->hash, run->hash, 16);
    entry->vertices = (guint8) run->vertices;
    entry->parameters = run->parameters;
    memcpy (entry->upper, run->upper, sizeof run->upper);
    memcpy (entry->ops, run->ops, sizeof run->ops);
    g_hash_table_add (all->by_hash, entry);
  }
  return all->last = entry;
}

static gboolean
collect (Collection *all, const NvNb101Run *run, GError **error)
{
  Entry *entry = find_entry (all, run);
  const char *what = NULL;
  guint e = 0;
  while (lengths[e] != run->epochs)
    e++;
  if (entry == NULL)
    what = "more than 1,000,000 cells";
  else if (entry->vertices != run->vertices || strcmp (entry->upper, run->upper) != 0
           || strcmp (entry->ops, run->ops) != 0 || entry->parameters != run->parameters)
    what = "another cell had this module hash";
  else if (entry->made[e] == RUNS)
    what = "a fourth run of a cell at this number of epochs";
  if (what != NULL) {
    g_set_error_literal (error, NV_ERROR, NV_ERROR_FORMAT, what);
    return FALSE;
  }
  if (entry->runs[e] == NULL)
    entry->runs[e] = g_new0 (Figures, RUNS);
  Figures *figure = &entry->runs[e][entry->made[e]++];
  memcpy (figure->half, run->half, sizeof run->half);
  memcpy (figure->end, run->end, sizeof run->end);
  all->seen[e] = TRUE;
  return TRUE;
}

static gboolean
collect_all (Collection *all, const char *file, NvNb101Counts *counts, GError **error)
{
  g_autoptr (NvTfrecord) records = nv_i_tfrecord_open (file, error);
  GError *failure = NULL;
  const char *data;
  gsize length;
  while (records != NULL && nv_i_tfrecord_next (records, &data, &length, &failure)) {
    NvNb101Run run;
    if (!nv_i_nasbench101_read (&run, data, length, &failure)
        || !collect (all, &run, &failure)) {
      g_prefix_error (&failure, "%s: record at byte %" G_GUINT64_FORMAT ": ", file,
                      nv_i_tfrecord_offset (records));
      break;
    }
    counts->records++;
    counts->bytes += length + 16;
  }
  if (failure != NULL)
    g_propagate_error (error, failure);
  else if (records != NULL && counts->records == 0)
    g_set_error (error, NV_ERROR, NV_ERROR_FORMAT, "%s: no record", file);
  return records != NULL && failure == NULL && counts->records > 0;
}

/* --- writing ----------------------------------------------------------------------- */

#define NUMBER 24 /* characters of a figure and its comma, at most */
#define LINE (128 + LENGTHS * 2 * NV_NB101_FIGURES * (RUNS + 1) * NUMBER)

/* Writes `value`, at most 1e9, with up to `decimals` digits behind the point; returns the
 * end. */
static char *
put_number (char *out, double value, guint decimals)
{
  static const double powers[] = { 1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8 };
  guint64 scaled = (guint64) (value * powers[decimals] + 0.5);
  char text[NUMBER], *at = text + sizeof text;
  while (decimals > 0 && scaled % 10 == 0)
    scaled /= 10, decimals--;
  for (guint i = 0; i < decimals; i++, scaled /= 10)
    *--at = (char) ('0' + scaled % 10);
  if (decimals > 0)
    *--at = '.';
  do
    *--at = (char) ('0' + scaled % 10);
  while ((scaled /= 10) > 0);
  const gsize length = (gsize) (text + sizeof text - at);
  memcpy (out, at, length);
  return out + length;
}

/* The figures of one number of epochs: each run, then the mean; empty where not made. */
static char *
put_figures (char *out, const Figures *runs, guint made, gboolean half, guint figure)
{
  const guint decimals = figure == NV_NB101_SECONDS ? 3 : 8;
  double sum = 0;
  for (guint r = 0; r < RUNS; r++) {
    *out++ = ',';
    if (r >= made)
      continue;
    const double value = half ? runs[r].half[figure] : runs[r].end[figure];
    out = put_number (out, value, decimals);
    sum += value;
  }
  *out++ = ',';
  return made > 0 ? put_number (out, sum / made, decimals) : out;
}

static void
put_entry (FILE *file, guint index, const Entry *entry, const gboolean seen[LENGTHS])
{
  char line[LINE], hash[33];
  for (guint i = 0; i < 32; i++)
    hash[i] = "0123456789abcdef"[entry->hash[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
  hash[32] = '\0';
  char *out = line
              + g_snprintf (line, 128, "%u,%s,%u,%s,%s,%d", index, hash, entry->vertices,
                            entry->upper, entry->ops, entry->parameters);
  for (guint e = 0; e < LENGTHS; e++)
    for (guint k = 0; seen[e] && k < 2 * NV_NB101_FIGURES; k++)
      out = put_figures (out, entry->runs[e], entry->made[e], k >= NV_NB101_FIGURES,
                         k % NV_NB101_FIGURES);
  *out++ = '\n';
  fwrite_unlocked (line, 1, (gsize) (out - line), file);
}

/* The mean over runs of the observed figures has the plain name, as in the presets. */
static void
put_header (FILE *out, const gboolean seen[LENGTHS])
{
  fputs ("index,module_hash,num_vertices,adjacency_upper,ops,trainable_parameters", out);
  for (guint e = 0; e < LENGTHS; e++)
    for (guint k = 0; seen[e] && k < 2 * NV_NB101_FIGURES; k++) {
      const char *name = figures[k % NV_NB101_FIGURES];
      const char *when = k >= NV_NB101_FIGURES ? "_half" : "";
      for (guint r = 1; r <= RUNS; r++)
        fprintf (out, ",%s_%u%s_run%u", name, lengths[e], when, r);
      fprintf (out, ",%s_%u%s%s", name, lengths[e], when,
               k % NV_NB101_FIGURES == NV_NB101_TEST ? "_mean3" : "");
    }
  fputc ('\n', out);
}

static int
by_hash (gconstpointer a, gconstpointer b)
{
  return memcmp ((*(Entry *const *) a)->hash, (*(Entry *const *) b)->hash, 16);
}

static gboolean
write_table (const Collection *all, const char *file, GError **error)
{
  g_autofree char *beside = g_strconcat (file, ".part", NULL);
  guint count;
  g_autofree gpointer *entries = g_hash_table_get_keys_as_array (all->by_hash, &count);
  qsort (entries, count, sizeof *entries, by_hash);
  FILE *out = fopen (beside, "w");
  if (out != NULL) {
    put_header (out, all->seen);
    for (guint i = 0; i < count; i++)
      put_entry (out, i, entries[i], all->seen);
    const gboolean written = fflush (out) == 0 && !ferror (out);
    if (fclose (out) == 0 && written && rename (beside, file) == 0)
      return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (errno));
  remove (beside);
  return FALSE;
}

gboolean
nv_i_nasbench101_import (const char *file, const char *out, NvNb101Counts *counts,
                         GError **error)
{
  NvNb101Counts made = { 0 };
  g_autoptr (GHashTable) table
      = g_hash_table_new_full (hash_entry, equal_entries, free_entry, NULL);
  Collection all = { .by_hash = table };
  if (!collect_all (&all, file, &made, error) || !write_table (&all, out, error))
    return FALSE;
  made.cells = g_hash_table_size (table);
  *counts = made;
  return TRUE;
}
