/*
 * run_record: what `run --profile` measures beside the stages and phases, and the record of it all.
 * Knows: base, dataset, profile, pipeline, cli/run_options.h.
 */
#ifndef PIXSCALE_CLI_RUN_RECORD_H
#define PIXSCALE_CLI_RUN_RECORD_H

#include <time.h>

#include "cli/run_options.h"
#include "cli/run_shard.h"
#include "pipeline/pipeline.h"
#include "profile/guard.h"
#include "profile/phases.h"

/* The profile of one run; all zeros when there is none. */
struct run_record {
    struct stages_clock *clocks; /* [team asked for]; NULL without --profile */
    struct stages_item *times;   /* [inputs]; NULL without --items */
    struct guard_snapshot before, after;
    time_t started; /* UTC */
};

/* What a finished run knows. */
struct run_record_source {
    const struct run_options *options;
    const struct manifest *manifest;
    const struct pipeline_result *result;
    const struct phases *phases;  /* ended */
    const char *const *arguments; /* of the command line, the command's name first */
    int argument_count;
    const char *schedule;
    uint64_t resumed; /* inputs that an earlier run did */
    const struct run_shard *shard;
    int requested; /* threads asked for, before inputs or limits made them fewer */
};

/* Takes stock of the machine. To be called right before the wall starts. */
void run_record_begin(struct run_record *record);

/* Makes the clocks for a team, and the items' times if asked for. */
bool run_record_reserve(struct run_record *record, const struct run_options *options, int threads,
                        size_t inputs, struct error *error);

/* Takes stock again. To be called right after the wall has ended. */
void run_record_end(struct run_record *record);

/* Appends the record to the --profile file, and says on stderr, unless --quiet, when the run was
 * disturbed or profiling cost more than a hundredth. */
bool run_record_append(const struct run_record *record, const struct run_record_source *source,
                       struct error *error);

void run_record_free(struct run_record *record);

/* Refuses a --profile file that cannot be appended to, or holds something else than records. */
bool run_record_check_file(const char *path, struct error *error);

#endif
