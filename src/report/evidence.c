#include "report/evidence.h"

#include <math.h>
#include <stdlib.h>

#include "model/robust_mean.h"

#define NS 1e-9

/* What one item takes with one thread. */
struct item {
    int64_t row;
    double seconds;
};

/* All of them: the median over the one-thread runs, by row. */
struct alone {
    struct item *items;
    size_t count;
    int runs;
};

static double item_seconds(const struct record_item *item)
{
    int64_t sum = 0;
    for (int stage = 0; stage < STAGE_DISPATCH; stage++)
        sum += item->stage_ns[stage] > 0 ? item->stage_ns[stage] : 0;
    return (double)sum * NS;
}

static int by_row(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static int by_row_and_time(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int order = by_row(a, b);
    return order ? order : (x->seconds > y->seconds) - (x->seconds < y->seconds);
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Of the middle two the lower one. Sorts them. */
static double lower_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, ascending);
    return values[(count - 1) / 2];
}

static bool is_kept(const struct analysis_group *group, size_t run, int threads)
{
    const struct record *record = group->records[run];
    return record && !group->runs[run].excluded && group->runs[run].threads == threads &&
           record->thread_count == (size_t)threads;
}

/* Of each row the middle one is the median; of two the lower. */
static void keep_medians(struct alone *alone)
{
    size_t kept = 0;
    qsort(alone->items, alone->count, sizeof *alone->items, by_row_and_time);
    for (size_t first = 0, end; first < alone->count; first = end) {
        for (end = first + 1; end < alone->count; end++)
            if (alone->items[end].row != alone->items[first].row)
                break;
        alone->items[kept++] = alone->items[first + (end - first - 1) / 2];
    }
    alone->count = kept;
}

static bool collect_alone(struct alone *alone, const struct analysis_group *group)
{
    size_t count = 0;
    for (size_t i = 0; i < group->run_count; i++)
        if (is_kept(group, i, 1))
            count += group->records[i]->item_count;
    *alone = (struct alone){.items = malloc((count + 1) * sizeof *alone->items)};
    if (!alone->items)
        return false;
    for (size_t i = 0; i < group->run_count; i++) {
        if (!is_kept(group, i, 1))
            continue;
        const struct record *record = group->records[i];
        alone->runs += record->item_count > 0;
        for (size_t k = 0; k < record->item_count; k++)
            if (record->item[k].row >= 0)
                alone->items[alone->count++] =
                    (struct item){record->item[k].row, item_seconds(&record->item[k])};
    }
    keep_medians(alone);
    return true;
}

/* What the runs of the team add up to. */
struct sums {
    int timed; /* runs */
    double dispatch_share, dispatch_cores, dispatch_seconds, wall;
    size_t itemised;
    double *slowest, *slow_cores, *slow_longer; /* of each itemised run */
};

static void add_dispatch(struct sums *sums, const struct record *record)
{
    double busy = 0, dispatch = 0, wall = (double)record->wall_ns * NS;
    for (size_t t = 0; t < record->thread_count; t++) {
        if (record->threads[t].dispatch_ns < 0 || record->threads[t].busy_ns <= 0)
            return; /* not measured, or a thread that was not there */
        busy += (double)record->threads[t].busy_ns * NS;
        dispatch += (double)record->threads[t].dispatch_ns * NS;
    }
    if (!(wall > 0))
        return;
    sums->timed++;
    sums->wall += wall;
    sums->dispatch_share += dispatch / busy;
    sums->dispatch_cores += dispatch / wall;
    sums->dispatch_seconds += dispatch;
}

/* Room for the threads of one run. */
struct team {
    size_t threads;
    double *here, *alone; /* seconds of each one's items: in this run, and with one thread */
    double *busy, *slower, *sorted;
};

static bool open_team(struct team *team, size_t threads)
{
    double *room = calloc(5 * threads, sizeof *room);
    *team = (struct team){.threads = threads, .here = room};
    if (!room)
        return false;
    team->alone = room + threads;
    team->busy = room + 2 * threads;
    team->slower = room + 3 * threads;
    team->sorted = room + 4 * threads;
    return true;
}

/* Sums, and no median of the items: one that is noticed late makes the next one short, which
 * cancels in a sum alone. */
static void add_up(struct team *team, const struct record *record, const struct alone *alone)
{
    for (size_t i = 0; i < record->item_count; i++) {
        const struct record_item *item = &record->item[i];
        const struct item wanted = {.row = item->row};
        const struct item *found =
            bsearch(&wanted, alone->items, alone->count, sizeof wanted, by_row);
        if (!found || found->seconds <= 0 || item->thread < 0 ||
            item->thread >= (int64_t)team->threads)
            continue;
        team->here[item->thread] += item_seconds(item);
        team->alone[item->thread] += found->seconds;
    }
}

/* Threads without an item are as fast as the others, for all that is known. */
static void add_threads(struct sums *sums, const struct record *record, struct team *team)
{
    size_t known = 0;
    for (size_t t = 0; t < team->threads; t++) {
        team->busy[t] = fmax(0, (double)record->threads[t].busy_ns * NS);
        team->slower[t] = team->alone[t] > 0 ? team->here[t] / team->alone[t] : 0;
        if (team->slower[t] > 0)
            team->sorted[known++] = team->slower[t];
    }
    if (known < 2)
        return;
    /* Of two threads the faster is what the other is held against. */
    double usual = lower_median(team->sorted, known), slowest = team->sorted[known - 1] / usual;
    for (size_t t = 0; t < team->threads; t++)
        team->slower[t] = team->slower[t] > 0 ? team->slower[t] / usual : 1;
    struct diagnosis_slow slow =
        diagnosis_slow_seconds(team->busy, team->slower, (int)team->threads);
    size_t run = sums->itemised++;
    sums->slowest[run] = slowest;
    sums->slow_cores[run] = slow.cost / ((double)record->wall_ns * NS);
    sums->slow_longer[run] = slow.longer / ((double)record->wall_ns * NS);
}

static bool add_items(struct sums *sums, const struct record *record, const struct alone *alone)
{
    struct team team;
    if (!record->item_count || !alone->count || record->wall_ns <= 0)
        return true;
    if (!open_team(&team, record->thread_count))
        return false;
    add_up(&team, record, alone);
    add_threads(sums, record, &team);
    free(team.here);
    return true;
}

static void conclude(struct diagnosis_evidence *evidence, const struct sums *at,
                     const struct sums *one)
{
    if (at->timed) {
        evidence->dispatch_share = at->dispatch_share / at->timed;
        evidence->dispatch_cores = at->dispatch_cores / at->timed;
        if (one->timed)
            evidence->dispatch_grown =
                (at->dispatch_seconds / at->timed - one->dispatch_seconds / one->timed) /
                (at->wall / at->timed);
    }
}

/* A run in which the machine stood still for a while tells nothing of its threads: medians, and
 * Huber's mean for the ratio. */
static bool conclude_threads(struct diagnosis_evidence *evidence, struct sums *at, int alone_runs)
{
    struct robust_mean mean;
    size_t n = at->itemised;
    if (!n)
        return true;
    if (!robust_mean(&mean, at->slowest, n))
        return false;
    evidence->runs = (int)n;
    evidence->slowest = mean.value;
    /* The one-thread runs, fewer or more, scatter as these do. */
    evidence->slowest_error = mean.error * sqrt(1 + (double)n / alone_runs);
    evidence->slow_cores = lower_median(at->slow_cores, n);
    evidence->slow_longer = lower_median(at->slow_longer, n);
    return true;
}

static int largest_team(const struct analysis_group *group)
{
    int most = 0;
    for (size_t i = 0; i < group->study.point_count; i++)
        if (!group->study.points[i].excluded)
            most = group->study.points[i].threads;
    return most;
}

bool evidence_fill(struct diagnosis_evidence *evidence, const struct analysis_group *group)
{
    struct sums at = {0}, one = {0};
    struct alone alone = {0};
    *evidence = diagnosis_no_evidence();
    evidence->threads = largest_team(group);
    at.slowest = calloc(3 * group->run_count + 1, sizeof *at.slowest);
    bool ok = at.slowest && collect_alone(&alone, group);
    if (ok) {
        at.slow_cores = at.slowest + group->run_count;
        at.slow_longer = at.slow_cores + group->run_count;
    }
    for (size_t i = 0; ok && i < group->run_count; i++) {
        if (is_kept(group, i, 1)) {
            add_dispatch(&one, group->records[i]);
        } else if (is_kept(group, i, evidence->threads)) {
            add_dispatch(&at, group->records[i]);
            ok = add_items(&at, group->records[i], &alone);
        }
    }
    if (ok && evidence->threads > 1) {
        conclude(evidence, &at, &one);
        ok = conclude_threads(evidence, &at, alone.runs);
    }
    free(alone.items);
    free(at.slowest);
    return ok;
}
