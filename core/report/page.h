#ifndef NV_REPORT_PAGE_H
#define NV_REPORT_PAGE_H

#include "report/latent.h"

/* The report as one page that needs nothing else; `latent` may be NULL: no map.
 * g_free. */
NV_INTERNAL char *nv_i_report_page (const NvReport *report, const GPtrArray *curves,
                                    const NvLatent *latent);
/* What the page's charts are drawn from, as JSON. */
NV_INTERNAL void nv_i_page_data (GString *out, const NvReport *report,
                                 const GPtrArray *curves);
/* The map's data, likewise. */
NV_INTERNAL void nv_i_page_map (GString *out, const NvLatent *latent);
/* A quoted JSON string that may stand inside <script>. */
NV_INTERNAL void nv_i_page_string (GString *out, const char *text);
/* As a paragraph's text. */
NV_INTERNAL void nv_i_page_escape (GString *out, const char *text);

#endif
