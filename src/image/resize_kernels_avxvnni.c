/*
 * The scheme is resize_kernels_vnni.c's, without what AVX-512 has beside vpdpbusd: pixels are
 * brought in order as AVX2 does it, and with 16 registers no more than four rows go together.
 */
#include "image/resize_kernels_avxvnni.h"

#include "image/resize_kernels_avx2.h"

#if (defined(__x86_64__) || defined(__i386__)) && (__GNUC__ >= 11 || __clang_major__ >= 12)

#include <cpuid.h>

#include "image/resize_kernels_x86.h"

#define AVXVNNI __attribute__((target("avx2,avxvnni")))
#define INLINE  AVXVNNI static inline __attribute__((always_inline))

/* Compilers know the name of this feature later than the feature. */
static bool usable(void)
{
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __builtin_cpu_supports("avx2") && __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) &&
           (eax & 1u << 4);
}

/* The three sums of a row, one a digit. */
struct sums {
    __m256i d[3];
};

INLINE void add_samples(struct sums *sums, __m256i samples, const __m256i digit[3])
{
    for (int i = 0; i < 3; i++) {
        sums->d[i] = _mm256_dpbusd_avx_epi32(sums->d[i], samples, digit[i]);
        RESIZE_KERNELS_X86_KEEP(sums->d[i]);
    }
}

/* `rows` is a constant in every call, so that the sums stay in registers. */
INLINE void horizontal3_rows(const struct taps *taps, const uint8_t *const source[],
                             uint8_t *const target[], const unsigned rows)
{
    const __m128i half = _mm_set1_epi32(RESIZE_KERNELS_X86_HALF);
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = (size_t)taps->first[j] * 3;
        uint32_t offset = taps->offset[j], end = offset + taps->count[j];
        struct sums sums[4];
        __m128i sum[4];
        for (unsigned r = 0; r < rows; r++) {
            sums[r].d[0] = _mm256_zextsi128_si256(half);
            sums[r].d[1] = sums[r].d[2] = _mm256_setzero_si256();
        }
        for (; offset < end; offset += 8, at += 24) {
            __m256i digit[3];
            for (int i = 0; i < 3; i++)
                digit[i] = resize_kernels_x86_spread(
                    _mm_loadl_epi64((const __m128i *)(taps->digit[i] + offset)), 0, 1);
            for (unsigned r = 0; r < rows; r++)
                add_samples(&sums[r], resize_kernels_x86_pixels(source[r] + at), digit);
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = resize_kernels_x86_digits(sums[r].d[0], sums[r].d[1], sums[r].d[2]);
        resize_kernels_x86_put3(target, (size_t)j * 3, sum, rows);
    }
}

AVXVNNI static void horizontal3(const struct taps *taps, const uint8_t *const source[],
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
    const __m128i half = _mm_cvtsi32_si128(RESIZE_KERNELS_X86_HALF);
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = taps->first[j];
        uint32_t offset = taps->offset[j];
        uint32_t groups = (taps->count[j] + TAPS_GROUP - 1) / TAPS_GROUP;
        struct sums sums[4];
        __m128i sum[4];
        for (unsigned r = 0; r < rows; r++) {
            sums[r].d[0] = _mm256_zextsi128_si256(half);
            sums[r].d[1] = sums[r].d[2] = _mm256_setzero_si256();
        }
        for (; groups; groups = groups > 4 ? groups - 4 : 0, offset += 32, at += 32) {
            __m256i taken = resize_kernels_x86_taken(groups), digit[3];
            for (int i = 0; i < 3; i++)
                digit[i] = _mm256_and_si256(
                    taken, _mm256_loadu_si256((const __m256i *)(taps->digit[i] + offset)));
            for (unsigned r = 0; r < rows; r++)
                add_samples(&sums[r], _mm256_loadu_si256((const __m256i *)(source[r] + at)), digit);
        }
        for (unsigned r = 0; r < rows; r++)
            sum[r] = resize_kernels_x86_digits(sums[r].d[0], sums[r].d[1], sums[r].d[2]);
        resize_kernels_x86_put1(target, j, sum, rows);
    }
}

AVXVNNI static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                                uint8_t *const target[], unsigned rows)
{
    for (; rows >= 4; rows -= 4, source += 4, target += 4)
        horizontal1_rows(taps, source, target, 4);
    for (; rows; rows--, source++, target++)
        horizontal1_rows(taps, source, target, 1);
}

const struct resize_kernels resize_kernels_avxvnni = {
    .name = "avxvnni",
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

const struct resize_kernels resize_kernels_avxvnni = {.name = "avxvnni", .usable = usable};

#endif
