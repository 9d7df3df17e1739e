/*
 * guard: whether somebody else spoiled a measurement.
 *
 * Two snapshots, before and after, tell what the hypervisor took (steal), what a quota took
 * (throttling), and what other processes used of the CPUs that this one may use (foreign). The load
 * average counts our own threads: it is recorded and never judged by.
 * Sources: proc(5) for /proc/stat, the kernel's Documentation/admin-guide/cgroup-v2.rst and
 * Documentation/scheduler/sched-bwc.rst for cpu.stat.
 * Knows: profile/machine.h, profile/machine_limits.h.
 */
#ifndef PIXSCALE_PROFILE_GUARD_H
#define PIXSCALE_PROFILE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

/* /proc/stat counts ticks of 10 ms: below this wall, foreign time is unknown. */
#define GUARD_LEAST_WALL_MS 500

/* What spoils a run, as shares of the team's time (threads × wall), the last of the wall. Below
 * them the effect drowns in the 1 to 5 % of noise that repeated runs have anyway. */
#define GUARD_MOST_STEAL     0.02
#define GUARD_MOST_FOREIGN   0.05 /* of what does not fit on the cores that the team leaves idle */
#define GUARD_MOST_THROTTLED 0.01

/* "Own" is this process with the children that it has waited for: a snapshot on either side of a
 * spawned program judges that program. */
struct guard_snapshot {
    double wall_ms;           /* of an arbitrary clock */
    int cpus;                 /* allowed CPUs that /proc/stat tells of; 0 unknown */
    double busy_ms, steal_ms; /* of these */
    double throttled_ms;      /* -1 unknown; 0 without a quota */
    double own_cpu_ms;        /* user and system */
    /* Own. A team on too few CPUs switches by itself: recorded, not judged by. */
    int64_t involuntary_switches;
    double load1; /* -1 unknown */
};

struct guard_verdict {
    double steal_ms, throttled_ms, foreign_cpu_ms; /* -1 unknown */
    double load1;                                  /* before: what was there already */
    int64_t involuntary_switches;
    bool contaminated;
    char why[256]; /* "" when it is not */
};

/* Takes stock. `root` stands before every path that is read ("" for the system itself). Costs less
 * than a millisecond on small machines; call it outside of what is timed. */
void guard_take(const char *root, struct guard_snapshot *snapshot);

/* What happened in between, to a team of `threads` on `cores` cores (as allowed; CPUs where cores
 * are unknown). */
void guard_compare(const struct guard_snapshot *before, const struct guard_snapshot *after,
                   int threads, int cores, struct guard_verdict *verdict);

#endif
