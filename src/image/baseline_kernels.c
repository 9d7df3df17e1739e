/*
 * The scalar reference, and the table of the variants.
 */
#include "image/baseline_kernels.h"

#include <string.h>

#include "image/baseline_kernels_avx2.h"

const uint8_t baseline_kernels_place[64] = {
    0,  1,  2,  3,  4,  7,  6,  5,  16, 17, 18, 19, 20, 23, 22, 21, 32, 33, 34, 35, 36, 39,
    38, 37, 48, 49, 50, 51, 52, 55, 54, 53, 8,  9,  10, 11, 12, 15, 14, 13, 56, 57, 58, 59,
    60, 63, 62, 61, 40, 41, 42, 43, 44, 47, 46, 45, 24, 25, 26, 27, 28, 31, 30, 29,
};

static int16_t wrap(int value)
{
    return (int16_t)(uint16_t)value;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

/* A coefficient, multiplied by its factor modulo 2^16. */
static int16_t product(const int16_t block[64], const int16_t quant[64], int y, int x)
{
    int place = baseline_kernels_place[8 * y + x];
    return wrap(block[place] * quant[place]);
}

/* a·x + b·y. Sums of such are taken modulo 2^32. */
static uint32_t turn(int x, int a, int y, int b)
{
    return (uint32_t)(x * a + y * b);
}

/* The even half of a pass: of the inputs 0, 2, 4, 6. Sums of inputs are taken modulo 2^16. */
static void even_half(const int16_t in[8], uint32_t out[4])
{
    uint32_t sum = (uint32_t)(wrap(in[0] + in[4]) * 8192);
    uint32_t difference = (uint32_t)(wrap(in[0] - in[4]) * 8192);
    uint32_t inner = turn(in[2], BASELINE_C0_541, in[6], BASELINE_C0_541 - BASELINE_C1_847);
    uint32_t outer = turn(in[2], BASELINE_C0_541 + BASELINE_C0_765, in[6], BASELINE_C0_541);
    out[0] = sum + outer;
    out[1] = difference + inner;
    out[2] = difference - inner;
    out[3] = sum - outer;
}

/* The odd half: of the inputs 1, 3, 5, 7. */
static void odd_half(const int16_t in[8], uint32_t out[4])
{
    int a = wrap(in[7] + in[3]), b = wrap(in[5] + in[1]);
    uint32_t z3 = turn(a, BASELINE_C1_175 - BASELINE_C1_961, b, BASELINE_C1_175);
    uint32_t z4 = turn(a, BASELINE_C1_175, b, BASELINE_C1_175 - BASELINE_C0_390);
    out[0] = z4 + turn(in[1], BASELINE_C1_501 - BASELINE_C0_899, in[7], -BASELINE_C0_899);
    out[1] = z3 + turn(in[3], BASELINE_C3_072 - BASELINE_C2_562, in[5], -BASELINE_C2_562);
    out[2] = z4 + turn(in[5], BASELINE_C2_053 - BASELINE_C2_562, in[3], -BASELINE_C2_562);
    out[3] = z3 + turn(in[7], BASELINE_C0_298 - BASELINE_C0_899, in[1], -BASELINE_C0_899);
}

/* A pass over eight inputs, rounded and saturated to 16 bits. */
static void pass8(const int16_t in[8], int shift, int16_t out[8])
{
    uint32_t even[4], odd[4], half = 1u << (shift - 1);
    even_half(in, even);
    odd_half(in, odd);
    for (int i = 0; i < 4; i++) {
        out[i] = (int16_t)clamp((int32_t)(even[i] + odd[i] + half) >> shift, -32768, 32767);
        out[7 - i] = (int16_t)clamp((int32_t)(even[i] - odd[i] + half) >> shift, -32768, 32767);
    }
}

static uint8_t sample(int value)
{
    return (uint8_t)(clamp(value, -128, 127) + 128);
}

static bool any_below_first_row(const int16_t block[64])
{
    for (int i = 8; i < 64; i++)
        if (block[i])
            return true;
    return false;
}

static void idct8(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    int16_t column[8][8], across[8], line[8]; /* column[x][y] */
    bool full = any_below_first_row(block);
    for (int x = 0; x < 8; x++) {
        int16_t in[8];
        for (int y = 0; y < 8; y++)
            in[y] = product(block, quant, y, x);
        if (full)
            pass8(in, 11, column[x]);
        else /* this way a first row that is too large wraps */
            for (int y = 0; y < 8; y++)
                column[x][y] = wrap(in[0] * 4);
    }
    for (int y = 0; y < 8; y++, out += stride) {
        for (int x = 0; x < 8; x++)
            across[x] = column[x][y];
        pass8(across, 18, line);
        for (int x = 0; x < 8; x++)
            out[x] = sample(line[x]);
    }
    memset(block, 0, 64 * sizeof *block);
}

static void fill_square(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride,
                        size_t size)
{
    uint8_t value = sample((wrap(wrap(block[0] * quant[0]) * 4) + 16) >> 5);
    for (size_t y = 0; y < size; y++)
        memset(out + y * stride, value, size);
    block[0] = 0;
}

static void idct8_flat(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    fill_square(block, quant, out, stride, 8);
}

/* Four samples from the inputs 0, 1, 2, 3, 5, 6 and 7: an eight-point transform whose outputs are
 * merged two by two. */
static void pass4(const int16_t in[8], int shift, int16_t out[4])
{
    uint32_t half = 1u << (shift - 1), middle = (uint32_t)(in[0] * 16384);
    uint32_t even = turn(in[2], BASELINE_C1_847, in[6], -BASELINE_C0_765);
    uint32_t outer = turn(in[1], BASELINE_C2_562, in[3], BASELINE_C0_899) +
                     turn(in[5], -BASELINE_C0_601, in[7], -BASELINE_C0_509);
    uint32_t inner = turn(in[1], BASELINE_C1_061, in[3], -BASELINE_C2_172) +
                     turn(in[5], BASELINE_C1_451, in[7], -BASELINE_C0_211);
    const uint32_t sum[4] = {middle + even + outer, middle - even + inner, middle - even - inner,
                             middle + even - outer};
    for (int i = 0; i < 4; i++)
        out[i] = (int16_t)clamp((int32_t)(sum[i] + half) >> shift, -32768, 32767);
}

static bool any_below_first_row_but_fourth(const int16_t block[64])
{
    for (int i = 8; i < 64; i++)
        if (block[baseline_kernels_place[i]] && i / 8 != 4)
            return true;
    return false;
}

static void idct4(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    int16_t column[8][4], across[8], line[4]; /* column[x][y] */
    bool full = any_below_first_row_but_fourth(block);
    for (int x = 0; x < 8; x++) {
        int16_t in[8];
        for (int y = 0; y < 8; y++)
            in[y] = product(block, quant, y, x);
        if (full)
            pass4(in, 12, column[x]);
        else
            for (int y = 0; y < 4; y++)
                column[x][y] = wrap(in[0] * 4);
    }
    for (int y = 0; y < 4; y++, out += stride) {
        for (int x = 0; x < 8; x++)
            across[x] = column[x][y];
        pass4(across, 19, line);
        for (int x = 0; x < 4; x++)
            out[x] = sample(line[x]);
    }
    memset(block, 0, 64 * sizeof *block);
}

static void idct4_flat(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    fill_square(block, quant, out, stride, 4);
}

/* Half the difference of two samples from the inputs 1, 3, 5 and 7. */
static uint32_t odd2(int in1, int in3, int in5, int in7)
{
    return turn(in1, BASELINE_C3_624, in3, -BASELINE_C1_272) +
           turn(in5, BASELINE_C0_850, in7, -BASELINE_C0_720);
}

static int saturate(int32_t value)
{
    return clamp(value, -32768, 32767);
}

void baseline_kernels_idct2(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    static const uint8_t used[5] = {0, 1, 3, 5, 7};
    int32_t upper[5], lower[5];
    for (int i = 0; i < 5; i++) {
        int16_t in[8];
        for (int y = 0; y < 8; y++)
            in[y] = product(block, quant, y, used[i]);
        uint32_t sum = (uint32_t)(in[0] * 32768) + (1u << 12),
                 odd = odd2(in[1], in[3], in[5], in[7]);
        upper[i] = (int32_t)(sum + odd) >> 13;
        lower[i] = (int32_t)(sum - odd) >> 13;
    }
    const int32_t *line[2] = {upper, lower};
    for (int y = 0; y < 2; y++, out += stride) {
        const int32_t *in = line[y];
        uint32_t sum = ((uint32_t)in[0] << 15) + (1u << 19);
        uint32_t odd = odd2(saturate(in[1]), saturate(in[2]), saturate(in[3]), saturate(in[4]));
        out[0] = sample(saturate((int32_t)(sum + odd) >> 20));
        out[1] = sample(saturate((int32_t)(sum - odd) >> 20));
    }
    memset(block, 0, 64 * sizeof *block);
}

/* libjpeg has no vector code for this: what is out of range wraps, in ten bits. */
void baseline_kernels_idct1(int16_t block[64], const int16_t quant[64], uint8_t *out, size_t stride)
{
    (void)stride;
    int value = ((block[0] * quant[0] + 4) >> 3) & 1023;
    *out = sample(value < 512 ? value : value - 1024);
    block[0] = 0;
}

static void widen(const uint8_t *row, uint8_t *out, size_t width)
{
    for (size_t x = 0; x < width; x++, row++) {
        out[2 * x] = (uint8_t)((3 * row[0] + row[-1] + 1) >> 2);
        out[2 * x + 1] = (uint8_t)((3 * row[0] + row[1] + 2) >> 2);
    }
}

void baseline_kernels_twice(const uint8_t *row, uint8_t *out, size_t width)
{
    for (size_t x = 0; x < width; x++)
        out[2 * x] = out[2 * x + 1] = row[x];
}

static void widen_between(const uint8_t *near, const uint8_t *far, uint8_t *out, size_t width)
{
    for (size_t x = 0; x < width; x++, near++, far++) {
        int before = 3 * near[-1] + far[-1], here = 3 * near[0] + far[0];
        int after = 3 * near[1] + far[1];
        out[2 * x] = (uint8_t)((3 * here + before + 8) >> 4);
        out[2 * x + 1] = (uint8_t)((3 * here + after + 7) >> 4);
    }
}

static void between(const uint8_t *near, const uint8_t *far, unsigned bias, uint8_t *out,
                    size_t width)
{
    for (size_t x = 0; x < width; x++)
        out[x] = (uint8_t)((3 * near[x] + far[x] + bias) >> 2);
}

/* The factors 1.402, 1.772, -0.34414 and -0.71414 times 2^16; what is halfway is rounded up. */
static void to_rgb(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb,
                   size_t width)
{
    for (size_t i = 0; i < width; i++, rgb += 3) {
        int blue = cb[i] - 128, red = cr[i] - 128;
        rgb[0] = (uint8_t)clamp(y[i] + ((91881 * red + 32768) >> 16), 0, 255);
        rgb[1] = (uint8_t)clamp(y[i] + ((-22554 * blue - 46802 * red + 32768) >> 16), 0, 255);
        rgb[2] = (uint8_t)clamp(y[i] + ((116130 * blue + 32768) >> 16), 0, 255);
    }
}

static bool usable(void)
{
    return true;
}

static const struct baseline_kernels scalar = {
    .name = "scalar",
    .usable = usable,
    .idct = {baseline_kernels_idct1, baseline_kernels_idct2, idct4, idct8},
    .idct_flat = {baseline_kernels_idct1, baseline_kernels_idct2, idct4_flat, idct8_flat},
    .widen = widen,
    .twice = baseline_kernels_twice,
    .widen_between = widen_between,
    .between = between,
    .to_rgb = to_rgb,
};

const struct baseline_kernels *const baseline_kernels_table[BASELINE_KERNELS_COUNT] = {
    &scalar,
    &baseline_kernels_avx2,
};
