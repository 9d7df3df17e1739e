/*
 * rank_parts: what the times of sharded runs are made of, for tables and figures.
 *
 * Means over the runs of one point, and a table of ranks by threads over all runs of one list of
 * inputs. Knows: report/analysis.h.
 */
#ifndef PIXSCALE_REPORT_RANK_PARTS_H
#define PIXSCALE_REPORT_RANK_PARTS_H

#include "report/analysis.h"

/* Seconds, each a mean over the runs of the point; NAN unknown. slowest + freeze + merge are the
 * point's seconds. */
struct rank_parts {
    int ranks, runs;
    bool excluded;
    double freeze, slowest, mean, startup, merge, seconds;
    bool freeze_known, merge_known; /* in any of its runs */
};

/* Of the point of that index of a group over ranks. */
struct rank_parts rank_parts_of(const struct analysis_group *group, size_t point);

/* The run whose shards are shown: of the most ranks that are kept (else of the most) the one whose
 * time is the middle one. NULL where no run was sharded. */
const struct rank_set *rank_parts_shown(const struct analysis_group *group);

#define RANK_GRID_MOST 32 /* rows, and columns; more make no table for people */

struct rank_cell {
    double seconds, speedup; /* NAN: not measured */
    int runs;
    bool excluded; /* no run of it is in the fits */
};

struct rank_grid {
    int ranks[RANK_GRID_MOST], threads[RANK_GRID_MOST]; /* ascending */
    size_t rows, columns;
    struct rank_cell cell[RANK_GRID_MOST][RANK_GRID_MOST]; /* [row][column] */
    int base_ranks, base_threads; /* what speed-ups are over: of the fewest threads in all */
    double base_seconds;
};

/* False where ranks or threads do not vary, or no cell is in the fits. */
bool rank_parts_grid(struct rank_grid *grid, const struct ranks_family *family);

#endif
