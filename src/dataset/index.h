/*
 * index: the CSV beside the array that says what became of each input.
 *
 * Columns: row,path,status,width,height,format,mode,bytes,reason, and `label` last with
 * --label-from. One header line, then one line an input in manifest order, RFC 4180 quoting with
 * "\n" line ends. width, height and mode are empty when the picture's header was not reached,
 * format
 * ("jpeg", "png") when it is neither, status (and row when others are dropped) for an input that no
 * worker has been at.
 *
 * Paths and labels are first escaped reversibly: '\\' for a backslash, '\n' for a newline, '\xHH'
 * (lower case) for each byte of other characters that must not be shown (base/escape.h: controls,
 * separators of lines, marks of direction ...) and for bytes that are not valid UTF-8; so a line is
 * always a line, and always UTF-8. Knows: base, image/pixel.h, image/reason.h.
 */
#ifndef PIXSCALE_DATASET_INDEX_H
#define PIXSCALE_DATASET_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/status.h"
#include "dataset/manifest.h"
#include "image/pixel.h"
#include "image/reason.h"

/* What a worker leaves of one input. 48 bytes: a million of them weigh 48 MB. */
struct index_item {
    uint64_t bytes; /* read of the file */
    struct reason reason;
    uint32_t width, height; /* as stored in the file; 0 when the header was not reached */
    uint8_t status;         /* enum status */
    uint8_t container;      /* enum picture_container */
    uint8_t format;         /* enum pixel_format; valid when width is not 0 */
    uint8_t done;           /* enum index_done: 0 before a worker has been here */
    uint32_t previous;      /* the pipeline's: what the same thread was at before */
};

enum index_done {
    INDEX_WORKED = 1, /* a worker has been here */
    INDEX_RECORDED,   /* and the journal tells of it */
};

struct index_options {
    bool labels;      /* write the label column: the name of the folder */
    bool drop_failed; /* --on-error drop: failed inputs have an empty row, the others count on */
};

/* Writes PATH.partial; index_sync makes it durable, index_commit renames it. On failure (output) it
 * is removed. A NULL `options` is all zeros. */
bool index_write(const char *path, const struct manifest *manifest, const struct index_item *items,
                 const struct index_options *options, struct error *error);

/* The same in parts, for a list of which no one holds the whole: begin, append the parts in the
 * order of rows, end. Memory is the same for any number of rows. */
struct index_writer;

/* NULL on failure (output). A NULL `options` is all zeros. */
struct index_writer *index_begin(const char *path, const struct index_options *options,
                                 struct error *error);

/* Adds the lines of the next rows. False (output): then abandon it. */
bool index_append(struct index_writer *writer, const struct manifest *manifest,
                  const struct index_item *items, struct error *error);

/* Ends the file, which is then as index_write leaves it, and frees the writer in any case. On
 * failure (output) PATH.partial is removed. */
bool index_end(struct index_writer *writer, struct error *error);

/* Removes PATH.partial and frees the writer. NULL is allowed. */
void index_discard(struct index_writer *writer);

/* fsyncs PATH.partial: a step of its own, as waiting for the disk is not writing. On failure it is
 * removed. */
bool index_sync(const char *path, struct error *error);

/* By what PATH.partial is known when it has its name (partial_mark); 0 where it is not there. */
uint64_t index_mark(const char *path);

/* Renames PATH.partial to PATH (partial_rename tells of `replace`) and fsyncs the folder. A file
 * with the same bytes is replaced in any case: it is the index of a run that was killed before its
 * array had its name. On failure nothing of ours is left but that. */
bool index_commit(const char *path, bool replace, struct error *error);

/* Removes PATH.partial if it is there. */
void index_abandon(const char *path);

/* Escapes a path as the index does, without CSV quoting. Writes at most `size` bytes, terminated
 * and never ending within an escape or a character; returns the length that it has in full. */
size_t index_escape_path(const char *path, char *text, size_t size);

/* Writes the path to a stream as a field of the index, escaped and quoted. */
void index_put_path(FILE *file, const char *path);

/* The escaped path as a text that the caller frees; NULL when memory ran out. */
char *index_escape_copy(const char *path);

/* Reverses it; false when `text` is not something index_escape_path writes, or the path and its
 * terminator are more than `size` bytes. */
bool index_unescape_path(const char *text, char *path, size_t size);

#endif
