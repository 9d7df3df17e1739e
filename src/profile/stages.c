#include "profile/stages.h"

#include <stdlib.h>
#include <string.h>

const char *stages_name(enum stage stage)
{
    static const char *const names[STAGE_COUNT] = {"read",   "decode", "convert",
                                                   "resize", "store",  "dispatch"};
    return names[stage];
}

struct stages_clock *stages_clocks_new(int threads)
{
    if (threads < 1)
        return NULL;
    size_t bytes = (size_t)threads * sizeof(struct stages_clock);
    struct stages_clock *clocks = aligned_alloc(_Alignof(struct stages_clock), bytes);
    if (clocks)
        memset(clocks, 0, bytes);
    return clocks;
}

/* Written here, not only reserved: else the first touch of each page were a cost of the region. */
struct stages_item *stages_items_new(size_t count)
{
    struct stages_item *items = calloc(count ? count : 1, sizeof *items);
    for (size_t i = 0; items && i < count; i++)
        items[i].thread = -1;
    return items;
}

void stages_begin(struct stages_clock *clock)
{
    if (!clock)
        return;
    clock->cpu_start_ns = clock_thread_cpu_ns();
    clock->start_ns = clock->last_ns = clock_now_ns();
    clock->current = STAGE_DISPATCH;
    clock->stamps++;
}

void stages_end(struct stages_clock *clock)
{
    if (!clock)
        return;
    stages_enter(clock, STAGE_DISPATCH);
    clock->end_ns = clock->last_ns;
    clock->cpu_ns = clock_thread_cpu_ns() - clock->cpu_start_ns;
}

void stages_item_begin(struct stages_clock *clock)
{
    if (!clock)
        return;
    stages_enter(clock, STAGE_READ);
    clock->item_start_ns = clock->last_ns;
    memcpy(clock->before_ns, clock->ns, sizeof clock->before_ns);
}

void stages_item_end(struct stages_clock *clock, struct stages_item *item, int thread)
{
    if (!clock)
        return;
    stages_enter(clock, STAGE_DISPATCH);
    clock->items++;
    if (!item)
        return;
    item->start_ns = clock->item_start_ns;
    item->thread = thread;
    for (int s = 0; s < STAGE_DISPATCH; s++)
        item->ns[s] = clock->ns[s] - clock->before_ns[s];
}
