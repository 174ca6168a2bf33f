/* What the parts of a report are called, what arms are held against, and what regret is
 * measured from. */
#include <math.h>
#include <string.h>

#include "report/data.h"
#include "report/names.h"

/* An arm's label without the name of its task, at whichever end that stands. */
static char *
label_without_task (const NvReport *r, const NvReportArm *arm)
{
  const char *label = arm->label, *name = r->tasks[arm->task].name;
  gsize length = strlen (label), n = strlen (name);
  static const char joints[] = " ,;:/|-+";
  if (length > n && g_str_has_prefix (label, name) && strchr (joints, label[n]) != NULL) {
    const char *rest = label + n + strspn (label + n, joints);
    if (*rest != '\0')
      return g_strdup (rest);
  }
  if (length > n && g_str_has_suffix (label, name)
      && strchr (joints, label[length - n - 1]) != NULL) {
    gsize end = length - n;
    while (end > 0 && strchr (joints, label[end - 1]) != NULL)
      end--;
    if (end > 0)
      return g_strndup (label, end);
  }
  return g_strdup (label);
}

/* An arm's label, without the task where there are several and that is no other arm's of
 * the task. */
static char *
arm_name (const NvReport *r, const NvReportArm *arm)
{
  g_autofree char *name = label_without_task (r, arm);
  gboolean alone = r->n_tasks > 1;
  for (guint a = 0; a < r->n_arms && alone; a++) {
    const NvReportArm *other = &r->arms[a];
    if (other == arm || other->task != arm->task)
      continue;
    g_autofree char *theirs = label_without_task (r, other);
    alone = strcmp (name, theirs) != 0;
  }
  return alone ? g_steal_pointer (&name) : g_strdup (arm->label);
}

static guint
find_text (GPtrArray *texts, const char *text)
{
  for (guint i = 0; i < texts->len; i++)
    if (strcmp (texts->pdata[i], text) == 0)
      return i;
  g_ptr_array_add (texts, g_strdup (text));
  return texts->len - 1;
}

/* The keys that several arms of a task have. */
static GHashTable *
repeated_keys (const NvReport *r, const GPtrArray *keys)
{
  g_autoptr (GHashTable) seen
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTable *repeated = g_hash_table_new (g_str_hash, g_str_equal);
  for (guint a = 0; a < r->n_arms; a++)
    if (!g_hash_table_add (seen, g_strdup_printf ("%u %s", r->arms[a].task,
                                                  (const char *) keys->pdata[a])))
      g_hash_table_add (repeated, keys->pdata[a]);
  return repeated;
}

void
nv_i_report_methods (NvReport *r, const GPtrArray *keys)
{
  g_autoptr (GHashTable) repeated = repeated_keys (r, keys);
  g_autoptr (GPtrArray) methods = g_ptr_array_new_with_free_func (g_free);
  for (guint a = 0; a < r->n_arms; a++) {
    NvReportArm *arm = &r->arms[a];
    g_autofree char *name = g_hash_table_contains (repeated, keys->pdata[a])
                              ? arm_name (r, arm)
                              : g_strdup ("");
    g_autofree char *key = g_strconcat (keys->pdata[a], "\n", name, NULL);
    arm->method = find_text (methods, key);
  }
  r->n_methods = methods->len;
}

/* A method is called as its first arm is, in one line. */
static void
name_methods (NvReport *r)
{
  r->methods = g_new0 (char *, r->n_methods + 1);
  for (guint a = 0; a < r->n_arms; a++) {
    char **name = &r->methods[r->arms[a].method];
    if (*name == NULL)
      *name = g_strdelimit (arm_name (r, &r->arms[a]), "\t\r\n", ' ');
  }
}

void
nv_i_report_name (NvReport *r, const char *file)
{
  JsonObject *manifest = r->manifest ? json_node_get_object (r->manifest) : NULL;
  const char *name = manifest ? json_object_get_string_member_with_default (manifest,
                                                                            "name", NULL)
                              : NULL;
  r->name = name ? g_strdup (name) : g_path_get_basename (file);
  name_methods (r);
}

static gboolean
arm_is_called (const NvReport *r, const NvReportArm *arm, const char *name)
{
  return strcmp (arm->label, name) == 0 || strcmp (r->methods[arm->method], name) == 0
         || strcmp (arm->searcher, name) == 0;
}

static int
find_baseline (const NvReport *r, const NvReportTask *task, const char *name)
{
  for (guint i = 0; i < task->n_arms; i++)
    if (arm_is_called (r, &r->arms[task->arms[i]], name))
      return (int) task->arms[i];
  return -1;
}

gboolean
nv_i_report_choose_baseline (NvReport *r, const char *baseline, GError **error)
{
  gboolean found = baseline == NULL;
  for (guint t = 0; t < r->n_tasks; t++) {
    NvReportTask *task = &r->tasks[t];
    task->baseline = find_baseline (r, task, baseline ? baseline : "random");
    if (task->baseline < 0 && baseline == NULL && task->n_arms > 0)
      task->baseline = (int) task->arms[0];
    found |= task->baseline >= 0;
  }
  if (found)
    return TRUE;
  g_autofree char *labels = g_strjoinv ("', '", r->methods);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION,
               "no arm or searcher is called '%s'; the store has '%s'", baseline, labels);
  return FALSE;
}

/* "optimum" of the manifest's entry for this benchmark. */
static double
known_optimum (const NvReport *r, const NvReportTask *task)
{
  JsonObject *manifest = r->manifest ? json_node_get_object (r->manifest) : NULL;
  if (manifest == NULL || !json_object_has_member (manifest, "optimum"))
    return NAN;
  JsonNode *node = json_object_get_member (manifest, "optimum");
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return NAN;
  return json_object_get_double_member_with_default (json_node_get_object (node),
                                                     task->name, NAN);
}

static double
best_in_store (const NvReport *r, guint t)
{
  double best = -INFINITY;
  for (guint i = 0; i < r->n_runs; i++) {
    const NvReportRun *run = &r->runs[i];
    if (r->arms[run->arm].task != t)
      continue;
    for (guint j = 0; j < run->n_trials; j++) {
      double x = r->tasks[t].tested ? run->trials[j].test : run->trials[j].score;
      if (x > best)
        best = x;
    }
  }
  return isfinite (best) ? best : NAN;
}

void
nv_i_report_reference (NvReport *r)
{
  for (guint t = 0; t < r->n_tasks; t++) {
    NvReportTask *task = &r->tasks[t];
    double seen = best_in_store (r, t),
           known = task->tested ? known_optimum (r, task) : NAN;
    task->best_known = known >= seen;
    task->best = task->best_known ? known : seen;
  }
}
