#include "cli/run_team.h"

#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

void run_team_schedule(const struct run_options *options, char *text, size_t size)
{
    static const char *const names[] = {"?", "static", "dynamic", "guided", "auto"};
    const struct run_options_schedule *wanted = &options->schedule;
    const char *environment = getenv("OMP_SCHEDULE");
    if (wanted->given)
        omp_set_schedule((omp_sched_t)wanted->kind, wanted->chunk);
    else if (!environment || !*environment)
        omp_set_schedule(omp_sched_dynamic, 1);
    omp_sched_t kind;
    int chunk;
    omp_get_schedule(&kind, &chunk);
    unsigned plain = (unsigned)kind & 0x7fffffffu; /* without the monotonic modifier */
    const char *name = names[plain < 5 ? plain : 0];
    if (options->serial)
        snprintf(text, size, "none");
    else if (chunk > 0)
        snprintf(text, size, "%s,%d", name, chunk);
    else
        snprintf(text, size, "%s", name);
}

int run_team_requested(const struct run_options *options)
{
    int threads = options->threads ? (int)options->threads : omp_get_max_threads();
    return options->serial || threads < 1 ? 1 : threads;
}

int run_team_size(const struct run_options *options, size_t inputs)
{
    uint64_t threads = (uint64_t)run_team_requested(options);
    if (threads > RUN_OPTIONS_MAX_THREADS)
        threads = RUN_OPTIONS_MAX_THREADS;
    if (threads > inputs)
        threads = inputs;
    return (int)threads;
}

void run_team_allow_files(int threads)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t)threads + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
