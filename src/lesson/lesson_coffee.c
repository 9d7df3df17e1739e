/*
 * Lesson 2: what can be done while the coffee brews.
 */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bakery/coffee.h"
#include "bakery/toast.h"
#include "lesson/lesson_show.h"
#include "lesson/lesson_table.h"
#include "report/lanes.h"

#define MINUTE_NS   50000000
#define MOST_ROUNDS 3 /* the median: a moment of somebody else's does not spoil it */

static const char *const text[] = {
    "Coffee takes 5 minutes to brew. You press the button and then it needs nobody. A slice of "
    "toast takes 2 minutes.",
    "One way: press the button, stand there until the coffee is ready, then make a slice of toast. "
    "One after the other, 5 + 2 minutes: that is synchronous. A program does this each time it "
    "waits for a disk or the network before it goes on.",
    "The other way: press the button and make toast meanwhile, two slices even, one after the "
    "other. Look at the coffee again when there is nothing else to do: that is asynchronous. In "
    "OpenMP each job is a task:",
    "  #pragma omp task\n"
    "  brew();              /* 5 minutes, needs nobody */\n"
    "  toast(1); toast(2);  /* 2 minutes each, meanwhile */\n"
    "  #pragma omp taskwait",
    NULL};

static const char *const reveal[] = {
    "5 minutes: more breakfast in less time. Two slices are 4 minutes, and they fit into the 5 "
    "that the coffee takes anyway. The longest chain of things that must follow each other "
    "decides, "
    "here the coffee alone.",
    "Nobody worked faster, and no second cook came: a single pair of hands could do this. What was "
    "saved is waiting. So asynchronous helps where a program waits (network, disk, a database, a "
    "user); parallel helps where it computes and there are more cores to compute on. Mixing up the "
    "two is the commonest mistake: threads do make waiting faster on one core, and do not make "
    "computing faster there.",
    "When you make a program faster, first ask: does it wait, or does it work?", NULL};

static const char *const next[] = {"pixscale bakery coffee",
                                   "both orders, with their timelines",
                                   "pixscale bakery coffee --minute 1s",
                                   "slow enough to follow it with a clock",
                                   "OMP_NUM_THREADS=1 pixscale bakery coffee",
                                   "does it change? (a brewing coffee needs a machine, not a cook)",
                                   NULL};

static const char *const teacher[] = {
    "Ask before the run: 5 + 2 = 7 for one slice; so two slices, 9? Somebody will say 5 at once; "
    "ask that person what decides (the longest chain).",
    "Ask after it: how many slices fit before it gets slower than 5 minutes? (Two. With three, "
    "toast becomes the longest chain: 6.) Which jobs in your own programs are coffee, which toast?",
    "In Python the two worlds have two names: asyncio and threads for coffee, multiprocessing for "
    "toast.",
    "What goes wrong: next to nothing, all of it sleeps.", NULL};

/* In a process of its own: this one must not have had a team when it forks later. */
static void make_in_child(enum coffee_order order, int out)
{
    struct coffee_run run;
    toast_ready();
    bool ok =
        coffee_make(order, MINUTE_NS, &run, NULL) && write(out, &run, sizeof run) == sizeof run;
    _exit(ok ? 0 : 1);
}

/* What a run's events are called lives in the program and is at the same place in the child. */
static bool make_once(enum coffee_order order, struct coffee_run *run, struct error *error)
{
    int ends[2];
    if (pipe(ends) != 0)
        return error_set(error, ERROR_OUTPUT, "lesson: cannot make a pipe: %s", strerror(errno));
    pid_t pid = fork();
    if (pid == 0)
        make_in_child(order, ends[1]);
    close(ends[1]);
    ssize_t n = 0;
    do
        n = pid > 0 ? read(ends[0], run, sizeof *run) : 0;
    while (n < 0 && errno == EINTR);
    close(ends[0]);
    if (pid > 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            continue;
    return n == sizeof *run ||
           error_set(error, ERROR_OUTPUT, "lesson: coffee and toast need two threads at least");
}

/* The run in the middle. */
static bool make(const struct lesson_context *context, enum coffee_order order,
                 struct coffee_run *middle, struct error *error)
{
    struct coffee_run runs[MOST_ROUNDS];
    int rounds = context->brief ? 1 : MOST_ROUNDS;
    for (int i = 0; i < rounds; i++) {
        if (context->stop && atomic_load(context->stop))
            return error_set(error, ERROR_OUTPUT, "lesson: stopped");
        if (!make_once(order, &runs[i], error))
            return false;
    }
    for (int i = 0; i < rounds; i++) {
        int faster = 0;
        for (int k = 0; k < rounds; k++)
            faster += runs[k].measured_minutes < runs[i].measured_minutes ||
                      (runs[k].measured_minutes == runs[i].measured_minutes && k < i);
        if (faster == rounds / 2)
            *middle = runs[i];
    }
    return true;
}

/* Coffee machine and toaster, and what they were used for when. */
static void draw(const struct lesson_context *context, struct lesson_result *result,
                 const struct coffee_run *run, const char *title)
{
    static const char *const names[] = {"coffee machine", "toaster"};
    struct lanes_span spans[COFFEE_EVENTS];
    int toasts = 0;
    for (int i = 0; i < run->events; i++) {
        const struct coffee_event *event = &run->event[i];
        int lane = strcmp(event->what, "coffee") != 0;
        spans[i] = (struct lanes_span){lane, event->start_minutes, event->end_minutes, event->what,
                                       lane ? 1 + toasts++ % 2 : 0};
    }
    struct lanes lanes = {.names = names,
                          .count = 2,
                          .spans = spans,
                          .span_count = (size_t)run->events,
                          .end = COFFEE_BREW_MINUTES + COFFEE_TOAST_MINUTES,
                          .unit = "minutes",
                          .columns = context->columns,
                          .ascii = true};
    writer_print(&result->shown, "%s: %.2f minutes\n", title, run->measured_minutes);
    lanes_draw(&result->shown, &lanes);
    writer_text(&result->shown, "\n");
}

static bool run(const struct lesson_context *context, struct lesson_result *result,
                struct error *error)
{
    struct coffee_run first, second;
    if (context->step)
        context->step(context->user, "$ pixscale bakery coffee --minute 50ms");
    if (!make(context, COFFEE_SYNCHRONOUS, &first, error) ||
        !make(context, COFFEE_ASYNCHRONOUS, &second, error))
        return false;
    draw(context, result, &first, "Synchronous, one toast and one coffee");
    draw(context, result, &second, "Asynchronous, two toasts and one coffee");
    result->answer = second.measured_minutes;
    lesson_claim_waiting(result, "One after the other, a coffee and one toast take 7 minutes.",
                         "minutes", first.measured_minutes, 6.79, 7.21);
    lesson_claim_waiting(result, "While the coffee brews, two toasts cost no time: 5 minutes.",
                         "minutes", second.measured_minutes, 4.85, 5.15);
    return true;
}

const struct lesson lesson_coffee = {
    .number = 2,
    .name = "coffee",
    .title = "Synchronous and asynchronous",
    .minutes = 9,
    .text = text,
    .question = "Synchronously, one coffee and one toast take 7 minutes. How many minutes do one "
                "coffee and two toasts take asynchronously?",
    .unit = "minutes",
    .reveal = reveal,
    .next = next,
    .teacher = teacher,
    .run = run,
};
