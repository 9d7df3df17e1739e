#include "report/predict_json.h"

#include <math.h>

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static const char *order_name(bool by_cost)
{
    return by_cost ? "cost" : "input";
}

static json_t *schedule_json(const struct schedule *schedule)
{
    char name[SCHEDULE_SIZE];
    return json_string(schedule_name(schedule, name));
}

json_t *predict_json_source(const struct replay *replay)
{
    const struct replay_loop *loop = &replay->recorded;
    return json_pack(
        "{s:s, s:s, s:i, s:i, s:i, s:b, s:I, s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "what",
        replay->what, "host", replay->host, "threads", loop->threads, "records", (int)replay->runs,
        "disturbed_records_left_out", (int)replay->disturbed, "disturbed", replay->all_disturbed,
        "items", (json_int_t)replay->count, "schedule", schedule_json(&loop->schedule), "order",
        order_name(loop->by_cost), "runtime", replay_runtimes[loop->runtime], "seconds",
        real(replay->seconds), "chunk_seconds",
        replay->chunks_known ? real(replay->chunk_seconds) : json_null(), "item_seconds",
        real(replay->item_seconds), "team_seconds", real(replay->team_seconds));
}

json_t *predict_json_phases(const struct replay *replay)
{
    json_t *list = json_array();
    for (size_t i = 0; i < replay->phase_count; i++)
        json_array_append_new(list, json_pack("{s:s, s:o, s:b}", "name", replay->phases[i].name,
                                              "seconds", real(replay->phases[i].seconds),
                                              "grows_with_items", replay->phases[i].grows));
    return list;
}

static json_t *predictions_json(const struct predict *predict)
{
    const struct predict_options *options = &predict->options;
    json_t *list = json_array();
    for (size_t i = 0; i < options->thread_count * options->schedule_count; i++) {
        const struct predict_point *point = &predict->points[i];
        struct predict_bound bound = predict_bound_at(predict, point->threads);
        bool asked = options->effort_seconds > 0;
        json_array_append_new(
            list,
            json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "threads", point->threads,
                      "schedule", schedule_json(&point->schedule), "seconds", real(point->seconds),
                      "speedup", real(point->speedup), "bound", real(bound.most), "bound_greedy",
                      real(bound.greedy), "saved_seconds", real(point->saved), "pays_on_run",
                      asked ? real(point->pays_on) : json_null()));
    }
    return list;
}

static json_t *measured_json(const struct predict *predict)
{
    json_t *list = json_array();
    for (size_t i = 0; i < predict->replay->measured_count; i++) {
        const struct predict_check *check = &predict->checks[i];
        const struct replay_measured *measured = check->measured;
        json_array_append_new(
            list,
            json_pack("{s:i, s:o, s:s, s:i, s:o, s:[o, o], s:o, s:o, s:o}", "threads",
                      measured->loop.threads, "schedule", schedule_json(&measured->loop.schedule),
                      "order", order_name(measured->loop.by_cost), "runs", (int)measured->runs,
                      "seconds", real(measured->median), "range", real(measured->least),
                      real(measured->most), "speedup", real(check->speedup), "predicted_seconds",
                      real(check->seconds), "error", real(check->error)));
    }
    return list;
}

json_t *predict_json_what_if(const double factors[STAGE_DISPATCH])
{
    json_t *stages = json_object();
    for (int s = 0; s < STAGE_DISPATCH; s++) {
        double factor = factors[s];
        if (factor < 1 || factor > 1)
            json_object_set_new(stages, stages_name((enum stage)s), json_real(factor));
    }
    return stages;
}

json_t *predict_json_new(const struct predict *predict)
{
    char base[256];
    const struct predict_options *options = &predict->options;
    predict_base(predict, base, sizeof base);
    return json_pack("{s:s, s:o, s:{s:s, s:o}, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o, "
                     "s:o}",
                     "schema", PREDICT_JSON_SCHEMA, "source", predict_json_source(predict->replay),
                     "baseline", "what", base, "seconds", real(predict->base_seconds), "order",
                     order_name(predict->by_cost), "runtime", replay_runtimes[predict->runtime],
                     "work", real(predict->work), "span", real(predict->span), "serial_seconds",
                     real(predict->serial), "serial_phases", predict_json_phases(predict->replay),
                     "what_if", predict_json_what_if(predict->options.factor), "items_total",
                     (json_int_t)predict->prepared.count, "effort_seconds",
                     options->effort_seconds > 0 ? real(options->effort_seconds) : json_null(),
                     "predictions", predictions_json(predict), "measured", measured_json(predict));
}
