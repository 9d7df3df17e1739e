/*
 * shard: which part of a run this process is. Knows: base.
 */
#ifndef PIXSCALE_SHARD_SHARD_H
#define PIXSCALE_SHARD_SHARD_H

#include <stdbool.h>
#include <stdint.h>

#define SHARD_MOST 1000000

/* Shard `index` of `count`, counted from 1 as people do. A count of 0: no shard but all of it; 1/1
 * is a shard, though the only one, and wants a merge. */
struct shard {
    uint32_t index, count;
};

/* Reads "k/n" with 1 <= k <= n <= SHARD_MOST. False when it is not that. */
bool shard_parse(const char *text, struct shard *shard);

#endif
