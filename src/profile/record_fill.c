#include "profile/record_fill.h"

#include <stdlib.h>
#include <string.h>

#include "profile/clock_check.h"
#include "profile/machine_omp.h"

char *record_fill_text(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

void record_fill_tool(struct record *record, const char *version, const char *git, time_t started)
{
    char stamp[32];
    struct tm utc;
    record->tool_version = record_fill_text(version);
    record->tool_git = record_fill_text(git);
    if (gmtime_r(&started, &utc) && strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc))
        record->time_utc = record_fill_text(stamp);
}

void record_fill_machine(struct record *record, const struct machine *machine)
{
    record->host_name = record_fill_text(machine->host);
    record->cpu_model = record_fill_text(machine->cpu_model);
    record->kernel = record_fill_text(machine->kernel);
    record->affinity_cpus = machine->affinity_cpus;
    record->cgroup_cpus = machine->limits.quota_cgroup ? machine->limits.quota_cpus : 0;
    record->cores = machine->cores_known ? machine->affinity_cores : RECORD_UNKNOWN;
}

static const char *variable(const struct machine_omp *omp, const char *name)
{
    for (int i = 0; i < omp->environment_count; i++)
        if (strcmp(omp->environment[i].name, name) == 0 && omp->environment[i].set)
            return omp->environment[i].value;
    return NULL;
}

void record_fill_omp(struct record *record, int requested, int delivered, const char *schedule,
                     char *(*lookup)(const char *name))
{
    struct machine_omp omp;
    machine_omp_read(&omp, lookup);
    const char *places = variable(&omp, "OMP_PLACES");
    const char *policy = variable(&omp, "OMP_WAIT_POLICY");
    record->requested = requested;
    record->delivered = delivered;
    record->schedule = record_fill_text(schedule);
    record->bind = record_fill_text(omp.bind);
    record->places = record_fill_text(places ? places : variable(&omp, "GOMP_CPU_AFFINITY"));
    record->wait_policy = record_fill_text(policy ? policy : "default");
    record->runtime = record_fill_text(omp.runtime);
}

/* Milliseconds to the microsecond, which is more than they know. */
static double rounded(double ms)
{
    return ms < 0 ? RECORD_UNKNOWN : (double)(int64_t)(ms * 1000 + 0.5) / 1000;
}

void record_fill_guard(struct record *record, const struct guard_verdict *verdict)
{
    bool waiting = record->work && strcmp(record->work, "waiting") == 0;
    record->steal_ms = rounded(verdict->steal_ms);
    record->throttled_ms = rounded(verdict->throttled_ms);
    record->foreign_cpu_ms = rounded(verdict->foreign_cpu_ms);
    record->load1 = rounded(verdict->load1);
    record->involuntary_switches = verdict->involuntary_switches;
    record->contaminated = verdict->contaminated && !waiting;
    record->why = record_fill_text(record->contaminated ? verdict->why : NULL);
}

bool record_fill_phases(struct record *record, const struct phases *phases)
{
    record->wall_ns = phases->last_ns - phases->start_ns;
    record->phases = calloc((size_t)phases->count, sizeof *record->phases);
    if (!record->phases)
        return false;
    for (int i = 0; i < phases->count; i++) {
        int from = (i + 1) % phases->count; /* `other`, which is the first, is written last */
        struct record_phase *phase = &record->phases[record->phase_count++];
        phase->name = strdup(phases->phase[from].name);
        phase->parallel = phases->phase[from].parallel;
        phase->wall_ns = phases->phase[from].wall_ns;
        if (!phase->name)
            return false;
    }
    return true;
}

bool record_fill_threads(struct record *record, const struct stages_clock *clocks, int count,
                         int64_t start_ns, int64_t end_ns)
{
    record->threads = calloc((size_t)count, sizeof *record->threads);
    if (!record->threads)
        return false;
    record->thread_count = (size_t)count;
    record->stamps = 0;
    for (int t = 0; t < count; t++) {
        const struct stages_clock *clock = &clocks[t];
        record->threads[t] = (struct record_thread){
            .items = (int64_t)clock->items,
            .busy_ns = clock->end_ns - clock->start_ns,
            .idle_ns = clock->start_ns - start_ns + end_ns - clock->end_ns,
            .cpu_ns = clock->cpu_ns,
            .dispatch_ns = clock->ns[STAGE_DISPATCH],
        };
        memcpy(record->threads[t].stage_ns, clock->ns, sizeof record->threads[t].stage_ns);
        record->stamps += (int64_t)clock->stamps;
    }
    return true;
}

void record_fill_clock(struct record *record)
{
    struct clock_check check;
    clock_check_run(&check);
    record->clock_step_ns = check.least_step_ns;
    record->stamp_ns = rounded(check.stamp_ns);
}
