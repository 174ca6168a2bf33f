/* The tables of a task, as texts. */
#ifndef NV_REPORT_RESULTS_H
#define NV_REPORT_RESULTS_H

#include "report/data.h"
#include "report/text_table.h"

/* Final scores, and how they stand against the baseline. */
NV_INTERNAL NvTextTable *nv_i_report_results (const NvReport *report, guint task);
/* What a run costs, in the mean; and how many runs are unfinished, have crashed or, where there are
 * any, have stalled. */
NV_INTERNAL NvTextTable *nv_i_report_costs (const NvReport *report, guint task);
/* All tables of a report with the protocol under each: aligned text, at most `width`
 * columns. */
NV_INTERNAL char *nv_i_report_text (const NvReport *report,
                                    guint width);
NV_INTERNAL char *nv_i_report_markdown (const NvReport *report);
NV_INTERNAL char *nv_i_report_latex (const NvReport *report);

/* A score as the task shows it (per cent or not) with that many decimals, from 1e12 on with an
 * exponent; "-" for NAN. g_free. */
NV_INTERNAL char *nv_i_score_text (const NvReportTask *task, double value, int decimals);
/* As many decimals as the narrowest interval of the task needs: 2 or more. */
NV_INTERNAL int nv_i_score_decimals (const NvReport *report, guint task);
/* "0.023", "< 0.001", "-" for NAN. g_free. */
NV_INTERNAL char *nv_i_p_text (double p);
/* An amount of cells or seconds: few digits, below 1e12 no exponent; "-" for NAN. g_free. */
NV_INTERNAL char *nv_i_amount_text (double value);

#endif
