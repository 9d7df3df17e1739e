/* Whole pictures against libjpeg: every sampling, size and scale; damaged in every place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "image/baseline.h"
#include "image/codec_jpeg.h"
#include "image/codec_jpeg_frame.h"

#define LARGEST 70 /* pixels, of a side */

struct kind {
    const char *name;
    int components, across, down;
    int quality;
    bool optimize;
    unsigned restart;
};

static const struct kind kinds[] = {
    {"gray", 1, 1, 1, 90, false, 0},           {"gray 2x2", 1, 2, 2, 60, true, 3},
    {"4:4:4", 3, 1, 1, 95, false, 0},          {"4:4:4 noisy", 3, 1, 1, 100, true, 0},
    {"4:4:4 restarts", 3, 1, 1, 75, false, 1}, {"4:2:2", 3, 2, 1, 85, false, 0},
    {"4:2:2 restarts", 3, 2, 1, 100, true, 5}, {"4:2:0", 3, 2, 2, 75, false, 0},
    {"4:2:0 noisy", 3, 2, 2, 100, true, 0},    {"4:2:0 flat", 3, 2, 2, 3, true, 0},
    {"4:2:0 restarts", 3, 2, 2, 92, false, 2}, {"4:4:0", 3, 1, 2, 85, false, 0},
    {"4:4:0 restarts", 3, 1, 2, 50, true, 4},
};
#define KINDS ((int)(sizeof kinds / sizeof *kinds))

static uint32_t seed;

static uint32_t number(uint32_t below)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % below;
}

struct bytes {
    uint8_t *data;
    unsigned long size;
};

/* A slope with noise of a strength that the quality stands for, and a hard edge. */
static void paint(uint8_t *row, unsigned width, unsigned y, const struct kind *kind)
{
    for (unsigned i = 0; i < width * (unsigned)kind->components; i++) {
        unsigned noise = number((unsigned)(kind->quality * kind->quality) / 40 + 1);
        row[i] = (uint8_t)(3 * i + 2 * y + noise + (i > 2 * y ? 120 : 0));
    }
}

static struct bytes encode(const struct kind *kind, unsigned width, unsigned height)
{
    struct jpeg_compress_struct lib;
    struct jpeg_error_mgr errors;
    struct bytes out = {0};
    lib.err = jpeg_std_error(&errors);
    jpeg_create_compress(&lib);
    jpeg_mem_dest(&lib, &out.data, &out.size);
    lib.image_width = width;
    lib.image_height = height;
    lib.input_components = kind->components;
    lib.in_color_space = kind->components == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&lib);
    jpeg_set_quality(&lib, kind->quality, TRUE);
    lib.comp_info[0].h_samp_factor = kind->across;
    lib.comp_info[0].v_samp_factor = kind->down;
    lib.restart_interval = kind->restart;
    lib.optimize_coding = kind->optimize;
    jpeg_start_compress(&lib, TRUE);
    uint8_t row[3 * LARGEST];
    while (lib.next_scanline < height) {
        JSAMPROW rows = row;
        paint(row, width, lib.next_scanline, kind);
        jpeg_write_scanlines(&lib, &rows, 1);
    }
    jpeg_finish_compress(&lib);
    jpeg_destroy_compress(&lib);
    return out;
}

/* Decodes by libjpeg, and by each variant of the kernels without any libjpeg to fall back on. */
static void check_picture(struct bytes file, unsigned eighths, bool narrow)
{
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    struct baseline_frame frame;
    struct baseline *baseline[BASELINE_KERNELS_COUNT];
    lib.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&lib);
    jpeg_mem_src(&lib, file.data, file.size);
    jpeg_read_header(&lib, TRUE);
    lib.scale_num = eighths;
    lib.scale_denom = 8;
    assert_true(codec_jpeg_frame_ordinary(&lib, &frame));
    const uint8_t *scan = lib.src->next_input_byte;
    bool begun = true;
    for (int k = 0; k < BASELINE_KERNELS_COUNT; k++) {
        baseline[k] = baseline_new(baseline_kernels_table[k]);
        if (baseline[k])
            begun = baseline_begin(baseline[k], &frame, scan, lib.src->bytes_in_buffer);
        assert_true(begun || narrow);
    }
    jpeg_start_decompress(&lib);
    uint8_t want[3 * LARGEST], got[3 * LARGEST + CODEC_ROW_SLACK], *got_row = got;
    JSAMPROW want_row = want;
    while (begun && lib.output_scanline < lib.output_height) {
        jpeg_read_scanlines(&lib, &want_row, 1);
        for (int k = 0; k < BASELINE_KERNELS_COUNT; k++)
            if (baseline[k]) {
                assert_int_equal(baseline_rows(baseline[k], &got_row, 1), 1);
                assert_memory_equal(got, want, lib.output_width * (unsigned)lib.output_components);
            }
    }
    for (int k = 0; k < BASELINE_KERNELS_COUNT; k++)
        baseline_free(baseline[k]);
    jpeg_destroy_decompress(&lib);
}

static void test_pictures(void **state)
{
    (void)state;
    static const uint8_t sides[] = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 48, LARGEST};
    unsigned count = sizeof sides;
    seed = 3;
    for (int k = 0; k < KINDS; k++)
        for (unsigned i = 0; i < count * count; i++) {
            unsigned width = sides[i % count], height = sides[i / count];
            struct bytes file = encode(&kinds[k], width, height);
            for (unsigned eighths = 1; eighths <= 8; eighths *= 2)
                check_picture(file, eighths, (width * eighths + 7) / 8 <= 4);
            free(file.data);
        }
}

/* What a codec makes of a file. */
struct outcome {
    enum status status;
    struct reason why;
    uint32_t rows;
    size_t bytes; /* of these */
    uint8_t pixels[LARGEST * LARGEST * 3];
};

static void decode(void *codec, struct bytes file, unsigned size, unsigned strip,
                   const struct codec_limits *limits, struct outcome *outcome)
{
    struct picture picture;
    uint8_t *row[8], memory[8][3 * LARGEST + CODEC_ROW_SLACK];
    outcome->rows = 0;
    outcome->bytes = 0;
    outcome->status = codec_jpeg.open(codec, file.data, size, limits, &picture, &outcome->why);
    if (outcome->status == STATUS_OK)
        outcome->status = codec_jpeg.start(codec, &outcome->why);
    for (int r = 0; r < 8; r++)
        row[r] = memory[r];
    while (outcome->status == STATUS_OK && outcome->rows < picture.height) {
        uint32_t left = picture.height - outcome->rows;
        unsigned got, bytes = (unsigned)pixel_row_bytes(picture.format, picture.width);
        outcome->status =
            codec_jpeg.rows(codec, row, left < strip ? left : strip, &got, &outcome->why);
        for (unsigned r = 0; r < got; r++, outcome->rows++, outcome->bytes += bytes)
            memcpy(outcome->pixels + outcome->bytes, row[r], bytes);
    }
    if (outcome->status == STATUS_OK)
        outcome->status = codec_jpeg.finish(codec, &outcome->why);
    codec_jpeg.close(codec);
}

/* With libjpeg alone and without: the same status, reason, and rows. */
static void check_damaged(void *codec, struct bytes file, unsigned size, bool accept)
{
    static struct outcome mine, theirs;
    struct codec_limits limits = {.max_pixels = LARGEST * LARGEST, .accept_truncated = accept};
    decode(codec, file, size, 1 + number(8), &limits, &mine);
    limits.library_only = true;
    decode(codec, file, size, 8, &limits, &theirs);
    assert_int_equal(mine.status, theirs.status);
    assert_int_equal(mine.why.kind, theirs.why.kind);
    assert_int_equal(mine.why.code, theirs.why.code);
    assert_int_equal(mine.why.arg[0], theirs.why.arg[0]);
    assert_int_equal(mine.why.arg[1], theirs.why.arg[1]);
    assert_int_equal(mine.rows, theirs.rows);
    assert_memory_equal(mine.pixels, theirs.pixels, mine.bytes);
}

static void damage(struct bytes file)
{
    static const uint8_t telling[] = {0x00, 0xff, 0xd0, 0xd9, 0x01, 0x80};
    for (unsigned n = 1 + number(3); n > 0; n--)
        file.data[number((uint32_t)file.size)] =
            number(2) ? telling[number(sizeof telling)] : (uint8_t)number(256);
}

static void test_damage(void **state)
{
    (void)state;
    void *codec = codec_jpeg.create();
    assert_non_null(codec);
    seed = 4;
    for (int k = 0; k < KINDS; k++) {
        struct bytes file = encode(&kinds[k], 37, 41);
        for (unsigned size = 4; size <= file.size; size += 1 + (unsigned)(file.size / 150))
            for (int accept = 0; accept < 2; accept++)
                check_damaged(codec, file, size, accept);
        uint8_t *whole = malloc(file.size);
        assert_non_null(whole);
        memcpy(whole, file.data, file.size);
        for (int n = 0; n < 200; n++) {
            damage(file);
            check_damaged(codec, file, (unsigned)file.size, n & 1);
            memcpy(file.data, whole, file.size);
        }
        free(whole);
        free(file.data);
    }
    codec_jpeg.destroy(codec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pictures),
        cmocka_unit_test(test_damage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
