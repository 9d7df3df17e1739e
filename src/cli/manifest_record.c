#include "cli/manifest_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/run_record_text.h"
#include "cli/version.h"
#include "dataset/manifest_hash.h"
#include "profile/machine.h"
#include "profile/record.h"
#include "profile/record_fill.h"

void manifest_record_begin(struct manifest_record *record, bool profiled)
{
    record->started = time(NULL);
    if (profiled)
        guard_take("", &record->before);
    phases_begin(&record->phases);
}

static void fill_job(struct record *record, const struct manifest_record *source,
                     const struct manifest *manifest)
{
    char hash[17];
    snprintf(hash, sizeof hash, "%016" PRIx64, manifest_hash(manifest));
    record->kind = record_fill_text("manifest");
    record->work = record_fill_text("computing");
    record->command = run_record_text_command(source->arguments, source->argument_count);
    record->manifest_hash = record_fill_text(hash);
    record->items = (int64_t)manifest->count;
    record->failed = 0;
    record->bytes = (int64_t)manifest->bytes;
}

bool manifest_record_append(const struct manifest_record *source, const struct manifest *manifest,
                            const char *path, struct error *error)
{
    struct machine machine;
    struct guard_snapshot after;
    struct guard_verdict verdict;
    guard_take("", &after);
    machine_read(&machine);
    guard_compare(&source->before, &after, source->threads, machine.affinity_cores, &verdict);
    struct record record = record_unknown();
    record_fill_tool(&record, VERSION_TEXT, VERSION_GIT, source->started);
    record_fill_machine(&record, &machine);
    record_fill_omp(&record, source->threads, source->threads, "none", getenv);
    record_fill_guard(&record, &verdict);
    fill_job(&record, source, manifest);
    bool ok = record_fill_phases(&record, &source->phases) ||
              error_set(error, ERROR_OUTPUT, "%s: no memory for the record", path);
    ok = ok && record_append(&record, path, error);
    record_free(&record);
    return ok;
}
