/*
 * Mutations of pictures for libFuzzer. A change somewhere in a PNG makes a checksum wrong, and then
 * nothing behind that check is ever reached: so most mutated PNGs get their checksums put right.
 * Chunks are described in the PNG specification (W3C, second edition), chapter 5; the zlib stream
 * in RFC 1950.
 */
#include <stdbool.h>
#include <string.h>
#include <libdeflate.h>

#include "fuzz_main.h"
#include "image/png_chunks.h"

#define MAX_STREAM   (1u << 16)
#define MAX_INFLATED (1u << 20)

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (24 - 8 * i));
}

/* Moves the data of all IDATs to `stream`, or back from there. Returns the bytes. */
static size_t copy_idats(uint8_t *data, size_t size, uint8_t *stream, bool back)
{
    size_t bytes = 0;
    for (size_t at = PNG_CHUNKS_SIGNATURE; size - at >= 12;) {
        size_t length = get32(data + at);
        if (length > size - at - 12)
            break;
        if (memcmp(data + at + 4, "IDAT", 4) == 0) {
            if (length > MAX_STREAM - bytes)
                return 0;
            if (back)
                memcpy(data + at + 8, stream + bytes, length);
            else
                memcpy(stream + bytes, data + at + 8, length);
            bytes += length;
        }
        at += 12 + length;
    }
    return bytes;
}

/* The Adler-32 behind the compressed data, if that can be inflated at all. */
static void repair_stream(uint8_t *data, size_t size)
{
    static struct libdeflate_decompressor *inflater;
    static uint8_t stream[MAX_STREAM], pixels[MAX_INFLATED];
    size_t bytes = copy_idats(data, size, stream, false), used, made;
    if (!inflater)
        inflater = libdeflate_alloc_decompressor();
    if (bytes < 6 || !inflater ||
        libdeflate_deflate_decompress_ex(inflater, stream + 2, bytes - 2, pixels, sizeof pixels,
                                         &used, &made) != LIBDEFLATE_SUCCESS ||
        bytes - 2 - used < 4)
        return;
    put32(stream + 2 + used, libdeflate_adler32(1, pixels, made));
    copy_idats(data, size, stream, true);
}

/* The CRC of each chunk; a chunk that sticks out of the file gets the length that is there. */
static void repair_chunks(uint8_t *data, size_t size, bool lengths)
{
    for (size_t at = PNG_CHUNKS_SIGNATURE; size - at >= 12;) {
        size_t there = size - at - 12, length = get32(data + at);
        if (length > there && !lengths)
            return;
        if (length > there) {
            length = there;
            put32(data + at, (uint32_t)length);
        }
        put32(data + at + 8 + length, libdeflate_crc32(0, data + at + 4, 4 + length));
        at += 12 + length;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed)
{
    size = LLVMFuzzerMutate(data, size, room);
    if (size < PNG_CHUNKS_SIGNATURE || !png_chunks_signature(data, size) || seed % 8 == 0)
        return size; /* an eighth stays damaged */
    if (seed % 3)
        repair_stream(data, size);
    repair_chunks(data, size, seed % 5 == 0);
    return size;
}
