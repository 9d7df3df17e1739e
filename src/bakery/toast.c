/*
 * A parallel loop, plain, as the bakery bakes it.
 *
 *     dough                        serial: one thread alone, the others have nothing to do
 *     #pragma omp parallel         a team: one thread is one toaster
 *     {
 *         #pragma omp for          each slice goes to some thread; which one, and how many at a
 *                                  time, is the schedule's choice
 *     }                            the end of the region: here they wait for the last one
 *
 * The threads share only what they read (the toast, the plan) and the power sockets, if these are
 * few. What a slice took is written to that slice's own place, and how long a thread was busy to
 * that thread's own clock.
 *
 * All waits are chained from one origin, the moment at which the dough ought to be ready: neither
 * that the team is woken late nor that a slice is noticed late moves any later slice.
 */
#include "bakery/toast.h"

#include <omp.h>
#include <stdlib.h>
#include <time.h>

#include "bakery/sleep.h"
#include "bakery/toast_plan.h"
#include "bakery/toast_work.h"

/* What all threads of a run share. */
struct bakery {
    const struct toast *toast;
    struct toast_plan plan;
    struct toast_run *run;
    struct sleep_sockets sockets;
    double steps_per_ns; /* of work that computes; 0 for work that waits */
    int delivered;       /* size of the team */
    toast_watch_fn watch;
    void *user;
};

/* One thread at its toaster. */
struct baker {
    struct bakery *bakery;
    struct stages_clock *clock;
    struct toast_seat *seat;
    struct sleep_chain chain;
    double slower;
};

static void watch_run(void *user, int64_t now_ns)
{
    struct bakery *bakery = user;
    bakery->watch(bakery->user, bakery->run, now_ns);
}

/* Lets the baker's work go on for `ns`, by waiting or by computing. */
static void work_for(struct baker *baker, double ns)
{
    if (baker->bakery->steps_per_ns > 0)
        toast_work(ns * baker->bakery->steps_per_ns);
    else
        sleep_for(&baker->chain, ns);
}

/* Where only so many can heat at once, the slice begins when a socket is free. */
static void plug_in(struct baker *baker, double ns)
{
    if (baker->bakery->sockets.count > 0)
        baker->chain.at_ns = sleep_take(&baker->bakery->sockets, baker->chain.at_ns, ns);
}

static void set(_Atomic int *to, int value)
{
    atomic_store_explicit(to, value, memory_order_relaxed);
}

static void show_slice(struct baker *baker, int slice, double ns)
{
    struct toast_seat *seat = baker->seat;
    int64_t from = baker->chain.origin_ns + (int64_t)baker->chain.at_ns;
    atomic_store_explicit(&seat->from_ns, from, memory_order_relaxed);
    atomic_store_explicit(&seat->to_ns, from + (int64_t)ns, memory_order_relaxed);
    set(&seat->slice, slice);
}

/* One slice, counted from the first of this process's own, stage by stage. Waiting for a socket
 * lengthens its first stage, as waiting for memory lengthens the instruction that needs it. */
static void make_slice(struct baker *baker, int slice)
{
    const struct bakery *bakery = baker->bakery;
    int thread = omp_get_thread_num();
    double ns = bakery->plan.slice_s[slice] * 1e9 * baker->slower;
    stages_item_begin(baker->clock);
    plug_in(baker, ns);
    show_slice(baker, bakery->plan.first + slice, ns);
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        if (bakery->toast->stage[s] <= 0)
            continue;
        stages_enter(baker->clock, (enum stage)s);
        work_for(baker, ns * bakery->toast->stage[s]);
    }
    stages_item_end(baker->clock, &bakery->run->items[slice], thread);
    set(&baker->seat->made, (int)baker->clock->items);
}

static struct baker new_baker(struct bakery *bakery, int thread, int64_t origin_ns)
{
    struct baker baker = {
        .bakery = bakery,
        .clock = &bakery->run->clocks[thread],
        .seat = &bakery->run->seats[thread],
        .slower = toast_plan_slower(bakery->toast, bakery->plan.toasters, thread),
        .chain = {.origin_ns = origin_ns},
    };
    if (thread == 0 && bakery->watch) {
        baker.chain.watch = watch_run;
        baker.chain.user = bakery;
        baker.chain.period_ns = TOAST_WATCH_NS;
    }
    return baker;
}

/* The parallel loop. `origin_ns` is when it ought to begin. */
static void bake_slices(struct bakery *bakery, int64_t origin_ns)
{
    const struct toast_plan *plan = &bakery->plan;
    int slices = plan->count;
#pragma omp parallel num_threads(plan->toasters)
    {
        struct baker baker = new_baker(bakery, omp_get_thread_num(), origin_ns);
        stages_begin(baker.clock);

#pragma omp for schedule(runtime) nowait
        for (int k = 0; k < slices; k++) {
            if (plan->fetch[k]) /* a new chunk: what it costs to get it */
                work_for(&baker, plan->fetch_s * 1e9 * baker.slower);
            make_slice(&baker, plan->order[k]);
        }
        stages_end(baker.clock); /* the barrier comes next */
        set(&baker.seat->slice, -1);
    }
}

/* Starts the threads, so that their start is no part of what is timed, and counts them. */
static int start_team(int toasters)
{
    int delivered = 0;
#pragma omp parallel num_threads(toasters)
    {
#pragma omp single
        delivered = omp_get_num_threads();
    }
    return delivered;
}

/* Whether the dough takes so long that the team can be started meanwhile without being late: some
 * 0.05 ms a thread, seldom twice that. */
static bool has_time_to_start(const struct bakery *bakery)
{
    double start_ns = 2e6 + 1e5 * bakery->plan.toasters;
    return bakery->steps_per_ns == 0 && bakery->plan.dough_s * 1e9 >= start_ns;
}

/* The serial part. Returns when it ought to have ended. Who measures the process from outside sees
 * a start that hides in it less. */
static int64_t knead_dough(struct bakery *bakery)
{
    int64_t start_ns = bakery->run->phases.start_ns;
    struct baker baker = new_baker(bakery, 0, start_ns);
    baker.slower = 1; /* there is no team yet that one could be the last of */
    phases_enter(&bakery->run->phases, "dough", false);
    if (has_time_to_start(bakery))
        bakery->delivered = start_team(bakery->plan.toasters);
    work_for(&baker, bakery->plan.dough_s * 1e9);
    return start_ns + (int64_t)(bakery->plan.dough_s * 1e9);
}

static void bake(struct bakery *bakery)
{
    struct toast_run *run = bakery->run;
    if (!has_time_to_start(bakery))
        bakery->delivered = start_team(bakery->plan.toasters);
    phases_begin(&run->phases);
    int64_t origin_ns = knead_dough(bakery);
    if (bakery->delivered != bakery->plan.toasters)
        return;
    run->region_start_ns = clock_now_ns();
    bake_slices(bakery, origin_ns);
    run->region_end_ns = clock_now_ns();
    phases_enter_at(&run->phases, "process", true, run->region_start_ns);
    phases_enter_at(&run->phases, "other", false, run->region_end_ns);
    phases_end(&run->phases);
}

static bool reserve(struct bakery *bakery, int toasters, struct toast_run *run)
{
    const struct toast *toast = bakery->toast;
    struct range rows = toast_rows(toast);
    *run = (struct toast_run){
        .toasters = toasters, .first = (int)rows.first, .slices = (int)rows.count};
    run->clocks = stages_clocks_new(toasters);
    run->items = stages_items_new((size_t)rows.count);
    run->seats = aligned_alloc(_Alignof(struct toast_seat), (size_t)toasters * sizeof *run->seats);
    for (int i = 0; run->seats && i < toasters; i++)
        run->seats[i] = (struct toast_seat){.slice = -1};
    bakery->sockets.count = toast->sockets;
    if (toast->sockets > 0)
        bakery->sockets.free_ns = calloc((size_t)toast->sockets, sizeof(double));
    return run->clocks && run->items && run->seats &&
           (bakery->sockets.free_ns || toast->sockets == 0) &&
           toast_plan_make(toast, toasters, &bakery->plan);
}

static bool check(const struct toast *toast, int toasters, struct error *error)
{
    if (toasters < 1 || toasters > TOAST_MOST_TOASTERS || toast->slices < 1 ||
        toast->slices > TOAST_MOST_SLICES)
        return error_set(error, ERROR_USAGE, "cannot make %d slices on %d toasters", toast->slices,
                         toasters);
    if (toast->work == TOAST_COMPUTING && toast->sockets > 0)
        return error_set(error, ERROR_USAGE,
                         "waiting for a free socket can be baked only with work that waits");
    return true;
}

/* The run between two looks at the machine. */
static bool bake_guarded(struct bakery *bakery, struct error *error)
{
    const struct toast *toast = bakery->toast;
    struct toast_run *run = bakery->run;
    if (toast->work == TOAST_COMPUTING)
        bakery->steps_per_ns = toast_work_rate();
    omp_set_dynamic(0);
    omp_set_max_active_levels(1);
    schedule_use(&bakery->plan.schedule);
    run->started_utc = time(NULL);
    if (!toast->unguarded)
        guard_take("", &run->before);
    bake(bakery);
    if (!toast->unguarded)
        guard_take("", &run->after);
    return bakery->delivered == run->toasters ||
           error_set(error, ERROR_OUTPUT,
                     "asked for %d toasters, OpenMP gave %d: is OMP_THREAD_LIMIT set?",
                     run->toasters, bakery->delivered);
}

bool toast_bake(const struct toast *toast, int toasters, toast_watch_fn watch, void *user,
                struct toast_run *run, struct error *error)
{
    struct bakery bakery = {.toast = toast, .run = run, .watch = watch, .user = user};
    *run = (struct toast_run){0};
    if (!check(toast, toasters, error))
        return false;
    bool ok = reserve(&bakery, toasters, run);
    if (ok)
        ok = bake_guarded(&bakery, error);
    else
        error_set(error, ERROR_OUTPUT, "no memory for %d slices", toast->slices);
    if (!ok)
        toast_free(run);
    free(bakery.sockets.free_ns);
    toast_plan_free(&bakery.plan);
    return ok;
}

void toast_free(struct toast_run *run)
{
    free(run->clocks);
    free(run->items);
    free(run->seats);
    *run = (struct toast_run){0};
}

void toast_ready(void)
{
    sleep_ready();
}
