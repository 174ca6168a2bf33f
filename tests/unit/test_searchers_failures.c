/* What bo, gradient and rl make of evaluations that fail: a score below all others. */
#include "search_help.h"

enum { INITIAL = 16, CELLS = 56, SEEDS = 5 };

/* A fifth of the cells, which are as good as the others are. */
static gboolean
fails (const NvCell *cell)
{
  return cell->ops[2] == 3;
}

/* `failing`: told as a failure, else as the score `instead`. No score is below `floor`. */
static void
answer (NvRun *run, const NvCell *cell, gboolean failing, double instead, double floor)
{
  NvOutcome outcome = { .score = MAX (score_of (cell), floor), .test = NAN };
  if (fails (cell)) {
    outcome.failed = failing;
    outcome.score = failing ? NAN : instead;
  }
  nv_i_run_tell (run, cell, &outcome);
}

/* --- targets ------------------------------------------------------------------------ */

/* Cell by cell the search in which the failing cells are told `instead`. */
static void
check_same (const char *searcher, const char *options, double instead, double floor)
{
  g_autoptr (NvRun) failing = run_of (searcher, options, 5, CELLS);
  g_autoptr (NvRun) told = run_of (searcher, options, 5, CELLS);
  guint failures = 0;
  for (guint i = 0; i < CELLS; i++) {
    NvCell a, b;
    ask (failing, &a);
    ask (told, &b);
    if (!nv_cell_equal (&a, &b))
      g_error ("%s %s: cell %u is another one", searcher, options, i);
    answer (failing, &a, TRUE, instead, floor);
    answer (told, &b, FALSE, instead, floor);
    failures += i < INITIAL && fails (&a);
  }
  g_assert_cmpuint (failures, >, 0);
  g_assert_cmpuint (failures, <, INITIAL / 2);
}

#define LITTLE "'surrogate': <'dngo'>, 'epochs': <int64 9>, 'hidden': <int64 16>"

static void
lowest_rank (void)
{
  check_same ("bo", "{}", -7.5, 0);
  check_same ("bo", "{" LITTLE ", 'batch': <int64 3>}", -7.5, 0);
  check_same ("gradient", "{'epochs': <int64 9>}", -7.5, 0);
  check_same ("rl", "{'episode': <int64 7>}", -7.5, 0);
  check_same ("rl", "{'episode': <int64 7>, 'state': <'last'>, 'gamma': <0.5>}", -7.5, 0);
}

/* Three of ten cells that do not fail have the score .32. */
static void
lowest_score (void)
{
  check_same ("bo", "{'target': <'score'>}", 0.32, 0.32);
  check_same ("bo", "{'target': <'score'>, 'incumbent': <0.6>}", 0.32, 0.32);
  check_same ("gradient", "{'target': <'score'>, 'epochs': <int64 9>}", 0.32, 0.32);
  check_same ("rl", "{'target': <'score'>, 'episode': <int64 7>}", 0.32, 0.32);
  check_same ("rl", "{'target': <'score'>, 'episode': <int64 7>, 'baseline': <0.4>}", 0.32, 0.32);
}

/* --- searches ----------------------------------------------------------------------- */

/* Failing cells among those after the initial ones. */
static double
share (const char *searcher)
{
  guint failures = 0;
  for (guint64 seed = 0; seed < SEEDS; seed++) {
    g_autoptr (NvRun) run = run_of (searcher, "{}", seed, CELLS);
    for (guint i = 0; i < CELLS; i++) {
      NvCell cell;
      ask (run, &cell);
      answer (run, &cell, TRUE, NAN, 0);
      failures += i >= INITIAL && fails (&cell);
    }
  }
  return (double) failures / (SEEDS * (CELLS - INITIAL));
}

static void
avoided (void)
{
  const double by_chance = share ("random");
  const char *const searchers[] = { "bo", "gradient", "rl" };
  g_assert_cmpfloat (by_chance, >, 0.1);
  for (guint i = 0; i < G_N_ELEMENTS (searchers); i++) {
    const double found = share (searchers[i]);
    g_test_message ("%s: %.3f, by chance %.3f", searchers[i], found, by_chance);
    g_assert_cmpfloat (found, <, by_chance);
  }
}

/* As long as no cell has a score there is nothing to learn from. */
static void
nothing_scored (void)
{
  const NvOutcome failed = { .score = NAN, .test = NAN, .failed = TRUE };
  const char *const searchers[] = { "bo", "gradient", "rl" };
  for (guint k = 0; k < G_N_ELEMENTS (searchers); k++) {
    g_autoptr (NvRun) run = run_of (searchers[k], "{}", 5, CELLS);
    g_autoptr (NvRun) random = run_of ("random", "{}", 5, CELLS);
    for (guint i = 0; i < 2 * INITIAL; i++) {
      NvCell a, b;
      ask (run, &a);
      ask (random, &b);
      g_assert_true (nv_cell_equal (&a, &b));
      nv_i_run_tell (run, &a, &failed);
      nv_i_run_tell (random, &b, &failed);
    }
    for (guint i = 0; i < 4; i++) { /* then one has, and a search begins */
      NvCell cell;
      ask (run, &cell);
      tell (run, &cell, 0.7311);
    }
  }
}

/* Cells that are invalid, or not in the pool, teach nothing. */
static void
only_of_the_pool (void)
{
  const char *const searchers[] = { "bo", "gradient", "rl" };
  g_autoptr (NvCells) all = nv_space_enumerate (pool->space, NULL);
  NvCell invalid, outside;
  nv_cell_init (&invalid, 3);
  nv_cells_get (all, 1, &outside);
  for (guint k = 0; k < G_N_ELEMENTS (searchers); k++) {
    g_autoptr (NvRun) plain = run_of (searchers[k], "{}", 5, CELLS);
    g_autoptr (NvRun) other = run_of (searchers[k], "{}", 5, CELLS);
    NvSearcher *s = nv_i_run_searcher (other);
    gsize i;
    g_assert_false (nv_searcher_find (s, &outside, &i));
    for (guint n = 0; n < INITIAL + 4; n++) {
      NvCell a, b;
      s->klass->reject (s, &invalid);
      s->klass->reject (s, &outside);
      ask (plain, &a);
      ask (other, &b);
      g_assert_true (nv_cell_equal (&a, &b));
      answer (plain, &a, TRUE, NAN, 0);
      answer (other, &b, TRUE, NAN, 0);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/failures/rank", lowest_rank);
  g_test_add_func ("/failures/score", lowest_score);
  g_test_add_func ("/failures/avoided", avoided);
  g_test_add_func ("/failures/nothing", nothing_scored);
  g_test_add_func ("/failures/pool", only_of_the_pool);
  return run_on_part (7);
}
