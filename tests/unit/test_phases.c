/*
 * Phases and stages on a clock of our own: whatever the order of stamps, nothing is lost and
 * nothing counted twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "profile/phases.h"
#include "profile/stages.h"

static int64_t now; /* what the clock shows; it goes on by `step` with every reading */
static int64_t step, readings;

/* Linked with --wrap. */
int64_t __wrap_clock_now_ns(void);
int64_t __wrap_clock_now_ns(void)
{
    readings++;
    return now += step;
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int start(void **state)
{
    (void)state;
    now = 1000;
    step = readings = 0;
    return 0;
}

static const struct phases_phase *named(const struct phases *phases, const char *name)
{
    for (int i = 0; i < phases->count; i++)
        if (strcmp(phases->phase[i].name, name) == 0)
            return &phases->phase[i];
    return NULL;
}

static void phases_are_what_lay_between_stamps(void **state)
{
    (void)state;
    struct phases phases;
    phases_begin(&phases);
    now += 7; /* before the first: other */
    phases_enter(&phases, "scan", false);
    now += 100;
    phases_enter(&phases, "process", true);
    now += 5000;
    phases_leave(&phases);
    now += 30; /* between two: other */
    phases_enter(&phases, "scan", false);
    now += 11;
    assert_int_equal(phases_end(&phases), 5148);
    assert_int_equal(named(&phases, "scan")->wall_ns, 111);
    assert_false(named(&phases, "scan")->parallel);
    assert_int_equal(named(&phases, "process")->wall_ns, 5000);
    assert_true(named(&phases, "process")->parallel);
    assert_int_equal(named(&phases, "other")->wall_ns, 37);
    assert_int_equal(phases.count, 3);
}

/* Stamps of the region are taken elsewhere, and given after the fact. */
static void phases_take_stamps_of_others(void **state)
{
    (void)state;
    struct phases phases;
    phases_begin(&phases);
    now += 1000;
    phases_enter_at(&phases, "process", true, 1300);
    phases_enter_at(&phases, "collect", false, 1900);
    assert_int_equal(phases_end(&phases), 1000);
    assert_int_equal(named(&phases, "other")->wall_ns, 300);
    assert_int_equal(named(&phases, "process")->wall_ns, 600);
    assert_int_equal(named(&phases, "collect")->wall_ns, 100);
}

/* More names than the table has, stamps that go back: the sum is the wall all the same. */
static void phases_always_close(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                        "k", "l", "m", "n", "o", "p", "q", "r", "s", "t"};
    uint64_t seed = 7;
    for (int round = 0; round < 200; round++) {
        struct phases phases;
        int64_t began = now;
        phases_begin(&phases);
        for (int i = 0; i < 50; i++) {
            now += (int64_t)(random_next(&seed) % 1000);
            const char *name = names[random_next(&seed) % 20];
            bool parallel = random_next(&seed) % 2;
            if (random_next(&seed) % 5 == 0)
                phases_leave(&phases);
            else
                phases_enter_at(&phases, name, parallel, now - (int64_t)(random_next(&seed) % 500));
        }
        int64_t sum = 0, wall = phases_end(&phases);
        assert_true(phases.count <= PHASES_MOST);
        for (int i = 0; i < phases.count; i++) {
            assert_true(phases.phase[i].wall_ns >= 0);
            sum += phases.phase[i].wall_ns;
        }
        assert_int_equal(sum, wall);
        assert_int_equal(wall, now - began);
    }
}

static void names_are_those_of_the_record(void **state)
{
    (void)state;
    const char *names[] = {"read", "decode", "convert", "resize", "store", "dispatch"};
    for (int s = 0; s < STAGE_COUNT; s++)
        assert_string_equal(stages_name((enum stage)s), names[s]);
}

static void no_clock_reads_no_time(void **state)
{
    (void)state;
    struct stages_item item = {.thread = 5, .start_ns = 6};
    stages_begin(NULL);
    stages_item_begin(NULL);
    stages_enter(NULL, STAGE_DECODE);
    stages_item_end(NULL, &item, 1);
    stages_end(NULL);
    assert_int_equal(readings, 0);
    assert_int_equal(item.thread, 5);
    assert_int_equal(item.start_ns, 6);
}

static void clocks_lie_on_lines_of_their_own(void **state)
{
    (void)state;
    struct stages_clock *clocks = stages_clocks_new(3), zero;
    memset(&zero, 0, sizeof zero);
    for (int t = 0; t < 3; t++) {
        assert_int_equal((uintptr_t)&clocks[t] % 128, 0);
        assert_memory_equal(&clocks[t], &zero, sizeof zero);
    }
    free(clocks);
    assert_null(stages_clocks_new(0));
}

/* Random walks through the stages: they sum up to the thread's time, items to the stages of their
 * thread, and every reading is counted. */
static void stages_and_items_add_up(void **state)
{
    (void)state;
    enum { ITEMS = 40 };
    uint64_t seed = 99;
    struct stages_clock *clock = stages_clocks_new(1);
    struct stages_item *items = stages_items_new(ITEMS + 1);
    step = 3;
    int64_t items_began[ITEMS];
    stages_begin(clock);
    for (int i = 0; i < ITEMS; i++) {
        now += (int64_t)(random_next(&seed) % 100);
        stages_item_begin(clock);
        items_began[i] = now;
        for (uint64_t k = random_next(&seed) % 30; k > 0; k--) {
            now += (int64_t)(random_next(&seed) % 1000);
            stages_enter(clock, (enum stage)(random_next(&seed) % STAGE_COUNT));
        }
        now += 17;
        stages_item_end(clock, &items[i], 3);
    }
    stages_end(clock);
    int64_t sum = 0, by_items[STAGE_DISPATCH] = {0};
    for (int s = 0; s < STAGE_COUNT; s++)
        sum += clock->ns[s];
    for (int i = 0; i < ITEMS; i++) {
        assert_int_equal(items[i].thread, 3);
        assert_int_equal(items[i].start_ns, items_began[i]);
        for (int s = 0; s < STAGE_DISPATCH; s++)
            by_items[s] += items[i].ns[s];
    }
    assert_int_equal(items[ITEMS].thread, -1);
    assert_int_equal(sum, clock->end_ns - clock->start_ns);
    assert_int_equal(clock->end_ns, now);
    assert_memory_equal(by_items, clock->ns, sizeof by_items);
    assert_int_equal(clock->items, ITEMS);
    assert_int_equal(clock->stamps, readings);
    assert_true(clock->cpu_ns >= 0);
    free(clock);
    free(items);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup(f, start)
    const struct CMUnitTest tests[] = {
        TEST(phases_are_what_lay_between_stamps),
        TEST(phases_take_stamps_of_others),
        TEST(phases_always_close),
        TEST(names_are_those_of_the_record),
        TEST(no_clock_reads_no_time),
        TEST(clocks_lie_on_lines_of_their_own),
        TEST(stages_and_items_add_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
