/* What a report knows: a store in memory, and the numbers computed from it.
 *
 * Terms. A task is a benchmark; a method is an encoder with a searcher and their options;
 * an arm is a method on a task. Arms of one task that have the same options are methods of
 * their own. The incumbent of a run is its best trial by *observed*
 * score (the first of equals): the test score only ever follows it. A run counts if it is
 * finished and has not failed; the others are counted and left out. */
#ifndef NV_REPORT_DATA_H
#define NV_REPORT_DATA_H

#include <json-glib/json-glib.h>
#include <nasvec/base.h>

#include "study/store.h"

typedef struct {
  double score;   /* observed; NAN: the evaluation failed */
  double test;    /* NAN: not known */
  double elapsed; /* seconds of the run so far, this trial's too; NAN: not known */
} NvReportTrial;

typedef struct {
  gint64 id;
  guint arm;
  gint64 seed;
  char *reason;       /* NULL: unfinished; owned */
  guint duplicates, invalid;
  double wall;        /* NAN: not known */
  const NvReportTrial *trials; /* [n_trials] */
  guint n_trials;
  guint n_failed;     /* of these */
} NvReportRun;

typedef struct {
  gint64 id;
  char *label, *encoder, *searcher, *options; /* owned */
  gboolean joint;
  guint task, method;
  NvReportRun *runs;  /* [n_runs] by seed; points into the report */
  guint n_runs;
  guint n_counted, n_unfinished, n_failed;    /* they add up to n_runs */
  guint n_stalled;    /* of those that count */
} NvReportArm;

#define NV_BEST_CELLS 10

typedef struct {
  char *cell;         /* in the space's notation; owned */
  /* of the trial with the highest score; NAN: not known */
  double score, test, parameters;
} NvBestCell;

typedef struct {
  char *name, *noise; /* owned */
  gboolean percent;
  gboolean tested;    /* a test score is known; else reports are about the observed one */
  guint *arms;        /* [n_arms] in order of id; owned */
  guint n_arms;
  int baseline;       /* index of an arm, or -1 */
  double best; /* the reference of regret, see nv_i_report_reference(); NAN: none */
  gboolean best_known;/* it is the benchmark's optimum; else the best of this store */
  GArray *best_cells; /* NvBestCell by observed score, of all arms, the best first */
} NvReportTask;

/* Means over the runs that count; NAN where nothing is known. Scores are as stored. */
typedef struct {
  /* final test score (observed, if the task has no test scores), 95 % interval */
  double mean, low, high;
  double sd, median;
  guint known;                /* runs that it is known of */
  double observed;            /* final observed score of the incumbent */
  double cells, seconds, wall;
  double duplicates, invalid, failed;
  guint pairs;                /* seeds in common with the baseline */
  double difference;          /* mean over these pairs, arm - baseline */
  double p;                   /* Wilcoxon, adjusted by Holm over the task's arms */
  double lean;                /* above 0: by that test the arm is better than the baseline */
  double a12;                 /* P (arm's final > baseline's) + P (equal) / 2 */
  double equal;               /* P (equal) */
} NvSummary;

typedef struct {
  char *name;         /* of the study; owned */
  char **methods;     /* [n_methods] names, NULL-terminated */
  guint n_methods;
  NvReportArm *arms;
  guint n_arms;
  NvReportTask *tasks;
  guint n_tasks;
  NvReportRun *runs;  /* by arm, then seed */
  guint n_runs;
  NvReportTrial *trials;
  gsize n_trials;
  NvSummary *summary; /* [n_arms] */
  JsonNode *manifest; /* NULL: the store has none */
} NvReport;

/* Reads a store; safe beside its writer, and of one moment. `baseline`: see report.h. */
NV_INTERNAL NvReport *nv_i_report_load (const char *store, const char *baseline,
                                        GError **error);
NV_INTERNAL void nv_i_report_free (NvReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvReport, nv_i_report_free)

/* What the store tells of an arm's plugins, their options and the benchmark, or NULL;
 * free with json_node_unref. */
NV_INTERNAL JsonNode *nv_i_arm_options (const NvReportArm *arm);
static inline gboolean
nv_i_run_counts (const NvReportRun *run)
{
  return run->reason != NULL && !nv_i_reason_failed (run->reason);
}
/* The trial that is the incumbent after the first `n` trials; NULL: none has a score. */
NV_INTERNAL const NvReportTrial *nv_i_run_incumbent (const NvReportRun *run, guint n);

/* --- curves ------------------------------------------------------------------------- */

typedef enum { NV_AXIS_CELLS, NV_AXIS_SECONDS } NvAxis;
typedef enum { NV_SCORE_TEST, NV_SCORE_OBSERVED } NvScore;

/* The score that a run ends at: its last incumbent's; NAN: not known, or there is none. */
NV_INTERNAL double nv_i_run_final (const NvReportRun *run, NvScore score);

/* The common grid of a task: the numbers of cells 1, 2, ... (at most 200 of them, then
 * spaced evenly in the logarithm), or 100 times spaced evenly in the logarithm. Empty
 * where there is nothing to show. Free the data with g_free. */
NV_INTERNAL double *nv_i_report_grid (const NvReport *report, guint task, NvAxis axis,
                                      gsize *points);
/* out[n_counted x points]: the incumbent's score of each run that counts, by step
 * interpolation; carried on beyond a run's end. NAN before the first scored trial, and
 * where not known. */
NV_INTERNAL void nv_i_report_values (double *out, const NvReport *report, guint arm,
                                     NvAxis axis, NvScore score, const double *grid,
                                     gsize points);

/* What the curves of one task's arms are, over the runs that count, [n_arms x points]
 * each, arm by arm as in the task. NAN where an arm has nothing to show: some run has no
 * incumbent yet, or all runs have ended. */
typedef struct {
  NvAxis axis;
  NvScore score;
  gsize points;
  double *grid;                     /* [points] */
  double *mean, *low, *high;        /* 95 % bootstrap band of the mean */
  double *median, *lower, *upper;   /* quartiles */
  double *runs;                     /* how many runs the value is over */
} NvCurves;
NV_INTERNAL NvCurves *nv_i_curves_new (const NvReport *report, guint task, NvAxis axis,
                                       NvScore score);
NV_INTERNAL void nv_i_curves_free (NvCurves *curves);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (NvCurves, nv_i_curves_free)

/* All curves of a report (NvCurves *); the array owns them. */
NV_INTERNAL GPtrArray *nv_i_report_curves (const NvReport *report);
static inline const NvCurves *
nv_i_curves_of (const GPtrArray *curves, guint task, NvAxis axis, NvScore score)
{
  return curves->pdata[4 * task + 2 * axis + score];
}

/* --- numbers per arm ---------------------------------------------------------------- */

/* Sets report->summary; a loaded report has it. */
NV_INTERNAL void nv_i_report_summarise (NvReport *report);

/* The final scores of an arm's runs that count and are known: values[n], seeds[n] (may be
 * NULL), by seed; room for n_counted. Returns n. */
NV_INTERNAL guint nv_i_report_finals (double *values, gint64 *seeds,
                                      const NvReport *report, guint arm, NvScore score);
/* The score that the task's reports are about. */
static inline NvScore
nv_i_task_score (const NvReportTask *task)
{
  return task->tested ? NV_SCORE_TEST : NV_SCORE_OBSERVED;
}
/* A score, or a difference of two, as the task shows it: in per cent or not. */
static inline double
nv_i_shown (const NvReportTask *task, double score)
{
  return task->percent ? 100.0 * score : score;
}
/* Have two arms runs that count at the same seeds? */
NV_INTERNAL gboolean nv_i_same_seeds (const NvReportArm *a, const NvReportArm *b);
/* Pairs two lists by seed, both ascending: x[n], y[n], room for the shorter one.
 * Returns n. */
NV_INTERNAL guint nv_i_pair_seeds (double *x, double *y, const double *a,
                                   const gint64 *seed_a, guint n_a, const double *b,
                                   const gint64 *seed_b, guint n_b);

/* --- ranks and targets -------------------------------------------------------------- */

/* The seeds at which every arm of the task that has a run that counts has one, ascending;
 * g_array_unref. */
NV_INTERNAL GArray *nv_i_common_seeds (const NvReport *report, guint task);
/* Mean rank, 1 the best, of each arm's incumbent at each point of a grid of cells over the
 * common seeds, among the arms with a run that counts: [n_arms x points]; NAN for the
 * others, and where there is no common seed. g_free. */
NV_INTERNAL double *nv_i_report_ranks (const NvReport *report, guint task,
                                       const double *grid, gsize points);
/* Cells that a run needs until its incumbent's score reaches `target`;
 * G_MAXUINT: never. */
NV_INTERNAL guint nv_i_run_queries (const NvReportRun *run, NvScore score, double target);
#define NV_TARGETS 3
/* The task's targets, ascending: what half of the baseline's runs end at, and one half
 * and nine tenths of the way from there to the best score known. FALSE: there is nothing
 * to aim at. */
NV_INTERNAL gboolean nv_i_report_targets (double target[NV_TARGETS],
                                          const NvReport *report, guint task);

/* --- the protocol ------------------------------------------------------------------- */

/* Under what rules a task's numbers were made, one line of text per rule; g_strfreev. */
NV_INTERNAL char **nv_i_report_protocol (const NvReport *report, guint task);
/* TRUE: the task's seconds are a table's, not the clock's. */
NV_INTERNAL gboolean nv_i_task_simulated (const NvReport *report, guint task);
/* What the statistics say, in sentences; g_strfreev. */
NV_INTERNAL char **nv_i_report_verdict (const NvReport *report, guint task);

#endif
