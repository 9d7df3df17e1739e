/*
 * The scheme is resize_kernels_x86.h's, in registers twice as long. Eight RGB pixels a step: RRRR
 * GGGG BBBB ---- of four in each half.
 *
 * Four rows share each load of weights: with one row a call the weights cost as much as the pixels.
 */
#include "image/resize_kernels_avx2.h"

#if defined(__x86_64__) || defined(__i386__)

#include "image/resize_kernels_x86.h"

#define AVX2   __attribute__((target("avx2")))
#define INLINE AVX2 static inline __attribute__((always_inline))

static bool usable(void)
{
    return __builtin_cpu_supports("avx2");
}

/* The weights of eight pixels, as resize_kernels_x86.h has them, each half's for its four. */
struct weights {
    __m256i even, odd, rest;
};

INLINE struct weights spread_weights(const struct taps *taps, uint32_t offset)
{
    __m128i top = _mm_loadu_si128((const __m128i *)(taps->top + offset));
    __m128i rest = _mm_loadl_epi64((const __m128i *)(taps->rest + offset));
    return (struct weights){.even = resize_kernels_x86_spread(top, 0, 1),
                            .odd = resize_kernels_x86_spread(top, 2, 3),
                            .rest = resize_kernels_x86_spread(rest, 0, 1)};
}

/* As resize_kernels_x86_rests. */
INLINE __m256i add_rests(__m256i sum, __m256i pixels, __m256i rest, const bool narrow)
{
    if (narrow)
        return _mm256_add_epi16(sum, _mm256_maddubs_epi16(pixels, rest));
    const __m256i one = _mm256_set1_epi16(1), low = _mm256_set1_epi16(255);
    __m256i even = _mm256_maddubs_epi16(pixels, _mm256_and_si256(rest, low));
    __m256i odd = _mm256_maddubs_epi16(pixels, _mm256_andnot_si256(low, rest));
    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(even, one));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(odd, one));
}

/* Adds the products of 32 samples: `even` and `odd` for those in even and odd places. */
INLINE void add_samples(__m256i samples, const struct weights *weights, __m256i *top, __m256i *rest,
                        const bool narrow)
{
    const __m256i low = _mm256_set1_epi16(255);
    __m256i even = _mm256_and_si256(samples, low), odd = _mm256_srli_epi16(samples, 8);
    *top = _mm256_add_epi32(*top, _mm256_madd_epi16(even, weights->even));
    RESIZE_KERNELS_X86_KEEP(*top);
    *top = _mm256_add_epi32(*top, _mm256_madd_epi16(odd, weights->odd));
    *rest = add_rests(*rest, samples, weights->rest, narrow);
    RESIZE_KERNELS_X86_KEEP(*top);
    RESIZE_KERNELS_X86_KEEP(*rest);
}

INLINE __m128i whole_sum(__m256i top, __m256i rest, unsigned shift, const bool narrow)
{
    if (narrow)
        rest = _mm256_madd_epi16(rest, _mm256_set1_epi16(1));
    __m256i high = _mm256_sll_epi32(top, _mm_cvtsi32_si128((int)shift));
    return resize_kernels_x86_fold(_mm256_add_epi32(high, rest));
}

INLINE void horizontal3_rows(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], const bool narrow, const unsigned rows)
{
    const __m128i half = _mm_set1_epi32(RESIZE_KERNELS_X86_HALF >> taps->shift);
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = (size_t)taps->first[j] * 3;
        uint32_t offset = taps->offset[j], end = offset + taps->count[j];
        __m256i top[4], rest[4];
        __m128i sum[4];
        for (unsigned r = 0; r < rows; r++) {
            top[r] = _mm256_zextsi128_si256(half);
            rest[r] = _mm256_setzero_si256();
        }
        for (; offset < end; offset += 8, at += 24) {
            struct weights weights = spread_weights(taps, offset);
            for (unsigned r = 0; r < rows; r++) {
                __m256i p = resize_kernels_x86_pixels(source[r] + at);
                add_samples(p, &weights, &top[r], &rest[r], narrow);
            }
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = whole_sum(top[r], rest[r], taps->shift, narrow);
        resize_kernels_x86_put3(target, (size_t)j * 3, sum, rows);
    }
}

AVX2 static void horizontal3(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    if (taps->narrow)
        RESIZE_KERNELS_X86_BY_FOUR(horizontal3_rows, taps, source, target, rows, true);
    else
        RESIZE_KERNELS_X86_BY_FOUR(horizontal3_rows, taps, source, target, rows, false);
}

/* The weights of 32 gray pixels, of which the first `groups` times 8 are taken, in the order that
 * the tops' makes natural: groups 0 2 1 3. */
INLINE struct weights gray_weights(const struct taps *taps, uint32_t offset, uint32_t groups)
{
    __m256i taken = resize_kernels_x86_taken(groups);
    const __m256i *top = (const __m256i *)(taps->top + offset);
    __m256i low = _mm256_and_si256(_mm256_loadu_si256(top), _mm256_permute4x64_epi64(taken, 0x50));
    __m256i high =
        _mm256_and_si256(_mm256_loadu_si256(top + 1), _mm256_permute4x64_epi64(taken, 0xfa));
    __m256i rest = _mm256_loadu_si256((const __m256i *)(taps->rest + offset));
    rest = _mm256_permute4x64_epi64(_mm256_and_si256(rest, taken), 0xd8);
    return (struct weights){_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high),
                            rest};
}

INLINE void horizontal1_rows(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], const bool narrow, const unsigned rows)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = taps->first[j];
        uint32_t offset = taps->offset[j];
        uint32_t groups = (taps->count[j] + TAPS_GROUP - 1) / TAPS_GROUP;
        __m256i top[4], rest[4];
        __m128i sum[4];
        for (unsigned r = 0; r < rows; r++) {
            top[r] =
                _mm256_zextsi128_si256(_mm_cvtsi32_si128(RESIZE_KERNELS_X86_HALF >> taps->shift));
            rest[r] = _mm256_setzero_si256();
        }
        for (; groups; groups = groups > 4 ? groups - 4 : 0, offset += 32, at += 32) {
            struct weights weights = gray_weights(taps, offset, groups);
            for (unsigned r = 0; r < rows; r++) {
                __m256i p = _mm256_loadu_si256((const __m256i *)(source[r] + at));
                p = _mm256_permute4x64_epi64(p, 0xd8);
                add_samples(p, &weights, &top[r], &rest[r], narrow);
            }
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = whole_sum(top[r], rest[r], taps->shift, narrow);
        resize_kernels_x86_put1(target, j, sum, rows);
    }
}

AVX2 static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    if (!taps->narrow)
        RESIZE_KERNELS_X86_BY_FOUR(resize_kernels_x86_gray_rows, taps, source, target, rows, false);
    else if (taps->longest <= 2 * TAPS_GROUP)
        RESIZE_KERNELS_X86_BY_FOUR(resize_kernels_x86_gray_rows, taps, source, target, rows, true);
    else
        RESIZE_KERNELS_X86_BY_FOUR(horizontal1_rows, taps, source, target, rows, true);
}

INLINE void add_rows(int32_t *sum, const uint8_t *const row[], const int32_t weight[], size_t count,
                     const unsigned rows)
{
    size_t i = 0;
    __m256i w[8];
    for (unsigned r = 0; r < rows; r++)
        w[r] = _mm256_set1_epi32(weight[r]);
    for (; i + 8 <= count; i += 8) {
        __m256i s = _mm256_loadu_si256((const __m256i *)(sum + i));
        for (unsigned r = 0; r < rows; r++) {
            __m128i eight = _mm_loadl_epi64((const __m128i *)(row[r] + i));
            s = _mm256_add_epi32(s, _mm256_mullo_epi32(_mm256_cvtepu8_epi32(eight), w[r]));
        }
        _mm256_storeu_si256((__m256i *)(sum + i), s);
    }
    resize_kernels_add_from(i, sum, row, weight, rows, count);
}

AVX2 void resize_kernels_avx2_add(int32_t *sum, const uint8_t *const row[], const int32_t weight[],
                                  unsigned rows, size_t count)
{
    if (rows == 8) {
        add_rows(sum, row, weight, count, 8);
        return;
    }
    if (rows >= 4) {
        add_rows(sum, row, weight, count, 4);
        rows -= 4;
        row += 4;
        weight += 4;
    }
    if (rows >= 2) {
        add_rows(sum, row, weight, count, 2);
        rows -= 2;
        row += 2;
        weight += 2;
    }
    if (rows)
        add_rows(sum, row, weight, count, 1);
}

AVX2 void resize_kernels_avx2_finish(int32_t *sum, uint8_t *row, size_t count)
{
    const __m256i half = _mm256_set1_epi32(RESIZE_KERNELS_X86_HALF);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256i s = _mm256_loadu_si256((const __m256i *)(sum + i));
        s = _mm256_srai_epi32(_mm256_add_epi32(s, half), TAPS_BITS);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
        _mm_storel_epi64((__m128i *)(row + i), _mm_packus_epi16(words, words));
        _mm256_storeu_si256((__m256i *)(sum + i), _mm256_setzero_si256());
    }
    resize_kernels_finish(sum + i, row + i, count - i);
}

const struct resize_kernels resize_kernels_avx2 = {
    .name = "avx2",
    .usable = usable,
    .horizontal3 = horizontal3,
    .horizontal1 = horizontal1,
    .add = resize_kernels_avx2_add,
    .finish = resize_kernels_avx2_finish,
};

#else

static bool usable(void)
{
    return false;
}

const struct resize_kernels resize_kernels_avx2 = {.name = "avx2", .usable = usable};

#endif
