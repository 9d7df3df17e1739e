/*
 * record: one measured run as one JSON object on one line (pixscale.profile/1), and back.
 *
 * JSON Lines is the only thing between measuring and modelling: whatever wrote a record, on
 * whatever machine and when, can be read here. Units stand in the names. A quantity that was not
 * measured is absent: RECORD_UNKNOWN for numbers, NULL for text. Knows: base, jansson.
 */
#ifndef PIXSCALE_PROFILE_RECORD_H
#define PIXSCALE_PROFILE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "profile/stages.h"

#define RECORD_SCHEMA  "pixscale.profile/1"
#define RECORD_UNKNOWN (-1)

struct record_phase {
    char *name; /* "scan", "plan", "open", "process" (the region, or its loop with --serial),
                   "collect", "drop", "index", "sync", "commit", "other" */
    bool parallel;
    int64_t wall_ns;
};

struct record_thread {
    int64_t items, busy_ns, idle_ns, cpu_ns, dispatch_ns;
    int64_t stage_ns[STAGE_DISPATCH]; /* the stages before it */
};

struct record_item {
    int64_t row, thread, cost, start_ns; /* start: since the region's start */
    int64_t stage_ns[STAGE_DISPATCH];
};

/* All text is owned by the record; record_free frees it. */
struct record {
    char *tool_version, *tool_git, *time_utc;

    /* host */
    char *host_name, *cpu_model, *kernel;

    /* omp */
    int64_t requested, delivered;
    char *schedule, *bind, *places, *wait_policy, *runtime;

    /* limits */
    int64_t affinity_cpus;
    double cgroup_cpus; /* 0: no quota */
    int64_t cores;      /* physical cores allowed; RECORD_UNKNOWN where the topology shows none */

    /* guard */
    double steal_ms, throttled_ms, foreign_cpu_ms; /* RECORD_UNKNOWN: not measurable */
    double capacity; /* of the machine ceiling at this team, in cores; RECORD_UNKNOWN */
    double load1;
    int64_t involuntary_switches;
    bool contaminated;
    char *why; /* why it is contaminated, or NULL */

    /* job */
    char *kind; /* "run", "foreign", "serial", "weak", "bakery", "manifest", "merge" */
    char *work; /* "computing" or "waiting" */
    char *command, *options, *manifest_hash;
    int64_t items, failed, bytes, pixels;
    bool oversubscribe, serial, weak;

    /* shard: of work that several processes share; shards 0 or RECORD_UNKNOWN: all of it. Records
     * of one set belong together: those of its shards, and of the merge. */
    char *set;             /* equal for the shards of one set, different for others */
    int64_t shard, shards; /* K of N, from 1; a merge has no shard (RECORD_UNKNOWN) */
    int64_t first_row, rows, set_rows;

    /* launch */
    char *launcher; /* "slurm array", "slurm step", "openmpi", "pmi"; NULL: none */
    int64_t rank, ranks, local_ranks; /* rank from 0; RECORD_UNKNOWN without a launcher */

    /* clock: profiling itself cost stamps × stamp_ns of the threads' time */
    int64_t clock_step_ns, stamps;
    double stamp_ns; /* these three RECORD_UNKNOWN without a profile */

    int64_t wall_ns;
    struct record_phase *phases;
    size_t phase_count;
    struct record_thread *threads; /* NULL for foreign programs */
    size_t thread_count;
    struct record_item *item; /* NULL without --items */
    size_t item_count;
};

#define RECORD_MOST_NS      1000000000000000 /* 11 days: more is a broken record, not a long run */
#define RECORD_MOST_COUNT   1000000000000000000
#define RECORD_MOST_THREADS 4096
#define RECORD_MOST_CPUS    1000000 /* far above any machine, and an int holds it */

/* A record of which nothing is known: every number RECORD_UNKNOWN, all else 0 or NULL. To be filled
 * by whoever measures. */
struct record record_unknown(void);

/* Writes the record as one line with one write(2) to a stream opened for appending, under a lock
 * (flock), so that several writers do not mix. False: output. */
bool record_write(const struct record *record, FILE *stream, struct error *error);

/* The same to the end of a file, which is created when it is missing. A last line that was cut (a
 * crash, a full disk) is ended first, so that it spoils only itself. */
bool record_append(const struct record *record, const char *path, struct error *error);

/* Parses one line of `length` bytes. `where` ("file:12") begins the error's text, which names the
 * member that is wrong ("file:12: guard.steal_ms: ..."). False (usage) on broken JSON, another
 * schema, wrong types, NaN, negative or absurd numbers, deep nesting, columns of different lengths,
 * items of threads that are not there. Needed are schema, wall_ns and omp.delivered; all else may
 * be absent or null, and a member of another name is left alone. Times are at most RECORD_MOST_NS,
 * counts RECORD_MOST_COUNT, CPUs RECORD_MOST_CPUS, threads RECORD_MOST_THREADS: sums over a
 * record's threads or phases fit 64 bits. On failure *record is empty and needs no record_free. */
bool record_parse(struct record *record, const char *line, size_t length, const char *where,
                  struct error *error);

/* Frees what the record owns; a zeroed one is fine. */
void record_free(struct record *record);

#endif
