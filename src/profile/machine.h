/*
 * machine: what this process may use, and what limits it.
 *
 * CPU model and topology (hwloc), memory, and the CPUs that affinity and cgroup quotas leave.
 * The OpenMP runtime has a header of its own, machine_omp.h.
 * Knows: base, hwloc, machine_limits.
 */
#ifndef PIXSCALE_PROFILE_MACHINE_H
#define PIXSCALE_PROFILE_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "profile/machine_limits.h"

#define MACHINE_CACHES 8

struct machine_cache {
    int level;     /* 1 (data), 2, 3, 4 */
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
    int smt;              /* hardware threads a core (the most that one has), 1 without SMT */
    bool virtual_machine; /* the CPU says that a hypervisor is present */
    struct machine_cache caches[MACHINE_CACHES]; /* by level; cores of two kinds have two of one */
    int cache_count;
    int64_t memory_bytes; /* of the machine */

    int affinity_cpus;            /* in the affinity mask that the process was given */
    int affinity_cores;           /* physical cores under these CPUs */
    struct machine_limits limits; /* of the cgroups */
    int usable_cpus; /* min(affinity, quota rounded down), at least 1: a sensible team */
};

/* Remembers the affinity mask that the process was given; to be called at the start of main.
 * Where the system runs functions before the OpenMP runtime starts up, the mask was taken there
 * and this call does nothing: machine.c tells why main is too late. */
void machine_remember_affinity(void);

/* Gives the calling thread the remembered mask. For a child between fork and exec: under
 * OMP_PROC_BIND it would else hand the one CPU of its parent's first thread to the program that it
 * becomes. Safe after fork (one system call). False, with errno, when the system refuses. */
bool machine_restore_affinity(void);

/* Whether a CPU, numbered as in /proc/stat, is in that mask; every CPU where it is unknown. */
bool machine_cpu_allowed(int cpu);

/* Finds out. Always fills everything, with "unknown" and 0 where the system is silent. */
void machine_read(struct machine *machine);

/* One plain sentence on how many CPUs may be used and why not all of them, such as "4 of 16 CPUs
 * may be used: cgroup quota 4.0 (cpu.max)". Writes at most `size` bytes, always terminated. */
void machine_sentence(const struct machine *machine, char *text, size_t size);

#endif
