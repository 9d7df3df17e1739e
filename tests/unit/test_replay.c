#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "report/predict.h"
#include "report/replay_parts.h"

static void assert_near(double a, double b)
{
    if (!(fabs(a - b) <= 1e-9 * (fabs(a) + fabs(b)) + 1e-12))
        fail_msg("%.12g is not %.12g", a, b);
}

/* Four items of 4, 1, 3 and 2 seconds, guessed to cost 1, 9, 1 and 5. */
static struct replay_item items[] = {
    {.stage = {[STAGE_READ] = 1, [STAGE_DECODE] = 3}, .row = 0, .cost = 1},
    {.stage = {[STAGE_READ] = 1}, .row = 1, .cost = 9},
    {.stage = {[STAGE_DECODE] = 3}, .row = 2, .cost = 1},
    {.stage = {[STAGE_STORE] = 2}, .row = 3, .cost = 5},
};
static struct replay_phase phases[] = {{"scan", 0.5, true, REPLAY_ONCE_BEFORE},
                                       {"open", 0.25, false, REPLAY_EVERY_NODE}};

static struct replay sample(void)
{
    return (struct replay){
        .recorded = {.threads = 1, .schedule = {SCHEDULE_DYNAMIC, 1}},
        .items = items,
        .count = 4,
        .phases = phases,
        .phase_count = 2,
        .seconds = 10.75,
        .chunks_known = true,
    };
}

static void assert_work(const struct replay *replay, bool by_cost, const double *factor,
                        size_t total, const double *seconds, size_t count)
{
    struct replay_work work;
    assert_true(replay_prepare(replay, by_cost, factor, total, &work));
    assert_int_equal(work.count, count);
    for (size_t i = 0; i < count; i++)
        assert_near(work.seconds[i], seconds[i]);
    assert_near(work.serial, 0.25 + 0.5 * (double)count / 4);
    replay_release(&work);
}

static void test_orders(void **state)
{
    (void)state;
    struct replay replay = sample();
    struct predict_options plain = predict_options_default();
    assert_work(&replay, false, plain.factor, 0, (double[]){4, 1, 3, 2}, 4);
    assert_work(&replay, true, plain.factor, 0, (double[]){1, 2, 4, 3}, 4); /* ties by row */
    assert_work(&replay, false, plain.factor, 6, (double[]){4, 1, 3, 2, 4, 1}, 6);
    assert_work(&replay, true, plain.factor, 8, (double[]){1, 1, 2, 2, 4, 3, 4, 3}, 8);
    assert_work(&replay, false, plain.factor, 2, (double[]){4, 3}, 2); /* every other one */
}

static void test_factors(void **state)
{
    (void)state;
    struct replay replay = sample();
    double factor[STAGE_DISPATCH] = {1, 1, 1, 1, 1};
    factor[STAGE_READ] = 2;
    factor[STAGE_DECODE] = 0;
    assert_work(&replay, false, factor, 0, (double[]){2, 2, 0, 2}, 4);
    replay.item_seconds = 0.5; /* between items: whatever the stages */
    assert_work(&replay, false, factor, 0, (double[]){2.5, 2.5, 0.5, 2.5}, 4);
}

static void test_median(void **state)
{
    (void)state;
    double odd[] = {3, 1, 2}, even[] = {4, 1, 2, 9};
    assert_near(replay_parts_median(odd, 3), 2);
    assert_near(replay_parts_median(even, 4), 3);
    assert_true(isnan(replay_parts_median(odd, 0)));
}

static void test_loop_of_record(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *options, *runtime;
        bool by_cost;
        enum simulator_runtime expected;
    } cases[] = {
        {"run", "size=64x64", "libgomp.so.1.0.0 (GNU)", true, SIMULATOR_LIBGOMP},
        {"run", "size=64x64 order=input simd=avx2", "libomp.so.5 (LLVM)", false, SIMULATOR_LIBOMP},
        {"run", "size=64x64 reorder=input", NULL, true, SIMULATOR_LIBGOMP},
        {"run", "order=inputs", "", true, SIMULATOR_LIBGOMP},
        {"bakery", "slices=3", "libgomp", false, SIMULATOR_LIBGOMP},
        {"bakery", "slices=3 order=cost", "libgomp", true, SIMULATOR_LIBGOMP},
        {NULL, NULL, NULL, true, SIMULATOR_LIBGOMP},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char kind[16], options[64], runtime[64], schedule[] = "guided,3";
        struct record record = record_unknown();
        snprintf(kind, sizeof kind, "%s", cases[i].kind ? cases[i].kind : "");
        snprintf(options, sizeof options, "%s", cases[i].options ? cases[i].options : "");
        snprintf(runtime, sizeof runtime, "%s", cases[i].runtime ? cases[i].runtime : "");
        record.kind = cases[i].kind ? kind : NULL;
        record.options = cases[i].options ? options : NULL;
        record.runtime = cases[i].runtime ? runtime : NULL;
        record.schedule = schedule;
        record.delivered = 3;
        struct replay_loop loop;
        assert_true(replay_parts_loop(&record, &loop));
        assert_int_equal(loop.by_cost, cases[i].by_cost);
        assert_int_equal(loop.runtime, cases[i].expected);
        assert_int_equal(loop.threads, 3);
        assert_int_equal(loop.schedule.kind, SCHEDULE_GUIDED);
        assert_int_equal(loop.schedule.chunk, 3);
        record.schedule = NULL;
        assert_false(replay_parts_loop(&record, &loop));
    }
}

/* The base is the recorded schedule on one thread, whatever is asked for. */
static void test_base_and_defaults(void **state)
{
    (void)state;
    struct replay replay = sample();
    struct predict_options options = predict_options_default();
    struct predict predict;
    struct error error;
    options.factor[STAGE_DECODE] = 0;
    replay.recorded.threads = 12;
    assert_true(predict_make(&predict, &replay, &options, &error));
    assert_near(predict.base_seconds, 10.75);
    assert_near(predict.work, 4);
    assert_near(predict.span, 2);
    assert_int_equal(predict.options.thread_count, 8);
    assert_int_equal(predict.options.threads[4], 12);
    assert_int_equal(predict.options.schedule_count, 3); /* dynamic,1 is the recorded one */
    for (size_t i = 0; i < 8 * 3; i++) {
        struct predict_bound bound = predict_bound_at(&predict, predict.points[i].threads);
        assert_true(predict.points[i].speedup <= bound.most * (1 + 1e-12));
        if (predict.points[i].schedule.kind == SCHEDULE_DYNAMIC)
            assert_true(predict.points[i].speedup >= bound.greedy * (1 - 1e-12));
    }
    assert_near(predict_at(&predict, 2, 0), 10.75 / (0.75 + 3));
    predict_free(&predict);
}

static void test_same_schedules(void **state)
{
    (void)state;
    static const struct schedule dynamic = {SCHEDULE_DYNAMIC, 0}, one = {SCHEDULE_DYNAMIC, 1},
                                 split = {SCHEDULE_STATIC, 0}, robin = {SCHEDULE_STATIC, 1};
    assert_true(predict_same_schedule(&dynamic, &one));
    assert_false(predict_same_schedule(&split, &robin));
    assert_false(predict_same_schedule(&one, &robin));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_factors),
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_loop_of_record),
        cmocka_unit_test(test_base_and_defaults),
        cmocka_unit_test(test_same_schedules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
