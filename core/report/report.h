/* Reports: from a store alone to tables, curves and figures. */
#ifndef NV_REPORT_H
#define NV_REPORT_H

#include "report/latent.h"

/* Prints the table of arms to standard output. `baseline`: label, method or searcher of
 * the arm that the others are tested against; NULL: the first arm whose searcher is
 * "random", else the first. */
NV_INTERNAL gboolean nv_i_report_table (const char *store, const char *baseline,
                                        GError **error);
/* Writes everything into folder `out` (made if missing). */
NV_INTERNAL gboolean nv_i_report_write (const char *store, const char *out,
                                        const char *baseline, GError **error);
/* The same with the map and the figures of one arm's embedding, see latent.h. */
NV_INTERNAL gboolean nv_i_report_write_map (const char *store, const char *out,
                                            const char *baseline, const char *arm,
                                            GError **error);

/* For a report that is loaded; `latent` may be NULL. */
NV_INTERNAL void nv_i_report_print (const NvReport *report);
NV_INTERNAL gboolean nv_i_report_write_all (const NvReport *report,
                                            const NvLatent *latent, const char *out,
                                            GError **error);

#endif
