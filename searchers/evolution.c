/* Regularised evolution (Real et al., AAAI 2019): keep the `population` youngest cells;
 * the best of `sample` random ones among them is the parent; its child, one move away,
 * joins and the oldest leaves. The paper's population of 100 spends a budget of 100 -
 * 150 cells on the random start alone, hence a default of 20.
 *
 * A move is the space's own mutation, or a step to one of the `near` unseen cells that
 * are nearest to the parent in the embedding. */
#include <nasvec/searcher.h>

#define TRIES 64 /* mutations of a parent before it is given up as used up */

enum { SPACE, EMBEDDING };
static const char *const moves[] = { "space", "embedding", NULL };

typedef struct { int population, sample, moves, near; } Options;
typedef struct { NvCell cell; double score; } Member;
typedef struct {
  Member *member;  /* [population], a ring */
  gsize born;      /* members ever; the oldest stands at born % population */
  guint32 *near;   /* [near] */
} State;

static const NvParam params[] = {
  NV_INT (Options, population, 2, 100000, "cells that are alive", .unit = "cells"),
  NV_INT (Options, sample, 1, 100000, "cells that compete to be the parent", .unit = "cells"),
  NV_CHOICE (Options, moves, moves, "where a child lies: one move of the space, or near in the "
                                    "embedding"),
  NV_INT (Options, near, 1, 10000, "moves = embedding: nearest cells to choose from",
          .unit = "cells"),
  NV_END
};

static gboolean
evolution_open (NvSearcher *s, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  (void) error;
  st->member = g_new (Member, opt->population);
  st->near = g_new (guint32, opt->near);
  return TRUE;
}

static void
evolution_close (NvSearcher *s)
{
  State *st = s->state;
  g_free (st->member);
  g_free (st->near);
}

static const Member *
select_parent (NvSearcher *s)
{
  const Options *opt = s->options;
  const State *st = s->state;
  const Member *best = NULL;
  for (int i = 0; i < opt->sample; i++) {
    const Member *m = &st->member[nv_rng_below (s->rng, (guint32) opt->population)];
    if (best == NULL || m->score > best->score)
      best = m;
  }
  return best;
}

/* One move of the space, to a cell that was not seen if one is found. */
static gboolean
mutate (NvSearcher *s, const NvCell *parent, NvCell *child, GError **error)
{
  for (int tries = 0; tries < TRIES; tries++) {
    if (!nv_space_mutate (s->space, s->rng, parent, child, error))
      return FALSE;
    if (!nv_searcher_known (s, child))
      return TRUE;
  }
  return nv_searcher_draw (s, child, error);
}

static gboolean
step (NvSearcher *s, const NvCell *parent, NvCell *child, GError **error)
{
  const Options *opt = s->options;
  State *st = s->state;
  gsize i, found;
  if (!nv_searcher_find (s, parent, &i))
    return nv_searcher_draw (s, child, error);
  const nv_real *point = nv_searcher_embedding (s) + i * s->dim;
  found = nv_searcher_nearest (s, point, st->near, (gsize) opt->near);
  if (found == 0)
    return nv_searcher_draw (s, child, error);
  nv_searcher_cell (s, st->near[nv_rng_below (s->rng, (guint32) found)], child);
  return TRUE;
}

static gboolean
evolution_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const Options *opt = s->options;
  const State *st = s->state;
  if (st->born < (gsize) opt->population)
    return nv_searcher_draw (s, next, error);
  const NvCell *parent = &select_parent (s)->cell;
  return opt->moves == SPACE ? mutate (s, parent, next, error)
                             : step (s, parent, next, error);
}

static void
evolution_tell (NvSearcher *s, const NvCell *cell, double score)
{
  const Options *opt = s->options;
  State *st = s->state;
  st->member[st->born++ % (gsize) opt->population] = (Member){ *cell, score };
}

static const NvSearcherClass evolution = {
  NV_SEARCHER ("evolution", "1.1", "regularised evolution"),
  NV_STATE (State),
  NV_OPTIONS (Options, params, .population = 20, .sample = 10, .near = 16),
  .open = evolution_open, .close = evolution_close, .ask = evolution_ask,
  .tell = evolution_tell,
};
NV_PLUGIN (evolution)
