/*
 * verdict_cause: the verdict's sentence on the main loss: its name, its size, and what to do about
 * it. Knows: report/analysis.h, report/phrase.h.
 */
#ifndef PIXSCALE_REPORT_VERDICT_CAUSE_H
#define PIXSCALE_REPORT_VERDICT_CAUSE_H

#include <stdbool.h>
#include <stdio.h>

#include "report/analysis.h"

/* Whether the diagnosis names a cause: neither "none" nor "unknown". */
bool verdict_cause_named(const struct analysis_group *group);

/* Writes the sentence, with a blank behind it; nothing where no cause is named. */
void verdict_cause_write(FILE *out, const struct analysis_group *group);

#endif
