/*
 * baseline_kernels: from coefficients to pixels, in variants that give equal bytes.
 *
 * The bytes are those of libjpeg-turbo on x86-64: its "islow" IDCT, its "fancy" upsampling, its
 * conversion of YCbCr. Where coefficients are so wild that 16 bits do not hold what comes of them,
 * its vector code wraps and saturates at certain places, and so is it done here. The scalar variant
 * is the reference: libjpeg's own vector code is faster, so that it serves tests only.
 *
 * Samples: rows may be read 64 bytes beyond their end and written as far.
 * Source: ITU-T T.81 and T.871; C. Loeffler, A. Ligtenberg and G. Moschytz, "Practical fast 1-D DCT
 * algorithms with 11 multiplications", ICASSP 1989. Knows: nothing.
 */
#ifndef PIXSCALE_IMAGE_BASELINE_KERNELS_H
#define PIXSCALE_IMAGE_BASELINE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the coefficient stands in a block that is 8 · row + column in natural order. Rows come as
 * 0, 4, 1, 7, 2, 6, 3, 5, columns as 0, 1, 2, 3, 4, 7, 6, 5: so two that an IDCT turns by one
 * another always stand in the halves of one register. */
extern const uint8_t baseline_kernels_place[64];

/* Samples, a square of 8, 4, 2 or 1, from a block and its quantization table, both in that order
 * and aligned to 32 bytes. Leaves the block all zeros. For one sample only block[0] may be given.
 */
typedef void (*baseline_idct_fn)(int16_t block[64], const int16_t quant[64], uint8_t *out,
                                 size_t stride);

#define BASELINE_SIZES 4 /* of such a square: 1 << 0 to 1 << 3 */

struct baseline_kernels {
    const char *name; /* "scalar", "avx2" */
    bool (*usable)(void);

    baseline_idct_fn idct[BASELINE_SIZES];
    baseline_idct_fn idct_flat[BASELINE_SIZES]; /* of a block that has only block[0] */

    /* Twice as wide: each sample becomes two, each three quarters itself and one quarter its
     * neighbour. Reads row[-1] and row[width], which must repeat the samples at the ends. */
    void (*widen)(const uint8_t *row, uint8_t *out, size_t width);
    /* Each sample twice. */
    void (*twice)(const uint8_t *row, uint8_t *out, size_t width);
    /* The same of a row that is three quarters `near` and one quarter `far`, rounded only once. */
    void (*widen_between)(const uint8_t *near, const uint8_t *far, uint8_t *out, size_t width);
    /* out = (3 · near + far + bias) / 4 */
    void (*between)(const uint8_t *near, const uint8_t *far, unsigned bias, uint8_t *out,
                    size_t width);

    /* YCbCr to RGB. Writes 48 bytes beyond at most. */
    void (*to_rgb)(const uint8_t *y, const uint8_t *cb, const uint8_t *cr, uint8_t *rgb,
                   size_t width);
};

#define BASELINE_KERNELS_COUNT 2
extern const struct baseline_kernels *const baseline_kernels_table[BASELINE_KERNELS_COUNT];

/* Those of 2 and 1, for all variants: they are cheap enough as they are. */
void baseline_kernels_idct2(int16_t block[64], const int16_t quant[64], uint8_t *out,
                            size_t stride);
void baseline_kernels_idct1(int16_t block[64], const int16_t quant[64], uint8_t *out,
                            size_t stride);
void baseline_kernels_twice(const uint8_t *row, uint8_t *out, size_t width);

/* The factors of the IDCTs, times 2^13. */
#define BASELINE_C0_211 1730
#define BASELINE_C0_298 2446
#define BASELINE_C0_390 3196
#define BASELINE_C0_509 4176
#define BASELINE_C0_541 4433
#define BASELINE_C0_601 4926
#define BASELINE_C0_720 5906
#define BASELINE_C0_765 6270
#define BASELINE_C0_850 6967
#define BASELINE_C0_899 7373
#define BASELINE_C1_061 8697
#define BASELINE_C1_175 9633
#define BASELINE_C1_272 10426
#define BASELINE_C1_451 11893
#define BASELINE_C1_501 12299
#define BASELINE_C1_847 15137
#define BASELINE_C1_961 16069
#define BASELINE_C2_053 16819
#define BASELINE_C2_172 17799
#define BASELINE_C2_562 20995
#define BASELINE_C3_072 25172
#define BASELINE_C3_624 29692

#endif
