#include "profile/slots.h"

#include <stdlib.h>
#include <string.h>

struct slots *slots_new(int count)
{
    size_t bytes = sizeof(struct slots) + (size_t)count * sizeof(struct slots_slot);
    struct slots *slots = aligned_alloc(_Alignof(struct slots), bytes);
    if (!slots)
        return NULL;
    memset(slots, 0, bytes);
    slots->count = count;
    return slots;
}

void slots_free(struct slots *slots)
{
    free(slots);
}

static void add(_Atomic uint64_t *counter, uint64_t value)
{
    uint64_t now = atomic_load_explicit(counter, memory_order_relaxed);
    atomic_store_explicit(counter, now + value, memory_order_relaxed);
}

void slots_add(struct slots_slot *slot, const struct slots_counts *counts)
{
    add(&slot->items, counts->items);
    add(&slot->failed, counts->failed);
    add(&slot->bytes, counts->bytes);
    add(&slot->pixels, counts->pixels);
}

struct slots_counts slots_sum(const struct slots *slots)
{
    struct slots_counts sum = {0};
    for (int i = 0; i < slots->count; i++) {
        const struct slots_slot *slot = &slots->slot[i];
        sum.items += atomic_load_explicit(&slot->items, memory_order_relaxed);
        sum.failed += atomic_load_explicit(&slot->failed, memory_order_relaxed);
        sum.bytes += atomic_load_explicit(&slot->bytes, memory_order_relaxed);
        sum.pixels += atomic_load_explicit(&slot->pixels, memory_order_relaxed);
    }
    return sum;
}
