#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "cli/node_list.h"
#include "model/fluid.h"
#include "profile/record.h"
#include "report/predict_nodes.h"

#define ITEMS 240

static void assert_near(double a, double b, double part)
{
    if (!(fabs(a - b) <= part * (fabs(a) + fabs(b)) + 1e-12))
        fail_msg("%.12g is not %.12g", a, b);
}

/* Small numbers that look random and are not. */
static uint32_t next_of(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static struct replay_item items[ITEMS];
static struct replay_phase phases[] = {
    {"scan", 0.5, true, REPLAY_ONCE_BEFORE}, {"plan", 0.2, true, REPLAY_OWN_ROWS},
    {"dough", 0.3, true, REPLAY_EVERY_NODE}, {"open", 0.1, false, REPLAY_EVERY_NODE},
    {"index", 0.4, true, REPLAY_ONCE_AFTER}, {"commit", 0.05, false, REPLAY_ONCE_AFTER}};

/* What is once, and what each node has in full, seconds. */
#define ONCE  (0.5 + 0.4 + 0.05)
#define START (0.3 + 0.1)
#define OWN   0.2

static struct replay sample(size_t count, bool equal, uint32_t seed)
{
    for (size_t i = 0; i < count; i++) {
        double seconds = equal ? 0.25 : 0.01 * (1 + next_of(&seed) % 100);
        items[i] = (struct replay_item){.stage = {[STAGE_DECODE] = seconds}, .row = (int64_t)i};
        items[i].cost = (int64_t)(seconds * 1e9);
    }
    return (struct replay){
        .recorded = {.threads = 1, .schedule = {SCHEDULE_DYNAMIC, 1}, .by_cost = true},
        .items = items,
        .count = count,
        .phases = phases,
        .phase_count = sizeof phases / sizeof *phases,
        .chunks_known = true,
        .freeze_row_seconds = NAN,
        .merge_row_seconds = NAN,
        .bytes = 1000000,
    };
}

static struct predict_nodes_options asked(const char *list, int threads)
{
    struct predict_nodes_options options = predict_nodes_options_default();
    struct error error;
    assert_true(node_list_parse(&options, list, "nodes", &error));
    options.threads = threads;
    return options;
}

static void make(struct predict_nodes *nodes, const struct replay *replay,
                 const struct predict_nodes_options *options)
{
    struct error error = {0};
    if (!predict_nodes_make(nodes, replay, options, &error))
        fail_msg("%s", error.text);
}

/* Every row is in one shard, and the work of all shards is the work. */
static void test_conserved(void **state)
{
    (void)state;
    struct replay replay = sample(ITEMS, false, 1);
    struct predict_options plain = predict_options_default();
    for (uint64_t total = 1; total < 4000; total = total * 3 + 1)
        for (uint64_t n = 1; n < 500; n = n * 3 + 2) {
            struct predict_rows rows;
            assert_true(predict_rows_make(&rows, &replay, plain.factor, total));
            uint64_t at = 0, cost = 0;
            double work = 0;
            for (uint64_t k = 0; k < n; k++) {
                struct range range = predict_rows_cut(&rows, k, n);
                assert_int_equal(range.first, at);
                at += range.count;
                cost += predict_rows_cost(&rows, range);
                work += predict_rows_work(&rows, range);
            }
            assert_int_equal(at, total);
            assert_int_equal(cost, rows.whole_cost);
            assert_near(work, rows.work, 1e-12);
            predict_rows_free(&rows);
        }
}

/* The cuts are those of base/ranges.h over the laid out rows, and so is the order of a loop. */
static void test_as_laid_out(void **state)
{
    (void)state;
    enum { TOTAL = 700 };
    struct replay replay = sample(ITEMS, false, 2);
    struct predict_options plain = predict_options_default();
    struct predict_rows rows;
    struct replay_work work;
    uint64_t costs[TOTAL];
    double laid[TOTAL];
    items[17].cost = items[13].cost = items[200].cost; /* ties go by row */
    assert_true(predict_rows_make(&rows, &replay, plain.factor, TOTAL));
    for (int i = 0; i < TOTAL; i++)
        costs[i] = (uint64_t)items[i % ITEMS].cost + 1;
    for (uint64_t n = 1; n < 900; n = n * 2 + 1)
        for (uint64_t k = 0; k < n; k += 1 + n / 7) {
            struct range range = predict_rows_cut(&rows, k, n);
            struct range expected = ranges_cut(costs, TOTAL, k, n);
            assert_int_equal(range.first, expected.first);
            assert_int_equal(range.count, expected.count);
        }
    for (int by_cost = 0; by_cost < 2; by_cost++) {
        assert_true(replay_prepare(&replay, by_cost, plain.factor, TOTAL, &work));
        assert_true(predict_rows_lay(&rows, (struct range){0, TOTAL}, by_cost, laid));
        for (int i = 0; i < TOTAL; i++)
            assert_near(laid[i], work.seconds[i], 0);
        replay_release(&work);
    }
    /* A few rows are sorted, many are picked: both the same. */
    double few[10], part[ITEMS];
    assert_true(predict_rows_lay(&rows, (struct range){235, 10}, true, few));
    for (int i = 0; i < 10; i++)
        part[i] = rows.seconds[(235 + i) % ITEMS];
    for (int i = 0; i < 10; i++)
        for (int j = i + 1; j < 10; j++)
            if (part[j] > part[i]) {
                double swap = part[i];
                part[i] = part[j];
                part[j] = swap;
            }
    for (int i = 0; i < 10; i++)
        assert_near(few[i], part[i], 0);
    predict_rows_free(&rows);
}

/* One node is a plain run, as predictions of teams have it. */
static void test_one_node(void **state)
{
    (void)state;
    static const struct schedule schedules[] = {
        {SCHEDULE_STATIC, 0}, {SCHEDULE_DYNAMIC, 1}, {SCHEDULE_DYNAMIC, 4}, {SCHEDULE_GUIDED, 0}};
    struct replay replay = sample(ITEMS, false, 3);
    replay.chunk_seconds = 0.003;
    replay.team_seconds = 0.2;
    replay.merge_row_seconds = 5; /* which a plain run does not have */
    for (size_t s = 0; s < 4; s++)
        for (int p = 1; p <= 16; p *= 2)
            for (size_t total = 0; total <= 1000; total += 500) {
                struct predict_options team = predict_options_default();
                struct predict_nodes_options options = asked("1", p);
                struct predict predict;
                struct predict_nodes nodes;
                struct error error;
                team.threads[team.thread_count++] = p;
                team.schedules[team.schedule_count++] = schedules[s];
                team.items_total = options.items_total = total;
                options.scheduled = true;
                options.schedule = schedules[s];
                assert_true(predict_make(&predict, &replay, &team, &error));
                make(&nodes, &replay, &options);
                assert_near(nodes.points[0].seconds, predict.points[0].seconds, 1e-12);
                assert_near(nodes.points[0].speedup, 1, 0);
                predict_free(&predict);
                predict_nodes_free(&nodes);
            }
}

/* Equal items: every node has ceil(its rows / p) turns. */
static void test_closed_form(void **state)
{
    (void)state;
    struct replay replay = sample(ITEMS, true, 0);
    struct predict_nodes nodes;
    for (int p = 1; p <= 8; p++) {
        struct predict_nodes_options options = asked("1-40,60,120,240", p);
        make(&nodes, &replay, &options);
        for (size_t i = 0; i < options.node_count; i++) {
            const struct predict_nodes_point *point = &nodes.points[i];
            double rows = ceil((double)ITEMS / point->nodes);
            double node = START + OWN * rows / ITEMS + 0.25 * ceil(rows / p);
            assert_in_range(point->most_rows - point->least_rows, 0, 1);
            assert_int_equal(point->most_rows, (int)rows);
            assert_near(point->seconds, ONCE + node, 1e-12);
            assert_near(point->node_hours * 3600, ONCE + point->nodes * node, 1e-12);
        }
        predict_nodes_free(&nodes);
    }
}

/* More nodes than items: the rest is idle but for its start, and nothing gets faster. */
static void test_more_nodes_than_items(void **state)
{
    (void)state;
    struct replay replay = sample(5, true, 0);
    struct predict_nodes_options options = asked("5,6,7,100,10000", 2);
    struct predict_nodes nodes;
    make(&nodes, &replay, &options);
    for (size_t i = 0; i < options.node_count; i++) {
        assert_int_equal(nodes.points[i].most_rows, 1);
        assert_int_equal(nodes.points[i].least_rows, i == 0 ? 1 : 0);
        assert_near(nodes.points[i].seconds, ONCE + START + OWN / 5 + 0.25, 1e-12);
    }
    assert_int_equal(nodes.knee, 5);
    predict_nodes_free(&nodes);
}

/* Whatever the items: never faster than the work and the longest item allow, nor slower than the
 * bound of a greedy schedule over a range that is at most two items above an even one. */
static void test_between_bounds(void **state)
{
    (void)state;
    for (uint32_t seed = 1; seed < 30; seed++) {
        struct replay replay = sample(1 + seed * 8, false, seed);
        struct predict_nodes_options options = asked("1-33", 3);
        struct predict_nodes nodes;
        make(&nodes, &replay, &options);
        double work = nodes.rows.work, span = nodes.rows.span;
        for (size_t i = 0; i < options.node_count; i++) {
            const struct predict_nodes_point *point = &nodes.points[i];
            double share = work / point->nodes;
            assert_true(point->compute >= fmax(share / 3, span) * (1 - 1e-9));
            assert_true(point->compute <= (share + span) / 3 + span + 1e-6);
        }
        predict_nodes_free(&nodes);
    }
}

/* Where the cuts of more nodes are those of fewer, cut again, more nodes are never slower. */
static void test_monotone(void **state)
{
    (void)state;
    for (uint32_t seed = 40; seed < 50; seed++) {
        struct replay replay = sample(ITEMS, false, seed);
        struct predict_nodes_options options = asked("1,2,4,8,16,32,64,128,256", 1);
        struct predict_nodes nodes;
        make(&nodes, &replay, &options);
        for (size_t i = 1; i < options.node_count; i++)
            assert_true(nodes.points[i].seconds <= nodes.points[i - 1].seconds + 1e-9);
        assert_true(nodes.best_seconds <= nodes.points[0].seconds);
        predict_nodes_free(&nodes);
    }
}

/* A planted merge and freezing count for each row, with two nodes and more. */
static void test_recorded_merge(void **state)
{
    (void)state;
    struct replay replay = sample(ITEMS, true, 0);
    struct predict_nodes_options options = asked("2", 1);
    struct predict_nodes nodes;
    replay.merge_row_seconds = 0.01;
    replay.freeze_row_seconds = 0.02;
    options.items_total = 10 * ITEMS;
    make(&nodes, &replay, &options);
    assert_near(nodes.points[0].merge, 24, 1e-12);
    assert_near(nodes.points[0].freeze, 48, 1e-12);
    assert_near(nodes.points[0].node, 0.1 + 10 * (0.3 + OWN / 2 + 0.25 * ITEMS / 2), 1e-12);
    assert_near(nodes.base_seconds, 0.15 + 10 * (0.5 + OWN + 0.3 + 0.4 + 0.25 * ITEMS), 1e-12);
    predict_nodes_free(&nodes);
}

static const struct predict_nodes_point *last_of(const struct predict_nodes *nodes)
{
    return &nodes->points[nodes->options.node_count - 1];
}

static void test_bandwidth(void **state)
{
    (void)state;
    struct replay replay = sample(ITEMS, true, 0); /* 60 s of work, 1 MB */
    struct predict_nodes_options options = asked("1,2,4,60", 1);
    struct predict_nodes nodes;
    options.bandwidth = 1e5; /* 10 s */
    make(&nodes, &replay, &options);
    assert_near(nodes.points[0].loop, 60, 1e-12);
    assert_near(nodes.points[1].loop, 30, 1e-12);
    assert_near(last_of(&nodes)->loop, 10, 1e-9);
    assert_near(last_of(&nodes)->compute, 1, 1e-12);
    assert_int_equal(nodes.points[1].limit, PREDICT_LIMIT_COMPUTE);
    assert_int_equal(last_of(&nodes)->limit, PREDICT_LIMIT_FILE_SYSTEM);
    assert_true(last_of(&nodes)->speedup <= last_of(&nodes)->ceiling * (1 + 1e-9));
    predict_nodes_free(&nodes);

    options.bandwidth = 0;
    options.node_bandwidth = 1e5 / 4; /* a node has 10 s to read its part of four */
    make(&nodes, &replay, &options);
    assert_near(nodes.points[0].loop, 60, 1e-12);
    assert_int_equal(nodes.points[0].limit, PREDICT_LIMIT_COMPUTE);
    options.node_bandwidth = 1e4;
    predict_nodes_free(&nodes);
    make(&nodes, &replay, &options);
    assert_near(nodes.points[2].loop, 25, 1e-9);
    assert_int_equal(nodes.points[2].limit, PREDICT_LIMIT_LINK);
    predict_nodes_free(&nodes);
}

static void test_limits(void **state)
{
    (void)state;
    struct replay replay = sample(ITEMS, true, 0);
    struct predict_nodes_options options = asked("1,8,120", 1);
    struct predict_nodes nodes;
    items[100].stage[STAGE_DECODE] = 40;
    make(&nodes, &replay, &options);
    assert_int_equal(nodes.points[1].limit, PREDICT_LIMIT_ITEM);
    predict_nodes_free(&nodes);
    for (int i = 0; i < 20; i++)
        items[100 + i].stage[STAGE_DECODE] = 4; /* guessed to be as short as the others */
    make(&nodes, &replay, &options);
    assert_int_equal(nodes.points[0].limit, PREDICT_LIMIT_COMPUTE);
    assert_int_equal(nodes.points[1].limit, PREDICT_LIMIT_SHARD);
    predict_nodes_free(&nodes);

    replay = sample(ITEMS, true, 0);
    replay.merge_row_seconds = 1;
    make(&nodes, &replay, &options);
    assert_int_equal(nodes.points[2].limit, PREDICT_LIMIT_MERGE);
    predict_nodes_free(&nodes);
    replay.merge_row_seconds = 0;
    replay.freeze_row_seconds = 1;
    make(&nodes, &replay, &options);
    assert_int_equal(nodes.points[2].limit, PREDICT_LIMIT_FREEZE);
    predict_nodes_free(&nodes);
}

/* Bounds in place of a simulation are as near as they say. */
static void test_bounds_hold(void **state)
{
    (void)state;
    enum { TOTAL = 5 * PREDICT_NODES_EXACT };
    struct replay replay = sample(ITEMS, false, 9);
    struct predict_options plain = predict_options_default();
    replay.chunk_seconds = 0.002;
    for (int by_cost = 0; by_cost < 2; by_cost++)
        for (int p = 1; p <= 64; p *= 4) {
            struct predict_nodes_options options = asked("2", p);
            struct predict_nodes nodes;
            struct replay_work work;
            struct replay_result exact;
            replay.recorded.by_cost = by_cost;
            options.items_total = TOTAL;
            make(&nodes, &replay, &options);
            assert_true(nodes.points[0].error <= PREDICT_NODES_ERROR);
            struct predict_nodes_point one;
            struct error error;
            assert_true(predict_nodes_at(&nodes, 1, &one, &error));
            assert_true(p == 1 || p > 16 || one.error > 0);
            assert_true(replay_prepare(&replay, by_cost, plain.factor, TOTAL, &work));
            struct replay_loop loop = replay.recorded;
            loop.threads = p;
            assert_true(replay_run(&replay, &work, &loop, &exact));
            double region = exact.seconds - work.serial;
            assert_true(fabs(one.compute / region - 1) <= one.error * 1.01 + 1e-9);
            replay_release(&work);
            predict_nodes_free(&nodes);
        }
}

/* Slower ones have what they want, the others share what is left, and the rest later. */
static void test_fluid(void **state)
{
    (void)state;
    struct fluid_stream streams[] = {{10, 10, 0}, {100, 10, 0}, {300, 10, 0}, {0, 3, 0}};
    assert_true(fluid_share(streams, 4, 21)); /* 1, 10, 10; then 1, 20 */
    assert_near(streams[0].end, 10, 1e-12);
    assert_near(streams[1].end, 10, 1e-12);
    assert_near(streams[2].end, 10 + 200 / 21.0, 1e-12);
    assert_near(streams[3].end, 3, 1e-12);
    assert_true(fluid_share(streams, 4, 1000));
    for (int i = 0; i < 4; i++)
        assert_near(streams[i].end, streams[i].seconds, 0);
}

/* Whatever is shared: nobody is faster than alone, nor all than the source. */
static void test_fluid_bounds(void **state)
{
    (void)state;
    struct fluid_stream streams[50];
    uint32_t seed = 5;
    for (int round = 0; round < 300; round++) {
        double sum = 0, longest = 0, last = 0;
        size_t count = 1 + next_of(&seed) % 50;
        double capacity = 1 + next_of(&seed) % 2000;
        for (size_t i = 0; i < count; i++) {
            double seconds = (double)(next_of(&seed) % 100); /* 0: as fast as it comes */
            streams[i] = (struct fluid_stream){(double)(next_of(&seed) % 1000), seconds, 0};
            sum += streams[i].amount;
            longest = fmax(longest, seconds);
        }
        assert_true(fluid_share(streams, count, capacity));
        for (size_t i = 0; i < count; i++) {
            assert_true(streams[i].end >= streams[i].seconds - 1e-9);
            last = fmax(last, streams[i].end);
        }
        assert_true(last >= sum / capacity * (1 - 1e-9));
        assert_true(last <= (sum / capacity + longest) * (1 + 1e-9)); /* it never idles while
                                         somebody wants more */
    }
}

static void test_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t count;
        int last;
    } good[] = {{"1", 1, 1},           {"1,2,4", 3, 4},  {"4,2,2", 2, 4}, {"1-4,8", 5, 8},
                {"1..1000", 10, 1000}, {"3..40", 5, 40}, {"7..7", 1, 7},  {"1..10000", 13, 10000}};
    static const char *const bad[] = {
        "",    "0",      "-1",   "a",       "1,",    ",1",    "1..",   "..2",
        "1.2", "3-1",    "9..2", "1 2",     "1-2-3", "1...3", "10001", "99999999999999999999",
        "1e3", "1-2000", "\n1",  "1..2..3", "0..5"};
    struct predict_nodes_options options;
    struct error error;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(node_list_parse(&options, good[i].text, "nodes", &error));
        assert_int_equal(options.node_count, good[i].count);
        assert_int_equal(options.nodes[options.node_count - 1], good[i].last);
        for (size_t k = 1; k < options.node_count; k++)
            assert_true(options.nodes[k] > options.nodes[k - 1]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (node_list_parse(&options, bad[i], "nodes", &error))
            fail_msg("'%s' is no list", bad[i]);
}

/* What a record may hold is not what a file system may: costs that are no times, none, too many. */
static void test_absurd(void **state)
{
    (void)state;
    struct replay replay = sample(ITEMS, true, 0);
    struct predict_nodes_options options = asked("1,3,1000", 4);
    struct predict_nodes nodes;
    struct error error;
    for (int i = 0; i < ITEMS; i++)
        items[i].cost = i % 3 ? 1000000000000000000 : RECORD_UNKNOWN;
    options.items_total = PREDICT_ROWS_MOST;
    make(&nodes, &replay, &options);
    assert_true(nodes.points[2].seconds < nodes.points[1].seconds);
    predict_nodes_free(&nodes);
    for (int i = 0; i < ITEMS; i++)
        items[i] = (struct replay_item){.row = i};
    make(&nodes, &replay, &options);
    predict_nodes_free(&nodes);
    options.scheduled = true;
    options.schedule = (struct schedule){SCHEDULE_STATIC, 0};
    assert_false(predict_nodes_make(&nodes, &replay, &options, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
    options = asked("1", 1);
    options.bandwidth = 5;
    replay.bytes = 0;
    assert_false(predict_nodes_make(&nodes, &replay, &options, &error));
    assert_int_equal(error.kind, ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conserved),
        cmocka_unit_test(test_as_laid_out),
        cmocka_unit_test(test_one_node),
        cmocka_unit_test(test_closed_form),
        cmocka_unit_test(test_more_nodes_than_items),
        cmocka_unit_test(test_between_bounds),
        cmocka_unit_test(test_monotone),
        cmocka_unit_test(test_recorded_merge),
        cmocka_unit_test(test_bandwidth),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bounds_hold),
        cmocka_unit_test(test_fluid),
        cmocka_unit_test(test_fluid_bounds),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_absurd),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
