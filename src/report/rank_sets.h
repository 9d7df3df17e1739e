/*
 * rank_sets: the records of shards put together to the runs that they were shards of.
 *
 * A sharded run of n shards is n ranks of p threads each. Its time is that of the slowest shard,
 * plus the merge where that is recorded, plus the freezing of the list of inputs where that is:
 * what n nodes beside each other take, whenever and in whichever order the shards were made. A set
 * of which a shard has no record is none, and it is said which. A run that was not sharded counts
 * as one rank. Shards that were at work on one host at once with more threads than it has cores
 * held each other up: that is found here, and said. Knows: report/readings.h, report/runs.h.
 */
#ifndef PIXSCALE_REPORT_RANK_SETS_H
#define PIXSCALE_REPORT_RANK_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/readings.h"

struct rank_shard {
    const struct record *record; /* the last one, where a shard was made in several goes */
    double seconds;              /* wall, of all its records */
    double startup;              /* of that outside its parallel region; NAN unknown */
    double busy;                 /* of its slowest thread; NAN unknown */
    int goes;                    /* records */
};

struct rank_set {
    const char *id;            /* NULL: a run that was not sharded */
    struct rank_shard *shards; /* [ranks] */
    size_t ranks;
    int threads;          /* of each rank */
    double freeze, merge; /* seconds; 0 where not recorded */
    bool freeze_known, merge_known;
    double slowest, mean; /* of the shards' seconds */
    double startup;       /* mean over the shards; NAN unknown */
    double seconds;       /* freeze + slowest + merge */
    size_t hosts;         /* different ones */
    int64_t rows;         /* of the whole; 0 unknown */
    char *why;            /* why it is left out of the fits, or NULL */
};

struct rank_sets {
    struct rank_set *sets; /* in the order of their first records; runs without shards last */
    size_t count;
    char **left_out; /* sentences: what is no set, and why not */
    size_t left_out_count;
};

/* Whether the record is part of a sharded run, or of what goes before and after one, and so no run
 * of its own. */
bool rank_sets_is_part(const struct record *record);

/* Collects the sets of all records; where there is any, runs that were not sharded too. The sets
 * point into readings->records. `include_smt`: threads beyond the cores do not count as too many.
 * False: no memory. Freed by rank_sets_free in either case. */
bool rank_sets_make(struct rank_sets *sets, const struct readings *readings, bool include_smt);
void rank_sets_free(struct rank_sets *sets);

#endif
