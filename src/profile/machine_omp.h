/*
 * machine_omp: the OpenMP runtime, what it made of its environment, and that environment.
 *
 * A runtime warns of a value that it cannot use and goes on with its own: what counts is what it
 * answers when asked, so both are kept.
 * Knows: OpenMP.
 */
#ifndef PIXSCALE_PROFILE_MACHINE_OMP_H
#define PIXSCALE_PROFILE_MACHINE_OMP_H

#include <stdbool.h>

#include "profile/schedule.h"

#define MACHINE_OMP_VARIABLES 8

struct machine_omp {
    char runtime[96]; /* "libgomp.so.1.0.0 (GNU)"; machine_omp.c tells how it is found out */
    int version_date; /* _OPENMP, 201511: what the compiler speaks */
    int max_threads;  /* omp_get_max_threads */
    int procs;        /* omp_get_num_procs */
    int thread_limit; /* INT_MAX: none */
    bool dynamic;     /* the runtime may deliver fewer threads than asked for */
    int max_active_levels;
    char schedule[SCHEDULE_SIZE]; /* of schedule(runtime): "dynamic,1", monotonic bit removed */
    char bind[32];                /* "false", "true", "master", "close", "spread" */
    int places;                   /* 0 without binding */
    int place_cpus;               /* CPUs of all places, those of two counted twice */
    struct machine_omp_variable {
        char name[32];
        char value[128]; /* as set, escaped, cut if longer; "" when unset */
        bool set;
    } environment[MACHINE_OMP_VARIABLES]; /* OMP_NUM_THREADS, OMP_SCHEDULE, OMP_PROC_BIND,
             OMP_PLACES, OMP_DYNAMIC, OMP_THREAD_LIMIT, OMP_WAIT_POLICY, GOMP_CPU_AFFINITY */
    int environment_count;
};

/* What the OpenMP runtime says of itself; starts no thread. `lookup` gives the value of an
 * environment variable or NULL (rooms of the library do not read the environment on their own:
 * pass getenv). */
void machine_omp_read(struct machine_omp *omp, char *(*lookup)(const char *name));

#endif
