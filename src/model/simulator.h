/*
 * simulator: how long a parallel loop takes, from what each of its iterations takes.
 *
 * A discrete-event simulation of OpenMP's schedules: threads take chunks of iterations in order and
 * work through them; nothing else is in the way. Pure numbers, in seconds. The rules by which the
 * runtimes cut chunks were read from their behaviour and are tested against it:
 * static without a chunk: n/p each, the first n mod p threads one more; static,c: chunk i belongs
 * to thread i mod p; dynamic,c: the thread that is free first takes the next c; guided,c: the next
 * max(c, ceil(left/p)) in libgomp, in libomp floor(left/(2p)) while that is more than c and c after
 * it; auto is static in libgomp and in libomp a guided that leaves ceil(n·(1 − 1/(2p))^k) after k
 * chunks, single iterations when no more than 3p are left. One thread takes all at once, but for
 * libgomp's dynamic.
 * Bounds: Graham (1966), Brent (1974). Knows: libc.
 */
#ifndef PIXSCALE_MODEL_SIMULATOR_H
#define PIXSCALE_MODEL_SIMULATOR_H

#include <stdbool.h>
#include <stddef.h>

#define SIMULATOR_MOST_THREADS 1024

enum simulator_schedule { SIMULATOR_STATIC, SIMULATOR_DYNAMIC, SIMULATOR_GUIDED, SIMULATOR_AUTO };

enum simulator_runtime { SIMULATOR_LIBGOMP, SIMULATOR_LIBOMP };

struct simulator_loop {
    const double *seconds; /* [count] of each iteration, in the order of the loop */
    size_t count;
    int threads; /* 1 to SIMULATOR_MOST_THREADS */
    enum simulator_schedule schedule;
    long chunk; /* 0: the runtime's default */
    enum simulator_runtime runtime;
    double chunk_seconds; /* what taking one chunk costs the thread that takes it */
    double fork_seconds;  /* from the region's start to the first chunk, on every thread */
    double join_seconds;  /* from the last end to the region's */
    const double *slower; /* [threads] factor on all that a thread does; NULL: 1 each */
};

struct simulator_result {
    double seconds;             /* of the region */
    double work;                /* sum of the iterations and of taking the chunks: T1 of the loop */
    double span;                /* the longest iteration: no schedule is faster */
    double max_busy, mean_busy; /* over the threads */
    size_t chunks;
};

/* Simulates. False when memory ran out. */
bool simulator_run(const struct simulator_loop *loop, struct simulator_result *result);

/* One chunk, as it was taken. */
struct simulator_chunk {
    size_t first, count; /* iterations */
    int thread;
    double start, end; /* since the region's start; taking it is the beginning of it */
};
typedef void (*simulator_chunk_fn)(void *user, const struct simulator_chunk *chunk);

/* The same and tells of every chunk: those of one thread in the order of time. */
bool simulator_trace(const struct simulator_loop *loop, struct simulator_result *result,
                     simulator_chunk_fn tell, void *user);

/* No schedule of `threads` equal threads is faster than `least`: max(work/p, span). A greedy one
 * (dynamic,1) is not slower than `greedy`: (work − span)/p + span. */
struct simulator_bounds {
    double least, greedy;
};
struct simulator_bounds simulator_bounds(double work, double span, int threads);

#endif
