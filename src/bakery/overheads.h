/*
 * overheads: what sharing out work costs by itself, measured on this machine.
 *
 * Three small experiments with computing work, each the same fixed work done several ways:
 * tiny tasks: numbers are added up, a few nanoseconds each, handed out by the schedules, or as one
 *     OpenMP task each;
 * one total: the same sum, each number added to one total that all threads share: by a reduction,
 *     an atomic addition, or in a critical section;
 * false sharing: each thread counts in a counter of its own; the counters lie side by side in one
 *     cache line, or 128 bytes apart.
 * Beside them: what an empty parallel region costs, and the machine ceiling, without which nobody
 * can tell a cost from a disturbed machine. Every result is checked: a fast wrong sum is no result.
 * Knows: base, profile/ceiling.h, sweep/points.h, OpenMP.
 */
#ifndef PIXSCALE_BAKERY_OVERHEADS_H
#define PIXSCALE_BAKERY_OVERHEADS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "sweep/points.h"

enum overheads_way {
    OVERHEADS_PLAIN, /* the loop without OpenMP: base of all sums */
    OVERHEADS_STATIC,
    OVERHEADS_DYNAMIC_100,
    OVERHEADS_DYNAMIC_1,
    OVERHEADS_TASKS,
    OVERHEADS_REDUCTION,
    OVERHEADS_ATOMIC,
    OVERHEADS_CRITICAL,
    OVERHEADS_COUNTER, /* one thread counting in memory without OpenMP: base of the next two */
    OVERHEADS_PADDED,
    OVERHEADS_ADJACENT,
    OVERHEADS_WAYS
};

enum overheads_experiment {
    OVERHEADS_TINY_TASKS,
    OVERHEADS_ONE_TOTAL,
    OVERHEADS_FALSE_SHARING,
    OVERHEADS_EXPERIMENTS
};

struct overheads_about {
    const char *name; /* "dynamic,1" */
    enum overheads_experiment experiment;
    enum overheads_way base; /* what its speed-up is counted from */
    int times, share;        /* it does times / share of the iterations: some are slow */
};
extern const struct overheads_about overheads_about[OVERHEADS_WAYS];

#define OVERHEADS_ITERATIONS       500000 /* a plain loop of 1 to 3 ms: a region's start is small */
#define OVERHEADS_LEAST_ITERATIONS 1000
#define OVERHEADS_MOST_ITERATIONS  1000000000
#define OVERHEADS_ROUNDS           7
#define OVERHEADS_MOST_ROUNDS      1000

/* With fewer of the team's cores than this, the figures are a guess. */
#define OVERHEADS_LEAST_CEILING 0.95

struct overheads_plan {
    struct points points;
    int64_t iterations;
    int rounds;
};

/* Wall, ns an iteration, over the rounds. */
struct overheads_cell {
    double best_ns, median_ns;
};

struct overheads {
    struct overheads_plan plan;
    struct overheads_cell cell[OVERHEADS_WAYS][POINTS_MAX]; /* bases: the same at every point */
    struct overheads_cell region[POINTS_MAX];               /* an empty parallel region, ns each */
    double cores[POINTS_MAX]; /* the machine ceiling beside it, median over the rounds */
};

/* Measures; every round does everything once, so that a disturbance falls on all alike. False when
 * the runtime delivered another team, memory ran out, or a sum came out wrong. Starts parallel
 * regions of its own: not for use between a region and a fork. */
bool overheads_measure(const struct overheads_plan *plan, struct overheads *overheads,
                       struct error *error);

/* How many times faster than its base a way is at a point: medians. */
double overheads_speedup(const struct overheads *overheads, enum overheads_way way, size_t point);

#endif
