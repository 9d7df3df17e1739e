/*
 * table_ranks: the parts of the table that only sharded runs have.
 * Knows: report/analysis.h, report/phrase.h, report/table.h, report/rank_parts.h.
 */
#ifndef PIXSCALE_REPORT_TABLE_RANKS_H
#define PIXSCALE_REPORT_TABLE_RANKS_H

#include <stdio.h>

#include "report/analysis.h"

/* Hosts, kind of scaling, and what a time is made of. Nothing for groups over threads. */
void table_ranks_about(FILE *out, const struct analysis_group *group);

/* For each number of ranks the seconds of list, shards and merge. Nothing for other groups. */
void table_ranks_parts(FILE *out, const struct analysis_group *group);

/* Ranks by threads, where both vary. */
void table_ranks_grids(FILE *out, const struct analysis *analysis);

/* Sharded runs that are left out, and why. */
void table_ranks_left_out(FILE *out, const struct analysis *analysis);

#endif
