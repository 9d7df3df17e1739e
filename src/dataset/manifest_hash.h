/*
 * manifest_hash: a short name for a list of inputs, by which runs of the same work are known.
 * Knows: dataset/manifest.h.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_HASH_H
#define PIXSCALE_DATASET_MANIFEST_HASH_H

#include <stdint.h>

#include "dataset/manifest.h"

/* FNV-1a of 64 bits (Fowler, Noll, Vo; RFC 9923) over every entry's path with its terminating zero
 * and the eight bytes of its size, least first, in the order of rows. Equal lists have equal hashes
 * on every machine; it is no defence against somebody who wants two to collide. */
uint64_t manifest_hash(const struct manifest *manifest);

#endif
