/*
 * replay_parts: how a replay is made from records. Inside the room.
 *
 * Knows: what replay.h knows.
 */
#ifndef PIXSCALE_REPORT_REPLAY_PARTS_H
#define PIXSCALE_REPORT_REPLAY_PARTS_H

#include "profile/record.h"
#include "report/replay.h"

/* How the record's loop was run. False when its schedule is unknown to the simulator. */
bool replay_parts_loop(const struct record *record, struct replay_loop *loop);

/* Median of `count` values, which are sorted by this. NAN of none. */
double replay_parts_median(double *values, size_t count);

/* Costs of the region that are not the items', in seconds, from one record. */
struct replay_parts_costs {
    double chunk, item, team;
    bool chunks_known;
};
bool replay_parts_costs(const struct record *record, const struct replay_loop *loop,
                        struct replay_parts_costs *costs);

/* Fills items, phases, costs and seconds from records of the same items. Errors: other items. */
bool replay_parts_fill(struct replay *replay, const struct record *const *records, size_t count,
                       struct error *error);

/* The recorded item that stands for the k-th of `total`, of `count` recorded ones. */
size_t replay_parts_stand_in(size_t k, size_t total, size_t count);

/* Seconds of an item in the loop, with `factor` of each stage. */
double replay_parts_seconds(const struct replay *replay, const struct replay_item *item,
                            const double factor[STAGE_DISPATCH]);

#endif
