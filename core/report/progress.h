/* How far a study is: from its store, beside its writer. */
#ifndef NV_REPORT_PROGRESS_H
#define NV_REPORT_PROGRESS_H

#include "study/store.h"

typedef struct {
  char *label;
  gboolean percent;
  guint runs, finished, failed, stalled; /* the last two are finished too */
  gsize cells;                  /* evaluated so far */
  double share;                 /* of the arm's work, 0 .. 1: runs, and parts of runs */
  double best, mean; /* incumbents' observed scores, of started runs; NAN: none */
} NvArmProgress;

/* NvArmProgress in order of arms, or NULL with error; g_ptr_array_unref. */
NV_INTERNAL GPtrArray *nv_i_progress_read (NvStore *store, GError **error);
NV_INTERNAL gboolean nv_i_progress_done (const GPtrArray *arms);
/* Share of all the study's work. */
NV_INTERNAL double nv_i_progress_share (const GPtrArray *arms);
/* The screen: a head line, and a line per arm. `eta`: seconds left, NAN: not known.
 * g_free. */
NV_INTERNAL char *nv_i_progress_text (const GPtrArray *arms, const char *name, double eta,
                                      guint width);

#endif
