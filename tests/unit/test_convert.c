/* Row conversion: relations between formats and options that must hold, whatever the samples. The
 * bytes themselves are compared with Pillow's by oracle/convert.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/convert.h"

#define WIDTH 333

static uint8_t palette[256][4];
static uint8_t noise[8 * WIDTH];

static void fill(void)
{
    uint32_t value = 12345;
    for (size_t i = 0; i < sizeof noise; i++) {
        value = value * 1664525 + 1013904223;
        noise[i] = (uint8_t)(value >> 24);
    }
    for (int i = 0; i < 256; i++)
        for (int c = 0; c < 4; c++)
            palette[i][c] = (uint8_t)(i * 37 + c * 91 + (i ^ c));
}

static struct picture picture_of(enum pixel_format format)
{
    return (struct picture){
        .format = format, .width = WIDTH, .height = 1, .palette = (const uint8_t(*)[4])palette};
}

/* Converts `width` pixels into an array of the exact size; returns the channels. The caller frees.
 */
static unsigned convert_row(const struct picture *picture, const struct convert_options *options,
                            const uint8_t *source, uint32_t width, uint8_t **out)
{
    struct convert convert;
    memset(&convert, 0x5a, sizeof convert);
    convert_prepare(&convert, picture, options);
    size_t bytes = pixel_row_bytes(picture->format, width);
    uint8_t *copy = malloc(bytes);
    *out = malloc((size_t)width * convert.channels + 1);
    assert_non_null(copy);
    assert_non_null(*out);
    memcpy(copy, source, bytes);
    (*out)[(size_t)width * convert.channels] = 0x5a;
    convert.row(&convert, copy, *out, width);
    assert_int_equal((*out)[(size_t)width * convert.channels], 0x5a);
    if (convert.identity)
        assert_memory_equal(*out, source, bytes);
    free(copy);
    return convert.channels;
}

static uint8_t luma(const uint8_t *rgb)
{
    return (uint8_t)((rgb[0] * 19595 + rgb[1] * 38470 + rgb[2] * 7471 + 32768) / 65536);
}

static void test_channels(void **state)
{
    (void)state;
    struct convert_options plain = {0}, blend = {.blend = true, .background = {1, 2, 3}},
                           neutral = {.blend = true, .background = {9, 9, 9}};
    for (int format = 0; format < PIXEL_FORMAT_COUNT; format++) {
        const struct pixel_layout *layout = pixel_layout(format);
        struct picture picture = picture_of(format);
        struct convert convert;
        convert_prepare(&convert, &picture, &plain);
        assert_int_equal(convert.channels, layout->gray ? 1 : 3);
        assert_int_equal(convert.identity, format == PIXEL_GRAY8 || format == PIXEL_RGB8);
        convert_prepare(&convert, &picture, &blend);
        assert_int_equal(convert.channels, layout->gray && !layout->alpha ? 1 : 3);
        convert_prepare(&convert, &picture, &neutral);
        assert_int_equal(convert.channels, layout->gray ? 1 : 3);
        picture.has_key = layout->gray && !layout->alpha;
        convert_prepare(&convert, &picture, &blend);
        assert_int_equal(convert.channels,
                         layout->gray && !layout->alpha && !layout->palette ? 3 : convert.channels);
    }
}

/* Whatever is chosen, one channel is the luma of the three. */
static void test_luma_is_of_rgb(void **state)
{
    (void)state;
    for (int format = 0; format < PIXEL_FORMAT_COUNT; format++) {
        for (int blend = 0; blend < 2; blend++) {
            struct picture picture = picture_of(format);
            struct convert_options options = {.blend = blend, .background = {200, 3, 90}};
            uint8_t *rgb, *one;
            unsigned channels = convert_row(&picture, &options, noise, WIDTH, &rgb);
            options.luma = true;
            assert_int_equal(convert_row(&picture, &options, noise, WIDTH, &one), 1);
            for (size_t x = 0; x < WIDTH; x++)
                assert_int_equal(one[x], channels == 3 ? luma(rgb + 3 * x) : rgb[x]);
            free(rgb);
            free(one);
        }
    }
}

/* A pixel's result does not depend on where it stands or how long the row is. */
static void test_every_width(void **state)
{
    (void)state;
    for (int format = 0; format < PIXEL_FORMAT_COUNT; format++) {
        for (int mode = 0; mode < 4; mode++) {
            struct picture picture = picture_of(format);
            struct convert_options options = {
                .luma = mode & 1, .blend = mode >> 1, .background = {5, 6, 7}};
            uint8_t *whole, *part;
            unsigned channels = convert_row(&picture, &options, noise, WIDTH, &whole);
            for (uint32_t width = 1; width <= 70; width++) {
                convert_row(&picture, &options, noise, width, &part);
                assert_memory_equal(part, whole, (size_t)width * channels);
                free(part);
            }
            free(whole);
        }
    }
}

/* 16-bit samples whose low byte is anything convert as their high bytes do. */
static void test_high_byte(void **state)
{
    (void)state;
    static const enum pixel_format pairs[][2] = {{PIXEL_GRAYA16, PIXEL_GRAYA8},
                                                 {PIXEL_RGB16, PIXEL_RGB8},
                                                 {PIXEL_RGBA16, PIXEL_RGBA8},
                                                 {PIXEL_GRAY16, PIXEL_GRAY8}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        for (int mode = 0; mode < 4; mode++) {
            struct picture wide = picture_of(pairs[i][0]), narrow = picture_of(pairs[i][1]);
            struct convert_options options = {.luma = mode & 1,
                                              .blend = mode >> 1,
                                              .background = {50, 60, 70},
                                              .gray16_high = true};
            uint8_t high[4 * WIDTH], *a, *b;
            for (size_t x = 0; x < sizeof high; x++)
                high[x] = noise[2 * x];
            unsigned channels = convert_row(&wide, &options, noise, WIDTH, &a);
            assert_int_equal(convert_row(&narrow, &options, high, WIDTH, &b), channels);
            assert_memory_equal(a, b, WIDTH * channels);
            free(a);
            free(b);
        }
    }
}

static void test_gray16_all_values(void **state)
{
    (void)state;
    uint8_t *samples = malloc(2 * 65536), *out;
    assert_non_null(samples);
    for (size_t i = 0; i < 65536; i++) {
        samples[2 * i] = (uint8_t)(i >> 8);
        samples[2 * i + 1] = (uint8_t)i;
    }
    struct picture picture = picture_of(PIXEL_GRAY16);
    for (int high = 0; high < 2; high++) {
        convert_row(&picture, &(struct convert_options){.gray16_high = high}, samples, 65536, &out);
        for (unsigned i = 0; i < 65536; i++)
            assert_int_equal(out[i], high ? i >> 8 : i > 255 ? 255 : i);
        free(out);
    }
    free(samples);
}

/* Blending is between its ends, and exact at them. */
static void test_blend_ends(void **state)
{
    (void)state;
    struct picture picture = picture_of(PIXEL_RGBA8);
    struct convert_options options = {.blend = true, .background = {11, 130, 251}};
    for (unsigned alpha = 0; alpha < 256; alpha++) {
        for (unsigned value = 0; value < 256; value++) {
            uint8_t pixel[4] = {(uint8_t)value, (uint8_t)value, (uint8_t)value, (uint8_t)alpha};
            uint8_t *out;
            convert_row(&picture, &options, pixel, 1, &out);
            for (int c = 0; c < 3; c++) {
                unsigned ground = options.background[c];
                double exact = (ground * (255.0 - alpha) + value * (double)alpha) / 255;
                assert_true(out[c] >= exact - 0.5001 && out[c] <= exact + 0.5001);
            }
            free(out);
        }
    }
}

/* The transparent colour, compared in the file's own depth, with unused bits of it ignored. */
static void test_key(void **state)
{
    (void)state;
    struct convert_options options = {.blend = true, .background = {10, 20, 30}};
    uint8_t *out;
    struct picture gray2 = picture_of(PIXEL_GRAY2);
    gray2.has_key = true;
    gray2.key[0] = 0xfff2;
    assert_int_equal(convert_row(&gray2, &options, (const uint8_t[]){0x1b}, 4, &out), 3);
    assert_memory_equal(out, ((const uint8_t[]){0, 0, 0, 85, 85, 85, 10, 20, 30, 255, 255, 255}),
                        12);
    free(out);
    struct picture gray16 = picture_of(PIXEL_GRAY16);
    gray16.has_key = true;
    gray16.key[0] = 0x1234;
    convert_row(&gray16, &options, (const uint8_t[]){0x12, 0x34, 0x12, 0x35}, 2, &out);
    assert_memory_equal(out, ((const uint8_t[]){10, 20, 30, 255, 255, 255}), 6);
    free(out);
    struct picture rgb16 = picture_of(PIXEL_RGB16);
    rgb16.has_key = true;
    memcpy(rgb16.key, (const uint16_t[]){0x0102, 0x0304, 0x0506}, sizeof rgb16.key);
    convert_row(&rgb16, &options, (const uint8_t[]){1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 7}, 2, &out);
    assert_memory_equal(out, ((const uint8_t[]){10, 20, 30, 1, 3, 5}), 6);
    free(out);
    options.blend = false; /* without a colour to lay it over, the key means nothing */
    convert_row(&rgb16, &options, (const uint8_t[]){1, 2, 3, 4, 5, 6}, 1, &out);
    assert_memory_equal(out, ((const uint8_t[]){1, 3, 5}), 3);
    free(out);
}

static void test_gray_palette_is_one_channel(void **state)
{
    (void)state;
    uint8_t gray[256][4];
    for (int i = 0; i < 256; i++)
        memset(gray[i], 255 - i, 4);
    struct picture picture = picture_of(PIXEL_PALETTE8);
    picture.palette = (const uint8_t(*)[4])gray;
    uint8_t *out;
    assert_int_equal(convert_row(&picture, &(struct convert_options){0}, noise, WIDTH, &out), 1);
    for (size_t x = 0; x < WIDTH; x++)
        assert_int_equal(out[x], 255 - noise[x]);
    free(out);
    gray[200][1]++;
    assert_int_equal(convert_row(&picture, &(struct convert_options){0}, noise, WIDTH, &out), 3);
    free(out);
}

int main(void)
{
    fill();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_channels),
        cmocka_unit_test(test_luma_is_of_rgb),
        cmocka_unit_test(test_every_width),
        cmocka_unit_test(test_high_byte),
        cmocka_unit_test(test_gray16_all_values),
        cmocka_unit_test(test_blend_ends),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_gray_palette_is_one_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
