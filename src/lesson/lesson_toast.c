/*
 * Lesson 1: the same hundred slices, one after the other and side by side.
 */
#include <stddef.h>

#include "lesson/lesson_bakery.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_show.h"
#include "lesson/lesson_table.h"

#define MINUTE_SECONDS 0.005 /* the default: 200 minutes are one second */
#define LONG_SECONDS   0.1   /* of the 200 toasters: waking so many takes some milliseconds */
#define BAR_COLUMNS    40

static const char *const text[] = {
    "A hundred slices of toast for a hundred hungry people. A slice takes 2 minutes in the "
    "toaster, and the toaster holds one slice. With one toaster they are made one after the other: "
    "sequentially.",
    "Now a neighbour lends you three more. Four slices are heated at once: in parallel. In a "
    "program a toaster is a thread, and the loop over the slices looks like this:",
    "  #pragma omp parallel for\n"
    "  for (int slice = 0; slice < 100; slice++)\n"
    "      toast(slice);",
    "We run it on this machine. Toasting is only waiting here, and a minute is shortened to 5 "
    "thousandths of a second. So even a laptop with two cores can have 200 toasters.",
    NULL};

static const char *const reveal[] = {
    "Four toasters are 4 times as fast: 200 / 50. That ratio, the time of one over the time of "
    "many, is the speed-up. Each toaster was busy all the time, so each was worth a whole one: "
    "speed-up 4 / 4 toasters is an efficiency of 100 %.",
    "200 toasters take 2 minutes, not 1, because a slice takes 2 minutes however many toasters "
    "stand around. The longest piece that cannot be divided, the span, is the floor under every "
    "parallel program. A hundred of the toasters never saw a slice: efficiency 50 %.",
    "So for p toasters: at least 200/p minutes, at least 2 minutes, and whichever is more decides.",
    NULL};

static const char *const next[] = {"pixscale bakery toast --toasters 1,2,4,8",
                                   "watch the slices; are 8 toasters 8 times as fast?",
                                   "OMP_NUM_THREADS=100 pixscale bakery toast --minute 100ms",
                                   "one toaster for each slice: all in one breath",
                                   "pixscale bakery toast --toasters 3 --slices 10",
                                   "who gets the tenth slice?",
                                   NULL};

static const char *const teacher[] = {
    "Ask before the run: what does a toaster stand for, what a slice? (A thread; one turn of the "
    "loop, in the real job one picture.) Collect the predictions on the board: 1 minute is the "
    "usual one for 200 toasters, and worth the discussion.",
    "Ask after it: at how many toasters does buying more stop helping? (100. And 50 to 99 are all "
    "equally fast: 4 minutes, two rounds.) What would help then? (Thinner slices: smaller pieces "
    "of work.)",
    "What goes wrong: nothing is computed here, so other people's load hardly matters. On a very "
    "busy server a time may still be some per cent late; run the lesson again.",
    NULL};

/* Toasters, minutes, speed-up, and a bar. */
static void show_line(struct lesson_result *result, int toasters, double minutes, double one)
{
    char bar[LESSON_BAR];
    writer_print(&result->shown, "  %8d  %7.1f  %7.1fx  %s\n", toasters, minutes, one / minutes,
                 lesson_show_bar(bar, minutes / one, BAR_COLUMNS));
}

static void fill(struct lesson_result *result, const struct analysis *few,
                 const struct analysis *many)
{
    double one = lesson_bakery_minutes(few, 1, MINUTE_SECONDS),
           four = lesson_bakery_minutes(few, 4, MINUTE_SECONDS);
    double most = lesson_bakery_minutes(many, 200, LONG_SECONDS);
    writer_text(&result->shown, "  toasters  minutes  speed-up\n");
    show_line(result, 1, one, one);
    show_line(result, 2, lesson_bakery_minutes(few, 2, MINUTE_SECONDS), one);
    show_line(result, 4, four, one);
    show_line(result, 200, most, one);
    result->answer = most;
    lesson_claim_waiting(result, "One toaster takes 200 minutes.", "minutes", one, 194, 206);
    lesson_claim_waiting(result, "Four toasters take 50 minutes.", "minutes", four, 48.5, 51.5);
    lesson_claim_waiting(result, "Four toasters are 4 times as fast.", "x", one / four, 3.88, 4.12);
    lesson_claim_waiting(result, "200 toasters take as long as one slice: 2 minutes.", "minutes",
                         most, 1.98, 2.2);
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    static const char *const plain[] = {NULL};
    static const char *const long_minute[] = {"--minute", "100ms", NULL};
    static const int few[] = {1, 2, 4}, many[] = {200};
    struct lesson_bakery bakeries[] = {
        {.options = plain, .toasters = few, .count = 3, .file = "1.jsonl"},
        {.options = long_minute, .toasters = many, .count = 1, .file = "1-many.jsonl"}};
    struct analysis one = {0}, two = {0};
    bool ok = lesson_bakery_bake(context, bakeries, 2, context->brief ? 1 : 3, error) &&
              lesson_exec_fit(context, bakeries[0].file, &one, error) &&
              lesson_exec_fit(context, bakeries[1].file, &two, error);
    if (ok)
        fill(result, &one, &two);
    analysis_free(&one);
    analysis_free(&two);
    return ok;
}

const struct lesson lesson_toast = {
    .number = 1,
    .name = "toast",
    .title = "Sequential and parallel",
    .minutes = 8,
    .text = text,
    .question = "One toaster takes 200 minutes, four take 50. The whole street lends you its "
                "toasters: you have 200. How many minutes does the toast take now?",
    .unit = "minutes",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .run = run,
};
