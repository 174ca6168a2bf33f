#include "report/report.h"

#include "report/tables.h"

#define COLUMNS 100

void
nv_i_report_print (const NvReport *report)
{
  g_autofree char *text = nv_i_report_text (report, COLUMNS);
  g_print ("%s", text);
}

gboolean
nv_i_report_table (const char *store, const char *baseline, GError **error)
{
  g_autoptr (NvReport) report = nv_i_report_load (store, baseline, error);
  if (report == NULL)
    return FALSE;
  nv_i_report_print (report);
  return TRUE;
}

gboolean
nv_i_report_write (const char *store, const char *out, const char *baseline,
                   GError **error)
{
  g_autoptr (NvReport) report = nv_i_report_load (store, baseline, error);
  return report != NULL && nv_i_report_write_all (report, NULL, out, error);
}

gboolean
nv_i_report_write_map (const char *store, const char *out, const char *baseline,
                       const char *arm, GError **error)
{
  g_autoptr (NvReport) report = nv_i_report_load (store, baseline, error);
  g_autoptr (NvLatent) latent
      = report ? nv_i_latent_from_store (store, report, arm, error) : NULL;
  if (latent == NULL)
    return FALSE;
  nv_i_latent_project (latent);
  return nv_i_report_write_all (report, latent, out, error);
}
