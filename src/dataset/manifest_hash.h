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

/* What one input was when it was scanned, to be known again by: its path, and apart from that its
 * size, modification time and kind. */
struct manifest_mark {
    uint32_t path, file;
};

/* The mark of an entry. Eight bytes at a time, as a run of many inputs makes one of each before any
 * thread has work: some 10 ns for an ordinary path. Two files of one mark are a chance of 2^-32 for
 * either half. Not the same on machines of another byte order. */
struct manifest_mark manifest_mark(const struct manifest_entry *entry);

#endif
