#include "report/runs.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#define NS 1e-9

bool runs_keeps_crowded(const struct record *record)
{
    return record->oversubscribe || (record->work && strcmp(record->work, "waiting") == 0);
}

const char *runs_excluded(const struct record *record, int threads, bool include_smt)
{
    if (record->contaminated)
        return record->why && *record->why ? record->why : "other work disturbed the run";
    if (record->delivered > 0 && record->delivered < record->requested)
        return "the runtime delivered fewer threads than asked for";
    if (runs_keeps_crowded(record))
        return NULL;
    if (record->cgroup_cpus > 0 && threads > record->cgroup_cpus)
        return "more threads than the CPU quota allows";
    if (record->affinity_cpus > 0 && threads > record->affinity_cpus)
        return "more threads than CPUs allowed";
    if (record->cores > 0 && threads > record->cores && !include_smt)
        return "more threads than physical cores";
    return NULL;
}

/* Known when our own timers took it and there was one parallel phase: what each thread did is
 * recorded for the whole run, so that with several the sum of the maxima is not the maximum of the
 * sums. Serial time is by definition what is not in the region. */
static struct study_account account_of(const struct record *record, int threads)
{
    struct study_account account = {0};
    int regions = 0;
    for (size_t i = 0; i < record->phase_count; i++)
        if (record->phases[i].parallel) {
            account.region += (double)record->phases[i].wall_ns * NS;
            regions++;
        }
    if (regions != 1 || record->thread_count != (size_t)threads || record->serial)
        return (struct study_account){0};
    for (size_t i = 0; i < record->thread_count; i++) {
        double busy = (double)record->threads[i].busy_ns * NS;
        account.max_busy = fmax(account.max_busy, busy);
        account.mean_busy += busy / threads;
    }
    account.serial = (double)record->wall_ns * NS - account.region;
    /* Clocks that contradict each other: by a thousandth they may, being read one after another. */
    double slack = 1e-3 * account.region;
    account.known = account.serial >= -slack && account.max_busy <= account.region + slack &&
                    account.mean_busy > 0;
    account.serial = fmax(account.serial, 0);
    return account;
}

struct study_run runs_of_record(const struct record *record, int threads, double seconds,
                                bool include_smt)
{
    const char *why = runs_excluded(record, threads, include_smt);
    return (struct study_run){.threads = threads,
                              .seconds = seconds,
                              .excluded = why != NULL,
                              .why = why,
                              .scale = 1,
                              .capacity = record->capacity > 0 ? record->capacity : NAN,
                              .account = account_of(record, threads)};
}

void runs_scale(struct study_run *runs, const struct record *const *records, size_t count)
{
    double one = 0;
    size_t ones = 0;
    bool counted = true;
    for (size_t i = 0; i < count; i++) {
        counted = counted && records[i] && records[i]->items > 0;
        if (counted && runs[i].threads == 1) {
            one += (double)records[i]->items;
            ones++;
        }
    }
    for (size_t i = 0; i < count; i++)
        runs[i].scale = counted && ones ? (double)records[i]->items / (one / (double)ones)
                                        : (double)runs[i].threads;
}
