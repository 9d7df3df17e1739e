/*
 * manifest_store: where the manifest's paths live, and how its list grows.
 *
 * Path bytes are packed into blocks that never move, so that an entry's path is a plain pointer and
 * a million names are some dozens of allocations. Private to the manifest's files. Knows: base.
 */
#ifndef PIXSCALE_DATASET_MANIFEST_STORE_H
#define PIXSCALE_DATASET_MANIFEST_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "base/error.h"
#include "dataset/manifest.h"

struct manifest_store {
    struct manifest_block *blocks; /* newest first */
    size_t capacity;               /* entries that manifest->entries has room for */
    const char **labels;           /* names of holding folders, byte-wise sorted */
};

/* Makes *manifest an empty list. False when memory ran out. */
bool manifest_store_create(struct manifest *manifest, struct error *error);

/* Frees the list and all that belongs to it. */
void manifest_store_free(struct manifest *manifest);

/* Copies `length` bytes and a terminator. NULL when memory ran out. */
char *manifest_store_text(struct manifest_store *store, const char *text, size_t length,
                          struct error *error);

/* The same for "FOLDER/NAME", the folder's text being `length` bytes. */
char *manifest_store_join(struct manifest_store *store, const char *folder, size_t length,
                          const char *name, struct error *error);

/* What stat said of an entry's file, NULL when it failed with `failure`. */
void manifest_store_describe(struct manifest_entry *entry, const struct stat *st, int failure);

/* Appends an entry that manifest_stat_fill is to fill in. False when memory ran out. */
bool manifest_store_add_waiting(struct manifest *manifest, const char *path, struct error *error);

/* Appends an entry and counts its bytes; the path must belong to the store. `st` is what stat said,
 * or NULL when it failed with `failure`. False when memory ran out. */
bool manifest_store_add(struct manifest *manifest, const char *path, const struct stat *st,
                        int failure, struct error *error);

/* Appends an entry as it is and counts its bytes; the path must belong to the store. False when
 * memory ran out. */
bool manifest_store_add_entry(struct manifest *manifest, const struct manifest_entry *entry,
                              struct error *error);

/* Appends an entry for a folder that could not be read, or is not to be (`failure` 0). */
bool manifest_store_add_folder(struct manifest *manifest, const char *path, int failure,
                               struct error *error);

/* True when the file is one that `options` (may be NULL) says is never an input. */
bool manifest_store_excludes(const struct manifest_options *options, const struct stat *st);

/* The error of memory having run out. Returns false. */
bool manifest_store_no_memory(struct error *error);

#endif
