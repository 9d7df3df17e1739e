/*
 * The bakery's recipe: what slices add up to, what the talk published, and waits that do not drift.
 * Durations of waits are checked from below, which no busy machine can break; what they are from
 * above is a matter of the command line's tests, which repeat.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bakery/coffee.h"
#include "bakery/sleep.h"
#include "bakery/toast.h"
#include "base/clock.h"

static void assert_near(double got, double expected, double relative)
{
    if (!(fabs(got - expected) <= relative * fabs(expected)))
        fail_msg("%.12g is not %.12g", got, expected);
}

static const int teams[] = {1, 2, 3, 4, 7, 8, 16, 100, 101, 1024};
#define TEAMS (sizeof teams / sizeof *teams)

static void test_slices_add_up(void **state)
{
    (void)state;
    static const double shares[] = {0, 0.013, 0.5, 1};
    static const int counts[] = {1, 2, 3, 96, 100, 1001};
    double seconds[1001];
    for (size_t n = 0; n < sizeof counts / sizeof *counts; n++)
        for (int plant = 0; plant < 64; plant++) {
            struct toast toast = toast_default();
            toast.slices = counts[n];
            toast.serial = shares[plant % 4];
            toast.imbalance = shares[plant / 4 % 4];
            toast.longest = shares[plant / 16];
            toast_slices(&toast, seconds);
            double sum = 0;
            for (int i = 0; i < toast.slices; i++) {
                assert_true(seconds[i] >= 0);
                sum += seconds[i];
            }
            double total = toast.slices * TOAST_SLICE_MINUTES * (double)toast.minute_ns * 1e-9;
            assert_true(fabs(sum - (1 - toast.serial) * total) <= 1e-12 * total);
            if (toast.longest > 0 && toast.slices > 1)
                assert_true(fabs(seconds[toast.slices - 1] - toast.longest * sum) <= 1e-12 * total);
        }
}

static void test_imbalance_is_a_triangle(void **state)
{
    (void)state;
    struct toast toast = toast_default();
    double seconds[100];
    toast.imbalance = 1;
    toast_slices(&toast, seconds);
    for (int i = 0; i < 100; i++)
        assert_near(seconds[i] + 1, 1 + 0.01 * 2 * i / 99, 1e-12);
}

static void test_published_minutes(void **state)
{
    (void)state;
    struct toast toast = toast_default();
    assert_near(toast_predict(&toast, 1), 200, 1e-12);
    assert_near(toast_predict(&toast, 4), 50, 1e-12);
    assert_near(toast_predict(&toast, 8), 26, 1e-12); /* 13 deep */
    for (size_t i = 0; i < TEAMS; i++)
        assert_near(toast_predict(&toast, teams[i]), 2 * ceil(100.0 / teams[i]), 1e-9);
}

/* Amdahl's law to the letter where slices divide; the schedule then does not matter. */
static void test_planted_laws(void **state)
{
    (void)state;
    static const struct schedule schedules[] = {
        {SCHEDULE_STATIC, 0}, {SCHEDULE_STATIC, 1}, {SCHEDULE_DYNAMIC, 1}};
    for (int p = 1; p <= 32; p *= 2)
        for (size_t i = 0; i < sizeof schedules / sizeof *schedules; i++) {
            struct toast toast = toast_default();
            toast.slices = 96;
            toast.schedule = schedules[i];
            toast.serial = 0.05;
            assert_near(toast_predict(&toast, p), 192 * (0.05 + 0.95 / p), 1e-12);
            toast.contention = 0.002;
            assert_near(toast_predict(&toast, p), 192 * (0.05 + 0.95 / p + 0.002 * (p - 1)), 1e-12);
            toast.contention = 0;
            toast.sockets = 3;
            assert_near(toast_predict(&toast, p), 192 * (0.05 + 0.95 / (p < 3 ? p : 3)), 1e-12);
            toast.sockets = 0;
            toast.overhead = 0.25;
            bool whole =
                toast.schedule.kind == SCHEDULE_STATIC && (p == 1 || !toast.schedule.chunk);
            double chunks = whole ? 1 : 96.0 / p; /* one thread takes all that is static at once */
            assert_near(toast_predict(&toast, p), 192 * (0.05 + 0.95 / p) + 0.25 * chunks, 1e-12);
        }
}

static void test_planted_shapes(void **state)
{
    (void)state;
    struct toast toast = toast_default();
    toast.schedule = (struct schedule){SCHEDULE_STATIC, 0};
    toast.slow = 1.5;
    assert_near(toast_predict(&toast, 1), 200, 1e-12); /* nobody is the last of one */
    assert_near(toast_predict(&toast, 4), 75, 1e-12);
    toast.slow = 1;
    toast.imbalance = 1;
    /* The last quarter of a triangle: slices 75 to 99 of mean 2 minutes. */
    assert_near(toast_predict(&toast, 4), 25 * 2 * (75 + 99) / 99.0, 1e-12);
    toast.imbalance = 0;
    toast.longest = 0.5;
    toast.schedule = (struct schedule){SCHEDULE_DYNAMIC, 1};
    toast.order = TOAST_COST;
    assert_near(toast_predict(&toast, 4), 100, 1e-12); /* no schedule beats the longest */
    toast.order = TOAST_INPUT;
    /* The 99 others take 3 toasters 25 turns and one 24: where it is free, the long one begins. */
    assert_near(toast_predict(&toast, 4), 100 + 24 * 100 / 99.0, 1e-12);
}

/* A hundred waits of a chain end when the sum of their lengths has passed since the origin, though
 * each is noticed late. */
static void test_chain_does_not_drift(void **state)
{
    (void)state;
    sleep_ready();
    int64_t least = INT64_MAX;
    for (int attempt = 0; attempt < 20 && least > 3000000; attempt++) {
        struct sleep_chain chain = {.origin_ns = clock_now_ns()};
        for (int i = 0; i < 100; i++)
            sleep_for(&chain, 200000.4);
        int64_t late = clock_now_ns() - chain.origin_ns - 20000040;
        assert_true(late >= 0);
        assert_near(chain.at_ns, 20000040, 1e-12);
        least = late < least ? late : least;
    }
    /* The wait for "now + length" would be late by a hundred wakes, 6 ms at least. */
    assert_true(least <= 3000000);
}

static void count_watch(void *user, int64_t now_ns)
{
    int64_t *last = user;
    assert_true(now_ns > last[0]);
    last[0] = now_ns;
    last[1]++;
}

static void test_watch_is_called_within_a_wait(void **state)
{
    (void)state;
    int64_t seen[2] = {0, 0};
    struct sleep_chain chain = {
        .origin_ns = clock_now_ns(), .watch = count_watch, .user = seen, .period_ns = 1000000};
    sleep_for(&chain, 10e6);
    assert_true(clock_now_ns() - chain.origin_ns >= 10000000);
    assert_true(seen[1] >= 1 && seen[1] <= 11);
}

static void test_sockets_queue(void **state)
{
    (void)state;
    double free_ns[2] = {0, 0};
    struct sleep_sockets sockets = {2, free_ns};
    assert_true(sleep_take(&sockets, 0, 10) == 0);
    assert_true(sleep_take(&sockets, 0, 5) == 0);
    assert_true(sleep_take(&sockets, 0, 5) == 5);
    assert_true(sleep_take(&sockets, 3, 1) == 10);
    assert_true(sleep_take(&sockets, 30, 1) == 30);
}

static void check_run(const struct toast *toast, const struct toast_run *run)
{
    int64_t whole = 0, dough = 0;
    uint64_t made = 0;
    double seconds[64];
    for (int i = 0; i < run->phases.count; i++) {
        whole += run->phases.phase[i].wall_ns;
        if (strcmp(run->phases.phase[i].name, "dough") == 0)
            dough = run->phases.phase[i].wall_ns;
    }
    assert_int_equal(whole, run->phases.last_ns - run->phases.start_ns);
    double total = toast->slices * TOAST_SLICE_MINUTES * (double)toast->minute_ns;
    assert_true((double)dough >= toast->serial * total - 1);
    /* No wait ends early, so that the whole takes at least what the recipe says. */
    double predicted = toast_predict(toast, run->toasters) * (double)toast->minute_ns;
    assert_true((double)whole >= predicted - 1000);
    toast_slices(toast, seconds);
    for (int i = 0; i < toast->slices; i++) {
        assert_in_range(run->items[i].thread, 0, run->toasters - 1);
        assert_true(run->items[i].start_ns >= run->region_start_ns);
    }
    for (int t = 0; t < run->toasters; t++) {
        made += run->clocks[t].items;
        assert_true(run->clocks[t].end_ns <= run->region_end_ns);
    }
    assert_int_equal(made, toast->slices);
}

static void test_bakes_what_is_planted(void **state)
{
    (void)state;
    toast_ready();
    struct toast toast = toast_default();
    struct error error;
    toast.slices = 12;
    toast.minute_ns = 500000;
    toast.serial = 0.1;
    toast.imbalance = 0.5;
    toast.overhead = 0.1;
    toast.schedule = (struct schedule){SCHEDULE_STATIC, 0};
    toast.stage[STAGE_READ] = 0.25;
    toast.stage[STAGE_DECODE] = 0.75;
    for (int p = 1; p <= 4; p++) {
        struct toast_run run;
        assert_true(toast_bake(&toast, p, NULL, NULL, &run, &error));
        check_run(&toast, &run);
        int64_t read = 0, decode = 0, dispatch = 0;
        for (int t = 0; t < p; t++) {
            read += run.clocks[t].ns[STAGE_READ];
            decode += run.clocks[t].ns[STAGE_DECODE];
            dispatch += run.clocks[t].ns[STAGE_DISPATCH];
        }
        assert_true(read > 0 && decode > 0 && dispatch > 0);
        toast_free(&run);
    }
}

static void test_refuses(void **state)
{
    (void)state;
    struct toast toast = toast_default();
    struct toast_run run;
    struct error error;
    assert_false(toast_bake(&toast, 0, NULL, NULL, &run, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    toast.work = TOAST_COMPUTING;
    toast.sockets = 1;
    assert_false(toast_bake(&toast, 2, NULL, NULL, &run, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
}

static void test_coffee(void **state)
{
    (void)state;
    struct coffee_run run;
    struct error error;
    assert_true(coffee_make(COFFEE_SYNCHRONOUS, 2000000, &run, &error));
    assert_int_equal(run.events, 2);
    assert_true(run.predicted_minutes == 7 && run.measured_minutes >= 7);
    assert_string_equal(run.event[0].what, "coffee");
    assert_true(run.event[1].start_minutes >= run.event[0].end_minutes);
    assert_true(coffee_make(COFFEE_ASYNCHRONOUS, 2000000, &run, &error));
    assert_int_equal(run.events, 3);
    assert_true(run.predicted_minutes == 5 && run.measured_minutes >= 5);
    for (int i = 1; i < 3; i++)
        assert_true(run.event[i].start_minutes >= run.event[i - 1].start_minutes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slices_add_up),
        cmocka_unit_test(test_imbalance_is_a_triangle),
        cmocka_unit_test(test_published_minutes),
        cmocka_unit_test(test_planted_laws),
        cmocka_unit_test(test_planted_shapes),
        cmocka_unit_test(test_chain_does_not_drift),
        cmocka_unit_test(test_watch_is_called_within_a_wait),
        cmocka_unit_test(test_sockets_queue),
        cmocka_unit_test(test_bakes_what_is_planted),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_coffee),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
