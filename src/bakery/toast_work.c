#include "bakery/toast_work.h"

#include <stdint.h>

#include "base/clock.h"
#include "profile/ceiling.h"

#define TRIES  9
#define TRY_NS 4e6 /* long against a stamp, short against the ticks of whoever else is at work */

static double rate; /* of the process; 0: not measured yet */

double toast_work_rate(void)
{
    if (rate > 0)
        return rate;
    uint64_t steps = (uint64_t)((double)ceiling_steps() * TRY_NS / CEILING_NS) + 1;
    for (int i = 0; i < TRIES; i++) {
        int64_t start = clock_now_ns();
        ceiling_work(steps);
        double took = (double)(clock_now_ns() - start);
        /* The fastest try is the one that nobody disturbed. */
        rate = (double)steps > rate * took ? (double)steps / took : rate;
    }
    return rate;
}

void toast_work(double steps)
{
    ceiling_work((uint64_t)(steps + 0.5));
}
