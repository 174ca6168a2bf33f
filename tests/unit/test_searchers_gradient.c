/* The searcher gradient, on the one-hot encoding of nasbench201: what it asks for in a batch. */
#include "search_help.h"

enum { INITIAL = 16, BATCH = 5, CELLS = INITIAL + 2 * BATCH };

/* The pool cells in the order in which they are asked for; from number `turned` on their scores
 * are told with the opposite sign. */
static void
search (gsize *asked, int batch, gsize turned)
{
  g_autofree char *options = g_strdup_printf ("{'batch': <int64 %d>}", batch);
  g_autoptr (NvRun) run = run_of ("gradient", options, 3, CELLS);
  for (gsize i = 0; i < CELLS; i++) {
    NvCell cell;
    ask (run, &cell);
    g_assert_true (nv_searcher_find (nv_i_run_searcher (run), &cell, &asked[i]));
    tell (run, &cell, (i < turned ? 1 : -1) * score_of (&cell));
  }
  g_assert_cmpuint (nv_i_run_duplicates (run), ==, 0);
}

static gsize
equal_until (const gsize *a, const gsize *b)
{
  gsize i = 0;
  while (i < CELLS && a[i] == b[i])
    i++;
  return i;
}

/* The cells of a batch come from one climb: what is told of the first decides the next batch. */
static void
batches (void)
{
  gsize plain[CELLS], turned[CELLS];
  search (plain, BATCH, CELLS);
  search (turned, BATCH, INITIAL);
  g_assert_cmpuint (equal_until (plain, turned), ==, INITIAL + BATCH);
  search (turned, BATCH, INITIAL + BATCH - 1);
  g_assert_cmpuint (equal_until (plain, turned), ==, INITIAL + BATCH);
  search (plain, 1, CELLS);
  search (turned, 1, INITIAL);
  g_assert_cmpuint (equal_until (plain, turned), ==, INITIAL + 1);
}

/* The first of a batch is what would be asked for alone. */
static void
best_first (void)
{
  gsize alone[CELLS], many[CELLS];
  search (alone, 1, CELLS);
  search (many, BATCH, CELLS);
  g_assert_cmpuint (equal_until (alone, many), >=, INITIAL + 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/searchers/gradient/batches", batches);
  g_test_add_func ("/searchers/gradient/best-first", best_first);
  return run_on_pool ();
}
