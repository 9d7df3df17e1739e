/*
 * Lesson 4: who gets which slices, in which pieces, in which order.
 */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "bakery/toast.h"
#include "lesson/lesson_bakery.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_show.h"
#include "lesson/lesson_table.h"
#include "report/lanes.h"

#define MINUTE_SECONDS 0.005
#define MOST_LANES     8

static const char *const text[] = {
    "The baker cut a wedge: the first slice is thin as paper, each is thicker than the one before, "
    "and the last needs 4 minutes. It is still 100 slices and 200 minutes in all.",
    "Four toasters share them as OpenMP does when you say nothing, schedule(static): the first 25 "
    "slices to the first toaster, the next 25 to the second, and so on. Fair by the count. Each "
    "toaster ought to be busy for 200 / 4 = 50 minutes.",
    "With schedule(runtime) in the program, the variable OMP_SCHEDULE chooses when it starts. "
    "dynamic,1 says: whoever is free takes the next slice. dynamic,25 hands out 25 at a time.",
    NULL};

static const char *const reveal[] = {
    "Equal counts were not equal work. The last toaster got the 25 thick slices, and the other "
    "three waited for it; look at the lanes. That is imbalance, and no faster toaster cures it. "
    "The work must be cut differently:",
    "dynamic,1 gives every free toaster the next slice, so that none waits longer than one slice. "
    "dynamic,25 is as bad as static: the pieces are too large to even out. guided begins with "
    "large pieces and ends with small ones. Smaller pieces balance better; but each piece costs a "
    "trip to the counter (lesson 5).",
    "Order matters, too. One giant slice of 40 minutes, taken last, begins when all others are "
    "done. Taken first, the other seven toasters work beside it. So: long jobs first (order cost, "
    "as pixscale run has it).",
    "And 100 slices do not divide by 8: 12 rounds of 8 and one of 4 are 26 minutes, not 25. 96 "
    "slices are exactly 24. Measured with 100, that waste looks like a serial share.",
    NULL};

static const char *const next[] = {
    "OMP_SCHEDULE=static,5 pixscale bakery toast --imbalance 1 --toasters 4",
    "between one slice and 25: is there a best piece?",
    "OMP_SCHEDULE=dynamic,1 pixscale bakery toast --imbalance 1 --toasters 4 --overhead 0.5",
    "if taking a piece costs half a minute: which piece is best now?",
    "pixscale bakery toast --toasters 8 --slices 100 --longest 0.2 --order cost",
    "the giant slice first",
    NULL};

static const char *const teacher[] = {
    "Ask before the run: everybody gets 25 slices. Is that fair? Who finishes first, who last? "
    "The number asked for can be worked out: the last 25 of 100 slices hold 7/16 of the bread, so "
    "7/4 of a fair share: 87 or 88 minutes.",
    "Ask after it: which schedule would you choose for photos of very different sizes? (dynamic,1, "
    "large ones first: pixscale's own default.) And for a million equal additions? (static: "
    "nobody has to ask for work.)",
    "Have half the class try chunks 1, 2, 5, 10, 25 and plot minutes by chunk; the other half the "
    "same with --overhead 0.5. The second curve has a valley.",
    "What goes wrong: a schedule without effect. The loop must say schedule(runtime), and the name "
    "must be spelled right: OpenMP ignores what it does not know.",
    NULL};

/* One way to bake; its options are what differs from plain toast. */
struct way {
    const char *name, *schedule;
    int toasters, slices;
    double imbalance, longest;
    enum toast_order order;
    double minutes, expected;
};

enum { STATIC, DYNAMIC_25, DYNAMIC_1, GUIDED, GIANT_LAST, GIANT_FIRST, EIGHT_100, EIGHT_96, WAYS };

static const struct way plan[WAYS] = {
    [STATIC] = {"wedge, static", "static", 4, 100, 1, 0, TOAST_INPUT, NAN, NAN},
    [DYNAMIC_25] = {"wedge, dynamic,25", "dynamic,25", 4, 100, 1, 0, TOAST_INPUT, NAN, NAN},
    [DYNAMIC_1] = {"wedge, dynamic,1", "dynamic,1", 4, 100, 1, 0, TOAST_INPUT, NAN, NAN},
    [GUIDED] = {"wedge, guided", "guided", 4, 100, 1, 0, TOAST_INPUT, NAN, NAN},
    [GIANT_LAST] = {"giant slice last", "dynamic,1", 8, 100, 0, 0.2, TOAST_INPUT, NAN, NAN},
    [GIANT_FIRST] = {"giant slice first", "dynamic,1", 8, 100, 0, 0.2, TOAST_COST, NAN, NAN},
    [EIGHT_100] = {"100 equal slices", "dynamic,1", 8, 100, 0, 0, TOAST_INPUT, NAN, NAN},
    [EIGHT_96] = {"96 equal slices", "dynamic,1", 8, 96, 0, 0, TOAST_INPUT, NAN, NAN},
};

/* What is known beforehand. */
static double expect(const struct way *way)
{
    struct toast toast = toast_default();
    toast.slices = way->slices;
    toast.imbalance = way->imbalance;
    toast.longest = way->longest;
    toast.order = way->order;
    schedule_parse(&toast.schedule, way->schedule);
    return toast_predict(&toast, way->toasters);
}

/* A bar for each toaster, as long as it was busy in the run. */
static void draw(const struct lesson_context *context, struct lesson_result *result,
                 const struct way *way, const struct record *record)
{
    static const char *const names[MOST_LANES] = {"toaster 1", "toaster 2", "toaster 3",
                                                  "toaster 4", "toaster 5", "toaster 6",
                                                  "toaster 7", "toaster 8"};
    struct lanes_span spans[MOST_LANES];
    char labels[MOST_LANES][32];
    int count = record->thread_count < MOST_LANES ? (int)record->thread_count : MOST_LANES;
    for (int i = 0; i < count; i++) {
        const struct record_thread *thread = &record->threads[i];
        snprintf(labels[i], sizeof labels[i], "%lld slices", (long long)thread->items);
        spans[i] = (struct lanes_span){i, 0, (double)thread->busy_ns * 1e-9 / MINUTE_SECONDS,
                                       labels[i], 0};
    }
    struct lanes lanes = {.names = names,
                          .count = count,
                          .spans = spans,
                          .span_count = (size_t)count,
                          .end = 90,
                          .unit = "minutes",
                          .columns = context->columns,
                          .ascii = true};
    writer_print(&result->shown, "\nHow long each toaster was busy (%s):\n", way->name);
    lanes_draw(&result->shown, &lanes);
}

/* How to bake this way, in words; all that it points to must last. */
struct recipe {
    const char *options[9];
    char word[3][16], file[32];
};

static struct lesson_bakery bakery_of(const struct way *way, int number, struct recipe *recipe)
{
    int count = 0;
    snprintf(recipe->word[0], sizeof recipe->word[0], "%d", way->slices);
    snprintf(recipe->word[1], sizeof recipe->word[1], "%g", way->imbalance);
    snprintf(recipe->word[2], sizeof recipe->word[2], "%g", way->longest);
    snprintf(recipe->file, sizeof recipe->file, "4-%d.jsonl", number + 1);
    const char *const pairs[][2] = {{way->slices != 100 ? "-n" : NULL, recipe->word[0]},
                                    {way->imbalance > 0 ? "--imbalance" : NULL, recipe->word[1]},
                                    {way->longest > 0 ? "--longest" : NULL, recipe->word[2]},
                                    {way->order == TOAST_COST ? "--order" : NULL, "cost"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (pairs[i][0]) {
            recipe->options[count++] = pairs[i][0];
            recipe->options[count++] = pairs[i][1];
        }
    recipe->options[count] = NULL;
    return (struct lesson_bakery){.options = recipe->options,
                                  .schedule = way->imbalance > 0 ? way->schedule : NULL,
                                  .toasters = &way->toasters,
                                  .count = 1,
                                  .file = recipe->file};
}

/* Fills in what was measured, and draws where the lanes tell something. */
static bool look(const struct lesson_context *context, struct lesson_result *drawn, int number,
                 struct way *way, const char *file, struct error *error)
{
    struct analysis analysis;
    if (!lesson_exec_fit(context, file, &analysis, error))
        return false;
    way->minutes = lesson_bakery_minutes(&analysis, way->toasters, MINUTE_SECONDS);
    way->expected = expect(way);
    if (number == STATIC || number == DYNAMIC_1)
        draw(context, drawn, way, &analysis.records[0]);
    analysis_free(&analysis);
    return true;
}

static void show_table(struct lesson_result *result, const struct way *ways)
{
    writer_text(&result->shown, "  toasters  what               schedule    minutes  worked out\n");
    for (int i = 0; i < WAYS; i++)
        writer_print(&result->shown, "  %8d  %-17s  %-10s  %7.1f  %10.1f\n", ways[i].toasters,
                     ways[i].name, ways[i].schedule, ways[i].minutes, ways[i].expected);
}

/* Within 3 %. */
static void claim(struct lesson_result *result, const struct way *way, const char *sentence)
{
    lesson_claim_waiting(result, sentence, "minutes", way->minutes, 0.97 * way->expected,
                         1.03 * way->expected);
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    struct way ways[WAYS];
    struct recipe recipes[WAYS];
    struct lesson_bakery bakeries[WAYS];
    struct lesson_result drawn = {0};
    memcpy(ways, plan, sizeof ways);
    for (int i = 0; i < WAYS; i++)
        bakeries[i] = bakery_of(&ways[i], i, &recipes[i]);
    bool ok = lesson_bakery_bake(context, bakeries, WAYS, context->brief ? 1 : 3, error);
    for (int i = 0; ok && i < WAYS; i++)
        ok = look(context, &drawn, i, &ways[i], recipes[i].file, error);
    if (ok) {
        show_table(result, ways);
        writer_text(&result->shown, drawn.shown.text);
        result->answer = ways[STATIC].minutes;
        claim(result, &ways[STATIC], "Shared by count, the wedge takes 88 minutes and not 50.");
        claim(result, &ways[DYNAMIC_1], "Slice by slice, it takes little more than 50.");
        claim(result, &ways[DYNAMIC_25], "In pieces of 25, dynamic is no better than static.");
        claim(result, &ways[GIANT_LAST], "A giant slice at the end costs 20 minutes more ...");
        claim(result, &ways[GIANT_FIRST], "... than the same slice at the beginning.");
        claim(result, &ways[EIGHT_100], "100 slices and 8 toasters take 26 minutes, not 25.");
        claim(result, &ways[EIGHT_96], "96 slices and 8 toasters take exactly 24.");
    }
    lesson_result_free(&drawn);
    return ok;
}

const struct lesson lesson_schedules = {
    .number = 4,
    .name = "schedules",
    .title = "Chunks and schedules",
    .minutes = 10,
    .text = text,
    .question = "The wedge of 100 slices, 25 to each of four toasters in a row: after how many "
                "minutes is the last one done?",
    .unit = "minutes",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .run = run,
};
