#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sweep/points.h"

static const char *spelled(const struct points *points)
{
    static char text[512];
    *text = '\0';
    for (size_t i = 0; i < points->count; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%d", i ? "," : "", points->threads[i]);
    }
    return text;
}

static void test_default_lists(void **state)
{
    (void)state;
    static const struct {
        int cpus;
        bool oversubscribe;
        const char *list;
    } cases[] = {
        {1, false, "1"},
        {2, false, "1,2"},
        {4, false, "1,2,3,4"},
        {10, false, "1,2,3,4,6,8,10"},
        {16, false, "1,2,3,4,6,8,12,16"},
        {20, false, "1,2,3,4,6,8,12,16,20"},
        {2, true, "1,2,3,4"},
        {5, true, "1,2,3,4,5,6,8,10"},
    };
    struct points points;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        points_default(&points, cases[i].cpus, cases[i].oversubscribe);
        assert_string_equal(spelled(&points), cases[i].list);
    }
}

static void test_default_properties(void **state)
{
    (void)state;
    for (int cpus = -1; cpus <= 3000; cpus++)
        for (int over = 0; over < 2; over++) {
            struct points points;
            points_default(&points, cpus, over);
            int most = (cpus < 1 ? 1 : cpus) * (over ? 2 : 1);
            assert_int_equal(points.threads[0], 1);
            assert_int_equal(points.threads[points.count - 1],
                             most < POINTS_MAX_THREADS ? most : POINTS_MAX_THREADS);
            for (size_t i = 1; i < points.count; i++) {
                assert_true(points.threads[i - 1] < points.threads[i]);
                assert_true(points.threads[i] <= 2 * points.threads[i - 1]);
            }
        }
}

static void test_lists_that_are_read(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1", "1"},
        {"4,2,1,2", "1,2,4"},
        {"1-4,8", "1,2,3,4,8"},
        {"3-5,4-6,1024", "3,4,5,6,1024"},
        {"007", "7"},
    };
    struct points points;
    struct error error;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(points_parse(&points, cases[i][0], &error));
        assert_string_equal(spelled(&points), cases[i][1]);
    }
}

static void test_lists_that_are_refused(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",    ",",    "1,",   ",1",   "0",       "1,0",  "-1",  "1-",    "4-1",
        "1 2", "1, 2", " 1",   "x",    "1x",      "1025", "1.5", "1-2-3", "99999999999999999999",
        "+1",  "0x10", "1--2", "1,,2", "1-64,65",
    };
    struct points points;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct error error = {0};
        assert_false(points_parse(&points, cases[i], &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_non_null(strstr(error.text, cases[i]));
    }
    assert_true(points_parse(&points, "1-64", NULL));
    assert_int_equal(points.count, POINTS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_lists),
        cmocka_unit_test(test_default_properties),
        cmocka_unit_test(test_lists_that_are_read),
        cmocka_unit_test(test_lists_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
