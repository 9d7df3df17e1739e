/* Claims, the table of lessons, plans for a class, and predictions as people type them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lesson/lesson.h"
#include "lesson/workshop.h"

static void test_claims_about_waiting(void **state)
{
    static const struct {
        double measured;
        enum lesson_outcome outcome;
    } cases[] = {{48.5, LESSON_HELD},   {51.5, LESSON_HELD},  {48.4, LESSON_FAILED},
                 {51.6, LESSON_FAILED}, {NAN, LESSON_FAILED}, {INFINITY, LESSON_FAILED}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lesson_result result = {0};
        lesson_claim_waiting(&result, "Four take 50.", "minutes", cases[i].measured, 48.5, 51.5);
        assert_int_equal(result.claims, 1);
        assert_int_equal(result.claim[0].outcome, cases[i].outcome);
        assert_string_equal(result.claim[0].why, "");
        lesson_result_free(&result);
    }
}

static void test_claims_about_computing(void **state)
{
    static const struct {
        double measured, cores;
        enum lesson_outcome outcome;
    } cases[] = {{1.9, 2.0, LESSON_HELD},    {1.9, 1.9, LESSON_HELD},
                 {1.2, 1.95, LESSON_FAILED}, {1.2, 1.89, LESSON_SKIPPED},
                 {1.9, 1.2, LESSON_SKIPPED}, {1.9, -1, LESSON_SKIPPED},
                 {1.9, NAN, LESSON_SKIPPED}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lesson_result result = {0};
        lesson_claim_computing(&result, "Two are faster.", "x", cases[i].measured, 1.8, 2.1, 2,
                               cases[i].cores);
        assert_int_equal(result.claim[0].outcome, cases[i].outcome);
        /* A claim that was not judged says why, and no other does. */
        assert_int_equal(*result.claim[0].why != '\0', cases[i].outcome == LESSON_SKIPPED);
    }
    struct lesson_result result = {0};
    lesson_claim_computing(&result, "Two are faster.", "x", 1.9, 1.8, 2.1, 2, 1.62);
    assert_string_equal(result.claim[0].why, "foreign load: the machine gave 1.62 of 2 cores");
    lesson_claim_skipped(&result, "Four are faster.", "this machine has two cores");
    assert_int_equal(result.claim[1].outcome, LESSON_SKIPPED);
    assert_int_equal(lesson_count(&result, LESSON_SKIPPED), 2);
    assert_int_equal(lesson_count(&result, LESSON_HELD), 0);
}

static void test_a_claim_in_words(void **state)
{
    struct lesson_result result = {0};
    char text[WORKSHOP_CLAIM];
    (void)state;
    lesson_claim_waiting(&result, "a", "minutes", 50.123, 48.5, 51.5);
    lesson_claim_waiting(&result, "b", "x", 3.9876, 3.5, INFINITY);
    lesson_claim_waiting(&result, "c", "%", 12.5, -INFINITY, 20);
    lesson_claim_waiting(&result, "d", "s", NAN, 0, 20);
    lesson_claim_skipped(&result, "e", "too busy");
    assert_string_equal(workshop_claim(text, &result.claim[0]),
                        "measured 50.12 minutes, expected 48.5 to 51.5");
    assert_string_equal(workshop_claim(text, &result.claim[1]),
                        "measured 3.988x, expected at least 3.5");
    assert_string_equal(workshop_claim(text, &result.claim[2]),
                        "measured 12.5 %, expected at most 20");
    assert_string_equal(workshop_claim(text, &result.claim[3]), "could not be measured");
    assert_string_equal(workshop_claim(text, &result.claim[4]), "skipped: too busy");
}

/* What every lesson must have, whoever wrote it. */
static void test_the_table_is_complete(void **state)
{
    int last = 0;
    (void)state;
    for (const struct lesson *const *at = lesson_table; *at; at++) {
        const struct lesson *lesson = *at;
        assert_true(lesson->number > last);
        last = lesson->number;
        assert_true(lesson->minutes >= 5 && lesson->minutes <= 20);
        assert_true(lesson->minutes_brief < lesson->minutes);
        assert_non_null(strchr(lesson->question, '?'));
        assert_true(*lesson->unit && strlen(lesson->unit) < 16);
        assert_non_null(lesson->run);
        assert_non_null(lesson->text[0]);
        assert_non_null(lesson->reveal[0]);
        assert_non_null(lesson->teacher[0]);
        for (const char *const *next = lesson->next; *next; next += 2)
            assert_non_null(next[1]);
        assert_ptr_equal(lesson_find(lesson->name), lesson);
    }
    assert_null(lesson_find("0"));
    assert_null(lesson_find("1x"));
    assert_null(lesson_find(""));
    assert_null(lesson_find("99999999999999999999"));
    assert_ptr_equal(lesson_find("1"), lesson_table[0]);
}

static void test_plans_take_the_time_they_say(void **state)
{
    struct lesson_plan all, half;
    (void)state;
    assert_true(lesson_plan_make(&all, 90));
    assert_true(lesson_plan_make(&half, 45));
    assert_false(lesson_plan_make(&(struct lesson_plan){.count = 0}, 60));
    int minutes = 0;
    for (int i = 0; i < all.count; i++) {
        minutes += all.lesson[i]->minutes;
        assert_false(all.brief[i]);
        assert_ptr_equal(all.lesson[i], lesson_table[i]);
    }
    assert_int_equal(all.minutes, minutes);
    assert_null(lesson_table[all.count]);
    assert_true(all.minutes <= 90 && half.minutes <= 45);
    /* A brief lesson without minutes of its own takes as many. */
    struct lesson_plan one = {.count = 0};
    struct lesson same = *lesson_table[0];
    same.minutes_brief = 0;
    assert_true(lesson_plan_add(&one, &same, true));
    assert_int_equal(one.minutes, same.minutes);
    for (int i = 1; i < LESSON_MOST_PLANNED; i++)
        assert_true(lesson_plan_add(&one, &same, false));
    assert_false(lesson_plan_add(&one, &same, false));
    assert_int_equal(one.count, LESSON_MOST_PLANNED);
    for (int i = 0; i < half.count; i++)
        assert_non_null(strchr("13478", '0' + half.lesson[i]->number));
}

static void test_predictions_as_people_type_them(void **state)
{
    static const struct {
        const char *text;
        double number; /* NAN: not one */
    } cases[] = {{"50", 50},     {"50 minutes", 50}, {"3.5x", 3.5},   {"3,5", 3.5},
                 {"~ 28", 28},   {"10%", 10},        {"10 %", 10},    {".5", 0.5},
                 {"0", 0},       {"1e3", 1000},      {"50 min.", 50}, {"fifty", NAN},
                 {"", NAN},      {"-3", NAN},        {"inf", NAN},    {"nan", NAN},
                 {"1/3", NAN},   {"2-4", NAN},       {"1.2.3", NAN},  {"1e999", NAN},
                 {"12 34", NAN}, {"?", NAN},         {"\x1b[A", NAN}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double number = -1;
        bool is = workshop_number(cases[i].text, &number);
        if (is != !isnan(cases[i].number))
            fail_msg("'%s' is %sa number", cases[i].text, is ? "" : "not ");
        if (is && number != cases[i].number)
            fail_msg("'%s' was read as %g", cases[i].text, number);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_claims_about_waiting),
        cmocka_unit_test(test_claims_about_computing),
        cmocka_unit_test(test_a_claim_in_words),
        cmocka_unit_test(test_the_table_is_complete),
        cmocka_unit_test(test_plans_take_the_time_they_say),
        cmocka_unit_test(test_predictions_as_people_type_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
