/* The walk over chunks: what it accepts, refuses, keeps, and that it never reads outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "image/png_chunks.h"
#include "png_files.h"

static enum status walk(struct bytes *png, struct png_chunks *chunks, struct reason *why)
{
    *why = (struct reason){0};
    enum status status = png_chunks_header(png->data, png->size, chunks, why);
    return status == STATUS_OK ? png_chunks_walk(png->data, png->size, chunks, why) : status;
}

/* Walks a file, frees it, and checks what became of it. */
static void expect(struct bytes png, enum status status, int code)
{
    struct png_chunks chunks;
    struct reason why;
    assert_int_equal(walk(&png, &chunks, &why), status);
    if (status != STATUS_OK) {
        assert_int_equal(why.kind, REASON_OWN);
        assert_int_equal(why.code, code);
    }
    bytes_free(&png);
}

static const uint8_t orientation_6[] = {'M',  'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01,
                                        0x12, 0,   3, 0,  0, 0, 1, 0, 6, 0, 0};

/* A file with something of everything; `pieces` IDATs of random sizes that hold `data`. */
static struct bytes rich(const struct bytes *data, unsigned pieces, uint32_t *random)
{
    struct bytes png = png_start(5, 7, 2, 3, 0);
    png_chunk(&png, "gAMA", "\0\0\xb1\x8f", 4);
    png_chunk(&png, "tEXt", "Comment\0hello", 13);
    png_chunk(&png, "PLTE", "abcdefghijklmno", 15); /* five entries where four can be used */
    png_chunk(&png, "tRNS", "\x01\x02", 2);
    png_chunk(&png, "eXIf", orientation_6, sizeof orientation_6);
    size_t at = 0;
    for (unsigned i = 1; i <= pieces; i++) {
        size_t bytes = i == pieces ? data->size - at : png_random(random) % 4;
        if (bytes > data->size - at)
            bytes = data->size - at;
        png_chunk(&png, "IDAT", data->data + at, bytes);
        at += bytes;
    }
    png_chunk(&png, "tIME", "\x07\xe0\1\1\0\0\0", 7);
    png_end(&png);
    return png;
}

static void keeps_what_pixels_need(void **state)
{
    (void)state;
    uint32_t random = 5;
    struct bytes data = {0};
    for (unsigned i = 0; i < 2000; i++)
        bytes_add(&data, &(uint8_t){(uint8_t)png_random(&random)}, 1);
    static const unsigned pieces[] = {1, 2, 3, 1000};
    for (unsigned p = 0; p < 4; p++) {
        struct bytes png = rich(&data, pieces[p], &random);
        struct png_chunks chunks;
        struct reason why;
        assert_int_equal(walk(&png, &chunks, &why), STATUS_OK);
        assert_int_equal(chunks.width, 5);
        assert_int_equal(chunks.height, 7);
        assert_int_equal(chunks.depth, 2);
        assert_int_equal(chunks.color, 3);
        assert_int_equal(chunks.orientation, 6);
        assert_true(chunks.has_end && !chunks.cut && !chunks.has_key && !chunks.interlaced);
        assert_int_equal(chunks.idat_bytes, data.size);
        assert_memory_equal(png.data + chunks.idat, data.data, data.size);
        static const uint8_t palette[6][4] = {{'a', 'b', 'c', 1},   {'d', 'e', 'f', 2},
                                              {'g', 'h', 'i', 255}, {'j', 'k', 'l', 255},
                                              {'m', 'n', 'o', 255}, {0, 0, 0, 255}};
        assert_memory_equal(chunks.palette, palette, sizeof palette);
        assert_memory_equal(chunks.palette[255], palette[5], 4);

        /* What a decoder is given: the same header, a palette of four, all data in one IDAT. */
        struct bytes front = png_start(5, 7, 2, 3, 0);
        png_chunk(&front, "PLTE", "abcdefghijkl", 12);
        bytes_add32(&front, (uint32_t)data.size);
        bytes_add(&front, "IDAT", 4);
        bytes_add(&front, data.data, data.size);
        assert_int_equal(chunks.size, front.size);
        assert_memory_equal(png.data + chunks.start, front.data, front.size);
        bytes_free(&front);
        bytes_free(&png);
    }
    bytes_free(&data);
}

static struct bytes gray_start(void)
{
    return png_start(3, 3, 8, 0, 0);
}

static void orders(void **state)
{
    (void)state;
    struct bytes png = gray_start();
    png_end(&png);
    expect(png, STATUS_CORRUPT, REASON_PNG_NO_DATA);

    png = gray_start();
    png_chunk(&png, "IHDR", "\0\0\0\3\0\0\0\3\x08\0\0\0\0", 13);
    png_chunk(&png, "IDAT", "x", 1);
    expect(png, STATUS_CORRUPT, REASON_PNG_CHUNK);

    png = png_start(3, 3, 8, 3, 0);
    png_chunk(&png, "IDAT", "x", 1);
    expect(png, STATUS_CORRUPT, REASON_PNG_NO_PALETTE);

    png = png_start(3, 3, 8, 3, 0);
    png_chunk(&png, "PLTE", "abcd", 4);
    expect(png, STATUS_CORRUPT, REASON_PNG_CHUNK);

    png = png_start(3, 3, 8, 3, 0);
    png_chunk(&png, "PLTE", "abc", 3);
    png_chunk(&png, "PLTE", "abc", 3);
    expect(png, STATUS_CORRUPT, REASON_PNG_CHUNK);

    png = gray_start();
    png_chunk(&png, "QUUX", "needed", 6);
    expect(png, STATUS_UNSUPPORTED, REASON_PNG_CHUNK);

    png = gray_start();
    png_chunk(&png, "q\x01ux", "x", 1);
    expect(png, STATUS_CORRUPT, REASON_PNG_CHUNK);

    png = gray_start();
    expect(png, STATUS_TRUNCATED, REASON_HEADER_ENDS);

    /* A palette is only a suggestion for true colour, whatever it is like. */
    png = png_start(3, 3, 8, 2, 0);
    png_chunk(&png, "PLTE", "abcd", 4);
    png_chunk(&png, "IDAT", "x", 1);
    expect(png, STATUS_OK, 0);
}

static void hostile_lengths(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {0x80000000u, 0xffffffffu};
    for (int i = 0; i < 4; i++) {
        struct bytes png = gray_start();
        bytes_add32(&png, lengths[i % 2]);
        bytes_add(&png, i < 2 ? "IDATxx" : "tEXtxx", 6);
        expect(png, STATUS_CORRUPT, REASON_PNG_CHUNK);
    }
    struct bytes png = gray_start();
    bytes_add32(&png, 0x7fffffff);
    bytes_add(&png, "tEXtxx", 6);
    expect(png, STATUS_TRUNCATED, REASON_HEADER_ENDS);

    png = gray_start();
    bytes_add32(&png, 0x7fffffff);
    bytes_add(&png, "IDATxx", 6);
    struct png_chunks chunks;
    struct reason why;
    assert_int_equal(walk(&png, &chunks, &why), STATUS_OK);
    assert_true(chunks.cut && !chunks.has_end);
    assert_int_equal(chunks.idat_bytes, 2);
    bytes_free(&png);
}

static void headers(void **state)
{
    (void)state;
    for (unsigned color = 0; color < 256; color++)
        for (unsigned depth = 0; depth < 256; depth++) {
            struct bytes png = png_start(3, 3, (uint8_t)depth, (uint8_t)color, 0);
            struct png_chunks chunks;
            struct reason why;
            bool power = depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
            bool legal = power && (color == 0 || (color == 3 && depth <= 8) ||
                                   ((color == 2 || color == 4 || color == 6) && depth >= 8));
            assert_int_equal(png_chunks_header(png.data, png.size, &chunks, &why),
                             legal ? STATUS_OK : STATUS_CORRUPT);
            bytes_free(&png);
        }
    expect(png_start(0, 3, 8, 0, 0), STATUS_CORRUPT, REASON_PNG_HEADER);
    expect(png_start(3, 0, 8, 0, 0), STATUS_CORRUPT, REASON_PNG_HEADER);
    expect(png_start(0x80000000u, 3, 8, 0, 0), STATUS_CORRUPT, REASON_PNG_HEADER);
    expect(png_start(3, 0x80000000u, 8, 0, 0), STATUS_CORRUPT, REASON_PNG_HEADER);
    expect(png_start(3, 3, 8, 0, 2), STATUS_CORRUPT, REASON_PNG_HEADER);
    struct bytes late = {0};
    bytes_add(&late, "\x89PNG\r\n\x1a\n", 8);
    png_chunk(&late, "tEXt", "a\0b", 3);
    expect(late, STATUS_CORRUPT, REASON_PNG_CHUNK);
}

static void keys(void **state)
{
    (void)state;
    struct bytes png = png_start(3, 3, 4, 0, 0);
    png_chunk(&png, "tRNS", "\xab\xcd", 2);
    png_chunk(&png, "IDAT", "x", 1);
    struct png_chunks chunks;
    struct reason why;
    assert_int_equal(walk(&png, &chunks, &why), STATUS_OK);
    assert_true(chunks.has_key);
    assert_int_equal(chunks.key[0], 0xd); /* only as many bits as a sample has */
    bytes_free(&png);

    png = png_start(3, 3, 16, 2, 0);
    png_chunk(&png, "tRNS", "\1\2\3\4\5\6", 6);
    png_chunk(&png, "IDAT", "x", 1);
    assert_int_equal(walk(&png, &chunks, &why), STATUS_OK);
    assert_true(chunks.has_key);
    assert_int_equal(chunks.key[0], 0x102);
    assert_int_equal(chunks.key[2], 0x506);
    bytes_free(&png);

    png = png_start(3, 3, 8, 2, 0);
    png_chunk(&png, "tRNS", "\1\2\3", 3);
    png_chunk(&png, "IDAT", "x", 1);
    assert_int_equal(walk(&png, &chunks, &why), STATUS_OK);
    assert_false(chunks.has_key);
    bytes_free(&png);
}

static void orientation_after_the_pixels(void **state)
{
    (void)state;
    uint8_t orientation_3[sizeof orientation_6];
    memcpy(orientation_3, orientation_6, sizeof orientation_3);
    orientation_3[19] = 3;
    for (int before = 0; before < 2; before++) {
        struct bytes png = gray_start();
        if (before)
            png_chunk(&png, "eXIf", orientation_3, sizeof orientation_3);
        png_chunk(&png, "IDAT", "x", 1);
        png_chunk(&png, "eXIf", orientation_6, sizeof orientation_6);
        png_end(&png);
        struct png_chunks chunks;
        struct reason why;
        assert_int_equal(walk(&png, &chunks, &why), STATUS_OK);
        assert_int_equal(chunks.orientation, before ? 3 : 6);
        bytes_free(&png);
    }
}

/* Wherever a byte of a chunk up to the last IDAT is changed, the walk says so, or the file looks
 * cut: a larger length, or an IDAT that is one no more. */
static void every_byte_is_covered(void **state)
{
    (void)state;
    uint32_t random = 9;
    struct bytes data = {0};
    bytes_add(&data, "0123456789abcdef", 16);
    struct bytes png = rich(&data, 3, &random);
    size_t end = 0; /* of the last IDAT */
    for (size_t i = 0; i + 4 < png.size; i++)
        if (memcmp(png.data + i, "IDAT", 4) == 0)
            end = i + 8 + png_get32(png.data + i - 4);
    for (size_t at = 0; at < end; at++)
        for (int bit = 0; bit < 8; bit++) {
            struct bytes copy = bytes_copy(&png);
            copy.data[at] ^= (uint8_t)(1 << bit);
            struct png_chunks chunks;
            struct reason why;
            enum status status = walk(&copy, &chunks, &why);
            assert_true(status != STATUS_OK || chunks.cut || chunks.idat_bytes < data.size);
            bytes_free(&copy);
        }
    bytes_free(&png);
    bytes_free(&data);
}

/* Cut at every length, in memory of exactly that length. */
static void cut_anywhere(void **state)
{
    (void)state;
    uint32_t random = 9;
    struct bytes data = {0};
    bytes_add(&data, "0123456789abcdef", 16);
    struct bytes png = rich(&data, 4, &random);
    for (size_t size = 0; size < png.size; size++) {
        struct bytes cut = {0};
        bytes_add(&cut, png.data, size);
        struct png_chunks chunks;
        struct reason why;
        enum status status = walk(&cut, &chunks, &why);
        if (size < 4)
            assert_int_equal(status, STATUS_CORRUPT); /* nobody would have called it a PNG */
        else
            assert_true(status == STATUS_TRUNCATED || (status == STATUS_OK && size > 8));
        if (status == STATUS_OK) {
            assert_memory_equal(cut.data + chunks.idat, data.data, chunks.idat_bytes);
            assert_true(!chunks.has_end || size >= png.size - 4);
            assert_true(chunks.idat_bytes == data.size || !chunks.has_end);
        }
        bytes_free(&cut);
    }
    bytes_free(&png);
    bytes_free(&data);
}

static void signatures(void **state)
{
    (void)state;
    struct bytes png = gray_start();
    for (size_t size = 0; size < 12; size++)
        assert_int_equal(png_chunks_signature(png.data, size), size >= 4);
    for (size_t at = 0; at < 8; at++) {
        struct bytes broken = bytes_copy(&png);
        broken.data[at] ^= 0x20;
        assert_false(png_chunks_signature(broken.data, broken.size));
        bytes_free(&broken);
    }
    bytes_free(&png);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_what_pixels_need),
        cmocka_unit_test(orders),
        cmocka_unit_test(hostile_lengths),
        cmocka_unit_test(headers),
        cmocka_unit_test(keys),
        cmocka_unit_test(orientation_after_the_pixels),
        cmocka_unit_test(every_byte_is_covered),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(signatures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
