/*
 * planted: an OpenMP program whose serial share is known, for sweeps to find.
 *
 * usage: planted TOTAL_MS SERIAL_SHARE [COMPUTE_MS]
 *
 * With one thread it takes TOTAL_MS: the serial share first, then a parallel loop. All of it is
 * sleep, so that it scales on a machine of any size. Every slice ends at an absolute time, counted
 * from the start of its part: what a thread oversleeps in one slice is taken off the next one, and
 * does not add up. With COMPUTE_MS it computes that long before, as programs do that load
 * something.
 */
#include <omp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#define SLICES 96 /* divides by 1, 2, 3, 4, 6, 8, 12, 16: no thread gets one more than another */
#define SECOND INT64_C(1000000000)

static int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * SECOND + t.tv_nsec;
}

static void sleep_until(int64_t deadline)
{
    struct timespec t = {deadline / SECOND, deadline % SECOND};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) != 0)
        continue;
}

int main(int argc, char **argv)
{
    int64_t start = now();
    bool right = argc == 3 || argc == 4;
    double total_ms = right ? atof(argv[1]) : 0, share = right ? atof(argv[2]) : 0;
    if (total_ms <= 0 || share < 0 || share > 1) {
        fprintf(stderr, "usage: planted TOTAL_MS SERIAL_SHARE [COMPUTE_MS]\n");
        return 2;
    }
    if (argc == 4)
        while (cpu_now() < (int64_t)(atof(argv[3]) * 1e6))
            continue;
    start = now();
    prctl(PR_SET_TIMERSLACK, 1, 0, 0, 0); /* the team inherits it */
    int64_t serial = (int64_t)(total_ms * share * 1e6);
    int64_t slice = (int64_t)(total_ms * (1 - share) * 1e6 / SLICES);
    /* The team starts within the serial part, which its start is then no part of. */
#pragma omp parallel
    {
    }
    sleep_until(start + serial);
    int64_t began = start + serial;
#pragma omp parallel
    {
        int64_t deadline = began;
#pragma omp for schedule(static)
        for (int i = 0; i < SLICES; i++) {
            deadline += slice;
            sleep_until(deadline);
        }
    }
    return 0;
}
