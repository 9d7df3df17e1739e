#include "fuzz_reserved.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define SIGNATURE_BYTES 8
#define HEAD_BYTES      8 /* length and type of a chunk */
#define CRC_BYTES       4 /* behind its data */

static uint32_t number_at(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Joins the IDAT chunks, of one in which the file ends what is there; returns their bytes. */
static size_t join(const uint8_t *data, size_t size, uint8_t *joined)
{
    size_t bytes = 0;
    for (size_t at = SIGNATURE_BYTES; at <= size && size - at > HEAD_BYTES;) {
        size_t length = number_at(data + at), there = size - at - HEAD_BYTES;
        bool cut = length > there;
        if (memcmp(data + at + 4, "IDAT", 4) == 0) {
            memcpy(joined + bytes, data + at + HEAD_BYTES, cut ? there : length);
            bytes += cut ? there : length;
        }
        if (cut)
            break;
        at += HEAD_BYTES + length + CRC_BYTES;
    }
    return bytes;
}

static bool means_nothing(const char *message)
{
    static const char *const refusals[] = {"invalid literal/length code", "invalid distance code",
                                           "too many length or distance symbols"};
    for (size_t i = 0; message && i < sizeof refusals / sizeof *refusals; i++)
        if (strcmp(message, refusals[i]) == 0)
            return true;
    return false;
}

bool fuzz_reserved_code(const uint8_t *data, size_t size)
{
    uint8_t *joined = malloc(size + 1), sink[4096];
    z_stream stream = {0};
    if (!joined || inflateInit(&stream) != Z_OK)
        abort();
    stream.next_in = joined;
    stream.avail_in = (uInt)join(data, size, joined);
    int status = Z_OK;
    while (status == Z_OK) {
        stream.next_out = sink;
        stream.avail_out = sizeof sink;
        status = inflate(&stream, Z_NO_FLUSH);
    }
    bool reserved = status == Z_DATA_ERROR && means_nothing(stream.msg);
    inflateEnd(&stream);
    free(joined);
    return reserved;
}
