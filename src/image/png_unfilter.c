#include "image/png_unfilter.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
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

ALWAYS __m128i absolute(__m128i value)
{
    return _mm_max_epi16(value, _mm_sub_epi16(_mm_setzero_si128(), value));
}

/* What limits this is the way from one pixel to the next, so all three candidates are made and the
 * choice among them comes last: pa needs only the row above, and b + x, c + x are known early.
 * Lanes of 16 bits; candidates are reduced to 8 bits so that `a` is one again. */
ALWAYS void vector_paeth(uint8_t *row, const uint8_t *source, const uint8_t *prior, size_t bytes,
                         unsigned pixel)
{
    const __m128i zero = _mm_setzero_si128(), low = _mm_set1_epi16(255);
    __m128i a = zero, c = zero;
    for (size_t i = 0; i < bytes; i += pixel) {
        __m128i b = _mm_unpacklo_epi8(load(prior + i, pixel), zero);
        __m128i x = _mm_unpacklo_epi8(load(source + i, pixel), zero);
        __m128i from_b = _mm_and_si128(_mm_add_epi16(x, b), low);
        __m128i from_c = _mm_and_si128(_mm_add_epi16(x, c), low);
        __m128i up_less = _mm_sub_epi16(b, c);
        __m128i pa = absolute(up_less);

        __m128i left_less = _mm_sub_epi16(a, c);
        __m128i from_a = _mm_and_si128(_mm_add_epi16(x, a), low);
        __m128i pb = absolute(left_less);
        __m128i pc = absolute(_mm_add_epi16(left_less, up_less));
        __m128i not_a = _mm_or_si128(_mm_cmpgt_epi16(pa, pb), _mm_cmpgt_epi16(pa, pc));
        __m128i not_b = _mm_cmpgt_epi16(pb, pc);
        __m128i other = _mm_or_si128(_mm_and_si128(not_b, from_c), _mm_andnot_si128(not_b, from_b));
        a = _mm_or_si128(_mm_and_si128(not_a, other), _mm_andnot_si128(not_a, from_a));
        c = b;
        store(row + i, _mm_packus_epi16(a, a), pixel);
    }
}
#else
#define vector_sub     scalar_sub
#define vector_average scalar_average
#define vector_paeth   scalar_paeth
#endif

#define MAKE(filter, kind, pixel)                                                                  \
    static void filter##pixel(uint8_t *restrict row, const uint8_t *restrict source,               \
                              const uint8_t *restrict prior, size_t bytes)                         \
    {                                                                                              \
        kind##_##filter(row, source, prior, bytes, pixel);                                         \
    }

/* One and two bytes are faster by scalar code: a vector would hold a lane or two. */
#define MAKE_ALL(filter)                                                                           \
    MAKE(filter, scalar, 1)                                                                        \
    MAKE(filter, scalar, 2)                                                                        \
    MAKE(filter, vector, 3)                                                                        \
    MAKE(filter, vector, 4)                                                                        \
    MAKE(filter, vector, 6)                                                                        \
    MAKE(filter, vector, 8)

MAKE_ALL(sub)
MAKE_ALL(average)
MAKE_ALL(paeth)

const png_unfilter_fn *png_unfilter_for(unsigned bits)
{
    static const png_unfilter_fn one[] = {none, sub1, up, average1, paeth1};
    static const png_unfilter_fn two[] = {none, sub2, up, average2, paeth2};
    static const png_unfilter_fn three[] = {none, sub3, up, average3, paeth3};
    static const png_unfilter_fn four[] = {none, sub4, up, average4, paeth4};
    static const png_unfilter_fn six[] = {none, sub6, up, average6, paeth6};
    static const png_unfilter_fn eight[] = {none, sub8, up, average8, paeth8};
    static const png_unfilter_fn *const by_bytes[9] = {one,  one,       two,        three,
                                                       four, [6] = six, [8] = eight};
    return by_bytes[bits / 8];
}
