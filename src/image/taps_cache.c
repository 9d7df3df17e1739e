#include "image/taps.h"

#include <stdlib.h>

#define MAX_TABLES 256

struct taps_cache {
    struct taps *table[MAX_TABLES]; /* most recently used first */
    unsigned count;
    size_t bytes;
};

struct taps_cache *taps_cache_new(void)
{
    return calloc(1, sizeof(struct taps_cache));
}

void taps_cache_clear(struct taps_cache *cache)
{
    for (unsigned i = 0; i < cache->count; i++)
        taps_free(cache->table[i]);
    cache->count = 0;
    cache->bytes = 0;
}

void taps_cache_free(struct taps_cache *cache)
{
    if (cache)
        taps_cache_clear(cache);
    free(cache);
}

static bool same_key(const struct taps_key *a, const struct taps_key *b)
{
    return a->in == b->in && a->out == b->out && a->from == b->from && a->to == b->to &&
           a->filter == b->filter && a->mirror == b->mirror;
}

static void move_to_front(struct taps_cache *cache, unsigned i)
{
    struct taps *taps = cache->table[i];
    for (; i > 0; i--)
        cache->table[i] = cache->table[i - 1];
    cache->table[0] = taps;
}

/* Drops the tables used longest ago; the most recent one stays, as its caller still holds it. */
static void make_room(struct taps_cache *cache, size_t bytes)
{
    while (cache->count > 1 &&
           (cache->bytes + bytes > TAPS_CACHE_BYTES || cache->count == MAX_TABLES)) {
        struct taps *oldest = cache->table[--cache->count];
        cache->bytes -= oldest->bytes;
        taps_free(oldest);
    }
}

const struct taps *taps_cache_get(struct taps_cache *cache, const struct taps_key *key)
{
    for (unsigned i = 0; i < cache->count; i++)
        if (same_key(&cache->table[i]->key, key)) {
            move_to_front(cache, i);
            return cache->table[0];
        }
    struct taps *taps = taps_make(key);
    if (!taps)
        return NULL;
    make_room(cache, taps->bytes);
    cache->table[cache->count] = taps;
    cache->bytes += taps->bytes;
    move_to_front(cache, cache->count++);
    return taps;
}
