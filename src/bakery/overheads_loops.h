/*
 * overheads_loops: the loops that overheads times, one for each way of sharing out the work.
 *
 * Meant to be read: they are what the table speaks of. Knows: base/clock.h, OpenMP.
 */
#ifndef PIXSCALE_BAKERY_OVERHEADS_LOOPS_H
#define PIXSCALE_BAKERY_OVERHEADS_LOOPS_H

#include <stdbool.h>
#include <stdint.h>

#include "bakery/overheads.h"

struct overheads_loops_result {
    uint64_t sum;    /* what came out */
    int64_t wall_ns; /* of the loop with its region; the team is warm */
};

/* Does `iterations` in that way with a team of `threads` (the bases: with none). Ways that sum give
 * 0 + 1 + … + (iterations − 1), ways that count give `iterations`. False when another team was
 * delivered or memory ran out. */
bool overheads_loops_run(enum overheads_way way, int threads, int64_t iterations,
                         struct overheads_loops_result *result);

/* Enters `regions` parallel regions in which each thread counts one; the sum is threads × regions.
 * False as above. */
bool overheads_loops_regions(int threads, int64_t regions, struct overheads_loops_result *result);

#endif
