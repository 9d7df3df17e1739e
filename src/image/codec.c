#include "image/codec.h"

#include <string.h>

#include "image/codec_jpeg.h"
#include "image/codec_png.h"

const struct codec *const codec_table[CODEC_COUNT] = {&codec_jpeg, &codec_png};

const struct codec *codec_find(const uint8_t *head, size_t size)
{
    for (int i = 0; i < CODEC_COUNT; i++)
        if (codec_table[i]->sniff(head, size))
            return codec_table[i];
    return NULL;
}

/* Formats people have among their pictures, by their first bytes. */
static const struct {
    const char *name;
    uint8_t at, length;
    const char *bytes;
} others[] = {
    {"GIF", 0, 6, "GIF87a"},
    {"GIF", 0, 6, "GIF89a"},
    {"WebP", 8, 4, "WEBP"},
    {"HEIC", 4, 8, "ftypheic"},
    {"HEIC", 4, 8, "ftypheix"},
    {"HEIF", 4, 8, "ftypmif1"},
    {"HEIF", 4, 8, "ftypmsf1"},
    {"AVIF", 4, 8, "ftypavif"},
    {"AVIF", 4, 8, "ftypavis"},
    {"MP4 or QuickTime video", 4, 4, "ftyp"},
    {"BMP", 0, 2, "BM"},
    {"TIFF", 0, 4, "II*\0"},
    {"TIFF", 0, 4, "MM\0*"},
    {"BigTIFF", 0, 4, "II+\0"},
    {"JPEG XL", 0, 2, "\xff\x0a"},
    {"JPEG XL", 4, 8, "JXL \r\n\x87\n"},
    {"JPEG 2000", 4, 8, "jP  \r\n\x87\n"},
    {"JPEG 2000", 0, 4, "\xff\x4f\xff\x51"},
    {"JPEG-LS", 0, 4, "\xff\xd8\xff\xf7"},
    {"MNG", 0, 8, "\x8aMNG\r\n\x1a\n"},
    {"JNG", 0, 8, "\x8bJNG\r\n\x1a\n"},
    {"Photoshop", 0, 4, "8BPS"},
    {"ICO", 0, 4, "\0\0\1\0"},
    {"QOI", 0, 4, "qoif"},
    {"PDF", 0, 5, "%PDF-"},
    {"PostScript", 0, 4, "%!PS"},
    {"SVG", 0, 4, "<svg"},
    {"XML", 0, 5, "<?xml"},
    {"HTML", 0, 5, "<!DOC"},
    {"ZIP", 0, 4, "PK\3\4"},
    {"gzip", 0, 2, "\x1f\x8b"},
    {"OpenEXR", 0, 4, "\x76\x2f\x31\x01"},
    {"Radiance HDR", 0, 10, "#?RADIANCE"},
    {"netpbm", 0, 3, "P1\n"},
    {"netpbm", 0, 3, "P2\n"},
    {"netpbm", 0, 3, "P3\n"},
    {"netpbm", 0, 3, "P4\n"},
    {"netpbm", 0, 3, "P5\n"},
    {"netpbm", 0, 3, "P6\n"},
};
#define OTHER_COUNT ((int)(sizeof others / sizeof *others))

/* Bytes of the UTF-8 sequence that begins at head[0], or 0 if none does; one that `size` cuts is
 * taken as whole. */
static size_t utf8_sequence(const uint8_t *head, size_t size)
{
    size_t length = head[0] < 0x80                      ? 1
                    : head[0] >= 0xc2 && head[0] < 0xe0 ? 2
                    : head[0] >= 0xe0 && head[0] < 0xf0 ? 3
                    : head[0] >= 0xf0 && head[0] < 0xf5 ? 4
                                                        : 0;
    for (size_t i = 1; i < length && i < size; i++)
        if ((head[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

/* Text is worth naming: lists and notes are what mostly stands among pictures. */
static bool is_text(const uint8_t *head, size_t size)
{
    size_t length;
    for (size_t i = 0; i < size; i += length) {
        bool control = (head[i] < 0x20 && !(head[i] >= 0x09 && head[i] <= 0x0d)) || head[i] == 0x7f;
        length = utf8_sequence(head + i, size - i);
        if (length == 0 || control || (length > 1 && size == 1))
            return false;
    }
    return size > 0;
}

int codec_find_other(const uint8_t *head, size_t size)
{
    for (int i = 0; i < OTHER_COUNT; i++)
        if (size >= (size_t)others[i].at + others[i].length &&
            memcmp(head + others[i].at, others[i].bytes, others[i].length) == 0)
            return i;
    return is_text(head, size < 512 ? size : 512) ? OTHER_COUNT : -1;
}

const char *codec_other_name(int number)
{
    if (number == OTHER_COUNT)
        return "text";
    return number >= 0 && number < OTHER_COUNT ? others[number].name : NULL;
}
