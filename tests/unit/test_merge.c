/* Studies that were run in parts: by seeds, by arms, and what cannot be merged. */
#include "study_help.h"

#include "check_error.h"

/* A part of the study in a store of its own: seeds first .. first + seeds - 1. */
static NvStudy *
part_of (Place *p, const char *name, guint first, guint seeds)
{
  NvStudy *study = toy_study (p);
  g_free (study->store);
  study->store = g_build_filename (p->folder, name, NULL);
  study->first_seed = first;
  study->seeds = seeds;
  return study;
}

static NvMerged
merge (Place *p, const char *name, GError **error)
{
  NvMerged merged = { 0 };
  g_autofree char *part = g_build_filename (p->folder, name, NULL);
  g_autoptr (NvStore) store = nv_i_store_open (p->file, NULL);
  nv_i_store_merge (store, part, &merged, error);
  return merged;
}

#define MERGE(p, name, a, r, h, u)                                                           \
  do {                                                                                       \
    g_autoptr (GError) e = NULL;                                                             \
    NvMerged merged = merge (p, name, &e);                                                   \
    g_assert_no_error (e);                                                                   \
    g_assert_cmpuint (merged.arms, ==, a);                                                   \
    g_assert_cmpuint (merged.runs, ==, r);                                                   \
    g_assert_cmpuint (merged.had, ==, h);                                                    \
    g_assert_cmpuint (merged.unfinished, ==, u);                                             \
  } while (0)

/* The whole study, dumped and removed. */
static char *
whole (Place *p)
{
  g_autoptr (NvStudy) study = toy_study (p);
  run_study (study, p);
  char *text = dump (p->file);
  g_remove (p->file);
  return text;
}

/* Two parts by seeds are the whole, whichever comes first; merged again, nothing is new. */
static void
test_seeds (Place *p, gconstpointer data)
{
  g_autofree char *expected = whole (p);
  g_autoptr (NvStudy) one = part_of (p, "one.db", 0, 2), two = part_of (p, "two.db", 2, 1);
  (void) data;
  run_study (one, p);
  run_study (two, p);
  MERGE (p, "one.db", 4, 8, 0, 0);
  MERGE (p, "two.db", 0, 4, 0, 0);
  MERGE (p, "one.db", 0, 0, 8, 0);
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
  LOOKUP (p, "SELECT count (*) FROM timing", "12");
  g_autoptr (NvStudy) again = toy_study (p);
  const guint before = p->queries;
  run_study (again, p);
  g_assert_cmpuint (p->queries, ==, before);
  g_remove (p->file);
  MERGE (p, "two.db", 4, 4, 0, 0);
  MERGE (p, "one.db", 0, 8, 0, 0);
  g_autofree char *other = dump (p->file);
  g_assert_cmpstr (other, ==, expected);
}

static void
change_part (Place *p, const char *name, const char *sql)
{
  g_autofree char *file = g_build_filename (p->folder, name, NULL);
  g_autoptr (NvStore) store = nv_i_store_open (file, NULL);
  g_assert_true (nv_i_store_exec (store, sql, "", NULL));
}

/* The table `encoder` had a column more once: such a store takes parts, is one, and is gone
 * on with. */
static void
test_old_encoders (Place *p, gconstpointer data)
{
  g_autofree char *expected = whole (p);
  g_autoptr (NvStudy) one = part_of (p, "one.db", 0, 2), two = part_of (p, "two.db", 2, 1);
  (void) data;
  run_study (one, p);
  run_study (two, p);
  change_part (p, "one.db", "ALTER TABLE encoder ADD COLUMN key TEXT");
  MERGE (p, "one.db", 4, 8, 0, 0);
  g_remove (p->file);
  g_rename (one->store, p->file);
  MERGE (p, "two.db", 0, 4, 0, 0);
  change_part (p, "store.db", "DELETE FROM encoder; UPDATE run SET reason = NULL WHERE seed = 1");
  g_autoptr (NvStudy) again = toy_study (p);
  run_study (again, p);
  LOOKUP (p, "SELECT count (*) FROM encoder WHERE key IS NULL", "4");
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

/* Pre-training number s modulo encoder_seeds, counted from the first seed of all. */
static void
test_encoder_seeds (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) all = toy_study (p), last = part_of (p, "last.db", 1, 1);
  g_autofree char *file = g_build_filename (p->folder, "last.db", NULL);
  const char *query = "SELECT group_concat (cell || score) FROM trial WHERE run = 1000001";
  (void) data;
  all->encoder_seeds = last->encoder_seeds = 2;
  run_study (all, p);
  run_study (last, p);
  g_autofree char *expected = lookup (p->file, query), *found = lookup (file, query);
  g_assert_cmpint (strlen (found), >, 100);
  g_assert_cmpstr (found, ==, expected);
}

/* Arms that the parts do not share get other numbers than in their parts. */
static void
test_arms (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) one = part_of (p, "one.db", 0, 3), two = part_of (p, "two.db", 0, 3);
  (void) data;
  g_ptr_array_set_size (one->arms, 1);
  g_ptr_array_remove_range (two->arms, 0, 1);
  run_study (one, p);
  run_study (two, p);
  MERGE (p, "two.db", 3, 9, 0, 0);
  MERGE (p, "one.db", 1, 3, 0, 0);
  LOOKUP (p, "SELECT group_concat (label) FROM (SELECT label FROM arm ORDER BY id)",
          "joint,fresh,script,frozen");
  g_autofree char *frozen
      = lookup (p->file, "SELECT group_concat (cell || score) FROM trial WHERE run = 4000002");
  g_remove (p->file);
  g_autofree char *unused = NULL;
  g_autoptr (NvStudy) study = toy_study (p);
  run_study (study, p);
  unused = lookup (p->file, "SELECT group_concat (cell || score) FROM trial WHERE run = 1000002");
  g_assert_cmpstr (frozen, ==, unused);
}

/* A run that is unfinished is left out of a part, and replaced by the part's where it is whole. */
static void
test_unfinished (Place *p, gconstpointer data)
{
  g_autofree char *expected = whole (p);
  g_autoptr (GError) error = NULL;
  g_autoptr (NvStudy) broken = part_of (p, "broken.db", 0, 3), whole = part_of (p, "b.db", 0, 3);
  (void) data;
  broken->workers = 1;
  p->cancel_after = p->queries + 60;
  nv_i_study_run (broken, p->cancel, &error);
  g_assert_error (error, NV_ERROR, NV_ERROR_CANCELLED);
  p->cancel_after = 0;
  g_cancellable_reset (p->cancel);
  run_study (whole, p);
  g_autofree char *file = g_build_filename (p->folder, "broken.db", NULL);
  g_assert_cmpint (g_rename (file, p->file), ==, 0);
  g_autofree char *done = lookup (p->file, "SELECT count (*) FROM run WHERE reason IS NOT NULL");
  const guint n = (guint) g_ascii_strtoull (done, NULL, 10);
  g_assert_cmpuint (n, >, 0);
  g_assert_cmpuint (n, <, 12);
  MERGE (p, "b.db", 0, 12 - n, n, 0);
  g_autofree char *text = dump (p->file);
  g_assert_cmpstr (text, ==, expected);
}

static void
left_alone (Place *p, const char *before)
{
  g_autofree char *after = dump (p->file);
  g_assert_cmpstr (after, ==, before);
}

/* What differs is said, and the store stays as it was. */
static void
test_refusals (Place *p, gconstpointer data)
{
  g_autoptr (GError) script = NULL, seed = NULL, budget = NULL, trials = NULL, none = NULL;
  g_autoptr (GError) arm = NULL;
  g_autoptr (NvStudy) study = toy_study (p), other = part_of (p, "seed.db", 0, 1);
  g_autoptr (NvStudy) longer = part_of (p, "longer.db", 0, 1), same = part_of (p, "same.db", 0, 1);
  (void) data;
  g_autoptr (NvStudy) text = part_of (p, "text.db", 0, 1);
  text->script = g_strdup ("another function"); /* the benchmark is one */
  run_study (text, p);
  other->seed++;
  longer->budget_cells++;
  run_study (study, p);
  run_study (other, p);
  run_study (longer, p);
  run_study (same, p);
  g_autofree char *before = dump (p->file);
  merge (p, "seed.db", &seed);
  CHECK_ERROR (seed, NV_ERROR_STORE, "seed.db: the store holds another study: seed is 8 there");
  merge (p, "longer.db", &budget);
  CHECK_ERROR (budget, NV_ERROR_STORE, "budget_cells is 41 there and 40 here");
  merge (p, "text.db", &script);
  CHECK_ERROR (script, NV_ERROR_STORE, "script is \"another function\" there");
  merge (p, "missing.db", &none);
  CHECK_ERROR (none, NV_ERROR_STORE, "missing.db: no such file");
  left_alone (p, before);
  change_part (p, "same.db", "UPDATE trial SET score = 9 WHERE run = 3000000 AND step = 5");
  merge (p, "same.db", &trials);
  CHECK_ERROR (trials, NV_ERROR_STORE, "same.db: run 0 of arm 'fresh' has other trials than in");
  change_part (p, "same.db", "UPDATE arm SET options = '{\"joint\": true}' WHERE id = 1");
  merge (p, "same.db", &arm);
  CHECK_ERROR (arm, NV_ERROR_STORE, "arm 'frozen'");
  left_alone (p, before);
}

/* Arms of two benchmarks of one name, and one arm under two names, would be compared. */
static void
test_tasks (Place *p, gconstpointer data)
{
  g_autoptr (NvStudy) study = toy_study (p), part = part_of (p, "part.db", 0, 1);
  g_autoptr (GError) other = NULL, twice = NULL;
  (void) data;
  run_study (study, p);
  run_study (part, p);
  g_autofree char *before = dump (p->file);
  change_part (p, "part.db", "UPDATE arm SET label = 'new' WHERE id = 2");
  merge (p, "part.db", &twice);
  CHECK_ERROR (twice, NV_ERROR_STORE, "part.db: arm 'new' is the same as arm 'joint' and would");
  change_part (p, "part.db", "UPDATE arm SET options = json_set (options, '$.benchmark.kind',"
                             " 'table') WHERE id = 2");
  merge (p, "part.db", &other);
  CHECK_ERROR (other, NV_ERROR_STORE, "would be compared on 'toy score', but benchmark.kind is "
                                      "\"function\" there and \"table\" here");
  left_alone (p, before);
}

#define ADD(name, test) g_test_add ("/merge/" name, Place, NULL, enter, test, leave)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  accept_toys ();
  ADD ("seeds", test_seeds);
  ADD ("old-encoders", test_old_encoders);
  ADD ("encoder-seeds", test_encoder_seeds);
  ADD ("arms", test_arms);
  ADD ("unfinished", test_unfinished);
  ADD ("refusals", test_refusals);
  ADD ("tasks", test_tasks);
  return g_test_run ();
}
