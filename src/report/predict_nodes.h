/*
 * predict_nodes: what many machines would bring, each with a shard of a recorded run.
 *
 * The rows are cut into contiguous ranges by recorded cost, as shards are (base/ranges.h); each
 * node runs the recorded loop over its own. What a run does outside of the loop is shared out so:
 * - once, before:   scan. The list is frozen, and the nodes wait for it;
 * - once, after:    index, commit, drop. They are the merge's; where a merge was recorded, its time
 *                   for each row counts instead, as that of a recorded freezing does for scan;
 * - on each node:   plan, collect, sync for its own rows; all else in full (open, dough, other).
 * The whole is freeze + slowest node + merge. A single node is a plain run and needs no merge. Not
 * known and not counted: waiting for the nodes, starting processes, reading a frozen list.
 *
 * Bytes that all nodes read from one file system, or each by its own link, cannot come faster than
 * that gives them: while the loops last, they flow as model/fluid.h shares them out, a node's at
 * most as fast as its loop would take them.
 *
 * Assumed besides what replay.h assumes: nodes are like the recorded machine. Loops are simulated;
 * of a greedy schedule over more than PREDICT_NODES_EXACT rows the middle of its bounds counts
 * (Graham 1966), as long as it is not wrong by more than PREDICT_NODES_ERROR.
 * Knows: report/predict.h, report/predict_rows.h, model/fluid.h.
 */
#ifndef PIXSCALE_REPORT_PREDICT_NODES_H
#define PIXSCALE_REPORT_PREDICT_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "report/predict.h"
#include "report/predict_rows.h"

#define PREDICT_NODES_MOST   10000 /* of them: sharing out bandwidth grows with their square */
#define PREDICT_NODES_POINTS 256
#define PREDICT_NODES_EXACT  10000 /* rows of a shard, beyond which bounds are asked first */
#define PREDICT_NODES_ERROR  0.001
#define PREDICT_NODES_KNEE   1.05 /* times the best: so near to it fewer nodes are as good */

enum predict_limit {
    PREDICT_LIMIT_COMPUTE,     /* the loop, well shared: more nodes help */
    PREDICT_LIMIT_ITEM,        /* the longest item is half of the longest loop, or more */
    PREDICT_LIMIT_SHARD,       /* one loop is twice as long as they are on average, or longer */
    PREDICT_LIMIT_SCHEDULE,    /* loops are twice as long as if shared evenly among the threads */
    PREDICT_LIMIT_FILE_SYSTEM, /* what all nodes read together */
    PREDICT_LIMIT_LINK,        /* what one node can read */
    PREDICT_LIMIT_START,       /* what each node does beside its loop */
    PREDICT_LIMIT_FREEZE,
    PREDICT_LIMIT_MERGE
};

struct predict_nodes_options {
    int nodes[PREDICT_NODES_POINTS]; /* ascending, each once */
    size_t node_count;
    int threads;    /* of a node; 0: as recorded */
    bool scheduled; /* `schedule` was given; else as recorded */
    struct schedule schedule;
    int order, runtime;            /* as in predict_options */
    double factor[STAGE_DISPATCH]; /* as there */
    uint64_t items_total;          /* 0: as many as recorded */
    double bandwidth;              /* bytes a second for all nodes together; 0: no limit */
    double node_bandwidth;         /* for each; 0: no limit */
};

struct predict_nodes_options predict_nodes_options_default(void);

struct predict_nodes_point {
    int nodes;
    double seconds;             /* freeze + node + merge */
    double speedup, efficiency; /* over one node, and that divided by the nodes */
    double freeze, node, merge; /* node: the slowest */
    double start, loop;         /* of the slowest node; loop with waiting for bytes */
    double compute;             /* longest loop if no byte were waited for */
    double mean;                /* of all loops, likewise */
    double even;                /* loop of a node if the work could be shared evenly */
    double work;                /* of all loops, in seconds of one thread */
    double ceiling;             /* speed-up that the bytes allow; INFINITY without a limit */
    double node_hours;          /* all nodes for as long as the slowest, one for freeze and merge */
    uint64_t least_rows, most_rows;
    enum predict_limit limit;
    double error; /* of `compute`, at most, in parts of it */
};

/* Shards that were measured alike, and what is predicted for them, with stages and rows as they
 * were. */
struct predict_nodes_check {
    const struct replay_sets_point *measured;
    double seconds, error; /* predicted / median - 1 */
    double speedup;        /* of the median, over one node like these */
};

struct predict_nodes {
    const struct replay *replay;
    struct predict_nodes_options options; /* with the defaults filled in */
    struct replay_loop loop;              /* of each node */
    struct predict_rows rows;
    double bytes;                       /* of all rows; NAN unknown */
    double base_seconds;                /* one node */
    struct predict_nodes_point *points; /* [options.node_count] */
    int knee;                           /* least nodes within PREDICT_NODES_KNEE of the best */
    double best_seconds;
    struct predict_nodes_check *checks; /* [replay->sets.count] */
};

/* The replay must outlive it. Errors: usage (bandwidth, and the record does not know its bytes; too
 * many rows for this schedule), memory. Freed by predict_nodes_free. */
bool predict_nodes_make(struct predict_nodes *nodes, const struct replay *replay,
                        const struct predict_nodes_options *options, struct error *error);
void predict_nodes_free(struct predict_nodes *nodes);

/* One more number of nodes: for curves. Errors as there. */
bool predict_nodes_at(const struct predict_nodes *nodes, int count,
                      struct predict_nodes_point *point, struct error *error);

/* "compute", "longest item", ... */
const char *predict_nodes_limit(enum predict_limit limit);

/* The base in words, "1 node of 16 threads, dynamic,1: 812.4 s", in `size` bytes of `text`. */
void predict_nodes_base(const struct predict_nodes *nodes, char *text, size_t size);

#endif
