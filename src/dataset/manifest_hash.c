#include "dataset/manifest_hash.h"

#include <string.h>

#define BASIS UINT64_C(0xcbf29ce484222325)
#define PRIME UINT64_C(0x100000001b3)

uint64_t manifest_hash(const struct manifest *manifest)
{
    uint64_t hash = BASIS;
    for (size_t i = 0; i < manifest->count; i++) {
        const struct manifest_entry *entry = &manifest->entries[i];
        const char *c = entry->path;
        do
            hash = (hash ^ (uint8_t)*c) * PRIME;
        while (*c++);
        for (int shift = 0; shift < 64; shift += 8)
            hash = (hash ^ (entry->bytes >> shift & 0xff)) * PRIME;
    }
    return hash;
}

/* Odd, half of its bits set: the golden ratio of 2^64. */
#define GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* The high half of a product depends on all bits of both; it is folded back for the next. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * GOLDEN;
    return hash ^ hash >> 32;
}

static uint32_t fold(uint64_t hash)
{
    hash = mix(hash, 0);
    return (uint32_t)(hash >> 32 ^ hash);
}

struct manifest_mark manifest_mark(const struct manifest_entry *entry)
{
    size_t length = strlen(entry->path), at = 0;
    uint64_t path = length, word;
    for (; at + sizeof word <= length; at += sizeof word) {
        memcpy(&word, entry->path + at, sizeof word);
        path = mix(path, word);
    }
    word = 0;
    memcpy(&word, entry->path + at, length - at);
    path = mix(path, word);
    uint64_t file = mix(mix(mix(0, entry->bytes), (uint64_t)entry->mtime_ns),
                        (uint64_t)entry->kind << 16 | entry->error);
    return (struct manifest_mark){.path = fold(path), .file = fold(file)};
}
