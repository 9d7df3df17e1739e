#include "profile/clock_check.h"

#include <stdlib.h>

#include "base/clock.h"

#define STEPS   5000   /* an odd tick or interrupt moves neither the least nor the median */
#define BATCH   100000 /* stamps: 2 ms, long against the clock's own step */
#define BATCHES 5      /* the best: what disturbs can only add */
#define LONGEST ((int64_t)1000000000)

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Steps that are not zero, at least one; fewer than STEPS when the clock is too coarse. */
static int read_steps(int64_t steps[STEPS])
{
    int64_t start = clock_now_ns(), last = start;
    int count = 0;
    while (count < STEPS && (count == 0 || last - start < LONGEST)) {
        int64_t now = clock_now_ns();
        if (now != last)
            steps[count++] = now - last;
        last = now;
    }
    return count;
}

void clock_check_run(struct clock_check *check)
{
    int64_t steps[STEPS];
    int count = read_steps(steps);
    qsort(steps, (size_t)count, sizeof *steps, compare);
    check->least_step_ns = steps[0];
    check->median_step_ns = steps[count / 2];
    int64_t best = INT64_MAX;
    for (int i = 0; i < BATCHES; i++) {
        int64_t start = clock_now_ns(), end = start;
        for (int k = 0; k < BATCH; k++)
            end = clock_now_ns();
        best = end - start < best ? end - start : best;
    }
    check->stamp_ns = (double)best / BATCH;
}
