/*
 * npy: one NumPy array on disk, preallocated, each row written to its own slot.
 *
 * Format: NumPy format 1.0 (numpy.lib.format): magic, version, little-endian header length, a
 * Python dict literal padded so that the data starts at a multiple of 64 bytes, then the data in C
 * order. The file is OUT.partial until npy_commit renames it. Slots that are never written read as
 * zeros. npy_write_row may be called by any number of threads for different rows. Knows: base.
 */
#ifndef PIXSCALE_DATASET_NPY_H
#define PIXSCALE_DATASET_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct npy;

struct npy_shape {
    const char *descr; /* NumPy's type: "|u1" or "<f4" */
    size_t item_size;  /* bytes a sample: 1 or 4 */
    int dimensions;    /* 1 … 4 */
    uint64_t size[4];  /* size[0] is the number of rows */
};

/* Creates PATH.partial, in place of one that an earlier run left, and reserves its whole size on
 * disk. NULL on failure (output), with nothing left on disk: no space, not writable, a file size
 * limit, or PATH is the name of something that is no file (a file is replaced by npy_commit;
 * whether it may be is the caller's question). `path` and `shape` are copied. */
struct npy *npy_create(const char *path, const struct npy_shape *shape, struct error *error);

/* Opens what an earlier run left as PATH.partial, whose shape must be this one, to go on writing
 * its rows. NULL on failure (output), with the file left as it is. It is kept, as by npy_keep. */
struct npy *npy_reopen(const char *path, const struct npy_shape *shape, struct error *error);

/* Opens the array at `path` itself, in which several processes write rows of their own, here
 * `count` from `first` on: row i is then row first + i of the file. Whoever comes first makes it,
 * header and length, and gives it its name in one step. Only these rows are locked; it is never
 * renamed and never removed: npy_commit syncs and closes it. NULL on failure (output): not
 * writable, no array of this shape, or another process has some of the rows. */
struct npy *npy_share(const char *path, const struct npy_shape *shape, uint64_t first,
                      uint64_t count, struct error *error);

/* Reserves disk for the rows that are ours, of a shared array. False (output): no space. */
bool npy_reserve_rows(struct npy *npy, struct error *error);

/* Opens the whole array in the file `name`, made by others who are done with it, to be read from or
 * to be given the name `path` by npy_commit. It is kept, and has no lock. NULL on failure (output;
 * usage: it is no array of this shape). */
struct npy *npy_adopt(const char *path, const char *name, const struct npy_shape *shape,
                      struct error *error);

/* Whether an earlier run left PATH.partial. */
bool npy_is_left(const char *path);

/* By what the file is known again after it was renamed, if nobody has written to it: its inode and
 * its time. 0 when that cannot be told. */
uint64_t npy_mark(const struct npy *npy);

/* The same as other hosts see it, for which a file system across a network may number inodes anew
 * and cut times to seconds: its size and its time in these. Not 0 unless that cannot be told. */
uint64_t npy_stamp(const struct npy *npy);

/* Whether the file at PATH is that with this mark, or `stamp`, with the size and the header of an
 * array of this shape. */
bool npy_is_complete(const char *path, const struct npy_shape *shape, uint64_t mark, bool stamp);

/* From now on the partial file outlives failures and npy_abandon, for npy_reopen. */
void npy_keep(struct npy *npy);

/* Removes the partial file at the end after all, npy_keep or not. */
void npy_let_go(struct npy *npy);

/* Bytes of one row. */
size_t npy_row_bytes(const struct npy *npy);

/* Writes one row. False with errno; thread-safe for distinct rows. */
bool npy_write_row(struct npy *npy, uint64_t row, const void *data);

/* Makes a row zeros, whatever an earlier run left there. False with errno; as npy_write_row. */
bool npy_clear_row(struct npy *npy, uint64_t row);

/* Has the disk begin with what was written so far, without waiting for it to end. Only a hint, for
 * a shorter npy_sync: that alone makes anything last. From any thread. */
void npy_start_writing(struct npy *npy);

/* Copies the rows of `npy` for which keep[row] is not 0, in order, to a new array at `path` and
 * returns it; the disk is checked first. As npy_create, but the file is PATH.kept.partial until it
 * is committed, so that `path` may be the one that `npy` has; then abandon `npy`, not commit it.
 * For
 * --on-error drop. */
struct npy *npy_copy_kept(struct npy *npy, const char *path, const uint8_t *keep,
                          struct error *error);

/* fdatasync: what was written before it lasts, whatever comes. False with errno; then npy_sync
 * fails as well, for ever. From one thread at a time. */
bool npy_sync_rows(struct npy *npy);

/* fsync. After it a crash loses nothing of the data. Once it has failed it fails for ever. */
bool npy_sync(struct npy *npy, struct error *error);

/* fsyncs unless npy_sync has, renames to the final path (partial_rename tells of `replace`), fsyncs
 * the folder, closes and frees. On failure nothing of ours is left under the final path, nor the
 * partial file unless it is kept, and *npy is freed all the same. */
bool npy_commit(struct npy *npy, bool replace, struct error *error);

/* Removes the partial file unless it is kept, closes and frees. NULL is allowed. */
void npy_abandon(struct npy *npy);

#endif
