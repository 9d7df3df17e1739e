/*
 * figures_shards: how long each shard of one sharded run took. Few are bars with their hosts, many
 * a curve of sorted times.
 */
#include "report/figures_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/phrase.h"
#include "report/rank_parts.h"

#define MOST_BARS   64   /* more cannot be told apart */
#define MOST_ROWS   16   /* of a terminal */
#define MOST_STEPS  1000 /* points of the sorted curve: as many as pixels */
#define NAME_WIDE   18   /* characters of a host beside its bar */
#define NAME_NARROW 9

const struct rank_set *figures_shards_set(const struct analysis *analysis,
                                          const struct analysis_group **group)
{
    const struct rank_set *best = NULL;
    for (size_t g = 0; g < analysis->group_count; g++) {
        const struct rank_set *set = analysis->groups[g].axis == ANALYSIS_RANKS
                                         ? rank_parts_shown(&analysis->groups[g])
                                         : NULL;
        bool better = set && (!best || (!set->why && best->why) ||
                              (!set->why == !best->why && set->ranks > best->ranks));
        if (better && group)
            *group = &analysis->groups[g];
        best = better ? set : best;
    }
    return best;
}

bool figures_shards_possible(const struct analysis_group *group)
{
    return group->axis == ANALYSIS_RANKS && rank_parts_shown(group);
}

static int by_seconds(const void *x, const void *y)
{
    const struct rank_shard *a = *(const struct rank_shard *const *)x;
    const struct rank_shard *b = *(const struct rank_shard *const *)y;
    return (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

static void write_times(struct writer *writer, size_t place, const struct rank_shard *shard)
{
    double busy = isfinite(shard->busy) ? fmin(shard->busy, shard->seconds) : 0;
    writer_print(writer, "%zu %.7g %.7g", place, shard->seconds, busy);
}

static size_t slowest_of(const struct rank_set *set)
{
    size_t slowest = 0;
    for (size_t i = 0; i < set->ranks; i++)
        slowest = set->shards[i].seconds > set->shards[slowest].seconds ? i : slowest;
    return slowest;
}

/* As many of the sorted shards as there are pixels, the slowest among them. */
static void write_sorted(struct writer *writer, const struct rank_set *set)
{
    const struct rank_shard **sorted = calloc(set->ranks, sizeof *sorted);
    if (!sorted) {
        writer->failed = true;
        return;
    }
    for (size_t i = 0; i < set->ranks; i++)
        sorted[i] = &set->shards[i];
    qsort(sorted, set->ranks, sizeof *sorted, by_seconds);
    size_t steps = set->ranks < MOST_STEPS ? set->ranks : MOST_STEPS;
    for (size_t s = 0; s < steps; s++) {
        size_t i = steps > 1 ? s * (set->ranks - 1) / (steps - 1) : 0;
        write_times(writer, i + 1, sorted[i]);
        writer_text(writer, "\n");
    }
    free(sorted);
}

/* "12 node7" beside each bar: names are data, in single quotes. Gives the longest one's length. */
static size_t write_names(struct writer *writer, const struct rank_set *set, size_t width)
{
    size_t longest = 0;
    for (size_t i = 0; i < set->ranks; i++) {
        const char *host = set->shards[i].record->host_name;
        char name[128];
        snprintf(name, sizeof name, "%zu %.*s", i + 1, host ? (int)escape_cut(host, 100) : 0,
                 host ? host : "");
        writer_print(writer, "text_shard%zu = ", i + 1);
        writer_quote(writer, name, width);
        writer_text(writer, "\n");
        size_t length = strlen(name) < width ? strlen(name) : width;
        longest = length > longest ? length : longest;
    }
    return longest;
}

static void write_block(struct writer *writer, const struct rank_set *set, bool sorted)
{
    size_t slowest = slowest_of(set);
    writer_text(writer, "# place, seconds, busy seconds of the slowest thread, 1 at the slowest "
                        "shard\n$SHARDS << EOD\n");
    if (sorted)
        write_sorted(writer, set);
    for (size_t i = 0; i < set->ranks && !sorted; i++) {
        write_times(writer, i + 1, &set->shards[i]);
        writer_print(writer, " %d\n", i == slowest);
    }
    writer_text(writer, "EOD\n");
}

void figures_shards_write(struct writer *writer, const struct analysis *analysis,
                          const struct figures_form *form)
{
    const struct rank_set *set = figures_shards_set(analysis, NULL);
    char text[PHRASE_SIZE];
    if (!set) {
        writer->failed = true;
        return;
    }
    bool sorted = set->ranks > (form->target == FIGURES_TERMINAL ? MOST_ROWS : MOST_BARS);
    size_t longest = 0;
    write_block(writer, set, sorted);
    if (!sorted)
        longest = write_names(writer, set, form->target == FIGURES_PHONE ? NAME_NARROW : NAME_WIDE);
    writer_print(writer,
                 "sorted = %d; shards = %zu; longest_name = %zu; longest = %.7g; mean = %.7g\n"
                 "slowest_place = %zu\n",
                 sorted, set->ranks, longest, set->slowest, set->mean, slowest_of(set) + 1);
    writer_print(writer, "text_mean = 'mean %s'\n", phrase_seconds(text, set->mean));
    writer_print(writer, "text_slowest = '%s'\n", phrase_seconds(text, set->slowest));
    writer_print(writer, "text_more = '+%.3g %%'\n", 100 * (set->slowest / set->mean - 1));
}
