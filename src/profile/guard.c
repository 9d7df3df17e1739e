#include "profile/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "profile/machine.h"
#include "profile/machine_limits.h"

/* Fields of a line of /proc/stat behind its name. The time of guests is within user and nice. */
enum { USER, NICE, SYSTEM, IDLE, IOWAIT, IRQ, SOFTIRQ, STEAL, FIELDS };

static FILE *open_below(const char *root, const char *path)
{
    char whole[8192];
    int length = snprintf(whole, sizeof whole, "%s%s", root, path);
    return length > 0 && (size_t)length < sizeof whole ? fopen(whole, "re") : NULL;
}

/* Adds a line such as "cpu3 1 2 3 4 5 6 7 8 9 10" when it is of an allowed CPU. */
static void take_cpu(struct guard_snapshot *snapshot, const char *line, double tick_ms)
{
    int cpu;
    unsigned long long t[FIELDS];
    if (sscanf(line, "cpu%d %llu %llu %llu %llu %llu %llu %llu %llu", &cpu, &t[USER], &t[NICE],
               &t[SYSTEM], &t[IDLE], &t[IOWAIT], &t[IRQ], &t[SOFTIRQ], &t[STEAL]) != 1 + FIELDS ||
        !machine_cpu_allowed(cpu))
        return;
    snapshot->cpus++;
    snapshot->busy_ms += (double)(t[USER] + t[NICE] + t[SYSTEM] + t[IRQ] + t[SOFTIRQ]) * tick_ms;
    snapshot->steal_ms += (double)t[STEAL] * tick_ms;
}

static void read_stat(const char *root, struct guard_snapshot *snapshot)
{
    FILE *file = open_below(root, "/proc/stat");
    if (!file)
        return;
    double tick_ms = 1000.0 / (double)sysconf(_SC_CLK_TCK);
    char *line = NULL;
    size_t size = 0;
    /* The lines of CPUs come first; later ones are long. */
    while (getline(&line, &size, file) > 0 && strncmp(line, "cpu", 3) == 0)
        if (line[3] != ' ') /* "cpu " is the sum */
            take_cpu(snapshot, line, tick_ms);
    free(line);
    fclose(file);
}

/* cpu.stat lies beside the quota's own file. Version 2 counts microseconds, version 1
 * nanoseconds. */
static double read_throttled(const char *root)
{
    struct machine_limits limits;
    machine_limits_read(root, &limits);
    if (!limits.quota_cgroup)
        return 0;
    char path[sizeof limits.quota_file + 16];
    const char *slash = strrchr(limits.quota_file, '/');
    int folder = slash ? (int)(slash - limits.quota_file) : 0;
    snprintf(path, sizeof path, "%.*s/cpu.stat", folder, limits.quota_file);
    FILE *file = open_below(root, path);
    double throttled = -1;
    char line[128];
    unsigned long long value;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "throttled_usec %llu", &value) == 1)
            throttled = (double)value / 1e3;
        else if (sscanf(line, "throttled_time %llu", &value) == 1)
            throttled = (double)value / 1e6;
    }
    if (file)
        fclose(file);
    return throttled;
}

static double milliseconds(struct timeval t)
{
    return (double)t.tv_sec * 1e3 + (double)t.tv_usec * 1e-3;
}

void guard_take(const char *root, struct guard_snapshot *snapshot)
{
    *snapshot = (struct guard_snapshot){.load1 = -1};
    double load;
    if (getloadavg(&load, 1) == 1)
        snapshot->load1 = load;
    snapshot->throttled_ms = read_throttled(root);
    static const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int i = 0; i < 2; i++) {
        struct rusage usage;
        getrusage(whose[i], &usage);
        snapshot->own_cpu_ms += milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
        snapshot->involuntary_switches += usage.ru_nivcsw;
    }
    read_stat(root, snapshot);
    snapshot->wall_ms = (double)clock_now_ns() * 1e-6;
}

/* Adds a reason, such as "the hypervisor took 120 ms, 4.1 % of the team's time (limit 2 %)". */
static void blame(struct guard_verdict *verdict, const char *what, double ms, double whole_ms,
                  const char *whole, double limit)
{
    size_t used = strlen(verdict->why);
    snprintf(verdict->why + used, sizeof verdict->why - used,
             "%s%s %.0f ms, %.1f %% of %s (limit %.0f %%)", used ? "; " : "", what, ms,
             100 * ms / whole_ms, whole, 100 * limit);
    verdict->contaminated = true;
}

static double clip(double value)
{
    return value > 0 ? value : 0;
}

/* Foreign time, or −1. Kernels that hide the CPUs (some sandboxes) show no time going by at all,
 * not even ours: nothing is known then. */
static double foreign(const struct guard_snapshot *before, const struct guard_snapshot *after,
                      double wall)
{
    double busy = after->busy_ms - before->busy_ms, own = after->own_cpu_ms - before->own_cpu_ms;
    if (wall < GUARD_LEAST_WALL_MS || before->cpus == 0 || before->cpus != after->cpus ||
        busy < own / 2)
        return -1;
    return clip(busy - own);
}

void guard_compare(const struct guard_snapshot *before, const struct guard_snapshot *after,
                   int threads, int cores, struct guard_verdict *verdict)
{
    double wall = after->wall_ms - before->wall_ms;
    int working = threads < cores ? threads : cores; /* a larger team has no more time than this */
    double team = wall * (working > 0 ? working : 1);
    bool seen = before->cpus > 0 && before->cpus == after->cpus;
    bool throttle = before->throttled_ms >= 0 && after->throttled_ms >= 0;
    *verdict = (struct guard_verdict){
        .steal_ms = seen ? clip(after->steal_ms - before->steal_ms) : -1,
        .throttled_ms = throttle ? clip(after->throttled_ms - before->throttled_ms) : -1,
        .foreign_cpu_ms = foreign(before, after, wall),
        .load1 = before->load1,
        .involuntary_switches = after->involuntary_switches - before->involuntary_switches,
    };
    if (team <= 0)
        return;
    /* A tick or two prove nothing, however short the run. */
    double least = 2000.0 / (double)sysconf(_SC_CLK_TCK);
    static const char team_time[] = "the team's time";
    if (verdict->steal_ms > GUARD_MOST_STEAL * team && verdict->steal_ms > least)
        blame(verdict, "the hypervisor took", verdict->steal_ms, team, team_time, GUARD_MOST_STEAL);
    if (verdict->throttled_ms > GUARD_MOST_THROTTLED * wall)
        blame(verdict, "the CPU quota stopped it for", verdict->throttled_ms, wall, "the wall",
              GUARD_MOST_THROTTLED);
    double crowding = verdict->foreign_cpu_ms - wall * (cores > threads ? cores - threads : 0);
    if (crowding > GUARD_MOST_FOREIGN * team && crowding > least)
        blame(verdict, "other processes took", crowding, team, team_time, GUARD_MOST_FOREIGN);
}
