/*
 * manifest_record: the record of freezing a list of inputs (job.kind "manifest").
 *
 * It tells what of a run on many machines is done once and by one process. Knows: base, dataset,
 * profile.
 */
#ifndef PIXSCALE_CLI_MANIFEST_RECORD_H
#define PIXSCALE_CLI_MANIFEST_RECORD_H

#include <time.h>

#include "base/error.h"
#include "dataset/manifest.h"
#include "profile/guard.h"
#include "profile/phases.h"

struct manifest_record {
    const char *const *arguments; /* of the command line, the command's name first */
    int argument_count;
    int threads; /* that asked for sizes and times */
    time_t started;
    struct guard_snapshot before;
    struct phases phases;
};

/* Takes stock of the machine, where there will be a record, and starts the wall. */
void manifest_record_begin(struct manifest_record *record, bool profiled);

/* Appends the record to the file, once the wall has ended. */
bool manifest_record_append(const struct manifest_record *record, const struct manifest *manifest,
                            const char *path, struct error *error);

#endif
