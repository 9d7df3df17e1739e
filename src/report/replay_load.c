#include "report/replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/grouping.h"
#include "report/readings.h"
#include "report/replay_alike.h"
#include "report/replay_parts.h"
#include "report/replay_sets.h"

struct loader {
    struct readings readings;
    struct grouping grouping;
    size_t own; /* rows of the operands: only these can be replayed */
    size_t *sources, source_count;
    struct replay *replay;
};

static const struct record *record_of(const struct loader *loader, size_t row)
{
    size_t index = loader->readings.rows[row].record;
    return index == READINGS_NO_RECORD ? NULL : &loader->readings.records[index];
}

static bool can_be_source(const struct loader *loader, size_t row)
{
    const struct record *record = record_of(loader, row);
    return row < loader->own && record && record->item_count > 0 && !replay_sets_part(record) &&
           !grouping_is_serial(&loader->readings, row);
}

static size_t group_of(const struct loader *loader, size_t row)
{
    for (size_t g = 0; g < loader->grouping.count; g++)
        for (size_t i = 0; i < loader->grouping.groups[g].row_count; i++)
            if (loader->grouping.groups[g].rows[i] == row)
                return g;
    return 0; /* not reached: every row but serial ones has a group */
}

/* Those with items and the smallest team; disturbed ones only if there are no others. */
static bool find_sources(struct loader *loader, struct error *error)
{
    int least = 0;
    size_t disturbed = 0, all = 0;
    for (size_t row = 0; row < loader->own; row++)
        if (can_be_source(loader, row) && (!least || loader->readings.rows[row].threads < least))
            least = loader->readings.rows[row].threads;
    if (!least)
        return error_set(error, ERROR_USAGE,
                         "predict: none of the records has items; make one with pixscale run ... "
                         "--threads 1 --profile FILE --items");
    loader->sources = calloc(loader->own, sizeof *loader->sources);
    if (!loader->sources)
        return error_set(error, ERROR_OUTPUT, "predict: no memory for the records");
    for (int pass = 0; pass < 2 && !loader->source_count; pass++)
        for (size_t row = 0; row < loader->own; row++) {
            if (!can_be_source(loader, row) || loader->readings.rows[row].threads != least)
                continue;
            bool spoiled = record_of(loader, row)->contaminated;
            all += pass == 0;
            disturbed += pass == 0 && spoiled;
            if (!spoiled || pass == 1)
                loader->sources[loader->source_count++] = row;
        }
    loader->replay->all_disturbed = disturbed == all;
    loader->replay->disturbed = disturbed == all ? 0 : disturbed;
    loader->replay->runs = loader->source_count;
    return true;
}

static bool check_sources(const struct loader *loader, struct error *error)
{
    size_t first = group_of(loader, loader->sources[0]);
    const struct record *record = record_of(loader, loader->sources[0]);
    for (size_t i = 1; i < loader->source_count; i++) {
        size_t other = group_of(loader, loader->sources[i]);
        if (other != first)
            return error_set(error, ERROR_USAGE,
                             "predict: records of several groups (%.300s; %.300s); give those of "
                             "one",
                             loader->grouping.groups[first].name,
                             loader->grouping.groups[other].name);
    }
    if (record->delivered > SIMULATOR_MOST_THREADS)
        return error_set(error, ERROR_USAGE, "predict: the record is of %lld threads, more than %d",
                         (long long)record->delivered, SIMULATOR_MOST_THREADS);
    if (!replay_parts_loop(record, &loader->replay->recorded))
        return error_set(error, ERROR_USAGE, "predict: the record's schedule '%.60s' is unknown",
                         record->schedule ? record->schedule : "");
    if (record->thread_count == 0)
        return error_set(error, ERROR_USAGE, "predict: the record has items but no threads");
    return true;
}

/* Replayed, or left out of it as disturbed. */
static bool is_source(const struct loader *loader, size_t row)
{
    return can_be_source(loader, row) &&
           loader->readings.rows[row].threads == loader->replay->recorded.threads;
}

/* Whether the row is a measured run to be shown; *loop is how it was run. */
static bool is_measured(const struct loader *loader, size_t row, struct replay_loop *loop)
{
    const struct record *record = record_of(loader, row);
    *loop = loader->replay->recorded;
    loop->threads = loader->readings.rows[row].threads;
    return !is_source(loader, row) && !loader->readings.rows[row].why &&
           !(record && replay_sets_part(record)) && !grouping_is_serial(&loader->readings, row) &&
           loop->threads <= SIMULATOR_MOST_THREADS && (!record || replay_parts_loop(record, loop));
}

static bool equal_loops(const struct replay_loop *a, const struct replay_loop *b)
{
    return a->threads == b->threads && a->schedule.kind == b->schedule.kind &&
           a->schedule.chunk == b->schedule.chunk && a->by_cost == b->by_cost &&
           a->runtime == b->runtime;
}

/* The point of that loop, which is made if it is not there yet. */
static struct replay_measured *point_of(struct replay *replay, const struct replay_loop *loop)
{
    for (size_t i = 0; i < replay->measured_count; i++)
        if (equal_loops(&replay->measured[i].loop, loop))
            return &replay->measured[i];
    struct replay_measured *point = &replay->measured[replay->measured_count++];
    *point = (struct replay_measured){.loop = *loop};
    return point;
}

/* Undisturbed runs of the point; all of them if there are no such. */
static void fill_point(const struct loader *loader, struct replay_measured *point, double *values)
{
    size_t count = 0;
    for (int pass = 0; pass < 2 && !count; pass++)
        for (size_t row = 0; row < loader->readings.count; row++) {
            struct replay_loop loop;
            const struct record *record = record_of(loader, row);
            bool spoiled = record && record->contaminated;
            if (is_measured(loader, row, &loop) && equal_loops(&loop, &point->loop) &&
                (pass == 1 || !spoiled))
                values[count++] = loader->readings.rows[row].seconds;
        }
    point->runs = count;
    point->median = replay_parts_median(values, count); /* sorts them */
    point->least = values[0];
    point->most = values[count - 1];
}

static int by_threads(const void *x, const void *y)
{
    const struct replay_measured *a = x, *b = y;
    if (a->loop.threads != b->loop.threads)
        return a->loop.threads < b->loop.threads ? -1 : 1;
    if (a->loop.schedule.kind != b->loop.schedule.kind)
        return a->loop.schedule.kind < b->loop.schedule.kind ? -1 : 1;
    if (a->loop.schedule.chunk != b->loop.schedule.chunk)
        return a->loop.schedule.chunk < b->loop.schedule.chunk ? -1 : 1;
    return (int)a->loop.by_cost - (int)b->loop.by_cost;
}

static bool fill_measured(struct loader *loader, struct error *error)
{
    struct replay *replay = loader->replay;
    const struct record *source = record_of(loader, loader->sources[0]);
    double *values = calloc(loader->readings.count + 1, sizeof *values);
    replay->measured = calloc(loader->readings.count + 1, sizeof *replay->measured);
    bool ok = values && replay->measured;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "predict: no memory for the measured runs");
    for (size_t row = 0; ok && row < loader->readings.count; row++) {
        struct replay_loop loop;
        const struct record *record = record_of(loader, row);
        if (!is_measured(loader, row, &loop))
            continue;
        if (record && !replay_alike(source, record))
            ok = error_set(error, ERROR_USAGE,
                           "predict: records of something else than what is replayed (%.300s, "
                           "%lld items; %.300s, %lld items)",
                           source->command ? source->command : "?", (long long)source->items,
                           record->command ? record->command : "?", (long long)record->items);
        else
            point_of(replay, &loop);
    }
    for (size_t i = 0; ok && i < replay->measured_count; i++)
        fill_point(loader, &replay->measured[i], values);
    if (ok)
        qsort(replay->measured, replay->measured_count, sizeof *replay->measured, by_threads);
    free(values);
    return ok;
}

static bool fill(struct loader *loader, struct error *error)
{
    struct replay *replay = loader->replay;
    const struct record **records = calloc(loader->source_count, sizeof *records);
    const struct grouping_group *group =
        &loader->grouping.groups[group_of(loader, loader->sources[0])];
    replay->what = strdup(group->what);
    replay->host = strdup(group->host);
    bool ok = records && replay->what && replay->host;
    if (!ok)
        error_set(error, ERROR_OUTPUT, "predict: no memory for the records");
    for (size_t i = 0; ok && i < loader->source_count; i++)
        records[i] = record_of(loader, loader->sources[i]);
    if (ok) {
        int64_t cores = records[0]->cores > 0 ? records[0]->cores : records[0]->affinity_cpus;
        replay->waiting = records[0]->work && strcmp(records[0]->work, "waiting") == 0;
        replay->cores = cores > 0 && cores < 1000000 ? (int)cores : 0;
    }
    ok = ok && replay_parts_fill(replay, records, loader->source_count, error);
    free(records);
    return ok;
}

/* The sets, and the measured runs beside them, which are of one node. */
static bool fill_sets(struct loader *loader, struct error *error)
{
    struct replay *replay = loader->replay;
    const struct readings *readings = &loader->readings;
    const struct record *source = record_of(loader, loader->sources[0]);
    replay->bytes = source->bytes > 0 ? source->bytes : 0;
    replay->freeze_row_seconds =
        replay_sets_row_seconds(readings->records, readings->record_count, "manifest");
    replay->merge_row_seconds =
        replay_sets_row_seconds(readings->records, readings->record_count, "merge");
    if (!replay_sets_find(&replay->sets, readings->records, readings->record_count, source, error))
        return false;
    for (size_t i = 0; i < replay->measured_count; i++)
        if (!replay_sets_add_run(&replay->sets, &replay->measured[i]))
            return error_set(error, ERROR_OUTPUT, "predict: no memory for the measured runs");
    return true;
}

static bool load_all(struct readings *readings, const char *const *paths, size_t count,
                     struct error *error)
{
    bool ok = true;
    for (size_t i = 0; ok && i < count; i++)
        ok = readings_load(readings, paths[i], error);
    return ok;
}

bool replay_load(struct replay *replay, const char *const *paths, size_t count,
                 const char *const *beside, size_t beside_count, struct error *error)
{
    *replay = (struct replay){0};
    struct loader loader = {.replay = replay};
    bool ok = load_all(&loader.readings, paths, count, error);
    loader.own = loader.readings.count;
    ok = ok && load_all(&loader.readings, beside, beside_count, error);
    if (ok && !grouping_make(&loader.grouping, &loader.readings))
        ok = error_set(error, ERROR_OUTPUT, "predict: no memory for the records");
    ok = ok && find_sources(&loader, error) && check_sources(&loader, error) &&
         fill(&loader, error) && fill_measured(&loader, error) && fill_sets(&loader, error);
    grouping_free(&loader.grouping);
    readings_free(&loader.readings);
    free(loader.sources);
    if (!ok)
        replay_free(replay);
    return ok;
}
