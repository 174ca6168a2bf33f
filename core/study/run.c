/* The core of the ask / tell loop: one searcher, what it was told, its joint encoder. */
#include <math.h>
#include <string.h>

#include "plugin/options.h"
#include "plugin/registry.h"
#include "study/run_private.h"
#include "study/store.h"

#define STALL 10000 /* asks in a row without a new cell */

static const NvSearcherClass *
class_of (const NvRun *run)
{
  return run->searcher.klass;
}

gboolean
nv_i_run_open_encoder (NvRun *run, GError **error)
{
  guint64 stream = (run->number + 1) << 32 | run->restarts;
  g_mutex_lock (&run->embedding->lock);
  NvEncoder *encoder
      = nv_i_encoder_again (run->embedding->encoder, run->seed, stream, error);
  g_mutex_unlock (&run->embedding->lock);
  if (encoder == NULL)
    return FALSE;
  if (encoder->dim != run->embedding->dim) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "encoder %s: open() set dim = %zu, and %zu when it was opened before with the "
                 "same options", encoder->klass->head.name, encoder->dim, run->embedding->dim);
    nv_i_encoder_free (encoder);
    return FALSE;
  }
  g_clear_pointer (&run->encoder, nv_i_encoder_free);
  run->encoder = encoder;
  run->stale = TRUE;
  run->forwarded = FALSE;
  return TRUE;
}

static gboolean
open_joint (NvRun *run, GError **error)
{
  const NvEncoder *origin = run->embedding->encoder;
  if (nv_i_encoder_can_join (origin))
    return nv_i_run_open_encoder (run, error);
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
               "encoder %s cannot be trained by a search: it has no backward hook",
               origin->klass->head.name);
  return FALSE;
}

/* nv_i_hook_result() for the run's searcher. Its errors are named; their codes are its own, and say
 * nothing of the study, save that an option is wrong, or the file that it names. `more` follows the
 * text. */
static gboolean
heard (const NvRun *run, const char *hook, gboolean ok, GError *failure, const char *more,
       GError **error)
{
  const NvClass *head = &class_of (run)->head;
  if (failure == NULL)
    return nv_i_hook_result (head, hook, ok, NULL, error);
  const gboolean option = failure->domain == NV_ERROR
                          && (failure->code == NV_ERROR_OPTION || failure->code == NV_ERROR_FILE
                              || failure->code == NV_ERROR_FORMAT);
  g_autofree char *who = g_strdup_printf ("searcher %s: ", head->name);
  GError *named = g_error_new (NV_ERROR, option ? failure->code : NV_ERROR_PLUGIN, "%s%s",
                               failure->message, more);
  if (!ok && !g_str_has_prefix (failure->message, who))
    g_prefix_error (&named, "%s%s(): ", who, hook);
  g_error_free (failure);
  return nv_i_hook_result (head, hook, ok, named, error);
}

static gboolean
open_searcher (NvRun *run, GVariant *options, gsize budget, GError **error)
{
  NvSearcher *s = &run->searcher;
  const NvClass *head = &s->klass->head;
  g_autofree char *what = g_strdup_printf ("searcher %s", head->name);
  s->options = nv_i_options_new (head->params, head->options_size, head->defaults, options,
                                 what, error);
  if (s->options == NULL)
    return FALSE;
  s->state = g_malloc0 (MAX (head->state_size, 1));
  s->space = run->pool->space;
  s->rng = &run->rng;
  s->pool = run->pool->cells->count;
  s->dim = run->embedding->dim;
  s->budget = budget;
  s->run = run;
  GError *failure = NULL;
  run->open = s->klass->open == NULL || s->klass->open (s, &failure);
  return heard (run, "open", run->open, failure, "", error);
}

NvRun *
nv_i_run_new (NvPool *pool, NvEmbedding *embedding, gboolean joint,
              const char *searcher, GVariant *options, guint64 seed, guint64 number,
              gsize budget, GError **error)
{
  g_autoptr (GVariant) sunk = options != NULL ? g_variant_ref_sink (options) : NULL;
  const NvClass *klass = nv_i_plugin_find (NV_KIND_SEARCHER, searcher, error);
  if (klass == NULL)
    return NULL;
  g_autoptr (NvRun) run = g_new0 (NvRun, 1);
  run->searcher.klass = (const NvSearcherClass *) klass;
  run->pool = nv_i_pool_ref (pool);
  run->embedding = nv_i_embedding_ref (embedding);
  run->seed = seed;
  run->number = number;
  nv_rng_init (&run->rng, seed, "searcher", number);
  nv_rng_init (&run->initial, seed, "initial", number);
  run->moved = g_hash_table_new (NULL, NULL);
  run->known = nv_cell_index_new ();
  run->told = g_array_new (FALSE, FALSE, sizeof (NvTold));
  run->seen = g_new0 (guint64, pool->cells->count / 64 + 1);
  if (joint && !open_joint (run, error))
    return NULL;
  if (!open_searcher (run, sunk, budget, error))
    return NULL;
  return g_steal_pointer (&run);
}

void
nv_i_run_free (NvRun *run)
{
  NvSearcher *s = &run->searcher;
  if (run->open && s->klass->close != NULL)
    s->klass->close (s);
  g_free (s->state);
  if (s->options != NULL)
    nv_i_options_free (s->klass->head.params, (gpointer) s->options);
  g_clear_pointer (&run->encoder, nv_i_encoder_free);
  g_aligned_free (run->values);
  g_free (run->fault);
  g_free (run->rejection);
  g_hash_table_unref (run->moved);
  nv_cell_index_free (run->known);
  g_array_unref (run->told);
  g_free (run->seen);
  g_free (run->best);
  nv_i_embedding_unref (run->embedding);
  nv_i_pool_unref (run->pool);
  g_free (run);
}

static void
reject (NvRun *run, const NvCell *cell)
{
  if (class_of (run)->reject != NULL)
    class_of (run)->reject (&run->searcher, cell);
}

static void
tell (NvRun *run, const NvCell *cell, const NvTold *told)
{
  if (told->failed)
    reject (run, cell);
  else
    class_of (run)->tell (&run->searcher, cell, told->score);
}

/* Is run->asked to be evaluated? If not, the searcher has its answer. *cell: its form. */
static gboolean
is_new (NvRun *run, NvCell *cell)
{
  gsize known, i;
  g_autoptr (GError) why = NULL;
  gboolean valid = nv_space_validate (run->pool->space, &run->asked, &why);
  if (valid)
    nv_space_canonical (run->pool->space, &run->asked, &run->asked_canonical);
  if (valid && nv_cell_index_find (run->known, &run->asked_canonical, &known)) {
    run->duplicates++;
    tell (run, &run->asked, &g_array_index (run->told, NvTold, known));
    return FALSE;
  }
  gboolean listed
      = valid && nv_cell_index_find (run->pool->index, &run->asked_canonical, &i);
  if (!listed && !(valid && run->pool->open)) {
    run->invalid++;
    g_free (run->rejection);
    run->rejection = g_strdup (valid ? "it is not in the pool" : why->message);
    reject (run, &run->asked);
    return FALSE;
  }
  if (listed)
    nv_cells_get (run->pool->cells, i, cell);
  else
    *cell = run->asked_canonical;
  return TRUE;
}

char *
nv_i_run_rejections (const NvRun *run)
{
  if (run->invalid == 0)
    return g_strdup ("");
  return g_strdup_printf ("; %u asked for %s rejected; the last: %s", run->invalid,
                          run->invalid == 1 ? "was" : "were", run->rejection);
}

/* One call of the hook. */
static gboolean
ask (NvRun *run, GError **error)
{
  GError *failure = NULL;
  const gboolean ok = class_of (run)->ask (&run->searcher, &run->asked, &failure);
  if (run->fault != NULL) { /* whatever the searcher made of it */
    g_clear_error (&failure);
    g_set_error_literal (error, NV_ERROR, NV_ERROR_PLUGIN, run->fault);
    return FALSE;
  }
  if (failure == NULL || run->drawn < run->searcher.pool)
    return heard (run, "ask", ok, failure, "", error);
  g_autofree char *rejections = nv_i_run_rejections (run);
  return heard (run, "ask", ok, failure, rejections, error);
}

gboolean
nv_i_run_ask (NvRun *run, NvCell *cell, const char **reason, GError **error)
{
  *reason = NULL;
  for (guint asks = 0; asks < STALL; asks++) {
    if (run->seen_count == nv_cell_index_count (run->pool->index)) {
      *reason = "pool used up";
      return TRUE;
    }
    if (!ask (run, error))
      return FALSE;
    if (is_new (run, cell))
      return TRUE;
  }
  *reason = NV_STALLED;
  return TRUE;
}

void
nv_i_run_tell (NvRun *run, const NvCell *cell, const NvOutcome *outcome)
{
  NvTold told = { outcome->score, outcome->failed || !isfinite (outcome->score) };
  gsize i;
  g_return_if_fail (cell->n_nodes > 0);
  nv_cell_index_add (run->known, &run->asked_canonical, run->told->len, NULL);
  g_array_append_val (run->told, told);
  if (nv_cell_index_find (run->pool->index, &run->asked_canonical, &i)) {
    run->seen[i / 64] |= G_GUINT64_CONSTANT (1) << (i % 64);
    run->seen_count++;
  }
  tell (run, &run->asked, &told);
}

guint
nv_i_run_duplicates (const NvRun *run)
{
  return run->duplicates;
}

guint
nv_i_run_invalid (const NvRun *run)
{
  return run->invalid;
}

NvSearcher *
nv_i_run_searcher (NvRun *run)
{
  return &run->searcher;
}
