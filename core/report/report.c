#include "report/report.h"

#include "report/results.h"

#define COLUMNS 100

gboolean
nv_i_report_make (const char *store, const char *baseline, const char *out, const char *map,
                  GError **error)
{
  g_autoptr (NvReport) report = nv_i_report_load (store, baseline, error);
  if (report == NULL)
    return FALSE;
  g_autofree char *text = nv_i_report_text (report, COLUMNS);
  g_print ("%s", text);
  if (out == NULL)
    return TRUE;
  g_autoptr (NvLatent) latent = NULL;
  if (map != NULL) {
    latent = nv_i_latent_from_store (store, report, map, error);
    if (latent == NULL)
      return FALSE;
    nv_i_latent_project (latent);
  }
  return nv_i_report_write_all (report, latent, out, error);
}
