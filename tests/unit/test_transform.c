/*
 * Files in memory to finished pictures, with files made here: PNG chunk by chunk, JPEG by the
 * libjpeg that is linked. Expected pixels follow from the picture's own: sizes are chosen so that
 * resampling is a copy or a mean of equal pixels. Pillow's word on the rest is in parity.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "pipeline/transform.h"
#include "png_files.h"

struct picture_data {
    uint32_t width, height, channels;
    uint8_t *data;
};

static uint32_t seed = 7;

static struct picture_data new_picture(uint32_t width, uint32_t height, uint32_t channels)
{
    struct picture_data picture = {width, height, channels,
                                   calloc((size_t)width * height, channels)};
    assert_non_null(picture.data);
    return picture;
}

static struct picture_data random_picture(uint32_t width, uint32_t height, uint32_t channels)
{
    struct picture_data picture = new_picture(width, height, channels);
    for (size_t i = 0; i < (size_t)width * height * channels; i++)
        picture.data[i] = (uint8_t)png_random(&seed);
    return picture;
}

static const uint8_t *at(const struct picture_data *picture, uint32_t x, uint32_t y)
{
    return picture->data + ((size_t)y * picture->width + x) * picture->channels;
}

static struct bytes png_of(const struct picture_data *picture, unsigned orientation)
{
    size_t row = (size_t)picture->width * picture->channels;
    struct bytes lines = {0};
    for (uint32_t y = 0; y < picture->height; y++) {
        bytes_add(&lines, "", 1); /* filter 0: none */
        bytes_add(&lines, at(picture, 0, y), row);
    }
    struct bytes packed = png_deflated(lines.data, lines.size);
    struct bytes png = png_start(picture->width, picture->height, 8,
                                 picture->channels == 1   ? 0
                                 : picture->channels == 3 ? 2
                                                          : 6,
                                 0);
    uint8_t exif[] = "II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0O\0\0\0\0\0\0\0";
    exif[18] = (uint8_t)orientation;
    if (orientation)
        png_chunk(&png, "eXIf", exif, 26);
    png_chunk(&png, "IDAT", packed.data, packed.size);
    png_end(&png);
    bytes_free(&lines);
    bytes_free(&packed);
    return png;
}

static struct bytes jpeg_of(const struct picture_data *picture)
{
    struct jpeg_compress_struct lib;
    struct jpeg_error_mgr errors;
    unsigned char *out = NULL;
    unsigned long size = 0;
    lib.err = jpeg_std_error(&errors);
    jpeg_create_compress(&lib);
    jpeg_mem_dest(&lib, &out, &size);
    lib.image_width = picture->width;
    lib.image_height = picture->height;
    lib.input_components = (int)picture->channels;
    lib.in_color_space = picture->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&lib);
    jpeg_start_compress(&lib, TRUE);
    while (lib.next_scanline < lib.image_height) {
        JSAMPROW row =
            picture->data + (size_t)lib.next_scanline * picture->width * picture->channels;
        jpeg_write_scanlines(&lib, &row, 1);
    }
    jpeg_finish_compress(&lib);
    jpeg_destroy_compress(&lib);
    struct bytes jpeg = {0};
    bytes_add(&jpeg, out, size);
    free(out);
    return jpeg;
}

/* The same by libjpeg's plain way: all rows at once, RGB or gray. */
static struct picture_data decoded_jpeg(const struct bytes *file)
{
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    lib.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&lib);
    jpeg_mem_src(&lib, file->data, file->size);
    jpeg_read_header(&lib, TRUE);
    jpeg_start_decompress(&lib);
    struct picture_data picture =
        new_picture(lib.output_width, lib.output_height, (uint32_t)lib.output_components);
    while (lib.output_scanline < lib.output_height) {
        JSAMPROW row =
            picture.data + (size_t)lib.output_scanline * picture.width * picture.channels;
        jpeg_read_scanlines(&lib, &row, 1);
    }
    jpeg_finish_decompress(&lib);
    jpeg_destroy_decompress(&lib);
    return picture;
}

static struct transform_options options_of(uint32_t width, uint32_t height)
{
    return (struct transform_options){
        .width = width,
        .height = height,
        .filter = TAPS_BICUBIC,
        .limits = {.max_pixels = 100000000},
    };
}

struct outcome {
    enum status status;
    struct reason why;
    struct picture picture;
    struct picture_data out;
};

static struct outcome run_on(struct transform *transform, const struct transform_options *options,
                             const struct bytes *file)
{
    struct outcome outcome = {
        .out = new_picture(options->width, options->height, transform_channels(options))};
    uint8_t *copy = malloc(file->size ? file->size : 1); /* the decoder may rearrange it */
    memcpy(copy, file->data, file->size);
    const struct codec *codec = codec_find(copy, file->size);
    assert_non_null(codec);
    memset(outcome.out.data, 0x5c, (size_t)options->width * options->height * outcome.out.channels);
    outcome.status = transform_picture(transform, codec, copy, file->size, outcome.out.data,
                                       &outcome.picture, &outcome.why);
    free(copy);
    return outcome;
}

/* With a transform of its own. */
static struct outcome run_once(const struct transform_options *options, const struct bytes *file)
{
    struct transform *transform = transform_new(options);
    assert_non_null(transform);
    struct outcome outcome = run_on(transform, options, file);
    transform_free(transform);
    return outcome;
}

static void assert_part(const struct picture_data *out, uint32_t left, uint32_t top,
                        const struct picture_data *expected, uint32_t from_x, uint32_t from_y,
                        uint32_t width, uint32_t height)
{
    assert_int_equal(out->channels, expected->channels);
    for (uint32_t y = 0; y < height; y++)
        assert_memory_equal(at(out, left, top + y), at(expected, from_x, from_y + y),
                            (size_t)width * out->channels);
}

static void free_all(struct outcome *outcome, struct bytes *file)
{
    free(outcome->out.data);
    bytes_free(file);
}

static void same_size_is_a_copy(void **state)
{
    (void)state;
    struct picture_data source = random_picture(37, 29, 3);
    struct transform_options options = options_of(37, 29);
    struct bytes file = png_of(&source, 0);
    struct outcome outcome = run_once(&options, &file);
    assert_int_equal(outcome.status, STATUS_OK);
    assert_true(outcome.picture.width == 37 && outcome.picture.height == 29);
    assert_int_equal(outcome.picture.container, PICTURE_PNG);
    assert_int_equal(outcome.picture.format, PIXEL_RGB8);
    assert_part(&outcome.out, 0, 0, &source, 0, 0, 37, 29);
    free_all(&outcome, &file);

    file = jpeg_of(&source);
    struct picture_data expected = decoded_jpeg(&file);
    outcome = run_once(&options, &file);
    assert_int_equal(outcome.status, STATUS_OK);
    assert_int_equal(outcome.picture.container, PICTURE_JPEG);
    assert_part(&outcome.out, 0, 0, &expected, 0, 0, 37, 29);
    free(expected.data);
    free_all(&outcome, &file);
    free(source.data);
}

/* A wide and a tall picture, of which 20 × 20 is the middle. */
static void cover_takes_the_middle(void **state)
{
    (void)state;
    for (int tall = 0; tall < 2; tall++) {
        struct picture_data source = random_picture(tall ? 20 : 50, tall ? 50 : 20, 3);
        struct transform_options options = options_of(20, 20);
        options.fit = GEOMETRY_COVER;
        struct bytes file = png_of(&source, 0);
        struct outcome outcome = run_once(&options, &file);
        assert_int_equal(outcome.status, STATUS_OK);
        assert_part(&outcome.out, 0, 0, &source, tall ? 0 : 15, tall ? 15 : 0, 20, 20);
        free_all(&outcome, &file);
        free(source.data);
    }
}

static void assert_padding(const struct picture_data *out, uint32_t left, uint32_t top,
                           uint32_t width, uint32_t height, const uint8_t *color)
{
    for (uint32_t y = 0; y < out->height; y++)
        for (uint32_t x = 0; x < out->width; x++)
            if (x < left || x >= left + width || y < top || y >= top + height)
                assert_memory_equal(at(out, x, y), color, out->channels);
}

/* ITU-R BT.601 luma; Pillow's fixed point may be one off the real number, never more. */
static int luma(const uint8_t *rgb)
{
    return (int)(0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2] + 0.5);
}

static void pad_centres_and_fills(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        bool tall = i & 1, gray = i & 2;
        struct picture_data source = random_picture(tall ? 10 : 30, tall ? 30 : 10, 3);
        struct transform_options options = options_of(30, 30);
        options.fit = GEOMETRY_PAD;
        options.convert.luma = gray;
        memcpy(options.pad_color, (uint8_t[]){200, 30, 90}, 3);
        struct bytes file = png_of(&source, 0);
        struct outcome outcome = run_once(&options, &file);
        assert_int_equal(outcome.status, STATUS_OK);
        uint32_t left = tall ? 10 : 0, top = tall ? 0 : 10;
        if (gray) {
            uint8_t fill = outcome.out.data[0];
            assert_in_range(fill, luma(options.pad_color) - 1, luma(options.pad_color) + 1);
            assert_padding(&outcome.out, left, top, source.width, source.height, &fill);
            for (uint32_t y = 0; y < source.height; y++)
                for (uint32_t x = 0; x < source.width; x++)
                    assert_true(
                        abs(*at(&outcome.out, left + x, top + y) - luma(at(&source, x, y))) <= 1);
        } else {
            assert_padding(&outcome.out, left, top, source.width, source.height, options.pad_color);
            assert_part(&outcome.out, left, top, &source, 0, 0, source.width, source.height);
        }
        free_all(&outcome, &file);
        free(source.data);
    }
}

/* Gray pictures travel as one channel; in RGB they are that channel three times, in every fit. */
static void gray_is_replicated(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct picture_data source = random_picture(61, 23, 1);
        struct bytes file = i & 1 ? jpeg_of(&source) : png_of(&source, 0);
        struct transform_options options = options_of(17, 19), one;
        options.fit = (enum geometry_fit)(i / 2);
        memcpy(options.pad_color, (uint8_t[]){9, 9, 9}, 3);
        one = options;
        one.convert.luma = true;
        struct outcome rgb = run_once(&options, &file), gray = run_once(&one, &file);
        assert_int_equal(rgb.status, STATUS_OK);
        assert_int_equal(gray.status, STATUS_OK);
        for (size_t k = 0; k < 17 * 19; k++)
            for (int c = 0; c < 3; c++)
                assert_int_equal(rgb.out.data[3 * k + c], gray.out.data[k]);
        free(gray.out.data);
        free_all(&rgb, &file);
        free(source.data);
    }
}

static void exif_turns_only_when_asked(void **state)
{
    (void)state;
    struct picture_data source = random_picture(12, 20, 3);
    struct bytes file = png_of(&source, 6); /* to be turned clockwise */
    struct transform_options options = options_of(12, 20);
    struct outcome outcome = run_once(&options, &file);
    assert_int_equal(outcome.status, STATUS_OK);
    assert_int_equal(outcome.picture.orientation, 6);
    assert_part(&outcome.out, 0, 0, &source, 0, 0, 12, 20);
    free(outcome.out.data);

    options = options_of(20, 12);
    options.exif = true;
    outcome = run_once(&options, &file);
    assert_int_equal(outcome.status, STATUS_OK);
    for (uint32_t y = 0; y < 12; y++)
        for (uint32_t x = 0; x < 20; x++)
            assert_memory_equal(at(&outcome.out, x, y), at(&source, y, 19 - x), 3);
    free_all(&outcome, &file);
    free(source.data);
}

static void transparency_is_dropped_or_blended(void **state)
{
    (void)state;
    struct picture_data source = random_picture(16, 16, 4);
    struct bytes file = png_of(&source, 0);
    struct transform_options options = options_of(16, 16);
    struct outcome dropped = run_once(&options, &file);
    options.convert.blend = true;
    memcpy(options.convert.background, (uint8_t[]){250, 100, 0}, 3);
    struct outcome blended = run_once(&options, &file);
    assert_true(dropped.status == STATUS_OK && blended.status == STATUS_OK);
    for (uint32_t i = 0; i < 16 * 16; i++)
        for (int c = 0; c < 3; c++) {
            int color = source.data[4 * i + c], alpha = source.data[4 * i + 3];
            int ground = options.convert.background[c];
            assert_int_equal(dropped.out.data[3 * i + c], color);
            double exact = (color * alpha + ground * (255.0 - alpha)) / 255;
            assert_true(abs(blended.out.data[3 * i + c] - (int)(exact + 0.5)) <= 1);
        }
    free(dropped.out.data);
    free_all(&blended, &file);
    free(source.data);
}

/* A file cut at every 50th byte. Accepted: what arrived stands, PNG's rest is black. */
static void truncated_files(void **state)
{
    (void)state;
    struct picture_data source = random_picture(40, 60, 3);
    struct transform_options options = options_of(40, 60), strict = options;
    options.limits.accept_truncated = true;
    for (int jpeg = 0; jpeg < 2; jpeg++) {
        struct bytes file = jpeg ? jpeg_of(&source) : png_of(&source, 0);
        struct outcome whole = run_once(&options, &file);
        assert_int_equal(whole.status, STATUS_OK);
        unsigned partial = 0;
        uint32_t most = 0;
        for (size_t size = 100; size < file.size - 50; size += 50) {
            struct bytes cut = {file.data, size};
            struct outcome refused = run_once(&strict, &cut), taken = run_once(&options, &cut);
            assert_int_equal(refused.status, STATUS_TRUNCATED);
            assert_int_not_equal(refused.why.kind, REASON_NONE);
            free(refused.out.data);
            assert_true(taken.status == STATUS_PARTIAL || taken.status == STATUS_TRUNCATED);
            uint32_t same = 0;
            while (taken.status == STATUS_PARTIAL && same < 60 &&
                   memcmp(at(&taken.out, 0, same), at(&whole.out, 0, same), 40 * 3) == 0)
                same++;
            if (taken.status == STATUS_PARTIAL) {
                partial++;
                assert_int_not_equal(taken.why.kind, REASON_NONE);
                assert_true(same >= most); /* more of the file, no less of the picture */
                most = same;
            }
            static const uint8_t black[40 * 3];
            for (uint32_t y = same; taken.status == STATUS_PARTIAL && !jpeg && y < 60; y++)
                assert_memory_equal(at(&taken.out, 0, y), black, sizeof black);
            free(taken.out.data);
        }
        assert_true(partial > 10 && most > 40);
        free_all(&whole, &file);
    }
    free(source.data);
}

/* Good and bad files through one transform: a bad one has its status, a good one its pixels. */
static void failures_leave_no_trace(void **state)
{
    (void)state;
    struct picture_data source = random_picture(33, 21, 3);
    struct transform_options options = options_of(33, 21);
    options.limits.max_pixels = 33 * 21;
    struct picture_data large = new_picture(33, 22, 3);
    struct bytes good = png_of(&source, 0), big = png_of(&large, 0), jpeg = jpeg_of(&source);
    struct bytes bad_crc = bytes_copy(&good), cut = {good.data, good.size / 2};
    struct bytes no_scan = {jpeg.data, 200}, flipped = bytes_copy(&good);
    bad_crc.data[29] ^= 1;                     /* of IHDR */
    flipped.data[flipped.size - 12 - 40] ^= 1; /* of the pixels, whose checksum is then wrong */
    const struct {
        const struct bytes *file;
        enum status status;
    } bad[] = {{&big, STATUS_TOO_LARGE},
               {&bad_crc, STATUS_CORRUPT},
               {&cut, STATUS_TRUNCATED},
               {&no_scan, STATUS_TRUNCATED},
               {&flipped, STATUS_CORRUPT}};
    struct transform *transform = transform_new(&options);
    for (int i = 0; i < 25; i++) {
        struct outcome outcome = run_on(transform, &options, bad[i % 5].file);
        assert_int_equal(outcome.status, bad[i % 5].status);
        assert_int_not_equal(outcome.why.kind, REASON_NONE);
        free(outcome.out.data);
        outcome = run_on(transform, &options, &good);
        assert_int_equal(outcome.status, STATUS_OK);
        assert_part(&outcome.out, 0, 0, &source, 0, 0, 33, 21);
        free(outcome.out.data);
    }
    transform_free(transform);
    bytes_free(&good);
    bytes_free(&big);
    bytes_free(&jpeg);
    bytes_free(&bad_crc);
    bytes_free(&flipped);
    free(source.data);
    free(large.data);
}

/* An interlaced picture of one colour, which a decoder has to hold as a whole. */
static struct bytes interlaced_png(uint32_t width, uint32_t height, uint8_t value)
{
    /* Of each pass: first column and row, steps to the next (PNG specification, 8.2). */
    static const uint8_t passes[7][4] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                         {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    size_t room = (size_t)width * height * 3 + 2 * (size_t)height + 8, used = 0;
    uint8_t *lines = malloc(room);
    assert_non_null(lines);
    memset(lines, value, room);
    for (int i = 0; i < 7; i++) {
        uint32_t columns = (width - passes[i][0] + passes[i][2] - 1) / passes[i][2];
        for (uint32_t y = passes[i][1]; y < height; y += passes[i][3]) {
            lines[used] = 0; /* no filter */
            used += 1 + (size_t)columns * 3;
        }
    }
    assert_true(used <= room);
    struct bytes packed = png_deflated(lines, used), png = png_start(width, height, 8, 2, 1);
    png_chunk(&png, "IDAT", packed.data, packed.size);
    png_end(&png);
    bytes_free(&packed);
    free(lines);
    return png;
}

/* Pictures that are held whole, cut and complete in turn, and between them all is given back. */
static void all_can_be_given_back_between_pictures(void **state)
{
    (void)state;
    const uint32_t side = 3500;
    struct bytes good = interlaced_png(side, side, 77), cut = {good.data, good.size / 2};
    struct transform_options options = options_of(3, 3);
    struct transform *transform = transform_new(&options);
    struct transform *other = transform_new(&options);
    for (int i = 0; i < 4; i++) {
        struct outcome outcome = run_on(i & 2 ? other : transform, &options, i & 1 ? &good : &cut);
        assert_int_equal(outcome.status, i & 1 ? STATUS_OK : STATUS_TRUNCATED);
        assert_true(transform_working_bytes(&outcome.picture) > outcome.picture.memory);
        assert_true(outcome.picture.memory >= 3 * side * side);
        transform_let_go(i & 2 ? other : transform);
        for (int k = 0; i & 1 && k < 27; k++)
            assert_int_equal(outcome.out.data[k], 77);
        free(outcome.out.data);
    }
    transform_free(transform);
    transform_free(other);
    bytes_free(&good);
}

/* A file that may be reduced, and what is made of it exactly and with a margin of 2. */
static void run_both(struct transform_options options, const struct bytes *file,
                     struct outcome both[2])
{
    for (unsigned fast = 0; fast < 2; fast++) {
        options.fast_margin = fast ? 2 : 0;
        both[fast] = run_once(&options, file);
    }
    assert_int_equal(both[0].status, both[1].status);
    assert_true(both[0].picture.width == both[1].picture.width &&
                both[0].picture.height == both[1].picture.height);
}

static bool same_pixels(const struct outcome both[2])
{
    const struct picture_data *out = &both[0].out;
    return memcmp(out->data, both[1].out.data, (size_t)out->width * out->height * out->channels) ==
           0;
}

/* Noise changes at once when it is reduced. The margin counts on both axes: 40 is 2 x 20. */
static void fast_reduces_large_jpegs_only(void **state)
{
    (void)state;
    const struct {
        uint32_t width, height;
        bool png, reduced;
        enum taps_filter filter;
        enum geometry_fit fit;
    } cases[] = {
        {80, 80, false, true, TAPS_BICUBIC, GEOMETRY_STRETCH},
        {80, 79, false, false, TAPS_BICUBIC, GEOMETRY_STRETCH},
        {79, 80, false, false, TAPS_BICUBIC, GEOMETRY_STRETCH},
        {80, 79, false, false, TAPS_BICUBIC, GEOMETRY_COVER},
        {80, 72, false, true, TAPS_BICUBIC, GEOMETRY_PAD}, /* becomes 20 x 18 */
        {80, 72, false, false, TAPS_BICUBIC, GEOMETRY_COVER},
        {80, 80, true, false, TAPS_BICUBIC, GEOMETRY_STRETCH},
        {80, 80, false, false, TAPS_NEAREST, GEOMETRY_STRETCH},
        {80, 80, false, false, TAPS_BOX, GEOMETRY_STRETCH},
        {80, 80, false, true, TAPS_LANCZOS, GEOMETRY_STRETCH},
        {1, 900, false, false, TAPS_BICUBIC, GEOMETRY_STRETCH},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct picture_data source = random_picture(cases[i].width, cases[i].height, 3);
        struct bytes file = cases[i].png ? png_of(&source, 0) : jpeg_of(&source);
        struct transform_options options = options_of(20, 20);
        options.filter = cases[i].filter;
        options.fit = cases[i].fit;
        struct outcome both[2];
        run_both(options, &file, both);
        assert_int_equal(both[0].status, STATUS_OK);
        assert_int_equal(both[1].picture.width, cases[i].width);
        if (same_pixels(both) == cases[i].reduced)
            fail_msg("case %zu was %sreduced", i, cases[i].reduced ? "not " : "");
        free(both[0].out.data);
        free_all(&both[1], &file);
        free(source.data);
    }
}

/* The limit is on what the file says, not on what is made of it. */
static void fast_keeps_the_limit(void **state)
{
    (void)state;
    struct picture_data source = random_picture(160, 160, 3);
    struct bytes file = jpeg_of(&source);
    struct transform_options options = options_of(2, 2);
    options.limits.max_pixels = 160 * 160 - 1;
    struct outcome both[2];
    run_both(options, &file, both);
    assert_int_equal(both[1].status, STATUS_TOO_LARGE);
    free(both[0].out.data);
    free_all(&both[1], &file);
    free(source.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_size_is_a_copy),
        cmocka_unit_test(cover_takes_the_middle),
        cmocka_unit_test(pad_centres_and_fills),
        cmocka_unit_test(gray_is_replicated),
        cmocka_unit_test(exif_turns_only_when_asked),
        cmocka_unit_test(transparency_is_dropped_or_blended),
        cmocka_unit_test(truncated_files),
        cmocka_unit_test(failures_leave_no_trace),
        cmocka_unit_test(all_can_be_given_back_between_pictures),
        cmocka_unit_test(fast_reduces_large_jpegs_only),
        cmocka_unit_test(fast_keeps_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
