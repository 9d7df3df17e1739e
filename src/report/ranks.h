/*
 * ranks: sharded runs sorted into studies over the number of ranks.
 *
 * What study.h fits over threads it fits over ranks as well: a point is a number of ranks, each of
 * the same number of threads, and its time that of rank_sets.h. Sets of one list of inputs are
 * strong scaling; sets of lists that grow with the ranks are weak scaling, either because their
 * records say so or because the rows a rank are the same within RANKS_SAME_ROWS. Sets of different
 * CPUs, options or versions are never put together; hosts may differ, as nodes do.
 * Knows: report/rank_sets.h, model/study.h.
 */
#ifndef PIXSCALE_REPORT_RANKS_H
#define PIXSCALE_REPORT_RANKS_H

#include <stdbool.h>
#include <stddef.h>

#include "model/study.h"
#include "report/rank_sets.h"

#define RANKS_SAME_ROWS 0.02

enum ranks_scaling {
    RANKS_STRONG,     /* one list of inputs */
    RANKS_WEAK_SAID,  /* the records say that the work grows */
    RANKS_WEAK_FOUND, /* the rows say so */
};

struct ranks_group {
    char *name, *what; /* for people; names are unique */
    enum ranks_scaling scaling;
    int threads;                  /* of each rank */
    const struct rank_set **sets; /* in the order of rank_sets */
    size_t count;
};

/* All sets of one list of inputs, whatever their threads. */
struct ranks_family {
    const struct rank_set **sets;
    size_t count;
};

struct ranks {
    struct ranks_group *groups;
    size_t count;
    struct ranks_family *families; /* those with several numbers of ranks and of threads */
    size_t family_count;
};

/* Groups without a sharded run are none. False: no memory. Freed by ranks_free in either case. */
bool ranks_make(struct ranks *ranks, const struct rank_sets *sets);
void ranks_free(struct ranks *ranks);

/* The set as a run of `ranks` workers. Of the account what the merge, the freezing and the shards
 * do outside their parallel regions is serial: that no rank more makes shorter. `scale` is its
 * rows over `one`, those of one rank; 1 where that is 0. */
struct study_run ranks_run(const struct rank_set *set, double one);

/* Mean rows of the sets of one rank, or rows a rank where there are none; 0 unknown. */
double ranks_rows_of_one(const struct ranks_group *group);

#endif
