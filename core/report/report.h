/* Reports: from a store alone to tables, curves and figures. */
#ifndef NV_REPORT_H
#define NV_REPORT_H

#include "report/latent.h"

/* Prints the table of arms to standard output. `baseline`: label, method or searcher of
 * the arm that the others are tested against; NULL: the first arm whose searcher is
 * "random", else the first. `out`: writes everything into that folder (made if missing), too;
 * NULL: nothing. `map`: with the figures of that arm's embedding, see latent.h; NULL: without. */
NV_INTERNAL gboolean nv_i_report_make (const char *store, const char *baseline, const char *out,
                                       const char *map, GError **error);

/* The files of a report that is loaded; `latent` may be NULL. */
NV_INTERNAL gboolean nv_i_report_write_all (const NvReport *report,
                                            const NvLatent *latent, const char *out,
                                            GError **error);

#endif
