/* Greedy (1+1) search: mutate the best cell so far or, with probability `restart`, draw a
 * fresh one. Validation scores are maximised. Plain local search of this kind is a strong
 * baseline on small spaces (White et al., UAI 2021). It never leaves a local optimum but
 * by a restart. */
#include <nasvec/searcher.h>

typedef struct { double restart; } Options;
typedef struct {
  NvCell best;
  double best_score;
  gboolean seen;
} State; /* starts zeroed */

static const NvParam params[] = {
  NV_REAL (Options, restart, 0.0, 1.0, "probability of drawing a fresh cell"),
  NV_END
};

static gboolean
hillclimb_ask (NvSearcher *s, NvCell *next, GError **error)
{
  const Options *opt = s->options;
  const State *st = s->state;
  if (!st->seen || nv_rng_uniform (s->rng) < opt->restart)
    return nv_searcher_draw (s, next, error);
  return nv_space_mutate (s->space, s->rng, &st->best, next, error);
}

static void
hillclimb_tell (NvSearcher *s, const NvCell *cell, double score)
{
  State *st = s->state;
  if (st->seen && score <= st->best_score)
    return;
  st->best = *cell;
  st->best_score = score;
  st->seen = TRUE;
}

static const NvSearcherClass hillclimb_class = {
  NV_SEARCHER ("hillclimb", "1.0", "greedy (1+1) local search"),
  NV_STATE (State), NV_OPTIONS (Options, params, .restart = 0.05),
  .ask = hillclimb_ask, .tell = hillclimb_tell,
};
NV_PLUGIN (hillclimb_class)
