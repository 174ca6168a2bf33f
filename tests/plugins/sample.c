/* A searcher that asks for cells at random, and the same file with one thing wrong: the
 * tests compile it with one of the macros below set. */
#include <nasvec/searcher.h>

#ifndef SAMPLE_NAME
#define SAMPLE_NAME "sample"
#endif
#ifndef SAMPLE_ABI
#define SAMPLE_ABI NV_ABI
#endif
#ifndef SAMPLE_SIZE
#define SAMPLE_SIZE sizeof (NvSearcherClass)
#endif

typedef struct {
  double temperature;
} Options;
static const NvParam params[] = {
  NV_REAL (Options, temperature, 0.5, 4.25, "how warm", .unit = "K"),
  NV_END,
};

static gboolean
sample_ask (NvSearcher *s, NvCell *next, GError **error)
{
  return nv_space_sample (s->space, s->rng, next, error);
}

static void
sample_tell (NvSearcher *s G_GNUC_UNUSED, const NvCell *cell G_GNUC_UNUSED,
             double score G_GNUC_UNUSED)
{
}

#ifdef SAMPLE_UNDEFINED
extern void sample_is_nowhere (void);
static void
sample_close (NvSearcher *s G_GNUC_UNUSED)
{
  sample_is_nowhere ();
}
#else
#define sample_close NULL
#endif

static const NvSearcherClass sample = {
  .head.abi = SAMPLE_ABI, .head.size = SAMPLE_SIZE, .head.kind = NV_KIND_SEARCHER,
  .head.name = SAMPLE_NAME, .head.version = "2.385",
  .head.summary = "a searcher for tests",
  NV_OPTIONS (Options, params, .temperature = 2.385),
  .ask = sample_ask, .tell = sample_tell, .close = sample_close,
};
#ifndef SAMPLE_NO_SYMBOL
NV_PLUGIN (sample)
#else
NV_API const void *const some_plugin = &sample;
#endif
