#include "bakery/sleep.h"

#include <math.h>
#include <sys/prctl.h>
#include <time.h>

#include "base/clock.h"

#define SECOND INT64_C(1000000000)

void sleep_ready(void)
{
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
}

/* A moment that has passed costs a reading of the clock, not a system call, so that whoever is late
 * catches up. A signal that is handled ends the wait early: it is made again. */
static void wait_for(int64_t moment_ns)
{
    if (moment_ns <= clock_now_ns())
        return;
    struct timespec t = {moment_ns / SECOND, moment_ns % SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        continue;
}

void sleep_until(struct sleep_chain *chain, double at_ns)
{
    int64_t end_ns = chain->origin_ns + llround(at_ns);
    chain->at_ns = at_ns;
    /* Waking for the watch changes nothing: the rest of the wait is for the same moment. */
    while (chain->watch && chain->due_ns < end_ns) {
        wait_for(chain->due_ns);
        int64_t now = clock_now_ns();
        chain->watch(chain->user, now);
        chain->due_ns = now + chain->period_ns;
    }
    wait_for(end_ns);
}

void sleep_for(struct sleep_chain *chain, double ns)
{
    sleep_until(chain, chain->at_ns + ns);
}

double sleep_take(struct sleep_sockets *sockets, double at_ns, double ns)
{
    double start;
#pragma omp critical(sleep_sockets)
    {
        int first = 0;
        for (int i = 1; i < sockets->count; i++)
            if (sockets->free_ns[i] < sockets->free_ns[first])
                first = i;
        start = fmax(at_ns, sockets->free_ns[first]);
        sockets->free_ns[first] = start + ns;
    }
    return start;
}
