/*
 * launch: what a launcher of many processes (Slurm, an MPI's mpirun) told this one in its
 * environment.
 *
 * Read are: of Slurm's job arrays SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP and _COUNT, and
 * SLURM_ARRAY_JOB_ID; of its steps SLURM_PROCID, SLURM_STEP_NUM_TASKS (SLURM_NTASKS),
 * SLURM_LOCALID, SLURM_STEP_ID and SLURM_JOB_ID; SLURM_CPUS_PER_TASK; of Open MPI
 * OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK and _LOCAL_SIZE; of MPICH and its kin PMI_RANK and
 * PMI_SIZE, MPI_LOCALRANKID and MPI_LOCALNRANKS. An array of tasks that start ranks of their own is
 * both: rank r of s in task t is number t·s + r. mpirun within a Slurm job hands down that job's
 * variables, too: the MPI's go before a step's. In a batch script, which is no step, SLURM_NTASKS
 * says what could be started and not what was, and does not count. Knows: base, shard/shard.h.
 */
#ifndef PIXSCALE_SHARD_LAUNCH_H
#define PIXSCALE_SHARD_LAUNCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "shard/shard.h"

enum launch_by { LAUNCH_BY_NOBODY, LAUNCH_BY_SLURM, LAUNCH_BY_OPENMPI, LAUNCH_BY_PMI };

struct launch {
    enum launch_by array;            /* NOBODY or SLURM: tasks of a job array */
    enum launch_by ranks;            /* who started processes beside each other */
    uint32_t task, tasks;            /* of the array, from 0; 0 and 1 without one */
    uint32_t rank, size;             /* of the ranks, from 0; 0 and 1 without */
    uint32_t local_rank, local_size; /* on this host; local_size 0: not told */
    uint32_t cpus_per_task;          /* Slurm's; 0: not told */
    char job[64]; /* "slurm 12", "slurm 12.0", "prterun-..."; "" unknown: equal for processes that
                     were started together */
};

/* `lookup` is getenv or a test's. False (usage) with the variable named where it is no number, a
 * rank is not below its size, or an array has holes (as when some tasks alone were submitted
 * again), so that nobody can tell which of how many shards this is: then --shard k/n must. */
bool launch_read(struct launch *launch, char *(*lookup)(const char *name), struct error *error);

/* The shard that the launcher meant: none (count 0) unless it started more than one. */
struct shard launch_shard(const struct launch *launch);

/* "task 3 of a Slurm array of 4", "rank 2 of 4 under Open MPI's mpirun" (counted from 1 as shards
 * are), or "" without a launcher. */
void launch_describe(const struct launch *launch, char *text, uint64_t size);

/* Where a launcher has bound this process to fewer CPUs than it has threads, or to one though the
 * machine has more for each of its processes here: true with a text for the user, which ends in
 * what to add to the launcher's command line. `threads` asked for (0: by default), `cpus` allowed
 * to this process, `online` of the machine. */
bool launch_is_bound(const struct launch *launch, int threads, int cpus, int online, char *text,
                     uint64_t size);

#endif
