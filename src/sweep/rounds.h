/*
 * rounds: how often each point of a sweep is measured, and in what order.
 *
 * A round measures every point once, in an order drawn anew, so that a machine that warms up, or a
 * neighbour that comes and goes, falls on all points alike. Rounds go on until the widest interval
 * of a speed-up is narrow enough or the time is spent; only whole rounds are made. What a point is,
 * and what measuring it means, is the caller's business, the clock too. Knows: base, GSL.
 */
#ifndef PIXSCALE_SWEEP_ROUNDS_H
#define PIXSCALE_SWEEP_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rounds_plan {
    size_t points;         /* at least 1 */
    size_t base;           /* the point that every speed-up is a ratio to */
    int least;             /* rounds before precision may end it */
    double ci;             /* the wanted half width of the 95 % interval, relative: 0.05 */
    double budget_seconds; /* no round begins that would not end within it, but the first */
    uint64_t seed;         /* of the orders */
};

enum rounds_outcome {
    ROUNDS_KEPT,    /* measured */
    ROUNDS_SPOILED, /* measured, but disturbed: the precision is judged without it */
    ROUNDS_STOP     /* no more */
};

struct rounds_progress {
    int round;       /* from 0 */
    size_t in_round; /* runs that are done of it */
    int expected;    /* rounds that it will take, as far as can be told now */
    double fraction; /* of the time, 0 … 1 */
};

/* What the caller does. All get `user`. */
struct rounds_steps {
    enum rounds_outcome (*measure)(void *user, size_t point, double *seconds);
    double (*elapsed)(void *user); /* seconds since the sweep began */
    void (*progress)(void *user, const struct rounds_progress *progress); /* may be NULL */
    void *user;
};

enum rounds_end {
    ROUNDS_PRECISE, /* every interval is within ±ci */
    ROUNDS_BUDGET,  /* another round would not have ended within the budget */
    ROUNDS_STOPPED, /* measure said so */
    ROUNDS_MEMORY
};

struct rounds_result {
    enum rounds_end end;
    int rounds; /* whole ones */
    int runs, spoiled;
    double half_width;    /* of the widest interval, relative; INFINITY: a point has too few runs */
    double round_seconds; /* of the last whole round */
};

/* Goes through the rounds. */
struct rounds_result rounds_go(const struct rounds_plan *plan, const struct rounds_steps *steps);

/* The order of round `round`: a permutation of 0 … count − 1, each equally likely. */
void rounds_order(uint64_t seed, int round, size_t *order, size_t count);

/* Runs of one point. */
struct rounds_sample {
    int runs;
    double mean, squares; /* Σ (x − mean)² */
};

void rounds_add(struct rounds_sample *sample, double seconds);

/* Relative half width of the widest 95 % interval of a speed-up mean(base) / mean(point), made on
 * its logarithm: exp(t · s · √(1/R_base + 1/R_point)) − 1, where s² is the relative variance pooled
 * over all points and t Student's quantile with Σ (R − 1) degrees of freedom. INFINITY while a
 * point has no run or no point has two; 0 for a single point. */
double rounds_half_width(const struct rounds_sample *samples, size_t count, size_t base);

#endif
