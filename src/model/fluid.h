/*
 * fluid: streams that share one source, such as nodes that read from one file system.
 *
 * Each stream has an amount to take and a rate above which it takes nothing, because it has other
 * work to do with what it took. Where the source gives less than all together would take, it is
 * shared max-min fairly: everybody has the same, but for those who want less (Bertsekas and
 * Gallager, Data Networks, 6.5.2). All begin at once; whoever has done leaves the rest to the
 * others. Pure numbers. Knows: libc.
 */
#ifndef PIXSCALE_MODEL_FLUID_H
#define PIXSCALE_MODEL_FLUID_H

#include <stdbool.h>
#include <stddef.h>

struct fluid_stream {
    double amount;  /* 0 or more */
    double seconds; /* how long it takes alone: its rate is amount / seconds */
    double end;     /* set: when it has all; never before `seconds` */
};

/* Shares a source of `capacity` amounts a second, more than 0. Time grows with the square of the
 * number of different ends. False without memory. */
bool fluid_share(struct fluid_stream *streams, size_t count, double capacity);

#endif
