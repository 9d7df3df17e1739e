/*
 * resize_kernels_x86: what the variants for x86 have in common: how many rows go together, pixels
 * and weights brought in order, sums put together, rounded and stored, and gray in short registers.
 *
 * All of it is inlined into functions that are compiled for the same instructions or more, where
 * the compiler encodes it as it does the rest: sharing costs nothing.
 * Knows: image/resize_kernels.h.
 */
#ifndef PIXSCALE_IMAGE_RESIZE_KERNELS_X86_H
#define PIXSCALE_IMAGE_RESIZE_KERNELS_X86_H

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>
#include <string.h>

#include "image/resize_kernels.h"

#define RESIZE_KERNELS_X86_HALF (1 << (TAPS_BITS - 1))

/* Calls `body` for four rows at a time and then for each that is left: its last argument is a
 * constant, so that it becomes two functions whose sums stay in registers. */
#define RESIZE_KERNELS_X86_BY_FOUR(body, taps, source, target, rows, ...)                          \
    do {                                                                                           \
        for (; (rows) >= 4; (rows) -= 4, (source) += 4, (target) += 4)                             \
            body(taps, source, target, __VA_ARGS__, 4);                                            \
        for (; (rows); (rows)--, (source)++, (target)++)                                           \
            body(taps, source, target, __VA_ARGS__, 1);                                            \
    } while (0)

/* No instruction, but it says that the vector is in a register here. Without it gcc 12 interleaves
 * the rows of a step until it runs out of registers, and sums in memory: a quarter slower. */
#define RESIZE_KERNELS_X86_KEEP(vector) __asm__("" : "+v"(vector))

#define RESIZE_KERNELS_X86 static inline __attribute__((target("sse4.1"), always_inline))

/* Sums of red, green, blue (and one that does not matter), half a unit added, to a pixel of each of
 * 4 rows or of 1. */
RESIZE_KERNELS_X86 void resize_kernels_x86_put3(uint8_t *const target[], size_t at, __m128i sum[],
                                                const unsigned rows)
{
    for (unsigned r = 0; r < rows; r++)
        sum[r] = _mm_srai_epi32(sum[r], TAPS_BITS);
    __m128i low = _mm_packs_epi32(sum[0], sum[rows > 1 ? 1 : 0]);
    __m128i high = rows == 4 ? _mm_packs_epi32(sum[2], sum[3]) : low;
    __m128i pixels = _mm_packus_epi16(low, high);
    int32_t four = _mm_cvtsi128_si32(pixels);
    memcpy(target[0] + at, &four, sizeof four);
    if (rows == 4) {
        four = _mm_extract_epi32(pixels, 1);
        memcpy(target[1] + at, &four, sizeof four);
        four = _mm_extract_epi32(pixels, 2);
        memcpy(target[2] + at, &four, sizeof four);
        four = _mm_extract_epi32(pixels, 3);
        memcpy(target[3] + at, &four, sizeof four);
    }
}

/* The same of gray, whose sum is spread over all lanes. */
RESIZE_KERNELS_X86 void resize_kernels_x86_put1(uint8_t *const target[], size_t at,
                                                const __m128i sum[], const unsigned rows)
{
    __m128i low = _mm_hadd_epi32(sum[0], sum[rows > 1 ? 1 : 0]);
    __m128i high = rows == 4 ? _mm_hadd_epi32(sum[2], sum[3]) : low;
    __m128i all = _mm_srai_epi32(_mm_hadd_epi32(low, high), TAPS_BITS);
    __m128i bytes = _mm_packus_epi16(_mm_packs_epi32(all, all), all);
    uint32_t four = (uint32_t)_mm_cvtsi128_si32(bytes);
    for (unsigned r = 0; r < rows; r++)
        target[r][at] = (uint8_t)(four >> 8 * r);
}

/*
 * A weight is top · 2^shift + rest (image/taps.h). Of four pixels in 32 bits the even ones are had
 * by a mask and the odd ones by a shift, as 16 bits each; pmaddwd multiplies them with their tops.
 * The rests are 8 bits wide, so pmaddubsw multiplies all four at once, and while `narrow` holds
 * their sums need no more than 16 bits.
 */

/* Sums the products of 16 pixels with their rests: 16-bit sums when narrow, else of 32 bits. */
RESIZE_KERNELS_X86 __m128i resize_kernels_x86_rests(__m128i sum, __m128i pixels, __m128i rest,
                                                    const bool narrow)
{
    if (narrow)
        return _mm_add_epi16(sum, _mm_maddubs_epi16(pixels, rest));
    /* One product of two is zero: the largest, 255 · 128, just fits. */
    const __m128i one = _mm_set1_epi16(1), low = _mm_set1_epi16(255);
    __m128i even = _mm_maddubs_epi16(pixels, _mm_and_si128(rest, low));
    __m128i odd = _mm_maddubs_epi16(pixels, _mm_andnot_si128(low, rest));
    sum = _mm_add_epi32(sum, _mm_madd_epi16(even, one));
    return _mm_add_epi32(sum, _mm_madd_epi16(odd, one));
}

/* Both sums put together, modulo 2^32. */
RESIZE_KERNELS_X86 __m128i resize_kernels_x86_whole(__m128i top, __m128i rest, unsigned shift,
                                                    const bool narrow)
{
    if (narrow)
        rest = _mm_madd_epi16(rest, _mm_set1_epi16(1));
    return _mm_add_epi32(_mm_sll_epi32(top, _mm_cvtsi32_si128((int)shift)), rest);
}

/* Adds eight gray pixels of each row. */
RESIZE_KERNELS_X86 void resize_kernels_x86_gray(const struct taps *taps, uint32_t offset,
                                                const uint8_t *const source[], size_t at,
                                                __m128i top[], __m128i rest[], const bool narrow,
                                                const unsigned rows)
{
    const __m128i order = _mm_setr_epi8(0, -1, 2, -1, 4, -1, 6, -1, 1, -1, 3, -1, 5, -1, 7, -1);
    __m128i t = _mm_loadu_si128((const __m128i *)(taps->top + offset));
    __m128i e = _mm_loadl_epi64((const __m128i *)(taps->rest + offset));
    for (unsigned r = 0; r < rows; r++) {
        __m128i p = _mm_loadl_epi64((const __m128i *)(source[r] + at));
        top[r] = _mm_add_epi32(top[r], _mm_madd_epi16(_mm_shuffle_epi8(p, order), t));
        rest[r] = resize_kernels_x86_rests(rest[r], p, e, narrow);
        RESIZE_KERNELS_X86_KEEP(top[r]);
        RESIZE_KERNELS_X86_KEEP(rest[r]);
    }
}

/* The horizontal pass of gray in short registers: all that SSE4.1 has, and the best for few taps.
 */
RESIZE_KERNELS_X86 void resize_kernels_x86_gray_rows(const struct taps *taps,
                                                     const uint8_t *const source[],
                                                     uint8_t *const target[], const bool narrow,
                                                     const unsigned rows)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = taps->first[j];
        uint32_t offset = taps->offset[j], end = offset + taps->count[j];
        __m128i top[4], rest[4], sum[4];
        for (unsigned r = 0; r < rows; r++) {
            top[r] = _mm_cvtsi32_si128(RESIZE_KERNELS_X86_HALF >> taps->shift);
            rest[r] = _mm_setzero_si128();
        }
        for (; offset < end; offset += 8, at += 8)
            resize_kernels_x86_gray(taps, offset, source, at, top, rest, narrow, rows);
        for (unsigned r = 0; r < rows; r++)
            sum[r] = resize_kernels_x86_whole(top[r], rest[r], taps->shift, narrow);
        resize_kernels_x86_put1(target, j, sum, rows);
    }
}

#define RESIZE_KERNELS_X86_256 static inline __attribute__((target("avx2"), always_inline))

/* Every 32 bits of the lower half get dword `a`, those of the upper half get dword `b`. */
RESIZE_KERNELS_X86_256 __m256i resize_kernels_x86_spread(__m128i dwords, int a, int b)
{
    return _mm256_permutevar8x32_epi32(_mm256_castsi128_si256(dwords),
                                       _mm256_setr_epi32(a, a, a, a, b, b, b, b));
}

/* Eight RGB pixels: RRRR GGGG BBBB ---- of four in each half. */
RESIZE_KERNELS_X86_256 __m256i resize_kernels_x86_pixels(const uint8_t *pixel)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1));
    __m128i low = _mm_loadu_si128((const __m128i *)pixel);
    __m128i high = _mm_loadu_si128((const __m128i *)(pixel + 12));
    __m256i both = _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1);
    return _mm256_shuffle_epi8(both, order);
}

/* All ones in the first `groups` eights of 32 bytes. */
RESIZE_KERNELS_X86_256 __m256i resize_kernels_x86_taken(uint32_t groups)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x(groups), _mm256_setr_epi64x(0, 1, 2, 3));
}

/* Four sums in each half to four sums. */
RESIZE_KERNELS_X86_256 __m128i resize_kernels_x86_fold(__m256i sum)
{
    return _mm_add_epi32(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
}

/* The sums of the three digits' products put together, modulo 2^32, and folded. */
RESIZE_KERNELS_X86_256 __m128i resize_kernels_x86_digits(__m256i d0, __m256i d1, __m256i d2)
{
    d1 = _mm256_add_epi32(d1, _mm256_slli_epi32(d2, 8));
    return resize_kernels_x86_fold(_mm256_add_epi32(d0, _mm256_slli_epi32(d1, 8)));
}

#endif

#endif
