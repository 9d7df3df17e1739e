/*
 * shard_merge_parts: what the two passes of a merge share, checking and writing. Private to the
 * files shard_merge*.c.
 * Knows: shard/shard_merge.h.
 */
#ifndef PIXSCALE_SHARD_SHARD_MERGE_PARTS_H
#define PIXSCALE_SHARD_SHARD_MERGE_PARTS_H

#include "dataset/manifest_file.h"
#include "shard/shard_merge.h"

struct shard_merge {
    struct shard_set set;
    struct shard_merge_hooks hooks;
    struct shard_merge_totals totals;
    struct manifest_file *list;
    int lock; /* on the set, as long as it is open */
    char *index_path;
    struct npy_shape shape; /* of all rows */
    char descr[8];
    bool separate, drop, labels;
    bool has_array; /* the shared one */
    bool complete;
};

/* The rows of one shard, as its journal has them. */
struct shard_merge_rows {
    struct manifest manifest;
    struct index_item *items;
    uint64_t numbers[JOURNAL_NUMBERS];
    struct npy *array; /* of its own; NULL where the array is shared */
    char why[1024];
};

/* Which rows shard `index` has, which must be the ones from row `next` on. False with an error. */
bool shard_merge_parts_range(struct shard_merge *merge, uint32_t index, uint64_t next,
                             struct shard_merge_part *part, struct error *error);

/* Finds the state of a shard whose range is known, and what it has when it is finished. To be freed
 * in any case. False with an error when that cannot be told. */
bool shard_merge_parts_load(struct shard_merge *merge, struct shard_merge_part *part,
                            struct shard_merge_rows *rows, struct error *error);
void shard_merge_parts_free(struct shard_merge_rows *rows);

/* The note `merged`: by which marks array and index are known, and what was counted. */
struct shard_merge_note {
    uint64_t array, index, good, failed;
};

/* False when there is none. */
bool shard_merge_parts_read_note(const struct shard_set *set, struct shard_merge_note *note);
bool shard_merge_parts_write_note(const struct shard_set *set, const struct shard_merge_note *note,
                                  struct error *error);

/* The mark of the file with this name; 0 where there is none. */
uint64_t shard_merge_parts_mark(const char *path);

/* Tells the caller. */
void shard_merge_parts_phase(const struct shard_merge *merge, const char *name);
void shard_merge_parts_progress(const struct shard_merge *merge, uint64_t rows);

#endif
