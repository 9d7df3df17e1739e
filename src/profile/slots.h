/*
 * slots: one cache-line padded set of counters a thread, readable by others while it runs.
 *
 * A slot has one writer. Its counters are relaxed atomics read and written by plain moves: no
 * read-modify-write, no lock. A reader sees each counter somewhat late, never torn; sums are exact
 * after the threads have joined.
 * Knows: libc.
 */
#ifndef PIXSCALE_PROFILE_SLOTS_H
#define PIXSCALE_PROFILE_SLOTS_H

#include <stdatomic.h>
#include <stdint.h>

struct slots_counts {
    uint64_t items; /* inputs finished, failed ones included */
    uint64_t failed;
    uint64_t bytes;  /* read of files */
    uint64_t pixels; /* decoded */
};

struct slots_slot {
    _Alignas(128) _Atomic uint64_t items; /* two lines: the prefetcher fetches pairs */
    _Atomic uint64_t failed, bytes, pixels;
};

struct slots {
    int count;
    struct slots_slot slot[];
};

/* `count` slots, all zero; NULL when memory ran out. */
struct slots *slots_new(int count);
void slots_free(struct slots *slots);

/* Adds to a slot; only ever called by the slot's own thread. */
void slots_add(struct slots_slot *slot, const struct slots_counts *counts);

/* Sums over all slots. */
struct slots_counts slots_sum(const struct slots *slots);

#endif
