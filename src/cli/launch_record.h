/*
 * launch_record: what a record says of the launcher.
 * Knows: profile/record.h, shard/launch.h.
 */
#ifndef PIXSCALE_CLI_LAUNCH_RECORD_H
#define PIXSCALE_CLI_LAUNCH_RECORD_H

#include <stdbool.h>

#include "profile/record.h"
#include "shard/launch.h"

/* Fills launcher, rank, ranks and local_ranks; nothing where no launcher is known. False without
 * memory. */
bool launch_record_fill(struct record *record, const struct launch *launch);

#endif
