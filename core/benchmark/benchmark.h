/* Benchmarks: what a cell scores. */
#ifndef NV_BENCHMARK_H
#define NV_BENCHMARK_H

#include <json-glib/json-glib.h>
#include <nasvec/space.h>

/* The searcher is told `score` and nothing else. NAN: not known. */
typedef struct {
  double score;      /* observed: validation; higher is better */
  double test;       /* reported */
  double seconds;    /* cost, simulated or real */
  double parameters; /* trainable weights of the network */
  gboolean failed;   /* no score: diverged, crashed, timed out. `seconds` still counts */
} NvOutcome;

typedef struct _NvBenchmark NvBenchmark;

/* What a kind of benchmark has to do. Instances are shared between threads. */
typedef struct {
  const char *kind; /* "table", "command", "function", "train" */
  /* FALSE with error: the run must stop (a broken benchmark, not a bad cell). `noise`
   * is the run's own stream for this purpose. */
  gboolean (*query) (NvBenchmark *benchmark, const NvCell *cell, NvRng *noise,
                     NvOutcome *out, GError **error);
  void (*free) (NvBenchmark *benchmark);
} NvBenchmarkOps;

struct _NvBenchmark {
  const NvBenchmarkOps *ops;
  NvSpace *space;       /* owned reference */
  gint refs;
  char *name;           /* for arms and figures: "cifar10 (12 epochs)"; owned */
  char *noise; /* noise model in words: "mean of runs", "one run, sampled"; owned */
  gboolean percent;     /* scores are fractions to be shown as per cent */
  JsonNode *description;/* all that the manifest must know; owned */
  gboolean serial;      /* query() belongs on the thread that runs the study (Lua) */
  gboolean timeless;    /* no cell ever has seconds */
  NvCells *pool;        /* the cells that can be asked for; NULL: all of the space */
};

NV_INTERNAL NvBenchmark *nv_i_benchmark_ref (NvBenchmark *benchmark);
NV_INTERNAL void nv_i_benchmark_unref (NvBenchmark *benchmark);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvBenchmark, nv_i_benchmark_unref)
NV_INTERNAL gboolean nv_i_benchmark_query (NvBenchmark *benchmark, const NvCell *cell,
                                           NvRng *noise, NvOutcome *out, GError **error);

/* kind = "table" | "command" | ...; the other options are checked against that kind's
 * parameter table. `options`: a{sv}, floating reference sunk. */
NV_INTERNAL NvBenchmark *nv_i_benchmark_new (NvSpace *space, const char *kind,
                                             GVariant *options, GError **error);
/* The parameter table of a kind, for help and docs; NULL: no such kind. */
NV_INTERNAL const NvParam *nv_i_benchmark_params (const char *kind,
                                                  const void **defaults);
/* A kind in a few words, for docs; NULL: no such kind. */
NV_INTERNAL const char *nv_i_benchmark_summary (const char *kind);
/* The name of kind i = 0, 1, ...; NULL: there are no more. */
NV_INTERNAL const char *nv_i_benchmark_kind (guint i);

/* A callback as a benchmark (the Lua layer's functions), `serial`: the study takes its
 * queries to the thread that runs the study. Takes ownership of `data`. `seed` is from the run's
 * noise stream, as that of a command is. */
typedef gboolean (*NvBenchmarkFunc) (const NvSpace *space, const NvCell *cell, guint32 seed,
                                     NvOutcome *out, gpointer data, GError **error);
NV_INTERNAL NvBenchmark *nv_i_benchmark_function (NvSpace *space, const char *name,
                                                  NvBenchmarkFunc func, gpointer data,
                                                  GDestroyNotify destroy);

/* Tables only, for tests and reports; out of searchers' reach. Best over the pool. */
NV_INTERNAL gboolean nv_i_benchmark_optimum (const NvBenchmark *benchmark, double *score,
                                             double *test);
/* Tables only: the outcome of pool cell i under noise model `mean`. */
NV_INTERNAL gboolean nv_i_benchmark_outcome (const NvBenchmark *benchmark, gsize i,
                                             NvOutcome *out);

#endif
