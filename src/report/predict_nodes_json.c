#include "report/predict_nodes_json.h"

#include <math.h>

#include "report/predict_json.h"

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *limited(double value)
{
    return value > 0 ? json_real(value) : json_null();
}

static json_t *schedule_json(const struct schedule *schedule)
{
    char name[SCHEDULE_SIZE];
    return json_string(schedule_name(schedule, name));
}

static json_t *point_json(const struct predict_nodes_point *point)
{
    return json_pack(
        "{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:I, s:s, s:o}", "nodes",
        point->nodes, "seconds", real(point->seconds), "speedup", real(point->speedup),
        "efficiency", real(point->efficiency), "freeze_seconds", real(point->freeze),
        "node_seconds", real(point->node), "start_seconds", real(point->start), "loop_seconds",
        real(point->loop), "compute_seconds", real(point->compute), "even_seconds",
        real(point->even), "merge_seconds", real(point->merge), "node_hours",
        real(point->node_hours), "least_rows", (json_int_t)point->least_rows, "most_rows",
        (json_int_t)point->most_rows, "limit", predict_nodes_limit(point->limit), "error_bound",
        real(point->error));
}

static json_t *points_json(const struct predict_nodes *nodes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < nodes->options.node_count; i++)
        json_array_append_new(list, point_json(&nodes->points[i]));
    return list;
}

static json_t *measured_json(const struct predict_nodes *nodes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < nodes->replay->sets.count; i++) {
        const struct predict_nodes_check *check = &nodes->checks[i];
        const struct replay_sets_point *m = check->measured;
        json_array_append_new(
            list,
            json_pack("{s:i, s:i, s:o, s:s, s:i, s:b, s:o, s:[o, o], s:o, s:o, s:o}", "nodes",
                      m->shards, "threads", m->loop.threads, "schedule",
                      schedule_json(&m->loop.schedule), "order", m->loop.by_cost ? "cost" : "input",
                      "sets", (int)m->runs, "crowded", m->crowded, "seconds", real(m->median),
                      "range", real(m->least), real(m->most), "speedup", real(check->speedup),
                      "predicted_seconds", real(check->seconds), "error", real(check->error)));
    }
    return list;
}

static json_t *nodes_json(const struct predict_nodes *nodes)
{
    const struct predict_nodes_options *options = &nodes->options;
    const struct replay *replay = nodes->replay;
    return json_pack("{s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:{s:i, s:o}, s:o, s:o, s:I}", "threads",
                     options->threads, "schedule", schedule_json(&nodes->loop.schedule), "bytes",
                     real(nodes->bytes), "bandwidth", limited(options->bandwidth), "node_bandwidth",
                     limited(options->node_bandwidth), "freeze_row_seconds",
                     real(replay->freeze_row_seconds), "merge_row_seconds",
                     real(replay->merge_row_seconds), "knee", "nodes", nodes->knee, "best_seconds",
                     real(nodes->best_seconds), "points", points_json(nodes), "measured",
                     measured_json(nodes), "sets_left_out", (json_int_t)replay->sets.incomplete);
}

json_t *predict_nodes_json_new(const struct predict_nodes *nodes)
{
    char base[256];
    predict_nodes_base(nodes, base, sizeof base);
    return json_pack("{s:s, s:o, s:{s:s, s:o}, s:s, s:s, s:o, s:o, s:o, s:o, s:I, s:o}", "schema",
                     PREDICT_JSON_SCHEMA, "source", predict_json_source(nodes->replay), "baseline",
                     "what", base, "seconds", real(nodes->base_seconds), "order",
                     nodes->loop.by_cost ? "cost" : "input", "runtime",
                     replay_runtimes[nodes->loop.runtime], "work", real(nodes->rows.work), "span",
                     real(nodes->rows.span), "serial_phases", predict_json_phases(nodes->replay),
                     "what_if", predict_json_what_if(nodes->options.factor), "items_total",
                     (json_int_t)nodes->rows.total, "nodes", nodes_json(nodes));
}
