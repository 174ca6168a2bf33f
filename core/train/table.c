/* Which cells a table has, and the threads that train them. */
#include "train/table.h"

#include "plugin/instance.h"
#include "train/table_file.h"

/* --- cells ---------------------------------------------------------------------------- */

static NvCells *
shuffled (const NvSpace *space, NvRng *rng, GError **error)
{
  g_autoptr (NvCells) all = nv_space_enumerate (space, error);
  if (all == NULL)
    return NULL;
  g_autofree guint32 *order = g_new (guint32, all->count);
  for (gsize i = 0; i < all->count; i++)
    order[i] = (guint32) i;
  nv_rng_shuffle (rng, order, all->count);
  return nv_cells_pick (all, order, 0, all->count);
}

NvCells *
nv_i_table_cells (const NvSpace *space, gsize limit, GError **error)
{
  NvRng rng;
  nv_rng_init (&rng, 0, "table", 0);
  if (!nv_space_enumerable (space) && limit == 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
                 "first= is needed: space %s has too many cells to train them all",
                 space->klass->head.name);
    return NULL;
  }
  if (!nv_space_enumerable (space))
    return nv_i_space_draw (space, limit, &rng, error);
  g_autoptr (NvCells) all = shuffled (space, &rng, error);
  if (all == NULL || limit == 0 || limit >= all->count)
    return g_steal_pointer (&all);
  return nv_cells_pick (all, NULL, 0, limit);
}

/* --- threads -------------------------------------------------------------------------- */

typedef struct {
  const NvTableJob *job;
  NvTableFile *file;
  NvTableWatch watch;
  gpointer data;
  GMutex lock; /* of what follows, and of the file */
  gsize next, done;
  GError *error; /* the first one */
} Pool;

/* The next cell without a row; FALSE: there is none, or an error was met. */
static gboolean
take_cell (Pool *pool, NvCell *cell)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);
  while (pool->error == NULL && pool->next < pool->job->cells->count) {
    nv_cells_get (pool->job->cells, pool->next++, cell);
    if (!nv_i_table_file_has (pool->file, cell))
      return TRUE;
  }
  return FALSE;
}

static void
put_row (Pool *pool, const NvCell *cell, const NvTrained *trained)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);
  if (pool->error != NULL
      || !nv_i_table_file_append (pool->file, cell, trained, &pool->error))
    return;
  pool->done++;
  pool->watch (pool->done, pool->job, pool->data);
}

static void
put_error (Pool *pool, GError *error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&pool->lock);
  if (pool->error == NULL)
    pool->error = error;
  else
    g_error_free (error);
}

static gpointer
work (gpointer data)
{
  Pool *pool = data;
  const NvTableJob *job = pool->job;
  NvCell cell;
  while (take_cell (pool, &cell)) {
    GError *error = NULL;
    NvTrained trained;
    if (!nv_i_train_cell (&trained, job->space, &cell, job->options, job->images, NULL,
                          NULL, NULL, &error)) {
      put_error (pool, error);
      break;
    }
    put_row (pool, &cell, &trained);
    nv_i_trained_clear (&trained);
  }
  return NULL;
}

static gsize
count_done (const NvTableJob *job, const NvTableFile *file)
{
  gsize done = 0;
  for (gsize i = 0; i < job->cells->count; i++) {
    NvCell cell;
    nv_cells_get (job->cells, i, &cell);
    done += nv_i_table_file_has (file, &cell);
  }
  return done;
}

/* Can the first cell be trained? Where not, as in a space without networks, no file is begun. */
static gboolean
check_first (const NvTableJob *job, GError **error)
{
  NvCell cell;
  if (job->cells->count == 0)
    return TRUE;
  nv_cells_get (job->cells, 0, &cell);
  g_autoptr (NvNetwork) network
    = nv_i_train_network (job->space, &cell, job->options, job->images, error);
  return network != NULL;
}

gboolean
nv_i_table_train (const NvTableJob *job, NvTableWatch watch, gpointer data, GError **error)
{
  if (!check_first (job, error))
    return FALSE;
  g_autoptr (NvTableFile) file
    = nv_i_table_file_open (job->file, job->space, job->options, job->images->sha256, error);
  if (file == NULL)
    return FALSE;
  Pool pool = { .job = job, .file = file, .watch = watch, .data = data };
  g_autofree GThread **threads = g_new0 (GThread *, job->workers);
  g_mutex_init (&pool.lock);
  pool.done = count_done (job, file);
  watch (pool.done, job, data);
  for (guint i = 0; i < job->workers; i++)
    threads[i] = g_thread_new ("train", work, &pool);
  for (guint i = 0; i < job->workers; i++)
    g_thread_join (threads[i]);
  g_mutex_clear (&pool.lock);
  if (pool.error == NULL)
    return TRUE;
  g_propagate_error (error, pool.error);
  return FALSE;
}
