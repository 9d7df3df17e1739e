/*
 * replay_sets: runs that several processes made together, found among records.
 *
 * The shards of a set are those with one name of the set, one number of shards and one loop; the
 * set is whole when each shard is there once. It takes as long as its slowest shard, and then its
 * merge. Waiting for nodes and starting processes stand in no record. Inside the room.
 * Knows: profile/record.h, report/replay.h.
 */
#ifndef PIXSCALE_REPORT_REPLAY_SETS_H
#define PIXSCALE_REPORT_REPLAY_SETS_H

#include "profile/record.h"
#include "report/replay.h"

/* Whether the record is of a shard beside others, of a merge or of a freezing: no run by itself. */
bool replay_sets_part(const struct record *record);

/* Finds the whole sets and pools those alike, by shards, then threads. Errors: usage, a shard of
 * something else than `source`; memory. Freed by replay_sets_free. */
bool replay_sets_find(struct replay_sets *sets, const struct record *records, size_t count,
                      const struct record *source, struct error *error);

/* Adds a run of one process, in its place. False without memory. */
bool replay_sets_add_run(struct replay_sets *sets, const struct replay_measured *run);
void replay_sets_free(struct replay_sets *sets);

/* Seconds for each row that records of that kind tell, "merge" or "manifest": the median. NAN
 * without one. */
double replay_sets_row_seconds(const struct record *records, size_t count, const char *kind);

#endif
