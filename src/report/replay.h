/*
 * replay: what a recorded run tells of runs that never were.
 *
 * One record with --items says what each item took, stage by stage, what it had been guessed to
 * cost, how long the serial phases were, and what starting, joining and handing out work cost. That
 * is all that a simulation of another team, schedule or order needs. Several one-thread records of
 * one group give the median of each number. Assumed throughout:
 * - the machine has as many cores as threads, and an item takes as long beside others as it did;
 * - serial phases do not depend on the team;
 * - starting and joining the team costs what it did (the region's time less that of its busiest
 *   thread), whatever the team;
 * - taking a chunk costs the recorded dispatch time divided by the chunks that the recorded
 *   schedule took. A schedule that took less than REPLAY_FEW_CHUNKS tells nothing of one: chunks
 *   cost nothing then, and what was recorded stays with the team's start. What passes between two
 *   items of one chunk is counted to the items.
 * Knows: model/simulator.h, report/readings.h, report/grouping.h.
 */
#ifndef PIXSCALE_REPORT_REPLAY_H
#define PIXSCALE_REPORT_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "model/simulator.h"
#include "profile/schedule.h"
#include "profile/stages.h"

#define REPLAY_FEW_CHUNKS 8
#define REPLAY_MOST_ITEMS 10000000 /* sorting and simulating so many takes some seconds */

struct replay_item {
    double stage[STAGE_DISPATCH]; /* seconds */
    int64_t row, cost;
};

/* Where a phase is when several nodes share the rows. */
enum replay_place {
    REPLAY_EVERY_NODE,  /* each has it in full */
    REPLAY_OWN_ROWS,    /* each for its own rows */
    REPLAY_ONCE_BEFORE, /* freezing the list */
    REPLAY_ONCE_AFTER   /* merging */
};

struct replay_phase {
    char *name;
    double seconds;
    bool grows; /* with the number of items; open, commit and other do not */
    enum replay_place place;
};

/* How a loop is run. */
struct replay_loop {
    int threads;
    struct schedule schedule;
    bool by_cost; /* costliest first, equal ones by row; else by row */
    enum simulator_runtime runtime;
};

/* Runs that were measured alike: to be held against the predictions. */
struct replay_measured {
    struct replay_loop loop;
    size_t runs;
    double median, least, most; /* seconds of the whole */
};

/* Sets of shards that were measured alike. */
struct replay_sets_point {
    struct replay_loop loop; /* of each shard */
    int shards;
    bool merged;  /* the times are with a merge, or need none */
    bool crowded; /* computing threads shared too few cores of one machine: no nodes of their own */
    size_t runs;
    double median, least, most; /* seconds of the slowest shard, and the merge */
};

struct replay_sets {
    struct replay_sets_point *points; /* by shards, then threads */
    size_t count;
    size_t incomplete; /* sets left out: a shard is missing, or there twice */
};

struct replay {
    char *what, *host; /* of the group, fit to be shown */
    struct replay_loop recorded;
    size_t runs;      /* records that the medians are of */
    size_t disturbed; /* records that were left out as disturbed; all are used if all were */
    bool all_disturbed;
    bool waiting; /* work that sleeps */
    int cores;    /* of the machine, CPUs where they are unknown; 0 unknown */
    struct replay_item *items;
    size_t count; /* by row */
    struct replay_phase *phases;
    size_t phase_count;
    double seconds;       /* median of the whole run */
    double chunk_seconds; /* of taking one; 0 where unknown */
    double item_seconds;  /* between two items of a chunk */
    double team_seconds;  /* starting and joining */
    bool chunks_known;
    struct replay_measured *measured; /* by threads, then in the order of reading */
    size_t measured_count;
    struct replay_sets sets;   /* and the measured runs, as sets of one */
    double freeze_row_seconds; /* for each row, of recorded freezings; NAN: none */
    double merge_row_seconds;
    int64_t bytes; /* of all files; 0: unknown */
};

/* Reads the records. Of `paths`, those with items and the smallest team are replayed, the others
 * are measured runs; all of `beside` are measured runs. Shards of one set are one measured run on
 * several nodes; records of merges and freezings tell what these take. Errors (usage): no record
 * with items; records of several groups; measured runs of something else. Freed by replay_free. */
bool replay_load(struct replay *replay, const char *const *paths, size_t count,
                 const char *const *beside, size_t beside_count, struct error *error);
void replay_free(struct replay *replay);

/* Seconds of the items in the order of a loop, scaled and multiplied: what simulations share. */
struct replay_work {
    double *seconds; /* [count] */
    size_t count;
    double serial; /* seconds of the phases outside of the region */
};

/* `factor` of each stage; `total` items in place of the recorded ones, 0 for these: the recorded
 * ones again and again, or of fewer an even selection. False without memory. */
bool replay_prepare(const struct replay *replay, bool by_cost, const double factor[STAGE_DISPATCH],
                    size_t total, struct replay_work *work);
void replay_release(struct replay_work *work);

struct replay_result {
    double seconds;    /* of the whole */
    double work, span; /* of the items in the region: their sum, and the longest */
};

/* Simulates. `work` must have been prepared in the order of the loop. False without memory. */
bool replay_run(const struct replay *replay, const struct replay_work *work,
                const struct replay_loop *loop, struct replay_result *result);

/* Names as the command line has them: "libgomp", "libomp"; ends with NULL. */
extern const char *const replay_runtimes[];

#endif
