/*
 * slots: how far each thread is, readable while it works.
 *
 * A thread writes only to its own slot, so that adding needs neither a lock nor an atomic
 * read-modify-write: the counters are C11 atomics that are loaded and stored relaxed, which are
 * plain moves. Any thread may sum at any time. A sum is no snapshot: it may find one counter of a
 * slot before and another after the same slots_add; each counter by itself never goes back, and
 * after the join (or a barrier) the sum is exact.
 * Knows: libc.
 */
#ifndef PIXSCALE_PROFILE_SLOTS_H
#define PIXSCALE_PROFILE_SLOTS_H

#include <stdint.h>

struct slots;
struct slot;

struct slots_totals {
    uint64_t items;  /* done, the failed among them */
    uint64_t failed; /* of these */
    uint64_t bytes;  /* of input read */
    uint64_t pixels; /* decoded */
};

/* One zeroed slot a thread; the caller frees it by slots_free. NULL without memory or when
 * `threads` is less than 1. */
struct slots *slots_new(int threads);

/* NULL is allowed. */
void slots_free(struct slots *slots);

/* The slot of a thread, 0 … threads − 1. To be taken once, before the thread's loop. */
struct slot *slots_of(struct slots *slots, int thread);

/* Adds to a slot. Only the thread that owns it may. */
void slots_add(struct slot *slot, const struct slots_totals *add);

/* The sum over all slots. From any thread. */
void slots_sum(const struct slots *slots, struct slots_totals *totals);

#endif
