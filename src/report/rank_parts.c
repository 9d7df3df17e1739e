#include "report/rank_parts.h"

#include <math.h>
#include <stdlib.h>

static void add(struct rank_parts *sum, const struct rank_set *set)
{
    sum->runs++;
    sum->freeze += set->freeze;
    sum->slowest += set->slowest;
    sum->mean += set->mean;
    sum->startup += set->startup;
    sum->merge += set->merge;
    sum->seconds += set->seconds;
    sum->freeze_known = sum->freeze_known || set->freeze_known;
    sum->merge_known = sum->merge_known || set->merge_known;
}

struct rank_parts rank_parts_of(const struct analysis_group *group, size_t point)
{
    const struct study_point *p = &group->study.points[point];
    struct rank_parts parts = {.ranks = p->threads, .excluded = p->excluded};
    for (size_t i = 0; i < group->run_count && group->sets; i++)
        if (group->runs[i].threads == p->threads && group->runs[i].excluded == p->excluded)
            add(&parts, group->sets[i]);
    double share = parts.runs ? 1.0 / parts.runs : NAN;
    double *const seconds[] = {&parts.freeze,  &parts.slowest, &parts.mean,
                               &parts.startup, &parts.merge,   &parts.seconds};
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++)
        *seconds[i] *= share;
    return parts;
}

static int by_seconds(const void *x, const void *y)
{
    const struct rank_set *a = *(const struct rank_set *const *)x;
    const struct rank_set *b = *(const struct rank_set *const *)y;
    return (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

const struct rank_set *rank_parts_shown(const struct analysis_group *group)
{
    const struct rank_set *best = NULL;
    size_t count = 0;
    for (size_t i = 0; i < group->run_count && group->sets; i++) {
        const struct rank_set *set = group->sets[i];
        bool kept = !set->why, better = kept != (best && !best->why);
        if (set->id && (!best || (better ? kept : set->ranks > best->ranks)))
            best = set;
    }
    const struct rank_set **alike = best ? calloc(group->run_count, sizeof *alike) : NULL;
    for (size_t i = 0; alike && i < group->run_count; i++) {
        const struct rank_set *set = group->sets[i];
        if (set->id && set->ranks == best->ranks && !set->why == !best->why)
            alike[count++] = set;
    }
    if (count > 0) {
        qsort(alike, count, sizeof *alike, by_seconds);
        best = alike[(count - 1) / 2];
    }
    free(alike);
    return best;
}

/* Puts a number into its place in an ascending list; what finds no room is left out. */
static void insert(int list[RANK_GRID_MOST], size_t *count, int value)
{
    size_t at = 0;
    while (at < *count && list[at] < value)
        at++;
    if ((at < *count && list[at] == value) || *count == RANK_GRID_MOST)
        return;
    for (size_t i = *count; i > at; i--)
        list[i] = list[i - 1];
    list[at] = value;
    ++*count;
}

static size_t place_of(const int list[RANK_GRID_MOST], size_t count, int value)
{
    size_t at = 0;
    while (at < count && list[at] != value)
        at++;
    return at;
}

/* Runs that are in the fits go before those that are not, in a cell that has both. */
static void add_to_cell(struct rank_cell *cell, const struct rank_set *set)
{
    bool excluded = set->why != NULL;
    if (cell->runs > 0 && excluded && !cell->excluded)
        return;
    if (cell->runs == 0 || (cell->excluded && !excluded))
        *cell = (struct rank_cell){.excluded = excluded};
    cell->runs++;
    cell->seconds += set->seconds;
}

/* Of the kept cells the one of the fewest threads in all, and of those the fewest ranks. */
static void set_base(struct rank_grid *grid)
{
    for (size_t r = 0; r < grid->rows; r++)
        for (size_t c = 0; c < grid->columns; c++) {
            const struct rank_cell *cell = &grid->cell[r][c];
            double all = (double)grid->ranks[r] * grid->threads[c];
            if (cell->runs > 0 && !cell->excluded &&
                (!grid->base_ranks || all < (double)grid->base_ranks * grid->base_threads)) {
                grid->base_ranks = grid->ranks[r];
                grid->base_threads = grid->threads[c];
                grid->base_seconds = cell->seconds / cell->runs;
            }
        }
}

bool rank_parts_grid(struct rank_grid *grid, const struct ranks_family *family)
{
    *grid = (struct rank_grid){0};
    for (size_t i = 0; i < family->count; i++) {
        insert(grid->ranks, &grid->rows, (int)family->sets[i]->ranks);
        insert(grid->threads, &grid->columns, family->sets[i]->threads);
    }
    for (size_t i = 0; i < family->count; i++) {
        size_t row = place_of(grid->ranks, grid->rows, (int)family->sets[i]->ranks);
        size_t column = place_of(grid->threads, grid->columns, family->sets[i]->threads);
        if (row < grid->rows && column < grid->columns)
            add_to_cell(&grid->cell[row][column], family->sets[i]);
    }
    set_base(grid);
    for (size_t r = 0; r < grid->rows; r++)
        for (size_t c = 0; c < grid->columns; c++) {
            struct rank_cell *cell = &grid->cell[r][c];
            cell->seconds = cell->runs ? cell->seconds / cell->runs : NAN;
            cell->speedup = grid->base_seconds / cell->seconds;
        }
    return grid->rows > 1 && grid->columns > 1 && grid->base_ranks > 0;
}
