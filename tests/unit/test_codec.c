/*
 * What a file is, by its first bytes. The heads below are what files of these formats begin with
 * (the formats' own specifications, and file(1)'s list), not what the table under test holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/codec.h"

struct head {
    const char *name;
    const char *bytes;
    unsigned size;
    unsigned enough; /* so many bytes tell it; with one less it is something else */
};
#define HEAD(name, bytes, enough)                                                                  \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1, enough                                                     \
    }

static const struct head others[] = {
    HEAD("GIF", "GIF87a\1\0\1\0", 6),
    HEAD("GIF", "GIF89a\1\0\1\0\x80\0\0", 6),
    HEAD("WebP", "RIFF\x24\0\0\0WEBPVP8 ", 12),
    HEAD("HEIC",
         "\0\0\0\x18"
         "ftypheic\0\0\0\0mif1",
         12),
    HEAD("HEIC",
         "\0\0\0\x18"
         "ftypheix\0\0\0\0mif1",
         12),
    HEAD("HEIF",
         "\0\0\0\x18"
         "ftypmif1\0\0\0\0heic",
         12),
    HEAD("HEIF",
         "\0\0\0\x18"
         "ftypmsf1\0\0\0\0hevc",
         12),
    HEAD("AVIF",
         "\0\0\0\x1c"
         "ftypavif\0\0\0\0mif1",
         12),
    HEAD("AVIF",
         "\0\0\0\x1c"
         "ftypavis\0\0\0\0msf1",
         12),
    HEAD("MP4 or QuickTime video",
         "\0\0\0\x20"
         "ftypisom\0\0\2\0",
         8),
    HEAD("BMP", "BM\x46\0\0\0\0\0\0\0\x36\0\0\0", 2),
    HEAD("TIFF", "II*\0\x08\0\0\0", 4),
    HEAD("TIFF", "MM\0*\0\0\0\x08", 4),
    HEAD("BigTIFF", "II+\0\x08\0\0\0", 4),
    HEAD("JPEG XL", "\xff\x0a\xfa\x1f\x01", 2),
    HEAD("JPEG XL",
         "\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14"
         "ftypjxl ",
         12),
    HEAD("JPEG 2000",
         "\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x14"
         "ftypjp2 ",
         12),
    HEAD("JPEG 2000", "\xff\x4f\xff\x51\0\x2f", 4),
    HEAD("JPEG-LS", "\xff\xd8\xff\xf7\0\x0b\x08", 4),
    HEAD("MNG", "\x8aMNG\r\n\x1a\n\0\0\0\x1c", 8),
    HEAD("JNG", "\x8bJNG\r\n\x1a\n\0\0\0\x10", 8),
    HEAD("Photoshop", "8BPS\0\1\0\0", 4),
    HEAD("ICO", "\0\0\1\0\1\0\x10\x10", 4),
    HEAD("QOI", "qoif\0\0\0\1\0\0\0\1\4\0", 4),
    HEAD("PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", 5),
    HEAD("PostScript", "%!PS-Adobe-3.0\n", 4),
    HEAD("SVG", "<svg xmlns='http://www.w3.org/2000/svg'/>", 4),
    HEAD("XML", "<?xml version='1.0'?>\n<svg/>", 5),
    HEAD("HTML", "<!DOCTYPE html>\n", 5),
    HEAD("ZIP", "PK\3\4\x14\0\0\0\x08\0", 4),
    HEAD("gzip", "\x1f\x8b\x08\0\0\0\0\0", 2),
    HEAD("OpenEXR", "\x76\x2f\x31\x01\2\0\0\0", 4),
    HEAD("Radiance HDR", "#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n", 10),
    HEAD("netpbm", "P1\n1 1\n0\n", 3),
    HEAD("netpbm", "P2\n1 1\n255\n0\n", 3),
    HEAD("netpbm", "P3\n1 1\n255\n0 0 0\n", 3),
    HEAD("netpbm", "P4\n8 1\n\xff", 3),
    HEAD("netpbm", "P5\n1 1\n255\n\x80", 3),
    HEAD("netpbm", "P6\n1 1\n255\n\x80\x80\x80", 3),
    HEAD("text", "label,path\n1,a.jpg\n", 1),
    HEAD("text", "B\xc3\xa4ume.jpg\r\n\tcaf\xc3\xa9", 1),
};

/* The head in a block that ends where it does, so that a sanitizer sees a byte too many. */
static uint8_t *block_of(const char *bytes, size_t size)
{
    uint8_t *block = malloc(size ? size : 1);
    assert_non_null(block);
    memcpy(block, bytes, size);
    return block;
}

static const char *name_of(const char *bytes, size_t size)
{
    uint8_t *block = block_of(bytes, size);
    assert_null(codec_find(block, size));
    const char *name = codec_other_name(codec_find_other(block, size));
    free(block);
    return name;
}

static void other_formats_are_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t size = others[i].enough; size <= others[i].size; size++) {
            const char *name = name_of(others[i].bytes, size);
            assert_non_null(name);
            assert_string_equal(name, others[i].name);
        }
}

/* Short heads are never read beyond, nor taken for what they only might become. */
static void short_heads_are_not_guessed(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (size_t size = 1; size < others[i].enough; size++) {
            uint8_t *block = block_of(others[i].bytes, size);
            const char *name = codec_other_name(codec_find_other(block, size));
            if (name)
                assert_string_not_equal(name, others[i].name);
            free(block);
        }
    assert_null(codec_find((const uint8_t *)"", 0));
    assert_int_equal(codec_find_other((const uint8_t *)"", 0), -1);
}

/* One byte of the magic changed: no longer this format (text excepted, which has no magic). */
static void wrong_magic_is_not_taken(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (strcmp(others[i].name, "text") == 0)
            continue;
        uint8_t *block = block_of(others[i].bytes, others[i].size);
        block[others[i].enough - 1] ^= 0x10;
        const char *name = codec_other_name(codec_find_other(block, others[i].size));
        if (name)
            assert_string_not_equal(name, others[i].name);
        free(block);
    }
}

static void ours_are_found(void **state)
{
    (void)state;
    static const struct head ours[] = {
        HEAD("jpeg", "\xff\xd8\xff\xe0\0\x10JFIF\0", 3),
        HEAD("jpeg",
             "\xff\xd8\xff\xe1\0\x10"
             "Exif\0",
             3),
        HEAD("jpeg", "\xff\xd8\xff\xdb\0\x43", 3),
        HEAD("jpeg", "\xff\xd8\xff\xff\xff\xee", 3),
        HEAD("png", "\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 4), /* a file may end within it */
    };
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        for (size_t size = ours[i].enough; size <= ours[i].size; size++) {
            uint8_t *block = block_of(ours[i].bytes, size);
            const struct codec *codec = codec_find(block, size);
            assert_non_null(codec);
            assert_string_equal(codec->name, ours[i].name);
            free(block);
        }
        for (size_t size = 0; size < ours[i].enough; size++) {
            uint8_t *block = block_of(ours[i].bytes, size);
            assert_null(codec_find(block, size));
            free(block);
        }
        uint8_t *late = calloc(1, ours[i].size + 1); /* junk before the magic */
        memcpy(late + 1, ours[i].bytes, ours[i].size);
        assert_null(codec_find(late, ours[i].size + 1));
        free(late);
    }
}

static void binary_is_nothing_known(void **state)
{
    (void)state;
    uint8_t data[CODEC_SNIFF_BYTES];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)((seed = seed * 1664525 + 1013904223) >> 24);
    data[0] = 0xaa; /* whatever the generator gives, no format starts so */
    data[1] = 0;
    for (size_t size = 2; size <= sizeof data; size = size * 3 / 2 + 1) {
        assert_null(codec_find(data, size));
        assert_int_equal(codec_find_other(data, size), -1);
    }
    static const uint8_t zeros[64];
    assert_int_equal(codec_find_other(zeros, sizeof zeros), -1);
}

static void names_end(void **state)
{
    (void)state;
    assert_null(codec_other_name(-1));
    int count = 0;
    while (codec_other_name(count))
        assert_true(strlen(codec_other_name(count++)) < 40);
    assert_true(count > 20 && count < 1000);
    assert_null(codec_other_name(count + 1));
    assert_null(codec_other_name(INT32_MAX));
    assert_null(codec_other_name(INT32_MIN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_formats_are_named),  cmocka_unit_test(short_heads_are_not_guessed),
        cmocka_unit_test(wrong_magic_is_not_taken), cmocka_unit_test(ours_are_found),
        cmocka_unit_test(binary_is_nothing_known),  cmocka_unit_test(names_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
