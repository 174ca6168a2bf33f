/* Runs on threads: one thread takes one run after the other.
 *
 * A trial is committed before the searcher is told of it. A run that was interrupted starts
 * again with a fresh searcher, which is told the recorded trials as it asks for their cells, and
 * so comes to the state in which it was. What a run does depends on the study's seed, its arm
 * and its own number alone: neither on the other runs nor on the number of threads.
 *
 * A serial benchmark (a function in a script) is asked on the thread that runs the study: the
 * workers queue their requests and wait. */
#include <math.h>
#include <string.h>

#include "study/session.h"

/* A question to a serial benchmark. It lives on the worker's stack until `answers` has it. */
typedef struct {
  NvBenchmark *benchmark;
  const NvCell *cell;
  NvRng *noise;
  NvOutcome *out;
  gboolean ok;
  GError **error;
  GAsyncQueue *answers;
} Request;

typedef struct {
  NvSession *session;
  GAsyncQueue *answers; /* this thread's */
} Worker;

/* A run while it is done. */
typedef struct {
  NvSession *session;
  const Worker *worker;
  const NvReady *arm;
  guint seed;
  gint64 id;
  NvRun *run;
  guint step;       /* trials so far */
  double seconds;   /* simulated, so far */
  double share;     /* of the budget, so far */
} Work;

static Request last_request; /* its address: a worker has ended */

static gboolean
stopped (NvSession *session)
{
  return g_atomic_int_get (&session->stop) != 0
         || g_cancellable_is_cancelled (session->cancel);
}

/* --- one trial ---------------------------------------------------------------------------- */

/* Names a stream of its own for every (seed, cell), whatever the arm and the step: arms see the
 * same noise, and a replay need not draw it again. FNV-1a. */
static guint64
noise_stream (guint seed, const char *cell)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037) ^ seed;
  for (const char *c = cell; *c != '\0'; c++)
    hash = (hash ^ (guchar) *c) * G_GUINT64_CONSTANT (1099511628211);
  return hash;
}

static gboolean
query (const Work *w, const NvCell *cell, const char *text, NvOutcome *out, GError **error)
{
  NvBenchmark *benchmark = w->arm->arm->benchmark;
  NvRng noise;
  nv_rng_init (&noise, w->session->study->seed, "noise", noise_stream (w->seed, text));
  if (!benchmark->serial)
    return nv_i_benchmark_query (benchmark, cell, &noise, out, error);
  Request request = { benchmark, cell, &noise, out, FALSE, error, w->worker->answers };
  g_async_queue_push (w->session->requests, &request);
  g_async_queue_pop (w->worker->answers);
  return request.ok;
}

/* Is the trial within the budget of simulated seconds? The one that would end after it is not
 * counted. What a sum passes it by in rounding is within: .1 + .1 + .1 is above .3. */
static gboolean
within_seconds (const Work *w, const NvOutcome *outcome, gboolean *within, GError **error)
{
  double budget = w->session->study->budget_seconds;
  *within = budget == 0 || w->seconds + outcome->seconds <= budget * (1 + 1e-12);
  if (budget == 0 || isfinite (outcome->seconds))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_BENCHMARK,
               "benchmark '%s' does not say how many seconds a cell takes; give the budget in "
               "cells", w->arm->arm->benchmark->name);
  return FALSE;
}

/* After a trial: what it used, and what the searcher hears. */
static void
account (Work *w, const NvCell *cell, const NvOutcome *outcome, gboolean old)
{
  const NvStudy *study = w->session->study;
  double before = w->share;
  w->step++;
  if (isfinite (outcome->seconds))
    w->seconds += outcome->seconds;
  if (study->budget_cells > 0)
    w->share = (double) w->step / (double) study->budget_cells;
  if (study->budget_seconds > 0)
    w->share = fmax (w->share, w->seconds / study->budget_seconds);
  nv_i_run_tell (w->run, cell, outcome);
  nv_i_progress_trial (w->session->progress, w->share - before, outcome->score, old);
}

static gboolean
used_up (const Work *w)
{
  gsize budget = w->session->study->budget_cells;
  return budget > 0 && w->step >= budget;
}

/* One trial; *reason: why there is none. */
static gboolean
advance (Work *w, const char **reason, GError **error)
{
  NvCell cell;
  NvOutcome outcome;
  gboolean within;
  *reason = used_up (w) ? "budget" : NULL;
  if (*reason != NULL)
    return TRUE;
  if (!nv_i_run_ask (w->run, &cell, reason, error))
    return FALSE;
  if (*reason != NULL)
    return TRUE;
  g_autofree char *text = nv_space_format (w->arm->pool->space, &cell);
  if (!nv_i_space_sound (w->arm->pool->space, error)
      || !query (w, &cell, text, &outcome, error)
      || !within_seconds (w, &outcome, &within, error))
    return FALSE;
  if (!within) {
    *reason = "budget";
    return TRUE;
  }
  if (!nv_i_store_add_trial (w->session->store, w->id, w->step, text, &outcome, error))
    return FALSE;
  account (w, &cell, &outcome, FALSE);
  return TRUE;
}

/* --- one run ------------------------------------------------------------------------------ */

/* Tells the searcher a trial that the store has, if it asks for it. */
static gboolean
replay (Work *w, const NvTrial *trial, GError **error)
{
  NvCell cell;
  const char *reason;
  if (!nv_i_run_ask (w->run, &cell, &reason, error))
    return FALSE;
  g_autofree char *text = reason == NULL ? nv_space_format (w->arm->pool->space, &cell) : NULL;
  if (g_strcmp0 (text, trial->cell) == 0) {
    account (w, &cell, &trial->outcome, TRUE);
    return TRUE;
  }
  g_set_error (error, NV_ERROR, NV_ERROR_STORE,
               "%s: arm '%s', seed %u, step %u: the store has %s, but the searcher now asks "
               "for %s: the store was made with another script or another build of nasvec or a "
               "plugin; take another store", w->session->study->store, w->arm->arm->label,
               w->seed, w->step, trial->cell, text != NULL ? text : "nothing more");
  return FALSE;
}

static gboolean
open_work (Work *w, GError **error)
{
  const NvStudy *study = w->session->study;
  const NvArm *arm = w->arm->arm;
  gsize budget = study->budget_cells > 0 ? study->budget_cells : G_MAXSIZE;
  g_autoptr (GArray) trials = nv_i_store_trials (w->session->store, w->id, error);
  if (trials == NULL)
    return FALSE;
  NvEmbedding *embedding = w->arm->embeddings[w->seed % w->arm->n_embeddings];
  w->run = nv_i_run_new (w->arm->pool, embedding, w->arm->joint, arm->searcher,
                         arm->searcher_options, study->seed, w->seed, budget, error);
  if (w->run == NULL)
    return FALSE;
  for (guint i = 0; i < trials->len && !stopped (w->session); i++)
    if (!replay (w, &g_array_index (trials, NvTrial, i), error))
      return FALSE;
  return TRUE;
}

static void
stop_session (NvSession *session, GError *error)
{
  g_mutex_lock (&session->lock);
  if (session->fatal == NULL)
    session->fatal = g_steal_pointer (&error);
  g_mutex_unlock (&session->lock);
  g_clear_error (&error);
  g_atomic_int_set (&session->stop, 1);
}

static void
note_failure (NvSession *session, const Work *w, GError *error)
{
  g_prefix_error (&error, "arm '%s', seed %u: ", w->arm->arm->label, w->seed);
  g_mutex_lock (&session->lock);
  session->failures++;
  if (session->failure == NULL)
    session->failure = g_steal_pointer (&error);
  g_mutex_unlock (&session->lock);
  g_clear_error (&error);
}

/* Such a run counts as any other, so that it is said. */
static void
note_stall (const Work *w)
{
  g_autofree char *rejections = nv_i_run_rejections (w->run);
  nv_i_progress_note (w->session->progress,
                      "arm '%s', seed %u: stalled after %u cells: 10,000 asks in a row gave no "
                      "new one%s", w->arm->arm->label, w->seed, w->step, rejections);
}

/* `reason`: why the run ended; `failure` (transfer full): NULL, or the error that ended it. A
 * broken store stops the study; a cancelled run stays unfinished. */
static void
end_work (Work *w, const char *reason, GError *failure, double wall)
{
  NvSession *session = w->session;
  GError *error = NULL;
  if (g_error_matches (failure, NV_ERROR, NV_ERROR_STORE)
      || g_error_matches (failure, NV_ERROR, NV_ERROR_CANCELLED)) {
    if (failure->code == NV_ERROR_CANCELLED)
      nv_i_store_add_wall (session->store, w->id, wall, NULL);
    stop_session (session, failure);
    return;
  }
  g_autofree char *text = failure != NULL ? g_strconcat (NV_FAILED, failure->message, NULL)
                                          : g_strdup (reason);
  if (failure != NULL)
    note_failure (session, w, failure);
  if (nv_i_reason_stalled (text))
    note_stall (w);
  if (!nv_i_store_finish (session->store, w->id, text,
                          w->run != NULL ? nv_i_run_duplicates (w->run) : 0,
                          w->run != NULL ? nv_i_run_invalid (w->run) : 0, wall, &error))
    stop_session (session, error);
  else
    nv_i_progress_run (session->progress, (guint) (w->arm - session->arms), w->share, FALSE);
}

static void
do_job (const Worker *worker, const NvJob *job)
{
  NvSession *session = worker->session;
  const NvReady *arm = &session->arms[job->arm];
  Work w = { .session = session, .worker = worker, .arm = arm, .seed = job->seed,
             .id = nv_i_run_id (arm->id, job->seed) };
  GError *error = NULL;
  const char *reason = NULL;
  gint64 start = g_get_monotonic_time ();
  gboolean ok = open_work (&w, &error);
  while (ok && reason == NULL && !stopped (session))
    ok = advance (&w, &reason, &error);
  const double wall = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  if (!ok || reason != NULL)
    end_work (&w, reason, error, wall);
  else if (!nv_i_store_add_wall (session->store, w.id, wall, &error))
    stop_session (session, error);
  if (w.run != NULL)
    nv_i_run_free (w.run);
}

/* --- threads ------------------------------------------------------------------------------ */

static gpointer
work (gpointer data)
{
  NvSession *session = data;
  Worker worker = { session, g_async_queue_new () };
  for (;;) {
    guint job = (guint) g_atomic_int_add (&session->next, 1);
    if (job >= session->jobs->len || stopped (session))
      break;
    do_job (&worker, &g_array_index (session->jobs, NvJob, job));
  }
  g_async_queue_unref (worker.answers);
  g_async_queue_push (session->requests, &last_request);
  return NULL;
}

void
nv_i_session_work (NvSession *session, guint workers)
{
  guint working = workers;
  g_autofree GThread **threads = g_new (GThread *, workers);
  session->requests = g_async_queue_new ();
  for (guint i = 0; i < workers; i++)
    threads[i] = g_thread_new ("nasvec-worker", work, session);
  while (working > 0) {
    Request *r = g_async_queue_timeout_pop (session->requests, G_USEC_PER_SEC / 5);
    if (r == &last_request)
      working--;
    else if (r != NULL) {
      r->ok = nv_i_benchmark_query (r->benchmark, r->cell, r->noise, r->out, r->error);
      g_async_queue_push (r->answers, r);
    }
    nv_i_progress_show (session->progress, FALSE);
  }
  for (guint i = 0; i < workers; i++)
    g_thread_join (threads[i]);
  g_async_queue_unref (session->requests);
}
