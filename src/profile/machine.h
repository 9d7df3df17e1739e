/*
 * machine: what this process may use, and what limits it.
 *
 * CPU model and topology (hwloc), memory, the CPUs that affinity and cgroup quotas leave, and the
 * OpenMP runtime with its environment.
 * Knows: base, hwloc, OpenMP.
 */
#ifndef PIXSCALE_PROFILE_MACHINE_H
#define PIXSCALE_PROFILE_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

struct machine_cache {
    int level;     /* 1, 2, 3 */
    int64_t bytes; /* of one */
    int count;     /* how many there are */
    int shared_by; /* CPUs that share one */
};

struct machine {
    char host[256];
    char cpu_model[128];                  /* "unknown" when the system does not say */
    char kernel[128];                     /* "Linux 6.1.0 x86_64" */
    int sockets, cores, cpus, numa_nodes; /* whole machine as the topology shows it; 0 unknown */
    bool cores_known;     /* false in machines that show no cores: CPUs count as cores then */
    int smt;              /* hardware threads a core, 1 without SMT */
    bool virtual_machine; /* the CPU says that a hypervisor is present */
    struct machine_cache caches[8];
    int cache_count;
    int64_t memory_bytes; /* of the machine */

    int affinity_cpus;    /* in the affinity mask of the process when main started */
    int affinity_cores;   /* physical cores under these CPUs */
    double quota_cpus;    /* cgroup CPU quota, the least up the path; 0: none */
    int quota_cgroup;     /* 1 or 2: the version it came from; 0: none */
    int64_t memory_limit; /* cgroup memory limit, bytes; 0: none */
    int usable_cpus;      /* min(affinity, quota rounded down), at least 1: a sensible team */
};

/* Must be called at the start of main, before the OpenMP runtime binds the initial thread:
 * remembers the affinity mask that the process was given. */
void machine_remember_affinity(void);

/* Finds out. Always fills everything, with "unknown" and 0 where the system is silent. */
void machine_read(struct machine *machine);

struct machine_omp {
    char runtime[64]; /* "libgomp (GCC 12.2.0)"; how it was told is documented in machine.c */
    int version_date; /* _OPENMP, 201511 */
    int max_threads;  /* omp_get_max_threads */
    int procs;        /* omp_get_num_procs */
    int thread_limit;
    bool dynamic;
    int max_active_levels;
    char schedule[32]; /* "dynamic,1", monotonic bit removed */
    char bind[32];     /* "false", "true", "master", "close", "spread" */
    int places;
    struct {
        char name[32];
        char value[128]; /* as set, control characters as '?'; "" when unset */
        bool set;
    } environment[8]; /* OMP_NUM_THREADS, OMP_SCHEDULE, OMP_PROC_BIND, OMP_PLACES,
                         OMP_DYNAMIC, OMP_THREAD_LIMIT, OMP_WAIT_POLICY, GOMP_CPU_AFFINITY */
    int environment_count;
};

/* What the OpenMP runtime says of itself; `lookup` gives the value of an environment variable or
 * NULL (rooms of the library do not read the environment on their own: pass getenv). */
void machine_read_omp(struct machine_omp *omp, const char *(*lookup)(const char *name));

#endif
