/*
 * merge_record: the record of a merge, for --profile.
 * Knows: base, shard, profile, cli/run_record_text.h.
 */
#ifndef PIXSCALE_CLI_MERGE_RECORD_H
#define PIXSCALE_CLI_MERGE_RECORD_H

#include <stdbool.h>
#include <time.h>

#include "base/error.h"
#include "profile/guard.h"
#include "profile/phases.h"
#include "shard/shard_merge.h"

struct merge_record {
    struct guard_snapshot before;
    time_t started; /* UTC */
};

/* Takes stock of the machine. To be called right before the wall starts. */
void merge_record_begin(struct merge_record *record);

/* Appends the record of a finished merge to the file. `arguments` are those of the command line,
 * its name first; the phases have ended. */
bool merge_record_append(const struct merge_record *record, const struct shard_merge *merge,
                         const struct phases *phases, const char *path,
                         const char *const *arguments, int count, struct error *error);

/* Channels of a picture: 1 or 3; 0 where that cannot be told, or without memory. */
unsigned merge_record_channels(const struct shard_set *set);

#endif
