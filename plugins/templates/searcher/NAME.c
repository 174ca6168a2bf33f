/* @NAME@: what it does, the reference it follows, and its limits.
 *
 * As it stands: a tournament. Of `size` cells drawn from the best ones so far, the best
 * is mutated. */
#include <string.h>

#include <nasvec/searcher.h>

#define KEPT 32 /* best cells that are remembered */

typedef struct { int size, initial; } Options;
typedef struct {
  NvCell cell[KEPT]; /* the best first */
  double score[KEPT];
  guint kept;
  int told;
} State;

static const NvParam params[] = {
  NV_INT (Options, size, 1, KEPT, "cells that compete to be mutated"),
  NV_INT (Options, initial, 1, 1000, "random cells at the start", .unit = "cells"),
  NV_END
};

/* Random cells come from nv_searcher_draw(): they are the same for every searcher of a
 * study at the same seed, so that searchers can be compared run by run. */
static gboolean
@NAME@_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const Options *opt = s->options;
  const State *st = s->state;
  if (st->told < opt->initial)
    return nv_searcher_draw (s, next, error);
  guint winner = st->kept;
  for (int i = 0; i < opt->size; i++)
    winner = MIN (winner, nv_rng_below (s->rng, st->kept));
  return nv_space_mutate (s->space, s->rng, &st->cell[winner], next, error);
}

/* Higher is better. A cell that was asked for before is told again. */
static void
@NAME@_tell (NvSearcher *s, const NvCell *cell, double score)
{
  State *st = s->state;
  guint at = 0;
  st->told++;
  while (at < st->kept && st->score[at] >= score)
    if (nv_cell_equal (&st->cell[at++], cell))
      return;
  if (at == KEPT)
    return;
  guint moved = MIN (st->kept, KEPT - 1) - at;
  memmove (&st->cell[at + 1], &st->cell[at], moved * sizeof (NvCell));
  memmove (&st->score[at + 1], &st->score[at], moved * sizeof (double));
  st->cell[at] = *cell;
  st->score[at] = score;
  st->kept = MIN (st->kept + 1, KEPT);
}

static const NvSearcherClass @NAME@_class = {
  NV_SEARCHER ("@NAME@", "0.1", "one line on what it does"),
  NV_STATE (State), NV_OPTIONS (Options, params, .size = 4, .initial = 10),
  .ask = @NAME@_ask, .tell = @NAME@_tell,
};
NV_PLUGIN (@NAME@_class)
