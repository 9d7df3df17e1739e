/* The ledger and the efficiencies are identities: they must close for any accounts at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <math.h>

#include "model/study.h"

#define REPEATS 3
#define POINTS  5

static const int threads[POINTS] = {1, 2, 5, 8, 64};
static struct study_run runs[POINTS * REPEATS];
static uint64_t seed = 42;

static double uniform(double low, double high)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * (double)(seed >> 11) / 9007199254740992.0;
}

static void assert_near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.15g is not %.15g within %g", value, expected, tolerance);
}

/* Serial and parallel seconds of any proportion; at one thread the mean is the maximum. */
static void random_accounts(void)
{
    for (int i = 0; i < POINTS * REPEATS; i++) {
        double serial = uniform(0.001, 2.0), region = uniform(0.01, 20.0);
        double max_busy = region * uniform(0.5, 1.0);
        double mean_busy = threads[i / REPEATS] == 1 ? max_busy : max_busy * uniform(0.2, 1.0);
        runs[i] = (struct study_run){
            .threads = threads[i / REPEATS],
            .seconds = serial + region,
            .scale = 1.0,
            .capacity = NAN,
            .account = {.known = true,
                        .serial = serial,
                        .region = region,
                        .max_busy = max_busy,
                        .mean_busy = mean_busy},
        };
    }
}

static void closes(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct study study;
        random_accounts();
        assert_true(study_fit(&study, runs, POINTS * REPEATS, NULL, 0, NULL));
        assert_int_equal(study.ledger_count, POINTS);
        for (int i = 0; i < POINTS; i++) {
            const struct study_ledger *l = &study.ledgers[i];
            assert_int_equal(l->threads, threads[i]);
            double sum = l->speedup + l->serial + l->imbalance + l->overhead + l->inflation;
            assert_near(sum, threads[i], 1e-9);
            assert_near(l->speedup, study.points[i].speedup, 1e-12 * threads[i]);
            assert_true(l->serial >= 0.0 && l->imbalance >= 0.0);
        }
        const struct study_ledger *one = &study.ledgers[0];
        assert_near(one->overhead, 0.0, 1e-12);
        assert_near(one->inflation, 0.0, 1e-12);
        assert_near(one->imbalance, 0.0, 1e-12);
        study_free(&study);
    }
}

static void efficiencies_multiply(void **state)
{
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct study study;
        random_accounts();
        assert_true(study_fit(&study, runs, POINTS * REPEATS, NULL, 0, NULL));
        double wall = 0.0, work = 0.0;
        for (int i = 0; i < REPEATS; i++) {
            wall += runs[i].seconds;
            work += runs[i].account.serial + runs[i].account.mean_busy;
        }
        for (int i = 0; i < POINTS; i++) {
            const struct study_pop *pop = &study.pops[i];
            assert_near(pop->thread_efficiency, pop->serial_region + pop->region - 1.0, 1e-12);
            assert_near(pop->region, 1.0 - pop->imbalance - pop->overhead, 1e-12);
            assert_near(pop->thread_efficiency * pop->scalability * wall / work,
                        study.points[i].efficiency, 1e-12);
        }
        study_free(&study);
    }
}

/* A run made on paper: 1 s serial, 8 s of work on 4 threads that need 2.0, 2.0, 2.0 and 2.6 s, for
 * one of them found 0.6 s more to do; 0.1 s to fork and join. */
static void by_hand(void **state)
{
    struct study study;
    (void)state;
    runs[0] = (struct study_run){.threads = 1, .seconds = 9.0, .scale = 1.0, .capacity = NAN};
    runs[0].account = (struct study_account){
        .known = true, .serial = 1, .region = 8, .max_busy = 8, .mean_busy = 8};
    runs[1] = (struct study_run){.threads = 4, .seconds = 3.7, .scale = 1.0, .capacity = 3.9};
    runs[1].account = (struct study_account){
        .known = true, .serial = 1, .region = 2.7, .max_busy = 2.6, .mean_busy = 2.15};
    assert_true(study_fit(&study, runs, 2, NULL, 0, NULL));
    const struct study_ledger *l = &study.ledgers[1];
    assert_near(study.timers_serial, 1.0 / 9.0, 1e-12);
    assert_near(l->speedup, 9.0 / 3.7, 1e-12);
    assert_near(l->serial, 3.0 / 3.7, 1e-12);
    assert_near(l->imbalance, (0.6 * 3) / 3.7, 1e-12);
    assert_near(l->overhead, 0.4 / 3.7, 1e-12);
    assert_near(l->inflation, 0.6 / 3.7, 1e-12);
    assert_near(l->inflation_serial, 0.0, 1e-12);
    assert_near(study.points[1].attainable, 3.9, 0.0);
    assert_true(isnan(study.points[0].attainable));
    study_free(&study);
}

/* Without the one-thread accounts there is nothing to compare with. */
static void needs_its_base(void **state)
{
    struct study study;
    (void)state;
    random_accounts();
    for (int i = 0; i < REPEATS; i++)
        runs[i].account.known = false;
    assert_true(study_fit(&study, runs, POINTS * REPEATS, NULL, 0, NULL));
    assert_null(study.ledgers);
    assert_int_equal(study.ledger_count, 0);
    assert_true(isnan(study.timers_serial));
    study_free(&study);

    /* A point without accounts has no ledger; the others keep theirs. */
    random_accounts();
    for (int i = 2 * REPEATS; i < 3 * REPEATS; i++)
        runs[i].account.known = false;
    assert_true(study_fit(&study, runs, POINTS * REPEATS, NULL, 0, NULL));
    assert_int_equal(study.ledger_count, POINTS - 1);
    assert_int_equal(study.ledgers[2].threads, threads[3]);
    study_free(&study);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closes),
        cmocka_unit_test(efficiencies_multiply),
        cmocka_unit_test(by_hand),
        cmocka_unit_test(needs_its_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
