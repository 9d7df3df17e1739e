/*
 * rank_crowd: whether shards on one host were at work at once with more threads than it has cores.
 *
 * Times of ranks that share cores say nothing of nodes beside each other. Records tell when a shard
 * began (to the second), how long it took, where, and how many cores it was allowed. Where all
 * threads at work at once are more than the cores of the best-placed shard, either the shards were
 * given cores of their own, or they shared them: then the threads got less CPU time than they were
 * busy for, which tells the two apart. Knows: report/rank_sets.h.
 */
#ifndef PIXSCALE_REPORT_RANK_CROWD_H
#define PIXSCALE_REPORT_RANK_CROWD_H

#include "report/rank_sets.h"

struct rank_crowd {
    const char *host; /* NULL: unknown; of the worst */
    size_t ranks;     /* at work at once; 0: nobody was crowded */
    int64_t cores;    /* that they shared */
};

/* Finds the most crowded host of a set. False: no memory. */
bool rank_crowd_find(struct rank_crowd *crowd, const struct rank_set *set);

/* How many different hosts the set was made on, by name; those without one count as one. False: no
 * memory. */
bool rank_crowd_hosts(size_t *hosts, const struct rank_set *set);

#endif
