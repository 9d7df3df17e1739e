#include "report/fit_json_ranks.h"

#include <math.h>

#include "report/rank_parts.h"

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *real_if(bool known, double value)
{
    return known ? real(value) : json_null();
}

static json_t *text_or_null(const char *text)
{
    json_t *value = text && *text ? json_string(text) : NULL;
    return value ? value : json_null();
}

static json_t *parts_json(const struct analysis_group *group)
{
    json_t *list = json_array();
    for (size_t i = 0; i < group->study.point_count; i++) {
        struct rank_parts p = rank_parts_of(group, i);
        json_array_append_new(
            list, json_pack("{s:i, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:b}", "ranks", p.ranks,
                            "runs", p.runs, "seconds", real(p.seconds), "freeze",
                            real_if(p.freeze_known, p.freeze), "slowest", real(p.slowest), "mean",
                            real(p.mean), "startup", real(p.startup), "merge",
                            real_if(p.merge_known, p.merge), "excluded", p.excluded));
    }
    return list;
}

static json_t *sets_json(const struct analysis_group *group)
{
    json_t *list = json_array();
    for (size_t i = 0; i < group->run_count; i++) {
        const struct rank_set *s = group->sets[i];
        json_array_append_new(
            list, json_pack("{s:o, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "set",
                            text_or_null(s->id), "ranks", (json_int_t)s->ranks, "hosts",
                            (json_int_t)s->hosts, "seconds", real(s->seconds), "freeze",
                            real_if(s->freeze_known, s->freeze), "slowest", real(s->slowest),
                            "mean", real(s->mean), "startup", real(s->startup), "merge",
                            real_if(s->merge_known, s->merge), "excluded", s->why != NULL, "why",
                            text_or_null(s->why)));
    }
    return list;
}

bool fit_json_ranks(json_t *json, const struct analysis_group *group)
{
    static const char *const by[] = {
        [RANKS_STRONG] = NULL, [RANKS_WEAK_SAID] = "records", [RANKS_WEAK_FOUND] = "rows"};
    bool ok = json_object_set_new(json, "weak_by", text_or_null(by[group->scaling])) == 0;
    ok = json_object_set_new(json, "parts", parts_json(group)) == 0 && ok;
    return json_object_set_new(json, "sets", sets_json(group)) == 0 && ok;
}

static json_t *grid_json(const struct rank_grid *grid)
{
    json_t *cells = json_array();
    for (size_t r = 0; r < grid->rows; r++)
        for (size_t c = 0; c < grid->columns; c++) {
            const struct rank_cell *cell = &grid->cell[r][c];
            if (cell->runs > 0)
                json_array_append_new(
                    cells,
                    json_pack("{s:i, s:i, s:i, s:o, s:o, s:b}", "ranks", grid->ranks[r], "threads",
                              grid->threads[c], "runs", cell->runs, "seconds", real(cell->seconds),
                              "speedup", real(cell->speedup), "excluded", cell->excluded));
        }
    return json_pack("{s:{s:i, s:i, s:o}, s:o}", "base", "ranks", grid->base_ranks, "threads",
                     grid->base_threads, "seconds", real(grid->base_seconds), "cells", cells);
}

json_t *fit_json_grids(const struct analysis *analysis)
{
    struct rank_grid grid;
    json_t *list = json_array();
    for (size_t i = 0; i < analysis->ranks.family_count; i++)
        if (rank_parts_grid(&grid, &analysis->ranks.families[i]))
            json_array_append_new(list, grid_json(&grid));
    return list;
}

json_t *fit_json_left_out(const struct analysis *analysis)
{
    json_t *list = json_array();
    for (size_t i = 0; i < analysis->sets.left_out_count; i++)
        json_array_append_new(list, json_string(analysis->sets.left_out[i]));
    return list;
}
