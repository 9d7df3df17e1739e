/*
 * fit_json_ranks: what `fit --json` says of sharded runs alone.
 * Knows: report/analysis.h, report/rank_parts.h, jansson.
 */
#ifndef PIXSCALE_REPORT_FIT_JSON_RANKS_H
#define PIXSCALE_REPORT_FIT_JSON_RANKS_H

#include <jansson.h>
#include <stdbool.h>

#include "report/analysis.h"

/* Adds `weak_by` ("records", "rows" or null), `parts` (means for each number of ranks) and `sets`
 * (every run) to the object of a group over ranks. False: no memory. */
bool fit_json_ranks(json_t *json, const struct analysis_group *group);

/* A list of tables of ranks by threads: base and cells. NULL: no memory. */
json_t *fit_json_grids(const struct analysis *analysis);

/* The sentences on sharded runs that are left out. NULL: no memory. */
json_t *fit_json_left_out(const struct analysis *analysis);

#endif
