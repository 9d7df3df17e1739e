#include "profile/slots.h"

#include <assert.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* Two cache lines: the prefetchers of x86 fetch lines in pairs, and some ARM cores have lines of
 * 128 bytes. Costs nothing at one slot a thread. */
#define SLOT_ALIGN 128

struct slot {
    _Alignas(SLOT_ALIGN) _Atomic uint64_t items;
    _Atomic uint64_t failed, bytes, pixels;
};

struct slots {
    int threads;
    struct slot slot[]; /* aligned, as its type is */
};

struct slots *slots_new(int threads)
{
    if (threads < 1)
        return NULL;
    size_t bytes = sizeof(struct slots) + (size_t)threads * sizeof(struct slot);
    struct slots *slots = aligned_alloc(SLOT_ALIGN, bytes);
    if (!slots)
        return NULL;
    memset(slots, 0, bytes);
    slots->threads = threads;
    return slots;
}

void slots_free(struct slots *slots)
{
    free(slots);
}

struct slot *slots_of(struct slots *slots, int thread)
{
    assert(thread >= 0 && thread < slots->threads);
    return &slots->slot[thread];
}

/* Right only because nobody else writes: else an addition between load and store were lost. */
static void add(_Atomic uint64_t *counter, uint64_t value)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + value, memory_order_relaxed);
}

void slots_add(struct slot *slot, const struct slots_totals *more)
{
    add(&slot->items, more->items);
    add(&slot->failed, more->failed);
    add(&slot->bytes, more->bytes);
    add(&slot->pixels, more->pixels);
}

void slots_sum(const struct slots *slots, struct slots_totals *totals)
{
    *totals = (struct slots_totals){0};
    for (int i = 0; i < slots->threads; i++) {
        const struct slot *slot = &slots->slot[i];
        totals->items += atomic_load_explicit(&slot->items, memory_order_relaxed);
        totals->failed += atomic_load_explicit(&slot->failed, memory_order_relaxed);
        totals->bytes += atomic_load_explicit(&slot->bytes, memory_order_relaxed);
        totals->pixels += atomic_load_explicit(&slot->pixels, memory_order_relaxed);
    }
}
