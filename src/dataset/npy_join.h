/*
 * npy_join: an array filled from its first row to its last with rows of other arrays.
 *
 * The file system copies where it can (copy_file_range): it may share the blocks, or have a server
 * copy what then needs no way through this machine. Rows are copied in runs of neighbours, so that
 * small ones do not cost a system call each. Knows: base, dataset/npy.h.
 */
#ifndef PIXSCALE_DATASET_NPY_JOIN_H
#define PIXSCALE_DATASET_NPY_JOIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "dataset/npy.h"

struct npy_join {
    struct npy *to;
    uint64_t row; /* of `to`, the next to be filled */
    void *buffer; /* for copying by hand */
    bool by_hand; /* the file system cannot do it */
};

/* Begins with row 0 of `to`, which the caller has created, so that there is room for it on the
 * disk. False without memory. */
bool npy_join_begin(struct npy_join *join, struct npy *to, struct error *error);

/* Appends `count` rows of `from` from `first` on, of them those for which keep[i] is not 0, i being
 * 0 for `first`; all where `keep` is NULL. Both arrays have rows of one size. False (output): I/O,
 * or there is no room for them in `to`. */
bool npy_join_rows(struct npy_join *join, const struct npy *from, uint64_t first, uint64_t count,
                   const uint8_t *keep, struct error *error);

/* Whether all rows of `to` are filled; false with an error (output) where some are not. */
bool npy_join_end(const struct npy_join *join, struct error *error);

/* Frees the memory, not the array. A zeroed one is fine. */
void npy_join_free(struct npy_join *join);

#endif
