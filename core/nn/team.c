/* A team of threads for pieces of work of some microseconds.
 *
 * One 64-bit word holds the job's number and how many of its tasks are still to be taken; a task
 * is taken by counting the word down with compare-and-swap. A thread that sleeps through a job
 * fails its next swap, since the number has moved on, and so can not take a task of one job for
 * that of another. Waiting threads spin for some ten microseconds, then sleep, so that a fork
 * and join costs little where there is a core for every thread, and little is burnt where
 * there is none. */
#include <nasvec/nn.h>
#include <stdatomic.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define RELAX() _mm_pause ()
#else
#define RELAX() atomic_thread_fence (memory_order_acquire)
#endif

enum { SPINS = 3000 };

struct _NvTeam {
  _Atomic guint64 word;  /* job << 32 | tasks not yet taken */
  _Atomic gsize done;    /* tasks finished */
  _Atomic guint sleeping;
  _Atomic gboolean quit;
  gsize tasks;           /* of the current job; written while no task is out */
  void (*task) (void *data, gsize i);
  void *data;
  GMutex lock;           /* for those that sleep */
  GCond wake, finished;
  GThread **threads;
  guint n_threads;       /* beside the caller's */
};

/* Takes and runs tasks until none is left. */
static void
work (NvTeam *team)
{
  guint64 word = atomic_load (&team->word);
  while ((guint32) word != 0) {
    if (!atomic_compare_exchange_weak (&team->word, &word, word - 1))
      continue;
    gsize tasks = team->tasks;
    team->task (team->data, tasks - (guint32) word);
    if (atomic_fetch_add (&team->done, 1) + 1 == tasks && atomic_load (&team->sleeping) != 0) {
      g_mutex_lock (&team->lock);
      g_cond_signal (&team->finished);
      g_mutex_unlock (&team->lock);
    }
    word = atomic_load (&team->word);
  }
}

static gboolean
has_news (NvTeam *team)
{
  return (guint32) atomic_load (&team->word) != 0 || atomic_load (&team->quit);
}

static gboolean
is_done (NvTeam *team)
{
  return atomic_load (&team->done) == team->tasks;
}

static void
wait_for (NvTeam *team, gboolean (*condition) (NvTeam *), GCond *cond)
{
  for (guint i = 0; i < SPINS; i++) {
    if (condition (team))
      return;
    RELAX ();
  }
  g_mutex_lock (&team->lock);
  atomic_fetch_add (&team->sleeping, 1);
  while (!condition (team))
    g_cond_wait (cond, &team->lock);
  atomic_fetch_sub (&team->sleeping, 1);
  g_mutex_unlock (&team->lock);
}

static gpointer
member (gpointer data)
{
  NvTeam *team = data;
  for (;;) {
    wait_for (team, has_news, &team->wake);
    if (atomic_load (&team->quit))
      return NULL;
    work (team);
  }
}

NvTeam *
nv_team_new (guint threads)
{
  g_return_val_if_fail (threads >= 1, NULL);
  NvTeam *team = g_new0 (NvTeam, 1);
  g_mutex_init (&team->lock);
  g_cond_init (&team->wake);
  g_cond_init (&team->finished);
  team->n_threads = threads - 1;
  team->threads = g_new0 (GThread *, threads);
  for (guint i = 0; i < team->n_threads; i++)
    team->threads[i] = g_thread_new ("nasvec-team", member, team);
  return team;
}

/* Wakes those that sleep; those that spin see the change by themselves. */
static void
call_in (NvTeam *team)
{
  if (atomic_load (&team->sleeping) == 0)
    return;
  g_mutex_lock (&team->lock);
  g_cond_broadcast (&team->wake);
  g_mutex_unlock (&team->lock);
}

void
nv_team_free (NvTeam *team)
{
  if (team == NULL)
    return;
  atomic_store (&team->quit, TRUE);
  call_in (team);
  for (guint i = 0; i < team->n_threads; i++)
    g_thread_join (team->threads[i]);
  g_free (team->threads);
  g_cond_clear (&team->finished);
  g_cond_clear (&team->wake);
  g_mutex_clear (&team->lock);
  g_free (team);
}

guint
nv_team_threads (const NvTeam *team)
{
  return team != NULL ? team->n_threads + 1 : 1;
}

void
nv_team_run (NvTeam *team, gsize tasks, void (*task) (void *data, gsize i), void *data)
{
  if (team == NULL || team->n_threads == 0 || tasks <= 1) {
    for (gsize i = 0; i < tasks; i++)
      task (data, i);
    return;
  }
  g_return_if_fail (tasks <= G_MAXUINT32);
  team->tasks = tasks;
  team->task = task;
  team->data = data;
  atomic_store (&team->done, 0);
  guint64 job = (atomic_load (&team->word) >> 32) + 1;
  atomic_store (&team->word, job << 32 | tasks);
  call_in (team);
  work (team);
  wait_for (team, is_done, &team->finished);
}
