#include "report/predict_rows.h"

#include <math.h>
#include <stdlib.h>

#include "report/replay_parts.h"

#define SMALL     16   /* a part of the period so small is sorted on its own */
#define MOST_COST 4e18 /* of all rows: sums of 64 bits hold it */

/* A recorded item in its period, or a row. */
struct place {
    uint64_t cost, at;
};

static int costlier_first(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return a->at < b->at ? -1 : a->at > b->at;
}

static bool fill_order(struct predict_rows *rows)
{
    struct place *places = calloc(rows->period, sizeof *places);
    if (!places)
        return false;
    for (size_t i = 0; i < rows->period; i++)
        places[i] = (struct place){rows->cost[i], i};
    qsort(places, rows->period, sizeof *places, costlier_first);
    for (size_t i = 0; i < rows->period; i++)
        rows->order[i] = (size_t)places[i].at;
    free(places);
    return true;
}

static uint64_t cost_of(const struct replay_item *item)
{
    return (item->cost > 0 ? (uint64_t)item->cost : 0) + 1;
}

/* By how many bits costs are shortened, so that those of all rows can be summed. Only costs that
 * are no times come so far. */
static int excess_bits(const struct predict_rows *rows)
{
    double sum = 0, periods = (double)rows->total / (double)rows->period + 1;
    int bits = 0;
    for (size_t i = 0; i < rows->period; i++)
        sum += (double)rows->cost[i];
    for (sum *= periods; sum > MOST_COST; sum /= 2)
        bits++;
    return bits;
}

static void sum_up(struct predict_rows *rows)
{
    int bits = excess_bits(rows);
    for (size_t i = 0; i < rows->period; i++) {
        rows->cost[i] = bits ? (rows->cost[i] >> bits) + 1 : rows->cost[i];
        rows->cost_before[i + 1] = rows->cost_before[i] + rows->cost[i];
        rows->seconds_before[i + 1] = rows->seconds_before[i] + rows->seconds[i];
    }
    struct range all = {0, rows->total};
    rows->whole_cost = predict_rows_cost(rows, all);
    rows->work = predict_rows_work(rows, all);
    rows->span = predict_rows_span(rows, all);
}

bool predict_rows_make(struct predict_rows *rows, const struct replay *replay,
                       const double factor[STAGE_DISPATCH], uint64_t total)
{
    size_t count = replay->count;
    *rows = (struct predict_rows){.total = total ? total : count};
    rows->period = rows->total < count ? (size_t)rows->total : count;
    rows->seconds = calloc(rows->period + 1, sizeof *rows->seconds);
    rows->cost = calloc(rows->period + 1, sizeof *rows->cost);
    rows->seconds_before = calloc(rows->period + 1, sizeof *rows->seconds_before);
    rows->cost_before = calloc(rows->period + 1, sizeof *rows->cost_before);
    rows->order = calloc(rows->period + 1, sizeof *rows->order);
    bool ok =
        rows->seconds && rows->cost && rows->seconds_before && rows->cost_before && rows->order;
    for (size_t i = 0; ok && i < rows->period; i++) {
        const struct replay_item *item =
            &replay->items[replay_parts_stand_in(i, rows->period, count)];
        rows->seconds[i] = replay_parts_seconds(replay, item, factor);
        rows->cost[i] = cost_of(item);
    }
    if (ok)
        sum_up(rows);
    ok = ok && fill_order(rows);
    if (!ok)
        predict_rows_free(rows);
    return ok;
}

void predict_rows_free(struct predict_rows *rows)
{
    free(rows->seconds);
    free(rows->cost);
    free(rows->seconds_before);
    free(rows->cost_before);
    free(rows->order);
    *rows = (struct predict_rows){0};
}

static uint64_t cost_before(const struct predict_rows *rows, uint64_t row)
{
    return row / rows->period * rows->cost_before[rows->period] +
           rows->cost_before[row % rows->period];
}

static double seconds_before(const struct predict_rows *rows, uint64_t row)
{
    return (double)(row / rows->period) * rows->seconds_before[rows->period] +
           rows->seconds_before[row % rows->period];
}

uint64_t predict_rows_cost(const struct predict_rows *rows, struct range range)
{
    return cost_before(rows, range.first + range.count) - cost_before(rows, range.first);
}

double predict_rows_work(const struct predict_rows *rows, struct range range)
{
    return seconds_before(rows, range.first + range.count) - seconds_before(rows, range.first);
}

double predict_rows_span(const struct predict_rows *rows, struct range range)
{
    size_t count = range.count < rows->period ? (size_t)range.count : rows->period;
    double span = 0;
    for (size_t i = 0, at = range.first % rows->period; i < count; i++) {
        span = fmax(span, rows->seconds[at]);
        at = at + 1 < rows->period ? at + 1 : 0;
    }
    return span;
}

/* The first row that belongs to range k of n or to a later one. */
static uint64_t edge(const struct predict_rows *rows, uint64_t k, uint64_t n)
{
    uint64_t low = 0, high = rows->total;
    while (low < high) {
        uint64_t row = low + (high - low) / 2;
        if (ranges_of(cost_before(rows, row), rows->cost[row % rows->period], rows->whole_cost, n) <
            k)
            low = row + 1;
        else
            high = row;
    }
    return low;
}

struct range predict_rows_cut(const struct predict_rows *rows, uint64_t k, uint64_t n)
{
    uint64_t first = edge(rows, k, n);
    return (struct range){first, (k + 1 < n ? edge(rows, k + 1, n) : rows->total) - first};
}

/* How often item `at` of the period is in the range. */
static double times_in(const struct predict_rows *rows, struct range range, size_t at)
{
    uint64_t period = rows->period, from = (at + period - range.first % period) % period;
    return (double)(range.count / period + (from < range.count % period ? 1 : 0));
}

/* In the order of cost: rows of one cost count as if each had all others of them before it. */
static double latest_by_cost(const struct predict_rows *rows, struct range range, int threads,
                             double taking)
{
    double before = 0, latest = 0;
    for (size_t a = 0, b = 0; a < rows->period; a = b) {
        double longest = 0;
        for (; b < rows->period && rows->cost[rows->order[b]] == rows->cost[rows->order[a]]; b++) {
            double seconds = rows->seconds[rows->order[b]] + taking;
            before += seconds * times_in(rows, range, rows->order[b]);
            longest = fmax(longest, seconds);
        }
        latest = fmax(latest, (before - longest) / threads + longest);
    }
    return latest;
}

double predict_rows_latest(const struct predict_rows *rows, struct range range, bool by_cost,
                           int threads, double taking)
{
    uint64_t end = range.first + range.count;
    double latest = 0;
    if (by_cost)
        return latest_by_cost(rows, range, threads, taking);
    for (uint64_t row = end - rows->period; row < end; row++) { /* earlier ones end earlier */
        struct range earlier = {range.first, row - range.first};
        double before = predict_rows_work(rows, earlier) + (double)earlier.count * taking;
        latest = fmax(latest, before / threads + rows->seconds[row % rows->period] + taking);
    }
    return latest;
}

/* Goes through all items in the order of cost, and takes those in the range: of equal cost the
 * first period's before the next one's. */
static void lay_by_cost(const struct predict_rows *rows, struct range range, double *seconds)
{
    uint64_t period = rows->period, from = range.first / period;
    uint64_t until = range.first + range.count, last = (until - 1) / period;
    size_t laid = 0;
    for (size_t a = 0, b = 0; a < rows->period; a = b) {
        while (b < rows->period && rows->cost[rows->order[b]] == rows->cost[rows->order[a]])
            b++;
        for (uint64_t p = from; p <= last; p++)
            for (size_t i = a; i < b; i++) {
                uint64_t row = p * period + rows->order[i];
                if (row >= range.first && row < until)
                    seconds[laid++] = rows->seconds[rows->order[i]];
            }
    }
}

/* The same by sorting, where most of the items would be passed by. */
static bool lay_sorted(const struct predict_rows *rows, struct range range, double *seconds)
{
    size_t count = (size_t)range.count;
    struct place *places = calloc(count, sizeof *places);
    if (!places)
        return false;
    for (size_t i = 0; i < count; i++)
        places[i] = (struct place){rows->cost[(range.first + i) % rows->period], range.first + i};
    qsort(places, count, sizeof *places, costlier_first);
    for (size_t i = 0; i < count; i++)
        seconds[i] = rows->seconds[places[i].at % rows->period];
    free(places);
    return true;
}

bool predict_rows_lay(const struct predict_rows *rows, struct range range, bool by_cost,
                      double *seconds)
{
    if (range.count == 0)
        return true;
    if (by_cost && range.count < rows->period / SMALL)
        return lay_sorted(rows, range, seconds);
    if (by_cost) {
        lay_by_cost(rows, range, seconds);
        return true;
    }
    for (uint64_t i = 0, at = range.first % rows->period; i < range.count; i++) {
        seconds[i] = rows->seconds[at];
        at = at + 1 < rows->period ? at + 1 : 0;
    }
    return true;
}
