#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "model/simulator.h"

#define MILLION 1000000

static double cost[MILLION];
static uint32_t seed;

static double chance(void)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) / 16777216.0;
}

static struct simulator_result run(const struct simulator_loop *loop)
{
    struct simulator_result result;
    assert_true(simulator_run(loop, &result));
    return result;
}

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-12))
        fail_msg("%.12g is not %.12g", a, b);
}

/* Worked out by hand: 3 2 2 1 4 on two threads. */
static void test_by_hand(void **state)
{
    (void)state;
    static const double seconds[] = {3, 2, 2, 1, 4};
    struct simulator_loop loop = {.seconds = seconds, .count = 5, .threads = 2};
    assert_near(run(&loop).seconds, 7.0); /* 3+2+2 | 1+4 */
    loop.chunk = 1;
    assert_near(run(&loop).seconds, 9.0); /* 3+2+4 | 2+1 */
    loop.chunk = 2;
    assert_near(run(&loop).seconds, 9.0); /* 3+2+4 | 2+1 */
    loop.schedule = SIMULATOR_DYNAMIC;
    loop.chunk = 0;
    assert_near(run(&loop).seconds, 8.0); /* 3, then 1 and 4 | 2, then 2 */
    loop.chunk = 2;
    assert_near(run(&loop).seconds, 7.0); /* 3+2 | 2+1, then 4 */
    loop.schedule = SIMULATOR_GUIDED;
    loop.chunk = 0;
    assert_near(run(&loop).seconds, 7.0); /* 3+2+2 | 1, then 4 */
    assert_int_equal(run(&loop).chunks, 3);
    loop.runtime = SIMULATOR_LIBOMP;
    assert_near(run(&loop).seconds, 8.0); /* by ones: 5/4, 4/4, … */
    assert_int_equal(run(&loop).chunks, 5);
}

/* Fork, join, chunks and a slow thread, by hand: dynamic,1 over 1 1 1 1 with a thread 3 times as
 * slow. A chunk costs 0.5 more: thread 0 ends at 1.5 and 3, 4.5, thread 1 (slow) at 4.5. */
static void test_costs(void **state)
{
    (void)state;
    static const double seconds[] = {1, 1, 1, 1}, slower[] = {1, 3};
    struct simulator_loop loop = {
        .seconds = seconds,
        .count = 4,
        .threads = 2,
        .schedule = SIMULATOR_DYNAMIC,
        .chunk = 1,
        .chunk_seconds = 0.5,
        .fork_seconds = 10,
        .join_seconds = 20,
        .slower = slower,
    };
    struct simulator_result result = run(&loop);
    assert_near(result.seconds, 34.5);
    assert_near(result.work, 6.0);
    assert_near(result.span, 1.0);
    assert_near(result.max_busy, 4.5);
    assert_near(result.mean_busy, 4.5);
    loop.count = 0;
    assert_near(run(&loop).seconds, 30.0);
    assert_int_equal(run(&loop).chunks, 0);
}

struct watched {
    double end[SIMULATOR_MOST_THREADS];
    size_t seen, chunks;
    double busy, last;
    bool ordered;
};

static void watch(void *user, const struct simulator_chunk *chunk)
{
    struct watched *watched = user;
    watched->ordered = watched->ordered && chunk->start >= watched->end[chunk->thread];
    watched->busy += chunk->end - chunk->start;
    watched->end[chunk->thread] = chunk->end;
    watched->last = fmax(watched->last, chunk->end);
    watched->seen += chunk->count;
    watched->chunks++;
}

static struct simulator_loop random_loop(void)
{
    struct simulator_loop loop = {
        .seconds = cost,
        .count = (size_t)(chance() * 300),
        .threads = 1 + (int)(chance() * (chance() < 0.5 ? 8 : 400)),
        .schedule = (enum simulator_schedule)(chance() * 4),
        .chunk = chance() < 0.4 ? 0 : 1 + (long)(chance() * (chance() < 0.5 ? 5 : 400)),
        .runtime = chance() < 0.5 ? SIMULATOR_LIBGOMP : SIMULATOR_LIBOMP,
        .chunk_seconds = chance() < 0.5 ? 0 : chance() * 0.1,
        .fork_seconds = chance() < 0.5 ? 0 : chance(),
        .join_seconds = chance() < 0.5 ? 0 : chance(),
    };
    for (size_t i = 0; i < loop.count; i++)
        cost[i] = chance() < 0.1 ? chance() * 50 : chance();
    return loop;
}

/* Whatever the schedule: all iterations once, work conserved, the bounds kept. */
static void test_properties(void **state)
{
    (void)state;
    seed = 1;
    for (int k = 0; k < 3000; k++) {
        struct simulator_loop loop = random_loop();
        struct simulator_result result, plain = run(&loop);
        struct watched watched = {.ordered = true};
        assert_true(simulator_trace(&loop, &result, watch, &watched));
        assert_memory_equal(&result, &plain, sizeof plain);
        double region = result.seconds - loop.fork_seconds - loop.join_seconds;
        assert_true(watched.ordered);
        assert_int_equal(watched.seen, loop.count);
        assert_int_equal(watched.chunks, result.chunks);
        assert_near(watched.busy, result.work);
        assert_near(result.mean_busy * loop.threads, result.work);
        assert_near(region, result.max_busy);
        if (loop.count)
            assert_near(watched.last + loop.join_seconds, result.seconds);

        struct simulator_bounds bounds = simulator_bounds(result.work, result.span, loop.threads);
        assert_true(region >= bounds.least * (1 - 1e-12));
        assert_true(bounds.greedy >= bounds.least * (1 - 1e-12));
        if (loop.threads == 1)
            assert_near(region, result.work);
        if (loop.schedule == SIMULATOR_DYNAMIC && loop.chunk < 2) /* a task is item and chunk */
            assert_true(region <= bounds.greedy + loop.chunk_seconds + 1e-9);
    }
}

/* Equal items: the closed forms. */
static void test_closed_forms(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2000; i++)
        cost[i] = 2.0;
    for (size_t n = 1; n < 2000; n += 37)
        for (int p = 1; p <= 64; p++) {
            struct simulator_loop loop = {.seconds = cost, .count = n, .threads = p};
            double deep = ceil((double)n / p);
            assert_near(run(&loop).seconds, 2.0 * deep);
            loop.schedule = SIMULATOR_DYNAMIC;
            assert_near(run(&loop).seconds, 2.0 * deep);
            for (long c = 1; c < 9; c++) { /* rounds of p·c, then what is left of the first */
                double round = (double)p * (double)c, rounds = floor((double)n / round);
                double first = rounds * (double)c + fmin((double)c, (double)n - rounds * round);
                loop.schedule = SIMULATOR_STATIC;
                loop.chunk = c;
                assert_near(run(&loop).seconds, 2.0 * first);
                loop.schedule = SIMULATOR_DYNAMIC;
                assert_near(run(&loop).seconds, 2.0 * first);
            }
        }
}

/* Greedy by the definition, without a heap: the next item to who is free first. */
static void test_against_plain_greedy(void **state)
{
    (void)state;
    seed = 7;
    for (int k = 0; k < 300; k++) {
        struct simulator_loop loop = random_loop();
        loop.schedule = SIMULATOR_DYNAMIC;
        loop.runtime = SIMULATOR_LIBGOMP;
        loop.chunk = 1;
        double free_at[SIMULATOR_MOST_THREADS] = {0}, last = 0;
        for (size_t i = 0; i < loop.count; i++) {
            int first = 0;
            for (int t = 1; t < loop.threads; t++)
                first = free_at[t] < free_at[first] ? t : first;
            free_at[first] += loop.chunk_seconds + cost[i];
            last = fmax(last, free_at[first]);
        }
        assert_near(run(&loop).max_busy, last);
    }
}

/* A million items on 1,024 threads under all schedules: were it not by a heap, the test's own time
 * limit would end it. */
static void test_million(void **state)
{
    (void)state;
    seed = 3;
    for (size_t i = 0; i < MILLION; i++)
        cost[i] = chance();
    for (int kind = SIMULATOR_STATIC; kind <= SIMULATOR_AUTO; kind++) {
        struct simulator_loop loop = {
            .seconds = cost,
            .count = MILLION,
            .threads = SIMULATOR_MOST_THREADS,
            .schedule = (enum simulator_schedule)kind,
            .chunk = kind == SIMULATOR_AUTO ? 0 : 1,
        };
        struct simulator_result result = run(&loop);
        assert_true(result.seconds >= result.work / SIMULATOR_MOST_THREADS);
        assert_true(result.seconds < 1.2 * result.work / SIMULATOR_MOST_THREADS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_costs),
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_closed_forms),
        cmocka_unit_test(test_against_plain_greedy),
        cmocka_unit_test(test_million),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
