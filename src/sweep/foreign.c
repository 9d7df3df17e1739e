#include "sweep/foreign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "profile/guard.h"
#include "profile/record_fill.h"

/* Value of a variable in an environment, or NULL. */
static const char *look_up(char *const *environment, const char *name)
{
    size_t length = strlen(name);
    for (; *environment; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

/* All that is known before the run. What OpenMP makes of its variables is not asked of a runtime
 * that may be another than the program's: they are recorded as they are set. */
static void fill(const struct foreign *foreign, int threads, time_t now, struct record *record)
{
    char *const *environment = foreign->environment;
    const char *policy = look_up(environment, "OMP_WAIT_POLICY");
    record_fill_tool(record, foreign->tool_version, foreign->tool_git, now);
    record_fill_machine(record, foreign->machine);
    record->requested = record->delivered = threads;
    record->schedule = record_fill_text(look_up(environment, "OMP_SCHEDULE"));
    record->bind = record_fill_text(look_up(environment, "OMP_PROC_BIND"));
    record->places = record_fill_text(look_up(environment, "OMP_PLACES"));
    record->wait_policy = record_fill_text(policy ? policy : "default");
    record->kind = record_fill_text("foreign");
    record->work = record_fill_text(foreign->waiting ? "waiting" : "computing");
    record->command = record_fill_text(foreign->command);
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

enum foreign_nature foreign_nature(const struct spawn_result *result)
{
    double share = (double)result->cpu_ns / (double)result->wall_ns;
    if (share < FOREIGN_LEAST_CPU)
        return FOREIGN_WAITS;
    return share < FOREIGN_CLEAR_CPU ? FOREIGN_UNDECIDED : FOREIGN_COMPUTES;
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
    fill(foreign, threads, now, record);
    record_fill_guard(record, &verdict);
    return true;
}
