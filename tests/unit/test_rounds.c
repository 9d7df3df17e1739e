/*
 * The rounds on simulated times and a simulated clock, whose truth is known: no test here waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>

#include "sweep/rounds.h"

#define POINTS 6

static const double truth[POINTS] = {8, 4.4, 3.1, 2.6, 2, 1.7};

/* A sweep that takes no time but on its own clock. */
struct simulation {
    gsl_rng *rng;
    double noise, clock;
    int measured[POINTS];
    size_t spoils;  /* this point is always spoiled; POINTS: none */
    int stop_after; /* runs; 0: never */
    int runs, reports;
    double last_fraction;
};

static enum rounds_outcome measure(void *user, size_t point, double *seconds)
{
    struct simulation *s = user;
    assert_true(point < POINTS);
    if (s->stop_after && s->runs == s->stop_after)
        return ROUNDS_STOP;
    *seconds = truth[point] * (1 + gsl_ran_gaussian(s->rng, s->noise));
    s->clock += *seconds;
    s->measured[point]++;
    s->runs++;
    return point == s->spoils ? ROUNDS_SPOILED : ROUNDS_KEPT;
}

static double elapsed(void *user)
{
    return ((struct simulation *)user)->clock;
}

static void progress(void *user, const struct rounds_progress *now)
{
    struct simulation *s = user;
    s->reports++;
    assert_true(now->in_round < POINTS);
    assert_true(now->expected > now->round);
    assert_true(now->fraction >= 0 && now->fraction <= 1);
    s->last_fraction = now->fraction;
}

static struct simulation simulate(double noise, unsigned long seed)
{
    struct simulation s = {.rng = gsl_rng_alloc(gsl_rng_mt19937), .noise = noise, .spoils = POINTS};
    gsl_rng_set(s.rng, seed);
    return s;
}

static struct rounds_result go(struct simulation *s, const struct rounds_plan *plan)
{
    struct rounds_steps steps = {measure, elapsed, progress, s};
    struct rounds_result result = rounds_go(plan, &steps);
    gsl_rng_free(s->rng);
    return result;
}

static struct rounds_plan usual(uint64_t seed)
{
    return (struct rounds_plan){
        .points = POINTS, .base = 0, .least = 3, .ci = 0.05, .budget_seconds = 1e9, .seed = seed};
}

static void test_orders_are_permutations(void **state)
{
    (void)state;
    for (size_t count = 1; count <= 64; count++)
        for (int round = 0; round < 20; round++) {
            size_t order[64], again[64];
            bool seen[64] = {false};
            rounds_order(99, round, order, count);
            rounds_order(99, round, again, count);
            assert_memory_equal(order, again, count * sizeof *order);
            for (size_t i = 0; i < count; i++) {
                assert_true(order[i] < count);
                assert_false(seen[order[i]]);
                seen[order[i]] = true;
            }
        }
}

/* Over the rounds of one sweep, and over the first rounds of many: all 24 orders of four points
 * alike. The bound is the 99.99 % quantile of chi-squared with 23 degrees of freedom, 59.3. */
static void test_orders_are_equally_likely(void **state)
{
    (void)state;
    enum { DRAWS = 24000 };
    for (int across_seeds = 0; across_seeds < 2; across_seeds++) {
        int counts[256] = {0};
        double chi_squared = 0;
        for (int i = 0; i < DRAWS; i++) {
            size_t order[4];
            rounds_order(across_seeds ? (uint64_t)i : 7, across_seeds ? 0 : i, order, 4);
            counts[order[0] << 6 | order[1] << 4 | order[2] << 2 | order[3]]++;
        }
        int different = 0;
        for (int i = 0; i < 256; i++)
            if (counts[i]) {
                double difference = counts[i] - DRAWS / 24.0;
                chi_squared += difference * difference / (DRAWS / 24.0);
                different++;
            }
        assert_int_equal(different, 24);
        assert_true(chi_squared < 59.3);
    }
}

/* The interval holds the true speed-up of the point with most doubt in 95 of 100 sweeps. */
static void test_interval_covers(void **state)
{
    (void)state;
    enum { SWEEPS = 4000 };
    gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(rng, 11);
    for (int runs = 2; runs <= 6; runs += 2) {
        int covered = 0;
        for (int sweep = 0; sweep < SWEEPS; sweep++) {
            struct rounds_sample samples[POINTS] = {{0}};
            for (int i = 0; i < POINTS * runs; i++)
                rounds_add(&samples[i % POINTS],
                           truth[i % POINTS] * (1 + gsl_ran_gaussian(rng, 0.03)));
            double half = log1p(rounds_half_width(samples, POINTS, 0));
            double off = log(samples[0].mean / samples[3].mean) - log(truth[0] / truth[3]);
            covered += fabs(off) <= half;
        }
        /* Four standard errors of a share of 0.95 among 4000 are 0.0138. */
        assert_true(fabs((double)covered / SWEEPS - 0.95) < 0.0138);
    }
    gsl_rng_free(rng);
}

static void test_interval_without_enough(void **state)
{
    (void)state;
    struct rounds_sample samples[2] = {{0}};
    assert_true(rounds_half_width(samples, 1, 0) == 0);
    assert_true(isinf(rounds_half_width(samples, 2, 0)));
    rounds_add(&samples[0], 1);
    rounds_add(&samples[0], 1.1);
    assert_true(isinf(rounds_half_width(samples, 2, 0)));
    rounds_add(&samples[1], 0.5);
    double once = rounds_half_width(samples, 2, 0);
    assert_true(isfinite(once));
    rounds_add(&samples[1], 0.55);
    assert_true(rounds_half_width(samples, 2, 0) < once);
}

static void test_exact_times_need_the_least_rounds(void **state)
{
    (void)state;
    struct simulation s = simulate(0, 1);
    struct rounds_plan plan = usual(5);
    struct rounds_result result = go(&s, &plan);
    assert_int_equal(result.end, ROUNDS_PRECISE);
    assert_int_equal(result.rounds, 3);
    assert_int_equal(result.runs, 3 * POINTS);
    assert_int_equal(s.reports, 3 * POINTS);
    assert_true(result.half_width < 1e-9);
    for (int i = 0; i < POINTS; i++)
        assert_int_equal(s.measured[i], 3);
}

/* Rounds grow as the square of the noise, end as soon as the wanted width is reached, and every
 * point is measured equally often. */
static void test_noise_needs_more_rounds(void **state)
{
    (void)state;
    double rounds[3] = {0};
    static const double noise[3] = {0.02, 0.08, 0.16};
    for (int level = 0; level < 3; level++)
        for (unsigned long seed = 1; seed <= 40; seed++) {
            struct simulation s = simulate(noise[level], seed);
            struct rounds_plan plan = usual(seed);
            struct rounds_result result = go(&s, &plan);
            assert_int_equal(result.end, ROUNDS_PRECISE);
            assert_true(result.half_width <= 0.05);
            for (int i = 0; i < POINTS; i++)
                assert_int_equal(s.measured[i], result.rounds);
            rounds[level] += result.rounds / 40.0;
        }
    /* half = t · noise · √(2/R) with t near 2: R = 2 (2 · noise / ln 1.05)². */
    assert_true(rounds[0] < 4);
    assert_true(rounds[1] > 15 && rounds[1] < 30);
    assert_true(rounds[2] / rounds[1] > 3.3 && rounds[2] / rounds[1] < 4.7);
}

static void test_budget(void **state)
{
    (void)state;
    for (int budget = 0; budget < 400; budget += 7) {
        struct simulation s = simulate(0.2, (unsigned long)budget + 1);
        struct rounds_plan plan = usual(3);
        plan.budget_seconds = budget;
        struct rounds_result result = go(&s, &plan);
        assert_true(result.rounds >= 1);
        for (int i = 0; i < POINTS; i++)
            assert_int_equal(s.measured[i], result.rounds);
        if (result.end == ROUNDS_PRECISE)
            continue;
        assert_int_equal(result.end, ROUNDS_BUDGET);
        /* One more round would not have fitted, and those that were begun did, but for noise. */
        assert_true(s.clock + result.round_seconds > budget);
        assert_true(result.rounds == 1 || s.clock < budget + 10);
    }
}

static void test_spoiled_runs_do_not_count(void **state)
{
    (void)state;
    struct simulation s = simulate(0, 1);
    s.spoils = 2;
    struct rounds_plan plan = usual(3);
    plan.budget_seconds = 300;
    struct rounds_result result = go(&s, &plan);
    assert_int_equal(result.end, ROUNDS_BUDGET);
    assert_true(isinf(result.half_width));
    assert_int_equal(result.spoiled, result.rounds);
    assert_int_equal(result.runs, result.rounds * POINTS);
}

static void test_stopping(void **state)
{
    (void)state;
    for (int runs = 1; runs < 4 * POINTS; runs++) {
        struct simulation s = simulate(0.1, 4);
        s.stop_after = runs;
        struct rounds_plan plan = usual(3);
        struct rounds_result result = go(&s, &plan);
        assert_int_equal(result.end, ROUNDS_STOPPED);
        assert_int_equal(result.runs, runs);
        assert_int_equal(result.rounds, runs / POINTS);
    }
}

static void test_one_point_has_no_speedup(void **state)
{
    (void)state;
    struct simulation s = simulate(0.3, 1);
    struct rounds_plan plan = usual(1);
    plan.points = 1;
    struct rounds_result result = go(&s, &plan);
    assert_int_equal(result.end, ROUNDS_PRECISE);
    assert_int_equal(result.rounds, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders_are_permutations),
        cmocka_unit_test(test_orders_are_equally_likely),
        cmocka_unit_test(test_interval_covers),
        cmocka_unit_test(test_interval_without_enough),
        cmocka_unit_test(test_exact_times_need_the_least_rounds),
        cmocka_unit_test(test_noise_needs_more_rounds),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_spoiled_runs_do_not_count),
        cmocka_unit_test(test_stopping),
        cmocka_unit_test(test_one_point_has_no_speedup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
