/*
 * png_files: PNG files made for tests, chunk by chunk, without the code under test.
 */
#ifndef PIXSCALE_TESTS_PNG_FILES_H
#define PIXSCALE_TESTS_PNG_FILES_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct bytes {
    uint8_t *data;
    size_t size;
};

static inline void bytes_add(struct bytes *bytes, const void *data, size_t size)
{
    if (size == 0)
        return;
    bytes->data = realloc(bytes->data, bytes->size + size);
    memcpy(bytes->data + bytes->size, data, size);
    bytes->size += size;
}

static inline void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static inline struct bytes bytes_copy(const struct bytes *from)
{
    struct bytes copy = {0};
    bytes_add(&copy, from->data, from->size);
    return copy;
}

static inline void bytes_add32(struct bytes *bytes, uint32_t value)
{
    uint8_t four[4] = {(uint8_t)(value >> 24), (uint8_t)(value >> 16), (uint8_t)(value >> 8),
                       (uint8_t)value};
    bytes_add(bytes, four, 4);
}

static inline uint32_t png_get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static inline void png_chunk(struct bytes *png, const char *type, const void *data, size_t size)
{
    bytes_add32(png, (uint32_t)size);
    size_t start = png->size;
    bytes_add(png, type, 4);
    bytes_add(png, data, size);
    bytes_add32(png, (uint32_t)crc32(0, png->data + start, (uInt)(png->size - start)));
}

/* Signature and IHDR. */
static inline struct bytes png_start(uint32_t width, uint32_t height, uint8_t depth, uint8_t color,
                                     uint8_t interlace)
{
    struct bytes png = {0}, ihdr = {0};
    bytes_add(&png, "\x89PNG\r\n\x1a\n", 8);
    bytes_add32(&ihdr, width);
    bytes_add32(&ihdr, height);
    bytes_add(&ihdr, (uint8_t[]){depth, color, 0, 0, interlace}, 5);
    png_chunk(&png, "IHDR", ihdr.data, ihdr.size);
    bytes_free(&ihdr);
    return png;
}

static inline struct bytes png_deflated(const uint8_t *data, size_t size)
{
    uLongf bound = compressBound(size);
    struct bytes packed = {.data = malloc(bound)};
    compress2(packed.data, &bound, data, size, 6);
    packed.size = bound;
    return packed;
}

static inline void png_end(struct bytes *png)
{
    png_chunk(png, "IEND", NULL, 0);
}

/* A reproducible stream of numbers (xorshift). */
static inline uint32_t png_random(uint32_t *state)
{
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

#endif
