/*
 * manifest_file_rows: how a frozen list lies on disk. Private to the files manifest_file*.c.
 *
 *     head, blocks one behind the other, table
 *
 * Head (MANIFEST_FILE_HEAD bytes): magic, u32 checksum of head (with this at 0) and table, u32 rows
 * of a block; then u64 each: rows, bytes, cost, hash, when it was frozen, where the table is.
 * Table: for each block u64 where it is, u64 cost of the rows before it, u32 its checksum. All
 * checksums are CRC-32. A row in a block:
 *
 *     kind             one byte: enum manifest_kind, + 4 when an error follows
 *     error            varint
 *     bytes, time      of a regular file: varint; zig-zag varint, the difference from that of the
 *                      regular file before it in the block
 *     shared, length   varints: how many bytes of the path before it this one begins with
 *                      (0 for the first of a block), and how many more it has
 *     the rest         so many bytes, none of them 0
 *
 * A varint has seven bits a byte, least first; the top bit says that more follow. Knows: base,
 * dataset/manifest.h.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_FILE_ROWS_H
#define PIXSCALE_DATASET_MANIFEST_FILE_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "dataset/manifest.h"

/* The digit is the version of what follows, and of what manifest_cost says. */
#define MANIFEST_FILE_MAGIC     "PXLIST\1\n"
#define MANIFEST_FILE_HEAD      64
#define MANIFEST_FILE_HEAD_CRC  8 /* where it is */
#define MANIFEST_FILE_TABLE_ROW 20
#define MANIFEST_FILE_LEAST_ROW 3 /* bytes that a row has at least */

/* A path is told by at most so much of the one before it: ordinary paths are shorter, and a small
 * file of forged rows cannot become a list that no machine can hold. */
#define MANIFEST_FILE_SHARED 4096

/* Integers, least byte first. */
void manifest_file_rows_put32(uint8_t *to, uint32_t value);
void manifest_file_rows_put64(uint8_t *to, uint64_t value);
uint32_t manifest_file_rows_get32(const uint8_t *from);
uint64_t manifest_file_rows_get64(const uint8_t *from);

/* Rows of one block, one after the other; all zeros is an empty block. */
struct manifest_file_encoder {
    struct buffer data;
    size_t used;
    const char *path; /* of the row before */
    size_t length;
    int64_t mtime_ns;
};

/* Appends a row, whose path must live until the next. False without memory. */
bool manifest_file_rows_add(struct manifest_file_encoder *encoder,
                            const struct manifest_entry *entry);

/* Begins another block in the same memory. */
void manifest_file_rows_restart(struct manifest_file_encoder *encoder);

enum manifest_file_outcome {
    MANIFEST_FILE_FINE,
    MANIFEST_FILE_DAMAGED, /* no writer of ours made this */
    MANIFEST_FILE_NO_MEMORY,
};

/* A reader of one block: at the first row of `at` to `end` when the rest is zeros. */
struct manifest_file_decoder {
    const uint8_t *at, *end;
    struct buffer path; /* of the row before; freed by the owner */
    size_t length;
    int64_t mtime_ns;
};

/* The next row. Its path is in the decoder's memory until the next call; its label is 0. Nothing
 * behind `end` is read, whatever the bytes are. */
enum manifest_file_outcome manifest_file_rows_next(struct manifest_file_decoder *decoder,
                                                   struct manifest_entry *entry);

#endif
