/*
 * The IDCT keeps all eight columns of a step in one register of 32-bit sums: two rows of 16-bit
 * inputs, the halves of a register, are interleaved, so that one multiply-add gives a rotation's
 * half for all columns.
 */
#include "image/baseline_kernels_avx2.h"

#if defined(__x86_64__)

#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

static bool usable(void)
{
    return __builtin_cpu_supports("avx2");
}

/* The IDCT. */

/* Pairs (a[i], b[i]) in order, of a register whose halves are a and b. */
AVX2 static inline __m256i pairs(__m256i both)
{
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15));
    return _mm256_shuffle_epi8(_mm256_permute4x64_epi64(both, 0xd8), order);
}

/* first · a[i] + second · b[i] */
AVX2 static inline __m256i turn(__m256i pair, int first, int second)
{
    return _mm256_madd_epi16(
        pair, _mm256_set1_epi32((int)((unsigned)second << 16 | ((unsigned)first & 0xffff))));
}

/* The inputs of a pass are in[0] to in[3]: 0 and 4, 1 and 7, 2 and 6, 3 and 5. */
AVX2 static inline void even_half(const __m256i in[4], int half, __m256i out[4])
{
    __m256i rounding = _mm256_set1_epi32(half);
    __m128i in0 = _mm256_castsi256_si128(in[0]), in4 = _mm256_extracti128_si256(in[0], 1);
    __m256i sum = _mm256_slli_epi32(_mm256_cvtepi16_epi32(_mm_add_epi16(in0, in4)), 13);
    __m256i difference = _mm256_slli_epi32(_mm256_cvtepi16_epi32(_mm_sub_epi16(in0, in4)), 13);
    __m256i pair = pairs(in[2]);
    __m256i inner = turn(pair, BASELINE_C0_541, BASELINE_C0_541 - BASELINE_C1_847);
    __m256i outer = turn(pair, BASELINE_C0_541 + BASELINE_C0_765, BASELINE_C0_541);
    sum = _mm256_add_epi32(sum, rounding);
    difference = _mm256_add_epi32(difference, rounding);
    out[0] = _mm256_add_epi32(sum, outer);
    out[1] = _mm256_add_epi32(difference, inner);
    out[2] = _mm256_sub_epi32(difference, inner);
    out[3] = _mm256_sub_epi32(sum, outer);
}

AVX2 static inline void odd_half(const __m256i in[4], __m256i out[4])
{
    /* 1 and 5, 7 and 3. */
    __m256i sums = pairs(_mm256_add_epi16(in[1], _mm256_permute4x64_epi64(in[3], 0x4e)));
    __m256i z3 = turn(sums, BASELINE_C1_175, BASELINE_C1_175 - BASELINE_C1_961);
    __m256i z4 = turn(sums, BASELINE_C1_175 - BASELINE_C0_390, BASELINE_C1_175);
    __m256i outer = pairs(in[1]), inner = pairs(in[3]);
    out[0] = _mm256_add_epi32(z4, turn(outer, BASELINE_C1_501 - BASELINE_C0_899, -BASELINE_C0_899));
    out[1] = _mm256_add_epi32(z3, turn(inner, BASELINE_C3_072 - BASELINE_C2_562, -BASELINE_C2_562));
    out[2] = _mm256_add_epi32(z4, turn(inner, -BASELINE_C2_562, BASELINE_C2_053 - BASELINE_C2_562));
    out[3] = _mm256_add_epi32(z3, turn(outer, -BASELINE_C0_899, BASELINE_C0_298 - BASELINE_C0_899));
}

/* Rows i and 7-i, saturated to 16 bits: [i: 0-3, 7-i: 0-3 | i: 4-7, 7-i: 4-7]. */
#define ROWS(even, odd, shift)                                                                     \
    _mm256_packs_epi32(_mm256_srai_epi32(_mm256_add_epi32(even, odd), shift),                      \
                       _mm256_srai_epi32(_mm256_sub_epi32(even, odd), shift))

/* The first pass: down the columns; gives what the second takes, columns as rows. */
AVX2 static inline void first_pass(__m256i in[4])
{
    __m256i even[4], odd[4];
    even_half(in, 1 << 10, even);
    odd_half(in, odd);
    /* The columns are 0 to 3 in the lower halves, 4, 7, 6 and 5 in the upper. */
    __m256i rows07 = ROWS(even[0], odd[0], 11), rows16 = ROWS(even[1], odd[1], 11);
    __m256i rows25 = ROWS(even[2], odd[2], 11), rows34 = ROWS(even[3], odd[3], 11);
    __m256i rows01 = _mm256_unpacklo_epi16(rows07, rows16);
    __m256i rows23 = _mm256_unpacklo_epi16(rows25, rows34);
    __m256i rows45 = _mm256_unpackhi_epi16(rows34, rows25);
    __m256i rows67 = _mm256_unpackhi_epi16(rows16, rows07);
    __m256i upper01 = _mm256_unpacklo_epi32(rows01, rows23); /* of columns 0 and 1, 4 and 7 */
    __m256i upper23 = _mm256_unpackhi_epi32(rows01, rows23);
    __m256i lower01 = _mm256_unpacklo_epi32(rows45, rows67);
    __m256i lower23 = _mm256_unpackhi_epi32(rows45, rows67);
    in[0] = _mm256_unpacklo_epi64(upper01, lower01);
    in[1] = _mm256_unpackhi_epi64(upper01, lower01);
    in[2] = _mm256_unpacklo_epi64(upper23, lower23);
    in[3] = _mm256_unpackhi_epi64(upper23, lower23);
}

/* A first row alone. libjpeg takes a short cut here, which wraps where the pass would saturate. */
AVX2 static inline void spread(__m256i in[4])
{
    __m256i row = _mm256_slli_epi16(_mm256_permute4x64_epi64(in[0], 0x44), 2);
    for (int i = 0; i < 4; i++) {
        const __m128i lower = _mm_set1_epi16((int16_t)((2 * i + 1) << 8 | 2 * i));
        const __m128i upper = _mm_set1_epi16((int16_t)((2 * i + 9) << 8 | (2 * i + 8)));
        in[i] = _mm256_shuffle_epi8(row, _mm256_set_m128i(upper, lower));
    }
}

/* The second pass: along the rows, which stand as columns; then to bytes, and rows again. */
AVX2 static inline void second_pass(const __m256i in[4], uint8_t *out, size_t stride)
{
    __m256i even[4], odd[4];
    even_half(in, 1 << 17, even);
    odd_half(in, odd);
    /* Columns 0, 7, 1, 6 and 2, 5, 3, 4, four samples of each, first of the upper rows. */
    __m256i a = _mm256_packs_epi16(ROWS(even[0], odd[0], 18), ROWS(even[1], odd[1], 18));
    __m256i b = _mm256_packs_epi16(ROWS(even[2], odd[2], 18), ROWS(even[3], odd[3], 18));
    const __m256i order = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 8, 1, 9, 2, 10, 3, 11, 4, 12, 5, 13, 6, 14, 7, 15));
    const __m256i middle = _mm256_set1_epi8(-128);
    a = _mm256_shuffle_epi8(_mm256_xor_si256(a, middle), order); /* 0,1 by rows; 7,6 by rows */
    b = _mm256_shuffle_epi8(_mm256_xor_si256(b, middle), order); /* 2,3; 5,4 */
    __m256i left = _mm256_unpacklo_epi16(a, b);                  /* 0,1,2,3 of rows 0-3 | 4-7 */
    __m256i right = _mm256_unpackhi_epi16(b, a);                 /* 5,4,7,6 */
    right = _mm256_shuffle_epi8(right, _mm256_broadcastsi128_si256(_mm_setr_epi8(
                                           1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)));
    __m256i low = _mm256_unpacklo_epi32(left, right), high = _mm256_unpackhi_epi32(left, right);
    const __m128i quarter[4] = {_mm256_castsi256_si128(low), _mm256_castsi256_si128(high),
                                _mm256_extracti128_si256(low, 1),
                                _mm256_extracti128_si256(high, 1)};
    for (int i = 0; i < 4; i++) {
        _mm_storel_epi64((__m128i *)(out + (size_t)(2 * i) * stride), quarter[i]);
        _mm_storeh_pd((double *)(out + (size_t)(2 * i + 1) * stride), _mm_castsi128_pd(quarter[i]));
    }
}

AVX2 static void idct8(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    __m256i in[4], *coefficients = (__m256i *)block;
    const __m256i *factors = (const __m256i *)quant, zero = _mm256_setzero_si256();
    __m256i below = _mm256_or_si256(
        _mm256_or_si256(coefficients[1], coefficients[2]),
        _mm256_or_si256(coefficients[3], _mm256_blend_epi32(zero, coefficients[0], 0xf0)));
    for (int i = 0; i < 4; i++) {
        in[i] = _mm256_mullo_epi16(coefficients[i], factors[i]);
        coefficients[i] = zero;
    }
    if (_mm256_testz_si256(below, below))
        spread(in);
    else
        first_pass(in);
    second_pass(in, out, stride);
}

AVX2 static inline __m128i flat_row(int16_t block[64], const int16_t quant[64])
{
    int16_t value = (int16_t)(uint16_t)(block[0] * quant[0]);
    int shifted = ((int16_t)(uint16_t)(value * 4) + 16) >> 5;
    shifted = shifted < -128 ? 0 : shifted > 127 ? 255 : shifted + 128;
    block[0] = 0;
    return _mm_set1_epi8((char)shifted);
}

AVX2 static void idct8_flat(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    __m128i row = flat_row(block, quant);
    for (size_t y = 0; y < 8; y++)
        _mm_storel_epi64((__m128i *)(out + y * stride), row);
}

/* The IDCT to half the size. */

/* The first pass: rows 0 to 3 of eight columns each. The fourth column is not used. */
AVX2 static inline void first_pass4(const __m256i in[4], __m128i out[4])
{
    __m256i middle = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(in[0]));
    middle = _mm256_add_epi32(_mm256_slli_epi32(middle, 14), _mm256_set1_epi32(1 << 11));
    __m256i turned = turn(pairs(in[2]), BASELINE_C1_847, -BASELINE_C0_765);
    __m256i a = pairs(in[1]), b = pairs(in[3]); /* 1 and 7, 3 and 5 */
    __m256i outer = _mm256_add_epi32(turn(a, BASELINE_C2_562, -BASELINE_C0_509),
                                     turn(b, BASELINE_C0_899, -BASELINE_C0_601));
    __m256i inner = _mm256_add_epi32(turn(a, BASELINE_C1_061, -BASELINE_C0_211),
                                     turn(b, -BASELINE_C2_172, BASELINE_C1_451));
    __m256i even = _mm256_add_epi32(middle, turned), odd = _mm256_sub_epi32(middle, turned);
    __m256i ends = _mm256_permute4x64_epi64(ROWS(even, outer, 12), 0xd8); /* rows 0, 3 */
    __m256i mids = _mm256_permute4x64_epi64(ROWS(odd, inner, 12), 0xd8);  /* rows 1, 2 */
    out[0] = _mm256_castsi256_si128(ends);
    out[1] = _mm256_castsi256_si128(mids);
    out[2] = _mm256_extracti128_si256(mids, 1);
    out[3] = _mm256_extracti128_si256(ends, 1);
}

/* As turn, of four pairs. */
AVX2 static inline __m128i turn4(__m128i pair, int first, int second)
{
    return _mm_madd_epi16(
        pair, _mm_set1_epi32((int)((unsigned)second << 16 | ((unsigned)first & 0xffff))));
}

/* The second pass, of four rows, and their samples. */
AVX2 static inline void second_pass4(const __m128i row[4], uint8_t *out, size_t stride)
{
    /* The columns in pairs: 1 and 3, 5 and 7, 2 and 6, and nothing and 0. */
    const __m128i order = _mm_setr_epi8(2, 3, 6, 7, 14, 15, 10, 11, 4, 5, 12, 13, -1, -1, 0, 1);
    __m128i r[4];
    for (int i = 0; i < 4; i++)
        r[i] = _mm_shuffle_epi8(row[i], order);
    __m128i low01 = _mm_unpacklo_epi32(r[0], r[1]), low23 = _mm_unpacklo_epi32(r[2], r[3]);
    __m128i high01 = _mm_unpackhi_epi32(r[0], r[1]), high23 = _mm_unpackhi_epi32(r[2], r[3]);
    __m128i a = _mm_unpacklo_epi64(low01, low23), b = _mm_unpackhi_epi64(low01, low23);
    __m128i turned = turn4(_mm_unpacklo_epi64(high01, high23), BASELINE_C1_847, -BASELINE_C0_765);
    __m128i middle = _mm_srai_epi32(_mm_unpackhi_epi64(high01, high23), 2);
    middle = _mm_add_epi32(middle, _mm_set1_epi32(1 << 18));
    __m128i outer = _mm_add_epi32(turn4(a, BASELINE_C2_562, BASELINE_C0_899),
                                  turn4(b, -BASELINE_C0_601, -BASELINE_C0_509));
    __m128i inner = _mm_add_epi32(turn4(a, BASELINE_C1_061, -BASELINE_C2_172),
                                  turn4(b, BASELINE_C1_451, -BASELINE_C0_211));
    __m128i even = _mm_add_epi32(middle, turned), odd = _mm_sub_epi32(middle, turned);
    __m128i c01 = _mm_packs_epi32(_mm_srai_epi32(_mm_add_epi32(even, outer), 19),
                                  _mm_srai_epi32(_mm_add_epi32(odd, inner), 19));
    __m128i c23 = _mm_packs_epi32(_mm_srai_epi32(_mm_sub_epi32(odd, inner), 19),
                                  _mm_srai_epi32(_mm_sub_epi32(even, outer), 19));
    __m128i bytes = _mm_xor_si128(_mm_packs_epi16(c01, c23), _mm_set1_epi8(-128));
    bytes = _mm_shuffle_epi8(bytes,
                             _mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
    uint32_t four[4];
    _mm_storeu_si128((__m128i *)four, bytes);
    for (size_t y = 0; y < 4; y++)
        memcpy(out + y * stride, &four[y], sizeof four[y]);
}

AVX2 static void idct4(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    __m256i in[4], *coefficients = (__m256i *)block;
    const __m256i *factors = (const __m256i *)quant;
    __m256i below =
        _mm256_or_si256(_mm256_or_si256(coefficients[1], coefficients[2]), coefficients[3]);
    for (int i = 0; i < 4; i++) {
        in[i] = _mm256_mullo_epi16(coefficients[i], factors[i]);
        coefficients[i] = _mm256_setzero_si256();
    }
    __m128i row[4];
    if (_mm256_testz_si256(below, below))
        row[0] = row[1] = row[2] = row[3] = _mm_slli_epi16(_mm256_castsi256_si128(in[0]), 2);
    else
        first_pass4(in, row);
    second_pass4(row, out, stride);
}

AVX2 static void idct4_flat(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    int32_t row = _mm_cvtsi128_si32(flat_row(block, quant));
    for (size_t y = 0; y < 4; y++)
        memcpy(out + y * stride, &row, sizeof row);
}

/* Upsampling, sixteen samples a step. */

AVX2 static inline __m256i words(const uint8_t *row)
{
    return _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)row));
}

AVX2 static inline __m256i three(__m256i value)
{
    return _mm256_add_epi16(value, _mm256_add_epi16(value, value));
}

/* Words below 256, those of `even` first. */
AVX2 static inline void store_pairs(uint8_t *out, __m256i even, __m256i odd)
{
    _mm256_storeu_si256((__m256i *)out, _mm256_or_si256(even, _mm256_slli_epi16(odd, 8)));
}

AVX2 static void widen(const uint8_t *row, uint8_t *out, size_t width)
{
    const __m256i one = _mm256_set1_epi16(1), two = _mm256_set1_epi16(2);
    for (size_t x = 0; x < width; x += 16) {
        __m256i here = three(words(row + x));
        __m256i even = _mm256_add_epi16(_mm256_add_epi16(here, words(row + x - 1)), one);
        __m256i odd = _mm256_add_epi16(_mm256_add_epi16(here, words(row + x + 1)), two);
        store_pairs(out + 2 * x, _mm256_srli_epi16(even, 2), _mm256_srli_epi16(odd, 2));
    }
}

AVX2 static inline __m256i sum_of(const uint8_t *near, const uint8_t *far)
{
    return _mm256_add_epi16(three(words(near)), words(far));
}

AVX2 static void widen_between(const uint8_t *near, const uint8_t *far, uint8_t *out, size_t width)
{
    const __m256i seven = _mm256_set1_epi16(7), eight = _mm256_set1_epi16(8);
    for (size_t x = 0; x < width; x += 16) {
        __m256i here = three(sum_of(near + x, far + x));
        __m256i before = sum_of(near + x - 1, far + x - 1);
        __m256i after = sum_of(near + x + 1, far + x + 1);
        __m256i even = _mm256_add_epi16(_mm256_add_epi16(here, before), eight);
        __m256i odd = _mm256_add_epi16(_mm256_add_epi16(here, after), seven);
        store_pairs(out + 2 * x, _mm256_srli_epi16(even, 4), _mm256_srli_epi16(odd, 4));
    }
}

AVX2 static void between(const uint8_t *near, const uint8_t *far, unsigned bias, uint8_t *out,
                         size_t width)
{
    const __m256i rounding = _mm256_set1_epi16((int16_t)bias);
    for (size_t x = 0; x < width; x += 16) {
        __m256i sum = _mm256_add_epi16(sum_of(near + x, far + x), rounding);
        sum = _mm256_srli_epi16(sum, 2);
        __m128i bytes =
            _mm_packus_epi16(_mm256_castsi256_si128(sum), _mm256_extracti128_si256(sum, 1));
        _mm_storeu_si128((__m128i *)(out + x), bytes);
    }
}

/* Colour. */

/* (2^16 · whole + factor) · value / 2^16, rounded: the factor fits 16 bits, the whole is added. */
AVX2 static inline __m256i scaled(__m256i value, int factor)
{
    __m256i high =
        _mm256_mulhi_epi16(_mm256_add_epi16(value, value), _mm256_set1_epi16((int16_t)factor));
    return _mm256_srai_epi16(_mm256_add_epi16(high, _mm256_set1_epi16(1)), 1);
}

AVX2 static inline __m256i green_of(__m256i y, __m256i blue, __m256i red)
{
    const __m256i factors = _mm256_set1_epi32((46802 - 65536) * -65536 + (-22554 & 0xffff));
    const __m256i half = _mm256_set1_epi32(1 << 15);
    __m256i low = _mm256_madd_epi16(_mm256_unpacklo_epi16(blue, red), factors);
    __m256i high = _mm256_madd_epi16(_mm256_unpackhi_epi16(blue, red), factors);
    low = _mm256_srai_epi32(_mm256_add_epi32(low, half), 16);
    high = _mm256_srai_epi32(_mm256_add_epi32(high, half), 16);
    return _mm256_add_epi16(_mm256_sub_epi16(y, red), _mm256_packs_epi32(low, high));
}

/* Sixteen pixels, as 48 bytes: of each lane R and G stand in one register, B in the other. */
AVX2 static inline void store_rgb(uint8_t *rgb, __m256i red_green, __m256i blue)
{
    const __m256i rg_first = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 8, -1, 1, 9, -1, 2, 10, -1, 3, 11, -1, 4, 12, -1, 5));
    const __m256i b_first = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(-1, -1, 0, -1, -1, 1, -1, -1, 2, -1, -1, 3, -1, -1, 4, -1));
    const __m256i rg_second = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(13, -1, 6, 14, -1, 7, 15, -1, -1, -1, -1, -1, -1, -1, -1, -1));
    const __m256i b_second = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(-1, 5, -1, -1, 6, -1, -1, 7, -1, -1, -1, -1, -1, -1, -1, -1));
    __m256i first = _mm256_or_si256(_mm256_shuffle_epi8(red_green, rg_first),
                                    _mm256_shuffle_epi8(blue, b_first));
    __m256i second = _mm256_or_si256(_mm256_shuffle_epi8(red_green, rg_second),
                                     _mm256_shuffle_epi8(blue, b_second));
    _mm_storeu_si128((__m128i *)rgb, _mm256_castsi256_si128(first));
    _mm_storel_epi64((__m128i *)(rgb + 16), _mm256_castsi256_si128(second));
    _mm_storeu_si128((__m128i *)(rgb + 24), _mm256_extracti128_si256(first, 1));
    _mm_storel_epi64((__m128i *)(rgb + 40), _mm256_extracti128_si256(second, 1));
}

AVX2 static void to_rgb(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb,
                        size_t width)
{
    const __m256i middle = _mm256_set1_epi16(128);
    for (size_t x = 0; x < width; x += 16, rgb += 48) {
        __m256i luma = words(y + x);
        __m256i blue = _mm256_sub_epi16(words(cb + x), middle);
        __m256i red = _mm256_sub_epi16(words(cr + x), middle);
        __m256i r = _mm256_add_epi16(_mm256_add_epi16(luma, red), scaled(red, 91881 - 65536));
        __m256i b = _mm256_add_epi16(luma, _mm256_add_epi16(blue, blue));
        b = _mm256_add_epi16(b, scaled(blue, 116130 - 131072));
        __m256i g = green_of(luma, blue, red);
        store_rgb(rgb, _mm256_packus_epi16(r, g), _mm256_packus_epi16(b, b));
    }
}

const struct baseline_kernels baseline_kernels_avx2 = {
    .name = "avx2",
    .usable = usable,
    .idct = {baseline_kernels_idct1, baseline_kernels_idct2, idct4, idct8},
    .idct_flat = {baseline_kernels_idct1, baseline_kernels_idct2, idct4_flat, idct8_flat},
    .widen = widen,
    .twice = baseline_kernels_twice,
    .widen_between = widen_between,
    .between = between,
    .to_rgb = to_rgb,
};

#else

static bool usable(void)
{
    return false;
}

const struct baseline_kernels baseline_kernels_avx2 = {.name = "avx2", .usable = usable};

#endif
