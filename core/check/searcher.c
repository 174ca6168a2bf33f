/* What a searcher must do. It is driven as a study drives it, on a small pool with the
 * plain encoder that comes with the check. */
#include <math.h>
#include <string.h>

#include "check/private.h"
#include "study/run.h"

#define TARGET 7  /* pool cell that scores best */
#define ASKS 60u  /* cells to evaluate, or as many as there are */
#define MOST 100u /* duplicates, and invalid cells, for each new one */

/* What a run is made of. */
typedef struct {
  NvSpace *space;
  NvPool *pool;
  NvEmbedding *embedding;
  NvCell target;
} Rig;

static void
rig_free (Rig *rig)
{
  if (rig->embedding != NULL)
    nv_i_embedding_unref (rig->embedding);
  if (rig->pool != NULL)
    nv_i_pool_unref (rig->pool);
  nv_i_space_unref (rig->space);
  g_free (rig);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Rig, rig_free)

/* `cells`: of the pool, at most. */
static Rig *
rig_new (NvCheck *check, gsize cells, GError **error)
{
  g_autoptr (Rig) rig = g_new0 (Rig, 1);
  rig->space = nv_i_check_open_space (check, error);
  g_autoptr (NvCells) some
      = rig->space != NULL ? nv_i_check_cells (rig->space, cells, error) : NULL;
  if (some == NULL)
    return NULL;
  rig->pool = nv_i_pool_new (rig->space, some);
  NvEncoder *encoder = nv_i_encoder_new (NV_TOY, NULL, rig->space, 1, 0, 1, error);
  if (encoder == NULL)
    return NULL;
  rig->embedding = nv_i_embedding_new (encoder, rig->pool);
  nv_cells_get (some, MIN (TARGET, some->count - 1), &rig->target);
  return g_steal_pointer (&rig);
}

/* How cells are scored. */
typedef enum { NEAR, LARGE, EQUAL, FAILING, HALF_FAILING } Scores;

/* How to drive a run; and what came of it. */
typedef struct {
  guint64 seed;
  guint asks;         /* cells to evaluate, at most */
  gsize budget;       /* that the searcher is told; 0: `asks` */
  Scores scores;
  gboolean joint;
  GVariant *options;  /* owned by the caller; NULL: none */
  double time_limit;  /* seconds after which it ends early; 0: none */
} Plan;
typedef struct {
  GArray *cells;      /* NvCell, in the order of evaluation */
  guint duplicates, invalid;
  const char *reason; /* why it ended; NULL: asks made */
} Trace;

static void
trace_clear (Trace *trace)
{
  g_clear_pointer (&trace->cells, g_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trace, trace_clear)

static NvOutcome
outcome_of (const Rig *rig, const NvCell *cell, Scores scores, guint step)
{
  double near = 0.9 - 0.03 * nv_cell_edit_distance (cell, &rig->target);
  NvOutcome out = { .score = near, .test = NAN, .seconds = 1, .parameters = NAN };
  if (scores == LARGE)
    out.score = 1e6 * (near - 1);
  if (scores == EQUAL)
    out.score = 0.5;
  out.failed = scores == FAILING || (scores == HALF_FAILING && step % 2 == 1);
  return out;
}

static gboolean
drive_run (NvRun *run, const Rig *rig, const Plan *plan, Trace *trace, GError **error)
{
  gint64 end = g_get_monotonic_time () + (gint64) (plan->time_limit * G_USEC_PER_SEC);
  while (trace->cells->len < plan->asks && trace->reason == NULL) {
    NvCell cell;
    if (!nv_i_run_ask (run, &cell, &trace->reason, error))
      return FALSE;
    if (trace->reason != NULL)
      break;
    NvOutcome outcome = outcome_of (rig, &cell, plan->scores, trace->cells->len);
    nv_i_run_tell (run, &cell, &outcome);
    g_array_append_val (trace->cells, cell);
    if (plan->time_limit > 0 && g_get_monotonic_time () > end)
      break;
  }
  trace->duplicates = nv_i_run_duplicates (run);
  trace->invalid = nv_i_run_invalid (run);
  return TRUE;
}

static gboolean
drive (NvCheck *check, const Rig *rig, const Plan *plan, Trace *trace, GError **error)
{
  gsize budget = plan->budget > 0 ? plan->budget : plan->asks;
  g_autoptr (NvRun) run = NULL;
  trace->cells = g_array_new (FALSE, TRUE, sizeof (NvCell));
  run = nv_i_run_new (rig->pool, rig->embedding, plan->joint, check->klass->name,
                      plan->options, plan->seed, 0, budget, error);
  return run != NULL && drive_run (run, rig, plan, trace, error);
}

static void
note_trace (NvCheck *check, const Trace *trace)
{
  g_string_append_printf (check->note, " %u cells, %u duplicates, %u invalid%s%s",
                          trace->cells->len, trace->duplicates, trace->invalid,
                          trace->reason != NULL ? ", " : "",
                          trace->reason != NULL ? trace->reason : "");
}

static gboolean
same_cells (const Trace *a, const Trace *b)
{
  return a->cells->len == b->cells->len && a->duplicates == b->duplicates
         && a->invalid == b->invalid
         && memcmp (a->cells->data, b->cells->data, a->cells->len * sizeof (NvCell)) == 0;
}

gboolean
nv_i_check_searcher_use (NvCheck *check, GVariant *options, GError **error)
{
  g_autoptr (GVariant) sunk = options != NULL ? g_variant_ref_sink (options) : NULL;
  g_autoptr (Rig) rig = rig_new (check, 60, error);
  g_auto (Trace) trace = { 0 };
  const Plan plan = { .seed = 3, .asks = 20, .options = sunk, .time_limit = 0.5 };
  return rig != NULL && drive (check, rig, &plan, &trace, error);
}

/* --- checks ------------------------------------------------------------------------- */

/* 60 cells; twice by the same seed; once by another. */
static gboolean
check_sequence (NvCheck *check, gboolean joint, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, 500, error);
  g_auto (Trace) first = { 0 }, again = { 0 }, other = { 0 };
  if (rig == NULL)
    return FALSE;
  const guint asks = (guint) MIN (ASKS, rig->pool->cells->count);
  const Plan plan = { .seed = 3, .asks = asks, .joint = joint };
  const Plan another = { .seed = 4, .asks = asks, .joint = joint };
  if (!drive (check, rig, &plan, &first, error)
      || !drive (check, rig, &plan, &again, error)
      || !drive (check, rig, &another, &other, error))
    return FALSE;
  guint n = first.cells->len;
  REQUIRE (n == asks, "it ended after %u cells of a pool of %zu: %s", n,
           rig->pool->cells->count, first.reason);
  REQUIRE (first.duplicates <= MOST * n && first.invalid <= MOST * n,
           "%u duplicates and %u invalid cells for %u new ones; at most %u times as many",
           first.duplicates, first.invalid, n, MOST);
  REQUIRE (same_cells (&first, &again), "the same seed gives another sequence");
  note_trace (check, &first);
  g_string_append (check->note,
                   same_cells (&first, &other) ? ", the same by another seed" : "");
  return TRUE;
}

static gboolean
check_frozen (NvCheck *check, GError **error)
{
  return check_sequence (check, FALSE, error);
}

static gboolean
check_joint (NvCheck *check, GError **error)
{
  return check_sequence (check, TRUE, error);
}

/* One plan on a pool of `cells`; it ends in any orderly way. */
static gboolean
check_plan (NvCheck *check, gsize cells, const Plan *plan, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, cells, error);
  g_auto (Trace) trace = { 0 };
  if (rig == NULL || !drive (check, rig, plan, &trace, error))
    return FALSE;
  note_trace (check, &trace);
  return TRUE;
}

/* The searcher's own error that nothing is left is an orderly end too. */
static gboolean
check_used_up (NvCheck *check, gsize cells, GError **error)
{
  const Plan plan = { .seed = 5, .asks = G_MAXUINT, .budget = G_MAXSIZE };
  g_autoptr (GError) local = NULL;
  if (check_plan (check, cells, &plan, &local))
    return TRUE;
  REQUIRE (!strstr (local->message, "did not say why"), "%s", local->message);
  g_string_append_printf (check->note, " %s", local->message);
  return TRUE;
}

static gboolean
check_small_pool (NvCheck *check, GError **error)
{
  return check_used_up (check, 37, error);
}

static gboolean
check_one_cell (NvCheck *check, GError **error)
{
  return check_used_up (check, 1, error);
}

static gboolean
check_open_pool (NvCheck *check, GError **error)
{
  g_autoptr (Rig) rig = rig_new (check, 37, error);
  g_auto (Trace) trace = { 0 };
  const Plan plan = { .seed = 6, .asks = 60 };
  if (rig == NULL)
    return FALSE;
  rig->pool->open = TRUE;
  if (!drive (check, rig, &plan, &trace, error))
    return FALSE;
  note_trace (check, &trace);
  return TRUE;
}

static gboolean
check_failing (NvCheck *check, GError **error)
{
  const Plan all = { .seed = 7, .asks = 40, .scores = FAILING };
  const Plan half = { .seed = 7, .asks = 40, .scores = HALF_FAILING };
  return check_plan (check, 500, &all, error) && check_plan (check, 500, &half, error);
}

static gboolean
check_equal (NvCheck *check, GError **error)
{
  const Plan plan = { .seed = 8, .asks = 40, .scores = EQUAL };
  return check_plan (check, 500, &plan, error);
}

static gboolean
check_large (NvCheck *check, GError **error)
{
  const Plan plan = { .seed = 9, .asks = 40, .scores = LARGE };
  return check_plan (check, 500, &plan, error);
}

static gboolean
check_budgets (NvCheck *check, GError **error)
{
  const Plan one = { .seed = 10, .asks = 1, .budget = 1 };
  const Plan endless = { .seed = 10, .asks = 30, .budget = G_MAXSIZE };
  return check_plan (check, 500, &one, error) && check_plan (check, 500, &endless, error);
}

const NvCheckRow nv_i_check_searcher_rows[] = {
  { "60 cells: new, the same by seed", check_frozen },
  { "60 cells, encoder trained by it", check_joint },
  { "a pool of 37 cells, used up", check_small_pool },
  { "a pool of one cell", check_one_cell },
  { "a pool that is a sample", check_open_pool },
  { "evaluations that fail", check_failing },
  { "scores that are all equal", check_equal },
  { "scores that are large and negative", check_large },
  { "a budget of one cell, and of seconds", check_budgets },
  { NULL, NULL },
};
