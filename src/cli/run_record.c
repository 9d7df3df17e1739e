#include "cli/run_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/run_record_text.h"
#include "cli/version.h"
#include "dataset/manifest_hash.h"
#include "profile/clock_check.h"
#include "profile/machine.h"
#include "profile/machine_omp.h"
#include "profile/record.h"

#define MOST_COST 0.01 /* of the threads' time, for profiling itself */

void run_record_begin(struct run_record *record)
{
    record->started = time(NULL);
    guard_take("", &record->before);
}

bool run_record_reserve(struct run_record *record, const struct run_options *options, int threads,
                        size_t inputs, struct error *error)
{
    if (!options->profile)
        return true;
    record->clocks = stages_clocks_new(threads);
    if (options->items)
        record->times = stages_items_new(inputs);
    return (record->clocks && (record->times || !options->items)) ||
           error_set(error, ERROR_OUTPUT, "no memory to profile %zu inputs", inputs);
}

void run_record_end(struct run_record *record)
{
    guard_take("", &record->after);
}

void run_record_free(struct run_record *record)
{
    free(record->clocks);
    free(record->times);
    record->clocks = NULL;
    record->times = NULL;
}

/* A copy that the record owns; what is missing is absent, as a record may well be without it. */
static char *copy(const char *text)
{
    return text && *text ? strdup(text) : NULL;
}

static void fill_tool(struct record *record, time_t started)
{
    char stamp[32];
    struct tm utc;
    record->tool_version = copy(VERSION_TEXT);
    record->tool_git = copy(VERSION_GIT);
    if (gmtime_r(&started, &utc) && strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc))
        record->time_utc = copy(stamp);
}

static void fill_machine(struct record *record, const struct machine *machine)
{
    record->host_name = copy(machine->host);
    record->cpu_model = copy(machine->cpu_model);
    record->kernel = copy(machine->kernel);
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

static void fill_omp(struct record *record, const struct run_record_source *source)
{
    struct machine_omp omp;
    machine_omp_read(&omp, getenv);
    const char *places = variable(&omp, "OMP_PLACES");
    const char *policy = variable(&omp, "OMP_WAIT_POLICY");
    record->requested = source->requested;
    record->delivered = source->result->threads;
    record->schedule = copy(source->schedule);
    record->bind = copy(omp.bind);
    record->places = copy(places ? places : variable(&omp, "GOMP_CPU_AFFINITY"));
    record->wait_policy = copy(policy ? policy : "default");
    record->runtime = copy(omp.runtime);
}

/* Milliseconds to the microsecond, which is more than they know. */
static double rounded(double ms)
{
    return ms < 0 ? RECORD_UNKNOWN : (double)(int64_t)(ms * 1000 + 0.5) / 1000;
}

static void fill_guard(struct record *record, const struct run_record *run,
                       const struct machine *machine)
{
    struct guard_verdict verdict;
    guard_compare(&run->before, &run->after, (int)record->delivered, machine->affinity_cores,
                  &verdict);
    record->steal_ms = rounded(verdict.steal_ms);
    record->throttled_ms = rounded(verdict.throttled_ms);
    record->foreign_cpu_ms = rounded(verdict.foreign_cpu_ms);
    record->load1 = rounded(verdict.load1);
    record->involuntary_switches = verdict.involuntary_switches;
    record->contaminated = verdict.contaminated;
    record->why = copy(verdict.why);
}

static void fill_job(struct record *record, const struct run_record_source *source)
{
    char hash[17];
    const struct slots_totals *counts = &source->result->counts;
    snprintf(hash, sizeof hash, "%016" PRIx64, manifest_hash(source->manifest));
    record->kind = copy(source->options->serial ? "serial" : "run");
    record->work = copy("computing");
    record->command = run_record_text_command(source->arguments, source->argument_count);
    record->options = run_record_text_options(source->options);
    record->manifest_hash = copy(hash);
    record->items = (int64_t)counts->items;
    record->failed = (int64_t)counts->failed;
    record->bytes = (int64_t)counts->bytes;
    record->pixels = (int64_t)counts->pixels;
    record->oversubscribe = source->options->oversubscribe;
    record->serial = source->options->serial;
}

static bool fill_phases(struct record *record, const struct phases *phases)
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

static bool fill_threads(struct record *record, const struct stages_clock *clocks,
                         const struct pipeline_result *result)
{
    record->threads = calloc((size_t)result->threads, sizeof *record->threads);
    if (!record->threads)
        return false;
    record->thread_count = (size_t)result->threads;
    record->stamps = 0;
    for (int t = 0; t < result->threads; t++) {
        const struct stages_clock *clock = &clocks[t];
        record->threads[t] = (struct record_thread){
            .items = (int64_t)clock->items,
            .busy_ns = clock->end_ns - clock->start_ns,
            .idle_ns =
                clock->start_ns - result->region_start_ns + result->region_end_ns - clock->end_ns,
            .cpu_ns = clock->cpu_ns,
            .dispatch_ns = clock->ns[STAGE_DISPATCH],
        };
        memcpy(record->threads[t].stage_ns, clock->ns, sizeof record->threads[t].stage_ns);
        record->stamps += (int64_t)clock->stamps;
    }
    return true;
}

static bool fill_items(struct record *record, const struct stages_item *times,
                       const struct manifest *manifest, const struct pipeline_result *result)
{
    if (!times)
        return true;
    record->item = calloc(manifest->count + 1, sizeof *record->item);
    if (!record->item)
        return false;
    for (size_t i = 0; i < manifest->count; i++) {
        if (times[i].thread < 0)
            continue;
        struct record_item *item = &record->item[record->item_count++];
        *item = (struct record_item){
            .row = (int64_t)i,
            .thread = times[i].thread,
            .cost = (int64_t)plan_cost(&manifest->entries[i]),
            .start_ns = times[i].start_ns - result->region_start_ns,
        };
        memcpy(item->stage_ns, times[i].ns, sizeof item->stage_ns);
    }
    return true;
}

static void fill_clock(struct record *record)
{
    struct clock_check check;
    clock_check_run(&check);
    record->clock_step_ns = check.least_step_ns;
    record->stamp_ns = rounded(check.stamp_ns);
}

static void tell(const struct record *record)
{
    if (record->contaminated)
        fprintf(stderr, "pixscale: this measurement was disturbed: %s\n", record->why);
    int64_t busy = 0;
    for (size_t t = 0; t < record->thread_count; t++)
        busy += record->threads[t].busy_ns;
    double cost = (double)record->stamps * record->stamp_ns;
    if (busy > 0 && cost > MOST_COST * (double)busy)
        fprintf(stderr, "pixscale: profiling itself took %.1f %% of the threads' time\n",
                100 * cost / (double)busy);
}

bool run_record_append(const struct run_record *run, const struct run_record_source *source,
                       struct error *error)
{
    struct machine machine;
    machine_read(&machine);
    struct record record = record_unknown();
    fill_tool(&record, run->started);
    fill_machine(&record, &machine);
    fill_omp(&record, source);
    fill_guard(&record, run, &machine);
    fill_job(&record, source);
    fill_clock(&record);
    bool ok = fill_phases(&record, source->phases) &&
              fill_threads(&record, run->clocks, source->result) &&
              fill_items(&record, run->times, source->manifest, source->result);
    if (!ok)
        error_set(error, ERROR_OUTPUT, "%s: no memory for the record", source->options->profile);
    ok = ok && record_append(&record, source->options->profile, error);
    if (ok && !source->options->quiet)
        tell(&record);
    record_free(&record);
    return ok;
}

/* Whether something else than JSON Lines stands in the file: its first byte tells. */
static bool holds_other(const char *path)
{
    char first = '{';
    int fd = file_open_read(path);
    if (fd < 0)
        return false;
    ssize_t got = file_read(fd, &first, 1);
    close(fd);
    return got == 1 && first != '{';
}

bool run_record_check_file(const char *path, struct error *error)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        const char *slash = strrchr(path, '/');
        char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
        bool ok = folder && errno == ENOENT && access(folder, W_OK | X_OK) == 0;
        if (!ok)
            error_set(error, ERROR_OUTPUT, "%s: cannot write records there: %s", path,
                      strerror(errno));
        free(folder);
        return ok;
    }
    if (S_ISDIR(st.st_mode))
        return error_set(error, ERROR_USAGE, "%s: records go to a file, and this is a folder",
                         path);
    if (S_ISREG(st.st_mode) && holds_other(path))
        return error_set(error, ERROR_USAGE,
                         "%s: records are appended to a file, and this one holds something else",
                         path);
    return access(path, W_OK) == 0 ||
           error_set(error, ERROR_OUTPUT, "%s: cannot append records to it: %s", path,
                     strerror(errno));
}
