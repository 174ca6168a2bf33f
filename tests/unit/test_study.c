/* Studies: what is recorded, budgets, failures, growth, and what is refused. */


#include "study_help.h"

static void
assert_fails (NvStudy *study, Place *p, NvError code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (nv_i_study_run (study, p->cancel, &error));
  g_assert_error (error, NV_ERROR, (gint) code);
  if (strstr (error->message, message) == NULL)
    g_error ("'%s' is not in '%s'", message, error->message);
}

/* --- what is recorded ------------------------------------------------------------------------ */

static void
test_records (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  run_study (study, p);
  LOOKUP (p, "SELECT group_concat (label || joint) FROM arm", "frozen0,joint1,fresh1,script0");
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason = 'budget'", "12");
  LOOKUP (p, "SELECT count (*) FROM trial", "480");
  LOOKUP (p, "SELECT count (DISTINCT cell) FROM trial WHERE run = 1000002", "40");
  LOOKUP (p, "SELECT count (*) FROM timing", "12");
  LOOKUP (p, "SELECT group_concat (cell) FROM (SELECT cell FROM trial WHERE run = 4000000"
             " ORDER BY step LIMIT 3)", "abc5,aaa7,cba2");
  LOOKUP (p, "SELECT duplicates || ' ' || invalid FROM run WHERE id = 4000001", "2 1");
  LOOKUP (p, "SELECT failed || ' ' || seconds || ifnull (score, ' none') FROM trial"
             " WHERE run = 4000000 AND cell = 'aaa7'", "1 17.0 none");
  LOOKUP (p, "SELECT count (*) FROM trial WHERE NOT failed"
             " AND abs (test - (score * 0.9 + 0.05)) > 1e-12", "0");
  g_assert_cmpuint (p->queries, ==, 480);
  run_study (study, p); /* nothing is left to do */
  g_assert_cmpuint (p->queries, ==, 480);
}

/* Initial cells are the same for all arms at the same seed. */
static void
test_paired (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  run_study (study, p);
  LOOKUP (p, "SELECT count (DISTINCT cell) FROM trial WHERE step < 3 AND run IN"
             " (1000001, 2000001, 3000001)", "3");
  LOOKUP (p, "SELECT count (DISTINCT cell) FROM trial WHERE step = 0 AND run < 4000000", "3");
}

static void
test_manifest (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  study->script = g_strdup ("-- what was run");
  run_study (study, p);
  LOOKUP (p, "SELECT value ->> '$.script' FROM meta WHERE key = 'manifest'",
          "-- what was run");
  LOOKUP (p, "SELECT value ->> '$.budget_cells' FROM meta WHERE key = 'manifest'", "40");
  LOOKUP (p, "SELECT value ->> '$.arms[2].encoder.options.epochs' FROM meta"
             " WHERE key = 'manifest'", "0");
  LOOKUP (p, "SELECT length (value ->> '$.host.plugins.\"encoder toyenc\"') FROM meta"
             " WHERE key = 'manifest'", "64");
  LOOKUP (p, "SELECT value ->> '$.host.blas' LIKE 'OpenBLAS%, kernel _%' FROM meta"
             " WHERE key = 'manifest'", "1");
  LOOKUP (p, "SELECT options ->> '$.benchmark.kind' FROM arm WHERE id = 2", "function");
}

/* Arms with the same encoder share it; the weights of an earlier study are found again. */
static void
test_encoders (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  study->seed = 20000 + (guint64) getpid (); /* not in the cache */
  run_study (study, p);
  LOOKUP (p, "SELECT count (*) FROM encoder AS a, encoder AS b WHERE a.arm = 1 AND b.arm = 2"
             " AND a.wall = b.wall AND NOT a.cached", "1");
  g_remove (p->file);
  run_study (study, p);
  LOOKUP (p, "SELECT group_concat (cached) FROM (SELECT * FROM encoder ORDER BY arm)",
          "1,1,0,0");
}

static void
test_workers (Place *p, gconstpointer data)
{
  g_autofree char *expected = NULL;
  (void) data;
  for (guint workers = 1; workers <= 5; workers += 2) {
    g_autoptr (NvStudy) study = toy_study (p);
    study->workers = workers;
    g_remove (p->file);
    run_study (study, p);
    g_autofree char *text = dump (p->file);
    if (expected != NULL)
      g_assert_cmpstr (text, ==, expected);
    g_free (expected);
    expected = g_steal_pointer (&text);
  }
}

/* A serial benchmark is asked on the thread that runs the study, with the same result. */
static void
test_serial (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  study->workers = 2;
  run_study (study, p);
  g_assert_true (p->asked_by != g_thread_self ());
  g_autofree char *expected = dump (p->file);
  g_remove (p->file);
  p->benchmark->serial = TRUE;
  run_study (study, p);
  g_assert_true (p->asked_by == g_thread_self ());
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

/* Run s searches the embedding of pre-training number s modulo encoder_seeds, or of that draw of
 * weights: with two of them, runs 0 and 2 are what they are with one, and run 1 goes another way.
 * Runs that train their own weights draw them anyway; where there are none, nothing changes. */
static void
test_encoder_seeds (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) one = toy_study (p), two = toy_study (p);
#define RUN(arm, seed) "SELECT group_concat (cell) FROM trial WHERE run = " #arm "00000" #seed
  static const struct { const char *query; gboolean moves; } runs[] = {
    { RUN (1, 0), FALSE }, { RUN (1, 1), TRUE }, { RUN (1, 2), FALSE }, /* pre-trained */
    { RUN (3, 0), FALSE }, { RUN (3, 1), FALSE },                       /* its own weights */
    { RUN (5, 0), FALSE }, { RUN (5, 1), TRUE }, { RUN (5, 2), FALSE }, /* drawn */
    { RUN (6, 0), FALSE }, { RUN (6, 1), FALSE },                       /* none */
  };
  NvStudy *const studies[] = { one, two };
  char *before[G_N_ELEMENTS (runs)];
  (void) data;
  for (guint i = 0; i < 2; i++) {
    nv_i_study_add (studies[i], "drawn", p->benchmark, "toyenc",
                    option ("epochs", g_variant_new_int64 (0)), 0, "toyjoint", NULL);
    nv_i_study_add (studies[i], "none", p->benchmark, "toyfixed", NULL, 0, "toyjoint", NULL);
  }
  run_study (one, p);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++)
    before[i] = lookup (p->file, runs[i].query);
  g_remove (p->file);
  two->encoder_seeds = 2;
  two->workers = 2;
  run_study (two, p);
  for (guint i = 0; i < G_N_ELEMENTS (runs); i++) {
    g_autofree char *after = lookup (p->file, runs[i].query);
    g_assert_cmpint (strlen (after), >, 100);
    g_assert_cmpint (strcmp (before[i], after) != 0, ==, runs[i].moves);
    g_free (before[i]);
  }
}

/* --- ends of runs ----------------------------------------------------------------------------- */

/* All trials lie within the budget of seconds, and the next one would not. */
static void
test_seconds (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  study->budget_cells = 0;
  study->budget_seconds = 100;
  run_study (study, p);
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason = 'budget'", "12");
  LOOKUP (p, "SELECT max (s) <= 100 AND min (s) > 83 AND count (*) = 12 FROM"
             " (SELECT sum (seconds) AS s FROM trial GROUP BY run)", "1");
  g_autofree char *text = dump (p->file);
  g_remove (p->file);
  study->workers = 1;
  run_study (study, p);
  g_autofree char *again = dump (p->file);
  g_assert_cmpstr (text, ==, again);
}

static void
test_pool_used_up (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  study->budget_cells = 1000;
  study->seeds = 1;
  run_study (study, p);
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason = 'pool used up'", "4");
  LOOKUP (p, "SELECT count (*) FROM trial", "864");
}

static void
test_stalled (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = nv_i_study_new ("stalled");
  GVariantDict dict;
  (void) data;
  if (!g_test_subprocess ()) {
    g_test_trap_subprocess (NULL, 0, 0);
    g_test_trap_assert_passed ();
    g_test_trap_assert_stderr ("*arm 'x', seed 0: stalled after 2 cells: 10,000 asks in a row gave "
                               "no new one\n*");
    return;
  }
  g_variant_dict_init (&dict, NULL);
  g_variant_dict_insert (&dict, "cells", "s", "abc5 bca1");
  g_variant_dict_insert (&dict, "again", "b", TRUE);
  study->budget_cells = 9;
  study->store = g_strdup (p->file);
  nv_i_study_add (study, "x", p->benchmark, "toyfixed", NULL, -1, "toyscript",
                  g_variant_dict_end (&dict));
  run_study (study, p);
  LOOKUP (p, "SELECT reason || duplicates FROM run", "stalled10000");
  LOOKUP (p, "SELECT count (*) FROM trial", "2");
}

/* A run that fails says so; the others go on, and the next call tries it again. */
static void
test_failures (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p), whole = toy_study (p);
  (void) data;
  study->workers = 1;
  p->fail_after = 100;
  assert_fails (study, p, NV_ERROR_BENCHMARK, "1 of 12 runs failed");
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason = 'budget'", "11");
  LOOKUP (p, "SELECT reason FROM run WHERE reason LIKE 'failed%'", "failed: query 100 broke");
  LOOKUP (p, "SELECT count (*) FROM trial", "459");
  run_study (study, p);
  g_autofree char *text = dump (p->file);
  g_remove (p->file);
  run_study (whole, p);
  g_autofree char *expected = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

/* A searcher's codes are its own: none of them stops the study. */
static void
test_searcher_fails (Place *p, gconstpointer data)
{
  static const char *const cells[] = { "abc5 ?", "abc5 ?c", "abc5 ?s" };
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  for (guint i = 0; i < G_N_ELEMENTS (cells); i++)
    nv_i_study_add (study, cells[i], p->benchmark, "toyfixed", NULL, -1, "toyscript",
                    option ("cells", g_variant_new_string (cells[i])));
  assert_fails (study, p, NV_ERROR_PLUGIN, "9 of 21 runs failed");
  LOOKUP (p, "SELECT count (*) FROM run WHERE reason ="
             " 'failed: searcher toyscript: ask(): toyscript read a ?'", "9");
  LOOKUP (p, "SELECT count (*) FROM trial", "489");
}

/* An embedding that is not all numbers ends the runs that search it, frozen or joint, and no other
 * one, though it has the same encoder. */
static void
test_embedding_fails (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  nv_i_study_add (study, "shared", p->benchmark, "toybad", NULL, 0, "toyjoint", NULL);
  nv_i_study_add (study, "own", p->benchmark, "toybad", NULL, 1, "toyjoint", NULL);
  nv_i_study_add (study, "unused", p->benchmark, "toybad", NULL, 0, "toyscript", NULL);
  assert_fails (study, p, NV_ERROR_PLUGIN, "6 of 21 runs failed");
  LOOKUP (p, "SELECT count (*) FROM run WHERE arm IN (5, 6) AND reason ="
             " 'failed: encoder toybad: the embedding of cell aab2 is nan'", "6");
}

/* `data`: the seconds of any cell, NULL: not known. */
static gboolean
same_seconds (const NvSpace *space, const NvCell *cell, guint32 seed G_GNUC_UNUSED, NvOutcome *out,
            gpointer data, GError **error)
{
  (void) space, (void) cell, (void) error;
  out->score = 0.2385;
  if (data != NULL)
    out->seconds = *(const double *) data;
  return TRUE;
}

/* A budget that is used to the last bit but one: .1 + .1 + .1 is above .3. */
static void
test_seconds_hit (Place *p, gconstpointer data)
{
  static double seconds = 0.1;
  g_autoptr (NvStudy) study = nv_i_study_new ("tenths");
  NvBenchmark *benchmark
      = nv_i_benchmark_function (p->space, "tenth", same_seconds, &seconds, NULL);
  (void) data;
  study->budget_seconds = 0.3;
  study->store = g_strdup (p->file);
  nv_i_study_add (study, "x", benchmark, "toyfixed", NULL, -1, "toyscript", NULL);
  nv_i_benchmark_unref (benchmark);
  run_study (study, p);
  LOOKUP (p, "SELECT count (*) || reason FROM trial JOIN run ON run.id = run", "3budget");
}

/* A budget in seconds needs a benchmark that says what a cell costs. */
static void
test_seconds_missing (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = nv_i_study_new ("no seconds");
  NvBenchmark *benchmark = nv_i_benchmark_function (p->space, "free", same_seconds, NULL, NULL);
  (void) data;
  study->budget_seconds = 50;
  study->store = g_strdup (p->file);
  nv_i_study_add (study, "x", benchmark, "toyfixed", NULL, -1, "toyscript", NULL);
  nv_i_benchmark_unref (benchmark);
  assert_fails (study, p, NV_ERROR_BENCHMARK, "give the budget in cells");
}

/* --- pools -------------------------------------------------------------------------------- */

/* The pool of a space without a list is a sample; cells outside of it may be asked for. */
static void
test_sampled_pool (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = nv_i_study_new ("sampled");
  (void) data;
  study->budget_cells = 60;
  study->pool_size = 50;
  study->store = g_strdup (p->file);
  nv_i_study_add (study, "x", p->benchmark, "toyenc", NULL, -1, "toyjoint", NULL);
  run_study (study, p);
  LOOKUP (p, "SELECT reason FROM run", "pool used up");
  LOOKUP (p, "SELECT count (*) > 50 FROM trial", "1");
  LOOKUP (p, "SELECT value ->> '$.pool_size' FROM meta WHERE key = 'manifest'", "50");
  study->pool_size = 51;
  assert_fails (study, p, NV_ERROR_STORE, "arm 'x'.pool_size is 50 there and 51 here");
  g_remove (p->file);
  study->pool_size = 300;
  assert_fails (study, p, NV_ERROR_OPTION, "after 216 cells");
}

/* --- growth and refusals ---------------------------------------------------------------------- */

/* More seeds and more arms, one after the other: as if they had been there from the start. */
static void
test_growth (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) small = toy_study (p), more = toy_study (p), whole = toy_study (p);
  (void) data;
  g_ptr_array_set_size (small->arms, 2);
  small->seeds = 1;
  run_study (small, p);
  more->seeds = 2;
  run_study (more, p);
  g_assert_cmpuint (p->queries, ==, 8 * 40);
  run_study (whole, p);
  g_assert_cmpuint (p->queries, ==, 12 * 40);
  run_study (small, p); /* a part of it: nothing to do, nothing lost */
  g_autofree char *grown = dump (p->file);
  g_remove (p->file);
  run_study (whole, p);
  g_autofree char *expected = dump (p->file);
  g_assert_cmpstr (grown, ==, expected);
}

static void
change_seed (NvStudy *study)
{
  study->seed = 8;
}

static void
change_budget (NvStudy *study)
{
  study->budget_cells = 41;
}

static void
change_unit (NvStudy *study)
{
  study->budget_seconds = 1e6;
}

static void
change_encoder_seeds (NvStudy *study)
{
  study->encoder_seeds = 2;
}

static void
change_held_out (NvStudy *study)
{
  study->held_out = 0.2;
}

static void
change_name (NvStudy *study)
{
  g_free (study->name);
  study->name = g_strdup ("other");
}

static void
change_option (NvStudy *study)
{
  NvArm *arm = g_ptr_array_index (study->arms, 2);
  g_variant_unref (arm->encoder_options);
  arm->encoder_options = g_variant_ref_sink (option ("epochs", g_variant_new_int64 (1)));
}

static void
change_searcher (NvStudy *study)
{
  NvArm *arm = g_ptr_array_index (study->arms, 3);
  g_free (arm->searcher);
  arm->searcher = g_strdup ("toyjoint");
  g_variant_unref (arm->searcher_options);
  arm->searcher_options = g_variant_ref_sink (g_variant_new ("a{sv}", NULL));
}

static void
change_joint (NvStudy *study)
{
  ((NvArm *) g_ptr_array_index (study->arms, 1))->joint = 0;
}

static void
test_refusals (Place *p, gconstpointer data)
{
  static const struct { void (*change) (NvStudy *); const char *message; } cases[] = {
    { change_seed, "seed is 7 there and 8 here" },
    { change_budget, "budget_cells is 40 there and 41 here" },
    { change_unit, "budget_seconds is 0.0 there and 1000000.0 here" },
    { change_encoder_seeds, "encoder_seeds is 1 there and 2 here" },
    { change_held_out, "held_out is 0.1 there and 0.2 here" },
    { change_name, "name is \"toys\" there and \"other\" here" },
    { change_option, "arm 'fresh'.encoder.options.epochs is 0 there and 1 here" },
    { change_searcher, "arm 'script'.searcher.plugin is \"toyscript\" there and" },
    { change_joint, "arm 'joint'.joint is true there and false here" },
  };
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  run_study (study, p);
  g_autofree char *before = dump (p->file);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (NvStudy) other = toy_study (p);
    cases[i].change (other);
    assert_fails (other, p, NV_ERROR_STORE, cases[i].message);
  }
  g_autofree char *after = dump (p->file);
  g_assert_cmpstr (before, ==, after);
}

/* The script's text, and its parameters, matter where a benchmark is in it, also if that arm is not
 * among those of this time. */
static void
test_script (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  JsonObject *about = json_node_get_object (p->benchmark->description);
  json_object_set_string_member (about, "kind", "table");
  study->script = g_strdup ("-- one");
  run_study (study, p);
  g_free (study->script);
  study->script = g_strdup ("-- two");
  run_study (study, p);
  LOOKUP (p, "SELECT value ->> '$.script' FROM meta WHERE key = 'manifest'", "-- two");
  g_free (study->script);
  study->script = g_strdup ("-- three");
  p->benchmark->serial = TRUE;
  assert_fails (study, p, NV_ERROR_STORE, "script is \"-- two\" there");
}

static void
test_script_parameters (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  (void) data;
  p->benchmark->serial = TRUE;
  study->parameters = json_object_new ();
  json_object_set_string_member (study->parameters, "bonus", "0");
  json_object_set_string_member (study->parameters, "seeds", "3");
  run_study (study, p);
  json_object_set_string_member (study->parameters, "seeds", "4");
  run_study (study, p);
  json_object_set_string_member (study->parameters, "bonus", "1000");
  assert_fails (study, p, NV_ERROR_STORE, "parameters.bonus is \"0\" there and \"1000\" here");
  p->benchmark->serial = FALSE; /* a function is in the store, though not in the study */
  assert_fails (study, p, NV_ERROR_STORE, "parameters.bonus is \"0\" there and \"1000\" here");
}

/* Part of the seeds, and of the pre-trainings: the same trials as in the whole study. */
static void
test_taken (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) whole = toy_study (p), part = toy_study (p);
  g_autofree char *other = g_strconcat (p->file, ".part", NULL);
  (void) data;
  whole->seeds = 7;
  whole->encoder_seeds = part->encoder_seeds = 5;
  run_study (whole, p);
  g_free (part->store);
  part->store = g_strdup (other);
  part->first_seed = 4;
  part->seeds = 3;
  run_study (part, p);
  g_autofree char *attach = g_strdup_printf ("ATTACH '%s' AS part", other);
  g_autoptr (NvStore) store = nv_i_store_open (p->file, NULL);
  g_assert_true (nv_i_store_exec (store, attach, "test", NULL));
  sqlite3_stmt *s = NULL;
  sqlite3_prepare_v2 (store->db,
                      "SELECT count (*), (SELECT count (*) FROM part.trial) FROM (SELECT arm, seed,"
                      " step, cell, score FROM trial JOIN run ON run = run.id INTERSECT SELECT arm,"
                      " seed, step, cell, score FROM part.trial JOIN part.run"
                      " ON run = part.run.id)",
                      -1, &s, NULL);
  g_assert_cmpint (sqlite3_step (s), ==, SQLITE_ROW);
  g_assert_cmpint (sqlite3_column_int (s, 0), >, 0);
  g_assert_cmpint (sqlite3_column_int (s, 0), ==, sqlite3_column_int (s, 1));
  sqlite3_finalize (s);
}

static void
test_store_in_use (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p);
  g_autoptr (NvStore) store = nv_i_store_open (p->file, NULL);
  (void) data;
  assert_fails (study, p, NV_ERROR_STORE, "locked by another process");
  nv_i_store_exec (store, "PRAGMA user_version = 9", "test", NULL);
  nv_i_store_close (g_steal_pointer (&store));
  assert_fails (study, p, NV_ERROR_STORE, "version 9");
  g_assert_cmpuint (p->queries, ==, 0);
}

/* --- checks before anything runs -------------------------------------------------------------- */

static void
test_checks (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = nv_i_study_new ("checks");
  (void) data;
  study->store = g_strdup (p->file);
  assert_fails (study, p, NV_ERROR_OPTION, "no arm");
  nv_i_study_add (study, "x", p->benchmark, "toyfixed", NULL, -1, "toyscript", NULL);
  assert_fails (study, p, NV_ERROR_OPTION, "needs a budget");
  study->budget_seconds = -1;
  assert_fails (study, p, NV_ERROR_OPTION, "needs a budget");
  study->budget_seconds = 0;
  study->budget_cells = 1;
  study->seeds = 0;
  assert_fails (study, p, NV_ERROR_OPTION, "seeds is 0");
  study->seeds = 1;
  study->first_seed = 1000000;
  assert_fails (study, p, NV_ERROR_OPTION, "first_seed is 1000000; allowed is 0 to 999999");
  study->first_seed = 0;
  study->encoder_seeds = 0;
  assert_fails (study, p, NV_ERROR_OPTION, "encoder_seeds is 0");
  study->encoder_seeds = 1;
  study->held_out = 1;
  assert_fails (study, p, NV_ERROR_OPTION, "held_out is 1");
  study->held_out = 0.1;
  study->pool_size = 0;
  assert_fails (study, p, NV_ERROR_OPTION, "pool is 0");
  study->pool_size = 1;
  g_assert_true (nv_i_study_check (study, NULL));
  g_autofree char *store = g_steal_pointer (&study->store);
  study->store = g_build_filename (p->folder, "none", "s.db", NULL);
  assert_fails (study, p, NV_ERROR_STORE, "cannot be made: there is no folder '");
  g_free (study->store);
  study->store = g_strdup (p->folder);
  assert_fails (study, p, NV_ERROR_STORE, "a folder, not a nasvec store");
  g_free (study->store);
  study->store = g_steal_pointer (&store);
  p->benchmark->timeless = TRUE;
  study->budget_seconds = 1;
  assert_fails (study, p, NV_ERROR_OPTION,
                "'toy score' does not say how many seconds a cell takes");
  study->budget_seconds = 0;
  p->benchmark->timeless = FALSE;
  nv_i_study_add (study, "x", p->benchmark, "toyfixed", NULL, -1, "toyjoint", NULL);
  assert_fails (study, p, NV_ERROR_OPTION, "two arms have the label 'x'");
  g_ptr_array_set_size (study->arms, 1);
  nv_i_study_add (study, "y", p->benchmark, "toyfixed", NULL, 1, "toyjoint", NULL);
  assert_fails (study, p, NV_ERROR_PLUGIN, "arm 'y': encoder toyfixed cannot be trained");
  g_ptr_array_set_size (study->arms, 1);
  nv_i_study_add (study, "z", p->benchmark, "toyfixed", NULL, -1, "toyjoint",
                  option ("nosuch", g_variant_new_boolean (TRUE)));
  assert_fails (study, p, NV_ERROR_OPTION, "nosuch");
  g_ptr_array_set_size (study->arms, 1);
  nv_i_study_add (study, "z", p->benchmark, "nosuch", NULL, -1, "toyjoint", NULL);
  assert_fails (study, p, NV_ERROR_PLUGIN, "nosuch");
  g_assert_false (g_file_test (p->file, G_FILE_TEST_EXISTS));
  g_clear_pointer (&study->store, g_free);
  assert_fails (study, p, NV_ERROR_OPTION, "no file for its store");
}

#define ADD(name, test) g_test_add ("/study/" name, Place, NULL, enter, test, leave)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  accept_toys ();
  ADD ("records", test_records);
  ADD ("paired", test_paired);
  ADD ("manifest", test_manifest);
  ADD ("encoders", test_encoders);
  ADD ("workers", test_workers);
  ADD ("serial", test_serial);
  ADD ("encoder-seeds", test_encoder_seeds);
  ADD ("seconds", test_seconds);
  ADD ("pool-used-up", test_pool_used_up);
  ADD ("stalled", test_stalled);
  ADD ("failures", test_failures);
  ADD ("searcher-fails", test_searcher_fails);
  ADD ("embedding-fails", test_embedding_fails);
  ADD ("seconds-missing", test_seconds_missing);
  ADD ("seconds-hit", test_seconds_hit);
  g_test_add ("/study/sampled-pool", Place, "toybig", enter, test_sampled_pool, leave);
  ADD ("growth", test_growth);
  ADD ("refusals", test_refusals);
  ADD ("script", test_script);
  ADD ("script-parameters", test_script_parameters);
  ADD ("taken", test_taken);
  ADD ("store-in-use", test_store_in_use);
  ADD ("checks", test_checks);
  return g_test_run ();
}
