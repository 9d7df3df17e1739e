/*
 * coffee: one after the other, or while something else waits: synchronous and asynchronous work.
 *
 * Coffee brews for 5 minutes and needs nobody, a toast takes 2. In the synchronous order one toast
 * and one coffee take 7 minutes; asynchronously, as OpenMP tasks, two toasts and one coffee take 5.
 * A team of two whatever OMP_NUM_THREADS says. Sleeps on chained absolute deadlines, as toast does.
 * Knows: base, OpenMP.
 */
#ifndef PIXSCALE_BAKERY_COFFEE_H
#define PIXSCALE_BAKERY_COFFEE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

#define COFFEE_BREW_MINUTES  5.0
#define COFFEE_TOAST_MINUTES 2.0
#define COFFEE_EVENTS        3

enum coffee_order { COFFEE_SYNCHRONOUS, COFFEE_ASYNCHRONOUS };

struct coffee_event {
    const char *what; /* "coffee", "toast 1", "toast 2" */
    int thread;
    double start_minutes, end_minutes; /* since the run's start, as measured */
};

struct coffee_run {
    enum coffee_order order;
    double predicted_minutes, measured_minutes;
    struct coffee_event event[COFFEE_EVENTS];
    int events; /* 2 or 3, by start */
};

/* Makes it, with a minute of `minute_ns`. False when the runtime did not deliver two threads. */
bool coffee_make(enum coffee_order order, int64_t minute_ns, struct coffee_run *run,
                 struct error *error);

#endif
