/*
 * npy_file: an array's file: its header, its size, the room for it on disk. Private to the files
 * npy*.c.
 * Knows: dataset/npy.h.
 */
#ifndef PIXSCALE_DATASET_NPY_FILE_H
#define PIXSCALE_DATASET_NPY_FILE_H

#include <sys/types.h>

#include "dataset/npy.h"

#define NPY_FILE_HEADER 256 /* bytes at most */

enum sync_state { UNSYNCED, SYNCED, SYNC_FAILED };

struct npy {
    int fd;
    enum sync_state sync;
    bool keep;   /* the partial file outlives failures */
    bool shared; /* it has its name already, and others write to it */
    char *path, *partial;
    struct npy_shape shape;
    char descr[8];
    size_t header_bytes, row_bytes;
    uint64_t first, count; /* the rows that are ours: shared, not all */
};

/* The header as numpy.lib.format.write_array_header_1_0 writes it. Returns its length. */
size_t npy_file_header(const struct npy_shape *shape, char header[NPY_FILE_HEADER]);

/* The array in memory alone: no file yet. `header` is what its file begins with, `total` the file's
 * size. NULL with an error. */
struct npy *npy_file_make(const char *path, const char *suffix, const struct npy_shape *shape,
                          char header[NPY_FILE_HEADER], uint64_t *total, struct error *error);

/* Closes and frees without removing anything. */
void npy_file_release(struct npy *npy);

/* Creates the file PATH + suffix, with its header, and reserves all of it. NULL with an error. */
struct npy *npy_file_create(const char *path, const char *suffix, const struct npy_shape *shape,
                            struct error *error);

/* Refuses what cannot fit before touching the disk: reserving would first fill it for everybody. */
bool npy_file_check_space(const struct npy *npy, uint64_t total, struct error *error);

/* Whether the open file is one that was made with this header and size. */
bool npy_file_is_ours(int fd, const char *header, size_t header_bytes, uint64_t total);

/* Reads all of it, or returns false with errno; EIO where the file ends before. */
bool npy_file_read(int fd, void *data, size_t bytes, off_t offset);

/* Where a row of ours lies. */
off_t npy_file_offset(const struct npy *npy, uint64_t row);

#endif
