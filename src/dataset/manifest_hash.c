#include "dataset/manifest_hash.h"

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
