/*
 * clock: monotonic time in nanoseconds.
 * Knows: libc.
 */
#ifndef PIXSCALE_BASE_CLOCK_H
#define PIXSCALE_BASE_CLOCK_H

#include <stdint.h>

/* CLOCK_MONOTONIC, ns. Costs some 20 ns: fit for once a strip and stage. */
int64_t clock_now_ns(void);

/* CLOCK_THREAD_CPUTIME_ID of the calling thread, ns. Costs some 250 ns: once an image at most. */
int64_t clock_thread_cpu_ns(void);

#endif
