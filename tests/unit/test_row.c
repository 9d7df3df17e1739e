/*
 * What becomes of a finished picture: the row that the array holds, and the sums over all of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "pipeline/row_format.h"
#include "pipeline/row_sums.h"

static uint32_t seed = 1;

static uint8_t random_byte(void)
{
    return (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
}

static uint8_t *random_picture(size_t bytes)
{
    uint8_t *picture = malloc(bytes); /* its end is a sanitizer's */
    assert_non_null(picture);
    for (size_t i = 0; i < bytes; i++)
        picture[i] = random_byte();
    return picture;
}

static const float mean[3] = {0.485f, 0.456f, 0.406f}, std[3] = {0.229f, 0.224f, 0.225f};

/* v = u/255, (v - mean)/std, each step rounded to 32 bits: volatile allows nothing else. */
static float scaled(uint8_t sample, unsigned channel)
{
    volatile float value = (float)sample;
    value = value / 255.0f;
    value = value - mean[channel];
    value = value / std[channel];
    return value;
}

static void rows_are_laid_out(void **state)
{
    (void)state;
    const uint32_t shapes[][2] = {{1, 1}, {3, 2}, {64, 64}, {1, 9}, {17, 5}};
    for (int i = 0; i < 5 * 2 * 2 * 2; i++) {
        struct row_format format = {.width = shapes[i / 8][0],
                                    .height = shapes[i / 8][1],
                                    .channels = i & 1 ? 3 : 1,
                                    .chw = i & 2,
                                    .f32 = i & 4};
        row_format_scale(&format, mean, std);
        uint32_t w = format.width, h = format.height, channels = format.channels;
        size_t samples = (size_t)w * h * channels, size = format.f32 ? 4 : 1;
        assert_int_equal(row_format_bytes(&format), samples * size);
        uint8_t *picture = random_picture(samples);
        void *row = malloc(samples * size);
        row_format_encode(&format, picture, row);
        for (uint32_t y = 0; y < h; y++)
            for (uint32_t x = 0; x < w; x++)
                for (unsigned c = 0; c < channels; c++) {
                    uint8_t sample = picture[(y * w + x) * channels + c];
                    size_t at = format.chw ? (c * h + y) * w + x : (y * w + x) * channels + c;
                    if (format.f32)
                        assert_true(((float *)row)[at] == scaled(sample, c));
                    else
                        assert_int_equal(((uint8_t *)row)[at], sample);
                }
        bool same = samples * size == samples && memcmp(row, picture, samples) == 0;
        if (row_format_is_identity(&format))
            assert_true(same);
        if (format.f32 || (format.chw && channels == 3 && w * h > 4))
            assert_false(row_format_is_identity(&format));
        free(picture);
        free(row);
    }
}

static void the_common_row_is_not_copied(void **state)
{
    (void)state;
    struct row_format format = {.width = 64, .height = 64, .channels = 3};
    assert_true(row_format_is_identity(&format));
    format.channels = 1;
    format.chw = true; /* one plane is one plane */
    assert_true(row_format_is_identity(&format));
}

static void plain_scale_is_zero_to_one(void **state)
{
    (void)state;
    struct row_format format = {0};
    row_format_scale(&format, (const float[3]){0, 0, 0}, (const float[3]){1, 1, 1});
    for (unsigned c = 0; c < 3; c++) {
        assert_true(format.table[c][0] == 0.0f && format.table[c][255] == 1.0f);
        for (unsigned u = 1; u < 256; u++)
            assert_true(format.table[c][u] > format.table[c][u - 1]);
    }
}

/* The direct way: every sample, its mean, then the mean of squared distances. */
static void direct(const uint8_t *picture, size_t samples, unsigned channels, unsigned channel,
                   double *average, double *deviation)
{
    double sum = 0, squares = 0, n = (double)(samples / channels);
    for (size_t i = channel; i < samples; i += channels)
        sum += picture[i] / 255.0;
    *average = sum / n;
    for (size_t i = channel; i < samples; i += channels)
        squares += (picture[i] / 255.0 - *average) * (picture[i] / 255.0 - *average);
    *deviation = sqrt(squares / n);
}

static void moments_are_the_direct_ones(void **state)
{
    (void)state;
    for (uint32_t width = 1; width < 140; width += 3)
        for (unsigned channels = 1; channels <= 3; channels += 2) {
            struct row_format format = {.width = width, .height = 7, .channels = channels};
            size_t samples = (size_t)width * 7 * channels;
            uint8_t *picture = random_picture(samples);
            struct row_sums sums = {0};
            row_sums_add(&sums, &format, picture);
            assert_int_equal(sums.samples, width * 7);
            for (unsigned c = 0; c < channels; c++) {
                double m, s, average, deviation;
                row_sums_moments(&sums, c, &m, &s);
                direct(picture, samples, channels, c, &average, &deviation);
                assert_true(fabs(m - average) < 1e-12);
                assert_true(fabs(s - deviation) < 1e-9);
            }
            free(picture);
        }
}

static void no_samples_no_moments(void **state)
{
    (void)state;
    struct row_sums sums = {0};
    double m = 7, s = 7;
    row_sums_moments(&sums, 0, &m, &s);
    assert_true(m == 0 && s == 0);
}

/* However the pictures are dealt to threads, the merged sums are the same. */
static void merging_knows_no_order(void **state)
{
    (void)state;
    enum { PICTURES = 40, THREADS = 5 };
    struct row_format format = {.width = 31, .height = 17, .channels = 3};
    size_t samples = 31 * 17 * 3;
    uint8_t *pictures[PICTURES];
    struct row_sums one = {0};
    for (int i = 0; i < PICTURES; i++) {
        pictures[i] = random_picture(samples);
        row_sums_add(&one, &format, pictures[i]);
    }
    for (int round = 0; round < 20; round++) {
        struct row_sums part[THREADS] = {0}, merged = {0};
        for (int i = PICTURES - 1; i >= 0; i--)
            row_sums_add(&part[random_byte() % THREADS], &format, pictures[i]);
        for (int t = 0; t < THREADS; t++)
            row_sums_merge(&merged, &part[(t + round) % THREADS]);
        assert_memory_equal(&merged, &one, sizeof one);
    }
    for (int i = 0; i < PICTURES; i++)
        free(pictures[i]);
}

/* The brightest picture there can be, far more samples than 32-bit sums can take. */
static void large_white_pictures_do_not_overflow(void **state)
{
    (void)state;
    for (unsigned channels = 1; channels <= 3; channels += 2) {
        struct row_format format = {.width = 16384, .height = 2000, .channels = channels};
        uint64_t pixels = UINT64_C(16384) * 2000;
        uint8_t *picture = malloc(pixels * channels);
        assert_non_null(picture);
        memset(picture, 255, pixels * channels);
        struct row_sums sums = {0};
        row_sums_add(&sums, &format, picture);
        assert_int_equal(sums.samples, pixels);
        for (unsigned c = 0; c < channels; c++) {
            assert_int_equal(sums.sum[c], pixels * 255);
            assert_int_equal(sums.square[c], pixels * 255 * 255);
            double m, s;
            row_sums_moments(&sums, c, &m, &s);
            assert_true(m == 1 && s == 0);
        }
        free(picture);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_laid_out),
        cmocka_unit_test(the_common_row_is_not_copied),
        cmocka_unit_test(plain_scale_is_zero_to_one),
        cmocka_unit_test(moments_are_the_direct_ones),
        cmocka_unit_test(no_samples_no_moments),
        cmocka_unit_test(merging_knows_no_order),
        cmocka_unit_test(large_white_pictures_do_not_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
