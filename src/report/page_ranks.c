/*
 * page_ranks: the section of a page on sharded runs: what they took, and what held them up.
 */
#include "report/page_parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "report/phrase.h"
#include "report/rank_parts.h"

#define MOST_SETS 500 /* rows of the table of runs; more make no page for people */

static void seconds_cell(struct writer *writer, double seconds, bool known)
{
    char text[PHRASE_SIZE];
    writer_print(writer, "<td>%s</td>",
                 known && isfinite(seconds) ? phrase_seconds(text, seconds) : "–");
}

static void share_cell(struct writer *writer, double share)
{
    char text[PHRASE_SIZE];
    writer_print(writer, "<td>%s</td>", isfinite(share) ? phrase_percent(text, share) : "–");
}

static void write_parts(struct writer *writer, const struct analysis_group *group)
{
    page_tables_begin(
        writer, "What the time is made of: time = frozen list + slowest shard + merge",
        "ranks|runs|time|frozen list|slowest shard|mean shard|imbalance|start-up of a "
        "shard|merge|merge, of the time");
    for (size_t i = 0; i < group->study.point_count; i++) {
        struct rank_parts p = rank_parts_of(group, i);
        writer_print(writer, "<tr%s><th scope=\"row\">%d</th><td>%d</td>",
                     p.excluded ? " class=\"out\"" : "", p.ranks, p.runs);
        seconds_cell(writer, p.seconds, true);
        seconds_cell(writer, p.freeze, p.freeze_known);
        seconds_cell(writer, p.slowest, true);
        seconds_cell(writer, p.mean, true);
        share_cell(writer, (p.slowest - p.mean) / p.seconds);
        seconds_cell(writer, p.startup, true);
        seconds_cell(writer, p.merge, p.merge_known);
        share_cell(writer, p.merge_known ? p.merge / p.seconds : NAN);
        writer_text(writer, "</tr>\n");
    }
    page_tables_end(writer);
}

static void write_set(struct writer *writer, const struct rank_set *set)
{
    writer_print(writer, "<tr%s><th scope=\"row\">", set->why ? " class=\"out\"" : "");
    writer_html(writer, set->id ? set->id : "not sharded");
    writer_print(writer, "</th><td>%zu</td><td>%zu</td>", set->ranks, set->hosts);
    seconds_cell(writer, set->seconds, true);
    seconds_cell(writer, set->slowest, true);
    seconds_cell(writer, set->mean, true);
    seconds_cell(writer, set->merge, set->merge_known);
    writer_text(writer, "<td class=\"words\">");
    writer_html(writer, set->why ? set->why : "");
    writer_text(writer, "</td></tr>\n");
}

static void write_sets(struct writer *writer, const struct analysis_group *group)
{
    writer_print(writer, "<details><summary>All %zu runs</summary>\n", group->run_count);
    page_tables_begin(writer, "Every run, in the order of the records",
                      "set|ranks|hosts|time|slowest shard|mean shard|merge|left out because");
    for (size_t i = 0; i < group->run_count && i < MOST_SETS; i++)
        write_set(writer, group->sets[i]);
    page_tables_end(writer);
    if (group->run_count > MOST_SETS)
        writer_print(writer, "<p>And %zu more.</p>\n", group->run_count - MOST_SETS);
    writer_text(writer, "</details>\n");
}

static void write_cell(struct writer *writer, const struct rank_cell *cell)
{
    char seconds[PHRASE_SIZE], factor[PHRASE_SIZE];
    if (cell->runs == 0) {
        writer_text(writer, "<td>–</td>");
        return;
    }
    writer_print(writer, "<td>%s<br>%s%s</td>", phrase_seconds(seconds, cell->seconds),
                 phrase_factor(factor, cell->speedup), cell->excluded ? " (left out)" : "");
}

static void write_grid(struct writer *writer, const struct rank_grid *grid)
{
    char caption[4 * PHRASE_SIZE], seconds[PHRASE_SIZE];
    struct writer columns = {0};
    snprintf(caption, sizeof caption,
             "Ranks by threads: time, and speed-up over %d rank%s of %d thread%s, %s",
             grid->base_ranks, phrase_plural(grid->base_ranks), grid->base_threads,
             phrase_plural(grid->base_threads), phrase_seconds(seconds, grid->base_seconds));
    writer_text(&columns, "ranks");
    for (size_t c = 0; c < grid->columns; c++)
        writer_print(&columns, "|%d thread%s", grid->threads[c], phrase_plural(grid->threads[c]));
    char *names = writer_take(&columns);
    page_tables_begin(writer, caption, names ? names : "");
    for (size_t r = 0; r < grid->rows; r++) {
        writer_print(writer, "<tr><th scope=\"row\">%d</th>", grid->ranks[r]);
        for (size_t c = 0; c < grid->columns; c++)
            write_cell(writer, &grid->cell[r][c]);
        writer_text(writer, "</tr>\n");
    }
    page_tables_end(writer);
    writer->failed = writer->failed || !names;
    free(names);
}

static void write_left_out(struct writer *writer, const struct rank_sets *sets)
{
    for (size_t i = 0; i < sets->left_out_count && i < MOST_SETS; i++) {
        writer_text(writer, "<p class=\"note\">");
        writer_html(writer, sets->left_out[i]);
        writer_text(writer, "</p>\n");
    }
    if (sets->left_out_count > MOST_SETS)
        writer_print(writer, "<p>And %zu more.</p>\n", sets->left_out_count - MOST_SETS);
}

static void write_tables(struct writer *writer, const struct analysis *ranks)
{
    struct rank_grid grid;
    for (size_t i = 0; i < ranks->ranks.family_count; i++)
        if (rank_parts_grid(&grid, &ranks->ranks.families[i]))
            write_grid(writer, &grid);
    for (size_t i = 0; i < ranks->group_count; i++) {
        const struct analysis_group *group = &ranks->groups[i];
        page_group_heading(writer, ranks, i);
        write_parts(writer, group);
        page_tables_write(writer, group);
        writer_text(writer, "<p>Made on ");
        writer_html(writer, group->host);
        writer_text(writer, ".</p>\n");
        write_sets(writer, group);
    }
}

bool page_ranks_write(struct writer *writer, const struct analysis *analysis, bool *drawn,
                      struct error *error)
{
    struct analysis ranks = analysis_of_axis(analysis, ANALYSIS_RANKS);
    if (ranks.group_count == 0 && analysis->sets.left_out_count == 0)
        return true;
    writer_text(writer, "<section id=\"nodes\"><h2>Across nodes</h2>\n");
    if (ranks.group_count > 0) {
        writer_text(writer,
                    "<p class=\"about\">Sharded runs: each rank is a process that makes one "
                    "shard, on a node of its own or not. A time is that of the ranks beside "
                    "each other: the slowest shard, plus the merge and the frozen list "
                    "where they were recorded.</p>\n");
        page_verdict_write(writer, &ranks);
        if (!page_figures_write(writer, &ranks, ANALYSIS_RANKS, drawn, error))
            return false;
        write_tables(writer, &ranks);
    }
    write_left_out(writer, &analysis->sets);
    writer_text(writer, "</section>\n");
    return true;
}
