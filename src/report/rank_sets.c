#include "report/rank_sets.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/rank_crowd.h"
#include "report/rank_ties.h"
#include "report/runs.h"

#define NS         1e-9
#define SET_SHOWN  40 /* bytes of a set's name */
#define MOST_NAMED 8  /* missing shards that are named */

/* A record of a shard, and which place in the files it had. */
struct part {
    const struct record *record;
    size_t order;
};

static bool is_kind(const struct record *record, const char *kind)
{
    return record->kind && strcmp(record->kind, kind) == 0;
}

static bool is_shard(const struct record *record)
{
    return record->shards > 0 && !is_kind(record, "merge") && !is_kind(record, "manifest");
}

bool rank_sets_is_part(const struct record *record)
{
    return record->shards > 0 || is_kind(record, "merge") || is_kind(record, "manifest");
}

__attribute__((format(printf, 1, 2))) static char *text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *result = NULL;
    if (vasprintf(&result, format, args) < 0)
        result = NULL;
    va_end(args);
    return result;
}

/* Takes the sentence over; false when there is none. */
static bool leave_out(struct rank_sets *sets, char *why)
{
    char **grown = why ? realloc(sets->left_out, (sets->left_out_count + 1) * sizeof *grown) : NULL;
    if (!grown) {
        free(why);
        return false;
    }
    sets->left_out = grown;
    sets->left_out[sets->left_out_count++] = why;
    return true;
}

static int by_set_and_shard(const void *x, const void *y)
{
    const struct part *a = x, *b = y;
    int order = strcmp(a->record->set, b->record->set);
    if (!order)
        order = (a->record->shard > b->record->shard) - (a->record->shard < b->record->shard);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static bool same_text(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "") == 0;
}

static double startup_of(const struct record *record)
{
    double region = 0;
    for (size_t i = 0; i < record->phase_count; i++)
        if (record->phases[i].parallel)
            region += (double)record->phases[i].wall_ns * NS;
    double rest = (double)record->wall_ns * NS - region;
    return region > 0 && rest >= 0 ? rest : NAN;
}

static double busiest(const struct record *record)
{
    double most = NAN;
    for (size_t t = 0; t < record->thread_count; t++)
        most = fmax(most, (double)record->threads[t].busy_ns * NS);
    return most >= 0 ? most : NAN;
}

static void add_go(struct rank_shard *shard, const struct record *record)
{
    bool first = shard->goes++ == 0;
    shard->record = record;
    shard->seconds += (double)record->wall_ns * NS;
    shard->startup = startup_of(record) + (first ? 0 : shard->startup);
    shard->busy = busiest(record) + (first ? 0 : shard->busy);
}

static int64_t team_of(const struct record *record)
{
    return record->serial ? 1 : record->delivered > 0 ? record->delivered : record->requested;
}

/* Names the first of the shards that have no record; `parts` are sorted by shard. */
static char *missing(const struct part *parts, size_t count, int64_t n, int64_t there)
{
    char names[MOST_NAMED * 24] = "";
    int64_t next = 1, named = 0;
    for (size_t i = 0; i <= count && named < MOST_NAMED; i++) {
        int64_t end = i < count ? parts[i].record->shard : n + 1;
        for (; next < end && named < MOST_NAMED; next++, named++)
            snprintf(names + strlen(names), sizeof names - strlen(names), "%s%lld",
                     named ? ", " : "", (long long)next);
        next = end + 1 > next ? end + 1 : next;
    }
    return text("it lacks the records of %lld of %lld shards: %s%s", (long long)(n - there),
                (long long)n, names, n - there > MOST_NAMED ? ", ..." : "");
}

/* What two records of one set do not agree on, or NULL. */
static const char *difference(const struct record *a, const struct record *b)
{
    return a->shards != b->shards                           ? "the number of shards"
           : team_of(a) != team_of(b)                       ? "the number of threads"
           : !same_text(a->manifest_hash, b->manifest_hash) ? "the inputs"
           : !same_text(a->options, b->options)             ? "the options"
                                                            : NULL;
}

/* Why the records of one name are no set, or NULL; *memory is false where it ran out. */
static char *flaw_of(const struct part *parts, size_t count, bool *memory)
{
    const struct record *first = parts[0].record;
    int64_t n = first->shards, there = 0;
    char *flaw = NULL;
    for (size_t i = 0; i < count && !flaw && *memory; i++) {
        const struct record *record = parts[i].record;
        const char *differs = difference(record, first);
        there += i == 0 || parts[i - 1].record->shard != record->shard;
        if (differs)
            flaw = text("its records do not agree on %s", differs);
        else if (record->shard < 1 || record->shard > n)
            flaw = text("a record calls itself shard %lld of %lld", (long long)record->shard,
                        (long long)n);
        *memory = flaw || !(differs || record->shard < 1 || record->shard > n);
    }
    if (!flaw && *memory && there < n) {
        flaw = missing(parts, count, n, there);
        *memory = flaw != NULL;
    }
    return flaw;
}

static void sum_up(struct rank_set *set)
{
    set->slowest = set->mean = set->startup = 0;
    for (size_t i = 0; i < set->ranks; i++) {
        set->slowest = fmax(set->slowest, set->shards[i].seconds);
        set->mean += set->shards[i].seconds / (double)set->ranks;
        set->startup += set->shards[i].startup / (double)set->ranks;
    }
    set->seconds = set->freeze + set->slowest + set->merge;
}

/* Whether the run took its inputs from a frozen list; where its command is not known, yes. */
static bool took_frozen(const struct record *record)
{
    return !record->command || strstr(record->command, "--manifest") != NULL;
}

/* What sets are made from. */
struct maker {
    struct rank_sets *sets;
    const struct readings *readings;
    struct rank_ties merges, freezings;
    bool include_smt;
};

/* Adds what went before and after; gives the merge if it was disturbed, else NULL. A list is frozen
 * once for many sets, all of which would be lost with a disturbed one: its time is taken as it is,
 * and stands in a column of its own. */
static const struct record *add_around(struct rank_set *set, const struct maker *maker)
{
    const struct record *first = set->shards[0].record;
    const struct record *merge = rank_ties_last(&maker->merges, set->id);
    const struct record *freeze =
        took_frozen(first) ? rank_ties_last(&maker->freezings, first->manifest_hash) : NULL;
    set->merge_known = merge != NULL;
    set->freeze_known = freeze != NULL;
    set->merge = merge ? (double)merge->wall_ns * NS : 0;
    set->freeze = freeze ? (double)freeze->wall_ns * NS : 0;
    return merge && merge->contaminated ? merge : NULL;
}

/* The first reason why the set takes no part in the fits. False: no memory. */
static bool judge(struct rank_set *set, const struct record *around, bool include_smt)
{
    struct rank_crowd crowd = {0};
    bool keeps = runs_keeps_crowded(set->shards[0].record);
    if (!rank_crowd_hosts(&set->hosts, set) || (!keeps && !rank_crowd_find(&crowd, set)))
        return false;
    if (crowd.ranks > 0) {
        set->why =
            text("%zu ranks of %d thread%s shared %lld core%s%s%.60s", crowd.ranks, set->threads,
                 set->threads == 1 ? "" : "s", (long long)crowd.cores, crowd.cores == 1 ? "" : "s",
                 crowd.host ? " of " : "", crowd.host ? crowd.host : "");
        return set->why != NULL;
    }
    for (size_t i = 0; i < set->ranks; i++) {
        const struct rank_shard *shard = &set->shards[i];
        const char *why = runs_excluded(shard->record, set->threads, include_smt);
        if (shard->goes > 1)
            set->why = text("shard %zu was made in %d goes", i + 1, shard->goes);
        else if (why && set->id)
            set->why = text("shard %zu: %s", i + 1, why);
        else if (why)
            set->why = text("%s", why);
        if (shard->goes > 1 || why)
            return set->why != NULL;
    }
    if (around)
        set->why = text("%s: %s", around->kind,
                        around->why && *around->why ? around->why : "other work disturbed it");
    return !around || set->why;
}

/* Appends an empty set of n ranks of the team of `record`. NULL: no memory. */
static struct rank_set *add_set(struct rank_sets *sets, const struct record *record, size_t n)
{
    struct rank_set *grown = realloc(sets->sets, (sets->count + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    sets->sets = grown;
    struct rank_set *set = &sets->sets[sets->count];
    *set = (struct rank_set){.ranks = n, .threads = (int)team_of(record)};
    set->shards = calloc(n, sizeof *set->shards);
    sets->count += set->shards != NULL;
    return set->shards ? set : NULL;
}

static int64_t rows_of(const struct rank_set *set)
{
    const struct record *first = set->shards[0].record;
    int64_t rows = 0;
    if (first->set_rows > 0)
        return first->set_rows;
    for (size_t i = 0; i < set->ranks; i++) {
        int64_t own = set->id ? set->shards[i].record->rows : set->shards[i].record->items;
        if (own <= 0 || rows > RECORD_MOST_COUNT - own)
            return 0;
        rows += own;
    }
    return rows;
}

/* What is known once its shards are there. */
static bool finish(const struct maker *maker, struct rank_set *set)
{
    set->rows = rows_of(set);
    const struct record *bad = add_around(set, maker);
    sum_up(set);
    return judge(set, bad, maker->include_smt);
}

static bool add_parts(const struct maker *maker, const struct part *parts, size_t count)
{
    bool memory = true;
    const char *id = parts[0].record->set;
    char *flaw = flaw_of(parts, count, &memory);
    if (!memory)
        return false;
    if (flaw) {
        bool cut = strlen(id) > SET_SHOWN;
        bool ok = leave_out(maker->sets,
                            text("Set %.*s%s is left out: %s.", (int)escape_cut(id, SET_SHOWN), id,
                                 cut ? "..." : "", flaw));
        free(flaw);
        return ok;
    }
    struct rank_set *set = add_set(maker->sets, parts[0].record, (size_t)parts[0].record->shards);
    if (!set)
        return false;
    set->id = id;
    for (size_t i = 0; i < count; i++)
        add_go(&set->shards[parts[i].record->shard - 1], parts[i].record);
    return finish(maker, set);
}

/* A run of its own, of the kind that shards are of. */
static bool add_single(const struct maker *maker, const struct record *record)
{
    struct rank_set *set = add_set(maker->sets, record, 1);
    if (!set)
        return false;
    add_go(&set->shards[0], record);
    return finish(maker, set);
}

static bool is_single(const struct record *record)
{
    return !rank_sets_is_part(record) && !record->serial && team_of(record) > 0 &&
           (!record->kind || is_kind(record, "run") || is_kind(record, "weak") ||
            is_kind(record, "bakery"));
}

/* The records of shards, sorted. NULL: no memory. */
static struct part *parts_of(const struct readings *readings, size_t *count, size_t *nameless)
{
    struct part *parts = calloc(readings->record_count + 1, sizeof *parts);
    *count = *nameless = 0;
    for (size_t i = 0; parts && i < readings->record_count; i++) {
        const struct record *record = &readings->records[i];
        if (is_shard(record) && record->set && *record->set)
            parts[(*count)++] = (struct part){record, i};
        else
            *nameless += is_shard(record);
    }
    if (parts)
        qsort(parts, *count, sizeof *parts, by_set_and_shard);
    return parts;
}

static bool add_all(const struct maker *maker, const struct part *parts, size_t count)
{
    const struct readings *readings = maker->readings;
    bool ok = true;
    for (size_t first = 0, end; ok && first < count; first = end) {
        for (end = first + 1; end < count; end++)
            if (strcmp(parts[end].record->set, parts[first].record->set) != 0)
                break;
        ok = add_parts(maker, parts + first, end - first);
    }
    bool any = maker->sets->count > 0;
    for (size_t i = 0; ok && any && i < readings->record_count; i++)
        if (is_single(&readings->records[i]))
            ok = add_single(maker, &readings->records[i]);
    return ok;
}

bool rank_sets_make(struct rank_sets *sets, const struct readings *readings, bool include_smt)
{
    struct maker maker = {.sets = sets, .readings = readings, .include_smt = include_smt};
    size_t count, nameless;
    *sets = (struct rank_sets){0};
    struct part *parts = parts_of(readings, &count, &nameless);
    bool ok = parts && rank_ties_merges(&maker.merges, readings) &&
              rank_ties_freezings(&maker.freezings, readings) && add_all(&maker, parts, count);
    if (ok && nameless)
        ok =
            leave_out(sets, text("%zu record%s of shards %s left out: without the name of a set "
                                 "nobody knows what belongs together.",
                                 nameless, nameless == 1 ? "" : "s", nameless == 1 ? "is" : "are"));
    free(parts);
    rank_ties_free(&maker.merges);
    rank_ties_free(&maker.freezings);
    return ok;
}

void rank_sets_free(struct rank_sets *sets)
{
    for (size_t i = 0; i < sets->count; i++) {
        free(sets->sets[i].shards);
        free(sets->sets[i].why);
    }
    for (size_t i = 0; i < sets->left_out_count; i++)
        free(sets->left_out[i]);
    free(sets->sets);
    free(sets->left_out);
    *sets = (struct rank_sets){0};
}
