/* Studies over the space "toy" for the tests: a folder, a benchmark, dumps. */
#ifndef STUDY_HELP_H
#define STUDY_HELP_H

#include "study_plugins.h"

#include <math.h>
#include <signal.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "plugin/instance.h"
#include "study/record.h"
#include "study/study.h"

typedef struct {
  char *folder, *file;
  guint queries;       /* asked of the benchmark so far */
  GThread *asked_by;
  GCancellable *cancel;
  guint cancel_after, kill_after, fail_after; /* queries; 0: never */
  NvSpace *space;
  NvBenchmark *benchmark;
} Place;

static gboolean toy_score (const NvSpace *space, const NvCell *cell, guint32 seed, NvOutcome *out,
                           gpointer data, GError **error);

static void
enter (Place *p, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  p->folder = g_dir_make_tmp ("nasvec-study-XXXXXX", NULL);
  p->file = g_build_filename (p->folder, "store.db", NULL);
  p->cancel = g_cancellable_new ();
  p->space = nv_i_space_new (data != NULL ? data : "toy", NULL, &error);
  g_assert_no_error (error);
  p->benchmark = nv_i_benchmark_function (p->space, "toy score", toy_score, p, NULL);
  p->benchmark->serial = FALSE;
}

static void
leave (Place *p, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (p->folder, 0, NULL);
  const char *name;
  (void) data;
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *path = g_build_filename (p->folder, name, NULL);
    g_remove (path);
  }
  g_rmdir (p->folder);
  g_object_unref (p->cancel);
  nv_i_benchmark_unref (p->benchmark);
  nv_i_space_unref (p->space);
  g_free (p->folder);
  g_free (p->file);
}

/* A score that depends on every part of the cell; "aaa7" fails, and a cell costs between
 * 10 and 10 + 7 seconds. */
static gboolean
toy_score (const NvSpace *space, const NvCell *cell, guint32 seed G_GNUC_UNUSED, NvOutcome *out,
           gpointer data, GError **error)
{
  Place *p = data;
  guint queries = (guint) g_atomic_int_add ((gint *) &p->queries, 1) + 1, skips;
  g_autofree char *text = nv_space_format (space, cell);
  p->asked_by = g_thread_self ();
  if (queries == p->kill_after)
    kill (getpid (), SIGKILL);
  /* The kernel needs a moment to stop the other threads; on a busy machine they would go on for
   * hundreds of queries. */
  while (p->kill_after > 0 && queries > p->kill_after)
    g_usleep (1000);
  if (queries == p->cancel_after)
    g_cancellable_cancel (p->cancel);
  if (queries == p->fail_after) {
    g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK, "query %u broke", queries);
    return FALSE;
  }
  skips = (guint) (text[3] - '0');
  *out = (NvOutcome){ .score = NAN, .test = NAN, .seconds = 10 + skips, .parameters = NAN };
  out->failed = strcmp (text, "aaa7") == 0;
  if (!out->failed) {
    out->score = sin (text[0] * 1.7 + text[1] * 2.3 + text[2] * 0.9) / 3 + 0.01 * skips;
    out->test = out->score * 0.9 + 0.05;
    out->parameters = 1000 * skips;
  }
  return TRUE;
}

static inline GVariant *
option (const char *key, GVariant *value)
{
  GVariantDict dict;
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert_value (&dict, key, value);
  return g_variant_dict_end (&dict);
}

/* Frozen and pre-trained, joint and pre-trained, joint from nothing, and a scripted searcher. */
static inline NvStudy *
toy_study (Place *p)
{
  NvStudy *study = nv_i_study_new ("toys");
  study->seed = 7;
  study->seeds = 3;
  study->budget_cells = 40;
  study->store = g_strdup (p->file);
  nv_i_study_add (study, "frozen", p->benchmark, "toyenc", NULL, 0, "toyjoint", NULL);
  nv_i_study_add (study, "joint", p->benchmark, "toyenc", NULL, 1, "toyjoint", NULL);
  nv_i_study_add (study, "fresh", p->benchmark, "toyenc",
                  option ("epochs", g_variant_new_int64 (0)), 1, "toyjoint", NULL);
  nv_i_study_add (study, "script", p->benchmark, "toyfixed", NULL, -1, "toyscript",
                  option ("cells", g_variant_new_string ("abc5 ! abc5 aaa7 aaa7 cba2")));
  return study;
}

static inline void
run_study (NvStudy *study, Place *p)
{
  g_autoptr (GError) error = NULL;
  nv_i_study_run (study, p->cancel, &error);
  g_assert_no_error (error);
}

static inline char *
dump (const char *file)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (NvStore) store = nv_i_store_open_readonly (file, &error);
  g_assert_no_error (error);
  char *text = nv_i_store_dump (store, &error);
  g_assert_no_error (error);
  return text;
}

/* The one value of a query, as text. */
static inline char *
lookup (const char *file, const char *sql)
{
  g_autoptr (NvStore) store = nv_i_store_open_readonly (file, NULL);
  sqlite3_stmt *s = NULL;
  g_assert_cmpint (sqlite3_prepare_v2 (nv_i_store_handle (store), sql, -1, &s, NULL), ==,
                   SQLITE_OK);
  g_assert_cmpint (sqlite3_step (s), ==, SQLITE_ROW);
  char *text = g_strdup ((const char *) sqlite3_column_text (s, 0));
  sqlite3_finalize (s);
  return text;
}

#define LOOKUP(p, sql, expected)                                                             \
  do {                                                                                       \
    g_autofree char *value = lookup ((p)->file, sql);                                        \
    g_assert_cmpstr (value, ==, expected);                                                   \
  } while (0)

#endif
