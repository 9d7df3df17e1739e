#include "cli/run_team.h"

#include <omp.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "shard/launch.h"

void run_team_schedule(const struct run_options *options, char text[SCHEDULE_SIZE])
{
    const char *environment = getenv("OMP_SCHEDULE");
    struct schedule schedule = options->schedule;
    if (schedule.kind == SCHEDULE_NONE && !(environment && *environment))
        schedule = (struct schedule){SCHEDULE_DYNAMIC, 1};
    schedule_use(&schedule);
    schedule = options->serial ? (struct schedule){SCHEDULE_NONE, 0} : schedule_current();
    schedule_name(&schedule, text);
}

int run_team_asked(const struct run_options *options)
{
    const char *environment = getenv("OMP_NUM_THREADS");
    if (options->serial)
        return 1;
    if (options->threads)
        return (int)options->threads;
    return environment && *environment ? omp_get_max_threads() : 0;
}

/* srun does not bind its tasks to what sbatch was told, and an mpirun binds as it likes: then the
 * CPUs that a task has are fewer than those that Slurm tells of, and run_launch_tell says so. */
static int team_of_launcher(void)
{
    uint32_t given = launch_cpus_per_task(getenv);
    int allowed = omp_get_num_procs();
    return given < (uint32_t)allowed ? (int)given : allowed;
}

int run_team_requested(const struct run_options *options)
{
    int threads = run_team_asked(options);
    if (!threads)
        threads = team_of_launcher();
    if (!threads)
        threads = omp_get_max_threads();
    return threads < 1 ? 1 : threads;
}

int run_team_size(const struct run_options *options, size_t inputs)
{
    uint64_t threads = (uint64_t)run_team_requested(options);
    if (threads > RUN_OPTIONS_MAX_THREADS)
        threads = RUN_OPTIONS_MAX_THREADS;
    if (threads > inputs)
        threads = inputs ? inputs : 1; /* of a resumed run nothing may be left */
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
