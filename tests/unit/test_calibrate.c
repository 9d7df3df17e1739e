/* Sweeps drawn from runs of a known law: the intervals hold as often as they promise, and a bias of
 * all runs is seen in the one column and not in the other. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bakery/calibrate_estimate.h"
#include "model/least_squares.h"
#include "model/robust_mean.h"
#include "simulated_runs.h"

#define SWEEPS 1000

/* Rates are of many sweeps, but all are drawn from the same 40 runs of each point, whose own
 * scatter differs from that of their law by some per cent. */
#define COVERAGE_LOW  0.90
#define COVERAGE_HIGH 0.985

struct drawn_case {
    enum calibrate_quantity quantity;
    struct planted planted;
    double truth;
};

static const struct drawn_case cases[] = {
    {CALIBRATE_SERIAL, {.serial = 0.1}, 0.1},
    {CALIBRATE_IMBALANCE, {.imbalance = 1, .even = true}, NAN}, /* exact in every run but noise */
    {CALIBRATE_DISPATCH, {.overhead = 0.5}, 0.5 * SECONDS},
    {CALIBRATE_KAPPA, {.kappa = 0.02}, 0.02},
    {CALIBRATE_KNEE, {.sockets = 2}, 2},
    {CALIBRATE_SLOWER, {.slow = 2, .even = true}, 2},
};

static struct calibrate_coverage cover(const struct drawn_case *which, struct example *e)
{
    struct calibrate_coverage coverage;
    make(e, &which->planted, MOST);
    struct calibrate_estimate all = calibrate_estimate_make(which->quantity, &e->group);
    if (!(all.ci.low <= all.value && all.value <= all.ci.high))
        fail_msg("%s: %g is not in %g to %g", calibrate_quantity_name(which->quantity), all.value,
                 all.ci.low, all.ci.high);
    assert_true(calibrate_estimate_cover(&coverage, which->quantity, &e->group, which->truth,
                                         all.value, SWEEPS, CALIBRATE_SWEEP_RUNS, 1, NULL));
    assert_int_equal(coverage.sweeps, SWEEPS);
    return coverage;
}

static void intervals_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct example e;
        struct calibrate_coverage coverage = cover(&cases[i], &e);
        double all = (double)coverage.mean_held / SWEEPS,
               truth = (double)coverage.truth_held / SWEEPS;
        if (all < COVERAGE_LOW || all > COVERAGE_HIGH)
            fail_msg("%s: %.1f %% hold the mean", calibrate_quantity_name(cases[i].quantity),
                     100 * all);
        if (!isnan(cases[i].truth) && truth < 0.8)
            fail_msg("%s: %.1f %% hold the truth", calibrate_quantity_name(cases[i].quantity),
                     100 * truth);
        int named = 0;
        for (int cause = 0; cause < DIAGNOSIS_COUNT; cause++)
            named += coverage.diagnosed[cause];
        assert_int_equal(named, SWEEPS);
        unmake(&e);
    }
}

/* All runs take as much longer: no scatter shows it. */
static void bias_is_no_scatter(void **state)
{
    (void)state;
    const struct drawn_case late = {CALIBRATE_SERIAL, {.serial = 0.1, .late = 0.02}, 0.1};
    struct example e;
    struct calibrate_coverage coverage = cover(&late, &e);
    assert_true(coverage.truth_held < SWEEPS / 20);
    assert_true(coverage.mean_held > COVERAGE_LOW * SWEEPS);
    unmake(&e);
}

/* The same seed draws the same; stopping is obeyed; too few runs have no interval. */
static void drawing_is_repeatable(void **state)
{
    (void)state;
    struct example e;
    struct calibrate_coverage first = cover(&cases[0], &e), again;
    struct calibrate_estimate all = calibrate_estimate_make(CALIBRATE_SERIAL, &e.group);
    assert_true(calibrate_estimate_cover(&again, CALIBRATE_SERIAL, &e.group, 0.1, all.value, SWEEPS,
                                         CALIBRATE_SWEEP_RUNS, 1, NULL));
    assert_memory_equal(&first, &again, sizeof first);
    atomic_int stop = 2;
    assert_false(calibrate_estimate_cover(&again, CALIBRATE_SERIAL, &e.group, 0.1, all.value,
                                          SWEEPS, CALIBRATE_SWEEP_RUNS, 1, &stop));
    unmake(&e);
    make(&e, &cases[5].planted, 1);
    struct calibrate_estimate one = calibrate_estimate_make(CALIBRATE_SLOWER, &e.group);
    assert_true(fabs(one.value - 2) < 0.05 && isnan(one.ci.low));
    assert_false(calibrate_estimate_holds(&one, 2));
    unmake(&e);
}

/* The mean of normal numbers is held as often as promised; one that is far off moves it little. */
static void robust_means_hold(void **state)
{
    (void)state;
    struct robust_mean mean;
    int held = 0, rounds = 2000;
    for (int round = 0; round < rounds; round++) {
        double values[5];
        for (int i = 0; i < 5; i++)
            values[i] = 2 + gsl_ran_gaussian(rng, 0.05);
        assert_true(robust_mean(&mean, values, 5));
        held += fabs(mean.value - 2) <= least_squares_student(0.95, 4) * mean.error;
        double before = mean.value;
        values[round % 5] = 200;
        assert_true(robust_mean(&mean, values, 5));
        assert_true(fabs(mean.value - before) < 1);
    }
    assert_true(held > 0.91 * rounds && held < 0.98 * rounds);
    const double one = 3;
    assert_true(robust_mean(&mean, &one, 1) && mean.value == 3 && isnan(mean.error));
    assert_true(robust_mean(&mean, NULL, 0) && isnan(mean.value));
}

/* Runs are late against the median of their own team. */
static void late_runs_are_counted(void **state)
{
    (void)state;
    struct example e;
    int late, runs;
    make(&e, &cases[0].planted, 5);
    assert_true(calibrate_estimate_late(&e.group, 0.05, &late, &runs));
    assert_int_equal(late, 0);
    assert_int_equal(runs, POINTS * 5);
    e.runs[3].seconds *= 1.06;
    e.runs[8].seconds *= 2;
    e.runs[9].seconds *= 0.5;
    e.runs[12].seconds *= 2;
    e.runs[12].excluded = true;
    assert_true(calibrate_estimate_late(&e.group, 0.05, &late, &runs));
    assert_int_equal(late, 2);
    assert_int_equal(runs, POINTS * 5 - 1);
    unmake(&e);
}

/* The truths are those of plain arithmetic. */
static void truths_by_hand(void **state)
{
    (void)state;
    const int64_t minute = 1000000;
    double truth[CALIBRATE_CASES];
    for (int i = 0; i < CALIBRATE_CASES; i++) {
        struct toast toast = calibrate_toast(&calibrate_cases[i], minute);
        truth[i] = calibrate_truth(&calibrate_cases[i], minute);
        assert_int_equal(toast.slices, CALIBRATE_SLICES);
        assert_true(truth[i] >= 0);
        /* Whatever is planted costs: with eight it takes longer than with none. */
        struct toast plain = calibrate_toast(&calibrate_cases[0], minute);
        if (calibrate_cases[i].cause != DIAGNOSIS_NONE)
            assert_true(toast_predict(&toast, 8) > 1.02 * toast_predict(&plain, 8));
    }
    assert_true(truth[1] == 0.05 && truth[2] == 0.25);
    /* A triangle from 0 to twice the mean: the last of eight has slices 84 to 95, whose mean is
     * 2*89.5/95 of it; its time less the mean over its time. */
    double last = 2 * 89.5 / 95;
    assert_true(fabs(truth[3] - (last - 1) / last) < 1e-9);
    /* The last slice has 0.3 of the work; it begins when the others' are done as evenly as they
     * come: 95 slices, 12 on seven threads and 11 on the one that takes it. */
    double slice = 0.7 / 95, end = 11 * slice + 0.3;
    assert_true(fabs(truth[4] - (end - 1.0 / 8) / end) < 1e-9);
    assert_true(fabs(truth[5] - 0.5e-3) < 1e-12);
    assert_true(truth[6] == 0.02 && truth[7] == 2 && truth[8] == 2.5 && truth[9] == 2.5);
}

static int open_rng(void **state)
{
    (void)state;
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (rng)
        gsl_rng_set(rng, 11);
    return rng ? 0 : -1;
}

static int close_rng(void **state)
{
    (void)state;
    gsl_rng_free(rng);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_hold),        cmocka_unit_test(bias_is_no_scatter),
        cmocka_unit_test(drawing_is_repeatable), cmocka_unit_test(robust_means_hold),
        cmocka_unit_test(late_runs_are_counted), cmocka_unit_test(truths_by_hand),
    };
    return cmocka_run_group_tests(tests, open_rng, close_rng);
}
