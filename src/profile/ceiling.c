#include "profile/ceiling.h"

#include <omp.h>
#include <stdbool.h>

#include "base/clock.h"

#define CHAINS 24 /* twelve pairs: with the two constants they fit the 16 registers of SSE2 */

/* x ← x·a + b converges to b/(1 − a) = 2: neither overflow nor tiny numbers, whatever the steps.
 * The result is returned, so that no compiler leaves it out. */
static double run_kernel(uint64_t steps)
{
    double x[CHAINS];
    for (int i = 0; i < CHAINS; i++)
        x[i] = 1 + i;
    for (uint64_t k = 0; k < steps; k++)
        for (int i = 0; i < CHAINS; i++)
            x[i] = x[i] * 0.75 + 0.5;
    double sum = 0;
    for (int i = 0; i < CHAINS; i++)
        sum += x[i];
    return sum;
}

static volatile double sink; /* written, never read */

static int64_t time_kernel(uint64_t steps)
{
    int64_t start = clock_now_ns();
    sink = run_kernel(steps);
    return clock_now_ns() - start;
}

void ceiling_work(uint64_t steps)
{
    /* Kept by each thread for itself: a common place would be a thing to wait for. */
    volatile double result = run_kernel(steps);
    (void)result;
}

uint64_t ceiling_steps(void)
{
    uint64_t steps = 1 << 16;
    int64_t took = time_kernel(steps);
    while (took < CEILING_NS / 10) { /* also brings the clock up to speed */
        steps *= 2;
        took = time_kernel(steps);
    }
    return (uint64_t)((double)steps * CEILING_NS / (double)took);
}

int64_t ceiling_ns(int threads, uint64_t steps, int rounds)
{
    int64_t best = INT64_MAX;
    int delivered = 0;
    for (int round = 0; round < rounds; round++) {
        int64_t start = 0, last = 0;
#pragma omp parallel num_threads(threads)
        {
            if (omp_get_thread_num() == 0)
                delivered = omp_get_num_threads();
            double warm = run_kernel(1000);
#pragma omp barrier
#pragma omp single
            start = clock_now_ns();
            /* The end of `single` is a barrier: all begin here, at some time after `start`. */
            double result = run_kernel(steps) + warm;
            int64_t end = clock_now_ns();
#pragma omp critical
            {
                sink = result;
                last = end > last ? end : last;
            }
        }
        best = last - start < best ? last - start : best;
    }
    return delivered == threads && rounds > 0 ? best : 0;
}

double ceiling_capacity(int threads, int64_t one_ns, int64_t team_ns)
{
    return team_ns > 0 ? threads * (double)one_ns / (double)team_ns : -1;
}
