/* The searchers that move in the space, evolution and local, where the pool is a part of it: a
 * table of few cells, of which most moves lead out. */
#include "search_help.h"

enum { EVERY = 52, CELLS = 250 }; /* 301 of 15,625 cells */

/* Asks for most cells of the pool: the run does not stall, and asks for none outside. */
static void
stays_inside (const char *searcher)
{
  g_autoptr (NvRun) run = run_of (searcher, "{}", 3, CELLS);
  for (gsize i = 0; i < CELLS; i++) {
    NvCell cell;
    ask (run, &cell);
    tell (run, &cell, score_of (&cell));
  }
  g_assert_cmpuint (nv_i_run_invalid (run), ==, 0);
  g_assert_cmpuint (nv_i_run_duplicates (run), ==, 0);
}

static void
evolution (void)
{
  stays_inside ("evolution");
}

static void
local (void)
{
  stays_inside ("local");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/moves/evolution", evolution);
  g_test_add_func ("/moves/local", local);
  return run_on_part (EVERY);
}
