#include "model/simulator.h"

#include <math.h>
#include <stdlib.h>

/* The threads of a loop; in a greedy schedule a heap, whose first takes the next chunk. */
struct team {
    struct mate {
        double busy; /* seconds so far; threads never wait before their end, so it is a time too */
        int thread;
    } * mates;
    const struct simulator_loop *loop;
    struct simulator_result *result;
    simulator_chunk_fn tell;
    void *user;
};

static size_t least_chunk(const struct simulator_loop *loop)
{
    return loop->chunk > 1 ? (size_t)loop->chunk : 1;
}

/* Iterations `first` to `first + count` on that thread, as one chunk. */
static void work_off(struct team *team, struct mate *mate, size_t first, size_t count)
{
    const struct simulator_loop *loop = team->loop;
    double seconds = loop->chunk_seconds, start = mate->busy;
    for (size_t i = first; i < first + count; i++)
        seconds += loop->seconds[i];
    mate->busy += loop->slower ? seconds * loop->slower[mate->thread] : seconds;
    team->result->chunks++;
    if (!team->tell)
        return;
    struct simulator_chunk chunk = {
        .first = first,
        .count = count,
        .thread = mate->thread,
        .start = loop->fork_seconds + start,
        .end = loop->fork_seconds + mate->busy,
    };
    team->tell(team->user, &chunk);
}

static void run_even_split(struct team *team)
{
    size_t threads = (size_t)team->loop->threads, count = team->loop->count, first = 0;
    for (size_t t = 0; t < threads; t++) {
        size_t share = count / threads + (t < count % threads ? 1 : 0);
        if (share)
            work_off(team, &team->mates[t], first, share);
        first += share;
    }
}

static void run_round_robin(struct team *team)
{
    size_t chunk = least_chunk(team->loop), count = team->loop->count;
    int thread = 0;
    for (size_t first = 0; first < count;) {
        size_t share = chunk < count - first ? chunk : count - first;
        work_off(team, &team->mates[thread], first, share);
        first += share;
        thread = (thread + 1) % team->loop->threads;
    }
}

/* Who is free first; of equals the one with the lower number. */
static bool sooner(const struct mate *a, const struct mate *b)
{
    if (a->busy < b->busy || a->busy > b->busy)
        return a->busy < b->busy;
    return a->thread < b->thread;
}

/* Puts the first of the heap, which has become later, where it belongs. */
static void sink_first(struct mate *heap, int count)
{
    struct mate sinking = heap[0];
    int at = 0;
    for (int child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && sooner(&heap[child + 1], &heap[child]))
            child++;
        if (!sooner(&heap[child], &sinking))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = sinking;
}

/* libomp's guided: a share of what is left, by the same multiplication, which rounds the same. */
static size_t guided_of_libomp(const struct simulator_loop *loop, size_t left)
{
    size_t chunk = least_chunk(loop), threads = (size_t)loop->threads;
    if (left / (2 * threads) < chunk + 1)
        return chunk;
    return (size_t)((double)left * (0.5 / (double)threads));
}

/* libomp's auto: what is left shrinks by a geometric series from the beginning, not from the last
 * rounded step; `taken` is the number of chunks so far. */
static size_t auto_of_libomp(const struct simulator_loop *loop, size_t left, size_t taken)
{
    double ratio = 1.0 - 0.5 / loop->threads;
    if ((double)loop->count * pow(ratio, (double)taken) <= 3.0 * loop->threads)
        return 1;
    double after = ceil((double)loop->count * pow(ratio, (double)taken + 1.0));
    return left > (size_t)after ? left - (size_t)after : 1;
}

static size_t next_chunk(const struct simulator_loop *loop, size_t left, size_t taken)
{
    size_t least = least_chunk(loop), threads = (size_t)loop->threads, share = least;
    if (loop->runtime == SIMULATOR_LIBOMP && threads == 1)
        share = left;
    else if (loop->schedule == SIMULATOR_AUTO)
        share = auto_of_libomp(loop, left, taken);
    else if (loop->schedule == SIMULATOR_GUIDED && loop->runtime == SIMULATOR_LIBOMP)
        share = guided_of_libomp(loop, left);
    else if (loop->schedule == SIMULATOR_GUIDED)
        share = left / threads + (left % threads ? 1 : 0);
    if (share < least && loop->schedule == SIMULATOR_GUIDED)
        share = least;
    return share < left ? share : left;
}

static void run_greedy(struct team *team)
{
    size_t count = team->loop->count, taken = 0;
    for (size_t first = 0; first < count; taken++) {
        size_t share = next_chunk(team->loop, count - first, taken);
        work_off(team, &team->mates[0], first, share);
        sink_first(team->mates, team->loop->threads);
        first += share;
    }
}

static void sum_up(const struct team *team)
{
    const struct simulator_loop *loop = team->loop;
    struct simulator_result *result = team->result;
    for (size_t i = 0; i < loop->count; i++) {
        result->work += loop->seconds[i];
        result->span = fmax(result->span, loop->seconds[i]);
    }
    result->work += (double)result->chunks * loop->chunk_seconds;
    for (int t = 0; t < loop->threads; t++) {
        result->max_busy = fmax(result->max_busy, team->mates[t].busy);
        result->mean_busy += team->mates[t].busy / loop->threads;
    }
    result->seconds = loop->fork_seconds + result->max_busy + loop->join_seconds;
}

bool simulator_trace(const struct simulator_loop *loop, struct simulator_result *result,
                     simulator_chunk_fn tell, void *user)
{
    *result = (struct simulator_result){0};
    struct team team = {.loop = loop, .result = result, .tell = tell, .user = user};
    team.mates = malloc((size_t)loop->threads * sizeof *team.mates);
    if (!team.mates)
        return false;
    for (int t = 0; t < loop->threads; t++)
        team.mates[t] = (struct mate){.thread = t};

    bool fixed = loop->schedule == SIMULATOR_STATIC ||
                 (loop->schedule == SIMULATOR_AUTO && loop->runtime == SIMULATOR_LIBGOMP);
    if (!fixed)
        run_greedy(&team);
    else if (loop->schedule == SIMULATOR_STATIC && loop->chunk > 0 && loop->threads > 1)
        run_round_robin(&team);
    else
        run_even_split(&team);
    sum_up(&team);
    free(team.mates);
    return true;
}

bool simulator_run(const struct simulator_loop *loop, struct simulator_result *result)
{
    return simulator_trace(loop, result, NULL, NULL);
}

struct simulator_bounds simulator_bounds(double work, double span, int threads)
{
    return (struct simulator_bounds){
        .least = fmax(work / threads, span),
        .greedy = (work - span) / threads + span,
    };
}
