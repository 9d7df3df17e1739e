#include "report/predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/phrase.h"

struct predict_options predict_options_default(void)
{
    struct predict_options options = {.order = PREDICT_AS_RECORDED, .runtime = PREDICT_AS_RECORDED};
    for (int s = 0; s < STAGE_DISPATCH; s++)
        options.factor[s] = 1;
    return options;
}

/* Only static without a chunk is something else than with 1. */
bool predict_same_schedule(const struct schedule *a, const struct schedule *b)
{
    int least = a->kind == SCHEDULE_STATIC ? 0 : 1;
    int x = a->chunk > least ? a->chunk : least, y = b->chunk > least ? b->chunk : least;
    return a->kind == b->kind && (x == y || a->kind == SCHEDULE_AUTO);
}

bool predict_is_recorded(const struct predict *predict, const struct schedule *schedule)
{
    return predict_same_schedule(&predict->replay->recorded.schedule, schedule);
}

static void add_schedule(struct predict_options *options, struct schedule schedule)
{
    for (size_t i = 0; i < options->schedule_count; i++)
        if (predict_same_schedule(&options->schedules[i], &schedule))
            return;
    options->schedules[options->schedule_count++] = schedule;
}

static int ascending(const void *x, const void *y)
{
    return (*(const int *)x > *(const int *)y) - (*(const int *)x < *(const int *)y);
}

static void fill_options(struct predict_options *options, const struct replay *replay)
{
    if (options->thread_count == 0) {
        for (int threads = 1; threads <= 64; threads *= 2)
            options->threads[options->thread_count++] = threads;
        options->threads[options->thread_count++] = replay->recorded.threads;
    }
    qsort(options->threads, options->thread_count, sizeof *options->threads, ascending);
    size_t kept = 0;
    for (size_t i = 0; i < options->thread_count; i++)
        if (!kept || options->threads[kept - 1] != options->threads[i])
            options->threads[kept++] = options->threads[i];
    options->thread_count = kept;
    if (options->schedule_count)
        return;
    add_schedule(options, replay->recorded.schedule);
    add_schedule(options, (struct schedule){SCHEDULE_STATIC, 0});
    add_schedule(options, (struct schedule){SCHEDULE_DYNAMIC, 1});
    add_schedule(options, (struct schedule){SCHEDULE_GUIDED, 0});
}

static bool simulate(const struct predict *predict, const struct replay_work *work, int threads,
                     const struct schedule *schedule, struct replay_result *result)
{
    struct replay_loop loop = {threads, *schedule, predict->by_cost, predict->runtime};
    return replay_run(predict->replay, work, &loop, result);
}

/* The base, and what the measured runs are compared with: nothing scaled. */
static bool fill_base(struct predict *predict)
{
    const struct replay *replay = predict->replay;
    struct predict_options plain = predict_options_default();
    struct replay_work work;
    struct replay_result result;
    if (!replay_prepare(replay, replay->recorded.by_cost, plain.factor,
                        predict->options.items_total, &work))
        return false;
    struct replay_loop loop = replay->recorded;
    loop.threads = 1;
    bool ok = replay_run(replay, &work, &loop, &result);
    predict->base_seconds = result.seconds;
    replay_release(&work);
    return ok;
}

static bool fill_check(struct predict *predict, size_t index)
{
    const struct replay *replay = predict->replay;
    struct predict_options plain = predict_options_default();
    struct predict_check *check = &predict->checks[index];
    struct replay_work work;
    struct replay_result result, one;
    check->measured = &replay->measured[index];
    if (!replay_prepare(replay, check->measured->loop.by_cost, plain.factor, 0, &work))
        return false;
    struct replay_loop loop = replay->recorded;
    loop.threads = 1;
    bool ok = replay_run(replay, &work, &check->measured->loop, &result) &&
              replay_run(replay, &work, &loop, &one);
    replay_release(&work);
    if (!ok)
        return false;
    check->seconds = result.seconds;
    check->error = result.seconds / check->measured->median - 1;
    check->speedup = one.seconds / check->measured->median;
    return true;
}

static bool fill_team(struct predict *predict, size_t team)
{
    const struct predict_options *options = &predict->options;
    struct replay_result result = {0};
    for (size_t s = 0; s < options->schedule_count; s++) {
        struct predict_point *point = &predict->points[team * options->schedule_count + s];
        *point = (struct predict_point){.threads = options->threads[team],
                                        .schedule = options->schedules[s]};
        if (!simulate(predict, &predict->prepared, point->threads, &point->schedule, &result))
            return false;
        point->seconds = result.seconds;
        point->speedup = predict->base_seconds / result.seconds;
        point->saved = predict->base_seconds - result.seconds;
        bool saves = point->saved > PREDICT_LEAST_SAVED * predict->base_seconds;
        point->pays_on = saves ? fmax(1, ceil(options->effort_seconds / point->saved)) : INFINITY;
    }
    predict->work = result.work;
    predict->span = result.span;
    return true;
}

bool predict_make(struct predict *predict, const struct replay *replay,
                  const struct predict_options *options, struct error *error)
{
    *predict = (struct predict){.replay = replay, .options = *options};
    fill_options(&predict->options, replay);
    predict->by_cost = options->order == PREDICT_AS_RECORDED ? replay->recorded.by_cost
                                                             : options->order == PREDICT_COST;
    predict->runtime = options->runtime == PREDICT_AS_RECORDED
                           ? replay->recorded.runtime
                           : (enum simulator_runtime)options->runtime;
    for (int s = 0; s < STAGE_DISPATCH; s++)
        predict->changed = predict->changed || options->factor[s] < 1 || options->factor[s] > 1;
    size_t teams = predict->options.thread_count, schedules = predict->options.schedule_count;
    predict->points = calloc(teams * schedules, sizeof *predict->points);
    predict->checks = calloc(replay->measured_count + 1, sizeof *predict->checks);
    bool ok = predict->points && predict->checks && fill_base(predict) &&
              replay_prepare(replay, predict->by_cost, options->factor, options->items_total,
                             &predict->prepared);
    predict->serial = predict->prepared.serial;
    for (size_t i = 0; ok && i < teams; i++)
        ok = fill_team(predict, i);
    for (size_t i = 0; ok && i < replay->measured_count; i++)
        ok = fill_check(predict, i);
    if (ok)
        return true;
    predict_free(predict);
    return error_set(error, ERROR_OUTPUT, "predict: no memory to simulate");
}

void predict_free(struct predict *predict)
{
    replay_release(&predict->prepared);
    free(predict->points);
    free(predict->checks);
    *predict = (struct predict){0};
}

double predict_at(const struct predict *predict, int threads, size_t schedule)
{
    struct replay_result result;
    if (!simulate(predict, &predict->prepared, threads, &predict->options.schedules[schedule],
                  &result))
        return NAN;
    return predict->base_seconds / result.seconds;
}

/* Taking chunks is no part of what no schedule can avoid; a greedy one takes one for each item. */
struct predict_bound predict_bound_at(const struct predict *predict, int threads)
{
    double chunk = predict->replay->chunk_seconds, count = (double)predict->prepared.count;
    double fixed = predict->serial + predict->replay->team_seconds;
    double least = simulator_bounds(predict->work, predict->span, threads).least;
    double most =
        simulator_bounds(predict->work + count * chunk, predict->span + chunk, threads).greedy;
    return (struct predict_bound){
        .threads = threads,
        .most = predict->base_seconds / (fixed + least),
        .greedy = predict->base_seconds / (fixed + most),
        .seconds = fixed + least,
    };
}

void predict_base(const struct predict *predict, char *text, size_t size)
{
    const struct replay *replay = predict->replay;
    char seconds[PHRASE_SIZE], items[TEXT_SIZE] = "", schedule[SCHEDULE_SIZE];
    const char *how = replay->recorded.threads == 1 ? "as recorded" : "replayed";
    phrase_seconds(seconds, predict->base_seconds);
    if (predict->base_seconds >= 100)
        text_duration(seconds, predict->base_seconds);
    text_count(items, predict->prepared.count);
    schedule_name(&replay->recorded.schedule, schedule);
    if (predict->options.items_total)
        snprintf(text, size, "1 thread, %s, %s items, else as recorded: %s", schedule, items,
                 seconds);
    else
        snprintf(text, size, "1 thread, %s, %s: %s", schedule, how, seconds);
}

void predict_changes(const struct predict *predict, char *text, size_t size)
{
    predict_changes_of(predict->options.factor, text, size);
}

void predict_changes_of(const double factors[STAGE_DISPATCH], char *text, size_t size)
{
    size_t used = 0;
    *text = '\0';
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        double factor = factors[s];
        if (factor < 1 || factor > 1)
            used += (size_t)snprintf(text + used, size - used, "%s%s takes %g times",
                                     used ? ", " : "", stages_name((enum stage)s), factor);
        if (used >= size)
            return;
    }
    if (used)
        snprintf(text + used, size - used, " as long");
}
