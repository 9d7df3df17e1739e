#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/grouping.h"
#include "report/readings.h"
#include "report/runs.h"

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

static bool csv(struct readings *readings, const char *text, struct error *error)
{
    memset(readings, 0, sizeof *readings);
    return readings_csv(readings, "t.csv", text, strlen(text), error);
}

static void every_spelling_of_a_table(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "threads,seconds\n1,4.0\n2,2.5\n",
        "threads,seconds\r\n1,4.0\r\n2,2.5\r\n",
        "# a sweep\nthreads,seconds\n\n1,4e0\n# noise\n2,2.50\n",
        "\"threads\",\"seconds\"\n\"1\",\"4\"\n \"2\" , \"2.5\"\n",
        "Seconds;P\n4;1\n2.5;2",
        "OMP_NUM_THREADS\ttime\n1\t4\n2\t2.5\n",
        "load,throughput\n1,.25\n2,.4\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct readings readings;
        struct error error;
        assert_true(csv(&readings, texts[i], &error));
        assert_int_equal(readings.count, 2);
        assert_int_equal(readings.rows[0].threads, 1);
        assert_int_equal(readings.rows[1].threads, 2);
        assert_near(readings.rows[0].seconds, 4, 1e-12);
        assert_near(readings.rows[1].seconds, 2.5, 1e-12);
        assert_int_equal(readings.rows[0].record, READINGS_NO_RECORD);
        readings_free(&readings);
    }
}

static void a_bad_line_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
    } cases[] = {
        {"threads,seconds\n1,x\n", 2},
        {"threads,seconds\n1,4\n\n0,4\n", 4},
        {"threads,seconds\n1,4,5\n", 2},
        {"threads,seconds\n1\n", 2},
        {"threads,seconds\n\"1,4\n", 2},
        {"threads,seconds\n\"1\"x,4\n", 2},
        {"threads,seconds\n1,nan\n", 2},
        {"threads,seconds\n1,inf\n", 2},
        {"threads,seconds\n1,0\n", 2},
        {"threads,seconds\n1,-4\n", 2},
        {"threads,seconds\n1,0x4\n", 2},
        {"threads,seconds\n1.5,4\n", 2},
        {"threads,seconds\n1000001,4\n", 2},
        {"threads,seconds\n1,1e300\n", 2},
        {"threads,seconds\n1,\n", 2},
        {"1,4\n2,3\n", 1},
        {"#\nthreads,size\n", 2},
        {"threads\n1\n", 1},
        {"seconds,name\n1,a\n", 1},
        {"threads,p,seconds\n1,1,1\n", 1},
        {"threads,seconds,throughput\n1,1,1\n", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct readings readings;
        struct error error;
        char where[32];
        snprintf(where, sizeof where, "t.csv:%d: ", cases[i].line);
        assert_false(csv(&readings, cases[i].text, &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        if (strncmp(error.text, where, strlen(where)) != 0)
            fail_msg("'%s' is said of %s", error.text, cases[i].text);
        readings_free(&readings);
    }
}

/* No prefix of a good file, and no byte of it replaced by another, does more than be refused. */
static void damaged_text_does_no_harm(void **state)
{
    (void)state;
    static const char good[] = "threads,name,seconds\n1,\"a,b\",4\n2,c,2.5\n";
    struct readings readings;
    struct error error;
    for (size_t length = 0; length < sizeof good; length++) {
        char *cut = strndup(good, length); /* its own size, for the sanitizers */
        csv(&readings, cut, &error);
        readings_free(&readings);
        free(cut);
    }
    for (size_t at = 0; at < sizeof good - 1; at++)
        for (int byte = 1; byte < 256; byte++) {
            char text[sizeof good];
            memcpy(text, good, sizeof good);
            text[at] = (char)byte;
            csv(&readings, text, &error);
            for (size_t i = 0; i < readings.count; i++)
                assert_true(readings.rows[i].threads >= 1 && readings.rows[i].seconds > 0);
            readings_free(&readings);
        }
}

static void what_is_shown_is_harmless(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac"},
        {"\x1b[31mred\n", "\\x1b[31mred\\n"},
        {"\xe2\x80\xae", "\\xe2\\x80\\xae"},
        {"\xff\\\xff", "\\xff\\\\xff"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = strdup(cases[i][0]);
        assert_true(readings_escape(&text));
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
    char *none = NULL;
    assert_true(readings_escape(&none));
    assert_null(none);
}

/* Two programs whose names differ only in what cannot be shown are two. */
static void names_that_differ_still_do(void **state)
{
    (void)state;
    struct readings readings;
    struct error error;
    csv(&readings, "name,threads,seconds\na\x01,1,2\na\x02,1,4\n", &error);
    assert_int_equal(readings.count, 2);
    assert_string_not_equal(readings.rows[0].name, readings.rows[1].name);
    readings_free(&readings);
}

static bool hyperfine(struct readings *readings, const char *text, struct error *error)
{
    memset(readings, 0, sizeof *readings);
    return readings_hyperfine(readings, "h.json", text, strlen(text), error);
}

#define RESULT(command, parameters, times)                                                         \
    "{\"command\":\"" command "\",\"times\":[" times "],\"parameters\":{" parameters "}}"

static size_t groups_of(const struct readings *readings, char names[][128])
{
    struct grouping grouping;
    assert_true(grouping_make(&grouping, readings));
    size_t count = grouping.count;
    for (size_t i = 0; i < count; i++)
        snprintf(names[i], 128, "%s", grouping.groups[i].name);
    grouping_free(&grouping);
    return count;
}

static void commands_of_hyperfine_are_told_apart(void **state)
{
    (void)state;
    struct readings readings;
    struct error error;
    char names[8][128];
    assert_true(
        hyperfine(&readings,
                  "{\"results\":[" RESULT("a -p1 x", "\"threads\":\"1\"", "4,4.1") "," RESULT(
                      "b -p1 x", "\"threads\":\"1\"",
                      "3") "," RESULT("a -p12 x", "\"threads\":\"12\"",
                                      "1") "," RESULT("b -p12 x", "\"threads\":\"12\"", "2") "]}",
                  &error));
    assert_int_equal(readings.count, 5);
    assert_int_equal(readings.rows[3].threads, 12);
    assert_int_equal(groups_of(&readings, names), 2);
    assert_string_equal(names[0], "h.json: a -p{threads} x");
    assert_string_equal(names[1], "h.json: b -p{threads} x");
    readings_free(&readings);
    /* A size is another work load, even when the command does not show it. */
    assert_true(
        hyperfine(&readings,
                  "{\"results\":[" RESULT("a", "\"num_threads\":\"1\",\"n\":\"7\"", "4") "," RESULT(
                      "a", "\"num_threads\":\"2\",\"n\":\"7\"",
                      "2") "," RESULT("a", "\"num_threads\":\"1\",\"n\":\"9\"", "5") "]}",
                  &error));
    assert_int_equal(groups_of(&readings, names), 2);
    assert_string_equal(names[0], "h.json: a (n=7)");
    assert_string_equal(names[1], "h.json: a (n=9)");
    readings_free(&readings);
}

static void results_that_are_no_measurements(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "{\"results\":[",
        "{\"results\":[]}",
        "{\"results\":{}}",
        "{\"results\":[3]}",
        "{\"results\":[" RESULT("a", "\"size\":\"1\"", "4") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":\"x\"", "4") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":\"0\"", "4") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":[1]", "4") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":\"1\"", "0") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":\"1\"", "-1") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":\"1\"", "\"4\"") "]}",
        "{\"results\":[" RESULT("a", "\"threads\":\"1\",\"OMP_NUM_THREADS\":\"1\"", "4") "]}",
        "{\"results\":[{\"command\":\"a\",\"parameters\":{\"threads\":\"1\"}}]}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct readings readings;
        struct error error;
        assert_false(hyperfine(&readings, texts[i], &error));
        assert_int_equal(error.kind, ERROR_USAGE);
        assert_memory_equal(error.text, "h.json:", 7);
        readings_free(&readings);
    }
}

static void a_failed_command_is_left_out(void **state)
{
    (void)state;
    struct readings readings;
    struct error error;
    assert_true(hyperfine(&readings,
                          "{\"results\":[{\"command\":\"a\",\"times\":[1,2],\"exit_codes\":[0,1],"
                          "\"parameters\":{\"threads\":\"1\"}}]}",
                          &error));
    assert_null(readings.rows[0].why);
    assert_non_null(readings.rows[1].why);
    readings_free(&readings);
}

/* The limits of the record decide, in the order in which they bind, and each way out of them. */
static void limits_of_the_record_exclude(void **state)
{
    (void)state;
    struct record record = {.requested = 8, .delivered = 8, .affinity_cpus = 8, .cores = 4};
    char command[] = "waiting";
    assert_null(runs_excluded(&record, 4, false));
    assert_non_null(strstr(runs_excluded(&record, 5, false), "physical cores"));
    assert_null(runs_excluded(&record, 8, true));
    assert_non_null(strstr(runs_excluded(&record, 9, true), "CPUs allowed"));
    record.cgroup_cpus = 2.5;
    assert_null(runs_excluded(&record, 2, false));
    assert_non_null(strstr(runs_excluded(&record, 3, true), "quota"));
    record.oversubscribe = true;
    assert_null(runs_excluded(&record, 64, false));
    record.oversubscribe = false;
    record.work = command;
    assert_null(runs_excluded(&record, 64, false));
    record.delivered = 4;
    assert_non_null(strstr(runs_excluded(&record, 4, true), "fewer threads"));
    record.contaminated = true;
    assert_non_null(strstr(runs_excluded(&record, 4, true), "disturbed"));
    record.why = command;
    assert_string_equal(runs_excluded(&record, 1, true), "waiting");
    /* Without a known number of cores the CPUs count. */
    struct record unknown = {.requested = 4, .delivered = 4, .affinity_cpus = 4, .cores = -1};
    assert_null(runs_excluded(&unknown, 4, false));
    assert_non_null(runs_excluded(&unknown, 5, false));
}

/* Serial and region are the wall time, whatever the phases are called. */
static void time_is_accounted_for(void **state)
{
    (void)state;
    char text[] = "x";
    struct record_phase phases[] = {{text, false, 300000000}, {text, true, 600000000}};
    struct record_thread threads[] = {{.busy_ns = 500000000}, {.busy_ns = 300000000}};
    struct record record = {.delivered = 2,
                            .wall_ns = 1000000000,
                            .phases = phases,
                            .phase_count = 2,
                            .threads = threads,
                            .thread_count = 2,
                            .capacity = -1};
    struct study_run run = runs_of_record(&record, 2, 1, false);
    assert_true(run.account.known);
    assert_near(run.account.serial + run.account.region, run.seconds, 1e-12);
    assert_near(run.account.region, 0.6, 1e-12);
    assert_near(run.account.max_busy, 0.5, 1e-12);
    assert_near(run.account.mean_busy, 0.4, 1e-12);
    assert_true(isnan(run.capacity));
    threads[0].busy_ns = 700000000; /* more than the region lasted */
    assert_false(runs_of_record(&record, 2, 1, false).account.known);
    threads[0].busy_ns = 500000000;
    assert_false(runs_of_record(&record, 3, 1, false).account.known);
    phases[0].parallel = true; /* two regions: whose maximum is it? */
    assert_false(runs_of_record(&record, 2, 1, false).account.known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_spelling_of_a_table),
        cmocka_unit_test(a_bad_line_is_named),
        cmocka_unit_test(damaged_text_does_no_harm),
        cmocka_unit_test(what_is_shown_is_harmless),
        cmocka_unit_test(names_that_differ_still_do),
        cmocka_unit_test(commands_of_hyperfine_are_told_apart),
        cmocka_unit_test(results_that_are_no_measurements),
        cmocka_unit_test(a_failed_command_is_left_out),
        cmocka_unit_test(limits_of_the_record_exclude),
        cmocka_unit_test(time_is_accounted_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
