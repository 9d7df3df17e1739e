/*
 * A 23-bit weight does not fit pmaddwd's 16-bit operands, so it travels as two: q = high · 2^12 +
 * low. Two chains of multiply-adds, one with each part, are recombined at the end modulo 2^32.
 * Addition and shift-by-12 commute with the reduction, and the true sum fits 32 bits, so the result
 * is exact.
 *
 * Four rows share each load of weights: with one row a call the weights cost as much as the pixels.
 */
#include "image/resize_kernels_avx2.h"

#if defined(__x86_64__) || defined(__i386__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))
#define HALF (1 << (TAPS_BITS - 1))

static bool usable(void)
{
    return __builtin_cpu_supports("avx2");
}

/* Four RGB pixels to 16-bit pairs: the low lane gets (R0,R1)(G0,G1)(B0,B1)(0,0), the high lane the
 * same of pixels 2 and 3. */
AVX2 static inline __m256i pair_pixels(const uint8_t *pixel)
{
    const __m256i order =
        _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, 6, -1, 9, -1, 7,
                         -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    __m128i four = _mm_loadu_si128((const __m128i *)pixel);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(four), order);
}

/* Four weights w0…w3: (w0,w1) in every 32 bits of the low lane, (w2,w3) in the high lane. */
AVX2 static inline __m256i spread_weights(const int16_t *weight)
{
    const __m256i order = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6,
                                           7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    int64_t four;
    memcpy(&four, weight, sizeof four);
    return _mm256_shuffle_epi8(_mm256_set1_epi64x(four), order);
}

/* Both chains and both lanes of one pixel to three bytes (and one that does not matter). */
AVX2 static inline void store_pixel(uint8_t *target, __m256i low, __m256i high)
{
    __m256i both = _mm256_add_epi32(low, _mm256_slli_epi32(high, TAPS_LOW_BITS));
    __m128i sum = _mm_add_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
    sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(HALF)), TAPS_BITS);
    sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
    int32_t bytes = _mm_cvtsi128_si32(sum);
    memcpy(target, &bytes, sizeof bytes);
}

/* `rows` is a constant in every call, so that the sums stay in registers. */
AVX2 static inline __attribute__((always_inline)) void
horizontal3_rows(const struct taps *taps, const uint8_t *const source[], uint8_t *const target[],
                 const unsigned rows)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = (size_t)taps->first[j] * 3;
        const int16_t *weight_low = taps->low + taps->offset[j];
        const int16_t *weight_high = taps->high + taps->offset[j];
        __m256i low[4], high[4];
        for (unsigned r = 0; r < rows; r++)
            low[r] = high[r] = _mm256_setzero_si256();
        for (uint32_t k = 0; k < taps->count[j]; k += 4, at += 12) {
            __m256i l = spread_weights(weight_low + k);
            __m256i h = spread_weights(weight_high + k);
            for (unsigned r = 0; r < rows; r++) {
                __m256i p = pair_pixels(source[r] + at);
                low[r] = _mm256_add_epi32(low[r], _mm256_madd_epi16(p, l));
                high[r] = _mm256_add_epi32(high[r], _mm256_madd_epi16(p, h));
            }
        }
        for (unsigned r = 0; r < rows; r++)
            store_pixel(target[r] + (size_t)j * 3, low[r], high[r]);
    }
}

AVX2 static void horizontal3(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    switch (rows) {
    case 4:
        horizontal3_rows(taps, source, target, 4);
        break;
    case 3:
        horizontal3_rows(taps, source, target, 3);
        break;
    case 2:
        horizontal3_rows(taps, source, target, 2);
        break;
    default:
        horizontal3_rows(taps, source, target, 1);
    }
}

AVX2 static inline uint8_t round_gray(__m128i low, __m128i high)
{
    __m128i sum = _mm_add_epi32(low, _mm_slli_epi32(high, TAPS_LOW_BITS));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(1, 0, 3, 2)));
    sum = _mm_add_epi32(sum, _mm_shuffle_epi32(sum, _MM_SHUFFLE(2, 3, 0, 1)));
    sum = _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(HALF)), TAPS_BITS);
    sum = _mm_packus_epi16(_mm_packs_epi32(sum, sum), sum);
    return (uint8_t)_mm_cvtsi128_si32(sum);
}

AVX2 static inline __attribute__((always_inline)) void
horizontal1_rows(const struct taps *taps, const uint8_t *const source[], uint8_t *const target[],
                 const unsigned rows)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = taps->first[j];
        const int16_t *weight_low = taps->low + taps->offset[j];
        const int16_t *weight_high = taps->high + taps->offset[j];
        __m128i low[4], high[4];
        for (unsigned r = 0; r < rows; r++)
            low[r] = high[r] = _mm_setzero_si128();
        for (uint32_t k = 0; k < taps->count[j]; k += 8, at += 8) {
            __m128i l = _mm_loadu_si128((const __m128i *)(weight_low + k));
            __m128i h = _mm_loadu_si128((const __m128i *)(weight_high + k));
            for (unsigned r = 0; r < rows; r++) {
                __m128i p = _mm_cvtepu8_epi16(_mm_loadl_epi64((const __m128i *)(source[r] + at)));
                low[r] = _mm_add_epi32(low[r], _mm_madd_epi16(p, l));
                high[r] = _mm_add_epi32(high[r], _mm_madd_epi16(p, h));
            }
        }
        for (unsigned r = 0; r < rows; r++)
            target[r][j] = round_gray(low[r], high[r]);
    }
}

AVX2 static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    switch (rows) {
    case 4:
        horizontal1_rows(taps, source, target, 4);
        break;
    case 3:
        horizontal1_rows(taps, source, target, 3);
        break;
    case 2:
        horizontal1_rows(taps, source, target, 2);
        break;
    default:
        horizontal1_rows(taps, source, target, 1);
    }
}

AVX2 void resize_kernels_avx2_add(int32_t *sum, const uint8_t *const row[], const int32_t weight[],
                                  unsigned rows, size_t count)
{
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256i s = _mm256_loadu_si256((const __m256i *)(sum + i));
        for (unsigned r = 0; r < rows; r++) {
            __m128i eight = _mm_loadl_epi64((const __m128i *)(row[r] + i));
            __m256i p = _mm256_cvtepu8_epi32(eight);
            s = _mm256_add_epi32(s, _mm256_mullo_epi32(p, _mm256_set1_epi32(weight[r])));
        }
        _mm256_storeu_si256((__m256i *)(sum + i), s);
    }
    for (; i < count; i++)
        for (unsigned r = 0; r < rows; r++)
            sum[i] = (int32_t)((uint32_t)sum[i] + (uint32_t)weight[r] * row[r][i]);
}

AVX2 void resize_kernels_avx2_finish(int32_t *sum, uint8_t *row, size_t count)
{
    const __m256i half = _mm256_set1_epi32(HALF);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256i s = _mm256_loadu_si256((const __m256i *)(sum + i));
        s = _mm256_srai_epi32(_mm256_add_epi32(s, half), TAPS_BITS);
        __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
        _mm_storel_epi64((__m128i *)(row + i), _mm_packus_epi16(words, words));
        _mm256_storeu_si256((__m256i *)(sum + i), _mm256_setzero_si256());
    }
    for (; i < count; i++) {
        int32_t value = (int32_t)((uint32_t)sum[i] + HALF) >> TAPS_BITS;
        row[i] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
        sum[i] = 0;
    }
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
