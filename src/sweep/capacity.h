/*
 * capacity: the machine ceiling at each number of threads, measured beside the runs of a sweep.
 *
 * The kernel is profile/ceiling.h's. It runs in a forked process that ends with it: this process
 * must never have a team of its own, whose idle threads might spin beside the runs, and which the
 * runtime may not survive a fork with. Knows: profile/ceiling.h.
 */
#ifndef PIXSCALE_SWEEP_CAPACITY_H
#define PIXSCALE_SWEEP_CAPACITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run is spoiled when the ceiling beside it lies this far below the median of its point. */
#define CAPACITY_MOST_LOSS 0.05

/* Fewer say little about what is usual; with three, one is not its own median's judge alone. */
#define CAPACITY_LEAST 3

#define CAPACITY_KEPT 64 /* the latest: more would not move a median */

/* All zero at first. */
struct capacity {
    uint64_t steps; /* of the kernel, the same for the whole sweep; 0: not known yet */
};

/* In cores, in some 0.1 s; −1 when it cannot be measured. */
double capacity_measure(struct capacity *capacity, int threads);

/* What was measured at one number of threads so far. All zero at first. */
struct capacity_history {
    double cores[CAPACITY_KEPT];
    size_t count; /* ever added */
};

/* Adds a measurement; true when it shows that the machine gave less than usual, of which *usual
 * then tells. Unknown ones (negative) are neither added nor judged. */
bool capacity_fell(struct capacity_history *history, double cores, double *usual);

#endif
