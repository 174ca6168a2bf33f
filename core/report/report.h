/* Reports: from a store alone to tables, curves and figures. */
#ifndef NV_REPORT_H
#define NV_REPORT_H

#include "report/data.h"

/* Prints the table of arms to standard output. `baseline`: label, method or searcher of the arm
 * that the others are tested against; NULL: the first arm whose searcher is "random", else the
 * first. */
NV_INTERNAL gboolean nv_i_report_table (const char *store, const char *baseline, GError **error);
/* Writes everything into folder `out` (made if missing). */
NV_INTERNAL gboolean nv_i_report_write (const char *store, const char *out,
                                        const char *baseline, GError **error);

/* The same for a report that is loaded. */
NV_INTERNAL void nv_i_report_print (const NvReport *report);
NV_INTERNAL gboolean nv_i_report_write_all (const NvReport *report, const char *out,
                                            GError **error);

#endif
