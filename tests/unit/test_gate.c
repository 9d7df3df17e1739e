/*
 * The gate, by what its threads hold at any moment: each adds what it takes to a sum of the test's
 * own, which must stay within the limit. A deadlock would end by the test's time limit.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <omp.h>

#include "pipeline/gate.h"

#define THREADS 8
#define LIMIT   1600 /* so that a thread's own share is 100 and the common half 800 */
#define ITEMS   60

static _Atomic int64_t held;   /* by all threads */
static atomic_int behind;      /* threads behind the gate */
static atomic_int alone, over; /* pictures for which the others rested; moments beyond the limit */
static atomic_int most_behind;

static void doze(uint32_t number)
{
    nanosleep(&(struct timespec){.tv_nsec = (long)(number % 300) * 1000}, NULL);
}

static void take(int64_t bytes, uint32_t number)
{
    if (atomic_fetch_add(&held, bytes) + bytes > LIMIT)
        atomic_fetch_add(&over, 1);
    doze(number);
}

/* Keeps what it took by itself, as buffers do, until it has to give it back. */
static int64_t work(struct gate *gate, int thread, uint64_t need, int64_t kept, uint32_t number)
{
    if (need <= gate_own(gate)) {
        if ((int64_t)need > kept)
            take((int64_t)need - kept, number);
        return (int64_t)need > kept ? (int64_t)need : kept;
    }
    atomic_fetch_sub(&held, kept);
    gate_rest(gate, thread);
    gate_enter(gate, need);
    int now = atomic_fetch_add(&behind, 1) + 1;
    if (now > atomic_load(&most_behind))
        atomic_store(&most_behind, now);
    if (need > 900) {
        atomic_fetch_add(&alone, 1);
        if (atomic_load(&held) != 0 || now != 1)
            atomic_fetch_add(&over, 1);
    }
    take((int64_t)need, number);
    atomic_fetch_sub(&held, (int64_t)need);
    atomic_fetch_sub(&behind, 1);
    gate_leave(gate, need);
    gate_work(gate, thread);
    return 0;
}

static void run_thread(struct gate *gate, int thread)
{
    static const uint16_t needs[] = {10, 40, 100, 101, 60, 300, 100, 900, 20, 901, 80, 1600, 250};
    uint32_t number = (uint32_t)thread * 7919 + 1;
    int64_t kept = 0;
    gate_work(gate, thread);
    for (int i = 0; i < ITEMS; i++) {
        number = number * 1664525 + 1013904223;
        if (gate_called(gate)) {
            atomic_fetch_sub(&held, kept);
            kept = 0;
            gate_rest(gate, thread);
            gate_work(gate, thread);
        }
        kept = work(gate, thread, needs[(number >> 16) % 13], kept, number >> 8);
    }
    atomic_fetch_sub(&held, kept);
    gate_rest(gate, thread);
}

static void the_sum_stays_within_the_limit(void **state)
{
    (void)state;
    struct gate *gate = gate_new(THREADS + 1, LIMIT + 200, LIMIT + 200); /* one that never comes */
    assert_non_null(gate);
    assert_int_equal(gate_own(gate), 100);
    gate_free(gate);
    gate = gate_new(THREADS, LIMIT, LIMIT + 50);
    assert_int_equal(gate_own(gate), 100);
    assert_int_equal(gate_most(gate), LIMIT + 50);
#pragma omp parallel num_threads(THREADS)
    run_thread(gate, omp_get_thread_num());
    assert_int_equal(atomic_load(&over), 0);
    assert_int_equal(atomic_load(&held), 0);
    assert_true(atomic_load(&alone) > 10);
    if (omp_get_max_threads() > 1)
        assert_true(atomic_load(&most_behind) > 1);
    assert_false(gate_called(gate));
    gate_free(gate);
}

/* Seats of threads that never came to work do not count as busy. */
static void nobody_waits_for_absent_threads(void **state)
{
    (void)state;
    struct gate *gate = gate_new(5, 1000, 1100);
    gate_work(gate, 0);
    gate_rest(gate, 0);
    gate_enter(gate, 1100);
    assert_true(gate_called(gate));
    gate_leave(gate, 1100);
    assert_false(gate_called(gate));
    gate_work(gate, 0);
    gate_free(gate);
}

static void without_a_limit_one_at_a_time(void **state)
{
    (void)state;
    struct gate *gate = gate_new(THREADS, 0, 0);
    assert_true(gate_own(gate) == UINT64_MAX && gate_most(gate) == UINT64_MAX);
    atomic_int inside = 0, together = 0;
#pragma omp parallel num_threads(THREADS)
    {
        gate_work(gate, omp_get_thread_num());
        for (int i = 0; i < 20; i++) {
            gate_enter(gate, UINT64_MAX);
            if (atomic_fetch_add(&inside, 1) != 0)
                atomic_fetch_add(&together, 1);
            doze(100);
            atomic_fetch_sub(&inside, 1);
            gate_leave(gate, UINT64_MAX);
        }
    }
    assert_int_equal(atomic_load(&together), 0);
    gate_free(gate);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_sum_stays_within_the_limit),
        cmocka_unit_test(nobody_waits_for_absent_threads),
        cmocka_unit_test(without_a_limit_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
