/* Random search: the stream of initial cells, on and on. Li & Talwalkar, Random search
 * and reproducibility for neural architecture search, UAI 2019. Every other searcher
 * starts from the same stream at the same seed, so differences between arms are
 * differences in method. */
#include <nasvec/searcher.h>

static gboolean
random_ask (NvSearcher *s, NvCell *next, GError **error)
{
  return nv_searcher_draw (s, next, error);
}

static void
random_tell (NvSearcher *s, const NvCell *cell, double score)
{
  (void) s;
  (void) cell;
  (void) score;
}

static const NvSearcherClass random_search = {
  NV_SEARCHER ("random", "1.0", "random search without replacement"),
  .ask = random_ask, .tell = random_tell,
};
NV_PLUGIN (random_search)
