#include "report/evidence.h"

#include <math.h>
#include <stdlib.h>

#define NS 1e-9

/* Numbers with keys, of which the median of each key is wanted. */
struct keyed {
    int64_t key;
    double value;
};

struct medians {
    struct keyed *list; /* by key, once medians_keep has been there */
    size_t count;
};

static double item_seconds(const struct record_item *item)
{
    int64_t sum = 0;
    for (int stage = 0; stage < STAGE_DISPATCH; stage++)
        sum += item->stage_ns[stage] > 0 ? item->stage_ns[stage] : 0;
    return (double)sum * NS;
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->value > y->value) - (x->value < y->value);
}

/* Sorted by key and then by value, each key's middle one is its median; of two the lower one. */
static void keep_medians(struct medians *medians)
{
    size_t kept = 0;
    qsort(medians->list, medians->count, sizeof *medians->list, by_key);
    for (size_t first = 0, end; first < medians->count; first = end) {
        for (end = first + 1; end < medians->count; end++)
            if (medians->list[end].key != medians->list[first].key)
                break;
        medians->list[kept++] = medians->list[first + (end - first - 1) / 2];
    }
    medians->count = kept;
}

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool is_kept(const struct analysis_group *group, size_t run, int threads)
{
    const struct record *record = group->records[run];
    return record && !group->runs[run].excluded && group->runs[run].threads == threads &&
           record->thread_count == (size_t)threads;
}

/* The kept one-thread runs with items in turn, for the k-th run of the team. Each run has another
 * one to be held against, so that what one of those was off by shows in the scatter. */
static const struct record *partner(const struct analysis_group *group, int k)
{
    int count = 0;
    for (size_t i = 0; i < group->run_count; i++)
        count += is_kept(group, i, 1) && group->records[i]->item_count > 0;
    for (size_t i = 0, at = 0; count && i < group->run_count; i++)
        if (is_kept(group, i, 1) && group->records[i]->item_count > 0 &&
            at++ == (size_t)(k % count))
            return group->records[i];
    return NULL;
}

/* What each item took in it. */
static bool collect_alone(struct medians *alone, const struct record *record)
{
    *alone = (struct medians){.list = malloc((record->item_count + 1) * sizeof *alone->list)};
    if (!alone->list)
        return false;
    for (size_t k = 0; k < record->item_count; k++) {
        double seconds = item_seconds(&record->item[k]);
        if (record->item[k].row >= 0 && seconds > 0)
            alone->list[alone->count++] = (struct keyed){record->item[k].row, seconds};
    }
    keep_medians(alone);
    return true;
}

/* NAN for an item that no one-thread run had. */
static double seconds_alone(const struct medians *alone, int64_t row)
{
    size_t low = 0, high = alone->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (alone->list[middle].key < row)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < alone->count && alone->list[low].key == row;
    return found ? alone->list[low].value : NAN;
}

/* What the runs of the team add up to. */
struct sums {
    int timed; /* runs */
    double dispatch_share, dispatch_cores, dispatch_seconds, wall;
    int itemised;
    double slowest, slowest_squares, slow_cores, slow_longer;
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

/* The median, for each thread, of its items against the same ones alone. */
static bool collect_ratios(struct medians *ratios, const struct record *record,
                           const struct medians *alone)
{
    *ratios = (struct medians){.list = malloc((record->item_count + 1) * sizeof *ratios->list)};
    if (!ratios->list)
        return false;
    for (size_t i = 0; i < record->item_count; i++) {
        const struct record_item *item = &record->item[i];
        double ratio = item_seconds(item) / seconds_alone(alone, item->row);
        if (ratio > 0 && item->thread >= 0 && item->thread < (int64_t)record->thread_count)
            ratios->list[ratios->count++] = (struct keyed){item->thread, ratio};
    }
    keep_medians(ratios);
    return true;
}

/* Threads without an item are as fast as the others, for all that is known. */
static bool add_threads(struct sums *sums, const struct record *record,
                        const struct medians *ratios)
{
    size_t threads = record->thread_count, known = ratios->count;
    double *sorted = malloc(3 * threads * sizeof *sorted);
    if (!sorted)
        return false;
    double *busy = sorted + threads, *slower = busy + threads;
    for (size_t t = 0; t < threads; t++) {
        busy[t] = fmax(0, (double)record->threads[t].busy_ns * NS);
        slower[t] = 1;
    }
    for (size_t i = 0; i < known; i++)
        sorted[i] = ratios->list[i].value;
    qsort(sorted, known, sizeof *sorted, ascending);
    double usual = sorted[(known - 1) / 2], slowest = sorted[known - 1] / usual;
    for (size_t i = 0; i < known; i++)
        slower[ratios->list[i].key] = ratios->list[i].value / usual;
    sums->itemised++;
    sums->slowest += slowest;
    sums->slowest_squares += slowest * slowest;
    struct diagnosis_slow slow = diagnosis_slow_seconds(busy, slower, (int)threads);
    sums->slow_cores += slow.cost / ((double)record->wall_ns * NS);
    sums->slow_longer += slow.longer / ((double)record->wall_ns * NS);
    free(sorted);
    return true;
}

static bool add_items(struct sums *sums, const struct record *record, const struct record *one)
{
    struct medians alone, ratios;
    if (!collect_alone(&alone, one))
        return false;
    bool ok = collect_ratios(&ratios, record, &alone);
    free(alone.list);
    if (ok && ratios.count >= 2)
        ok = add_threads(sums, record, &ratios);
    free(ratios.list);
    return ok;
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
    if (!at->itemised)
        return;
    double n = at->itemised;
    evidence->runs = at->itemised;
    evidence->slowest = at->slowest / n;
    evidence->slow_cores = at->slow_cores / n;
    evidence->slow_longer = at->slow_longer / n;
    if (n > 1)
        evidence->slowest_scatter = sqrt(
            fmax(0, at->slowest_squares - n * evidence->slowest * evidence->slowest) / (n - 1));
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
    *evidence = diagnosis_no_evidence();
    evidence->threads = largest_team(group);
    bool ok = true;
    for (size_t i = 0, k = 0; ok && i < group->run_count; i++) {
        const struct record *record = group->records[i];
        if (is_kept(group, i, 1))
            add_dispatch(&one, record);
        else if (is_kept(group, i, evidence->threads)) {
            const struct record *alone = partner(group, (int)k++);
            add_dispatch(&at, record);
            if (alone && record->item_count && record->wall_ns > 0)
                ok = add_items(&at, record, alone);
        }
    }
    if (evidence->threads > 1)
        conclude(evidence, &at, &one);
    return ok;
}
