/* What a report says in words: the protocol under a table and the verdict over it. */
#include <string.h>

#include "report/data.h"
#include "report/results.h"
#include "report_store.h"

static char *folder;

static char *
protocol_of (const NvReport *r, guint task)
{
  g_auto (GStrv) lines = nv_i_report_protocol (r, task);
  return g_strjoinv ("\n", lines);
}

static void
assert_says (const char *text, const char *what)
{
  if (strstr (text, what) == NULL)
    g_error ("no '%s' in: %s", what, text);
}

/* Arms "a" and "b" on task "t", without runs; options of each, JSON. */
static char *
protocol_with (const char *manifest, const char *a, const char *b)
{
  g_autofree char *file = g_build_filename (folder, "protocol.db", NULL);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  store_manifest (db, manifest);
  store_arm (db, 1, "a", "t", "e", "a");
  store_options (db, 1, a);
  store_arm (db, 2, "b", "t", "e", "b");
  store_options (db, 2, b);
  store_close (store);
  g_autoptr (NvReport) r = report_of (file);
  return protocol_of (r, 0);
}

static void
test_budget (void)
{
  static const char function[] = "{\"benchmark\": {\"kind\": \"function\"}}";
  static const struct {
    const char *manifest, *options, *says;
  } cases[] = {
    { "{\"budget_cells\": 60}", "{}", "Budget: 60 distinct cells a run. " },
    { "{\"budget_seconds\": 0.25}", "{}", "Budget: 0.25 simulated seconds a run. " },
    { "{\"budget_seconds\": 1234567}", function, "Budget: 1234567 seconds a run. " },
    { "{\"budget_cells\": 60, \"budget_seconds\": 400.5}", "{}",
      "Budget: 60 distinct cells or 400.5 simulated seconds a run, whichever ends first. " },
    { "{\"budget_cells\": 0, \"budget_seconds\": 0.0}", "{}", "Budget: not recorded. " },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = protocol_with (cases[i].manifest, cases[i].options, "{}");
    assert_says (text, cases[i].says);
  }
}

/* What the arms of the task have, whatever the manifest has of the last session. */
static void
test_pool (void)
{
#define DRAWN(n) "\"benchmark\": {\"kind\": \"function\"}, \"pool_size\": " n
#define SPACE "\"pretrain\": \"space\""
  static const struct {
    const char *manifest, *a, *b, *says;
  } cases[] = {
    { "{\"pool_size\": 500}", "{}", "{}", "Pool: all cells of the space that the bench" },
    { "{\"pool_size\": 0}", "{" DRAWN ("500") "}", "{" DRAWN ("500") "}",
      "Pool: 500 cells. " },
    { "{}", "{" DRAWN ("500") "}", "{" DRAWN ("700") "}", "Pool: 500 to 700 cells. " },
    { "{}", "{" DRAWN ("500") "," SPACE "}", "{" DRAWN ("500") "}", "Pool: 500 cells. " },
    /* drawn beside a table, to pre-train on */
    { "{}", "{\"pool_size\": 500, " SPACE "}", "{\"pool_size\": 500, " SPACE "}",
      "Pool: all cells of the space that the benchmark has. " },
    { "{}", "{" SPACE "}", "{" SPACE "}", " Pre-trained on: the space.\n" },
    { "{}", "{" SPACE "}", "{}",
      " Pre-trained on: the space by a; the pool by the others.\n" },
    { "{" SPACE "}", "{}", "{}", "pre-trainings of an encoder: 1.\n" },
    { "{\"encoder_seeds\": 4}", "{}", "{}", "pre-trainings of an encoder, or draws of its weights "
                                           "where it has any and is not pre-trained: 4.\n" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = protocol_with (cases[i].manifest, cases[i].a, cases[i].b);
    assert_says (text, cases[i].says);
  }
}

/* Arms "random" and "bo" with runs of one cell each, that end at these test scores at seeds
 * first, first + 1, ...; NAN: the cell failed. */
static NvReport *
two_arms (const double *random, int n_random, const double *bo, int n_bo, int first_of_bo)
{
  g_autofree char *file = g_build_filename (folder, "two.db", NULL);
  NvStore *store = store_new (file);
  sqlite3 *db = nv_i_store_handle (store);
  const double *scores[] = { random, bo };
  const int n[] = { n_random, n_bo }, first[] = { 0, first_of_bo };
  static const char *const names[] = { "random", "bo" };
  for (int arm = 0; arm < 2; arm++) {
    store_arm (db, arm + 1, names[arm], "t", "e", names[arm]);
    for (int i = 0; i < n[arm]; i++)
      store_trial (db, store_run (db, arm + 1, first[arm] + i, "budget"), 0, "c",
                   scores[arm][i], scores[arm][i], 7);
  }
  store_close (store);
  return report_of (file);
}

static char *
text_of (const NvReport *r)
{
  g_autofree char *text = nv_i_report_text (r, 1000);
  g_assert_null (strstr (text, "nan"));
  return g_steal_pointer (&text);
}

/* A12 counts equal runs as half; the sentence does not. */
static void
test_equal_runs (void)
{
  const double random[] = { .5, .6 }, bo[] = { .6, .7 }, higher[] = { .61, .7 };
  g_autoptr (NvReport) r = two_arms (random, 2, bo, 2, 0);
  g_assert_cmpfloat (r->summary[1].a12, ==, 0.875);
  g_assert_cmpfloat (r->summary[1].equal, ==, 0.25);
  g_autofree char *text = text_of (r);
  assert_says (text, "ahead of it in 75 % and level with it in 25 % of pairs of runs.");
  assert_says (text, "beats the baseline's, where equal ones count as half.");

  g_autoptr (NvReport) other = two_arms (random, 2, higher, 2, 0);
  g_autofree char *plain = text_of (other);
  assert_says (plain, "and ahead of it in 100 % of pairs of runs.");
  assert_says (plain, "beats the baseline's.\n");
}

/* A finished run without a score: what the numbers rest on is said. */
static void
test_no_score (void)
{
  const double random[] = { .5, .6, .55 }, bo[] = { .8, NAN, .7 }, none[] = { NAN, NAN, NAN };
  g_autoptr (NvReport) r = two_arms (random, 3, bo, 3, 0);
  g_autofree char *text = text_of (r);
  assert_says (text, "random       3   55.00");
  assert_says (text, "bo      2 of 3   75.00");
  assert_says (text, "+22.50 ");
  assert_says (text, "\n1 finished run has no test score and counts in the costs alone.\n");
  assert_says (text, "Seeds: 3 an arm, paired;");

  g_autoptr (NvReport) without = two_arms (none, 3, none, 3, 0);
  g_autofree char *blank = text_of (without);
  assert_says (blank, "bo      0 of 3");
  assert_says (blank, "\nNo finished run has a score.\n");
  assert_says (blank,
               "\n6 finished runs have no observed score and count in the costs alone.\n");
}

/* Arms are paired where their seeds are the same; else the table says over how many. */
static void
test_seeds (void)
{
  const double random[] = { .5, .6, .55 }, bo[] = { .8, .7, .75, .72 };
  static const struct {
    int n, first;
    const char *seeds, *difference;
  } cases[] = {
    { 3, 0, "Seeds: 3 an arm, paired;", "+20.00 " },
    { 0, 0, "Seeds: 0 to 3 an arm, paired;", " - " },
    { 3, 1, "Seeds: 3 an arm, compared at those that both have;", "+17.50 (2 pairs)" },
    { 2, 2, "Seeds: 2 to 3 an arm, compared at those that both have;", "+25.00 (1 pair)" },
    { 2, 0, "Seeds: 2 to 3 an arm, compared at those that both have;", "+20.00 " },
    { 4, 0, "Seeds: 3 to 4 an arm, compared at those that both have;", "+20.00 (3 pairs)" },
  };
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (NvReport) r = two_arms (random, 3, bo, cases[i].n, cases[i].first);
    g_autofree char *text = text_of (r);
    assert_says (text, cases[i].seeds);
    assert_says (text, cases[i].difference);
  }
}

/* Two high scores make the mean of an arm the higher one, though it loses 18 of 20 pairs. */
static void
test_opposite (void)
{
  double random[20], bo[20];
  for (int i = 0; i < 20; i++) {
    random[i] = .5 + .001 * i;
    bo[i] = random[i] + (i < 2 ? .3 : -.01 - .0001 * i);
  }
  g_autoptr (NvReport) r = two_arms (random, 20, bo, 20, 0);
  g_assert_cmpfloat (r->summary[1].difference, >, 0);
  g_assert_cmpfloat (r->summary[1].p, <, .05);
  g_autofree char *text = text_of (r);
  assert_says (text, "above random (p = 0.012 by ranks, which speak for random), and ahead of it "
                     "in");
  assert_says (text, "Against random, 0 of 1 arms are better, 1 worse, and 0 cannot be told "
                     "apart.");
}

/* One arm with a single run takes nothing from the others; nor does one without a score. */
static void
test_weak_arm (void)
{
  for (int runs = 0; runs <= 2; runs++) {
    g_autofree char *file = g_build_filename (folder, "weak.db", NULL);
    NvStore *store = store_new (file);
    sqlite3 *db = nv_i_store_handle (store);
    static const char *const names[] = { "random", "bo", "rl", "weak" };
    for (int arm = 0; arm < 4; arm++) {
      store_arm (db, arm + 1, names[arm], "t", arm == 3 ? "f" : "e", arm == 3 ? "bo" : names[arm]);
      for (int i = 0; i < (arm < 3 ? 12 : runs); i++) {
        const double score = arm < 3 ? .5 + .1 * arm + .001 * i : runs == 2 ? NAN : .4;
        store_trial (db, store_run (db, arm + 1, i, "budget"), 0, "c", score, score, 7);
      }
    }
    store_close (store);
    g_autoptr (NvReport) r = report_of (file);
    g_autofree char *text = text_of (r);
    assert_says (text, runs == 1 ? "Among all pairs, rl cannot be told apart from: weak."
                                 : "Among all pairs, rl differs from every other arm.");
    if (runs == 1)
      assert_says (text, "bo is first, 20.55 points ahead of weak (p = 1.000: no difference shown "
                         "over 1 common seed).");
  }
}

/* Half of an even number of runs reach the median: after so many cells, and not after none. */
static void
test_median (void)
{
  const double random[] = { .5, .6, .7, .8 }, bo[] = { .9, .9, .9, .9 };
  g_autoptr (NvReport) r = two_arms (random, 4, bo, 4, 0);
  g_autofree char *text = text_of (r);
  assert_says (text, "What half of the runs of random end at, 65.00 %, half of those of bo reach "
                     "after 1 cell; of random itself after 1.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("nasvec-protocol-XXXXXX", NULL);
  g_test_add_func ("/report/protocol/budget", test_budget);
  g_test_add_func ("/report/protocol/pool", test_pool);
  g_test_add_func ("/report/verdict/equal runs", test_equal_runs);
  g_test_add_func ("/report/verdict/no score", test_no_score);
  g_test_add_func ("/report/verdict/seeds", test_seeds);
  g_test_add_func ("/report/verdict/opposite", test_opposite);
  g_test_add_func ("/report/verdict/weak arm", test_weak_arm);
  g_test_add_func ("/report/verdict/median", test_median);
  int failed = g_test_run ();
  remove_folder (folder);
  g_free (folder);
  return failed;
}
