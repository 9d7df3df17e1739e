/*
 * The scheme is resize_kernels_x86.h's. Four RGB pixels a step, as RRRR GGGG BBBB ----: red, green
 * and blue each have 32 bits to sum in.
 */
#include "image/resize_kernels_sse4.h"

#if defined(__x86_64__) || defined(__i386__)

#include "image/resize_kernels_x86.h"

#define SSE4   __attribute__((target("sse4.1")))
#define INLINE SSE4 static inline __attribute__((always_inline))

static bool usable(void)
{
    return __builtin_cpu_supports("sse4.1");
}

/* Adds four RGB pixels of each row. */
INLINE void add_pixels(const uint8_t *const source[], size_t at, __m128i even, __m128i odd,
                       __m128i rest, __m128i top_sum[], __m128i rest_sum[], const bool narrow,
                       const unsigned rows)
{
    const __m128i order = _mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1);
    const __m128i low = _mm_set1_epi16(255);
    for (unsigned r = 0; r < rows; r++) {
        __m128i p = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(source[r] + at)), order);
        __m128i t = _mm_add_epi32(top_sum[r], _mm_madd_epi16(_mm_and_si128(p, low), even));
        top_sum[r] = _mm_add_epi32(t, _mm_madd_epi16(_mm_srli_epi16(p, 8), odd));
        rest_sum[r] = resize_kernels_x86_rests(rest_sum[r], p, rest, narrow);
    }
}

INLINE void horizontal3_rows(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], const bool narrow, const unsigned rows)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = (size_t)taps->first[j] * 3;
        uint32_t offset = taps->offset[j], end = offset + taps->count[j];
        __m128i top[4], rest[4], sum[4];
        for (unsigned r = 0; r < rows; r++) {
            top[r] = _mm_set1_epi32(RESIZE_KERNELS_X86_HALF >> taps->shift);
            rest[r] = _mm_setzero_si128();
        }
        for (; offset < end; offset += 8, at += 24) {
            __m128i t = _mm_loadu_si128((const __m128i *)(taps->top + offset));
            __m128i e = _mm_loadl_epi64((const __m128i *)(taps->rest + offset));
            add_pixels(source, at, _mm_shuffle_epi32(t, 0x00), _mm_shuffle_epi32(t, 0xaa),
                       _mm_shuffle_epi32(e, 0x00), top, rest, narrow, rows);
            if (offset + 4 < end)
                add_pixels(source, at + 12, _mm_shuffle_epi32(t, 0x55), _mm_shuffle_epi32(t, 0xff),
                           _mm_shuffle_epi32(e, 0x55), top, rest, narrow, rows);
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = resize_kernels_x86_whole(top[r], rest[r], taps->shift, narrow);
        resize_kernels_x86_put3(target, (size_t)j * 3, sum, rows);
    }
}

SSE4 static void horizontal3(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    if (taps->narrow_shared)
        RESIZE_KERNELS_X86_BY_FOUR(horizontal3_rows, taps, source, target, rows, true);
    else
        RESIZE_KERNELS_X86_BY_FOUR(horizontal3_rows, taps, source, target, rows, false);
}

SSE4 static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    if (taps->narrow)
        RESIZE_KERNELS_X86_BY_FOUR(resize_kernels_x86_gray_rows, taps, source, target, rows, true);
    else
        RESIZE_KERNELS_X86_BY_FOUR(resize_kernels_x86_gray_rows, taps, source, target, rows, false);
}

INLINE void add_rows(int32_t *sum, const uint8_t *const row[], const int32_t weight[], size_t count,
                     const unsigned rows)
{
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m128i s = _mm_loadu_si128((const __m128i *)(sum + i));
        for (unsigned r = 0; r < rows; r++) {
            int32_t four;
            memcpy(&four, row[r] + i, sizeof four);
            __m128i p = _mm_cvtepu8_epi32(_mm_cvtsi32_si128(four));
            s = _mm_add_epi32(s, _mm_mullo_epi32(p, _mm_set1_epi32(weight[r])));
        }
        _mm_storeu_si128((__m128i *)(sum + i), s);
    }
    resize_kernels_add_from(i, sum, row, weight, rows, count);
}

SSE4 static void add(int32_t *sum, const uint8_t *const row[], const int32_t weight[],
                     unsigned rows, size_t count)
{
    for (; rows >= 4; rows -= 4, row += 4, weight += 4)
        add_rows(sum, row, weight, count, 4);
    for (; rows; rows--, row++, weight++)
        add_rows(sum, row, weight, count, 1);
}

SSE4 static void finish(int32_t *sum, uint8_t *row, size_t count)
{
    const __m128i half = _mm_set1_epi32(RESIZE_KERNELS_X86_HALF);
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m128i s = _mm_loadu_si128((const __m128i *)(sum + i));
        s = _mm_srai_epi32(_mm_add_epi32(s, half), TAPS_BITS);
        s = _mm_packs_epi32(s, s);
        int32_t four = _mm_cvtsi128_si32(_mm_packus_epi16(s, s));
        memcpy(row + i, &four, sizeof four);
        _mm_storeu_si128((__m128i *)(sum + i), _mm_setzero_si128());
    }
    resize_kernels_finish(sum + i, row + i, count - i);
}

const struct resize_kernels resize_kernels_sse4 = {
    .name = "sse4",
    .usable = usable,
    .horizontal3 = horizontal3,
    .horizontal1 = horizontal1,
    .add = add,
    .finish = finish,
};

#else

static bool usable(void)
{
    return false;
}

const struct resize_kernels resize_kernels_sse4 = {.name = "sse4", .usable = usable};

#endif
