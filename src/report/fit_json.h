/*
 * fit_json: an analysis for machines, pixscale.fit/1.
 *
 * What the data cannot identify is null, and the group's verdict says why.
 * Knows: report/analysis.h, jansson.
 */
#ifndef PIXSCALE_REPORT_FIT_JSON_H
#define PIXSCALE_REPORT_FIT_JSON_H

#include <jansson.h>

#include "report/analysis.h"

#define FIT_JSON_SCHEMA "pixscale.fit/1"

/* Digits that keep the sum of a ledger to 1e-9. */
#define FIT_JSON_FLAGS (JSON_INDENT(2) | JSON_REAL_PRECISION(12))

/* The caller has the reference. NULL when memory ran out. */
json_t *fit_json_new(const struct analysis *analysis);

#endif
