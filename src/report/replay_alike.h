/*
 * replay_alike: whether records are of the same work, however it was run. Inside the room.
 * Knows: profile/record.h.
 */
#ifndef PIXSCALE_REPORT_REPLAY_ALIKE_H
#define PIXSCALE_REPORT_REPLAY_ALIKE_H

#include <stdbool.h>

#include "profile/record.h"

/* The same items with the same options by the same program on the same machine; order and schedule
 * may differ. */
bool replay_alike(const struct record *a, const struct record *b);

/* What differs between a shard and a run of all rows, in words, or NULL. The machine's name may:
 * nodes have their own. */
const char *replay_alike_shard(const struct record *whole, const struct record *shard);

#endif
