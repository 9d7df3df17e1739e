/*
 * A weight is top · 2^shift + rest (image/taps.h), each multiplied with 16-bit pixels into 32 bits.
 * Loads take the channels of eight RGB pixels apart by themselves, so that RGB is three times gray.
 */
#include "image/resize_kernels_neon.h"

#if defined(__aarch64__) && defined(__ARM_NEON)

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

static bool usable(void)
{
    return true;
}

/* Eight weights, in the order of their pixels. */
struct weights {
    int16x8_t top, rest;
};

INLINE struct weights load_weights(const struct taps *taps, uint32_t offset)
{
    int16x4_t even = vld1_s16(taps->top + offset), odd = vld1_s16(taps->top + offset + 4);
    return (struct weights){vcombine_s16(vzip1_s16(even, odd), vzip2_s16(even, odd)),
                            vmovl_s8(vld1_s8(taps->rest + offset))};
}

/* The sums of one channel of one row. */
struct sums {
    int32x4_t top, rest;
};

INLINE void add_eight(struct sums *sums, uint8x8_t eight, struct weights weights)
{
    int16x8_t p = vreinterpretq_s16_u16(vmovl_u8(eight));
    sums->top = vmlal_s16(sums->top, vget_low_s16(p), vget_low_s16(weights.top));
    sums->top = vmlal_high_s16(sums->top, p, weights.top);
    sums->rest = vmlal_s16(sums->rest, vget_low_s16(p), vget_low_s16(weights.rest));
    sums->rest = vmlal_high_s16(sums->rest, p, weights.rest);
}

/* Shifted left without a sign, modulo 2^32. */
INLINE uint8_t round_sums(const struct sums *sums, unsigned shift)
{
    uint32_t top = (uint32_t)vaddvq_s32(sums->top), rest = (uint32_t)vaddvq_s32(sums->rest);
    int32_t value = (int32_t)((top << shift) + rest + (1u << (TAPS_BITS - 1))) >> TAPS_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* `rows` and `channels` are constants in every call, so that the sums stay in registers. */
INLINE void horizontal_rows(const struct taps *taps, const uint8_t *const source[],
                            uint8_t *const target[], const unsigned channels, const unsigned rows)
{
    for (uint32_t j = 0; j < taps->key.out; j++) {
        size_t at = (size_t)taps->first[j] * channels;
        uint32_t offset = taps->offset[j], end = offset + taps->count[j];
        struct sums sums[2][3] = {0};
        for (; offset < end; offset += 8, at += 8 * channels) {
            struct weights weights = load_weights(taps, offset);
            for (unsigned r = 0; r < rows; r++) {
                if (channels == 1) {
                    add_eight(&sums[r][0], vld1_u8(source[r] + at), weights);
                    continue;
                }
                uint8x8x3_t p = vld3_u8(source[r] + at);
                for (unsigned c = 0; c < 3; c++)
                    add_eight(&sums[r][c], p.val[c], weights);
            }
        }
        for (unsigned r = 0; r < rows; r++)
            for (unsigned c = 0; c < channels; c++)
                target[r][(size_t)j * channels + c] = round_sums(&sums[r][c], taps->shift);
    }
}

static void horizontal3(const struct taps *taps, const uint8_t *const source[],
                        uint8_t *const target[], unsigned rows)
{
    for (; rows >= 2; rows -= 2, source += 2, target += 2)
        horizontal_rows(taps, source, target, 3, 2);
    if (rows)
        horizontal_rows(taps, source, target, 3, 1);
}

static void horizontal1(const struct taps *taps, const uint8_t *const source[],
                        uint8_t *const target[], unsigned rows)
{
    for (; rows >= 2; rows -= 2, source += 2, target += 2)
        horizontal_rows(taps, source, target, 1, 2);
    if (rows)
        horizontal_rows(taps, source, target, 1, 1);
}

static void add(int32_t *sum, const uint8_t *const row[], const int32_t weight[], unsigned rows,
                size_t count)
{
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        int32x4_t low = vld1q_s32(sum + i), high = vld1q_s32(sum + i + 4);
        for (unsigned r = 0; r < rows; r++) {
            int16x8_t p = vreinterpretq_s16_u16(vmovl_u8(vld1_u8(row[r] + i)));
            low = vmlaq_n_s32(low, vmovl_s16(vget_low_s16(p)), weight[r]);
            high = vmlaq_n_s32(high, vmovl_high_s16(p), weight[r]);
        }
        vst1q_s32(sum + i, low);
        vst1q_s32(sum + i + 4, high);
    }
    resize_kernels_add_from(i, sum, row, weight, rows, count);
}

static void finish(int32_t *sum, uint8_t *row, size_t count)
{
    const int32x4_t half = vdupq_n_s32(1 << (TAPS_BITS - 1)), zero = vdupq_n_s32(0);
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        int32x4_t low = vshrq_n_s32(vaddq_s32(vld1q_s32(sum + i), half), TAPS_BITS);
        int32x4_t high = vshrq_n_s32(vaddq_s32(vld1q_s32(sum + i + 4), half), TAPS_BITS);
        vst1_u8(row + i, vqmovun_s16(vqmovn_high_s32(vqmovn_s32(low), high)));
        vst1q_s32(sum + i, zero);
        vst1q_s32(sum + i + 4, zero);
    }
    resize_kernels_finish(sum + i, row + i, count - i);
}

const struct resize_kernels resize_kernels_neon = {
    .name = "neon",
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

const struct resize_kernels resize_kernels_neon = {.name = "neon", .usable = usable};

#endif
