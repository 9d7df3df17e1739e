/*
 * vpdpbusd multiplies four unsigned bytes by four signed ones and adds the products to 32 bits. A
 * weight is three such signed bytes, q = d0 + 256·d1 + 65536·d2 with digits from −128 to 127, so
 * three chains recombined at the end modulo 2^32 give the exact sum.
 *
 * Four rows a call: eight would share each load of weights, but finishing them takes that back.
 *
 * 256-bit registers, not 512: the wide ones are faster alone and slower beside a decoder that does
 * not use them. The vertical pass is AVX2's: it is a small part, and these instructions would not
 * help it.
 */
#include "image/resize_kernels_vnni.h"

#include "image/resize_kernels_avx2.h"

#if defined(__x86_64__) || defined(__i386__)

#include "image/resize_kernels_x86.h"

#define VNNI   __attribute__((target("avx2,avx512f,avx512vl,avx512bw,avx512vbmi,avx512vnni")))
#define INLINE VNNI static inline __attribute__((always_inline))

static bool usable(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni");
}

/* Eight RGB pixels: RRRR GGGG BBBB of the first four in the low lane, of the others in the high
 * lane. The fourth group repeats a byte: its sum is never looked at. */
INLINE __m256i gather_pixels(const uint8_t *pixel)
{
    const __m256i order = _mm256_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 0, 0, 0, 0, 12, 15,
                                           18, 21, 13, 16, 19, 22, 14, 17, 20, 23, 0, 0, 0, 0);
    return _mm256_permutexvar_epi8(order, _mm256_loadu_si256((const __m256i *)pixel));
}

/* Eight digits: the first four in every 32 bits of the low lane, the others in the high lane. */
INLINE __m256i spread_digits(const int8_t *digit)
{
    return resize_kernels_x86_spread(_mm_loadl_epi64((const __m128i *)digit), 0, 1);
}

/* `rows` is a constant in every call, so that the sums stay in registers. */
INLINE void horizontal3_rows(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], const unsigned rows)
{
    const __m256i half = _mm256_zextsi128_si256(_mm_set1_epi32(RESIZE_KERNELS_X86_HALF));
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = (size_t)taps->first[j] * 3;
        uint32_t offset = taps->offset[j], end = offset + taps->count[j];
        __m256i d0[4], d1[4], d2[4];
        __m128i sum[4];
        for (unsigned r = 0; r < rows; r++) {
            d0[r] = half;
            d1[r] = d2[r] = _mm256_setzero_si256();
        }
        for (; offset < end; offset += 8, at += 24) {
            __m256i w0 = spread_digits(taps->digit[0] + offset);
            __m256i w1 = spread_digits(taps->digit[1] + offset);
            __m256i w2 = spread_digits(taps->digit[2] + offset);
            for (unsigned r = 0; r < rows; r++) {
                __m256i p = gather_pixels(source[r] + at);
                d0[r] = _mm256_dpbusd_epi32(d0[r], p, w0);
                d1[r] = _mm256_dpbusd_epi32(d1[r], p, w1);
                d2[r] = _mm256_dpbusd_epi32(d2[r], p, w2);
                RESIZE_KERNELS_X86_KEEP(d0[r]);
                RESIZE_KERNELS_X86_KEEP(d1[r]);
                RESIZE_KERNELS_X86_KEEP(d2[r]);
            }
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = resize_kernels_x86_digits(d0[r], d1[r], d2[r]);
        resize_kernels_x86_put3(target, (size_t)j * 3, sum, rows);
    }
}

VNNI static void horizontal3(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    for (; rows >= 4; rows -= 4, source += 4, target += 4)
        horizontal3_rows(taps, source, target, 4);
    for (; rows; rows--, source++, target++)
        horizontal3_rows(taps, source, target, 1);
}

INLINE void horizontal1_rows(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], const unsigned rows)
{
    const __m256i half = _mm256_zextsi128_si256(_mm_cvtsi32_si128(RESIZE_KERNELS_X86_HALF));
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = taps->first[j];
        uint32_t offset = taps->offset[j], left = taps->count[j];
        __m256i d0[4], d1[4], d2[4];
        __m128i sum[4];
        for (unsigned r = 0; r < rows; r++) {
            d0[r] = half;
            d1[r] = d2[r] = _mm256_setzero_si256();
        }
        while (left) {
            uint32_t step = left < 32 ? left : 32;
            __mmask32 taken = step < 32 ? (1u << step) - 1 : 0xffffffffu;
            __m256i w0 = _mm256_maskz_loadu_epi8(taken, taps->digit[0] + offset);
            __m256i w1 = _mm256_maskz_loadu_epi8(taken, taps->digit[1] + offset);
            __m256i w2 = _mm256_maskz_loadu_epi8(taken, taps->digit[2] + offset);
            for (unsigned r = 0; r < rows; r++) {
                __m256i p = _mm256_loadu_si256((const __m256i *)(source[r] + at));
                d0[r] = _mm256_dpbusd_epi32(d0[r], p, w0);
                d1[r] = _mm256_dpbusd_epi32(d1[r], p, w1);
                d2[r] = _mm256_dpbusd_epi32(d2[r], p, w2);
                RESIZE_KERNELS_X86_KEEP(d0[r]);
                RESIZE_KERNELS_X86_KEEP(d1[r]);
                RESIZE_KERNELS_X86_KEEP(d2[r]);
            }
            left -= step;
            offset += step;
            at += step;
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = resize_kernels_x86_digits(d0[r], d1[r], d2[r]);
        resize_kernels_x86_put1(target, j, sum, rows);
    }
}

VNNI static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], unsigned rows)
{
    for (; rows >= 4; rows -= 4, source += 4, target += 4)
        horizontal1_rows(taps, source, target, 4);
    for (; rows; rows--, source++, target++)
        horizontal1_rows(taps, source, target, 1);
}

const struct resize_kernels resize_kernels_vnni = {
    .name = "vnni",
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

const struct resize_kernels resize_kernels_vnni = {.name = "vnni", .usable = usable};

#endif
