/* One call of nv_i_study_run(), from the store's lock to the last word. */
#include <string.h>

#include "study/session.h"

/* Cores, or what the study asks for. */
static guint
thread_count (const NvStudy *study)
{
  return study->workers > 0 ? study->workers : g_get_num_processors ();
}

/* How scores are shown while the study runs: not at all where they are of several kinds. */
static int
percent_of (const NvStudy *study)
{
  const NvArm *first = g_ptr_array_index (study->arms, 0);
  for (guint i = 1; i < study->arms->len; i++) {
    const NvArm *arm = g_ptr_array_index (study->arms, i);
    if (strcmp (arm->benchmark->name, first->benchmark->name) != 0)
      return -1;
  }
  return first->benchmark->percent != FALSE;
}

/* Runs that have no end yet, or failed; seed by seed, so that the arms keep step. */
static gboolean
list_jobs (NvSession *s, NvReady *arms, GError **error)
{
  const guint first = s->study->first_seed;
  for (guint seed = first; seed < first + s->study->seeds; seed++)
    for (guint i = 0; i < s->study->arms->len; i++) {
      const NvJob job = { i, seed };
      g_autofree char *reason = NULL;
      if (!nv_i_store_get_reason (s->store, nv_i_run_id (arms[i].id, seed), &reason, error))
        return FALSE;
      if (reason != NULL && !nv_i_reason_failed (reason)) {
        nv_i_progress_run (s->progress, i, 0, TRUE);
        continue;
      }
      if (reason != NULL && !nv_i_store_reopen (s->store, nv_i_run_id (arms[i].id, seed), error))
        return FALSE;
      g_array_append_val (s->jobs, job);
      arms[i].pending++;
    }
  return TRUE;
}

static gboolean
report_end (const NvSession *s, GError **error)
{
  const GError *fatal = s->fatal;
  if (fatal != NULL && !g_error_matches (fatal, NV_ERROR, NV_ERROR_CANCELLED)) {
    g_propagate_error (error, g_error_copy (fatal));
    return FALSE;
  }
  if (fatal != NULL || g_cancellable_is_cancelled (s->cancel)) {
    g_set_error (error, NV_ERROR, NV_ERROR_CANCELLED,
                 "stopped; %s has all that was done: run the same again to go on",
                 s->study->store);
    return FALSE;
  }
  if (s->failures == 0)
    return TRUE;
  g_set_error (error, NV_ERROR, s->failure->code,
               "%u of %u runs failed, they are tried again the next time; the first: %s",
               s->failures, s->study->arms->len * s->study->seeds, s->failure->message);
  return FALSE;
}

static gboolean
run_jobs (NvSession *s, NvReady *arms, GError **error)
{
  guint threads = thread_count (s->study);
  if (!list_jobs (s, arms, error))
    return FALSE;
  if (nv_i_study_prepare (s->study, s->store, arms, threads, s->progress, s->cancel,
                          &s->fatal)) {
    nv_i_session_work (s, MIN (threads, s->jobs->len));
    nv_i_progress_show (s->progress, TRUE);
  }
  return report_end (s, error);
}

static NvReady *
new_arms (const NvStudy *study, NvStore *store, GError **error)
{
  guint count = study->arms->len;
  g_autofree gint64 *ids = g_new0 (gint64, count);
  if (!nv_i_study_record (study, store, ids, error))
    return NULL;
  NvReady *arms = g_new0 (NvReady, count);
  for (guint i = 0; i < count; i++) {
    arms[i].arm = g_ptr_array_index (study->arms, i);
    arms[i].id = ids[i];
  }
  return arms;
}

gboolean
nv_i_study_run (NvStudy *study, GCancellable *cancel, GError **error)
{
  if (!nv_i_study_check (study, error))
    return FALSE;
  g_autoptr (NvStore) store = nv_i_store_open (study->store, error);
  g_autofree NvReady *arms = store != NULL ? new_arms (study, store, error) : NULL;
  if (arms == NULL)
    return FALSE;
  NvSession session = {
    .study = study, .store = store, .arms = arms, .cancel = cancel,
    .jobs = g_array_new (FALSE, FALSE, sizeof (NvJob)),
    .progress = nv_i_progress_new (study->name, study->arms->len, study->seeds,
                                   percent_of (study)),
  };
  g_mutex_init (&session.lock);
  gboolean ok = run_jobs (&session, arms, error);
  for (guint i = 0; i < study->arms->len; i++)
    nv_i_ready_clear (&arms[i]);
  nv_i_progress_free (session.progress);
  g_array_unref (session.jobs);
  g_mutex_clear (&session.lock);
  g_clear_error (&session.fatal);
  g_clear_error (&session.failure);
  return ok;
}
