#include "report/table_ranks.h"

#include <math.h>
#include <string.h>

#include "report/phrase.h"
#include "report/rank_parts.h"
#include "report/table.h"

#define CELL       24
#define MOST_NAMED 8 /* sets left out that are named */

void table_ranks_about(FILE *out, const struct analysis_group *group)
{
    static const char *const scaling[] = {
        [RANKS_STRONG] = "",
        [RANKS_WEAK_SAID] = "; weak scaling, as the records say",
        [RANKS_WEAK_FOUND] = "; weak scaling, as the rows grow with the ranks",
    };
    char line[512];
    snprintf(line, sizeof line, "on %.200s%s%s", group->host, scaling[group->scaling],
             group->waiting ? "; work that waits" : "");
    table_wrap(out, line, 2);
    table_wrap(out,
               "a time is that of n ranks beside each other: the slowest shard, plus the merge and "
               "the frozen list where they were recorded",
               2);
}

static const char *seconds_cell(char cell[CELL], double seconds, bool known, int places)
{
    if (!known || isnan(seconds))
        return "-";
    snprintf(cell, CELL, "%.*f", places, seconds);
    return cell;
}

/* Decimals that leave the shortest run three significant digits. */
static int places_of(const struct study *study)
{
    double least = INFINITY;
    for (size_t i = 0; i < study->point_count; i++)
        least = fmin(least, study->points[i].seconds);
    return (int)fmax(0, fmin(4, 2 - floor(log10(least))));
}

void table_ranks_parts(FILE *out, const struct analysis_group *group)
{
    char a[CELL], b[CELL], c[CELL], d[CELL], e[CELL], f[CELL];
    if (group->axis != ANALYSIS_RANKS)
        return;
    int places = places_of(&group->study);
    table_heading(out, "What the time is made of", "seconds = frozen list + slowest shard + merge");
    fprintf(out, "  %7s %9s %9s %9s %9s %10s %10s %9s\n", "ranks", "seconds", "list", "slowest",
            "mean", "imbalance", "(start-up)", "merge");
    for (size_t i = 0; i < group->study.point_count; i++) {
        struct rank_parts p = rank_parts_of(group, i);
        fprintf(out, "%c %7d %9s %9s %9s %9s %9.1f%% %10s %9s\n",
                table_mark(&group->study, p.ranks), p.ranks,
                seconds_cell(a, p.seconds, true, places),
                seconds_cell(b, p.freeze, p.freeze_known, places),
                seconds_cell(c, p.slowest, true, places), seconds_cell(d, p.mean, true, places),
                100 * (p.slowest - p.mean) / p.seconds, seconds_cell(e, p.startup, true, places),
                seconds_cell(f, p.merge, p.merge_known, places));
    }
    fprintf(out, "  imbalance: slowest less mean, of the time; start-up: of a shard, outside its\n"
                 "  parallel region, on every rank over again\n");
}

static void write_grid(FILE *out, const struct rank_grid *grid)
{
    char base[3 * PHRASE_SIZE], seconds[PHRASE_SIZE], factor[PHRASE_SIZE];
    bool hollow = false;
    size_t columns = grid->columns < 7 ? grid->columns : 7;
    snprintf(base, sizeof base, "speed-up over %d rank%s of %d thread%s, %s", grid->base_ranks,
             phrase_plural(grid->base_ranks), grid->base_threads, phrase_plural(grid->base_threads),
             phrase_seconds(seconds, grid->base_seconds));
    table_heading(out, "Ranks by threads", base);
    fprintf(out, "  %7s", "ranks");
    for (size_t c = 0; c < columns; c++)
        fprintf(out, "%*d t", c ? 8 : 7, grid->threads[c]);
    fputc('\n', out);
    for (size_t r = 0; r < grid->rows; r++) {
        for (int line = 0; line < 2; line++) {
            if (line)
                fprintf(out, "  %7s", "");
            else
                fprintf(out, "  %7d", grid->ranks[r]);
            for (size_t c = 0; c < columns; c++) {
                const struct rank_cell *cell = &grid->cell[r][c];
                const char *text = line ? phrase_factor(factor, cell->speedup)
                                        : phrase_seconds(seconds, cell->seconds);
                hollow = hollow || (cell->runs && cell->excluded);
                fprintf(out, "%*s%s", c ? 10 : 9, cell->runs ? text : "-",
                        cell->excluded ? "*" : "");
            }
            fputc('\n', out);
        }
    }
    if (grid->columns > columns)
        fprintf(out, "  and %zu more numbers of threads: fit --json has them\n",
                grid->columns - columns);
    if (hollow)
        fprintf(out, "  * left out of the fits\n");
}

void table_ranks_grids(FILE *out, const struct analysis *analysis)
{
    struct rank_grid grid;
    for (size_t i = 0; i < analysis->ranks.family_count; i++)
        if (rank_parts_grid(&grid, &analysis->ranks.families[i]))
            write_grid(out, &grid);
}

void table_ranks_left_out(FILE *out, const struct analysis *analysis)
{
    const struct rank_sets *sets = &analysis->sets;
    if (sets->left_out_count == 0)
        return;
    table_heading(out, "Sharded runs left out", "");
    for (size_t i = 0; i < sets->left_out_count && i < MOST_NAMED; i++)
        table_wrap(out, sets->left_out[i], 2);
    if (sets->left_out_count > MOST_NAMED)
        fprintf(out, "  And %zu more.\n", sets->left_out_count - MOST_NAMED);
}
