/*
 * Coffee needs nobody while it brews. The synchronous baker stands beside it all the same; the
 * asynchronous one has it made as a task, and makes toast in the meantime.
 */
#include "bakery/coffee.h"

#include <omp.h>

#include "bakery/sleep.h"
#include "base/clock.h"

#define TEAM 2 /* one thread for the coffee, one for the toast */

struct kitchen {
    struct coffee_run *run;
    int64_t origin_ns;
    double minute_ns;
};

static double minutes_now(const struct kitchen *kitchen)
{
    return (double)(clock_now_ns() - kitchen->origin_ns) / kitchen->minute_ns;
}

/* Makes one thing, from the moment at which it ought to begin, by the recipe, to that at which it
 * ought to end; notes who made it and when really. */
static void make(const struct kitchen *kitchen, int event, const char *what, double from, double to)
{
    struct sleep_chain chain = {.origin_ns = kitchen->origin_ns,
                                .at_ns = from * kitchen->minute_ns};
    struct coffee_event *note = &kitchen->run->event[event];
    note->what = what;
    note->thread = omp_get_thread_num();
    note->start_minutes = minutes_now(kitchen);
    sleep_until(&chain, to * kitchen->minute_ns);
    note->end_minutes = minutes_now(kitchen);
}

/* One after the other: the toast has to wait for the coffee. */
static void synchronous(const struct kitchen *kitchen)
{
    double brewed = COFFEE_BREW_MINUTES;
    make(kitchen, 0, "coffee", 0, brewed);
    make(kitchen, 1, "toast 1", brewed, brewed + COFFEE_TOAST_MINUTES);
}

/* Creating a task asks for something to be done and goes on at once; whichever thread of the team
 * is free does it. Only taskwait waits, until all that was asked for is there. */
static void asynchronous(const struct kitchen *kitchen)
{
    double toast = COFFEE_TOAST_MINUTES;
#pragma omp task
    make(kitchen, 0, "coffee", 0, COFFEE_BREW_MINUTES);

#pragma omp task
    {
        make(kitchen, 1, "toast 1", 0, toast); /* there is one toaster: */
        make(kitchen, 2, "toast 2", toast, 2 * toast);
    }

#pragma omp taskwait
}

/* A team of two either way. Thread 0 asks for things; the other one waits at the end of the region,
 * where it looks for tasks to do. In the synchronous order there are none. */
static void make_all(struct kitchen *kitchen)
{
    bool wait_for_each = kitchen->run->order == COFFEE_SYNCHRONOUS;
#pragma omp parallel num_threads(TEAM)
#pragma omp master
    {
        if (wait_for_each)
            synchronous(kitchen);
        else
            asynchronous(kitchen);
    }
}

static int start_team(void)
{
    int delivered = 0;
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
#pragma omp parallel num_threads(TEAM)
#pragma omp single
    delivered = omp_get_num_threads();
    return delivered;
}

static void sort_by_start(struct coffee_run *run)
{
    for (int i = 1; i < run->events; i++)
        for (int k = i; k > 0 && run->event[k].start_minutes < run->event[k - 1].start_minutes;
             k--) {
            struct coffee_event event = run->event[k];
            run->event[k] = run->event[k - 1];
            run->event[k - 1] = event;
        }
}

bool coffee_make(enum coffee_order order, int64_t minute_ns, struct coffee_run *run,
                 struct error *error)
{
    bool waits = order == COFFEE_SYNCHRONOUS;
    *run = (struct coffee_run){
        .order = order,
        .predicted_minutes = waits ? COFFEE_BREW_MINUTES + COFFEE_TOAST_MINUTES
                                   : COFFEE_BREW_MINUTES, /* two toasts are ready before */
        .events = waits ? 2 : 3,
    };
    int delivered = start_team();
    if (delivered != TEAM)
        return error_set(error, ERROR_OUTPUT,
                         "coffee needs %d threads and OpenMP gave %d: is OMP_THREAD_LIMIT set?",
                         TEAM, delivered);
    struct kitchen kitchen = {
        .run = run, .origin_ns = clock_now_ns(), .minute_ns = (double)minute_ns};
    make_all(&kitchen);
    run->measured_minutes = minutes_now(&kitchen);
    sort_by_start(run);
    return true;
}
