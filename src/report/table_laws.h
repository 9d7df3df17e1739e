/*
 * table_laws: the part of the table that is inference: serial shares, laws, predictions.
 * Knows: report/analysis.h, report/phrase.h, report/table.h.
 */
#ifndef PIXSCALE_REPORT_TABLE_LAWS_H
#define PIXSCALE_REPORT_TABLE_LAWS_H

#include <stdio.h>

#include "report/analysis.h"

/* By the clock, by the fit, and by Karp and Flatt, with what the last is made of. */
void table_laws_shares(FILE *out, const struct analysis_group *group);

/* Every law that was fitted, the selected one marked. */
void table_laws_models(FILE *out, const struct analysis_group *group);

void table_laws_predictions(FILE *out, const struct analysis_group *group);

#endif
