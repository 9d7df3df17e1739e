/* The workshop with a learner whose answers are a script: what is asked, said, run and left out. */
#include <math.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lesson/handout.h"
#include "lesson/workshop.h"
#include "temp_folder.h"

static const char *const text[] = {
    "Some words that are long enough to be wrapped when the terminal "
    "is narrow, as it is here.",
    "  kept   as it\n  stands", NULL};
static const char *const reveal[] = {"Because it is so.", NULL};
static const char *const teacher[] = {"Ask them twice.", NULL};
static const char *const next[] = {"pixscale info", "what there is", NULL};

static bool run_well(const struct lesson_context *context, struct lesson_result *result,
                     struct error *error)
{
    (void)error;
    context->step(context->user, "$ pixscale bakery toast");
    context->step(context->user, "once more");
    writer_text(&result->shown, "  a table & <b>\n\n\n");
    result->answer = 50;
    lesson_claim_waiting(result, "It is 50.", "minutes", 50, 49, 51);
    lesson_claim_skipped(result, "It is fast.", "foreign load");
    return true;
}

static bool run_badly(const struct lesson_context *context, struct lesson_result *result,
                      struct error *error)
{
    (void)context;
    (void)result;
    return error_set(error, ERROR_OUTPUT, "lesson: the oven is broken");
}

static bool run_late(const struct lesson_context *context, struct lesson_result *result,
                     struct error *error)
{
    (void)context;
    (void)error;
    lesson_claim_waiting(result, "It is 50.", "minutes", 70, 49, 51);
    return true;
}

static const struct lesson good = {.number = 1,
                                   .name = "good",
                                   .title = "Toast",
                                   .minutes = 8,
                                   .minutes_brief = 5,
                                   .text = text,
                                   .question = "How many?",
                                   .unit = "minutes",
                                   .reveal = reveal,
                                   .next = next,
                                   .teacher = teacher,
                                   .run = run_well};

struct class
{
    char *folder;
    struct workshop_run runs[2];
    struct error error;
    int count, rows;
    char said[32768];
};

/* Holds one or two lessons with a learner who types `script`, or with nobody. */
static enum workshop_end hold(struct class *class, const struct lesson *first,
                              const struct lesson *second, const char *script, bool notes)
{
    static char *environment[] = {NULL};
    struct lesson_plan plan = {.count = 0};
    FILE *in = NULL, *out = fmemopen(class->said, sizeof class->said, "w");
    if (script) {
        in = tmpfile();
        fputs(script, in);
        rewind(in);
    }
    class->folder = temp_folder_create();
    lesson_plan_add(&plan, first, false);
    if (second)
        lesson_plan_add(&plan, second, true);
    class->count = plan.count;
    struct workshop workshop = {.in = in,
                                .out = out,
                                .steps = out,
                                .teacher = notes,
                                .columns = 60,
                                .rows = class->rows,
                                .folder = class->folder,
                                .environment = environment};
    enum workshop_end end = workshop_go(&workshop, &plan, class->runs, &class->error);
    fclose(out);
    if (in)
        fclose(in);
    temp_folder_remove(class->folder);
    return end;
}

static void dismiss(struct class *class)
{
    workshop_free(class->runs, class->count);
}

static void assert_said(const struct class *class, const char *words, bool said)
{
    if ((strstr(class->said, words) != NULL) != said)
        fail_msg("'%s' %s in:\n%s", words, said ? "is missing" : "should not be", class->said);
}

static void test_nobody_there(void **state)
{
    static struct class class;
    (void)state;
    assert_int_equal(hold(&class, &good, &good, NULL, false), WORKSHOP_DONE);
    assert_said(&class, "Lesson 1: Toast", true);
    assert_said(&class, "Lesson 1: Toast (in brief)", true);
    assert_said(&class, "  kept   as it\n  stands\n", true);
    assert_said(&class, "How many?", true);
    assert_said(&class, "\n$ pixscale bakery toast\n  (once more)\n", true);
    assert_said(&class, "The answer: 50 minutes.", true);
    assert_said(&class, "Because it is so.", true);
    assert_said(&class, "measured 50 minutes, expected 49 to 51", true);
    assert_said(&class, "skipped: foreign load", true);
    assert_said(&class, "$ pixscale info", true);
    assert_said(&class, "Ask them twice.", false);
    assert_said(&class, "prediction", false);
    assert_said(&class, "Enter", false);
    assert_said(&class, "2 held, 0 not held, 2 skipped.", true);
    assert_string_equal(class.runs[0].commands, "pixscale bakery toast\n");
    for (const char *line = class.said; *line; line += strcspn(line, "\n") + 1)
        if (strcspn(line, "\n") > 60)
            fail_msg("too wide: %.*s", (int)strcspn(line, "\n"), line);
    dismiss(&class);
}

static void test_teachers_notes(void **state)
{
    static struct class class;
    (void)state;
    assert_int_equal(hold(&class, &good, NULL, NULL, true), WORKSHOP_DONE);
    assert_said(&class, "Ask them twice.", true);
    dismiss(&class);
}

static void test_a_prediction_is_compared(void **state)
{
    static const struct {
        const char *typed, *said;
    } cases[] = {
        {"50\n\n", "You said 50: right."},         {"51 minutes\n\n", "You said 51: right."},
        {"60\n\n", "You said 60: 20 % too much."}, {"40\n\n", "You said 40: 20 % too little."},
        {"500\n\n", "You said 500: far too much"}, {"0\n\n", "You said 0: far too little"},
        {"fifty\n\n-1\n50\n\n", "not a number"},   {"1,000\n\n\n", "not a number"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct class class;
        assert_int_equal(hold(&class, &good, NULL, cases[i].typed, false), WORKSHOP_DONE);
        assert_said(&class, cases[i].said, true);
        assert_said(&class, "Because it is so.", true);
        dismiss(&class);
    }
}

/* Where others used the cores the answer is no judge. */
static void test_a_disturbed_answer(void **state)
{
    static struct class class;
    struct lesson computing = good;
    (void)state;
    computing.own_cores = true;
    assert_int_equal(hold(&class, &computing, NULL, "500\n\n", false), WORKSHOP_DONE);
    assert_said(&class, "You said 500.", true);
    assert_said(&class, "it is a guess", true);
    assert_said(&class, "too much", false);
    assert_said(&class, "Skipped does not mean wrong", true);
    dismiss(&class);
}

static void test_enter_skips_the_prediction(void **state)
{
    static struct class class;
    (void)state;
    assert_int_equal(hold(&class, &good, NULL, "\n\n", false), WORKSHOP_DONE);
    assert_true(isnan(class.runs[0].prediction));
    assert_said(&class, "The answer: 50 minutes.\n", true);
    assert_said(&class, "You said", false);
    dismiss(&class);
}

/* Leaving, at each place where something is read, by q or by the end of the input. */
static void test_leaving(void **state)
{
    static const struct {
        const char *typed;
        bool measured, revealed, second;
    } cases[] = {{"", false, false, false},
                 {"q\n", false, false, false},
                 {"  Q \n", false, false, false},
                 {"50\n", true, false, false},
                 {"50\nq\n", true, false, false},
                 {"50\n\n", true, true, false},
                 {"50\n\nq\n", true, true, false},
                 {"50\n\n\n", true, true, true},
                 {"50\n\n\nquit\n", true, true, true},
                 {"no\nno\n", false, false, false}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        static struct class class;
        assert_int_equal(hold(&class, &good, &good, cases[i].typed, false), WORKSHOP_LEFT);
        assert_int_equal(class.runs[0].done, cases[i].measured);
        assert_said(&class, "The answer", cases[i].measured);
        assert_said(&class, "Because it is so.", cases[i].revealed);
        assert_said(&class, "(in brief)", cases[i].second);
        assert_false(class.runs[1].done);
        assert_said(
            &class,
            textf("go on another time: pixscale lesson %s\n", cases[i].measured ? "1" : "1 1"),
            true);
        dismiss(&class);
    }
}

static bool run_long(const struct lesson_context *context, struct lesson_result *result,
                     struct error *error)
{
    (void)context;
    (void)error;
    for (int i = 0; i < 30; i++)
        writer_print(&result->shown, i % 10 == 9 ? "\n" : "line %d\n", i);
    result->answer = 1;
    return true;
}

/* What was measured stops before a small terminal is full, and never loses a line. */
static void test_a_small_terminal(void **state)
{
    static struct class class;
    struct lesson longer = good;
    (void)state;
    longer.run = run_long;
    class.rows = 24;
    assert_int_equal(hold(&class, &longer, NULL, "1\n\n\n\n\n", false), WORKSHOP_DONE);
    for (int i = 0; i < 30; i++)
        if (i % 10 != 9)
            assert_said(&class, textf("\nline %d\n", i), true);
    assert_said(&class, "[Enter: more; q leaves]", true);
    dismiss(&class);
    assert_int_equal(hold(&class, &longer, NULL, "1\nq\n", false), WORKSHOP_LEFT);
    assert_said(&class, "line 0", true);
    assert_said(&class, "line 28", false);
    dismiss(&class);
    assert_int_equal(hold(&class, &longer, NULL, "1\n\n\nq\n", false), WORKSHOP_LEFT);
    assert_said(&class, "Because", true);
    assert_said(&class, "TRY NEXT", false);
    dismiss(&class);
    class.rows = 0;
    assert_int_equal(hold(&class, &longer, NULL, "1\n\n", false), WORKSHOP_DONE);
    assert_said(&class, "more;", false);
    dismiss(&class);
}

/* So do a long text and a long explanation. */
static void test_long_words(void **state)
{
    static struct class class;
    static const char *const many[] = {"first\n2\n3\n4\n5\n6", "7\n8\n9\n10\n11\n12",
                                       "13\n14\n15\n16\n17\n18\nlast", NULL};
    struct lesson longer = good;
    (void)state;
    longer.text = longer.reveal = many;
    class.rows = 24;
    assert_int_equal(hold(&class, &longer, NULL, "\n1\n\n\n\n", false), WORKSHOP_DONE);
    assert_true(strstr(class.said, "[Enter: more") < strstr(class.said, "How many?"));
    assert_said(&class, "You said 1:", true);
    assert_said(&class, "TRY NEXT", true);
    dismiss(&class);
    assert_int_equal(hold(&class, &longer, NULL, "q\n", false), WORKSHOP_LEFT);
    assert_said(&class, "first", true);
    assert_said(&class, "Your prediction", false);
    dismiss(&class);
    assert_int_equal(hold(&class, &longer, NULL, "\n1\n\nq\n", false), WORKSHOP_LEFT);
    assert_said(&class, "WHY", true);
    assert_said(&class, "TRY NEXT", false);
    dismiss(&class);
}

static void test_a_line_without_end(void **state)
{
    static struct class class;
    static char script[100000];
    (void)state;
    memset(script, '7', sizeof script - 1);
    strcpy(script + sizeof script - 8, "x\n50\n\n");
    assert_int_equal(hold(&class, &good, NULL, script, false), WORKSHOP_DONE);
    dismiss(&class);
}

static void test_what_fails(void **state)
{
    static struct class class;
    struct lesson bad = good, late = good;
    (void)state;
    bad.run = run_badly;
    late.run = run_late;
    assert_int_equal(hold(&class, &bad, &good, NULL, false), WORKSHOP_BROKEN);
    assert_string_equal(class.error.text, "lesson: the oven is broken");
    assert_false(class.runs[0].done || class.runs[1].done);
    dismiss(&class);
    assert_int_equal(hold(&class, &late, NULL, NULL, false), WORKSHOP_DONE);
    assert_int_equal(workshop_count(class.runs, 1, LESSON_FAILED), 1);
    assert_said(&class, "  not held  It is 50.", true);
    assert_said(&class, "run the lesson again", true);
    assert_said(&class, "The answer", false); /* it has none */
    dismiss(&class);
}

static void test_stopped_by_a_signal(void **state)
{
    atomic_int stop = 2;
    struct lesson bad = good;
    struct lesson_plan plan = {.count = 0};
    struct workshop_run runs[1];
    struct error error;
    (void)state;
    bad.run = run_badly;
    lesson_plan_add(&plan, &bad, false);
    char *folder = temp_folder_create();
    struct workshop workshop = {.columns = 80, .folder = folder, .stop = &stop};
    assert_int_equal(workshop_go(&workshop, &plan, runs, &error), WORKSHOP_STOPPED);
    workshop_free(runs, 1);
    temp_folder_remove(folder);
}

/* A stream that asks to stop as soon as the learner is asked: after that nothing comes. */
static ssize_t stop_at_prompt(void *user, const char *said, size_t size)
{
    if (memmem(said, size, "prediction", 10))
        atomic_store((atomic_int *)user, SIGINT);
    return (ssize_t)size;
}

static void test_stopped_before_the_learner_types(void **state)
{
    (void)state;
    static char *environment[] = {NULL};
    atomic_int stop = 0;
    int master, slave;
    assert_int_equal(openpty(&master, &slave, NULL, NULL, NULL), 0);
    FILE *in = fdopen(slave, "r");
    FILE *out = fopencookie(&stop, "w", (cookie_io_functions_t){.write = stop_at_prompt});
    struct lesson_plan plan = {.count = 0};
    struct workshop_run runs[1] = {{0}};
    struct error error;
    char *folder = temp_folder_create();
    struct workshop workshop = {.in = in,
                                .out = out,
                                .columns = 80,
                                .folder = folder,
                                .environment = environment,
                                .stop = &stop};
    lesson_plan_add(&plan, &good, false);
    alarm(20); /* who waits for a line would wait for ever */
    assert_int_equal(workshop_go(&workshop, &plan, runs, &error), WORKSHOP_STOPPED);
    alarm(0);
    workshop_free(runs, 1);
    fclose(out);
    fclose(in);
    close(master);
    temp_folder_remove(folder);
}

static void test_handout(void **state)
{
    static struct class class;
    struct lesson_plan plan = {.count = 0};
    struct error error;
    (void)state;
    lesson_plan_add(&plan, &good, false);
    struct handout handout = {.plan = &plan, .version = "1", .cpu = "A <CPU>", .cpus = "2 CPUs"};
    char *empty = handout_html(&handout, &error);
    assert_int_equal(hold(&class, &good, NULL, NULL, false), WORKSHOP_DONE);
    handout.runs = class.runs;
    char *full = handout_html(&handout, &error);
    static const char *const answers[] = {"Because it is so.", "Ask them twice.",
                                          "a table &amp; &lt;b&gt;", "A &lt;CPU&gt;",
                                          "The answer: 50 minutes"};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        assert_non_null(strstr(full, answers[i]));
        assert_null(strstr(empty, answers[i]));
    }
    assert_non_null(strstr(empty, "My prediction"));
    assert_null(strstr(full, "My prediction"));
    assert_non_null(strstr(empty, "  kept   as it\n  stands</pre>"));
    free(empty);
    free(full);
    dismiss(&class);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_teachers_notes),
        cmocka_unit_test(test_a_prediction_is_compared),
        cmocka_unit_test(test_enter_skips_the_prediction),
        cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_a_small_terminal),
        cmocka_unit_test(test_a_disturbed_answer),
        cmocka_unit_test(test_long_words),
        cmocka_unit_test(test_a_line_without_end),
        cmocka_unit_test(test_what_fails),
        cmocka_unit_test(test_stopped_by_a_signal),
        cmocka_unit_test(test_stopped_before_the_learner_types),
        cmocka_unit_test(test_handout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
