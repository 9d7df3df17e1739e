#include "cli/run_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/launch_record.h"
#include "cli/run_record_text.h"
#include "cli/version.h"
#include "dataset/manifest_cost.h"
#include "dataset/manifest_hash.h"
#include "profile/machine.h"
#include "profile/record.h"
#include "profile/record_fill.h"

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

static void fill_job(struct record *record, const struct run_record_source *source)
{
    char hash[17];
    const struct slots_totals *counts = &source->result->counts;
    /* Of a frozen list the whole one: by that the shards of one array, and runs of it, are known.
     */
    uint64_t frozen = source->shard->totals.hash;
    snprintf(hash, sizeof hash, "%016" PRIx64, frozen ? frozen : manifest_hash(source->manifest));
    record->kind = record_fill_text(source->options->serial ? "serial" : "run");
    record->work = record_fill_text("computing");
    record->command = run_record_text_command(source->arguments, source->argument_count);
    record->options = run_record_text_options(source->options);
    record->manifest_hash = record_fill_text(hash);
    record->items = (int64_t)counts->items;
    record->failed = (int64_t)counts->failed;
    record->bytes = (int64_t)counts->bytes;
    record->pixels = (int64_t)counts->pixels;
    record->oversubscribe = source->options->oversubscribe;
    record->serial = source->options->serial;
}

static void fill_shard(struct record *record, const struct run_shard *shard)
{
    launch_record_fill(record, &shard->launch);
    if (!run_shard_is(shard))
        return;
    record->set = shard_set_value(&shard->set, "id");
    record->shard = shard->shard.index;
    record->shards = shard->shard.count;
    record->first_row = (int64_t)shard->rows.first;
    record->rows = (int64_t)shard->rows.count;
    record->set_rows = (int64_t)shard->totals.rows;
}

static bool fill_items(struct record *record, const struct stages_item *times,
                       const struct run_record_source *source)
{
    const struct manifest *manifest = source->manifest;
    const struct pipeline_result *result = source->result;
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
            .row = (int64_t)(source->shard->rows.first + i),
            .thread = times[i].thread,
            .cost = (int64_t)manifest_cost(&manifest->entries[i]),
            .start_ns = times[i].start_ns - result->region_start_ns,
        };
        memcpy(item->stage_ns, times[i].ns, sizeof item->stage_ns);
    }
    return true;
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
    const struct pipeline_result *result = source->result;
    struct guard_verdict verdict;
    guard_compare(&run->before, &run->after, result->threads, machine.affinity_cores, &verdict);
    if (source->resumed) {
        verdict.contaminated = true;
        snprintf(verdict.why, sizeof verdict.why,
                 "resumed: %" PRIu64 " of %zu inputs were done by an earlier run", source->resumed,
                 source->manifest->count);
    }
    struct record record = record_unknown();
    record_fill_tool(&record, VERSION_TEXT, VERSION_GIT, run->started);
    record_fill_machine(&record, &machine);
    record_fill_omp(&record, source->requested, result->threads, source->schedule, getenv);
    record_fill_guard(&record, &verdict);
    fill_job(&record, source);
    fill_shard(&record, source->shard);
    record_fill_clock(&record);
    bool ok = record_fill_phases(&record, source->phases) &&
              record_fill_threads(&record, run->clocks, result->threads, result->region_start_ns,
                                  result->region_end_ns) &&
              fill_items(&record, run->times, source);
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
