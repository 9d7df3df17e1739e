#include "cli/merge_record.h"

#include <stdlib.h>
#include <string.h>

#include "cli/run_record_text.h"
#include "cli/version.h"
#include "profile/machine.h"
#include "profile/record.h"
#include "profile/record_fill.h"

void merge_record_begin(struct merge_record *record)
{
    record->started = time(NULL);
    guard_take("", &record->before);
}

unsigned merge_record_channels(const struct shard_set *set)
{
    char *mode = shard_set_value(set, "--mode");
    unsigned channels = !mode ? 0 : strcmp(mode, "l") == 0 ? 1 : 3;
    free(mode);
    return channels;
}

static void fill_job(struct record *record, const struct shard_merge *merge,
                     const char *const *arguments, int count)
{
    const struct shard_set *set = shard_merge_set(merge);
    const struct shard_merge_totals *totals = shard_merge_totals(merge);
    record->kind = record_fill_text("merge");
    record->work = record_fill_text("computing");
    record->command = run_record_text_command(arguments, count);
    record->manifest_hash = shard_set_value(set, "manifest");
    record->items = (int64_t)totals->rows;
    record->failed = (int64_t)totals->failed;
    record->set = shard_set_value(set, "id");
    record->shards = totals->shards;
    record->set_rows = (int64_t)totals->rows;
}

bool merge_record_append(const struct merge_record *merged, const struct shard_merge *merge,
                         const struct phases *phases, const char *path,
                         const char *const *arguments, int count, struct error *error)
{
    struct machine machine;
    struct guard_snapshot after;
    struct guard_verdict verdict;
    guard_take("", &after);
    machine_read(&machine);
    guard_compare(&merged->before, &after, 1, machine.affinity_cores, &verdict);
    struct record record = record_unknown();
    record_fill_tool(&record, VERSION_TEXT, VERSION_GIT, merged->started);
    record_fill_machine(&record, &machine);
    record_fill_omp(&record, 1, 1, "none", getenv);
    record_fill_guard(&record, &verdict);
    fill_job(&record, merge, arguments, count);
    record_fill_clock(&record);
    bool ok = record_fill_phases(&record, phases) ||
              error_set(error, ERROR_OUTPUT, "%s: no memory for the record", path);
    ok = ok && record_append(&record, path, error);
    record_free(&record);
    return ok;
}
