#include "dataset/manifest_store.h"

#include <stdlib.h>
#include <string.h>

#include "dataset/manifest_stat.h"

/* Large enough that malloc maps each block on its own, small enough that a list of three names does
 * not show: untouched pages cost nothing. */
#define BLOCK_BYTES ((size_t)1 << 20)

struct manifest_block {
    struct manifest_block *next;
    size_t used, size;
    char text[];
};

bool manifest_store_no_memory(struct error *error)
{
    return error_set(error, ERROR_OUTPUT,
                     "not enough memory for the list of inputs; split it into smaller runs");
}

bool manifest_store_create(struct manifest *manifest, struct error *error)
{
    *manifest = (struct manifest){.store = calloc(1, sizeof *manifest->store)};
    return manifest->store || manifest_store_no_memory(error);
}

void manifest_store_free(struct manifest *manifest)
{
    if (manifest->store) {
        struct manifest_block *next;
        for (struct manifest_block *block = manifest->store->blocks; block; block = next) {
            next = block->next;
            free(block);
        }
        free(manifest->store->labels);
        free(manifest->store);
    }
    free(manifest->entries);
    *manifest = (struct manifest){0};
}

/* Room for a text of `length` bytes and its terminator. */
static char *reserve(struct manifest_store *store, size_t length, struct error *error)
{
    struct manifest_block *block = store->blocks;
    if (!block || block->size - block->used <= length) {
        size_t size = length < BLOCK_BYTES ? BLOCK_BYTES : length + 1;
        block = malloc(sizeof *block + size);
        if (!block) {
            manifest_store_no_memory(error);
            return NULL;
        }
        *block = (struct manifest_block){.next = store->blocks, .size = size};
        store->blocks = block;
    }
    char *text = block->text + block->used;
    block->used += length + 1;
    return text;
}

char *manifest_store_text(struct manifest_store *store, const char *text, size_t length,
                          struct error *error)
{
    char *copy = reserve(store, length, error);
    if (!copy)
        return NULL;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *manifest_store_join(struct manifest_store *store, const char *folder, size_t length,
                          const char *name, struct error *error)
{
    size_t name_length = strlen(name);
    char *path = reserve(store, length + 1 + name_length, error);
    if (!path)
        return NULL;
    memcpy(path, folder, length);
    path[length] = '/';
    memcpy(path + length + 1, name, name_length + 1);
    return path;
}

static struct manifest_entry *append(struct manifest *manifest, struct error *error)
{
    struct manifest_store *store = manifest->store;
    if (manifest->count == store->capacity) {
        size_t capacity = store->capacity ? 2 * store->capacity : 64;
        void *entries = reallocarray(manifest->entries, capacity, sizeof *manifest->entries);
        if (!entries) {
            manifest_store_no_memory(error);
            return NULL;
        }
        manifest->entries = entries;
        store->capacity = capacity;
    }
    return &manifest->entries[manifest->count++];
}

void manifest_store_describe(struct manifest_entry *entry, const struct stat *st, int failure)
{
    if (!st) {
        entry->kind = MANIFEST_MISSING;
        entry->error = (uint16_t)failure;
    } else if (S_ISREG(st->st_mode)) {
        entry->kind = MANIFEST_REGULAR;
        entry->bytes = (uint64_t)st->st_size;
        entry->mtime_ns = manifest_mtime_ns(st);
    } else {
        entry->kind = S_ISDIR(st->st_mode) ? MANIFEST_FOLDER : MANIFEST_SPECIAL;
    }
}

bool manifest_store_add_waiting(struct manifest *manifest, const char *path, struct error *error)
{
    struct manifest_entry *entry = append(manifest, error);
    if (entry)
        *entry = (struct manifest_entry){.path = path, .kind = MANIFEST_STAT_WAITS};
    return entry != NULL;
}

bool manifest_store_add(struct manifest *manifest, const char *path, const struct stat *st,
                        int failure, struct error *error)
{
    struct manifest_entry *entry = append(manifest, error);
    if (!entry)
        return false;
    *entry = (struct manifest_entry){.path = path};
    manifest_store_describe(entry, st, failure);
    manifest->bytes += entry->bytes;
    return true;
}

bool manifest_store_add_entry(struct manifest *manifest, const struct manifest_entry *entry,
                              struct error *error)
{
    struct manifest_entry *added = append(manifest, error);
    if (!added)
        return false;
    *added = *entry;
    manifest->bytes += entry->bytes;
    return true;
}

bool manifest_store_add_folder(struct manifest *manifest, const char *path, int failure,
                               struct error *error)
{
    struct manifest_entry *entry = append(manifest, error);
    if (!entry)
        return false;
    *entry =
        (struct manifest_entry){.path = path, .kind = MANIFEST_FOLDER, .error = (uint16_t)failure};
    return true;
}

bool manifest_store_excludes(const struct manifest_options *options, const struct stat *st)
{
    if (!options)
        return false;
    for (size_t i = 0; i < options->exclude_count; i++)
        if (options->exclude[i].device == st->st_dev && options->exclude[i].inode == st->st_ino)
            return true;
    return false;
}
