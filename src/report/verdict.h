/*
 * verdict: what a study says, in plain words.
 *
 * "Serial" is said only of time that timers saw outside the parallel region. Of the fitted share it
 * is said that the curve bends like it. What cannot be told is named as that, with the reason.
 * Knows: report/analysis.h, report/phrase.h.
 */
#ifndef PIXSCALE_REPORT_VERDICT_H
#define PIXSCALE_REPORT_VERDICT_H

#include "report/analysis.h"

/* Several sentences on one line, owned by the caller. NULL when memory ran out. */
char *verdict_text(const struct analysis_group *group);

/* Whether any run, kept or not, says where its time went. */
bool verdict_timed(const struct analysis_group *group);

/* Numbers of threads with runs that take part in the fits. */
int verdict_counts(const struct analysis_group *group);

/* The ledger of the largest team that takes part in the fits, or NULL. */
const struct study_ledger *verdict_ledger(const struct analysis_group *group);

/* The unit of a loss: "of a core", "cores", "of a rank", "ranks". */
const char *verdict_units(const struct analysis_group *group, double count);

#endif
