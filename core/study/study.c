/* What a study is, and the checks that can be made before anything runs. */
#include <string.h>

#include "plugin/options.h"
#include "plugin/registry.h"
#include "study/session.h"

static void
free_arm (gpointer data)
{
  NvArm *arm = data;
  g_free (arm->label);
  nv_i_benchmark_unref (arm->benchmark);
  g_free (arm->encoder);
  g_free (arm->searcher);
  g_variant_unref (arm->encoder_options);
  g_variant_unref (arm->searcher_options);
  g_free (arm);
}

NvStudy *
nv_i_study_new (const char *name)
{
  NvStudy *study = g_new0 (NvStudy, 1);
  study->name = g_strdup (name);
  study->arms = g_ptr_array_new_with_free_func (free_arm);
  study->seeds = 1;
  study->encoder_seeds = 1;
  study->pool_size = 100000;
  study->held_out = 0.1;
  return study;
}

void
nv_i_study_free (NvStudy *study)
{
  if (study == NULL)
    return;
  g_ptr_array_unref (study->arms);
  g_free (study->name);
  g_free (study->store);
  g_free (study->script);
  g_clear_pointer (&study->parameters, json_object_unref);
  g_free (study);
}

static GVariant *
own_options (GVariant *options)
{
  return g_variant_ref_sink (options != NULL ? options : g_variant_new ("a{sv}", NULL));
}

NvArm *
nv_i_study_add (NvStudy *study, const char *label, NvBenchmark *benchmark,
                const char *encoder, GVariant *encoder_options, int joint,
                const char *searcher, GVariant *searcher_options)
{
  NvArm *arm = g_new0 (NvArm, 1);
  arm->label = g_strdup (label);
  arm->benchmark = nv_i_benchmark_ref (benchmark);
  arm->encoder = g_strdup (encoder);
  arm->encoder_options = own_options (encoder_options);
  arm->joint = joint;
  arm->searcher = g_strdup (searcher);
  arm->searcher_options = own_options (searcher_options);
  g_ptr_array_add (study->arms, arm);
  return arm;
}

/* --- checks ------------------------------------------------------------------------------- */

static gboolean
refuse (const NvStudy *study, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse (const NvStudy *study, GError **error, const char *format, ...)
{
  va_list args;
  va_start (args, format);
  g_autofree char *text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, NV_ERROR, NV_ERROR_OPTION, "study '%s': %s", study->name, text);
  return FALSE;
}

static gboolean
check_numbers (const NvStudy *study, GError **error)
{
  if (study->arms->len == 0)
    return refuse (study, error, "it has no arm");
  if (study->seeds < 1 || study->seeds > NV_RUNS_PER_ARM)
    return refuse (study, error, "seeds is %u; allowed is 1 to %d", study->seeds,
                   NV_RUNS_PER_ARM);
  if (study->first_seed > NV_RUNS_PER_ARM - study->seeds)
    return refuse (study, error, "first_seed is %u; allowed is 0 to %u", study->first_seed,
                   NV_RUNS_PER_ARM - study->seeds);
  if (study->encoder_seeds < 1 || study->encoder_seeds > NV_ENCODER_SEEDS)
    return refuse (study, error, "encoder_seeds is %u; allowed is 1 to %d", study->encoder_seeds,
                   NV_ENCODER_SEEDS);
  if (!(study->budget_seconds >= 0)
      || (study->budget_cells == 0 && study->budget_seconds == 0))
    return refuse (study, error, "it needs a budget, in cells or in seconds, above 0");
  if (!(study->held_out >= 0 && study->held_out < 1))
    return refuse (study, error, "held_out is %g; allowed is 0 to below 1", study->held_out);
  if (study->pool_size < 1 || study->pool_size > G_MAXUINT32)
    return refuse (study, error, "pool is %" G_GSIZE_FORMAT "; allowed is 1 to %u",
                   study->pool_size, G_MAXUINT32);
  if (study->store == NULL)
    return refuse (study, error, "it has no file for its store");
  return TRUE;
}

static gboolean
check_searcher (const NvArm *arm, GError **error)
{
  const NvClass *klass = nv_i_plugin_find (NV_KIND_SEARCHER, arm->searcher, error);
  g_autofree char *what = g_strconcat ("searcher ", arm->searcher, NULL);
  if (klass == NULL)
    return FALSE;
  gpointer options = nv_i_options_new (klass->params, klass->options_size, klass->defaults,
                                       arm->searcher_options, what, error);
  if (options != NULL)
    nv_i_options_free (klass->params, options);
  return options != NULL;
}

gboolean
nv_i_arm_joint (const NvArm *arm, const NvEncoderClass *encoder)
{
  return arm->joint < 0 ? encoder->joint : arm->joint != 0;
}

static gboolean
check_encoder (const NvStudy *study, const NvArm *arm, GError **error)
{
  g_autoptr (NvEncoder) encoder
      = nv_i_encoder_new (arm->encoder, arm->encoder_options, arm->benchmark->space,
                          study->seed, 0, 1, error);
  if (encoder == NULL)
    return FALSE;
  if (!nv_i_arm_joint (arm, encoder->klass) || nv_i_encoder_can_join (encoder))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
               "encoder %s cannot be trained by a search: it has no backward hook",
               arm->encoder);
  return FALSE;
}

/* Is the store one, or can it be made? That it is of this study is seen when it is opened. */
static gboolean
check_store (const NvStudy *study, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (study->store);
  if (g_file_test (study->store, G_FILE_TEST_EXISTS))
    return nv_i_store_check (study->store, error);
  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, NV_ERROR, NV_ERROR_STORE, "%s: cannot be made: there is no folder '%s'",
               study->store, folder);
  return FALSE;
}

gboolean
nv_i_study_check (const NvStudy *study, GError **error)
{
  g_autoptr (GHashTable) labels = g_hash_table_new (g_str_hash, g_str_equal);
  if (!check_numbers (study, error))
    return FALSE;
  for (guint i = 0; i < study->arms->len; i++) {
    const NvArm *arm = g_ptr_array_index (study->arms, i);
    if (!g_hash_table_add (labels, arm->label))
      return refuse (study, error, "two arms have the label '%s'", arm->label);
    if (study->budget_seconds > 0 && arm->benchmark->timeless)
      return refuse (study, error, "benchmark '%s' does not say how many seconds a cell takes; "
                                   "give the budget in cells", arm->benchmark->name);
    if (!check_encoder (study, arm, error) || !check_searcher (arm, error)) {
      g_prefix_error (error, "study '%s', arm '%s': ", study->name, arm->label);
      return FALSE;
    }
  }
  return check_store (study, error);
}
