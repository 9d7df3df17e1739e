/*
 * verdict_excluded: the verdict's sentence on runs that were left out of the fit, and why.
 * Knows: report/analysis.h, report/phrase.h.
 */
#ifndef PIXSCALE_REPORT_VERDICT_EXCLUDED_H
#define PIXSCALE_REPORT_VERDICT_EXCLUDED_H

#include <stdio.h>

#include "report/analysis.h"

/* Writes the sentence, with a blank behind it; nothing where all runs count. Reasons that differ in
 * their figures alone are told once. */
void verdict_excluded_write(FILE *out, const struct analysis_group *group);

#endif
