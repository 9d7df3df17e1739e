#include "report/grouping.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/text.h"
#include "report/rank_sets.h"

/* What makes two rows comparable. The parts up to SHOWN can stand in a name; a --serial record has
 * no part from OPENMP on. */
enum part {
    PART_WHAT,
    PART_HASH, /* of the manifest: compared, too long to be shown */
    PART_OPTIONS,
    PART_SCALING,
    PART_HOST,
    PART_CPU,
    PART_VERSION,
    PART_SCHEDULE, /* the first that OpenMP was told */
    PART_BIND,
    PART_WAIT,
    PART_RUNTIME,
    PART_LIMITS,
    PART_COUNT
};

#define SHOWN_WIDTH 100 /* of one part in a name */

struct key {
    char *part[PART_COUNT];
    size_t row;
    bool serial;
};

bool grouping_is_serial(const struct readings *readings, size_t row)
{
    size_t index = readings->rows[row].record;
    if (index == READINGS_NO_RECORD)
        return false;
    const struct record *record = &readings->records[index];
    return record->serial || (record->kind && strcmp(record->kind, "serial") == 0);
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* The options without those that say how many threads there are, or none, and which shard: the
 * words are copied but for "--threads 4", "--threads=4", "-t 4", "-t4", "--shard 1/2" and
 * "--serial". */
static char *without_threads(const char *options)
{
    char *copy = strdup(or_empty(options)), *to = copy;
    if (!copy)
        return NULL;
    bool skip_value = false;
    for (const char *word = copy; *word;) {
        size_t gap = strspn(word, " "), length = strcspn(word + gap, " ");
        const char *start = word + gap;
        bool exact = (length == 9 && memcmp(start, "--threads", 9) == 0) ||
                     (length == 7 && memcmp(start, "--shard", 7) == 0) ||
                     (length == 2 && memcmp(start, "-t", 2) == 0);
        bool joined =
            (length > 10 && memcmp(start, "--threads=", 10) == 0) ||
            (length > 8 && memcmp(start, "--shard=", 8) == 0) ||
            (length > 2 && memcmp(start, "-t", 2) == 0 && start[2] >= '0' && start[2] <= '9') ||
            (length == 8 && memcmp(start, "--serial", 8) == 0);
        if (!exact && !joined && !skip_value && length > 0) {
            if (to != copy)
                *to++ = ' ';
            memmove(to, start, length);
            to += length;
        }
        skip_value = exact;
        word = start + length;
    }
    *to = '\0';
    return copy;
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

static bool is_weak(const struct record *record)
{
    return record->weak || (record->kind && strcmp(record->kind, "weak") == 0);
}

/* Whether the words of the command are those of `run`. */
static bool is_own(const struct record *record)
{
    static const char *const others[] = {"foreign", "bakery"};
    for (size_t i = 0; record->kind && i < sizeof others / sizeof *others; i++)
        if (strcmp(record->kind, others[i]) == 0)
            return false;
    return true;
}

/* Weak scaling gives every team a work load of its own: neither its size nor its hash may part the
 * runs. */
static char *what_of(const struct record *record)
{
    bool hashed = record->manifest_hash && *record->manifest_hash;
    if (hashed && !is_weak(record))
        return text("%lld items (%.12s)", (long long)record->items, record->manifest_hash);
    return is_own(record) ? without_threads(record->command) : strdup(or_empty(record->command));
}

static char *limits_of(const struct record *record)
{
    char cores[32] = "cores unknown", quota[48] = "";
    if (record->cores > 0)
        snprintf(cores, sizeof cores, "%lld cores", (long long)record->cores);
    if (record->cgroup_cpus > 0)
        snprintf(quota, sizeof quota, ", quota %.4g", record->cgroup_cpus);
    return text("%lld CPUs, %s%s", (long long)record->affinity_cpus, cores, quota);
}

static char *version_of(const struct record *record)
{
    return text("version %s%s%s", or_empty(record->tool_version),
                record->tool_git && *record->tool_git ? " " : "", or_empty(record->tool_git));
}

static void fill_openmp(struct key *key, const struct record *record)
{
    key->part[PART_SCHEDULE] = strdup(or_empty(record->schedule));
    key->part[PART_BIND] =
        text("%s%s%s", or_empty(record->bind), record->places && *record->places ? " " : "",
             or_empty(record->places));
    key->part[PART_WAIT] = strdup(or_empty(record->wait_policy));
    key->part[PART_RUNTIME] = strdup(or_empty(record->runtime));
    key->part[PART_LIMITS] = limits_of(record);
}

static char *scaling_of(const struct record *record)
{
    bool waiting = record->work && strcmp(record->work, "waiting") == 0;
    return text("%s%s%s", is_weak(record) ? "weak scaling" : "", waiting ? " waiting" : "",
                record->oversubscribe ? " oversubscribed" : "");
}

char *grouping_across(const struct record *record, bool whole)
{
    char *what = whole && !is_weak(record) && record->manifest_hash
                     ? text("%s", record->manifest_hash)
                 : whole ? without_threads(record->command)
                         : text("%s", "");
    char *parts[] = {what,
                     without_threads(record->options),
                     scaling_of(record),
                     text("%s", or_empty(record->cpu_model)),
                     version_of(record),
                     text("%s", or_empty(record->schedule)),
                     text("%s", or_empty(record->wait_policy)),
                     text("%s", or_empty(record->runtime))};
    size_t count = sizeof parts / sizeof *parts, there = 0;
    for (size_t i = 0; i < count; i++)
        there += parts[i] != NULL;
    /* Texts of records are escaped: none holds the separator. */
    char *key = there == count ? text("%s\n%s\n%s\n%s\n%s\n%s\n%s\n%s", parts[0], parts[1],
                                      parts[2], parts[3], parts[4], parts[5], parts[6], parts[7])
                               : NULL;
    for (size_t i = 0; i < count; i++)
        free(parts[i]);
    return key;
}

static bool fill_key(struct key *key, const struct readings *readings, size_t row)
{
    size_t index = readings->rows[row].record;
    key->row = row;
    key->serial = grouping_is_serial(readings, row);
    if (index == READINGS_NO_RECORD) {
        key->part[PART_WHAT] = strdup(readings->rows[row].name);
    } else {
        const struct record *record = &readings->records[index];
        key->part[PART_WHAT] = what_of(record);
        key->part[PART_HASH] = strdup(is_weak(record) ? "" : or_empty(record->manifest_hash));
        key->part[PART_OPTIONS] = without_threads(record->options);
        key->part[PART_SCALING] = scaling_of(record);
        key->part[PART_HOST] = strdup(or_empty(record->host_name));
        key->part[PART_CPU] = strdup(or_empty(record->cpu_model));
        key->part[PART_VERSION] = version_of(record);
        if (!key->serial)
            fill_openmp(key, record);
    }
    size_t kept = 0;
    for (int i = 0; i < PART_COUNT; i++) {
        bool optional =
            index == READINGS_NO_RECORD ? i > PART_WHAT : key->serial && i >= PART_SCHEDULE;
        if (!key->part[i] && optional)
            key->part[i] = strdup("");
        kept += key->part[i] != NULL;
    }
    return kept == PART_COUNT;
}

static int compare_parts(const struct key *a, const struct key *b, int parts)
{
    for (int i = 0; i < parts; i++) {
        int order = strcmp(a->part[i], b->part[i]);
        if (order)
            return order;
    }
    return 0;
}

/* By key, and within equal ones by row. */
static int compare_keys(const void *x, const void *y)
{
    const struct key *a = x, *b = y;
    int order = compare_parts(a, b, PART_COUNT);
    return order ? order : a->row < b->row ? -1 : a->row > b->row;
}

/* What the groups are made of: `first` is the key that stands for each. */
struct maker {
    struct key *keys; /* sorted by compare_keys: groups are stretches of equal ones */
    size_t count;
    struct grouping *grouping;
    const struct key **first; /* of each group */
};

static int compare_first(const void *x, const void *y)
{
    const struct key *const *a = x, *const *b = y;
    return (*a)->row < (*b)->row ? -1 : (*a)->row > (*b)->row;
}

/* Finds the stretches and puts them in the order of their first rows. */
static size_t find_groups(struct maker *maker)
{
    size_t found = 0;
    for (size_t i = 0; i < maker->count; i++)
        if (!maker->keys[i].serial &&
            (i == 0 || compare_parts(&maker->keys[i - 1], &maker->keys[i], PART_COUNT) != 0))
            maker->first[found++] = &maker->keys[i];
    /* Only --serial records: one group says so. */
    if (found == 0 && maker->count > 0)
        maker->first[found++] = &maker->keys[0];
    qsort(maker->first, found, sizeof *maker->first, compare_first);
    return found;
}

static bool fill_rows(struct maker *maker, size_t which)
{
    struct grouping_group *group = &maker->grouping->groups[which];
    const struct key *first = maker->first[which], *end = maker->keys + maker->count;
    size_t length = 0;
    while (!first->serial && first + length < end &&
           compare_parts(first, first + length, PART_COUNT) == 0)
        length++;
    group->rows = calloc(length + 1, sizeof *group->rows);
    if (!group->rows)
        return false;
    for (size_t i = 0; i < length; i++)
        group->rows[group->row_count++] = first[i].row;
    return true;
}

static bool fill_serial(struct maker *maker, size_t which, const struct readings *readings)
{
    struct grouping_group *group = &maker->grouping->groups[which];
    size_t found = 0;
    for (size_t i = 0; i < maker->count; i++)
        found += maker->keys[i].serial;
    group->serial = calloc(found + 1, sizeof *group->serial);
    if (!group->serial)
        return false;
    for (size_t i = 0; i < maker->count && found; i++)
        if (maker->keys[i].serial &&
            compare_parts(maker->first[which], &maker->keys[i], PART_SCHEDULE) == 0 &&
            !readings->records[readings->rows[maker->keys[i].row].record].contaminated)
            group->serial[group->serial_count++] = readings->rows[maker->keys[i].row].seconds;
    return true;
}

/* Whether the part differs among the groups, so that it helps to tell them apart. */
static bool differs(const struct maker *maker, int part)
{
    for (size_t i = 1; i < maker->grouping->count; i++)
        if (strcmp(maker->first[0]->part[part], maker->first[i]->part[part]) != 0)
            return true;
    return false;
}

static char *name_of(const struct maker *maker, size_t which, const bool *telling)
{
    char *name = NULL;
    size_t size;
    FILE *stream = open_memstream(&name, &size);
    if (!stream)
        return NULL;
    bool cut = false;
    for (int i = 0; i < PART_COUNT; i++) {
        const char *part = maker->first[which]->part[i];
        if (!*part || i == PART_HASH || (i != PART_WHAT && !telling[i]))
            continue;
        int width = (int)escape_cut(part, SHOWN_WIDTH);
        cut = cut || part[width];
        fprintf(stream, "%s%.*s%s", i ? ", " : "", width, part, part[width] ? "..." : "");
    }
    /* Names that were cut, or hashes alike at their beginning, may be equal: the number is not. */
    if (cut || telling[PART_HASH])
        fprintf(stream, " [%zu]", which + 1);
    return text_close(stream, &name);
}

static bool fill_groups(struct maker *maker, const struct readings *readings)
{
    bool telling[PART_COUNT];
    for (int i = 0; i < PART_COUNT; i++)
        telling[i] = i == PART_OPTIONS || i == PART_SCHEDULE || differs(maker, i);
    for (size_t i = 0; i < maker->grouping->count; i++) {
        struct grouping_group *group = &maker->grouping->groups[i];
        const struct key *first = maker->first[i];
        group->name = name_of(maker, i, telling);
        group->host = strdup(first->part[PART_HOST]);
        group->what = text("%s%s%s", first->part[PART_WHAT], *first->part[PART_OPTIONS] ? " " : "",
                           first->part[PART_OPTIONS]);
        if (!group->name || !group->host || !group->what || !fill_rows(maker, i) ||
            !fill_serial(maker, i, readings))
            return false;
    }
    return true;
}

/* What is part of a sharded run is no run: its wall time compares with no other. */
static bool is_run(const struct readings *readings, size_t row)
{
    size_t index = readings->rows[row].record;
    return index == READINGS_NO_RECORD || !rank_sets_is_part(&readings->records[index]);
}

bool grouping_make(struct grouping *grouping, const struct readings *readings)
{
    *grouping = (struct grouping){0};
    struct maker maker = {.grouping = grouping};
    maker.keys = calloc(readings->count + 1, sizeof *maker.keys);
    maker.first = calloc(readings->count + 1, sizeof *maker.first);
    bool ok = maker.keys && maker.first;
    for (size_t i = 0; ok && i < readings->count; i++)
        if (is_run(readings, i))
            ok = fill_key(&maker.keys[maker.count++], readings, i);
    if (ok) {
        qsort(maker.keys, maker.count, sizeof *maker.keys, compare_keys);
        size_t found = find_groups(&maker);
        grouping->groups = calloc(found + 1, sizeof *grouping->groups);
        ok = grouping->groups != NULL;
        grouping->count = ok ? found : 0;
        ok = ok && fill_groups(&maker, readings);
    }
    for (size_t i = 0; maker.keys && i < readings->count; i++)
        for (int part = 0; part < PART_COUNT; part++)
            free(maker.keys[i].part[part]);
    free(maker.keys);
    free(maker.first);
    if (!ok)
        grouping_free(grouping);
    return ok;
}

void grouping_free(struct grouping *grouping)
{
    for (size_t i = 0; i < grouping->count; i++) {
        struct grouping_group *group = &grouping->groups[i];
        free(group->name);
        free(group->host);
        free(group->what);
        free(group->rows);
        free(group->serial);
    }
    free(grouping->groups);
    *grouping = (struct grouping){0};
}
