/* The JPEG codec against libjpeg's plain use, and against files made to harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jpeglib.h>

#include "image/codec_jpeg.h"
#include "image/reduce.h"

struct bytes {
    uint8_t *data;
    size_t size;
};

struct kind {
    const char *name;
    int components;
    J_COLOR_SPACE in, stored;
    int h, v; /* sampling of the first component */
    bool progressive, arithmetic, optimize;
    unsigned restart;
};

static const struct kind kinds[] = {
    {"gray", 1, JCS_GRAYSCALE, JCS_GRAYSCALE, 1, 1, false, false, false, 0},
    {"4:4:4", 3, JCS_RGB, JCS_YCbCr, 1, 1, false, false, true, 0},
    {"4:2:0", 3, JCS_RGB, JCS_YCbCr, 2, 2, false, false, false, 0},
    {"4:2:2", 3, JCS_RGB, JCS_YCbCr, 2, 1, false, false, false, 0},
    {"4:4:0", 3, JCS_RGB, JCS_YCbCr, 1, 2, false, false, false, 0},
    {"rgb", 3, JCS_RGB, JCS_RGB, 1, 1, false, false, false, 0},
    {"cmyk", 4, JCS_CMYK, JCS_CMYK, 1, 1, false, false, false, 0},
    {"ycck", 4, JCS_CMYK, JCS_YCCK, 2, 2, false, false, false, 0},
    {"restarts", 3, JCS_RGB, JCS_YCbCr, 2, 2, false, false, false, 2},
    {"progressive gray", 1, JCS_GRAYSCALE, JCS_GRAYSCALE, 1, 1, true, false, false, 0},
    {"progressive 4:2:0", 3, JCS_RGB, JCS_YCbCr, 2, 2, true, false, false, 0},
    {"progressive cmyk", 4, JCS_CMYK, JCS_CMYK, 1, 1, true, false, false, 0},
    {"arithmetic", 3, JCS_RGB, JCS_YCbCr, 2, 2, false, true, false, 0},
    {"arithmetic progressive", 3, JCS_RGB, JCS_YCbCr, 1, 1, true, true, false, 0},
};
#define KINDS       ((int)(sizeof kinds / sizeof *kinds))
#define GRAY        (&kinds[0])
#define COLOR       (&kinds[2])
#define GRAY_PROG   (&kinds[9])
#define COLOR_PROG  (&kinds[10])
#define NO_LIMITS   (&(struct codec_limits){.max_pixels = UINT64_MAX})
#define TAKE_LIMITS (&(struct codec_limits){.max_pixels = UINT64_MAX, .accept_truncated = true})

static struct bytes encode(const struct kind *kind, unsigned width, unsigned height)
{
    struct jpeg_compress_struct lib;
    struct jpeg_error_mgr errors;
    struct bytes out = {0};
    unsigned long size = 0;
    lib.err = jpeg_std_error(&errors);
    jpeg_create_compress(&lib);
    jpeg_mem_dest(&lib, &out.data, &size);
    lib.image_width = width;
    lib.image_height = height;
    lib.input_components = kind->components;
    lib.in_color_space = kind->in;
    jpeg_set_defaults(&lib);
    if (kind->stored != JCS_UNKNOWN)
        jpeg_set_colorspace(&lib, kind->stored);
    jpeg_set_quality(&lib, 85, TRUE);
    lib.comp_info[0].h_samp_factor = kind->h;
    lib.comp_info[0].v_samp_factor = kind->v;
    lib.restart_interval = kind->restart;
    lib.optimize_coding = kind->optimize;
    lib.arith_code = kind->arithmetic;
    if (kind->progressive)
        jpeg_simple_progression(&lib);
    jpeg_start_compress(&lib, TRUE);
    uint8_t *row = malloc((size_t)width * (size_t)kind->components);
    assert_non_null(row);
    uint32_t noise = 1;
    for (unsigned y = 0; y < height; y++) {
        for (unsigned i = 0; i < width * (unsigned)kind->components; i++) {
            noise = noise * 1664525 + 1013904223;
            row[i] = (uint8_t)(i * 3 + y * 5 + (noise >> 27));
        }
        jpeg_write_scanlines(&lib, &row, 1);
    }
    free(row);
    jpeg_finish_compress(&lib);
    jpeg_destroy_compress(&lib);
    out.size = size;
    return out;
}

/* The pixels as a program makes them that follows libjpeg's own example, at eighths/8 of the sides.
 */
static struct bytes decode_plainly_reduced(const struct bytes *file, unsigned eighths)
{
    struct jpeg_decompress_struct lib;
    struct jpeg_error_mgr errors;
    lib.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&lib);
    jpeg_mem_src(&lib, file->data, file->size);
    jpeg_read_header(&lib, TRUE);
    lib.scale_num = eighths;
    lib.scale_denom = 8;
    jpeg_start_decompress(&lib);
    size_t stride = (size_t)lib.output_width * (size_t)lib.output_components;
    struct bytes out = {malloc(stride * lib.output_height), stride * lib.output_height};
    assert_non_null(out.data);
    while (lib.output_scanline < lib.output_height) {
        uint8_t *row = out.data + stride * lib.output_scanline;
        jpeg_read_scanlines(&lib, &row, 1);
    }
    jpeg_finish_decompress(&lib);
    jpeg_destroy_decompress(&lib);
    return out;
}

static struct bytes decode_plainly(const struct bytes *file)
{
    return decode_plainly_reduced(file, REDUCE_WHOLE);
}

struct result {
    enum status status;
    struct reason why;
    struct picture picture;
    unsigned rows;       /* that came */
    bool rows_failed;    /* the status is that of `rows`, not of open, start or finish */
    struct bytes pixels; /* without slack; owned */
};

/* One picture's whole life, pulled in strips of 1, 2, … rows. The file lies in memory of its exact
 * size, so that a sanitizer sees any look beyond it. */
static struct result decode_reduced(void *state, const uint8_t *data, size_t size,
                                    const struct codec_limits *limits, unsigned eighths)
{
    struct result r = {.why = {.kind = 99}};
    uint8_t *copy = malloc(size ? size : 1), *slab = NULL;
    assert_non_null(copy);
    memcpy(copy, data, size);
    r.status = codec_jpeg.open(state, copy, size, limits, &r.picture, &r.why);
    if (r.status == STATUS_OK && eighths != REDUCE_WHOLE)
        codec_jpeg.reduce(state, eighths, &r.picture);
    if (r.status == STATUS_OK)
        r.status = codec_jpeg.start(state, &r.why);
    if (r.status == STATUS_OK) {
        size_t stride = pixel_row_bytes(r.picture.format, r.picture.width);
        r.pixels.size = stride * r.picture.height;
        r.pixels.data = malloc(r.pixels.size);
        slab = malloc(7 * (stride + CODEC_ROW_SLACK));
        assert_non_null(slab);
        assert_non_null(r.pixels.data);
        for (unsigned turn = 0; r.rows < r.picture.height && r.status == STATUS_OK; turn++) {
            unsigned left = r.picture.height - r.rows, count = turn % 7 + 1, got = 99;
            uint8_t *row[7];
            for (unsigned i = 0; i < 7; i++)
                row[i] = slab + i * (stride + CODEC_ROW_SLACK);
            r.status = codec_jpeg.rows(state, row, count < left ? count : left, &got, &r.why);
            assert_true(got <= left && (r.status != STATUS_OK || got > 0));
            for (unsigned i = 0; i < got; i++)
                memcpy(r.pixels.data + stride * r.rows++, row[i], stride);
        }
        r.rows_failed = r.status != STATUS_OK;
        if (!r.rows_failed)
            r.status = codec_jpeg.finish(state, &r.why);
    }
    codec_jpeg.close(state);
    free(copy);
    free(slab);
    return r;
}

static struct result decode(void *state, const uint8_t *data, size_t size,
                            const struct codec_limits *limits)
{
    return decode_reduced(state, data, size, limits, REDUCE_WHOLE);
}

/* Decodes and frees the pixels, where they do not matter. */
static struct result outcome(void *state, const struct bytes *file,
                             const struct codec_limits *limits)
{
    struct result r = decode(state, file->data, file->size, limits);
    free(r.pixels.data);
    r.pixels.data = NULL;
    return r;
}

static void assert_own(const struct result *r, enum status status, enum reason_code code)
{
    assert_int_equal(r->status, status);
    assert_int_equal(r->why.kind, REASON_OWN);
    assert_int_equal(r->why.code, code);
}

static size_t find_marker(const struct bytes *file, uint8_t marker)
{
    for (size_t at = 2; at + 1 < file->size; at++)
        if (file->data[at] == 0xff && file->data[at + 1] == marker)
            return at;
    fail_msg("no marker %02x", marker);
    return 0;
}

/* Takes `remove` bytes out at `at` and puts `count` others there. */
static void splice(struct bytes *file, size_t at, size_t remove, const uint8_t *data, size_t count)
{
    uint8_t *joined = malloc(file->size - remove + count);
    assert_non_null(joined);
    memcpy(joined, file->data, at);
    if (count)
        memcpy(joined + at, data, count);
    memcpy(joined + at + count, file->data + at + remove, file->size - at - remove);
    free(file->data);
    file->data = joined;
    file->size = file->size - remove + count;
}

static void remove_segments(struct bytes *file, uint8_t marker)
{
    size_t scan = find_marker(file, 0xda);
    for (size_t at = 2; at < scan;) {
        size_t length = 2 + ((size_t)file->data[at + 2] << 8 | file->data[at + 3]);
        if (file->data[at + 1] == marker) {
            splice(file, at, length, NULL, 0);
            scan -= length;
        } else {
            at += length;
        }
    }
}

static void test_sniff(void **state)
{
    (void)state;
    assert_true(codec_jpeg.sniff((const uint8_t *)"\xff\xd8\xff", 3));
    assert_true(codec_jpeg.sniff((const uint8_t *)"\xff\xd8\xff\xe0", 4));
    assert_false(codec_jpeg.sniff((const uint8_t *)"\xff\xd8\xff", 2));
    assert_false(codec_jpeg.sniff((const uint8_t *)"\xff\xd8\xff\xf7", 4)); /* JPEG-LS */
    assert_false(codec_jpeg.sniff((const uint8_t *)"\x89PNG\r\n\x1a\n", 8));
}

static void test_same_as_plain_use(void **state)
{
    static const enum pixel_format formats[] = {
        [1] = PIXEL_GRAY8, [3] = PIXEL_RGB8, [4] = PIXEL_CMYK8_INVERTED};
    static const unsigned sizes[][2] = {{1, 1}, {8, 8}, {17, 33}, {64, 9}, {1, 200}, {150, 100}};
    for (int k = 0; k < KINDS; k++) {
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct bytes file = encode(&kinds[k], sizes[s][0], sizes[s][1]);
            struct bytes expected = decode_plainly(&file);
            struct result r = decode(*state, file.data, file.size, NO_LIMITS);
            assert_int_equal(r.status, STATUS_OK);
            assert_int_equal(r.why.kind, REASON_NONE);
            assert_int_equal(r.picture.container, PICTURE_JPEG);
            assert_int_equal(r.picture.format, formats[kinds[k].components]);
            assert_int_equal(r.picture.width, sizes[s][0]);
            assert_int_equal(r.picture.height, sizes[s][1]);
            assert_int_equal(r.picture.orientation, 1);
            assert_int_equal(r.picture.multi_scan, kinds[k].progressive);
            assert_int_equal(r.pixels.size, expected.size);
            assert_memory_equal(r.pixels.data, expected.data, expected.size);
            free(file.data);
            free(expected.data);
            free(r.pixels.data);
        }
    }
}

static void test_reduced_as_by_plain_use(void **state)
{
    static const unsigned sizes[][2] = {{1, 1}, {8, 8}, {17, 33}, {1, 200}, {150, 101}, {65500, 2}};
    for (int k = 0; k < KINDS; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
            struct bytes file = encode(&kinds[k], sizes[s][0], sizes[s][1]);
            for (unsigned eighths = 1; eighths <= 8; eighths++) {
                struct bytes expected = decode_plainly_reduced(&file, eighths);
                struct result r = decode_reduced(*state, file.data, file.size, NO_LIMITS, eighths);
                assert_int_equal(r.status, STATUS_OK);
                assert_int_equal(r.picture.width, (sizes[s][0] * eighths + 7) / 8);
                assert_int_equal(r.picture.height, (sizes[s][1] * eighths + 7) / 8);
                assert_int_equal(r.pixels.size, expected.size);
                assert_memory_equal(r.pixels.data, expected.data, expected.size);
                free(expected.data);
                free(r.pixels.data);
            }
            free(file.data);
        }
}

/* The data is read to the same end however little is made of it: a file is as good or as bad. */
static void test_reduced_statuses(void **state)
{
    for (int k = 0; k < KINDS; k++) {
        struct bytes file = encode(&kinds[k], 40, 50);
        for (size_t n = 0; n < file.size; n += 3) {
            for (int accept = 0; accept < 2; accept++) {
                const struct codec_limits *limits = accept ? TAKE_LIMITS : NO_LIMITS;
                struct result whole = outcome(*state, &(struct bytes){file.data, n}, limits);
                for (unsigned eighths = 1; eighths < 8; eighths *= 2) {
                    struct result r = decode_reduced(*state, file.data, n, limits, eighths);
                    assert_int_equal(r.status, whole.status);
                    assert_int_equal(r.why.code, whole.why.code);
                    /* Rows come in groups of up to 16, some of which wait for the next. */
                    if (r.why.kind == REASON_OWN && r.why.code == REASON_DATA_ENDS) {
                        assert_true(labs((long)(r.why.arg[0] - whole.why.arg[0])) <= 16);
                        assert_true(r.why.arg[0] < 50 && r.why.arg[1] == 50);
                    }
                    free(r.pixels.data);
                }
            }
        }
        free(file.data);
    }
}

static void test_extreme_shapes(void **state)
{
    static const unsigned sizes[][2] = {{65500, 1}, {1, 65500}};
    for (int i = 0; i < 2; i++) {
        struct bytes file = encode(COLOR, sizes[i][0], sizes[i][1]);
        struct bytes expected = decode_plainly(&file);
        struct result r = decode(*state, file.data, file.size, NO_LIMITS);
        assert_int_equal(r.status, STATUS_OK);
        assert_memory_equal(r.pixels.data, expected.data, expected.size);
        free(file.data);
        free(expected.data);
        free(r.pixels.data);
    }
}

static void test_cut_at_every_length(void **state)
{
    for (int k = 0; k < KINDS; k++) {
        struct bytes file = encode(&kinds[k], 40, 50);
        struct result whole = decode(*state, file.data, file.size, NO_LIMITS);
        size_t stride = whole.pixels.size / 50, scan = find_marker(&file, 0xda);
        unsigned most = 0;
        for (size_t n = 0; n < file.size; n++) {
            struct result r = decode(*state, file.data, n, NO_LIMITS);
            /* An arithmetic decoder needs no byte of the end marker. */
            if (r.status == STATUS_OK) {
                assert_true(kinds[k].arithmetic && n + 2 >= file.size);
                assert_memory_equal(r.pixels.data, whole.pixels.data, whole.pixels.size);
            } else if (n >= 2) {
                assert_int_equal(r.status, STATUS_TRUNCATED);
                assert_int_equal(r.why.kind, REASON_OWN);
            }
            if (r.why.kind == REASON_OWN && r.why.code == REASON_DATA_ENDS) {
                assert_int_equal(r.why.arg[0], r.rows);
                assert_int_equal(r.why.arg[1], 50);
            }
            if (n < scan)
                assert_int_equal(r.why.code, n < 2 ? r.why.code : REASON_HEADER_ENDS);
            if (r.rows) /* what came is good */
                assert_memory_equal(r.pixels.data, whole.pixels.data, stride * r.rows);
            most = r.rows > most ? r.rows : most;
            free(r.pixels.data);
        }
        assert_true(kinds[k].progressive ? most == 0 || most == 50 : most >= 24);
        free(whole.pixels.data);
        free(file.data);
    }
}

static void test_accept_truncated(void **state)
{
    for (int k = 0; k < KINDS; k++) {
        struct bytes file = encode(&kinds[k], 40, 50);
        struct result whole = decode(*state, file.data, file.size, TAKE_LIMITS);
        assert_int_equal(whole.status, STATUS_OK);
        size_t stride = whole.pixels.size / 50, scan = find_marker(&file, 0xda);
        unsigned shown = 0;
        for (size_t n = scan + 20; n + 8 < file.size; n++) {
            struct result r = decode(*state, file.data, n, TAKE_LIMITS);
            assert_int_equal(r.status, STATUS_TRUNCATED);
            if (kinds[k].progressive) {
                assert_int_equal(r.why.code, REASON_SCANS_END);
                assert_true(r.why.arg[0] >= 1);
            } else {
                assert_int_equal(r.why.code, REASON_DATA_ENDS);
                assert_true(r.why.arg[0] < 50);
                assert_memory_equal(r.pixels.data, whole.pixels.data,
                                    stride * (size_t)r.why.arg[0]);
            }
            shown += r.rows == 50 && !r.rows_failed;
            /* Only a cut inside the tables between two scans gives nothing. */
            assert_true(r.rows == 50 || (kinds[k].progressive && r.rows == 0));
            free(r.pixels.data);
        }
        assert_true(shown > 0);
        free(whole.pixels.data);
        free(file.data);
    }
}

/* Tables are a picture's own: one that lacks them may not be decoded with those of the last. */
static void test_tables_do_not_leak(void **state)
{
    struct kind optimized = *COLOR;
    optimized.optimize = true;
    struct bytes good = encode(&optimized, 60, 60), bare = encode(COLOR, 60, 60);
    struct bytes expected = decode_plainly(&bare);
    remove_segments(&bare, 0xc4); /* Huffman: Motion JPEG relies on the standard's */
    for (int i = 0; i < 2; i++) {
        outcome(*state, &good, NO_LIMITS);
        struct result r = decode(*state, bare.data, bare.size, NO_LIMITS);
        assert_int_equal(r.status, STATUS_OK);
        assert_memory_equal(r.pixels.data, expected.data, expected.size);
        free(r.pixels.data);
    }
    remove_segments(&bare, 0xdb); /* quantization: nothing stands in for them */
    outcome(*state, &good, NO_LIMITS);
    struct result r = outcome(*state, &bare, NO_LIMITS);
    assert_int_equal(r.status, STATUS_CORRUPT);
    assert_int_equal(r.why.kind, REASON_JPEG);
    free(good.data);
    free(bare.data);
    free(expected.data);
}

/* A message without numbers has none, also behind one that had some. */
static void test_reasons_do_not_leak(void **state)
{
    static const uint8_t numbers[] = {0xff, 0xd8, 0xff, 0xc3, 0, 2}; /* a lossless frame */
    static const uint8_t none[] = {0xff, 0xd8, 0xff, 0xc4, 0, 1};
    struct result with = decode(*state, numbers, sizeof numbers, NO_LIMITS);
    assert_int_equal(with.why.kind, REASON_JPEG);
    assert_int_not_equal(with.why.arg[0], 0);
    struct result without = decode(*state, none, sizeof none, NO_LIMITS);
    assert_int_equal(without.why.kind, REASON_JPEG);
    assert_int_equal(without.why.arg[0], 0);
    assert_int_equal(without.why.arg[1], 0);
    free(with.pixels.data);
    free(without.pixels.data);
}

static void test_close_at_any_time(void **state)
{
    struct bytes file = encode(COLOR_PROG, 60, 60);
    struct picture picture;
    struct reason why;
    uint8_t row[60 * 3 + CODEC_ROW_SLACK], *rows[] = {row};
    for (int steps = 0; steps < 6; steps++) {
        unsigned got;
        if (steps > 0)
            assert_int_equal(
                codec_jpeg.open(*state, file.data, file.size, NO_LIMITS, &picture, &why),
                STATUS_OK);
        if (steps > 1)
            assert_int_equal(codec_jpeg.start(*state, &why), STATUS_OK);
        for (int i = 2; i < steps; i++)
            assert_int_equal(codec_jpeg.rows(*state, rows, 1, &got, &why), STATUS_OK);
        if (steps % 2)
            codec_jpeg.close(*state); /* and else `open` has to cope */
    }
    codec_jpeg.close(*state);
    codec_jpeg.close(*state);
    free(file.data);
}

static void test_warnings_are_counted(void **state)
{
    struct bytes file = encode(COLOR, 100, 100);
    size_t scan = find_marker(&file, 0xda) + 14;
    /* A marker in the middle of the data: "premature end of data segment", the rest is gray. */
    file.data[scan + 400] = 0xff;
    file.data[scan + 401] = 0xd9;
    struct result r = outcome(*state, &file, NO_LIMITS);
    assert_own(&r, STATUS_OK, REASON_JPEG_WARNINGS);
    assert_int_equal(r.rows, 100);
    assert_true(r.why.arg[0] >= 1);
    char text[300];
    assert_non_null(strstr(reason_text(&r.why, text, sizeof text), "premature end"));

    /* The count is this picture's alone. */
    int64_t count = r.why.arg[0];
    r = outcome(*state, &file, NO_LIMITS);
    assert_int_equal(r.why.arg[0], count);

    /* Parameters are those of the first warning. */
    splice(&file, 2, 0, (const uint8_t *)"\1\2\3", 3);
    r = outcome(*state, &file, NO_LIMITS);
    assert_non_null(
        strstr(reason_text(&r.why, text, sizeof text), "3 extraneous bytes before marker 0xe0"));
    free(file.data);
}

static void test_what_follows_does_not_matter(void **state)
{
    struct bytes file = encode(COLOR, 30, 30), expected = decode_plainly(&file);
    splice(&file, file.size - 2, 2, (const uint8_t *)"\xff\xc0\0\0junk\xff\xd8", 10);
    struct result r = decode(*state, file.data, file.size, NO_LIMITS);
    assert_int_equal(r.status, STATUS_OK);
    assert_memory_equal(r.pixels.data, expected.data, expected.size);
    free(r.pixels.data);
    free(expected.data);
    free(file.data);
}

static void set_size(struct bytes *file, uint8_t frame, unsigned width, unsigned height)
{
    uint8_t *size = file->data + find_marker(file, frame) + 5;
    size[0] = (uint8_t)(height >> 8);
    size[1] = (uint8_t)height;
    size[2] = (uint8_t)(width >> 8);
    size[3] = (uint8_t)width;
}

static void test_pixel_limit(void **state)
{
    struct bytes file = encode(COLOR, 40, 50), progressive = encode(COLOR_PROG, 40, 50);
    struct result r = outcome(*state, &file, &(struct codec_limits){.max_pixels = 2000});
    assert_int_equal(r.status, STATUS_OK);
    r = outcome(*state, &file, &(struct codec_limits){.max_pixels = 1999});
    assert_own(&r, STATUS_TOO_LARGE, REASON_TOO_MANY_PIXELS);
    assert_int_equal(r.why.arg[0], 40);
    assert_int_equal(r.why.arg[1], 50);

    set_size(&progressive, 0xc2, 64250, 64250);
    r = outcome(*state, &progressive, &(struct codec_limits){.max_pixels = 178956970});
    assert_own(&r, STATUS_TOO_LARGE, REASON_TOO_MANY_PIXELS);
    set_size(&file, 0xc0, 65535, 65535); /* beyond the library's own limit */
    r = outcome(*state, &file, NO_LIMITS);
    assert_int_equal(r.status, STATUS_TOO_LARGE);
    assert_int_equal(r.picture.width, 65535); /* told all the same */
    assert_int_equal(r.picture.height, 65535);
    assert_int_equal(r.picture.format, PIXEL_RGB8);
    set_size(&file, 0xc0, 40, 0); /* height by a DNL marker */
    r = outcome(*state, &file, NO_LIMITS);
    assert_int_equal(r.status, STATUS_UNSUPPORTED);
    free(file.data);
    free(progressive.data);
}

static void test_memory_of_several_scans(void **state)
{
    struct bytes file = encode(COLOR_PROG, 17, 33), plain = encode(COLOR, 17, 33);
    struct result r = outcome(*state, &file, NO_LIMITS);
    /* 3 x 5 luma blocks padded to units of 2 x 2, and two times 2 x 3 of chroma. */
    assert_int_equal(r.picture.memory, (4 * 6 + 2 * 2 * 3) * 64 * 2);
    r = outcome(*state, &plain, NO_LIMITS);
    assert_int_equal(r.picture.memory, 0);
    free(file.data);
    free(plain.data);
}

/* A file of `scans` scans, the last of which is repeated. */
static struct bytes many_scans(int scans)
{
    struct bytes file = encode(GRAY_PROG, 60, 60);
    int present = 0;
    size_t last = 0;
    for (size_t at = 2; at + 1 < file.size; at++)
        if (file.data[at] == 0xff && file.data[at + 1] == 0xda) {
            last = at;
            present++;
        }
    size_t length = file.size - 2 - last;
    struct bytes tail = {malloc(length * (size_t)(scans - present)), 0};
    assert_non_null(tail.data);
    for (; present < scans; present++, tail.size += length)
        memcpy(tail.data + tail.size, file.data + last, length);
    splice(&file, file.size - 2, 0, tail.data, tail.size);
    free(tail.data);
    return file;
}

static void test_scan_bomb(void **state)
{
    struct bytes most = many_scans(CODEC_JPEG_MAX_SCANS);
    struct result r = outcome(*state, &most, NO_LIMITS);
    assert_int_equal(r.status, STATUS_OK);
    assert_int_equal(r.rows, 60);
    free(most.data);
    for (int scans = CODEC_JPEG_MAX_SCANS + 1; scans <= 2001; scans += 1900) {
        struct bytes bomb = many_scans(scans);
        r = outcome(*state, &bomb, NO_LIMITS);
        assert_own(&r, STATUS_TOO_COMPLEX, REASON_TOO_MANY_SCANS);
        r = outcome(*state, &bomb, TAKE_LIMITS);
        assert_own(&r, STATUS_TOO_COMPLEX, REASON_TOO_MANY_SCANS);
        free(bomb.data);
    }
}

/* The same file as if it were of 8000 x 4096 pixels: next to no data for half a million blocks, in
 * as many scans as are allowed. With the encoder's own few scans it is but a picture that ends. */
static void test_scans_of_nothing(void **state)
{
    for (int scans = 6; scans <= CODEC_JPEG_MAX_SCANS; scans += CODEC_JPEG_MAX_SCANS - 6) {
        struct bytes bomb = many_scans(scans);
        memcpy(bomb.data + find_marker(&bomb, 0xc2) + 5, "\x10\x00\x1f\x40", 4);
        const struct codec_limits *limits[] = {NO_LIMITS, TAKE_LIMITS};
        for (int i = 0; i < 4; i++) {
            struct result r = decode_reduced(*state, bomb.data, bomb.size, limits[i % 2],
                                             i < 2 ? REDUCE_WHOLE : 1);
            if (scans == 6)
                assert_int_equal(r.status, STATUS_OK);
            else
                assert_own(&r, STATUS_TOO_COMPLEX, REASON_EMPTY_SCANS);
            free(r.pixels.data);
        }
        free(bomb.data);
    }
}

static void test_marker_bomb_and_orientation(void **state)
{
    static const uint8_t empty[4] = {0xff, 0xe1, 0, 2};
    uint8_t exif[36] = "\xff\xe1\0\x22"
                       "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0?\0\0\0\0\0\0";
    uint8_t *bomb = malloc(40000 * sizeof empty);
    assert_non_null(bomb);
    for (size_t i = 0; i < 40000; i++)
        memcpy(bomb + i * sizeof empty, empty, sizeof empty);
    for (uint8_t orientation = 1; orientation <= 8; orientation++) {
        struct bytes file = encode(COLOR, 20, 20), expected = decode_plainly(&file);
        exif[29] = orientation;
        splice(&file, 2, 0, exif, sizeof exif);
        splice(&file, 2, 0, bomb, 40000 * sizeof empty);
        exif[29] = (uint8_t)(9 - orientation);
        splice(&file, find_marker(&file, 0xdb), 0, exif, sizeof exif); /* the first one counts */
        struct result r = decode(*state, file.data, file.size, NO_LIMITS);
        assert_int_equal(r.status, STATUS_OK);
        assert_int_equal(r.picture.orientation, orientation);
        assert_memory_equal(r.pixels.data, expected.data, expected.size);
        free(r.pixels.data);
        free(expected.data);
        free(file.data);
    }
    free(bomb);
}

static void test_environment_does_not_matter(void **state)
{
    struct bytes file = encode(COLOR_PROG, 400, 300), expected = decode_plainly(&file);
    setenv("JPEGMEM", "1k", 1);
    void *fresh = codec_jpeg.create();
    void *both[2] = {*state, fresh};
    for (int i = 0; i < 2; i++) {
        struct result r = decode(both[i], file.data, file.size, NO_LIMITS);
        assert_int_equal(r.status, STATUS_OK);
        assert_memory_equal(r.pixels.data, expected.data, expected.size);
        free(r.pixels.data);
    }
    codec_jpeg.destroy(fresh);
    unsetenv("JPEGMEM");
    free(expected.data);
    free(file.data);
}

static void test_unsupported(void **state)
{
    struct bytes file = encode(GRAY, 20, 20);
    size_t frame = find_marker(&file, 0xc0);
    file.data[frame + 4] = 12; /* bits a sample */
    assert_int_equal(outcome(*state, &file, NO_LIMITS).status, STATUS_UNSUPPORTED);
    file.data[frame + 4] = 77;
    assert_int_equal(outcome(*state, &file, NO_LIMITS).status, STATUS_CORRUPT);
    file.data[frame + 4] = 8;
    file.data[frame + 1] = 0xc3; /* lossless */
    assert_int_equal(outcome(*state, &file, NO_LIMITS).status, STATUS_UNSUPPORTED);
    free(file.data);

    struct kind two = {"two", 2, JCS_UNKNOWN, JCS_UNKNOWN, 1, 1, false, false, false, 0};
    file = encode(&two, 20, 20);
    struct result r = outcome(*state, &file, NO_LIMITS);
    assert_own(&r, STATUS_UNSUPPORTED, REASON_JPEG_COMPONENTS);
    assert_int_equal(r.why.arg[0], 2);
    free(file.data);
}

/* Any byte of a small file changed to any of some values: an answer, and the state still good. */
static void test_damage_everywhere(void **state)
{
    static const uint8_t values[] = {0x00, 0x01, 0x7f, 0xff, 0xd9, 0xc4};
    for (int k = 0; k < KINDS; k++) {
        struct bytes file = encode(&kinds[k], 24, 16);
        struct result whole = decode(*state, file.data, file.size, NO_LIMITS);
        for (size_t at = 2; at < file.size; at++) {
            uint8_t before = file.data[at];
            for (size_t v = 0; v < sizeof values; v++) {
                file.data[at] = values[v];
                struct result r =
                    outcome(*state, &file, &(struct codec_limits){.max_pixels = 1 << 20});
                assert_true(r.status < STATUS_COUNT && r.status != STATUS_MEMORY);
                assert_true(r.status == STATUS_OK || r.why.kind != REASON_NONE);
            }
            file.data[at] = before;
        }
        struct result again = decode(*state, file.data, file.size, NO_LIMITS);
        assert_int_equal(again.status, STATUS_OK);
        assert_memory_equal(again.pixels.data, whole.pixels.data, whole.pixels.size);
        free(again.pixels.data);
        free(whole.pixels.data);
        free(file.data);
    }
}

static int make_state(void **state)
{
    return (*state = codec_jpeg.create()) ? 0 : -1;
}

static int drop_state(void **state)
{
    codec_jpeg.destroy(*state);
    return 0;
}

int main(void)
{
    /* One state for all: what a test leaves behind is the next one's trial. */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sniff),
        cmocka_unit_test(test_same_as_plain_use),
        cmocka_unit_test(test_reduced_as_by_plain_use),
        cmocka_unit_test(test_reduced_statuses),
        cmocka_unit_test(test_extreme_shapes),
        cmocka_unit_test(test_cut_at_every_length),
        cmocka_unit_test(test_accept_truncated),
        cmocka_unit_test(test_tables_do_not_leak),
        cmocka_unit_test(test_reasons_do_not_leak),
        cmocka_unit_test(test_close_at_any_time),
        cmocka_unit_test(test_warnings_are_counted),
        cmocka_unit_test(test_what_follows_does_not_matter),
        cmocka_unit_test(test_pixel_limit),
        cmocka_unit_test(test_memory_of_several_scans),
        cmocka_unit_test(test_scan_bomb),
        cmocka_unit_test(test_scans_of_nothing),
        cmocka_unit_test(test_marker_bomb_and_orientation),
        cmocka_unit_test(test_environment_does_not_matter),
        cmocka_unit_test(test_unsupported),
        cmocka_unit_test(test_damage_everywhere),
    };
    return cmocka_run_group_tests(tests, make_state, drop_state);
}
