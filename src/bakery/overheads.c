#include "bakery/overheads.h"

#include <inttypes.h>
#include <stdlib.h>

#include "bakery/overheads_loops.h"
#include "profile/ceiling.h"

/* A task of its own costs a hundred times what it does here, a step of a counter a tenth: so that
 * all take milliseconds. */
#define FEWER_TASKS 10
#define MORE_STEPS  8

/* Regions are entered in a batch of one in so many iterations: each costs a microsecond or more. */
#define FEWER_REGIONS 500

const struct overheads_about overheads_about[OVERHEADS_WAYS] = {
    [OVERHEADS_PLAIN] = {"plain loop", OVERHEADS_TINY_TASKS, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_STATIC] = {"static", OVERHEADS_TINY_TASKS, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_DYNAMIC_100] = {"dynamic,100", OVERHEADS_TINY_TASKS, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_DYNAMIC_1] = {"dynamic,1", OVERHEADS_TINY_TASKS, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_TASKS] = {"a task each", OVERHEADS_TINY_TASKS, OVERHEADS_PLAIN, 1, FEWER_TASKS},
    [OVERHEADS_REDUCTION] = {"reduction", OVERHEADS_ONE_TOTAL, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_ATOMIC] = {"atomic", OVERHEADS_ONE_TOTAL, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_CRITICAL] = {"critical section", OVERHEADS_ONE_TOTAL, OVERHEADS_PLAIN, 1, 1},
    [OVERHEADS_COUNTER] = {"plain loop", OVERHEADS_FALSE_SHARING, OVERHEADS_COUNTER, MORE_STEPS, 1},
    [OVERHEADS_PADDED] = {"128 bytes apart", OVERHEADS_FALSE_SHARING, OVERHEADS_COUNTER, MORE_STEPS,
                          1},
    [OVERHEADS_ADJACENT] = {"side by side", OVERHEADS_FALSE_SHARING, OVERHEADS_COUNTER, MORE_STEPS,
                            1},
};

/* What is measured at one point: the ways, then the regions, then the ceiling. */
enum { REGIONS = OVERHEADS_WAYS, CEILING, SERIES };

/* All samples, [SERIES][points][rounds]. */
struct samples {
    double *value;
    size_t points, rounds;
};

static double *series(const struct samples *samples, int which, size_t point)
{
    return samples->value + ((size_t)which * samples->points + point) * samples->rounds;
}

static bool is_base(int way)
{
    return overheads_about[way].base == (enum overheads_way)way;
}

static uint64_t expected(enum overheads_way way, int64_t n)
{
    uint64_t count = (uint64_t)n;
    bool sums = overheads_about[way].base == OVERHEADS_PLAIN;
    return sums ? count * (count - 1) / 2 : count;
}

static bool wrong_sum(const char *what, int threads, uint64_t sum, uint64_t right,
                      struct error *error)
{
    return error_set(error, ERROR_OUTPUT,
                     "overheads: %s with %d threads gave %" PRIu64 " instead of %" PRIu64, what,
                     threads, sum, right);
}

static bool no_team(int threads, struct error *error)
{
    return error_set(error, ERROR_OUTPUT,
                     "overheads: the OpenMP runtime did not deliver %d threads (OMP_THREAD_LIMIT?)",
                     threads);
}

static bool measure_way(enum overheads_way way, int threads, int64_t iterations, double *ns,
                        struct error *error)
{
    const struct overheads_about *about = &overheads_about[way];
    int64_t n = iterations * about->times / about->share;
    struct overheads_loops_result result;
    if (!overheads_loops_run(way, threads, n, &result))
        return no_team(threads, error);
    if (result.sum != expected(way, n))
        return wrong_sum(about->name, threads, result.sum, expected(way, n), error);
    *ns = (double)result.wall_ns / (double)n;
    return true;
}

static bool measure_regions(int threads, int64_t iterations, double *ns, struct error *error)
{
    int64_t regions = iterations / FEWER_REGIONS;
    struct overheads_loops_result result;
    if (!overheads_loops_regions(threads, regions, &result))
        return no_team(threads, error);
    if (result.sum != (uint64_t)(threads * regions))
        return wrong_sum("regions", threads, result.sum, (uint64_t)(threads * regions), error);
    *ns = (double)result.wall_ns / (double)regions;
    return true;
}

/* Everything once at one point. The ceiling comes with its one thread right before the team, so
 * that both meet the same machine. */
static bool measure_point(const struct overheads_plan *plan, size_t point, size_t round,
                          uint64_t steps, const struct samples *samples, struct error *error)
{
    int threads = plan->points.threads[point];
    for (int way = 0; way < OVERHEADS_WAYS; way++)
        if (!measure_way((enum overheads_way)way, is_base(way) ? 1 : threads, plan->iterations,
                         series(samples, way, point) + round, error))
            return false;
    if (!measure_regions(threads, plan->iterations, series(samples, REGIONS, point) + round, error))
        return false;
    int64_t one = ceiling_ns(1, steps, 1), team = ceiling_ns(threads, steps, 1);
    series(samples, CEILING, point)[round] = ceiling_capacity(threads, one, team);
    return true;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct overheads_cell cell_of(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return (struct overheads_cell){.best_ns = values[0],
                                   .median_ns = (values[(count - 1) / 2] + values[count / 2]) / 2};
}

static void summarise(const struct samples *samples, struct overheads *overheads)
{
    for (size_t point = 0; point < samples->points; point++) {
        for (int way = 0; way < OVERHEADS_WAYS; way++)
            if (!is_base(way))
                overheads->cell[way][point] = cell_of(series(samples, way, point), samples->rounds);
        overheads->region[point] = cell_of(series(samples, REGIONS, point), samples->rounds);
        overheads->cores[point] =
            cell_of(series(samples, CEILING, point), samples->rounds).median_ns;
    }
    /* A base has no team: what was measured beside every point is one series. */
    for (int way = 0; way < OVERHEADS_WAYS; way++) {
        if (!is_base(way))
            continue;
        struct overheads_cell cell =
            cell_of(series(samples, way, 0), samples->points * samples->rounds);
        for (size_t point = 0; point < samples->points; point++)
            overheads->cell[way][point] = cell;
    }
}

bool overheads_measure(const struct overheads_plan *plan, struct overheads *overheads,
                       struct error *error)
{
    *overheads = (struct overheads){.plan = *plan};
    struct samples samples = {.points = plan->points.count, .rounds = (size_t)plan->rounds};
    samples.value = calloc((size_t)SERIES * samples.points * samples.rounds, sizeof(double));
    if (!samples.value)
        return error_set(error, ERROR_OUTPUT, "overheads: out of memory");
    uint64_t steps = ceiling_steps(); /* also brings the clock rate up */
    bool ok = true;
    for (size_t round = 0; ok && round < samples.rounds; round++)
        for (size_t point = 0; ok && point < samples.points; point++)
            ok = measure_point(plan, point, round, steps, &samples, error);
    if (ok)
        summarise(&samples, overheads);
    free(samples.value);
    return ok;
}

double overheads_speedup(const struct overheads *overheads, enum overheads_way way, size_t point)
{
    enum overheads_way base = overheads_about[way].base;
    return overheads->cell[base][point].median_ns / overheads->cell[way][point].median_ns;
}
