/*
 * Lesson 5: what sharing out work costs by itself.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "bakery/overheads.h"
#include "bakery/overheads_json.h"
#include "bakery/overheads_table.h"
#include "lesson/lesson_exec.h"
#include "lesson/lesson_job.h"
#include "lesson/lesson_table.h"

#define FILE_NAME "overheads.json"

/* The claims are about two threads: every machine that they can be checked on has two cores. */
#define TEAM 2

/* On a quiet machine the median round of such a loop takes some per cent longer than the best. */
#define MOST_SWING 1.4

static const char *const text[] = {
    "Sharing out work is work, too. Somebody must say who does what, and threads that touch the "
    "same thing must take turns. While a piece of work takes milliseconds nobody notices. So here "
    "the pieces are made small until one does.",
    "The job: add up half a million numbers, each after a few nanoseconds of arithmetic. In a "
    "nanosecond light travels 30 cm. It is easily written, and looks harmless:",
    "  #pragma omp parallel for schedule(dynamic,1) reduction(+ : sum)\n"
    "  for (long i = 0; i < 500000; i++)\n"
    "      sum += tiny(i);",
    "Here the threads really compute, so they want cores that nobody else is using. What the "
    "machine can give is measured beside it. If others take a part, nothing is claimed, and you "
    "are told.",
    NULL};

static const char *const reveal[] = {
    "Two threads are slower than one. With dynamic,1 every number is fetched from a counter that "
    "all threads share, and whoever adds to it must have its piece of memory in the core's own "
    "cache. It travels to and fro for each number, tens of nanoseconds, for work of three. The "
    "second thread did not halve the work, it opened a queue. A task for each number costs more "
    "still: it must be made, put somewhere, and found.",
    "Fetch a hundred numbers at once, and they share one trip; static fetches once. A rule of "
    "thumb: a chunk should take a hundred times as long as handing it out, some 10 microseconds "
    "or more. A picture takes milliseconds: there dynamic,1 is nearly free, and lesson 4 showed "
    "what it is good for.",
    "One total for all: in a critical section there is one thread at a time, so the loop is "
    "serial again, with a queue before it. The atomic addition is the same queue with a faster "
    "clerk. A reduction gives each thread a total of its own and adds them up once, at the end. "
    "The best lock is the one you do not need.",
    "False sharing is the mean one, for nothing in the code is shared: each thread counts in a "
    "variable of its own. But memory moves in lines of 64 bytes. Counters side by side lie in one "
    "line, and two cores pull it out of each other's hands at every step. 128 bytes apart, with "
    "the same code, they never meet. No wrong result tells you; only the clock does.",
    "And a whole parallel region costs something even when it is empty: the table has it. A loop "
    "that takes less than some ten times that is better left alone.",
    NULL};

static const char *const next[] = {
    "pixscale bakery overheads",
    "the table again; is it the same a second time?",
    "OMP_WAIT_POLICY=passive pixscale bakery overheads",
    "threads that wait go to sleep: look at the empty region and at the critical section",
    "OMP_PROC_BIND=close pixscale bakery overheads --threads 1,2,4,8",
    "threads kept where they are; what does the queue cost with more of them?",
    NULL};

static const char *const teacher[] = {
    "Ask before the run: what must happen between two threads before both can take the next "
    "number? Nearly everybody predicts between 1 and 2; few say a number below 1. That is the "
    "lesson.",
    "Ask after it: how many numbers would you hand out at once, and what do you lose when it is "
    "too many? (The even end, lesson 4.) Where does this program have a counter that all threads "
    "write? (Nowhere: src/profile/slots.c keeps one for each thread, 128 bytes apart.)",
    "What goes wrong: on one shared server, in a small container or in WSL2 with a busy Windows "
    "beside it there are no two free cores. The lesson says so and claims nothing; show a table "
    "that you made at home. Laptops change their clock rate: plug them in, and run it twice. Where "
    "two CPUs are one core's hardware threads they share its cache, and false sharing looks "
    "cheap.",
    NULL};

/* How many times as long as its best round the median round of a loop took that nothing slows but
 * others' load: the worst of the loops whose threads do not meet. */
static double swing(const struct overheads *o, size_t point)
{
    static const enum overheads_way apart[] = {OVERHEADS_STATIC, OVERHEADS_REDUCTION,
                                               OVERHEADS_PADDED};
    double worst = 1;
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        const struct overheads_cell *cell = &o->cell[apart[i]][point];
        worst = fmax(worst, cell->median_ns / cell->best_ns);
    }
    return worst;
}

static void claim(struct lesson_result *result, const struct overheads *o, size_t point)
{
    double cores = o->cores[point], swung = swing(o, point);
    char why[96];
    snprintf(why, sizeof why, "foreign load: one loop took %.1f times as long as in its best round",
             swung);
    struct {
        const char *text;
        double measured, least, most;
    } claims[] = {
        {"Two threads and static: nearly twice as fast as the plain loop.",
         overheads_speedup(o, OVERHEADS_STATIC, point), 1.5, 2.3},
        {"Two threads and dynamic,1: slower than the plain loop.",
         overheads_speedup(o, OVERHEADS_DYNAMIC_1, point), 0, 0.99},
        {"A critical section around each addition: slower than the plain loop.",
         overheads_speedup(o, OVERHEADS_CRITICAL, point), 0, 0.99},
        {"A reduction: nearly twice as fast as the plain loop.",
         overheads_speedup(o, OVERHEADS_REDUCTION, point), 1.5, 2.3},
        {"Counters in one cache line take longer than counters 128 bytes apart.",
         o->cell[OVERHEADS_ADJACENT][point].median_ns / o->cell[OVERHEADS_PADDED][point].median_ns,
         1.1, 1000},
    };
    for (size_t i = 0; i < sizeof claims / sizeof *claims; i++)
        if (swung > MOST_SWING)
            lesson_claim_skipped(result, claims[i].text, why);
        else
            lesson_claim_computing(result, claims[i].text, "x", claims[i].measured, claims[i].least,
                                   claims[i].most, TEAM, cores);
}

/* 1 and 2 threads, and as many as there are cores. */
static void list_threads(char *list, size_t size)
{
    int team = lesson_job_team();
    snprintf(list, size, team > TEAM ? "1,%d,%d" : "1,%d", TEAM, team);
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    char list[32];
    char *path = lesson_exec_path(context, FILE_NAME);
    struct overheads *overheads = malloc(sizeof *overheads); /* large for a stack */
    bool ok = path && overheads;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "lesson: no memory");
    list_threads(list, sizeof list);
    const char *const words[] = {"bakery",   "overheads", "--threads",
                                 list,       "--rounds",  context->brief ? "5" : "15",
                                 "--output", path,        NULL};
    ok = ok && lesson_exec(context, words, NULL, NULL, error) &&
         overheads_json_load(overheads, path, error);
    if (ok) {
        overheads_table_write(&result->shown, overheads);
        result->answer = overheads_speedup(overheads, OVERHEADS_DYNAMIC_1, 1);
        claim(result, overheads, 1);
    }
    free(overheads);
    free(path);
    return ok;
}

const struct lesson lesson_overheads = {
    .number = 5,
    .name = "overheads",
    .title = "Overheads: tiny tasks, a lock, false sharing",
    .minutes = 13,
    .text = text,
    .question = "The plain loop, one thread without OpenMP, counts as 1. How many times as fast "
                "are two threads with schedule(dynamic,1)? (2 is twice as fast, 0.5 half as fast.)",
    .unit = "x",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .own_cores = true,
    .run = run,
};
