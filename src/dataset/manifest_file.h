/*
 * manifest_file: a list of inputs, frozen in a file, from which any range of rows can be read.
 *
 * Made once, it spares a thousand processes the walk of one tree, and has all of them agree on
 * which input is which row. Format (pixscale.manifest/1, integers little-endian whatever the
 * machine): a head with the totals, blocks of MANIFEST_FILE_BLOCK rows, each with a checksum of its
 * own, a table that says of each block where it lies and what the rows before it cost, and a
 * checksum of head and table. In a block a path is told by how much of the one before it begins the
 * same way, and the rest; the first path of a block is whole. So a reader touches the table and its
 * own blocks, and memory and time are those of its own rows. Nothing in the file is believed before
 * its checksum and its bounds were looked at. Knows: base, the rest of this room.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_FILE_H
#define PIXSCALE_DATASET_MANIFEST_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/ranges.h"
#include "dataset/manifest.h"

#define MANIFEST_FILE_BLOCK 4096 /* rows */

struct manifest_file;

struct manifest_file_totals {
    uint64_t rows, bytes; /* bytes of the regular files */
    uint64_t cost;        /* sum of manifest_cost + 1 of each */
    uint64_t hash;        /* manifest_hash of the whole list */
    int64_t frozen_ns;    /* when it was written, ns since 1970 */
};

/* Writes the list to the new file `path`, and has its bytes on disk. False (output): it exists, no
 * space, memory; (usage): sizes that cannot be added up. Then nothing is left of it. */
bool manifest_file_write(const char *path, const struct manifest *manifest, struct error *error);

/* The same to an empty file that the caller has opened for writing, and closes; `path` is for
 * errors. What was written stays when it fails. */
bool manifest_file_write_to(int fd, const char *path, const struct manifest *manifest,
                            struct error *error);

/* Whether the file begins as a frozen list does. */
bool manifest_file_is(const char *path);

/* Opens, and reads head and table. NULL with an error (usage: it is no such file, or damaged;
 * output: I/O, memory). */
struct manifest_file *manifest_file_open(const char *path, struct error *error);
const struct manifest_file_totals *manifest_file_totals(const struct manifest_file *file);
void manifest_file_close(struct manifest_file *file); /* NULL is allowed */

/* Range k of n (from 0, k below n) by cost, base/ranges.h; of the whole list k 0 and n 1. Reads at
 * most two blocks. False with an error as from open. */
bool manifest_file_range(struct manifest_file *file, uint64_t k, uint64_t n, struct range *range,
                         struct error *error);

/* The rows of a range, which must lie within the list, as a list of their own: entry i is row
 * range.first + i. Labels are numbered within it. Freed by manifest_free. Errors as from open; then
 * it is empty. */
bool manifest_file_load(struct manifest_file *file, struct range range, struct manifest *manifest,
                        struct error *error);

#endif
