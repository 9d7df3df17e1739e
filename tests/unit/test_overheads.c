/* overheads: every way of sharing out the work gives the right sum with every team, and what the
 * table and the JSON say is what was measured. Durations are not judged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bakery/overheads.h"
#include "bakery/overheads_json.h"
#include "bakery/overheads_loops.h"
#include "bakery/overheads_table.h"
#include "temp_folder.h"

static char *folder;

/* Gauss's formula, or the count: what any right way of sharing out must give. */
static uint64_t right_sum(enum overheads_way way, int64_t n)
{
    bool counts = overheads_about[way].experiment == OVERHEADS_FALSE_SHARING;
    return counts ? (uint64_t)n : (uint64_t)(n * (n - 1) / 2);
}

/* Numbers that do not divide by the teams, fewer than the team, none at all. */
static void test_every_way_sums_right(void **state)
{
    (void)state;
    const int64_t sizes[] = {0, 1, 3, 1000, 10007};
    for (int way = 0; way < OVERHEADS_WAYS; way++)
        for (int threads = 1; threads <= 4; threads++)
            for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
                struct overheads_loops_result result = {0};
                assert_true(
                    overheads_loops_run((enum overheads_way)way, threads, sizes[i], &result));
                assert_true(result.sum == right_sum((enum overheads_way)way, sizes[i]));
                assert_true(result.wall_ns >= 0);
            }
}

static void test_regions_have_every_thread(void **state)
{
    (void)state;
    for (int threads = 1; threads <= 4; threads++) {
        struct overheads_loops_result result = {0};
        assert_true(overheads_loops_regions(threads, 50, &result));
        assert_true(result.sum == (uint64_t)(50 * threads));
    }
}

/* The work must be there: twice the numbers cannot be had for nothing, which they were if the
 * compiler knew the sum. The least of several, so that only work done can make it longer. */
static void test_no_loop_was_folded(void **state)
{
    (void)state;
    const int64_t n = 400000;
    for (int way = 0; way < OVERHEADS_WAYS; way++) {
        int64_t least = INT64_MAX;
        for (int round = 0; round < 3; round++) {
            struct overheads_loops_result result;
            assert_true(overheads_loops_run((enum overheads_way)way, 1, n, &result));
            least = result.wall_ns < least ? result.wall_ns : least;
        }
        /* A step takes a cycle at least; no processor has ten in a nanosecond. */
        assert_true(least > n / 10);
    }
}

static void measure(struct overheads *overheads)
{
    struct overheads_plan plan = {
        .points = {.threads = {1, 2, 3, 4}, .count = 4}, .iterations = 2000, .rounds = 2};
    struct error error;
    if (!overheads_measure(&plan, overheads, &error))
        fail_msg("%s", error.text);
}

static void test_measures_everything(void **state)
{
    (void)state;
    static struct overheads overheads;
    measure(&overheads);
    for (size_t point = 0; point < 4; point++) {
        for (int way = 0; way < OVERHEADS_WAYS; way++) {
            const struct overheads_cell *cell = &overheads.cell[way][point];
            enum overheads_way base = overheads_about[way].base;
            assert_true(cell->best_ns > 0 && cell->best_ns <= cell->median_ns);
            double speedup = overheads_speedup(&overheads, (enum overheads_way)way, point);
            double expected = overheads.cell[base][point].median_ns / cell->median_ns;
            assert_true(fabs(speedup - expected) < 1e-12 * expected);
        }
        assert_true(overheads.region[point].best_ns > 0);
        assert_true(overheads.cores[point] > 0);
    }
    /* A base knows no team: one figure, whatever the team beside it. */
    assert_true(overheads.cell[OVERHEADS_PLAIN][0].median_ns ==
                overheads.cell[OVERHEADS_PLAIN][3].median_ns);
    assert_true(overheads_speedup(&overheads, OVERHEADS_PLAIN, 2) == 1);
}

static void test_another_team_is_refused(void **state)
{
    (void)state;
    struct overheads_plan plan = {
        .points = {.threads = {3}, .count = 1}, .iterations = 1000, .rounds = 1};
    static struct overheads overheads;
    struct error error = {.kind = ERROR_NONE};
    bool ok = true;
    /* Inside a region of one active level the runtime delivers one thread. */
#pragma omp parallel num_threads(2)
#pragma omp single
    ok = overheads_measure(&plan, &overheads, &error);
    assert_false(ok);
    assert_int_equal(error.kind, ERROR_OUTPUT);
    assert_non_null(strstr(error.text, "3 threads"));
}

static void test_json_comes_back(void **state)
{
    (void)state;
    static struct overheads written, read;
    measure(&written);
    written.cores[1] = -1; /* what was not known */
    const char *path = textf("%s/overheads.json", folder);
    json_t *json = overheads_json_new(&written);
    assert_non_null(json);
    assert_int_equal(json_dump_file(json, path, JSON_REAL_PRECISION(17)), 0);
    json_decref(json);
    struct error error;
    assert_true(overheads_json_load(&read, path, &error));
    assert_memory_equal(&read, &written, sizeof read);
}

static void test_json_of_others_is_refused(void **state)
{
    (void)state;
    static struct overheads overheads;
    struct error error;
    const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"schema\": \"pixscale.overheads/1\"}",
        "{\"schema\": \"pixscale.overheads/1\", \"points\": [{\"threads\": 1}], \"ways\": []}",
        "{\"schema\": \"pixscale.fit/1\", \"points\": [], \"ways\": []}"};
    const char *path = textf("%s/other.json", folder);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        fputs(texts[i], stream);
        fclose(stream);
        assert_false(overheads_json_load(&overheads, path, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
    }
    assert_int_equal(remove(path), 0);
    assert_false(overheads_json_load(&overheads, path, &error));
}

/* Figures of our own, so that what is written can be known. */
static void plant(struct overheads *overheads, double cores)
{
    *overheads = (struct overheads){
        .plan = {.points = {.threads = {1, 2, 4, 8}, .count = 4}, .iterations = 1000, .rounds = 5}};
    for (size_t point = 0; point < 4; point++) {
        for (int way = 0; way < OVERHEADS_WAYS; way++)
            overheads->cell[way][point] = (struct overheads_cell){4, 4};
        overheads->cell[OVERHEADS_DYNAMIC_1][point].median_ns = 50;
        overheads->cell[OVERHEADS_CRITICAL][point].median_ns = 400;
        overheads->cell[OVERHEADS_REDUCTION][point].median_ns = 0.5;
        overheads->cell[OVERHEADS_ADJACENT][point].median_ns = 36;
        overheads->region[point].median_ns = 1500;
        overheads->cores[point] = cores;
    }
}

/* One blank for many: how wide a column is, is not what is tested. */
static void squeeze(char *text)
{
    char *to = text;
    for (const char *from = text; *from; from++)
        if (*from != ' ' || to == text || to[-1] != ' ')
            *to++ = *from;
    *to = '\0';
}

static void test_table_says_it(void **state)
{
    (void)state;
    static struct overheads overheads;
    const char *const wanted[] = {"one by one 12.5 times slower",
                                  "around each addition 100 times slower",
                                  "a reduction 8.00 times faster",
                                  "128 bytes apart 9.00 times slower", "takes 1.50 us 1.50 us"};
    for (int disturbed = 0; disturbed < 2; disturbed++) {
        struct writer writer = {0};
        plant(&overheads, disturbed ? 7.5 : 7.7);
        overheads_table_write(&writer, &overheads);
        char *text = writer_take(&writer);
        assert_non_null(text);
        for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
            assert_true(strcspn(line, "\n") <= 80);
        squeeze(text);
        for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
            assert_non_null(strstr(text, wanted[i]));
        assert_int_equal(strstr(text, "7.50 of 8 cores") != NULL, disturbed);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_way_sums_right),
        cmocka_unit_test(test_regions_have_every_thread),
        cmocka_unit_test(test_no_loop_was_folded),
        cmocka_unit_test(test_measures_everything),
        cmocka_unit_test(test_another_team_is_refused),
        cmocka_unit_test(test_json_comes_back),
        cmocka_unit_test(test_json_of_others_is_refused),
        cmocka_unit_test(test_table_says_it),
    };
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
    folder = temp_folder_create();
    int failed = folder ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
    return folder && temp_folder_remove(folder) == 0 ? failed : 1;
}
