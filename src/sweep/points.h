/*
 * points: the numbers of threads at which a sweep measures.
 * Knows: base.
 */
#ifndef PIXSCALE_SWEEP_POINTS_H
#define PIXSCALE_SWEEP_POINTS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define POINTS_MAX_THREADS 1024 /* as `run` has it */
#define POINTS_MAX         64   /* of one sweep: each costs a run in every round */

struct points {
    int threads[POINTS_MAX]; /* ascending, each once */
    size_t count;
};

/* The list for a machine of that many usable CPUs (at least 1): 1, 2, 3, 4, 6, 8, 12, 16, 24 …
 * and the number of CPUs itself; with `oversubscribe` up to twice as many. */
void points_default(struct points *points, int cpus, bool oversubscribe);

/* Reads a list such as "1,2,4-8,16", in any order, repeats allowed. False (usage, without the name
 * of an option) when it is none. */
bool points_parse(struct points *points, const char *text, struct error *error);

#endif
