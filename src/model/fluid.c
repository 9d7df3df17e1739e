#include "model/fluid.h"

#include <math.h>
#include <stdlib.h>

#define NOTHING_LEFT 1e-12 /* of an amount: rounding of the steps before */

/* A stream that still takes. */
struct taker {
    double rate, left, speed; /* speed: what it has now */
    struct fluid_stream *stream;
};

static int slower_first(const void *x, const void *y)
{
    const struct taker *a = x, *b = y;
    return a->rate < b->rate ? -1 : a->rate > b->rate;
}

/* Slower ones first: whoever wants no more than an even share of what is left has it all. Returns
 * the time to the next end. */
static double give(struct taker *takers, size_t count, double capacity)
{
    double next = INFINITY;
    for (size_t i = 0; i < count; i++) {
        takers[i].speed = fmin(takers[i].rate, capacity / (double)(count - i));
        capacity -= takers[i].speed;
        next = fmin(next, takers[i].left / takers[i].speed);
    }
    return next;
}

/* Lets `step` seconds pass until `now`; those that are done leave. Returns how many remain. */
static size_t pass(struct taker *takers, size_t count, double step, double now)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        takers[i].left -= takers[i].speed * step;
        if (takers[i].left <= NOTHING_LEFT * takers[i].stream->amount)
            takers[i].stream->end = fmax(now, takers[i].stream->seconds);
        else
            takers[kept++] = takers[i];
    }
    return kept;
}

bool fluid_share(struct fluid_stream *streams, size_t count, double capacity)
{
    struct taker *takers = calloc(count + 1, sizeof *takers);
    double wanted = 0, now = 0;
    size_t left = 0;
    if (!takers)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct fluid_stream *stream = &streams[i];
        stream->end = stream->seconds;
        if (!(stream->amount > 0))
            continue;
        takers[left++] =
            (struct taker){stream->amount / stream->seconds, stream->amount, 0, stream};
        wanted += stream->amount / stream->seconds;
    }
    if (wanted > capacity) {
        qsort(takers, left, sizeof *takers, slower_first);
        while (left > 0) {
            double step = give(takers, left, capacity);
            now += step;
            left = pass(takers, left, step, now);
        }
    }
    free(takers);
    return true;
}
