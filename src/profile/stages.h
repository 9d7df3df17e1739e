/*
 * stages: where a worker's time goes, stamped by the worker itself.
 *
 * A clock of stages always runs in exactly one stage; entering the next one costs one reading of
 * the monotonic clock (some 20 ns) and an addition, once a strip and stage. A NULL clock costs one
 * test: so profiling is switched off. One clock a thread, in that thread's own memory, padded.
 * Knows: base/clock.h.
 */
#ifndef PIXSCALE_PROFILE_STAGES_H
#define PIXSCALE_PROFILE_STAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

enum stage {
    STAGE_READ,     /* open, read, sniff, close */
    STAGE_DECODE,   /* header, tables, entropy decoding, IDCT, inflating, unfiltering */
    STAGE_CONVERT,  /* rows to RGB or luma */
    STAGE_RESIZE,   /* resampling, placing */
    STAGE_STORE,    /* formatting the row, sums, pwrite */
    STAGE_DISPATCH, /* between items: the schedule, progress, counting, tools; and at the gate */
    STAGE_COUNT
};

/* "read", "decode", … as the record names them ("dispatch" is a field of its own there). */
const char *stages_name(enum stage stage);

struct stages_clock {
    _Alignas(128) int64_t last_ns; /* when the current stage was entered */
    enum stage current;
    int64_t ns[STAGE_COUNT];
    int64_t start_ns, end_ns; /* of the thread's work in the region */
    int64_t cpu_ns;           /* thread CPU time between them */
    int64_t cpu_start_ns;
    int64_t item_start_ns, before_ns[STAGE_DISPATCH]; /* at the start of the item in hand */
    uint64_t stamps; /* readings of the clock: cost = stamps × what one costs */
    uint64_t items;
};

/* What one item took: its share of the clock of the thread that it was worked on by. */
struct stages_item {
    int64_t start_ns; /* clock_now_ns at its start */
    int64_t ns[STAGE_DISPATCH];
    int32_t thread; /* -1: nobody has been here */
};

/* `threads` zeroed clocks, aligned as their type is; freed by free(). NULL without memory. */
struct stages_clock *stages_clocks_new(int threads);

/* `count` items that nobody has been at; freed by free(). NULL without memory. */
struct stages_item *stages_items_new(size_t count);

/* At the thread's start inside the region: in STAGE_DISPATCH from now on. Nothing for NULL, as all
 * that follow. */
void stages_begin(struct stages_clock *clock);

/* At its end, before the barrier. */
void stages_end(struct stages_clock *clock);

/* An item begins, in STAGE_READ. */
void stages_item_begin(struct stages_clock *clock);

/* It ends: back to STAGE_DISPATCH, one item more. What each stage took since its beginning goes to
 * `item`, which may be NULL, with `thread` as the one that did it. Summed over the items of a
 * thread, each stage gives the thread's own total, to the nanosecond. */
void stages_item_end(struct stages_clock *clock, struct stages_item *item, int thread);

/* Leaves the current stage for another. Nothing when clock is NULL. */
static inline void stages_enter(struct stages_clock *clock, enum stage stage)
{
    if (!clock)
        return;
    int64_t now = clock_now_ns();
    clock->ns[clock->current] += now - clock->last_ns;
    clock->last_ns = now;
    clock->current = stage;
    clock->stamps++;
}

#endif
