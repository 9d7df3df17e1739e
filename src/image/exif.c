#include "image/exif.h"

#include <stdbool.h>

#define TAG_ORIENTATION 0x0112
#define ENTRY           12 /* bytes of a directory entry: tag, type, count, value */

struct tiff {
    const uint8_t *data;
    bool little;
};

static uint32_t get16(const struct tiff *tiff, size_t at)
{
    const uint8_t *p = tiff->data + at;
    return tiff->little ? (uint32_t)(p[1] << 8 | p[0]) : (uint32_t)(p[0] << 8 | p[1]);
}

static uint32_t get32(const struct tiff *tiff, size_t at)
{
    uint32_t first = get16(tiff, at), second = get16(tiff, at + 2);
    return tiff->little ? second << 16 | first : first << 16 | second;
}

/* The value of an entry that is one number of a type that fits into it, else 0. The standard wants
 * SHORT; BYTE and LONG are written too and say the same. */
static uint32_t entry_number(const struct tiff *tiff, size_t at)
{
    if (get32(tiff, at + 4) != 1)
        return 0;
    switch (get16(tiff, at + 2)) {
    case 1: /* BYTE */
        return tiff->data[at + 8];
    case 3: /* SHORT */
        return get16(tiff, at + 8);
    case 4: /* LONG */
        return get32(tiff, at + 8);
    default:
        return 0;
    }
}

uint8_t exif_orientation(const uint8_t *data, size_t size)
{
    if (size < 8 || data[0] != data[1] || (data[0] != 'I' && data[0] != 'M'))
        return 1;
    struct tiff tiff = {.data = data, .little = data[0] == 'I'};
    uint32_t magic = get16(&tiff, 2);
    if (magic != 42 && magic != 42 << 8) /* some writers swap it */
        return 1;
    size_t at = get32(&tiff, 4);
    if (at < 8 || at > size - 2)
        return 1;
    uint8_t orientation = 1;
    uint32_t entries = get16(&tiff, at);
    at += 2;
    for (; entries > 0 && size - at >= ENTRY; entries--, at += ENTRY) {
        if (get16(&tiff, at) != TAG_ORIENTATION)
            continue;
        uint32_t number = entry_number(&tiff, at);
        orientation = number >= 1 && number <= 8 ? (uint8_t)number : 1;
    }
    return orientation;
}
