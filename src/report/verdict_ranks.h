/*
 * verdict_ranks: what the verdict says of sharded runs alone.
 * Knows: report/analysis.h, report/phrase.h, report/rank_parts.h.
 */
#ifndef PIXSCALE_REPORT_VERDICT_RANKS_H
#define PIXSCALE_REPORT_VERDICT_RANKS_H

#include <stdio.h>

#include "report/analysis.h"

/* What the times are of, and what of that of the most ranks went to imbalance, merge, list and
 * start-up. Nothing for groups over threads. */
void verdict_ranks_write(FILE *out, const struct analysis_group *group);

/* What to do about the main loss, as the rest of a sentence. */
void verdict_ranks_remedy(FILE *out, const struct analysis_group *group);

#endif
