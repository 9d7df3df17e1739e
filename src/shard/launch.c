#include "shard/launch.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ADVICE_SIZE 96

struct source {
    char *(*lookup)(const char *name);
    struct error *error;
};

/* The variable's value, NULL where it is empty, too. */
static const char *text_of(const struct source *from, const char *name)
{
    const char *text = from->lookup(name);
    return text && *text ? text : NULL;
}

/* A whole number of digits alone; strtoul would take blanks and signs. */
static bool parse(const char *text, uint32_t *value)
{
    if (!*text || text[strspn(text, "0123456789")])
        return false;
    errno = 0;
    unsigned long number = strtoul(text, NULL, 10);
    *value = (uint32_t)number;
    return errno == 0 && number <= UINT32_MAX;
}

/* Leaves *value as it is where the variable is not set. */
static bool read_number(const struct source *from, const char *name, uint32_t *value)
{
    const char *text = text_of(from, name);
    if (!text || parse(text, value))
        return true;
    return error_set(from->error, ERROR_USAGE,
                     "%s is '%s', which is no number, so that the launcher's shard is unknown; "
                     "give --shard k/n, or --shard none",
                     name, text);
}

/* One that must be there, as another says that there is a launcher. */
static bool require_number(const struct source *from, const char *name, const char *because,
                           uint32_t *value)
{
    if (!text_of(from, name))
        return error_set(from->error, ERROR_USAGE,
                         "%s is set but %s is not, so that the launcher's shard is unknown; give "
                         "--shard k/n, or --shard none",
                         because, name);
    return read_number(from, name, value);
}

/* Slurm leaves _MIN, _MAX and _STEP as they were for the array as a whole, and _COUNT tells how
 * many tasks there are really: "1,3,4" has MIN 1, MAX 4 and COUNT 3. */
static bool read_array(struct launch *launch, const struct source *from)
{
    static const char id_name[] = "SLURM_ARRAY_TASK_ID";
    uint32_t id = 0, least = 0, most = 0, step = 1;
    if (!text_of(from, id_name))
        return true;
    if (!read_number(from, id_name, &id) ||
        !require_number(from, "SLURM_ARRAY_TASK_MIN", id_name, &least) ||
        !require_number(from, "SLURM_ARRAY_TASK_MAX", id_name, &most) ||
        !read_number(from, "SLURM_ARRAY_TASK_STEP", &step))
        return false;
    uint64_t tasks = step && most >= least ? ((uint64_t)most - least) / step + 1 : 0;
    uint32_t count = tasks <= UINT32_MAX ? (uint32_t)tasks : 0;
    if (!read_number(from, "SLURM_ARRAY_TASK_COUNT", &count))
        return false;
    bool alone = count == 1 && id > 1;
    if (!tasks || count != tasks || alone || id < least || id > most || (id - least) % step != 0)
        return error_set(from->error, ERROR_USAGE,
                         "Slurm's task %u, of an array of %u numbered %u to %u, could be any of "
                         "more shards; give --shard k/n, or --shard none",
                         id, count, least, most);
    launch->array = LAUNCH_BY_SLURM;
    launch->task = (id - least) / step;
    launch->tasks = count;
    return true;
}

static bool read_ranks(struct launch *launch, const struct source *from, enum launch_by by,
                       const char *rank_name, const char *size_name)
{
    uint32_t rank = 0, size = 0;
    if (!read_number(from, rank_name, &rank) || !require_number(from, size_name, rank_name, &size))
        return false;
    if (rank >= size)
        return error_set(from->error, ERROR_USAGE,
                         "%s is %u, which is not below %s, %u, so that the launcher's shard is "
                         "unknown; give --shard k/n, or --shard none",
                         rank_name, rank, size_name, size);
    launch->ranks = by;
    launch->rank = rank;
    launch->size = size;
    return true;
}

/* Of "2(x3),1", which is 2 on each of three hosts and 1 on a fourth, the number on host `node`; 0
 * where the text does not tell. */
static uint32_t tasks_on(const char *text, uint32_t node)
{
    while (isdigit((unsigned char)*text)) {
        char *end;
        unsigned long tasks = strtoul(text, &end, 10), hosts = 1;
        if (strncmp(end, "(x", 2) == 0 && isdigit((unsigned char)end[2]))
            hosts = strtoul(end + 2, &end, 10), end += *end == ')';
        if (node < hosts)
            return tasks <= UINT32_MAX ? (uint32_t)tasks : 0;
        node -= (uint32_t)hosts;
        text = end + (*end == ',');
    }
    return 0;
}

static bool read_step(struct launch *launch, const struct source *from)
{
    const char *size_name = "SLURM_STEP_NUM_TASKS", *spread;
    uint32_t node = 0;
    if (!text_of(from, size_name))
        size_name = "SLURM_NTASKS";
    if (!read_ranks(launch, from, LAUNCH_BY_SLURM, "SLURM_PROCID", size_name) ||
        !read_number(from, "SLURM_LOCALID", &launch->local_rank) ||
        !read_number(from, "SLURM_NODEID", &node))
        return false;
    spread = text_of(from, "SLURM_STEP_TASKS_PER_NODE");
    launch->local_size = spread ? tasks_on(spread, node) : 0;
    return true;
}

static bool is_step(const struct source *from)
{
    return text_of(from, "SLURM_STEP_ID") && text_of(from, "SLURM_PROCID");
}

/* Whether PMI_RANK is of an mpirun's making, not of a Slurm step's that speaks PMI. */
static bool is_pmi(const struct source *from)
{
    if (!text_of(from, "PMI_RANK"))
        return false;
    const char *size = text_of(from, "PMI_SIZE"), *tasks = text_of(from, "SLURM_STEP_NUM_TASKS");
    return text_of(from, "MPI_LOCALRANKID") || !is_step(from) || !size || !tasks ||
           strcmp(size, tasks) != 0;
}

static bool read_started(struct launch *launch, const struct source *from)
{
    if (text_of(from, "OMPI_COMM_WORLD_RANK"))
        return read_ranks(launch, from, LAUNCH_BY_OPENMPI, "OMPI_COMM_WORLD_RANK",
                          "OMPI_COMM_WORLD_SIZE") &&
               read_number(from, "OMPI_COMM_WORLD_LOCAL_RANK", &launch->local_rank) &&
               read_number(from, "OMPI_COMM_WORLD_LOCAL_SIZE", &launch->local_size);
    if (is_pmi(from))
        return read_ranks(launch, from, LAUNCH_BY_PMI, "PMI_RANK", "PMI_SIZE") &&
               read_number(from, "MPI_LOCALRANKID", &launch->local_rank) &&
               read_number(from, "MPI_LOCALNRANKS", &launch->local_size);
    return !is_step(from) || read_step(launch, from);
}

/* The tasks of an array have jobs and steps of their own: only the array's number is common. */
static void name_job(struct launch *launch, const struct source *from)
{
    const char *array = text_of(from, "SLURM_ARRAY_JOB_ID"), *job = text_of(from, "SLURM_JOB_ID");
    const char *step = text_of(from, "SLURM_STEP_ID"), *space = text_of(from, "PMIX_NAMESPACE");
    if (launch->array != LAUNCH_BY_NOBODY && array)
        snprintf(launch->job, sizeof launch->job, "slurm %s", array);
    else if (launch->ranks == LAUNCH_BY_OPENMPI && space)
        snprintf(launch->job, sizeof launch->job, "openmpi %s", space);
    else if (launch->ranks != LAUNCH_BY_NOBODY && job)
        snprintf(launch->job, sizeof launch->job, "slurm %s%s%s", job, step ? "." : "",
                 step ? step : "");
}

bool launch_read(struct launch *launch, char *(*lookup)(const char *name), struct error *error)
{
    struct source from = {lookup, error};
    *launch = (struct launch){.tasks = 1, .size = 1};
    if (!read_array(launch, &from) || !read_started(launch, &from) ||
        !read_number(&from, "SLURM_CPUS_PER_TASK", &launch->cpus_per_task))
        return false;
    if ((uint64_t)launch->tasks * launch->size > SHARD_MOST)
        return error_set(error, ERROR_USAGE,
                         "the launcher started %llu processes, and an array can have %d shards; "
                         "give --shard k/n, or --shard none",
                         (unsigned long long)launch->tasks * launch->size, SHARD_MOST);
    name_job(launch, &from);
    return true;
}

uint32_t launch_cpus_per_task(char *(*lookup)(const char *name))
{
    const char *text = lookup("SLURM_CPUS_PER_TASK");
    uint32_t cpus = 0;
    return text && parse(text, &cpus) ? cpus : 0;
}

struct shard launch_shard(const struct launch *launch)
{
    uint32_t count = launch->tasks * launch->size;
    if (count <= 1)
        return (struct shard){0, 0};
    return (struct shard){launch->task * launch->size + launch->rank + 1, count};
}

static const char *starter(const struct launch *launch)
{
    static const char *const names[] = {
        [LAUNCH_BY_NOBODY] = "Slurm", /* of an array's task */
        [LAUNCH_BY_SLURM] = "Slurm",
        [LAUNCH_BY_OPENMPI] = "Open MPI's mpirun",
        [LAUNCH_BY_PMI] = "mpirun",
    };
    return names[launch->ranks];
}

void launch_describe(const struct launch *launch, char *text, uint64_t size)
{
    char array[80] = "", rank[80] = "";
    if (launch->array != LAUNCH_BY_NOBODY)
        snprintf(array, sizeof array, "task %u of a Slurm array of %u", launch->task + 1,
                 launch->tasks);
    if (launch->ranks != LAUNCH_BY_NOBODY)
        snprintf(rank, sizeof rank, "rank %u of %u under %s", launch->rank + 1, launch->size,
                 starter(launch));
    snprintf(text, size, "%s%s%s", array, *array && *rank ? ", " : "", rank);
}

/* What gives a process `threads` CPUs where it has `cpus`. mpirun counts cores where it binds
 * (PE=N), and hosts differ in how many CPUs a core has; without binding, OpenMP's own means are
 * left. */
static void advise(const struct launch *launch, int threads, int cpus, char text[ADVICE_SIZE])
{
    if (threads <= cpus)
        snprintf(text, ADVICE_SIZE, "set OMP_NUM_THREADS=%d", threads);
    else if (launch->ranks == LAUNCH_BY_OPENMPI)
        snprintf(text, ADVICE_SIZE, "add --bind-to none -x OMP_NUM_THREADS=%d to mpirun", threads);
    else if (launch->ranks == LAUNCH_BY_PMI)
        snprintf(text, ADVICE_SIZE, "add -bind-to none -genv OMP_NUM_THREADS %d to mpirun",
                 threads);
    else
        snprintf(text, ADVICE_SIZE, "add --cpus-per-task=%d to %s", threads,
                 launch->ranks == LAUNCH_BY_SLURM ? "srun" : "sbatch");
}

/* Open MPI binds to one core by default where there are one or two ranks. What Slurm gives was
 * ordered, in numbers that are right for a shared host; but one core is what nobody ordered. */
static bool is_starved(const struct launch *launch, int cpus, int online, uint32_t here)
{
    bool by_slurm = launch->ranks != LAUNCH_BY_OPENMPI && launch->ranks != LAUNCH_BY_PMI;
    int core = 2; /* CPUs that one has, with SMT */
    return 2 * (uint64_t)cpus * here <= (uint64_t)online && (!by_slurm || cpus <= core);
}

/* By option or OpenMP's environment, else by Slurm's; 0: by default. */
static int threads_wanted(const struct launch *launch, int threads)
{
    int given = launch->cpus_per_task <= INT_MAX ? (int)launch->cpus_per_task : INT_MAX;
    return threads ? threads : given;
}

bool launch_is_bound(const struct launch *launch, int threads, int cpus, int online, char *text,
                     uint64_t size)
{
    char advice[ADVICE_SIZE];
    uint32_t here = launch->local_size ? launch->local_size : 1;
    int share = (uint32_t)online > here ? online / (int)here : 1; /* of the CPUs, for each */
    int wanted = threads_wanted(launch, threads), each = wanted ? wanted : cpus;
    if (launch->array == LAUNCH_BY_NOBODY && launch->ranks == LAUNCH_BY_NOBODY)
        return false;
    advise(launch, wanted && wanted < share ? wanted : share, cpus, advice);
    if (wanted > cpus)
        snprintf(text, size,
                 "%d threads were asked for, and %s leaves this process %d of %d CPUs; %s", wanted,
                 starter(launch), cpus, online, advice);
    else if (!wanted && is_starved(launch, cpus, online, here))
        snprintf(text, size, "%s leaves this process %d of %d CPUs; for more threads %s",
                 starter(launch), cpus, online, advice);
    else if ((uint64_t)each * here > (uint64_t)online && share < each)
        snprintf(text, size, "%u processes with %d threads each share the %d CPUs of this host; %s",
                 here, each, online, advice);
    else
        return false;
    return true;
}
