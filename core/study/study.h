/* Studies: a grid of arms x seeds, run by a pool of workers, recorded in a store. */
#ifndef NV_STUDY_H
#define NV_STUDY_H

#include <gio/gio.h>

#include "benchmark/benchmark.h"

/* One arm: everything but the seed. Encoders and searchers are named with their options, since
 * every run makes its own. */
typedef struct {
  char *label;            /* unique within the study */
  NvBenchmark *benchmark; /* owned reference; brings its space */
  char *encoder;          /* plugin name */
  GVariant *encoder_options; /* a{sv}, owned */
  int joint;              /* trained by the search: 1 yes, 0 no, -1 as the encoder says */
  char *searcher;
  GVariant *searcher_options;
} NvArm;

typedef struct {
  char *name;
  guint64 seed;         /* of the whole study */
  GPtrArray *arms;      /* NvArm *, owned */
  guint first_seed, seeds; /* runs per arm: first_seed .. first_seed + seeds - 1 */
  guint encoder_seeds;  /* pre-trainings of an encoder; run s takes number s modulo that */
  gsize budget_cells;   /* distinct cells per run; 0: no limit */
  double budget_seconds;/* simulated seconds per run; 0: no limit. One of the two is set */
  gsize pool_size;      /* cells sampled of a space that cannot be enumerated, as the pool or to
                         * pre-train on */
  gboolean pretrain_space; /* encoders learn all cells of the space, not those of the pool */
  double held_out;      /* share of these cells that pre-training does not see */
  guint workers;        /* 0: one per core */
  char *store;          /* file */
  char *script;         /* text of the script, for the manifest; may be NULL */
  JsonObject *parameters; /* and its parameters, as text; NULL: it has none; owned reference */
} NvStudy;

NV_INTERNAL NvStudy *nv_i_study_new (const char *name);
NV_INTERNAL void nv_i_study_free (NvStudy *study);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvStudy, nv_i_study_free)
NV_INTERNAL NvArm *nv_i_study_add (NvStudy *study, const char *label, NvBenchmark *benchmark,
                                   const char *encoder, GVariant *encoder_options, int joint,
                                   const char *searcher, GVariant *searcher_options);

/* Checks all plugins and options without running anything. */
NV_INTERNAL gboolean nv_i_study_check (const NvStudy *study, GError **error);
/* Runs what the store does not have yet. Progress goes to standard error. Cancelled (Ctrl-C):
 * NV_ERROR_CANCELLED, the store is whole. */
NV_INTERNAL gboolean nv_i_study_run (NvStudy *study, GCancellable *cancel, GError **error);

#endif
