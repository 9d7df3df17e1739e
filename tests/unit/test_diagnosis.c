/* Every cause is planted in simulated runs, at random strengths, and must be named. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "simulated_runs.h"

#define RUNS 5

static double between(double low, double high)
{
    return low + (high - low) * gsl_rng_uniform(rng);
}

static struct planted random_plant(enum diagnosis_cause cause)
{
    bool coin = gsl_rng_uniform(rng) < 0.5;
    switch (cause) {
    case DIAGNOSIS_SERIAL:
        return (struct planted){.serial = between(0.02, 0.5)};
    case DIAGNOSIS_IMBALANCE:
        return coin ? (struct planted){.imbalance = between(0.2, 1), .even = true}
                    : (struct planted){.longest = between(0.05, 0.5)};
    case DIAGNOSIS_SLOW:
        return (struct planted){.slow = between(1.3, 4), .even = coin};
    case DIAGNOSIS_OVERHEAD:
        return (struct planted){.overhead = between(0.05, 1)};
    case DIAGNOSIS_CONTENTION:
        return (struct planted){.kappa = between(0.002, 0.05)};
    case DIAGNOSIS_BANDWIDTH:
        return (struct planted){.sockets = between(2, 4)};
    default:
        return (struct planted){.even = coin};
    }
}

static void every_cause_is_named(void **state)
{
    (void)state;
    for (int cause = DIAGNOSIS_NONE; cause < DIAGNOSIS_UNKNOWN; cause++) {
        int named = 0, rounds = 100;
        for (int round = 0; round < rounds; round++) {
            struct planted planted = random_plant((enum diagnosis_cause)cause);
            struct example e;
            make(&e, &planted, RUNS);
            bool right = e.group.diagnosis.cause == (enum diagnosis_cause)cause;
            named += right;
            if (!right)
                print_message(
                    "%s: named %s (%.3f of %.3f); s %g i %g l %g o %g k %g n %g f %g %s\n",
                    diagnosis_word((enum diagnosis_cause)cause),
                    diagnosis_word(e.group.diagnosis.cause), e.group.diagnosis.cores,
                    e.group.diagnosis.lost, planted.serial, planted.imbalance, planted.longest,
                    planted.overhead, planted.kappa, planted.sockets, planted.slow,
                    planted.even ? "even" : "");
            unmake(&e);
        }
        if (named < rounds - 2)
            fail_msg("%s: named %d times of %d", diagnosis_word((enum diagnosis_cause)cause), named,
                     rounds);
    }
}

/* Dispatch was there with one thread too, so the ledger is silent; of x of the time, x of every
 * core is lost. */
static void overhead_of_the_base_counts(void **state)
{
    (void)state;
    const struct planted planted = {.overhead = 0.25};
    struct example e;
    make(&e, &planted, RUNS);
    assert_true(fabs(e.group.evidence.dispatch_share - 0.2) < 0.005);
    assert_true(fabs(e.group.evidence.dispatch_grown) < 0.05);
    assert_true(fabs(e.group.diagnosis.cores - 0.2 * TEAM) < 0.1);
    assert_true(fabs(e.group.diagnosis.lost - 0.2 * TEAM) < 0.2);
    unmake(&e);
}

/* The ratio is that of the plant, and what it costs is what the team would gain without it. */
static void a_slow_thread_is_measured(void **state)
{
    (void)state;
    for (int even = 0; even < 2; even++) {
        const struct planted planted = {.slow = 2, .even = even}, none = {.even = even};
        struct example e, equal;
        make(&e, &planted, RUNS);
        make(&equal, &none, RUNS);
        assert_true(fabs(e.group.evidence.slowest - 2) < 0.02);
        assert_true(e.group.evidence.runs == RUNS);
        double gain = TEAM * (1 - equal.group.study.points[POINTS - 1].seconds /
                                      e.group.study.points[POINTS - 1].seconds);
        /* A queue ends only as evenly as its items allow: 8 threads and an item's time. */
        double item = TEAM * SECONDS / e.group.study.points[POINTS - 1].seconds;
        assert_true(fabs(e.group.evidence.slow_cores - gain) < (even ? 0.1 : item));
        assert_true(equal.group.evidence.slowest < DIAGNOSIS_SLOWER);
        assert_true(fabs(equal.group.evidence.slow_cores) < 1e-9);
        unmake(&e);
        unmake(&equal);
    }
}

static void slow_seconds_by_hand(void **state)
{
    (void)state;
    static const double equal[4] = {1, 1, 1, 1}, half[4] = {1, 1, 1, 2}, near[4] = {1, 1, 1, 1.04};
    static const double waiting[4] = {5, 5, 5, 10}, shared[4] = {5, 5, 5, 5};
    assert_true(diagnosis_slow_seconds(waiting, equal, 4).cost == 0);
    assert_true(diagnosis_slow_seconds(waiting, near, 4).cost == 0);
    /* Fixed shares: the four end at 10 and would at 5. */
    struct diagnosis_slow slow = diagnosis_slow_seconds(waiting, half, 4);
    assert_true(slow.cost == 4 * 5 && slow.longer == 5);
    /* A queue: in its 5 s the slow one did work of 2.5. */
    slow = diagnosis_slow_seconds(shared, half, 4);
    assert_true(slow.cost == 2.5 && slow.longer == 2.5);
}

/* Faults too small to matter, and records that do not tell. */
static void nothing_is_guessed(void **state)
{
    (void)state;
    const struct planted tiny = {.serial = 0.001}, slow = {.slow = 2, .even = true};
    struct example e;
    make(&e, &tiny, RUNS);
    assert_int_equal(e.group.diagnosis.cause, DIAGNOSIS_NONE);
    assert_true(isnan(e.group.diagnosis.cores));
    unmake(&e);

    /* With runs that differ by more than is lost, nothing is lost for sure. */
    const struct planted little = {.serial = 0.004}, some = {.serial = 0.02};
    make(&e, &little, RUNS);
    assert_int_equal(e.group.diagnosis.cause, DIAGNOSIS_SERIAL);
    e.group.study.points[POINTS - 1].speedup_ci.high = TEAM;
    assert_int_equal(diagnosis_make(&e.group.study, &e.group.evidence).cause, DIAGNOSIS_NONE);
    unmake(&e);
    make(&e, &some, RUNS);
    e.group.study.points[POINTS - 1].speedup_ci.high = TEAM;
    assert_int_equal(diagnosis_make(&e.group.study, &e.group.evidence).cause, DIAGNOSIS_UNKNOWN);
    unmake(&e);

    make(&e, &slow, RUNS);
    struct diagnosis_evidence evidence = e.group.evidence;
    assert_int_equal(e.group.diagnosis.cause, DIAGNOSIS_SLOW);
    evidence.slowest_error = 1.5;
    assert_int_equal(diagnosis_make(&e.group.study, &evidence).cause, DIAGNOSIS_IMBALANCE);
    evidence = e.group.evidence;
    evidence.threads = 4; /* of another team */
    assert_int_equal(diagnosis_make(&e.group.study, &evidence).cause, DIAGNOSIS_IMBALANCE);
    evidence = diagnosis_no_evidence();
    assert_int_equal(diagnosis_make(&e.group.study, &evidence).cause, DIAGNOSIS_IMBALANCE);
    e.group.study.ledger_count = 0;
    assert_int_equal(diagnosis_make(&e.group.study, &e.group.evidence).cause, DIAGNOSIS_UNKNOWN);
    for (int i = 1; i < POINTS; i++)
        e.group.study.points[i].excluded = true;
    struct diagnosis none = diagnosis_make(&e.group.study, &e.group.evidence);
    assert_int_equal(none.cause, DIAGNOSIS_UNKNOWN);
    assert_int_equal(none.threads, 0);
    unmake(&e);
}

/* Items that are missing, strange or of nobody are passed over. */
static void broken_items_are_passed_over(void **state)
{
    (void)state;
    const struct planted slow = {.slow = 2};
    struct example e;
    make(&e, &slow, RUNS);
    for (int i = 0; i < POINTS * RUNS; i++)
        for (int k = 0; k < ITEMS; k += 7) {
            e.record[i].item[k].row = i % 2 ? RECORD_UNKNOWN : 1000 + i;
            e.record[i].item[k + 1].thread = i % 2 ? RECORD_UNKNOWN : 4000;
            memset(e.record[i].item[k + 2].stage_ns, 0, sizeof e.record[i].item->stage_ns);
        }
    struct diagnosis_evidence evidence;
    assert_true(evidence_fill(&evidence, &e.group));
    assert_true(fabs(evidence.slowest - 2) < 0.05);
    for (int i = 0; i < POINTS * RUNS; i++)
        e.records[i] = NULL; /* as in a group of CSV */
    assert_true(evidence_fill(&evidence, &e.group));
    assert_true(isnan(evidence.slowest) && isnan(evidence.dispatch_share));
    unmake(&e);
}

static void names_are_there(void **state)
{
    (void)state;
    for (int cause = 0; cause < DIAGNOSIS_COUNT; cause++) {
        assert_non_null(diagnosis_name((enum diagnosis_cause)cause));
        assert_null(strchr(diagnosis_word((enum diagnosis_cause)cause), ' '));
    }
}

static int open_rng(void **state)
{
    (void)state;
    rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (rng)
        gsl_rng_set(rng, 7);
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
        cmocka_unit_test(every_cause_is_named),      cmocka_unit_test(overhead_of_the_base_counts),
        cmocka_unit_test(a_slow_thread_is_measured), cmocka_unit_test(slow_seconds_by_hand),
        cmocka_unit_test(nothing_is_guessed),        cmocka_unit_test(broken_items_are_passed_over),
        cmocka_unit_test(names_are_there),
    };
    return cmocka_run_group_tests(tests, open_rng, close_rng);
}
