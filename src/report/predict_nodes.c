#include "report/predict_nodes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/fluid.h"
#include "report/phrase.h"
#include "report/replay_parts.h"
#include "report/simulated.h"

#define FELT      1.01 /* a loop so much longer is held up by its bytes */
#define LONG      2.0  /* so many times of what it might be, and it is what all wait for */
#define MOST_LAID 10000000

/* What one node does, in seconds. */
struct node {
    struct range rows;
    double start, loop; /* loop: without waiting for bytes */
};

static const char *const limit_names[] = {
    [PREDICT_LIMIT_COMPUTE] = "compute",
    [PREDICT_LIMIT_ITEM] = "longest item",
    [PREDICT_LIMIT_SCHEDULE] = "schedule",
    [PREDICT_LIMIT_SHARD] = "longest shard",
    [PREDICT_LIMIT_FILE_SYSTEM] = "file system",
    [PREDICT_LIMIT_LINK] = "node's link",
    [PREDICT_LIMIT_START] = "node's start",
    [PREDICT_LIMIT_FREEZE] = "freeze",
    [PREDICT_LIMIT_MERGE] = "merge",
};

const char *predict_nodes_limit(enum predict_limit limit)
{
    return limit_names[limit];
}

struct predict_nodes_options predict_nodes_options_default(void)
{
    struct predict_options plain = predict_options_default();
    struct predict_nodes_options options = {.order = plain.order, .runtime = plain.runtime};
    memcpy(options.factor, plain.factor, sizeof options.factor);
    return options;
}

/* Seconds of the phases of one kind, `share` of all rows where they grow with these. */
static double phases(const struct predict_nodes *nodes, enum replay_place place, double share)
{
    const struct replay *replay = nodes->replay;
    double scale = (double)nodes->rows.total / (double)replay->count, seconds = 0;
    for (size_t i = 0; i < replay->phase_count; i++)
        if (replay->phases[i].place == place)
            seconds += replay->phases[i].seconds * (replay->phases[i].grows ? scale * share : 1);
    return seconds;
}

/* The recorded time of a freezing or merge for each row, or the run's own phases. */
static double once(const struct predict_nodes *nodes, enum replay_place place, double row_seconds)
{
    return isnan(row_seconds) ? phases(nodes, place, 1) : row_seconds * (double)nodes->rows.total;
}

/* A greedy loop by its bounds, if they are near enough to each other. */
static bool bounded(const struct predict_nodes *nodes, struct range range, double *loop,
                    double *error)
{
    const struct replay_loop *how = &nodes->loop;
    double chunk = fmax(1, (double)how->schedule.chunk), p = how->threads;
    double taking = nodes->replay->chunk_seconds;
    if (how->schedule.kind != SCHEDULE_DYNAMIC || range.count <= PREDICT_NODES_EXACT)
        return false;
    double work =
        predict_rows_work(&nodes->rows, range) + ceil((double)range.count / chunk) * taking;
    double last = chunk * predict_rows_span(&nodes->rows, range) + taking;
    double least = work / p, most = simulator_bounds(work, last, how->threads).greedy;
    if (chunk <= 1 && range.count >= nodes->rows.period)
        most = fmin(most,
                    predict_rows_latest(&nodes->rows, range, how->by_cost, how->threads, taking));
    double middle = (least + most) / 2;
    *loop = nodes->replay->team_seconds + middle;
    *error = middle > 0 ? (middle - least) / middle : 0;
    return *error <= PREDICT_NODES_ERROR;
}

static bool simulated(const struct predict_nodes *nodes, struct range range, double *laid,
                      double *loop)
{
    struct simulator_loop simulated = {
        .seconds = laid,
        .count = (size_t)range.count,
        .threads = nodes->loop.threads,
        .schedule = simulated_schedule(nodes->loop.schedule.kind),
        .chunk = nodes->loop.schedule.chunk,
        .runtime = nodes->loop.runtime,
        .chunk_seconds = nodes->replay->chunk_seconds,
        .fork_seconds = nodes->replay->team_seconds,
    };
    struct simulator_result result;
    if (!predict_rows_lay(&nodes->rows, range, nodes->loop.by_cost, laid) ||
        !simulator_run(&simulated, &result))
        return false;
    *loop = result.seconds;
    return true;
}

static bool no_memory(const struct predict_nodes *nodes, struct error *error)
{
    return error_set(error, ERROR_OUTPUT, "predict: no memory for %llu rows",
                     (unsigned long long)nodes->rows.total);
}

static bool too_many(const struct predict_nodes *nodes, int count, struct error *error)
{
    char schedule[SCHEDULE_SIZE];
    return error_set(error, ERROR_USAGE,
                     "predict: %llu rows on %d node%s are too many to simulate with %s; ask for "
                     "more nodes, or --schedule dynamic",
                     (unsigned long long)nodes->rows.total, count, phrase_plural(count),
                     schedule_name(&nodes->loop.schedule, schedule));
}

/* The loop of each node. `laid` has room for the rows of those that are simulated. */
static bool fill_loops(const struct predict_nodes *nodes, struct node *each, int count,
                       double *laid, struct predict_nodes_point *point)
{
    for (int k = 0; k < count; k++) {
        double off = 0;
        if (!bounded(nodes, each[k].rows, &each[k].loop, &off)) {
            off = 0;
            if (!simulated(nodes, each[k].rows, laid, &each[k].loop))
                return false;
        }
        point->error = fmax(point->error, off);
        point->compute = fmax(point->compute, each[k].loop);
        point->mean += each[k].loop / count;
    }
    return true;
}

/* Cuts the rows, and says how many the largest simulated shard has. */
static uint64_t cut(const struct predict_nodes *nodes, struct node *each, int count,
                    struct predict_nodes_point *point)
{
    uint64_t most = 0;
    double loop, off;
    point->least_rows = UINT64_MAX;
    for (int k = 0; k < count; k++) {
        struct range rows = predict_rows_cut(&nodes->rows, (uint64_t)k, (uint64_t)count);
        double share = (double)rows.count / (double)nodes->rows.total;
        each[k] = (struct node){.rows = rows};
        each[k].start = phases(nodes, REPLAY_OWN_ROWS, share) + phases(nodes, REPLAY_EVERY_NODE, 1);
        point->most_rows = rows.count > point->most_rows ? rows.count : point->most_rows;
        point->least_rows = rows.count < point->least_rows ? rows.count : point->least_rows;
        if (rows.count > most && !bounded(nodes, rows, &loop, &off))
            most = rows.count;
    }
    return most;
}

/* The bytes are shared out by cost. */
static double bytes_of(const struct predict_nodes *nodes, struct range rows)
{
    return nodes->bytes * (double)predict_rows_cost(&nodes->rows, rows) /
           (double)nodes->rows.whole_cost;
}

/* The ends of the loops when bytes come no faster than they can; the slowest node counts. `linked`
 * is set to the longest loop by the links alone. */
static bool let_flow(const struct predict_nodes *nodes, const struct node *each, int count,
                     struct predict_nodes_point *point, double *linked)
{
    const struct predict_nodes_options *options = &nodes->options;
    bool limited = options->bandwidth > 0 || options->node_bandwidth > 0;
    struct fluid_stream *streams = calloc((size_t)count, sizeof *streams);
    if (!streams)
        return false;
    *linked = 0;
    for (int k = 0; k < count; k++) {
        double bytes = limited ? bytes_of(nodes, each[k].rows) : 0, seconds = each[k].loop;
        if (options->node_bandwidth > 0)
            seconds = fmax(seconds, bytes / options->node_bandwidth);
        streams[k] = (struct fluid_stream){bytes, seconds, seconds};
        *linked = fmax(*linked, seconds);
    }
    bool ok = options->bandwidth <= 0 || fluid_share(streams, (size_t)count, options->bandwidth);
    for (int k = 0; ok && k < count; k++)
        if (each[k].start + streams[k].end > point->node) {
            point->node = each[k].start + streams[k].end;
            point->start = each[k].start;
            point->loop = streams[k].end;
        }
    free(streams);
    return ok;
}

/* `linked`: the longest loop by the links alone; `span`: the longest item. */
static enum predict_limit limit_of(const struct predict_nodes_point *point, double linked,
                                   double span)
{
    const double parts[] = {point->loop, point->start, point->freeze, point->merge};
    static const enum predict_limit limits[] = {PREDICT_LIMIT_COMPUTE, PREDICT_LIMIT_START,
                                                PREDICT_LIMIT_FREEZE, PREDICT_LIMIT_MERGE};
    size_t most = 0;
    for (size_t i = 1; i < sizeof parts / sizeof *parts; i++)
        most = parts[i] > parts[most] ? i : most;
    if (most > 0)
        return limits[most];
    if (point->loop > FELT * linked)
        return PREDICT_LIMIT_FILE_SYSTEM;
    if (linked > FELT * point->compute)
        return PREDICT_LIMIT_LINK;
    if (LONG * span > point->compute)
        return PREDICT_LIMIT_ITEM;
    if (point->compute > LONG * point->mean)
        return PREDICT_LIMIT_SHARD;
    return point->compute > LONG * point->even ? PREDICT_LIMIT_SCHEDULE : PREDICT_LIMIT_COMPUTE;
}

/* The speed-up if nothing but the bytes took time in the loops. */
static double ceiling_of(const struct predict_nodes *nodes, const struct predict_nodes_point *point)
{
    const struct predict_nodes_options *options = &nodes->options;
    double shared = options->bandwidth > 0 ? nodes->bytes / options->bandwidth : 0;
    double own =
        options->node_bandwidth > 0 ? nodes->bytes / point->nodes / options->node_bandwidth : 0;
    double flow = fmax(shared, own);
    return flow > 0 ? nodes->base_seconds / (point->freeze + point->start + flow + point->merge)
                    : INFINITY;
}

static void sum_up(const struct predict_nodes *nodes, struct predict_nodes_point *point,
                   double linked)
{
    const struct replay *replay = nodes->replay;
    point->freeze = once(nodes, REPLAY_ONCE_BEFORE,
                         point->nodes > 1 ? replay->freeze_row_seconds : (double)NAN);
    point->merge =
        once(nodes, REPLAY_ONCE_AFTER, point->nodes > 1 ? replay->merge_row_seconds : (double)NAN);
    point->seconds = point->freeze + point->node + point->merge;
    double base = nodes->base_seconds > 0 ? nodes->base_seconds : point->seconds;
    point->speedup = base / point->seconds;
    point->efficiency = point->speedup / point->nodes;
    point->node_hours = (point->nodes * point->node + point->freeze + point->merge) / 3600;
    point->even = point->work / ((double)point->nodes * nodes->loop.threads);
    point->ceiling = ceiling_of(nodes, point);
    point->limit = limit_of(point, linked, nodes->rows.span);
}

bool predict_nodes_at(const struct predict_nodes *nodes, int count,
                      struct predict_nodes_point *point, struct error *error)
{
    double linked = 0;
    *point = (struct predict_nodes_point){.nodes = count, .work = nodes->rows.work};
    struct node *each = calloc((size_t)count, sizeof *each);
    uint64_t most = each ? cut(nodes, each, count, point) : 0;
    if (most > MOST_LAID) {
        free(each);
        return too_many(nodes, count, error);
    }
    double *laid = calloc((size_t)most + 1, sizeof *laid);
    bool ok = each && laid && fill_loops(nodes, each, count, laid, point) &&
              let_flow(nodes, each, count, point, &linked);
    if (ok)
        sum_up(nodes, point, linked);
    free(each);
    free(laid);
    return ok || no_memory(nodes, error);
}

/* Between a number of nodes that is too slow and one that is not, the least that is not. */
static bool find_knee(struct predict_nodes *nodes, struct error *error)
{
    const struct predict_nodes_point *points = nodes->points;
    size_t at = 0;
    nodes->best_seconds = INFINITY;
    for (size_t i = 0; i < nodes->options.node_count; i++)
        nodes->best_seconds = fmin(nodes->best_seconds, points[i].seconds);
    double enough = PREDICT_NODES_KNEE * nodes->best_seconds;
    while (points[at].seconds > enough)
        at++;
    nodes->knee = points[at].nodes;
    for (int slow = at > 0 ? points[at - 1].nodes : nodes->knee - 1; nodes->knee - slow > 1;) {
        struct predict_nodes_point point;
        int middle = slow + (nodes->knee - slow) / 2;
        if (!predict_nodes_at(nodes, middle, &point, error))
            return false;
        if (point.seconds > enough)
            slow = middle;
        else
            nodes->knee = middle;
    }
    return true;
}

/* What was measured is predicted with its own loop, and nothing else changed. */
static bool fill_check(struct predict_nodes *nodes, size_t index, struct error *error)
{
    struct predict_nodes_check *check = &nodes->checks[index];
    const struct replay_sets_point *measured = &nodes->replay->sets.points[index];
    struct predict_options plain = predict_options_default();
    struct predict_nodes as_measured = {
        .replay = nodes->replay, .loop = measured->loop, .bytes = NAN};
    struct predict_nodes_point one, point;
    if (!predict_rows_make(&as_measured.rows, nodes->replay, plain.factor, 0))
        return no_memory(nodes, error);
    bool ok = predict_nodes_at(&as_measured, 1, &one, error) &&
              predict_nodes_at(&as_measured, measured->shards, &point, error);
    predict_rows_free(&as_measured.rows);
    if (!ok)
        return false;
    *check = (struct predict_nodes_check){.measured = measured, .seconds = point.seconds};
    if (measured->shards > 1 && !measured->merged)
        check->seconds -= point.merge;
    check->error = check->seconds / measured->median - 1;
    check->speedup = one.seconds / measured->median;
    return true;
}

static void fill_loop(struct predict_nodes *nodes)
{
    const struct predict_nodes_options *options = &nodes->options;
    nodes->loop = nodes->replay->recorded;
    if (options->threads)
        nodes->loop.threads = options->threads;
    if (options->scheduled)
        nodes->loop.schedule = options->schedule;
    if (options->order != PREDICT_AS_RECORDED)
        nodes->loop.by_cost = options->order == PREDICT_COST;
    if (options->runtime != PREDICT_AS_RECORDED)
        nodes->loop.runtime = (enum simulator_runtime)options->runtime;
    nodes->options.threads = nodes->loop.threads;
}

/* The base is a run as it was recorded; only its team, schedule and order are those of the nodes.
 */
static bool fill_points(struct predict_nodes *nodes, struct error *error)
{
    struct predict_nodes_point base;
    if (!predict_nodes_at(nodes, 1, &base, error))
        return false;
    nodes->base_seconds = base.seconds;
    for (size_t i = 0; i < nodes->options.node_count; i++)
        if (!predict_nodes_at(nodes, nodes->options.nodes[i], &nodes->points[i], error))
            return false;
    if (!find_knee(nodes, error))
        return false;
    for (size_t i = 0; i < nodes->replay->sets.count; i++)
        if (!fill_check(nodes, i, error))
            return false;
    return true;
}

bool predict_nodes_make(struct predict_nodes *nodes, const struct replay *replay,
                        const struct predict_nodes_options *options, struct error *error)
{
    *nodes = (struct predict_nodes){.replay = replay, .options = *options, .bytes = NAN};
    fill_loop(nodes);
    if ((options->bandwidth > 0 || options->node_bandwidth > 0) && replay->bytes <= 0)
        return error_set(error, ERROR_USAGE,
                         "predict: the record does not say how many bytes it read, so --bandwidth "
                         "limits nothing; leave it out");
    nodes->points = calloc(options->node_count + 1, sizeof *nodes->points);
    nodes->checks = calloc(replay->sets.count + 1, sizeof *nodes->checks);
    bool ok = nodes->points && nodes->checks &&
              predict_rows_make(&nodes->rows, replay, options->factor, options->items_total);
    if (!ok)
        no_memory(nodes, error);
    if (ok && replay->bytes > 0)
        nodes->bytes = (double)replay->bytes * (double)nodes->rows.total / (double)replay->count;
    ok = ok && fill_points(nodes, error);
    if (!ok)
        predict_nodes_free(nodes);
    return ok;
}

void predict_nodes_free(struct predict_nodes *nodes)
{
    predict_rows_free(&nodes->rows);
    free(nodes->points);
    free(nodes->checks);
    *nodes = (struct predict_nodes){0};
}

void predict_nodes_base(const struct predict_nodes *nodes, char *text, size_t size)
{
    char seconds[PHRASE_SIZE], items[TEXT_SIZE], schedule[SCHEDULE_SIZE];
    int threads = nodes->loop.threads;
    phrase_seconds(seconds, nodes->base_seconds);
    if (nodes->base_seconds >= 100)
        text_duration(seconds, nodes->base_seconds);
    snprintf(text, size, "1 node of %d thread%s, %s, %s items: %s", threads, phrase_plural(threads),
             schedule_name(&nodes->loop.schedule, schedule), text_count(items, nodes->rows.total),
             seconds);
}
