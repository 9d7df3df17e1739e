#include "dataset/manifest_sort.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "dataset/manifest_store.h"

/* Paths of one folder agree in their first dozens of bytes, which makes comparing whole strings
 * slow twice: the shared bytes are read again and again, and each time from another cache line.
 * So a range of paths is sorted by a key of the eight bytes that follow what all of them share,
 * held beside the pointer; paths with equal keys are a smaller range that shares eight bytes more.
 */
struct item {
    uint64_t key; /* eight bytes of the path as a big-endian number, zeros from its end on */
    const struct manifest_entry *entry;
};

#define KEY_BYTES sizeof(uint64_t)
/* Below this many items strcmp by insertion is as fast as making keys, and it ends the recursion
 * for the long chains of prefixes that deep folders make. */
#define SMALL_RANGE 12

static uint64_t key_at(const char *text)
{
    uint64_t key = 0;
    size_t i = 0;
    for (; i < KEY_BYTES && text[i]; i++)
        key = key << 8 | (uint8_t)text[i];
    return i ? key << 8 * (KEY_BYTES - i) : 0;
}

/* A path that ended inside the key has a zero as the key's last byte. */
static bool key_ends_path(uint64_t key)
{
    return (key & 0xff) == 0;
}

static int compare_keys(const void *a, const void *b)
{
    uint64_t x = ((const struct item *)a)->key, y = ((const struct item *)b)->key;
    return (x > y) - (x < y);
}

static void sort_small(struct item *items, size_t count, size_t skip)
{
    for (size_t i = 1; i < count; i++) {
        struct item item = items[i];
        size_t j = i;
        for (; j && strcmp(items[j - 1].entry->path + skip, item.entry->path + skip) > 0; j--)
            items[j] = items[j - 1];
        items[j] = item;
    }
}

/* Bytes beyond `skip` that all paths of the range share. */
static size_t shared_bytes(const struct item *items, size_t count, size_t skip)
{
    const char *first = items[0].entry->path + skip;
    size_t shared = strlen(first);
    for (size_t i = 1; i < count && shared; i++) {
        const char *path = items[i].entry->path + skip;
        size_t same = 0;
        while (same < shared && path[same] == first[same])
            same++;
        shared = same;
    }
    return shared;
}

/* Sorts paths that agree in their first `skip` bytes. */
static void sort_range(struct item *items, size_t count, size_t skip)
{
    if (count <= SMALL_RANGE) {
        sort_small(items, count, skip);
        return;
    }
    skip += shared_bytes(items, count, skip);
    for (size_t i = 0; i < count; i++)
        items[i].key = key_at(items[i].entry->path + skip);
    qsort(items, count, sizeof *items, compare_keys);
    for (size_t begin = 0, end; begin < count; begin = end) {
        uint64_t key = items[begin].key;
        for (end = begin + 1; end < count && items[end].key == key;)
            end++;
        if (end - begin > 1 && !key_ends_path(key))
            sort_range(items + begin, end - begin, skip + KEY_BYTES);
    }
}

static bool is_sorted(const struct manifest *manifest)
{
    for (size_t i = 1; i < manifest->count; i++)
        if (strcmp(manifest->entries[i - 1].path, manifest->entries[i].path) >= 0)
            return false;
    return true;
}

bool manifest_sort(struct manifest *manifest, struct error *error)
{
    size_t count = manifest->count;
    if (is_sorted(manifest))
        return true;
    struct item *items = calloc(count, sizeof *items);
    struct manifest_entry *sorted = calloc(count, sizeof *sorted);
    if (!items || !sorted) {
        free(items);
        free(sorted);
        return manifest_store_no_memory(error);
    }
    for (size_t i = 0; i < count; i++)
        items[i].entry = &manifest->entries[i];
    sort_range(items, count, 0);

    manifest->count = 0;
    manifest->bytes = 0;
    for (size_t i = 0; i < count; i++) {
        if (i && strcmp(items[i].entry->path, items[i - 1].entry->path) == 0)
            continue;
        sorted[manifest->count++] = *items[i].entry;
        manifest->bytes += items[i].entry->bytes;
    }
    free(items);
    free(manifest->entries);
    manifest->entries = sorted;
    manifest->store->capacity = count;
    return true;
}
