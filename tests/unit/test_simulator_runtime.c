/*
 * The chunks that the simulator cuts against those that the real runtime hands out: libgomp when
 * gcc compiled this, libomp when clang did.
 *
 * A loop with schedule(runtime) is a call of the runtime for each chunk. Calling it here in the
 * loop's place shows the chunks themselves; in a loop two in a row on one thread look like one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <omp.h>

#include "model/simulator.h"

#define MOST 4000

#ifdef __clang__
#define RUNTIME SIMULATOR_LIBOMP
#else
#define RUNTIME SIMULATOR_LIBGOMP
#endif

bool GOMP_loop_runtime_start(long start, long end, long step, long *from, long *to);
bool GOMP_loop_runtime_next(long *from, long *to);
void GOMP_loop_end_nowait(void);

struct chunks {
    long count[MOST]; /* by its first iteration; 0: none begins there */
    int thread[MOST];
};

static void tell(void *user, const struct simulator_chunk *chunk)
{
    struct chunks *chunks = user;
    chunks->count[chunk->first] = (long)chunk->count;
    chunks->thread[chunk->first] = chunk->thread;
}

static struct chunks simulated, real;
static double ones[MOST];

static void take_real(long count, int threads)
{
    memset(&real, 0, sizeof real);
#pragma omp parallel num_threads(threads)
    {
        long from, to;
        if (GOMP_loop_runtime_start(0, count, 1, &from, &to)) {
            do {
                real.count[from] = to - from;
                real.thread[from] = omp_get_thread_num();
            } while (GOMP_loop_runtime_next(&from, &to));
        }
        GOMP_loop_end_nowait();
    }
}

static void compare(enum simulator_schedule schedule, int chunk, long count, int threads)
{
    struct simulator_loop loop = {
        .seconds = ones,
        .count = (size_t)count,
        .threads = threads,
        .schedule = schedule,
        .chunk = chunk,
        .runtime = RUNTIME,
    };
    struct simulator_result result;
    memset(&simulated, 0, sizeof simulated);
    assert_true(simulator_trace(&loop, &result, tell, &simulated));

    /* The kinds are numbered as OpenMP numbers them, from 1. */
    omp_set_schedule((omp_sched_t)(schedule + 1), chunk);
    take_real(count, threads);
    bool fixed = schedule == SIMULATOR_STATIC ||
                 (schedule == SIMULATOR_AUTO && RUNTIME == SIMULATOR_LIBGOMP);
    for (long i = 0; i < count; i++) {
        if (simulated.count[i] == real.count[i] &&
            (!fixed || simulated.thread[i] == real.thread[i]))
            continue;
        fail_msg("kind %d, chunk %d, %ld iterations, %d threads: at %ld are %ld on thread %d, "
                 "simulated %ld on %d",
                 schedule + 1, chunk, count, threads, i, real.count[i], real.thread[i],
                 simulated.count[i], simulated.thread[i]);
    }
}

static void test_chunks(void **state)
{
    (void)state;
    static const int teams[] = {1, 2, 3, 4, 7, 16, 64};
    static const int chunks[] = {0, 1, 2, 3, 10, 100, 5000};
    static const long counts[] = {1, 2, 3, 5, 10, 37, 63, 64, 65, 100, 997, 3999};
    for (size_t t = 0; t < sizeof teams / sizeof *teams; t++)
        for (size_t n = 0; n < sizeof counts / sizeof *counts; n++) {
            for (size_t c = 0; c < sizeof chunks / sizeof *chunks; c++)
                for (int kind = SIMULATOR_STATIC; kind <= SIMULATOR_GUIDED; kind++)
                    compare((enum simulator_schedule)kind, chunks[c], counts[n], teams[t]);
            compare(SIMULATOR_AUTO, 0, counts[n], teams[t]);
        }
}

/* The loop as programs write it: static's owners are the compiler's and the runtime's together. */
static void test_static_loop(void **state)
{
    (void)state;
    static int owner[MOST];
    for (int chunk = 0; chunk < 4; chunk++)
        for (int count = 1; count < 60; count++) {
            omp_set_schedule(omp_sched_static, chunk);
#pragma omp parallel for schedule(runtime) num_threads(4)
            for (int i = 0; i < count; i++)
                owner[i] = omp_get_thread_num();
            compare(SIMULATOR_STATIC, chunk, count, 4);
            for (int i = 0, last = 0; i < count; i++) {
                last = simulated.count[i] ? simulated.thread[i] : last;
                assert_int_equal(owner[i], last);
            }
        }
}

int main(void)
{
    for (int i = 0; i < MOST; i++)
        ones[i] = 1.0;
    omp_set_dynamic(0);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_static_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
