/*
 * taps: the weights of one axis of a resampling, in the fixed point that Pillow uses.
 *
 * Every filter, nearest and "no change" included, is a table of taps: output i is
 *     clamp((2^21 + Σ source[first[i] + k] · q[i][k]) >> 22),  0 ≤ k < count[i].
 * Nearest is a single tap of 2^22, which is exact.
 * Source of the weights: Pillow 9.4, src/libImaging/Resample.c and Geometry.c (as facts).
 * Knows: base.
 */
#ifndef PIXSCALE_IMAGE_TAPS_H
#define PIXSCALE_IMAGE_TAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum taps_filter {
    TAPS_NEAREST,
    TAPS_BOX,
    TAPS_BILINEAR,
    TAPS_HAMMING,
    TAPS_BICUBIC,
    TAPS_LANCZOS,
    TAPS_FILTER_COUNT
};

#define TAPS_GROUP 8  /* taps are padded with zeros to a multiple of this */
#define TAPS_BITS  22 /* fixed point of a weight */

/* What a table depends on. Compared as a whole: make it with designated initialisers. */
struct taps_key {
    uint32_t in, out; /* lengths in pixels, at least 1 */
    float from, to;   /* the source interval, 0 ≤ from < to ≤ in */
    enum taps_filter filter;
    bool mirror; /* the source is read backwards: output i is taken from in-1-x … */
};

/* One axis. Entries are in ascending order of `first`; with key.mirror entry j belongs to output
 * out-1-j, so that a picture can be mirrored while it streams. All arrays lie in one block. */
struct taps {
    struct taps_key key;
    uint32_t longest; /* the largest count */
    uint32_t *first;  /* [out] first source pixel */
    uint32_t *count;  /* [out] taps; 0 when the output lies outside (it is 0 then) */
    uint32_t *offset; /* [out] of its weights in the arrays below, a multiple of TAPS_GROUP */
    /* The weights, in the two forms that vector units multiply; both padded with zeros to a
     * multiple of TAPS_GROUP an output.
     *
     * q = Σ digit[d] · 256^d, digits −128 … 127.
     *
     * q = top · 2^shift + rest, rest −2^(shift−1) … 2^(shift−1)−1, with the least shift ≤ 8 for
     * which every top fits 16 bits: the smaller the weights, the less is left for rest. A group's
     * tops are stored 0 2 4 6 1 3 5 7: where four pixels fill 32 bits, the even ones are had by a
     * mask and the odd ones by a shift. */
    int8_t *digit[3];
    int16_t *top;
    int8_t *rest;
    unsigned shift;
    /* Σ pixel · rest fits 16 bits, for any pixels, where each pair of taps in a group has a sum of
     * its own (narrow), or where the first and the third share one and the second and the fourth
     * (narrow_shared). True of nearly all tables that shrink. */
    bool narrow, narrow_shared;
    size_t bytes; /* of the whole block */
};

/* "bicubic", … by number; NULL behind the last. */
extern const char *const taps_filter_names[TAPS_FILTER_COUNT + 1];

/* Weight k of entry j, recombined. */
static inline int32_t taps_weight(const struct taps *taps, uint32_t j, uint32_t k)
{
    uint32_t at = taps->offset[j] + k;
    return taps->digit[0][at] + 256 * taps->digit[1][at] + 65536 * taps->digit[2][at];
}

/* Makes a table. NULL when memory ran out. Freed by taps_free. Costs 10 to 50 µs. */
struct taps *taps_make(const struct taps_key *key);
void taps_free(struct taps *taps);

/* Tables a thread has used lately: a picture's two tables stay valid until the next two calls. */
struct taps_cache;
#define TAPS_CACHE_BYTES (1u << 20) /* a thread's tables: some hundred shapes at 64 × 64 */
struct taps_cache *taps_cache_new(void);
void taps_cache_free(struct taps_cache *cache);

/* Forgets all tables. */
void taps_cache_clear(struct taps_cache *cache);

/* The table for the key, from the cache or new. NULL when memory ran out. Owned by the cache; at
 * least the two tables asked for last are kept, whatever they weigh. */
const struct taps *taps_cache_get(struct taps_cache *cache, const struct taps_key *key);

#endif
