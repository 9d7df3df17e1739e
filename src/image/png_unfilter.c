#include "image/png_unfilter.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

static uint8_t paeth(int a, int b, int c)
{
    int p = a + b - c;
    int pa = abs(p - a), pb = abs(p - b), pc = abs(p - c);
    if (pa <= pb && pa <= pc)
        return (uint8_t)a;
    return (uint8_t)(pb <= pc ? b : c);
}

void png_unfilter_reference(unsigned filter, unsigned pixel, uint8_t *row, const uint8_t *source,
                            const uint8_t *prior, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        int a = i >= pixel ? row[i - pixel] : 0;
        int b = prior[i];
        int c = i >= pixel ? prior[i - pixel] : 0;
        const int predicted[PNG_UNFILTER_COUNT] = {0, a, b, (a + b) / 2, paeth(a, b, c)};
        row[i] = (uint8_t)(source[i] + predicted[filter]);
    }
}

/* `none` and `up` do not look to the left, and the compiler makes vectors of them. */
static void none(uint8_t *restrict row, const uint8_t *restrict source,
                 const uint8_t *restrict prior, size_t bytes)
{
    (void)prior;
    memcpy(row, source, bytes);
}

static void up(uint8_t *restrict row, const uint8_t *restrict source, const uint8_t *restrict prior,
               size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        row[i] = (uint8_t)(source[i] + prior[i]);
}

#define ALWAYS static inline __attribute__((always_inline))

/* One byte of each channel at a time; the left pixel stays in registers. */
ALWAYS void scalar_sub(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                       unsigned pixel)
{
    (void)prior;
    uint8_t a[8] = {0};
    for (size_t i = 0; i < bytes; i += pixel)
        for (unsigned k = 0; k < pixel; k++)
            row[i + k] = a[k] = (uint8_t)(source[i + k] + a[k]);
}

ALWAYS void scalar_average(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                           unsigned pixel)
{
    uint8_t a[8] = {0};
    for (size_t i = 0; i < bytes; i += pixel)
        for (unsigned k = 0; k < pixel; k++)
            row[i + k] = a[k] = (uint8_t)(source[i + k] + (a[k] + prior[i + k]) / 2);
}

ALWAYS void scalar_paeth(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                         unsigned pixel)
{
    uint8_t a[8] = {0}, c[8] = {0};
    for (size_t i = 0; i < bytes; i += pixel)
        for (unsigned k = 0; k < pixel; k++) {
            uint8_t b = prior[i + k];
            row[i + k] = a[k] = (uint8_t)(source[i + k] + paeth(a[k], b, c[k]));
            c[k] = b;
        }
}

#ifdef __SSE2__
/* A pixel of `pixel` bytes, with what follows it up to 4 or 8 bytes: those lanes are never looked
 * at, and what is stored there is overwritten by the next pixel or lies behind the row. */
ALWAYS __m128i load(const uint8_t *at, unsigned pixel)
{
    int four;
    if (pixel > 4)
        return _mm_loadl_epi64((const __m128i *)at);
    memcpy(&four, at, sizeof four);
    return _mm_cvtsi32_si128(four);
}

ALWAYS void store(uint8_t *at, __m128i value, unsigned pixel)
{
    int four = _mm_cvtsi128_si32(value);
    if (pixel > 4)
        _mm_storel_epi64((__m128i *)at, value);
    else
        memcpy(at, &four, sizeof four);
}

ALWAYS void vector_sub(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                       unsigned pixel)
{
    (void)prior;
    __m128i a = _mm_setzero_si128();
    for (size_t i = 0; i < bytes; i += pixel) {
        a = _mm_add_epi8(a, load(source + i, pixel));
        store(row + i, a, pixel);
    }
}

ALWAYS void vector_average(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                           unsigned pixel)
{
    const __m128i one = _mm_set1_epi8(1);
    __m128i a = _mm_setzero_si128();
    for (size_t i = 0; i < bytes; i += pixel) {
        __m128i b = load(prior + i, pixel);
        /* pavgb rounds up; PNG rounds down. */
        __m128i odd = _mm_and_si128(_mm_xor_si128(a, b), one);
        __m128i mean = _mm_sub_epi8(_mm_avg_epu8(a, b), odd);
        a = _mm_add_epi8(load(source + i, pixel), mean);
        store(row + i, a, pixel);
    }
}

/*
 * What limits Paeth is the way from one pixel to the next, so it is a short formula. With
 * t = 3c - a - b the choice is the smaller of a and b where t is at least the larger, the larger
 * where t is at most the smaller, and c between: t - c is how far c lies from the estimate a + b -
 * c, with a sign. Where both conditions hold, all three are equal. Lanes of 16 bits, high bytes 0.
 */
struct paeth {
    __m128i less, more;         /* the smaller and the larger of a and b */
    __m128i not_less, not_more; /* masks: the choice is another */
};

ALWAYS struct paeth compare(__m128i a, __m128i b, __m128i c)
{
    __m128i t = _mm_sub_epi16(_mm_sub_epi16(_mm_add_epi16(_mm_add_epi16(c, c), c), b), a);
    struct paeth paeth = {.less = _mm_min_epi16(a, b), .more = _mm_max_epi16(a, b)};
    paeth.not_less = _mm_cmpgt_epi16(paeth.more, t);
    paeth.not_more = _mm_cmpgt_epi16(t, paeth.less);
    return paeth;
}

/* Exclusive-or chooses without the one mask waiting for the other. */
ALWAYS void vector_paeth(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                         unsigned pixel)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i a = zero, c = zero;
    for (size_t i = 0; i < bytes; i += pixel) {
        __m128i b = _mm_unpacklo_epi8(load(prior + i, pixel), zero);
        __m128i x = _mm_unpacklo_epi8(load(source + i, pixel), zero);
        struct paeth paeth = compare(a, b, c);
        __m128i less = _mm_andnot_si128(paeth.not_less, _mm_xor_si128(paeth.less, c));
        __m128i more = _mm_andnot_si128(paeth.not_more, _mm_xor_si128(paeth.more, c));
        a = _mm_add_epi8(_mm_xor_si128(_mm_xor_si128(less, more), c), x);
        c = b;
        store(row + i, _mm_packus_epi16(a, a), pixel);
    }
}

#define SSE4 __attribute__((target("sse4.1")))

static bool has_sse4(void)
{
    return __builtin_cpu_supports("sse4.1");
}

/* With blends all three sums are there before it is known which is wanted: four instructions from
 * pixel to pixel, not six. */
SSE4 ALWAYS void blend_paeth(uint8_t *row, const uint8_t *source, const uint8_t *prior,
                             size_t bytes, unsigned pixel)
{
    const __m128i zero = _mm_setzero_si128();
    __m128i a = zero, c = zero;
    for (size_t i = 0; i < bytes; i += pixel) {
        __m128i b = _mm_unpacklo_epi8(load(prior + i, pixel), zero);
        __m128i x = _mm_unpacklo_epi8(load(source + i, pixel), zero);
        struct paeth paeth = compare(a, b, c);
        __m128i less = _mm_add_epi8(paeth.less, x), more = _mm_add_epi8(paeth.more, x);
        __m128i other = _mm_blendv_epi8(less, _mm_add_epi8(c, x), paeth.not_less);
        a = _mm_blendv_epi8(more, other, paeth.not_more);
        c = b;
        store(row + i, _mm_packus_epi16(a, a), pixel);
    }
}
#else
#define vector_sub     scalar_sub
#define vector_average scalar_average
#define vector_paeth   scalar_paeth
#define blend_paeth    scalar_paeth
#define SSE4

static bool has_sse4(void)
{
    return false;
}
#endif

#define MAKE(attribute, filter, kind, pixel)                                                       \
    attribute static void kind##_##filter##pixel(uint8_t *restrict row,                            \
                                                 const uint8_t *restrict source,                   \
                                                 const uint8_t *restrict prior, size_t bytes)      \
    {                                                                                              \
        kind##_##filter(row, source, prior, bytes, pixel);                                         \
    }

/* One and two bytes are faster by scalar code: a vector would hold a lane or two. */
#define MAKE_ALL(filter)                                                                           \
    MAKE(, filter, scalar, 1)                                                                      \
    MAKE(, filter, scalar, 2)                                                                      \
    MAKE(, filter, vector, 3)                                                                      \
    MAKE(, filter, vector, 4)                                                                      \
    MAKE(, filter, vector, 6)                                                                      \
    MAKE(, filter, vector, 8)

MAKE_ALL(sub)
MAKE_ALL(average)
MAKE_ALL(paeth)
MAKE(SSE4, paeth, blend, 3)
MAKE(SSE4, paeth, blend, 4)
MAKE(SSE4, paeth, blend, 6)
MAKE(SSE4, paeth, blend, 8)

typedef png_unfilter_fn filters[PNG_UNFILTER_COUNT];

const png_unfilter_fn *png_unfilter_plain(unsigned bits)
{
    static const filters one = {none, scalar_sub1, up, scalar_average1, scalar_paeth1};
    static const filters two = {none, scalar_sub2, up, scalar_average2, scalar_paeth2};
    static const filters three = {none, vector_sub3, up, vector_average3, vector_paeth3};
    static const filters four = {none, vector_sub4, up, vector_average4, vector_paeth4};
    static const filters six = {none, vector_sub6, up, vector_average6, vector_paeth6};
    static const filters eight = {none, vector_sub8, up, vector_average8, vector_paeth8};
    static const png_unfilter_fn *const by_bytes[9] = {one,  one,       two,        three,
                                                       four, [6] = six, [8] = eight};
    return by_bytes[bits / 8];
}

const png_unfilter_fn *png_unfilter_for(unsigned bits)
{
    static const filters three = {none, vector_sub3, up, vector_average3, blend_paeth3};
    static const filters four = {none, vector_sub4, up, vector_average4, blend_paeth4};
    static const filters six = {none, vector_sub6, up, vector_average6, blend_paeth6};
    static const filters eight = {none, vector_sub8, up, vector_average8, blend_paeth8};
    static const png_unfilter_fn *const by_bytes[9] = {[3] = three, four, [6] = six, [8] = eight};
    return bits >= 24 && has_sse4() ? by_bytes[bits / 8] : png_unfilter_plain(bits);
}
