#include "bakery/toast_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/simulator.h"
#include "profile/machine_omp.h"
#include "report/simulated.h"

struct toast toast_default(void)
{
    struct toast toast = {.slices = 100,
                          .minute_ns = 5000000,
                          .schedule = {SCHEDULE_DYNAMIC, 1},
                          .order = TOAST_INPUT,
                          .slow = 1};
    toast.stage[STAGE_DECODE] = 1;
    return toast;
}

static double minute_s(const struct toast *toast)
{
    return (double)toast->minute_ns * 1e-9;
}

static double total_s(const struct toast *toast)
{
    return toast->slices * TOAST_SLICE_MINUTES * minute_s(toast);
}

void toast_slices(const struct toast *toast, double *seconds)
{
    int n = toast->slices;
    double loop = (1 - toast->serial) * total_s(toast);
    bool special = toast->longest > 0 && n > 1;
    int alike = special ? n - 1 : n; /* these share what the special one leaves */
    double mean = loop * (special ? 1 - toast->longest : 1) / alike;
    for (int i = 0; i < alike; i++) {
        double slope = alike > 1 ? 2.0 * i / (alike - 1) - 1 : 0; /* from -1 to 1: 0 on average */
        seconds[i] = mean * (1 + toast->imbalance * slope);
    }
    if (special)
        seconds[n - 1] = toast->longest * loop;
}

/* Longest first; of equal ones the lower number, so that the order is one and the same. */
struct rank {
    double seconds;
    int slice;
};

static int compare_ranks(const void *x, const void *y)
{
    const struct rank *a = x, *b = y;
    if (a->seconds != b->seconds)
        return a->seconds > b->seconds ? -1 : 1;
    return a->slice < b->slice ? -1 : a->slice > b->slice;
}

static bool fill_order(const struct toast *toast, const double *seconds, int n, int *order)
{
    for (int i = 0; i < n; i++)
        order[i] = i;
    if (toast->order == TOAST_INPUT)
        return true;
    struct rank *ranks = calloc((size_t)n + 1, sizeof *ranks);
    if (!ranks)
        return false;
    for (int i = 0; i < n; i++)
        ranks[i] = (struct rank){seconds[i], i};
    qsort(ranks, (size_t)n, sizeof *ranks, compare_ranks);
    for (int i = 0; i < n; i++)
        order[i] = ranks[i].slice;
    free(ranks);
    return true;
}

static char *no_variable(const char *name)
{
    (void)name;
    return NULL;
}

/* The two runtimes cut the chunks of guided, and take auto, in different ways. */
static enum simulator_runtime runtime_here(void)
{
    struct machine_omp omp;
    machine_omp_read(&omp, no_variable);
    return simulated_runtime(omp.runtime);
}

/* The loop of a plan as the simulator takes it, without lengths. */
static struct simulator_loop loop_of(const struct toast_plan *plan)
{
    bool matters = plan->schedule.kind >= SCHEDULE_GUIDED;
    return (struct simulator_loop){
        .count = (size_t)plan->count,
        .threads = plan->toasters,
        .schedule = simulated_schedule(plan->schedule.kind),
        .chunk = plan->schedule.chunk,
        .runtime = matters ? runtime_here() : SIMULATOR_LIBGOMP,
    };
}

static void mark_fetch(void *user, const struct simulator_chunk *chunk)
{
    ((bool *)user)[chunk->first] = true;
}

/* The loop's body is not told where a chunk begins. It depends on nothing but the schedule, the
 * length of the loop and the team, so that the simulator knows. */
static bool fill_fetch(const struct toast_plan *plan, bool *fetch)
{
    struct simulator_loop loop = loop_of(plan);
    struct simulator_result result;
    loop.seconds = plan->slice_s;
    return simulator_trace(&loop, &result, mark_fetch, fetch);
}

/* With p threads the loop is to take contention * (p - 1) of the total longer: p times that of the
 * threads' time, on all slices alike. */
static double stretch(const struct toast *toast, int toasters)
{
    double share = 1 - toast->serial;
    return share > 0 ? 1 + toast->contention * (toasters - 1) * toasters / share : 1;
}

struct range toast_rows(const struct toast *toast)
{
    return toast->shards > 0 ? toast->rows : (struct range){0, (uint64_t)toast->slices};
}

bool toast_share(struct toast *toast, int k, int n)
{
    size_t slices = (size_t)toast->slices;
    double *seconds = calloc(slices, sizeof *seconds);
    uint64_t *costs = calloc(slices, sizeof *costs);
    bool ok = seconds && costs;
    if (ok) {
        toast_slices(toast, seconds);
        for (size_t i = 0; i < slices; i++) /* + 1 as everywhere: what costs nothing is an item */
            costs[i] = (uint64_t)(seconds[i] * 1e9) + 1;
        toast->rows = ranges_cut(costs, slices, (uint64_t)k, (uint64_t)n);
        toast->shards = n;
    }
    free(seconds);
    free(costs);
    return ok;
}

/* Of all slices those that are made. */
static bool fill_slices(const struct toast *toast, struct toast_plan *plan)
{
    double *seconds = calloc((size_t)toast->slices, sizeof *seconds);
    if (!seconds)
        return false;
    toast_slices(toast, seconds);
    memcpy(plan->slice_s, seconds + plan->first, (size_t)plan->count * sizeof *seconds);
    free(seconds);
    return true;
}

bool toast_plan_make(const struct toast *toast, int toasters, struct toast_plan *plan)
{
    struct range rows = toast_rows(toast);
    size_t n = (size_t)rows.count;
    *plan = (struct toast_plan){
        .toasters = toasters,
        .schedule = toast->schedule.kind == SCHEDULE_NONE ? schedule_current() : toast->schedule,
        .dough_s = toast->serial * total_s(toast),
        .first = (int)rows.first,
        .count = (int)rows.count,
        .slice_s = calloc(n + 1, sizeof *plan->slice_s),
        .order = calloc(n + 1, sizeof *plan->order),
        .fetch = calloc(n + 1, sizeof *plan->fetch),
        .fetch_s = toast->overhead * minute_s(toast),
    };
    bool ok = plan->slice_s && plan->order && plan->fetch && fill_slices(toast, plan);
    if (ok) {
        ok = fill_order(toast, plan->slice_s, plan->count, plan->order);
        for (size_t i = 0; i < n; i++)
            plan->slice_s[i] *= stretch(toast, toasters);
        ok = ok && (plan->fetch_s <= 0 || fill_fetch(plan, plan->fetch));
    }
    if (!ok)
        toast_plan_free(plan);
    return ok;
}

void toast_plan_free(struct toast_plan *plan)
{
    free(plan->slice_s);
    free(plan->order);
    free(plan->fetch);
    *plan = (struct toast_plan){0};
}

double toast_plan_slower(const struct toast *toast, int toasters, int thread)
{
    return toasters > 1 && thread == toasters - 1 ? toast->slow : 1;
}

static double simulate(const struct toast *toast, const struct toast_plan *plan, double *seconds,
                       double *slower)
{
    int p = plan->toasters;
    for (int i = 0; i < plan->count; i++)
        seconds[i] = plan->slice_s[plan->order[i]];
    for (int i = 0; i < p; i++)
        slower[i] = toast_plan_slower(toast, p, i);
    struct simulator_loop loop = loop_of(plan);
    loop.seconds = seconds;
    loop.threads = toast->sockets > 0 && toast->sockets < p ? toast->sockets : p;
    loop.chunk_seconds = plan->fetch_s;
    loop.slower = slower;
    struct simulator_result result;
    return simulator_run(&loop, &result) ? result.seconds : NAN;
}

double toast_predict(const struct toast *toast, int toasters)
{
    struct toast_plan plan;
    if (!toast_plan_make(toast, toasters, &plan))
        return NAN;
    double *seconds = calloc((size_t)plan.count + 1, sizeof *seconds);
    double *slower = calloc((size_t)toasters, sizeof *slower);
    double loop = seconds && slower ? simulate(toast, &plan, seconds, slower) : NAN;
    double minutes = (plan.dough_s + loop) / minute_s(toast);
    free(seconds);
    free(slower);
    toast_plan_free(&plan);
    return minutes;
}
