#include "image/reason.h"

#include <spng.h>
#include <string.h>

#include "image/codec.h"
#include "image/codec_jpeg.h"

/* `%1` and `%2` stand for the numbers, `%f` for the other format's name, `%c` for the PNG chunk's,
 * and `%w` for the first warning. */
static const char *const sentences[REASON_CODE_COUNT] = {
    [REASON_EMPTY_FILE] = "the file has no bytes",
    [REASON_UNKNOWN_FORMAT] = "neither JPEG nor PNG",
    [REASON_OTHER_FORMAT] = "%f is not decoded, only JPEG and PNG",
    [REASON_NOT_REGULAR] = "not a regular file",
    [REASON_FOLDER] = "a folder",
    [REASON_TOO_MANY_PIXELS] = "%1 x %2 pixels are more than --max-pixels allows",
    [REASON_SIDE_TOO_LONG] = "a side of %1 pixels is longer than %2",
    [REASON_TOO_MANY_BYTES] = "%1 bytes are more than --max-bytes allows",
    [REASON_TOO_MANY_SCANS] = "more than %1 scans, which no real picture has",
    [REASON_EMPTY_SCANS] =
        "%2 scans go over %1 blocks for next to no data, as no real picture does",
    [REASON_SHORT_READ] = "only %1 of %2 bytes could be read",
    [REASON_DATA_ENDS] = "the data ends at row %1 of %2",
    [REASON_SCANS_END] = "the data ends in scan %1, before all detail has come",
    [REASON_HEADER_ENDS] = "the data ends in the header",
    [REASON_CHANGED] = "the file is not what it was when it was listed",
    [REASON_VANISHED] = "the file is there no more",
    [REASON_NO_MEMORY] = "out of memory",
    [REASON_OVER_MEMORY] = "decoding takes up to %1 bytes, and --max-memory leaves %2 for it",
    [REASON_JPEG_WARNINGS] = "decoded with %1 warning(s), the first: %w",
    [REASON_JPEG_COMPONENTS] = "JPEG with %1 components; 1, 3 and 4 are decoded",
    [REASON_PNG_SIGNATURE] = "the PNG signature is damaged",
    [REASON_PNG_CHUNK] = "PNG chunk %c is malformed or out of place",
    [REASON_PNG_CRC] = "PNG chunk %c has a wrong checksum",
    [REASON_PNG_HEADER] = "the PNG header is senseless",
    [REASON_PNG_NO_PALETTE] = "a PNG with palette colours, but no palette",
    [REASON_PNG_NO_DATA] = "a PNG without pixel data",
    [REASON_PNG_NO_END] = "the PNG end marker is missing",
};

struct reason reason_own(enum reason_code code, int64_t first, int64_t second)
{
    return (struct reason){.kind = REASON_OWN, .code = (uint16_t)code, .arg = {first, second}};
}

struct reason reason_errno(int error)
{
    return (struct reason){.kind = REASON_ERRNO, .code = (uint16_t)error};
}

/* Text that grows in the caller's array and never beyond it. */
struct writer {
    char *text;
    size_t used, size;
};

static void put_char(struct writer *writer, char c)
{
    if (writer->used + 1 < writer->size)
        writer->text[writer->used++] = (unsigned char)c < 0x20 || c == 0x7f ? '?' : c;
}

static void put_text(struct writer *writer, const char *text)
{
    while (*text)
        put_char(writer, *text++);
}

static void put_number(struct writer *writer, int64_t number)
{
    char digits[20];
    int count = 0;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    do
        digits[count++] = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        put_char(writer, '-');
    while (count)
        put_char(writer, digits[--count]);
}

/* The four letters of a PNG chunk, which in a damaged file may be any bytes. */
static void put_chunk(struct writer *writer, int64_t name)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        unsigned char c = (unsigned char)((uint64_t)name >> shift);
        put_char(writer, c >= 0x21 && c < 0x7f ? (char)c : '?');
    }
}

static void put_jpeg(struct writer *writer, int number, int64_t first, int64_t second)
{
    char message[256];
    codec_jpeg_message(number, first, second, message, sizeof message);
    put_text(writer, message);
}

static void put_warning(struct writer *writer, int64_t packed)
{
    uint64_t bits = (uint64_t)packed;
    uint64_t parameters = (bits >> 16 & 0xffffff) | (bits >> 40) << 32;
    put_jpeg(writer, (int)(bits & 0xffff), (int64_t)parameters, 0);
}

static void put_sentence(struct writer *writer, const struct reason *reason)
{
    const char *c = reason->code < REASON_CODE_COUNT ? sentences[reason->code] : NULL;
    if (!c)
        c = "unknown reason";
    for (; *c; c++) {
        if (*c != '%') {
            put_char(writer, *c);
            continue;
        }
        switch (*++c) {
        case '1':
            put_number(writer, reason->arg[0]);
            break;
        case '2':
            put_number(writer, reason->arg[1]);
            break;
        case 'f': {
            const char *name = codec_other_name((int)reason->arg[0]);
            put_text(writer, name ? name : "another format");
            break;
        }
        case 'c':
            put_chunk(writer, reason->arg[0]);
            break;
        case 'w':
            put_warning(writer, reason->arg[1]);
            break;
        }
    }
}

const char *reason_text(const struct reason *reason, char *text, size_t size)
{
    struct writer writer = {.text = text, .size = size};
    char message[256];
    switch (reason->kind) {
    case REASON_NONE:
        break;
    case REASON_OWN:
        put_sentence(&writer, reason);
        break;
    case REASON_ERRNO:
        put_text(&writer, strerror_r(reason->code, message, sizeof message));
        break;
    case REASON_JPEG:
        put_jpeg(&writer, reason->code, reason->arg[0], reason->arg[1]);
        break;
    case REASON_PNG:
        put_text(&writer, spng_strerror(reason->code));
        break;
    default:
        put_text(&writer, "unknown reason");
        break;
    }
    if (size)
        text[writer.used] = '\0';
    return text;
}
