/*
 * Lesson 3: one cook kneads the dough, then all toasters start: Amdahl's law.
 */
#include <math.h>
#include <stddef.h>

#include "lesson/lesson_bakery.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_show.h"
#include "lesson/lesson_table.h"
#include "model/karp_flatt.h"

#define MINUTE_SECONDS 0.005 /* the default */
#define SHARE          0.10  /* what is planted, as the options say it too */
#define MOST_TOASTERS  32

static const char *const text[] = {
    "Before anything can be toasted, somebody must make the dough, and only one pair of hands fits "
    "in the bowl. It takes a tenth of all the work: 19.2 of 192 minutes. The other nine tenths are "
    "96 slices that any number of toasters can share.",
    "The dough is the serial part of this program. Every program has one: reading the list of "
    "files, opening the output, adding up at the end.",
    "We plant exactly 10 % of it, bake with 1 to 32 toasters, and let the profiler find out what "
    "it was, from nothing but the times.",
    NULL};

static const char *const reveal[] = {
    "With 32 toasters the toast is done in 5.4 minutes instead of 172.8. But the dough still takes "
    "its 19.2, and now it is most of the morning: 24.6 minutes in all, and 192 / 24.6 is 7.8.",
    "Amdahl wrote it down in 1967. With a serial share s and p workers the speed-up is",
    "  1 / (s + (1 - s) / p)      here  1 / (0.1 + 0.9 / 32) = 7.8",
    "and however many workers come, it never passes 1 / s: with 10 % serial, 10 times. With "
    "nothing serial it is p. With nothing parallel it is 1: as fast as before.",
    "Read it backwards and it is a measuring tool. The column e (Karp and Flatt, 1990) asks of "
    "each time alone: what serial share would explain it? Here every line says 10 %, and the fit "
    "over all of them says it with an interval. In your own program, where you planted nothing, "
    "that number is the first thing to know.",
    NULL};

static const char *const next[] = {
    "pixscale sweep --threads 1,2,4,8 -o dough.jsonl -- pixscale bakery toast -n 96 --serial 0.05",
    "the same from outside, as for any program of yours, with more threads than cores ...",
    "pixscale fit dough.jsonl",
    "... and what the times say; was it 5 %? (the start of the program counts, too)",
    "pixscale bakery toast -n 96 --serial 0.01 --toasters 1,8,64",
    "only 1 % of dough; is that enough for 64 toasters?",
    NULL};

static const char *const teacher[] = {
    "Ask before the run: nine tenths of the work can be shared by 32. Most say 28 or 29. Let them "
    "keep it; the surprise is the lesson.",
    "Ask after it: what is cheaper, 32 more toasters or a dough machine that halves the kneading? "
    "(64 toasters: 8.8 times. Half the dough with 32: 1 / (0.05 + 0.9 / 32) = 12.8 times the old "
    "speed.) This is why one looks at the serial part first.",
    "Draw 1 / s as a line on the board and have the class put it in for s = 1 %, 5 %, 30 %: 100, "
    "20, 3.3.",
    "What goes wrong: a fitted share is what the curve bends like. Anything that does not shrink "
    "with more workers looks serial; lesson 4 has a case.",
    NULL};

static const int toasters[] = {1, 2, 4, 8, 16, MOST_TOASTERS};

static void show_table(struct lesson_result *result, const struct analysis *analysis)
{
    double one = lesson_bakery_minutes(analysis, 1, MINUTE_SECONDS);
    writer_text(&result->shown, "  toasters  minutes  speed-up  Amdahl says  efficiency       e\n");
    for (size_t i = 0; i < sizeof toasters / sizeof *toasters; i++) {
        int p = toasters[i];
        double minutes = lesson_bakery_minutes(analysis, p, MINUTE_SECONDS);
        writer_print(&result->shown, "  %8d  %7.1f  %7.2fx  %10.2fx  %8.0f %%", p, minutes,
                     one / minutes, 1 / (SHARE + (1 - SHARE) / p), 100 * one / minutes / p);
        if (p == 1)
            writer_text(&result->shown, "       -\n");
        else
            writer_print(&result->shown, "  %4.1f %%\n", 100 * karp_flatt(one / minutes, p));
    }
}

static void show_fit(struct lesson_result *result, const struct study *study)
{
    const struct study_amdahl *law = &study->amdahl;
    writer_print(&result->shown,
                 "\n  planted          10 %% serial\n"
                 "  by the clock     %.2f %%  (seconds outside of the parallel loop)\n"
                 "  from the curve   %.2f %%  (95 %% interval %.2f to %.2f): at most %.1fx\n",
                 100 * study->timers_serial, 100 * law->serial_fraction,
                 100 * law->serial_fraction_ci.low, 100 * law->serial_fraction_ci.high, law->limit);
}

static void claim(struct lesson_result *result, const struct analysis *analysis)
{
    const struct study *study = &analysis->groups[0].study;
    double one = lesson_bakery_minutes(analysis, 1, MINUTE_SECONDS);
    double most = lesson_bakery_minutes(analysis, MOST_TOASTERS, MINUTE_SECONDS);
    double expected = 1 / (SHARE + (1 - SHARE) / MOST_TOASTERS);
    result->answer = one / most;
    lesson_claim_waiting(result, "32 toasters are 7.8 times as fast, not 32 times.", "x",
                         result->answer, 0.96 * expected, 1.03 * expected);
    lesson_claim_waiting(result, "The curve alone tells the planted serial share, 10 %.", "%",
                         100 * study->amdahl.serial_fraction, 9.5, 10.5);
    lesson_claim_waiting(result, "The clock finds the same share in the run of one toaster.", "%",
                         100 * study->timers_serial, 9.5, 10.5);
    lesson_claim_waiting(result, "The ceiling is 1 / 0.1 = 10 times.", "x", study->amdahl.limit,
                         9.5, 10.5);
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    static const char *const options[] = {"-n", "96", "--serial", "0.1", NULL};
    struct lesson_bakery bakery = {.options = options,
                                   .toasters = toasters,
                                   .count = sizeof toasters / sizeof *toasters,
                                   .file = "3.jsonl"};
    struct analysis analysis;
    if (!lesson_bakery_bake(context, &bakery, 1, context->brief ? 2 : 3, error) ||
        !lesson_exec_fit(context, bakery.file, &analysis, error))
        return false;
    const struct study *study = &analysis.groups[0].study;
    show_table(result, &analysis);
    show_fit(result, study);
    claim(result, &analysis);
    bool ok = lesson_show_figure(context, result, &analysis, FIGURES_SPEEDUP,
                                 "Speed-up. The straight line is ideal, p times; what was measured "
                                 "bends away from it, towards the ceiling.",
                                 error);
    analysis_free(&analysis);
    return ok;
}

const struct lesson lesson_amdahl = {
    .number = 3,
    .name = "amdahl",
    .title = "The serial part, and its ceiling",
    .minutes = 9,
    .text = text,
    .question = "10 % of the work is dough that one must do alone; 90 % can be shared by all. How "
                "many times faster than one toaster are 32?",
    .unit = "x",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .run = run,
};
