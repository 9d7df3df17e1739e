#include "sweep/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profile/guard.h"

/* Value of a variable in an environment, or NULL. */
static const char *look_up(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

/* A copy; *ok becomes false without memory. NULL stays NULL. */
static char *copy(const char *text, bool *ok)
{
    char *made = text ? strdup(text) : NULL;
    *ok &= !text || made;
    return made;
}

static char *time_text(time_t now, bool *ok)
{
    struct tm utc;
    char text[32] = "";
    if (gmtime_r(&now, &utc))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return copy(text, ok);
}

static void fill_guard(struct record *record, const struct guard_verdict *verdict, bool *ok)
{
    record->steal_ms = verdict->steal_ms;
    record->throttled_ms = verdict->throttled_ms;
    record->foreign_cpu_ms = verdict->foreign_cpu_ms;
    record->load1 = verdict->load1;
    record->involuntary_switches = verdict->involuntary_switches;
    record->contaminated = verdict->contaminated;
    record->why = copy(verdict->contaminated ? verdict->why : NULL, ok);
}

/* All that is known before the run. What OpenMP makes of its variables is not asked of a runtime
 * that may be another than the program's: they are recorded as they are set. */
static bool fill(const struct foreign *foreign, int threads, time_t now, struct record *record)
{
    const struct machine *machine = foreign->machine;
    bool ok = true;
    const char *policy = look_up(foreign->environment, "OMP_WAIT_POLICY");
    record->tool_version = copy(foreign->tool_version, &ok);
    record->tool_git = copy(foreign->tool_git, &ok);
    record->time_utc = time_text(now, &ok);
    record->host_name = copy(machine->host, &ok);
    record->cpu_model = copy(machine->cpu_model, &ok);
    record->kernel = copy(machine->kernel, &ok);
    record->requested = record->delivered = threads;
    record->schedule = copy(look_up(foreign->environment, "OMP_SCHEDULE"), &ok);
    record->bind = copy(look_up(foreign->environment, "OMP_PROC_BIND"), &ok);
    record->places = copy(look_up(foreign->environment, "OMP_PLACES"), &ok);
    record->wait_policy = copy(policy ? policy : "default", &ok);
    record->affinity_cpus = machine->affinity_cpus;
    record->cgroup_cpus = machine->limits.quota_cpus;
    record->cores = machine->cores_known ? machine->affinity_cores : RECORD_UNKNOWN;
    record->kind = copy("foreign", &ok);
    record->work = copy(foreign->waiting ? "waiting" : "computing", &ok);
    record->command = copy(foreign->command, &ok);
    return ok;
}

/* Runs it between two looks at the machine. */
static bool run(const struct foreign *foreign, int threads, struct spawn_result *result,
                struct guard_verdict *verdict, struct error *error)
{
    char variable[40];
    snprintf(variable, sizeof variable, "OMP_NUM_THREADS=%d", threads);
    const char *changes[] = {variable, NULL};
    char **environment = spawn_environment(foreign->environment, changes);
    if (!environment)
        return error_set(error, ERROR_OUTPUT, "no memory for the environment of a run");
    struct spawn_job job = {
        .argv = foreign->argv, .environment = environment, .stop = foreign->stop};
    struct guard_snapshot before, after;
    guard_take("", &before);
    bool ok = spawn_run(&job, result, error);
    guard_take("", &after);
    free(environment);
    /* What the program used is ours, as far as the rest of the machine is concerned. */
    after.own_cpu_ms += (double)result->cpu_ns * 1e-6;
    after.involuntary_switches += result->involuntary_switches;
    guard_compare(&before, &after, threads, foreign->machine->affinity_cores, verdict);
    return ok;
}

bool foreign_waits(const struct spawn_result *result)
{
    return (double)result->cpu_ns < FOREIGN_LEAST_CPU * (double)result->wall_ns;
}

bool foreign_run(const struct foreign *foreign, int threads, struct spawn_result *result,
                 struct record *record, struct error *error)
{
    struct guard_verdict verdict;
    time_t now = time(NULL);
    *record = (struct record){0};
    if (!run(foreign, threads, result, &verdict, error))
        return false;
    if (result->stopped || result->status != 0)
        return true;
    *record = record_unknown();
    record->wall_ns = result->wall_ns;
    bool ok = fill(foreign, threads, now, record);
    verdict.contaminated &= !foreign->waiting;
    fill_guard(record, &verdict, &ok);
    if (ok)
        return true;
    record_free(record);
    return error_set(error, ERROR_OUTPUT, "no memory for a record");
}
