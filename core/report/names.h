#ifndef NV_REPORT_NAMES_H
#define NV_REPORT_NAMES_H

#include "report/data.h"

/* Sets the arms' methods: those with the same key (of n_arms, texts) have the same; where
 * arms of one task have it, they are told apart by their labels. */
NV_INTERNAL void nv_i_report_methods (NvReport *report, const GPtrArray *keys);
/* Sets the study's name (the manifest's, else the file's) and the methods' names. */
NV_INTERNAL void nv_i_report_name (NvReport *report, const char *file);
/* Sets each task's baseline: the first arm whose label, method or searcher is `baseline`;
 * NULL: whose searcher is "random", else the first arm. An error if no task has such an
 * arm. */
NV_INTERNAL gboolean nv_i_report_choose_baseline (NvReport *report, const char *baseline,
                                                  GError **error);
/* Sets what regret is measured from: the best test score that the manifest knows of for
 * the benchmark, else the best score that any trial of the store has. */
NV_INTERNAL void nv_i_report_reference (NvReport *report);

#endif
