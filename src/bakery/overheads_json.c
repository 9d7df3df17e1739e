#include "bakery/overheads_json.h"

#include <string.h>

static const char *const experiments[OVERHEADS_EXPERIMENTS] = {
    [OVERHEADS_TINY_TASKS] = "tiny tasks",
    [OVERHEADS_ONE_TOTAL] = "one total",
    [OVERHEADS_FALSE_SHARING] = "false sharing",
};

/* Cores are shares of a machine and may be unknown, which is -1 in C and null here. */
static json_t *point_json(const struct overheads *o, size_t point)
{
    json_t *cores = o->cores[point] > 0 ? json_real(o->cores[point]) : json_null();
    return json_pack("{s:i, s:o, s:f, s:f}", "threads", o->plan.points.threads[point], "cores",
                     cores, "region_ns", o->region[point].median_ns, "region_best_ns",
                     o->region[point].best_ns);
}

static json_t *cell_json(const struct overheads *o, enum overheads_way way, size_t point)
{
    const struct overheads_cell *cell = &o->cell[way][point];
    return json_pack("{s:i, s:f, s:f, s:f}", "threads", o->plan.points.threads[point], "median_ns",
                     cell->median_ns, "best_ns", cell->best_ns, "speedup",
                     overheads_speedup(o, way, point));
}

static json_t *way_json(const struct overheads *o, enum overheads_way way)
{
    const struct overheads_about *about = &overheads_about[way];
    json_t *cells = json_array();
    for (size_t i = 0; i < o->plan.points.count; i++)
        json_array_append_new(cells, cell_json(o, way, i));
    return json_pack("{s:s, s:s, s:b, s:o}", "experiment", experiments[about->experiment], "name",
                     about->name, "base", about->base == way, "points", cells);
}

json_t *overheads_json_new(const struct overheads *o)
{
    json_t *points = json_array(), *ways = json_array();
    for (size_t i = 0; i < o->plan.points.count; i++)
        json_array_append_new(points, point_json(o, i));
    for (int way = 0; way < OVERHEADS_WAYS; way++)
        json_array_append_new(ways, way_json(o, (enum overheads_way)way));
    return json_pack("{s:s, s:I, s:i, s:o, s:o}", "schema", OVERHEADS_JSON_SCHEMA, "iterations",
                     (json_int_t)o->plan.iterations, "rounds", o->plan.rounds, "points", points,
                     "ways", ways);
}

/* A positive number of an object, or 0. */
static double positive(const json_t *object, const char *name)
{
    double value = json_number_value(json_object_get(object, name));
    return value > 0 ? value : 0;
}

static bool read_points(struct overheads *o, const json_t *points)
{
    o->plan.points.count = json_array_size(points);
    if (o->plan.points.count < 1 || o->plan.points.count > POINTS_MAX)
        return false;
    for (size_t i = 0; i < o->plan.points.count; i++) {
        const json_t *point = json_array_get(points, i);
        double threads = positive(point, "threads");
        if (threads < 1 || threads > POINTS_MAX_THREADS)
            return false;
        o->plan.points.threads[i] = (int)threads;
        o->cores[i] =
            json_is_number(json_object_get(point, "cores")) ? positive(point, "cores") : -1;
        o->region[i].median_ns = positive(point, "region_ns");
        o->region[i].best_ns = positive(point, "region_best_ns");
    }
    return true;
}

static bool read_ways(struct overheads *o, const json_t *ways)
{
    if (json_array_size(ways) != OVERHEADS_WAYS)
        return false;
    for (size_t way = 0; way < OVERHEADS_WAYS; way++) {
        const json_t *object = json_array_get(ways, way),
                     *points = json_object_get(object, "points");
        const char *name = json_string_value(json_object_get(object, "name"));
        if (!name || strcmp(name, overheads_about[way].name) != 0 ||
            json_array_size(points) != o->plan.points.count)
            return false;
        for (size_t i = 0; i < o->plan.points.count; i++) {
            struct overheads_cell *cell = &o->cell[way][i];
            cell->median_ns = positive(json_array_get(points, i), "median_ns");
            cell->best_ns = positive(json_array_get(points, i), "best_ns");
            if (cell->median_ns <= 0)
                return false;
        }
    }
    return true;
}

bool overheads_json_load(struct overheads *o, const char *path, struct error *error)
{
    *o = (struct overheads){0};
    json_t *json = json_load_file(path, 0, NULL);
    const char *schema = json_string_value(json_object_get(json, "schema"));
    bool ok = schema && strcmp(schema, OVERHEADS_JSON_SCHEMA) == 0 &&
              read_points(o, json_object_get(json, "points")) &&
              read_ways(o, json_object_get(json, "ways"));
    o->plan.iterations = (int64_t)positive(json, "iterations");
    o->plan.rounds = (int)positive(json, "rounds");
    json_decref(json);
    return ok || error_set(error, ERROR_USAGE, "%s: not what bakery overheads writes", path);
}
