/* One call of nv_i_study_run(): the parts that it is made of. */
#ifndef NV_SESSION_H
#define NV_SESSION_H

#include <json-glib/json-glib.h>

#include "study/record.h"
#include "study/run.h"
#include "study/study.h"

/* --- progress.c: one line on a terminal, now and then a line elsewhere -------------------- */

typedef struct _NvProgress NvProgress;
/* `runs` of each of `arms` arms; `percent`: how scores are shown, -1: not at all. */
G_GNUC_INTERNAL NvProgress *nv_i_progress_new (const char *name, guint arms, guint runs,
                                               int percent);
G_GNUC_INTERNAL void nv_i_progress_free (NvProgress *progress);
/* What is going on before the runs start. */
G_GNUC_INTERNAL void nv_i_progress_say (NvProgress *progress, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
/* A line of its own that stays, from any thread. */
G_GNUC_INTERNAL void nv_i_progress_note (NvProgress *progress, const char *format, ...)
    G_GNUC_PRINTF (2, 3);
/* From any thread. `share`: of the run's budget; `old`: it comes from the store. */
G_GNUC_INTERNAL void nv_i_progress_trial (NvProgress *progress, double share, double score,
                                          gboolean old);
/* A run of arm `arm` is over, or was over before (`old`); `share` of its budget was used. */
G_GNUC_INTERNAL void nv_i_progress_run (NvProgress *progress, guint arm, double share,
                                        gboolean old);
/* Shows it, if it is time; `last`: in any case, and ends the line. */
G_GNUC_INTERNAL void nv_i_progress_show (NvProgress *progress, gboolean last);

/* --- study.c, manifest.c, manifest_check.c: the definition of a study, also in its store ---- */

/* Is the arm's encoder trained by the search? */
G_GNUC_INTERNAL gboolean nv_i_arm_joint (const NvArm *arm, const NvEncoderClass *encoder);
/* Encoder, version and effective options of an arm as canonical text; g_free. */
G_GNUC_INTERNAL char *nv_i_arm_encoder_text (const NvArm *arm, GError **error);
/* Writes the definition, or finds that the store's agrees with it. ids[arms] is filled. What may
 * differ: more seeds, more or fewer arms, all that is under "host", and, unless a benchmark is a
 * function of the script, its text and its parameters. */
G_GNUC_INTERNAL gboolean nv_i_study_record (const NvStudy *study, NvStore *store, gint64 *ids,
                                            GError **error);

/* *manifest: NULL where the store has none. */
G_GNUC_INTERNAL gboolean nv_i_manifest_read (NvStore *store, JsonObject **manifest,
                                             GError **error);
/* Writes `manifest` with the arms of the store, and the seeds and optima of `other` (may be
 * NULL) joined to its own. */
G_GNUC_INTERNAL gboolean nv_i_manifest_write (NvStore *store, JsonObject *manifest,
                                              JsonObject *other, GError **error);
/* What an arm's column of options holds, an object; NULL with error, which names file and arm. */
G_GNUC_INTERNAL JsonNode *nv_i_manifest_options (const char *file, const char *label,
                                                 const char *text, GError **error);
/* Do two manifests, or two arms of one label, stand for the same runs? `file` has `stored`;
 * `script`: its text and parameters matter, whatever the arms of `stored`. */
G_GNUC_INTERNAL gboolean nv_i_manifest_check (const char *file, JsonObject *stored,
                                              JsonObject *wanted, gboolean script,
                                              GError **error);
G_GNUC_INTERNAL gboolean nv_i_manifest_check_arm (const char *file, const char *label,
                                                  const char *stored, const char *wanted,
                                                  GError **error);

/* May the arm of a row join those of the store, other than arm `id`? Not with another benchmark of
 * the same name, nor as another name of an arm. `file`: where the row is from. */
G_GNUC_INTERNAL gboolean nv_i_manifest_check_new (NvStore *store, const char *file,
                                                  const NvArmRow *row, gint64 id, GError **error);

/* --- prepare.c: pools and encoders --------------------------------------------------------- */

/* An arm that is to be run. */
typedef struct {
  const NvArm *arm;
  gint64 id;
  guint pending;          /* runs that are not finished */
  gboolean joint;
  char *encoder;          /* with all options, canonical */
  gboolean cached;        /* its weights were found, not made */
  double wall;            /* seconds that it took */
  NvPool *pool;           /* shared between arms */
  NvEmbedding **embeddings; /* likewise; one for each pre-training */
  guint n_embeddings;
} NvReady;

/* Fills pool and embedding of the arms[n] that have pending runs; pre-trains. */
G_GNUC_INTERNAL gboolean nv_i_study_prepare (const NvStudy *study, NvStore *store,
                                             NvReady *arms, guint threads,
                                             NvProgress *progress, GCancellable *cancel,
                                             GError **error);
G_GNUC_INTERNAL void nv_i_ready_clear (NvReady *arm);

/* --- worker.c: runs on threads ------------------------------------------------------------- */

/* One run that is to be done. */
typedef struct {
  guint arm;  /* index into arms */
  guint seed;
} NvJob;

typedef struct {
  const NvStudy *study;
  NvStore *store;
  const NvReady *arms;
  GArray *jobs;            /* NvJob, in the order in which they are started */
  NvProgress *progress;
  GCancellable *cancel;
  gint next;               /* job */
  gint stop;               /* no more trials: cancelled, or the store failed */
  GAsyncQueue *requests;   /* for the thread that runs the study; see worker.c */
  GMutex lock;
  GError *fatal;           /* the store failed */
  GError *failure;         /* of the first run that failed */
  guint failures;
} NvSession;

/* Does all jobs on `workers` threads, while the calling thread serves serial benchmarks and
 * shows the progress. */
G_GNUC_INTERNAL void nv_i_session_work (NvSession *session, guint workers);

#endif
