#include "report/rank_crowd.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Starts are known to the second, so that shards made one after the other may seem to overlap by as
 * much. */
#define BLURRED 1.0

/* Ranks at once on one host that are looked at; more are as crowded as these. */
#define MOST_AT_ONCE 1024

struct stay {
    const struct rank_shard *shard;
    const char *host;
    double from, to;
};

static const char *host_of(const struct rank_shard *shard)
{
    return shard->record->host_name ? shard->record->host_name : "";
}

/* Seconds since 1970, or 0 where the record does not tell: then all were at work at once, for all
 * that is known. */
static double start_of(const struct record *record)
{
    struct tm utc = {0};
    if (!record->time_utc ||
        sscanf(record->time_utc, "%4d-%2d-%2dT%2d:%2d:%2dZ", &utc.tm_year, &utc.tm_mon,
               &utc.tm_mday, &utc.tm_hour, &utc.tm_min, &utc.tm_sec) != 6)
        return 0;
    utc.tm_year -= 1900;
    utc.tm_mon -= 1;
    return (double)timegm(&utc);
}

static int by_host_and_start(const void *x, const void *y)
{
    const struct stay *a = x, *b = y;
    int order = strcmp(a->host, b->host);
    return order ? order : (a->from > b->from) - (a->from < b->from);
}

/* Sorted by host and start. */
static struct stay *stays_of(const struct rank_set *set)
{
    struct stay *stays = calloc(set->ranks + 1, sizeof *stays);
    for (size_t i = 0; stays && i < set->ranks; i++) {
        const struct rank_shard *shard = &set->shards[i];
        double start = start_of(shard->record), wall = (double)shard->record->wall_ns * 1e-9;
        stays[i] = (struct stay){shard, host_of(shard), start, start + wall};
    }
    if (stays)
        qsort(stays, set->ranks, sizeof *stays, by_host_and_start);
    return stays;
}

static int64_t cores_of(const struct record *record)
{
    return record->cores > 0           ? record->cores
           : record->affinity_cpus > 0 ? record->affinity_cpus
                                       : 0;
}

/* Shards at work at one moment on one host, added up. */
struct moment {
    size_t ranks;
    int64_t threads, cores;
    double busy, cpu;
    bool cpu_known;
    double before; /* seconds of all but the last, and from the first one's start to its */
    double window;
};

static void join(struct moment *moment, const struct rank_set *set, const struct record *record)
{
    int64_t cores = cores_of(record);
    moment->ranks++;
    moment->threads += set->threads;
    moment->cores = cores > moment->cores ? cores : moment->cores;
    for (size_t t = 0; t < record->thread_count; t++) {
        moment->busy += (double)record->threads[t].busy_ns;
        moment->cpu += (double)record->threads[t].cpu_ns;
        moment->cpu_known = moment->cpu_known && record->threads[t].cpu_ns > 0;
    }
}

/* With T threads on C cores each gets C/T of the time that it is busy for, on cores of its own all
 * of it: what lies nearer decides. Shards that found room one after the other before the last one
 * began may have been made so. */
static bool is_crowded(const struct moment *moment)
{
    double fair = (double)moment->cores / (double)moment->threads;
    if (moment->ranks < 2 || moment->cores < 1 || moment->threads <= moment->cores ||
        moment->before <= moment->window + BLURRED)
        return false;
    return !moment->cpu_known || !(moment->busy > 0) || moment->cpu / moment->busy < (1 + fair) / 2;
}

/* Those of the host whose shards are `stays` that were at work when the one at `at` began. */
static struct moment moment_at(const struct rank_set *set, const struct stay *stays, size_t first,
                               size_t at)
{
    struct moment moment = {.cpu_known = true};
    double earliest = stays[at].from;
    for (size_t i = first; i <= at; i++) {
        if (stays[i].to <= stays[at].from)
            continue;
        join(&moment, set, stays[i].shard->record);
        earliest = fmin(earliest, stays[i].from);
        moment.before += i < at ? stays[i].to - stays[i].from : 0;
    }
    moment.window = stays[at].from - earliest;
    return moment;
}

bool rank_crowd_find(struct rank_crowd *crowd, const struct rank_set *set)
{
    struct stay *stays = stays_of(set);
    *crowd = (struct rank_crowd){0};
    if (!stays)
        return false;
    size_t first = 0;
    for (size_t i = 0; i < set->ranks; i++) {
        if (strcmp(stays[i].host, stays[first].host) != 0)
            first = i;
        /* Those that ended before this one began are passed for good when the first did. */
        while (first < i && stays[first].to <= stays[i].from)
            first++;
        if (i - first >= MOST_AT_ONCE)
            first = i - MOST_AT_ONCE + 1;
        struct moment moment = moment_at(set, stays, first, i);
        if (is_crowded(&moment) && moment.ranks > crowd->ranks)
            *crowd =
                (struct rank_crowd){stays[i].shard->record->host_name, moment.ranks, moment.cores};
    }
    free(stays);
    return true;
}

bool rank_crowd_hosts(size_t *hosts, const struct rank_set *set)
{
    struct stay *stays = stays_of(set);
    *hosts = 0;
    if (!stays)
        return false;
    for (size_t i = 0; i < set->ranks; i++)
        *hosts += i == 0 || strcmp(stays[i].host, stays[i - 1].host) != 0;
    free(stays);
    return true;
}
