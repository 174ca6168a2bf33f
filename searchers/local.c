/* Local search (White et al., Local search is state of the art for neural architecture
 * search benchmarks, 2020): from the best of `starts` random cells, evaluate neighbours
 * in random order; move to a better one (`improvement` = first: at once; best: when all
 * are known); where there is none, start again elsewhere.
 *
 * Neighbours are the space's, or the `near` unseen cells that are nearest in the
 * embedding, nearest first. */
#include <nasvec/searcher.h>

enum { SPACE, EMBEDDING };
enum { FIRST, BEST };
static const char *const moves[] = { "space", "embedding", NULL };
static const char *const improvements[] = { "first", "best", NULL };

typedef struct { int starts, improvement, moves, near; } Options;
typedef struct { NvCell cell; double score; } Scored;
typedef struct {
  Scored here;        /* where the search stands */
  Scored best;        /* of the start's cells or of the neighbours, so far */
  gboolean any;       /* `best` is set */
  gboolean walking;   /* `here` and its neighbours are set */
  int starting;       /* random cells still to be asked for */
  NvCells *neighbours;
  guint32 *order;     /* [room] of the neighbours */
  gsize room, asked;  /* asked: of the neighbours */
  guint32 *near;      /* [near] */
} State;

static const NvParam params[] = {
  NV_INT (Options, starts, 1, 100000, "random cells; the search starts at the best",
          .unit = "cells"),
  NV_CHOICE (Options, improvement, improvements, "move to the first better neighbour, or to the "
                                                 "best when all are known"),
  NV_CHOICE (Options, moves, moves, "neighbours: the space's, or the nearest in the embedding"),
  NV_INT (Options, near, 1, 10000, "moves = embedding: neighbours of a cell", .unit = "cells"),
  NV_END
};

static gboolean
local_open (NvSearcher *s, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  (void) error;
  st->starting = opt->starts;
  st->neighbours = nv_cells_new (s->space->nodes);
  st->near = g_new (guint32, opt->near);
  return TRUE;
}

static void
local_close (NvSearcher *s)
{
  State *st = s->state;
  g_clear_pointer (&st->neighbours, nv_cells_unref);
  g_free (st->order);
  g_free (st->near);
}

static void
list_near (NvSearcher *s, gsize here)
{
  const Options *opt = s->options;
  State *st = s->state;
  const nv_real *point = nv_searcher_embedding (s) + here * s->dim;
  gsize found = nv_searcher_nearest (s, point, st->near, (gsize) opt->near);
  for (gsize i = 0; i < found; i++) {
    NvCell cell;
    nv_searcher_cell (s, st->near[i], &cell);
    nv_cells_append (st->neighbours, &cell);
  }
}

/* Moves to st->best and lists its neighbours. */
static void
move (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  gsize i;
  st->here = st->best;
  st->walking = TRUE;
  st->asked = 0;
  nv_cells_clear (st->neighbours);
  if (opt->moves == SPACE)
    nv_space_neighbours (s->space, &st->here.cell, st->neighbours);
  else if (nv_searcher_find (s, &st->here.cell, &i))
    list_near (s, i);
  if (st->neighbours->count > st->room) {
    st->room = st->neighbours->count;
    st->order = g_renew (guint32, st->order, st->room);
  }
  for (i = 0; i < st->neighbours->count; i++)
    st->order[i] = (guint32) i;
  if (opt->moves == SPACE)
    nv_rng_shuffle (s->rng, st->order, st->neighbours->count);
}

/* The next neighbour that was not seen; FALSE: none is left. */
static gboolean
next_neighbour (NvSearcher *s, NvCell *next)
{
  State *st = s->state;
  while (st->asked < st->neighbours->count) {
    nv_cells_get (st->neighbours, st->order[st->asked++], next);
    if (!nv_searcher_known (s, next))
      return TRUE;
  }
  return FALSE;
}

static void
restart (NvSearcher *s)
{
  const Options *opt = s->options;
  State *st = s->state;
  st->starting = opt->starts;
  st->any = st->walking = FALSE;
}

static gboolean
local_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  for (;;) {
    if (st->starting == 0 && !st->any)
      restart (s); /* every start was rejected */
    if (st->starting > 0) {
      st->starting--;
      return nv_searcher_draw (s, next, error);
    }
    if (!st->walking || (opt->improvement == FIRST && st->best.score > st->here.score))
      move (s);
    if (next_neighbour (s, next))
      return TRUE;
    if (st->best.score > st->here.score)
      st->walking = FALSE; /* to the best neighbour */
    else
      restart (s);
  }
}

static void
local_tell (NvSearcher *s, const NvCell *cell, double score)
{
  State *st = s->state;
  if (st->any && score <= st->best.score)
    return;
  st->best = (Scored){ *cell, score };
  st->any = TRUE;
}

static const NvSearcherClass local = {
  NV_SEARCHER ("local", "1.0", "local search with restarts"),
  NV_STATE (State),
  NV_OPTIONS (Options, params, .starts = 10, .near = 24),
  .open = local_open, .close = local_close, .ask = local_ask, .tell = local_tell,
};
NV_PLUGIN (local)
