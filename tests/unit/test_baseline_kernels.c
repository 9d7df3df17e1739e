/* Blocks to samples against libjpeg, however wild they are; the variants against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/baseline_kernels.h"
#include "jpeg_block.h"

#define BLOCKS 3000
#define WIDEST 200
#define SLACK  64
#define GUARD  0xa5

static uint32_t seed;

static uint32_t number(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

struct case_block {
    int16_t block[64] __attribute__((aligned(64)));
    int16_t quant[64] __attribute__((aligned(64)));
    bool flat;
};

/* Few or many coefficients, all over or in the first row or alone, times factors of up to 15 bits:
 * products wrap, sums saturate. */
static void make_block(struct case_block *made)
{
    memset(made, 0, sizeof *made);
    unsigned factor_bits = number(15), kind = number(4);
    for (int i = 0; i < 64; i++)
        made->quant[i] = (int16_t)(1 + number(1u << factor_bits));
    unsigned places = kind == 0 ? 1 : kind == 1 ? 8 : 64;
    for (unsigned n = number(64); n < 64; n++) {
        int value = (int)number(2047) - 1023;
        made->block[number(places)] = (int16_t)(value >> number(11));
    }
    made->flat = true;
    for (int i = 1; i < 64; i++)
        made->flat &= made->block[i] == 0;
}

static void check_block(const struct baseline_kernels *kernels, const struct case_block *made,
                        unsigned log_size, const uint8_t want[64])
{
    static const int16_t zeros[64];
    unsigned size = 1u << log_size;
    for (int flat = 0; flat <= made->flat; flat++) {
        struct case_block copy;
        for (int i = 0; i < 64; i++) {
            copy.block[baseline_kernels_place[i]] = made->block[i];
            copy.quant[baseline_kernels_place[i]] = made->quant[i];
        }
        if (log_size == 0) /* the other coefficients are never given */
            memset(copy.block + 1, 0, sizeof copy.block - sizeof *copy.block);
        uint8_t got[8 * 8 + SLACK];
        memset(got, GUARD, sizeof got);
        (flat ? kernels->idct_flat : kernels->idct)[log_size](copy.block, copy.quant, got, 8);
        for (unsigned y = 0; y < size; y++)
            assert_memory_equal(got + 8 * y, want + size * y, size);
        for (unsigned i = 0; i < sizeof got; i++)
            if (i % 8 >= size || i / 8 >= size)
                assert_int_equal(got[i], GUARD);
        assert_memory_equal(copy.block, zeros, sizeof zeros);
    }
}

static void test_idct(void **state)
{
    (void)state;
    seed = 1;
    for (int n = 0; n < BLOCKS; n++) {
        struct case_block made;
        make_block(&made);
        unsigned long size;
        unsigned char *file = jpeg_block_write(made.block, made.quant, &size);
        for (unsigned log_size = 0; log_size < BASELINE_SIZES; log_size++) {
            uint8_t want[64];
            jpeg_block_read(file, size, 1u << log_size, want);
            for (int k = 0; k < BASELINE_KERNELS_COUNT; k++)
                if (baseline_kernels_table[k]->usable())
                    check_block(baseline_kernels_table[k], &made, log_size, want);
        }
        free(file);
    }
}

/* Rows of random samples with their ends repeated. */
static void make_row(uint8_t row[], size_t width)
{
    for (size_t i = 0; i < width + 2 * SLACK; i++)
        row[i] = (uint8_t)(number(4) ? number(256) : 255 * number(2));
    row[SLACK - 1] = row[SLACK];
    row[SLACK + width] = row[SLACK + width - 1];
}

typedef void (*run_fn)(const struct baseline_kernels *, uint8_t rows[3][WIDEST + 2 * SLACK],
                       uint8_t *out, size_t width);

static void run_widen(const struct baseline_kernels *kernels, uint8_t rows[3][WIDEST + 2 * SLACK],
                      uint8_t *out, size_t width)
{
    kernels->widen(rows[0] + SLACK, out, width);
}

static void run_twice(const struct baseline_kernels *kernels, uint8_t rows[3][WIDEST + 2 * SLACK],
                      uint8_t *out, size_t width)
{
    kernels->twice(rows[0] + SLACK, out, width);
}

static void run_widen_between(const struct baseline_kernels *kernels,
                              uint8_t rows[3][WIDEST + 2 * SLACK], uint8_t *out, size_t width)
{
    kernels->widen_between(rows[0] + SLACK, rows[1] + SLACK, out, width);
}

static void run_between(const struct baseline_kernels *kernels, uint8_t rows[3][WIDEST + 2 * SLACK],
                        uint8_t *out, size_t width)
{
    kernels->between(rows[0] + SLACK, rows[1] + SLACK, 1 + width % 2, out, width);
}

static void run_to_rgb(const struct baseline_kernels *kernels, uint8_t rows[3][WIDEST + 2 * SLACK],
                       uint8_t *out, size_t width)
{
    kernels->to_rgb(rows[0] + SLACK, rows[1] + SLACK, rows[2] + SLACK, out, width);
}

/* The scalar variant is compared with libjpeg in test_baseline, as part of whole pictures. */
static void test_rows(void **state)
{
    (void)state;
    static const struct {
        run_fn run;
        size_t factor; /* bytes out for a sample in */
    } kinds[] = {
        {run_widen, 2}, {run_twice, 2}, {run_widen_between, 2}, {run_between, 1}, {run_to_rgb, 3}};
    static uint8_t rows[3][WIDEST + 2 * SLACK], want[3 * WIDEST + SLACK],
        got[3 * WIDEST + 2 * SLACK];
    seed = 2;
    for (int k = 1; k < BASELINE_KERNELS_COUNT; k++) {
        if (!baseline_kernels_table[k]->usable())
            continue;
        for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
            for (size_t width = 1; width <= WIDEST; width++) {
                size_t bytes = width * kinds[i].factor;
                for (int r = 0; r < 3; r++)
                    make_row(rows[r], width);
                memset(got, GUARD, sizeof got);
                kinds[i].run(baseline_kernels_table[0], rows, want, width);
                kinds[i].run(baseline_kernels_table[k], rows, got, width);
                assert_memory_equal(got, want, bytes);
                for (size_t b = bytes + SLACK; b < sizeof got; b++)
                    assert_int_equal(got[b], GUARD);
            }
    }
}

/* All of chroma, at the ends and the middle of luma. */
static void test_colors(void **state)
{
    (void)state;
    for (int luma = 0; luma <= 256; luma += 64)
        for (int blue = 0; blue < 256; blue++) {
            uint8_t y[256 + SLACK], cb[256 + SLACK], cr[256 + SLACK];
            uint8_t want[3 * 256 + SLACK], got[3 * 256 + SLACK];
            for (int i = 0; i < 256 + SLACK; i++) {
                y[i] = (uint8_t)(luma > 255 ? 255 : luma);
                cb[i] = (uint8_t)blue;
                cr[i] = (uint8_t)i;
            }
            baseline_kernels_table[0]->to_rgb(y, cb, cr, want, 256);
            for (int k = 1; k < BASELINE_KERNELS_COUNT; k++) {
                if (!baseline_kernels_table[k]->usable())
                    continue;
                baseline_kernels_table[k]->to_rgb(y, cb, cr, got, 256);
                assert_memory_equal(got, want, 3 * 256);
            }
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_idct),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_colors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
