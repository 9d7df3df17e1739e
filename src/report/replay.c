#include "report/replay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/replay_parts.h"
#include "report/replay_sets.h"
#include "report/simulated.h"

const char *const replay_runtimes[] = {
    [SIMULATOR_LIBGOMP] = "libgomp", [SIMULATOR_LIBOMP] = "libomp", NULL};

/* An item's place in the loop. */
struct place {
    int64_t cost;
    size_t row, index;
};

static int costlier_first(const void *x, const void *y)
{
    const struct place *a = x, *b = y;
    if (a->cost != b->cost)
        return a->cost > b->cost ? -1 : 1;
    return a->row < b->row ? -1 : a->row > b->row;
}

size_t replay_parts_stand_in(size_t k, size_t total, size_t count)
{
    return total < count ? (size_t)((double)k * (double)count / (double)total) : k % count;
}

double replay_parts_seconds(const struct replay *replay, const struct replay_item *item,
                            const double factor[STAGE_DISPATCH])
{
    double seconds = replay->item_seconds;
    for (int s = 0; s < STAGE_DISPATCH; s++)
        seconds += item->stage[s] * factor[s];
    return seconds;
}

bool replay_prepare(const struct replay *replay, bool by_cost, const double factor[STAGE_DISPATCH],
                    size_t total, struct replay_work *work)
{
    size_t count = total ? total : replay->count;
    double scale = (double)count / (double)replay->count;
    *work = (struct replay_work){.count = count, .seconds = calloc(count, sizeof *work->seconds)};
    struct place *places = calloc(count, sizeof *places);
    bool ok = work->seconds && places;
    for (size_t k = 0; ok && k < count; k++) {
        size_t index = replay_parts_stand_in(k, count, replay->count);
        places[k] = (struct place){replay->items[index].cost, k, index};
    }
    if (ok && by_cost)
        qsort(places, count, sizeof *places, costlier_first);
    for (size_t k = 0; ok && k < count; k++)
        work->seconds[k] = replay_parts_seconds(replay, &replay->items[places[k].index], factor);
    for (size_t i = 0; i < replay->phase_count; i++)
        work->serial += replay->phases[i].seconds * (replay->phases[i].grows ? scale : 1);
    free(places);
    if (!ok)
        replay_release(work);
    return ok;
}

void replay_release(struct replay_work *work)
{
    free(work->seconds);
    *work = (struct replay_work){0};
}

bool replay_run(const struct replay *replay, const struct replay_work *work,
                const struct replay_loop *loop, struct replay_result *result)
{
    struct simulator_loop simulated = {
        .seconds = work->seconds,
        .count = work->count,
        .threads = loop->threads,
        .schedule = simulated_schedule(loop->schedule.kind),
        .chunk = loop->schedule.chunk,
        .runtime = loop->runtime,
        .chunk_seconds = replay->chunk_seconds,
        .fork_seconds = replay->team_seconds,
    };
    struct simulator_result region;
    if (!simulator_run(&simulated, &region))
        return false;
    *result = (struct replay_result){
        .seconds = work->serial + region.seconds,
        .work = region.work - (double)region.chunks * replay->chunk_seconds,
        .span = region.span,
    };
    return true;
}

void replay_free(struct replay *replay)
{
    for (size_t i = 0; i < replay->phase_count; i++)
        free(replay->phases[i].name);
    free(replay->phases);
    free(replay->items);
    free(replay->measured);
    replay_sets_free(&replay->sets);
    free(replay->what);
    free(replay->host);
    *replay = (struct replay){0};
}
