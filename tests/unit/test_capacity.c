/* The machine ceiling from a process of its own, and what counts as a fall of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "sweep/capacity.h"

/* p threads cannot do the work of more than p cores, but for a disturbance of the one thread that
 * they are compared with; so only what must hold on a busy machine is asked for. */
static void test_measures(void **state)
{
    (void)state;
    struct capacity capacity = {.steps = 0};
    double one = capacity_measure(&capacity, 1);
    assert_true(one > 0);
    uint64_t steps = capacity.steps;
    assert_true(steps > 0);
    assert_true(capacity_measure(&capacity, 2) > 0);
    assert_int_equal(capacity.steps, steps); /* every team does the same work */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

static int threads_of_this_process(void)
{
    int count = 0;
    char line[256];
    FILE *stream = fopen("/proc/self/status", "re");
    assert_non_null(stream);
    while (fgets(line, sizeof line, stream))
        if (sscanf(line, "Threads: %d", &count) == 1)
            break;
    fclose(stream);
    return count;
}

static void test_leaves_no_team_behind(void **state)
{
    (void)state;
    struct capacity capacity = {.steps = 1000};
    int before = threads_of_this_process();
    capacity_measure(&capacity, 3);
    assert_int_equal(threads_of_this_process(), before);
}

static void test_a_fall_is_seen(void **state)
{
    (void)state;
    struct capacity_history history = {.count = 0};
    double usual = 0;
    assert_false(capacity_fell(&history, 3.9, &usual));
    assert_false(capacity_fell(&history, 1.0, &usual)); /* of two, none is the usual one */
    assert_false(capacity_fell(&history, 4.0, &usual));
    assert_true(usual == 3.9);
    assert_true(capacity_fell(&history, 3.5, &usual));
    assert_false(capacity_fell(&history, -1, &usual)); /* unknown: as if nothing had been */
    assert_int_equal(history.count, 4);
    assert_false(capacity_fell(&history, 3.8, &usual));
    assert_false(capacity_fell(&history, 9.0, &usual)); /* more is no loss */
    for (int i = 0; i < 1000; i++) {
        assert_false(capacity_fell(&history, 4.0, &usual));
        assert_true(usual >= 3.8 && usual <= 4.0);
    }
    assert_true(capacity_fell(&history, 3.79, &usual));
    assert_false(capacity_fell(&history, 3.81, &usual));
}

/* A machine that became another one is the usual one after a while. */
static void test_a_lasting_change_becomes_usual(void **state)
{
    (void)state;
    struct capacity_history history = {.count = 0};
    double usual = 0;
    for (int i = 0; i < CAPACITY_KEPT; i++)
        assert_false(capacity_fell(&history, 4, &usual));
    int falls = 0;
    for (int i = 0; i < CAPACITY_KEPT; i++)
        falls += capacity_fell(&history, 3, &usual);
    assert_in_range(falls, 1, CAPACITY_KEPT / 2 + 1);
    assert_true(usual == 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_leaves_no_team_behind),
        cmocka_unit_test(test_a_fall_is_seen),
        cmocka_unit_test(test_a_lasting_change_becomes_usual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
