/*
 * launch: what a launcher of many processes (Slurm, an MPI's mpirun) told this one in its
 * environment.
 *
 * Read are: of Slurm's job arrays SLURM_ARRAY_TASK_ID, _MIN, _MAX, _STEP and _COUNT, and
 * SLURM_ARRAY_JOB_ID; of its steps SLURM_STEP_ID, SLURM_STEP_NUM_TASKS (else SLURM_NTASKS),
 * SLURM_PROCID, SLURM_LOCALID, SLURM_NODEID, SLURM_STEP_TASKS_PER_NODE and SLURM_JOB_ID;
 * SLURM_CPUS_PER_TASK; of Open MPI OMPI_COMM_WORLD_RANK, _SIZE, _LOCAL_RANK and _LOCAL_SIZE, and
 * PMIX_NAMESPACE; of MPICH and its kin PMI_RANK and PMI_SIZE, MPI_LOCALRANKID and MPI_LOCALNRANKS.
 * A variable that is empty counts as not set.
 *
 * As seen with Slurm 22.05, Open MPI 4.1 and MPICH 4.0:
 * - A batch script has SLURM_PROCID 0, and SLURM_NTASKS as sbatch was asked: what could be started,
 *   not what was. A process is one of several only in a step, which alone has SLURM_STEP_ID.
 * - SLURM_STEP_NUM_TASKS is the step's; SLURM_NTASKS is the job's where srun was not asked.
 * - mpirun in a Slurm job hands down the variables of the step by which it reached the hosts, one
 *   task a host: the MPI's go before a step's. srun --mpi=pmi2 sets PMI_RANK and PMI_SIZE too, but
 *   not MPI_LOCALRANKID: such a step is Slurm's.
 * - An array of tasks that start ranks of their own is both: rank r of s in task t is number
 *   t*s + r.
 * - A job that is submitted from within a job inherits that one's SLURM_ARRAY_... and, out of a
 *   step, SLURM_STEP_...; nothing in the environment tells. Then --shard none or k/n must.
 * Knows: base, shard/shard.h.
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
    enum launch_by ranks;            /* who started processes beside each other, or one alone */
    uint32_t task, tasks;            /* of the array, from 0; 0 and 1 without one */
    uint32_t rank, size;             /* of the ranks, from 0; 0 and 1 without */
    uint32_t local_rank, local_size; /* on this host; local_size 0: not told */
    uint32_t cpus_per_task;          /* Slurm's; 0: not told */
    char job[64]; /* "slurm 12", "slurm 12.0", "openmpi 1528496129"; "" unknown: equal for
                     processes that were started together */
};

/* `lookup` is getenv or a test's. False (usage) with the variable named where it is no number, a
 * rank is not below its size, or an array has holes or one task alone that is not its first (as
 * when some tasks were submitted again), so that nobody can tell which of how many shards this is:
 * then --shard k/n must. */
bool launch_read(struct launch *launch, char *(*lookup)(const char *name), struct error *error);

/* The CPUs that Slurm gives to each task, from SLURM_CPUS_PER_TASK; 0 where it does not say (it
 * does only when it was asked for with --cpus-per-task), or no number. */
uint32_t launch_cpus_per_task(char *(*lookup)(const char *name));

/* The shard that the launcher meant: none (count 0) unless it started more than one. */
struct shard launch_shard(const struct launch *launch);

/* "task 3 of a Slurm array of 4", "rank 2 of 4 under Open MPI's mpirun" (counted from 1 as shards
 * are), or "" without a launcher. */
void launch_describe(const struct launch *launch, char *text, uint64_t size);

/* Whether threads and CPUs do not fit each other, and the launcher's command line could mend it:
 * fewer CPUs than threads; one core or little more, though the machine has at least twice as many
 * CPUs as its processes here are bound to; or more threads of all processes here than CPUs. True
 * with a text for the user, one line, which ends in what to add. `threads` asked for (0: by
 * default), `cpus` allowed to this process, `online` of the machine. */
bool launch_is_bound(const struct launch *launch, int threads, int cpus, int online, char *text,
                     uint64_t size);

#endif
