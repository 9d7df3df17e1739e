/*
 * machine_limits: what the control groups of this process allow.
 *
 * A CPU quota is invisible to OpenMP: a team of all the CPUs in sight is then stopped by the kernel
 * for a part of every period, and a speed-up curve bends for a reason that is not in the program.
 * Versions 1 and 2 and both at once (hybrid) are read; the least limit on the way from the
 * process's group up to the root of its mount counts, because each of them binds.
 * Sources: cgroups(7), proc(5), the kernel's Documentation/admin-guide/cgroup-v2.rst and
 * Documentation/scheduler/sched-bwc.rst.
 * Knows: libc.
 */
#ifndef PIXSCALE_PROFILE_MACHINE_LIMITS_H
#define PIXSCALE_PROFILE_MACHINE_LIMITS_H

#include <stdint.h>

struct machine_limits {
    double quota_cpus;    /* CPU seconds a second; 0: none */
    int quota_cgroup;     /* 1 or 2: the version it came from; 0: none */
    char quota_file[256]; /* where it stands, cut if longer; "" without one */
    int64_t memory_bytes; /* of memory, before the kernel kills; 0: none */
};

/* Reads the limits of this process. `root` stands before every path that is read ("" for the
 * system itself), so that a tree of files can stand in for it. What cannot be read is no limit. */
void machine_limits_read(const char *root, struct machine_limits *limits);

#endif
