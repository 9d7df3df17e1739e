#include "report/replay_parts.h"
#include "report/simulated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Whether the word stands in the options, which are words with single blanks between them. */
static bool has_word(const char *options, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = options; at && (at = strstr(at, word)); at += length)
        if ((at == options || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

/* The order stands in the options where it is not the usual one: costliest first for pictures, as
 * they lie in the bakery. */
bool replay_parts_loop(const struct record *record, struct replay_loop *loop)
{
    bool bakery = record->kind && strcmp(record->kind, "bakery") == 0;
    *loop = (struct replay_loop){
        .threads = (int)record->delivered,
        .by_cost = bakery ? has_word(record->options, "order=cost")
                          : !has_word(record->options, "order=input"),
        .runtime = simulated_runtime(record->runtime ? record->runtime : ""),
    };
    return record->schedule && schedule_parse(&loop->schedule, record->schedule);
}

static int ascending(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return a < b ? -1 : a > b;
}

double replay_parts_median(double *values, size_t count)
{
    if (count == 0)
        return NAN;
    qsort(values, count, sizeof *values, ascending);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}

static double item_ns(const struct record_item *item)
{
    double ns = 0;
    for (int s = 0; s < STAGE_DISPATCH; s++)
        ns += (double)item->stage_ns[s];
    return ns;
}

static int by_thread_and_start(const void *x, const void *y)
{
    const struct record_item *const *a = x, *const *b = y;
    if ((*a)->thread != (*b)->thread)
        return (*a)->thread < (*b)->thread ? -1 : 1;
    return (*a)->start_ns < (*b)->start_ns ? -1 : (*a)->start_ns > (*b)->start_ns;
}

/* The chunks that a thread took depend on nothing but schedule, length and team; so with one thread
 * it is known before which of its items it took one. The same for each thread of a team is not. */
static void mark_chunk(void *user, const struct simulator_chunk *chunk)
{
    bool *begins = user;
    begins[chunk->first] = true;
}

/* Seconds between items of one chunk, in all; one thread only. */
static double gaps_within(const struct record *record, const bool *begins, size_t *gaps)
{
    const struct record_item **order = calloc(record->item_count, sizeof *order);
    double sum = 0;
    *gaps = 0;
    for (size_t i = 0; order && i < record->item_count; i++)
        order[i] = &record->item[i];
    if (order)
        qsort(order, record->item_count, sizeof *order, by_thread_and_start);
    for (size_t i = 1; order && i < record->item_count; i++) {
        double gap = (double)(order[i]->start_ns - order[i - 1]->start_ns) - item_ns(order[i - 1]);
        if (begins[i])
            continue;
        sum += fmax(gap, 0) * 1e-9;
        ++*gaps;
    }
    free(order);
    return sum;
}

static double region_seconds(const struct record *record)
{
    double ns = 0;
    for (size_t i = 0; i < record->phase_count; i++)
        ns += record->phases[i].parallel ? (double)record->phases[i].wall_ns : 0;
    return ns * 1e-9;
}

bool replay_parts_costs(const struct record *record, const struct replay_loop *loop,
                        struct replay_parts_costs *costs)
{
    double dispatch = 0, longest = 0, within = 0;
    for (size_t t = 0; t < record->thread_count; t++) {
        dispatch += (double)record->threads[t].dispatch_ns * 1e-9;
        longest = fmax(longest, (double)record->threads[t].busy_ns * 1e-9);
    }
    bool *begins = calloc(record->item_count + 1, sizeof *begins);
    double *zeros = calloc(record->item_count + 1, sizeof *zeros);
    struct simulator_loop chunks = {
        .seconds = zeros,
        .count = record->item_count,
        .threads = loop->threads,
        .schedule = simulated_schedule(loop->schedule.kind),
        .chunk = loop->schedule.chunk,
        .runtime = loop->runtime,
    };
    struct simulator_result result;
    bool ok = begins && zeros && simulator_trace(&chunks, &result, mark_chunk, begins);
    size_t gaps = 0;
    if (ok && loop->threads == 1)
        within = fmin(gaps_within(record, begins, &gaps), dispatch);
    free(begins);
    free(zeros);
    *costs = (struct replay_parts_costs){.item = gaps ? within / (double)gaps : 0};
    if (!ok)
        return false;
    double rest = fmax(0, dispatch - costs->item * (double)record->item_count);
    costs->chunks_known = result.chunks >= REPLAY_FEW_CHUNKS;
    costs->chunk = costs->chunks_known ? rest / (double)result.chunks : 0;
    costs->team = fmax(0, region_seconds(record) - longest);
    if (!costs->chunks_known)
        costs->team += rest / loop->threads;
    return true;
}

static int by_row(const void *x, const void *y)
{
    const struct record_item *a = x, *b = y;
    return a->row < b->row ? -1 : a->row > b->row;
}

/* The median of the item's time over the records; its stages keep their shares of it. */
static void fill_item(struct replay_item *item, const struct record_item *const *runs, size_t index,
                      size_t count, double *values)
{
    double sum = 0;
    *item = (struct replay_item){.row = runs[0][index].row, .cost = runs[0][index].cost};
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        for (size_t r = 0; r < count; r++)
            values[r] = (double)runs[r][index].stage_ns[s] * 1e-9;
        item->stage[s] = replay_parts_median(values, count);
        sum += item->stage[s];
    }
    for (size_t r = 0; r < count; r++)
        values[r] = item_ns(&runs[r][index]) * 1e-9;
    double whole = replay_parts_median(values, count);
    if (sum > 0)
        for (int s = 0; s < STAGE_DISPATCH; s++)
            item->stage[s] *= whole / sum;
    else /* each stage is nought in most of the runs, the item is not */
        item->stage[STAGE_DECODE] = whole;
}

static bool fill_items(struct replay *replay, const struct record *const *records, size_t count,
                       double *values, struct error *error)
{
    size_t items = records[0]->item_count;
    const struct record_item **runs = calloc(count, sizeof *runs);
    bool ok = runs && (replay->items = calloc(items, sizeof *replay->items));
    if (!ok)
        error_set(error, ERROR_OUTPUT, "predict: no memory for %zu items", items);
    for (size_t r = 0; ok && r < count; r++) {
        qsort(records[r]->item, records[r]->item_count, sizeof *records[r]->item, by_row);
        runs[r] = records[r]->item;
        bool same = records[r]->item_count == items;
        for (size_t i = 0; same && i < items; i++)
            same = runs[r][i].row == runs[0][i].row;
        if (!same)
            ok = error_set(error, ERROR_USAGE,
                           "predict: the records have different items, so no median can be taken");
    }
    for (size_t i = 0; ok && i < items; i++)
        fill_item(&replay->items[i], runs, i, count, values);
    replay->count = ok ? items : 0;
    free(runs);
    return ok;
}

static bool grows(const char *name)
{
    return strcmp(name, "open") != 0 && strcmp(name, "commit") != 0 && strcmp(name, "other") != 0;
}

static enum replay_place place_of(const char *name)
{
    static const struct {
        const char *name;
        enum replay_place place;
    } places[] = {{"scan", REPLAY_ONCE_BEFORE}, {"plan", REPLAY_OWN_ROWS},
                  {"collect", REPLAY_OWN_ROWS}, {"sync", REPLAY_OWN_ROWS},
                  {"index", REPLAY_ONCE_AFTER}, {"commit", REPLAY_ONCE_AFTER},
                  {"drop", REPLAY_ONCE_AFTER}};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (strcmp(places[i].name, name) == 0)
            return places[i].place;
    return REPLAY_EVERY_NODE;
}

/* Seconds of the record's serial phases of that name. */
static double phase_seconds(const struct record *record, const char *name)
{
    double ns = 0;
    for (size_t i = 0; i < record->phase_count; i++)
        if (!record->phases[i].parallel && record->phases[i].name &&
            strcmp(record->phases[i].name, name) == 0)
            ns += (double)record->phases[i].wall_ns;
    return ns * 1e-9;
}

/* A phase that only some of the records have is nought in the others. */
static bool fill_phases(struct replay *replay, const struct record *const *records, size_t count,
                        double *values)
{
    const struct record *first = records[0];
    replay->phases = calloc(first->phase_count + 1, sizeof *replay->phases);
    if (!replay->phases)
        return false;
    for (size_t i = 0; i < first->phase_count; i++) {
        const char *name = first->phases[i].name;
        bool seen = first->phases[i].parallel || !name;
        for (size_t k = 0; k < replay->phase_count && !seen; k++)
            seen = strcmp(replay->phases[k].name, name) == 0;
        if (seen)
            continue;
        for (size_t r = 0; r < count; r++)
            values[r] = phase_seconds(records[r], name);
        struct replay_phase *phase = &replay->phases[replay->phase_count];
        *phase = (struct replay_phase){strdup(name), replay_parts_median(values, count),
                                       grows(name), place_of(name)};
        if (!phase->name)
            return false;
        replay->phase_count++;
    }
    return true;
}

static bool fill_costs(struct replay *replay, const struct record *const *records, size_t count)
{
    double *costs = calloc(4 * count, sizeof *costs);
    if (!costs)
        return false;
    bool ok = true;
    for (size_t r = 0; ok && r < count; r++) {
        struct replay_parts_costs of;
        ok = replay_parts_costs(records[r], &replay->recorded, &of);
        costs[r] = of.chunk;
        costs[count + r] = of.item;
        costs[2 * count + r] = of.team;
        costs[3 * count + r] = (double)records[r]->wall_ns * 1e-9;
        replay->chunks_known = of.chunks_known;
    }
    replay->chunk_seconds = replay_parts_median(costs, count);
    replay->item_seconds = replay_parts_median(costs + count, count);
    replay->team_seconds = replay_parts_median(costs + 2 * count, count);
    replay->seconds = replay_parts_median(costs + 3 * count, count);
    free(costs);
    return ok;
}

bool replay_parts_fill(struct replay *replay, const struct record *const *records, size_t count,
                       struct error *error)
{
    double *values = calloc(count + 1, sizeof *values);
    bool ok =
        values && fill_phases(replay, records, count, values) && fill_costs(replay, records, count);
    if (!ok)
        error_set(error, ERROR_OUTPUT, "predict: no memory for the records");
    ok = ok && fill_items(replay, records, count, values, error);
    free(values);
    return ok;
}
