#include "report/replay_sets.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/replay_alike.h"
#include "report/replay_parts.h"

/* A shard's record and how its loop was run. */
struct part {
    const struct record *record;
    struct replay_loop loop;
};

/* One set of shards. */
struct whole {
    struct replay_loop loop;
    int shards;
    bool merged, crowded;
    double seconds;
};

bool replay_sets_part(const struct record *record)
{
    return record->shards > 1 || (record->kind && (strcmp(record->kind, "merge") == 0 ||
                                                   strcmp(record->kind, "manifest") == 0));
}

static int compare_loops(const struct replay_loop *a, const struct replay_loop *b)
{
    if (a->threads != b->threads)
        return a->threads < b->threads ? -1 : 1;
    if (a->schedule.kind != b->schedule.kind)
        return a->schedule.kind < b->schedule.kind ? -1 : 1;
    if (a->schedule.chunk != b->schedule.chunk)
        return a->schedule.chunk < b->schedule.chunk ? -1 : 1;
    if (a->by_cost != b->by_cost)
        return (int)a->by_cost - (int)b->by_cost;
    return (int)a->runtime - (int)b->runtime;
}

/* Shards of one set are equal in this. */
static int compare_sets(const struct part *a, const struct part *b)
{
    int named = strcmp(a->record->set, b->record->set);
    if (named)
        return named;
    if (a->record->shards != b->record->shards)
        return a->record->shards < b->record->shards ? -1 : 1;
    return compare_loops(&a->loop, &b->loop);
}

static int by_set_and_shard(const void *x, const void *y)
{
    const struct part *a = x, *b = y;
    int set = compare_sets(a, b);
    return set ? set
               : (a->record->shard > b->record->shard) - (a->record->shard < b->record->shard);
}

/* The merge of the set: its seconds, or -1. */
static double merge_of(const struct record *records, size_t count, const char *set)
{
    for (size_t i = 0; i < count; i++)
        if (records[i].set && records[i].kind && strcmp(records[i].kind, "merge") == 0 &&
            strcmp(records[i].set, set) == 0)
            return (double)records[i].wall_ns * 1e-9;
    return -1;
}

/* Whether all shards ran on the machine of the source, on fewer cores than they had threads. What a
 * shard knows are the cores that it was bound to; the source knows them all. */
static bool is_crowded(const struct record *source, const struct part *parts, size_t count)
{
    int64_t cores = source->cores > 0 ? source->cores : source->affinity_cpus;
    bool here = source->host_name && cores > 0 && count > 1;
    for (size_t i = 0; here && i < count; i++)
        here = parts[i].record->host_name &&
               strcmp(parts[i].record->host_name, source->host_name) == 0;
    bool waits = source->work && strcmp(source->work, "waiting") == 0;
    return here && !waits && (int64_t)count * parts[0].loop.threads > cores;
}

/* The set that begins with this part and has `count` of them. False if it is not whole. */
static bool make_whole(struct whole *whole, const struct part *parts, size_t count)
{
    const struct record *first = parts[0].record;
    *whole = (struct whole){.loop = parts[0].loop, .shards = (int)first->shards};
    for (size_t i = 0; i < count; i++) {
        if (parts[i].record->shard != (int64_t)i + 1)
            return false;
        whole->seconds = fmax(whole->seconds, (double)parts[i].record->wall_ns * 1e-9);
    }
    return (int64_t)count == first->shards;
}

static bool check_part(const struct record *source, const struct record *record,
                       struct error *error)
{
    const char *difference = replay_alike_shard(source, record);
    return !difference ||
           error_set(error, ERROR_USAGE,
                     "predict: shard %lld of %lld is of something else than what is replayed: "
                     "another %s (%.300s; %.300s)",
                     (long long)record->shard, (long long)record->shards, difference,
                     source->command ? source->command : "?",
                     record->command ? record->command : "?");
}

/* The shards among the records, sorted so that those of one set follow each other. */
static bool collect(struct part *parts, size_t *found, const struct record *records, size_t count,
                    const struct record *source, struct error *error)
{
    for (size_t i = 0; i < count; i++) {
        struct part part = {.record = &records[i]};
        bool shard = records[i].shards > 0 && records[i].shards <= RECORD_MOST_CPUS &&
                     records[i].shard > 0 && records[i].set;
        if (!shard || records[i].delivered > SIMULATOR_MOST_THREADS ||
            !replay_parts_loop(&records[i], &part.loop))
            continue;
        if (!check_part(source, &records[i], error))
            return false;
        parts[(*found)++] = part;
    }
    qsort(parts, *found, sizeof *parts, by_set_and_shard);
    return true;
}

static int by_shards(const void *x, const void *y)
{
    const struct whole *a = x, *b = y;
    if (a->shards != b->shards)
        return a->shards < b->shards ? -1 : 1;
    int loop = compare_loops(&a->loop, &b->loop);
    if (loop)
        return loop;
    if (a->merged != b->merged)
        return (int)a->merged - (int)b->merged;
    return (int)a->crowded - (int)b->crowded;
}

/* Sorted sets, those alike as one point. `values` has room for all. */
static void pool(struct replay_sets *sets, struct whole *wholes, size_t count, double *values)
{
    qsort(wholes, count, sizeof *wholes, by_shards);
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && by_shards(&wholes[from], &wholes[to]) == 0) {
            values[to - from] = wholes[to].seconds;
            to++;
        }
        double median = replay_parts_median(values, to - from); /* sorts them */
        sets->points[sets->count++] = (struct replay_sets_point){
            .loop = wholes[from].loop,
            .shards = wholes[from].shards,
            .merged = wholes[from].merged,
            .crowded = wholes[from].crowded,
            .runs = to - from,
            .median = median,
            .least = values[0],
            .most = values[to - from - 1],
        };
    }
}

/* The whole sets of the sorted parts. */
static size_t find_wholes(struct replay_sets *sets, struct whole *wholes, const struct part *parts,
                          size_t count, const struct record *records, size_t record_count,
                          const struct record *source)
{
    size_t found = 0;
    for (size_t from = 0, to = 0; from < count; from = to) {
        while (to < count && compare_sets(&parts[from], &parts[to]) == 0)
            to++;
        struct whole *whole = &wholes[found];
        if (!make_whole(whole, parts + from, to - from)) {
            sets->incomplete++;
            continue;
        }
        double merge = merge_of(records, record_count, parts[from].record->set);
        whole->merged = merge >= 0;
        whole->crowded = is_crowded(source, parts + from, to - from);
        whole->seconds += fmax(merge, 0);
        found++;
    }
    return found;
}

bool replay_sets_find(struct replay_sets *sets, const struct record *records, size_t count,
                      const struct record *source, struct error *error)
{
    struct part *parts = calloc(count + 1, sizeof *parts);
    struct whole *wholes = calloc(count + 1, sizeof *wholes);
    double *values = calloc(count + 1, sizeof *values);
    size_t found = 0;
    *sets = (struct replay_sets){.points = calloc(count + 1, sizeof *sets->points)};
    bool ok = parts && wholes && values && sets->points;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "predict: no memory for the measured sets");
    ok = ok && collect(parts, &found, records, count, source, error);
    if (ok)
        pool(sets, wholes, find_wholes(sets, wholes, parts, found, records, count, source), values);
    free(parts);
    free(wholes);
    free(values);
    return ok;
}

bool replay_sets_add_run(struct replay_sets *sets, const struct replay_measured *run)
{
    struct replay_sets_point *points =
        realloc(sets->points, (sets->count + 1) * sizeof *sets->points);
    size_t at = 0;
    if (!points)
        return false;
    sets->points = points;
    while (at < sets->count && points[at].shards == 1 &&
           compare_loops(&points[at].loop, &run->loop) <= 0)
        at++;
    memmove(points + at + 1, points + at, (sets->count - at) * sizeof *points);
    points[at] = (struct replay_sets_point){
        .loop = run->loop,
        .shards = 1,
        .merged = true,
        .runs = run->runs,
        .median = run->median,
        .least = run->least,
        .most = run->most,
    };
    sets->count++;
    return true;
}

void replay_sets_free(struct replay_sets *sets)
{
    free(sets->points);
    *sets = (struct replay_sets){0};
}

double replay_sets_row_seconds(const struct record *records, size_t count, const char *kind)
{
    double *values = calloc(count + 1, sizeof *values);
    size_t found = 0;
    for (size_t i = 0; values && i < count; i++) {
        int64_t rows = records[i].set_rows > 0 ? records[i].set_rows : records[i].items;
        if (records[i].kind && strcmp(records[i].kind, kind) == 0 && rows > 0)
            values[found++] = (double)records[i].wall_ns * 1e-9 / (double)rows;
    }
    double median = replay_parts_median(values, found);
    free(values);
    return median;
}
