#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/fit_json.h"
#include "report/phrase.h"
#include "report/table.h"
#include "report/verdict.h"

/* A study made by hand, so that each sentence can be asked for. The figures are those of the
 * sentences below. */
struct example {
    struct analysis_group group;
    struct study_point points[3];
    struct study_ledger ledgers[3];
    struct study_pop pops[3];
    struct study_prediction prediction;
    struct study_run run;
    char name[16], host[16], what[16];
};

#define assert_near(a, b, within) assert_true(fabs((a) - (b)) <= (within))

static const struct study_interval unknown = {NAN, NAN};

static struct example *example(void)
{
    static struct example e;
    e = (struct example){.name = "job", .host = "nid01", .what = "job"};
    static const double speedups[] = {1, 1.86, 3.29};
    for (int i = 0; i < 3; i++) {
        int p = 1 << i;
        double s = speedups[i], e_p = i ? (1 / s - 1.0 / p) / (1 - 1.0 / p) : NAN;
        e.points[i] = (struct study_point){.threads = p,
                                           .runs = 5,
                                           .seconds = 12.4 / s,
                                           .seconds_ci = {12.3 / s, 12.5 / s},
                                           .speedup = s,
                                           .speedup_ci = {0.98 * s, 1.02 * s},
                                           .efficiency = s / p,
                                           .karp_flatt = e_p,
                                           .karp_flatt_ci = unknown,
                                           .attainable = NAN};
        e.ledgers[i] = (struct study_ledger){.threads = p, .speedup = s};
        e.pops[i] = (struct study_pop){.threads = p, .thread_efficiency = s / p};
    }
    e.ledgers[2].serial = 0.18;
    e.ledgers[2].imbalance = 0.42;
    e.ledgers[2].overhead = 0.11;
    e.prediction = (struct study_prediction){
        .threads = 8, .speedup = 5.3, .seconds = 2.34, .speedup_ci = {5.1, 5.6}, .extrapolated = 1};
    e.group = (struct analysis_group){
        .name = e.name, .host = e.host, .what = e.what, .runs = &e.run, .run_count = 1};
    e.group.study = (struct study){.points = e.points,
                                   .point_count = 3,
                                   .base_threads = 1,
                                   .base_seconds = 12.4,
                                   .serial_seconds = NAN,
                                   .timers_serial = 0.018,
                                   .amdahl = {.fitted = true,
                                              .serial_fraction = 0.072,
                                              .serial_fraction_ci = {0.062, 0.082},
                                              .limit = 13.9,
                                              .limit_ci = {12.2, 16.1},
                                              .t1 = 12.4,
                                              .aicc = -51.2},
                                   .selected = STUDY_AMDAHL,
                                   .lack_of_fit_p = 0.3,
                                   .degrees = 1,
                                   .predictions = &e.prediction,
                                   .prediction_count = 1,
                                   .recommended = 4,
                                   .recommended_efficient = 4,
                                   .ledgers = e.ledgers,
                                   .pops = e.pops,
                                   .ledger_count = 3};
    return &e;
}

static void check_verdict(const struct example *e, const char *wanted, bool there)
{
    char *text = verdict_text(&e->group);
    assert_non_null(text);
    if ((strstr(text, wanted) != NULL) != there)
        fail_msg("'%s' %s in: %s", wanted, there ? "is not" : "is", text);
    free(text);
}

static void the_whole_verdict(void **state)
{
    (void)state;
    char *text = verdict_text(&example()->group);
    assert_string_equal(
        text, "At 4 threads you got 3.29x and lost 0.71 of a core: 0.42 imbalance, 0.18 serial, "
              "0.11 waiting. The curve bends like a serial share of 7.2 % (6.2 to 8.2; ceiling "
              "13.9x, 12.2 to 16.1), but only 1.8 % is serial by the clock: the rest is mostly "
              "imbalance, which a better schedule can remove. 8 threads would give 5.30x (5.10 to "
              "5.60) as it is, and at most 7.10x if only what is serial by the clock were left. "
              "Of the teams measured, 4 threads are the smallest within 5 % of the best time.");
    free(text);
}

static void the_cause_is_the_largest_loss(void **state)
{
    (void)state;
    struct example *e = example();
    e->ledgers[2].overhead = 0.5;
    check_verdict(e, "mostly waiting", true);
    e->ledgers[2].inflation = 0.9;
    check_verdict(e, "mostly work that takes longer", true);
    e->ledgers[2].inflation_serial = 0.8;
    check_verdict(e, "mostly serial phases that take longer", true);
    e->ledgers[2] = (struct study_ledger){.threads = 4, .speedup = 3.29, .serial = 0.71};
    check_verdict(e, "do not show", true);
    e->group.study.ledger_count = 0;
    check_verdict(e, "do not show", true);
    check_verdict(e, "an efficiency of 82.2 %", true);
}

static void clock_and_fit_are_compared(void **state)
{
    (void)state;
    struct example *e = example();
    e->group.study.timers_serial = 0.07;
    check_verdict(e, "the two agree", true);
    e->group.study.timers_serial = 0.12;
    check_verdict(e, "though 12.0 % is serial by the clock", true);
    e->group.study.timers_serial = NAN;
    check_verdict(e, "wall times alone cannot tell", true);
    check_verdict(e, "serial by the clock", false);
}

/* A cost that one thread pays too is in no speed-up, and fewer threads do not help. */
static void overhead_in_the_base(void **state)
{
    (void)state;
    struct example *e = example();
    e->group.diagnosis = (struct diagnosis){.cause = DIAGNOSIS_OVERHEAD, .cores = 0.9};
    e->group.evidence.dispatch_share = 0.2;
    e->group.evidence.dispatch_cores = 0.8;
    e->group.evidence.dispatch_grown = 0.1;
    check_verdict(e, "20.0 % of the threads' time, with one thread as well, where", true);
    check_verdict(e, "fewer threads", false);
}

/* The diagnosis is said with what to do about it, and then the remedy is not said twice. */
static void the_diagnosis_has_a_remedy(void **state)
{
    (void)state;
    static const struct {
        enum diagnosis_cause cause;
        const char *said;
    } wanted[] = {{DIAGNOSIS_SERIAL, "is serial phases (0.42 of a core): shorten"},
                  {DIAGNOSIS_IMBALANCE, "is imbalance (0.42 of a core): try a smaller chunk"},
                  {DIAGNOSIS_SLOW, "is a slow thread (0.42 of a core): it takes 2.00x as long"},
                  {DIAGNOSIS_OVERHEAD, "is overhead (0.42 of a core): handing out work takes 10.0 "
                                       "% of the threads' time, so try larger chunks"},
                  {DIAGNOSIS_CONTENTION, "is contention (0.42 of a core): look for what"},
                  {DIAGNOSIS_BANDWIDTH, "is a bandwidth knee (0.42 of a core): something"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        struct example *e = example();
        e->group.diagnosis = (struct diagnosis){.cause = wanted[i].cause, .cores = 0.42};
        e->group.evidence.slowest = 2;
        e->group.evidence.dispatch_share = 0.1;
        check_verdict(e, wanted[i].said, true);
        check_verdict(e, "mostly imbalance. ", true);
        check_verdict(e, "with one thread as well", false);
        e->group.evidence.dispatch_share = NAN;
        check_verdict(e, "threads' time", false);
        e->group.diagnosis.cause = DIAGNOSIS_UNKNOWN;
        check_verdict(e, "The main loss", false);
    }
}

/* Nothing is concluded from what the data do not identify. */
static void closed_gates(void **state)
{
    (void)state;
    struct example *e = example();
    e->group.study.amdahl.limit = NAN;
    e->group.study.notes[e->group.study.note_count++] = "the gate is closed";
    check_verdict(e, "ceiling", false);
    check_verdict(e, "The gate is closed. ", true);
    e->group.study.selected = STUDY_NONE;
    check_verdict(e, "bends like", false);
    check_verdict(e, "would give", false);
    e->group.study.point_count = 1;
    check_verdict(e, "Cannot tell: only one thread count (1)", true);
    check_verdict(e, "bends like", false);
    e->points[0].excluded = true;
    check_verdict(e, "Cannot tell: no run is left", true);
    e->group.study.point_count = 0;
    e->group.run_count = 0;
    check_verdict(e, "Cannot tell: there are only --serial runs", true);
}

static void losses_may_be_gains(void **state)
{
    (void)state;
    struct example *e = example();
    e->ledgers[2].inflation = -0.2;
    check_verdict(e, "0.20 was won back, as the work itself took less time", true);
    e->ledgers[2].speedup = 4.5;
    check_verdict(e, "gained 0.50 of a core", true);
}

static char *table_of(struct example *e)
{
    struct analysis analysis = {.groups = &e->group, .group_count = 1};
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    e->group.verdict = verdict_text(&e->group);
    table_write(out, &analysis);
    fclose(out);
    free(e->group.verdict);
    return text;
}

/* Whatever is in it: no line is wider than a terminal, ends in blanks or holds a raw NAN. */
static void check_table(struct example *e)
{
    char *text = table_of(e);
    assert_null(strstr(text, "nan"));
    assert_null(strstr(text, "inf"));
    assert_null(strstr(text, "-0.0 "));
    assert_null(strstr(text, "-0.00"));
    for (char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (length > TABLE_WIDTH || (length > 0 && line[length - 1] == ' '))
            fail_msg("%zu columns: %.*s|", length, (int)length, line);
        line += length + (line[length] == '\n');
    }
    free(text);
}

static void tables_fit_a_terminal(void **state)
{
    (void)state;
    struct example *e = example();
    check_table(e);
    e->group.study.lack_of_fit_p = NAN;
    e->group.study.timers_serial = NAN;
    e->group.study.amdahl.limit = NAN;
    e->group.study.amdahl.serial_fraction = NAN;
    e->group.study.amdahl.serial_fraction_ci = unknown;
    e->group.study.usl = (struct study_usl){.fitted = true,
                                            .sigma = 0.02773,
                                            .kappa = 1.044e-4,
                                            .gamma = 90,
                                            .sigma_ci = {0.0024, 0.0531},
                                            .kappa_ci = {4.9e-5, 1.6e-4},
                                            .peak_threads = 96.52,
                                            .aicc = -1234.5};
    e->group.study.knee = (struct study_knee){
        .fitted = true, .serial_fraction = 0.123, .knee = 3.456, .aicc = -1234.5};
    e->group.study.gustafson = (struct study_gustafson){
        .fitted = true, .converted = true, .serial_share = 0.1234, .serial_share_ci = unknown};
    e->group.study.selected = STUDY_USL;
    check_table(e);
    for (int i = 0; i < 3; i++) {
        e->points[i].seconds *= 12345;
        e->points[i].seconds_ci =
            (struct study_interval){e->points[i].seconds * 0.97, e->points[i].seconds * 1.03};
        e->points[i].attainable = e->points[i].threads - 0.001;
        e->ledgers[i].inflation = -1e-9;
    }
    e->points[2].excluded = true;
    e->points[2].why = "more threads than physical cores";
    check_table(e);
    for (int i = 0; i < 3; i++)
        e->points[i].seconds *= 1e-9, e->points[i].seconds_ci = unknown;
    check_table(e);
}

/* Every number that is not known is null, and the ledger still adds up behind the decimal point. */
static void json_has_no_false_numbers(void **state)
{
    (void)state;
    struct example *e = example();
    struct analysis analysis = {.groups = &e->group, .group_count = 1};
    e->ledgers[2].serial = 4 - 3.29 - 1.0 / 3;
    e->ledgers[2].imbalance = 1.0 / 3;
    e->ledgers[2].overhead = 0;
    e->group.study.timers_serial = NAN;
    json_t *built = fit_json_new(&analysis);
    char *text = json_dumps(built, FIT_JSON_FLAGS);
    json_t *read = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(read);
    json_t *group = json_array_get(json_object_get(read, "groups"), 0);
    json_t *ledger = json_array_get(json_object_get(group, "ledger"), 2);
    static const char *const parts[] = {"speedup", "serial", "imbalance", "overhead", "inflation"};
    double sum = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        sum += json_real_value(json_object_get(ledger, parts[i]));
    assert_near(sum, 4, 1e-9);
    assert_true(json_is_null(json_object_get(json_object_get(group, "timers"), "serial_fraction")));
    json_t *points = json_object_get(group, "points");
    assert_true(json_is_null(json_object_get(json_array_get(points, 0), "karp_flatt")));
    assert_true(json_is_null(json_object_get(json_array_get(points, 2), "karp_flatt_ci95")));
    assert_true(json_is_null(json_object_get(json_array_get(json_object_get(group, "models"), 1),
                                             "sigma"))); /* not fitted */
    json_decref(read);
    free(text);
    json_decref(built);
}

static void numbers_as_people_write_them(void **state)
{
    (void)state;
    char text[PHRASE_SIZE];
    assert_string_equal(phrase_factor(text, 3.294), "3.29x");
    assert_string_equal(phrase_factor(text, 9.996), "10.0x");
    assert_string_equal(phrase_factor(text, 13.94), "13.9x");
    assert_string_equal(phrase_factor(text, 139.4), "139x");
    assert_string_equal(phrase_factor(text, 12345), "12345x");
    assert_string_equal(phrase_factor(text, NAN), "?x");
    assert_string_equal(phrase_percent(text, 0.0722), "7.2 %");
    assert_string_equal(phrase_percent(text, 0.1234), "12.3 %");
    assert_string_equal(phrase_percent(text, 0.00043), "0.043 %");
    assert_string_equal(phrase_percent(text, 0), "0 %");
    assert_string_equal(phrase_percent(text, 1), "100 %");
    assert_string_equal(phrase_seconds(text, 12.4), "12.40 s");
    assert_string_equal(phrase_seconds(text, 0.03142), "31.42 ms");
    assert_string_equal(phrase_seconds(text, 1.5e-6), "1.500 us");
    assert_string_equal(phrase_percent_range(text, (struct study_interval){0.062, 0.0824}, 0.072),
                        "6.2 to 8.2");
    assert_string_equal(phrase_factor_range(text, (struct study_interval){12.2, INFINITY}, 13.9),
                        "12.2 to any");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_verdict),
        cmocka_unit_test(the_cause_is_the_largest_loss),
        cmocka_unit_test(the_diagnosis_has_a_remedy),
        cmocka_unit_test(overhead_in_the_base),
        cmocka_unit_test(clock_and_fit_are_compared),
        cmocka_unit_test(closed_gates),
        cmocka_unit_test(losses_may_be_gains),
        cmocka_unit_test(tables_fit_a_terminal),
        cmocka_unit_test(json_has_no_false_numbers),
        cmocka_unit_test(numbers_as_people_write_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
