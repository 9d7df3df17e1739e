/*
 * shard_merge: one array out of what the shards of a set have left.
 *
 * Looks at every shard, one after the other, and only when all are done writes: the index, where
 * needed a new array (rows to be dropped, or shards with arrays of their own), then the names, the
 * index's first and the array's last, and removes the set's folder. The bytes are those that one
 * run of all the inputs would have written. Killed at any moment it can be called again and ends
 * the same: before the names are given, the file `merged` notes by which marks the two files are
 * known. Memory is that of the largest shard; no more than a few files are open at a time.
 * Knows: base, dataset, the rest of this room.
 */
#ifndef PIXSCALE_SHARD_SHARD_MERGE_H
#define PIXSCALE_SHARD_SHARD_MERGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/ranges.h"
#include "base/status.h"
#include "dataset/index.h"
#include "dataset/journal.h"
#include "dataset/manifest.h"
#include "dataset/npy.h"
#include "shard/shard_set.h"

enum shard_merge_state {
    SHARD_MERGE_FINISHED, /* or has no rows to make */
    SHARD_MERGE_RUNNING,
    SHARD_MERGE_STOPPED, /* with some rows, or none, on disk */
    SHARD_MERGE_MISSING, /* nobody began it */
    SHARD_MERGE_DAMAGED, /* or is of another set: `why` says */
};

/* What was found of one shard. */
struct shard_merge_part {
    struct shard shard;
    struct range rows;
    enum shard_merge_state state;
    uint64_t done;   /* rows that a stopped one has on disk */
    const char *why; /* it is damaged; else "" */
};

/* Over the shards that are finished. */
struct shard_merge_totals {
    uint32_t shards, finished;
    uint64_t rows;         /* of the whole set */
    uint64_t good, failed; /* rows with and without a picture */
    uint64_t bytes;        /* read of the files */
    uint64_t statuses[STATUS_COUNT];
};

/* What the caller is told on the way; any of them may be NULL. */
struct shard_merge_hooks {
    /* Each shard as it was found, in order. */
    void (*part)(void *user, const struct shard_merge_part *part);
    /* Each failed input of a finished shard, in order. */
    void (*failure)(void *user, const struct manifest_entry *entry, const struct index_item *item);
    /* The numbers of a finished shard's journal. */
    void (*numbers)(void *user, const uint64_t numbers[JOURNAL_NUMBERS]);
    /* What begins: "check", "index", "join", "drop", "sync", "commit". */
    void (*phase)(void *user, const char *name);
    /* Rows that were gone through, of all. */
    void (*progress)(void *user, uint64_t done, uint64_t total);
    /* The mark of the shard's own array that the numbers hold; NULL: they hold none. */
    uint64_t (*mark)(const uint64_t numbers[JOURNAL_NUMBERS]);
    void *user;
};

struct shard_merge;

/* Opens the set of the array `output`, takes it for this process alone, and holds its list of
 * inputs against what the shards agreed on. NULL with an error (usage: there is no set, or list and
 * set do not fit; output: I/O, memory, another merge is at it). `hooks` is copied. */
struct shard_merge *shard_merge_open(const char *output, const struct shard_merge_hooks *hooks,
                                     struct error *error);

/* Whether an earlier merge gave the outputs their names and was killed before it had cleaned up:
 * then shard_merge_write only does that, nothing is to be checked, and of the totals only rows,
 * good and failed are known. */
bool shard_merge_is_complete(const struct shard_merge *merge);

/* Whether the index under the final name is one that an earlier merge gave it before it was killed,
 * so that it may be replaced. */
bool shard_merge_left_index(const struct shard_merge *merge);

const struct shard_set *shard_merge_set(const struct shard_merge *merge);
const char *shard_merge_index(const struct shard_merge *merge); /* the index's name; NULL when
                                                                   complete */

/* Looks at every shard. False (error) when the list cannot be read; that shards are not finished is
 * for the totals to tell. */
bool shard_merge_check(struct shard_merge *merge, struct error *error);
const struct shard_merge_totals *shard_merge_totals(const struct shard_merge *merge);

/* The shape of the array as it will be, or is. */
const struct npy_shape *shard_merge_shape(const struct shard_merge *merge);

/* Writes and names the outputs, and removes the set. All shards must be finished. Files that have
 * the names are replaced, or without `replace` a failure. False with an error: nothing is lost, and
 * it can be called again by another process. */
bool shard_merge_write(struct shard_merge *merge, bool replace, struct error *error);

/* Frees all. NULL is allowed. */
void shard_merge_close(struct shard_merge *merge);

#endif
