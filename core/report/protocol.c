/* The rules behind the numbers, in words: what a reader must know before comparing them.
 */
#include <math.h>

#include "report/data.h"
#include "report/results.h"

static JsonObject *
manifest_of (const NvReport *r)
{
  return r->manifest ? json_node_get_object (r->manifest) : NULL;
}

static double
manifest_number (const NvReport *r, const char *key)
{
  JsonObject *manifest = manifest_of (r);
  return manifest ? json_object_get_double_member_with_default (manifest, key, 0.0) : 0.0;
}

static gboolean
has_table (JsonObject *options)
{
  if (!json_object_has_member (options, "benchmark"))
    return TRUE;
  JsonNode *benchmark = json_object_get_member (options, "benchmark");
  return !JSON_NODE_HOLDS_OBJECT (benchmark)
         || g_str_equal (json_object_get_string_member_with_default (
                             json_node_get_object (benchmark), "kind", "table"), "table");
}

gboolean
nv_i_task_simulated (const NvReport *r, guint t)
{
  g_autoptr (JsonNode) options = nv_i_arm_options (&r->arms[r->tasks[t].arms[0]]);
  return options == NULL || has_table (json_node_get_object (options));
}

static char *
budget_text (const NvReport *r, guint t)
{
  double cells = manifest_number (r, "budget_cells");
  double seconds = manifest_number (r, "budget_seconds");
  const char *clock = nv_i_task_simulated (r, t) ? "simulated " : "";
  if (cells > 0.0 && seconds > 0.0)
    return g_strdup_printf (
        "%.0f distinct cells or %.10g %sseconds a run, whichever ends first", cells,
        seconds, clock);
  if (cells > 0.0)
    return g_strdup_printf ("%.0f distinct cells a run", cells);
  if (seconds > 0.0)
    return g_strdup_printf ("%.10g %sseconds a run", seconds, clock);
  return g_strdup ("not recorded");
}

/* How many cells were drawn as the arm's pool; 0: none. What is drawn beside a table is to
 * pre-train on. */
static double
drawn_pool (const NvReportArm *arm)
{
  g_autoptr (JsonNode) options = nv_i_arm_options (arm);
  JsonObject *object = options ? json_node_get_object (options) : NULL;
  if (object == NULL
      || (json_object_has_member (object, "pretrain") && has_table (object)))
    return 0.0;
  return json_object_get_double_member_with_default (object, "pool_size", 0.0);
}

static char *
pool_text (const NvReport *r, guint t)
{
  double least = INFINITY, most = 0.0;
  for (guint i = 0; i < r->tasks[t].n_arms; i++) {
    double n = drawn_pool (&r->arms[r->tasks[t].arms[i]]);
    least = fmin (least, n);
    most = fmax (most, n);
  }
  if (most == 0.0)
    return g_strdup ("all cells of the space that the benchmark has");
  return least == most ? g_strdup_printf ("%.0f cells", most)
                       : g_strdup_printf ("%.0f to %.0f cells", least, most);
}

static gboolean
pretrains_on_space (const NvReportArm *arm)
{
  g_autoptr (JsonNode) options = nv_i_arm_options (arm);
  return options != NULL
         && json_object_has_member (json_node_get_object (options), "pretrain");
}

/* Pre-training on the space where the pool is something else. */
static char *
pretraining_text (const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  g_autoptr (GString) names = g_string_new (NULL);
  guint n = 0;
  for (guint i = 0; i < task->n_arms; i++) {
    const NvReportArm *arm = &r->arms[task->arms[i]];
    if (pretrains_on_space (arm))
      g_string_append_printf (names, "%s%s", n++ > 0 ? ", " : "", r->methods[arm->method]);
  }
  if (n == 0)
    return g_strdup ("");
  return n == task->n_arms
           ? g_strdup (" Pre-trained on: the space.")
           : g_strdup_printf (" Pre-trained on: the space by %s; the pool by the others.",
                              names->str);
}

/* Arms without a run that counts are not compared. */
static gboolean
paired (const NvReport *r, guint t)
{
  const NvReportArm *first = NULL;
  for (guint i = 0; i < r->tasks[t].n_arms; i++) {
    const NvReportArm *arm = &r->arms[r->tasks[t].arms[i]];
    if (arm->n_counted == 0)
      continue;
    if (first != NULL && !nv_i_same_seeds (first, arm))
      return FALSE;
    first = arm;
  }
  return TRUE;
}

static char *
seeds_text (const NvReport *r, guint t)
{
  guint least = G_MAXUINT, most = 0;
  for (guint i = 0; i < r->tasks[t].n_arms; i++) {
    guint n = r->arms[r->tasks[t].arms[i]].n_counted;
    least = MIN (least, n);
    most = MAX (most, n);
  }
  const char *how = paired (r, t) ? "paired" : "compared at those that both have";
  return least == most ? g_strdup_printf ("%u an arm, %s", most, how)
                       : g_strdup_printf ("%u to %u an arm, %s", least, most, how);
}

static gboolean
has_equal_runs (const NvReport *r, guint t)
{
  for (guint i = 0; i < r->tasks[t].n_arms; i++)
    if (r->summary[r->tasks[t].arms[i]].equal > 0.0)
      return TRUE;
  return FALSE;
}

static char *
reference_text (const NvReportTask *task)
{
  if (isnan (task->best))
    return NULL;
  g_autofree char *best = nv_i_score_text (task, task->best, task->percent ? 3 : 4);
  return g_strdup_printf ("Regret is measured from %s%s, %s.", best,
                          task->percent ? " %" : "",
                          task->best_known ? "the benchmark's best test score"
                                           : "the best score in this store");
}

char **
nv_i_report_protocol (const NvReport *r, guint t)
{
  const NvReportTask *task = &r->tasks[t];
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_autofree char *budget = budget_text (r, t);
  g_autofree char *seeds = seeds_text (r, t);
  g_autofree char *pool = pool_text (r, t), *pretraining = pretraining_text (r, t);
  double encoders = MAX (manifest_number (r, "encoder_seeds"), 1.0);
  const char *of = encoders > 1.0 ? ", or draws of its weights where it has any and is not "
                                    "pre-trained" : "";
  g_autofree char *rules = g_strdup_printf (
      "Benchmark: %s. Noise model: %s. Budget: %s. Pool: %s. Seeds: %s; pre-trainings"
      " of an encoder%s: %.0f.%s", task->name,
      task->noise && *task->noise ? task->noise : "not recorded", budget, pool, seeds,
      of, encoders, pretraining);
  g_strv_builder_add (lines, rules);
  g_autofree char *numbers = g_strdup_printf (
      "The incumbent is the best cell by observed score; searchers see no test score."
      " Intervals: 95 %% bootstrap of the mean over runs. p: two-sided Wilcoxon"
      " signed-rank test, paired by seed, Holm-adjusted over the arms. A12: chance that"
      " an arm's run beats the baseline's%s.",
      has_equal_runs (r, t) ? ", where equal ones count as half" : "");
  g_strv_builder_add (lines, numbers);
  g_autofree char *reference = reference_text (task);
  if (reference != NULL)
    g_strv_builder_add (lines, reference);
  return g_strv_builder_end (lines);
}
