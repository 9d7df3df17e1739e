#include "report/ranks.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "report/grouping.h"

#define SHOWN_WIDTH 100 /* bytes of one part in a name */

struct key {
    const struct rank_set *set;
    char *whole, *work; /* with the inputs and without; of weak runs both without */
    double rows;        /* a rank; 0 unknown */
    size_t order;
    bool weak;  /* the record says so */
    bool taken; /* by a weak group that was found */
};

struct maker {
    struct key *keys;
    const struct key **sorted;
    size_t count;
    struct ranks *ranks;
};

static bool is_weak(const struct record *record)
{
    return record->weak || (record->kind && strcmp(record->kind, "weak") == 0);
}

static const struct record *record_of(const struct rank_set *set)
{
    return set->shards[0].record;
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

static bool fill_key(struct key *key, const struct rank_set *set, size_t order)
{
    const struct record *record = record_of(set);
    key->set = set;
    key->order = order;
    key->weak = is_weak(record);
    key->rows = (double)set->rows / (double)set->ranks;
    key->work = grouping_across(record, false);
    key->whole = grouping_across(record, !key->weak);
    return key->work && key->whole;
}

static int by_order(const struct key *a, const struct key *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int by_whole(const void *x, const void *y)
{
    const struct key *a = *(const struct key *const *)x, *b = *(const struct key *const *)y;
    int order = strcmp(a->whole, b->whole);
    if (!order)
        order = (a->set->threads > b->set->threads) - (a->set->threads < b->set->threads);
    return order ? order : by_order(a, b);
}

static int by_rows(const void *x, const void *y)
{
    const struct key *a = *(const struct key *const *)x, *b = *(const struct key *const *)y;
    int order = strcmp(a->work, b->work);
    if (!order)
        order = (a->set->threads > b->set->threads) - (a->set->threads < b->set->threads);
    if (!order)
        order = (a->rows > b->rows) - (a->rows < b->rows);
    return order ? order : by_order(a, b);
}

/* Whether there is a sharded run among them, and more than one number of ranks. */
static bool has_shards(const struct key *const *keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (keys[i]->set->id)
            return true;
    return false;
}

static bool has_curve(const struct key *const *keys, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (keys[i]->set->ranks != keys[0]->set->ranks)
            return true;
    return false;
}

static char *what_of(const struct key *key, enum ranks_scaling scaling)
{
    const struct record *record = record_of(key->set);
    const char *options = record->options ? record->options : "", *hash = record->manifest_hash;
    const char *before = *options ? " " : "";
    if (scaling == RANKS_WEAK_FOUND)
        return text("about %.0f items a rank%s%s", key->rows, before, options);
    if (scaling == RANKS_STRONG && hash && *hash)
        return text("%lld items (%.12s)%s%s", (long long)key->set->rows, hash, before, options);
    return text("%s%s%s", record->command ? record->command : "", before, options);
}

static int in_order(const void *x, const void *y)
{
    const struct rank_set *a = *(const struct rank_set *const *)x;
    const struct rank_set *b = *(const struct rank_set *const *)y;
    return (a > b) - (a < b);
}

static bool add_group(struct maker *maker, const struct key *const *keys, size_t count,
                      enum ranks_scaling scaling)
{
    struct ranks *ranks = maker->ranks;
    struct ranks_group *grown = realloc(ranks->groups, (ranks->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    ranks->groups = grown;
    struct ranks_group *group = &ranks->groups[ranks->count++];
    *group = (struct ranks_group){.scaling = scaling,
                                  .threads = keys[0]->set->threads,
                                  .what = what_of(keys[0], scaling),
                                  .sets = calloc(count, sizeof *group->sets)};
    if (!group->what || !group->sets)
        return false;
    for (size_t i = 0; i < count; i++)
        group->sets[group->count++] = keys[i]->set;
    qsort(group->sets, count, sizeof *group->sets, in_order);
    return true;
}

/* Sets of equal work whose rows a rank are the same, with at least two numbers of ranks. Sorted by
 * rows, so that a group begins where the last one ended. */
static bool find_weak(struct maker *maker)
{
    qsort(maker->sorted, maker->count, sizeof *maker->sorted, by_rows);
    for (size_t first = 0, end; first < maker->count; first = end) {
        const struct key *key = maker->sorted[first];
        for (end = first + 1; end < maker->count; end++) {
            const struct key *next = maker->sorted[end];
            if (strcmp(next->work, key->work) != 0 || next->set->threads != key->set->threads ||
                next->rows > key->rows * (1 + RANKS_SAME_ROWS))
                break;
        }
        const struct key *const *keys = maker->sorted + first;
        if (key->weak || !(key->rows > 0) || !has_curve(keys, end - first) ||
            !has_shards(keys, end - first))
            continue;
        for (size_t i = first; i < end; i++)
            maker->keys[maker->sorted[i]->order].taken = true;
        if (!add_group(maker, keys, end - first, RANKS_WEAK_FOUND))
            return false;
    }
    return true;
}

/* A single number of ranks tells nothing of its own where it is a point of a weak group. */
static bool is_told(const struct key *const *keys, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = all && keys[i]->taken;
    return all && !has_curve(keys, count);
}

static bool find_strong(struct maker *maker)
{
    qsort(maker->sorted, maker->count, sizeof *maker->sorted, by_whole);
    for (size_t first = 0, end; first < maker->count; first = end) {
        const struct key *key = maker->sorted[first];
        for (end = first + 1; end < maker->count; end++)
            if (strcmp(maker->sorted[end]->whole, key->whole) != 0 ||
                maker->sorted[end]->set->threads != key->set->threads)
                break;
        const struct key *const *keys = maker->sorted + first;
        if (has_shards(keys, end - first) && !is_told(keys, end - first) &&
            !add_group(maker, keys, end - first, key->weak ? RANKS_WEAK_SAID : RANKS_STRONG))
            return false;
    }
    return true;
}

static bool add_family(struct ranks *ranks, const struct key *const *keys, size_t count)
{
    struct ranks_family *grown =
        realloc(ranks->families, (ranks->family_count + 1) * sizeof *grown);
    if (!grown)
        return false;
    ranks->families = grown;
    struct ranks_family *family = &ranks->families[ranks->family_count++];
    *family = (struct ranks_family){.sets = calloc(count, sizeof *family->sets)};
    if (!family->sets)
        return false;
    for (size_t i = 0; i < count; i++)
        family->sets[family->count++] = keys[i]->set;
    return true;
}

/* Sorted by whole key and threads, as find_strong leaves them. */
static bool find_families(struct maker *maker)
{
    for (size_t first = 0, end; first < maker->count; first = end) {
        const struct key *key = maker->sorted[first];
        for (end = first + 1; end < maker->count; end++)
            if (strcmp(maker->sorted[end]->whole, key->whole) != 0)
                break;
        const struct key *const *keys = maker->sorted + first;
        bool teams = key->set->threads != maker->sorted[end - 1]->set->threads;
        if (!key->weak && teams && has_curve(keys, end - first) && has_shards(keys, end - first) &&
            !add_family(maker->ranks, keys, end - first))
            return false;
    }
    return true;
}

static int by_first(const void *x, const void *y)
{
    const struct ranks_group *a = x, *b = y;
    if (a->sets[0] != b->sets[0])
        return a->sets[0] < b->sets[0] ? -1 : 1;
    return (a->scaling > b->scaling) - (a->scaling < b->scaling);
}

/* The number stands in every name but a lone one: CPU, version and the like may be what tells two
 * apart, and are long. */
static bool fill_names(struct ranks *ranks)
{
    for (size_t i = 0; i < ranks->count; i++) {
        struct ranks_group *group = &ranks->groups[i];
        int width = (int)escape_cut(group->what, SHOWN_WIDTH);
        group->name =
            text("%.*s%s, ranks of %d thread%s", width, group->what,
                 group->what[width] ? "..." : "", group->threads, group->threads == 1 ? "" : "s");
        if (group->name && ranks->count > 1) {
            char *numbered = text("%s [%zu]", group->name, i + 1);
            free(group->name);
            group->name = numbered;
        }
        if (!group->name)
            return false;
    }
    return true;
}

bool ranks_make(struct ranks *ranks, const struct rank_sets *sets)
{
    *ranks = (struct ranks){0};
    struct maker maker = {.ranks = ranks, .count = sets->count};
    maker.keys = calloc(sets->count + 1, sizeof *maker.keys);
    maker.sorted = calloc(sets->count + 1, sizeof *maker.sorted);
    bool ok = maker.keys && maker.sorted;
    for (size_t i = 0; ok && i < sets->count; i++) {
        ok = fill_key(&maker.keys[i], &sets->sets[i], i);
        maker.sorted[i] = &maker.keys[i];
    }
    ok = ok && find_weak(&maker) && find_strong(&maker) && find_families(&maker);
    if (ok && ranks->count > 0) {
        qsort(ranks->groups, ranks->count, sizeof *ranks->groups, by_first);
        ok = fill_names(ranks);
    }
    for (size_t i = 0; maker.keys && i < sets->count; i++) {
        free(maker.keys[i].whole);
        free(maker.keys[i].work);
    }
    free(maker.keys);
    free(maker.sorted);
    return ok;
}

void ranks_free(struct ranks *ranks)
{
    for (size_t i = 0; i < ranks->count; i++) {
        free(ranks->groups[i].name);
        free(ranks->groups[i].what);
        free(ranks->groups[i].sets);
    }
    for (size_t i = 0; i < ranks->family_count; i++)
        free(ranks->families[i].sets);
    free(ranks->families);
    free(ranks->groups);
    *ranks = (struct ranks){0};
}

/* The region is what the slowest shard works beyond what each does over again, so that the
 * imbalance is between whole shards. */
static struct study_account account_of(const struct rank_set *set)
{
    double region = set->slowest - set->startup, mean = set->mean - set->startup;
    return (struct study_account){.known = isfinite(set->startup) && mean > 0,
                                  .serial = set->freeze + set->merge + set->startup,
                                  .region = region,
                                  .max_busy = region,
                                  .mean_busy = mean};
}

struct study_run ranks_run(const struct rank_set *set, double one)
{
    return (struct study_run){.threads = (int)set->ranks,
                              .seconds = set->seconds,
                              .excluded = set->why != NULL,
                              .why = set->why,
                              .scale = one > 0 && set->rows > 0 ? (double)set->rows / one : 1,
                              .capacity = NAN,
                              .account = account_of(set)};
}

double ranks_rows_of_one(const struct ranks_group *group)
{
    double sum = 0, each = 0;
    size_t ones = 0;
    for (size_t i = 0; i < group->count; i++) {
        double rows = (double)group->sets[i]->rows;
        if (rows <= 0)
            return 0;
        sum += group->sets[i]->ranks == 1 ? rows : 0;
        ones += group->sets[i]->ranks == 1;
        each += rows / (double)group->sets[i]->ranks / (double)group->count;
    }
    return ones ? sum / (double)ones : each;
}
